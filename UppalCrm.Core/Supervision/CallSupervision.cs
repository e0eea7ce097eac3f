using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Supervision;

/// <summary>A supervisor in a call, as the agent may see them.</summary>
public sealed record SupervisorOnCall(string Name, SupervisorMode Mode);

/// <summary>
/// What supervisors ask of others' calls and of agents. Every method checks the role in the database, and what it does is on record.
/// </summary>
/// <remarks>
/// Joining itself is the softphone's: it dials in, and the carrier's question (<see
/// cref="CarrierEventHandler.SupervisorConnectingAsync"/>)
/// is answered and audited there, as is the leaving. Nothing here ends a call because a supervisor leaves.
/// </remarks>
public sealed class CallSupervision(
    IDbContextFactory<CrmDbContext> contexts, CallStore store, CallEffects effects, CallTransfers transfers, CallJoins joins,
    JoinIntents intents, AgentRoster roster, FloorRights rights, ITelephony telephony, AuditLog audit, IOptionsMonitor<CallOptions> calls,
    IOptionsMonitor<SupervisionOptions> options, TimeProvider time, ILogger<CallSupervision> logger)
{
    private static readonly Refusal OverAlready = new("This call is over already.");
    private static readonly Refusal NotWaiting = new("Only a call that waits can be offered again.");

    /// <summary>Whether this supervisor may join this call now. The softphone joins the conference next.</summary>
    /// <returns>The name of the conference to join.</returns>
    /// <exception cref="NotAllowedException">This person supervises nobody.</exception>
    public async Task<Result<string>> PrepareAsync(long callId, int supervisorId, SupervisorMode mode, CancellationToken cancellationToken)
    {
        await rights.EnsureSupervisesAsync(supervisorId, cancellationToken);
        var call = await store.FindAsync(callId, cancellationToken);
        return WhyNot(call, supervisorId, mode) is { } refusal ? refusal : call!.ConferenceName;
    }

    /// <summary>Lets the softphone of this session join the call, once.</summary>
    /// <param name="session">Of the supervisor (<see cref="SignInSession.KeyHash"/>).</param>
    /// <returns>What the softphone shows when it joins.</returns>
    /// <exception cref="NotAllowedException">This person supervises nobody.</exception>
    public async Task<string> TellToJoinAsync(long callId, int supervisorId, string session, CancellationToken cancellationToken)
    {
        await rights.EnsureSupervisesAsync(supervisorId, cancellationToken);
        return await intents.IssueAsync(callId, supervisorId, LegRole.Supervisor, session, needsSecret: true, cancellationToken);
    }

    /// <summary>Changes how a supervisor who is in the call takes part: listen, whisper, barge, in any order.</summary>
    /// <exception cref="NotAllowedException">This person supervises nobody.</exception>
    public async Task<Result> ChangeModeAsync(long callId, int supervisorId, SupervisorMode mode, CancellationToken cancellationToken)
    {
        await rights.EnsureSupervisesAsync(supervisorId, cancellationToken);
        var call = await store.FindAsync(callId, cancellationToken);
        if (WhyNot(call, supervisorId, mode) is { } refusal)
        {
            return refusal;
        }

        if (call!.FindSupervisorLeg(supervisorId) is not { } mine || call.ConferenceSid is not { } conference)
        {
            return new Refusal("You are not in this call.");
        }

        var before = mine.Mode;
        CallSid? coached = mode == SupervisorMode.Whisper ? call.FindAgentLeg()!.CallSid : null;
        if (before == mode && mine.CoachedLeg == coached)
        {
            return Result.Done;
        }

        try
        {
            await telephony.SetCoachingAsync(conference, mine.CallSid, mode, coached, cancellationToken);
        }
        catch (TelephonyException ex)
        {
            logger.LogWarning(ex, "Changing a supervisor's part in call {CallId} failed", callId);
            return new Refusal($"That could not be changed: {ex.Message}");
        }

        // The carrier has said yes; its event may come later and says the same.
        await store.ChangeAsync(callId, c =>
        {
            if (c.FindLeg(mine.CallSid) is not { LeftAt: null } leg)
            {
                return false;
            }

            leg.TakePart(mode, coached);
            return true;
        }, cancellationToken);
        // Not left to what follows from the change: the carrier's own events may make it in two steps, and say nothing of who asked.
        await audit.WriteAsync(AuditActions.StartOf(mode), supervisorId, callId, $"from {Word(before)}", cancellationToken);
        return Result.Done;
    }

    /// <summary>Takes the supervisor's own leg out of the call, for when their softphone cannot. The call goes on.</summary>
    /// <exception cref="NotAllowedException">This person supervises nobody.</exception>
    public async Task<Result> LeaveAsync(long callId, int supervisorId, CancellationToken cancellationToken)
    {
        await rights.EnsureSupervisesAsync(supervisorId, cancellationToken);
        var call = await store.FindAsync(callId, cancellationToken);
        if (call?.FindSupervisorLeg(supervisorId) is not { } mine || call.ConferenceSid is not { } conference)
        {
            return Result.Done; // they have left already
        }

        try
        {
            await telephony.RemoveParticipantAsync(conference, mine.CallSid, cancellationToken);
            return Result.Done;
        }
        catch (TelephonyException ex)
        {
            logger.LogWarning(ex, "A supervisor's leg could not be taken out of call {CallId}", callId);
            await effects.RemoveAsync(call, mine.CallSid, CancellationToken.None);
            return new Refusal($"You are not out of the call yet, and it is tried again: {ex.Message}");
        }
    }

    /// <summary>Ends a call for everybody in it, in whatever state it is stuck.</summary>
    /// <exception cref="NotAllowedException">This person supervises nobody.</exception>
    public async Task<Result> HangUpAsync(long callId, int supervisorId, CancellationToken cancellationToken)
    {
        await rights.EnsureSupervisesAsync(supervisorId, cancellationToken);
        var now = time.GetUtcNow();
        var change = await store.ChangeAsync(callId, c =>
        {
            var outcome = c switch
            {
                { AnsweredAt: not null } => CallOutcome.Answered,
                { Direction: CallDirection.Inbound } => CallOutcome.Missed,
                _ => CallOutcome.Cancelled,
            };
            return c.TryEnd(CallTrigger.ConferenceEnded, now, outcome, CallEnder.Supervisor, "Ended by a supervisor.")
                ? Decision.Changed(EventOf(CallEventKind.EndedBySupervisor, callId, supervisorId, now))
                : Decision.Nothing;
        }, cancellationToken);
        return change.IsChange ? Result.Done : OverAlready;
    }

    /// <summary>
    /// Offers a call to everybody again, those who declined it included: one that waits, whose time-out starts again, or one that
    /// an agent took and has not joined. The caller keeps their place.
    /// </summary>
    /// <exception cref="NotAllowedException">This person supervises nobody.</exception>
    public async Task<Result> OfferAgainAsync(long callId, int supervisorId, CancellationToken cancellationToken)
    {
        await rights.EnsureSupervisesAsync(supervisorId, cancellationToken);
        if (await store.FindAsync(callId, cancellationToken) is not { Status: CallStatus.Waiting or CallStatus.Claimed })
        {
            return NotWaiting;
        }

        await using (var db = await contexts.CreateDbContextAsync(cancellationToken))
        {
            // Before the change is announced: who reads the call then must find no decline any more.
            await db.Declines.Where(d => d.CallId == callId).ExecuteDeleteAsync(cancellationToken);
        }

        var now = time.GetUtcNow();
        var change = await store.ChangeAsync(callId, c =>
        {
            if (c.Status != CallStatus.Waiting && !(c.Status == CallStatus.Claimed && c.TryApply(CallTrigger.ClaimLost, now)))
            {
                return Decision.Nothing;
            }

            c.ExpiresAt = now + calls.CurrentValue.OfferTimeout;
            return Decision.Changed(EventOf(CallEventKind.OfferedAgain, callId, supervisorId, now));
        }, cancellationToken);
        return change.IsChange ? Result.Done : NotWaiting;
    }

    /// <summary>
    /// Takes an agent's call over: the customer hears music until the supervisor's softphone has joined as the agent of the call, then
    /// the agent is out. When it does not join in time the call is the agent's again.
    /// </summary>
    /// <exception cref="NotAllowedException">This person supervises nobody.</exception>
    public async Task<Result<ClaimedCall>> TakeOverAsync(long callId, int supervisorId, CancellationToken cancellationToken)
    {
        await rights.EnsureSupervisesAsync(supervisorId, cancellationToken);
        return await transfers.OrderAsync(callId, supervisorId, supervisorId, cancellationToken);
    }

    /// <summary>Has a free agent asked to take another agent's call, who cannot take that back.</summary>
    /// <exception cref="NotAllowedException">This person supervises nobody.</exception>
    public async Task<Result> GiveToAsync(long callId, int toAgentId, int supervisorId, CancellationToken cancellationToken)
    {
        await rights.EnsureSupervisesAsync(supervisorId, cancellationToken);
        return (await transfers.OrderAsync(callId, supervisorId, toAgentId, cancellationToken)).Refusal is { } no ? no : Result.Done;
    }

    /// <summary>
    /// Makes one call of two: the customer of one comes into the other, beside its agent, and their own call is over.
    /// </summary>
    /// <exception cref="NotAllowedException">This person supervises nobody.</exception>
    public async Task<Result> BringOverAsync(long callId, long intoCallId, int supervisorId, CancellationToken cancellationToken)
    {
        await rights.EnsureSupervisesAsync(supervisorId, cancellationToken);
        return await joins.BringAsync(callId, intoCallId, supervisorId, EventSource.Supervisor, cancellationToken);
    }

    /// <summary>Puts an agent on another status.</summary>
    /// <exception cref="NotAllowedException">This person supervises nobody.</exception>
    public async Task<Result> SetStatusAsync(int agentId, string status, int supervisorId, CancellationToken cancellationToken)
    {
        await rights.EnsureSupervisesAsync(supervisorId, cancellationToken);
        if (await roster.FindAsync(agentId, cancellationToken) is not { } agent)
        {
            return new Refusal("There is no such agent.");
        }

        if (!await roster.SetStatusAsync(agentId, status, cancellationToken))
        {
            return new Refusal($"There is no status '{status}'.");
        }

        await audit.WriteAsync(AuditAction.AgentStatusSet, supervisorId, null, $"agent {agentId}: {agent.Status} to {status}",
            cancellationToken);
        return Result.Done;
    }

    /// <summary>Closes an agent's wrap-up that was forgotten; they are back on the status they had chosen.</summary>
    /// <exception cref="NotAllowedException">This person supervises nobody.</exception>
    public async Task<Result> FinishWrapUpAsync(int agentId, int supervisorId, CancellationToken cancellationToken)
    {
        await rights.EnsureSupervisesAsync(supervisorId, cancellationToken);
        if (await roster.FindAsync(agentId, cancellationToken) is not { Presence: Presence.WrapUp } agent)
        {
            return new Refusal("This agent is not wrapping up.");
        }

        await roster.CloseWrapUpAsync(agentId, cancellationToken);
        await audit.WriteAsync(AuditAction.WrapUpClosed, supervisorId, agent.WrapUpCallId, $"agent {agentId}", cancellationToken);
        return Result.Done;
    }

    /// <summary>
    /// The supervisors in a call whom its agent may see: all, or under the private policy only those whom the agent hears.
    /// </summary>
    public async Task<IReadOnlyList<SupervisorOnCall>> GetVisibleToAgentAsync(long callId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var legs = await db.Legs.AsNoTracking()
            .Where(l => l.CallId == callId && l.Role == LegRole.Supervisor && l.JoinedAt != null && l.LeftAt == null)
            .Join(db.Agents, l => l.AgentId, a => a.Id, (leg, agent) =>
                new { Leg = leg, agent.DisplayName }).ToListAsync(cancellationToken);
        return [.. legs.Select(l => new SupervisorOnCall(l.DisplayName, l.Leg.Mode))
            .Where(s => IsVisible(s.Mode, options.CurrentValue)).OrderBy(s => s.Name)];
    }

    /// <summary>A supervisor who speaks with the agent is shown to them; only listening can be private.</summary>
    internal static bool IsVisible(SupervisorMode mode, SupervisionOptions options) => mode != SupervisorMode.Listen || !options.Private;

    /// <returns>Why this supervisor cannot take part in this way now; null when they can.</returns>
    private static Refusal? WhyNot(Call? call, int supervisorId, SupervisorMode mode) => call switch
    {
        null => new Refusal("This call does not exist."),
        { Status: CallStatus.Ended } => new Refusal("This call is over."),
        { IsInConversation: false } => new Refusal("Nobody is talking in this call yet."),
        { IsInternal: true } => new Refusal("Two colleagues talk among themselves: nobody listens to that."),
        { Status: CallStatus.Connected } when call.AgentId == supervisorId => new Refusal("This is your own call."),
        _ when mode != SupervisorMode.Whisper => null,
        _ => call.FindAgentLeg() switch
        {
            null => new Refusal("There is no agent in the call to whisper to."),
            { Held: true } => new Refusal("The agent is on hold and would not hear you. Whisper when they are back."),
            _ => null,
        },
    };

    private static string Word(SupervisorMode mode) => mode.ToString().ToLowerInvariant();

    private static CallEvent EventOf(CallEventKind kind, long callId, int supervisorId, DateTimeOffset now) =>
        CallEvent.Of(kind, EventSource.Supervisor, callId, supervisorId, now);
}
