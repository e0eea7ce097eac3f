using Microsoft.Playwright;
using UppalCrm.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace UppalCrm.Tests.Journeys;

/// <summary>
/// A call goes to an outside number. Tones tell who hears whom: Dana 440 Hz, the customer and the bank as their phones play.
/// </summary>
[Collection(nameof(Stage))]
public sealed class OutsideTransferJourney(Stage stage, ITestOutputHelper output)
{
    private const string Maya = "+12025550111";
    private const string Bank = "+12025550112";
    private const double Dana = 440;
    private const double Customer = 1000;

    [Fact]
    public async Task The_customer_hears_music_while_the_number_rings_and_then_the_number_and_the_agent_is_out()
    {
        await using var house = await House.OpenAsync(("Calls:OutsideRingTimeout", "00:01:30")); // sound is measured while it rings
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        await dana.StartShiftAsync();
        await dana.DialAsync(Maya);
        await phones.UntilAsync(Maya, s => s == "ringing", "Maya's phone rings");
        await phones.AnswerAsync(Maya);
        var (heardByDana, danaAtMaya) =
            (await dana.UntilHearsAsync(Customer, silence: -100), await phones.UntilHearsAsync(Maya, Dana, silence: -100));

        // By keyboard: the field has the focus, Down leads to the number, Enter calls it.
        await dana.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Transfer", Exact = true }).ClickAsync();
        var field = dana.Page.GetByLabel("Name or number");
        await Expect(field).ToBeFocusedAsync();
        await field.PressSequentiallyAsync("202 555 0112");
        var number = dana.Page.Locator("#transfer-to [data-call-action=transferOutside]");
        await Expect(number).ToHaveCountAsync(1);
        await dana.ShotAsync("outside-picker");
        var star = dana.Page.GetByRole(AriaRole.Button, new() { Name = "Favourite: (202) 555-0112" });
        await star.ClickAsync(); // from now on it is there before anything is typed
        await Expect(star).ToHaveAttributeAsync("aria-pressed", "true");
        await field.ClearAsync();
        await Expect(number).ToHaveCountAsync(1);
        await dana.ShotAsync("outside-favourite");
        await dana.Page.SetViewportSizeAsync(390, 844);
        await dana.ShotAsync("outside-favourite-390");
        await dana.Page.SetViewportSizeAsync(1440, 900);
        await dana.Page.Keyboard.PressAsync("ArrowDown");
        await Expect(number).ToBeFocusedAsync();
        await dana.Page.Keyboard.PressAsync("Enter");

        await phones.UntilAsync(Bank, s => s == "ringing", "the bank's phone rings");
        await Expect(dana.CallPanel).ToContainTextAsync("(202) 555-0112 is being called. The customer hears music.");
        await phones.UntilLosesAsync(Maya, Dana, danaAtMaya);
        await dana.UntilLosesAsync(Customer, heardByDana);
        var music = -200d;
        await Eventually.HoldsAsync(
            async () => (music = await phones.LoudnessAsync(Maya)) > -60, () => $"Maya hears music; it is at {music:f0} dB");
        await dana.ShotAsync("outside-ringing");

        await phones.AnswerAsync(Bank);
        var atBank = await phones.UntilHearsAsync(Bank, Customer, silence: -100);
        await Expect(dana.CallPanel).ToHaveCountAsync(0);
        await house.UntilCallAsync(
            c => c.Status == CallStatus.TransferredOut && c.Legs.Count(l => l.IsIn) == 2, "customer and bank talk without Dana");
        var (danaAfter, danaHears) =
            (await phones.UntilLosesAsync(Maya, Dana, danaAtMaya), await dana.UntilLosesAsync(Customer, heardByDana));
        var bankAtMaya = -200d;
        await Eventually.HoldsAsync(
            async () => (bankAtMaya = await phones.LoudnessAsync(Maya)) > -60, () => $"Maya hears the bank, at {bankAtMaya:f0} dB");
        output.WriteLine(
            $"At Maya: Dana {danaAtMaya:f0}, music {music:f0}, then the bank {bankAtMaya:f0} and Dana {danaAfter:f0} dB. " +
            $"Maya at Dana {heardByDana:f0}, afterwards {danaHears:f0}; at the bank {atBank:f0} dB.");
        await Expect(dana.Page.GetByRole(AriaRole.Region, new() { Name = "Wrap-up" })).ToContainTextAsync("transferred to (202) 555-0112");
        await dana.ShotAsync("outside-wrap-up");

        await phones.HangUpAsync(Bank);
        await phones.UntilAsync(Maya, s => s == "idle", "Maya's phone is free");
        // The carrier tells of each who left, in any order: who was first is known when all are told.
        await house.UntilCallAsync(
            c => c.Status == CallStatus.Ended && c.EndedBy == CallEnder.OutsideParty, "the call is over, ended by the bank");
    }

    [Fact]
    public async Task A_number_is_talked_with_first_then_the_customer_then_both_and_the_number_is_let_go()
    {
        await using var house = await House.OpenAsync(("Calls:OutsideRingTimeout", "00:01:30"));
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        await dana.StartShiftAsync();
        await dana.DialAsync(Maya);
        await phones.UntilAsync(Maya, s => s == "ringing", "Maya's phone rings");
        await phones.AnswerAsync(Maya);
        var danaAtMaya = await phones.UntilHearsAsync(Maya, Dana, silence: -100);

        await dana.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Transfer", Exact = true }).ClickAsync();
        await dana.Page.GetByLabel("Name or number").FillAsync("202 555 0112");
        await dana.Page.GetByRole(AriaRole.Button, new() { Name = "Talk with (202) 555-0112 first" }).ClickAsync();
        await phones.UntilAsync(Bank, s => s == "ringing", "the bank's phone rings");
        await phones.AnswerAsync(Bank);

        var together = dana.Page.GetByRole(AriaRole.Region, new() { Name = "Consultation" });
        await Expect(together).ToContainTextAsync("The number hears you; the customer hears music.");
        await phones.UntilHearsAsync(Bank, Dana, silence: -100);
        await phones.UntilLosesAsync(Maya, Dana, danaAtMaya);
        await dana.ShotAsync("outside-consult");
        await together.GetByRole(AriaRole.Button, new() { Name = "Customer", Exact = true }).ClickAsync();
        await phones.UntilHearsAsync(Maya, Dana, silence: -100);
        await together.GetByRole(AriaRole.Button, new() { Name = "Both", Exact = true }).ClickAsync();
        await phones.UntilHearsAsync(Bank, Dana, silence: -100);
        await together.GetByRole(AriaRole.Button, new() { Name = "Back to the customer" }).ClickAsync();
        await phones.UntilAsync(Bank, s => s == "idle", "the bank's phone is free");
        await Expect(dana.CallPanel).ToContainTextAsync("In call");
        await phones.UntilHearsAsync(Maya, Dana, silence: -100);
        await dana.HangUpAsync();
        await phones.UntilAsync(Maya, s => s == "idle", "Maya's phone is free");
    }
}
