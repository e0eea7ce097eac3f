using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace UppalCrm.Core.Audit;

/// <summary>
/// Writes and checks the audit. Rows are only ever added; each one's hash covers the one before, with a key that the database alone does
/// not give away. The last row is kept in a table of its own, so that a tail that was cut off is missed.
/// </summary>
/// <param name="protector">Encrypts the key of the chain; without one the key lies open, as in Development.</param>
public sealed class AuditLog(
    IDbContextFactory<CrmDbContext> contexts, TimeProvider time, ILogger<AuditLog> logger, ISecretProtector? protector =
        null) : IDisposable
{
    private const int KeyLength = 32;

    /// <summary>What was written once is remembered for so many things; then all is forgotten, and written once more.</summary>
    private const int MostRemembered = 10_000;

    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly ConcurrentDictionary<(AuditAction, int?, long?, string?), DateTimeOffset> _written = new();
    private (string Protected, byte[] Key)? _key;
    private long _highest;

    public async Task WriteAsync(AuditAction action, int? agentId, long? callId, string? detail, CancellationToken cancellationToken)
    {
        // Each row's hash needs the one before. The order over all nodes is the database's; this node's own rows wait here, without a
        // connection.
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            _highest = await contexts.InTransactionAsync(
                async (db, transaction) =>
                {
                    await DatabaseLock.TakeAsync(db, DatabaseLock.Audit, cancellationToken);
                    var head = await db.AuditHeads.FirstOrDefaultAsync(h => h.Id == AuditHead.TheOnlyRow, cancellationToken)
                        ?? db.AuditHeads.Add(new AuditHead()).Entity;
                    var key = KeyOf(head) ?? NewKey(head);
                    var entry = new AuditEntry
                    {
                        At = ToWholeMicroseconds(time.GetUtcNow()),
                        AgentId = agentId,
                        Action = action,
                        CallId = callId,
                        Detail = detail is { Length: > 2000 } ? detail[..2000] : detail,
                        Hash = "",
                    };
                    entry.Hash = HashOf(key, head.Hash, entry);
                    db.Audit.Add(entry);
                    await db.SaveChangesAsync(cancellationToken);
                    (head.LastId, head.Hash, head.Count) = (entry.Id, entry.Hash, head.Count + 1);
                    head.Seal = SealOf(key, head);
                    await db.SaveChangesAsync(cancellationToken);
                    await transaction.CommitAsync(cancellationToken);
                    return entry.Id;
                },
                cancellationToken);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>
    /// Writes what may happen many times a minute once in a while only: the same action of the same person on the same thing.
    /// </summary>
    /// <param name="every">How long the row stands for what follows.</param>
    public async Task WriteOnceAsync(
        AuditAction action, int? agentId, long? callId, string? detail, TimeSpan every, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var what = (action, agentId, callId, detail);
        if (_written.TryGetValue(what, out var at) && now - at < every)
        {
            return;
        }

        if (_written.Count >= MostRemembered)
        {
            _written.Clear();
        }

        _written[what] = now;
        await WriteAsync(action, agentId, callId, detail, cancellationToken);
    }

    /// <returns>
    /// The id of the first row that is not what was written, that lost its predecessor, or that is missing at the end; null when all are
    /// sound.
    /// </returns>
    public async Task<long?> FindTamperedAsync(CancellationToken cancellationToken)
    {
        var highest = Volatile.Read(ref _highest);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var head = await db.AuditHeads.AsNoTracking().FirstOrDefaultAsync(h => h.Id == AuditHead.TheOnlyRow, cancellationToken);
        var key = head is null ? null : KeyOf(head);
        // Rows that are written meanwhile come after this one: the next check looks at them.
        var end = head?.LastId ?? long.MaxValue;
        var (previous, last, count) = ("", 0L, 0L);
        await foreach (var entry in db.Audit.AsNoTracking().Where(a => a.Id <= end).OrderBy(a =>
            a.Id).AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            if (key is null || entry.Hash != HashOf(key, previous, entry))
            {
                return entry.Id;
            }

            (previous, last, count) = (entry.Hash, entry.Id, count + 1);
        }

        if (head is null)
        {
            return highest > 0 ? highest : null; // nothing was ever written, as far as this node knows
        }

        var isWhole = key is not null && head.LastId == last && head.Hash == previous && head.Count == count
            && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(SealOf(key, head)), Encoding.ASCII.GetBytes(head.Seal));
        if (!isWhole || last < highest)
        {
            return Math.Max(Math.Max(head.LastId, highest), last + 1);
        }

        // A row behind the last one is nobody's, unless another was written since we began.
        return await db.Audit.Where(a => a.Id > last).MinAsync(a => (long?)a.Id, cancellationToken) is { } extra
            && await db.AuditHeads.AnyAsync(h => h.LastId == last, cancellationToken) ? extra : null;
    }

    /// <summary>The number and the hash of the last row, to be kept where nobody who can write to the database can change it.</summary>
    public async Task<string> DescribeHeadAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var head = await db.AuditHeads.AsNoTracking().FirstOrDefaultAsync(h => h.Id == AuditHead.TheOnlyRow, cancellationToken);
        return head is null
            ? "no rows"
            : string.Create(CultureInfo.InvariantCulture, $"{head.Count} rows, the last is {head.LastId} with {head.Hash}");
    }

    public void Dispose() => _oneAtATime.Dispose();

    // The hash covers the time as it is read back: not every server that calls itself datetimeoffset(7) keeps the last digit.
    private static DateTimeOffset ToWholeMicroseconds(DateTimeOffset at) => at.AddTicks(-(at.Ticks % TimeSpan.TicksPerMicrosecond));

    private static string HashOf(byte[] key, string previous, AuditEntry entry) => Mac(key,
        $"{previous}|{entry.At.UtcTicks}|{entry.AgentId}|{entry.Action.ToWord()}|{entry.CallId}|{entry.Detail}");

    private static string SealOf(byte[] key, AuditHead head) => Mac(key, $"head|{head.LastId}|{head.Count}|{head.Hash}");

    private static string Mac(byte[] key, FormattableString text) => Convert.ToHexStringLower(
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(FormattableString.Invariant(text))));

    /// <returns>Null when there is none yet, or it was encrypted by a certificate that is not here.</returns>
    private byte[]? KeyOf(AuditHead head)
    {
        if (_key is { } known && known.Protected == head.ProtectedKey)
        {
            return known.Key;
        }

        if (head.ProtectedKey.Length == 0)
        {
            return null;
        }

        try
        {
            var key = protector?.Unprotect(head.ProtectedKey) ?? Convert.FromBase64String(head.ProtectedKey);
            _key = (head.ProtectedKey, key);
            return key;
        }
        catch (Exception ex) when (ex is CryptographicException or FormatException)
        {
            logger.LogError(ex, "The key of the audit cannot be read: the rows so far cannot be checked any more");
            return null;
        }
    }

    private byte[] NewKey(AuditHead head)
    {
        var key = RandomNumberGenerator.GetBytes(KeyLength);
        head.ProtectedKey = protector?.Protect(key) ?? Convert.ToBase64String(key);
        _key = (head.ProtectedKey, key);
        return key;
    }
}
