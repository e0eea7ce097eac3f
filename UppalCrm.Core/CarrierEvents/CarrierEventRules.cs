namespace UppalCrm.Core.CarrierEvents;

/// <summary>
/// What the carrier's events do to a call. Pure, and independent of the order in which events come: facts are kept on the legs
/// (who joined and left, by the carrier's clock and sequence), and what follows from them is worked out again each time.
/// </summary>
internal static partial class CarrierEventRules
{
    /// <summary>Applies an event of the carrier as it is kept; one of another source changes nothing.</summary>
    /// <returns>Whether anything changed.</returns>
    public static bool Apply(Call call, CallEvent row) => (row.Kind, row.Detail) switch
    {
        (_, null) => false,
        (CallEventKind.ConferenceStarted or CallEventKind.ConferenceEnded or CallEventKind.ConferenceJoined or CallEventKind.ConferenceLeft
            or CallEventKind.ConferenceMuted or CallEventKind.ConferenceUnmuted or CallEventKind.ConferenceHeld
            or CallEventKind.ConferenceUnheld
            or CallEventKind.ConferenceModified, var detail) => Apply(call, CallStore.FromDetail<ConferenceEvent>(detail), row.ReceivedAt),
        (
            CallEventKind.LegQueued or CallEventKind.LegRinging or CallEventKind.LegInProgress or CallEventKind.LegCompleted
                or CallEventKind.LegBusy
            or CallEventKind.LegNoAnswer or CallEventKind.LegFailed or CallEventKind.LegCanceled, var detail) =>
            Apply(call, CallStore.FromDetail<LegEvent>(detail), row.ReceivedAt),
        (CallEventKind.RecordingCompleted or CallEventKind.RecordingAbsent, var detail) =>
            Apply(call, CallStore.FromDetail<RecordingEvent>(detail)),
        _ => false,
    };

    /// <returns>Whether anything changed.</returns>
    public static bool Apply(Call call, ConferenceEvent report, DateTimeOffset receivedAt)
    {
        var at = Believable(report.At, receivedAt);
        var changed = false;
        if (call.ConferenceSid is null)
        {
            call.ConferenceSid = report.ConferenceSid;
            changed = true;
        }

        if (call.IsInternal)
        {
            return changed | ApplyInternal(call, report, at);
        }

        if (report.Happening == ConferenceEventKind.Ended)
        {
            changed |= ApplyEnd(call, report, at);
        }
        else if (report.Leg is { } sid && FindLeg(call, sid) is { } leg)
        {
            changed |= report.Happening switch
            {
                ConferenceEventKind.Joined => ApplyJoin(call, leg, report, at),
                ConferenceEventKind.Left => ApplyLeave(call, leg, report, at),
                _ => false,
            };
            changed |= ApplyFacts(leg, report, at);
        }

        return changed | Settle(call, receivedAt);
    }

    /// <returns>Whether anything changed.</returns>
    public static bool Apply(Call call, LegEvent report, DateTimeOffset receivedAt)
    {
        if (call.FindLeg(report.Leg) is { Role: LegRole.OutsideParty } outside)
        {
            return ApplyOutside(call, outside, report, receivedAt);
        }

        if (call.IsInternal || (call.CustomerLeg is { } customer && customer != report.Leg))
        {
            return false; // an agent's leg: its conference events tell all we need
        }

        if (call.Direction == CallDirection.Inbound)
        {
            // The conference tells when the caller left; this is the second witness, in case that event was lost.
            if (report.State < LegState.Completed || !LeaveCustomer(call, report, receivedAt))
            {
                return false;
            }

            if (call.AnsweredAt is null)
            {
                Settle(call, receivedAt); // nobody was there to hang up but the caller
            }

            return true;
        }

        var changed = false;
        if (call.DialState is null || report.State > call.DialState)
        {
            call.DialState = report.State;
            changed = true;
        }

        changed |= report.State switch
        {
            LegState.Busy => End(CallOutcome.Busy, "The number is busy."),
            LegState.NoAnswer => End(CallOutcome.NoAnswer, "Nobody answered."),
            LegState.Failed => End(CallOutcome.Failed, "The number could not be reached."),
            LegState.Canceled => End(CallOutcome.Cancelled, "The call was cancelled."),
            LegState.Completed => LeaveCustomer(call, report, receivedAt),
            _ => false,
        };
        return changed | Settle(call, receivedAt);

        bool End(CallOutcome outcome, string reason)
        {
            var at = Believable(report.At, receivedAt);
            if (call.TryEnd(CallTrigger.CustomerNotReached, at, outcome, CallEnder.Carrier, reason))
            {
                return true;
            }

            if (call is not { AnsweredAt: null, Outcome: CallOutcome.Cancelled, EndReason: null } || outcome == CallOutcome.Cancelled)
            {
                return false;
            }

            // The conference's end overtook its cause: it looked as if the agent had given up.
            call.CorrectEnd(at, outcome, CallEnder.Carrier, call.DurationSeconds);
            call.EndReason = reason;
            return true;
        }
    }

    /// <returns>Whether anything changed.</returns>
    public static bool Apply(Call call, RecordingEvent report)
    {
        if (report.IsAbsent || call.RecordingSid == report.RecordingSid || (call.RecordingSid is not null && !report.IsMessage))
        {
            return false;
        }

        if (report is { IsMessage: true, DurationSeconds: 0 })
        {
            return false; // nothing was said: the call is missed, and there is no message
        }

        call.RecordingSid = report.RecordingSid;
        call.RecordingUrl = report.RecordingUrl;
        call.RecordingDurationSeconds = report.DurationSeconds;
        if (report.IsMessage && call.Outcome == CallOutcome.Missed)
        {
            call.Outcome = CallOutcome.Voicemail;
        }

        return true;
    }

    /// <summary>What the carrier says of a participant when it is asked.</summary>
    /// <returns>Whether anything changed.</returns>
    public static bool Correct(CallLeg leg, ParticipantReport participant, DateTimeOffset now) =>
        SetFacts(leg, participant.Muted, participant.Held, participant.Coaching, now);

    private static bool ApplyJoin(Call call, CallLeg leg, ConferenceEvent report, DateTimeOffset at)
    {
        if (leg.JoinedAt is not null)
        {
            return false;
        }

        leg.JoinedAt = at;
        if (leg.LeftAt is not null && (!leg.KeepsCustomer || call.AwaitsAgent))
        {
            return true; // it has come and gone: Settle works out what that means
        }

        switch (leg.Role)
        {
            case LegRole.Agent when call.IsParked:
                break; // told late: the call has been put aside since
            case LegRole.Agent when (call.Direction == CallDirection.Inbound || call.AnsweredAt is not null)
                && (call.AgentId is null || call.AgentId == leg.AgentId):
                var owner = call.AgentId ?? leg.AgentId;
                if (call.TryApply(CallTrigger.AgentJoined, at))
                {
                    call.AgentId = owner;
                    call.ClaimedAt ??= at;
                }

                break;
            case LegRole.Agent when call.Direction == CallDirection.Outbound:
                call.TryApply(CallTrigger.DialStarted, at);
                break;
            case LegRole.Customer when call.Direction == CallDirection.Outbound:
                call.TryApply(CallTrigger.CustomerAnswered, at);
                break;
        }

        return true;
    }

    private static bool ApplyLeave(Call call, CallLeg leg, ConferenceEvent report, DateTimeOffset at)
    {
        // When the conference was ended, by a request or by one whose leaving ends it, who was taken out first means nothing.
        var wasTakenOut = report.Reason is { } reason
            && (reason.Contains("via", StringComparison.Ordinal) || reason.Contains("moderator", StringComparison.Ordinal));
        if (leg.LeftSequence is not null || (wasTakenOut && leg.LeftAt <= at)) // the conference's end may have been told first
        {
            return false;
        }

        leg.Leave(at); // also when the leg's own callback said so first: the conference knows better when
        leg.LeftSequence = wasTakenOut ? null : report.Sequence;
        if (leg.Role == LegRole.Customer)
        {
            EndFor(call, CallTrigger.CustomerLeft, at);
        }
        else if (call.IsAgents(leg) && call.FindAgentLeg() is null && !call.HasCompany
            && !(leg.KeepsCustomer && call.Status == CallStatus.Connected)) // then Settle works out whether somebody is waited for
        {
            EndFor(call, CallTrigger.AgentLeft, at);
        }

        return true;
    }

    private static bool ApplyEnd(Call call, ConferenceEvent report, DateTimeOffset at)
    {
        if (call.ConferenceEndedAt is not null)
        {
            return false;
        }

        call.ConferenceEndedAt = at;
        call.EndingLeg = report.Leg;
        EndFor(call, CallTrigger.ConferenceEnded, at);
        return true;
    }

    /// <summary>Muted, held and coaching, unless a newer event has set them already.</summary>
    private static bool ApplyFacts(CallLeg leg, ConferenceEvent report, DateTimeOffset at)
    {
        if (report.Sequence <= leg.LastSequence)
        {
            return false;
        }

        leg.LastSequence = report.Sequence;
        if (leg.LeftAt is not null)
        {
            return false;
        }

        var muted = report.Happening switch
        {
            ConferenceEventKind.Muted => true,
            ConferenceEventKind.Unmuted => false,
            _ => report.Muted ?? leg.Muted,
        };
        var held = report.Happening switch
        {
            ConferenceEventKind.Held => true,
            ConferenceEventKind.Unheld => false,
            _ => report.Held ?? leg.Held,
        };
        return SetFacts(leg, muted, held, report.Coaching ?? leg.Coaching, at);
    }

    private static bool SetFacts(CallLeg leg, bool muted, bool held, bool coaching, DateTimeOffset at)
    {
        if (muted == leg.Muted && held == leg.Held && coaching == leg.Coaching)
        {
            return false;
        }

        leg.HeldSince = !held ? null : leg.HeldSince ?? at;
        (leg.Muted, leg.Held, leg.Coaching) = (muted, held, coaching);
        return true;
    }

    private static bool LeaveCustomer(Call call, LegEvent report, DateTimeOffset receivedAt)
    {
        var at = Believable(report.At, receivedAt);
        var leg = call.GetOrAddLeg(report.Leg, LegRole.Customer);
        if (leg.LeftAt is not null)
        {
            return false;
        }

        leg.Leave(at);
        if (call.Direction == CallDirection.Outbound && report.DurationSeconds is > 0
            && call.Status is CallStatus.Preparing or CallStatus.Dialing)
        {
            // It was answered, and that event is still on its way. How long it lasted is known already.
            call.TryApply(CallTrigger.CustomerAnswered, at - TimeSpan.FromSeconds(report.DurationSeconds.Value));
        }

        EndFor(call, CallTrigger.CustomerLeft, at);
        return true;
    }

    private static void EndFor(Call call, CallTrigger trigger, DateTimeOffset at)
    {
        var neverAnswered = call.Direction == CallDirection.Inbound ? CallOutcome.Abandoned : CallOutcome.Cancelled;
        call.TryEnd(trigger, at, call.AnsweredAt is null ? neverAnswered : CallOutcome.Answered, CallEnder.System);
        // Who ended it follows in Settle.
    }

    /// <summary>Works out, from the legs, when the parties met, when they parted and who left first.</summary>
    private static bool Settle(Call call, DateTimeOffset receivedAt)
    {
        var changed = HandOver(call, receivedAt) | NoteCompany(call) | NoteLoss(call, receivedAt) | NoteOutsideLeft(call);
        var customer = FirstIn(call, call.Legs.Where(l => l.Role == LegRole.Customer));
        // Whom the customer talked with in the end: who left first of the two ended the call.
        var agent = call.FindTransferOut()?.OutsideLeg is { } outside
            ? call.FindLeg(outside)
            : LastIn(call, call.Legs.Where(l => call.AgentId is null ? l.Role == LegRole.Agent : call.IsAgents(l)));
        var first = FirstIn(call, call.Legs.Where(call.WasAgents));
        foreach (var leg in call.Legs.Where(l => l.IsIn && call.ConferenceEndedAt is not null))
        {
            leg.Leave(call.ConferenceEndedAt!.Value); // nobody stays in a conference that is over; the leg's own event knows better when
            changed = true;
        }

        if (customer?.JoinedAt is { } customerJoined && first is not null && call.JoinOf(first) is { } agentJoined)
        {
            var met = customerJoined > agentJoined ? customerJoined : agentJoined;
            if (call.AnsweredAt != met && call.Status is CallStatus.Connected or CallStatus.Ended && WasEndedByTheParties(call))
            {
                call.AnsweredAt = met;
                call.AgentId ??= first.AgentId;
                changed = true;
            }
        }

        if (call.Status != CallStatus.Ended || !WasEndedByTheParties(call))
        {
            return changed;
        }

        // The leaving of an agent whose leg keeps the customer ended nothing; what ended the call then is that they hung up.
        var ended = new[]
        {
            customer?.LeftAt, agent is { KeepsCustomer: true } ? call.HungUpAt : agent?.LeftAt, call.ConferenceEndedAt,
        }.Where(t => t is not null).Min() ?? call.EndedAt;
        if (ended < call.AnsweredAt)
        {
            ended = call.AnsweredAt;
        }

        var outcome = call.AnsweredAt is not null ? CallOutcome.Answered : call.Outcome;
        var by = call.HungUpAt is not null || call.JoinedToId is not null ? CallEnder.Agent
            : WhoLeftFirst(call, customer, agent is { KeepsCustomer: true } ? null : agent) ?? call.EndedBy;
        int? duration = call.AnsweredAt is { } answered ? (int)Math.Round((ended!.Value - answered).TotalSeconds) : null;
        if (call.EndedAt != ended || call.Outcome != outcome || call.EndedBy != by || call.DurationSeconds != duration)
        {
            call.CorrectEnd(ended, outcome, by, duration);
            changed = true;
        }

        return changed;
    }

    private static CallLeg? FirstIn(Call call, IEnumerable<CallLeg> legs) =>
        legs.MinBy(leg => call.JoinOf(leg) ?? DateTimeOffset.MaxValue);

    private static CallLeg? LastIn(Call call, IEnumerable<CallLeg> legs) => legs.MaxBy(leg => (call.JoinOf(leg) is not null, leg.Order));

    /// <summary>Not when the clock, a supervisor or the network ended it: that was decided, and stays.</summary>
    private static bool WasEndedByTheParties(Call call) =>
        call.Status != CallStatus.Ended
        || (call.EndReason is null && call.Outcome is CallOutcome.Answered or CallOutcome.Abandoned or CallOutcome.Cancelled
            && call.EndedBy is not CallEnder.Supervisor);

    private static CallEnder? WhoLeftFirst(Call call, CallLeg? customer, CallLeg? agent)
    {
        if (call.EndingLeg is { } ending)
        {
            return customer?.CallSid == ending ? CallEnder.Customer
                : call.FindLeg(ending)?.Role switch
                {
                    LegRole.Agent => CallEnder.Agent,
                    LegRole.OutsideParty => CallEnder.OutsideParty,
                    _ => CallEnder.System,
                };
        }

        var other = agent?.Role == LegRole.OutsideParty ? CallEnder.OutsideParty : CallEnder.Agent;
        return (customer?.LeftSequence ?? int.MaxValue, agent?.LeftSequence ?? int.MaxValue) switch
        {
            (int.MaxValue, int.MaxValue) when call.EndedBy is not (null or CallEnder.System) => null,
            (int.MaxValue, int.MaxValue) when customer?.LeftAt is not null => CallEnder.Customer,
            (int.MaxValue, int.MaxValue) => agent?.LeftAt is not null ? other : null,
            var (c, a) => c < a ? CallEnder.Customer : other,
        };
    }

    private static CallLeg? FindLeg(Call call, CallSid sid) =>
        call.FindLeg(sid) ?? (call.CustomerLeg == sid ? call.GetOrAddLeg(sid, LegRole.Customer) : null);

    /// <summary>The carrier's time, unless it lies ahead of our clock by more than two clocks may differ.</summary>
    private static DateTimeOffset Believable(DateTimeOffset? told, DateTimeOffset receivedAt) =>
        told is { } at && at <= receivedAt + TimeSpan.FromMinutes(15) ? at : receivedAt;
}
