using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Audit;

/// <summary>Which rows of the audit are wanted. Null means all.</summary>
/// <param name="From">From this moment on.</param>
/// <param name="Until">Before this moment.</param>
public sealed record AuditFilter(
    AuditAction? Action = null, int? AgentId = null, DateTimeOffset? From = null, DateTimeOffset? Until = null);

/// <summary>A row of the audit with the person's name.</summary>
public sealed record AuditRow(long Id, DateTimeOffset At, int? AgentId, string? Person, AuditAction Action, long? CallId, string? Detail);

/// <summary>Reads the audit, newest first. For administrators only.</summary>
public sealed class AuditTrail(IDbContextFactory<CrmDbContext> contexts, AuditLog log, FloorRights rights)
{
    /// <summary>An export holds at most so many rows.</summary>
    public const int MaxExport = 100_000;

    private static readonly TimeSpan OneReading = TimeSpan.FromMinutes(10);

    /// <param name="before">Only rows older than the one of this id; null for the newest.</param>
    /// <exception cref="NotAllowedException">The reader is no administrator.</exception>
    public async Task<IReadOnlyList<AuditRow>> GetAsync(
        int readerId, AuditFilter filter, long? before, int count, CancellationToken cancellationToken)
    {
        await rights.EnsureAdministersAsync(readerId, cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await Rows(db, filter, before).Take(Math.Clamp(count, 1, 500)).ToListAsync(cancellationToken);
    }

    /// <summary>Writes down that the audit is read.</summary>
    /// <exception cref="NotAllowedException">The reader is no administrator.</exception>
    public async Task NoteReadAsync(int readerId, CancellationToken cancellationToken)
    {
        await rights.EnsureAdministersAsync(readerId, cancellationToken);
        await log.WriteOnceAsync(AuditAction.AuditRead, readerId, null, null, OneReading, cancellationToken);
    }

    /// <summary>The actions that occur, for the filter's list.</summary>
    /// <exception cref="NotAllowedException">The reader is no administrator.</exception>
    public async Task<IReadOnlyList<AuditAction>> GetActionsAsync(int readerId, CancellationToken cancellationToken)
    {
        await rights.EnsureAdministersAsync(readerId, cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Audit.Select(row => row.Action).Distinct().OrderBy(action => action).ToListAsync(cancellationToken);
    }

    /// <summary>The rows as CSV, one string a row, the heading first. Leaves an audit row itself.</summary>
    /// <exception cref="NotAllowedException">The reader is no administrator.</exception>
    public async IAsyncEnumerable<string> ExportAsync(
        int readerId, AuditFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await rights.EnsureAdministersAsync(readerId, cancellationToken);
        await log.WriteAsync(AuditAction.AuditExported, readerId, null, null, cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        yield return CsvRow.Of("Number", "Time (UTC)", "Person", "Action", "Call", "Detail");
        await foreach (var row in Rows(db, filter, before: null).Take(MaxExport).AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            yield return CsvRow.Of(row.Id, row.At, row.Person, row.Action.ToWord(), row.CallId, row.Detail);
        }
    }

    /// <summary>Checks every row against the one before it.</summary>
    /// <returns>The number of the first row that is not as it was written; null when all are.</returns>
    /// <exception cref="NotAllowedException">The reader is no administrator.</exception>
    public async Task<long?> FindTamperedAsync(int readerId, CancellationToken cancellationToken)
    {
        await rights.EnsureAdministersAsync(readerId, cancellationToken);
        return await log.FindTamperedAsync(cancellationToken);
    }

    private static IQueryable<AuditRow> Rows(CrmDbContext db, AuditFilter filter, long? before)
    {
        var rows = db.Audit.AsNoTracking();
        if (filter.Action is { } action)
        {
            rows = rows.Where(row => row.Action == action);
        }

        if (filter.AgentId is { } agentId)
        {
            rows = rows.Where(row => row.AgentId == agentId);
        }

        if (filter.From is { } from)
        {
            rows = rows.Where(row => row.At >= from);
        }

        if (filter.Until is { } until)
        {
            rows = rows.Where(row => row.At < until);
        }

        if (before is { } id)
        {
            rows = rows.Where(row => row.Id < id);
        }

        return rows.OrderByDescending(row => row.Id)
            .Select(row => new AuditRow(
                row.Id, row.At, row.AgentId, db.Agents.Where(a => a.Id == row.AgentId).Select(a => a.DisplayName).FirstOrDefault(),
                row.Action, row.CallId, row.Detail));
    }
}
