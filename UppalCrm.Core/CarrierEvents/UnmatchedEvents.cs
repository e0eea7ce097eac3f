using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.CarrierEvents;

/// <summary>
/// Events that came before the call they are about, or before it was known which conference or leg is whose. They are kept, and applied
/// as soon as the call is found.
/// </summary>
public sealed class UnmatchedEvents(IDbContextFactory<CrmDbContext> contexts, CallStore store)
{
    /// <summary>Of this conference or leg, in the carrier's order. Nearly always none.</summary>
    private static readonly PerModel<Func<CrmDbContext, string, string?, string?, string?, IAsyncEnumerable<CallEvent>>> Unmatched =
        new(() => EF.CompileAsyncQuery((CrmDbContext db, string conferenceName, string? leg, string? outside, string? conferenceSid) =>
            db.Events.AsNoTracking()
                .Where(e => e.CallId == null && (e.ConferenceName == conferenceName || (leg != null && e.LegSid == leg)
                    || (outside != null && e.LegSid == outside) || (conferenceSid != null && e.ConferenceSid == conferenceSid)))
                .OrderBy(e => e.Sequence).ThenBy(e => e.Id).AsQueryable()));

    /// <summary>Keeps an event of an unknown call, and looks again: the call may have become known while it was being kept.</summary>
    /// <param name="keys">By what the call would be found.</param>
    public async Task KeepAsync(CallEvent row, IEnumerable<CallKey> keys, CancellationToken cancellationToken)
    {
        await store.KeepUnmatchedAsync(row, cancellationToken);
        foreach (var key in keys)
        {
            if (await store.FindAsync(key, cancellationToken) is { } call)
            {
                await ApplyAsync(call, cancellationToken);
                return;
            }
        }
    }

    /// <summary>Applies what was kept for this call.</summary>
    public async Task ApplyAsync(Call call, CancellationToken cancellationToken)
    {
        var rows = new List<CallEvent>();
        await using (var db = await contexts.CreateDbContextAsync(cancellationToken))
        {
            var outside = call.Transfers.FindLast(transfer => transfer.OutsideLeg is not null)?.OutsideLeg;
            var found = Unmatched.For(db)(db, call.ConferenceName, call.CustomerLeg?.Value, outside?.Value, call.ConferenceSid);
            await foreach (var row in found.WithCancellation(cancellationToken))
            {
                rows.Add(row);
            }

            if (rows.Count == 0)
            {
                return;
            }

            var ids = rows.Select(e => e.Id).ToList();
            await db.Events.Where(e => ids.Contains(e.Id)).ExecuteUpdateAsync(set => set.SetProperty(e => e.CallId, call.Id),
                cancellationToken);
        }

        foreach (var row in rows)
        {
            await store.ChangeAsync(call.Id, c => CarrierEventRules.Apply(c, row), cancellationToken);
        }
    }
}
