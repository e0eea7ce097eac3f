using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.CarrierEvents;

public sealed class UnmatchedEventsTests
{
    private static CancellationToken Now => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_busy_phone_that_says_so_before_the_reply_to_the_order_ends_the_call_all_the_same()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var news = centre.Get<CarrierEventHandler>();
        centre.Carrier.BeforeReply = leg =>
            news.ReportAsync(new LegEvent(leg, LegState.Busy, 1, centre.Clock.GetUtcNow(), null, 486), Now);
        var dialled = await centre.Outbound.PrepareAsync(dana, "+12025550111", Now);
        var call = await centre.GetAsync(dialled.Value!.CallId);

        var mine = centre.NewLeg();
        await news.AgentConnectingAsync(mine, dana, call.ConferenceName, Now);
        await centre.TellAsync(call, ConferenceEventKind.Joined, mine);
        await centre.Get<BackgroundTasks>().WhenIdleAsync(Now);

        var ended = await centre.GetAsync(call.Id);
        Assert.Equal((CallStatus.Ended, CallOutcome.Busy, "The number is busy."), (ended.Status, ended.Outcome!.Value, ended.EndReason));
    }
}
