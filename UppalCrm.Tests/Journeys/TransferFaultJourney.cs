using Microsoft.Playwright;
using UppalCrm.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace UppalCrm.Tests.Journeys;

/// <summary>
/// What goes wrong while a call is handed over, with the levels at every end. Three tones tell who hears whom: Dana 440 Hz, the customer
/// 1 kHz, Lee 620 Hz, a supervisor 820 Hz.
/// </summary>
[Collection(nameof(Stage))]
public sealed class TransferFaultJourney(Stage stage, ITestOutputHelper output)
{
    private const string Maya = "+12025550111";
    private const double Dana = 440;
    private const double Customer = 1000;
    private const double Lee = 620;
    private const double Sam = 820;

    [Fact]
    public async Task Who_is_asked_and_does_not_come_leaves_the_customer_with_the_agent_and_a_customer_who_hangs_up_frees_both()
    {
        await using var house = await House.OpenAsync(("Calls:TransferTimeout", "00:00:12"));
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        await dana.StartShiftAsync();
        await using var lee = await stage.SignInAsync(house, "lee@uppalcrm.test", browser: await stage.SupervisorsAsync());
        await lee.StartShiftAsync();
        var danaAtMaya = await TalkAsync(dana, phones);

        // Talked with first, and back to the customer.
        await ConsultAsync(dana, lee);
        var leeAtDana = await dana.UntilHearsAsync(Lee, silence: -100);
        await phones.UntilLosesAsync(Maya, Dana, danaAtMaya);
        await dana.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Back to the customer" }).ClickAsync();
        await phones.UntilHearsAsync(Maya, Dana, silence: -100);
        var leeAfter = await dana.UntilLosesAsync(Lee, leeAtDana);
        await Expect(lee.CallPanel).ToHaveCountAsync(0);

        // Asked, and no answer.
        await AskAsync(dana);
        await phones.UntilLosesAsync(Maya, Dana, danaAtMaya);
        await Expect(dana.CallPanel).ToContainTextAsync("Lee Okafor did not answer. You are with the customer again.");
        var again = await phones.UntilHearsAsync(Maya, Dana, silence: -100);

        // Asked, and their browser dies.
        await AskAsync(dana);
        await Expect(lee.Page.GetByRole(AriaRole.Region, new() { Name = "Transfer to you" })).ToBeVisibleAsync();
        await lee.Page.CloseAsync();
        await phones.UntilLosesAsync(Maya, Dana, again);
        var third = await phones.UntilHearsAsync(Maya, Dana, silence: -100);
        output.WriteLine($"Dana at the customer: {danaAtMaya:f0}, after nobody answered {again:f0}, after a browser died {third:f0} dB; "
            + $"Lee at Dana while they talked {leeAtDana:f0}, afterwards {leeAfter:f0} dB.");

        // The customer hangs up while two talk about the call: both are free.
        await using var back = await stage.SignInAsync(house, "lee@uppalcrm.test", browser: await stage.SupervisorsAsync());
        await back.StartShiftAsync();
        await ConsultAsync(dana, back);
        await dana.UntilHearsAsync(Lee, silence: -100);
        await phones.HangUpAsync(Maya);
        await Expect(dana.CallPanel).ToHaveCountAsync(0);
        await Expect(back.CallPanel).ToHaveCountAsync(0);
        await dana.UntilLosesAsync(Lee, leeAtDana);
        await house.UntilCallAsync(c => c is { Status: CallStatus.Ended, EndedBy: CallEnder.Customer }
            && c.Legs.All(leg => !leg.IsIn), "the call is over, and nobody is left in it");
    }

    [Fact]
    public async Task A_supervisor_barges_into_a_transfer_and_the_senders_browser_dies_in_the_next()
    {
        await using var house = await House.OpenAsync();
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        await dana.StartShiftAsync();
        await using var lee = await stage.SignInAsync(house, "lee@uppalcrm.test", browser: await stage.SupervisorsAsync());
        await lee.StartShiftAsync();
        await using var sam = await stage.SignInAsync(house, "sam@uppalcrm.test", browser: await stage.ThirdAsync());
        await sam.Page.GotoAsync("/board");
        var danaAtMaya = await TalkAsync(dana, phones);
        var row = sam.Page.Locator("table.progress tbody tr");
        await row.Locator(".open").ClickAsync();

        // Of two who give the call away at once, one wins, and the other is told.
        await sam.Page.GetByRole(AriaRole.Button, new() { Name = "Give to…" }).ClickAsync();
        await dana.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Transfer", Exact = true }).ClickAsync();
        // A copy of Dana's button, which stays where it is when the page learns that Sam was first.
        var ask = await dana.Page.Locator("#transfer-to").GetByRole(AriaRole.Button, new() { NameRegex = new("^Lee Okafor") })
            .EvaluateHandleAsync("button => document.body.appendChild(button.cloneNode(true))");
        await Task.WhenAll(
            sam.Page.Locator("#give-to").GetByRole(AriaRole.Button, new() { Name = "Lee Okafor" }).ClickAsync(),
            ask.EvaluateAsync("button => button.click()"));
        await ask.EvaluateAsync("button => button.remove()");
        const string told = "This call is being transferred already.";
        await Eventually.HoldsAsync(
            async () => await sam.Page.GetByText(told).CountAsync() + await dana.Page.GetByText(told).CountAsync() == 1,
            () => "one of the two is told");

        // Sam barges in meanwhile: the customer hears them, and then Lee too.
        await row.GetByRole(AriaRole.Button, new() { NameRegex = new("^Barge") }).ClickAsync();
        await Expect(row.GetByRole(AriaRole.Button, new() { NameRegex = new("^Barge"), Pressed = true })).ToBeVisibleAsync();
        await lee.Page.GetByRole(AriaRole.Button, new() { Name = "Take the call" }).ClickAsync();
        var heard = (
            Lee: await phones.UntilHearsAsync(Maya, Lee, silence: -100), Sam: await phones.UntilHearsAsync(Maya, Sam, silence: -100));
        await phones.UntilLosesAsync(Maya, Dana, danaAtMaya);
        await lee.UntilHearsAsync(Sam, silence: -100);
        await sam.UntilHearsAsync(Customer, silence: -100);
        await row.GetByRole(AriaRole.Button, new() { NameRegex = new("^Leave") }).ClickAsync();
        await phones.UntilLosesAsync(Maya, Sam, heard.Sam);

        // Lee talks with Dana about it, and Lee's page goes: the call is Dana's.
        await dana.FinishWrapUpAsync();
        await lee.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Transfer", Exact = true }).ClickAsync();
        await lee.Page.GetByRole(AriaRole.Button, new() { Name = "Talk with Dana Whitfield first" }).ClickAsync();
        await dana.Page.GetByRole(AriaRole.Button, new() { Name = "Talk", Exact = true }).ClickAsync();
        await lee.UntilHearsAsync(Dana, silence: -100);
        await lee.Page.CloseAsync();
        var last = await phones.UntilHearsAsync(Maya, Dana, silence: -100);
        await dana.UntilHearsAsync(Customer, silence: -100);
        await phones.UntilLosesAsync(Maya, Lee, heard.Lee);
        var id = await house.AgentIdAsync("dana@uppalcrm.test");
        await house.UntilCallAsync(c => c.Status == CallStatus.Connected && c.AgentId == id, "the call is Dana's");
        output.WriteLine($"At the customer: Dana {danaAtMaya:f0}, then Lee {heard.Lee:f0} and the supervisor {heard.Sam:f0}, in the end "
            + $"Dana {last:f0} dB.");
        await dana.HangUpAsync();
        await phones.UntilAsync(Maya, s => s == "idle", "who has the call ends it");
    }

    /// <summary>Dana calls the customer.</summary>
    /// <returns>How loud she is there.</returns>
    private static async Task<double> TalkAsync(DeskBrowser dana, PhonesBrowser phones)
    {
        await dana.DialAsync(Maya);
        await phones.UntilAsync(Maya, s => s == "ringing", "Maya's phone rings");
        await phones.AnswerAsync(Maya);
        await dana.UntilHearsAsync(Customer, silence: -100);
        return await phones.UntilHearsAsync(Maya, Dana, silence: -100);
    }

    private static async Task AskAsync(DeskBrowser from)
    {
        await from.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Transfer", Exact = true }).ClickAsync();
        await from.Page.Locator("#transfer-to").GetByRole(AriaRole.Button, new() { NameRegex = new("^Lee Okafor") }).ClickAsync();
    }

    private static async Task ConsultAsync(DeskBrowser from, DeskBrowser to)
    {
        await from.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Transfer", Exact = true }).ClickAsync();
        await from.Page.GetByRole(AriaRole.Button, new() { Name = "Talk with Lee Okafor first" }).ClickAsync();
        await to.Page.GetByRole(AriaRole.Button, new() { Name = "Talk", Exact = true }).ClickAsync();
        await Expect(to.CallPanel).ToBeVisibleAsync();
    }
}
