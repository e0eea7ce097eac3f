namespace UppalCrm.Core.People;

/// <summary>
/// Ends people's sign-ins with what was done in them. A call in the hand of a session that ends is taken away: a customer in conversation
/// hears music and is offered to everybody. A call in a session that goes on stays.
/// </summary>
public sealed class SignOuts(SignInSessions sessions, CallInHand calls, SupervisorLegs supervision, AuditLog audit)
{
    /// <summary>Signs a person out everywhere.</summary>
    /// <param name="byAgentId">Who asks: the person, or an administrator.</param>
    /// <param name="except">The session that goes on; null when none does.</param>
    public Task EverywhereAsync(
        int agentId, int byAgentId, string reason, SignInSession? except, CancellationToken cancellationToken) => EndAsync(
            agentId, byAgentId, hash => hash != except?.KeyHash,
            () => sessions.EndAllAsync(agentId, reason, except?.Id, cancellationToken), cancellationToken);

    /// <summary>Ends another session of this one's person.</summary>
    public async Task OtherAsync(SignInSession own, long other, string reason, CancellationToken cancellationToken)
    {
        if (await sessions.FindHashAsync(own.AgentId, other, cancellationToken) is { } ending)
        {
            await EndAsync(
                own.AgentId, own.AgentId, hash => hash == ending,
                () => sessions.EndAsync(own.AgentId, other, reason, cancellationToken), cancellationToken);
        }
    }

    /// <summary>
    /// The account was changed: its sign-ins end. The agent talks on with the customer in hand, which is no reason to interrupt them; one
    /// who only hears a call is out of it.
    /// </summary>
    public async Task AfterChangeAsync(int agentId, string reason, CancellationToken cancellationToken)
    {
        await sessions.EndAllAsync(agentId, reason, except: null, cancellationToken);
        await supervision.RemoveAsync(agentId, _ => true, cancellationToken);
    }

    private async Task EndAsync(
        int agentId, int byAgentId, Func<string, bool> isEnding, Func<Task> end, CancellationToken cancellationToken)
    {
        // Before the browser is told and hangs up.
        var taken = await calls.TakeFromAsync(agentId, isEnding, cancellationToken);
        await end();
        await supervision.RemoveAsync(agentId, isEnding, cancellationToken); // a session that has ended brings no leg back
        if (taken is not null)
        {
            await audit.WriteAsync(AuditAction.CallTakenAway, byAgentId, taken, $"from agent {agentId}", cancellationToken);
        }
    }
}
