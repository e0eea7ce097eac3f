namespace UppalCrm.Core.Calls;

/// <summary>One conversation with a customer, whatever number of legs it takes. One row in the history.</summary>
public sealed class Call
{
    public long Id { get; set; }
    public CallDirection Direction { get; set; }

    /// <summary>E.164, or what the carrier says instead: <c>anonymous</c>, <c>unknown</c>, a SIP address.</summary>
    public required string FromNumber { get; set; }

    public required string ToNumber { get; set; }

    /// <summary>The name that came with the call (CNAM), if any. Never trusted, only shown.</summary>
    public string? CallerName { get; set; }

    public long? ContactId { get; set; }
    public Contact? Contact { get; set; }
    public int? AgentId { get; set; }
    public Agent? Agent { get; set; }

    /// <summary>Unguessable for outbound calls: whoever knows a room's name and may connect could otherwise walk in.</summary>
    public required string ConferenceName { get; set; }

    public string? ConferenceSid { get; set; }

    /// <summary>The customer's leg.</summary>
    public CallSid? CustomerLeg { get; set; }

    public CallStatus Status { get; set; }
    public CallOutcome? Outcome { get; set; }
    public CallEnder? EndedBy { get; set; }

    /// <summary>Why it ended, in words for the agent.</summary>
    public string? EndReason { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? OfferedAt { get; set; }

    /// <summary>When a waiting call ends unanswered, or a preparing one fails. The clock is this column, so it survives a restart.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    public DateTimeOffset? ClaimedAt { get; set; }

    /// <summary>Until when the claimer's leg must have joined; afterwards the call is offered again.</summary>
    public DateTimeOffset? LeaseUntil { get; set; }

    /// <summary>When the order to dial was given to the carrier: from then on it is never given again.</summary>
    public DateTimeOffset? DialledAt { get; set; }

    /// <summary>Outbound: what the customer's phone is doing, from the carrier's callbacks.</summary>
    public LegState? DialState { get; set; }

    public DateTimeOffset? AnsweredAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>When the carrier said that the conference was over; null until it has.</summary>
    public DateTimeOffset? ConferenceEndedAt { get; set; }

    /// <summary>Whose leaving ended the conference, as the carrier says.</summary>
    public CallSid? EndingLeg { get; set; }

    /// <summary>From answered to ended, in seconds. Null for a call that was never answered.</summary>
    public int? DurationSeconds { get; set; }

    /// <summary>Since when the recording stands still, by the carrier's word; null while all that is said is recorded.</summary>
    public DateTimeOffset? RecordingPausedAt { get; set; }

    public string? RecordingSid { get; set; }
    public string? RecordingUrl { get; set; }
    public int? RecordingDurationSeconds { get; set; }

    public string? Notes { get; set; }

    /// <summary>What came of it, from the administrator's list.</summary>
    public string? Disposition { get; set; }

    /// <summary>Missed or voicemail: the agent who took it on to call back, and when that was done.</summary>
    public int? FollowUpAgentId { get; set; }

    public DateTimeOffset? FollowedUpAt { get; set; }

    /// <summary>Counts the changes; every change is written only if nobody else wrote in between.</summary>
    public long Version { get; set; }

    public List<CallLeg> Legs { get; set; } = [];

    public bool IsOpen => Status != CallStatus.Ended;

    /// <summary>The customer's number: who called us, or whom we called.</summary>
    public string OtherNumber => Direction == CallDirection.Inbound ? FromNumber : ToNumber;

    /// <summary>The name to show for the customer: the contact's, else what came with the call.</summary>
    public string? OtherName => Contact?.Name ?? CallerName;

    /// <summary>For commands: a person asked for this, so a refusal must be seen.</summary>
    /// <exception cref="CallTransitionException">The call cannot take this step now.</exception>
    public void Apply(CallTrigger trigger, DateTimeOffset at)
    {
        if (!TryApply(trigger, at))
        {
            throw new CallTransitionException(Id, Status, trigger);
        }
    }

    /// <summary>For news from the carrier, which may come late, twice or out of order.</summary>
    /// <param name="at">When it happened, by the carrier's clock where the carrier tells.</param>
    /// <returns><see langword="false"/> when the news changes nothing.</returns>
    public bool TryApply(CallTrigger trigger, DateTimeOffset at)
    {
        if (CallTransitions.Next(Direction, Status, trigger) is not { } next)
        {
            return false;
        }

        Status = next;
        switch (next)
        {
            case CallStatus.Waiting:
                AgentId = null;
                ClaimedAt = null;
                LeaseUntil = null;
                break;
            case CallStatus.Dialing:
                DialledAt = at;
                ExpiresAt = null;
                break;
            case CallStatus.Connected:
                AnsweredAt ??= at;
                LeaseUntil = null;
                ExpiresAt = null;
                break;
            case CallStatus.Ended:
                EndedAt = AnsweredAt > at ? AnsweredAt : at; // clocks of two machines: a call never ends before it began
                LeaseUntil = null;
                ExpiresAt = null;
                RecordingPausedAt = null;
                DurationSeconds = AnsweredAt is { } answered ? (int)Math.Round((EndedAt.Value - answered).TotalSeconds) : null;
                break;
        }

        return true;
    }

    /// <summary>Ends the call with its outcome; does nothing when it has ended already.</summary>
    public bool TryEnd(CallTrigger trigger, DateTimeOffset at, CallOutcome outcome, CallEnder by, string? reason = null)
    {
        if (!TryApply(trigger, at))
        {
            return false;
        }

        Outcome = outcome;
        EndedBy = by;
        EndReason = reason;
        return true;
    }

    public CallLeg? FindLeg(CallSid sid) => Legs.FirstOrDefault(leg => leg.CallSid == sid);

    /// <summary>The leg of this name, made when the news of it is the first we hear.</summary>
    public CallLeg LegOf(CallSid sid, LegRole role, int? agentId = null)
    {
        if (FindLeg(sid) is { } known)
        {
            return known;
        }

        var leg = new CallLeg { CallId = Id, CallSid = sid, Role = role, AgentId = agentId };
        Legs.Add(leg);
        return leg;
    }
}

/// <summary>Whose leg it is.</summary>
public enum LegRole
{
    Customer,
    Agent,
    Supervisor,
    OutsideParty,
}

/// <summary>One party's connection to a call. What is muted or held is told by the carrier's events, not by the click.</summary>
public sealed class CallLeg
{
    public long Id { get; set; }
    public long CallId { get; set; }
    public LegRole Role { get; set; }
    public CallSid CallSid { get; set; }
    public int? AgentId { get; set; }
    public DateTimeOffset? JoinedAt { get; set; }
    public DateTimeOffset? LeftAt { get; set; }

    /// <summary>The carrier's order key of the leaving: its clock counts whole seconds, too coarse to tell who left first.</summary>
    public int? LeftSequence { get; set; }

    public bool Muted { get; set; }
    public bool Held { get; set; }
    public DateTimeOffset? HeldSince { get; set; }

    /// <summary>Heard by one agent only (<see cref="CoachedLeg"/>).</summary>
    public bool Coaching { get; set; }

    public CallSid? CoachedLeg { get; set; }

    /// <summary>SequenceNumber of the last conference event that set the facts above: an older one changes nothing.</summary>
    public int LastSequence { get; set; } = -1;

    public bool IsIn => JoinedAt is not null && LeftAt is null;
}

/// <summary>Who said it.</summary>
public enum EventSource
{
    Agent,
    Supervisor,
    Carrier,
    Clock,
    Reconciler,
}

/// <summary>Something that happened to a call. Append-only; the key is unique, which makes news idempotent.</summary>
public sealed class CallEvent
{
    public long Id { get; set; }

    /// <summary>Null while the call is not known yet: news may overtake the call itself.</summary>
    public long? CallId { get; set; }

    /// <summary>The carrier's idempotency token, or a natural key such as <c>CF…:7</c> (conference and sequence).</summary>
    public required string Key { get; set; }

    /// <summary>What happened, in one word: <c>participant-join</c>, <c>claimed</c>, <c>recording-completed</c>.</summary>
    public required string Kind { get; set; }

    public EventSource Source { get; set; }

    /// <summary>When it happened, by the carrier's clock where the carrier tells.</summary>
    public DateTimeOffset At { get; set; }

    public DateTimeOffset ReceivedAt { get; set; }
    public int? AgentId { get; set; }
    public string? LegSid { get; set; }
    public string? ConferenceSid { get; set; }
    public string? ConferenceName { get; set; }
    public int? Sequence { get; set; }

    /// <summary>The rest as JSON, numbers masked. For people who ask what happened, and to apply news that came too early.</summary>
    public string? Detail { get; set; }
}

/// <summary>An agent does not want this call; the others still do.</summary>
public sealed class CallDecline
{
    public long CallId { get; set; }
    public int AgentId { get; set; }
}
