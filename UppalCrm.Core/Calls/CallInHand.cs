using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Calls;

/// <summary>
/// Takes the call out of the hands of an agent who was put out: one that nobody has talked in yet is offered again or ended; a customer in
/// conversation hears music and is offered to everybody, at the front, and the agent's leg goes.
/// </summary>
public sealed class CallInHand(
    IDbContextFactory<CrmDbContext> contexts, CallStore store, ITelephony telephony, IOptionsMonitor<CallOptions> options,
    TimeProvider time, ILogger<CallInHand> logger)
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

    /// <summary>
    /// Has the carrier take this person's softphone out of the calls that they supervise: it hears on while its browser does not hang up.
    /// </summary>
    public async Task EndSupervisionAsync(int agentId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var legs = await db.Legs.AsNoTracking()
            .Where(l => l.AgentId == agentId && l.Role == LegRole.Supervisor && l.JoinedAt != null && l.LeftAt == null)
            .Join(db.Calls.Where(c => c.ConferenceSid != null), l => l.CallId, c => c.Id, (leg, call) =>
                new { leg.CallId, leg.CallSid, Conference = call.ConferenceSid! })
            .ToListAsync(cancellationToken);
        foreach (var leg in legs)
        {
            try
            {
                await telephony.RemoveParticipantAsync(leg.Conference, leg.CallSid, cancellationToken)
                    .WaitAsync(Patience, time, cancellationToken);
            }
            catch (Exception ex) when (ex is TelephonyException or TimeoutException)
            {
                logger.LogWarning(ex, "The leg of one who supervises no more may be in call {CallId} still", leg.CallId);
            }
        }
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
