using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using UppalCrm.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace UppalCrm.Tests.Journeys;

/// <summary>The main job, as a person does it: in a browser with the unmodified Voice SDK, heard on both ends.</summary>
[Collection(nameof(Stage))]
public sealed class FirstCallJourney(Stage stage, ITestOutputHelper output)
{
    private const string Maya = "+12025550111";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_agent_dials_and_both_hear_each_other_and_either_side_ends_it()
    {
        await using var house = await House.OpenAsync();
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        await dana.StartShiftAsync();

        await dana.DialAsync("+1 202 555 0111");
        await phones.UntilAsync(Maya, s => s == "ringing", "Maya's phone rings");
        await Expect(dana.CallPanel).ToContainTextAsync("Ringing");
        await phones.AnswerAsync(Maya);
        await Expect(dana.CallPanel).ToContainTextAsync("In call");
        output.WriteLine($"The desk hears 1 kHz at {await dana.UntilHearsAsync(1000, silence: -100):f1} dB; the phone hears 440 Hz at "
            + $"{await phones.UntilHearsAsync(Maya, 440, silence: -100):f1} dB.");

        // The agent's leg was in the conference before the customer was dialled.
        var log = house.Network.Log.After(0).ToList();
        var joined = log.FindIndex(e => e.Kind == "conference" && e.Text.Contains("participant-join", StringComparison.Ordinal));
        var dialled = log.FindIndex(e => e.Kind == "rest" && e.Text.Contains("POST", StringComparison.Ordinal)
            && e.Text.Contains("/Calls.json", StringComparison.Ordinal));
        Assert.True(joined >= 0 && joined < dialled, $"joined at line {joined}, dialled at line {dialled}");

        await dana.HangUpAsync();
        await phones.UntilAsync(Maya, s => s == "idle", "the phone's call ends when the agent hangs up", Soon);
        var first = await house.UntilCallAsync(c => c is { Status: CallStatus.Ended, ConferenceEndedAt: not null }, "the call is over");
        Assert.Equal((CallOutcome.Answered, CallEnder.Agent), (first.Outcome, first.EndedBy));

        // The phone's word alone takes the call from the desk, a moment before the server's brings what is to be wrapped up.
        await Expect(dana.Page.GetByRole(AriaRole.Region, new() { Name = "Wrap-up" })).ToBeVisibleAsync();
        await dana.FinishWrapUpAsync();
        await dana.DialAsync(Maya);
        await phones.UntilAsync(Maya, s => s == "ringing", "Maya's phone rings again");
        await phones.AnswerAsync(Maya);
        await phones.UntilHearsAsync(Maya, 440, silence: -100);
        await phones.HangUpAsync(Maya);
        await Expect(dana.CallPanel).ToHaveCountAsync(0, new() { Timeout = 2000 });
        var second = await house.UntilCallAsync(
            c => c is { Status: CallStatus.Ended, ConferenceEndedAt: not null }, "the second call is over");
        Assert.Equal((CallOutcome.Answered, CallEnder.Customer), (second.Outcome, second.EndedBy));
    }

    [Fact]
    public async Task A_customer_calls_hears_music_is_answered_heard_recorded_and_played_back()
    {
        await using var house = await House.OpenAsync();
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        await using var lee = await stage.SignInAsync(house, "lee@uppalcrm.test");
        await dana.StartShiftAsync();
        await lee.StartShiftAsync();

        await phones.PlaceAsync(Maya, house.OurNumber);
        await Expect(dana.Offer).ToContainTextAsync("Maya Chen");
        await Expect(lee.Offer).ToContainTextAsync("Maya Chen");
        await Eventually.HoldsAsync(async () => await phones.LoudnessAsync(Maya) > -60, () => "the caller hears music while waiting");

        await dana.AcceptAsync();
        await Expect(lee.Page.GetByRole(AriaRole.Region, new() { Name = "Incoming calls" }))
            .ToContainTextAsync("Dana Whitfield answered", new() { Timeout = 2000 });
        await Expect(dana.CallPanel).ToContainTextAsync("In call");
        output.WriteLine($"The desk hears 1 kHz at {await dana.UntilHearsAsync(1000, silence: -100):f1} dB; the phone hears 440 Hz at "
            + $"{await phones.UntilHearsAsync(Maya, 440, silence: -100):f1} dB.");

        var talking = await house.UntilCallAsync(c => c.Status == CallStatus.Connected, "the call is connected");
        var loser = await house.Desk.AcceptAsync(talking.Id, await house.AgentIdAsync("lee@uppalcrm.test"), Token);
        Assert.Equal((false, "Dana Whitfield"), (loser.IsDone, (loser.Refusal as TakenByAnother)?.By));
        await Eventually.HoldsAsync(
            () => TimeProvider.System.GetUtcNow() - talking.AnsweredAt > TimeSpan.FromSeconds(4), "there is something to record");

        await phones.HangUpAsync(Maya);
        await Expect(dana.CallPanel).ToHaveCountAsync(0, new() { Timeout = 2000 });
        var call = await house.UntilCallAsync(c => c.RecordingUrl is not null, "the recording is there");

        using var http = await AgentClient.SignedInAsync(house, "dana@uppalcrm.test");
        var wav = await http.GetByteArrayAsync($"/recordings/{call.Id}", Token);
        var (ours, theirs) = (Tone.LevelsIn(wav, 440), Tone.LevelsIn(wav, 1000));
        output.WriteLine($"Recording of {Tone.DurationOf(wav).TotalSeconds:f1} s: 440 Hz {ours[0]:f0}/{ours[^1]:f0} dB, 1 kHz "
            + $"{theirs[0]:f0}/{theirs[^1]:f0} dB (our side / the customer's).");
        Assert.True(ours.Max() > -50 && theirs.Max() > -30, "both sides are in the recording");
        using var stranger = await AgentClient.SignedInAsync(house, "lee@uppalcrm.test");
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await stranger.GetAsync($"/recordings/{call.Id}", Token)).StatusCode);
    }

    [Fact]
    public async Task A_pop_up_is_there_within_two_seconds_of_the_webhook()
    {
        await using var house = await House.OpenAsync();
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        await dana.StartShiftAsync();
        await dana.Page.EvaluateAsync("""
            () => { window.poppedUp = new Promise(seen => new MutationObserver(() =>
              document.querySelector('article.offer') && seen(Date.now()))
              .observe(document.body, { childList: true, subtree: true })); }
            """);

        await house.Network.PlaceCallAsync(Maya, house.OurNumber);
        var seen = await dana.Page.EvaluateAsync<double>("() => window.poppedUp");

        var call = (await house.FindCallAsync(calls => calls))!;
        var after = DateTimeOffset.FromUnixTimeMilliseconds((long)seen) - call.CreatedAt;
        output.WriteLine($"The pop-up was there {after.TotalMilliseconds:f0} ms after the webhook had come.");
        Assert.True(after < Soon, $"{after.TotalMilliseconds:f0} ms");
        Assert.False(
            await dana.Page.EvaluateAsync<bool>("() => document.activeElement?.closest('article.offer') !== null"),
            "a pop-up must not take the focus");
    }

    [Fact]
    public async Task A_forged_room_lets_nobody_in_and_leaves_an_audit_row()
    {
        await using var house = await House.OpenAsync();
        await using var dana = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");
        await using var lee = await AgentClient.SignInAsync(house, "lee@uppalcrm.test");
        await house.Network.PlaceCallAsync(Maya, house.OurNumber);
        var offer = await dana.UntilOfferedAsync();
        var claim = await dana.AcceptAsync(offer.CallId);
        await dana.JoinAsync(claim.ConferenceName!);
        await house.UntilCallAsync(c => c.Status == CallStatus.Connected, "Dana talks to Maya");

        var forged = await lee.JoinAsync(claim.ConferenceName!);

        await Eventually.HoldsAsync(
            async () => (await house.Network.StateAsync()).Calls.Any(c => c.Sid == forged
                && c.Status is not ("queued" or "ringing" or "in-progress")),
            () => "Lee's forged leg is turned away");
        Assert.Equal(2, (await house.Network.StateAsync()).Conferences.Single().Participants.Count);
        await using var db = house.Database();
        Assert.True(await db.Audit.AnyAsync(a =>
            a.Action == AuditAction.JoinRefused && a.AgentId == lee.AgentId && a.CallId == offer.CallId, Token));
    }
}
