using UppalCrm.Simulator.Phones;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Calls;

/// <summary>Whole calls through the app as it is composed, over HTTP and WebSocket, with silent phones.</summary>
public sealed class WholeCallTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_inbound_call_is_offered_to_all_taken_by_one_joined_recorded_and_ended()
    {
        await using var house = await House.OpenAsync();
        await using var dana = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");
        await using var lee = await AgentClient.SignInAsync(house, "lee@uppalcrm.test");

        var caller = await house.Network.PlaceCallAsync("+12025550111", house.OurNumber);
        var offer = await dana.UntilOfferedAsync();
        Assert.Equal("Maya Chen", offer.FromName);
        await lee.UntilOfferedAsync();

        var answers = await Task.WhenAll(dana.AcceptAsync(offer.CallId), lee.AcceptAsync(offer.CallId));
        var (winner, loser) = answers[0].Won ? (dana, lee) : (lee, dana);
        var won = Assert.Single(answers, a => a.Won);
        Assert.Equal($"incoming-{caller}", won.ConferenceName);
        await Eventually.HoldsAsync(() => loser.Withdrawn.TryGetValue(offer.CallId, out var why) && why.Reason == OfferEnd.Answered
            && why.By is not null, "the loser is told");

        await winner.JoinAsync(won.ConferenceName!);
        await house.UntilCallAsync(c => c.Status == CallStatus.Connected, "the call is connected");
        await Eventually.HoldsAsync(async () => (await house.Network.StateAsync()).Recordings is [{ } recording]
            && recording.StartedAt + TimeSpan.FromSeconds(1.5) < TimeProvider.System.GetUtcNow(),
            () => "there is something to record");
        await house.Network.HangUpAsync(caller);

        var ended = await house.UntilCallAsync(c => c.Status == CallStatus.Ended && c.RecordingUrl is not null
            && c.ConferenceEndedAt is not null, "the call has ended and has its recording");
        Assert.Equal((CallOutcome.Answered, CallEnder.Customer, winner.AgentId), (ended.Outcome, ended.EndedBy, ended.AgentId));
    }

    [Fact]
    public async Task An_outbound_call_dials_the_customer_after_the_agent_joined()
    {
        await using var house = await House.OpenAsync();
        await using var dana = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");
        house.Network.Phones.Script("+12025550123", new PhoneScript { AnswerAfter = 0.3, Talk = 1.5, Then = "hangup" });

        var dialled = await dana.DialAsync("+12025550123");
        Assert.Null(dialled.Error);
        await dana.JoinAsync(dialled.ConferenceName!);

        await house.UntilCallAsync(c => c.Status == CallStatus.Connected, "the call is connected");
        var ended = await house.UntilCallAsync(c => c.Status == CallStatus.Ended && c.ConferenceEndedAt is not null, "the call has ended");
        Assert.Equal((CallOutcome.Answered, CallEnder.Customer), (ended.Outcome, ended.EndedBy));
        var log = house.Network.Log.After(0).ToList();
        var join = log.FindIndex(l => l.Text.Contains("participant-join", StringComparison.Ordinal));
        var dial = log.FindIndex(l => l.Text.Contains("/Calls.json", StringComparison.Ordinal));
        Assert.True(join >= 0 && join < dial, $"joined at {join}, dialled at {dial}");
    }
}
