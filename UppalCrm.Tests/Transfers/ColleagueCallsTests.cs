using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Transfers;

/// <summary>One agent calls another, without a customer.</summary>
public sealed class ColleagueCallsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Both_are_busy_and_it_is_on_the_board_and_in_no_history_no_report_no_figure_and_leaves_no_wrap_up()
    {
        await using var floor = await Floor.OpenAsync(("Calls:WrapUp", "00:01:00"));
        var (danasLeg, _) = await floor.TalkAsync();
        var call = await floor.GetAsync();
        Assert.Equal((CallStatus.Connected, CallDirection.Internal), (call.Status, call.Direction));
        Assert.Equal(("Lee", "Dana"), (call.NameFor(floor.Dana), call.NameFor(floor.Lee)));
        Assert.Equal((call.Id, call.Id), (await floor.CallOfAsync(floor.Dana), await floor.CallOfAsync(floor.Lee)));
        var boss = await floor.HireSupervisorAsync();
        using (var watch = await floor.Centre.Get<CallBoard>().WatchAsync(boss, _ => { }, Token))
        {
            var row = Assert.Single(watch.First.InProgress);
            Assert.Equal(("Dana", "Lee", false), (row.AgentName, row.OtherName, row.IsRecorded));
        }

        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(30));
        await floor.Centre.TellAsync(call, ConferenceEventKind.Left, danasLeg);
        await floor.Centre.TellAsync(call, ConferenceEventKind.Ended, danasLeg);

        call = await floor.GetAsync();
        Assert.Equal((CallOutcome.Answered, CallEnder.Agent, 30), (call.Outcome, call.EndedBy, call.DurationSeconds));
        foreach (var id in new[] { floor.Dana, floor.Lee })
        {
            var agent = await floor.Centre.Roster.FindAsync(id, Token);
            Assert.Equal((Presence.Available, null), (agent!.Presence, agent.WrapUpCallId));
        }

        var history = floor.Centre.Get<CallHistory>();
        var reader = new HistoryReader(floor.Dana, true);
        Assert.Empty((await history.GetNewestAsync(new HistoryFilter(), reader, 10, Token)).Rows);
        Assert.Empty((await history.GetNewestAsync(new HistoryFilter { Search = "Lee" }, reader, 10, Token)).Rows);
        Assert.Empty(
            (await history.GetNewestAsync(new HistoryFilter { Direction = CallDirection.Internal }, reader, 10, Token)).Rows);
        Assert.Empty(await history.GetRowsAsync([call.Id], reader, Token));
        Assert.Null(await history.FindAsync(call.Id, reader, Token));
        Assert.Empty(await floor.Centre.Get<RecentCalls>().GetOfAgentAsync(floor.Dana, 10, Token));
        var today = DateOnly.FromDateTime(floor.Centre.Clock.GetUtcNow().UtcDateTime);
        Assert.Equal(default, (await floor.Centre.Get<CallReports>().GetAsync(boss, today, today, Token)).Total);
        using var after = await floor.Centre.Get<CallBoard>().WatchAsync(boss, _ => { }, Token);
        Assert.Empty(after.First.InProgress);
        Assert.Equal(default, after.First.Figures.Tally);
    }

    [Fact]
    public async Task Nothing_is_dialled_or_held_and_the_end_ends_the_room()
    {
        await using var floor = await Floor.OpenAsync();
        await floor.TalkAsync();
        Assert.False((await floor.Centre.Desk.SetHoldAsync(floor.CallId, floor.Dana, hold: true, Token)).IsDone);
        Assert.False((await floor.GetAsync()).AgentHolds);
        await floor.Centre.Desk.HangUpAsync(floor.CallId, floor.Dana, Token);
        await floor.Centre.CarrierIsDoneAsync();

        Assert.Equal(
            [$"end-conference {(await floor.GetAsync()).ConferenceName}"],
            floor.Centre.Carrier.Asked.Where(asked => !asked.StartsWith("remove", StringComparison.Ordinal)
                && !asked.StartsWith("end-on-exit", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("declined", CallOutcome.Busy, "Your colleague did not take the call.")]
    [InlineData("not answered", CallOutcome.NoAnswer, "Your colleague did not answer.")]
    [InlineData("given up", CallOutcome.Cancelled, null)]
    [InlineData("phone not there", CallOutcome.Failed,
        "Your phone did not join the call in time, so nobody was called. Check the phone light and try again.")]
    public async Task A_call_that_comes_to_nothing_ends_with_its_reason_and_both_are_free(string how, CallOutcome outcome, string? reason)
    {
        await using var floor = await Floor.OpenAsync();
        await floor.CallAsync();
        if (how != "phone not there")
        {
            await floor.Centre.AgentJoinsAsync(await floor.GetAsync(), floor.Dana);
            Assert.Equal(CallStatus.Dialing, (await floor.GetAsync()).Status);
        }

        switch (how)
        {
            case "declined":
                Assert.True((await floor.Centre.Transfers.DeclineAsync(floor.CallId, floor.Lee, Token)).IsDone);
                break;
            case "given up":
                Assert.True((await floor.Centre.Desk.HangUpAsync(floor.CallId, floor.Dana, Token)).IsDone);
                break;
            default:
                floor.Centre.Clock.Advance(TimeSpan.FromSeconds(20));
                await floor.Centre.SweepAsync();
                break;
        }

        var call = await floor.GetAsync();
        Assert.Equal((CallStatus.Ended, outcome, reason), (call.Status, call.Outcome, call.EndReason));
        Assert.Null(await floor.CallOfAsync(floor.Dana));
        Assert.Null(await floor.Centre.Transfers.FindOfferedAsync(floor.Lee, Token));
        Assert.False((await floor.Centre.Transfers.AcceptAsync(floor.CallId, floor.Lee, Token)).IsDone);
    }

    [Fact]
    public async Task Who_hangs_up_in_the_second_in_which_they_met_leaves_an_answered_call()
    {
        await using var floor = await Floor.OpenAsync();
        await floor.CallAsync();
        var call = await floor.GetAsync();
        await floor.Centre.AgentJoinsAsync(call, floor.Dana);
        await floor.Centre.Transfers.AcceptAsync(call.Id, floor.Lee, Token);
        var leesLeg = floor.Centre.NewLeg();
        await floor.Centre.News.AgentConnectingAsync(leesLeg, floor.Lee, call.ConferenceName, Token);
        await floor.Centre.Desk.HangUpAsync(call.Id, floor.Dana, Token); // before the carrier has told that Lee is in
        Assert.Equal(CallOutcome.Cancelled, (await floor.GetAsync()).Outcome);

        await floor.Centre.TellAsync(call, ConferenceEventKind.Joined, leesLeg);
        await floor.Centre.TellAsync(call, ConferenceEventKind.Ended, null);

        call = await floor.GetAsync();
        Assert.Equal((CallOutcome.Answered, 0), (call.Outcome, call.DurationSeconds));
        Assert.DoesNotContain(call.Legs, leg => leg.IsIn);
    }

    [Fact]
    public async Task Only_who_is_free_is_called_and_nobody_calls_two()
    {
        await using var floor = await Floor.OpenAsync();
        var kim = await floor.Centre.HireAsync("Kim");
        var ben = await floor.Centre.HireAsync("Ben", "Lunch");
        await floor.TalkAsync();

        Assert.Equal("Lee is in a call.", (await floor.PrepareAsync(kim, floor.Lee)).Reason);
        Assert.Equal("Ben takes no calls now.", (await floor.PrepareAsync(kim, ben)).Reason);
        Assert.Equal("There is no such colleague.", (await floor.PrepareAsync(kim, kim)).Reason);
        Assert.Equal("There is no such colleague.", (await floor.PrepareAsync(kim, 4711)).Reason);
        Assert.Equal("You have a call in hand. End it before dialling the next.", (await floor.PrepareAsync(floor.Dana, kim)).Reason);
    }

    [Fact]
    public async Task Nobody_listens_to_it_takes_it_over_or_gives_it_away()
    {
        await using var floor = await Floor.OpenAsync();
        await floor.TalkAsync();
        var (boss, kim) = (await floor.HireSupervisorAsync(), await floor.Centre.HireAsync("Kim"));
        var supervision = floor.Centre.Get<CallSupervision>();
        const string apart = "Two colleagues talk among themselves: nobody listens to that.";

        Assert.Equal(apart, (await supervision.PrepareAsync(floor.CallId, boss, SupervisorMode.Listen, Token)).Reason);
        Assert.IsType<JoinDecision.Refused>(
            await floor.Centre.News.SupervisorConnectingAsync(
                floor.Centre.NewLeg(), boss, (await floor.GetAsync()).ConferenceName, SupervisorMode.Listen, Token));
        Assert.False((await supervision.TakeOverAsync(floor.CallId, boss, Token)).IsDone);
        Assert.Equal(
            "A call between colleagues cannot be given to anybody.",
            (await floor.Centre.Transfers.StartAsync(floor.CallId, floor.Dana, kim, null, consult: false, Token)).Reason);
        Assert.False((await floor.Centre.Transfers.LeaveAsync(floor.CallId, floor.Dana, Token)).IsDone);
        Assert.Equal(CallStatus.Connected, (await floor.GetAsync()).Status);
        Assert.True((await supervision.HangUpAsync(floor.CallId, boss, Token)).IsDone); // what is stuck can be ended
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_end_of_one_who_is_signed_out_is_the_end_of_it(bool whoCalled)
    {
        await using var floor = await Floor.OpenAsync(("Calls:WhenAgentIsLost", "KeepCustomer"));
        await floor.TalkAsync();
        var (gone, other) = whoCalled ? (floor.Dana, floor.Lee) : (floor.Lee, floor.Dana);
        Assert.Equal(floor.CallId, await floor.Centre.Get<CallInHand>().TakeFromAsync(gone, _ => true, Token));
        Assert.Equal((CallStatus.Ended, CallOutcome.Answered), ((await floor.GetAsync()).Status, (await floor.GetAsync()).Outcome));
        Assert.Null(await floor.CallOfAsync(other));
    }

    /// <summary>Dana and Lee are free.</summary>
    private sealed class Floor : IAsyncDisposable
    {
        private Floor(CallCentre centre, int dana, int lee) => (Centre, Dana, Lee) = (centre, dana, lee);

        public CallCentre Centre { get; }

        public int Dana { get; }

        public int Lee { get; }

        public long CallId { get; private set; }

        public static async Task<Floor> OpenAsync(params (string Key, string Value)[] settings)
        {
            var centre = await CallCentre.OpenAsync(settings);
            return new Floor(centre, await centre.HireAsync("Dana"), await centre.HireAsync("Lee"));
        }

        public Task<Result<PreparedCall>> PrepareAsync(int from, int to) => Centre.Get<ColleagueCalls>().PrepareAsync(from, to, Token);

        public async Task CallAsync() => CallId = (await PrepareAsync(Dana, Lee)).Value!.CallId;

        /// <summary>Lee has taken the call, and both are in.</summary>
        public async Task<(CallSid Danas, CallSid Lees)> TalkAsync()
        {
            await CallAsync();
            var call = await GetAsync();
            var danas = await Centre.AgentJoinsAsync(call, Dana);
            Assert.True((await Centre.Transfers.AcceptAsync(CallId, Lee, Token)).IsDone);
            return (danas, await Centre.AgentJoinsAsync(call, Lee));
        }

        public Task<Call> GetAsync() => Centre.GetAsync(CallId);

        public async Task<long?> CallOfAsync(int agent) => (await Centre.Desk.FindActiveAsync(agent, Token))?.Id;

        public Task<int> HireSupervisorAsync() => Centre.HireSupervisorAsync();

        public ValueTask DisposeAsync() => Centre.DisposeAsync();
    }
}
