using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Data;

/// <summary>What several nodes do to one database at the same moment.</summary>
public sealed class NodesAtOnceTests
{
    private static readonly DateOnly Yesterday = new(2026, 6, 17);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_nodes_that_start_at_once_on_a_new_database_one_prepares_at_a_time_and_each_finds_what_the_one_before_made()
    {
        await using var database = new TestDatabase();
        var (inside, most, made) = (0, 0, 0);
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Task.Run(StartNodeAsync, Token)));

        Assert.Equal((1, 1), (most, made));

        async Task StartNodeAsync()
        {
            var configuration = new ConfigurationBuilder().AddInMemoryCollection(
                database.Settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value))).Build();
            var services = new ServiceCollection().AddLogging().AddSingleton<IConfiguration>(configuration)
                .AddSingleton<ITelephony, StubCarrier>();
            await using var node = services.AddCallCentre(configuration, Path.GetTempPath()).BuildServiceProvider();
            await node.PrepareDatabaseAsync(
                async (_, _) =>
                {
                    most = Math.Max(most, Interlocked.Increment(ref inside));
                    // Looks, then adds, as the roles and demo users are made.
                    await using var db = database.CreateDbContext();
                    if (!await db.Roles.AnyAsync(role => role.Name == "Agent", Token))
                    {
                        db.Roles.Add(new("Agent") { NormalizedName = "AGENT" });
                        await db.SaveChangesAsync(Token);
                        Interlocked.Increment(ref made);
                    }

                    Interlocked.Decrement(ref inside);
                },
                Token);
        }
    }

    [Fact]
    public async Task Two_nodes_that_write_the_audit_keep_one_chain()
    {
        await using var database = await TestDatabase.CreateAsync();
        using var one = new AuditLog(database, TimeProvider.System, NullLogger<AuditLog>.Instance);
        using var other = new AuditLog(database, TimeProvider.System, NullLogger<AuditLog>.Instance);

        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(
            () => (i % 2 == 0 ? one : other).WriteAsync(AuditAction.SignedIn, null, null, $"row {i}", Token), Token)));

        Assert.Null(await one.FindTamperedAsync(Token));
        await using var db = database.CreateDbContext();
        Assert.Equal(60, await db.Audit.CountAsync(Token));
    }

    [Fact]
    public async Task A_call_that_changes_while_its_day_is_being_counted_is_counted_again()
    {
        await using var centre = await CallCentre.OpenAsync(("Floor:TimeZone", "UTC"), ("Calls:WrapUp", "00:00:00"));
        var (sam, dana) = (await centre.HireSupervisorAsync(), await centre.HireAsync("Dana"));
        await centre.EndAsync(await centre.InCallAsync(dana));
        var late = await centre.CallerArrivesAsync();
        centre.Clock.Advance(TimeSpan.FromDays(1));
        var pause = new PauseAfterReadingCalls();
        using var counter = CounterOf(centre, pause);

        // The counter has read the day's calls and not written yet, when a call of that day ends on another node.
        var counting = Task.Run(() => counter.CountAsync(Token), Token);
        await pause.Reached.WaitAsync(TimeSpan.FromSeconds(20), Token);
        var ending = Task.Run(() => centre.EndAsync(late), Token);
        pause.GoOn();
        await Task.WhenAll(counting, ending);

        Assert.Equal(2, (await centre.Get<CallReports>().GetAsync(sam, Yesterday, Yesterday, Token)).Total.Calls);
        await centre.Get<ReportCounter>().CountAsync(Token);
        await using var db = centre.OpenDatabase();
        Assert.Empty(await db.ReportMarks.ToListAsync(Token));
        Assert.Equal(2, (await centre.Get<CallReports>().GetAsync(sam, Yesterday, Yesterday, Token)).Total.Calls);
    }

    [Fact]
    public async Task Two_nodes_that_count_at_once_count_each_day_once()
    {
        await using var centre = await CallCentre.OpenAsync(("Floor:TimeZone", "UTC"), ("Calls:WrapUp", "00:00:00"));
        var (sam, dana) = (await centre.HireSupervisorAsync(), await centre.HireAsync("Dana"));
        for (var day = 0; day < 40; day++)
        {
            await centre.EndAsync(await centre.InCallAsync(dana));
            centre.Clock.Advance(TimeSpan.FromDays(1));
        }

        using var one = CounterOf(centre);
        using var other = CounterOf(centre);
        await Task.WhenAll(Task.Run(() => one.CountAsync(Token), Token), Task.Run(() => other.CountAsync(Token), Token));

        var report = await centre.Get<CallReports>().GetAsync(sam, Yesterday, Yesterday.AddDays(60), Token);
        Assert.Equal((40, 40), (report.Total.Calls, report.ByAgent.Sum(row => row.Count.Calls)));
        await using var db = centre.OpenDatabase();
        Assert.Equal(40 + 1, await db.ReportAgentDays.CountAsync(Token)); // the days, and July, which is over
    }

    [Fact]
    public async Task A_reader_of_a_report_writes_nothing()
    {
        await using var centre = await CallCentre.OpenAsync(("Floor:TimeZone", "UTC"), ("Calls:WrapUp", "00:00:00"));
        var (sam, dana) = (await centre.HireSupervisorAsync(), await centre.HireAsync("Dana"));
        await centre.EndAsync(await centre.InCallAsync(dana));
        centre.Clock.Advance(TimeSpan.FromDays(40));
        var seen = new StatementsSeen();
        var reports = new CallReports(
            new WatchedDatabase(centre, seen), centre.Get<FloorRights>(), centre.Get<IOptionsMonitor<FloorOptions>>(), centre.Clock);

        Assert.Equal(1, (await reports.GetAsync(sam, Yesterday, Yesterday.AddDays(39), Token)).Total.Calls);

        Assert.NotEmpty(seen.Texts);
        Assert.All(seen.Texts, text => Assert.StartsWith("SELECT", text, StringComparison.Ordinal));
    }

    private static ReportCounter CounterOf(CallCentre centre, params IInterceptor[] interceptors) => new(
        new WatchedDatabase(centre, interceptors), centre.Get<IOptionsMonitor<FloorOptions>>(), centre.Clock,
        NullLogger<ReportCounter>.Instance);

    /// <summary>Holds the counter up, once, between its reading of the calls and its writing of the sums.</summary>
    private sealed class PauseAfterReadingCalls : DbCommandInterceptor
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task;

        public void GoOn() => _goOn.TrySetResult();

        public override async ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
        {
            if (command.CommandText.Contains("report_agent_days", StringComparison.Ordinal) && command.Transaction is not null
                && !command.CommandText.Contains("report_marks", StringComparison.Ordinal) && command.Parameters.Count > 0)
            {
                _reached.TrySetResult();
                await _goOn.Task;
            }

            return result;
        }
    }
}
