using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace UppalCrm.Core.Data;

/// <summary>
/// Work that is written whole or not at all. When SQL Server gives it up (deadlock, time-out, lost connection), the whole of it is done
/// again: reading, deciding and writing, in a new context and a new transaction.
/// </summary>
public static class UnitOfWork
{
    /// <param name="work">Commits when it has something to keep; what it leaves uncommitted is undone. May be called more than once.</param>
    public static async Task<T> InTransactionAsync<T>(
        this IDbContextFactory<CrmDbContext> contexts, Func<CrmDbContext, IDbContextTransaction, Task<T>> work, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var strategy = db.Database.CreateExecutionStrategy();
        if (!strategy.RetriesOnFailure)
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            return await work(db, transaction);
        }

        return await strategy.ExecuteAsync(
            async token =>
            {
                await using var again = await contexts.CreateDbContextAsync(token);
                await using var transaction = await again.Database.BeginTransactionAsync(token);
                return await work(again, transaction);
            },
            cancellationToken);
    }
}
