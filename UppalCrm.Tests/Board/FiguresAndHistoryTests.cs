using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Board;

/// <summary>The history, the missed calls and the report of a day, added up by hand, come to the board's tiles.</summary>
public sealed class FiguresAndHistoryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_tiles_agree_with_the_history_the_missed_calls_and_the_report_of_the_day()
    {
        await using var centre = await CallCentre.OpenAsync(("Floor:TimeZone", "UTC"), ("Calls:WrapUp", "00:00:00"));
        var sam = await centre.HireSupervisorAsync();
        var dana = await centre.HireAsync("Dana");
        await LetGoAsync(centre, seconds: 30); // yesterday's, by the floor's clock
        centre.Clock.Advance(TimeSpan.FromDays(1));
        foreach (var wait in (int[])[5, 20, 41])
        {
            await AnswerAsync(centre, dana, wait, talks: 90);
        }

        await LetGoAsync(centre, seconds: 8);
        var calledBack = await LetGoAsync(centre, seconds: 45);
        await centre.CallerArrivesAsync("+12025550144");
        centre.Clock.Advance(TimeSpan.FromSeconds(61));
        await centre.Get<DeadlineSweeper>().SweepAsync(Token); // nobody answered in time
        await centre.Get<MissedCalls>().TakeAsync(calledBack.Id, dana, Token);
        await centre.Get<MissedCalls>().FinishAsync(calledBack.Id, dana, supervises: false, Token);
        centre.Clock.Advance(TimeSpan.FromSeconds(1));
        var first = await centre.CallerArrivesAsync("+12025550155");
        centre.Clock.Advance(TimeSpan.FromSeconds(7));
        await centre.CallerArrivesAsync("+12025550166");

        using var watch = await centre.Get<CallBoard>().WatchAsync(sam, _ => { }, Token);
        var tiles = watch.First.Figures;

        // By hand: of 5, 20, 41 s and the unanswered 45 and 60 s (8 s is too quick), two were in time; (5 + 20 + 41) / 3 is 22 s.
        Assert.Equal((2, first.CreatedAt), (tiles.Waiting, tiles.LongestWaitingSince));
        Assert.Equal((0.4, TimeSpan.FromSeconds(22)), (tiles.ServiceLevel, tiles.AverageSpeedOfAnswer));
        Assert.Equal((2, 3), (tiles.Tally.Abandoned, tiles.Tally.Handled));

        var floor = new FloorOptions { TimeZone = "UTC" };
        var today = new HistoryFilter { From = floor.StartOf(tiles.Today), Until = floor.StartOf(tiles.Today.AddDays(1)) };
        var history = (await centre.Get<CallHistory>().GetNewestAsync(today, new HistoryReader(sam, Supervises: true), 100, Token)).Rows;
        var answered = history.Where(row => row is { Direction: CallDirection.Inbound, AnsweredAt: not null }).ToList();
        Assert.Equal(tiles.Waiting, history.Count(row => row.Status == CallStatus.Waiting));
        Assert.Equal(tiles.Tally.Abandoned, history.Count(row => row.Outcome == CallOutcome.Abandoned));
        Assert.Equal(tiles.Tally.Handled, history.Count(row => row.Outcome == CallOutcome.Answered));
        Assert.Equal(tiles.AverageSpeedOfAnswer!.Value.TotalSeconds, answered.Average(row => row.WaitSeconds!.Value));
        Assert.Equal(tiles.Tally.AnsweredInTime, answered.Count(row => row.WaitSeconds <= floor.AnswerWithin.TotalSeconds));
        Assert.Equal(
            tiles.ServiceLevel,
            (double)tiles.Tally.AnsweredInTime / history.Count(row => !row.IsOpen
                && !(row.Outcome == CallOutcome.Abandoned && row.WaitSeconds <= 20)));

        Assert.Equal(tiles.ToCallBack, (await centre.Get<MissedCalls>().GetAsync(Token)).Callers.Count); // yesterday's caller too

        var report = await centre.Get<CallReports>().GetAsync(sam, tiles.Today, tiles.Today, Token);
        Assert.Equal((tiles.Tally.Handled, history.Count(row => row.IsMissed)), (report.Total.Answered, report.Total.Missed));
    }

    private static async Task AnswerAsync(CallCentre centre, int agent, int wait, int talks)
    {
        var call = await centre.CallerArrivesAsync($"+120255501{wait:00}");
        await centre.TellAsync(call, ConferenceEventKind.Joined, call.CustomerLeg);
        centre.Clock.Advance(TimeSpan.FromSeconds(wait));
        Assert.True((await centre.Desk.AcceptAsync(call.Id, agent, Token)).IsDone);
        var leg = centre.NewLeg();
        await centre.Get<CarrierEventHandler>().AgentConnectingAsync(leg, agent, call.ConferenceName, Token);
        await centre.TellAsync(call, ConferenceEventKind.Joined, leg);
        centre.Clock.Advance(TimeSpan.FromSeconds(talks));
        await centre.EndAsync(call);
    }

    /// <summary>A caller who hangs up after so many seconds of waiting.</summary>
    private static async Task<Call> LetGoAsync(CallCentre centre, int seconds)
    {
        var call = await centre.CallerArrivesAsync($"+130355501{seconds:00}");
        centre.Clock.Advance(TimeSpan.FromSeconds(seconds));
        await centre.EndAsync(call);
        return call;
    }
}
