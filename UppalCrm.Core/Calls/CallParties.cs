namespace UppalCrm.Core.Calls;

/// <content>Who is in a call besides its customer: its agent, who is asked to take it, and who has no business there.</content>
public sealed partial class Call
{
    /// <summary>The transfer that a colleague or an outside number has still to take.</summary>
    public CallTransfer? FindOpenTransfer() => Transfers.Find(transfer => transfer.IsOpen);

    /// <summary>The transfer by which an outside number has the call; null when none has.</summary>
    public CallTransfer? FindTransferOut() => Transfers.Find(transfer => transfer is { IsOutside: true, State: TransferState.Taken });

    /// <summary>The colleagues and outside numbers that are in the call beside its agent.</summary>
    public IEnumerable<CallTransfer> FindJoined() => Transfers.Where(transfer => transfer.IsJoined);

    /// <summary>Somebody besides the agent is in the call, or asked: the agent can leave, and the conference goes on.</summary>
    public bool HasCompany => !IsInternal && Transfers.Exists(transfer => transfer.IsOpen || transfer.IsJoined);

    /// <summary>The leg with which the colleague or outside number of the open transfer is in the conference.</summary>
    public CallLeg? FindTargetLeg() => FindOpenTransfer() is { } transfer ? FindLegOf(transfer) : null;

    /// <summary>The leg with which the colleague or outside number of this transfer is in the conference.</summary>
    public CallLeg? FindLegOf(CallTransfer transfer) => transfer switch
    {
        { OutsideLeg: { } outside } => FindLeg(outside) is { IsIn: true } leg ? leg : null,
        { ToAgentId: { } colleague } => Legs
            .Where(leg => leg is { Role: LegRole.Agent, IsIn: true } && leg.AgentId == colleague && !IsFormer(leg))
            .MaxBy(leg => leg.Order),
        _ => null,
    };

    /// <summary>Whether this agent's leg has business in the conference: the call is theirs, or is being handed to them.</summary>
    public bool MayJoin(int agentId) => IsOpen && Status != CallStatus.TransferredOut && HungUpAt is null
        && ((AgentId == agentId && !IsParked) || Transfers.Exists(transfer => transfer.ToAgentId == agentId
            && (transfer.IsJoined || transfer is { IsOpen: true, State: not TransferState.Ringing })));

    /// <summary>Whether this agent is in the call beside its agent: consulted, or brought in.</summary>
    public bool IsConsulted(int agentId) => !IsInternal
        && Transfers.Exists(transfer => transfer.ToAgentId == agentId && (transfer.IsTalking || transfer.IsJoined));

    /// <summary>Whether this party shall hear music: of the agent's will, because of a transfer, or because nobody is there.</summary>
    internal bool IsHoldWanted(CallSid leg) => leg == CustomerLeg
        ? IsCustomerKept || (AgentHolds && Status == CallStatus.Connected)
        : (FindOpenTransfer() is { State: TransferState.WithCustomer } && FindTargetLeg()?.CallSid == leg)
            || FindJoined().Any(party => party.OnHold && FindLegOf(party)?.CallSid == leg);

    /// <summary>Whether the leg of an outside number is to ring, or to be in the conference.</summary>
    internal bool IsOutsideWanted(CallSid leg) => IsOpen
        && Transfers.Exists(transfer => transfer.OutsideLeg == leg
            && (transfer.IsOpen || transfer.IsJoined || transfer.State == TransferState.Taken));

    /// <summary>The agents who can have no other call because of this one.</summary>
    internal IEnumerable<int> AgentsInHand()
    {
        if (IsOpen && Status != CallStatus.TransferredOut && AgentId is { } owner)
        {
            yield return owner;
        }

        foreach (var transfer in Transfers.Where(transfer => IsOpen && (transfer.IsJoined
            || transfer is { IsOpen: true, State: not TransferState.Ringing })))
        {
            if (transfer.ToAgentId is { } colleague && colleague != AgentId)
            {
                yield return colleague;
            }
        }
    }

    /// <summary>
    /// One that was accepted stays for a while: the event that the colleague joined may come after the one that the call ended.
    /// </summary>
    private void EndTransferWithCall(DateTimeOffset at)
    {
        if (FindOpenTransfer() is { } transfer && (transfer.State != TransferState.Accepted || IsInternal))
        {
            transfer.End(TransferState.Cancelled, at);
        }
    }

    /// <summary>One who was in the call beside its agent is out of it; a call between two agents is over then.</summary>
    internal void EndParty(CallTransfer party, DateTimeOffset at)
    {
        party.End(TransferState.Left, at);
        if (IsInternal)
        {
            TryEndInternal(CallTrigger.AgentLeft, at);
        }
    }

    private void EndJoined(DateTimeOffset at) => FindJoined().ToList().ForEach(party => party.End(TransferState.Left, at));

    /// <summary>
    /// The open transfer has come to nothing: the call is the sender's again. When the sender has gone, it is that of somebody who is in
    /// it beside them, or else offered to everybody.
    /// </summary>
    internal void EndTransfer(TransferState state, DateTimeOffset at, TimeSpan offerTimeout, string? reason = null)
    {
        FindOpenTransfer()!.End(state, at, reason);
        if (IsInternal)
        {
            EndUnanswered(state, at);
            return;
        }

        if (FindAgentLeg() is null && !(FindHeir() is { } heir && TryGiveTo(heir, at)))
        {
            TryOfferAgain(CallTrigger.AgentLost, at, offerTimeout);
        }
    }

    /// <summary>Whose the call is when its agent leaves it: the colleague who is in it longest, or else the outside number.</summary>
    public CallTransfer? FindHeir() => FindJoined().Where(party => FindLegOf(party) is not null)
        .OrderBy(party => party.IsOutside).ThenBy(party => FindLegOf(party)!.JoinedAt).ThenBy(party => party.Id).FirstOrDefault();

    /// <summary>
    /// The colleague who is consulted takes the call. Their leg then ends the conference, or does not, as the sender's did; the leg of an
    /// outside number always does.
    /// </summary>
    internal bool TryHandOver(DateTimeOffset at) => FindOpenTransfer() is { IsTalking: true } consult && TryGiveTo(consult, at);

    /// <summary>
    /// One who is in the call beside its agent takes it, as <see cref="TryHandOver"/> has it. An outside number has it alone with the
    /// customer: who else is in it goes.
    /// </summary>
    internal bool TryGiveTo(CallTransfer party, DateTimeOffset at)
    {
        if (FindLegOf(party) is not { } leg || !TryApply(party.IsOutside ? CallTrigger.OutsideJoined : CallTrigger.HandedOver, at))
        {
            return false;
        }

        if (party.IsOutside)
        {
            leg.KeepsCustomer = false;
        }
        else
        {
            leg.KeepsCustomer = KeepsCustomer;
            AgentId = party.ToAgentId;
        }

        party.OnHold = false;
        party.End(TransferState.Taken, at);
        return true;
    }

    /// <summary>
    /// When a leg joined. Of an agent's whose joining was never told, and whose leaving was, or ended the conference: when it asked to.
    /// </summary>
    internal DateTimeOffset? JoinOf(CallLeg leg) =>
        leg.JoinedAt ?? (leg.LeftSequence is not null || EndingLeg == leg.CallSid ? leg.AskedAt : null);

    /// <summary>Whether the leg belongs to the agent of this call. After a reload an agent has another leg than before.</summary>
    public bool IsAgents(CallLeg leg) => leg.Role == LegRole.Agent && leg.AgentId == AgentId && !IsFormer(leg);

    /// <summary>
    /// Whether an agent had this leg when the call was theirs before: it was handed on, and then back to them. That such a leg has left
    /// may be told late, and nothing follows from it.
    /// </summary>
    internal bool IsFormer(CallLeg leg) => leg is { Role: LegRole.Agent, AgentId: { } agent, AskedAt: { } asked }
        && Transfers.Exists(transfer => transfer.ToAgentId == agent && asked < transfer.AskedAt
            && (transfer.IsOpen || transfer.IsJoined || transfer.State == TransferState.Taken));

    /// <summary>
    /// Whether the leg is in the conference without any business there: of an agent who lost the call, came too late, ended it, or is
    /// in it with a newer leg.
    /// </summary>
    internal bool IsStray(CallLeg leg) => leg switch
    {
        { IsIn: false } => false,
        { Role: LegRole.OutsideParty } => IsOpen && !IsOutsideWanted(leg.CallSid),
        // Took the call over, and listens still.
        { Role: LegRole.Supervisor } => IsOpen && Status == CallStatus.Connected && leg.AgentId == AgentId,
        not { Role: LegRole.Agent } => false,
        _ when Status == CallStatus.TransferredOut || IsFormer(leg) => true,
        _ when leg.AgentId == AgentId => HungUpAt is not null || IsParked || leg != FindAgentLeg(),
        _ => !(leg.AgentId is { } agent && MayJoin(agent)),
    };

    /// <summary>Whether the leg belongs to the agent of this call to one who handed it on, or to one who was cut off.</summary>
    internal bool WasAgents(CallLeg leg) => leg.Role == LegRole.Agent && (AgentId is null || leg.AgentId == AgentId || leg.KeepsCustomer
        || Transfers.Exists(transfer => transfer.State == TransferState.Taken && transfer.FromAgentId == leg.AgentId));

    /// <summary>Whether the leg is of an agent who had the call, and handed it to another.</summary>
    internal bool HasHandedOn(CallLeg leg) => leg is { Role: LegRole.Agent, AgentId: { } agent }
        && Transfers.Exists(t => t.State == TransferState.Taken && (t.FromAgentId == agent || t.ToAgentId == agent));

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
