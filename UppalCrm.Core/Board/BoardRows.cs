using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Board;

/// <summary>Reads the board's rows from the database.</summary>
internal static class BoardRows
{
    public static async Task<List<BoardCall>> ReadAsync(
        CrmDbContext db, IQueryable<Call> which, Dictionary<int, AgentOnFloor> agents, CancellationToken cancellationToken)
    {
        var calls = await which.Select(call => new
        {
            call.Id,
            call.Version,
            call.Direction,
            call.Status,
            call.FromNumber,
            call.ToNumber,
            call.CallerName,
            ContactName = call.Contact!.Name,
            call.AgentId,
            call.CreatedAt,
            call.ExpiresAt,
            call.AnsweredAt,
            call.DialState,
            call.RecordingPausedAt,
            call.ParkedAt,
            Legs = db.Legs.Where(leg => leg.CallId == call.Id && leg.JoinedAt != null && leg.LeftAt == null)
                .OrderBy(leg => leg.Id)
                .Select(leg => new { leg.CallSid, leg.Role, leg.AgentId, leg.Muted, leg.Held, leg.HeldSince, leg.Coaching,
                    leg.CoachedLeg }).ToList(),
        }).AsNoTracking().ToListAsync(cancellationToken);
        var transferred = calls.Where(call => call.Legs.Exists(leg => leg.Role == LegRole.OutsideParty)).Select(call => call.Id).ToList();
        var numbers = transferred.Count == 0 ? [] : await db.Transfers.AsNoTracking()
            .Where(t => transferred.Contains(t.CallId) && t.OutsideLeg != null)
            .ToDictionaryAsync(t => t.OutsideLeg!.Value, t => t.ToNumber, cancellationToken);
        List<BoardCall> rows =
        [.. calls.Select(call => new BoardCall(
            call.Id, call.Version, call.Direction, call.Status,
            call.Direction == CallDirection.Inbound ? call.FromNumber : call.ToNumber,
            call.ContactName ?? call.CallerName,
            call.Direction == CallDirection.Inbound ? call.ToNumber : call.FromNumber,
            call.AgentId, NameOf(call.AgentId), call.CreatedAt, call.ExpiresAt, call.AnsweredAt, call.DialState, call.RecordingPausedAt,
            [.. call.Legs.Select(leg => new BoardLeg(
                leg.CallSid, leg.Role, leg.AgentId, NameOf(leg.AgentId), leg.Muted, leg.Held, leg.HeldSince, leg.Coaching,
                leg.CoachedLeg)
                {
                    Number = numbers.GetValueOrDefault(leg.CallSid),
                })])
            {
                IsParked = call.ParkedAt is not null,
            })];
        return await WithReceiptsAsync(db, rows, cancellationToken);

        string? NameOf(int? agentId) => agentId is { } id && agents.TryGetValue(id, out var agent) ? agent.Name : null;
    }

    /// <summary>The same rows with what browsers say of each offer by now.</summary>
    public static async Task<List<BoardCall>> WithReceiptsAsync(
        CrmDbContext db, List<BoardCall> calls, CancellationToken cancellationToken)
    {
        var waiting = calls.Where(call => call.IsWaiting).Select(call => (long?)call.Id).ToList();
        if (waiting.Count == 0)
        {
            return calls;
        }

        var shown = await db.Events.AsNoTracking().Where(e => waiting.Contains(e.CallId) && e.Kind == CallEventKind.OfferShown)
            .Select(e => new { e.CallId, e.Detail }).ToListAsync(cancellationToken);
        var receipts = shown.Where(e => OfferReceipt.Read(e.Detail) is not null)
            .GroupBy(e => e.CallId!.Value, e => OfferReceipt.Read(e.Detail)!)
            .ToDictionary(group => group.Key, group => group.Aggregate((sum, receipt) => sum + receipt));
        return [.. calls.Select(call => call with { Receipt = receipts.GetValueOrDefault(call.Id) })];
    }

    /// <summary>What each of these calls counts for in the day's figures, by its id.</summary>
    public static async Task<Dictionary<long, FloorTally>> ReadTalliesAsync(
        IQueryable<Call> which, TimeSpan answerWithin, CancellationToken cancellationToken)
    {
        var facts = await CallHistory.OfCustomers(which).Select(call => new
        {
            call.Id,
            Facts = new CallFacts(call.Direction, call.Status, call.Outcome, call.CreatedAt, call.AnsweredAt, call.EndedAt),
        }).ToListAsync(cancellationToken);
        return facts.ToDictionary(row => row.Id, row => FloorTally.Of(row.Facts, answerWithin));
    }
}
