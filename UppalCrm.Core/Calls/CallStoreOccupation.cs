using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Calls;

/// <content>Whom a call occupies: written in the transaction that writes the call.</content>
public sealed partial class CallStore
{
    /// <summary>
    /// An agent who gave a claim back is not offered the call for a while. A leg that did not come in time may be the network's fault:
    /// that counts from the second time on.
    /// </summary>
    private async Task RestAsync(CrmDbContext db, long callId, int agentId, CallEventKind? why, CancellationToken cancellationToken)
    {
        var rest = options.CurrentValue.RestAfterGivingBack;
        if (rest == TimeSpan.Zero || why == CallEventKind.OfferedAgain || (why == CallEventKind.LeaseLost && await db.Events.CountAsync(
            e => e.CallId == callId && e.AgentId == agentId && e.Kind == CallEventKind.Claimed, cancellationToken) < 2))
        {
            return;
        }

        var until = time.GetUtcNow() + rest;
        await db.Declines.Where(d => d.CallId == callId && d.AgentId == agentId && d.Until != null).ExecuteDeleteAsync(cancellationToken);
        if (!await db.Declines.AnyAsync(d => d.CallId == callId && d.AgentId == agentId, cancellationToken))
        {
            db.Declines.Add(new CallDecline { CallId = callId, AgentId = agentId, DeclinedAt = until - rest, Until = until });
            await db.SaveChangesAsync(cancellationToken);
            deadlines.Schedule(until);
        }
    }

    /// <param name="insteadOf">The call that the agent has in hand and puts aside for this one.</param>
    private async Task<bool> OccupyAsync(
        CrmDbContext db, int agentId, long callId, long? insteadOf, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var replaced = insteadOf ?? callId;
        var free = db.Agents.Where(a => a.Id == agentId
            && ((a.ActiveCallId == null && insteadOf == null) || a.ActiveCallId == callId || a.ActiveCallId == replaced));
        return await free.ExecuteUpdateAsync(
            set => set.SetProperty(a => a.ActiveCallId, callId).SetProperty(a => a.CallSince, now)
                .SetProperty(a => a.WrapUpUntil, (DateTimeOffset?)null).SetProperty(a => a.WrapUpCallId, (long?)null),
            cancellationToken) == 1;
    }

    /// <summary>A call that was put aside is over, or somebody else's: the one that the agent has in hand is like any again.</summary>
    private static Task<int> ForgetParkedAsync(CrmDbContext db, long parked, int agentId, CancellationToken cancellationToken) =>
        db.Calls.Where(c => c.ParkedCallId == parked && db.Agents.Any(a => a.Id == agentId && a.ActiveCallId == c.Id))
            .ExecuteUpdateAsync(set => set.SetProperty(c => c.ParkedCallId, (long?)null), cancellationToken);

    private async Task ReleaseAsync(CrmDbContext db, Call call, int agentId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var wrapUp = options.CurrentValue.WrapUp;
        var mine = db.Agents.Where(a => a.Id == agentId && a.ActiveCallId == call.Id);
        if (call.ParkedCallId is { } parked && await mine.Where(_ => db.Calls.Any(c => c.Id == parked && c.AgentId == agentId
            && c.Status == CallStatus.Claimed && c.ParkedAt != null)).ExecuteUpdateAsync(
                set => set.SetProperty(a => a.ActiveCallId, parked).SetProperty(a => a.CallSince, now), cancellationToken) == 1)
        {
            return; // the agent goes back to the call that was put aside for this one
        }

        if (call is { AnsweredAt: not null, Status: CallStatus.Ended or CallStatus.TransferredOut, IsInternal: false }
            && call.AgentId == agentId && wrapUp > TimeSpan.Zero)
        {
            var until = now + wrapUp;
            deadlines.Schedule(until);
            await mine.ExecuteUpdateAsync(
                set => set.SetProperty(a => a.ActiveCallId, (long?)null).SetProperty(a => a.CallSince, now)
                    .SetProperty(a => a.WrapUpUntil, until).SetProperty(a => a.WrapUpCallId, call.Id),
                cancellationToken);
        }
        else
        {
            await mine.ExecuteUpdateAsync(
                set => set.SetProperty(a => a.ActiveCallId, (long?)null).SetProperty(a => a.CallSince, now), cancellationToken);
        }
    }
}
