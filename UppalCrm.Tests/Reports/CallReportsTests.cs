using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Reports;

public sealed class CallReportsTests
{
    private static readonly DateOnly Today = new(2026, 6, 17);

    private static CancellationToken Token => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_agent_is_refused_a_report()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        await centre.PromoteAsync(dana, Roles.Agent);

        await Assert.ThrowsAsync<NotAllowedException>(() => centre.Get<CallReports>().GetAsync(dana, Today, Today, Token));
    }

    [Fact]
    public async Task A_report_counts_by_agent_hour_and_day()
    {
        await using var centre = await CallCentre.OpenAsync(("Floor:TimeZone", "America/New_York"));
        var (sam, dana) = (await centre.HireSupervisorAsync(), await centre.HireAsync("Dana"));
        var answered = await centre.InCallAsync(dana); // 12:00 UTC is 08:00 on this floor
        centre.Clock.Advance(TimeSpan.FromSeconds(90));
        await centre.EndAsync(answered);
        var abandoned = await centre.CallerArrivesAsync("+12025550122");
        centre.Clock.Advance(TimeSpan.FromSeconds(30));
        await centre.EndAsync(abandoned);
        await centre.CallerArrivesAsync("+12025550133"); // still open: in no report yet

        var report = await centre.Get<CallReports>().GetAsync(sam, Today.AddDays(-1), Today, Token);

        Assert.Equal(new CallCount(2, 0, 1, 1, 90), report.Total);
        Assert.Equal(TimeSpan.FromSeconds(90), report.Total.AverageHandleTime);
        Assert.Equal(
            [new AgentCount(dana, "Dana", new CallCount(1, 0, 1, 0, 90)), new AgentCount(null, "Nobody", new CallCount(1, 0, 0, 1, 0))],
            report.ByAgent);
        Assert.Equal(report.Total, report.ByHour[8]);
        Assert.Equal([new DayCount(Today.AddDays(-1), default), new DayCount(Today, report.Total)], report.ByDay);
    }

    [Fact]
    public async Task News_that_comes_after_the_counting_is_in_the_next_report()
    {
        await using var centre = await CallCentre.OpenAsync(("Floor:TimeZone", "UTC"));
        var (sam, dana) = (await centre.HireSupervisorAsync(), await centre.HireAsync("Dana"));
        var reports = centre.Get<CallReports>();
        var call = await centre.InCallAsync(dana);
        Assert.Equal(0, (await reports.GetAsync(sam, Today, Today, Token)).Total.Calls);

        centre.Clock.Advance(TimeSpan.FromSeconds(10));
        await centre.EndAsync(call);

        Assert.Equal(1, (await reports.GetAsync(sam, Today, Today, Token)).Total.Calls);
        Assert.Equal(1, (await reports.GetAsync(sam, Today, Today, Token)).Total.Calls); // counting twice gives the same
    }

    [Theory]
    [InlineData("UTC")]
    [InlineData("Asia/Kolkata")]
    [InlineData("America/New_York")]
    public async Task The_roll_up_equals_a_scan_of_all_calls_whatever_changed_in_between(string zone)
    {
        await using var centre = await CallCentre.OpenAsync(("Floor:TimeZone", zone), ("Calls:WrapUp", "00:00:00"));
        var sam = await centre.HireSupervisorAsync();
        var agents = new[] { await centre.HireAsync("Dana"), await centre.HireAsync("Lee"), await centre.HireAsync("Kim") };
        var (reports, random) = (centre.Get<CallReports>(), new Random(7));
        var floor = new FloorOptions { TimeZone = zone };
        var open = new List<Call>();
        for (var step = 0; step < 90; step++)
        {
            centre.Clock.Advance(TimeSpan.FromMinutes(random.Next(1, 90)));
            switch (random.Next(4))
            {
                case 0:
                    open.Add(await centre.CallerArrivesAsync());
                    break;
                case 1 when agents[random.Next(3)] is var agent && (await centre.Roster.FindAsync(agent, Token))!.CallId is null:
                    open.Add(await centre.InCallAsync(agent));
                    break;
                case 2 when open.Count > 0:
                    var call = open[random.Next(open.Count)];
                    open.Remove(call);
                    await centre.EndAsync(call);
                    break;
                default:
                    await centre.Get<ReportCounter>().CountAsync(Token);
                    break;
            }
        }

        var (from, to) = (new DateOnly(2026, 6, 16), new DateOnly(2026, 6, 30));
        var report = await reports.GetAsync(sam, from, to, Token);

        await using var db = centre.OpenDatabase();
        var ended = await db.Calls.AsNoTracking().Where(c => c.Status == CallStatus.Ended).ToListAsync(Token);
        Assert.True(ended.Count > 10);
        Assert.Equal(Scan(ended), report.Total);
        Assert.Equal(
            ended.GroupBy(c => c.AgentId).Select(g => (g.Key, Scan(g))).OrderBy(x => x.Key),
            report.ByAgent.Select(row => (row.AgentId, row.Count)).OrderBy(x => x.AgentId));
        Assert.All(report.ByDay, day => Assert.Equal(Scan(ended.Where(c => floor.DayOf(c.CreatedAt) == day.Day)), day.Count));
        Assert.Equal(
            Enumerable.Range(0, 24).Select(hour => Scan(ended.Where(c => TimeZoneInfo.ConvertTime(c.CreatedAt, floor.Zone).Hour == hour))),
            report.ByHour);
    }

    [Fact]
    public async Task Whole_months_are_counted_once_and_again_when_a_call_of_theirs_changes_late()
    {
        await using var centre = await CallCentre.OpenAsync(("Floor:TimeZone", "UTC"), ("Calls:WrapUp", "00:00:00"));
        var (sam, dana) = (await centre.HireSupervisorAsync(), await centre.HireAsync("Dana"));
        var reports = centre.Get<CallReports>();
        var open = new List<Call>();
        for (var i = 0; i < 12; i++)
        {
            var call = await centre.InCallAsync(dana); // one every ten days, from 17 June to 5 October
            if (i == 3)
            {
                open.Add(await centre.CallerArrivesAsync("+12025550199")); // of 17 July; it ends only in October
            }

            centre.Clock.Advance(TimeSpan.FromSeconds(60));
            await centre.EndAsync(call);
            centre.Clock.Advance(TimeSpan.FromDays(10));
        }

        var (june17, july1, august31, october31) = (
            new DateOnly(2026, 6, 17), new DateOnly(2026, 7, 1), new DateOnly(2026, 8, 31), new DateOnly(2026, 10, 31));
        Assert.Equal(12, (await reports.GetAsync(sam, june17, october31, Token)).ByAgent.Sum(row => row.Count.Calls));
        Assert.Equal(6, (await reports.GetAsync(sam, july1, august31, Token)).ByAgent.Sum(row => row.Count.Calls));
        Assert.Equal(7, (await reports.GetAsync(sam, july1.AddDays(5), august31.AddDays(8), Token)).ByAgent.Sum(row => row.Count.Calls));
        await centre.EndAsync(open[0]);

        var late = await reports.GetAsync(sam, july1, august31, Token);
        Assert.Equal(7, late.ByAgent.Sum(row => row.Count.Calls));
        Assert.Equal(late.Total, late.ByAgent.Aggregate(default(CallCount), (sum, row) => sum + row.Count));
    }

    [Fact]
    public async Task Another_time_zone_counts_all_days_again()
    {
        await using var centre = await CallCentre.OpenAsync(("Floor:TimeZone", "UTC"));
        var (sam, dana) = (await centre.HireSupervisorAsync(), await centre.HireAsync("Dana"));
        await centre.EndAsync(await centre.InCallAsync(dana));
        Assert.Equal(1, (await centre.Get<CallReports>().GetAsync(sam, Today, Today, Token)).ByHour[12].Calls);

        var tokyo = new FixedOptions(new FloorOptions { TimeZone = "Asia/Tokyo" });
        var moved = new CallReports(centre.Get<IDbContextFactory<CrmDbContext>>(), centre.Get<FloorRights>(), tokyo, centre.Clock);
        using var counter = new ReportCounter(
            centre.Get<IDbContextFactory<CrmDbContext>>(), tokyo, centre.Clock, NullLogger<ReportCounter>.Instance);
        var before = await moved.GetAsync(sam, Today, Today, Token); // counted from the calls
        centre.Clock.Advance(TimeSpan.FromDays(1));
        await counter.CountAsync(Token);
        var report = await moved.GetAsync(sam, Today, Today, Token);

        Assert.Equal((0, 1), (before.ByHour[12].Calls, before.ByHour[21].Calls));
        Assert.Equal((0, 1), (report.ByHour[12].Calls, report.ByHour[21].Calls));
    }

    [Fact]
    public async Task A_range_that_runs_backwards_is_refused()
    {
        await using var centre = await CallCentre.OpenAsync();
        var sam = await centre.HireSupervisorAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => centre.Get<CallReports>().GetAsync(sam, Today, Today.AddDays(-1), Token));
        await Assert.ThrowsAsync<ArgumentException>(
            () => centre.Get<CallReports>().GetAsync(sam, Today, Today.AddDays(CallReports.MaxDays), Token));
    }

    private static CallCount Scan(IEnumerable<Call> calls) =>
        calls.Aggregate(default(CallCount), (sum, c) => sum + CallCount.Of(c.Direction, c.Outcome, c.DurationSeconds));

    private sealed class FixedOptions(FloorOptions value) : Microsoft.Extensions.Options.IOptionsMonitor<FloorOptions>
    {
        public FloorOptions CurrentValue => value;

        public FloorOptions Get(string? name) => value;

        public IDisposable? OnChange(Action<FloorOptions, string?> listener) => null;
    }
}
