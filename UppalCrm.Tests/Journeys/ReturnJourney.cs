using System.Diagnostics;
using Microsoft.Playwright;
using UppalCrm.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace UppalCrm.Tests.Journeys;

/// <summary>An agent's page goes in the middle of a call, and the customer stays (<c>Calls:WhenAgentIsLost</c>).</summary>
[Collection(nameof(Stage))]
public sealed class ReturnJourney(Stage stage, ITestOutputHelper output)
{
    private const string Maya = "+12025550111";
    private const double Agent = 440;
    private const double Customer = 1000;

    [Fact]
    public async Task A_reload_in_a_call_is_music_for_the_customer_and_the_agent_is_back_without_a_click_as_before()
    {
        await using var house = await House.OpenAsync(("Calls:WhenAgentIsLost", "KeepCustomer"));
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        dana.Page.Dialog += (_, dialog) => _ = dialog.AcceptAsync(); // the browser asks whether to leave a page with a call
        await dana.StartShiftAsync();
        await InCallAsync(dana, phones);
        await dana.CallPanel.GetByLabel("Notes").FillAsync("Wants a refund.");
        var answered = (await house.UntilCallAsync(c => c.Notes == "Wants a refund.", "the notes are saved")).AnsweredAt;

        var clock = Stopwatch.StartNew();
        var reloading = dana.Page.ReloadAsync(new() { WaitUntil = WaitUntilState.Commit });
        await Eventually.HoldsAsync(
            async () => await phones.HearsAsync(Maya, Agent) < -80 && await phones.LoudnessAsync(Maya) > -60,
            () => "Maya hears music and not Dana");
        var music = clock.Elapsed;
        await reloading;
        await phones.UntilHearsAsync(Maya, Agent, silence: -100);
        var voice = clock.Elapsed;
        output.WriteLine($"After a reload in a call the customer hears music after {music.TotalSeconds:f1} s and the agent's voice after "
            + $"{voice.TotalSeconds:f1} s.");
        await dana.UntilHearsAsync(Customer, silence: -100);
        await Expect(dana.CallPanel).ToContainTextAsync("In call");
        await Expect(dana.CallPanel.GetByLabel("Notes")).ToHaveValueAsync("Wants a refund.");
        var back = await house.UntilCallAsync(
            c => c.Status == CallStatus.Connected && c.Legs.Count(l => l.IsIn) == 2, "two legs are in the call");
        Assert.Equal(answered, back.AnsweredAt); // the timer goes on
        await dana.ShotAsync("return-back");

        // Muted, and the customer on hold: so it is again.
        await dana.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Mute", Exact = true }).ClickAsync();
        await phones.UntilLosesAsync(Maya, Agent, heard: -20);
        await dana.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Hold", Exact = true }).ClickAsync();
        await Expect(dana.CallPanel).ToContainTextAsync("On hold");
        await dana.Page.ReloadAsync();
        await house.UntilCallAsync(
            c => c.Status == CallStatus.Connected && c.Legs.Count(l => l.Role == LegRole.Agent) == 3 && c.FindAgentLeg() is not null,
            "Dana is back again");
        await Expect(dana.CallPanel).ToContainTextAsync("On hold");
        await Expect(dana.CallPanel.GetByRole(AriaRole.Button, new() { NameRegex = new("^Unmute") })).ToBeEnabledAsync();
        await dana.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Resume", Exact = true }).ClickAsync();
        await dana.UntilHearsAsync(Customer, silence: -100);
        await Eventually.HoldsAsync(
            async () => await phones.HearsAsync(Maya, Agent) < -80, () => "who was muted before the reload is muted after it");
        await dana.CallPanel.GetByRole(AriaRole.Button, new() { NameRegex = new("^Unmute") }).ClickAsync();
        await phones.UntilHearsAsync(Maya, Agent, silence: -100);

        // An end that is taken back, and one that stands.
        await dana.HangUpAsync();
        await Expect(dana.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Undo" })).ToBeVisibleAsync();
        await dana.ShotAsync("return-undo");
        await dana.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await phones.UntilHearsAsync(Maya, Agent, silence: -100);
        await dana.UntilHearsAsync(Customer, silence: -100);
        await Expect(dana.CallPanel.GetByRole(AriaRole.Button, new() { Name = "End", Exact = true })).ToBeEnabledAsync();
        await dana.HangUpAsync();
        await phones.UntilAsync(Maya, s => s == "idle", "the call is over after five seconds");
        await Expect(dana.Page.GetByRole(AriaRole.Region, new() { Name = "Wrap-up" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_browser_that_dies_in_a_call_leaves_the_customer_to_everybody_after_half_a_minute()
    {
        await using var house = await House.OpenAsync(("Calls:WhenAgentIsLost", "KeepCustomer"));
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        await dana.StartShiftAsync();
        await InCallAsync(dana, phones);
        await using var lee = await stage.SignInAsync(house, "lee@uppalcrm.test");
        await lee.StartShiftAsync();
        await using (var sam = await stage.SignInAsync(house, "sam@uppalcrm.test"))
        {
            await sam.Page.GotoAsync("/board");

            await dana.Context.CloseAsync();

            await house.UntilCallAsync(c => c.AwaitsAgent, "Dana is waited for");
            await Eventually.HoldsAsync(
                async () => await phones.HearsAsync(Maya, Agent) < -80 && await phones.LoudnessAsync(Maya) > -60,
                () => "Maya hears music");
            await Expect(
                sam.Page.Locator("table.progress tbody tr", new() { HasText = "Dana Whitfield" })).ToContainTextAsync("Waiting for agent");
            await Expect(lee.Offer).ToHaveCountAsync(0);
            house.Clock.Advance(TimeSpan.FromSeconds(31));
        }

        await Expect(lee.Offer).ToHaveCountAsync(1);
        await Eventually.HoldsAsync(async () => await phones.LoudnessAsync(Maya) > -60, () => "Maya still hears music");
        await lee.AcceptAsync();
        await phones.UntilHearsAsync(Maya, Agent, silence: -100);
        await lee.UntilHearsAsync(Customer, silence: -100);
        await phones.HangUpAsync(Maya);
        var call = await house.UntilCallAsync(c => c.Status == CallStatus.Ended, "the call is over");
        Assert.Equal((CallOutcome.Answered, CallEnder.Customer), (call.Outcome, call.EndedBy));
    }

    [Fact]
    public async Task A_call_is_brought_to_the_agents_other_machine_by_one_press()
    {
        const double laptopsVoice = 820; // the microphone of the third browser
        await using var house = await House.OpenAsync(("Calls:WhenAgentIsLost", "KeepCustomer"));
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        await dana.StartShiftAsync();
        await InCallAsync(dana, phones);
        await dana.CallPanel.GetByLabel("Notes").FillAsync("Wants a refund.");
        var answered = (await house.UntilCallAsync(c => c.Notes == "Wants a refund.", "the notes are saved")).AnsweredAt;
        var atMaya = await phones.UntilHearsAsync(Maya, Agent, silence: -100);
        var atDana = await dana.UntilHearsAsync(Customer, silence: -100);

        await using var laptop = await stage.SignInAsync(house, "dana@uppalcrm.test", browser: await stage.ThirdAsync());
        await Expect(laptop.CallPanel).ToContainTextAsync("This call is on another machine");
        await laptop.ShotAsync("return-bring-here");
        await laptop.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Bring my call here" }).ClickAsync();

        await phones.UntilHearsAsync(Maya, laptopsVoice, silence: -100);
        await laptop.UntilHearsAsync(Customer, silence: -100);
        await phones.UntilLosesAsync(Maya, Agent, atMaya);
        await dana.UntilLosesAsync(Customer, atDana);
        await Expect(laptop.CallPanel).ToContainTextAsync("In call");
        await Expect(laptop.CallPanel.GetByLabel("Notes")).ToHaveValueAsync("Wants a refund.");
        var call = await house.UntilCallAsync(
            c => c.Status == CallStatus.Connected && c.Legs.Count(l => l.IsIn) == 2, "the customer and one leg of Dana's are in");
        Assert.Equal((answered, 2), (call.AnsweredAt, call.Legs.Count(l => l.Role == LegRole.Agent)));
        await laptop.ShotAsync("return-brought-here");
    }

    private static async Task InCallAsync(DeskBrowser dana, PhonesBrowser phones)
    {
        await dana.DialAsync(Maya);
        await phones.UntilAsync(Maya, s => s == "ringing", "Maya's phone rings");
        await phones.AnswerAsync(Maya);
        await dana.UntilHearsAsync(Customer, silence: -100);
        await phones.UntilHearsAsync(Maya, Agent, silence: -100);
    }
}
