using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Board;

public sealed class BoardConvergenceTests
{
    private static CancellationToken Token => Xunit.TestContext.Current.CancellationToken;

    /// <summary>
    /// 300 agents and 500 live calls change at random while several screens look; afterwards every screen shows the database.
    /// </summary>
    [Fact]
    public async Task Every_screen_converges_to_the_database_with_no_row_missing_or_doubled()
    {
        await using var centre = await CallCentre.OpenAsync(("Floor:TimeZone", "UTC"));
        var board = centre.Get<CallBoard>();
        var sam = await centre.HireSupervisorAsync();
        var random = new Random(20260617);
        await SeedFloorAsync(centre, agents: 300, calls: 500);
        var screens = new BoardSnapshot[10];
        var watches = new List<BoardWatch>();
        for (var i = 0; i < screens.Length; i++)
        {
            var mine = i;
            watches.Add(await board.WatchAsync(sam, snapshot => screens[mine] = snapshot, Token));
            screens[i] = watches[i].First;
        }

        for (var round = 0; round < 40; round++)
        {
            for (var change = 0; change < 12; change++)
            {
                await ChangeSomethingAsync(centre, random);
            }

            await board.UpdateAsync(Token);
        }

        await board.UpdateAsync(Token);
        await using var db = centre.OpenDatabase();
        var open = await db.Calls.AsNoTracking().Where(c => c.Status != CallStatus.Ended).OrderBy(c => c.Id).ToListAsync(Token);
        var all = await db.Calls.AsNoTracking().ToListAsync(Token);
        var floor = await centre.Roster.GetFloorAsync(Token);
        Assert.All(screens, screen =>
        {
            var rows = screen.Waiting.Concat(screen.InProgress).OrderBy(row => row.Id).ToList();
            Assert.Equal(
                open.Select(c => (c.Id, c.Version, c.Status, c.AgentId)), rows.Select(r => (r.Id, r.Version, r.Status, r.AgentId)));
            Assert.All(screen.Waiting, row => Assert.Equal(CallStatus.Waiting, row.Status));
            Assert.Equal(
                FloorTally.Of(
                    all.Select(c => new CallFacts(c.Direction, c.Status, c.Outcome, c.CreatedAt, c.AnsweredAt, c.EndedAt)),
                    TimeSpan.FromSeconds(20)),
                screen.Figures.Tally);
            Assert.Equal(floor.OrderBy(a => a.Id), screen.Agents.OrderBy(a => a.Id));
        });
        Assert.Equal(0, board.HealedGaps);
        watches.ForEach(watch => watch.Dispose());
        Assert.Equal(0, board.Watchers);
    }

    private static async Task SeedFloorAsync(CallCentre centre, int agents, int calls)
    {
        await using var db = centre.OpenDatabase();
        var now = centre.Clock.GetUtcNow();
        db.Agents.AddRange(Enumerable.Range(1, agents).Select(i => new Agent
        {
            DisplayName = $"Agent {i:000}", UserName = $"agent{i}", Status = AgentStatus.Available, StatusSince = now, LastSeenAt = now,
        }));
        db.Calls.AddRange(Enumerable.Range(1, calls).Select(i => new Call
        {
            Direction = CallDirection.Inbound, FromNumber = $"+1202555{i:0000}", ToNumber = CallCentre.OurLine,
            ConferenceName = $"incoming-{i}",
            CustomerLeg = centre.NewLeg(), Status = CallStatus.Waiting, CreatedAt = now.AddSeconds(-i), OfferedAt = now.AddSeconds(-i),
            ExpiresAt = now.AddHours(1), Version = 1,
        }));
        await db.SaveChangesAsync();
    }

    private static async Task ChangeSomethingAsync(CallCentre centre, Random random)
    {
        await using var db = centre.OpenDatabase();
        var ids = await db.Calls.Where(c => c.Status != CallStatus.Ended).Select(c => c.Id).ToListAsync();
        var agents = await db.Agents.Where(a => a.UserName!.StartsWith("agent")).Select(a => a.Id).ToListAsync();
        var call = await centre.GetAsync(ids[random.Next(ids.Count)]);
        var agent = agents[random.Next(agents.Count)];
        switch (random.Next(6))
        {
            case 0:
                await centre.CallerArrivesAsync($"+1303555{random.Next(10_000):0000}");
                break;
            case 1:
                await centre.Desk.AcceptAsync(call.Id, agent, CancellationToken.None);
                break;
            case 2 when call is { Status: CallStatus.Claimed, AgentId: { } owner }:
                var leg = centre.NewLeg();
                await centre.Get<CarrierEventHandler>().AgentConnectingAsync(leg, owner, call.ConferenceName, CancellationToken.None);
                await centre.TellAsync(call, ConferenceEventKind.Joined, leg);
                break;
            case 3:
                await centre.EndAsync(call);
                break;
            case 4:
                await centre.TellAsync(call, ConferenceEventKind.Held, call.CustomerLeg);
                break;
            default:
                await centre.Roster.SetStatusAsync(agent, random.Next(2) == 0 ? "Lunch" : AgentStatus.Available, CancellationToken.None);
                break;
        }
    }
}
