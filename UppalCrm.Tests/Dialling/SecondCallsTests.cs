using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Dialling;

/// <summary>An agent's second call: what becomes of the first, and of both when something goes wrong.</summary>
public sealed class SecondCallsTests
{
    private const string Maya = "+12025550111";
    private const string Kim = "+12025550112";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_customer_hears_music_and_the_agents_leg_goes_without_ending_it()
    {
        await using var floor = await Floor.OpenAsync();
        var second = await floor.DialAsync(Kim);

        var first = await floor.FirstAsync();
        Assert.Equal((CallStatus.Claimed, true, (int?)floor.Dana), (first.Status, first.IsParked, first.AgentId));
        Assert.Equal((second, (long?)first.Id), (await floor.InHandAsync(), (await floor.GetAsync(second)).ParkedCallId));
        Assert.Contains($"hold {first.CustomerLeg} True", floor.Asked); // and not: that we come back to them
        Assert.Equal(
            [$"end-on-exit {floor.DanasLeg} False", $"end-on-exit {floor.DanasLeg} False", $"remove {floor.DanasLeg}"],
            floor.Asked.Where(asked => asked.Contains($"{floor.DanasLeg}", StringComparison.Ordinal)));
        Assert.False(first.MayJoin(floor.Dana)); // until she comes back to it
        Assert.Null(first.LeaseUntil);
    }

    [Fact]
    public async Task When_the_second_is_over_the_first_is_in_hand_again_and_nothing_is_wrapped_up()
    {
        await using var floor = await Floor.OpenAsync();
        var second = await floor.TalkWithAsync(Kim);
        await floor.Centre.EndAsync(await floor.GetAsync(second));
        await floor.Centre.CarrierIsDoneAsync();

        var first = await floor.FirstAsync();
        Assert.Equal((first.Id, true, true), (await floor.InHandAsync(), first.AwaitsAgent, first.MayJoin(floor.Dana)));
        Assert.Equal(Presence.OnCall, (await floor.Centre.Roster.FindAsync(floor.Dana, Token))!.Presence);
        Assert.Equal(first.Id, (await floor.Centre.Desk.FindActiveAsync(floor.Dana, Token))?.Id);

        await floor.Centre.AgentJoinsAsync(first, floor.Dana);
        Assert.Equal((CallStatus.Connected, false), ((await floor.FirstAsync()).Status, (await floor.FirstAsync()).KeepsCustomer));
        await floor.Centre.Desk.HangUpAsync(first.Id, floor.Dana, Token);
        Assert.Equal((CallStatus.Ended, CallEnder.Agent), ((await floor.FirstAsync()).Status, (await floor.FirstAsync()).EndedBy));
    }

    [Fact]
    public async Task An_agent_who_does_not_come_back_to_the_first_loses_it_to_everybody()
    {
        await using var floor = await Floor.OpenAsync();
        var second = await floor.TalkWithAsync(Kim);
        await floor.Centre.EndAsync(await floor.GetAsync(second));
        await floor.Centre.CarrierIsDoneAsync();
        floor.Centre.Clock.Advance(Call.ReturnWithin + TimeSpan.FromSeconds(1));
        await floor.Centre.SweepAsync();

        Assert.Equal((CallStatus.Waiting, (int?)null), ((await floor.FirstAsync()).Status, (await floor.FirstAsync()).AgentId));
        Assert.Null(await floor.InHandAsync());
    }

    [Theory]
    [InlineData("112")]
    [InlineData("no number")]
    [InlineData("(202) 555-0111")]
    public async Task A_number_that_is_refused_puts_nobody_aside(string typed)
    {
        await using var floor = await Floor.OpenAsync();
        var answer = await floor.Second.DialAsync(floor.Dana, typed, Token);

        Assert.NotEmpty(answer.Reason!);
        Assert.Empty(floor.Asked);
        Assert.Equal(CallStatus.Connected, (await floor.FirstAsync()).Status);
    }

    [Fact]
    public async Task A_second_call_that_is_refused_at_the_last_moment_gives_the_first_back()
    {
        await using var floor = await Floor.OpenAsync(("Dialling:CallsPerAgentPerMinute", "1"));
        var second = await floor.TalkWithAsync(Kim);
        await floor.Centre.EndAsync(await floor.GetAsync(second));
        await floor.Centre.AgentJoinsAsync(await floor.FirstAsync(), floor.Dana);
        await floor.Centre.CarrierIsDoneAsync();
        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.StartsWith(
            "You have made many calls", (await floor.Second.DialAsync(floor.Dana, Kim, Token)).Reason, StringComparison.Ordinal);
        Assert.Equal((true, false), ((await floor.FirstAsync()).AwaitsAgent, (await floor.FirstAsync()).IsParked));
        Assert.Equal(floor.First, await floor.InHandAsync());
    }

    [Fact]
    public async Task One_call_is_put_aside_at_a_time_and_only_when_nobody_else_is_in_it()
    {
        await using var floor = await Floor.OpenAsync();
        var lee = await floor.Centre.HireAsync("Lee");
        await floor.Centre.Transfers.StartAsync(floor.First, floor.Dana, lee, null, consult: true, Token);
        Assert.StartsWith(
            "Somebody else is in this call", (await floor.Second.DialAsync(floor.Dana, Kim, Token)).Reason, StringComparison.Ordinal);
        await floor.Centre.Transfers.CancelAsync(floor.First, floor.Dana, Token);

        await floor.TalkWithAsync(Kim);
        Assert.StartsWith(
            "You have put a call aside already", (await floor.Second.DialAsync(floor.Dana, "+12025550113", Token)).Reason,
            StringComparison.Ordinal);
        Assert.Equal("You have put no call aside.", (await floor.Second.SwitchAsync(lee, Token)).Reason);
    }

    [Fact]
    public async Task A_call_between_colleagues_is_not_put_aside()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (dana, lee) = (await centre.HireAsync("Dana"), await centre.HireAsync("Lee"));
        var chat = await centre.GetAsync((await centre.Get<ColleagueCalls>().PrepareAsync(dana, lee, Token)).Value!.CallId);
        await centre.AgentJoinsAsync(chat, dana);
        await centre.Transfers.AcceptAsync(chat.Id, lee, Token);
        await centre.AgentJoinsAsync(chat, lee);

        Assert.StartsWith(
            "A call between colleagues", (await centre.Get<SecondCalls>().DialAsync(dana, Kim, Token)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_carrier_that_refuses_leaves_the_first_as_it_was()
    {
        await using var floor = await Floor.OpenAsync();
        floor.Centre.Carrier.Refusal = "no";

        Assert.StartsWith(
            "The call could not be put aside", (await floor.Second.DialAsync(floor.Dana, Kim, Token)).Reason, StringComparison.Ordinal);
        Assert.Equal((CallStatus.Connected, false), ((await floor.FirstAsync()).Status, (await floor.FirstAsync()).KeepsCustomer));
        Assert.Equal(floor.First, await floor.InHandAsync());
    }

    [Fact]
    public async Task To_and_fro_the_call_in_hand_remembers_the_other()
    {
        await using var floor = await Floor.OpenAsync();
        var second = await floor.TalkWithAsync(Kim);

        Assert.Equal(floor.First, (await floor.Second.SwitchAsync(floor.Dana, Token)).Value!.CallId);
        Assert.Equal((floor.First, (long?)second), (await floor.InHandAsync(), (await floor.FirstAsync()).ParkedCallId));
        Assert.True((await floor.GetAsync(second)).IsParked);

        await floor.Centre.AgentJoinsAsync(await floor.FirstAsync(), floor.Dana);
        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(second, (await floor.Second.SwitchAsync(floor.Dana, Token)).Value!.CallId);
        Assert.Equal((second, (long?)floor.First), (await floor.InHandAsync(), (await floor.GetAsync(second)).ParkedCallId));
    }

    [Fact]
    public async Task A_customer_who_hangs_up_while_put_aside_is_not_the_agents_call_any_more()
    {
        await using var floor = await Floor.OpenAsync();
        var second = await floor.TalkWithAsync(Kim);
        await floor.Centre.EndAsync(await floor.FirstAsync());

        Assert.Equal((CallStatus.Ended, CallEnder.Customer), ((await floor.FirstAsync()).Status, (await floor.FirstAsync()).EndedBy));
        Assert.Equal(second, await floor.InHandAsync());
        await floor.Centre.EndAsync(await floor.GetAsync(second));
        Assert.Null(await floor.InHandAsync());
        Assert.Equal(second, (await floor.Centre.Roster.FindAsync(floor.Dana, Token))!.WrapUpCallId);
    }

    [Fact]
    public async Task The_agent_ends_the_one_that_is_put_aside_and_cannot_take_that_back()
    {
        await using var floor = await Floor.OpenAsync(("Calls:WhenAgentIsLost", "KeepCustomer"));
        await floor.TalkWithAsync(Kim);
        Assert.True((await floor.Centre.Desk.HangUpAsync(floor.First, floor.Dana, Token)).IsDone);

        Assert.Equal((CallStatus.Ended, CallEnder.Agent), ((await floor.FirstAsync()).Status, (await floor.FirstAsync()).EndedBy));
        Assert.False((await floor.Centre.Desk.UndoHangUpAsync(floor.First, floor.Dana, Token)).IsDone);
    }

    /// <summary>While somebody is put aside for it, a call ends at once; without, its end can be taken back as that of any.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_end_of_the_second_can_be_taken_back_when_nobody_is_put_aside_any_more(bool isFirstOver)
    {
        await using var floor = await Floor.OpenAsync(("Calls:WhenAgentIsLost", "KeepCustomer"));
        var second = await floor.TalkWithAsync(Kim);
        if (isFirstOver)
        {
            await floor.Centre.EndAsync(await floor.FirstAsync());
            Assert.Null((await floor.GetAsync(second)).ParkedCallId);
        }

        Assert.True((await floor.Centre.Desk.HangUpAsync(second!.Value, floor.Dana, Token)).IsDone);
        Assert.Equal(isFirstOver, (await floor.Centre.Desk.UndoHangUpAsync(second.Value, floor.Dana, Token)).IsDone);
    }

    [Fact]
    public async Task Who_is_put_out_leaves_both_customers_to_everybody()
    {
        await using var floor = await Floor.OpenAsync();
        var second = await floor.TalkWithAsync(Kim);
        await floor.Centre.Get<CallInHand>().TakeFromAsync(floor.Dana, _ => true, Token);

        Assert.Equal(
            [CallStatus.Waiting, CallStatus.Waiting], new[] { (await floor.FirstAsync()).Status, (await floor.GetAsync(second)).Status });
        Assert.Null(await floor.InHandAsync());
    }

    [Fact]
    public async Task A_supervisor_who_offers_the_one_put_aside_again_leaves_the_agent_the_other()
    {
        await using var floor = await Floor.OpenAsync();
        var sam = await floor.Centre.HireAsync("Sam");
        await floor.Centre.PromoteAsync(sam, Roles.Supervisor);
        var second = await floor.TalkWithAsync(Kim);
        Assert.True((await floor.Centre.Get<CallSupervision>().OfferAgainAsync(floor.First, sam, Token)).IsDone);

        Assert.Equal((CallStatus.Waiting, false), ((await floor.FirstAsync()).Status, (await floor.FirstAsync()).IsParked));
        Assert.Null((await floor.GetAsync(second)).ParkedCallId);
        await floor.Centre.EndAsync(await floor.GetAsync(second));
        Assert.Null(await floor.InHandAsync());
    }

    [Fact]
    public async Task What_a_process_left_half_done_is_set_right()
    {
        await using var floor = await Floor.OpenAsync();
        var second = await floor.TalkWithAsync(Kim);
        await using (var db = floor.Centre.OpenDatabase())
        {
            await db.Calls.Where(c => c.Id == second).ExecuteUpdateAsync(set => set.SetProperty(c => c.ParkedCallId, (long?)null), Token);
        }

        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(6));
        await floor.Centre.SweepAsync();
        Assert.Equal(floor.First, (await floor.GetAsync(second)).ParkedCallId);

        await using (var db = floor.Centre.OpenDatabase())
        {
            await db.Agents.Where(a => a.Id == floor.Dana).ExecuteUpdateAsync(
                set => set.SetProperty(a => a.ActiveCallId, (long?)null), Token);
        }

        await floor.Centre.SweepAsync();
        Assert.Equal((false, floor.First), ((await floor.FirstAsync()).IsParked, await floor.InHandAsync()));
    }

    /// <summary>Dana talks with Maya.</summary>
    private sealed record Floor(CallCentre Centre, int Dana, long First, CallSid DanasLeg) : IAsyncDisposable
    {
        public SecondCalls Second => Centre.Get<SecondCalls>();

        public IEnumerable<string> Asked => Centre.Carrier.Asked;

        public static async Task<Floor> OpenAsync(params (string Key, string Value)[] settings)
        {
            var centre = await CallCentre.OpenAsync(settings);
            var dana = await centre.HireAsync("Dana");
            var call = await centre.InCallAsync(dana, Maya);
            return new Floor(centre, dana, call.Id, call.FindAgentLeg()!.CallSid);
        }

        public Task<Call> GetAsync(long? callId) => Centre.GetAsync(callId!.Value);

        public Task<Call> FirstAsync() => Centre.GetAsync(First);

        public async Task<long?> DialAsync(string number)
        {
            var second = await Second.DialAsync(Dana, number, Token);
            Assert.Null(second.Reason);
            await Centre.CarrierIsDoneAsync();
            return second.Value!.CallId;
        }

        /// <summary>The second call, answered.</summary>
        public async Task<long?> TalkWithAsync(string number)
        {
            var callId = await DialAsync(number);
            var call = await GetAsync(callId);
            await Centre.AgentJoinsAsync(call, Dana);
            await Centre.CarrierIsDoneAsync();
            var customer = (await GetAsync(callId)).CustomerLeg!.Value;
            await Centre.News.CustomerAnsweredAsync(customer, call.ConferenceName, number, Token);
            await Centre.TellAsync(call, ConferenceEventKind.Joined, customer);
            return callId;
        }

        public async Task<long?> InHandAsync()
        {
            await using var db = Centre.OpenDatabase();
            return await db.Agents.Where(a => a.Id == Dana).Select(a => a.ActiveCallId).SingleAsync(Token);
        }

        public ValueTask DisposeAsync() => Centre.DisposeAsync();
    }
}
