using Bunit;
using UppalCrm.Web.Softphone;

namespace UppalCrm.Tests.Desk;

public sealed class PresenceMenuTests
{
    private static CancellationToken Now => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_shown_is_what_the_floor_sees()
    {
        await using var screen = await DeskScreen.OpenAsync("Lunch");
        var menu = screen.Ui.Render<PresenceMenu>();
        Assert.Equal("Lunch", menu.WaitForElement(".word").TextContent);

        await screen.Centre.Roster.SetStatusAsync(screen.Dana, AgentStatus.Available, Now);
        menu.WaitForAssertion(() => Assert.Equal("Available", menu.Find(".word").TextContent));

        await screen.Centre.InCallAsync(screen.Dana);
        menu.WaitForAssertion(() => Assert.Equal("On call", menu.Find(".word").TextContent));
    }

    [Fact]
    public async Task An_agent_whose_browser_is_not_heard_of_is_shown_as_unreachable()
    {
        await using var screen = await DeskScreen.OpenAsync();
        await screen.Centre.Roster.LostAsync(screen.Dana, screen.Centre.Clock.GetUtcNow(), Now);

        var menu = screen.Ui.Render<PresenceMenu>();

        Assert.Equal("Unreachable", menu.WaitForElement(".word").TextContent);
    }

    [Fact]
    public async Task A_chosen_status_is_set()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var menu = screen.Ui.Render<PresenceMenu>();

        await Choice(menu, "Training").ClickAsync(new());

        Assert.Equal("Training", (await screen.Centre.Roster.FindAsync(screen.Dana, Now))!.Status);
    }

    [Fact]
    public async Task Choosing_to_take_calls_starts_a_phone_that_is_off()
    {
        await using var screen = await DeskScreen.OpenAsync(AgentStatus.Offline);
        screen.PhoneSays(PhoneStatus.Off, shiftStarted: false);
        var menu = screen.Ui.Render<PresenceMenu>();

        await Choice(menu, "Available").ClickAsync(new());

        Assert.Equal(1, screen.TimesAsked("startShift"));
        Assert.Equal("Available", (await screen.Centre.Roster.FindAsync(screen.Dana, Now))!.Status);
    }

    [Fact]
    public async Task An_agent_without_a_microphone_does_not_become_available()
    {
        await using var screen = await DeskScreen.OpenAsync(AgentStatus.Offline);
        screen.PhoneSays(PhoneStatus.Off, shiftStarted: false);
        screen.Answer("startShift", new PhoneAnswer(false, "The microphone was refused."));
        var menu = screen.Ui.Render<PresenceMenu>();

        await Choice(menu, "Available").ClickAsync(new());

        Assert.Equal(AgentStatus.Offline, (await screen.Centre.Roster.FindAsync(screen.Dana, Now))!.Status);
        Assert.Equal("The microphone was refused.", menu.Find("[role=status]").TextContent);
    }

    [Fact]
    public async Task Start_of_shift_waits_for_the_phone_before_the_agent_is_available()
    {
        await using var screen = await DeskScreen.OpenAsync(AgentStatus.Offline);
        screen.PhoneSays(PhoneStatus.Off, shiftStarted: false);
        var start = screen.Ui.Render<StartShift>(p => p.Add(s => s.AgentId, screen.Dana));

        var pressed = start.Find("button").ClickAsync(new());
        screen.PhoneSays(PhoneStatus.Connecting);
        Assert.Equal(AgentStatus.Offline, (await screen.Centre.Roster.FindAsync(screen.Dana, Now))!.Status);

        screen.PhoneSays(PhoneStatus.Ready);
        await pressed;
        Assert.Equal(AgentStatus.Available, (await screen.Centre.Roster.FindAsync(screen.Dana, Now))!.Status);
    }

    [Fact]
    public async Task A_phone_that_does_not_get_ready_is_told_and_the_agent_is_not_available()
    {
        await using var screen = await DeskScreen.OpenAsync(AgentStatus.Offline);
        screen.PhoneSays(PhoneStatus.Off, shiftStarted: false);
        var start = screen.Ui.Render<StartShift>(p => p.Add(s => s.AgentId, screen.Dana));

        var pressed = start.Find("button").ClickAsync(new());
        screen.PhoneSays(PhoneStatus.Connecting, detail: "The carrier could not be reached.");
        screen.Centre.Clock.Advance(StartShift.Patience);
        await pressed;

        Assert.Contains("The carrier could not be reached.", screen.Active.Problem!.Message, StringComparison.Ordinal);
        Assert.Equal(AgentStatus.Offline, (await screen.Centre.Roster.FindAsync(screen.Dana, Now))!.Status);
    }

    /// <summary>The menu's content is made when it is opened.</summary>
    private static AngleSharp.Dom.IElement Choice(IRenderedComponent<PresenceMenu> menu, string name)
    {
        menu.WaitForElement("[popovertarget=presence-menu]").Click();
        menu.WaitForAssertion(() => Assert.Single(Named()));
        return Named().Single();

        IEnumerable<AngleSharp.Dom.IElement> Named() =>
            menu.FindAll(".choice").Where(choice => choice.TextContent.Contains(name, StringComparison.Ordinal));
    }
}
