using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using Bunit;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Board;
using UppalCrm.Web.SignIn;
using UppalCrm.Web.Softphone;

namespace UppalCrm.Tests.Board;

/// <summary>A large floor in motion, on many screens: what they show in the end, and what it costs.</summary>
public sealed class BoardLoadTests(ITestOutputHelper output)
{
    private const int Agents = 300;
    private const int Calls = 500;
    private const int ChangesPerSecond = 50;
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(1.5);

    private static CancellationToken Token => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fifty_changes_a_second_leave_every_screen_with_what_the_database_says_no_row_missing_or_doubled()
    {
        await using var house = await House.OpenAsync(("Calls:ReconcileEvery", "01:00:00"), ("Floor:TimeZone", "UTC"));
        var floor = await BusyFloor.OpenAsync(house);
        var supervisors = await SignInSupervisorsAsync(house, 3); // one person has 24 connections at most
        await using var page = await DrawnPage.OpenAsync(house);
        var (table, seen) = (new BoardSnapshot[10], new List<BoardWatch>());
        for (var i = 0; i < table.Length; i++)
        {
            var mine = i;
            seen.Add(await house.Services.GetRequiredService<CallBoard>().WatchAsync(
                await house.AgentIdAsync("sam@uppalcrm.test"), snapshot => table[mine] = snapshot, Token));
            table[i] = seen[i].First;
        }

        var screens = new List<CircuitScreen>();
        try
        {
            var alone = await floor.MoveAsync();
            output.WriteLine($"{Agents} agents, {Calls} calls, {ChangesPerSecond} changes a second. CPU in cores of this process, the "
                + $"making of the changes and the test's own drawing included: {alone.Cores:f2} without a screen. A picture is a render "
                + "batch of the page and one of each of its lists.");
            foreach (var count in (int[])[1, 10, 50])
            {
                while (screens.Count < count)
                {
                    var (browser, cookies) = supervisors[screens.Count % supervisors.Count];
                    screens.Add(await CircuitScreen.OpenAsync(house.Address, "/board", browser, cookies, Token));
                }

                await Eventually.HoldsAsync(() => Task.FromResult(screens.All(screen => screen is { Tables: >= 2, Pictures: > 3 })),
                    () => $"{count} screens draw the board; they have "
                        + $"{string.Join(' ', screens.Select(s => $"{s.Tables}/{s.Pictures}"))}; "
                        + $"{screens.FirstOrDefault(s => s.Trouble is not null)?.Trouble}", TimeSpan.FromSeconds(60));
                var (bytes, pictures) = (screens.Sum(screen => screen.Bytes), screens.Sum(screen => screen.Pictures));
                var cost = await floor.MoveAsync();
                var (sent, drawn) = (screens.Sum(screen => screen.Bytes) - bytes, screens.Sum(screen => screen.Pictures) - pictures);
                var per = count * cost.Took.TotalSeconds;
                output.WriteLine($"{count,2} screens: {cost.Cores:f2} cores, {sent / per / 1024:f1} KiB and {drawn / per:f1} render "
                    + $"batches a second and screen ({cost.Changes / cost.Took.TotalSeconds:f0} changes a second).");
                Assert.All(screens, screen => Assert.Null(screen.Trouble));
                Assert.True(drawn >= count, "every screen is drawn again");
            }

            // Quiet: from here on nothing changes.
            var quiet = TimeProvider.System.GetTimestamp();
            string? difference = null;
            await Eventually.HoldsAsync(
                async () => (difference = await floor.DifferenceAsync([.. table.Select(Shown)]) ?? page.Difference(table[0])) is null,
                () => $"every screen shows the database; {difference}");
            output.WriteLine($"Every screen showed the database {TimeProvider.System.GetElapsedTime(quiet).TotalMilliseconds:f0} ms after "
                + "the last change.");
            Assert.Equal(0, house.Services.GetRequiredService<CallBoard>().HealedGaps);
        }
        finally
        {
            seen.ForEach(watch => watch.Dispose());
            foreach (var screen in screens)
            {
                await screen.DisposeAsync();
            }

            supervisors.ForEach(supervisor => supervisor.Browser.Dispose());
        }
    }

    private static async Task<List<(HttpClient Browser, CookieContainer Cookies)>> SignInSupervisorsAsync(House house, int count)
    {
        var signedIn = new List<(HttpClient, CookieContainer)>();
        await using var scope = house.Services.CreateAsyncScope();
        var people = scope.ServiceProvider.GetRequiredService<UserManager<Agent>>();
        foreach (var email in Enumerable.Range(1, count).Select(i => $"supervisor{i}@uppalcrm.test"))
        {
            await people.AddAsync(house.Clock.GetUtcNow(), email, email, DemoUsers.Password, [Roles.Supervisor]);
            var cookies = new CookieContainer();
            signedIn.Add((await house.SignInAsync(email, cookies), cookies));
        }

        return signedIn;
    }

    private static IReadOnlyList<(long Id, long Version, bool Waits)> Shown(BoardSnapshot floor) =>
        [.. floor.Waiting.Select(call => (call.Id, call.Version, true)).Concat(floor.InProgress.Select(call =>
            (call.Id, call.Version, false))).Order()];

    /// <summary>What a stretch of changes cost.</summary>
    private sealed record Cost(TimeSpan Took, int Changes, double Cores);

    /// <summary>
    /// 300 agents, 500 live calls, 300 of them talked, and a carrier that has something to say of them 50 times a second.
    /// </summary>
    private sealed class BusyFloor(
        House house, IReadOnlyList<int> agentIds, IReadOnlyList<(string Room, string Conference, CallSid Customer, CallSid? Agent)> lines)
    {
        private readonly Random _random = new(20260617);
        private int _sequence = 10;
        private int _arrivals;

        public static async Task<BusyFloor> OpenAsync(House house)
        {
            await using var db = house.Database();
            var now = house.Clock.GetUtcNow();
            var agents = Enumerable.Range(1, Agents).Select(i => new Agent
            {
                DisplayName = $"Agent {i:000}", UserName = $"load{i}", Status = AgentStatus.Available, StatusSince = now, LastSeenAt = now,
                PhoneState = "ready",
            }).ToList();
            db.Agents.AddRange(agents);
            await db.SaveChangesAsync(Token);
            var calls = Enumerable.Range(0, Calls).Select(i => new Call
            {
                Direction = CallDirection.Inbound, FromNumber = $"+1202555{i:0000}", ToNumber = house.OurNumber,
                ConferenceName = $"incoming-load{i}", ConferenceSid = $"CF{i:x32}",
                CustomerLeg = Leg('a', i), CreatedAt = now.AddSeconds(-i), OfferedAt = now.AddSeconds(-i), Version = 1,
                Status = i < Agents ? CallStatus.Connected : CallStatus.Waiting, AgentId = i < Agents ? agents[i].Id : null,
                AnsweredAt = i < Agents ? now : null, ExpiresAt = i < Agents ? null : now.AddHours(1),
                Legs =
                [
                    new CallLeg { CallSid = Leg('a', i), Role = LegRole.Customer, JoinedAt = now },
                    .. i < Agents
                    ? [new CallLeg { CallSid = Leg('b', i), Role = LegRole.Agent, AgentId = agents[i].Id, JoinedAt = now }]
                    : Array.Empty<CallLeg>(),
                ],
            }).ToList();
            db.Calls.AddRange(calls);
            await db.SaveChangesAsync(Token);
            foreach (var call in calls.Where(call => call.AgentId is not null))
            {
                agents.Single(agent => agent.Id == call.AgentId).ActiveCallId = call.Id;
            }

            await db.SaveChangesAsync(Token);
            return new BusyFloor(
                house, [.. agents.Select(agent => agent.Id)],
                [.. calls.Select(call =>
                    (
                        call.ConferenceName, call.ConferenceSid!, call.CustomerLeg!.Value,
                        call.Legs.FirstOrDefault(leg => leg.Role == LegRole.Agent)?.CallSid))]);
        }

        /// <summary>Changes the floor for as long as is measured.</summary>
        public async Task<Cost> MoveAsync()
        {
            var (started, changes) = (TimeProvider.System.GetTimestamp(), 0);
            var cpu = Process.GetCurrentProcess().TotalProcessorTime;
            using var beat = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / ChangesPerSecond));
            while (TimeProvider.System.GetElapsedTime(started) < Measured)
            {
                await beat.WaitForNextTickAsync(Token);
                await ChangeAsync();
                changes++;
            }

            var took = TimeProvider.System.GetElapsedTime(started);
            return new Cost(took, changes, (Process.GetCurrentProcess().TotalProcessorTime - cpu) / took);
        }

        /// <returns>Null when each of these screens shows the open calls of the database, each once and as it is now.</returns>
        public async Task<string?> DifferenceAsync(IReadOnlyList<IReadOnlyList<(long Id, long Version, bool Waits)>> screens)
        {
            await using var db = house.Database();
            var open =
                (await db.Calls.AsNoTracking().Where(c => c.Status != CallStatus.Ended).Select(c =>
                    new { c.Id, c.Version, c.Status }).ToListAsync(Token))
                .Select(c => (c.Id, c.Version, c.Status == CallStatus.Waiting)).Order().ToList();
            return screens.Select((screen, i) => screen.SequenceEqual(open) ? null : $"screen {i} shows {screen.Count} of {open.Count}, "
                + $"first otherwise: {screen.Except(open).FirstOrDefault()}, "
                + $"{open.Except(screen).FirstOrDefault()}").FirstOrDefault(words => words is not null);
        }

        private async Task ChangeAsync()
        {
            var news = house.Services.GetRequiredService<CarrierEventHandler>();
            var line = lines[_random.Next(lines.Count)];
            switch (_random.Next(10))
            {
                case 0:
                    await news.CallerArrivedAsync(
                        new CallerArrived(Leg('c', _arrivals++), $"+1303555{_arrivals:0000}", house.OurNumber, null, null), Token);
                    break;
                case 1:
                    await TellAsync(ConferenceEventKind.Left, line.Customer);
                    break;
                case 2:
                    await house.Services.GetRequiredService<AgentRoster>()
                        .SetStatusAsync(
                            agentIds[_random.Next(agentIds.Count)], _random.Next(2) == 0 ? "Lunch" : AgentStatus.Available, Token);
                    break;
                case < 6 when line.Agent is { } agent:
                    await TellAsync(_random.Next(2) == 0 ? ConferenceEventKind.Muted : ConferenceEventKind.Unmuted, agent);
                    break;
                default:
                    await TellAsync(_random.Next(2) == 0 ? ConferenceEventKind.Held : ConferenceEventKind.Unheld, line.Customer);
                    break;
            }

            Task TellAsync(ConferenceEventKind happening, CallSid leg) => news.ReportAsync(
                new ConferenceEvent(happening, line.Conference, line.Room, _sequence++, house.Clock.GetUtcNow(), leg), Token);
        }

        private static CallSid Leg(char kind, int number) => new($"CA{kind}{number:x31}");
    }

    /// <summary>
    /// The page itself, drawn in this process: the first hundred rows of each list, which is what its lists draw at most.
    /// </summary>
    private sealed class DrawnPage : IAsyncDisposable
    {
        private readonly BunitContext _context;
        private readonly IRenderedComponent<BoardPage> _page;

        private DrawnPage(BunitContext context, IRenderedComponent<BoardPage> page) => (_context, _page) = (context, page);

        public static async Task<DrawnPage> OpenAsync(House house)
        {
            var context = BoardPageTests.PageFor(await house.AgentIdAsync("sam@uppalcrm.test"), Roles.Supervisor, house.Services);
            return new DrawnPage(context, context.Render<BoardPage>());
        }

        /// <returns>Null when the rows drawn are the first of this floor's, in its order and as they are now.</returns>
        public string? Difference(BoardSnapshot floor)
        {
            var waiting = _page.FindComponents<WaitingRow>().Select(row => (row.Instance.Value.Call.Id, row.Instance.Value.Call.Version))
                .ToList();
            var inProgress = _page.FindComponents<CallRow>().Select(row => (row.Instance.Value.Call.Id, row.Instance.Value.Call.Version))
                .ToList();
            return waiting.Count > 50 && inProgress.Count > 50
                && waiting.SequenceEqual(floor.Waiting.Take(waiting.Count).Select(call => (call.Id, call.Version)))
                && inProgress.SequenceEqual(floor.InProgress.OrderByDescending(BoardLabels.IsTrouble).Take(inProgress.Count)
                    .Select(call => (call.Id, call.Version)))
                ? null
                : $"the page has drawn {waiting.Count} and {inProgress.Count} rows that are not the floor's";
        }

        public async ValueTask DisposeAsync() => await _context.DisposeAsync();
    }
}
