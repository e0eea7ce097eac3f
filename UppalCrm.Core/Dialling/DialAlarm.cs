using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace UppalCrm.Core.Dialling;

/// <summary>
/// Puts each refused dial on record, and raises an alarm when they look like somebody who runs up a bill: once an hour for each reason,
/// over
/// all nodes.
/// </summary>
public sealed class DialAlarm(IDbContextFactory<CrmDbContext> contexts, AuditLog audit, TimeProvider time, ILogger<DialAlarm> logger)
{
    /// <summary>So many refusals of one person in ten minutes are no slip of the finger.</summary>
    private const int ManyRefusals = 10;

    private static readonly TimeSpan Looked = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Quiet = TimeSpan.FromHours(1);

    private ImmutableArray<Action<string>> _listeners = [];

    /// <summary>
    /// Calls this with the alarm in words, which hold no number, on the node where it was raised. Must only note it and return.
    /// </summary>
    public void Subscribe(Action<string> listener) => ImmutableInterlocked.Update(ref _listeners, list => list.Add(listener));

    /// <summary>An agent was not let dial.</summary>
    /// <param name="number">As it may stand in the audit; null when it was none.</param>
    internal async Task RefusedAsync(int agentId, PhoneNumber? number, Refusal refusal, CancellationToken cancellationToken)
    {
        await audit.WriteAsync(
            AuditAction.DialRefused, agentId, null, number is { } dialled ? $"{dialled.Masked}: {refusal.Reason}" : refusal.Reason,
            cancellationToken);
        if (refusal is DialLimitReached { IsAlarming: true } limit)
        {
            await RaiseAsync(
                $"Dialling:{limit.Limit} was reached", limit.Limit.Contains("Agent", StringComparison.Ordinal) ? agentId : null,
                cancellationToken);
            return;
        }

        var since = time.GetUtcNow() - Looked;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await db.Audit.CountAsync(a =>
            a.Action == AuditAction.DialRefused && a.AgentId == agentId && a.At > since, cancellationToken) >= ManyRefusals)
        {
            await RaiseAsync("Many numbers were refused", agentId, cancellationToken);
        }
    }

    private async Task RaiseAsync(string what, int? agentId, CancellationToken cancellationToken)
    {
        var since = time.GetUtcNow() - Quiet;
        await using (var db = await contexts.CreateDbContextAsync(cancellationToken))
        {
            if (await db.Audit.AnyAsync(a =>
                a.Action == AuditAction.DialAlarmRaised && a.AgentId == agentId && a.Detail == what && a.At > since, cancellationToken))
            {
                return;
            }
        }

        await audit.WriteAsync(AuditAction.DialAlarmRaised, agentId, null, what, cancellationToken);
        logger.LogCritical("Dialling alarm: {What} (agent {AgentId}). Look at the audit; the settings stop all dialling", what, agentId);
        foreach (var listener in _listeners)
        {
            listener(agentId is { } id ? $"{what} (agent {id})" : what);
        }
    }
}
