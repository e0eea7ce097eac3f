using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Scenarios;

/// <summary>
/// Agents who accept in the same moment, by the desk and a real database: ten thousand rounds, four hundred on a SQL Server, where each
/// takes as long as the way there and back; or <c>RACES=500</c>.
/// </summary>
public sealed class RaceTests
{
    private static readonly int Rounds = int.Parse(
        Environment.GetEnvironmentVariable("RACES") ?? (TestDatabase.OnSqlServer ? "400" : "10000"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(2)]
    [InlineData(20)]
    public async Task In_every_round_exactly_one_of_those_who_accept_at_once_has_the_call(int agents)
    {
        await using var centre = await CallCentre.OpenAsync(("Calls:WrapUp", "00:00:00"), ("Calls:RestAfterGivingBack", "00:00:00"));
        var ids = new List<int>();
        for (var i = 0; i < agents; i++)
        {
            ids.Add(await centre.HireAsync($"Agent {i}"));
        }

        var call = await centre.CallerArrivesAsync();
        for (var round = 0; round < Rounds / 2; round++)
        {
            centre.Clock.Advance(TimeSpan.FromMilliseconds(1));
            using var barrier = new SemaphoreSlim(0);
            var clicks = ids.Select(id => Task.Run(async () =>
            {
                await barrier.WaitAsync(Token);
                return (Agent: id, Answer: await centre.Desk.AcceptAsync(call.Id, id, Token));
            }, Token)).ToList();
            barrier.Release(agents);
            var answers = await Task.WhenAll(clicks);

            var (winner, _) = Assert.Single(answers, a => a.Answer.IsDone);
            var row = await centre.GetAsync(call.Id);
            Assert.True(
                (row.Status, row.AgentId) == (CallStatus.Claimed, winner),
                $"Round {round}: agent {winner} was told they have it, the row says {row.Status} by {row.AgentId}");
            Assert.True((await centre.Desk.HangUpAsync(call.Id, winner, Token)).IsDone); // gives it back: the next round
        }
    }

    [Fact]
    public async Task An_accept_that_races_with_the_caller_hanging_up_leaves_nobody_with_a_dead_call()
    {
        await using var centre = await CallCentre.OpenAsync(("Calls:WrapUp", "00:00:00"));
        var dana = await centre.HireAsync("Dana");
        for (var round = 0; round < 100; round++)
        {
            var call = await centre.CallerArrivesAsync();

            var accept = Task.Run(() => centre.Desk.AcceptAsync(call.Id, dana, Token), Token);
            var leave = Task.Run(
                () => centre.News.ReportAsync(
                    new LegEvent(call.CustomerLeg!.Value, Core.Telephony.LegState.Completed, null, null, null, null), Token),
                Token);
            await Task.WhenAll(accept, leave);

            var row = await centre.GetAsync(call.Id);
            Assert.Equal((CallStatus.Ended, CallOutcome.Abandoned), (row.Status, row.Outcome));
            Assert.Null(await centre.Desk.FindActiveAsync(dana, Token));
            // free for the next, won or lost
            Assert.Equal(Core.Agents.Presence.Available, (await centre.Roster.FindAsync(dana, Token))!.Presence);
        }
    }

    [Fact]
    public async Task Calls_are_offered_in_the_order_in_which_they_came_and_nobody_starves()
    {
        await using var centre = await CallCentre.OpenAsync(("Calls:WrapUp", "00:00:00"));
        var agents = new[] { await centre.HireAsync("Dana"), await centre.HireAsync("Lee"), await centre.HireAsync("Kim") };
        var arrived = new List<long>();
        for (var i = 0; i < 100; i++)
        {
            arrived.Add((await centre.CallerArrivesAsync()).Id);
            centre.Clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        var served = new List<long>();
        while (served.Count < arrived.Count)
        {
            var waiting = await centre.Desk.GetWaitingAsync(null, Token);
            Assert.Equal(arrived.Except(served), waiting.Select(c => c.Id)); // the longest waiting is the first, always
            foreach (var (agent, call) in agents.Zip(waiting))
            {
                Assert.True((await centre.Desk.AcceptAsync(call.Id, agent, Token)).IsDone);
                served.Add(call.Id);
                if (served.Count < arrived.Count)
                {
                    Assert.False((await centre.Desk.AcceptAsync(arrived[^1], agent, Token)).IsDone); // one call in hand at a time
                }
            }

            foreach (var (agent, call) in agents.Zip(waiting))
            {
                await centre.News.ReportAsync(
                    new LegEvent(call.CustomerLeg!.Value, Core.Telephony.LegState.Completed, null, null, null, null), Token);
                Assert.Null(await centre.Desk.FindActiveAsync(agent, Token));
            }
        }
    }
}
