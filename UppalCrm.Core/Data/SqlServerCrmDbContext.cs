using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace UppalCrm.Core.Data;

/// <summary>The database on SQL Server, for several nodes.</summary>
public sealed class SqlServerCrmDbContext(DbContextOptions<SqlServerCrmDbContext> options) : CrmDbContext(options)
{
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
    public SqlServerCrmDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqlServerCrmDbContext>().UseSqlServer("Server=design-time;Database=UppalCrm").Options);
}
