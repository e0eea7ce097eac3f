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
        return await RunAsync(db, () => work(db), cancellationToken);
    }

    /// <param name="work">Commits when it has something to keep; what it leaves uncommitted is undone. May be called more than
    /// once.</param>
    public static Task<T> InTransactionAsync<T>(
        this IDbContextFactory<CrmDbContext> contexts, Func<CrmDbContext, IDbContextTransaction, Task<T>> work,
        CancellationToken cancellationToken) =>
        contexts.RunAsync(db => BeginAsync(db, transaction => work(db, transaction), cancellationToken), cancellationToken);

    /// <summary>The same in a context that is open already, and tracks nothing that is still wanted.</summary>
    /// <inheritdoc cref="InTransactionAsync{T}(IDbContextFactory{CrmDbContext}, Func{CrmDbContext, IDbContextTransaction, Task{T}},
    /// CancellationToken)"/>
    public static Task<T> InTransactionAsync<T>(
        this CrmDbContext db, Func<IDbContextTransaction, Task<T>> work, CancellationToken cancellationToken) =>
        RunAsync(db, () => BeginAsync(db, work, cancellationToken), cancellationToken);

    private static Task<T> RunAsync<T>(CrmDbContext db, Func<Task<T>> work, CancellationToken cancellationToken) =>
        db.Database.CreateExecutionStrategy().ExecuteAsync(
            _ =>
            {
                db.ChangeTracker.Clear(); // what an attempt before has left
                return work();
            },
            cancellationToken);

    private static async Task<T> BeginAsync<T>(
        CrmDbContext db, Func<IDbContextTransaction, Task<T>> work, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        return await work(transaction);
    }
}
