using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using MudBlazor.Extensions;
using UppalCrm.Tests.Support;
using UppalCrm.Web.History;
using UppalCrm.Web.Layout;
using UppalCrm.Web.Missed;
using UppalCrm.Web.Recordings;

namespace UppalCrm.Tests.History;

public sealed class HistoryPageTests
{
    [Fact]
    public async Task A_call_that_comes_appears_on_top_and_changes_in_place()
    {
        await using var screen = await HistoryScreen.OpenAsync();
        await screen.Centre.CallerArrivesAsync("+12025550111");
        screen.Navigation.NavigateTo("/calls");
        var page = screen.Ui.Render<HistoryPage>();
        page.WaitForAssertion(() => Assert.Single(page.FindAll("tbody tr")));
        var drawn = Ways();

        var second = await screen.Centre.CallerArrivesAsync("+14155550199");
        screen.Centre.Clock.Advance(TimeSpan.FromSeconds(1));

        page.WaitForAssertion(() => Assert.Equal(["+1 415", "+1 202"], page.FindAll("tbody tr").Select(Area)));
        Assert.Contains("Waiting", page.FindAll("tbody tr")[0].TextContent, StringComparison.Ordinal);
        Assert.ProperSuperset(drawn, drawn = Ways()); // a row that moves is not made anew: who is about to click on it does

        await screen.Centre.TellAsync(second, ConferenceEventKind.Joined, second.CustomerLeg!.Value);
        await screen.Centre.EndAsync(second);
        screen.Centre.Clock.Advance(TimeSpan.FromSeconds(1));

        page.WaitForAssertion(() => Assert.Contains("Caller hung up", page.FindAll("tbody tr")[0].TextContent, StringComparison.Ordinal));
        Assert.Equal(drawn, Ways()); // nor one that changes

        HashSet<Icon> Ways() => [.. page.FindComponents<Icon>().Select(i => i.Instance).Where(i => i.Name == "arrow-down-left")];

        static string Area(AngleSharp.Dom.IElement row) =>
            row.TextContent.Contains("(415)", StringComparison.Ordinal) ? "+1 415" : "+1 202";
    }

    [Fact]
    public async Task An_older_page_keeps_its_place_and_says_that_there_are_new_calls()
    {
        await using var screen = await HistoryScreen.OpenAsync();
        await HistoryRows.WriteAsync(screen.Centre, 120);
        screen.Navigation.NavigateTo("/calls");
        var page = screen.Ui.Render<HistoryPage>();
        page.WaitForElement(".pager a");
        screen.Navigation.NavigateTo(
            page.FindAll(".pager a").Single(a => a.TextContent.Contains("Older", StringComparison.Ordinal)).GetAttribute("href")!);
        page.WaitForAssertion(() => Assert.Contains("You are looking at earlier calls.", page.Markup, StringComparison.Ordinal));
        page.WaitForAssertion(
            () => Assert.Contains(page.FindAll(".pager a"), a => a.TextContent.Contains("Newer", StringComparison.Ordinal)));
        var rows = page.FindAll("tbody .opens").Select(a => a.GetAttribute("href")).ToList();

        await screen.Centre.CallerArrivesAsync("+12025550111");
        screen.Centre.Clock.Advance(TimeSpan.FromSeconds(1));

        page.WaitForAssertion(() => Assert.Contains("New calls have come in since.", page.Markup, StringComparison.Ordinal));
        Assert.Equal(rows, page.FindAll("tbody .opens").Select(a => a.GetAttribute("href")));
    }

    [Fact]
    public async Task Filters_and_search_are_in_the_address_and_start_from_the_newest()
    {
        await using var screen = await HistoryScreen.OpenAsync(Roles.Supervisor);
        await HistoryRows.WriteAsync(screen.Centre, 200);
        screen.Navigation.NavigateTo("/calls");
        var page = screen.Ui.Render<HistoryPage>();
        page.WaitForElement("tbody tr");

        await page.FindAll(".segments button")[2].ClickAsync();
        await page.InvokeAsync(() => page.FindComponent<MudSelect<string>>().Instance.ValueChanged.InvokeAsync(nameof(CallOutcome.Busy)));
        await page.Find("input[type=search]").InputAsync("555");
        screen.Centre.Clock.Advance(HistoryFilters.Pause);

        page.WaitForAssertion(
            () => Assert.Equal("/calls?direction=outbound&outcome=busy&search=555", new Uri(screen.Navigation.Uri).PathAndQuery));
        page.WaitForAssertion(() =>
        {
            var outcomes = page.FindAll("tbody .c-outcome").Select(cell => cell.TextContent).ToList();
            Assert.NotEmpty(outcomes);
            Assert.All(outcomes, outcome => Assert.Contains("Busy", outcome, StringComparison.Ordinal));
        });
        Assert.Contains(
            "direction=outbound&outcome=busy&search=555", page.Find("a[download]").GetAttribute("href"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Days_are_the_browsers_days_in_the_list_and_in_the_file()
    {
        await using var screen = await HistoryScreen.OpenAsync(Roles.Supervisor);
        await HistoryRows.WriteAsync(screen.Centre, 50);
        screen.Browser.Setup<HistoryPage.DayBounds>("dayBounds", "2026-01-05", "2026-01-05")
            .SetResult(new(HistoryRows.Begin, HistoryRows.Begin.AddMinutes(10)));
        screen.Navigation.NavigateTo("/calls?from=2026-01-05&until=2026-01-05");

        var page = screen.Ui.Render<HistoryPage>();

        var rows = (await screen.Centre.Get<CallHistory>().GetNewestAsync(
            new HistoryFilter
            {
                From = HistoryRows.Begin, Until = HistoryRows.Begin.AddMinutes(10),
            }, new HistoryReader(screen.Me, Supervises: true), 50,
            Xunit.TestContext.Current.CancellationToken)).Rows;
        Assert.InRange(rows.Count, 5, 20);
        page.WaitForAssertion(() => Assert.Equal(rows.Count, page.FindAll("tbody tr").Count));
        Assert.Contains("after=2026-01-05T08%3A00%3A00", page.Find("a[download]").GetAttribute("href"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_search_without_a_result_says_what_can_be_searched()
    {
        await using var screen = await HistoryScreen.OpenAsync();
        screen.Navigation.NavigateTo("/calls?search=nobody");

        var page = screen.Ui.Render<HistoryPage>();

        Assert.Contains("No call matches", page.WaitForElement(".empty").TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(Roles.Supervisor, true)]
    public async Task Another_agents_recording_is_a_lock_for_agents_and_a_player_for_supervisors(string? role, bool plays)
    {
        await using var screen = await HistoryScreen.OpenAsync(role);
        var call = await screen.Centre.InCallAsync(await screen.Centre.HireAsync("Lee"));
        await screen.Centre.EndAsync(call);
        await screen.Centre.Get<CarrierEventHandler>()
            .ReportAsync(
                new RecordingEvent($"RE{1:x32}", "https://api.twilio.com/x", 42, $"CF{call.Id:x32}", null, false, false, null),
                CancellationToken.None);
        screen.Navigation.NavigateTo($"/calls?call={call.Id}");

        var page = screen.Ui.Render<HistoryPage>();

        page.WaitForAssertion(() => Assert.Equal(
            (plays, !plays),
            (page.FindAll("recording-player").Count == 1,
                page.Markup.Contains("There is a recording. The agent of the call and supervisors may hear it.", StringComparison.Ordinal))));
        Assert.DoesNotContain("api.twilio.com", page.Markup, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("\"><img src=x onerror=alert(1)>")]
    public async Task What_callers_and_agents_write_is_text_and_nothing_else(string text)
    {
        await using var screen = await HistoryScreen.OpenAsync();
        var call = await screen.Centre.Get<CarrierEventHandler>()
            .CallerArrivedAsync(
                new CallerArrived(screen.Centre.NewLeg(), "+12025550111", "+12025550100", text, null), CancellationToken.None);
        await using (var db = screen.Centre.OpenDatabase())
        {
            (await db.Calls.FindAsync([call.Id], Xunit.TestContext.Current.CancellationToken))!.Notes = text;
            await db.SaveChangesAsync(Xunit.TestContext.Current.CancellationToken);
        }

        screen.Navigation.NavigateTo($"/calls?call={call.Id}");
        var page = screen.Ui.Render<HistoryPage>();

        Assert.Equal(text, page.WaitForElement(".written").TextContent);
        Assert.Empty(page.FindAll("script, img"));
        Assert.Equal(text, page.Find(".name").TextContent);
    }

    [Fact]
    public void The_player_shows_the_length_before_anything_is_fetched_and_can_be_worked_by_keys()
    {
        using var ui = new BunitContext();

        var player = ui.Render<RecordingPlayer>(
            p => p.Add(x => x.CallId, 7).Add(x => x.Seconds, 93).Add(x => x.Label, "Recording of the call"));

        Assert.Contains("1:33", player.Find(".digits").TextContent, StringComparison.Ordinal);
        Assert.Equal(("/recordings/7", "none"), (player.Find("audio").GetAttribute("src"), player.Find("audio").GetAttribute("preload")));
        Assert.Equal("Play", player.Find("button").GetAttribute("aria-label"));
        Assert.Equal(
            ("range", "93", "Recording of the call"),
            (
                player.Find("input").GetAttribute("type"), player.Find("input").GetAttribute("max"),
                player.Find("input").GetAttribute("aria-label")));
        Assert.Equal(["0.5", "0.75", "1", "1.25", "1.5", "2"], player.FindAll("option").Select(o => o.GetAttribute("value")));
    }

    [Fact]
    public async Task Filters_tell_each_change_and_what_is_typed_after_a_pause()
    {
        await using var ui = new BunitContext().UseMudBlazor();
        var clock = new ManualClock();
        ui.Services.AddSingleton<TimeProvider>(clock);
        var told = new List<HistoryQuery>();
        var dana = new AgentOnFloor(4, "Dana", "Available", Presence.Available, null, null, null, null, null);
        ui.Render<MudPopoverProvider>();
        var filters = ui.Render<HistoryFilters>(p => p
            .Add(x => x.Query, new HistoryQuery { Older = new HistoryPlace(clock.GetUtcNow(), 5) })
            .Add(x => x.Agents, [dana])
            .Add(x => x.Changed, EventCallback.Factory.Create<HistoryQuery>(this, told.Add)));

        filters.Find("input[type=search]").Input("da");
        filters.Find("input[type=search]").Input("dana");
        Assert.Empty(told);
        clock.Advance(HistoryFilters.Pause);
        filters.WaitForAssertion(() => Assert.Single(told));
        await filters.InvokeAsync(() => filters.FindComponent<MudAutocomplete<AgentOnFloor>>().Instance.ValueChanged.InvokeAsync(dana));
        filters.Find("input[type=checkbox]").Change(true);
        var days = new DateRange(new DateTime(2026, 3, 1), new DateTime(2026, 3, 2));
        await filters.InvokeAsync(() => filters.FindComponent<MudDateRangePicker>().Instance.DateRangeChanged.InvokeAsync(days));
        await filters.InvokeAsync(
            () => filters.FindComponent<MudSelect<string>>().Instance.ValueChanged.InvokeAsync(HistoryFilters.AllMissed));

        Assert.Equal(
            [
                new HistoryQuery { Search = "dana" }, new HistoryQuery { AgentId = 4 }, new HistoryQuery { WithRecording = true },
                new HistoryQuery { From = new DateOnly(2026, 3, 1), Until = new DateOnly(2026, 3, 2) }, new HistoryQuery { Missed = true },
            ],
            told); // each from the newest on: a place within the old list means nothing in the new one
    }

    [Fact]
    public async Task Filters_in_use_are_counted_and_cleared_at_once_and_the_open_call_stays()
    {
        await using var ui = new BunitContext().UseMudBlazor();
        ui.Services.AddSingleton<TimeProvider>(new ManualClock());
        ui.Render<MudPopoverProvider>();
        var told = new List<HistoryQuery>();
        var query = new HistoryQuery { Search = "ada", Outcome = CallOutcome.Busy, WithRecording = true, ContactId = 9, CallId = 12 };
        var filters = ui.Render<HistoryFilters>(p => p
            .Add(x => x.Query, query).Add(x => x.Agents, []).Add(x => x.ContactName, "Ada Byron")
            .Add(x => x.Changed, EventCallback.Factory.Create<HistoryQuery>(this, told.Add)));
        Assert.Contains("Filters (3)", filters.Find(".filters-more").TextContent, StringComparison.Ordinal);
        Assert.Equal("ada", filters.Find("input[type=search]").GetAttribute("value"));
        Assert.Equal("Busy", filters.FindComponent<MudSelect<string>>().Instance.GetState(x => x.Value));

        filters.FindAll("button").Single(b => b.TextContent.Trim().StartsWith("Ada Byron", StringComparison.Ordinal)).Click();
        filters.FindAll("button").Single(b => b.TextContent == "Clear all").Click();

        Assert.Equal([query with { ContactId = null }, new HistoryQuery { CallId = 12 }], told);
        Assert.Empty(filters.Find("input[type=search]").GetAttribute("value") ?? "");
    }

    [Theory]
    [InlineData("/calls")]
    [InlineData("/calls?direction=inbound&outcome=noanswer&agent=3&contact=9&missed=true&recording=true&from=2026-03-01&until=2026-03-31"
        + "&search=a%20%26%20b&older=638756928000000000-4711&call=12")]
    public void An_address_says_what_it_was_made_of(string address) => Assert.Equal(address, HistoryQuery.Read(address).ToAddress());

    [Fact]
    public void An_address_that_somebody_spoilt_asks_for_nothing() =>
        Assert.Equal(
            new HistoryQuery(),
            HistoryQuery.Read("/calls?direction=sideways&outcome=7&agent=-1&from=yesterday&older=x&call=1e9&missed=maybe"));

    [Fact]
    public async Task A_missed_caller_is_taken_called_back_and_done_by_click()
    {
        await using var screen = await HistoryScreen.OpenAsync();
        var call = await screen.Centre.CallerArrivesAsync("+12025550111");
        await screen.Centre.TellAsync(call, ConferenceEventKind.Joined, call.CustomerLeg!.Value);
        await screen.Centre.EndAsync(call);
        var page = screen.Ui.Render<MissedPage>();

        page.WaitForAssertion(() => Button("Call back"));
        Button("Call back").Click();
        page.WaitForAssertion(() => Assert.EndsWith("/?dial=%2B12025550111", screen.Navigation.Uri, StringComparison.Ordinal));
        page.WaitForAssertion(() => Assert.Contains("Yours", page.Markup, StringComparison.Ordinal));
        Button("Done").Click();
        page.WaitForAssertion(() => Assert.Contains("Nobody is waiting for a call back", page.Markup, StringComparison.Ordinal));
        Button("Undo").Click();
        page.WaitForAssertion(() => Assert.Single(page.FindAll(".callers > li")));

        AngleSharp.Dom.IElement Button(string text) => page.FindAll("button").First(b => b.TextContent.Trim() == text);
    }

    [Fact]
    public async Task Who_comes_second_reads_who_has_taken_the_caller()
    {
        await using var screen = await HistoryScreen.OpenAsync();
        var lee = await screen.Centre.HireAsync("Lee");
        var call = await screen.Centre.CallerArrivesAsync("+12025550111");
        await screen.Centre.TellAsync(call, ConferenceEventKind.Joined, call.CustomerLeg!.Value);
        await screen.Centre.EndAsync(call);
        var page = screen.Ui.Render<MissedPage>();
        page.WaitForElement(".callers > li");
        await screen.Centre.Get<MissedCalls>().TakeAsync(call.Id, lee, CancellationToken.None);

        page.FindAll("button").First(b => b.TextContent.Trim() == "Take").Click(); // the news is still on its way here

        page.WaitForAssertion(() =>
            Assert.Contains("Lee has taken this caller.", page.Find("[role=status] .mud-alert").TextContent, StringComparison.Ordinal));
    }
}
