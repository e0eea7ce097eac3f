using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Offers;

/// <summary>
/// Ends what has lasted long enough: offers nobody took, claims nobody joined, agents' legs that never came, wrap-ups, and the peace of
/// those who declined a caller whom nobody else is free to take. The clock is the database's <c>expires_at</c> and <c>lease_until</c>;
/// every node sweeps them with conditional writes, so a restart loses nothing and two nodes do it once.
/// </summary>
public sealed class DeadlineSweeper(
    IDbContextFactory<CrmDbContext> contexts, CallStore store, CallTransfers transfers, AgentRoster roster, DeadlineTimer deadlines,
    CallFeed feed, IOptionsMonitor<CallOptions> options, TimeProvider time, ILogger<DeadlineSweeper> logger) : BackgroundService
{
    /// <summary>Whom everybody who is free has declined is offered to all of them again, this long after the last decline.</summary>
    public static readonly TimeSpan OfferedAgainAfter = TimeSpan.FromSeconds(15);

    /// <summary>Two calls of one agent that change together have done so after this.</summary>
    private static readonly TimeSpan ParkingSettles = TimeSpan.FromSeconds(5);

    /// <summary>Deadlines of other nodes' calls are found this often; our own wake us.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    /// <summary>How much longer a wrap-up lasts each time its required disposition is missing at its end.</summary>
    private static readonly TimeSpan Prolongation = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var next = await SweepAsync(stoppingToken);
                var now = time.GetUtcNow();
                var until = next is { } due && due < now + LookAgain ? due : now + LookAgain;
                var wait = until - now;
                using var sleep = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                var earlier = deadlines.WaitAsync(until);
                await Task.WhenAny(earlier, Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.FromMilliseconds(1), time, sleep.Token));
                await sleep.CancelAsync();
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception ex)
            {
                logger.LogError(ex, "A sweep of the deadlines failed; the next one is in a second");
                await Task.Delay(TimeSpan.FromSeconds(1), time, stoppingToken);
            }
        }
    }

    /// <summary>Ends everything that is due. Safe to call at any time, by anyone.</summary>
    /// <returns>When the next thing is due.</returns>
    public async Task<DateTimeOffset?> SweepAsync(CancellationToken cancellationToken)
    {
        deadlines.Reset();
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var next = Earlier(await SweepCallsAsync(db, now, cancellationToken), await SweepTransfersAsync(db, now, cancellationToken));
        next = Earlier(next, await SweepDeclinesAsync(db, now, cancellationToken));
        next = Earlier(next, await SweepRestsAsync(db, now, cancellationToken));
        await SweepParkedAsync(db, now, cancellationToken);
        return Earlier(next, await SweepWrapUpsAsync(db, now, cancellationToken));
    }

    /// <summary>Offers a call again to the agent who gave it back and has rested.</summary>
    private async Task<DateTimeOffset?> SweepRestsAsync(CrmDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var rests = await db.Declines.AsNoTracking().Where(d => d.Until != null).Select(d => new { d.CallId, Until = d.Until!.Value })
            .ToListAsync(cancellationToken);
        foreach (var callId in rests.Where(r => r.Until <= now).Select(r => r.CallId).Distinct())
        {
            await db.Declines.Where(d => d.CallId == callId && d.Until <= now).ExecuteDeleteAsync(cancellationToken);
            // Another version: a browser that was told that the offer is gone believes no older one.
            await store.ChangeAsync(
                callId, c => c.Status == CallStatus.Waiting ? Decision.Changed() : Decision.Nothing, cancellationToken);
        }

        return rests.Where(r => r.Until > now).Select(r => (DateTimeOffset?)r.Until).Min();
    }

    private async Task<DateTimeOffset?> SweepCallsAsync(CrmDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var open = await db.Calls.Where(c => c.Status != CallStatus.Ended && (c.ExpiresAt != null || c.LeaseUntil != null))
            .Select(c => new { c.Id, c.Status, c.ExpiresAt, c.LeaseUntil, IsAwaited = c.AgentLostAt != null && c.HungUpAt == null })
            .ToListAsync(cancellationToken);
        DateTimeOffset? next = null;
        foreach (var call in open)
        {
            var due = call.Status == CallStatus.Claimed ? call.LeaseUntil : call.ExpiresAt;
            if (due <= now)
            {
                if (call is { Status: CallStatus.Claimed, IsAwaited: true })
                {
                    // To everybody, those who declined it before its agent took it included. Before the change is announced.
                    await db.Declines.Where(d => d.CallId == call.Id).ExecuteDeleteAsync(cancellationToken);
                }

                await EndAsync(call.Id, now, cancellationToken);
            }
            else
            {
                next = Earlier(next, due);
            }
        }

        return next;
    }

    /// <summary>
    /// A process may have died between two calls of one agent that change together: a call that was put aside is taken up again when its
    /// agent has no other in hand, and is remembered by the one that they have.
    /// </summary>
    private async Task SweepParkedAsync(CrmDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var settled = now - ParkingSettles;
        var parked = await db.Calls.AsNoTracking()
            .Where(c => c.Status != CallStatus.Ended && c.ParkedAt != null && c.ParkedAt < settled)
            .Select(c => new { c.Id, InHand = c.Agent!.ActiveCallId }).ToListAsync(cancellationToken);
        foreach (var call in parked)
        {
            if (call.InHand is not { } inHand || inHand == call.Id)
            {
                await store.ChangeAsync(call.Id, c => c.TryUnpark(now, parked: null)
                    ? Decision.Changed(CallEvent.Of(CallEventKind.Unparked, EventSource.Clock, c.Id, c.AgentId, now))
                    : Decision.Nothing, cancellationToken);
            }
            else if (await db.Calls.AnyAsync(c => c.Id == inHand && c.ParkedCallId != call.Id, cancellationToken))
            {
                await store.ChangeAsync(inHand, c =>
                {
                    var isForgotten = c is { IsOpen: true, IsParked: false } && c.ParkedCallId != call.Id;
                    c.ParkedCallId = isForgotten ? call.Id : c.ParkedCallId;
                    return isForgotten ? Decision.Changed() : Decision.Nothing;
                }, cancellationToken);
            }
        }
    }

    private async Task<DateTimeOffset?> SweepTransfersAsync(CrmDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var open = await db.Transfers.Where(t => t.State == TransferState.Ringing || t.State == TransferState.Accepted)
            .Select(t => new { t.CallId, t.ExpiresAt }).ToListAsync(cancellationToken);
        foreach (var transfer in open.Where(t => t.ExpiresAt <= now))
        {
            await transfers.ExpireAsync(transfer.CallId, cancellationToken);
        }

        return open.Where(t => t.ExpiresAt > now).Min(t => (DateTimeOffset?)t.ExpiresAt);
    }

    private async Task<DateTimeOffset?> SweepDeclinesAsync(CrmDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var declines = await db.Declines
            .Where(d => db.Calls.Any(c => c.Id == d.CallId && c.Status == CallStatus.Waiting)).AsNoTracking()
            .ToListAsync(cancellationToken);
        if (declines.Count == 0)
        {
            return null;
        }

        var free = await roster.GetAvailableAsync(cancellationToken);
        DateTimeOffset? next = null;
        foreach (var call in declines.GroupBy(d => d.CallId).Where(call => call.Any(d => d.Until is null)))
        {
            var due = call.Where(d => d.Until is null).Max(d => d.DeclinedAt) + OfferedAgainAfter;
            if (due > now)
            {
                next = Earlier(next, due);
            }
            else if (free.All(id => call.Any(d => d.AgentId == id))
                && await db.Declines.Where(d => d.CallId == call.Key && d.Until == null).ExecuteDeleteAsync(cancellationToken) > 0)
            {
                // After the deletion: a reader who comes when the change is announced must find no decline any more.
                await store.ChangeAsync(
                    call.Key,
                    c => c.Status == CallStatus.Waiting
                        ? Decision.Changed(CallEvent.Of(CallEventKind.OfferedAgain, EventSource.Clock, c.Id, agentId: null, now))
                        : Decision.Nothing,
                    cancellationToken);
            }
        }

        return next;
    }

    private async Task EndAsync(long callId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var change = await store.ChangeAsync(callId, c => Decide(c, now, options.CurrentValue.OfferTimeout), cancellationToken);
        if (change is { IsChange: true, Event.Kind: CallEventKind.AgentNotBack })
        {
            logger.LogWarning("The agent of call {CallId} did not come back; it is offered to everybody", callId);
        }
        else if (change is { IsChange: true, After.Status: CallStatus.Waiting })
        {
            logger.LogWarning("The claim on call {CallId} ran out before the agent's leg joined; it is offered again", callId);
        }
    }

    private static Decision Decide(Call call, DateTimeOffset now, TimeSpan offerTimeout)
    {
        var neverJoined = "Your phone did not join the call in time, so "
            + (call.IsInternal ? "nobody was called" : "the customer was not dialled") + ". Check the phone light and try again.";
        var (agent, awaited) = (call.AgentId, call.AwaitsAgent);
        CallEventKind? ended = call.Status switch
        {
            CallStatus.Claimed when call.LeaseUntil <= now && call.HungUpAt is { } hungUp
                && call.TryEnd(CallTrigger.HangUpStood, hungUp, CallOutcome.Answered, CallEnder.Agent) => CallEventKind.HangUpStood,
            CallStatus.Claimed when call.LeaseUntil <= now && call.TryOfferAgain(CallTrigger.ClaimLost, now, offerTimeout) =>
                awaited ? CallEventKind.AgentNotBack : CallEventKind.LeaseLost,
            CallStatus.Waiting when call.ExpiresAt <= now
                && call.TryEnd(
                    CallTrigger.OfferExpired, now, call.AnsweredAt is null ? CallOutcome.Missed : CallOutcome.Answered, CallEnder.System,
                    "Nobody answered in time.") =>
                    CallEventKind.OfferExpired,
            CallStatus.Preparing when call.ExpiresAt <= now
                && call.TryEnd(CallTrigger.AgentLeft, now, CallOutcome.Failed, CallEnder.System, neverJoined) => CallEventKind.NeverJoined,
            _ => null,
        };
        return ended is { } kind ? Decision.Changed(CallEvent.Of(kind, EventSource.Clock, call.Id, agent, now)) : Decision.Nothing;
    }

    private async Task<DateTimeOffset?> SweepWrapUpsAsync(CrmDbContext db, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var wrappingUp = await db.Agents.Where(a => a.WrapUpUntil != null)
            .Select(a => new { a.Id, Until = a.WrapUpUntil!.Value }).ToListAsync(cancellationToken);
        DateTimeOffset? next = null;
        foreach (var agent in wrappingUp)
        {
            if (agent.Until > now)
            {
                next = Earlier(next, agent.Until);
            }
            else if (await ProlongAsync(db, agent.Id, agent.Until, now, cancellationToken) is { } later)
            {
                next = Earlier(next, later);
            }
            else if (await db.Agents.Where(a => a.Id == agent.Id && a.WrapUpUntil == agent.Until).ExecuteUpdateAsync(
                set => set.SetProperty(a => a.WrapUpUntil, (DateTimeOffset?)null).SetProperty(a => a.WrapUpCallId, (long?)null),
                cancellationToken) == 1)
            {
                feed.Announce(new AgentChanged(agent.Id));
            }
        }

        return next;
    }

    /// <summary>
    /// A wrap-up that still lacks its required disposition goes on, a little at a time, while the agent's browser is there to choose one.
    /// </summary>
    /// <returns>Until when it goes on; null when it ends.</returns>
    private async Task<DateTimeOffset?> ProlongAsync(
        CrmDbContext db, int agentId, DateTimeOffset until, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var heard = now - options.CurrentValue.UnreachableAfter;
        var later = now + Prolongation;
        if (await AgentRoster.LacksDisposition(db, agentId).Where(a => a.LastSeenAt >= heard && a.WrapUpUntil == until)
            .ExecuteUpdateAsync(set => set.SetProperty(a => a.WrapUpUntil, later), cancellationToken) == 0)
        {
            return null;
        }

        feed.Announce(new AgentChanged(agentId));
        return later;
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other ?? one : one;
}
