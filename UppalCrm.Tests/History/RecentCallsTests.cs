using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.History;

/// <summary>The calls that an agent had: those that they ended, and those that they handed on.</summary>
public sealed class RecentCallsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_that_was_handed_on_stays_with_the_calls_of_the_one_who_had_it_and_comes_to_the_other_when_it_ends()
    {
        await using var floor = await Floor.OpenAsync();
        await floor.HandToAsync(floor.Lee);

        var handedOn = Assert.Single(await floor.RecentAsync(floor.Dana));
        Assert.Equal((floor.Call.Id, CallStatus.Connected, "Lee"), (handedOn.Id, handedOn.Status, handedOn.Agent?.DisplayName));
        Assert.Empty(await floor.RecentAsync(floor.Lee));

        await floor.Centre.EndAsync(floor.Call);
        Assert.Equal(CallStatus.Ended, Assert.Single(await floor.RecentAsync(floor.Dana)).Status);
        Assert.Single(await floor.RecentAsync(floor.Lee));
    }

    [Fact]
    public async Task A_call_that_was_given_to_everybody_and_taken_by_nobody_is_there_too()
    {
        await using var floor = await Floor.OpenAsync();
        Assert.True((await floor.Centre.Transfers.StartToEverybodyAsync(floor.Call.Id, floor.Dana, null, Token)).IsDone);
        await floor.Centre.EndAsync(floor.Call);

        Assert.Equal([floor.Call.Id], (await floor.RecentAsync(floor.Dana)).Select(call => call.Id));
    }

    [Fact]
    public async Task A_call_that_went_to_and_fro_is_there_once_and_not_while_it_is_in_hand()
    {
        await using var floor = await Floor.OpenAsync();
        await floor.HandToAsync(floor.Lee);
        await floor.HandToAsync(floor.Dana);
        Assert.Empty(await floor.RecentAsync(floor.Dana));
        await floor.HandToAsync(floor.Lee);

        Assert.Single(await floor.RecentAsync(floor.Dana));
        await floor.Centre.EndAsync(floor.Call);
        Assert.Single(await floor.RecentAsync(floor.Dana));
        Assert.Single(await floor.RecentAsync(floor.Lee));
    }

    [Fact]
    public async Task Who_gave_a_call_to_one_whom_another_had_brought_in_finds_it()
    {
        await using var floor = await Floor.OpenAsync();
        var kim = await floor.Centre.HireAsync("Kim");
        await floor.BringInAsync(kim);
        await floor.HandToAsync(floor.Lee);
        var party = (await floor.GetAsync()).FindJoined().Single(party => party.ToAgentId == kim).Id;

        Assert.True((await floor.Centre.Transfers.GiveToPartyAsync(floor.Call.Id, floor.Lee, party, Token)).IsDone);

        Assert.Single(await floor.RecentAsync(floor.Lee));
        Assert.Single(await floor.RecentAsync(floor.Dana));
    }

    [Fact]
    public async Task Who_did_not_take_a_call_does_not_find_it()
    {
        await using var floor = await Floor.OpenAsync();
        await floor.Centre.Transfers.StartAsync(floor.Call.Id, floor.Dana, floor.Lee, null, consult: false, Token);
        await floor.Centre.Transfers.DeclineAsync(floor.Call.Id, floor.Lee, Token);
        await floor.Centre.EndAsync(floor.Call);

        Assert.Empty(await floor.RecentAsync(floor.Lee));
        Assert.Single(await floor.RecentAsync(floor.Dana));
    }

    [Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
    [Theory]
    [InlineData("ix_call_transfers_from_agent_id_call_id")]
    [InlineData("ix_call_transfers_to_agent_id_call_id")]
    public async Task Calls_that_were_handed_on_are_read_by_an_index_in_its_order(string index)
    {
        await using var centre = await CallCentre.OpenAsync();
        await using var db = centre.OpenDatabase();
        var dana = 1;

        var plan = await QueryPlan.ExplainAsync(db, index.Contains("from", StringComparison.Ordinal)
            ? RecentCalls.HandedOn(db, dana, t => t.FromAgentId == dana, 12)
            : RecentCalls.HandedOn(db, dana, t => t.ToAgentId == dana, 12));

        Assert.Contains(plan, step => step.Contains($" INDEX {index} (", StringComparison.Ordinal));
        Assert.DoesNotContain(plan, step => step.StartsWith("SCAN p", StringComparison.Ordinal)
            || step.StartsWith("SCAN c", StringComparison.Ordinal) || step.Contains("TEMP B-TREE", StringComparison.Ordinal));
    }

    /// <summary>Dana talks with a customer; Lee is free.</summary>
    private sealed record Floor(CallCentre Centre, int Dana, int Lee, Call Call) : IAsyncDisposable
    {
        public static async Task<Floor> OpenAsync()
        {
            var centre = await CallCentre.OpenAsync();
            var dana = await centre.HireAsync("Dana");
            return new Floor(centre, dana, await centre.HireAsync("Lee"), await centre.InCallAsync(dana));
        }

        /// <summary>Whose call it is hands it to a colleague, who takes it.</summary>
        public async Task HandToAsync(int colleague)
        {
            await AskAsync(colleague, consult: false);
            Assert.Equal(colleague, (await GetAsync()).AgentId);
        }

        /// <summary>All talk together.</summary>
        public async Task BringInAsync(int colleague)
        {
            await AskAsync(colleague, consult: true);
            Assert.True((await Centre.Transfers.TalkAsync(Call.Id, Dana, TransferState.Together, Token)).IsDone);
        }

        public Task<IReadOnlyList<Call>> RecentAsync(int agent) => Centre.Get<RecentCalls>().GetOfAgentAsync(agent, 12, Token);

        public Task<Call> GetAsync() => Centre.GetAsync(Call.Id);

        public ValueTask DisposeAsync() => Centre.DisposeAsync();

        private async Task AskAsync(int colleague, bool consult)
        {
            Centre.Clock.Advance(TimeSpan.FromSeconds(1)); // nobody asks two at one moment
            await Centre.Roster.SeenAsync([Dana, Lee], Token);
            var owner = (await GetAsync()).AgentId!.Value;
            var asked = await Centre.Transfers.StartAsync(Call.Id, owner, colleague, null, consult, Token);
            Assert.True(asked.IsDone, asked.Reason);
            Assert.True((await Centre.Transfers.AcceptAsync(Call.Id, colleague, Token)).IsDone);
            await Centre.AgentJoinsAsync(Call, colleague);
            await Centre.CarrierIsDoneAsync();
        }
    }
}
