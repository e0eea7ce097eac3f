using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Supervision;

/// <summary>
/// Has the carrier take supervisors out of calls that they may not hear any more: a softphone hears on while its browser does not hang
/// up. A request that failed is made again, and by the reconciler as long as the leg is in.
/// </summary>
public sealed class SupervisorLegs(
    IDbContextFactory<CrmDbContext> contexts, CallStore store, CallEffects effects, FloorRights rights, JoinIntents intents,
    SignInSessions sessions)
{
    /// <summary>Takes this person out of the calls that they supervise.</summary>
    /// <param name="isEnding">Whether the session in which they joined ends (<see cref="SignInSession.KeyHash"/>).</param>
    public async Task RemoveAsync(int agentId, Func<string, bool> isEnding, CancellationToken cancellationToken)
    {
        List<long> heard;
        await using (var db = await contexts.CreateDbContextAsync(cancellationToken))
        {
            heard = await db.Legs
                .Where(l => l.AgentId == agentId && l.Role == LegRole.Supervisor && l.JoinedAt != null && l.LeftAt == null)
                .Select(l => l.CallId).Distinct().ToListAsync(cancellationToken);
        }

        foreach (var callId in heard)
        {
            if (await store.FindAsync(callId, cancellationToken) is not { IsOpen: true } call)
            {
                continue;
            }

            foreach (var leg in SupervisorsIn(call).Where(leg => leg.AgentId == agentId))
            {
                var session = await intents.FindSessionAsync(callId, agentId, leg.CallSid, cancellationToken);
                if (session is null || isEnding(session))
                {
                    await effects.RemoveAsync(call, leg.CallSid, cancellationToken);
                }
            }
        }
    }

    /// <summary>Asks again for the removal of those whose right or session is over, and who are in the call still.</summary>
    internal async Task EnsureAsync(Call call, CancellationToken cancellationToken)
    {
        foreach (var leg in SupervisorsIn(call))
        {
            if (!await MayHearAsync(call.Id, leg, cancellationToken))
            {
                await effects.RemoveAsync(call, leg.CallSid, cancellationToken);
            }
        }
    }

    private static IEnumerable<CallLeg> SupervisorsIn(Call call) =>
        call.Legs.Where(leg => leg is { Role: LegRole.Supervisor, IsIn: true } && !call.IsStray(leg));

    private async Task<bool> MayHearAsync(long callId, CallLeg leg, CancellationToken cancellationToken) =>
        leg.AgentId is { } agentId && await rights.SupervisesAsync(agentId, cancellationToken)
        && (await intents.FindSessionAsync(callId, agentId, leg.CallSid, cancellationToken) is not { } session
            || await sessions.IsOpenAsync(session, cancellationToken));
}
