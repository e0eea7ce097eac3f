using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.CarrierEvents;

/// <summary>
/// Compares our open calls with the carrier's live ones, at start and regularly, and corrects ours: an event may never come, and a
/// process may die between saving a change and acting on it. It asks before it acts, and applies what it finds by the same rules as the
/// carrier's events.
/// </summary>
public sealed class Reconciler(
    IDbContextFactory<CrmDbContext> contexts, CallStore store, CallEffects effects, CustomerDialler dialler, OutsideDialler outside,
    SupervisorLegs supervisors, ITelephony telephony,
    IOptionsMonitor<CallOptions> options, TimeProvider time, ILogger<Reconciler> logger) : BackgroundService
{
    /// <summary>A call younger than this may simply not have arrived everywhere yet.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(4);

    /// <summary>
    /// Ended calls whose conference was never reported over are looked at for this long. The carrier's clock, which says when a call
    /// ended, may be a quarter of an hour off.
    /// </summary>
    private static readonly TimeSpan Aftercare = TimeSpan.FromMinutes(30);

    /// <summary>Events are kept for the timeline; those that never found their call are deleted after this.</summary>
    private static readonly TimeSpan UnmatchedKept = TimeSpan.FromDays(1);

    /// <summary>An order to dial without a leg for longer than this has lost its reply.</summary>
    private static readonly TimeSpan DialReplyWithin = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan LongestCall = TimeSpan.FromHours(12);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var first = true;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ReconcileAsync(afterRestart: first, stoppingToken);
                first = false;
                await Task.Delay(options.CurrentValue.ReconcileEvery, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception ex)
            {
                logger.LogWarning(ex, "Calls could not be compared with the carrier's; trying again");
                await Task.Delay(TimeSpan.FromSeconds(5), time, stoppingToken);
            }
        }
    }

    /// <summary>Compares every call that may be wrong, once.</summary>
    /// <param name="afterRestart">Looks at young calls too: the process that was about to act on them is gone.</param>
    public async Task ReconcileAsync(bool afterRestart, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        List<long> suspects;
        await using (var db = await contexts.CreateDbContextAsync(cancellationToken))
        {
            var old = now - Settling;
            suspects = await db.Calls.Where(c => c.Status != CallStatus.Ended && (afterRestart || c.CreatedAt < old))
                .Select(c => c.Id).ToListAsync(cancellationToken);
            var (since, earliest) = (now - Aftercare, now - Aftercare - LongestCall);
            suspects.AddRange(await db.Calls
                .Where(c => c.CreatedAt > earliest && c.Status == CallStatus.Ended && c.EndedAt > since && c.ConferenceEndedAt == null)
                .Select(c => c.Id).ToListAsync(cancellationToken));
            var stale = now - UnmatchedKept;
            await db.Events.Where(e => e.CallId == null && e.ReceivedAt < stale).ExecuteDeleteAsync(cancellationToken);
        }

        foreach (var id in suspects)
        {
            try
            {
                await ReconcileAsync(id, afterRestart, cancellationToken);
            }
            catch (Exception ex) when (!cancellationToken.IsCancellationRequested)
            {
                // One call that cannot be compared must not keep the others from it; the next round tries again.
                logger.LogWarning(ex, "Call {CallId} could not be compared with the carrier's", id);
            }
        }
    }

    private async Task ReconcileAsync(long callId, bool afterRestart, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(callId, cancellationToken) is not { } call)
        {
            return;
        }

        var conference = await telephony.FindConferenceAsync(call.ConferenceName, cancellationToken);
        if (!call.IsOpen)
        {
            await CompareEndedAsync(call, conference, cancellationToken);
            return;
        }

        if (call is { Status: CallStatus.Dialing, Direction: CallDirection.Outbound, CustomerLeg: null })
        {
            if (afterRestart || call.DialledAt < time.GetUtcNow() - DialReplyWithin)
            {
                dialler.FindLostDial(call); // takes a while, and the other calls do not wait for it
            }

            return;
        }

        if (conference is null)
        {
            await CompareMissingAsync(call, cancellationToken);
            return;
        }

        if (call.FindOpenTransfer() is { IsOutside: true, OutsideLeg: null } transfer
            && (afterRestart || transfer.AskedAt < time.GetUtcNow() - DialReplyWithin))
        {
            outside.FindLostDial(call, transfer);
        }

        await CompareAsync(call, conference, cancellationToken);
        if (afterRestart && conference.Participants is [{ Held: false } alone])
        {
            await telephony.RestartWaitAsync(conference.ConferenceSid, alone.Leg, call.Direction != CallDirection.Inbound,
                cancellationToken);
        }

        if (call is { Direction: CallDirection.Outbound, CustomerLeg: { } customer }
            && conference.Participants.All(p => p.Leg != customer))
        {
            await AskForCustomerAsync(call, customer, cancellationToken);
        }
    }

    /// <summary>The call is over here. Nobody may be left in its conference.</summary>
    private async Task CompareEndedAsync(Call call, ConferenceReport? conference, CancellationToken cancellationToken)
    {
        if (conference is { Participants.Count: > 0 })
        {
            CallTelemetry.Corrected("conference-left-over");
            logger.LogWarning("Call {CallId} is over, and its conference is not: ending it", call.Id);
            await effects.EnsureOverAsync(call, conference, cancellationToken);
            return;
        }

        if (call is { Direction: CallDirection.Outbound, JoinedToId: null, CustomerLeg: { } customer }
            && await telephony.FindLegAsync(customer, cancellationToken) is { IsOver: false })
        {
            await telephony.EndLegAsync(customer, cancellationToken);
        }

        // Looked after, and not again. When the carrier ended it is not known: the row keeps its own time.
        await store.ChangeAsync(call.Id, c =>
        {
            if (c.ConferenceEndedAt is not null)
            {
                return false;
            }

            c.ConferenceEndedAt = c.EndedAt;
            foreach (var leg in c.Legs.Where(l => l.IsIn))
            {
                leg.Leave(c.EndedAt);
            }

            return true;
        }, cancellationToken);
    }

    private async Task CompareAsync(Call call, ConferenceReport conference, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var present = conference.Participants.Select(p => p.Leg).ToHashSet();
        var change = await store.ChangeAsync(call.Id, c =>
        {
            if (c.Version != call.Version)
            {
                return false; // events came while the carrier was asked: they are newer than its answer, and the next round asks again
            }

            var isChange = false;
            foreach (var participant in conference.Participants)
            {
                if (c.FindLeg(participant.Leg) is { JoinedAt: null }
                    || (c.CustomerLeg == participant.Leg && c.FindLeg(participant.Leg) is null))
                {
                    isChange |= CarrierEventRules.Apply(c, EventOf(ConferenceEventKind.Joined, participant.Leg, participant), now);
                }
                else if (c.FindLeg(participant.Leg) is { } leg)
                {
                    isChange |= CarrierEventRules.Correct(leg, participant, now);
                }
            }

            foreach (var gone in c.Legs.Where(l => l.IsIn && !present.Contains(l.CallSid)).ToList())
            {
                isChange |= CarrierEventRules.Apply(c, EventOf(ConferenceEventKind.Left, gone.CallSid, null), now);
            }

            return isChange;
        }, cancellationToken);
        if (change is { IsChange: true, Before: { } before, After: { } after })
        {
            CallTelemetry.Corrected("participants");
            logger.LogWarning("Call {CallId} was corrected after the carrier's conference: {Before} is now {After}", call.Id,
                before.Status, after.Status);
        }
        else if (change.After is { } unchanged)
        {
            await effects.EnsureAsync(unchanged, conference, cancellationToken);
            await supervisors.EnsureAsync(unchanged, cancellationToken);
        }

        ConferenceEvent EventOf(ConferenceEventKind happening, CallSid leg, ParticipantReport? participant) => new(
            happening, conference.ConferenceSid, conference.Name, Sequence: -1, At: now, leg, participant?.Muted, participant?.Held,
                participant?.Coaching);
    }

    /// <summary>
    /// The agent is in the conference alone: perhaps the customer was busy and that event was lost, or answered and we were not there to
    /// say where to.
    /// </summary>
    private async Task AskForCustomerAsync(Call call, CallSid customer, CancellationToken cancellationToken)
    {
        if (await telephony.FindLegAsync(customer, cancellationToken) is not { IsOver: true } leg)
        {
            return;
        }

        var now = time.GetUtcNow();
        var change = await store.ChangeAsync(
            call.Id, c => CarrierEventRules.Apply(c, EventOf(leg, c.Status == CallStatus.Connected ? LegState.Completed : leg.State, now),
                now), cancellationToken);
        if (change is { IsChange: true, After.IsOpen: false })
        {
            CallTelemetry.Corrected("customer-gone");
            logger.LogWarning("The customer of call {CallId} was {State}, and no event said so", call.Id, leg.State);
        }
    }

    /// <summary>Open here, and no conference there: over, unless a leg is still on its way in.</summary>
    private async Task CompareMissingAsync(Call call, CancellationToken cancellationToken)
    {
        if (call.Status == CallStatus.Preparing)
        {
            return; // the deadline ends it when the agent's leg does not come
        }

        var customer = call.CustomerLeg is { } sid ? await telephony.FindLegAsync(sid, cancellationToken) : null;
        if (customer is { IsOver: false } && call is { Status: not CallStatus.Connected, JoinedToId: null })
        {
            return; // ringing, or between two documents
        }

        var now = time.GetUtcNow();
        var change = await store.ChangeAsync(call.Id, c =>
        {
            var isChange = customer is { IsOver: true } && CarrierEventRules.Apply(c, EventOf(customer, customer.State, now), now);
            return isChange | c.TryEnd(CallTrigger.ConferenceEnded, now, OutcomeOfLost(c), CallEnder.System);
        }, cancellationToken);
        if (change is { IsChange: true, After.IsOpen: false })
        {
            CallTelemetry.Corrected("call-over");
            logger.LogWarning("Call {CallId} had ended at the carrier, and no event said so", call.Id);
        }
    }

    private static CallOutcome OutcomeOfLost(Call call) => call switch
    {
        { AnsweredAt: not null } => CallOutcome.Answered,
        { Direction: CallDirection.Inbound } => CallOutcome.Abandoned,
        _ => CallOutcome.Failed,
    };

    private static LegEvent EventOf(LegReport leg, LegState state, DateTimeOffset now) =>
        new(leg.Leg, state, null, now, leg.DurationSeconds, null);
}
