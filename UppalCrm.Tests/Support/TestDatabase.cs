using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Tests.Support;

/// <summary>A real SQLite file of its own for one test, with every migration applied; gone afterwards.</summary>
public sealed class TestDatabase : IDbContextFactory<CrmDbContext>, IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("uppalcrm-test-").FullName;
    public string ConnectionString => $"Data Source={Path.Combine(_folder, "test.db")}";

    public static async Task<TestDatabase> CreateAsync()
    {
        var database = new TestDatabase();
        await using var db = database.CreateDbContext();
        await db.Database.MigrateAsync();
        await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL;");
        return database;
    }

    public CrmDbContext CreateDbContext() => Open(ConnectionString);

    /// <summary>A context of the database with this connection string.</summary>
    public static CrmDbContext Open(string connectionString)
    {
        var options = new DbContextOptionsBuilder<SqliteCrmDbContext>();
        SqliteCrmDbContext.Configure(options, connectionString);
        return new SqliteCrmDbContext(options.Options);
    }

    public ValueTask DisposeAsync()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
