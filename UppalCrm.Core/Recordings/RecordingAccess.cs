using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Recordings;

/// <summary>Who may hear a recording: the agent of the call, the agent who follows it up, and those who supervise.</summary>
public sealed class RecordingAccess(IDbContextFactory<CrmDbContext> contexts)
{
    /// <returns>
    /// The call with its recording; null when there is none or this person may not hear it (the same answer on purpose).
    /// </returns>
    public async Task<Call?> FindAsync(long callId, int agentId, bool supervises, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var call = await db.Calls.AsNoTracking().FirstOrDefaultAsync(c => c.Id == callId && c.RecordingSid != null, cancellationToken);
        return call is not null && MayHear(call, agentId, supervises) ? call : null;
    }

    /// <summary>A message left by a missed caller belongs to the team, so that anyone may call back.</summary>
    public static bool MayHear(Call call, int agentId, bool supervises) =>
        supervises || call.AgentId == agentId || call.FollowUpAgentId == agentId || call.Outcome == CallOutcome.Voicemail;
}
