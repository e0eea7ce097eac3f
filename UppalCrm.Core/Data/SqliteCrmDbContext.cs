using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using SQLitePCL;

namespace UppalCrm.Core.Data;

/// <summary>The database in one SQLite file (WAL). SQLite cannot compare a DateTimeOffset: it is stored as UTC ticks.</summary>
public sealed class SqliteCrmDbContext(DbContextOptions<SqliteCrmDbContext> options) : CrmDbContext(options)
{
    internal DbSet<CallSearchRow> CallSearch => Set<CallSearchRow>();
    internal DbSet<ContactSearchRow> ContactSearch => Set<ContactSearchRow>();
    internal DbSet<ContactNumberSearchRow> ContactNumberSearch => Set<ContactNumberSearchRow>();

    internal override (string BeforeValues, string AtTheEnd) ReturningId => ("", "RETURNING id");

    /// <summary>Options that open this database, as the app, the tests and the tools use them.</summary>
    public static void Configure(DbContextOptionsBuilder options, string connection) =>
        options.UseSqlite(connection, o => o.MigrationsHistoryTable(MigrationsHistory)).UseSnakeCaseNamingConvention()
            .AddInterceptors(SqlitePragmas.Instance, SqliteStatements.Instance);

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.Entity<CallSearchRow>(row => MapSearch(row, "call_search"));
        builder.Entity<ContactSearchRow>(row => MapSearch(row, "contact_search"));
        builder.Entity<ContactNumberSearchRow>(row => MapSearch(row, "contact_number_search"));
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcTicksConverter>();
    }

    /// <summary>
    /// FTS5 takes <c>table = 'query'</c> for a MATCH through the hidden column named like the table (sqlite.org/fts5.html, section 3).
    /// </summary>
    private static void MapSearch<T>(EntityTypeBuilder<T> row, string table)
        where T : SearchRow
    {
        row.ToTable(table, t => t.ExcludeFromMigrations()); // a virtual table: its migration is written by hand
        row.HasKey(r => r.Id);
        row.Property(r => r.Id).HasColumnName("rowid");
        row.Property(r => r.Match).HasColumnName(table);
    }

    internal sealed class UtcTicksConverter()
        : ValueConverter<DateTimeOffset, long>(time => time.UtcTicks, ticks => new DateTimeOffset(ticks, TimeSpan.Zero));
}

/// <summary>
/// A row of a full-text index, as queries see it. The triggers that keep the indexes are in <c>SearchTables</c>, beside the migrations.
/// </summary>
internal abstract class SearchRow
{
    /// <summary>The id of the call or number; of a contact behind the rank of the name (<see cref="NameRank"/>).</summary>
    public long Id { get; set; }

    /// <summary>Compared with a query in FTS5's language; never read.</summary>
    public required string Match { get; set; }
}

/// <summary>
/// Columns <c>names</c> (contact, company, name that came with the call) and <c>numbers</c> (the customer's digits, from several
/// beginnings).
/// </summary>
internal sealed class CallSearchRow : SearchRow;

/// <summary>Column <c>names</c>: name, company, e-mail and what else is written of a contact.</summary>
internal sealed class ContactSearchRow : SearchRow
{
    /// <summary>As the list is sorted: looking each contact up for it would cost more than finding them.</summary>
    public required string SortName { get; set; }
}

/// <summary>Column <c>numbers</c>: the digits of a contact's number, from several beginnings.</summary>
internal sealed class ContactNumberSearchRow : SearchRow;

/// <summary>Sets what SQLite forgets with each connection: once for each, however often the pool lends it.</summary>
public sealed class SqlitePragmas : DbConnectionInterceptor
{
    // secure_delete: what is deleted is written over, so that an erased name is not in the file's bytes.
    // busy_timeout: without it Microsoft.Data.Sqlite itself sleeps in steps of 150 ms. FULL: an acknowledged webhook survives a power cut.
    // temp_store: else what a statement puts by is a file in the system's folder for such, made and deleted with each change of a call.
    private const string Text =
        "PRAGMA busy_timeout=5000; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY;";

    private readonly ConditionalWeakTable<sqlite3, object> _set = [];

    private SqlitePragmas()
    {
    }

    public static SqlitePragmas Instance { get; } = new();

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Set((SqliteConnection)connection);

    /// <remarks>SQLite answers on the caller's thread: there is nothing to wait for.</remarks>
    public override Task ConnectionOpenedAsync(
        DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Set((SqliteConnection)connection);
        return Task.CompletedTask;
    }

    private void Set(SqliteConnection connection)
    {
        if (_set.TryGetValue(connection.Handle!, out _))
        {
            return;
        }

        using var command = connection.CreateCommand();
        command.CommandText = Text;
        command.ExecuteNonQuery();
        _set.AddOrUpdate(connection.Handle!, this);
    }
}

/// <summary>For <c>dotnet ef migrations add NAME --context SqliteCrmDbContext -o Data/Migrations/Sqlite</c>.</summary>
public sealed class SqliteDesignTimeFactory : IDesignTimeDbContextFactory<SqliteCrmDbContext>
{
    public SqliteCrmDbContext CreateDbContext(string[] args)
    {
        var options = new DbContextOptionsBuilder<SqliteCrmDbContext>();
        SqliteCrmDbContext.Configure(options, "Data Source=design-time.db");
        return new SqliteCrmDbContext(options.Options);
    }
}
