using Microsoft.Playwright;
using UppalCrm.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace UppalCrm.Tests.Journeys;

/// <summary>An agent with two calls. Tones tell who hears whom: Dana 440 Hz, the customers as their phones play.</summary>
[Collection(nameof(Stage))]
public sealed class SecondCallJourney(Stage stage, ITestOutputHelper output)
{
    private const string Maya = "+12025550111";
    private const string Bank = "+12025550112";
    private const double Dana = 440;

    [Fact]
    public async Task The_first_customer_hears_music_the_calls_are_switched_and_joined_and_each_is_ended()
    {
        await using var house = await House.OpenAsync(("Calls:WrapUp", "00:00:00"));
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        var aside = dana.Page.GetByRole(AriaRole.Region, new() { Name = "Call put aside" });
        var danaAtMaya = await CallBothAsync(dana, phones);

        await Expect(aside).ToContainTextAsync("Maya Chen");
        var danaAtBank = await phones.UntilHearsAsync(Bank, Dana, silence: -100);
        await phones.UntilLosesAsync(Maya, Dana, danaAtMaya);
        var music = -200d;
        await Eventually.HoldsAsync(
            async () => (music = await phones.LoudnessAsync(Maya)) > -60, () => $"Maya hears music; it is at {music:f0} dB");
        await dana.ShotAsync("second-call");
        await dana.Page.SetViewportSizeAsync(390, 844);
        await dana.ShotAsync("second-call-390");
        await dana.Page.SetViewportSizeAsync(1440, 900);

        await aside.GetByRole(AriaRole.Button, new() { Name = "Switch", Exact = true }).ClickAsync();
        await phones.UntilHearsAsync(Maya, Dana, silence: -100);
        await phones.UntilLosesAsync(Bank, Dana, danaAtBank);
        await Expect(aside).ToContainTextAsync("(202) 555-0112");
        await Expect(dana.CallPanel).ToContainTextAsync("Maya Chen");

        await aside.GetByRole(AriaRole.Button, new() { Name = "Join", Exact = true }).ClickAsync();
        await Expect(aside).ToHaveCountAsync(0);
        await phones.UntilHearsAsync(Bank, Dana, silence: -100);
        await phones.UntilHearsAsync(Maya, Dana, silence: -100);
        var parties = dana.CallPanel.GetByRole(AriaRole.Region, new() { Name = "In this call" });
        await Expect(parties).ToContainTextAsync("(202) 555-0112");
        output.WriteLine($"Dana at Maya {danaAtMaya:f0}, at the bank {danaAtBank:f0}; Maya's music {music:f0} dB.");
        await dana.ShotAsync("second-call-joined");

        await phones.HangUpAsync(Bank);
        await Expect(parties).ToHaveCountAsync(0);
        await phones.UntilHearsAsync(Maya, Dana, silence: -100);
        await dana.HangUpAsync();
        await phones.UntilAsync(Maya, s => s == "idle", "Maya's phone is free");
        await house.UntilCallAsync(c => c is { Status: CallStatus.Ended, ToNumber: Bank }, "the bank's call is over");
    }

    [Fact]
    public async Task When_the_second_call_is_over_the_agent_is_back_in_the_first_without_a_click()
    {
        await using var house = await House.OpenAsync(("Calls:WrapUp", "00:00:00"));
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        var aside = dana.Page.GetByRole(AriaRole.Region, new() { Name = "Call put aside" });
        var danaAtMaya = await CallBothAsync(dana, phones);
        await phones.UntilHearsAsync(Bank, Dana, silence: -100);
        await phones.UntilLosesAsync(Maya, Dana, danaAtMaya);

        await dana.HangUpAsync();
        await phones.UntilAsync(Bank, s => s == "idle", "the bank's phone is free");
        await phones.UntilHearsAsync(Maya, Dana, silence: -100);
        await Expect(aside).ToHaveCountAsync(0);
        await Expect(dana.CallPanel).ToContainTextAsync("Maya Chen");
        await Expect(dana.CallPanel).ToContainTextAsync("In call");

        // And once more, from the picker: now the first is ended while it is put aside.
        await dana.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Transfer", Exact = true }).ClickAsync();
        await dana.Page.GetByLabel("Name or number").FillAsync("202 555 0112");
        await dana.ShotAsync("second-call-picker");
        await dana.Page.GetByRole(AriaRole.Button, new() { Name = "Call (202) 555-0112 separately" }).ClickAsync();
        await phones.UntilAsync(Bank, s => s == "ringing", "the bank's phone rings again");
        await phones.AnswerAsync(Bank);
        await Expect(aside).ToContainTextAsync("Maya Chen");
        await aside.GetByRole(AriaRole.Button, new() { Name = "End the call with Maya Chen" }).ClickAsync();
        await phones.UntilAsync(Maya, s => s == "idle", "Maya's phone is free");
        await Expect(aside).ToHaveCountAsync(0);
        await phones.UntilHearsAsync(Bank, Dana, silence: -100);
        await dana.HangUpAsync();
        await phones.UntilAsync(Bank, s => s == "idle", "the bank's phone is free");
    }

    [Fact]
    public async Task A_supervisor_makes_one_call_of_two_and_the_agent_who_gave_their_customer_is_free()
    {
        await using var house = await House.OpenAsync(("Calls:WrapUp", "00:00:00"));
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        await using var lee = await stage.SignInAsync(house, "lee@uppalcrm.test", browser: await stage.SupervisorsAsync());
        foreach (var (agent, number) in ((DeskBrowser, string)[])[(dana, Maya), (lee, Bank)])
        {
            await agent.StartShiftAsync();
            await agent.DialAsync(number);
            await phones.UntilAsync(number, s => s == "ringing", "the phone rings");
            await phones.AnswerAsync(number);
        }

        await phones.UntilHearsAsync(Maya, Dana, silence: -100);
        await Expect(lee.CallPanel).ToContainTextAsync("In call");
        await using var sam = await stage.SignInAsync(house, "sam@uppalcrm.test");
        await sam.Page.GotoAsync("/board");
        await sam.Page.Locator("table.progress tbody tr", new() { HasText = "Lee Okafor" }).Locator(".open").ClickAsync();
        await sam.Page.GetByRole(AriaRole.Button, new() { Name = "Join with…" }).ClickAsync();
        await sam.ShotAsync("board-join-with");
        await sam.Page.Locator("#bring-into").GetByRole(AriaRole.Button).Filter(new() { HasText = "Dana Whitfield and Maya Chen" })
            .ClickAsync();

        await phones.UntilHearsAsync(Bank, Dana, silence: -100);
        await phones.UntilHearsAsync(Maya, Dana, silence: -100);
        await Expect(lee.CallPanel).ToHaveCountAsync(0);
        await Expect(dana.CallPanel.GetByRole(AriaRole.Region, new() { Name = "In this call" })).ToContainTextAsync("(202) 555-0112");
        await sam.ShotAsync("board-joined");
        await dana.HangUpAsync();
        await phones.UntilAsync(Bank, s => s == "idle", "the bank's phone is free");
        await phones.UntilAsync(Maya, s => s == "idle", "Maya's phone is free");
    }

    /// <returns>Dana's level at Maya's phone.</returns>
    private static async Task<double> CallBothAsync(DeskBrowser dana, PhonesBrowser phones)
    {
        await dana.StartShiftAsync();
        await dana.DialAsync(Maya);
        await phones.UntilAsync(Maya, s => s == "ringing", "Maya's phone rings");
        await phones.AnswerAsync(Maya);
        var level = await phones.UntilHearsAsync(Maya, Dana, silence: -100);
        await CallSecondAsync(dana, phones);
        return level;
    }

    /// <summary>A number is clicked somewhere: the agent is asked whether the customer is to be held for it.</summary>
    private static async Task CallSecondAsync(DeskBrowser dana, PhonesBrowser phones)
    {
        await dana.Page.EvaluateAsync($"Blazor.navigateTo('/?dial={Uri.EscapeDataString(Bank)}')");
        var hold = dana.Page.GetByRole(AriaRole.Button, new() { Name = "Hold Maya Chen and call now" });
        await Expect(hold).ToBeVisibleAsync();
        await dana.ShotAsync("second-call-asked");
        await hold.ClickAsync();
        await Expect(hold).ToHaveCountAsync(0);
        await phones.UntilAsync(Bank, s => s == "ringing", "the bank's phone rings");
        await phones.AnswerAsync(Bank);
    }
}
