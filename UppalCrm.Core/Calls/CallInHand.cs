using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Calls;

/// <summary>
/// Takes the call out of the hands of an agent who is signed out: one that nobody has talked in yet is offered again or ended; a customer
/// in conversation hears music and is offered to everybody, at the front, and the agent's leg goes.
/// </summary>
public sealed class CallInHand(
    CallStore store, JoinIntents intents, ITelephony telephony, IOptionsMonitor<CallOptions> options, TimeProvider time,
    ILogger<CallInHand> logger)
{
    /// <summary>What is asked of the carrier before the agent's browser lets go must not keep the agent signed in.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <param name="isEnding">
    /// Whether a session of the person ends (<see cref="SignInSession.KeyHash"/>): a call that is in the hand of another one stays.
    /// </param>
    /// <returns>The call that was taken away; null when there was none.</returns>
    public async Task<long?> TakeFromAsync(int agentId, Func<string, bool> isEnding, CancellationToken cancellationToken)
    {
        var parked = await store.FindParkedAsync(agentId, cancellationToken);
        var taken = await store.FindActiveAsync(agentId, cancellationToken) is { } call
            && await IsEndingAsync(call, agentId, isEnding, cancellationToken)
            ? await TakeAsync(call, agentId, cancellationToken)
            : null;
        // Read before: when the call in hand is over, the one that was put aside for it may be back in hand.
        return parked is not null && await IsEndingAsync(parked, agentId, isEnding, cancellationToken)
            ? await TakeAsync(parked, agentId, cancellationToken) ?? taken
            : taken;
    }

    /// <summary>A call that no session of ours was told to join is in the hand of a softphone that nobody knows.</summary>
    private async Task<bool> IsEndingAsync(Call call, int agentId, Func<string, bool> isEnding, CancellationToken cancellationToken)
    {
        var leg = call.Legs.Where(leg => leg is { Role: LegRole.Agent, IsIn: true } && leg.AgentId == agentId).MaxBy(leg => leg.Order);
        return await intents.FindSessionAsync(call.Id, agentId, leg?.CallSid, cancellationToken) is not { } session || isEnding(session);
    }

    private async Task<long?> TakeAsync(Call call, int agentId, CancellationToken cancellationToken)
    {
        if (call.AgentId != agentId && !call.IsInternal)
        {
            await LeaveAsync(call, agentId, cancellationToken);
            return null;
        }

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

    // Somebody else's: the person is consulted in it, or was brought into it.
    private async Task LeaveAsync(Call call, int agentId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await store.ChangeAsync(call.Id, c =>
        {
            if (!c.IsOpen || c.AgentId == agentId)
            {
                return Decision.Nothing;
            }

            if (c.FindOpenTransfer() is { } consult && consult.ToAgentId == agentId)
            {
                c.EndTransfer(TransferState.Declined, now, options.CurrentValue.OfferTimeout);
            }
            else if (c.FindJoined().FirstOrDefault(joined => joined.ToAgentId == agentId) is { } party)
            {
                c.EndParty(party, now);
            }
            else
            {
                return Decision.Nothing;
            }

            return Decision.Changed(CallEvent.Of(CallEventKind.PartyLeft, EventSource.Clock, c.Id, agentId, now));
        }, cancellationToken);
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
                CallTrigger.AgentLeft, now, CallOutcome.Cancelled, CallEnder.System, "The agent was signed out."),
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
