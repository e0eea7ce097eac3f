using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Offers;

/// <summary>Nobody keeps a caller from the others: not by taking the call again and again, and not without being offered it.</summary>
public sealed class GivenBackTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_gave_a_call_back_rests_from_it_and_the_others_do_not()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (dana, lee) = (await centre.HireAsync("Dana"), await centre.HireAsync("Lee"));
        var call = await centre.CallerArrivesAsync();
        Assert.True((await centre.Desk.AcceptAsync(call.Id, dana, Token)).IsDone);
        await centre.Desk.ReleaseAsync(call.Id, dana, "no microphone", Token);

        var again = await centre.Desk.AcceptAsync(call.Id, dana, Token);

        Assert.Contains("not offered", again.Reason);
        Assert.Equal([dana], await centre.Desk.GetDeclinersAsync(call.Id, Token));
        Assert.DoesNotContain(await centre.Desk.GetWaitingAsync(exceptDeclinedBy: dana, Token), c => c.Id == call.Id);
        Assert.True((await centre.Desk.AcceptAsync(call.Id, lee, Token)).IsDone);
    }

    [Fact]
    public async Task After_the_rest_the_call_is_offered_again()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var call = await centre.CallerArrivesAsync();
        await centre.Desk.AcceptAsync(call.Id, dana, Token);
        await centre.Desk.HangUpAsync(call.Id, dana, Token); // not joined yet: the caller goes back
        var announced = new List<long>();
        using var heard = centre.Get<CallFeed>().Subscribe(change => announced.Add(change.CallId));

        centre.Clock.Advance(new CallOptions().RestAfterGivingBack);
        await centre.SweepAsync();

        Assert.Contains(call.Id, announced);
        Assert.True((await centre.Desk.AcceptAsync(call.Id, dana, Token)).IsDone);
    }

    [Fact]
    public async Task A_leg_that_did_not_come_is_forgiven_once()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var call = await centre.CallerArrivesAsync();
        foreach (var rests in (bool[])[false, true])
        {
            Assert.True((await centre.Desk.AcceptAsync(call.Id, dana, Token)).IsDone);
            centre.Clock.Advance(new CallOptions().ClaimLease);
            await centre.SweepAsync();
            Assert.Equal(rests ? [dana] : [], await centre.Desk.GetDeclinersAsync(call.Id, Token));
        }
    }

    [Theory]
    [InlineData("Offline")]
    [InlineData("Break")]
    [InlineData("declined")]
    [InlineData("deactivated")]
    public async Task Accept_asks_what_the_offer_asked(string why)
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var call = await centre.CallerArrivesAsync();
        await using var db = centre.OpenDatabase();
        switch (why)
        {
            case "declined":
                await centre.Desk.DeclineAsync(call.Id, dana, Token);
                break;
            case "deactivated":
                await db.Agents.ExecuteUpdateAsync(set => set.SetProperty(a => a.DeactivatedAt, centre.Clock.GetUtcNow()), Token);
                break;
            default:
                Assert.True(await centre.Roster.SetStatusAsync(dana, why, Token));
                break;
        }

        Assert.Contains("not offered", (await centre.Desk.AcceptAsync(call.Id, dana, Token)).Reason);
        Assert.Equal(CallStatus.Waiting, (await centre.GetAsync(call.Id)).Status);
    }
}
