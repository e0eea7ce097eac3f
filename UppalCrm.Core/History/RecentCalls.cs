using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.History;

/// <summary>A few of the latest calls, for the desk. The whole history is another room's.</summary>
public sealed class RecentCalls(IDbContextFactory<CrmDbContext> contexts)
{
    /// <summary>The latest calls of an agent with customers that are over, newest first.</summary>
    public async Task<IReadOnlyList<Call>> GetOfAgentAsync(int agentId, int count, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await Latest(
            db, c => c.AgentId == agentId && c.Status == CallStatus.Ended && c.Direction != CallDirection.Internal, count)
            .ToListAsync(cancellationToken);
    }

    /// <summary>Earlier calls with a customer: by contact where there is one, and by number, newest first.</summary>
    /// <param name="call">The call in hand, which is left out.</param>
    public async Task<IReadOnlyList<Call>> GetEarlierAsync(Call call, int count, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        // Three questions, each answered by an index of its own; one question with OR would read the table.
        var found = new List<Call>();
        if (call.ContactId is { } contact)
        {
            found.AddRange(await Latest(db, c => c.ContactId == contact && c.Id != call.Id, count).ToListAsync(cancellationToken));
        }

        var number = call.OtherNumber;
        if (CallerIdentity.Of(number).IsIdentified) // nobody has no earlier calls
        {
            found.AddRange(await Latest(db, c => c.FromNumber == number && c.Id != call.Id, count).ToListAsync(cancellationToken));
            found.AddRange(await Latest(db, c => c.ToNumber == number && c.Id != call.Id, count).ToListAsync(cancellationToken));
        }

        return [.. found.DistinctBy(c => c.Id).OrderByDescending(c => c.CreatedAt).ThenByDescending(c => c.Id).Take(count)];
    }

    /// <summary>What was written down in the last call with the same contact; null when nothing was.</summary>
    public async Task<string?> FindLastNoteAsync(Call call, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Calls.Where(c => c.ContactId == call.ContactId && c.Id != call.Id && c.Notes != null && c.Notes != "")
            .OrderByDescending(c => c.CreatedAt).ThenByDescending(c => c.Id).Select(c => c.Notes).FirstOrDefaultAsync(cancellationToken);
    }

    private static IQueryable<Call> Latest(CrmDbContext db, Expression<Func<Call, bool>> which, int count) =>
        db.Calls.AsNoTracking().Include(c => c.Contact).Include(c => c.Agent).Where(which)
            .OrderByDescending(c => c.CreatedAt).ThenByDescending(c => c.Id).Take(count);
}
