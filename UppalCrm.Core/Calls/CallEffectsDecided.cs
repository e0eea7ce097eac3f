namespace UppalCrm.Core.Calls;

/// <content>What follows, decided from the call before and after the change alone.</content>
public sealed partial class CallEffects
{
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

        if (before.Status == CallStatus.Preparing && after is { Status: CallStatus.Dialing, Direction: CallDirection.Outbound })
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

        if (before is { ParkedCallId: { } parked, AgentId: { } owner } && before.AgentsInHand().Contains(owner)
            && !after.AgentsInHand().Contains(owner))
        {
            effects.Add(new CallEffect.TakeUpParked(parked));
        }

        effects.AddRange(OfCustomer(before, after));
        effects.AddRange(OfCompany(before, after));
        effects.AddRange(OutsideTransfers.EffectsOf(before, after));

        // A whisper cannot be pointed to an agent on hold: when the hold ends, it is asked for again.
        var isUnheld = before.FindAgentLeg() is { Held: true } && after.FindAgentLeg() is { Held: false };
        effects.AddRange(Standing(after).Except(isUnheld ? [] : Standing(before)));
        effects.AddRange(OnRecord(before, after, change.Event));
        return [.. effects.Distinct()];
    }

    private static IEnumerable<CallEffect> OfEnd(Call before, Call call)
    {
        if (before.Status == CallStatus.Waiting && call is { EndedBy: CallEnder.System, EndReason: not null, CustomerLeg: { } caller })
        {
            yield return new CallEffect.SayGoodbye(caller);
            yield break;
        }

        // A customer whose phone still rings is in no conference. One who was brought into another call is not ours to end.
        if (call is { Direction: CallDirection.Outbound, JoinedToId: null, CustomerLeg: { } ringing }
            && call.DialState is not (LegState.InProgress or >= LegState.Completed))
        {
            yield return new CallEffect.EndLeg(ringing);
        }

        if (call.ConferenceEndedAt is null)
        {
            yield return new CallEffect.EndConference(); // when a party hung up it may end by itself; ending it twice does no harm
        }
    }

    /// <summary>The customer hears music while nobody talks to them.</summary>
    private static IEnumerable<CallEffect> OfCustomer(Call before, Call after)
    {
        if (!after.IsOpen || after.FindCustomerLeg() is not { } customer)
        {
            yield break;
        }

        if (!before.IsCustomerKept && after.IsCustomerKept && !(after.AwaitsAgent && customer.Held))
        {
            yield return new CallEffect.Hold(customer.CallSid, true, Spoken: IsToldOfReturn(after));
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
    }

    /// <summary>
    /// The sender of a transfer can leave without ending the conference, whenever it is told that they and others are in.
    /// </summary>
    private static IEnumerable<CallEffect> OfCompany(Call before, Call after)
    {
        if (!after.IsOpen)
        {
            yield break;
        }

        var (hadCompany, hasCompany) = (before.HasCompany, after.HasCompany);
        // The leg that takes the call over was let in so that it ends the conference as it is.
        if (before.AgentId == after.AgentId && after.Status != CallStatus.TransferredOut
            && after.FindAgentLeg() is { KeepsCustomer: false } agent
            && (hadCompany != hasCompany || (hasCompany && before.FindLeg(agent.CallSid) is not { IsIn: true })))
        {
            yield return new CallEffect.SetEndOnExit(agent.CallSid, !hasCompany);
        }
        else if (before.AgentId != after.AgentId && hasCompany && after.FindAgentLeg() is { KeepsCustomer: false } heir)
        {
            yield return new CallEffect.SetEndOnExit(heir.CallSid, false);
        }

        // One who was consulted and has the call now was let in so that they could leave again.
        foreach (var leg in after.Legs.Where(leg =>
            leg is { IsIn: true, KeepsCustomer: false } && !hasCompany && before.FindLeg(leg.CallSid) is { KeepsCustomer: true }))
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
        let ends = !leg.KeepsCustomer && (leg.Role == LegRole.OutsideParty || !call.HasCompany)
        where participant.EndsConference == !ends
        select new CallEffect.SetEndOnExit(leg.CallSid, ends, AfterHold: ends && leg.Held);

    /// <summary>What a call needs as it stands, whatever was done before.</summary>
    private static IEnumerable<CallEffect> Standing(Call call) =>
        call.Legs.Where(call.IsStray).Select(leg => (CallEffect)new CallEffect.RemoveLeg(leg.CallSid))
            .Concat(call.Legs.Where(leg => call.IsOpen && call.IsWhisperLost(leg))
                .Select(leg => new CallEffect.PointWhisper(leg.CallSid)))
            .Concat(call.FindCustomerLeg() is { } customer && HoldOf(call, customer) is { } hold
                ? [new CallEffect.Hold(customer.CallSid, hold, Spoken: hold && IsToldOfReturn(call))]
                : [])
            .Concat(
                from party in call.Transfers
                where call.IsOpen && (party.IsOpen || party.IsJoined)
                let beside = call.FindLegOf(party)
                where beside is not null && beside.Held != call.IsHoldWanted(beside.CallSid)
                select new CallEffect.Hold(beside.CallSid, !beside.Held))
            // Who takes a call out of a consultation may have been hearing music.
            .Concat(call is { Status: CallStatus.Connected } && call.FindAgentLeg() is { Held: true } agent
                && call.Transfers.Exists(transfer => transfer is { IsConsult: true, State: TransferState.Taken }
                && transfer.ToAgentId == call.AgentId)
                    ? [new CallEffect.Hold(agent.CallSid, false)]
                    : [])
            // Muted by the agent when they were beside them; who has the call now is heard.
            .Concat(call is { Status: CallStatus.Connected } && call.FindAgentLeg() is { Muted: true } silenced
                && call.Transfers.Exists(transfer => transfer.State == TransferState.Taken && transfer.ToAgentId == call.AgentId)
                ? [new CallEffect.Unmute(silenced.CallSid)]
                : [])
            .Concat(call is { Status: CallStatus.TransferredOut } && call.FindTransferOut()?.OutsideLeg is { } silent
                && call.FindLeg(silent) is { IsIn: true, Muted: true }
                    ? [new CallEffect.Unmute(silent)]
                    : [])
            .Concat(call is { Status: CallStatus.TransferredOut } && call.FindTransferOut()?.OutsideLeg is { } leg
                && call.FindLeg(leg) is { IsIn: true, Held: true }
                    ? [new CallEffect.Hold(leg, false)]
                    : []);

    /// <summary>A customer whose agent was cut off is told that they come back; one who is put aside was told by the agent.</summary>
    private static bool IsToldOfReturn(Call call) => call is { AwaitsAgent: true, HungUpAt: null, ParkedAt: null };

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
            CallEventKind.TakenOver => AuditAction.CallTakenOver,
            CallEventKind.HandedToAnother => AuditAction.CallHandedToAnother,
            CallEventKind.BroughtOver when row.Source == EventSource.Supervisor => AuditAction.CallsJoined,
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

            var asked = call.Transfers.Where(transfer => transfer.IsOpen || transfer.IsJoined)
                .Where(transfer => transfer.ToAgentId is not null)
                .Select(transfer => (Agent: transfer.ToAgentId!.Value, Step: (TransferState?)transfer.State)).ToList();
            var inHand = call.AgentsInHand().Where(agent => !asked.Exists(one => one.Agent == agent))
                .Select(agent => (agent, (TransferState?)null));
            return [.. inHand, .. asked];
        }
    }
}
