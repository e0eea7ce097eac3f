using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Calls;

/// <summary>
/// Finds in the database what changed since the last look, for a node that may not have heard of it: open calls by their version, and
/// agents by what decides their presence. The first look finds everything that could matter. Not for several threads at once.
/// </summary>
public sealed class ChangeFinder(IDbContextFactory<CrmDbContext> contexts, TimeProvider time)
{
    /// <summary>What ended before the first look may still be shown as waiting somewhere, for about as long as an offer lasts.</summary>
    private static readonly TimeSpan JustEnded = TimeSpan.FromMinutes(2);

    /// <summary>Longer than any call.</summary>
    private static readonly TimeSpan LongestCall = TimeSpan.FromHours(12);

    private Dictionary<long, long>? _calls;
    private Dictionary<int, AgentMark> _agents = [];

    public async Task<IReadOnlyList<object>> LookAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var calls = await db.Calls.AsNoTracking().Where(c => c.Status != CallStatus.Ended)
            .Select(c => new { c.Id, c.Version }).ToDictionaryAsync(c => c.Id, c => c.Version, cancellationToken);
        var agents = await db.Agents.AsNoTracking()
            .Select(a => new { a.Id, Mark = new AgentMark(a.Status, a.ActiveCallId, a.WrapUpUntil, a.PhoneState,
                a.LastSeenAt != null, a.PhoneBrowser) })
            .ToDictionaryAsync(a => a.Id, a => a.Mark, cancellationToken);
        var found = new List<object>();
        foreach (var (id, version) in calls)
        {
            if (_calls is null || !_calls.TryGetValue(id, out var before) || before != version)
            {
                found.Add(new CallChanged(id, version));
            }
        }

        if (_calls is { } known)
        {
            var gone = known.Where(call => !calls.ContainsKey(call.Key));
            found.AddRange(gone.Select(call => (object)new CallChanged(call.Key, call.Value + 1)));
        }
        else
        {
            var now = time.GetUtcNow();
            var (since, earliest) = (now - JustEnded, now - LongestCall);
            var ended = await db.Calls.AsNoTracking()
                .Where(c => c.CreatedAt > earliest && c.Status == CallStatus.Ended && c.EndedAt > since)
                .Select(c => new CallChanged(c.Id, c.Version, null)).ToListAsync(cancellationToken);
            found.AddRange(ended.Cast<object>());
        }

        foreach (var (id, mark) in agents)
        {
            if (!_agents.TryGetValue(id, out var before) || before != mark)
            {
                found.Add(new AgentChanged(id));
            }
        }

        (_calls, _agents) = (calls, agents);
        return found;
    }

    private sealed record AgentMark(
        string Status, long? ActiveCallId, DateTimeOffset? WrapUpUntil, string? PhoneState, bool IsSeen, string? PhoneBrowser);
}
