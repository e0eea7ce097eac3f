using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace UppalCrm.Tests.Support;

/// <summary>Contexts of a centre's database with somebody looking on.</summary>
internal sealed class WatchedDatabase(CallCentre centre, params IInterceptor[] interceptors) : IDbContextFactory<CrmDbContext>
{
    public CrmDbContext CreateDbContext()
    {
        using var db = centre.OpenDatabase();
        var connection = db.Database.GetConnectionString()!;
        if (TestDatabase.OnSqlServer)
        {
            var server = new DbContextOptionsBuilder<SqlServerCrmDbContext>();
            SqlServerCrmDbContext.Configure(server, connection);
            return new SqlServerCrmDbContext(
                ((DbContextOptionsBuilder<SqlServerCrmDbContext>)server.AddInterceptors(interceptors)).Options);
        }

        var options = new DbContextOptionsBuilder<SqliteCrmDbContext>();
        SqliteCrmDbContext.Configure(options, connection);
        return new SqliteCrmDbContext(((DbContextOptionsBuilder<SqliteCrmDbContext>)options.AddInterceptors(interceptors)).Options);
    }
}

/// <summary>The texts of all statements, in their order.</summary>
internal sealed class StatementsSeen : DbCommandInterceptor
{
    public List<string> Texts { get; } = [];

    /// <summary>Awaited, once, when the database has answered the next question and the answer is not read yet.</summary>
    public Func<Task>? OnceAsked { get; set; }

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken =
            default)
    {
        Texts.Add(command.CommandText);
        return new(result);
    }

    public override async ValueTask<DbDataReader> ReaderExecutedAsync(
        DbCommand command, CommandExecutedEventData eventData, DbDataReader result, CancellationToken cancellationToken = default)
    {
        if (OnceAsked is { } happen)
        {
            OnceAsked = null;
            await happen();
        }

        return result;
    }

    public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        Texts.Add(command.CommandText);
        return new(result);
    }
}
