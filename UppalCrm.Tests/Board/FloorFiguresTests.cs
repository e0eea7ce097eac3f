using UppalCrm.Tests.Support;
using static UppalCrm.Core.Calls.CallDirection;
using static UppalCrm.Core.Calls.CallOutcome;

namespace UppalCrm.Tests.Board;

/// <summary>Each figure of the board's tiles, by worked examples.</summary>
public sealed class FloorFiguresTests
{
    private static readonly TimeSpan Target = TimeSpan.FromSeconds(20);

    [Fact]
    public void An_answered_call_counts_for_the_service_level_by_how_long_its_caller_waited()
    {
        var tally = FloorTally.Of([AnsweredAfter(5), AnsweredAfter(20), AnsweredAfter(21), AnsweredAfter(54)], Target);

        Assert.Equal(4, tally.Answered);
        Assert.Equal(2, tally.AnsweredInTime); // 20 s is within 20 s
        Assert.Equal(0.5, Figures(tally).ServiceLevel);
        Assert.Equal(TimeSpan.FromSeconds(25), Figures(tally).AverageSpeedOfAnswer); // (5 + 20 + 21 + 54) / 4
    }

    [Fact]
    public void A_caller_who_hangs_up_within_the_target_is_left_out_of_the_service_level_and_counts_as_abandoned()
    {
        var tally = FloorTally.Of([AnsweredAfter(10), UnansweredAfter(8, Abandoned), UnansweredAfter(45, Abandoned)], Target);

        Assert.Equal(2, tally.Abandoned);
        Assert.Equal(2, tally.Measured);
        Assert.Equal(0.5, Figures(tally).ServiceLevel);
    }

    [Fact]
    public void An_outbound_call_is_handled_when_the_parties_talked_and_counts_for_nothing_else()
    {
        var talked = new CallFacts(Outbound, CallStatus.Ended, Answered, Noon, Noon.AddSeconds(9), Noon.AddSeconds(99));
        var busy = new CallFacts(Outbound, CallStatus.Ended, Busy, Noon, null, Noon.AddSeconds(9));

        Assert.Equal(new FloorTally(0, 0, 0, 0, 0, 1), FloorTally.Of(talked, Target));
        Assert.Equal(default, FloorTally.Of(busy, Target));
    }

    [Fact]
    public void A_call_in_progress_is_answered_and_not_handled_yet()
    {
        var tally = FloorTally.Of(AnsweredAfter(5) with { Status = CallStatus.Connected, Outcome = null, EndedAt = null }, Target);

        Assert.Equal((1, 1, 0), (tally.Answered, tally.AnsweredInTime, tally.Handled));
    }

    [Fact]
    public void A_caller_who_still_waits_counts_only_as_waiting()
    {
        var facts = new CallFacts(Inbound, CallStatus.Waiting, null, Noon, null, null);

        Assert.Equal(default, FloorTally.Of(facts, Target));
    }

    [Fact]
    public void Without_calls_there_is_no_service_level_rather_than_a_bad_one()
    {
        Assert.Null(Figures(default).ServiceLevel);
        Assert.Null(Figures(default).AverageSpeedOfAnswer);
        Assert.Null(Figures(default).LongestWaitingSince);
    }

    [Fact]
    public void Taking_a_call_away_from_a_tally_leaves_what_was_there_before()
    {
        var rest = FloorTally.Of([AnsweredAfter(5), UnansweredAfter(60, CallOutcome.Missed)], Target);
        var one = FloorTally.Of(AnsweredAfter(33), Target);

        Assert.Equal(rest, rest + one - one);
    }

    [Theory]
    [InlineData("America/New_York", "2026-06-17T03:59:59Z", "2026-06-16")]
    [InlineData("America/New_York", "2026-06-17T04:00:00Z", "2026-06-17")]
    [InlineData("Asia/Kolkata", "2026-06-17T18:30:00Z", "2026-06-18")]
    [InlineData("UTC", "2026-06-17T23:59:59Z", "2026-06-17")]
    public void Today_begins_at_the_floors_midnight(string zone, string at, string day)
    {
        var floor = new FloorOptions { TimeZone = zone };

        Assert.Equal(DateOnly.Parse(day), floor.DayOf(DateTimeOffset.Parse(at)));
        Assert.True(floor.StartOf(DateOnly.Parse(day)) <= DateTimeOffset.Parse(at));
    }

    [Theory]
    [InlineData("America/New_York", "2026-03-08", 23)] // summer time begins
    [InlineData("America/New_York", "2026-11-01", 25)] // and ends
    [InlineData("America/New_York", "2026-06-17", 24)]
    [InlineData("Africa/Cairo", "2026-04-24", 23)] // begins at midnight itself, which does not exist
    [InlineData("America/Havana", "2026-11-01", 25)] // ends at 01:00, midnight comes twice
    public void A_day_of_the_floor_lasts_as_long_as_its_clock_says(string zone, string day, int hours)
    {
        var floor = new FloorOptions { TimeZone = zone };

        Assert.Equal(TimeSpan.FromHours(hours), floor.StartOf(DateOnly.Parse(day).AddDays(1)) - floor.StartOf(DateOnly.Parse(day)));
    }

    [Fact]
    public void Every_tile_has_a_definition_with_the_target_it_is_measured_by()
    {
        Assert.All(Enum.GetValues<FloorFigure>(), figure => Assert.EndsWith(".", FloorFigures.Define(figure, Target)));
        Assert.Contains("within 20 s", FloorFigures.Define(FloorFigure.ServiceLevel, Target));
    }

    private static DateTimeOffset Noon => ManualClock.Noon;

    private static CallFacts AnsweredAfter(int seconds) =>
        new(Inbound, CallStatus.Ended, Answered, Noon, Noon.AddSeconds(seconds), Noon.AddSeconds(seconds + 100));

    private static CallFacts UnansweredAfter(int seconds, CallOutcome outcome) =>
        new(Inbound, CallStatus.Ended, outcome, Noon, null, Noon.AddSeconds(seconds));

    private static FloorFigures Figures(FloorTally tally) => FloorFigures.From([], DateOnly.FromDateTime(Noon.Date), tally, toCallBack: 0);
}
