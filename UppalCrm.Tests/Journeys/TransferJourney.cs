using Microsoft.Playwright;
using UppalCrm.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace UppalCrm.Tests.Journeys;

/// <summary>
/// A call goes from one agent to another and, declined, back. Three tones tell who hears whom: Dana 440 Hz, Lee 620 Hz, the customer 1
/// kHz.
/// </summary>
[Collection(nameof(Stage))]
public sealed class TransferJourney(Stage stage, ITestOutputHelper output)
{
    private const string Maya = "+12025550111";
    private const double Dana = 440;
    private const double Lee = 620;
    private const double Customer = 1000;

    [Fact]
    public async Task The_customer_hears_music_while_a_colleague_is_asked_and_then_the_colleague_alone_and_declined_the_call_comes_back()
    {
        // Sound is measured while the colleague is asked.
        await using var house = await House.OpenAsync(("Calls:TransferTimeout", "00:01:30"));
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        await using var lee = await stage.SignInAsync(house, "lee@uppalcrm.test", browser: await stage.SupervisorsAsync());
        await dana.StartShiftAsync();
        await lee.StartShiftAsync();
        await dana.DialAsync(Maya);
        await phones.UntilAsync(Maya, s => s == "ringing", "Maya's phone rings");
        await phones.AnswerAsync(Maya);
        var (heardByDana, danaAtMaya) =
            (await dana.UntilHearsAsync(Customer, silence: -100), await phones.UntilHearsAsync(Maya, Dana, silence: -100));
        await dana.Page.GetByLabel("Notes").FillAsync("Wants a refund");
        await Expect(dana.CallPanel.Locator(".mark")).ToContainTextAsync("Saved");

        // Lee is asked: Maya hears music, and Dana neither hears nor is heard.
        await AskAsync(dana, "Lee Okafor", note: "Speaks only Spanish");
        await Expect(dana.CallPanel).ToContainTextAsync("Lee Okafor is asked to take the call.");
        var offered = lee.Page.GetByRole(AriaRole.Region, new() { Name = "Transfer to you" });
        await Expect(offered).ToContainTextAsync("Dana Whitfield asks you to take a call");
        await Expect(offered).ToContainTextAsync("Maya Chen");
        await Expect(offered).ToContainTextAsync("“Speaks only Spanish”");
        await Expect(offered).ToContainTextAsync("Wants a refund");
        await phones.UntilLosesAsync(Maya, Dana, danaAtMaya);
        await dana.UntilLosesAsync(Customer, heardByDana);
        var music = -200d;
        await Eventually.HoldsAsync(
            async () => (music = await phones.LoudnessAsync(Maya)) > -60, () => $"Maya hears music; it is at {music:f0} dB");
        await dana.ShotAsync("transfer-asked");
        await lee.ShotAsync("transfer-card");

        // Lee takes it: Lee and Maya hear each other, Dana is out and hears nobody.
        await offered.GetByRole(AriaRole.Button, new() { Name = "Take the call" }).ClickAsync();
        await Expect(lee.CallPanel).ToContainTextAsync("In call");
        var (heardByLee, leeAtMaya) =
            (await lee.UntilHearsAsync(Customer, silence: -100), await phones.UntilHearsAsync(Maya, Lee, silence: -100));
        await Expect(dana.CallPanel).ToHaveCountAsync(0);
        var (danaAfter, danaHears) =
            (await phones.UntilLosesAsync(Maya, Dana, danaAtMaya), await dana.UntilLosesAsync(Customer, heardByDana));
        output.WriteLine(
            $"At Maya: Dana {danaAtMaya:f0}, music {music:f0}, then Lee {leeAtMaya:f0} and Dana {danaAfter:f0} dB. " +
            $"Maya at Dana {heardByDana:f0}, afterwards {danaHears:f0}; at Lee {heardByLee:f0} dB.");
        await Expect(lee.Page.GetByLabel("Notes")).ToHaveValueAsync("Wants a refund");
        var leesId = await house.AgentIdAsync("lee@uppalcrm.test");
        await house.UntilCallAsync(c => c.Status == CallStatus.Connected && c.AgentId == leesId, "the call is Lee's");

        // Lee asks Dana, who declines: the customer is Lee's again.
        await dana.FinishWrapUpAsync();
        await AskAsync(lee, "Dana Whitfield");
        var back = dana.Page.GetByRole(AriaRole.Region, new() { Name = "Transfer to you" });
        await Expect(back).ToBeVisibleAsync();
        await phones.UntilLosesAsync(Maya, Lee, leeAtMaya);
        await back.GetByRole(AriaRole.Button, new() { Name = "Decline" }).ClickAsync();
        await Expect(back).ToHaveCountAsync(0);
        await Expect(lee.CallPanel).ToContainTextAsync("Dana Whitfield did not take the call. You are with the customer again.");
        await Expect(lee.Page.Locator("#transfer-to")).ToHaveCountAsync(0); // the list is not open again by itself
        await phones.UntilHearsAsync(Maya, Lee, silence: -100);
        await lee.UntilHearsAsync(Customer, silence: -100);
        await lee.ShotAsync("transfer-declined");

        await lee.HangUpAsync();
        await phones.UntilAsync(Maya, s => s == "idle", "Maya's phone is free");
    }

    private static async Task AskAsync(DeskBrowser from, string colleague, string note = "")
    {
        await from.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Transfer", Exact = true }).ClickAsync();
        await from.Page.GetByLabel("Note on the transfer").FillAsync(note);
        await from.Page.Locator("#transfer-to").GetByRole(AriaRole.Button, new() { NameRegex = new($"^{colleague}") }).ClickAsync();
    }
}
