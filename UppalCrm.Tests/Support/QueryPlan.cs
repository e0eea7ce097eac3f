using System.Data.Common;
using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Tests.Support;

/// <summary>How SQLite would answer a query: its <c>EXPLAIN QUERY PLAN</c>, a step a line.</summary>
internal static class QueryPlan
{
    public static async Task<List<string>> ExplainAsync<T>(CrmDbContext db, IQueryable<T> query)
    {
        await db.Database.OpenConnectionAsync();
        await using DbCommand command = query.CreateDbCommand();
        command.CommandText = "EXPLAIN QUERY PLAN " + command.CommandText;
        await using var reader = await command.ExecuteReaderAsync();
        var steps = new List<string>();
        while (await reader.ReadAsync())
        {
            steps.Add(reader.GetString(3));
        }

        return steps;
    }
}
