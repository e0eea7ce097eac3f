using System.Collections.Immutable;

namespace UppalCrm.Core.Board;

/// <summary>What the day's figures need to know of one call.</summary>
/// <param name="CreatedAt">When it reached us (inbound) or was dialled (outbound).</param>
public readonly record struct CallFacts(
    CallDirection Direction, CallStatus Status, CallOutcome? Outcome, DateTimeOffset CreatedAt, DateTimeOffset? AnsweredAt,
    DateTimeOffset? EndedAt);

/// <summary>
/// What one call, or many, add to the day's figures. Tallies are added and taken away, so that a change of one call costs one
/// call's counting; the rules of what counts where are <see cref="Of"/> and nowhere else.
/// </summary>
/// <param name="Answered">Inbound calls that reached an agent.</param>
/// <param name="AnsweredInTime">Of these, those within the answer target.</param>
/// <param name="Measured">Inbound calls that count for the service level.</param>
/// <param name="WaitTicks">The answered callers' waiting time, in ticks of 100 ns.</param>
/// <param name="Abandoned">Callers who hung up before an agent answered.</param>
/// <param name="Handled">Calls of both directions that were talked and have ended.</param>
public readonly record struct FloorTally(int Answered, int AnsweredInTime, int Measured, long WaitTicks, int Abandoned, int Handled)
{
    /// <param name="answerWithin">The answer target, e.g. 20 s.</param>
    public static FloorTally Of(in CallFacts call, TimeSpan answerWithin)
    {
        var handled = call is { Status: CallStatus.Ended, Outcome: CallOutcome.Answered } ? 1 : 0;
        if (call.Direction == CallDirection.Outbound)
        {
            return new FloorTally(0, 0, 0, 0, 0, handled);
        }

        if (call.AnsweredAt is { } answeredAt)
        {
            var waited = answeredAt > call.CreatedAt ? answeredAt - call.CreatedAt : TimeSpan.Zero;
            return new FloorTally(1, waited <= answerWithin ? 1 : 0, 1, waited.Ticks, 0, handled);
        }

        if (call.Status != CallStatus.Ended)
        {
            return default; // still waiting: it is counted once it is answered or over
        }

        var abandoned = call.Outcome == CallOutcome.Abandoned;
        // Who hangs up within the target gave nobody the chance to meet it.
        var tooQuick = abandoned && call.EndedAt - call.CreatedAt <= answerWithin;
        return new FloorTally(0, 0, tooQuick ? 0 : 1, 0, abandoned ? 1 : 0, 0);
    }

    public static FloorTally Of(IEnumerable<CallFacts> calls, TimeSpan answerWithin) =>
        calls.Aggregate(default(FloorTally), (sum, call) => sum + Of(call, answerWithin));

    public static FloorTally operator +(FloorTally a, FloorTally b) => new(
        a.Answered + b.Answered, a.AnsweredInTime + b.AnsweredInTime, a.Measured + b.Measured, a.WaitTicks + b.WaitTicks,
        a.Abandoned + b.Abandoned, a.Handled + b.Handled);

    public static FloorTally operator -(FloorTally a, FloorTally b) => new(
        a.Answered - b.Answered, a.AnsweredInTime - b.AnsweredInTime, a.Measured - b.Measured, a.WaitTicks - b.WaitTicks,
        a.Abandoned - b.Abandoned, a.Handled - b.Handled);
}

/// <summary>The figures on the board's tiles: today's, by the floor's clock, except those of this very moment.</summary>
/// <param name="Waiting">Callers waiting now.</param>
/// <param name="LongestWaitingSince">When the caller who has waited longest came; null when nobody waits.</param>
/// <param name="Today">The floor's calendar day that the tally is about.</param>
/// <param name="ToCallBack">Callers on the list of missed calls now, whatever day they called.</param>
public sealed record FloorFigures(int Waiting, DateTimeOffset? LongestWaitingSince, DateOnly Today, FloorTally Tally, int ToCallBack)
{
    /// <summary>From 0 to 1; null while no call counts for it.</summary>
    public double? ServiceLevel => Tally.Measured == 0 ? null : (double)Tally.AnsweredInTime / Tally.Measured;

    /// <summary>Null while nobody was answered.</summary>
    public TimeSpan? AverageSpeedOfAnswer => Tally.Answered == 0 ? null : TimeSpan.FromTicks(Tally.WaitTicks / Tally.Answered);

    public static FloorFigures From(ImmutableArray<BoardCall> waiting, DateOnly today, FloorTally tally, int toCallBack) =>
        new(waiting.Length, waiting.IsEmpty ? null : waiting.Min(call => call.CreatedAt), today, tally, toCallBack);

    /// <summary>What each figure means: the one text, shown with the tile.</summary>
    public static string Define(FloorFigure figure, TimeSpan answerWithin) => figure switch
    {
        FloorFigure.Waiting => "Callers who wait for an agent at this moment.",
        FloorFigure.LongestWait => "How long the caller who has waited longest has been waiting.",
        FloorFigure.ServiceLevel =>
            $"Of today's inbound calls, the share answered within {answerWithin.TotalSeconds:0} s. Callers who hung up within "
                + $"{answerWithin.TotalSeconds:0} s are left out; callers still waiting are not counted yet.",
        FloorFigure.SpeedOfAnswer => "Average time from a caller's arrival to the agent's voice, over today's answered inbound calls.",
        FloorFigure.Abandoned => "Today's inbound callers who hung up before an agent answered.",
        FloorFigure.Handled => "Today's calls, inbound and outbound, in which agent and customer talked and which have ended.",
        FloorFigure.ToCallBack =>
            "Callers whom nobody answered, with whom nobody has talked since and whom nobody has marked as done: the list under Calls, "
                + "Missed.",
        _ => throw new ArgumentOutOfRangeException(nameof(figure), figure, "There is no such figure."),
    };
}

/// <summary>The tiles of the board.</summary>
public enum FloorFigure
{
    Waiting,
    LongestWait,
    ServiceLevel,
    SpeedOfAnswer,
    Abandoned,
    Handled,
    ToCallBack,
}
