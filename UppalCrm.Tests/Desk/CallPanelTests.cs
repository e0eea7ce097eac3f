using Bunit;
using UppalCrm.Web.Desk;
using UppalCrm.Web.Softphone;

namespace UppalCrm.Tests.Desk;

public sealed class CallPanelTests
{
    private static CancellationToken Now => Xunit.TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(CallStatus.Preparing, null, "Calling your phone…")]
    [InlineData(CallStatus.Dialing, LegState.Queued, "Dialling…")]
    [InlineData(CallStatus.Dialing, LegState.Ringing, "Ringing…")]
    [InlineData(CallStatus.Connected, null, "In call")]
    [InlineData(CallStatus.Claimed, null, "Joining the call…")]
    public void The_state_is_told_in_words(CallStatus status, LegState? dial, string words)
    {
        var call = new Call { FromNumber = "", ToNumber = "", ConferenceName = "", Status = status, DialState = dial };

        Assert.Equal(words, CallLabels.StateOf(call, null));
    }

    [Fact]
    public async Task Each_control_says_what_it_asks_of_which_call()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var (panel, call) = await InCallAsync(screen);

        var asked = panel.FindAll("[data-call-action]").Select(b => $"{b.GetAttribute("data-call-action")} {b.GetAttribute("data-call")}");

        Assert.Equal([$"mute {call.Id}", $"hold {call.Id}", $"hangUp {call.Id}"], asked);
    }

    [Fact]
    public async Task Hold_is_shown_when_the_carrier_says_so_and_not_before()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var (panel, call) = await InCallAsync(screen);

        screen.PhoneIsAsked(CallAction.Hold, call.Id);
        panel.WaitForAssertion(() => Assert.Contains("Holding…", panel.Find(".controls").TextContent, StringComparison.Ordinal));
        Assert.DoesNotContain("On hold", panel.Find(".state").TextContent, StringComparison.Ordinal);
        Assert.True(Control(panel, "Holding").HasAttribute("disabled"));

        await screen.Centre.TellAsync(call, ConferenceEventKind.Held, call.CustomerLeg);
        screen.PhoneIsIn(call);
        panel.WaitForAssertion(() => Assert.Contains("On hold", panel.Find(".state").TextContent, StringComparison.Ordinal));
        Assert.Equal("Resume", Control(panel, "Resume").TextContent.Trim());
        Assert.Equal("unhold", Control(panel, "Resume").GetAttribute("data-call-action"));
    }

    [Fact]
    public async Task A_hold_that_did_not_happen_is_told_and_can_be_tried_again()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var (panel, call) = await InCallAsync(screen);

        screen.PhoneRefuses(CallAction.Hold, call.Id, "The call could not be held: The carrier is busy.");

        panel.WaitForAssertion(
            () => Assert.Contains("The carrier is busy.", panel.Find(".mud-alert-text-error").TextContent, StringComparison.Ordinal));
        Assert.Equal("hold", panel.Find(".mud-alert-text-error button").GetAttribute("data-call-action"));
        Assert.False(Control(panel, "Hold").HasAttribute("disabled"));
    }

    [Fact]
    public async Task The_agent_sees_which_supervisor_listens_and_that_they_left()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var (panel, call) = await InCallAsync(screen);
        var sam = await screen.Centre.HireAsync("Sam");
        var leg = new CallSid("CA" + new string('7', 32));
        await screen.Centre.Get<CarrierEventHandler>()
            .SupervisorConnectingAsync(leg, sam, call.ConferenceName, SupervisorMode.Listen, Now);

        await screen.Centre.TellAsync(call, ConferenceEventKind.Joined, leg);
        panel.WaitForAssertion(() => Assert.Contains("Sam is listening.", panel.Markup, StringComparison.Ordinal));

        await screen.Centre.TellAsync(call, ConferenceEventKind.Left, leg);
        panel.WaitForAssertion(() => Assert.DoesNotContain("Sam", panel.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Muted_is_what_the_phone_says_is_muted()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var (panel, call) = await InCallAsync(screen);
        Assert.Equal(("false", "mute"), Muting(Control(panel, "Mute")));

        screen.PhoneIsIn(call, muted: true);

        panel.WaitForAssertion(() => Assert.Equal(("true", "unmute"), Muting(Control(panel, "Unmute"))));

        static (string?, string?) Muting(AngleSharp.Dom.IElement control) =>
            (control.GetAttribute("aria-pressed"), control.GetAttribute("data-call-action"));
    }

    [Fact]
    public async Task Who_speaks_while_muted_is_told_in_the_place_of_the_state_and_no_longer_once_heard()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var (panel, call) = await InCallAsync(screen);

        screen.PhoneIsIn(call, muted: true, mutedHint: "You are muted. Press Ctrl+Shift+M to be heard.");
        panel.WaitForAssertion(() =>
            Assert.Equal("You are muted. Press Ctrl+Shift+M to be heard.", panel.Find(".state[role=status] .hint").TextContent.Trim()));
        Assert.DoesNotContain("In call", panel.Find(".state").TextContent, StringComparison.Ordinal);

        await screen.Centre.TellAsync(call, ConferenceEventKind.Held, call.CustomerLeg); // on hold nobody hears them, muted or not
        panel.WaitForAssertion(() => Assert.Contains("On hold", panel.Find(".state").TextContent, StringComparison.Ordinal));
        await screen.Centre.TellAsync(call, ConferenceEventKind.Unheld, call.CustomerLeg);
        panel.WaitForAssertion(() => Assert.NotNull(panel.Find(".hint")));

        screen.PhoneIsIn(call);
        panel.WaitForAssertion(() => Assert.Contains("In call", panel.Find(".state").TextContent, StringComparison.Ordinal));
        Assert.Empty(panel.FindAll(".hint"));
    }

    [Fact]
    public async Task End_cannot_be_pressed_again_while_it_is_carried_out()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var (panel, call) = await InCallAsync(screen);

        screen.PhoneIsAsked(CallAction.HangUp, call.Id);

        panel.WaitForAssertion(() => Assert.True(Control(panel, "End").HasAttribute("disabled")));
    }

    [Fact]
    public async Task The_keypad_shows_the_digits_that_the_phone_has_sent_or_why_it_has_not()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var (panel, call) = await InCallAsync(screen);
        await Control(panel, "Keypad").ClickAsync(new());

        Assert.Equal(
            "123456789*0#",
            string.Concat(panel.FindAll(".keypad [data-call-action=digit]").Select(key => key.GetAttribute("data-digit"))));
        Assert.Equal($"{call.Id}", panel.Find(".keypad[data-call-keys]").GetAttribute("data-call"));
        screen.PhoneIsIn(call, digits: "5#");
        panel.WaitForAssertion(() => Assert.Equal("5#", panel.Find(".sent").TextContent));

        screen.PhoneRefuses(CallAction.Digit, call.Id, "Digits can be sent once the call is connected.", "5");
        panel.WaitForAssertion(
            () => Assert.Equal("Digits can be sent once the call is connected.", panel.Find(".keypad [role=alert]").TextContent));
    }

    [Fact]
    public async Task After_a_reload_the_agent_is_told_that_nobody_hears_them_and_can_join_again()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var call = await screen.Centre.InCallAsync(screen.Dana);
        await screen.Active.OpenAsync();
        var panel = screen.Ui.Render<CallPanel>(p => p.Add(c => c.Call, call).Add(c => c.AgentId, screen.Dana));

        var join = panel.Find(".mud-alert-text-warning button");

        Assert.Equal(("join", $"{call.Id}"), (join.GetAttribute("data-call-action"), join.GetAttribute("data-call")));
        screen.PhoneIsAsked(CallAction.Join, call.Id);
        panel.Render();
        Assert.Empty(panel.FindAll(".mud-alert-text-warning"));
    }

    /// <summary>As the page shows it: drawn again with each reading of the call in hand.</summary>
    private static async Task<(IRenderedComponent<CallPanel> Panel, Call Call)> InCallAsync(DeskScreen screen)
    {
        var call = await screen.Centre.InCallAsync(screen.Dana);
        await screen.Active.OpenAsync();
        screen.PhoneIsIn(call);
        var panel = screen.Ui.Render<CallPanel>(p => p.Add(c => c.Call, call).Add(c => c.AgentId, screen.Dana));
        screen.Active.Changed += () => _ =
            panel.InvokeAsync(() => panel.Instance.SetParametersAsync(Microsoft.AspNetCore.Components.ParameterView.FromDictionary(
            new Dictionary<string, object?>
            {
                [nameof(CallPanel.Call)] = screen.Active.Call ?? call, [nameof(CallPanel.AgentId)] = screen.Dana,
            })));
        return (panel, call);
    }

    private static AngleSharp.Dom.IElement Control(IRenderedComponent<CallPanel> panel, string word) =>
        panel.FindAll(".control").Single(control => control.TextContent.Contains(word, StringComparison.Ordinal));
}
