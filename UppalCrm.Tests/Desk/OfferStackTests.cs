using Bunit;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Desk;
using UppalCrm.Web.Live;
using UppalCrm.Web.Softphone;

namespace UppalCrm.Tests.Desk;

public sealed class OfferStackTests
{
    private static CancellationToken Now => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_waiting_call_pops_up_with_its_name_number_and_line()
    {
        await using var screen = await DeskScreen.OpenAsync();
        await screen.Centre.AddContactAsync("Avery Quinn", "+12025550111");
        var offers = screen.Ui.Render<OfferStack>();

        await screen.Centre.CallerArrivesAsync();

        offers.WaitForAssertion(() =>
        {
            var card = offers.Find(".offer").TextContent;
            Assert.Contains("Avery Quinn", card, StringComparison.Ordinal);
            Assert.Contains("(202) 555-0111", card, StringComparison.Ordinal);
            Assert.Contains("Line (202) 555-0100", card, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task It_is_announced_and_takes_no_focus()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var offers = screen.Ui.Render<OfferStack>();

        await screen.Centre.CallerArrivesAsync();

        offers.WaitForAssertion(() => Assert.Equal(
            "Incoming call from (202) 555-0111, on line (202) 555-0100.", offers.Find("[role=alert]").TextContent));
        Assert.Empty(screen.Ui.JSInterop.Invocations["Blazor._internal.domWrapper.focus"]);
    }

    [Fact]
    public async Task A_call_that_waits_already_is_shown_to_an_agent_who_opens_the_page()
    {
        await using var screen = await DeskScreen.OpenAsync();
        await screen.Centre.CallerArrivesAsync();

        var offers = screen.Ui.Render<OfferStack>();

        offers.WaitForAssertion(() => Assert.Single(offers.FindAll(".offer")));
    }

    [Fact]
    public async Task Only_an_agent_who_is_available_is_shown_any_and_at_once_when_becoming_so()
    {
        await using var screen = await DeskScreen.OpenAsync("Lunch");
        var offers = screen.Ui.Render<OfferStack>();
        await screen.Centre.CallerArrivesAsync();
        Assert.Empty(offers.FindAll(".offer"));

        await screen.Centre.Roster.SetStatusAsync(screen.Dana, AgentStatus.Available, Now);

        offers.WaitForAssertion(() => Assert.Single(offers.FindAll(".offer")));
    }

    [Fact]
    public async Task Its_buttons_say_what_they_ask_of_which_call_and_it_shows_that_it_is_being_joined()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var offers = screen.Ui.Render<OfferStack>();
        var call = await screen.Centre.CallerArrivesAsync();
        offers.WaitForElement(".offer .btn-ok");

        Assert.Equal(
            [$"accept {call.Id}", $"decline {call.Id}"],
            offers.FindAll(".offer button").Select(b => $"{b.GetAttribute("data-call-action")} {b.GetAttribute("data-call")}"));
        screen.PhoneIsAsked(CallAction.Accept, call.Id);

        offers.WaitForAssertion(() => Assert.Contains("Joining…", offers.Find(".offer .btn-ok").TextContent, StringComparison.Ordinal));
        Assert.All(offers.FindAll(".offer button"), button => Assert.True(button.HasAttribute("disabled")));
    }

    [Fact]
    public async Task A_call_that_is_mine_goes_without_a_word()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var offers = screen.Ui.Render<OfferStack>();
        var call = await screen.Centre.CallerArrivesAsync();
        offers.WaitForElement(".offer .btn-ok");

        await screen.Centre.Desk.AcceptAsync(call.Id, screen.Dana, Now);

        offers.WaitForAssertion(() => Assert.Empty(offers.FindAll(".offer")));
        Assert.StartsWith("Incoming call", offers.Find("[role=alert]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_could_not_be_taken_says_why()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var offers = screen.Ui.Render<OfferStack>();
        var call = await screen.Centre.CallerArrivesAsync();
        offers.WaitForElement(".offer .btn-ok");

        screen.PhoneRefuses(CallAction.Accept, call.Id, "Start your shift first: your phone is off.");

        offers.WaitForAssertion(() => Assert.Equal("Start your shift first: your phone is off.", offers.Find(".refusal").TextContent));
        Assert.False(offers.Find(".offer .btn-ok").HasAttribute("disabled"));
    }

    [Fact]
    public async Task A_call_that_my_phone_could_not_join_is_back_and_says_why()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var offers = screen.Ui.Render<OfferStack>();
        var call = await screen.Centre.CallerArrivesAsync();
        await screen.Centre.Desk.AcceptAsync(call.Id, screen.Dana, Now);
        offers.WaitForAssertion(() => Assert.Empty(offers.FindAll(".offer")));

        await screen.Centre.Desk.ReleaseAsync(call.Id, screen.Dana, "no microphone", Now);
        screen.PhoneRefuses(CallAction.Accept, call.Id, "The microphone is in use by another program.", ofPhone: true);
        screen.Centre.Clock.Advance(new CallOptions().RestAfterGivingBack);
        await screen.Centre.SweepAsync();

        offers.WaitForAssertion(
            () => Assert.Contains("in use by another program", offers.Find(".offer").TextContent, StringComparison.Ordinal));
    }

    [Fact]
    public async Task When_a_colleague_takes_it_the_name_is_told_for_a_moment()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var lee = await screen.Centre.HireAsync("Lee");
        var offers = screen.Ui.Render<OfferStack>();
        var call = await screen.Centre.CallerArrivesAsync();
        offers.WaitForElement(".offer .btn-ok");

        await screen.Centre.Desk.AcceptAsync(call.Id, lee, Now);

        offers.WaitForAssertion(() => Assert.Equal("Lee answered", offers.Find(".offer .ended").TextContent));
        Assert.Empty(offers.FindAll(".offer button"));
        screen.Centre.Clock.Advance(OfferNotifications.Farewell);
        offers.WaitForAssertion(() => Assert.Empty(offers.FindAll(".offer")));
    }

    [Fact]
    public async Task A_caller_who_hangs_up_is_told()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var offers = screen.Ui.Render<OfferStack>();
        var call = await screen.Centre.CallerArrivesAsync();
        offers.WaitForElement(".offer");

        await screen.Centre.EndAsync(call);

        offers.WaitForAssertion(() => Assert.Equal("The caller hung up", offers.Find(".offer .ended").TextContent));
    }

    [Fact]
    public async Task A_claim_that_was_lost_brings_the_call_back()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var lee = await screen.Centre.HireAsync("Lee");
        var offers = screen.Ui.Render<OfferStack>();
        var call = await screen.Centre.CallerArrivesAsync();
        offers.WaitForElement(".offer");
        await screen.Centre.Desk.AcceptAsync(call.Id, lee, Now);
        offers.WaitForElement(".offer .ended");

        await screen.Centre.Desk.ReleaseAsync(call.Id, lee, "no microphone", Now);

        offers.WaitForElement(".offer .btn-ok");
        screen.Centre.Clock.Advance(OfferNotifications.Farewell);
        Assert.Single(offers.FindAll(".offer .btn-ok"));
    }

    [Fact]
    public async Task Decline_silences_only_me()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var lee = await screen.Centre.HireAsync("Lee");
        var offers = screen.Ui.Render<OfferStack>();
        var call = await screen.Centre.CallerArrivesAsync();
        offers.WaitForElement(".decline");

        screen.PhoneIsAsked(CallAction.Decline, call.Id); // gone at once, before the server has it
        offers.WaitForAssertion(() => Assert.Empty(offers.FindAll(".offer")));
        await screen.Centre.Desk.DeclineAsync(call.Id, screen.Dana, Now);
        screen.PhoneSays(PhoneStatus.Ready);

        Assert.Empty(offers.FindAll(".offer"));
        Assert.Equal(CallStatus.Waiting, (await screen.Centre.GetAsync(call.Id)).Status);
        Assert.Single(await screen.Centre.Desk.GetWaitingAsync(lee, Now));
    }

    [Fact]
    public async Task A_call_that_everybody_declined_comes_back_after_fifteen_seconds()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var lee = await screen.Centre.HireAsync("Lee");
        var offers = screen.Ui.Render<OfferStack>();
        var call = await screen.Centre.CallerArrivesAsync();
        offers.WaitForElement(".offer");
        screen.PhoneIsAsked(CallAction.Decline, call.Id);
        await screen.Centre.Desk.DeclineAsync(call.Id, screen.Dana, Now);
        screen.PhoneSays(PhoneStatus.Ready);
        offers.WaitForAssertion(() => Assert.Empty(offers.FindAll(".offer")));
        var sweeper = screen.Centre.Get<DeadlineSweeper>();

        screen.Centre.Clock.Advance(DeadlineSweeper.OfferedAgainAfter);
        await sweeper.SweepAsync(Now); // Lee is still offered it
        Assert.Empty(await screen.Centre.Desk.GetWaitingAsync(screen.Dana, Now));
        await screen.Centre.Desk.DeclineAsync(call.Id, lee, Now);
        await sweeper.SweepAsync(Now); // not at once
        Assert.Empty(await screen.Centre.Desk.GetWaitingAsync(screen.Dana, Now));
        screen.Centre.Clock.Advance(DeadlineSweeper.OfferedAgainAfter);
        await sweeper.SweepAsync(Now);

        offers.WaitForElement(".offer .btn-ok");
        Assert.Single(await screen.Centre.Desk.GetWaitingAsync(lee, Now));
        // browsers believe only a newer version of what they declined
        Assert.True((await screen.Centre.GetAsync(call.Id)).Version > call.Version);
    }

    [Fact]
    public async Task The_pop_up_of_a_contact_has_company_and_what_was_written_down_last()
    {
        await using var screen = await DeskScreen.OpenAsync();
        await screen.Centre.AddContactAsync("Avery Quinn", "+12025550111");
        var before = await screen.Centre.InCallAsync(screen.Dana);
        await screen.Centre.WrapUp.SaveNotesAsync(before.Id, screen.Dana, "Waits for the invoice.", Now);
        await screen.Centre.EndAsync(before);
        await screen.Centre.Roster.FinishWrapUpAsync(screen.Dana, Now);
        var offers = screen.Ui.Render<OfferStack>();

        await screen.Centre.CallerArrivesAsync();

        offers.WaitForAssertion(() => Assert.Equal("Waits for the invoice.", offers.Find(".offer .last").TextContent));
    }

    [Fact]
    public async Task An_agent_whose_phone_is_off_is_offered_nothing_until_it_is_ready()
    {
        await using var screen = await DeskScreen.OpenAsync();
        await screen.Centre.Roster.SetPhoneStateAsync(screen.Dana, nameof(PhoneStatus.Off), Now);
        var offers = screen.Ui.Render<OfferStack>();
        await screen.Centre.CallerArrivesAsync();
        Assert.Equal(Presence.PhoneOff, (await screen.Centre.Roster.FindAsync(screen.Dana, Now))!.Presence);
        Assert.Empty(await screen.Centre.Roster.GetAvailableAsync(Now));
        Assert.Empty(offers.FindAll(".offer"));

        await screen.Centre.Roster.SetPhoneStateAsync(screen.Dana, nameof(PhoneStatus.Ready), Now);

        offers.WaitForElement(".offer .btn-ok");
    }

    [Fact]
    public async Task A_call_declined_in_another_tab_goes_here_too()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var offers = screen.Ui.Render<OfferStack>();
        var call = await screen.Centre.CallerArrivesAsync();
        offers.WaitForElement(".offer");

        await screen.Centre.Desk.DeclineAsync(call.Id, screen.Dana, Now);

        offers.WaitForAssertion(() => Assert.Empty(offers.FindAll(".offer")));
        await screen.Centre.EndAsync(call);
        // and its end is nobody's business here
        Assert.StartsWith("Incoming call", offers.Find("[role=alert]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_oldest_comes_first_and_more_than_five_are_counted()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var offers = screen.Ui.Render<OfferStack>();
        for (var i = 1; i <= 7; i++)
        {
            await screen.Centre.CallerArrivesAsync($"+1202555011{i}");
            screen.Centre.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        offers.WaitForAssertion(() => Assert.Equal("1–5 of 7 calls waiting", offers.Find(".more").TextContent));
        Assert.Equal(OfferStack.AtOnce, offers.FindAll(".offer").Count);
        Assert.Contains("(202) 555-0111", offers.Find(".offer").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_takes_no_calls_is_drawn_nothing_for_those_that_come_and_go()
    {
        await using var screen = await DeskScreen.OpenAsync("Lunch");
        var told = 0;
        using var listening = screen.Ui.Services.GetRequiredService<OfferNotifications>().Subscribe(_ => Interlocked.Increment(ref told));
        var offers = screen.Ui.Render<OfferStack>();
        var drawn = offers.RenderCount;

        for (var i = 0; i < 8; i++)
        {
            await screen.Centre.CallerArrivesAsync($"+1202555012{i}");
        }

        await Eventually.HoldsAsync(() => Volatile.Read(ref told) >= 8, "all are told of");
        await offers.InvokeAsync(() => { }); // behind whatever they made it do
        Assert.InRange(offers.RenderCount, drawn, drawn + 1); // its own opening may have ended meanwhile; for eight calls not one
    }
}
