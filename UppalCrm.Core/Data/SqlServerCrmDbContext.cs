using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace UppalCrm.Core.Data;

/// <summary>The database on SQL Server, for several nodes.</summary>
public sealed class SqlServerCrmDbContext(DbContextOptions<SqlServerCrmDbContext> options) : CrmDbContext(options);

/// <summary>For <c>dotnet ef migrations add NAME --context SqlServerCrmDbContext -o Data/Migrations/SqlServer</c>.</summary>
public sealed class SqlServerDesignTimeFactory : IDesignTimeDbContextFactory<SqlServerCrmDbContext>
{
    public SqlServerCrmDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqlServerCrmDbContext>().UseSqlServer("Server=design-time;Database=UppalCrm").Options);
}
