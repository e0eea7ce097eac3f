using Microsoft.EntityFrameworkCore;
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
    DateOnly From, DateOnly To, CallCount Total, IReadOnlyList<AgentCount> ByAgent, IReadOnlyList<CallCount> ByHour,
    IReadOnlyList<DayCount> ByDay);

public sealed record AgentCount(int? AgentId, string Name, CallCount Count);

public sealed record DayCount(DateOnly Day, CallCount Count);

/// <summary>
/// Reports by agent, hour and day. They are read from a roll-up that holds one row an agent and one an hour for each day of the floor and
/// for each month that is over, so that a range costs its days and not its calls. A change of an ended call marks its hour in the same
/// transaction (<see cref="MarkAsync"/>). A reader writes nothing: the roll-up is counted by <see cref="ReportCounter"/>, and the
/// days
/// that are marked, today always, are counted from their calls on reading.
/// </summary>
public sealed class CallReports(
    IDbContextFactory<CrmDbContext> contexts, FloorRights rights, IOptionsMonitor<FloorOptions> options, TimeProvider time)
{
    /// <summary>The longest range of one report.</summary>
    public const int MaxDays = 3660;

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

        var floor = options.CurrentValue;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var sums = new Sums();
        // The marks are read first: a day that is counted while we read is taken from its calls, not from both.
        var uncounted = await FindUncountedAsync(db, floor, from, to, cancellationToken);
        if (uncounted.Count < to.DayNumber - from.DayNumber + 1)
        {
            await AddRollUpAsync(db, sums, from, to, uncounted, cancellationToken);
        }

        foreach (var (first, last) in Runs(uncounted))
        {
            await AddCallsAsync(db, floor, sums, first, last, cancellationToken);
        }

        var names = await db.Agents.Select(agent => new { agent.Id, agent.DisplayName })
            .ToDictionaryAsync(agent => agent.Id, agent => agent.DisplayName, cancellationToken);
        return new CallReport(
            from, to,
            sums.ByHour.Aggregate(default(CallCount), (sum, count) => sum + count),
            [.. sums.ByAgent.Select(row => new AgentCount(
                    row.Key == AgentDay.Nobody ? null : row.Key,
                    row.Key == AgentDay.Nobody ? "Nobody" : names.GetValueOrDefault(row.Key, $"Agent {row.Key}"),
                    row.Value))
                .OrderBy(row => row.AgentId is null).ThenBy(row => row.Name, StringComparer.OrdinalIgnoreCase)],
            sums.ByHour,
            [.. Enumerable.Range(0, to.DayNumber - from.DayNumber + 1).Select(i => from.AddDays(i))
                .Select(day => new DayCount(day, sums.ByDay.GetValueOrDefault(ReportDays.Number(day))))]);
    }

    /// <summary>Marks the hour of an ended call that is being changed. In the same transaction as the change.</summary>
    internal static async Task MarkAsync(CrmDbContext db, DateTimeOffset createdAt, CancellationToken cancellationToken)
    {
        var hour = ReportDays.HourOf(createdAt);
        // Changed, not only kept: while the counter holds this row, the change waits, and then marks the hour again.
        FormattableString mark = $"UPDATE report_marks SET changes = changes + 1 WHERE hour = {hour}";
        var marked = await db.Database.ExecuteSqlAsync(mark, cancellationToken);
        if (marked == 0)
        {
            db.ReportMarks.Add(new ReportMark { Hour = hour, Changes = 1 });
            await db.SaveChangesAsync(cancellationToken);
        }
    }

    /// <summary>
    /// The days of the range whose calls have changed since they were counted; all of them while the counter counts by another time zone.
    /// </summary>
    private static async Task<SortedSet<DateOnly>> FindUncountedAsync(
        CrmDbContext db, FloorOptions floor, DateOnly from, DateOnly to, CancellationToken cancellationToken)
    {
        var zone = floor.Zone.Id;
        if (!await db.ReportZones.AnyAsync(z => z.Zone == zone, cancellationToken))
        {
            return [.. Enumerable.Range(0, to.DayNumber - from.DayNumber + 1).Select(i => from.AddDays(i))];
        }

        var hours = await db.ReportMarks.Select(mark => mark.Hour).ToListAsync(cancellationToken);
        return [.. hours.SelectMany(hour => ReportDays.DaysOf(floor, hour)).Where(day => day >= from && day <= to)];
    }

    private async Task AddRollUpAsync(
        CrmDbContext db, Sums sums, DateOnly from, DateOnly to, SortedSet<DateOnly> uncounted, CancellationToken cancellationToken)
    {
        var (first, last) = (ReportDays.Number(from), ReportDays.Number(to));
        var leftOut = uncounted.Select(ReportDays.Number).ToList();
        var months = await FindMonthsAsync(db, from, to, uncounted, cancellationToken);
        // The months' rows, and the days before and after them: three ranges of the key.
        var (before, after) = months is [] ? (last + 1, last) : (months[0], months[^1] + 99);
        var agents = await db.ReportAgentDays
            .Where(row => months.Contains(row.Day)
                || (row.Day >= first && row.Day < before && row.Day % 100 != 0 && !leftOut.Contains(row.Day))
                || (row.Day > after && row.Day <= last && row.Day % 100 != 0 && !leftOut.Contains(row.Day)))
            .GroupBy(row => row.AgentId)
            .Select(g => new
            {
                g.Key, Inbound = g.Sum(r => r.Inbound), Outbound = g.Sum(r => r.Outbound), Answered = g.Sum(r => r.Answered),
                Missed = g.Sum(r => r.Missed),
                Talk = g.Sum(r => r.TalkSeconds),
            })
            .ToListAsync(cancellationToken);
        var hours = await db.ReportHours
            .Where(row => months.Contains(row.Day)
                || (row.Day >= first && row.Day < before && row.Day % 100 != 0 && !leftOut.Contains(row.Day))
                || (row.Day > after && row.Day <= last && row.Day % 100 != 0 && !leftOut.Contains(row.Day)))
            .GroupBy(row => row.Hour)
            .Select(g => new
            {
                g.Key, Inbound = g.Sum(r => r.Inbound), Outbound = g.Sum(r => r.Outbound), Answered = g.Sum(r => r.Answered),
                Missed = g.Sum(r => r.Missed),
                Talk = g.Sum(r => r.TalkSeconds),
            })
            .ToListAsync(cancellationToken);
        var days = await db.ReportHours
            .Where(row => row.Day >= first && row.Day <= last && row.Day % 100 != 0 && !leftOut.Contains(row.Day))
            .GroupBy(row => row.Day)
            .Select(g => new
            {
                g.Key, Inbound = g.Sum(r => r.Inbound), Outbound = g.Sum(r => r.Outbound), Answered = g.Sum(r => r.Answered),
                Missed = g.Sum(r => r.Missed),
                Talk = g.Sum(r => r.TalkSeconds),
            })
            .ToListAsync(cancellationToken);
        agents.ForEach(row => sums.AddAgent(row.Key, new CallCount(row.Inbound, row.Outbound, row.Answered, row.Missed, row.Talk)));
        hours.ForEach(row => sums.ByHour[row.Key] += new CallCount(row.Inbound, row.Outbound, row.Answered, row.Missed, row.Talk));
        days.ForEach(row => sums.AddDay(row.Key, new CallCount(row.Inbound, row.Outbound, row.Answered, row.Missed, row.Talk)));
    }

    /// <summary>
    /// The longest run of months that lie whole in the range, are over by the floor's clock, are counted as months and have no day that is
    /// marked. As the numbers of their rows.
    /// </summary>
    private async Task<List<int>> FindMonthsAsync(
        CrmDbContext db, DateOnly from, DateOnly to, SortedSet<DateOnly> uncounted, CancellationToken cancellationToken)
    {
        var today = options.CurrentValue.DayOf(time.GetUtcNow());
        var whole = new List<int>();
        var month = from.Day == 1 ? from : new DateOnly(from.Year, from.Month, 1).AddMonths(1);
        for (var next = month.AddMonths(1); next.AddDays(-1) <= to && next <= today; (month, next) = (next, next.AddMonths(1)))
        {
            whole.Add(ReportDays.MonthOf(ReportDays.Number(month)));
        }

        if (whole is [])
        {
            return whole;
        }

        var counted = await db.ReportHours.Where(row => whole.Contains(row.Day)).Select(row => row.Day).Distinct()
            .ToListAsync(cancellationToken);
        var changed = uncounted.Select(day => ReportDays.MonthOf(ReportDays.Number(day))).ToHashSet();
        var (longest, run) = (new List<int>(), new List<int>());
        foreach (var one in whole)
        {
            if (changed.Contains(one) || !counted.Contains(one))
            {
                run = [];
                continue;
            }

            run.Add(one);
            longest = run.Count > longest.Count ? run : longest;
        }

        return longest;
    }

    private static async Task AddCallsAsync(
        CrmDbContext db, FloorOptions floor, Sums sums, DateOnly first, DateOnly last, CancellationToken cancellationToken)
    {
        foreach (var call in await ReportDays.ReadCallsAsync(db, floor, first, last, cancellationToken))
        {
            var local = TimeZoneInfo.ConvertTime(call.CreatedAt, floor.Zone);
            sums.AddAgent(call.AgentId ?? AgentDay.Nobody, call.Count);
            sums.ByHour[local.Hour] += call.Count;
            sums.AddDay(ReportDays.Number(DateOnly.FromDateTime(local.DateTime)), call.Count);
        }
    }

    private static IEnumerable<(DateOnly First, DateOnly Last)> Runs(SortedSet<DateOnly> days)
    {
        (DateOnly First, DateOnly Last)? run = null;
        foreach (var day in days)
        {
            if (run is { } open && open.Last.AddDays(1) == day)
            {
                run = (open.First, day);
                continue;
            }

            if (run is { } closed)
            {
                yield return closed;
            }

            run = (day, day);
        }

        if (run is { } last)
        {
            yield return last;
        }
    }

    private sealed class Sums
    {
        public Dictionary<int, CallCount> ByAgent { get; } = [];

        public CallCount[] ByHour { get; } = new CallCount[24];

        public Dictionary<int, CallCount> ByDay { get; } = [];

        public void AddAgent(int agentId, CallCount count) => ByAgent[agentId] = ByAgent.GetValueOrDefault(agentId) + count;

        public void AddDay(int day, CallCount count) => ByDay[day] = ByDay.GetValueOrDefault(day) + count;
    }
}
