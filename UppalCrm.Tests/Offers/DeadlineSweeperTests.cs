using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Offers;

public sealed class DeadlineSweeperTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_offer_that_nobody_takes_ends_when_its_time_is_up_and_not_before()
    {
        await using var centre = await CallCentre.OpenAsync();
        var call = await centre.CallerArrivesAsync();

        centre.Clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(call.ExpiresAt, await centre.Get<DeadlineSweeper>().SweepAsync(Token));
        Assert.True((await centre.GetAsync(call.Id)).IsOpen);

        centre.Clock.Advance(TimeSpan.FromSeconds(1));
        await centre.SweepAsync();

        var ended = await centre.GetAsync(call.Id);
        Assert.Equal((CallOutcome.Missed, CallEnder.System), (ended.Outcome, ended.EndedBy));
        Assert.Equal([$"apologise {call.CustomerLeg}"], centre.Carrier.Asked);
    }

    [Fact]
    public async Task Two_sweeps_at_once_end_a_call_once()
    {
        await using var centre = await CallCentre.OpenAsync();
        var call = await centre.CallerArrivesAsync();
        centre.Clock.Advance(TimeSpan.FromSeconds(60));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => centre.Get<DeadlineSweeper>().SweepAsync(Token), Token)));
        await centre.CarrierIsDoneAsync();

        Assert.Single(centre.Carrier.Asked, $"apologise {call.CustomerLeg}");
    }

    [Fact]
    public async Task The_next_deadline_is_the_earliest_of_offers_leases_and_wrap_ups()
    {
        await using var centre = await CallCentre.OpenAsync(("Calls:WrapUp", "00:00:20"));
        var dana = await centre.HireAsync("Dana");
        var waiting = await centre.CallerArrivesAsync();
        Assert.Equal(waiting.ExpiresAt, await centre.Get<DeadlineSweeper>().SweepAsync(Token));

        await centre.EndAsync(await centre.InCallAsync(dana, "+12025550122"));
        Assert.Equal(centre.Clock.GetUtcNow().AddSeconds(20), await centre.Get<DeadlineSweeper>().SweepAsync(Token));

        var lee = await centre.HireAsync("Lee");
        await centre.Desk.AcceptAsync(waiting.Id, lee, Token);
        Assert.Equal(centre.Clock.GetUtcNow().AddSeconds(10), await centre.Get<DeadlineSweeper>().SweepAsync(Token));
    }

    [Fact]
    public void The_sleeper_is_woken_by_what_is_due_earlier_and_by_nothing_else()
    {
        var timer = new DeadlineTimer();
        var noon = CallBuilder.Noon;
        timer.Reset();
        var waiting = timer.WaitAsync(noon);

        timer.Schedule(noon.AddSeconds(1));
        timer.Schedule(null);
        Assert.False(waiting.IsCompleted);

        timer.Schedule(noon.AddSeconds(-1));
        Assert.True(waiting.IsCompleted);
        Assert.True(timer.WaitAsync(noon).IsCompleted); // scheduled while nobody slept, and not looked at yet
    }
}
