using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Dialling;

/// <summary>
/// Stops all dialling, and allows it again: for the hour in which somebody dials what nobody should. Calls that are up go on.
/// </summary>
public sealed class DialSwitch(IDbContextFactory<CrmDbContext> contexts, FloorRights rights, AuditLog audit, TimeProvider time)
{
    internal static readonly Refusal Stopped = new("All dialling is stopped. An administrator can allow it again in the settings.");

    /// <summary>Since when nobody may dial; null while dialling is allowed.</summary>
    public async Task<DateTimeOffset?> GetStoppedAtAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.FloorSettings.Where(s => s.Id == FloorSettings.TheOnlyRow).Select(s => s.DiallingStoppedAt)
            .FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>Stops all dialling from now on, on every node, or allows it again.</summary>
    /// <exception cref="NotAllowedException">This person is no administrator.</exception>
    public async Task SetAsync(bool stopped, int byAgentId, CancellationToken cancellationToken)
    {
        await rights.EnsureAdministersAsync(byAgentId, cancellationToken);
        DateTimeOffset? at = stopped ? time.GetUtcNow() : null;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (
            await (stopped ? db.FloorSettings.Where(s => s.DiallingStoppedAt == null) : db.FloorSettings.Where(s =>
                s.DiallingStoppedAt != null))
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.DiallingStoppedAt, at), cancellationToken) == 1)
        {
            await audit.WriteAsync(
                stopped ? AuditAction.DiallingStopped : AuditAction.DiallingAllowed, byAgentId, null, null, cancellationToken);
        }
    }
}
