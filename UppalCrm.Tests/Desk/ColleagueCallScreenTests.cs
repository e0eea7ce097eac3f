using Bunit;
using UppalCrm.Web.Board;
using UppalCrm.Web.Desk;
using UppalCrm.Web.Softphone;
using UppalCrm.Web.Transfers;

namespace UppalCrm.Tests.Desk;

/// <summary>A call between colleagues as the two see it.</summary>
public sealed class ColleagueCallScreenTests
{
    private static CancellationToken Now => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_list_opens_on_a_click_who_is_free_comes_first_and_a_change_is_seen()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var ann = await screen.Centre.HireAsync("Ann", "Lunch");
        var lee = await screen.Centre.HireAsync("Lee");
        await screen.Centre.HireAsync("Zoe", AgentStatus.Offline);
        var list = screen.Ui.Render<ColleagueList>(p => p.Add(l => l.AgentId, screen.Dana));
        Assert.Empty(list.FindAll("ul"));

        await list.Find("button[aria-expanded]").ClickAsync(new());

        Assert.Equal(["Lee free", "Ann Lunch"], list.FindAll("li").Select(Words));
        var call = list.Find("li button");
        Assert.Equal(("callColleague", $"{lee}", false),
            (call.GetAttribute("data-call-action"), call.GetAttribute("data-agent"), call.HasAttribute("disabled")));
        Assert.True(list.FindAll("li button")[1].HasAttribute("disabled"));

        await screen.Centre.Roster.SetStatusAsync(ann, AgentStatus.Available, Now);
        screen.Centre.Clock.Advance(TimeSpan.FromSeconds(1));
        list.WaitForAssertion(() => Assert.Equal(["Ann free", "Lee free"], list.FindAll("li").Select(Words)));
        await list.Find("button[aria-expanded]").ClickAsync(new());
        Assert.Empty(list.FindAll("ul"));
    }

    [Fact]
    public async Task The_panel_names_the_colleague_and_offers_what_makes_sense_without_a_customer()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var call = await TalkAsync(screen, from: screen.Dana, to: await screen.Centre.HireAsync("Lee"));
        var panel = screen.Ui.Render<CallPanel>(p => p.Add(c => c.Call, call).Add(c => c.AgentId, screen.Dana));

        Assert.Equal("Lee", panel.Find("h2").TextContent);
        Assert.Contains("Colleague · not recorded", panel.Find("header").TextContent, StringComparison.Ordinal);
        Assert.Equal(
            [$"mute {call.Id}", $"hangUp {call.Id}"],
            panel.FindAll("[data-call-action]").Select(b => $"{b.GetAttribute("data-call-action")} {b.GetAttribute("data-call")}"));
        Assert.EndsWith("End", panel.Find(".controls").TextContent.Trim(), StringComparison.Ordinal);
        Assert.Empty(panel.FindAll("textarea, .parties, .recording"));
    }

    [Fact]
    public async Task Who_was_called_sees_the_caller()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var call = await TalkAsync(screen, from: await screen.Centre.HireAsync("Lee"), to: screen.Dana);
        var panel = screen.Ui.Render<CallPanel>(p => p.Add(c => c.Call, call).Add(c => c.AgentId, screen.Dana));

        Assert.Equal("Lee", panel.Find("h2").TextContent);
        Assert.EndsWith("End", panel.Find(".controls").TextContent.Trim(), StringComparison.Ordinal); // and not: leave
    }

    [Fact]
    public async Task The_card_says_who_calls()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var lee = await screen.Centre.HireAsync("Lee");
        await screen.Active.OpenAsync();
        var card = screen.Ui.Render<TransferCard>();
        await screen.Centre.Get<ColleagueCalls>().PrepareAsync(lee, screen.Dana, Now);

        card.WaitForAssertion(() => Assert.Equal("Lee calls you", card.Find("[role=alert]").TextContent.Trim()));
        Assert.Equal("Lee", card.Find("h2").TextContent);
        Assert.Equal(["Talk", "Decline"], card.FindAll("button").Select(Words));
    }

    [Fact]
    public async Task A_colleague_who_does_not_take_it_is_told_without_a_number_to_call_again()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var lee = await screen.Centre.HireAsync("Lee");
        await screen.Active.OpenAsync();
        var prepared = (await screen.Centre.Get<ColleagueCalls>().PrepareAsync(screen.Dana, lee, Now)).Value!;
        await screen.Active.ReadAsync();
        await screen.Centre.AgentJoinsAsync(await screen.Centre.GetAsync(prepared.CallId), screen.Dana);
        await screen.Centre.Transfers.DeclineAsync(prepared.CallId, lee, Now);
        await screen.Active.ReadAsync();

        Assert.Equal(new CallProblem("Your colleague did not take the call.", null), screen.Active.Problem);
    }

    [Fact]
    public void On_the_board_it_rings_and_is_not_recorded()
    {
        var row = new BoardCall(
            1, 1, CallDirection.Internal, CallStatus.Dialing, "", "Lee", "", 2, "Dana", DateTimeOffset.UnixEpoch, null, null, null, null,
            []);
        Assert.Equal("Ringing", BoardLabels.StateOf(row));
        Assert.False(row.IsRecorded);
    }

    private static async Task<Call> TalkAsync(DeskScreen screen, int from, int to)
    {
        var centre = screen.Centre;
        var prepared = (await centre.Get<ColleagueCalls>().PrepareAsync(from, to, Now)).Value!;
        var call = await centre.GetAsync(prepared.CallId);
        await centre.AgentJoinsAsync(call, from);
        await centre.Transfers.AcceptAsync(call.Id, to, Now);
        await centre.AgentJoinsAsync(call, to);
        await screen.Active.OpenAsync();
        call = await centre.GetAsync(call.Id);
        screen.PhoneIsIn(call);
        return call;
    }

    private static string Words(AngleSharp.Dom.IElement element) =>
        string.Join(' ', element.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
