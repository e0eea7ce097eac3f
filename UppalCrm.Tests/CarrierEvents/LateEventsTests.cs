using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.CarrierEvents;

/// <summary>News of long ago, and news of calls that nobody knows.</summary>
public sealed class LateEventsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(10)]
    [InlineData(3 * 24 * 60)]
    public async Task All_news_told_again_much_later_changes_nothing_and_announces_nothing(int minutesLater)
    {
        await using var centre = await CallCentre.OpenAsync();
        var agent = await centre.HireAsync("Dana");
        var arrival = new CallerArrived(centre.NewLeg(), "+12025550111", CallCentre.OurLine, null, "token-1");
        var call = await centre.News.CallerArrivedAsync(arrival, Token);
        var (leg, news) = await Story.ClaimAsync(centre, call, agent);
        foreach (var item in news)
        {
            await item(centre);
        }

        await centre.CarrierIsDoneAsync();
        var before = await centre.GetAsync(call.Id);
        centre.Clock.Advance(TimeSpan.FromMinutes(minutesLater));
        var announced = 0;
        using var listening = centre.Get<CallFeed>().Subscribe(_ => announced++);

        await centre.News.CallerArrivedAsync(arrival, Token);
        Assert.IsType<JoinDecision.Allowed>(await centre.News.AgentConnectingAsync(leg, agent, call.ConferenceName, Token));
        foreach (var item in news)
        {
            await item(centre);
        }

        var after = await centre.GetAsync(call.Id);
        Assert.Equal((before.Version, before.Status, before.EndedAt, before.DurationSeconds),
            (after.Version, after.Status, after.EndedAt, after.DurationSeconds));
        Assert.Equal(0, announced);
        Assert.Empty(await centre.Desk.GetWaitingAsync(null, Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_agent_whose_joining_was_never_told_answered_the_call_that_ended_with_their_leaving(bool leavingIsTold)
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var call = await centre.CallerArrivesAsync();
        await centre.TellAsync(call, ConferenceEventKind.Joined, call.CustomerLeg);
        Assert.True((await centre.Desk.AcceptAsync(call.Id, dana, Token)).IsDone);
        var leg = centre.NewLeg();
        await centre.News.AgentConnectingAsync(leg, dana, call.ConferenceName, Token);
        centre.Clock.Advance(TimeSpan.FromSeconds(7));

        await centre.Desk.HangUpAsync(call.Id, dana, Token); // to us the agent is on the way: the caller goes back to the others
        if (leavingIsTold)
        {
            await centre.TellAsync(call, ConferenceEventKind.Left, leg, "participant_hung_up");
        }

        await centre.TellAsync(call, ConferenceEventKind.Left, call.CustomerLeg, "moderator_ended_conference");
        await centre.TellAsync(call, ConferenceEventKind.Ended, leg);

        call = await centre.GetAsync(call.Id);
        Assert.Equal(
            (CallStatus.Ended, CallOutcome.Answered, CallEnder.Agent, dana, 7),
            (call.Status, call.Outcome, call.EndedBy, call.AgentId, call.DurationSeconds));
    }

    [Fact]
    public async Task The_end_told_ten_minutes_late_ends_the_call_when_it_ended()
    {
        await using var centre = await CallCentre.OpenAsync();
        var agent = await centre.HireAsync("Dana");
        var call = await centre.CallerArrivesAsync();
        var start = centre.Clock.GetUtcNow();
        var (_, news) = await Story.ClaimAsync(centre, call, agent);
        await news[0](centre);
        await news[1](centre);
        centre.Clock.Advance(TimeSpan.FromMinutes(10));

        foreach (var item in news)
        {
            await item(centre);
        }

        var row = await centre.GetAsync(call.Id);
        Assert.Equal((start.AddSeconds(65), 60), (row.EndedAt!.Value, row.DurationSeconds!.Value));
    }

    [Fact]
    public async Task News_of_a_call_that_nobody_knows_is_kept_a_day_for_the_call_and_then_forgotten()
    {
        await using var centre = await CallCentre.OpenAsync();
        var stranger = centre.NewLeg();
        await centre.News.ReportAsync(new LegEvent(stranger, LegState.Completed, 3, centre.Clock.GetUtcNow(), 12, null), Token);
        await using (var db = centre.OpenDatabase())
        {
            Assert.Equal(1, db.Events.Count(e => e.LegSid == stranger.Value && e.CallId == null));
        }

        centre.Clock.Advance(TimeSpan.FromHours(25));
        await centre.Get<Reconciler>().ReconcileAsync(afterRestart: false, Token);

        await using var later = centre.OpenDatabase();
        Assert.Equal(0, later.Events.Count(e => e.LegSid == stranger.Value));
    }
}
