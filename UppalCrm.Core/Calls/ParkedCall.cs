namespace UppalCrm.Core.Calls;

/// <content>A call that its agent has put aside for a second one, and two calls that become one (decisions/0017).</content>
public sealed partial class Call
{
    /// <summary>
    /// Since when its agent has another call in hand: the customer hears music, and the agent comes back. Null in a call that its agent
    /// has come back to; stays in one that ended while it was put aside.
    /// </summary>
    public DateTimeOffset? ParkedAt { get; internal set; }

    /// <summary>
    /// The call that the agent put aside for this one, and comes back to when this one is over. Null again when that one is over first, or
    /// somebody else's.
    /// </summary>
    public long? ParkedCallId { get; internal set; }

    /// <summary>The call into which the customer of this one is brought; this one is over when they have left it.</summary>
    public long? JoinedToId { get; internal set; }

    /// <summary>The agent has put the call aside, and it is still theirs.</summary>
    public bool IsParked => IsOpen && ParkedAt is not null;

    /// <summary>Why the agent cannot put this call aside now; null when they can.</summary>
    internal Refusal? WhyNotPark(int agentId) => this switch
    {
        _ when AgentId != agentId || Status != CallStatus.Connected => new Refusal("Only your own call in progress can be put aside."),
        { IsInternal: true } => new Refusal("A call between colleagues cannot be put aside: end it first."),
        { HasCompany: true } => new Refusal("Somebody else is in this call: end that first, or call the number into it."),
        _ => null,
    };

    /// <summary>The agent puts the call aside: their leg leaves, and the customer hears music until they are back.</summary>
    internal bool TryPark(int agentId, DateTimeOffset at)
    {
        if (WhyNotPark(agentId) is not null || !TryApply(CallTrigger.AgentDropped, at))
        {
            return false;
        }

        foreach (var leg in Legs.Where(IsAgents))
        {
            leg.KeepsCustomer = true; // its leaving ends nothing
        }

        (ParkedAt, LeaseUntil, AgentHolds, ParkedCallId) = (at, null, false, null);
        return true;
    }

    /// <summary>The call is in its agent's hand again: they have as long to join it as any who was cut off.</summary>
    /// <param name="parked">The call that they put aside for it.</param>
    internal bool TryUnpark(DateTimeOffset at, long? parked)
    {
        if (!IsParked || !AwaitsAgent)
        {
            return false;
        }

        (ParkedAt, LeaseUntil, ParkedCallId) = (null, at + ReturnWithin, parked);
        return true;
    }

    /// <summary>The agent ends the call that they have put aside. There is nothing to take back: they are not in it.</summary>
    internal bool TryEndParked(DateTimeOffset at)
    {
        if (!IsParked || !TryEnd(CallTrigger.HangUpStood, at, CallOutcome.Answered, CallEnder.Agent))
        {
            return false;
        }

        HungUpAt = at;
        return true;
    }

    /// <summary>Whether the customer of this call can be brought into another one now.</summary>
    internal bool MayBeJoined => Status is CallStatus.Connected or CallStatus.Claimed && !IsInternal && !HasCompany
        && AnsweredAt is not null && HungUpAt is null && FindCustomerLeg() is not null;

    /// <summary>The customer of another call comes into this one, beside its agent.</summary>
    /// <param name="customer">Their leg, which leaves the other call's conference for this one's.</param>
    internal bool TryTakeIn(Call other, CallSid customer, int by, DateTimeOffset at)
    {
        if (Status != CallStatus.Connected || IsInternal || AgentId is not { } agent || FindLeg(customer) is not null
            || FindOpenTransfer() is { State: not TransferState.Together }
            || Transfers.Count(transfer => transfer.IsOpen || transfer.IsJoined) >= CallTransfers.MostParties - 2)
        {
            return false;
        }

        if (FindOpenTransfer() is { } together)
        {
            together.State = TransferState.Joined;
        }

        AgentHolds = false;
        GetOrAddLeg(customer, LegRole.OutsideParty).KeepsCustomer = true;
        Transfers.Add(new CallTransfer
        {
            CallId = Id, FromAgentId = agent, OrderedById = by == agent ? null : by, ToNumber = other.OtherNumber, OutsideLeg = customer,
            FromCallId = other.Id, State = TransferState.Joined, AskedAt = at, ExpiresAt = at,
        });
        return true;
    }

    /// <summary>The customer of another call could not be brought into this one.</summary>
    internal bool TryLetGo(CallSid customer, string reason, DateTimeOffset at)
    {
        if (FindJoined().FirstOrDefault(party => party.OutsideLeg == customer) is not { } party
            || FindLeg(customer) is not { JoinedAt: null } leg)
        {
            return false;
        }

        party.End(TransferState.Declined, at, reason);
        party.OutsideLeg = null;
        Legs.Remove(leg);
        return true;
    }

    /// <summary>The customer was to be brought into another call, and stays in this one.</summary>
    internal bool TryStay()
    {
        var isChange = IsOpen && JoinedToId is not null;
        JoinedToId = isChange ? null : JoinedToId;
        return isChange;
    }

    /// <summary>Those of other calls who are to come into this one and are on their way.</summary>
    internal IEnumerable<CallSid> FindLegsToMove() =>
        from party in FindJoined()
        where IsOpen && party is { FromCallId: not null, OutsideLeg: not null }
        let leg = FindLeg(party.OutsideLeg!.Value)
        where leg is { JoinedAt: null, LeftAt: null }
        select leg.CallSid;
}
