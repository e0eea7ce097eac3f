using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Calls;

/// <summary>
/// What follows from a change of a call: at the carrier, for those who are told, and on record. Decided here and nowhere else, from the
/// call before and after the change, no matter who changed it. What is asked of the carrier never keeps a webhook waiting.
/// </summary>
public sealed class CallEffects(
    ITelephony telephony, CustomerDialler dialler, OutsideDialler outside, UnmatchedEvents unmatched, CallStore store, CallFeed feed,
    DeadlineTimer deadlines,
    AuditLog audit, BackgroundTasks tasks, IOptionsMonitor<CallOptions> options, TimeProvider time, ILogger<CallEffects> logger)
{
    private const int MostAttempts = 5;

    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(1);

    /// <summary>Who asks to hold a customer, or to take them back, waits for the request before. Few calls share one.</summary>
    private readonly SemaphoreSlim[] _holds = [.. Enumerable.Range(0, 256).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>Decides what follows from a change.</summary>
    internal static IReadOnlyList<CallEffect> Of(CallChange change)
    {
        if (change is not { IsChange: true, Before: { } before, After: { } after })
        {
            return []; // a new call: nothing is asked of the carrier until somebody does something about it
        }

        var effects = new List<CallEffect>();
        if ((before.ConferenceSid is null && after.ConferenceSid is not null)
            || (before.CustomerLeg is null && after.CustomerLeg is not null)
            || after.Legs.Exists(leg => leg.Role == LegRole.OutsideParty && before.FindLeg(leg.CallSid) is null))
        {
            effects.Add(new CallEffect.ApplyUnmatchedEvents());
        }

        if (before.Status == CallStatus.Preparing && after.Status == CallStatus.Dialing)
        {
            effects.Add(new CallEffect.DialCustomer());
        }

        if (before.IsOpen && !after.IsOpen)
        {
            effects.AddRange(OfEnd(before, after));
        }
        else if (!before.IsOpen && before.CustomerLeg is null && after.CustomerLeg is { } late)
        {
            effects.Add(new CallEffect.EndLeg(late)); // the agent gave up while the order to dial was on its way
        }

        effects.AddRange(OfTransfer(before, after));
        effects.AddRange(OutsideTransfers.EffectsOf(before, after));

        // A whisper cannot be pointed to an agent on hold: when the hold ends, it is asked for again.
        var isUnheld = before.FindAgentLeg() is { Held: true } && after.FindAgentLeg() is { Held: false };
        effects.AddRange(Standing(after).Except(isUnheld ? [] : Standing(before)));
        effects.AddRange(OnRecord(before, after, change.Event));
        return [.. effects.Distinct()];
    }

    /// <summary>Tells those who listen, and does what follows from a change that was saved.</summary>
    internal async Task FollowAsync(CallChange change, CancellationToken cancellationToken)
    {
        CallTelemetry.Changed(change);
        var call = change.After!;
        Announce(call.Id, call.Version, call.LeaseUntil ?? call.ExpiresAt ?? call.FindOpenTransfer()?.ExpiresAt, AgentsOf(change));
        if (change.Before is { IsOpen: true } && !call.IsOpen)
        {
            logger.LogInformation("Call {CallId} ended: {Outcome}, by {EndedBy}", call.Id, call.Outcome, call.EndedBy);
        }

        foreach (var effect in Of(change))
        {
            await DoAsync(call, effect, cancellationToken);
        }
    }

    /// <summary>Tells those who listen that a call changed, with the agents whose call it became or no longer is.</summary>
    /// <param name="due">When the call must be looked at again.</param>
    internal void Announce(long callId, long version, DateTimeOffset? due, IEnumerable<int> agents)
    {
        deadlines.Schedule(due);
        feed.Announce(new CallChanged(callId, version));
        foreach (var agent in agents)
        {
            feed.Announce(new AgentChanged(agent));
        }
    }

    /// <summary>Asks again for what an open call needs as it stands: an earlier request may have been lost.</summary>
    internal async Task EnsureAsync(Call call, ConferenceReport conference, CancellationToken cancellationToken)
    {
        foreach (var effect in Standing(call).Concat(OfExits(call, conference)))
        {
            await DoAsync(call, effect, cancellationToken);
        }
    }

    /// <summary>Asks again for the end of a conference whose call is over.</summary>
    internal Task EnsureOverAsync(Call call, ConferenceReport conference, CancellationToken cancellationToken) =>
        call is { Outcome: CallOutcome.Missed, CustomerLeg: { } caller } && conference.Participants.All(p => p.Leg == caller)
            ? DoAsync(call, new CallEffect.SayGoodbye(caller), cancellationToken)
            : DoAsync(call, new CallEffect.EndConference(), cancellationToken);

    private static IEnumerable<CallEffect> OfEnd(Call before, Call call)
    {
        if (before.Status == CallStatus.Waiting && call is { EndedBy: CallEnder.System, EndReason: not null, CustomerLeg: { } caller })
        {
            yield return new CallEffect.SayGoodbye(caller);
            yield break;
        }

        // A customer whose phone still rings is in no conference.
        if (call is { Direction: CallDirection.Outbound, CustomerLeg: { } ringing }
            && call.DialState is not (LegState.InProgress or >= LegState.Completed))
        {
            yield return new CallEffect.EndLeg(ringing);
        }

        if (call.ConferenceEndedAt is null)
        {
            yield return new CallEffect.EndConference(); // when a party hung up it may end by itself; ending it twice does no harm
        }
    }

    /// <summary>
    /// The customer hears music while nobody talks to them, and the sender of a transfer can leave without ending the conference.
    /// </summary>
    private static IEnumerable<CallEffect> OfTransfer(Call before, Call after)
    {
        if (!after.IsOpen || after.FindCustomerLeg() is not { } customer)
        {
            yield break;
        }

        var (wasOpen, isOpen) = (before.FindOpenTransfer() is not null, after.FindOpenTransfer() is not null);
        if (!before.IsCustomerKept && after.IsCustomerKept && !(after.AwaitsAgent && customer.Held))
        {
            yield return new CallEffect.Hold(customer.CallSid, true, Spoken: after is { AwaitsAgent: true, HungUpAt: null });
        }
        else if (before.IsCustomerKept && after is { IsCustomerKept: false, IsInConversation: true, AgentHolds: false })
        {
            yield return new CallEffect.Hold(customer.CallSid, false);
        }
        else if (before.Status == CallStatus.Connected && after.Status == CallStatus.Waiting && !customer.Held)
        {
            yield return new CallEffect.Hold(customer.CallSid, true); // nobody talks to them now
        }
        else if (before is { Status: CallStatus.Claimed or CallStatus.Waiting, AwaitsAgent: false } && after.Status == CallStatus.Connected
            && customer.Held)
        {
            yield return new CallEffect.Hold(customer.CallSid, false); // somebody does again
        }

        // The leg that takes the call over was let in so that it ends the conference as it is.
        if (wasOpen != isOpen && before.AgentId == after.AgentId && after.Status != CallStatus.TransferredOut
            && after.FindAgentLeg() is { KeepsCustomer: false } agent)
        {
            yield return new CallEffect.SetEndOnExit(agent.CallSid, !isOpen);
        }

        // One who was consulted and has the call now was let in so that they could leave again.
        foreach (var leg in after.Legs.Where(leg =>
            leg is { IsIn: true, KeepsCustomer: false } && before.FindLeg(leg.CallSid) is { KeepsCustomer: true }))
        {
            yield return new CallEffect.SetEndOnExit(leg.CallSid, Ends: true, AfterHold: leg.Held);
        }
    }

    /// <summary>
    /// Whose leaving shall end the conference, and does not, or the other way round: the legs of a call that was to be handed over, all
    /// but the customer's.
    /// </summary>
    private static IEnumerable<CallEffect> OfExits(Call call, ConferenceReport conference) =>
        from participant in conference.Participants
        let leg = call.IsOpen && call.Transfers.Count > 0 ? call.FindLeg(participant.Leg) : null
        where leg is { Role: LegRole.Agent or LegRole.OutsideParty, IsIn: true } && !call.IsStray(leg)
        let ends = !leg.KeepsCustomer && (leg.Role == LegRole.OutsideParty || call.FindOpenTransfer() is null)
        where participant.EndsConference == !ends
        select new CallEffect.SetEndOnExit(leg.CallSid, ends, AfterHold: ends && leg.Held);

    /// <summary>What a call needs as it stands, whatever was done before.</summary>
    private static IEnumerable<CallEffect> Standing(Call call) =>
        call.Legs.Where(call.IsStray).Select(leg => (CallEffect)new CallEffect.RemoveLeg(leg.CallSid))
            .Concat(call.Legs.Where(leg => call.IsOpen && call.IsWhisperLost(leg))
                .Select(leg => new CallEffect.PointWhisper(leg.CallSid)))
            .Concat(call.FindCustomerLeg() is { } customer && HoldOf(call, customer) is { } hold
                ? [new CallEffect.Hold(customer.CallSid, hold, Spoken: hold && call is { AwaitsAgent: true, HungUpAt: null })]
                : [])
            .Concat(
                call is { IsOpen: true } && call.FindTargetLeg() is { } target && target.Held != call.IsHoldWanted(target.CallSid)
                ? [new CallEffect.Hold(target.CallSid, !target.Held)]
                : [])
            // Who takes a call out of a consultation may have been hearing music.
            .Concat(call is { Status: CallStatus.Connected } && call.FindAgentLeg() is { Held: true } agent
                && call.Transfers.Exists(transfer => transfer is { IsConsult: true, State: TransferState.Taken }
                && transfer.ToAgentId == call.AgentId)
                    ? [new CallEffect.Hold(agent.CallSid, false)]
                    : [])
            .Concat(call is { Status: CallStatus.TransferredOut } && call.FindTransferOut()?.OutsideLeg is { } leg
                && call.FindLeg(leg) is { IsIn: true, Held: true }
                    ? [new CallEffect.Hold(leg, false)]
                    : []);

    /// <summary>Whether the customer must be held or taken off hold because of a transfer; null when they are as they must be.</summary>
    private static bool? HoldOf(Call call, CallLeg customer) => call switch
    {
        { IsOpen: false } => null,
        { IsCustomerKept: true } => customer.Held ? null : true,
        { IsInConversation: false } => null,
        _ when call.FindOpenTransfer() is { IsTalking: true } => customer.Held ? false : null,
        // Music of ours, begun for a transfer or while the agent was gone. Any other hold is nobody's business but the agent's.
        _ when customer.Held && !call.AgentHolds && (call.Transfers.Count > 0 || call.AgentLostAt is not null) => false,
        _ => null,
    };

    private static IEnumerable<CallEffect> OnRecord(Call before, Call after, CallEvent? row)
    {
        AuditAction? action = row?.Kind switch
        {
            CallEventKind.EndedBySupervisor => AuditAction.CallEnded,
            CallEventKind.OfferedAgain => AuditAction.OfferedAgain,
            CallEventKind.RecordingPaused => AuditAction.RecordingPaused,
            CallEventKind.RecordingResumed => AuditAction.RecordingResumed,
            _ => null,
        };
        if (action is { } done)
        {
            yield return new CallEffect.Audit(done, row!.AgentId);
        }

        foreach (var leg in after.Legs.Where(leg => leg.Role == LegRole.Supervisor))
        {
            var former = before.FindLeg(leg.CallSid);
            if (former is null)
            {
                yield return new CallEffect.Audit(AuditActions.StartOf(leg.Mode), leg.AgentId);
            }
            else if (former.LeftAt is null && leg.LeftAt is not null)
            {
                yield return new CallEffect.Audit(AuditAction.ListenEnded, leg.AgentId);
            }
        }
    }

    /// <summary>Agents who have this call in hand now and had not, or had and have not, and those who are asked to take it.</summary>
    private static IEnumerable<int> AgentsOf(CallChange change)
    {
        var (former, latter) = (Concerned(change.Before), Concerned(change.After));
        return former.Except(latter).Concat(latter.Except(former)).Select(one => one.Agent).Distinct();

        // With how far they are in it: one who is asked, and then consulted, is told twice.
        static List<(int Agent, TransferState? Step)> Concerned(Call? call)
        {
            if (call is null)
            {
                return [];
            }

            var transfer = call.FindOpenTransfer();
            var inHand = call.AgentsInHand().Where(agent => agent != transfer?.ToAgentId).Select(agent => (agent, (TransferState?)null));
            return transfer?.ToAgentId is { } colleague ? [.. inHand, (colleague, transfer.State)] : [.. inHand];
        }
    }

    private Task DoAsync(Call call, CallEffect effect, CancellationToken cancellationToken)
    {
        switch (effect)
        {
            case CallEffect.ApplyUnmatchedEvents:
                return unmatched.ApplyAsync(call, cancellationToken);
            case CallEffect.Audit record:
                return audit.WriteAsync(record.Action, record.AgentId, call.Id, null, cancellationToken);
            case CallEffect.DialCustomer:
                dialler.Dial(call);
                break;
            case CallEffect.DialOutside dial:
                outside.Dial(call, dial.TransferId);
                break;
            case CallEffect.EndLeg end:
                tasks.Run($"end leg {end.Leg} of call {call.Id}", token => telephony.EndLegAsync(end.Leg, token));
                break;
            case CallEffect.EndConference:
                tasks.Run($"end the conference of call {call.Id}", token => telephony.EndConferenceAsync(call.ConferenceName, token));
                break;
            case CallEffect.SayGoodbye goodbye:
                tasks.Run($"say goodbye to the caller of call {call.Id}", token =>
                    options.CurrentValue.WhenUnanswered == WhenUnanswered.Voicemail
                    ? telephony.TakeMessageAsync(goodbye.Customer, call.Id, token)
                    : telephony.ApologiseAsync(goodbye.Customer, token));
                break;
            case CallEffect.RemoveLeg stray:
                logger.LogWarning("Leg {Leg} has no business in call {CallId} and is removed", stray.Leg, call.Id);
                tasks.Run($"remove leg {stray.Leg}", token => RemoveAsync(call, stray.Leg, token));
                break;
            case CallEffect.SetEndOnExit exit when call.ConferenceSid is { } conference:
                tasks.Run($"set what leg {exit.Leg} ends", token => SetEndOnExitAsync(conference, exit, token));
                break;
            case CallEffect.Hold music when call.ConferenceSid is { } conference:
                tasks.Run($"hold the customer of call {call.Id}", token => HoldAsync(call.Id, conference, music, token));
                break;
            case CallEffect.PointWhisper whisper:
                tasks.Run($"point the whisper in call {call.Id} again", token => PointWhisperAsync(call.Id, whisper.Supervisor, token));
                break;
        }

        return Task.CompletedTask;
    }

    /// <summary>
    /// In this order, and not at all when the first fails: a leg that was let in as an agent's ends the conference by leaving.
    /// </summary>
    private async Task RemoveAsync(Call call, CallSid leg, CancellationToken cancellationToken)
    {
        if (call.ConferenceSid is not { } conference)
        {
            await telephony.EndLegAsync(leg, cancellationToken);
            return;
        }

        await AskAsync(() => telephony.SetEndOnExitAsync(conference, leg, ends: false, cancellationToken), cancellationToken);
        await AskAsync(() => telephony.RemoveParticipantAsync(conference, leg, cancellationToken), cancellationToken);
    }

    private async Task SetEndOnExitAsync(string conference, CallEffect.SetEndOnExit exit, CancellationToken cancellationToken)
    {
        if (exit.AfterHold)
        {
            await AskAsync(() => telephony.SetHoldAsync(conference, exit.Leg, hold: false, cancellationToken), cancellationToken);
        }

        await AskAsync(() => telephony.SetEndOnExitAsync(conference, exit.Leg, exit.Ends, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// One after the other, and only while it is still wanted: a hold whose answer is slow must not come after the one that takes the
    /// customer back.
    /// </summary>
    private async Task HoldAsync(long callId, string conference, CallEffect.Hold music, CancellationToken cancellationToken)
    {
        var turn = _holds[(int)(callId % _holds.Length)];
        await turn.WaitAsync(cancellationToken);
        try
        {
            await AskAsync(
                async () =>
                {
                    if (await store.FindAsync(callId, cancellationToken) is not { IsOpen: true } call
                        || call.IsHoldWanted(music.Leg) != music.IsHeld)
                    {
                        return;
                    }

                    await (music.Spoken
                        ? telephony.HoldForReturnAsync(conference, music.Leg, cancellationToken)
                        : telephony.SetHoldAsync(conference, music.Leg, music.IsHeld, cancellationToken));
                },
                cancellationToken);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>
    /// Asks again while the carrier refuses or does not answer: a customer must not stay on hold because of one lost request.
    /// </summary>
    private async Task AskAsync(Func<Task> request, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await request();
                return;
            }
            catch (TelephonyException ex) when (attempt < MostAttempts)
            {
                logger.LogWarning(ex, "The carrier did not do as it was asked; it is asked again");
            }

            await Task.Delay(BetweenAttempts, time, cancellationToken);
        }
    }

    private async Task PointWhisperAsync(long callId, CallSid supervisor, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(callId, cancellationToken) is not { ConferenceSid: { } conference } call
            || call.FindLeg(supervisor) is not { } whispering || !call.IsWhisperLost(whispering))
        {
            return; // the supervisor has chosen otherwise, or somebody has gone
        }

        var agent = call.FindAgentLeg()!.CallSid;
        await telephony.SetCoachingAsync(conference, supervisor, SupervisorMode.Whisper, agent, cancellationToken);
        await store.ChangeAsync(callId, c =>
        {
            if (c.FindLeg(supervisor) is not { } leg || !c.IsWhisperLost(leg))
            {
                return false;
            }

            leg.TakePart(SupervisorMode.Whisper, agent);
            return true;
        }, cancellationToken);
    }
}
