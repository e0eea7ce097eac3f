using UppalCrm.Core.Calls;
using UppalCrm.Core.Telephony;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Calls;

/// <summary>News of long ago, and news of calls that nobody knows.</summary>
public sealed class LateNewsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(10)]
    [InlineData(3 * 24 * 60)]
    public async Task All_news_told_again_much_later_changes_nothing_and_announces_nothing(int minutesLater)
    {
        await using var floor = await Floor.OpenAsync();
        var agent = await floor.AgentAsync("Dana");
        var arrival = new CallerArrived(floor.NewLeg(), "+12025550111", "+15005550006", null, "token-1");
        var call = await floor.News.CallerArrivedAsync(arrival, Token);
        var (leg, news) = await Story.ClaimAsync(floor, call, agent);
        foreach (var item in news)
        {
            await item(floor);
        }

        await floor.CarrierIsDoneAsync();
        var before = await floor.CallAsync(call.Id);
        floor.Clock.Advance(TimeSpan.FromMinutes(minutesLater));
        var announced = 0;
        using var listening = floor.Feed.Subscribe(_ => announced++);

        await floor.News.CallerArrivedAsync(arrival, Token);
        Assert.IsType<JoinDecision.Allowed>(await floor.News.AgentConnectingAsync(leg, agent, call.ConferenceName, Token));
        foreach (var item in news)
        {
            await item(floor);
        }

        var after = await floor.CallAsync(call.Id);
        Assert.Equal((before.Version, before.Status, before.EndedAt, before.DurationSeconds), (after.Version, after.Status, after.EndedAt, after.DurationSeconds));
        Assert.Equal(0, announced);
        Assert.Empty(await floor.Desk.GetWaitingAsync(null, Token));
    }

    [Fact]
    public async Task The_end_told_ten_minutes_late_ends_the_call_when_it_ended()
    {
        await using var floor = await Floor.OpenAsync();
        var agent = await floor.AgentAsync("Dana");
        var call = await floor.CallerArrivesAsync();
        var start = floor.Clock.GetUtcNow();
        var (_, news) = await Story.ClaimAsync(floor, call, agent);
        await news[0](floor);
        await news[1](floor);
        floor.Clock.Advance(TimeSpan.FromMinutes(10));

        foreach (var item in news)
        {
            await item(floor);
        }

        var row = await floor.CallAsync(call.Id);
        Assert.Equal((start.AddSeconds(65), 60), (row.EndedAt!.Value, row.DurationSeconds!.Value));
    }

    [Fact]
    public async Task News_of_a_call_that_nobody_knows_is_kept_a_day_for_the_call_and_then_forgotten()
    {
        await using var floor = await Floor.OpenAsync();
        var stranger = floor.NewLeg();
        await floor.News.ReportAsync(new LegNews(stranger, LegState.Completed, 3, floor.Clock.GetUtcNow(), 12, null), Token);
        await using (var db = floor.Database())
        {
            Assert.Equal(1, db.Events.Count(e => e.LegSid == stranger.Value && e.CallId == null));
        }

        floor.Clock.Advance(TimeSpan.FromHours(25));
        await floor.Reconciler.ReconcileAsync(afterRestart: false, Token);

        await using var later = floor.Database();
        Assert.Equal(0, later.Events.Count(e => e.LegSid == stranger.Value));
    }
}
