using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace UppalCrm.Core.Data;

/// <summary>
/// Work that is written whole or not at all. When SQL Server gives it up (deadlock, time-out, lost connection), the whole of it is done
/// again: reading, deciding and writing. On SQLite it is done once.
/// </summary>
internal static class UnitOfWork
{
    /// <param name="work">Reads, decides and saves. May be called more than once, with a context that tracks nothing.</param>
    public static async Task<T> RunAsync<T>(
        this IDbContextFactory<CrmDbContext> contexts, Func<CrmDbContext, Task<T>> work, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Database.CreateExecutionStrategy().ExecuteAsync(
            _ =>
            {
                db.ChangeTracker.Clear(); // what an attempt before has left
                return work(db);
            },
            cancellationToken);
    }

    /// <param name="work">Commits when it has something to keep; what it leaves uncommitted is undone. May be called more than once.</param>
    public static Task<T> InTransactionAsync<T>(
        this IDbContextFactory<CrmDbContext> contexts, Func<CrmDbContext, IDbContextTransaction, Task<T>> work, CancellationToken cancellationToken) =>
        contexts.RunAsync(
            async db =>
            {
                await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
                return await work(db, transaction);
            },
            cancellationToken);
}
