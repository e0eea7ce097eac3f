using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Calls;

/// <summary>
/// An agent's leg goes and the customer stays (<see cref="WhenAgentIsLost.KeepCustomer"/>): music, coming back, and who else may.
/// </summary>
public sealed class LostAgentTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_is_cut_off_has_half_a_minute_and_the_customer_is_told_and_hears_music()
    {
        await using var floor = await Floor.OpenAsync();

        await floor.CutOffAsync();

        var call = await floor.GetAsync();
        Assert.Equal((CallStatus.Claimed, floor.Dana, true), (call.Status, call.AgentId, call.AwaitsAgent));
        Assert.Equal(floor.Now.AddSeconds(30), call.LeaseUntil);
        Assert.Equal([$"hold {floor.Customer} for return"], floor.Centre.Carrier.Asked);
        Assert.Equal(floor.Call.Id, await floor.CallOfAsync(floor.Dana)); // and is offered nothing else
    }

    [Fact]
    public async Task Who_comes_back_is_in_the_call_as_if_nothing_had_happened()
    {
        await using var floor = await Floor.OpenAsync();
        await floor.CutOffAsync();
        await floor.HoldAsync(true);
        floor.Centre.Carrier.Asked.Clear();

        await floor.JoinAsync(floor.Dana);

        var call = await floor.GetAsync();
        Assert.Equal((CallStatus.Connected, floor.Dana, floor.Call.AnsweredAt), (call.Status, call.AgentId, call.AnsweredAt));
        Assert.Equal([$"hold {floor.Customer} False"], floor.Centre.Carrier.Asked);
        floor.Centre.Clock.Advance(TimeSpan.FromMinutes(1));
        await floor.Centre.SweepAsync();
        Assert.Equal(CallStatus.Connected, (await floor.GetAsync()).Status);
    }

    [Fact]
    public async Task A_customer_whom_the_agent_had_on_hold_is_on_hold_when_the_agent_is_back()
    {
        await using var floor = await Floor.OpenAsync();
        Assert.True((await floor.Centre.Desk.SetHoldAsync(floor.Call.Id, floor.Dana, hold: true, Token)).IsDone);
        await floor.HoldAsync(true);
        floor.Centre.Carrier.Asked.Clear();

        await floor.CutOffAsync(); // within the carrier's whole second
        await floor.JoinAsync(floor.Dana);

        Assert.Empty(floor.Centre.Carrier.Asked);
        Assert.True((await floor.GetAsync()).FindCustomerLeg()!.Held);
    }

    [Fact]
    public async Task Who_is_not_back_in_time_loses_the_call_to_everybody_those_who_had_declined_it_too_and_before_all_who_wait()
    {
        await using var floor = await Floor.OpenAsync();
        await floor.Centre.Desk.DeclineAsync(floor.Call.Id, floor.Lee, Token);
        await floor.CutOffAsync();
        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(10));
        var other = await floor.Centre.CallerArrivesAsync("+12025550122");
        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(20));
        await floor.Centre.SweepAsync();

        var call = await floor.GetAsync();
        Assert.Equal((CallStatus.Waiting, null, floor.Now.AddSeconds(60)), (call.Status, call.AgentId, call.ExpiresAt));
        Assert.Equal([call.Id, other.Id], (await floor.Centre.Desk.GetWaitingAsync(floor.Lee, Token)).Select(c => c.Id));
        Assert.Null(await floor.CallOfAsync(floor.Dana));

        await floor.HoldAsync(true);
        floor.Centre.Carrier.Asked.Clear();
        Assert.True((await floor.Centre.Desk.AcceptAsync(call.Id, floor.Lee, Token)).IsDone);
        await floor.JoinAsync(floor.Lee);
        call = await floor.GetAsync();
        Assert.Equal((CallStatus.Connected, floor.Lee, floor.Call.AnsweredAt), (call.Status, call.AgentId, call.AnsweredAt));
        Assert.Equal([$"hold {floor.Customer} False"], floor.Centre.Carrier.Asked);
    }

    [Fact]
    public async Task An_end_stands_after_five_seconds_and_is_the_agents_at_the_moment_of_the_press()
    {
        await using var floor = await Floor.OpenAsync();
        var pressed = floor.Now;

        Assert.True((await floor.Centre.Desk.HangUpAsync(floor.Call.Id, floor.Dana, Token)).IsDone);
        await floor.Centre.CarrierIsDoneAsync();
        Assert.Equal(
            [$"end-on-exit {floor.DanasLeg} False", $"hold {floor.Customer} True", $"remove {floor.DanasLeg}"],
            floor.Centre.Carrier.Asked.Order());
        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Left, floor.DanasLeg);
        Assert.False((await floor.Centre.Desk.HangUpAsync(floor.Call.Id, floor.Dana, Token)).IsDone); // pressed twice
        Assert.IsType<JoinDecision.Refused>(
            await floor.Centre.News.AgentConnectingAsync(floor.Centre.NewLeg(), floor.Dana, floor.Call.ConferenceName, Token));
        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(5));
        await floor.Centre.SweepAsync();

        var call = await floor.GetAsync();
        Assert.Equal(
            (CallStatus.Ended, CallOutcome.Answered, CallEnder.Agent, pressed), (call.Status, call.Outcome, call.EndedBy, call.EndedAt));
        Assert.Contains($"end-conference {call.ConferenceName}", floor.Centre.Carrier.Asked);
        Assert.False((await floor.Centre.Desk.UndoHangUpAsync(call.Id, floor.Dana, Token)).IsDone); // too late
    }

    [Fact]
    public async Task An_end_that_is_taken_back_within_five_seconds_lets_the_agent_in_again()
    {
        await using var floor = await Floor.OpenAsync();
        await floor.Centre.Desk.HangUpAsync(floor.Call.Id, floor.Dana, Token);
        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Left, floor.DanasLeg);
        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(4));
        Assert.False((await floor.Centre.Desk.UndoHangUpAsync(floor.Call.Id, floor.Lee, Token)).IsDone); // not Lee's to take back

        var undone = await floor.Centre.Desk.UndoHangUpAsync(floor.Call.Id, floor.Dana, Token);

        Assert.Equal(floor.Call.ConferenceName, undone.Value?.ConferenceName);
        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(5));
        await floor.Centre.SweepAsync();
        await floor.JoinAsync(floor.Dana);
        Assert.Equal((CallStatus.Connected, null), ((await floor.GetAsync()).Status, (await floor.GetAsync()).HungUpAt));
    }

    [Fact]
    public async Task An_agent_who_brings_the_call_to_another_machine_is_in_it_once()
    {
        await using var floor = await Floor.OpenAsync();

        await floor.JoinAsync(floor.Dana);

        Assert.Equal([$"end-on-exit {floor.DanasLeg} False", $"remove {floor.DanasLeg}"], floor.Centre.Carrier.Asked);
        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Left, floor.DanasLeg);
        Assert.Equal((CallStatus.Connected, null), ((await floor.GetAsync()).Status, (await floor.GetAsync()).AgentLostAt));
    }

    [Fact]
    public async Task The_newest_leg_is_the_one_that_was_asked_for_last_although_the_carriers_clock_is_behind()
    {
        await using var floor = await Floor.OpenAsync();
        var newest = floor.Centre.NewLeg();
        await floor.Centre.News.AgentConnectingAsync(newest, floor.Dana, floor.Call.ConferenceName, Token);

        await floor.Centre.News.ReportAsync(
            new ConferenceEvent(ConferenceEventKind.Joined, floor.Call.ConferenceSid!, floor.Call.ConferenceName, 900,
                floor.Now.AddMinutes(-5), newest), Token);
        await floor.Centre.CarrierIsDoneAsync();

        Assert.Equal(newest, (await floor.GetAsync()).FindAgentLeg()?.CallSid);
        Assert.Contains($"remove {floor.DanasLeg}", floor.Centre.Carrier.Asked);
        Assert.DoesNotContain($"remove {newest}", floor.Centre.Carrier.Asked);
    }

    [Fact]
    public async Task A_customer_who_hangs_up_is_not_taken_for_an_agent_who_was_cut_off()
    {
        await using var floor = await Floor.OpenAsync();

        // The conference ends with the customer; what is told of the agent's leg may come first.
        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Left, floor.DanasLeg, "moderator_ended_conference");
        Assert.Equal(CallStatus.Connected, (await floor.GetAsync()).Status);
        await floor.Centre.EndAsync(floor.Call);

        var call = await floor.GetAsync();
        Assert.Equal((CallStatus.Ended, CallEnder.Customer), (call.Status, call.EndedBy));
        Assert.DoesNotContain(floor.Centre.Carrier.Asked, asked => asked.StartsWith("hold", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_phone_that_cannot_come_back_gives_the_call_to_the_others_at_once()
    {
        await using var floor = await Floor.OpenAsync();
        await floor.CutOffAsync();

        await floor.Centre.Desk.ReleaseAsync(floor.Call.Id, floor.Dana, "Your browser has no microphone.", Token);

        var call = await floor.GetAsync();
        Assert.Equal((CallStatus.Waiting, floor.Now.AddSeconds(60)), (call.Status, call.ExpiresAt));
    }

    [Fact]
    public async Task A_hold_that_the_carrier_refused_is_asked_for_again_while_it_is_wanted()
    {
        await using var floor = await Floor.OpenAsync();
        floor.Centre.Carrier.Refusal = "The carrier did not answer.";
        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Left, floor.DanasLeg);
        await Eventually.HoldsAsync(() => floor.Centre.Carrier.Asked.Contains($"hold {floor.Customer} for return"), "music is asked for");

        await floor.Centre.Desk.HangUpAsync(floor.Call.Id, floor.Dana, Token);
        await floor.Centre.EndAsync(floor.Call); // nobody is there to hear it any more
        floor.Centre.Carrier.Refusal = null;
        floor.Centre.Carrier.Asked.Clear();
        await Eventually.HoldsAsync(async () =>
        {
            floor.Centre.Clock.Advance(TimeSpan.FromSeconds(1));
            await floor.Centre.CarrierIsDoneAsync();
            return true;
        }, () => "nothing is left to ask for");
        Assert.DoesNotContain(floor.Centre.Carrier.Asked, asked => asked.StartsWith("hold", StringComparison.Ordinal));
    }

    [Fact]
    public async Task By_default_an_agent_who_is_cut_off_ends_the_call_and_has_no_second_leg()
    {
        await using var floor = await Floor.OpenAsync(keep: false);
        Assert.IsType<JoinDecision.Refused>(
            await floor.Centre.News.AgentConnectingAsync(floor.Centre.NewLeg(), floor.Dana, floor.Call.ConferenceName, Token));

        await floor.CutOffAsync();

        Assert.Equal((CallStatus.Ended, CallEnder.Agent), ((await floor.GetAsync()).Status, (await floor.GetAsync()).EndedBy));
    }

    /// <summary>Dana talks with a customer; Lee is free.</summary>
    private sealed record Floor(CallCentre Centre, int Dana, int Lee, Call Call) : IAsyncDisposable
    {
        public CallSid Customer => Call.CustomerLeg!.Value;

        public CallSid DanasLeg => Call.Legs.Single(leg => leg.Role == LegRole.Agent).CallSid;

        public DateTimeOffset Now => Centre.Clock.GetUtcNow();

        public static async Task<Floor> OpenAsync(bool keep = true)
        {
            var centre = await CallCentre.OpenAsync(("Calls:WhenAgentIsLost", keep ? "KeepCustomer" : "EndCall"));
            var dana = await centre.HireAsync("Dana");
            var floor = new Floor(centre, dana, await centre.HireAsync("Lee"), await centre.InCallAsync(dana));
            centre.Clock.Advance(TimeSpan.FromSeconds(5));
            await centre.Roster.SeenAsync([dana, floor.Lee], Token);
            return floor;
        }

        public async Task CutOffAsync()
        {
            await Centre.TellAsync(Call, ConferenceEventKind.Left, DanasLeg);
            await Centre.CarrierIsDoneAsync();
        }

        public async Task HoldAsync(bool held)
        {
            await Centre.TellAsync(Call, held ? ConferenceEventKind.Held : ConferenceEventKind.Unheld, Customer);
            await Centre.CarrierIsDoneAsync();
        }

        public async Task JoinAsync(int agent)
        {
            Centre.Clock.Advance(TimeSpan.FromSeconds(1));
            var leg = Centre.NewLeg();
            Assert.IsType<JoinDecision.Allowed>(await Centre.News.AgentConnectingAsync(leg, agent, Call.ConferenceName, Token));
            await Centre.TellAsync(Call, ConferenceEventKind.Joined, leg);
            await Centre.CarrierIsDoneAsync();
        }

        public Task<Call> GetAsync() => Centre.GetAsync(Call.Id);

        public async Task<long?> CallOfAsync(int agent) => (await Centre.Roster.FindAsync(agent, Token))!.CallId;

        public ValueTask DisposeAsync() => Centre.DisposeAsync();
    }
}
