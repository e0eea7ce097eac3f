using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Transfers;

/// <summary>Two calls become one: a customer goes from one conference to another, whatever the carrier says of it and when.</summary>
public sealed class CallJoinsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_customer_is_beside_the_agent_of_the_other_call_and_their_own_is_over()
    {
        await using var floor = await Floor.OpenAsync();
        Assert.Null(await floor.BringAsync());

        Assert.Contains($"move {floor.Moved} to {floor.Into.ConferenceName}", floor.Centre.Carrier.Asked);
        await floor.Centre.TellAsync(floor.Into, ConferenceEventKind.Joined, floor.Moved);
        await floor.Centre.EndAsync(floor.From);
        await floor.Centre.CarrierIsDoneAsync();

        var (from, into) = (await floor.Centre.GetAsync(floor.From.Id), await floor.Centre.GetAsync(floor.Into.Id));
        Assert.Equal((CallStatus.Ended, CallOutcome.Answered, CallEnder.Agent), (from.Status, from.Outcome, from.EndedBy));
        Assert.Equal((CallStatus.Connected, (int?)floor.Dana), (into.Status, into.AgentId));
        var party = Assert.Single(into.FindJoined());
        Assert.Equal((floor.From.OtherNumber, (long?)floor.From.Id), (party.ToNumber, party.FromCallId));
        Assert.NotNull(into.FindLegOf(party));
        Assert.DoesNotContain(floor.Centre.Carrier.Asked, asked => asked.StartsWith("end-leg", StringComparison.Ordinal));
        Assert.Equal(Presence.WrapUp, (await floor.Centre.Roster.FindAsync(floor.Lee, Token))!.Presence);
    }

    [Fact]
    public async Task The_leg_is_told_of_in_the_call_that_it_is_in_now()
    {
        await using var floor = await Floor.OpenAsync();
        await floor.BringAsync();
        await floor.Centre.TellAsync(floor.Into, ConferenceEventKind.Joined, floor.Moved);
        await floor.Centre.News.ReportAsync(
            new LegEvent(floor.Moved, LegState.Completed, 7, floor.Centre.Clock.GetUtcNow(), 30, null), Token);

        var into = await floor.Centre.GetAsync(floor.Into.Id);
        Assert.Empty(into.FindJoined());
        Assert.Equal(CallStatus.Connected, into.Status);
    }

    [Fact]
    public async Task A_carrier_that_refuses_leaves_both_calls_as_they_were()
    {
        await using var floor = await Floor.OpenAsync();
        floor.Centre.Carrier.Refusal = "They have hung up.";

        Assert.Equal("The calls could not be joined: They have hung up.", await floor.BringAsync());
        var (from, into) = (await floor.Centre.GetAsync(floor.From.Id), await floor.Centre.GetAsync(floor.Into.Id));
        Assert.Equal((CallStatus.Connected, (long?)null), (from.Status, from.JoinedToId));
        Assert.Empty(into.FindJoined());
        Assert.Null(into.FindLeg(floor.Moved));

        floor.Centre.Carrier.Refusal = null;
        Assert.Null(await floor.BringAsync()); // and again
    }

    [Fact]
    public async Task A_move_that_a_dead_process_did_not_ask_for_is_asked_for_by_the_next()
    {
        await using var floor = await Floor.OpenAsync();
        await floor.Centre.Get<CallStore>().ChangeAsync(
            floor.Into.Id, c => c.TryTakeIn(floor.From, floor.Moved, floor.Dana, floor.Centre.Clock.GetUtcNow()), Token);
        floor.Centre.Carrier.OnFindConference = name => name != floor.Into.ConferenceName ? null : new ConferenceReport(
            floor.Into.ConferenceSid!, name,
            [.. floor.Into.Legs.Select(leg => new ParticipantReport(leg.CallSid, null, false, false, false, null))]);
        await floor.Centre.Get<Reconciler>().ReconcileAsync(afterRestart: true, Token);
        await floor.Centre.CarrierIsDoneAsync();

        Assert.Contains($"move {floor.Moved} to {floor.Into.ConferenceName}", floor.Centre.Carrier.Asked);

        // Who has hung up meanwhile is no party any more, although nobody told.
        floor.Centre.Carrier.Refusal = "They have hung up.";
        await floor.Centre.Get<Reconciler>().ReconcileAsync(afterRestart: true, Token);
        await Eventually.HoldsAsync(
            async () => !(await floor.Centre.GetAsync(floor.Into.Id)).FindJoined().Any(), () => "nobody is on the way any more");
    }

    [Fact]
    public async Task A_caller_who_withheld_their_number_comes_in_like_any_other()
    {
        await using var floor = await Floor.OpenAsync(from: "anonymous");
        Assert.Null(await floor.BringAsync());
        await floor.Centre.TellAsync(floor.Into, ConferenceEventKind.Joined, floor.Moved);
        var party = Assert.Single((await floor.Centre.GetAsync(floor.Into.Id)).FindJoined());

        Assert.True((await floor.Centre.Transfers.RemoveAsync(floor.Into.Id, floor.Dana, party.Id, Token)).IsDone);
        await floor.Centre.CarrierIsDoneAsync();
        Assert.Contains($"remove {floor.Moved}", floor.Centre.Carrier.Asked);
    }

    [Fact]
    public async Task Only_talks_between_customers_and_agents_are_joined()
    {
        await using var floor = await Floor.OpenAsync();
        var waiting = await floor.Centre.CallerArrivesAsync("+12025550133");

        Assert.NotNull((await floor.JoinAsync(waiting.Id, floor.Into.Id)).Reason);
        Assert.NotNull((await floor.JoinAsync(floor.From.Id, waiting.Id)).Reason);
        Assert.NotNull((await floor.JoinAsync(floor.Into.Id, floor.Into.Id)).Reason);
        Assert.NotNull((await floor.JoinAsync(99_999, floor.Into.Id)).Reason);
        Assert.NotNull((await floor.JoinAsync(floor.From.Id, 99_999)).Reason);
        Assert.Null((await floor.Centre.GetAsync(floor.From.Id)).JoinedToId);
        Assert.Empty(floor.Centre.Carrier.Asked);
    }

    [Fact]
    public async Task Six_can_be_in_a_call_at_most()
    {
        await using var floor = await Floor.OpenAsync();
        for (var i = 0; i < 4; i++)
        {
            var other = await floor.Centre.InCallAsync(await floor.Centre.HireAsync($"Agent {i}"), $"+1202555014{i}");
            Assert.Null((await floor.JoinAsync(other.Id, floor.Into.Id)).Reason);
        }

        Assert.StartsWith("Nobody can be brought into this call now", await floor.BringAsync(), StringComparison.Ordinal);
        Assert.Null((await floor.Centre.GetAsync(floor.From.Id)).JoinedToId);
    }

    [Fact]
    public async Task A_supervisor_does_it_on_record_and_nobody_else_may()
    {
        await using var floor = await Floor.OpenAsync();
        var supervision = floor.Centre.Get<CallSupervision>();
        await Assert.ThrowsAsync<NotAllowedException>(
            () => supervision.BringOverAsync(floor.From.Id, floor.Into.Id, floor.Dana, Token));

        var sam = await floor.Centre.HireAsync("Sam");
        await floor.Centre.PromoteAsync(sam, Roles.Supervisor);
        Assert.True((await supervision.BringOverAsync(floor.From.Id, floor.Into.Id, sam, Token)).IsDone);

        await using var db = floor.Centre.OpenDatabase();
        var row = Assert.Single(db.Audit.Where(a => a.Action == AuditAction.CallsJoined).ToList());
        Assert.Equal((sam, (long?)floor.From.Id), (row.AgentId, row.CallId));
    }

    /// <summary>Dana talks with one customer, Lee with another, whose leg is to move.</summary>
    private sealed record Floor(CallCentre Centre, int Dana, int Lee, Call Into, Call From, CallSid Moved) : IAsyncDisposable
    {
        public static async Task<Floor> OpenAsync(string from = "+12025550112")
        {
            var centre = await CallCentre.OpenAsync();
            var (dana, lee) = (await centre.HireAsync("Dana"), await centre.HireAsync("Lee"));
            var (into, other) = (await centre.InCallAsync(dana), await centre.InCallAsync(lee, from));
            return new Floor(centre, dana, lee, into, other, other.CustomerLeg!.Value);
        }

        public Task<Result> JoinAsync(long from, long into)
        {
            Centre.Clock.Advance(TimeSpan.FromSeconds(1)); // who presses twice does so later
            return Centre.Get<CallJoins>().BringAsync(from, into, Dana, EventSource.Supervisor, Token);
        }

        public async Task<string?> BringAsync() => (await JoinAsync(From.Id, Into.Id)).Reason;

        public ValueTask DisposeAsync() => Centre.DisposeAsync();
    }
}
