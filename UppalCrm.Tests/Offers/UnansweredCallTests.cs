using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Offers;

/// <summary>A minute without an answer, by a moved clock, also over a restart.</summary>
public sealed class UnansweredCallTests
{
    [Fact]
    public async Task After_a_minute_the_caller_is_told_and_the_offer_goes()
    {
        await using var house = await House.OpenAsync();
        await using var dana = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");
        var caller = await house.Network.PlaceCallAsync("+12025550111", house.OurNumber);
        var offer = await dana.UntilOfferedAsync();

        house.Clock.Advance(TimeSpan.FromSeconds(61));

        await house.UntilCallAsync(c => c is { Status: CallStatus.Ended, Outcome: CallOutcome.Missed, EndedBy: CallEnder.System },
            "the call is missed");
        await Eventually.HoldsAsync(() => dana.Withdrawn.TryGetValue(offer.CallId, out var why) && why.Reason == OfferEnd.Missed
            || dana.Offers.IsEmpty, "the offer goes");
        await ToldAndHungUpAsync(house, caller);
    }

    [Fact]
    public async Task The_minute_goes_on_while_the_app_is_down()
    {
        await using var house = await House.OpenAsync();
        var caller = await house.Network.PlaceCallAsync("+12025550111", house.OurNumber);
        await house.UntilCallAsync(c => c.Status == CallStatus.Waiting, "the call waits");

        await house.StopAppAsync();
        house.Clock.Advance(TimeSpan.FromSeconds(61));
        house.StartApp();

        await house.UntilCallAsync(c => c is { Status: CallStatus.Ended, Outcome: CallOutcome.Missed }, "the call is missed");
        await ToldAndHungUpAsync(house, caller);
    }

    private static Task ToldAndHungUpAsync(House house, string caller) => Eventually.HoldsAsync(async () =>
    {
        var log = house.Network.Log.After(0);
        return log.Any(e => e.Text.Contains("nobody can take your call", StringComparison.Ordinal)
            && (e["callSid"] == caller || e.Text.Contains(caller, StringComparison.Ordinal)))
            && (await house.Network.StateAsync()).Calls.Single(c => c.Sid == caller).Status == "completed";
    }, () => "the caller is told and hung up");
}
