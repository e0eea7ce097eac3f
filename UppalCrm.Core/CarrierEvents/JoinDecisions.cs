using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace UppalCrm.Core.CarrierEvents;

/// <summary>
/// What a leg was answered when it asked to join a conference, kept as an event: the same request again gets the same answer, and
/// changes nothing.
/// </summary>
public sealed class JoinDecisions(
    IDbContextFactory<CrmDbContext> contexts, CallStore store, AuditLog audit, TimeProvider time, ILogger<JoinDecisions> logger)
{
    /// <returns>Null for a leg that asks for the first time, and for one whose call has gone to somebody else since.</returns>
    public async Task<JoinDecision?> FindAsync(CallSid leg, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var key = KeyOf(leg);
        var row = await db.Events.AsNoTracking().Where(e => e.Key == key).Select(e => new
        {
            e.Detail,
            IsAnothers = e.AgentId != null && db.Calls.Any(c =>
                c.Id == e.CallId && c.Status != CallStatus.Ended && c.AgentId != e.AgentId && c.Direction == CallDirection.Inbound),
        }).FirstOrDefaultAsync(cancellationToken);
        return row?.Detail is not { } detail ? null : CallStore.FromDetail<JoinDecision>(detail) switch
        {
            JoinDecision.Allowed { Supervisor: null } when row.IsAnothers => null,
            var decision => decision,
        };
    }

    /// <param name="why">For the audit and the log; holds no number.</param>
    public async Task<JoinDecision> RefuseAsync(CallSid leg, int? agentId, long? callId, string why, CancellationToken cancellationToken)
    {
        logger.LogWarning("A leg was refused a conference: {Why} (agent {AgentId}, call {CallId})", why, agentId, callId);
        var refused = new JoinDecision.Refused(why);
        await store.KeepUnmatchedAsync(Event(leg, agentId, callId, refused), cancellationToken);
        await audit.WriteAsync(AuditAction.JoinRefused, agentId, callId, why, cancellationToken);
        return refused;
    }

    /// <summary>The event that keeps a decision.</summary>
    internal CallEvent Event(CallSid leg, int? agentId, long? callId, JoinDecision decision)
    {
        var now = time.GetUtcNow();
        return new CallEvent
        {
            CallId = callId,
            Key = KeyOf(leg),
            Kind = CallEventKind.JoinDecided,
            Source = EventSource.Carrier,
            At = now,
            ReceivedAt = now,
            AgentId = agentId,
            LegSid = leg.Value,
            Detail = CallStore.ToDetail(decision),
        };
    }

    private static string KeyOf(CallSid leg) => $"joining:{leg}";
}
