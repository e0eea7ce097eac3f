using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.CarrierEvents;

/// <summary>
/// Compares our open calls with the carrier's live ones, at start and every while, and sets ours right: news may never come, and a
/// process may die between saving a change and acting on it. It asks before it acts, and applies what it finds through the same
/// rules as news.
/// </summary>
public sealed class Reconciler : BackgroundService
{
    /// <summary>A call younger than this may simply not have arrived everywhere yet.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(4);

    /// <summary>Ended calls whose conference was never reported over are looked at for this long. The carrier's clock, which says when a call ended, may be a quarter of an hour off.</summary>
    private static readonly TimeSpan Aftercare = TimeSpan.FromMinutes(30);

    /// <summary>Events are kept for the timeline; those that never found their call, and nobody will ask for, go after this.</summary>
    private static readonly TimeSpan OrphansKept = TimeSpan.FromDays(1);

    private readonly IDbContextFactory<CrmDbContext> _contexts;
    private readonly CallStore _writer;
    private readonly CallEffects _carrier;
    private readonly ITelephony _telephony;
    private readonly IOptionsMonitor<CallOptions> _options;
    private readonly TimeProvider _time;
    private readonly ILogger<Reconciler> _logger;

    public Reconciler(
        IDbContextFactory<CrmDbContext> contexts, CallStore writer, CallEffects carrier, ITelephony telephony,
        IOptionsMonitor<CallOptions> options, TimeProvider time, ILogger<Reconciler> logger)
    {
        (_contexts, _writer, _carrier, _telephony, _options, _time, _logger) = (contexts, writer, carrier, telephony, options, time, logger);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var first = true;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ReconcileAsync(afterRestart: first, stoppingToken);
                first = false;
                await Task.Delay(_options.CurrentValue.ReconcileEvery, _time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception ex)
            {
                _logger.LogWarning(ex, "Calls could not be compared with the carrier's; trying again");
                await Task.Delay(TimeSpan.FromSeconds(5), _time, stoppingToken);
            }
        }
    }

    /// <summary>Compares every call that may be wrong, once.</summary>
    /// <param name="afterRestart">Looks at young calls too: whoever was about to act on them is gone.</param>
    public async Task ReconcileAsync(bool afterRestart, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        List<long> suspects;
        await using (var db = await _contexts.CreateDbContextAsync(cancellationToken))
        {
            var old = now - Settling;
            suspects = await db.Calls.Where(c => c.Status != CallStatus.Ended && (afterRestart || c.CreatedAt < old)).Select(c => c.Id).ToListAsync(cancellationToken);
            var since = now - Aftercare;
            suspects.AddRange(await db.Calls.Where(c => c.CreatedAt > since - TimeSpan.FromHours(12) && c.Status == CallStatus.Ended && c.EndedAt > since && c.ConferenceEndedAt == null)
                .Select(c => c.Id).ToListAsync(cancellationToken));
            var stale = now - OrphansKept;
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
                // One call that cannot be looked at must not keep the others from it; the next round tries again.
                _logger.LogWarning(ex, "Call {CallId} could not be compared with the carrier's", id);
            }
        }
    }

    private async Task ReconcileAsync(long callId, bool afterRestart, CancellationToken cancellationToken)
    {
        if (await _writer.FindAsync(callId, cancellationToken) is not { } call)
        {
            return;
        }

        var room = await _telephony.FindConferenceAsync(call.ConferenceName, cancellationToken);
        if (!call.IsOpen)
        {
            await TidyAsync(call, room, cancellationToken);
            return;
        }

        if (call is { Status: CallStatus.Dialing, CustomerLeg: null })
        {
            if (afterRestart || call.DialledAt < _time.GetUtcNow() - TimeSpan.FromSeconds(15))
            {
                _carrier.FindLostDial(call); // takes its time, and the other calls do not wait for it
            }

            return;
        }

        if (room is not null)
        {
            await CompareAsync(call, room, cancellationToken);
            if (afterRestart && room.Participants is [{ Held: false } alone])
            {
                await _telephony.RestartWaitAsync(room.ConferenceSid, alone.Leg, call.Direction == CallDirection.Outbound, cancellationToken);
            }

            if (call is { Direction: CallDirection.Outbound, CustomerLeg: { } customer }
                && room.Participants.All(p => p.Leg != customer))
            {
                await AskForCustomerAsync(call, customer, cancellationToken);
            }
        }
        else
        {
            await MissingConferenceAsync(call, cancellationToken);
        }
    }

    /// <summary>The call is over here. Nobody may be left in its room.</summary>
    private async Task TidyAsync(Call call, ConferenceReport? room, CancellationToken cancellationToken)
    {
        if (room is { Participants.Count: > 0 })
        {
            if (call is { Outcome: CallOutcome.Missed, CustomerLeg: { } caller } && room.Participants.All(p => p.Leg == caller))
            {
                _logger.LogWarning("The caller of call {CallId} still waits although it is over: saying goodbye", call.Id);
                _carrier.SayGoodbye(call);
                return;
            }

            _logger.LogWarning("Call {CallId} is over, and its conference lives: ending it", call.Id);
            await _telephony.EndConferenceAsync(call.ConferenceName, cancellationToken);
        }

        if (call is { Direction: CallDirection.Outbound, CustomerLeg: { } customer } && await _telephony.FindLegAsync(customer, cancellationToken) is { IsOver: false })
        {
            await _telephony.EndLegAsync(customer, cancellationToken);
        }

        // Looked after: not again. When the carrier ended it is not known; the row keeps its own time.
        await _writer.ChangeAsync(call.Id, null, c =>
        {
            if (c.ConferenceEndedAt is not null || room is { Participants.Count: > 0 })
            {
                return false;
            }

            c.ConferenceEndedAt = c.EndedAt;
            foreach (var leg in c.Legs.Where(l => l.IsIn))
            {
                (leg.LeftAt, leg.Held, leg.HeldSince) = (c.EndedAt, false, null);
            }

            return true;
        }, cancellationToken);
    }

    private async Task CompareAsync(Call call, ConferenceReport room, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var present = room.Participants.ToDictionary(p => p.Leg);
        var before = call.Status;
        var change = await _writer.ChangeAsync(call.Id, null, c =>
        {
            before = c.Status; // not as it was read: the offer clock may have ended it since, and is saying goodbye to the caller
            var changed = false;
            foreach (var participant in room.Participants)
            {
                if (c.FindLeg(participant.Leg) is { JoinedAt: null } || (c.CustomerLeg == participant.Leg && c.FindLeg(participant.Leg) is null))
                {
                    changed |= CarrierEventRules.Apply(c, News(ConferenceEventKind.Joined, participant.Leg, participant), now);
                }
                else if (c.FindLeg(participant.Leg) is { } leg && (leg.Muted != participant.Muted || leg.Held != participant.Held || leg.Coaching != participant.Coaching))
                {
                    leg.HeldSince = participant.Held ? leg.HeldSince ?? now : null;
                    (leg.Muted, leg.Held, leg.Coaching) = (participant.Muted, participant.Held, participant.Coaching);
                    changed = true;
                }
            }

            foreach (var gone in c.Legs.Where(l => l.IsIn && !present.ContainsKey(l.CallSid)).ToList())
            {
                changed |= CarrierEventRules.Apply(c, News(ConferenceEventKind.Left, gone.CallSid, null), now);
            }

            return changed;
        }, cancellationToken);
        if (change.Call is not { } after)
        {
            return;
        }

        if (change.Changed)
        {
            _logger.LogWarning("Call {CallId} was set right after the carrier's conference: {Before} is now {After}", call.Id, before, after.Status);
        }

        if (before == CallStatus.Preparing && after.Status == CallStatus.Dialing)
        {
            _carrier.Dial(after);
        }

        if (before != CallStatus.Ended && !after.IsOpen)
        {
            _carrier.TidyUp(after);
        }

        foreach (var stray in after.Legs.Where(l => l is { Role: LegRole.Agent, IsIn: true } && l.AgentId != after.AgentId))
        {
            _carrier.Remove(after, stray);
        }

        ConferenceEvent News(ConferenceEventKind happening, CallSid leg, ParticipantReport? participant) => new(
            happening, room.ConferenceSid, room.Name, Sequence: -1, At: now, leg, participant?.Muted, participant?.Held, participant?.Coaching);
    }

    /// <summary>
    /// The agent is in the room alone: perhaps the customer was busy and that news was lost, or answered and we were not there to say where to.
    /// </summary>
    private async Task AskForCustomerAsync(Call call, CallSid customer, CancellationToken cancellationToken)
    {
        if (await _telephony.FindLegAsync(customer, cancellationToken) is not { IsOver: true } leg)
        {
            return;
        }

        var now = _time.GetUtcNow();
        var change = await _writer.ChangeAsync(call.Id, null, c =>
            CarrierEventRules.Apply(c, new LegEvent(leg.Leg, c.Status == CallStatus.Connected ? LegState.Completed : leg.State, null, now, leg.DurationSeconds, null), now), cancellationToken);
        if (change is { Changed: true, Call: { IsOpen: false } ended })
        {
            _logger.LogWarning("The customer of call {CallId} was {State} without our hearing of it", call.Id, leg.State);
            _carrier.TidyUp(ended);
        }
    }

    /// <summary>Open here, and no conference there: over, unless a leg is still on its way in.</summary>
    private async Task MissingConferenceAsync(Call call, CancellationToken cancellationToken)
    {
        if (call.Status == CallStatus.Preparing)
        {
            return; // the offer clock ends it when the agent's leg does not come
        }

        var customer = call.CustomerLeg is { } sid ? await _telephony.FindLegAsync(sid, cancellationToken) : null;
        if (customer is { IsOver: false } && call.Status != CallStatus.Connected)
        {
            return; // ringing, or between two documents
        }

        var now = _time.GetUtcNow();
        var change = await _writer.ChangeAsync(call.Id, null, c => customer is { IsOver: true }
            ? CarrierEventRules.Apply(c, new LegEvent(customer.Leg, customer.State, null, now, customer.DurationSeconds, null), now)
                | c.TryEnd(CallTrigger.ConferenceEnded, now, c.AnsweredAt is null ? (c.Direction == CallDirection.Inbound ? CallOutcome.Abandoned : CallOutcome.Failed) : CallOutcome.Answered, CallEnder.System)
            : c.TryEnd(CallTrigger.ConferenceEnded, now, c.AnsweredAt is null ? (c.Direction == CallDirection.Inbound ? CallOutcome.Abandoned : CallOutcome.Failed) : CallOutcome.Answered, CallEnder.System), cancellationToken);
        if (change is { Changed: true, Call: { IsOpen: false } ended })
        {
            _logger.LogWarning("Call {CallId} had ended at the carrier without our hearing of it", call.Id);
            _carrier.TidyUp(ended);
        }
    }
}
