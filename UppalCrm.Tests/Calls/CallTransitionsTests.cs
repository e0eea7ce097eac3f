using System.Reflection;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Calls;

/// <summary>The table of legal steps, and that the steps taken outside it are rows of it.</summary>
public sealed class CallTransitionsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Nothing_leads_out_of_the_end()
    {
        var ways = from direction in Enum.GetValues<CallDirection>()
                   from trigger in Enum.GetValues<CallTrigger>()
                   select CallTransitions.Next(direction, CallStatus.Ended, trigger);

        Assert.All(ways, Assert.Null);
    }

    [Fact]
    public void Every_open_call_can_be_ended_and_every_status_can_be_reached()
    {
        var open = Enum.GetValues<CallStatus>().Where(status => status != CallStatus.Ended);
        var reached = (from direction in Enum.GetValues<CallDirection>()
                       from status in Enum.GetValues<CallStatus>()
                       from trigger in Enum.GetValues<CallTrigger>()
                       select CallTransitions.Next(direction, status, trigger)).OfType<CallStatus>().ToHashSet();

        Assert.All(open, status =>
            Assert.Equal(CallStatus.Ended, CallTransitions.Next(CallDirection.Inbound, status, CallTrigger.ConferenceEnded)));
        Assert.Equal(Enum.GetValues<CallStatus>().Except([CallStatus.Preparing]).ToHashSet(), reached); // a call begins as Preparing
    }

    [Fact]
    public void A_call_that_is_claimed_goes_back_only_by_losing_the_claim()
    {
        var back = Enum.GetValues<CallTrigger>().Where(trigger =>
            CallTransitions.Next(CallDirection.Inbound, CallStatus.Claimed, trigger) == CallStatus.Waiting);

        Assert.Equal([CallTrigger.ClaimLost], back);
    }

    [Fact]
    public async Task A_claim_is_one_write_and_the_row_of_the_table()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        foreach (var status in Enum.GetValues<CallStatus>())
        {
            var call = await centre.CallerArrivesAsync();
            await using (var db = centre.OpenDatabase())
            {
                var row = db.Calls.Single(c => c.Id == call.Id);
                row.Status = status;
                await db.SaveChangesAsync(Token);
            }

            var result = await centre.Get<CallStore>().ClaimAsync(call.Id, dana, Token);

            var legal = CallTransitions.Next(CallDirection.Inbound, status, CallTrigger.ClaimMade);
            Assert.Equal((legal is null ? ClaimResult.NotWaiting : ClaimResult.Won, legal ?? status),
                (result, (await centre.GetAsync(call.Id)).Status));
            await centre.Desk.HangUpAsync(call.Id, dana, Token); // free for the next
        }
    }

    [Fact]
    public void Nobody_outside_sets_what_a_call_is()
    {
        var open = new[] { typeof(Call), typeof(CallLeg) }.SelectMany(type =>
            type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            .Where(property => property.SetMethod is { IsPublic: true }).Select(property =>
                $"{property.DeclaringType!.Name}.{property.Name}");

        Assert.Empty(open);
    }
}
