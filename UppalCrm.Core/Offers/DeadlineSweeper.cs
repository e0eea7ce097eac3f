using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Offers;

/// <summary>
/// Ends what has lasted long enough: offers nobody took, claims nobody joined, agents' legs that never came. The clock is the
/// database's <c>expires_at</c> and <c>lease_until</c>; every node sweeps them with conditional writes, so a restart loses nothing
/// and two nodes do it once.
/// </summary>
public sealed class DeadlineSweeper : BackgroundService
{
    /// <summary>Deadlines of other nodes' calls are found this often; our own wake us.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    /// <summary>How much longer a wrap-up lasts each time its required outcome is missing at its end.</summary>
    private static readonly TimeSpan Prolongation = TimeSpan.FromSeconds(30);

    private const string LeaseLost = "lease-lost";

    private readonly IDbContextFactory<CrmDbContext> _contexts;
    private readonly CallStore _writer;
    private readonly CallEffects _carrier;
    private readonly DeadlineTimer _deadlines;
    private readonly CallFeed _feed;
    private readonly IOptionsMonitor<CallOptions> _options;
    private readonly TimeProvider _time;
    private readonly ILogger<DeadlineSweeper> _logger;

    internal DeadlineSweeper(
        IDbContextFactory<CrmDbContext> contexts, CallStore writer, CallEffects carrier, DeadlineTimer deadlines, CallFeed feed,
        IOptionsMonitor<CallOptions> options, TimeProvider time, ILogger<DeadlineSweeper> logger)
    {
        (_contexts, _writer, _carrier, _deadlines, _feed) = (contexts, writer, carrier, deadlines, feed);
        (_options, _time, _logger) = (options, time, logger);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var next = await SweepAsync(stoppingToken);
                var now = _time.GetUtcNow();
                var until = next is { } due && due < now + LookAgain ? due : now + LookAgain;
                var wait = until - now;
                using var sleep = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                var earlier = _deadlines.SleepUntil(until);
                await Task.WhenAny(earlier, Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.FromMilliseconds(1), _time, sleep.Token));
                await sleep.CancelAsync();
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception ex)
            {
                _logger.LogError(ex, "The offer clock missed a sweep; it sweeps again in a second");
                await Task.Delay(TimeSpan.FromSeconds(1), _time, stoppingToken);
            }
        }
    }

    /// <summary>Ends everything that is due. Safe to call at any time, by anyone.</summary>
    /// <returns>When the next thing is due.</returns>
    public async Task<DateTimeOffset?> SweepAsync(CancellationToken cancellationToken)
    {
        _deadlines.Looking();
        var now = _time.GetUtcNow();
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        var open = await db.Calls.Where(c => c.Status != CallStatus.Ended && (c.ExpiresAt != null || c.LeaseUntil != null))
            .Select(c => new { c.Id, c.Status, c.ExpiresAt, c.LeaseUntil }).ToListAsync(cancellationToken);
        DateTimeOffset? next = null;
        foreach (var call in open)
        {
            var due = call.Status == CallStatus.Claimed ? call.LeaseUntil : call.ExpiresAt;
            if (due <= now)
            {
                await EndAsync(call.Id, now, cancellationToken);
            }
            else if (due is not null && (next is null || due < next))
            {
                next = due;
            }
        }

        var wrappingUp = await db.Agents.Where(a => a.WrapUpUntil != null).Select(a => new { a.Id, a.WrapUpUntil }).ToListAsync(cancellationToken);
        foreach (var agent in wrappingUp)
        {
            if (agent.WrapUpUntil > now)
            {
                next = next is null || agent.WrapUpUntil < next ? agent.WrapUpUntil : next;
            }
            else if (await ProlongAsync(db, agent.Id, agent.WrapUpUntil!.Value, now, cancellationToken) is { } later)
            {
                next = next is null || later < next ? later : next;
            }
            else if (await db.Agents.Where(a => a.Id == agent.Id && a.WrapUpUntil == agent.WrapUpUntil).ExecuteUpdateAsync(
                set => set.SetProperty(a => a.WrapUpUntil, (DateTimeOffset?)null).SetProperty(a => a.WrapUpCallId, (long?)null), cancellationToken) == 1)
            {
                _feed.Announce(new AgentChanged(agent.Id));
            }
        }

        return next;
    }

    /// <summary>
    /// A wrap-up that still lacks its required outcome goes on, a little at a time, while the agent's browser is there to choose one.
    /// </summary>
    /// <returns>Until when it goes on; null when it ends.</returns>
    private async Task<DateTimeOffset?> ProlongAsync(CrmDbContext db, int agentId, DateTimeOffset until, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var heard = now - _options.CurrentValue.UnreachableAfter;
        var later = now + Prolongation;
        if (await AgentRoster.LacksDisposition(db, agentId).Where(a => a.LastSeenAt >= heard && a.WrapUpUntil == until)
            .ExecuteUpdateAsync(set => set.SetProperty(a => a.WrapUpUntil, later), cancellationToken) == 0)
        {
            return null;
        }

        _feed.Announce(new AgentChanged(agentId));
        return later;
    }

    private async Task EndAsync(long callId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        string? what = null;
        int? who = null;
        CallEvent? Row() => what is null ? null : new CallEvent
        {
            Key = $"{what}:{callId}:{now.UtcTicks}",
            Kind = what,
            Source = EventSource.Clock,
            At = now,
            ReceivedAt = now,
            AgentId = who,
        };
        var change = await _writer.ChangeAsync(callId, Row, c =>
        {
            (what, who) = (null, c.AgentId);
            switch (c.Status)
            {
                case CallStatus.Claimed when c.LeaseUntil <= now:
                    what = LeaseLost;
                    return c.TryApply(CallTrigger.ClaimLost, now);
                case CallStatus.Waiting when c.ExpiresAt <= now:
                    what = "offer-expired";
                    return c.TryEnd(CallTrigger.OfferExpired, now, CallOutcome.Missed, CallEnder.System, "Nobody answered in time.");
                case CallStatus.Preparing when c.ExpiresAt <= now:
                    what = "never-joined";
                    return c.TryEnd(CallTrigger.AgentLeft, now, CallOutcome.Failed, CallEnder.System,
                        "Your phone did not join the call in time, so the customer was not dialled. Check the phone light and try again.");
                default:
                    return false;
            }
        }, cancellationToken);
        if (!change.Changed || change.Call is not { } call)
        {
            return;
        }

        if (what == LeaseLost)
        {
            _logger.LogWarning("The claim on call {CallId} ran out before the agent's leg joined; it is offered again", callId);
        }
        else if (call.Outcome == CallOutcome.Missed)
        {
            _carrier.SayGoodbye(call);
        }
        else
        {
            _carrier.TidyUp(call);
        }
    }
}
