using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Live;

/// <summary>What browsers are told of offers, where one path overtakes another.</summary>
public sealed class LivePublisherTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_offer_of_which_only_a_snapshot_told_is_withdrawn_when_another_takes_it()
    {
        await using var house = await House.OpenAsync(("Calls:ReconcileEvery", "01:00:00"));
        await using var dana = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");
        var call = await WriteSilentlyAsync(house); // its news is still on the way
        await using var lee = await AgentClient.SignInAsync(house, "lee@uppalcrm.test");
        await lee.UntilOfferedAsync();

        Assert.True((await dana.AcceptAsync(call.Id)).Won);

        await Eventually.HoldsAsync(
            () => lee.Offers.IsEmpty && lee.Withdrawn.TryGetValue(call.Id, out var why) && why.Reason == OfferEnd.Answered,
            "Lee's pop-up goes");
    }

    [Fact]
    public async Task Who_was_not_offered_a_call_is_not_told_that_it_is_gone()
    {
        await using var house = await House.OpenAsync(("Calls:ReconcileEvery", "01:00:00"));
        await using var dana = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");
        await using var lee = await AgentClient.SignInAsync(house, "lee@uppalcrm.test", available: false);
        var first = await house.Network.PlaceCallAsync("+12025550111", house.OurNumber);
        var offered = await dana.UntilOfferedAsync();

        await house.Network.HangUpAsync(first);
        await Eventually.HoldsAsync(() => dana.Withdrawn.ContainsKey(offered.CallId), "Dana, who was offered it, is told");
        await house.Services.GetRequiredService<AgentRoster>().SetStatusAsync(lee.AgentId, AgentStatus.Available, Token);
        await house.Network.PlaceCallAsync("+12025550122", house.OurNumber);
        await lee.UntilOfferedAsync();

        Assert.Empty(lee.Withdrawn);
    }

    private static async Task<Call> WriteSilentlyAsync(House house)
    {
        var leg = new CallSid("CA" + new string('7', 32));
        var now = house.Clock.GetUtcNow();
        var call = new Call
        {
            Direction = CallDirection.Inbound, FromNumber = "+12025550111", ToNumber = house.OurNumber, ConferenceName = $"incoming-{leg}",
            CustomerLeg = leg,
            Status = CallStatus.Waiting, CreatedAt = now, OfferedAt = now, ExpiresAt = now.AddMinutes(1), Version = 1,
            Legs = [new CallLeg { CallSid = leg, Role = LegRole.Customer }],
        };
        await using var db = house.Database();
        db.Calls.Add(call);
        await db.SaveChangesAsync(Token);
        return call;
    }
}
