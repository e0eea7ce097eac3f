namespace UppalCrm.Core.CarrierEvents;

/// <content>What the carrier's events do to a call that is being handed over, and to one whose agent is lost.</content>
internal static partial class CarrierEventRules
{
    private static readonly TimeSpan ToldLateWithin = TimeSpan.FromSeconds(3);

    /// <summary>
    /// What an outside number's phone does. One that is not reached gives the call back to the sender; the conference tells when one that
    /// was reached came and left, and this is the second witness, in case that news was lost.
    /// </summary>
    private static bool ApplyOutside(Call call, CallLeg leg, LegEvent report, DateTimeOffset receivedAt)
    {
        if (report.State < LegState.Completed || leg.LeftAt is not null)
        {
            return false;
        }

        var at = Believable(report.At, receivedAt);
        leg.Leave(at);
        if (call.FindOpenTransfer() is { State: TransferState.Accepted } answered && answered.OutsideLeg == leg.CallSid)
        {
            // It hung up before it was in the conference, or that it was in is told late: for that it has a while.
            answered.ExpiresAt = receivedAt + ToldLateWithin;
        }
        else if (call.FindOpenTransfer() is { } open && open.OutsideLeg == leg.CallSid)
        {
            var (state, reason) = report.State switch
            {
                _ when open.IsTalking => (TransferState.Cancelled, null),
                LegState.Busy => (TransferState.Declined, "The number is busy."),
                LegState.NoAnswer => (TransferState.TimedOut, "Nobody answered."),
                LegState.Failed => (TransferState.Declined, "The number could not be reached."),
                _ => (TransferState.Declined, "They hung up before they were connected."),
            };
            open.End(state, at, reason);
            LoseSender(call, at, receivedAt);
        }
        else if (call.FindTransferOut()?.OutsideLeg == leg.CallSid)
        {
            EndFor(call, CallTrigger.OutsideLeft, at);
        }
        else
        {
            NoteCompany(call);
        }

        return true;
    }

    /// <summary>
    /// A transfer has come to nothing and its sender has gone: nobody is waited for, the call is that of one who is in it, or everybody's
    /// at once.
    /// </summary>
    private static void LoseSender(Call call, DateTimeOffset at, DateTimeOffset receivedAt)
    {
        if (call.FindAgentLeg() is not null || (call.FindHeir() is { } heir && call.TryGiveTo(heir, at)))
        {
            return;
        }

        if (call.TryApply(CallTrigger.AgentDropped, at))
        {
            call.LeaseUntil = receivedAt;
        }
    }

    /// <summary>
    /// A colleague who accepted the call and whose leg has joined has it, also when that becomes known only after the call's end.
    /// </summary>
    private static bool HandOver(Call call, DateTimeOffset receivedAt)
    {
        if (!call.IsOpen && FindHandedOver(call) is { } handedOver)
        {
            handedOver.Consult.End(TransferState.Taken, handedOver.At);
            call.AgentId = handedOver.Consult.ToAgentId;
            return true;
        }

        if (call.FindOpenTransfer() is { IsTalking: true } consult)
        {
            return EndConsult(call, consult, receivedAt);
        }

        if (call.FindOpenTransfer() is not { State: TransferState.Accepted } transfer
            || JoinOf(call, transfer) is not { } joined)
        {
            return false;
        }

        if (transfer.IsConsult)
        {
            if (!call.IsOpen)
            {
                transfer.End(TransferState.Cancelled, call.EndedAt!.Value); // the customer did not wait for what would come of it
                return true | HandOver(call, receivedAt); // or they did, and it is told late
            }

            transfer.State = TransferState.Consulting;
            return true | EndConsult(call, transfer, receivedAt);
        }

        if (!(call.TryApply(transfer.IsOutside ? CallTrigger.OutsideJoined : CallTrigger.HandedOver, joined) || !call.IsOpen))
        {
            return false;
        }

        transfer.End(TransferState.Taken, joined);
        call.AgentId = transfer.ToAgentId ?? call.AgentId;
        return true;
    }

    /// <summary>When the one who is asked joined, also if they have left since. Their first leg may never have come.</summary>
    private static DateTimeOffset? JoinOf(Call call, CallTransfer transfer) => transfer.IsOutside
        ? call.Legs.Find(leg => leg.CallSid == transfer.OutsideLeg)?.JoinedAt
        : call.Legs.Where(leg => leg.Role == LegRole.Agent && leg.AgentId == transfer.ToAgentId && !call.IsFormer(leg))
            .Max(leg => leg.JoinedAt);

    /// <summary>
    /// One of the two who consulted has left: the call is the other's. Not when the conference was ended, which is told next.
    /// </summary>
    private static bool EndConsult(Call call, CallTransfer consult, DateTimeOffset receivedAt)
    {
        if (!call.IsOpen)
        {
            consult.End(TransferState.Cancelled, call.EndedAt!.Value);
            return true;
        }

        if (call.FindTargetLeg() is null)
        {
            var target = consult.OutsideLeg is { } outside ? call.FindLeg(outside) : LastLeft(call, consult.ToAgentId);
            if (target is not { LeftAt: { } targetLeft } || (target.LeftSequence is null && !consult.IsOutside))
            {
                return false;
            }

            consult.End(TransferState.Cancelled, targetLeft);
            return true;
        }

        if (call.FindAgentLeg() is not null || LastLeft(call, call.AgentId) is not { LeftSequence: not null, LeftAt: { } left } sender)
        {
            return false;
        }

        // A customer who does not talk with the outside number is not left to it by an accident.
        if (!consult.IsOutside || consult.State == TransferState.Together)
        {
            return call.TryHandOver(left);
        }

        consult.End(TransferState.Cancelled, left);
        if (!sender.KeepsCustomer)
        {
            LoseSender(call, left, receivedAt);
        }

        return true;
    }

    /// <summary>
    /// Who was in the call beside its agent and has left is out of it; when it is the agent who has left, the call is that of one who
    /// stayed. Not when the conference was ended, which is told next.
    /// </summary>
    private static bool NoteCompany(Call call)
    {
        var changed = false;
        foreach (var party in call.FindJoined().Where(party => call.FindLegOf(party) is null).ToList())
        {
            var last = party.OutsideLeg is { } outside ? call.FindLeg(outside) : LastLeft(call, party.ToAgentId);
            if (last is { LeftAt: { } gone } && (last.LeftSequence is not null || party.IsOutside))
            {
                party.End(TransferState.Left, gone);
                changed = true;
            }
        }

        if (call.Status != CallStatus.Connected || call.FindOpenTransfer() is not null || call.FindAgentLeg() is not null
            || LastLeft(call, call.AgentId) is not { LeftSequence: not null, LeftAt: { } left } sender)
        {
            return changed;
        }

        // One who keeps their customer comes back: an outside number is not left the call for a reload.
        return call.FindHeir() is { } heir && !(heir.IsOutside && sender.KeepsCustomer) ? call.TryGiveTo(heir, left) | changed : changed;
    }

    /// <summary>
    /// A consultation that ended with its call, of which is told only now that the sender had left before the customer did: the two who
    /// stayed talked on, as if it had been told in time.
    /// </summary>
    private static (CallTransfer Consult, DateTimeOffset At)? FindHandedOver(Call call)
    {
        if (call.Transfers.Find(transfer => transfer is { IsConsult: true, ToAgentId: not null }
                && transfer.State is TransferState.Cancelled or TransferState.Left
                && transfer.FromAgentId == call.AgentId) is not { } consult
            || LastLeft(call, consult.FromAgentId) is not { LeftSequence: { } senders, LeftAt: { } left }
            || !(consult.EndedAt >= left) // else it was over before
            || call.Legs.Find(leg => leg.Role == LegRole.Agent && leg.AgentId == consult.ToAgentId && leg.JoinedAt <= left
                && !(leg.LeftSequence < senders)) is not { } colleague)
        {
            return null;
        }

        // They left by themselves, or the colleague's leaving took them out.
        var customerStayed = call.EndingLeg == colleague.CallSid
            || call.Legs.Exists(leg => leg.Role == LegRole.Customer && leg.LeftSequence > senders);
        return customerStayed ? (consult, left) : null;
    }

    private static CallLeg? LastLeft(Call call, int? agentId) =>
        call.Legs.Where(leg => leg.Role == LegRole.Agent && leg.AgentId == agentId && leg.LeftAt is not null && !call.IsFormer(leg))
            .MaxBy(leg => leg.Order);

    /// <summary>
    /// The agent's last leg has left by itself, and keeps the customer: the agent is waited for. Not when the conference was ended,
    /// which is told next.
    /// </summary>
    private static bool NoteLoss(Call call, DateTimeOffset receivedAt)
    {
        if (call.Status != CallStatus.Connected || call.FindOpenTransfer() is not null || call.FindAgentLeg() is not null
            || LastLeft(call, call.AgentId) is not { KeepsCustomer: true, LeftSequence: not null, LeftAt: { } left }
            || !call.TryApply(CallTrigger.AgentDropped, left))
        {
            return false;
        }

        call.LeaseUntil = receivedAt + Call.ReturnWithin; // by our clock: the carrier's may be minutes off
        return true;
    }

    /// <summary>The outside number that has the call has left the customer, also when that is told before anything else of it.</summary>
    private static bool NoteOutsideLeft(Call call)
    {
        if (call.Status != CallStatus.TransferredOut || call.FindTransferOut()?.OutsideLeg is not { } outside
            || call.FindLeg(outside) is not { LeftAt: { } left })
        {
            return false;
        }

        EndFor(call, CallTrigger.OutsideLeft, left);
        return true;
    }
}
