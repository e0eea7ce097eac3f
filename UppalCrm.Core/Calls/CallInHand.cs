using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Calls;

/// <summary>
/// Takes the call out of the hands of an agent who was put out: one that nobody has talked in yet is offered again or ended; a customer in
/// conversation hears music and is offered to everybody, at the front, and the agent's leg goes.
/// </summary>
public sealed class CallInHand(
    CallStore store, ITelephony telephony, IOptionsMonitor<CallOptions> options, TimeProvider time, ILogger<CallInHand> logger)
{
    /// <summary>What is asked of the carrier before the agent's browser lets go must not keep the agent signed in.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <returns>The call that was taken away; null when there was none.</returns>
    public async Task<long?> TakeFromAsync(int agentId, CancellationToken cancellationToken)
    {
        var parked = await store.FindParkedAsync(agentId, cancellationToken);
        var taken = await store.FindActiveAsync(agentId, cancellationToken) is { } call
            ? await TakeAsync(call, agentId, cancellationToken)
            : null;
        // Read before: when the call in hand is over, the one that was put aside for it may be back in hand.
        return parked is null ? taken : await TakeAsync(parked, agentId, cancellationToken) ?? taken;
    }

    private async Task<long?> TakeAsync(Call call, int agentId, CancellationToken cancellationToken)
    {
        if (call is { Status: CallStatus.Connected, IsInternal: false, ConferenceSid: { } conference } && call.FindAgentLeg() is { } leg)
        {
            await LetConferenceGoOnAsync(call.Id, conference, leg.CallSid, cancellationToken);
        }

        var now = time.GetUtcNow();
        var change = await store.ChangeAsync(call.Id, c =>
            (c.AgentId == agentId || c.IsInternal) && Decide(c, now)
                ? Decision.Changed(CallEvent.Of(CallEventKind.TakenAway, EventSource.Clock, c.Id, agentId, now))
                : Decision.Nothing, cancellationToken);
        return change.IsChange ? call.Id : null;
    }

    private bool Decide(Call call, DateTimeOffset now)
    {
        if (call.FindOpenTransfer() is { } transfer && call.Status == CallStatus.Connected)
        {
            transfer.End(TransferState.Cancelled, now);
        }

        return call.Status switch
        {
            _ when call.IsInternal => call.TryEndInternal(CallTrigger.AgentLeft, now),
            CallStatus.Claimed => call.TryOfferAgain(CallTrigger.ClaimLost, now, options.CurrentValue.OfferTimeout),
            CallStatus.Connected when call.FindHeir() is { } heir => call.TryGiveTo(heir, now),
            CallStatus.Connected => call.TryOfferAgain(CallTrigger.AgentLost, now, options.CurrentValue.OfferTimeout),
            _ => call.TryEnd(
                CallTrigger.AgentLeft, now, CallOutcome.Cancelled, CallEnder.System, "The agent was signed out by an administrator."),
        };
    }

    // The agent's browser hangs up when it finds that it is signed out, and an agent's leg ends the conference by leaving.
    private async Task LetConferenceGoOnAsync(long callId, string conference, CallSid leg, CancellationToken cancellationToken)
    {
        try
        {
            await telephony.SetEndOnExitAsync(conference, leg, ends: false, cancellationToken)
                .WaitAsync(Patience, time, cancellationToken);
        }
        catch (Exception ex) when (ex is TelephonyException or TimeoutException)
        {
            logger.LogWarning(ex, "The conference of call {CallId} may end when the agent's leg leaves it", callId);
        }
    }
}
