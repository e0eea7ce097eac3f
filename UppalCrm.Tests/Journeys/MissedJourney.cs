using Microsoft.Playwright;
using UppalCrm.Simulator.Sim;
using UppalCrm.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace UppalCrm.Tests.Journeys;

/// <summary>Callers whom nobody answered: the team sees them, hears what they left, and calls back, each of them once.</summary>
[Collection(nameof(Stage))]
public sealed class MissedJourney(Stage stage, ITestOutputHelper output)
{
    private const string Maya = "+12025550111";
    private const string Sofia = "+14155550173";

    [Fact]
    public async Task A_message_is_heard_and_who_gave_up_is_taken_by_one_agent_called_back_and_done()
    {
        await using var house = await House.OpenAsync(("Calls:WhenUnanswered", "Voicemail"), ("Calls:OfferTimeout", "00:00:10"));
        house.Network.Faults = FaultSettings.None with { SpeechRate = 100 }; // nobody waits for a greeting to be read out
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        await using var lee = await stage.SignInAsync(house, "lee@uppalcrm.test");
        await dana.StartShiftAsync();
        await lee.OpenAsync("/calls/missed");
        await Expect(lee.Page.GetByText("Nobody is waiting for a call back")).ToBeVisibleAsync();

        // Sofia is not answered, and says 1 kHz after the tone.
        await phones.PlaceAsync(Sofia, house.OurNumber);
        await Expect(dana.Offer).ToContainTextAsync("Sofia Rossi");
        house.Clock.Advance(TimeSpan.FromSeconds(10));
        await Expect(dana.Offer).ToHaveCountAsync(0);
        await Eventually.HoldsAsync(
            async () => (await house.Network.StateAsync()).Recordings.Any(
                r => TimeProvider.System.GetUtcNow() - r.StartedAt > TimeSpan.FromSeconds(2.5)), () => "the message is long enough");
        await phones.HangUpAsync(Sofia);

        // It appears on a page that is open, and is heard where it stands.
        var message = Caller(lee, "Sofia Rossi");
        await Expect(message).ToContainTextAsync("Left a message");
        await message.GetByRole(AriaRole.Button, new() { Name = "Play" }).ClickAsync();
        await Expect(message.Locator("recording-player")).ToHaveAttributeAsync("data-playing", "");
        await message.Locator("audio").EvaluateAsync("""
            audio => {
              audio.loop = true; // a busy machine may look late
              const context = new AudioContext(), out = context.createMediaStreamDestination();
              context.createMediaElementSource(audio).connect(out);
              window.heard.streams.push(out.stream);
            }
            """);
        var (tone, beside) = (await lee.UntilHearsAsync(1000, silence: -60), await lee.HearsAsync(700));
        output.WriteLine($"The message as it is played: 1 kHz at {tone:f0} dB, 700 Hz at {beside:f0} dB.");
        Assert.True(beside < tone - 20, "it is the tone that is heard, not noise");

        // Stopped, moved, played faster, to its end.
        await message.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await message.GetByRole(AriaRole.Slider).FillAsync("1");
        await Expect(message.Locator("[data-at]")).ToHaveTextAsync("0:01");
        Assert.Equal(
            1, await message.Locator("audio").EvaluateAsync<double>("audio => { audio.loop = false; return audio.currentTime; }"));
        await message.GetByLabel("Speed").SelectOptionAsync("2");
        await message.GetByRole(AriaRole.Button, new() { Name = "Play" }).ClickAsync();
        await Eventually.HoldsAsync(
            () => message.Locator("audio").EvaluateAsync<bool>("audio => audio.ended && audio.playbackRate === 2"),
            () => "it is played to its end at double speed");
        await Expect(message.GetByRole(AriaRole.Button, new() { Name = "Play" })).ToBeVisibleAsync();

        // Maya gives up. Both see her; Dana takes her, and Lee sees who did.
        var leg = await house.Network.PlaceCallAsync(Maya, house.OurNumber);
        await Expect(dana.Offer).ToContainTextAsync("Maya Chen");
        await house.Network.HangUpAsync(leg);
        await dana.Page.GetByRole(AriaRole.Link, new() { Name = "Calls", Exact = true }).ClickAsync();
        await dana.Page.GetByRole(AriaRole.Link, new() { NameRegex = new("^Missed") }).ClickAsync();
        await Expect(Caller(dana, "Maya Chen")).ToContainTextAsync("Hung up");
        await Expect(Caller(lee, "Maya Chen").GetByRole(AriaRole.Button, new() { Name = "Take" })).ToBeVisibleAsync();
        await Caller(dana, "Maya Chen").GetByRole(AriaRole.Button, new() { Name = "Take" }).ClickAsync();
        await Expect(Caller(lee, "Maya Chen")).ToContainTextAsync("Dana Whitfield");
        await Expect(Caller(lee, "Maya Chen").GetByRole(AriaRole.Button)).ToHaveCountAsync(0);
        await dana.ShotAsync("missed");

        await Caller(dana, "Maya Chen").GetByRole(AriaRole.Button, new() { Name = "Call back" }).ClickAsync();
        await Expect(dana.Page.GetByLabel("Number to dial")).ToHaveValueAsync("+1 202-555-0111");
        await dana.Page.GetByRole(AriaRole.Button, new() { Name = "Call", Exact = true }).ClickAsync();
        await phones.UntilAsync(Maya, s => s == "ringing", "Maya's phone rings");
        await phones.AnswerAsync(Maya);
        await house.UntilCallAsync(c => c.Status == CallStatus.Connected, "Dana talks to Maya");
        await dana.HangUpAsync();

        // Talked to, she is owed no call any more; Sofia is until somebody says that it is done.
        await Expect(Caller(lee, "Maya Chen")).ToHaveCountAsync(0);
        await dana.OpenAsync("/calls/missed");
        await Expect(Caller(dana, "Maya Chen")).ToHaveCountAsync(0);
        await Expect(Caller(lee, "Sofia Rossi")).ToBeVisibleAsync();
        await Caller(dana, "Sofia Rossi").GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        await Expect(Caller(dana, "Sofia Rossi")).ToHaveCountAsync(0);
        await Expect(Caller(lee, "Sofia Rossi")).ToHaveCountAsync(0);

        // The history says of each call who ended it.
        await dana.Page.GetByRole(AriaRole.Link, new() { Name = "History" }).ClickAsync();
        var rows = dana.Page.Locator(".calls tbody tr");
        await Expect(rows.Locator(".c-who")).ToContainTextAsync(["Outgoing to", "Incoming from", "Incoming from"]);
        await Expect(rows.Locator(".c-outcome")).ToContainTextAsync(["Answered", "Caller hung up", "Voicemail"]);
        await Expect(rows.Locator(".c-ended")).ToContainTextAsync(["Agent", "Customer", "Timed out"]);
        await rows.First.Locator(".opens").ClickAsync();
        await Expect(dana.Page.GetByRole(AriaRole.Complementary)).ToContainTextAsync("Ended byDana Whitfield");
    }

    private static ILocator Caller(DeskBrowser desk, string name) =>
        desk.Page.GetByRole(AriaRole.Listitem, new() { Name = name, Exact = true });
}
