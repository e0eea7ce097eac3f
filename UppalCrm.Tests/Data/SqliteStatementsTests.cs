using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Data;

/// <summary>A statement that was compiled is executed again, and nothing of the time before is left in it.</summary>
[Trait("Database", "Sqlite")]
public sealed class SqliteStatementsTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private PooledDbContextFactory<SqliteCrmDbContext> _contexts = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        var options = new DbContextOptionsBuilder<SqliteCrmDbContext>();
        SqliteCrmDbContext.Configure(options, _database.ConnectionString);
        _contexts = new(options.Options, poolSize: 1);
    }

    public async ValueTask DisposeAsync()
    {
        await (await _contexts.CreateDbContextAsync(Token)).Database.GetDbConnection().DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task The_same_text_is_executed_with_the_parameters_of_each_time()
    {
        await AddAsync("Ada", "Berta");
        foreach (var name in new[] { "Ada", "Berta", "Cleo", "Ada" })
        {
            await using var db = await _contexts.CreateDbContextAsync(Token);
            Assert.Equal(name == "Cleo" ? 0 : 1, await db.Contacts.CountAsync(c => c.Name == name, Token));
        }
    }

    [Fact]
    public async Task A_statement_that_is_still_being_read_is_not_taken_by_a_second_reader()
    {
        await AddAsync("Ada", "Berta", "Cleo");
        await using var db = await _contexts.CreateDbContextAsync(Token);
        var pairs = 0;
        await foreach (var one in db.Contacts.AsNoTracking().OrderBy(c => c.Id).AsAsyncEnumerable().WithCancellation(Token))
        {
            await foreach (var other in db.Contacts.AsNoTracking().OrderBy(c => c.Id).AsAsyncEnumerable().WithCancellation(Token))
            {
                pairs += one.Id <= other.Id ? 1 : 0;
            }
        }

        Assert.Equal(6, pairs);
    }

    [Fact]
    public async Task A_reader_that_stops_early_holds_no_lock_and_the_statement_begins_from_its_start()
    {
        await AddAsync("Ada", "Berta", "Cleo");
        for (var i = 0; i < 2; i++)
        {
            await using var db = await _contexts.CreateDbContextAsync(Token);
            await foreach (var first in db.Contacts.AsNoTracking().OrderBy(c => c.Name).AsAsyncEnumerable().WithCancellation(Token))
            {
                Assert.Equal("Ada", first.Name);
                break;
            }
        }

        // A read that had not ended would keep the log from being emptied: its first column says whether somebody was in the way.
        await using var outsider = new SqliteConnection(_database.ConnectionString);
        await outsider.OpenAsync(Token);
        await using var emptied = outsider.CreateCommand();
        emptied.CommandText = "PRAGMA wal_checkpoint(TRUNCATE);";
        Assert.Equal(0L, await emptied.ExecuteScalarAsync(Token));
    }

    [Fact]
    public async Task What_was_begun_and_not_committed_is_undone_when_the_context_goes_back()
    {
        await using (var db = await _contexts.CreateDbContextAsync(Token))
        {
            await db.Database.BeginTransactionAsync(Token);
            db.Contacts.Add(new Contact { Name = "Ada" });
            await db.SaveChangesAsync(Token);
        }

        await using var after = await _contexts.CreateDbContextAsync(Token);
        Assert.False(await after.Contacts.AnyAsync(Token));
        await using var other = _database.CreateDbContext();
        other.Contacts.Add(new Contact { Name = "Berta" }); // somebody else can write
        await other.SaveChangesAsync(Token);
        Assert.Equal(["Berta"], await after.Contacts.Select(c => c.Name).ToListAsync(Token));
    }

    [Fact]
    public async Task A_failed_statement_can_be_executed_again()
    {
        await using var db = await _contexts.CreateDbContextAsync(Token);
        for (var i = 0; i < 2; i++)
        {
            await Assert.ThrowsAsync<SqliteException>(() =>
                db.Database.ExecuteSqlAsync($"INSERT INTO phone_calls (id) VALUES ({1})", Token));
        }

        Assert.Equal(0, await db.Calls.CountAsync(Token));
    }

    [Fact]
    public async Task A_schema_that_changes_is_seen()
    {
        await using var db = await _contexts.CreateDbContextAsync(Token);
        await db.Database.ExecuteSqlRawAsync("CREATE TABLE shelf (a INTEGER); INSERT INTO shelf VALUES (1);", Token);
        Assert.Equal([1], await db.Database.SqlQueryRaw<int>("SELECT a AS Value FROM shelf").ToListAsync(Token));
        await using (var other = _database.CreateDbContext())
        {
            await other.Database.ExecuteSqlRawAsync(
                "DROP TABLE shelf; CREATE TABLE shelf (b TEXT, a INTEGER); INSERT INTO shelf VALUES ('x', 7);", Token);
        }

        Assert.Equal([7], await db.Database.SqlQueryRaw<int>("SELECT a AS Value FROM shelf").ToListAsync(Token));
    }

    [Fact]
    public async Task More_texts_than_are_kept_are_all_answered()
    {
        for (var i = 0; i < 300; i++)
        {
            await using var db = await _contexts.CreateDbContextAsync(Token);
            var text = string.Create(CultureInfo.InvariantCulture, $"SELECT {i % 150} AS Value");
            Assert.Equal([i % 150], await db.Database.SqlQueryRaw<int>(text).ToListAsync(Token));
        }
    }

    private async Task AddAsync(params string[] names)
    {
        await using var db = await _contexts.CreateDbContextAsync(Token);
        db.Contacts.AddRange(names.Select(name => new Contact { Name = name }));
        await db.SaveChangesAsync(Token);
    }
}
