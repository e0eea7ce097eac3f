using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Calls;

/// <content>Whom a call occupies: written in the transaction that writes the call.</content>
public sealed partial class CallStore
{
    /// <returns>False, with nothing written, when an agent who takes the call over has another one in hand.</returns>
    private async Task<bool> TrySaveAsync(CrmDbContext db, Call before, Call call, CallEventKind? why, CancellationToken cancellationToken)
    {
        var (former, latter) = (before.AgentsInHand().ToList(), call.AgentsInHand().ToList());
        var released = former.Except(latter).ToList();
        var occupied = latter.Except(former).ToList();
        var isTakenUp = before.IsParked && call is { IsParked: false, Status: CallStatus.Claimed };
        if (released.Count == 0 && occupied.Count == 0 && call.IsOpen && !isTakenUp)
        {
            await db.SaveChangesAsync(cancellationToken);
            return true;
        }

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        if (!call.IsOpen)
        {
            await CallReports.MarkAsync(db, call.CreatedAt, cancellationToken);
        }

        foreach (var leaving in released)
        {
            await ReleaseAsync(db, call, leaving, cancellationToken);
        }

        if (before is { Status: CallStatus.Claimed, AgentId: { } claimer } && call.Status == CallStatus.Waiting)
        {
            await RestAsync(db, call.Id, claimer, why, cancellationToken);
        }

        if (isTakenUp && !await OccupyAsync(db, call.AgentId!.Value, call.Id, call.ParkedCallId, cancellationToken))
        {
            return false; // the agent has another call; the transaction ends with nothing written
        }

        foreach (var coming in occupied)
        {
            // The carrier's word that an agent is in stands; a colleague's click does not take a second call.
            if (!await OccupyAsync(db, coming, call.Id, null, cancellationToken) && coming != call.AgentId)
            {
                return false; // the transaction ends with nothing written
            }
        }

        await transaction.CommitAsync(cancellationToken);
        return true;
    }

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
        return await db.Agents.Where(a => a.Id == agentId
            && ((a.ActiveCallId == null && insteadOf == null) || a.ActiveCallId == callId || a.ActiveCallId == replaced)).ExecuteUpdateAsync(
            set => set.SetProperty(a => a.ActiveCallId, callId).SetProperty(a => a.CallSince, now)
                .SetProperty(a => a.WrapUpUntil, (DateTimeOffset?)null).SetProperty(a => a.WrapUpCallId, (long?)null),
            cancellationToken) == 1;
    }

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
