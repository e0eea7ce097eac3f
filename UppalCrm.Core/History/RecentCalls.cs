using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.History;

/// <summary>A few of the latest calls, for the desk. The whole history is another room's.</summary>
public sealed class RecentCalls(IDbContextFactory<CrmDbContext> contexts)
{
    /// <summary>
    /// The latest calls of an agent with customers that are over for the agent, newest first: also those that the agent handed on, which
    /// may still be in progress.
    /// </summary>
    public async Task<IReadOnlyList<Call>> GetOfAgentAsync(int agentId, int count, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        // Three questions, each answered by an index of its own.
        var found = await Latest(
            db, c => c.AgentId == agentId && c.Status == CallStatus.Ended && c.Direction != CallDirection.Internal, count)
            .ToListAsync(cancellationToken);
        found.AddRange(await HandedOn(db, agentId, t => t.FromAgentId == agentId, count).ToListAsync(cancellationToken));
        found.AddRange(await HandedOn(db, agentId, t => t.ToAgentId == agentId, count).ToListAsync(cancellationToken));
        return [.. Newest(found, count)];
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

        return [.. Newest(found, count)];
    }

    /// <summary>What was written down in the last call with the same contact; null when nothing was.</summary>
    public async Task<string?> FindLastNoteAsync(Call call, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Calls.Where(c => c.ContactId == call.ContactId && c.Id != call.Id && c.Notes != null && c.Notes != "")
            .OrderByDescending(c => c.CreatedAt).ThenByDescending(c => c.Id).Select(c => c.Notes).FirstOrDefaultAsync(cancellationToken);
    }

    private static IEnumerable<Call> Newest(IEnumerable<Call> found, int count) =>
        found.DistinctBy(c => c.Id).OrderByDescending(c => c.CreatedAt).ThenByDescending(c => c.Id).Take(count);

    /// <summary>
    /// The latest calls that were an agent's and are not any more. Who got a call from a colleague may have given it to one who was in it
    /// at that colleague's wish: the transfer then names the colleague.
    /// </summary>
    /// <param name="mine">The agent gave the call away, or got it.</param>
    internal static IQueryable<Call> HandedOn(CrmDbContext db, int agentId, Expression<Func<CallTransfer, bool>> mine, int count)
    {
        // In the order of the calls' ids, which is the order of their coming and that of the index; each call once.
        var transfers = db.Transfers.Where(mine).Where(t => t.State == TransferState.Taken);
        return transfers.Where(t => !transfers.Any(later => later.CallId == t.CallId && later.Id > t.Id))
            .Join(db.Calls, t => t.CallId, c => c.Id, (t, c) => new { t.CallId, Call = c })
            .Where(x => x.Call.Direction != CallDirection.Internal
                && (x.Call.AgentId != agentId || x.Call.Status == CallStatus.TransferredOut))
            .OrderByDescending(x => x.CallId).Take(count).Select(x => x.Call)
            .AsNoTracking().Include(c => c.Contact).Include(c => c.Agent);
    }

    private static IQueryable<Call> Latest(CrmDbContext db, Expression<Func<Call, bool>> which, int count) =>
        db.Calls.AsNoTracking().Include(c => c.Contact).Include(c => c.Agent).Where(which)
            .OrderByDescending(c => c.CreatedAt).ThenByDescending(c => c.Id).Take(count);
}
