namespace UppalCrm.Core.Calls;

/// <summary>One conversation with a customer, whatever number of legs it takes. One row in the history.</summary>
public sealed partial class Call
{
    /// <summary>How long an agent whose leg is gone has to come back before the call is offered to everybody.</summary>
    public static readonly TimeSpan ReturnWithin = TimeSpan.FromSeconds(30);

    /// <summary>How long an agent may take back that they ended a call.</summary>
    public static readonly TimeSpan UndoWithin = TimeSpan.FromSeconds(5);

    public long Id { get; internal set; }
    public CallDirection Direction { get; internal set; }

    /// <summary>E.164, or what the carrier says instead: <c>anonymous</c>, <c>unknown</c>, a SIP address.</summary>
    public string FromNumber { get; internal set; } = "";

    public string ToNumber { get; internal set; } = "";

    /// <summary>The name that came with the call (CNAM), if any. Never trusted, only shown.</summary>
    public string? CallerName { get; internal set; }

    public long? ContactId { get; internal set; }
    public Contact? Contact { get; internal set; }
    public int? AgentId { get; internal set; }
    public Agent? Agent { get; internal set; }

    /// <summary>Unguessable for outbound calls: who knows the name of a conference and may connect could otherwise walk in.</summary>
    public string ConferenceName { get; internal set; } = "";

    public string? ConferenceSid { get; internal set; }

    /// <summary>The customer's leg.</summary>
    public CallSid? CustomerLeg { get; internal set; }

    public CallStatus Status { get; internal set; }
    public CallOutcome? Outcome { get; internal set; }
    public CallEnder? EndedBy { get; internal set; }

    /// <summary>Why it ended, in words for the agent.</summary>
    public string? EndReason { get; internal set; }

    public DateTimeOffset CreatedAt { get; internal set; }
    public DateTimeOffset? OfferedAt { get; internal set; }

    /// <summary>
    /// When a waiting call ends unanswered, or a preparing one fails. The clock is this column, so it survives a restart.
    /// </summary>
    public DateTimeOffset? ExpiresAt { get; internal set; }

    public DateTimeOffset? ClaimedAt { get; internal set; }

    /// <summary>Until when the claimer's leg must have joined; afterwards the call is offered again.</summary>
    public DateTimeOffset? LeaseUntil { get; internal set; }

    /// <summary>
    /// When the agent's leg went although the call goes on (<see cref="WhenAgentIsLost"/>). Stays when the agent is back; null again once
    /// the call is offered to others.
    /// </summary>
    public DateTimeOffset? AgentLostAt { get; internal set; }

    /// <summary>
    /// The agent has asked for the customer's hold and not for its end: it stays when what else holds a customer, a transfer or nobody
    /// being there, is over. Whether the customer is held is the carrier's to say (<see cref="CallLeg.Held"/>).
    /// </summary>
    public bool AgentHolds { get; internal set; }

    /// <summary>When the agent ended a call that keeps its customer: until <see cref="LeaseUntil"/> that can be taken back.</summary>
    public DateTimeOffset? HungUpAt { get; internal set; }

    /// <summary>When the order to dial was given to the carrier: from then on it is never given again.</summary>
    public DateTimeOffset? DialledAt { get; internal set; }

    /// <summary>Outbound: what the customer's phone is doing, from the carrier's callbacks.</summary>
    public LegState? DialState { get; internal set; }

    public DateTimeOffset? AnsweredAt { get; internal set; }
    public DateTimeOffset? EndedAt { get; internal set; }

    /// <summary>When the carrier said that the conference was over; null until it has.</summary>
    public DateTimeOffset? ConferenceEndedAt { get; internal set; }

    /// <summary>Whose leaving ended the conference, as the carrier says.</summary>
    public CallSid? EndingLeg { get; internal set; }

    /// <summary>From answered to ended, in seconds. Null for a call that was never answered.</summary>
    public int? DurationSeconds { get; internal set; }

    /// <summary>Since when the recording stands still, by the carrier's word; null while all that is said is recorded.</summary>
    public DateTimeOffset? RecordingPausedAt { get; internal set; }

    public string? RecordingSid { get; internal set; }
    public string? RecordingUrl { get; internal set; }
    public int? RecordingDurationSeconds { get; internal set; }

    public string? Notes { get; internal set; }

    /// <summary>What came of it, from the administrator's list.</summary>
    public string? Disposition { get; internal set; }

    /// <summary>Missed or voicemail: the agent who took it on to call back, and when that was done.</summary>
    public int? FollowUpAgentId { get; internal set; }

    public DateTimeOffset? FollowedUpAt { get; internal set; }

    /// <summary>When all that told who the customer was, and what was said, was erased.</summary>
    public DateTimeOffset? ErasedAt { get; internal set; }

    /// <summary>Counts the changes; every change is written only if nobody else wrote in between.</summary>
    public long Version { get; internal set; }

    public List<CallLeg> Legs { get; internal set; } = [];

    /// <summary>Every try to hand the call to a colleague; one is open at most.</summary>
    public List<CallTransfer> Transfers { get; internal set; } = [];

    public bool IsOpen => Status != CallStatus.Ended;

    /// <summary>Between two agents: <see cref="AgentId"/> calls, and the colleague is asked by the one entry of
    /// <see cref="Transfers"/>.</summary>
    public bool IsInternal => Direction == CallDirection.Internal;

    /// <summary>The customer stays with music, and the agent has a while to come back.</summary>
    public bool AwaitsAgent => Status == CallStatus.Claimed && AgentLostAt is not null;

    /// <summary>The customer stays when the agent's leg leaves: the newest one decides.</summary>
    public bool KeepsCustomer => Legs.Where(IsAgents).MaxBy(leg => leg.Order) is { KeepsCustomer: true };

    /// <summary>Somebody has talked to the customer, and nobody does now: music, and somebody on the way or asked.</summary>
    internal bool IsCustomerKept => AnsweredAt is not null
        && (Status is CallStatus.Waiting or CallStatus.Claimed
        || (Status == CallStatus.Connected && FindOpenTransfer() is { HoldsCustomer: true }));

    /// <summary>The customer's number: who called us, or whom we called.</summary>
    public string OtherNumber => Direction == CallDirection.Inbound ? FromNumber : ToNumber;

    /// <summary>The customer is talked to, by an agent or by an outside number.</summary>
    public bool IsInConversation => Status is CallStatus.Connected or CallStatus.TransferredOut;

    /// <summary>The name to show for the customer: the contact's, else what came with the call.</summary>
    public string? OtherName => Contact?.Name ?? CallerName;

    /// <summary>
    /// The name of whom this agent talks with; null for a customer of whom nothing but the number is known. Needs <see cref="Agent"/>.
    /// </summary>
    public string? NameFor(int agentId) => IsInternal && agentId != AgentId ? Agent?.DisplayName : OtherName;

    /// <summary>Takes a step, if the table of legal steps has it. Events of the carrier may come late, twice or out of order.</summary>
    /// <param name="at">When it happened, by the carrier's clock where the carrier tells.</param>
    /// <returns><see langword="false"/> when the step is not legal now: nothing was changed.</returns>
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
                EndJoined(at);
                AgentId = null;
                ClaimedAt = null;
                LeaseUntil = null;
                AgentLostAt = null;
                AgentHolds = false;
                HungUpAt = null;
                ParkedAt = null;
                break;
            case CallStatus.Claimed when trigger == CallTrigger.AgentDropped:
                AgentLostAt = at;
                LeaseUntil = at + ReturnWithin;
                ExpiresAt = null;
                break;
            case CallStatus.Dialing:
                DialledAt = at;
                ExpiresAt = null;
                break;
            case CallStatus.Connected:
                AnsweredAt ??= at;
                LeaseUntil = null;
                ExpiresAt = null;
                HungUpAt = null;
                break;
            case CallStatus.TransferredOut:
                EndJoined(at);
                AgentLostAt = null;
                AgentHolds = false;
                break;
            case CallStatus.Ended:
                EndTransferWithCall(at);
                EndJoined(at);
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

    /// <summary>The carrier's late events tell better how and when the call ended.</summary>
    internal void CorrectEnd(DateTimeOffset? at, CallOutcome? outcome, CallEnder? by, int? seconds) =>
        (EndedAt, Outcome, EndedBy, DurationSeconds) = (at, outcome, by, seconds);

    public CallLeg? FindLeg(CallSid sid) => Legs.FirstOrDefault(leg => leg.CallSid == sid);

    /// <summary>The leg of this name, added when this is the first that is known of it.</summary>
    public CallLeg GetOrAddLeg(CallSid sid, LegRole role, int? agentId = null)
    {
        if (FindLeg(sid) is { } known)
        {
            return known;
        }

        var leg = new CallLeg { CallId = Id, CallSid = sid, Role = role, AgentId = agentId };
        Legs.Add(leg);
        return leg;
    }

    /// <summary>The customer's leg that is in the conference now.</summary>
    public CallLeg? FindCustomerLeg() => Legs.FirstOrDefault(leg => leg is { Role: LegRole.Customer, IsIn: true });

    /// <summary>
    /// The leg with which the agent of this call is in the conference now; the newest, when they bring the call to another machine.
    /// </summary>
    public CallLeg? FindAgentLeg() => Legs.Where(leg => leg.IsIn && IsAgents(leg)).MaxBy(leg => leg.Order);

    /// <summary>The leg with which this supervisor is in the conference now.</summary>
    public CallLeg? FindSupervisorLeg(int supervisorId) =>
        Legs.FirstOrDefault(leg => leg is { Role: LegRole.Supervisor, IsIn: true } && leg.AgentId == supervisorId);

    /// <summary>
    /// The call is everybody's again, in its old place. One that was answered has no time-out running any more: it begins again.
    /// </summary>
    internal bool TryOfferAgain(CallTrigger trigger, DateTimeOffset at, TimeSpan offerTimeout)
    {
        if (!TryApply(trigger, at))
        {
            return false;
        }

        OfferedAt ??= CreatedAt;
        ExpiresAt ??= at + offerTimeout;
        return true;
    }

    /// <summary>The agent ends a call that keeps its customer, and may take that back for a while.</summary>
    /// <returns><see langword="false"/> when this is no such call, or was ended already.</returns>
    internal bool TryHangUp(DateTimeOffset at)
    {
        // Who was put aside for it does not wait until a press of End has been thought over.
        if (KeepsCustomer && Status == CallStatus.Connected && ParkedCallId is not null && FindOpenTransfer() is null)
        {
            var ended = TryEnd(CallTrigger.AgentLeft, at, CallOutcome.Answered, CallEnder.Agent);
            HungUpAt = ended ? at : HungUpAt;
            return ended;
        }

        if (!KeepsCustomer || ParkedAt is not null || HungUpAt is not null || FindOpenTransfer() is not null
            || !(AwaitsAgent || TryApply(CallTrigger.AgentDropped, at)))
        {
            return false;
        }

        (HungUpAt, LeaseUntil) = (at, at + UndoWithin);
        return true;
    }

    /// <summary>The agent takes the end of the call back, and has as long as any who was cut off to join.</summary>
    internal bool TryUndoHangUp(DateTimeOffset at)
    {
        if (!AwaitsAgent || HungUpAt is null)
        {
            return false;
        }

        (HungUpAt, LeaseUntil) = (null, at + ReturnWithin);
        return true;
    }

    /// <summary>The carrier has named the customer's leg.</summary>
    /// <returns><see langword="false"/> when the customer has a leg already.</returns>
    internal bool TryNameCustomerLeg(CallSid leg, LegState state)
    {
        if (CustomerLeg is not null)
        {
            return false;
        }

        CustomerLeg = leg;
        GetOrAddLeg(leg, LegRole.Customer);
        DialState ??= state;
        return true;
    }

    /// <summary>The call as it is now, apart from what becomes of it: for comparing it with itself after a change.</summary>
    internal Call Copy()
    {
        var copy = (Call)MemberwiseClone();
        copy.Legs = [.. Legs.Select(leg => leg.Copy())];
        copy.Transfers = [.. Transfers.Select(transfer => transfer.Copy())];
        return copy;
    }
}
