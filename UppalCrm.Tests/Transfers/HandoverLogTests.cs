using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Transfers;

/// <summary>What a hand-over writes into the log: nothing to worry about.</summary>
public sealed class HandoverLogTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task That_the_sender_of_a_call_is_taken_out_of_it_is_no_warning_and_that_a_stranger_is_one()
    {
        using var log = new LogLines();
        await using var centre = await CallCentre.OpenAsync(services => services.AddSingleton<ILoggerProvider>(log));
        var (dana, lee) = (await centre.HireAsync("Dana"), await centre.HireAsync("Lee"));
        var call = await centre.InCallAsync(dana);

        Assert.True((await centre.Transfers.StartAsync(call.Id, dana, lee, null, consult: false, Token)).IsDone);
        Assert.True((await centre.Transfers.AcceptAsync(call.Id, lee, Token)).IsDone);
        await centre.AgentJoinsAsync(call, lee);
        await centre.CarrierIsDoneAsync();

        var danas = call.Legs.Single(leg => leg.Role == LegRole.Agent).CallSid;
        Assert.Contains($"remove {danas}", centre.Carrier.Asked);
        Assert.Empty(log.Said);

        var kim = await centre.HireAsync("Kim");
        Assert.True((await centre.Transfers.StartAsync(call.Id, lee, kim, null, consult: false, Token)).IsDone);
        Assert.True((await centre.Transfers.AcceptAsync(call.Id, kim, Token)).IsDone);
        var kims = centre.NewLeg();
        Assert.IsType<JoinDecision.Allowed>(await centre.News.AgentConnectingAsync(kims, kim, call.ConferenceName, Token));
        await centre.Transfers.CancelAsync(call.Id, lee, Token);
        await centre.TellAsync(call, ConferenceEventKind.Joined, kims); // too late
        await centre.CarrierIsDoneAsync();
        Assert.Equal([$"Leg {kims} has no business in call {call.Id} and is removed"], log.Said);
    }
}
