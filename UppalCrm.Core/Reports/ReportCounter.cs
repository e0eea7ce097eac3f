using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Reports;

/// <summary>
/// Counts the reports' roll-up, in one place: the marked days that are over, and the months. Every node runs it, and one at a time counts
/// (<see cref="DatabaseLock.Reports"/>). The marks go in the transaction that counts: a change that comes while its day is being counted
/// waits, marks its hour again, and the day is counted again.
/// </summary>
public sealed class ReportCounter(
    IDbContextFactory<CrmDbContext> contexts, IOptionsMonitor<FloorOptions> options, TimeProvider time,
    ILogger<ReportCounter> logger) : BackgroundService
{
    // A transaction over more would keep writers waiting.
    private const int MarksAtOnce = 48;

    private static readonly TimeSpan Between = TimeSpan.FromSeconds(10);

    private DateOnly _monthsCountedOn;

    /// <summary>Counts what is marked and over. Counting a day or a month twice gives the same rows.</summary>
    public async Task CountAsync(CancellationToken cancellationToken)
    {
        var floor = options.CurrentValue;
        await BeginAnewAfterAnotherZoneAsync(floor, cancellationToken);
        var counted = false;
        while (await CountMarkedDaysAsync(floor, cancellationToken))
        {
            counted = true;
        }

        var today = floor.DayOf(time.GetUtcNow());
        if (counted || _monthsCountedOn != today)
        {
            await CountMonthsAsync(today, cancellationToken);
            _monthsCountedOn = today;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await CountAsync(stoppingToken);
            }
            catch (Exception ex) when (!stoppingToken.IsCancellationRequested)
            {
                // Reports stay right meanwhile: they count the marked days from their calls.
                logger.LogWarning(ex, "The reports' roll-up could not be counted; it is tried again");
            }

            await Task.Delay(Between, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// The days of another time zone are other days: every day that has calls is marked, and the roll-up is empty until they are counted.
    /// </summary>
    private async Task BeginAnewAfterAnotherZoneAsync(FloorOptions floor, CancellationToken cancellationToken)
    {
        var zone = floor.Zone.Id;
        await using (var db = await contexts.CreateDbContextAsync(cancellationToken))
        {
            if (await db.ReportZones.AnyAsync(z => z.Zone == zone, cancellationToken))
            {
                return;
            }
        }

        await contexts.InTransactionAsync(
            async (db, transaction) =>
            {
                await DatabaseLock.TakeAsync(db, DatabaseLock.Reports, cancellationToken);
                if (await db.ReportZones.AnyAsync(z => z.Zone == zone, cancellationToken))
                {
                    return false; // another node was quicker
                }

                await db.ReportAgentDays.ExecuteDeleteAsync(cancellationToken);
                await db.ReportHours.ExecuteDeleteAsync(cancellationToken);
                await db.ReportZones.ExecuteDeleteAsync(cancellationToken);
                db.ReportZones.Add(new ReportZone { Zone = zone });
                if (await db.Calls.OrderBy(c => c.CreatedAt).Select(c =>
                    (DateTimeOffset?)c.CreatedAt).FirstOrDefaultAsync(cancellationToken) is { } oldest)
                {
                    var newest = await db.Calls.OrderByDescending(c => c.CreatedAt).Select(c => c.CreatedAt).FirstAsync(cancellationToken);
                    var (first, last) = (floor.DayOf(oldest), floor.DayOf(newest));
                    logger.LogInformation("Reports: counting all days from {First} to {Last} in time zone {Zone}", first, last, zone);
                    var noons = Enumerable.Range(0, last.DayNumber - first.DayNumber + 1)
                        .Select(i => ReportDays.HourOf(floor.StartOf(first.AddDays(i)).AddHours(12)));
                    var marked = await db.ReportMarks.Select(mark => mark.Hour).ToListAsync(cancellationToken);
                    db.ReportMarks.AddRange(noons.Except(marked).Select(hour => new ReportMark { Hour = hour, Changes = 1 }));
                }

                await db.SaveChangesAsync(cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return true;
            },
            cancellationToken);
    }

    /// <returns>True when days were counted, and more may be marked.</returns>
    private async Task<bool> CountMarkedDaysAsync(FloorOptions floor, CancellationToken cancellationToken)
    {
        // Today changes with every call: it stays marked, and is counted on reading.
        var end = ReportDays.HourOf(floor.StartOf(floor.DayOf(time.GetUtcNow())));
        await using (var db = await contexts.CreateDbContextAsync(cancellationToken))
        {
            if (!await db.ReportMarks.AnyAsync(mark => mark.Hour < end, cancellationToken))
            {
                return false;
            }
        }

        return await contexts.InTransactionAsync(
            async (db, transaction) =>
            {
                await DatabaseLock.TakeAsync(db, DatabaseLock.Reports, cancellationToken);
                var hours = await db.ReportMarks.Where(mark => mark.Hour < end).OrderBy(mark => mark.Hour).Select(mark => mark.Hour)
                    .Take(MarksAtOnce).ToListAsync(cancellationToken);
                // First, so that whatever is written to these hours from now on waits for the end of this transaction and marks them
                // again.
                await db.ReportMarks.Where(mark => hours.Contains(mark.Hour)).ExecuteDeleteAsync(cancellationToken);
                foreach (var day in hours.SelectMany(hour => ReportDays.DaysOf(floor, hour)).Distinct())
                {
                    await CountDayAsync(db, floor, day, cancellationToken);
                }

                await db.SaveChangesAsync(cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return hours.Count > 0;
            },
            cancellationToken);
    }

    private static async Task CountDayAsync(CrmDbContext db, FloorOptions floor, DateOnly day, CancellationToken cancellationToken)
    {
        var number = ReportDays.Number(day);
        var month = ReportDays.MonthOf(number);
        var calls = await ReportDays.ReadCallsAsync(db, floor, day, day, cancellationToken);
        await db.ReportAgentDays.Where(row => row.Day == number || row.Day == month).ExecuteDeleteAsync(cancellationToken);
        await db.ReportHours.Where(row => row.Day == number || row.Day == month).ExecuteDeleteAsync(cancellationToken);
        foreach (var group in calls.GroupBy(call => call.AgentId ?? AgentDay.Nobody))
        {
            var count = group.Aggregate(default(CallCount), (sum, call) => sum + call.Count);
            db.ReportAgentDays.Add(new AgentDay
            {
                Day = number, AgentId = group.Key, Inbound = count.Inbound, Outbound = count.Outbound, Answered = count.Answered,
                Missed = count.Missed,
                TalkSeconds = count.TalkSeconds,
            });
        }

        foreach (var group in calls.GroupBy(call => TimeZoneInfo.ConvertTime(call.CreatedAt, floor.Zone).Hour))
        {
            var count = group.Aggregate(default(CallCount), (sum, call) => sum + call.Count);
            db.ReportHours.Add(new HourOfDay
            {
                Day = number, Hour = group.Key, Inbound = count.Inbound, Outbound = count.Outbound, Answered = count.Answered,
                Missed = count.Missed,
                TalkSeconds = count.TalkSeconds,
            });
        }
    }

    /// <summary>Counts the months that are over and have no rows, from their days.</summary>
    private Task<bool> CountMonthsAsync(DateOnly today, CancellationToken cancellationToken) => contexts.InTransactionAsync(
        async (db, transaction) =>
        {
            await DatabaseLock.TakeAsync(db, DatabaseLock.Reports, cancellationToken);
            var over = ReportDays.MonthOf(ReportDays.Number(today));
            var counted = await db.ReportHours.Where(row => row.Day % 100 == 0).Select(row => row.Day).Distinct()
                .ToListAsync(cancellationToken);
            var months = await db.ReportHours.Where(row => row.Day % 100 != 0 && row.Day < over).Select(row => row.Day / 100 * 100)
                .Distinct()
                .ToListAsync(cancellationToken);
            foreach (var month in months.Except(counted))
            {
                db.ReportAgentDays.AddRange(await db.ReportAgentDays.AsNoTracking().Where(row => row.Day > month && row.Day < month + 100)
                    .GroupBy(row => row.AgentId)
                    .Select(g => new AgentDay
                    {
                        Day = month, AgentId = g.Key, Inbound = g.Sum(r => r.Inbound), Outbound = g.Sum(r => r.Outbound),
                        Answered = g.Sum(r => r.Answered),
                        Missed = g.Sum(r => r.Missed), TalkSeconds = g.Sum(r => r.TalkSeconds),
                    }).ToListAsync(cancellationToken));
                db.ReportHours.AddRange(await db.ReportHours.AsNoTracking().Where(row => row.Day > month && row.Day < month + 100)
                    .GroupBy(row => row.Hour)
                    .Select(g => new HourOfDay
                    {
                        Day = month, Hour = g.Key, Inbound = g.Sum(r => r.Inbound), Outbound = g.Sum(r => r.Outbound),
                        Answered = g.Sum(r => r.Answered),
                        Missed = g.Sum(r => r.Missed), TalkSeconds = g.Sum(r => r.TalkSeconds),
                    }).ToListAsync(cancellationToken));
            }

            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return true;
        },
        cancellationToken);
}

/// <summary>How the reports number days, months and hours, and which calls are a day's.</summary>
internal static class ReportDays
{
    /// <summary>20260617 for 17 June 2026: sortable, and readable in a support query.</summary>
    public static int Number(DateOnly day) => (day.Year * 10000) + (day.Month * 100) + day.Day;

    /// <summary>20260600 for the whole of June 2026: before its first day, after May's last.</summary>
    public static int MonthOf(int day) => day / 100 * 100;

    /// <summary>Hours of UTC since year 1.</summary>
    public static int HourOf(DateTimeOffset at) => (int)(at.UtcTicks / TimeSpan.TicksPerHour);

    /// <summary>An hour of UTC may lie in two days of a zone whose offset is not a whole number of hours.</summary>
    public static IEnumerable<DateOnly> DaysOf(FloorOptions floor, int hour) =>
        new[] { StartOfHour(hour), StartOfHour(hour + 1).AddTicks(-1) }.Select(floor.DayOf).Distinct();

    /// <summary>The ended calls of these days, each as it counts.</summary>
    public static async Task<IReadOnlyList<(DateTimeOffset CreatedAt, int? AgentId, CallCount Count)>> ReadCallsAsync(
        CrmDbContext db, FloorOptions floor, DateOnly first, DateOnly last, CancellationToken cancellationToken)
    {
        var (start, end) = (floor.StartOf(first), floor.StartOf(last.AddDays(1)));
        var calls = await CallHistory.OfCustomers(db.Calls)
            .Where(call => call.Status == CallStatus.Ended && call.CreatedAt >= start && call.CreatedAt < end)
            .Select(call => new { call.CreatedAt, call.AgentId, call.Direction, call.Outcome, call.DurationSeconds })
            .ToListAsync(cancellationToken);
        return [.. calls.Select(call => (call.CreatedAt, call.AgentId, CallCount.Of(call.Direction, call.Outcome, call.DurationSeconds)))];
    }

    private static DateTimeOffset StartOfHour(int hour) => new(hour * TimeSpan.TicksPerHour, TimeSpan.Zero);
}
