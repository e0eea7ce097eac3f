using Bunit;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Desk;

namespace UppalCrm.Tests.Desk;

public sealed class WrapUpTests
{
    private static CancellationToken Now => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task Finish_goes_back_to_the_status_before()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var panel = await WrappingUpAsync(screen);
        screen.Centre.Clock.Advance(WrapUpPanel.Guard);
        panel.WaitForAssertion(() => Assert.False(panel.Find(".finish").HasAttribute("disabled")));

        await panel.Find(".finish").ClickAsync(new());

        Assert.Equal(Presence.Available, (await screen.Centre.Roster.FindAsync(screen.Dana, Now))!.Presence);
    }

    [Fact]
    public async Task The_second_click_of_a_double_click_on_End_finds_Finish_disabled_and_it_shows_when_it_can_be_pressed()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var panel = await WrappingUpAsync(screen);

        Assert.True(panel.Find(".finish").HasAttribute("disabled"));
        screen.Centre.Clock.Advance(WrapUpPanel.Guard);

        panel.WaitForAssertion(() => Assert.False(panel.Find(".finish").HasAttribute("disabled")));
        Assert.Equal(Presence.WrapUp, (await screen.Centre.Roster.FindAsync(screen.Dana, Now))!.Presence);
    }

    [Fact]
    public async Task A_supervisor_who_ended_the_call_is_named_as_the_one_who_did()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var sam = await screen.Centre.HireAsync("Sam");
        await screen.Centre.PromoteAsync(sam, Roles.Supervisor);
        var call = await screen.Centre.InCallAsync(screen.Dana);
        await screen.Centre.Get<CallSupervision>().HangUpAsync(call.Id, sam, Now);
        await screen.Active.OpenAsync();

        var panel = screen.Ui.Render<WrapUpPanel>(p => p.Add(w => w.Call, screen.Active.WrappingUp!).Add(w => w.AgentId, screen.Dana));

        Assert.Contains("a supervisor ended the call", panel.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_time_is_added_to_what_is_left()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var panel = await WrappingUpAsync(screen);
        var until = (await screen.Centre.Roster.FindAsync(screen.Dana, Now))!.WrapUpUntil;

        await panel.FindAll("button").Single(b => b.TextContent.Contains("30 s more", StringComparison.Ordinal)).ClickAsync(new());

        Assert.Equal(until + WrapUpPanel.Longer, (await screen.Centre.Roster.FindAsync(screen.Dana, Now))!.WrapUpUntil);
    }

    [Fact]
    public async Task A_required_disposition_is_asked_for_before_it_ends()
    {
        await using var screen = await DeskScreen.OpenAsync();
        await screen.Centre.Get<DispositionList>().SetRequiredAsync(true, screen.Dana, Now);
        var panel = await WrappingUpAsync(screen);
        screen.Centre.Clock.Advance(WrapUpPanel.Guard);
        panel.WaitForAssertion(() => Assert.False(panel.Find(".finish").HasAttribute("disabled")));

        await panel.Find(".finish").ClickAsync(new());

        Assert.Contains("Choose a disposition first", panel.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        await screen.ChooseAsync(panel, "Resolved");
        await panel.Find(".finish").ClickAsync(new());
        Assert.Equal(Presence.Available, (await screen.Centre.Roster.FindAsync(screen.Dana, Now))!.Presence);
    }

    [Fact]
    public async Task Notes_are_saved_while_they_are_typed()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var call = await screen.Centre.InCallAsync(screen.Dana);
        var notes = screen.Ui.Render<CallNotes>(p => p.Add(n => n.Call, call).Add(n => n.AgentId, screen.Dana));

        await notes.Find("textarea").InputAsync("Wants a quote");
        screen.Centre.Clock.Advance(CallNotes.Pause);

        notes.WaitForAssertion(() => Assert.Contains("Saved", notes.Find(".mark").TextContent, StringComparison.Ordinal));
        Assert.Equal("Wants a quote", (await screen.Centre.GetAsync(call.Id)).Notes);
    }

    [Fact]
    public async Task An_agent_who_never_pauses_is_saved_after_a_second()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var call = await screen.Centre.InCallAsync(screen.Dana);
        var notes = screen.Ui.Render<CallNotes>(p => p.Add(n => n.Call, call).Add(n => n.AgentId, screen.Dana));

        foreach (var text in new[] { "a", "ab", "abc" })
        {
            await notes.Find("textarea").InputAsync(text);
            screen.Centre.Clock.Advance(TimeSpan.FromMilliseconds(400));
        }

        notes.WaitForAssertion(() => Assert.Contains("Saved", notes.Find(".mark").TextContent, StringComparison.Ordinal));
        Assert.Equal("abc", (await screen.Centre.GetAsync(call.Id)).Notes);
    }

    [Fact]
    public async Task The_last_words_are_saved_although_the_panel_goes()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var call = await screen.Centre.InCallAsync(screen.Dana);
        var notes = screen.Ui.Render<CallNotes>(p => p.Add(n => n.Call, call).Add(n => n.AgentId, screen.Dana));
        await notes.Find("textarea").InputAsync("Call back on Friday");

        await screen.Ui.DisposeComponentsAsync();

        Assert.Equal("Call back on Friday", (await screen.Centre.GetAsync(call.Id)).Notes);
    }

    private static async Task<IRenderedComponent<WrapUpPanel>> WrappingUpAsync(DeskScreen screen)
    {
        var call = await screen.Centre.InCallAsync(screen.Dana);
        await screen.Centre.EndAsync(call);
        await screen.Active.OpenAsync();
        return screen.Ui.Render<WrapUpPanel>(p => p.Add(w => w.Call, screen.Active.WrappingUp!).Add(w => w.AgentId, screen.Dana)
            .Add(w => w.Until, screen.Active.Me!.WrapUpUntil).Add(w => w.Required, screen.Active.DispositionRequired));
    }
}
