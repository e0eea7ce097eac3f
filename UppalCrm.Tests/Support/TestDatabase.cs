using Microsoft.Data.SqlClient;
using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Tests.Support;

/// <summary>
/// A real database of its own for one test, gone afterwards: a SQLite file or, when <c>UPPALCRM_TEST_SQLSERVER</c> holds a connection
/// string, a database on that server (<c>./test.sh --sqlserver</c>).
/// </summary>
public sealed class TestDatabase : IDbContextFactory<CrmDbContext>, IAsyncDisposable
{
    /// <summary>A test that asks SQLite for its plan, or locks its file, carries the trait of this name and value.</summary>
    public const string Trait = "Database";

    /// <inheritdoc cref="Trait"/>
    public const string Sqlite = "Sqlite";

    private const int InUse = 3702;

    private static readonly string? Server = Environment.GetEnvironmentVariable("UPPALCRM_TEST_SQLSERVER") is { Length: > 0 } server
        ? server
        : null;

    private readonly string _folder = Directory.CreateTempSubdirectory("uppalcrm-test-").FullName;

    /// <summary>A name for a database that is not there yet: the app makes it at its start.</summary>
    public TestDatabase() => ConnectionString = Server is null
        ? $"Data Source={File}"
        : new SqlConnectionStringBuilder(Server) { InitialCatalog = $"uppalcrm_test_{Guid.NewGuid():N}" }.ConnectionString;

    public static bool OnSqlServer => Server is not null;

    public string ConnectionString { get; }

    /// <summary>The SQLite file.</summary>
    public string File => Path.Combine(_folder, "test.db");

    /// <summary>What the app must be told to use it.</summary>
    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["Database:Provider"] = OnSqlServer ? "SqlServer" : "Sqlite",
        ["ConnectionStrings:UppalCrm"] = ConnectionString,
    };

    /// <summary>A database with every migration applied.</summary>
    public static async Task<TestDatabase> CreateAsync()
    {
        var database = new TestDatabase();
        await using var db = database.CreateDbContext();
        await db.Database.MigrateAsync();
        if (!OnSqlServer)
        {
            await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL;");
        }

        return database;
    }

    public CrmDbContext CreateDbContext()
    {
        if (OnSqlServer)
        {
            var server = new DbContextOptionsBuilder<SqlServerCrmDbContext>();
            SqlServerCrmDbContext.Configure(server, ConnectionString);
            return new SqlServerCrmDbContext(server.Options);
        }

        var options = new DbContextOptionsBuilder<SqliteCrmDbContext>();
        SqliteCrmDbContext.Configure(options, ConnectionString);
        return new SqliteCrmDbContext(options.Options);
    }

    public async ValueTask DisposeAsync()
    {
        if (OnSqlServer)
        {
            SqlConnection.ClearAllPools();
            await using var db = CreateDbContext();
            await Eventually.HoldsAsync(() => IsDroppedAsync(db), () => "the database is dropped");
        }

        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A connection that was closed a moment ago may still be one to the server.</summary>
    private static async Task<bool> IsDroppedAsync(CrmDbContext db)
    {
        try
        {
            await db.Database.EnsureDeletedAsync();
            return true;
        }
        catch (SqlException ex) when (ex.Number == InUse)
        {
            return false;
        }
    }
}

internal static class ChosenIds
{
    /// <summary>Saves rows of one table whose ids the test chose. SQL Server must be told that they are not its own.</summary>
    public static async Task SaveWithChosenIdsAsync(this CrmDbContext db, string table)
    {
        if (!TestDatabase.OnSqlServer)
        {
            await db.SaveChangesAsync();
            return;
        }

        // SaveChanges in a connection that stays open: the setting is the session's.
        await db.Database.OpenConnectionAsync();
        await SetAsync("ON");
        await db.SaveChangesAsync();
        await SetAsync("OFF");
        await db.Database.CloseConnectionAsync();

        // The name of a table cannot be a parameter; it is the test's own.
#pragma warning disable EF1002
        Task SetAsync(string state) => db.Database.ExecuteSqlRawAsync($"SET IDENTITY_INSERT {table} {state}");
#pragma warning restore EF1002
    }
}
