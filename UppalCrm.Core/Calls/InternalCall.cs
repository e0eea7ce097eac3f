namespace UppalCrm.Core.Calls;

/// <content>A call between two agents.</content>
public sealed partial class Call
{
    /// <summary>Whether the two ended it, and not the clock, a supervisor or a colleague who did not take it: that stays.</summary>
    private bool WasEndedByTheTwo => EndReason is null && EndedBy == CallEnder.Agent;

    /// <summary>
    /// Works out from the legs when the two met and parted, in whatever order that was told, also of a call that was ended before it was
    /// told.
    /// </summary>
    /// <returns>Whether anything changed.</returns>
    internal bool SettleInternal()
    {
        var changed = false;
        foreach (var leg in Legs.Where(leg => leg.IsIn && ConferenceEndedAt is not null))
        {
            leg.Leave(ConferenceEndedAt); // nobody stays in a conference that is over
            changed = true;
        }

        if (Transfers is not [{ ToAgentId: { } colleague } asked] || AgentId is not { } caller)
        {
            return changed;
        }

        var (callerIn, colleagueIn) = (JoinOf(caller), JoinOf(colleague));
        changed |= Status == CallStatus.Preparing && callerIn is { } came && TryApply(CallTrigger.DialStarted, came);
        var met = callerIn > colleagueIn ? callerIn : colleagueIn;
        if (callerIn is not null && colleagueIn is not null && IsOpen && TryApply(CallTrigger.ColleagueJoined, met!.Value))
        {
            asked.State = TransferState.Joined;
            changed = true;
        }

        if (HasLeft(caller) || HasLeft(colleague) || ConferenceEndedAt is not null)
        {
            changed |= TryEndInternal(CallTrigger.AgentLeft, PartedAt!.Value);
        }

        return changed | CorrectInternal(callerIn is null || colleagueIn is null ? null : met);
    }

    /// <summary>One of the two has left, or the conference is over, which ends the call.</summary>
    /// <returns>Whether anything changed.</returns>
    internal bool TryEndInternal(CallTrigger trigger, DateTimeOffset at) => TryEnd(
        trigger, at, AnsweredAt is null ? CallOutcome.Cancelled : CallOutcome.Answered, CallEnder.Agent);

    /// <summary>The carrier's news, which may come after the call's end, tell better when it was and whether the two had met.</summary>
    private bool CorrectInternal(DateTimeOffset? met)
    {
        if (IsOpen || !WasEndedByTheTwo)
        {
            return false;
        }

        var ended = PartedAt ?? EndedAt;
        ended = met > ended ? met : ended;
        var (outcome, seconds) = met is { } since
            ? (CallOutcome.Answered, (int?)Math.Round((ended!.Value - since).TotalSeconds))
            : (CallOutcome.Cancelled, null);
        if (AnsweredAt == met && EndedAt == ended && Outcome == outcome && DurationSeconds == seconds)
        {
            return false;
        }

        AnsweredAt = met;
        CorrectEnd(ended, outcome, EndedBy, seconds);
        return true;
    }

    /// <summary>When the first of the two left, or the conference ended; null while neither is told.</summary>
    private DateTimeOffset? PartedAt =>
        Legs.Where(leg => leg.Role == LegRole.Agent).Select(leg => leg.LeftAt).Append(ConferenceEndedAt).Min();

    /// <summary>The colleague did not take the call.</summary>
    /// <param name="state">How their being asked ended.</param>
    private void EndUnanswered(TransferState state, DateTimeOffset at)
    {
        var (outcome, by, reason) = state switch
        {
            TransferState.Declined => (CallOutcome.Busy, CallEnder.Agent, "Your colleague did not take the call."),
            TransferState.TimedOut => (CallOutcome.NoAnswer, CallEnder.System, "Your colleague did not answer."),
            _ => (CallOutcome.Cancelled, CallEnder.Agent, (string?)null),
        };
        TryEnd(CallTrigger.ColleagueNotReached, at, outcome, by, reason);
    }

    private IEnumerable<CallLeg> LegsOf(int agentId) => Legs.Where(leg => leg.Role == LegRole.Agent && leg.AgentId == agentId);

    private DateTimeOffset? JoinOf(int agentId) => LegsOf(agentId).Min(JoinOf);

    private bool HasLeft(int agentId) => LegsOf(agentId).Any(leg => leg.LeftAt is not null) && !LegsOf(agentId).Any(leg => leg.IsIn);
}
