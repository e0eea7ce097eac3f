using System.Data.Common;
using System.Globalization;
using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace UppalCrm.Core.Data;

/// <summary>Makes the database ready at start: creates it, brings it up to date, and refuses one that would not do.</summary>
public static class DatabasePreparation
{
    private const int DatabaseExists = 1801;

    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Brings the database up to date; makes it when there is none. Of several nodes that start at once one does so, and the others wait.
    /// </summary>
    /// <param name="thenPrepare">What else one node does while the others wait, such as the roles that a new database lacks.</param>
    /// <exception cref="UnusableDatabaseException">The database was made by another version, or is not set up as it must be.</exception>
    public static async Task PrepareDatabaseAsync(
        this IServiceProvider services, Func<IServiceProvider, CancellationToken, Task> thenPrepare, CancellationToken cancellationToken =
            default)
    {
        await using var db = await services.GetRequiredService<IDbContextFactory<CrmDbContext>>().CreateDbContextAsync(cancellationToken);
        await using (await LockAsync(db, services.GetRequiredService<TimeProvider>(), cancellationToken))
        {
            if (!await IsUpToDateAsync(db, cancellationToken))
            {
                await db.Database.MigrateAsync(cancellationToken);
            }

            if (db is SqliteCrmDbContext)
            {
                await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL;", cancellationToken);
            }

            await thenPrepare(services, cancellationToken);
        }

        await services.GetRequiredService<CarrierEventHandler>().WarmUpForCallersAsync(cancellationToken);
    }

    private static Task<IAsyncDisposable> LockAsync(CrmDbContext db, TimeProvider time, CancellationToken cancellationToken) =>
        db is SqliteCrmDbContext
        ? LockFileAsync(new SqliteConnectionStringBuilder(db.Database.GetConnectionString()).DataSource, time, cancellationToken)
        : LockServerAsync(db, cancellationToken);

    /// <summary>A file beside the database: the system lets it go when the process ends, however it ends.</summary>
    private static async Task<IAsyncDisposable> LockFileAsync(string database, TimeProvider time, CancellationToken cancellationToken)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(database)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        while (true)
        {
            try
            {
                var options = new FileStreamOptions
                {
                    Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None,
                };
                if (!OperatingSystem.IsWindows())
                {
                    options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite; // as every file beside the database
                }

                return new FileStream(database + ".starting", options);
            }
            catch (IOException) when (File.Exists(database + ".starting"))
            {
                await Task.Delay(BetweenTries, time, cancellationToken);
            }
        }
    }

    private static async Task<IAsyncDisposable> LockServerAsync(CrmDbContext db, CancellationToken cancellationToken)
    {
        var creator = db.GetService<IRelationalDatabaseCreator>();
        if (!await creator.ExistsAsync(cancellationToken))
        {
            try
            {
                await creator.CreateAsync(cancellationToken); // with read-committed snapshot
            }
            catch (SqlException ex)
            {
                // Another node was quicker, whatever the server calls it: servers that speak the same protocol number it differently.
                if (ex.Number != DatabaseExists && !await creator.ExistsAsync(cancellationToken))
                {
                    throw;
                }
            }
        }

        var connection = new SqlConnection(db.Database.GetConnectionString());
        try
        {
            await connection.OpenAsync(cancellationToken);
            if (Convert.ToInt32(
                await ScalarAsync(
                    connection, "SELECT is_read_committed_snapshot_on FROM sys.databases WHERE name = DB_NAME()", cancellationToken),
                    CultureInfo.InvariantCulture) == 0)
            {
                throw new UnusableDatabaseException(
                    $"The database {connection.Database} has read-committed snapshot off, so readers and writers would wait for each "
                        + "other. Run this once, "
                    + $"while nothing else uses the database: ALTER DATABASE [{connection.Database}] SET READ_COMMITTED_SNAPSHOT ON WITH "
                    + "ROLLBACK IMMEDIATE;");
            }

            await ScalarAsync(connection, """
                DECLARE @taken int;
                EXEC @taken = sp_getapplock @Resource = 'uppalcrm-start', @LockMode = 'Exclusive', @LockOwner = 'Session', @LockTimeout = 120000;
                IF @taken < 0 THROW 50000, 'Another node has been preparing the database for two minutes. Look at what it says, or end it.', 1;
                """, cancellationToken);
            return new ServerLock(connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static async Task<object?> ScalarAsync(DbConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        // Fixed texts of this file.
#pragma warning disable CA2100
        command.CommandText = sql;
#pragma warning restore CA2100
        command.CommandTimeout = 150; // longer than the lock is waited for
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>
    /// Whether every migration was made. EF would find that out as well, but only after it has built the model of the last migration
    /// beside ours and compared the two, which takes a tenth of a start.
    /// </summary>
    /// <exception cref="UnusableDatabaseException">Another version made the database.</exception>
    private static async Task<bool> IsUpToDateAsync(CrmDbContext db, CancellationToken cancellationToken)
    {
        if (!await db.GetService<IRelationalDatabaseCreator>().ExistsAsync(cancellationToken))
        {
            return false;
        }

        // Nothing has been released yet, so the migrations of development were put together into one, with a history table of another
        // name: a database of before cannot be brought up to date.
        var connection = db.Database.GetDbConnection();
        await db.Database.OpenConnectionAsync(cancellationToken);
        var tables = db is SqliteCrmDbContext ? "sqlite_master" : "sys.tables";
        var isOfBefore = await ScalarAsync(
            connection, $"SELECT name FROM {tables} WHERE name = '__EFMigrationsHistory'", cancellationToken) is not null;
        await db.Database.CloseConnectionAsync();
        var known = db.Database.GetMigrations().ToHashSet(StringComparer.Ordinal);
        var made = (await db.Database.GetAppliedMigrationsAsync(cancellationToken)).ToHashSet(StringComparer.Ordinal);
        var unknown = made.FirstOrDefault(migration => !known.Contains(migration));
        if (!isOfBefore && unknown is null)
        {
            return known.SetEquals(made);
        }

        var cure = db is SqliteCrmDbContext
            ? $"delete {Path.GetFullPath(connection.DataSource)} and the files {Path.GetFileName(connection.DataSource)}-wal and -shm "
            + "beside it, if they are there"
            : $"drop the database {connection.Database}, or name another one in ConnectionStrings__UppalCrm";
        var maker = unknown is null ? "from before the first release" : $"that is not this one (it has the migration '{unknown}')";
        throw new UnusableDatabaseException($"The database was made by a version of UppalCRM {maker}. "
            + $"If it holds nothing that you need, {cure}, and start again: a new one is made. Otherwise start the version that made it.");
    }

    /// <summary>Given back by name: a connection that goes back to its pool would keep it.</summary>
    private sealed class ServerLock(SqlConnection connection) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await ScalarAsync(
                connection, "EXEC sp_releaseapplock @Resource = 'uppalcrm-start', @LockOwner = 'Session';", CancellationToken.None);
            await connection.DisposeAsync();
        }
    }
}

/// <summary>The database that the settings name cannot be used; the message says why, and what to do.</summary>
public sealed class UnusableDatabaseException(string message) : Exception(message);
