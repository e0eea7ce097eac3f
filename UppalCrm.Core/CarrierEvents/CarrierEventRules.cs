namespace UppalCrm.Core.CarrierEvents;

/// <summary>
/// What the carrier's news does to a call. Pure, and independent of the order in which the news comes: facts are kept on the legs
/// (who joined and left, by the carrier's clock and sequence), and what follows from them is worked out anew each time.
/// </summary>
internal static class CarrierEventRules
{
    /// <returns>Whether anything changed.</returns>
    public static bool Apply(Call call, ConferenceEvent news, DateTimeOffset receivedAt)
    {
        var at = Believable(news.At, receivedAt);
        var changed = false;
        if (call.ConferenceSid is null)
        {
            call.ConferenceSid = news.ConferenceSid;
            changed = true;
        }

        if (news.Happening == ConferenceEventKind.Ended)
        {
            changed |= ApplyEnd(call, news, at);
        }
        else if (news.Leg is { } sid && FindLeg(call, sid) is { } leg)
        {
            changed |= news.Happening switch
            {
                ConferenceEventKind.Joined => ApplyJoin(call, leg, news, at),
                ConferenceEventKind.Left => ApplyLeave(call, leg, news, at),
                _ => false,
            };
            changed |= ApplyFacts(leg, news, at);
        }

        return changed | Settle(call);
    }

    /// <returns>Whether anything changed.</returns>
    public static bool Apply(Call call, LegEvent news, DateTimeOffset receivedAt)
    {
        if (call.CustomerLeg is { } customer && customer != news.Leg)
        {
            return false; // an agent's leg: its conference events tell all we need
        }

        if (call.Direction == CallDirection.Inbound)
        {
            // The conference tells when the caller left; this is the second witness, in case that news was lost.
            return news.State >= LegState.Completed && LeaveCustomer(call, news, receivedAt);
        }

        var changed = false;
        if (call.DialState is null || news.State > call.DialState)
        {
            call.DialState = news.State;
            changed = true;
        }

        changed |= news.State switch
        {
            LegState.Busy => End(CallOutcome.Busy, "The number is busy."),
            LegState.NoAnswer => End(CallOutcome.NoAnswer, "Nobody answered."),
            LegState.Failed => End(CallOutcome.Failed, "The number could not be reached."),
            LegState.Canceled => End(CallOutcome.Cancelled, "The call was cancelled."),
            LegState.Completed => LeaveCustomer(call, news, receivedAt),
            _ => false,
        };
        return changed | Settle(call);

        bool End(CallOutcome outcome, string reason)
        {
            var at = Believable(news.At, receivedAt);
            if (call.TryEnd(CallTrigger.CustomerNotReached, at, outcome, CallEnder.Carrier, reason))
            {
                return true;
            }

            if (call is not { AnsweredAt: null, Outcome: CallOutcome.Cancelled, EndReason: null } || outcome == CallOutcome.Cancelled)
            {
                return false;
            }

            // The room's end overtook its cause: it looked as if the agent had given up.
            (call.Outcome, call.EndedBy, call.EndReason, call.EndedAt) = (outcome, CallEnder.Carrier, reason, at);
            return true;
        }
    }

    /// <returns>Whether anything changed.</returns>
    public static bool Apply(Call call, RecordingEvent news)
    {
        if (news.IsAbsent || call.RecordingSid == news.RecordingSid || (call.RecordingSid is not null && !news.IsMessage))
        {
            return false;
        }

        call.RecordingSid = news.RecordingSid;
        call.RecordingUrl = news.RecordingUrl;
        call.RecordingDurationSeconds = news.DurationSeconds;
        if (news.IsMessage && call.Outcome == CallOutcome.Missed)
        {
            call.Outcome = CallOutcome.Voicemail;
        }

        return true;
    }

    private static bool ApplyJoin(Call call, CallLeg leg, ConferenceEvent news, DateTimeOffset at)
    {
        if (leg.JoinedAt is not null)
        {
            return false;
        }

        leg.JoinedAt = at;
        if (leg.LeftAt is not null)
        {
            return true; // it has come and gone: Settle works out what that means
        }

        switch (leg.Role)
        {
            case LegRole.Agent when call.Direction == CallDirection.Inbound && (call.AgentId is null || call.AgentId == leg.AgentId):
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

    private static bool ApplyLeave(Call call, CallLeg leg, ConferenceEvent news, DateTimeOffset at)
    {
        // When the room was ended by an order, who was taken out first means nothing: whoever gave the order is on the call already.
        var wasTakenOut = news.Reason?.Contains("via", StringComparison.Ordinal) == true;
        if (leg.LeftSequence is not null || (wasTakenOut && leg.LeftAt is not null))
        {
            return false;
        }

        Leave(leg, at); // also when the leg's own callback said so first: the conference knows better when
        leg.LeftSequence = wasTakenOut ? null : news.Sequence;
        if (leg.Role == LegRole.Customer)
        {
            EndFor(call, CallTrigger.CustomerLeft, at);
        }
        else if (leg.Role == LegRole.Agent && leg.AgentId == call.AgentId && !call.Legs.Any(other => other != leg && other.Role == LegRole.Agent && other.IsIn && other.AgentId == call.AgentId))
        {
            EndFor(call, CallTrigger.AgentLeft, at);
        }

        return true;
    }

    private static bool ApplyEnd(Call call, ConferenceEvent news, DateTimeOffset at)
    {
        if (call.ConferenceEndedAt is not null)
        {
            return false;
        }

        call.ConferenceEndedAt = at;
        call.EndingLeg = news.Leg;
        EndFor(call, CallTrigger.ConferenceEnded, at);
        return true;
    }

    /// <summary>Muted, held and coaching, unless newer news has set them already.</summary>
    private static bool ApplyFacts(CallLeg leg, ConferenceEvent news, DateTimeOffset at)
    {
        if (news.Sequence <= leg.LastSequence)
        {
            return false;
        }

        leg.LastSequence = news.Sequence;
        if (leg.LeftAt is not null)
        {
            return false;
        }

        var muted = news.Happening switch { ConferenceEventKind.Muted => true, ConferenceEventKind.Unmuted => false, _ => news.Muted ?? leg.Muted };
        var held = news.Happening switch { ConferenceEventKind.Held => true, ConferenceEventKind.Unheld => false, _ => news.Held ?? leg.Held };
        var coaching = news.Coaching ?? leg.Coaching;
        if (muted == leg.Muted && held == leg.Held && coaching == leg.Coaching)
        {
            return false;
        }

        leg.HeldSince = !held ? null : leg.HeldSince ?? at;
        (leg.Muted, leg.Held, leg.Coaching) = (muted, held, coaching);
        return true;
    }

    private static bool LeaveCustomer(Call call, LegEvent news, DateTimeOffset receivedAt)
    {
        var at = Believable(news.At, receivedAt);
        var leg = call.LegOf(news.Leg, LegRole.Customer);
        if (leg.LeftAt is not null)
        {
            return false;
        }

        Leave(leg, at);
        if (call.Direction == CallDirection.Outbound && news.DurationSeconds is > 0 && call.Status is CallStatus.Preparing or CallStatus.Dialing)
        {
            // It was answered, and that news is still on its way. How long it lasted is known already.
            call.TryApply(CallTrigger.CustomerAnswered, at - TimeSpan.FromSeconds(news.DurationSeconds.Value));
        }

        EndFor(call, CallTrigger.CustomerLeft, at);
        return true;
    }

    private static void Leave(CallLeg leg, DateTimeOffset at)
    {
        leg.LeftAt = at;
        leg.Held = false;
        leg.HeldSince = null;
    }

    private static void EndFor(Call call, CallTrigger trigger, DateTimeOffset at)
    {
        var neverAnswered = call.Direction == CallDirection.Inbound ? CallOutcome.Abandoned : CallOutcome.Cancelled;
        call.TryEnd(trigger, at, call.AnsweredAt is null ? neverAnswered : CallOutcome.Answered, CallEnder.System);
        // Who ended it follows in Settle.
    }

    /// <summary>Works out, from the legs, when the parties met, when they parted and who left first.</summary>
    private static bool Settle(Call call)
    {
        var customer = call.Legs.Where(l => l.Role == LegRole.Customer).OrderBy(l => l.JoinedAt ?? DateTimeOffset.MaxValue).FirstOrDefault();
        var agent = call.Legs.Where(l => l.Role == LegRole.Agent && (call.AgentId is null || l.AgentId == call.AgentId))
            .OrderBy(l => l.JoinedAt ?? DateTimeOffset.MaxValue).FirstOrDefault();
        var changed = false;
        foreach (var leg in call.Legs.Where(l => l.IsIn && call.ConferenceEndedAt is not null))
        {
            Leave(leg, call.ConferenceEndedAt!.Value); // nobody stays in a room that is over; its own news, if it still comes, knows better when
            changed = true;
        }

        if (customer?.JoinedAt is { } customerJoined && agent?.JoinedAt is { } agentJoined)
        {
            var met = customerJoined > agentJoined ? customerJoined : agentJoined;
            if (call.AnsweredAt != met && call.Status is CallStatus.Connected or CallStatus.Ended && WasEndedByTheParties(call))
            {
                call.AnsweredAt = met;
                call.AgentId ??= agent.AgentId;
                changed = true;
            }
        }

        if (call.Status != CallStatus.Ended || !WasEndedByTheParties(call))
        {
            return changed;
        }

        var ended = new[] { customer?.LeftAt, agent?.LeftAt, call.ConferenceEndedAt }.Where(t => t is not null).Min() ?? call.EndedAt;
        if (ended < call.AnsweredAt)
        {
            ended = call.AnsweredAt;
        }

        var outcome = call.AnsweredAt is not null ? CallOutcome.Answered : call.Outcome;
        var by = WhoLeftFirst(call, customer, agent) ?? call.EndedBy;
        int? duration = call.AnsweredAt is { } answered ? (int)Math.Round((ended!.Value - answered).TotalSeconds) : null;
        if (call.EndedAt != ended || call.Outcome != outcome || call.EndedBy != by || call.DurationSeconds != duration)
        {
            (call.EndedAt, call.Outcome, call.EndedBy, call.DurationSeconds) = (ended, outcome, by, duration);
            changed = true;
        }

        return changed;
    }

    /// <summary>Not when the clock, a supervisor or the network ended it: that was decided, and stays.</summary>
    private static bool WasEndedByTheParties(Call call) =>
        call.Status != CallStatus.Ended
        || (call.EndReason is null && call.Outcome is CallOutcome.Answered or CallOutcome.Abandoned or CallOutcome.Cancelled && call.EndedBy is not CallEnder.Supervisor);

    private static CallEnder? WhoLeftFirst(Call call, CallLeg? customer, CallLeg? agent)
    {
        if (call.EndingLeg is { } ending)
        {
            return customer?.CallSid == ending ? CallEnder.Customer : call.FindLeg(ending)?.Role == LegRole.Agent ? CallEnder.Agent : CallEnder.System;
        }

        return (customer?.LeftSequence ?? int.MaxValue, agent?.LeftSequence ?? int.MaxValue) switch
        {
            (int.MaxValue, int.MaxValue) when call.EndedBy is not (null or CallEnder.System) => null,
            (int.MaxValue, int.MaxValue) => customer?.LeftAt is not null ? CallEnder.Customer : agent?.LeftAt is not null ? CallEnder.Agent : null,
            var (c, a) => c < a ? CallEnder.Customer : CallEnder.Agent,
        };
    }

    private static CallLeg? FindLeg(Call call, CallSid sid) =>
        call.FindLeg(sid) ?? (call.CustomerLeg == sid ? call.LegOf(sid, LegRole.Customer) : null);

    /// <summary>The carrier's time, unless it lies ahead of our clock by more than two clocks may differ.</summary>
    private static DateTimeOffset Believable(DateTimeOffset? told, DateTimeOffset receivedAt) =>
        told is { } at && at <= receivedAt + TimeSpan.FromMinutes(15) ? at : receivedAt;
}
