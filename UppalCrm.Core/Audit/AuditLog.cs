using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Audit;

/// <summary>Writes and checks the audit. Rows are only ever added; each one's hash covers the one before.</summary>
public sealed class AuditLog(IDbContextFactory<CrmDbContext> contexts, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);

    public async Task WriteAsync(AuditAction action, int? agentId, long? callId, string? detail, CancellationToken cancellationToken)
    {
        // Each row's hash needs the one before. The order over all nodes is the database's; this node's own rows wait here, without a
        // connection.
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            await contexts.InTransactionAsync(
                async (db, transaction) =>
                {
                    await DatabaseLock.TakeAsync(db, DatabaseLock.Audit, cancellationToken);
                    var last = await db.Audit.OrderByDescending(a => a.Id).Select(a => a.Hash).FirstOrDefaultAsync(cancellationToken);
                    var entry = new AuditEntry
                    {
                        At = ToWholeMicroseconds(time.GetUtcNow()),
                        AgentId = agentId,
                        Action = action,
                        CallId = callId,
                        Detail = detail is { Length: > 2000 } ? detail[..2000] : detail,
                        Hash = "",
                    };
                    entry.Hash = HashOf(last ?? "", entry);
                    db.Audit.Add(entry);
                    await db.SaveChangesAsync(cancellationToken);
                    await transaction.CommitAsync(cancellationToken);
                    return true;
                },
                cancellationToken);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <returns>The id of the first row that is not what was written, or that lost its predecessor; null when all are sound.</returns>
    public async Task<long?> FindTamperedAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var previous = "";
        await foreach (var entry in db.Audit.AsNoTracking().OrderBy(a => a.Id).AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            if (entry.Hash != HashOf(previous, entry))
            {
                return entry.Id;
            }

            previous = entry.Hash;
        }

        return null;
    }

    public void Dispose() => _oneAtATime.Dispose();

    // The hash covers the time as it is read back: not every server that calls itself datetimeoffset(7) keeps the last digit.
    private static DateTimeOffset ToWholeMicroseconds(DateTimeOffset at) => at.AddTicks(-(at.Ticks % TimeSpan.TicksPerMicrosecond));

    private static string HashOf(string previous, AuditEntry entry) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        $"{previous}|{entry.At.UtcTicks}|{entry.AgentId}|{entry.Action.ToWord()}|{entry.CallId}|{entry.Detail}")));
}
