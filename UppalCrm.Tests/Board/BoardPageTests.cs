using System.Security.Claims;
using Bunit;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.JSInterop;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Audit;
using UppalCrm.Web.Board;
using UppalCrm.Web.Reports;
using UppalCrm.Web.Softphone;

namespace UppalCrm.Tests.Board;

public sealed class BoardPageTests
{
    private static CancellationToken Token => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_board_follows_the_floor()
    {
        await using var floor = await PageFloor.OpenAsync(Roles.Supervisor);
        var page = floor.RenderBoard();
        Assert.Contains("Nobody waits.", page.Markup);

        await floor.Centre.CallerArrivesAsync("+12025550111");
        await floor.Board.UpdateAsync(Token);
        page.WaitForAssertion(() => Assert.Single(page.FindComponents<WaitingRow>()));
        var call = (await floor.Centre.Desk.GetWaitingAsync(null, Token))[0];
        await floor.Centre.EndAsync(call);
        await floor.Board.UpdateAsync(Token);

        page.WaitForAssertion(() => Assert.Contains("Nobody waits.", page.Markup));
        Assert.Empty(page.FindComponents<WaitingRow>());
    }

    [Fact]
    public async Task Calls_in_progress_are_found_by_agent_customer_and_digits()
    {
        await using var floor = await PageFloor.OpenAsync(Roles.Supervisor);
        await floor.Centre.AddContactAsync("Mary Poole", "+12025550133");
        await floor.Centre.InCallAsync(await floor.Centre.HireAsync("Dana"), "+12025550133");
        await floor.Centre.InCallAsync(await floor.Centre.HireAsync("Lee"), "+12025550144");
        var page = floor.RenderBoard();
        Assert.Equal(2, page.FindComponents<CallRow>().Count);

        foreach (var (words, agent) in new[] { ("mary", "Dana"), ("LEE", "Lee"), ("555-0144", "Lee") })
        {
            await page.InvokeAsync(() => page.Find("input[type=search]").Input(words));
            Assert.Equal(agent, Assert.Single(page.FindComponents<CallRow>()).Instance.Value.Call.AgentName);
        }

        page.Find("input[type=search]").Input("nobody of this name");
        Assert.Contains("No call matches.", page.Markup);
    }

    [Fact]
    public async Task Agents_are_found_by_name_and_status_and_those_in_trouble_stand_first()
    {
        await using var floor = await PageFloor.OpenAsync(Roles.Supervisor);
        (string, string, string)[] agents =
        [
            ("Ava", AgentStatus.Available, "ready"), ("Ben", "Lunch", "ready"), ("Zoe", AgentStatus.Available, "no-microphone"),
            ("Otto", AgentStatus.Offline, "off"),
        ];
        foreach (var (name, status, phone) in agents)
        {
            await floor.Centre.Roster.SetPhoneStateAsync(await floor.Centre.HireAsync(name, status), phone, Token);
        }

        var page = floor.RenderBoard();
        Assert.Equal(["Zoe", "Ava", "Ben"], Names());

        page.Find("input[type=search]").Input("lunch");
        Assert.Equal(["Ben"], Names());
        page.Find("input[type=search]").Input("otto"); // asked for by name, who is off is shown too
        Assert.Equal(["Otto"], Names());
        page.Find("input[type=search]").Input("");
        page.FindAll(".presences .chip").Single(c => c.TextContent.Contains("Trouble 1", StringComparison.Ordinal)).Click();
        Assert.Equal(["Zoe"], Names());
        page.Find("input[type=search]").Input("nobody of this name");
        Assert.Contains("No agent matches.", page.Find("[aria-labelledby=agents-title]").TextContent);

        IEnumerable<string> Names() => page.FindComponents<AgentRow>().Select(row => row.Instance.Value.Agent.Name);
    }

    [Fact]
    public async Task Chips_are_drawn_when_one_of_their_figures_changes_and_not_with_each_picture()
    {
        await using var floor = await PageFloor.OpenAsync(Roles.Supervisor);
        var dana = await floor.Centre.HireAsync("Dana");
        var page = floor.RenderBoard();
        var (kinds, presences) = (Chips(0), Chips(1));
        var (kindsDrawn, presencesDrawn) = (kinds.RenderCount, presences.RenderCount);

        for (var i = 0; i < 5; i++) // callers who wait are pictures, and no figure of a chip
        {
            await floor.Centre.CallerArrivesAsync($"+1202555012{i}");
            await floor.Board.UpdateAsync(Token);
            page.WaitForAssertion(() => Assert.Equal(i + 1, page.FindComponents<WaitingRow>().Count));
        }

        Assert.Equal((kindsDrawn, presencesDrawn), (kinds.RenderCount, presences.RenderCount));

        await floor.Centre.InCallAsync(dana, "+12025550133");
        await floor.Board.UpdateAsync(Token);
        page.WaitForAssertion(() => Assert.Single(page.FindComponents<CallRow>()));
        Assert.Equal((kindsDrawn + 1, presencesDrawn + 1), (kinds.RenderCount, presences.RenderCount));
        Assert.Contains("Inbound 1", Words(kinds), StringComparison.Ordinal);
        Assert.Contains("On call 1", Words(presences), StringComparison.Ordinal);

        await page.InvokeAsync(() => kinds.FindAll(".chip").Single(chip => chip.TextContent.Contains("Outbound")).Click());
        Assert.Equal("Outbound", kinds.Find("[aria-pressed=true]").TextContent.Split()[0]);
        Assert.Empty(page.FindComponents<CallRow>());
        await page.InvokeAsync(() => kinds.Find("[aria-pressed=true]").Click());
        Assert.Empty(kinds.FindAll("[aria-pressed=true]"));
        Assert.Single(page.FindComponents<CallRow>());

        IRenderedComponent<FigureChips> Chips(int at) => page.FindComponents<FigureChips>()[at];

        static string Words(IRenderedComponent<FigureChips> chips) =>
            string.Join(' ', chips.Find(".chips").TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Forty_agents_stand_close_and_a_handful_does_not()
    {
        await using var floor = await PageFloor.OpenAsync(Roles.Supervisor);
        await floor.Centre.HireAsync("Ava");
        var page = floor.RenderBoard();
        Assert.Empty(page.FindAll(".agents.compact"));

        for (var i = 0; i < 40; i++)
        {
            await floor.Centre.HireAsync($"Agent {i}");
        }

        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(10)); // nobody announces who is hired: the board looks for itself
        await floor.Board.UpdateAsync(Token);
        page.WaitForAssertion(() => Assert.Equal(41, page.FindAll(".agents.compact .agent").Count));
    }

    [Fact]
    public async Task The_wallboards_free_agents_are_green_only_while_there_are_any()
    {
        await using var floor = await PageFloor.OpenAsync(Roles.Supervisor);
        floor.Context.Services.GetRequiredService<Microsoft.AspNetCore.Components.NavigationManager>().NavigateTo("/board?wall");
        var page = floor.RenderBoard();
        Assert.Contains("warn", Free().ClassList);

        await floor.Centre.CallerArrivesAsync();
        await floor.Board.UpdateAsync(Token);
        page.WaitForAssertion(() => Assert.Contains("danger", Free().ClassList));

        await floor.Centre.HireAsync("Ava");
        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(10));
        await floor.Board.UpdateAsync(Token);
        page.WaitForAssertion(() => Assert.Contains("ok", Free().ClassList));

        AngleSharp.Dom.IElement Free() => page.FindAll(".figures > div")
            .Single(d => d.TextContent.Contains("Agents free", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_browser_no_picture_is_drawn_and_a_fresh_one_comes_with_it()
    {
        await using var floor = await PageFloor.OpenAsync(Roles.Supervisor);
        var page = floor.RenderBoard();
        var link = floor.Context.Services.GetRequiredService<CircuitLink>();

        await link.OnConnectionDownAsync(null!, Token);
        page.WaitForState(() => floor.Board.Watchers == 0);
        await floor.Centre.CallerArrivesAsync();
        await floor.Board.UpdateAsync(Token);
        Assert.Empty(page.FindComponents<WaitingRow>());
        await link.OnConnectionUpAsync(null!, Token);

        page.WaitForAssertion(() => Assert.Single(page.FindComponents<WaitingRow>()));
        Assert.Equal(1, floor.Board.Watchers);
    }

    [Fact]
    public async Task A_page_that_is_left_watches_no_more()
    {
        await using var floor = await PageFloor.OpenAsync(Roles.Supervisor);
        floor.RenderBoard();
        Assert.Equal(1, floor.Board.Watchers);

        await floor.Context.DisposeComponentsAsync();

        Assert.Equal(0, floor.Board.Watchers);
    }

    [Fact]
    public async Task A_person_whose_role_is_gone_reads_why_the_board_stays_closed()
    {
        await using var floor = await PageFloor.OpenAsync(Roles.Agent);

        var page = floor.Context.Render<BoardPage>();

        Assert.Contains("Only supervisors and administrators may do this.", page.WaitForElement("[role=alert]").TextContent);
        Assert.Equal(0, floor.Board.Watchers);
    }

    [Fact]
    public async Task A_stuck_call_is_hung_up_from_its_details()
    {
        await using var floor = await PageFloor.OpenAsync(Roles.Supervisor);
        var call = await floor.Centre.InCallAsync(await floor.Centre.HireAsync("Dana"));
        var page = floor.RenderBoard();

        page.Find(".progress .open").Click();
        page.WaitForAssertion(() => Assert.Single(page.FindAll("button"), IsHangUp));
        await page.InvokeAsync(() => page.FindAll("button").Single(IsHangUp).Click());
        await page.Find(".btn-danger").ClickAsync(new());

        Assert.Equal(CallEnder.Supervisor, (await floor.Centre.GetAsync(call.Id)).EndedBy);

        static bool IsHangUp(AngleSharp.Dom.IElement button) => button.TextContent.Contains("Hang up for all", StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_wallboard_shows_no_whole_number()
    {
        await using var floor = await PageFloor.OpenAsync(Roles.Supervisor);
        await floor.Centre.CallerArrivesAsync("+12025550111");

        floor.Context.Services.GetRequiredService<Microsoft.AspNetCore.Components.NavigationManager>().NavigateTo("/board?wall");
        var page = floor.RenderBoard();

        Assert.Contains("0111", page.Find(".wall").TextContent);
        Assert.DoesNotContain("555", page.Find(".wall").TextContent);
    }

    [Theory]
    [InlineData(typeof(BoardPage), Roles.Supervising)]
    [InlineData(typeof(ReportsPage), Roles.Supervising)]
    [InlineData(typeof(AuditPage), Roles.Admin)]
    public void A_page_is_closed_to_those_without_the_role(Type page, string roles)
    {
        var authorise = Assert.Single(page.GetCustomAttributes(typeof(AuthorizeAttribute), inherit: true).Cast<AuthorizeAttribute>());

        Assert.Equal(roles, authorise.Roles);
    }

    /// <summary>Where this person's pages are drawn, over the services of a real floor.</summary>
    internal static BunitContext PageFor(int personId, string role, IServiceProvider floor)
    {
        var context = new BunitContext();
        context.JSInterop.Mode = JSRuntimeMode.Loose;
        context.AddAuthorization().SetAuthorized("sam").SetRoles(role).SetClaims(new Claim(ClaimTypes.NameIdentifier, $"{personId}"));
        context.Services.AddScoped(_ => new AgentPhone(new NoBrowser(), NullLogger<AgentPhone>.Instance)).AddScoped<CircuitLink>()
            .AddOptions();
        context.Services.AddSingleton(floor.GetRequiredService<CallBoard>()).AddSingleton(floor.GetRequiredService<CallSupervision>())
            .AddSingleton(floor.GetRequiredService<RecordingPause>()).AddSingleton(floor.GetRequiredService<AgentRoster>())
            .AddSingleton(floor.GetRequiredService<NumberFormat>());
        return context;
    }

    /// <summary>A page whose browser has no phone: every question of the phone goes unanswered.</summary>
    private sealed class NoBrowser : IJSRuntime
    {
        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, object?[]? args) =>
            throw new JSDisconnectedException("There is no browser here.");

        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, CancellationToken cancellationToken, object?[]? args) =>
            InvokeAsync<TValue>(identifier, args);
    }

    /// <summary>The pages' own services over a real floor, and somebody signed in.</summary>
    private sealed class PageFloor : IAsyncDisposable
    {
        private PageFloor(CallCentre centre, BunitContext context) => (Centre, Context) = (centre, context);

        public CallCentre Centre { get; }

        public BunitContext Context { get; }

        public CallBoard Board => Centre.Get<CallBoard>();

        public static async Task<PageFloor> OpenAsync(string role)
        {
            var centre = await CallCentre.OpenAsync(("Floor:TimeZone", "UTC"));
            var person = await centre.HireAsync("Sam", AgentStatus.Offline);
            await centre.PromoteAsync(person, role);
            return new PageFloor(centre, PageFor(person, role, centre.Services));
        }

        /// <summary>The board or the wallboard, with its first picture.</summary>
        public IRenderedComponent<BoardPage> RenderBoard()
        {
            var page = Context.Render<BoardPage>();
            page.WaitForElement(".tiles .face, .wall");
            return page;
        }

        public async ValueTask DisposeAsync()
        {
            await Context.DisposeAsync();
            await Centre.DisposeAsync();
        }
    }
}
