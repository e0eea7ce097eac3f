using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace UppalCrm.Core.Data;

/// <summary>The database on SQL Server, for several nodes.</summary>
public sealed class SqlServerCrmDbContext(DbContextOptions<SqlServerCrmDbContext> options) : CrmDbContext(options)
{
    internal override (string BeforeValues, string AtTheEnd) ReturningId => ("OUTPUT inserted.id", "");

    /// <summary>Options that open this database, as the app, the tests and the tools use them.</summary>
    public static void Configure(DbContextOptionsBuilder options, string connection) =>
        options.UseSqlServer(connection, o => o.MigrationsHistoryTable(MigrationsHistory)).UseSnakeCaseNamingConvention();

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        // Search goes by the beginning of the name here: full-text search is a part of SQL Server that may not be installed.
        builder.Entity<Call>().HasIndex(c => new { c.CallerName, c.Id });
    }
}

/// <summary>For <c>dotnet ef migrations add NAME --context SqlServerCrmDbContext -o Data/Migrations/SqlServer</c>.</summary>
public sealed class SqlServerDesignTimeFactory : IDesignTimeDbContextFactory<SqlServerCrmDbContext>
{
    public SqlServerCrmDbContext CreateDbContext(string[] args)
    {
        var options = new DbContextOptionsBuilder<SqlServerCrmDbContext>();
        SqlServerCrmDbContext.Configure(options, "Server=design-time;Database=UppalCrm");
        return new SqlServerCrmDbContext(options.Options);
    }
}
