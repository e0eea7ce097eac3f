using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.CarrierEvents;

/// <summary>
/// What the carrier says. Every method may be called late, twice, out of order and by several nodes at once: the first effective
/// time changes the call, every other time changes nothing.
/// </summary>
public sealed class CarrierEventHandler(
    CallStore store, InboundCallBatcher batcher, UnmatchedEvents unmatched, JoinDecisions joins, ContactBook contacts,
    IOptionsMonitor<CallOptions> options, TimeProvider time, ILogger<CarrierEventHandler> logger)
{
    /// <summary>The conference in which this caller waits.</summary>
    public static string WaitingConferenceOf(CallSid leg) => $"incoming-{leg}";

    /// <summary>
    /// Asks the database once for what the first caller will ask, and finds nothing: one who comes right after a start must not wait while
    /// queries are being compiled.
    /// </summary>
    internal Task WarmUpForCallersAsync(CancellationToken cancellationToken) => contacts.MatchAsync("+10000000000", cancellationToken);

    /// <summary>The same for what the carrier says of a call that has begun.</summary>
    internal async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        var nobody = new CallSid("");
        await store.FindAsync(new CallKey.Leg(nobody), cancellationToken);
        await store.ChangeAsync(new CallKey.ConferenceName(""), _ => Decision.Nothing, cancellationToken);
        await store.ChangeAsync(new CallKey.Leg(nobody), _ => Decision.Nothing, cancellationToken);
        await joins.FindAsync(nobody, cancellationToken);
    }

    /// <summary>A customer called. Also for the same request again: the call is then given as it is now.</summary>
    public async Task<Call> CallerArrivedAsync(CallerArrived caller, CancellationToken cancellationToken)
    {
        // Once, here: what is stored is what everything else matches, groups, searches and calls back.
        var (identity, called) = (contacts.Identify(caller.From), contacts.Identify(caller.To));
        var now = time.GetUtcNow();
        var call = new Call
        {
            Direction = CallDirection.Inbound,
            FromNumber = identity.Address,
            ToNumber = called.Number?.Value ?? Cut(caller.To, 128),
            CallerName = KeptText.OneLine(caller.CallerName) is { Length: > 0 } name && !CallerIdentity.IsWithheld(name)
                ? Cut(name, 120) : null,
            ConferenceName = WaitingConferenceOf(caller.Leg),
            CustomerLeg = caller.Leg,
            Status = CallStatus.Waiting,
            CreatedAt = now,
            OfferedAt = now,
            ExpiresAt = now + options.CurrentValue.OfferTimeout,
            Version = 1,
            Legs = [new CallLeg { CallSid = caller.Leg, Role = LegRole.Customer }],
        };
        var row = new CallEvent
        {
            Key = $"arrived:{caller.Leg}",
            Kind = CallEventKind.Arrived,
            Source = EventSource.Carrier,
            At = now,
            ReceivedAt = now,
            LegSid = caller.Leg.Value,
            ConferenceName = call.ConferenceName,
        };
        var number = identity.Kind == CallerKind.Number ? identity.Address : null;
        var arrival = await batcher.WriteAsync(call, row, number, cancellationToken);
        if (!arrival.IsNew)
        {
            return await store.FindAsync(new CallKey.Leg(caller.Leg), cancellationToken)
                ?? throw new InvalidOperationException($"Leg {caller.Leg} is known and cannot be found.");
        }

        CallTelemetry.BelongsTo(call.Id);
        logger.LogInformation("Call {CallId} arrived as {Leg}", call.Id, caller.Leg);
        if (!arrival.HasUnmatchedEvents)
        {
            return call;
        }

        await unmatched.ApplyAsync(call, cancellationToken);
        return await store.FindAsync(call.Id, cancellationToken) ?? call;
    }

    /// <summary>A softphone asks to join a conference. Only the agent to whom the call belongs may.</summary>
    public async Task<JoinDecision> AgentConnectingAsync(CallSid leg, int agentId, string conferenceName,
        CancellationToken cancellationToken)
    {
        if (await joins.FindAsync(leg, cancellationToken) is { } before)
        {
            return before;
        }

        var call = conferenceName.Length is > 0 and <= 128
            ? await store.FindAsync(new CallKey.ConferenceName(conferenceName), cancellationToken)
            : null;
        var keeps = options.CurrentValue.WhenAgentIsLost == WhenAgentIsLost.KeepCustomer && call is not { IsInternal: true };
        // One who is consulted may leave again, and the two others talk on.
        var stays = keeps || (call is { IsInternal: false } && call.Transfers.Exists(transfer => transfer.ToAgentId == agentId
            && (transfer is { IsOpen: true, IsConsult: true } || transfer.IsJoined)));
        var refusal = call switch
        {
            null => "no such conference",
            { IsOpen: false } => "the call is over",
            _ when !call.MayJoin(agentId) => "the call belongs to somebody else",
            // Otherwise the newer leg takes the older one's place: a browser that died may look alive to the carrier for a while.
            _ when !keeps && !call.AwaitsAgent && call.Legs.Exists(l => l is { Role: LegRole.Agent, IsIn: true } && l.AgentId == agentId
                && l.CallSid != leg && !call.IsFormer(l)) => "the agent is in the conference already",
            _ => null,
        };
        if (refusal is not null)
        {
            return await joins.RefuseAsync(leg, agentId, call?.Id, refusal, cancellationToken);
        }

        var now = time.GetUtcNow();
        var allowed = new JoinDecision.Allowed(call!.Direction, conferenceName, KeepsCustomer: stays);
        var change = await store.ChangeAsync(call.Id, c =>
        {
            if (c.FindLeg(leg) is not null || !c.MayJoin(agentId))
            {
                return Decision.Nothing;
            }

            var mine = c.GetOrAddLeg(leg, LegRole.Agent, agentId);
            (mine.KeepsCustomer, mine.AskedAt) = (stays, now);
            return Decision.Changed(joins.Event(leg, agentId, c.Id, allowed));
        }, cancellationToken);
        return change.After is { } after && after.MayJoin(agentId)
            && after.FindLeg(leg) is { Role: LegRole.Agent } mine && mine.AgentId == agentId
            ? allowed
            : await joins.RefuseAsync(leg, agentId, call.Id, "the call went to somebody else", cancellationToken);
    }

    /// <summary>
    /// A supervisor's softphone asks to join a conference. The caller has checked the role; this checks that there is something to hear,
    /// and that one who whispers has an agent to whisper to.
    /// </summary>
    public async Task<JoinDecision> SupervisorConnectingAsync(
        CallSid leg, int supervisorId, string conferenceName, SupervisorMode mode, CancellationToken cancellationToken)
    {
        if (await joins.FindAsync(leg, cancellationToken) is { } before)
        {
            return before;
        }

        var call = await store.FindAsync(new CallKey.ConferenceName(conferenceName), cancellationToken);
        var agentLeg = call?.FindAgentLeg();
        var refusal = call switch
        {
            null => "no such conference",
            { IsInConversation: false } => "nobody is talking in it",
            { IsInternal: true } => "two colleagues talk among themselves",
            _ when mode == SupervisorMode.Whisper && agentLeg is null => "there is no agent to whisper to",
            _ when mode == SupervisorMode.Whisper && agentLeg!.Held => "the agent is on hold and would not hear a whisper",
            { Status: CallStatus.Connected } when call.AgentId == supervisorId => "the supervisor is the agent of this call",
            _ => null,
        };
        if (refusal is not null)
        {
            return await joins.RefuseAsync(leg, supervisorId, call?.Id, refusal, cancellationToken);
        }

        CallSid? coached = mode == SupervisorMode.Whisper ? agentLeg!.CallSid : null;
        var allowed = new JoinDecision.Allowed(call!.Direction, conferenceName, mode, coached);
        await store.ChangeAsync(call.Id, c =>
        {
            if (c.FindLeg(leg) is not null)
            {
                return Decision.Nothing;
            }

            c.GetOrAddLeg(leg, LegRole.Supervisor, supervisorId).TakePart(mode, coached);
            return Decision.Changed(joins.Event(leg, supervisorId, c.Id, allowed));
        }, cancellationToken);
        return allowed;
    }

    /// <summary>
    /// The customer whom we dialled answered. An answer can overtake the carrier's reply to the order: while the call has no leg yet,
    /// the first one to the dialled number is it, once.
    /// </summary>
    public async Task<JoinDecision> CustomerAnsweredAsync(CallSid leg, string conferenceName, string dialled,
        CancellationToken cancellationToken)
    {
        if (await joins.FindAsync(leg, cancellationToken) is { } before)
        {
            return before;
        }

        var now = time.GetUtcNow();
        var change = await store.ChangeAsync(new CallKey.ConferenceName(conferenceName), c =>
        {
            if (c.Direction != CallDirection.Outbound || !c.IsOpen || (c.CustomerLeg ?? leg) != leg
                || (c.CustomerLeg is null && c.ToNumber != dialled))
            {
                return Decision.Nothing;
            }

            c.TryNameCustomerLeg(leg, LegState.InProgress);
            c.DialState = LegState.InProgress;
            var isChange = c.TryApply(CallTrigger.CustomerAnswered, now);
            return new Decision(isChange, joins.Event(leg, null, c.Id, new JoinDecision.Allowed(c.Direction, conferenceName)));
        }, cancellationToken);
        if (change is { After: { } call } && (change.Event is not null || (change.WasKnown && call.CustomerLeg == leg)))
        {
            return new JoinDecision.Allowed(call.Direction, conferenceName);
        }

        var why = change.After is null ? "no such conference" : "the call is over or has another customer";
        return await joins.RefuseAsync(leg, null, change.After?.Id, why, cancellationToken);
    }

    /// <summary>
    /// The outside number of a transfer answered. Only while the sender waits for it: an answer that comes too late is hung up. It can
    /// overtake the carrier's reply to the order, as a customer's can.
    /// </summary>
    public async Task<JoinDecision> OutsideAnsweredAsync(
        CallSid leg, string conferenceName, long transferId, string dialled, CancellationToken cancellationToken)
    {
        if (await joins.FindAsync(leg, cancellationToken) is { } before)
        {
            return before;
        }

        var now = time.GetUtcNow();
        var allowed = new JoinDecision.Allowed(CallDirection.Outbound, conferenceName);
        var change = await store.ChangeAsync(new CallKey.ConferenceName(conferenceName), c =>
        {
            if (!c.IsOpen || c.FindOpenTransfer() is not { State: TransferState.Ringing } transfer || transfer.Id != transferId
                || transfer.ToNumber != dialled || (transfer.OutsideLeg ?? leg) != leg)
            {
                return Decision.Nothing;
            }

            c.TryNameOutsideLeg(transferId, leg);
            transfer.State = TransferState.Accepted;
            var joinBy = now + options.CurrentValue.ClaimLease;
            transfer.ExpiresAt = transfer.ExpiresAt > joinBy ? transfer.ExpiresAt : joinBy;
            allowed = allowed with { KeepsCustomer = transfer.IsConsult };
            return Decision.Changed(joins.Event(leg, null, c.Id, allowed));
        }, cancellationToken);
        if (change.IsChange)
        {
            return allowed;
        }

        // The same request at the same time may have been answered meanwhile.
        return await joins.FindAsync(leg, cancellationToken)
            ?? await joins.RefuseAsync(leg, null, change.After?.Id, "nobody waits for this number any more", cancellationToken);
    }

    public Task ReportAsync(ConferenceEvent report, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        CallEvent Row() => new()
        {
            Key = $"{report.ConferenceSid}:{report.Sequence}",
            Kind = report.Happening.ToKind(),
            Source = EventSource.Carrier,
            At = report.At ?? now,
            ReceivedAt = now,
            LegSid = report.Leg?.Value,
            ConferenceSid = Cut(report.ConferenceSid, 34),
            ConferenceName = Cut(report.ConferenceName, 128),
            Sequence = report.Sequence,
            Detail = CallStore.ToDetail(report),
        };
        return ApplyAsync(Row, c => CarrierEventRules.Apply(c, report, now), [new CallKey.ConferenceName(report.ConferenceName)],
            cancellationToken);
    }

    public Task ReportAsync(LegEvent report, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        CallEvent Row() => new()
        {
            Key = report.Sequence is { } sequence ? $"{report.Leg}:{sequence}" : report.Key ?? $"{report.Leg}:{report.State}",
            Kind = report.State.ToKind(),
            Source = EventSource.Carrier,
            At = report.At ?? now,
            ReceivedAt = now,
            LegSid = report.Leg.Value,
            Sequence = report.Sequence,
            Detail = CallStore.ToDetail(report),
        };
        return ApplyAsync(Row, c => CarrierEventRules.Apply(c, report, now), [new CallKey.Leg(report.Leg)], cancellationToken);
    }

    public Task ReportAsync(RecordingEvent report, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        CallEvent Row() => new()
        {
            Key = $"{report.RecordingSid}:{(report.IsAbsent ? "absent" : "completed")}",
            Kind = report.IsAbsent ? CallEventKind.RecordingAbsent : CallEventKind.RecordingCompleted,
            Source = EventSource.Carrier,
            At = report.At ?? now,
            ReceivedAt = now,
            LegSid = report.Leg?.Value,
            ConferenceSid = report.ConferenceSid is { } conference ? Cut(conference, 34) : null,
            Detail = CallStore.ToDetail(report),
        };
        var keys = new List<CallKey>();
        if (report.ConferenceSid is { } sid)
        {
            keys.Add(new CallKey.ConferenceSid(sid));
        }

        if (report.Leg is { } leg)
        {
            keys.Add(new CallKey.Leg(leg));
        }

        return ApplyAsync(Row, c => CarrierEventRules.Apply(c, report), keys, cancellationToken);
    }

    /// <summary>Applies an event to the call that is found first, or keeps it for a call that will come.</summary>
    /// <param name="newRow">Makes another row for each attempt: a row belongs to one database context.</param>
    private async Task ApplyAsync(Func<CallEvent> newRow, Func<Call, bool> apply, IReadOnlyList<CallKey> keys,
        CancellationToken cancellationToken)
    {
        foreach (var key in keys)
        {
            var change = await store.ChangeAsync(key, c => new Decision(apply(c), newRow()), cancellationToken);
            if (change.After is not null)
            {
                return;
            }
        }

        await unmatched.KeepAsync(newRow(), keys, cancellationToken);
    }

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];
}
