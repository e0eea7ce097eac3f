using System.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Reports;

/// <summary>What a report counts, over ended calls.</summary>
/// <param name="Inbound">Inbound calls.</param>
/// <param name="Outbound">Outbound calls.</param>
/// <param name="Answered">Calls of both directions in which agent and customer talked.</param>
/// <param name="Missed">Inbound calls that nobody answered: abandoned, missed, voicemail.</param>
/// <param name="TalkSeconds">From answered to ended, over the answered calls.</param>
public readonly record struct CallCount(long Inbound, long Outbound, long Answered, long Missed, long TalkSeconds)
{
    public long Calls => Inbound + Outbound;

    /// <summary>Talk time per answered call, hold included. Wrap-up is the agent's, not the call's, and is not in it.</summary>
    public TimeSpan? AverageHandleTime => Answered == 0 ? null : TimeSpan.FromSeconds((double)TalkSeconds / Answered);

    public static CallCount Of(CallDirection direction, CallOutcome? outcome, int? durationSeconds) => new(
        direction == CallDirection.Inbound ? 1 : 0,
        direction == CallDirection.Outbound ? 1 : 0,
        outcome == CallOutcome.Answered ? 1 : 0,
        direction == CallDirection.Inbound && outcome is CallOutcome.Abandoned or CallOutcome.Missed or CallOutcome.Voicemail ? 1 : 0,
        outcome == CallOutcome.Answered ? durationSeconds ?? 0 : 0);

    public static CallCount operator +(CallCount a, CallCount b) => new(
        a.Inbound + b.Inbound, a.Outbound + b.Outbound, a.Answered + b.Answered, a.Missed + b.Missed, a.TalkSeconds + b.TalkSeconds);
}

/// <summary>A report over some days of the floor's calendar.</summary>
/// <param name="ByAgent">Who had calls; those of nobody come last, without an id.</param>
/// <param name="ByHour">24 rows, one an hour of the floor's day, all days together.</param>
/// <param name="ByDay">One row a day, those without a call included.</param>
public sealed record CallReport(
    DateOnly From, DateOnly To, CallCount Total, IReadOnlyList<AgentCount> ByAgent, IReadOnlyList<CallCount> ByHour, IReadOnlyList<DayCount> ByDay);

public sealed record AgentCount(int? AgentId, string Name, CallCount Count);

public sealed record DayCount(DateOnly Day, CallCount Count);

/// <summary>
/// Reports by agent, hour and day. They are read from a roll-up that holds one row an agent and one an hour for each day of the
/// floor and for each month that is over, so that a range costs its days and not its calls. A change of an ended call marks its hour
/// in the same transaction (<see cref="MarkAsync"/>); whoever reads next counts the marked days anew and drops their months.
/// Counting a day or a month twice gives the same rows.
/// </summary>
public sealed class CallReports(
    IDbContextFactory<CrmDbContext> contexts, FloorRights rights, IOptionsMonitor<FloorOptions> options, TimeProvider time, ILogger<CallReports> logger) : IDisposable
{
    /// <summary>The longest range of one report.</summary>
    public const int MaxDays = 3660;

    private readonly SemaphoreSlim _counting = new(1, 1);

    /// <param name="from">First day, in the floor's calendar.</param>
    /// <param name="to">Last day, included.</param>
    /// <exception cref="NotAllowedException">The reader supervises nobody.</exception>
    /// <exception cref="ArgumentException">The range runs backwards or is longer than <see cref="MaxDays"/>.</exception>
    public async Task<CallReport> GetAsync(int readerId, DateOnly from, DateOnly to, CancellationToken cancellationToken)
    {
        await rights.EnsureSupervisesAsync(readerId, cancellationToken);
        if (to < from || to.DayNumber - from.DayNumber >= MaxDays)
        {
            throw new ArgumentException($"A report covers 1 to {MaxDays} days, the first before the last.", nameof(to));
        }

        await CountMarkedAsync(cancellationToken);
        var months = WholeMonths(from, to);
        await CountMonthsAsync(months, cancellationToken);
        var (first, last) = (Number(from), Number(to));
        // The months' rows, and the days before and after them: three ranges of the key.
        var (before, after) = months is [] ? (last + 1, last) : (months[0], months[^1] + 99);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var agents = await db.ReportAgentDays
            .Where(row => months.Contains(row.Day)
                || (row.Day >= first && row.Day < before && row.Day % 100 != 0)
                || (row.Day > after && row.Day <= last && row.Day % 100 != 0))
            .GroupBy(row => row.AgentId)
            .Select(g => new { AgentId = g.Key, Inbound = g.Sum(r => r.Inbound), Outbound = g.Sum(r => r.Outbound), Answered = g.Sum(r => r.Answered), Missed = g.Sum(r => r.Missed), Talk = g.Sum(r => r.TalkSeconds) })
            .ToListAsync(cancellationToken);
        var hours = await db.ReportHours
            .Where(row => months.Contains(row.Day)
                || (row.Day >= first && row.Day < before && row.Day % 100 != 0)
                || (row.Day > after && row.Day <= last && row.Day % 100 != 0))
            .GroupBy(row => row.Hour)
            .Select(g => new { Hour = g.Key, Inbound = g.Sum(r => r.Inbound), Outbound = g.Sum(r => r.Outbound), Answered = g.Sum(r => r.Answered), Missed = g.Sum(r => r.Missed), Talk = g.Sum(r => r.TalkSeconds) })
            .ToListAsync(cancellationToken);
        var days = await db.ReportHours.Where(row => row.Day >= first && row.Day <= last && row.Day % 100 != 0).GroupBy(row => row.Day)
            .Select(g => new { Day = g.Key, Inbound = g.Sum(r => r.Inbound), Outbound = g.Sum(r => r.Outbound), Answered = g.Sum(r => r.Answered), Missed = g.Sum(r => r.Missed), Talk = g.Sum(r => r.TalkSeconds) })
            .ToDictionaryAsync(row => row.Day, row => new CallCount(row.Inbound, row.Outbound, row.Answered, row.Missed, row.Talk), cancellationToken);
        var names = await db.Agents.Select(agent => new { agent.Id, agent.DisplayName }).ToDictionaryAsync(agent => agent.Id, agent => agent.DisplayName, cancellationToken);

        var byHour = new CallCount[24];
        foreach (var row in hours)
        {
            byHour[row.Hour] = new CallCount(row.Inbound, row.Outbound, row.Answered, row.Missed, row.Talk);
        }

        return new CallReport(
            from, to,
            byHour.Aggregate(default(CallCount), (sum, count) => sum + count),
            [.. agents.Select(row => new AgentCount(
                    row.AgentId == AgentDay.Nobody ? null : row.AgentId,
                    row.AgentId == AgentDay.Nobody ? "Nobody" : names.GetValueOrDefault(row.AgentId, $"Agent {row.AgentId}"),
                    new CallCount(row.Inbound, row.Outbound, row.Answered, row.Missed, row.Talk)))
                .OrderBy(row => row.AgentId is null).ThenBy(row => row.Name, StringComparer.OrdinalIgnoreCase)],
            byHour,
            [.. Enumerable.Range(0, to.DayNumber - from.DayNumber + 1).Select(i => from.AddDays(i)).Select(day => new DayCount(day, days.GetValueOrDefault(Number(day))))]);
    }

    /// <summary>Marks the hour of an ended call that is being changed. In the same transaction as the change.</summary>
    internal static async Task MarkAsync(CrmDbContext db, DateTimeOffset createdAt, CancellationToken cancellationToken)
    {
        var hour = HourOf(createdAt);
        // Counted up rather than only kept: whoever is counting this hour sees by the number that there is more to count.
        if (await db.Database.ExecuteSqlAsync($"UPDATE report_marks SET changes = changes + 1 WHERE hour = {hour}", cancellationToken) == 0)
        {
            db.ReportMarks.Add(new ReportMark { Hour = hour, Changes = 1 });
            await db.SaveChangesAsync(cancellationToken);
        }
    }

    /// <summary>Counts anew every day that holds a marked hour; all days when the floor's time zone is not the one that was counted by.</summary>
    public async Task CountMarkedAsync(CancellationToken cancellationToken)
    {
        await _counting.WaitAsync(cancellationToken);
        try
        {
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            var floor = options.CurrentValue;
            var zone = floor.Zone.Id;
            if (!await db.ReportZones.AnyAsync(z => z.Zone == zone, cancellationToken))
            {
                await CountEverythingAsync(db, floor, zone, cancellationToken);
            }

            var marks = await db.ReportMarks.AsNoTracking().ToListAsync(cancellationToken);
            // An hour of UTC may lie in two days of a zone whose offset is not a whole number of hours.
            var days = marks.SelectMany(mark => new[] { StartOfHour(mark.Hour), StartOfHour(mark.Hour + 1).AddTicks(-1) }).Select(floor.DayOf).Distinct().Order().ToList();
            foreach (var day in days)
            {
                await CountDayAsync(db, floor, day, cancellationToken);
            }

            foreach (var mark in marks)
            {
                // Not if it was counted up in between: that change may have come after the counting.
                await db.ReportMarks.Where(m => m.Hour == mark.Hour && m.Changes == mark.Changes).ExecuteDeleteAsync(cancellationToken);
            }
        }
        finally
        {
            _counting.Release();
        }
    }

    public void Dispose() => _counting.Dispose();

    /// <summary>The months that lie whole in the range and are over by the floor's clock, as the numbers of their rows.</summary>
    private List<int> WholeMonths(DateOnly from, DateOnly to)
    {
        var over = options.CurrentValue.DayOf(time.GetUtcNow());
        var month = from.Day == 1 ? from : new DateOnly(from.Year, from.Month, 1).AddMonths(1);
        var months = new List<int>();
        for (var next = month.AddMonths(1); next.AddDays(-1) <= to && next <= over; (month, next) = (next, next.AddMonths(1)))
        {
            months.Add(MonthOf(Number(month)));
        }

        return months;
    }

    /// <summary>Counts those of the months that have no rows, from their days.</summary>
    private async Task CountMonthsAsync(List<int> months, CancellationToken cancellationToken)
    {
        if (months is [])
        {
            return;
        }

        await _counting.WaitAsync(cancellationToken);
        try
        {
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            var counted = await db.ReportAgentDays.Where(row => months.Contains(row.Day)).Select(row => row.Day).Distinct().ToListAsync(cancellationToken);
            foreach (var month in months.Except(counted))
            {
                // Serializable: a day of this month that another node counts anew meanwhile comes after us, and drops what we wrote.
                await using var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.Serializable, cancellationToken);
                var sums = await db.ReportAgentDays.Where(row => row.Day > month && row.Day < month + 100).GroupBy(row => row.AgentId)
                    .Select(g => new AgentDay { Day = month, AgentId = g.Key, Inbound = g.Sum(r => r.Inbound), Outbound = g.Sum(r => r.Outbound), Answered = g.Sum(r => r.Answered), Missed = g.Sum(r => r.Missed), TalkSeconds = g.Sum(r => r.TalkSeconds) })
                    .ToListAsync(cancellationToken);
                var hours = await db.ReportHours.Where(row => row.Day > month && row.Day < month + 100).GroupBy(row => row.Hour)
                    .Select(g => new HourOfDay { Day = month, Hour = g.Key, Inbound = g.Sum(r => r.Inbound), Outbound = g.Sum(r => r.Outbound), Answered = g.Sum(r => r.Answered), Missed = g.Sum(r => r.Missed), TalkSeconds = g.Sum(r => r.TalkSeconds) })
                    .ToListAsync(cancellationToken);
                await db.ReportAgentDays.Where(row => row.Day == month).ExecuteDeleteAsync(cancellationToken);
                await db.ReportHours.Where(row => row.Day == month).ExecuteDeleteAsync(cancellationToken);
                db.ReportAgentDays.AddRange(sums);
                db.ReportHours.AddRange(hours);
                await db.SaveChangesAsync(cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                db.ChangeTracker.Clear();
            }
        }
        finally
        {
            _counting.Release();
        }
    }

    private async Task CountEverythingAsync(CrmDbContext db, FloorOptions floor, string zone, CancellationToken cancellationToken)
    {
        await db.ReportAgentDays.ExecuteDeleteAsync(cancellationToken);
        await db.ReportHours.ExecuteDeleteAsync(cancellationToken);
        if (await db.Calls.OrderBy(call => call.CreatedAt).Select(call => (DateTimeOffset?)call.CreatedAt).FirstOrDefaultAsync(cancellationToken) is { } oldest)
        {
            var newest = await db.Calls.OrderByDescending(call => call.CreatedAt).Select(call => call.CreatedAt).FirstAsync(cancellationToken);
            var (first, last) = (floor.DayOf(oldest), floor.DayOf(newest));
            logger.LogInformation("Reports: counting all days from {First} to {Last} in time zone {Zone}", first, last, zone);
            for (var day = first; day <= last; day = day.AddDays(1))
            {
                await CountDayAsync(db, floor, day, cancellationToken);
            }
        }

        // Last: if the process ends before this, the next one begins anew.
        await db.ReportZones.ExecuteDeleteAsync(cancellationToken);
        db.ReportZones.Add(new ReportZone { Zone = zone });
        await db.SaveChangesAsync(cancellationToken);
        db.ChangeTracker.Clear();
    }

    private static async Task CountDayAsync(CrmDbContext db, FloorOptions floor, DateOnly day, CancellationToken cancellationToken)
    {
        var (start, end, number) = (floor.StartOf(day), floor.StartOf(day.AddDays(1)), Number(day));
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var calls = await db.Calls.Where(call => call.Status == CallStatus.Ended && call.CreatedAt >= start && call.CreatedAt < end)
            .Select(call => new { call.CreatedAt, call.AgentId, call.Direction, call.Outcome, call.DurationSeconds }).ToListAsync(cancellationToken);
        var month = MonthOf(number);
        await db.ReportAgentDays.Where(row => row.Day == number || row.Day == month).ExecuteDeleteAsync(cancellationToken);
        await db.ReportHours.Where(row => row.Day == number || row.Day == month).ExecuteDeleteAsync(cancellationToken);
        var zone = floor.Zone;
        foreach (var group in calls.GroupBy(call => call.AgentId ?? AgentDay.Nobody))
        {
            var count = group.Aggregate(default(CallCount), (sum, call) => sum + CallCount.Of(call.Direction, call.Outcome, call.DurationSeconds));
            db.ReportAgentDays.Add(new AgentDay { Day = number, AgentId = group.Key, Inbound = count.Inbound, Outbound = count.Outbound, Answered = count.Answered, Missed = count.Missed, TalkSeconds = count.TalkSeconds });
        }

        foreach (var group in calls.GroupBy(call => TimeZoneInfo.ConvertTime(call.CreatedAt, zone).Hour))
        {
            var count = group.Aggregate(default(CallCount), (sum, call) => sum + CallCount.Of(call.Direction, call.Outcome, call.DurationSeconds));
            db.ReportHours.Add(new HourOfDay { Day = number, Hour = group.Key, Inbound = count.Inbound, Outbound = count.Outbound, Answered = count.Answered, Missed = count.Missed, TalkSeconds = count.TalkSeconds });
        }

        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        db.ChangeTracker.Clear();
    }

    /// <summary>20260617 for 17 June 2026: sortable, and readable in a support query.</summary>
    private static int Number(DateOnly day) => (day.Year * 10000) + (day.Month * 100) + day.Day;

    /// <summary>20260600 for the whole of June 2026: before its first day, after May's last.</summary>
    private static int MonthOf(int day) => day / 100 * 100;

    /// <summary>Hours of UTC since year 1.</summary>
    private static int HourOf(DateTimeOffset at) => (int)(at.UtcTicks / TimeSpan.TicksPerHour);

    private static DateTimeOffset StartOfHour(int hour) => new(hour * TimeSpan.TicksPerHour, TimeSpan.Zero);
}

/// <summary>One agent's ended calls of one day of the floor, or of one month that is over.</summary>
public sealed class AgentDay
{
    /// <summary>Stands for calls that nobody had in hand.</summary>
    public const int Nobody = 0;

    /// <summary>20260617 for 17 June 2026; 20260600 for the whole of June.</summary>
    public int Day { get; set; }

    public int AgentId { get; set; }
    public long Inbound { get; set; }
    public long Outbound { get; set; }
    public long Answered { get; set; }
    public long Missed { get; set; }
    public long TalkSeconds { get; set; }
}

/// <summary>The ended calls of one hour of one day of the floor, or of that hour over one month that is over.</summary>
public sealed class HourOfDay
{
    /// <summary>20260617 for 17 June 2026; 20260600 for the whole of June.</summary>
    public int Day { get; set; }

    /// <summary>0 to 23, by the floor's clock.</summary>
    public int Hour { get; set; }

    public long Inbound { get; set; }
    public long Outbound { get; set; }
    public long Answered { get; set; }
    public long Missed { get; set; }
    public long TalkSeconds { get; set; }
}

/// <summary>An hour in which ended calls were changed since it was counted.</summary>
public sealed class ReportMark
{
    /// <summary>Hours of UTC since year 1.</summary>
    public int Hour { get; set; }

    public long Changes { get; set; }
}

/// <summary>The time zone by whose days the roll-up was counted.</summary>
public sealed class ReportZone
{
    public required string Zone { get; set; }
}
