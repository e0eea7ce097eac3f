namespace UppalCrm.Core.Calls;

/// <content>Who is in a call besides its customer: its agent, who is asked to take it, and who has no business there.</content>
public sealed partial class Call
{
    /// <summary>The transfer that a colleague or an outside number has still to take.</summary>
    public CallTransfer? FindOpenTransfer() => Transfers.Find(transfer => transfer.IsOpen);

    /// <summary>The transfer by which an outside number has the call; null when none has.</summary>
    public CallTransfer? FindTransferOut() => Transfers.Find(transfer => transfer is { IsOutside: true, State: TransferState.Taken });

    /// <summary>The leg with which the colleague or outside number of the open transfer is in the conference.</summary>
    public CallLeg? FindTargetLeg() => FindOpenTransfer() switch
    {
        { OutsideLeg: { } outside } => FindLeg(outside) is { IsIn: true } leg ? leg : null,
        { ToAgentId: { } colleague } => Legs.Where(leg => leg is { Role: LegRole.Agent, IsIn: true } && leg.AgentId == colleague)
            .MaxBy(leg => (leg.JoinedAt, leg.Id)),
        _ => null,
    };

    /// <summary>Whether this agent's leg has business in the conference: the call is theirs, or is being handed to them.</summary>
    public bool MayJoin(int agentId) => IsOpen && Status != CallStatus.TransferredOut && HungUpAt is null
        && (AgentId == agentId || (FindOpenTransfer() is { State: not TransferState.Ringing } transfer && transfer.ToAgentId == agentId));

    /// <summary>Whether this agent is consulted about the call: in it, and it is another's.</summary>
    public bool IsConsulted(int agentId) => FindOpenTransfer() is { IsTalking: true } transfer && transfer.ToAgentId == agentId;

    /// <summary>Whether this party shall hear music: of the agent's will, because of a transfer, or because nobody is there.</summary>
    internal bool IsHoldWanted(CallSid leg) => leg == CustomerLeg
        ? IsCustomerKept || (AgentHolds && Status == CallStatus.Connected)
        : FindOpenTransfer() is { State: TransferState.WithCustomer } && FindTargetLeg()?.CallSid == leg;

    /// <summary>Whether the leg of an outside number is to ring, or to be in the conference.</summary>
    internal bool IsOutsideWanted(CallSid leg) => IsOpen
        && ((FindOpenTransfer() ?? FindTransferOut())?.OutsideLeg == leg);

    /// <summary>The agents who can have no other call because of this one.</summary>
    internal IEnumerable<int> AgentsInHand()
    {
        if (IsOpen && Status != CallStatus.TransferredOut && AgentId is { } owner)
        {
            yield return owner;
        }

        if (IsOpen && FindOpenTransfer() is { State: not TransferState.Ringing, ToAgentId: { } colleague })
        {
            yield return colleague;
        }
    }

    /// <summary>
    /// One that was accepted stays for a while: the event that the colleague joined may come after the one that the call ended.
    /// </summary>
    private void EndTransferWithCall(DateTimeOffset at)
    {
        if (FindOpenTransfer() is { State: not TransferState.Accepted } transfer)
        {
            transfer.End(TransferState.Cancelled, at);
        }
    }

    /// <summary>
    /// The open transfer has come to nothing: the call is the sender's again. When the sender has gone, it is offered to everybody.
    /// </summary>
    internal void EndTransfer(TransferState state, DateTimeOffset at, TimeSpan offerTimeout, string? reason = null)
    {
        FindOpenTransfer()!.End(state, at, reason);
        if (FindAgentLeg() is null)
        {
            TryOfferAgain(CallTrigger.AgentLost, at, offerTimeout);
        }
    }

    /// <summary>
    /// The colleague who is consulted takes the call. Their leg then ends the conference, or does not, as the sender's did; the leg of an
    /// outside number always does.
    /// </summary>
    internal bool TryHandOver(DateTimeOffset at)
    {
        if (FindOpenTransfer() is { IsTalking: true, IsOutside: true } outside)
        {
            if (FindTargetLeg() is not { } party || !TryApply(CallTrigger.OutsideJoined, at))
            {
                return false;
            }

            party.KeepsCustomer = false;
            outside.End(TransferState.Taken, at);
            return true;
        }

        if (FindOpenTransfer() is not { IsTalking: true, ToAgentId: { } colleague } transfer || FindTargetLeg() is not { } leg
            || !TryApply(CallTrigger.HandedOver, at))
        {
            return false;
        }

        leg.KeepsCustomer = Legs.Exists(sender => sender.Role == LegRole.Agent && sender.AgentId == transfer.FromAgentId
            && sender.KeepsCustomer);
        transfer.End(TransferState.Taken, at);
        AgentId = colleague;
        return true;
    }

    /// <summary>Whether the leg belongs to the agent of this call. After a reload an agent has another leg than before.</summary>
    public bool IsAgents(CallLeg leg) => leg.Role == LegRole.Agent && leg.AgentId == AgentId;

    /// <summary>
    /// Whether the leg is in the conference without any business there: of an agent who lost the call, came too late, ended it, or is in
    /// it
    /// with a newer leg.
    /// </summary>
    internal bool IsStray(CallLeg leg) => leg switch
    {
        { IsIn: false } => false,
        { Role: LegRole.OutsideParty } => IsOpen && !IsOutsideWanted(leg.CallSid),
        not { Role: LegRole.Agent } => false,
        _ when Status == CallStatus.TransferredOut => true,
        _ when leg.AgentId == AgentId => HungUpAt is not null || leg != FindAgentLeg(),
        _ => !(leg.AgentId is { } agent && MayJoin(agent)),
    };

    /// <summary>Whether the leg belongs to the agent of this call to one who handed it on, or to one who was cut off.</summary>
    internal bool WasAgents(CallLeg leg) => leg.Role == LegRole.Agent && (AgentId is null || leg.AgentId == AgentId || leg.KeepsCustomer
        || Transfers.Exists(transfer => transfer.State == TransferState.Taken && transfer.FromAgentId == leg.AgentId));

    /// <summary>Whether the supervisor of this leg whispers to a leg that is gone, while the agent is there on another.</summary>
    internal bool IsWhisperLost(CallLeg leg) =>
        leg is { Role: LegRole.Supervisor, IsIn: true, Coaching: true, CoachedLeg: { } coached }
        && FindLeg(coached) is not { IsIn: true } && FindAgentLeg() is not null;

    /// <summary>The carrier has named the leg of an outside number.</summary>
    /// <returns><see langword="false"/> when the number has a leg already.</returns>
    internal bool TryNameOutsideLeg(long transferId, CallSid leg)
    {
        if (Transfers.Find(transfer => transfer.Id == transferId) is not { IsOutside: true, OutsideLeg: null } outside)
        {
            return false;
        }

        outside.OutsideLeg = leg;
        GetOrAddLeg(leg, LegRole.OutsideParty).KeepsCustomer = outside.IsConsult;
        return true;
    }
}
