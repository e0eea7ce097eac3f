using Microsoft.Playwright;
using UppalCrm.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace UppalCrm.Tests.Journeys;

/// <summary>Dana (440 Hz) calls Lee (620 Hz), without a customer.</summary>
[Collection(nameof(Stage))]
public sealed class ColleagueJourney(Stage stage, ITestOutputHelper output)
{
    private const double Dana = 440;
    private const double Lee = 620;

    [Fact]
    public async Task Two_agents_talk_without_a_customer_the_board_shows_it_and_no_history_has_it()
    {
        await using var house = await House.OpenAsync(("Calls:TransferTimeout", "00:01:00"));
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        await using var lee = await stage.SignInAsync(house, "lee@uppalcrm.test", browser: await stage.SupervisorsAsync());
        await using var sam = await stage.SignInAsync(house, "sam@uppalcrm.test");
        await dana.StartShiftAsync();
        await lee.StartShiftAsync();
        await sam.OpenAsync("/board");

        await dana.Page.GetByRole(AriaRole.Button, new() { Name = "Call a colleague" }).ClickAsync();
        await dana.ShotAsync("colleagues");
        await dana.Page.Locator("#colleagues-to-call").GetByRole(AriaRole.Button, new() { NameRegex = new("^Lee Okafor free") })
            .ClickAsync();
        await Expect(dana.CallPanel).ToContainTextAsync("Lee Okafor");
        await Expect(dana.CallPanel).ToContainTextAsync("Ringing…");
        var card = lee.Page.GetByRole(AriaRole.Region, new() { Name = "A colleague calls" });
        await Expect(card).ToContainTextAsync("Dana Whitfield calls you");
        await lee.ShotAsync("colleague-calls");
        await card.GetByRole(AriaRole.Button, new() { Name = "Talk" }).ClickAsync();

        await Expect(dana.CallPanel).ToContainTextAsync("In call");
        await Expect(lee.CallPanel).ToContainTextAsync("Dana Whitfield");
        var (atDana, atLee) = (await dana.UntilHearsAsync(Lee, silence: -100), await lee.UntilHearsAsync(Dana, silence: -100));
        output.WriteLine($"Lee at Dana {atDana:f0} dB, Dana at Lee {atLee:f0} dB.");
        await dana.ShotAsync("colleague-call");
        var row = sam.Page.Locator("table.progress tbody tr", new() { HasText = "Dana Whitfield" });
        await Expect(row).ToContainTextAsync("calls a colleague");
        await Expect(row).ToContainTextAsync("Lee Okafor");
        await Expect(row.GetByRole(AriaRole.Button, new() { NameRegex = new("^Listen") })).ToHaveCountAsync(0);
        await sam.ShotAsync("colleague-board");

        // Who was called hangs up: both are free, without a wrap-up, and nothing is written down or recorded.
        await lee.HangUpAsync();
        await Expect(dana.CallPanel).ToHaveCountAsync(0);
        await Expect(lee.CallPanel).ToHaveCountAsync(0);
        await Expect(dana.Page.GetByLabel("Number to dial")).ToBeVisibleAsync();
        await Expect(sam.Page.Locator("table.progress tbody tr:has(td.who)")).ToHaveCountAsync(0);
        await dana.OpenAsync("/calls");
        await Expect(dana.Page.GetByText("No calls yet")).ToBeVisibleAsync();
        Assert.DoesNotContain(house.Network.Log.After(0), line => line["path"]?.EndsWith("/recording", StringComparison.Ordinal) == true);
    }
}
