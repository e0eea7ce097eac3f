using Microsoft.Playwright;
using UppalCrm.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace UppalCrm.Tests.Journeys;

/// <summary>The server dies in the middle of a call. The call does not.</summary>
[Collection(nameof(Stage))]
public sealed class LifeboatJourney(Stage stage, ITestOutputHelper output)
{
    private const string Maya = "+12025550111";

    [Fact]
    public async Task The_server_is_killed_and_started_again_and_the_call_is_heard_throughout_and_adopted()
    {
        await using var house = await House.OpenWithProcessAsync();
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        await dana.StartShiftAsync();
        await dana.DialAsync(Maya);
        await phones.UntilAsync(Maya, s => s == "ringing", "Maya's phone rings");
        await phones.AnswerAsync(Maya);
        await dana.UntilHearsAsync(1000, silence: -100);
        var spoken = await phones.UntilHearsAsync(Maya, 440, silence: -100);
        await house.UntilCallAsync(c => c.Status == CallStatus.Connected, "the call is connected");
        await dana.Page.EvaluateAsync("() => { window.sameDocument = true; }");
        await phones.Page.EvaluateAsync("""
            own => {
              window.heardAgent = [];
              setInterval(() => {
                const network = window.network, phone = network.state().phones.find(p => p.own === own && p.state !== 'ended');
                const level = phone && network.levels([440]).legs[phone.leg];
                window.heardAgent.push(level?.hears.peaks[440] ?? -200);
              }, 250);
            }
            """, Maya);
        await dana.Page.EvaluateAsync(
            "() => { window.heardCustomer = []; setInterval(async () => window.heardCustomer.push(await window.toneLevel(1000)), 250); }");

        await house.KillProcessAsync();

        var boat = dana.Page.Locator("section.lifeboat");
        await Expect(boat).ToContainTextAsync("Your call goes on");
        await Expect(boat).ToContainTextAsync("Maya Chen");
        await dana.ShotAsync("lifeboat");
        await boat.GetByRole(AriaRole.Button, new() { Name = "Mute", Exact = true }).ClickAsync();
        await phones.UntilLosesAsync(Maya, 440, spoken);
        await Expect(boat.GetByRole(AriaRole.Status).Filter(new() { HasText = "You are muted. Press Ctrl+Shift+M to be "
            + "heard." })).ToBeVisibleAsync();
        await boat.GetByRole(AriaRole.Button, new() { Name = "Unmute", Exact = true }).ClickAsync();
        await phones.UntilHearsAsync(Maya, 440, silence: -100);

        await phones.Page.EvaluateAsync("() => { window.heardAgent = []; }");
        await house.StartProcessAsync();

        // The page cannot take up its old circuit: a fresh one is opened in a frame over it, and this document, which has the call, stays.
        var fresh = dana.Page.FrameLocator("iframe.lifeboat-page");
        await Expect(
            fresh.GetByRole(AriaRole.Region, new() { Name = "Call in hand" })).ToContainTextAsync("In call", new() { Timeout = 60_000 });
        await Expect(boat).ToHaveCountAsync(0, new() { Timeout = 30_000 });
        await Expect(fresh.GetByRole(AriaRole.Button, new() { Name = "Mute", Exact = true })).ToBeEnabledAsync();
        await Expect(fresh.GetByText("Your phone is not in this call")).ToHaveCountAsync(0);
        await dana.ShotAsync("lifeboat-adopted");
        await dana.UntilHearsAsync(1000, silence: -100);
        await phones.UntilHearsAsync(Maya, 440, silence: -100);
        var (customer, agent) = (await LevelsAsync(dana.Page, "heardCustomer"), await LevelsAsync(phones.Page, "heardAgent"));
        output.WriteLine($"Across the restart 1 kHz at the desk: {customer.Count} times measured, weakest {customer.Min():f0} dB; 440 Hz "
            + $"at the phone after unmuting: {agent.Count} times, weakest {agent.Min():f0} dB.");
        Assert.True(
            customer.Count > 8 && Share(customer) > 0.9,
            $"the customer is heard throughout: {string.Join(' ', customer.Select(l => l.ToString("f0")))}");
        Assert.True(
            agent.Count > 8 && Share(agent) > 0.9,
            $"the agent is heard throughout: {string.Join(' ', agent.Select(l => l.ToString("f0")))}");
        Assert.True(
            await dana.Page.EvaluateAsync<bool>("() => window.sameDocument === true"), "nothing was loaded again while the call was up");

        // The fresh page steers the call, and once it is over makes do without the frame.
        await fresh.GetByRole(AriaRole.Button, new() { Name = "Hold", Exact = true }).ClickAsync();
        await Expect(fresh.GetByRole(AriaRole.Region, new() { Name = "Call in hand" })).ToContainTextAsync("On hold");
        await fresh.GetByRole(AriaRole.Button, new() { Name = "End", Exact = true }).ClickAsync();
        await phones.UntilAsync(Maya, s => s == "idle", "the phone's call ends when the agent hangs up");
        var call = await house.UntilCallAsync(
            c => c is { Status: CallStatus.Ended, ConferenceEndedAt: not null }, "the call and its conference are over");
        Assert.Equal((CallOutcome.Answered, CallEnder.Agent), (call.Outcome, call.EndedBy));
        await Expect(dana.Page.Locator("iframe.lifeboat-page")).ToHaveCountAsync(0, new() { Timeout = 30_000 });
        await Expect(dana.Page.GetByRole(AriaRole.Region, new() { Name = "Wrap-up" })).ToBeVisibleAsync();
    }

    private static async Task<IReadOnlyList<double>> LevelsAsync(IPage page, string name) =>
        await page.EvaluateAsync<double[]>($"() => window.{name}");

    /// <summary>
    /// How many of the measurements heard the tone. The browsers share the machine with the server that starts: a few may fall into a gap
    /// of theirs.
    /// </summary>
    private static double Share(IReadOnlyList<double> levels) => levels.Count(l => l > -60) / (double)levels.Count;
}
