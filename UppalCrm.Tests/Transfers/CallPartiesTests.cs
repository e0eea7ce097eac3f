using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Transfers;

/// <summary>More than three in a call: who is brought in, held, taken out, and has the call when its agent leaves.</summary>
public sealed class CallPartiesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_talks_along_stays_in_the_call_when_the_next_is_asked()
    {
        await using var floor = await Floor.OpenAsync();
        await floor.BringInAsync(floor.Lee);
        Assert.True((await floor.ConsultAsync(floor.Kim)).IsDone);

        var call = await floor.GetAsync();
        Assert.Equal([TransferState.Joined, TransferState.Ringing], call.Transfers.Select(transfer => transfer.State));
        Assert.Equal(floor.Call.Id, await floor.CallOfAsync(floor.Lee));
        Assert.Equal(floor.Call.Id, (await floor.Centre.Desk.FindActiveAsync(floor.Lee, Token))?.Id);
        Assert.True(call.MayJoin(floor.Lee)); // after a reload
    }

    [Fact]
    public async Task Nobody_is_asked_while_somebody_is_talked_with_apart()
    {
        await using var floor = await Floor.OpenAsync();
        await floor.BringInAsync(floor.Lee);
        await floor.Centre.Transfers.TalkAsync(floor.Call.Id, floor.Dana, TransferState.WithCustomer, Token);

        Assert.Equal("This call is being transferred already.", (await floor.ConsultAsync(floor.Kim)).Reason);
    }

    [Fact]
    public async Task Six_can_be_in_a_call()
    {
        await using var floor = await Floor.OpenAsync();
        foreach (var name in (string[])["Ada", "Ben", "Cai", "Dee"])
        {
            await floor.BringInAsync(await floor.Centre.HireAsync(name));
        }

        Assert.StartsWith("6 can be in a call at most", (await floor.ConsultAsync(floor.Lee)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_is_held_taken_off_hold_and_taken_out_alone()
    {
        await using var floor = await Floor.OpenAsync();
        var (lee, kim) = (await floor.BringInAsync(floor.Lee), await floor.BringInAsync(floor.Kim));
        await floor.Centre.Transfers.CancelAsync(floor.Call.Id, floor.Dana, Token); // Kim's part was not settled yet
        await floor.Centre.CarrierIsDoneAsync();
        var party = (await floor.GetAsync()).FindJoined().Single().Id;

        Assert.Equal([$"hold {lee} True"], await floor.AskedByAsync(
            () => floor.Centre.Transfers.HoldPartyAsync(floor.Call.Id, floor.Dana, party, hold: true, Token)));
        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Held, lee);
        Assert.Equal([], await floor.AskedByAsync(
            () => floor.Centre.Transfers.HoldPartyAsync(floor.Call.Id, floor.Dana, party, hold: true, Token)));
        Assert.Equal([$"hold {lee} False"], await floor.AskedByAsync(
            () => floor.Centre.Transfers.HoldPartyAsync(floor.Call.Id, floor.Dana, party, hold: false, Token)));
        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Unheld, lee);
        Assert.Equal([$"end-on-exit {floor.DanasLeg} True", $"end-on-exit {lee} False", $"remove {lee}"], await floor.AskedByAsync(
            () => floor.Centre.Transfers.RemoveAsync(floor.Call.Id, floor.Dana, party, Token)));

        Assert.Null(await floor.CallOfAsync(floor.Lee));
        Assert.NotEqual(lee, kim);
    }

    [Fact]
    public async Task One_who_was_brought_in_has_no_say_over_the_others_and_leaves_by_their_own_button()
    {
        await using var floor = await Floor.OpenAsync();
        var lee = await floor.BringInAsync(floor.Lee);
        await floor.BringInAsync(floor.Kim);
        var party = (await floor.GetAsync()).FindJoined().Single().Id;

        Assert.False((await floor.Centre.Transfers.RemoveAsync(floor.Call.Id, floor.Kim, party, Token)).IsDone);
        Assert.False((await floor.Centre.Transfers.HoldPartyAsync(floor.Call.Id, floor.Kim, party, hold: true, Token)).IsDone);
        Assert.False((await floor.Centre.Transfers.GiveToPartyAsync(floor.Call.Id, floor.Lee, party, Token)).IsDone);
        Assert.False((await floor.Centre.Transfers.LeaveAsync(floor.Call.Id, floor.Lee, Token)).IsDone);

        Assert.Equal([$"end-on-exit {lee} False", $"remove {lee}"], await floor.AskedByAsync(
            () => floor.Centre.Transfers.DeclineAsync(floor.Call.Id, floor.Lee, Token)));
        Assert.Null(await floor.CallOfAsync(floor.Lee));
        Assert.Equal(CallStatus.Connected, (await floor.GetAsync()).Status);
    }

    [Fact]
    public async Task One_who_was_muted_is_heard_when_the_call_is_theirs()
    {
        await using var floor = await Floor.OpenAsync();
        var lee = await floor.BringInAsync(floor.Lee);
        await floor.BringInAsync(floor.Kim);
        var party = (await floor.GetAsync()).FindJoined().Single().Id;

        Assert.Equal([$"mute {lee} True"], await floor.AskedByAsync(
            () => floor.Centre.Transfers.MutePartyAsync(floor.Call.Id, floor.Dana, party, mute: true, Token)));
        Assert.False((await floor.Centre.Transfers.MutePartyAsync(floor.Call.Id, floor.Kim, party, mute: true, Token)).IsDone);
        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Muted, lee);
        await floor.Centre.Transfers.CancelAsync(floor.Call.Id, floor.Dana, Token);
        Assert.Contains($"mute {lee} False", await floor.AskedByAsync(
            () => floor.Centre.Transfers.GiveToPartyAsync(floor.Call.Id, floor.Dana, party, Token)));
        Assert.Equal(floor.Lee, (await floor.GetAsync()).AgentId);
    }

    [Fact]
    public async Task The_call_is_given_to_one_who_is_in_it_and_the_others_stay()
    {
        await using var floor = await Floor.OpenAsync();
        await floor.BringInAsync(floor.Lee);
        await floor.BringInAsync(floor.Kim);
        var lee = (await floor.GetAsync()).FindJoined().Single().Id;

        Assert.Equal(
            "End the other consultation first.",
            (await floor.Centre.Transfers.GiveToPartyAsync(floor.Call.Id, floor.Dana, lee, Token)).Reason);
        Assert.True((await floor.Centre.Transfers.LeaveAsync(floor.Call.Id, floor.Dana, Token)).IsDone);
        await floor.Centre.CarrierIsDoneAsync();

        var call = await floor.GetAsync();
        Assert.Equal((CallStatus.Connected, floor.Kim), (call.Status, call.AgentId)); // whom Dana talked with last
        Assert.Null(await floor.CallOfAsync(floor.Dana));
        Assert.Equal(floor.Call.Id, await floor.CallOfAsync(floor.Lee));
        Assert.Contains($"remove {floor.DanasLeg}", floor.Centre.Carrier.Asked);
        Assert.DoesNotContain(floor.Centre.Carrier.Asked, asked => asked.StartsWith("end-on-exit", StringComparison.Ordinal)
            && asked.EndsWith("True", StringComparison.Ordinal)); // Kim can leave it to Lee

        Assert.True((await floor.Centre.Transfers.GiveToPartyAsync(floor.Call.Id, floor.Kim, lee, Token)).IsDone);
        Assert.Equal(floor.Lee, (await floor.GetAsync()).AgentId);
    }

    [Fact]
    public async Task When_the_agents_leg_is_lost_the_call_is_that_of_the_one_who_has_been_in_it_longest()
    {
        await using var floor = await Floor.OpenAsync();
        await floor.BringInAsync(floor.Lee);
        await floor.BringInAsync(floor.Kim);
        Assert.True((await floor.ConsultAsync(floor.Ann)).IsDone);
        await floor.Centre.Transfers.DeclineAsync(floor.Call.Id, floor.Ann, Token);

        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Left, floor.DanasLeg);

        var call = await floor.GetAsync();
        Assert.Equal((CallStatus.Connected, floor.Lee), (call.Status, call.AgentId));
        Assert.Equal([floor.Kim], call.FindJoined().Select(party => party.ToAgentId));
    }

    [Fact]
    public async Task When_the_agent_was_cut_off_before_the_other_hung_up_the_call_was_the_others_whatever_was_told_first()
    {
        await using var floor = await Floor.OpenAsync();
        var lees = await floor.BringInAsync(floor.Lee);
        var at = floor.Centre.Clock.GetUtcNow(); // the carrier's clock counts seconds, and all was within one
        Task TellAsync(ConferenceEventKind kind, int sequence, CallSid? leg, string? reason = null) => floor.Centre.News.ReportAsync(
            new ConferenceEvent(kind, floor.Call.ConferenceSid!, floor.Call.ConferenceName, sequence, at, leg, Reason: reason), Token);

        await TellAsync(ConferenceEventKind.Left, 902, lees, "participant_hung_up");
        await TellAsync(ConferenceEventKind.Left, 901, floor.DanasLeg, "participant_hung_up");
        await TellAsync(ConferenceEventKind.Left, 903, floor.Call.CustomerLeg, "moderator_ended_conference");
        await TellAsync(ConferenceEventKind.Ended, 904, lees);

        var call = await floor.GetAsync();
        Assert.Equal((CallStatus.Ended, floor.Lee, CallEnder.Agent), (call.Status, call.AgentId, call.EndedBy));
    }

    [Fact]
    public async Task When_the_agent_is_put_out_the_call_is_that_of_one_who_is_in_it()
    {
        await using var floor = await Floor.OpenAsync();
        await floor.BringInAsync(floor.Lee);
        await floor.ConsultAsync(floor.Kim);

        await floor.Centre.Get<CallInHand>().TakeFromAsync(floor.Dana, _ => true, Token);

        Assert.Equal((CallStatus.Connected, floor.Lee), ((await floor.GetAsync()).Status, (await floor.GetAsync()).AgentId));
    }

    [Fact]
    public async Task Who_is_put_out_leaves_the_call_of_a_colleague_too()
    {
        await using var floor = await Floor.OpenAsync();
        await floor.BringInAsync(floor.Lee);
        await floor.ConsultAsync(floor.Kim);
        Assert.True((await floor.Centre.Transfers.AcceptAsync(floor.Call.Id, floor.Kim, Token)).IsDone);
        await floor.Centre.AgentJoinsAsync(floor.Call, floor.Kim);

        await floor.Centre.Get<CallInHand>().TakeFromAsync(floor.Lee, _ => true, Token);
        await floor.Centre.Get<CallInHand>().TakeFromAsync(floor.Kim, _ => true, Token);

        Assert.Equal((null, null), (await floor.CallOfAsync(floor.Lee), await floor.CallOfAsync(floor.Kim)));
        Assert.Equal((CallStatus.Connected, floor.Dana), ((await floor.GetAsync()).Status, (await floor.GetAsync()).AgentId));
    }

    [Fact]
    public async Task A_call_that_is_given_to_everybody_or_ends_keeps_nobody_busy()
    {
        await using var floor = await Floor.OpenAsync();
        await floor.BringInAsync(floor.Lee);
        await floor.BringInAsync(floor.Kim);
        await floor.Centre.Transfers.CancelAsync(floor.Call.Id, floor.Dana, Token);
        Assert.True((await floor.Centre.Transfers.StartToEverybodyAsync(floor.Call.Id, floor.Dana, null, Token)).IsDone);

        Assert.Equal((null, null), (await floor.CallOfAsync(floor.Lee), await floor.CallOfAsync(floor.Kim)));
        Assert.Equal([TransferState.Left], (await floor.GetAsync()).Transfers.Where(t => t.ToAgentId == floor.Lee).Select(t => t.State));
    }

    [Fact]
    public async Task A_customer_who_hangs_up_ends_the_call_for_all()
    {
        await using var floor = await Floor.OpenAsync();
        await floor.BringInAsync(floor.Lee);
        await floor.BringInAsync(floor.Kim);
        floor.Centre.Carrier.Asked.Clear();

        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Left, floor.Call.CustomerLeg);
        await floor.Centre.CarrierIsDoneAsync();

        var call = await floor.GetAsync();
        Assert.Equal((CallStatus.Ended, CallEnder.Customer), (call.Status, call.EndedBy));
        Assert.DoesNotContain(call.Transfers, transfer => transfer.IsOpen || transfer.IsJoined);
        Assert.Equal((null, null), (await floor.CallOfAsync(floor.Lee), await floor.CallOfAsync(floor.Kim)));
        Assert.Contains($"end-conference {call.ConferenceName}", floor.Centre.Carrier.Asked);
    }

    /// <summary>Dana talks with a customer; Lee, Kim and Ann are free.</summary>
    private sealed record Floor(CallCentre Centre, int Dana, int Lee, int Kim, int Ann, Call Call) : IAsyncDisposable
    {
        public CallSid DanasLeg => Call.Legs.Single(leg => leg.Role == LegRole.Agent).CallSid;

        public static async Task<Floor> OpenAsync()
        {
            var centre = await CallCentre.OpenAsync();
            var dana = await centre.HireAsync("Dana");
            var (lee, kim, ann) = (await centre.HireAsync("Lee"), await centre.HireAsync("Kim"), await centre.HireAsync("Ann"));
            return new Floor(centre, dana, lee, kim, ann, await centre.InCallAsync(dana));
        }

        public Task<Result> ConsultAsync(int colleague)
        {
            Centre.Clock.Advance(TimeSpan.FromSeconds(1)); // nobody asks two at one moment
            return Centre.Transfers.StartAsync(Call.Id, Dana, colleague, null, consult: true, Token);
        }

        /// <summary>Dana asks a colleague, and all talk together.</summary>
        public async Task<CallSid> BringInAsync(int colleague)
        {
            var asked = await ConsultAsync(colleague);
            Assert.True(asked.IsDone, asked.Reason);
            Assert.True((await Centre.Transfers.AcceptAsync(Call.Id, colleague, Token)).IsDone);
            var leg = await Centre.AgentJoinsAsync(Call, colleague);
            Assert.True((await Centre.Transfers.TalkAsync(Call.Id, Dana, TransferState.Together, Token)).IsDone);
            await Centre.CarrierIsDoneAsync();
            return leg;
        }

        public async Task<IEnumerable<string>> AskedByAsync(Func<Task<Result>> what)
        {
            Centre.Carrier.Asked.Clear();
            var result = await what();
            Assert.True(result.IsDone, result.Reason);
            await Centre.CarrierIsDoneAsync();
            return Centre.Carrier.Asked.Order();
        }

        public Task<Call> GetAsync() => Centre.GetAsync(Call.Id);

        public async Task<long?> CallOfAsync(int agent) => (await Centre.Roster.FindAsync(agent, Token))!.CallId;

        public ValueTask DisposeAsync() => Centre.DisposeAsync();
    }
}
