using Bunit;
using Microsoft.AspNetCore.Components.Web;
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
    public async Task Hold_is_shown_when_the_carrier_says_so_and_not_before()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var (panel, call) = await InCallAsync(screen);

        await Control(panel, "Hold").ClickAsync(new());
        Assert.Contains("Holding…", panel.Find(".controls").TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("On hold", panel.Find(".state").TextContent, StringComparison.Ordinal);

        await screen.Centre.TellAsync(call, ConferenceEventKind.Held, call.CustomerLeg);
        panel.WaitForAssertion(() => Assert.Contains("On hold", panel.Find(".state").TextContent, StringComparison.Ordinal));
        Assert.Equal("Resume", Control(panel, "Resume").TextContent.Trim());
    }

    [Fact]
    public async Task A_hold_that_the_carrier_refuses_is_told_and_can_be_tried_again()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var (panel, _) = await InCallAsync(screen);
        screen.Centre.Carrier.Refusal = "The carrier is busy.";

        await Control(panel, "Hold").ClickAsync(new());

        Assert.Contains("The carrier is busy.", panel.Find(".note-danger").TextContent, StringComparison.Ordinal);
        screen.Centre.Carrier.Refusal = null;
        await panel.Find(".note-danger button").ClickAsync(new());
        Assert.Equal(2, screen.Centre.Carrier.Asked.Count(what => what.StartsWith("hold", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_agent_sees_which_supervisor_listens_and_that_they_left()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var (panel, call) = await InCallAsync(screen);
        var sam = await screen.Centre.HireAsync("Sam");
        var leg = new CallSid("CA" + new string('7', 32));
        await screen.Centre.Get<CarrierEventHandler>().SupervisorConnectingAsync(leg, sam, call.ConferenceName, SupervisorMode.Listen, Now);

        await screen.Centre.TellAsync(call, ConferenceEventKind.Joined, leg);
        panel.WaitForAssertion(() => Assert.Contains("Sam is listening.", panel.Markup, StringComparison.Ordinal));

        await screen.Centre.TellAsync(call, ConferenceEventKind.Left, leg);
        panel.WaitForAssertion(() => Assert.DoesNotContain("Sam", panel.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_hold_that_is_never_confirmed_does_not_spin_for_ever()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var (panel, _) = await InCallAsync(screen);
        await Control(panel, "Hold").ClickAsync(new());

        screen.Centre.Clock.Advance(ActiveCall.HoldConfirmedWithin);

        panel.WaitForAssertion(() => Assert.Contains("has not confirmed the hold", panel.Find(".note-danger").TextContent, StringComparison.Ordinal));
        Assert.False(Control(panel, "Hold").HasAttribute("disabled"));
    }

    [Fact]
    public async Task Mute_asks_the_phone_and_shows_what_the_phone_says()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var (panel, call) = await InCallAsync(screen);

        await Control(panel, "Mute").ClickAsync(new());
        Assert.Equal([true], Assert.Single(screen.Browser.Invocations["setMuted"]).Arguments);
        Assert.Equal("false", Control(panel, "Mute").GetAttribute("aria-pressed"));

        screen.PhoneIsIn(call, muted: true);
        panel.WaitForAssertion(() => Assert.Equal("true", Control(panel, "Unmute").GetAttribute("aria-pressed")));
    }

    [Fact]
    public async Task Who_speaks_while_muted_is_told_in_the_place_of_the_state_and_no_longer_once_heard()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var (panel, call) = await InCallAsync(screen);

        screen.PhoneIsIn(call, muted: true, mutedHint: "You are muted. Press Ctrl+Shift+M to be heard.");
        panel.WaitForAssertion(() => Assert.Equal("You are muted. Press Ctrl+Shift+M to be heard.", panel.Find(".state[role=status] .hint").TextContent.Trim()));
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
    public async Task End_tells_both_the_phone_and_the_desk()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var (panel, call) = await InCallAsync(screen);

        await Control(panel, "End").ClickAsync(new());

        Assert.Equal(1, screen.TimesAsked("hangUp"));
        Assert.Equal(CallStatus.Ended, (await screen.Centre.GetAsync(call.Id)).Status);
    }

    [Fact]
    public async Task Keypad_digits_go_out_at_once_by_click_and_by_key()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var (panel, _) = await InCallAsync(screen);
        await Control(panel, "Keypad").ClickAsync(new());

        await panel.FindAll(".keypad .key")[4].ClickAsync(new());
        await panel.Find(".keypad").KeyDownAsync(new KeyboardEventArgs { Key = "#" });
        await panel.Find(".keypad").KeyDownAsync(new KeyboardEventArgs { Key = "a" });

        Assert.Equal(["5", "#"], screen.Browser.Invocations["sendDigits"].Select(sent => (string)sent.Arguments[0]!));
        Assert.Equal("5#", panel.Find(".sent").TextContent);
    }

    [Fact]
    public async Task After_a_reload_the_agent_is_told_that_nobody_hears_them_and_can_join_again()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var call = await screen.Centre.InCallAsync(screen.Dana);
        await screen.Hand.OpenAsync();
        var panel = screen.Ui.Render<CallPanel>(p => p.Add(c => c.Call, call).Add(c => c.AgentId, screen.Dana));

        await panel.Find(".note-warn button").ClickAsync(new());

        Assert.Equal([call.Id, call.ConferenceName], Assert.Single(screen.Browser.Invocations["connect"]).Arguments);
    }

    /// <summary>As the page shows it: drawn again with each reading of the call in hand.</summary>
    private static async Task<(IRenderedComponent<CallPanel> Panel, Call Call)> InCallAsync(DeskScreen screen)
    {
        var call = await screen.Centre.InCallAsync(screen.Dana);
        await screen.Hand.OpenAsync();
        screen.PhoneIsIn(call);
        var panel = screen.Ui.Render<CallPanel>(p => p.Add(c => c.Call, call).Add(c => c.AgentId, screen.Dana));
        screen.Hand.Changed += () => _ = panel.InvokeAsync(() => panel.Instance.SetParametersAsync(Microsoft.AspNetCore.Components.ParameterView.FromDictionary(
            new Dictionary<string, object?> { [nameof(CallPanel.Call)] = screen.Hand.Call ?? call, [nameof(CallPanel.AgentId)] = screen.Dana })));
        return (panel, call);
    }

    private static AngleSharp.Dom.IElement Control(IRenderedComponent<CallPanel> panel, string word) =>
        panel.FindAll(".control").Single(control => control.TextContent.Contains(word, StringComparison.Ordinal));
}
