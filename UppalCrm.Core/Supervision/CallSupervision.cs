using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Supervision;

/// <summary>What a supervisor's wish to join a call came to: the room to join, or words why not.</summary>
public sealed record SuperviseAnswer(string? ConferenceName, string? Error);

/// <summary>A supervisor in a call, as the agent may see them.</summary>
public sealed record SupervisorOnCall(string Name, SupervisorMode Mode);

/// <summary>
/// What supervisors ask of others' calls and of agents. Every method checks the role in the database, answers a refusal in words,
/// and leaves an audit row for what it did.
/// </summary>
/// <remarks>
/// Joining itself is the softphone's: it dials in, and the carrier's question (<see cref="CarrierEventHandler.SupervisorConnectingAsync"/>) is
/// answered and audited there, as is the leaving. Nothing here ends a call because a supervisor leaves.
/// </remarks>
public sealed class CallSupervision
{
    private readonly IDbContextFactory<CrmDbContext> _contexts;
    private readonly CallStore _writer;
    private readonly CallEffects _carrier;
    private readonly AgentRoster _roster;
    private readonly FloorRights _rights;
    private readonly ITelephony _telephony;
    private readonly AuditLog _audit;
    private readonly IOptionsMonitor<CallOptions> _calls;
    private readonly IOptionsMonitor<SupervisionOptions> _options;
    private readonly TimeProvider _time;
    private readonly ILogger<CallSupervision> _logger;

    public CallSupervision(
        IDbContextFactory<CrmDbContext> contexts, CallStore writer, CallEffects carrier, AgentRoster roster, FloorRights rights, ITelephony telephony,
        AuditLog audit, IOptionsMonitor<CallOptions> calls, IOptionsMonitor<SupervisionOptions> options, TimeProvider time,
        ILogger<CallSupervision> logger)
    {
        (_contexts, _writer, _carrier, _roster, _rights, _telephony, _audit) = (contexts, writer, carrier, roster, rights, telephony, audit);
        (_calls, _options, _time, _logger) = (calls, options, time, logger);
    }

    /// <summary>Whether this supervisor may join this call now. The softphone joins the conference of the answer.</summary>
    /// <exception cref="NotAllowedException">This person supervises nobody.</exception>
    public async Task<SuperviseAnswer> PrepareAsync(long callId, int supervisorId, SupervisorMode mode, CancellationToken cancellationToken)
    {
        await _rights.EnsureSupervisesAsync(supervisorId, cancellationToken);
        var call = await _writer.FindAsync(callId, cancellationToken);
        return Refusal(call, supervisorId, mode) is { } refusal ? new SuperviseAnswer(null, refusal) : new SuperviseAnswer(call!.ConferenceName, null);
    }

    /// <summary>Changes how a supervisor who is in the call takes part: listen, whisper, barge, in any order.</summary>
    /// <returns>Words when it cannot be.</returns>
    /// <exception cref="NotAllowedException">This person supervises nobody.</exception>
    public async Task<string?> ChangeModeAsync(long callId, int supervisorId, SupervisorMode mode, CancellationToken cancellationToken)
    {
        await _rights.EnsureSupervisesAsync(supervisorId, cancellationToken);
        var call = await _writer.FindAsync(callId, cancellationToken);
        if (Refusal(call, supervisorId, mode) is { } refusal)
        {
            return refusal;
        }

        if (OwnLeg(call!, supervisorId) is not { } mine || call!.ConferenceSid is not { } conference)
        {
            return "You are not in this call.";
        }

        var before = ModeOf(mine);
        var coached = mode == SupervisorMode.Whisper ? AgentLeg(call)!.CallSid : (CallSid?)null;
        if (before == mode && mine.CoachedLeg == coached)
        {
            return null;
        }

        try
        {
            await _telephony.SetCoachingAsync(conference, mine.CallSid, mode, coached, cancellationToken);
        }
        catch (TelephonyException ex)
        {
            _logger.LogWarning(ex, "Changing a supervisor's part in call {CallId} failed", callId);
            return $"That could not be changed: {ex.Message}";
        }

        // The carrier has said yes; its event may come later and says the same.
        await _writer.ChangeAsync(callId, null, c =>
        {
            if (c.FindLeg(mine.CallSid) is not { LeftAt: null } leg)
            {
                return false;
            }

            (leg.Muted, leg.Coaching, leg.CoachedLeg) = (mode == SupervisorMode.Listen, mode == SupervisorMode.Whisper, coached);
            return true;
        }, cancellationToken);
        await _audit.WriteAsync($"{Word(mode)}-started", supervisorId, callId, $"from {Word(before)}", cancellationToken);
        return null;
    }

    /// <summary>Takes the supervisor's own leg out of the call, for when their softphone cannot. The call goes on.</summary>
    /// <returns>Words when it cannot be.</returns>
    /// <exception cref="NotAllowedException">This person supervises nobody.</exception>
    public async Task<string?> LeaveAsync(long callId, int supervisorId, CancellationToken cancellationToken)
    {
        await _rights.EnsureSupervisesAsync(supervisorId, cancellationToken);
        var call = await _writer.FindAsync(callId, cancellationToken);
        if (call is null || OwnLeg(call, supervisorId) is not { } mine || call.ConferenceSid is not { } conference)
        {
            return null; // they have left already
        }

        try
        {
            await _telephony.RemoveParticipantAsync(conference, mine.CallSid, cancellationToken);
            return null;
        }
        catch (TelephonyException ex)
        {
            _logger.LogWarning(ex, "A supervisor's leg could not be taken out of call {CallId}", callId);
            return $"You could not be taken out of the call: {ex.Message}";
        }
    }

    /// <summary>Ends a call for everybody in it, in whatever state it is stuck.</summary>
    /// <returns>Words when there is nothing to end.</returns>
    /// <exception cref="NotAllowedException">This person supervises nobody.</exception>
    public async Task<string?> HangUpAsync(long callId, int supervisorId, CancellationToken cancellationToken)
    {
        await _rights.EnsureSupervisesAsync(supervisorId, cancellationToken);
        if (await _writer.FindAsync(callId, cancellationToken) is not { IsOpen: true } open)
        {
            return "This call is over already.";
        }

        var now = _time.GetUtcNow();
        var change = await _writer.ChangeAsync(open.Id, () => NewEvent($"ended-by-supervisor:{callId}", "ended-by-supervisor", supervisorId, now), c =>
        {
            var outcome = c.AnsweredAt is not null ? CallOutcome.Answered : c.Direction == CallDirection.Inbound ? CallOutcome.Missed : CallOutcome.Cancelled;
            return c.TryEnd(CallTrigger.ConferenceEnded, now, outcome, CallEnder.Supervisor, "Ended by a supervisor.");
        }, cancellationToken);
        if (!change.Changed)
        {
            return "This call is over already.";
        }

        _carrier.TidyUp(change.Call!);
        await _audit.WriteAsync("call-ended", supervisorId, callId, null, cancellationToken);
        return null;
    }

    /// <summary>
    /// Offers a call to everybody again, those who declined it included: one that waits, with its time-out starting anew, or one that
    /// an agent took and has not joined. The caller keeps their place.
    /// </summary>
    /// <returns>Words when it cannot be.</returns>
    /// <exception cref="NotAllowedException">This person supervises nobody.</exception>
    public async Task<string?> OfferAgainAsync(long callId, int supervisorId, CancellationToken cancellationToken)
    {
        await _rights.EnsureSupervisesAsync(supervisorId, cancellationToken);
        if (await _writer.FindAsync(callId, cancellationToken) is not { Status: CallStatus.Waiting or CallStatus.Claimed })
        {
            return "Only a call that waits can be offered again.";
        }

        await using (var db = await _contexts.CreateDbContextAsync(cancellationToken))
        {
            // Before the change is announced: whoever reads upon it must find no decline any more.
            await db.Declines.Where(d => d.CallId == callId).ExecuteDeleteAsync(cancellationToken);
        }

        var now = _time.GetUtcNow();
        var change = await _writer.ChangeAsync(callId, () => NewEvent($"offered-again:{callId}:{now.UtcTicks}", "offered-again", supervisorId, now), c =>
        {
            if (c.Status != CallStatus.Waiting && !(c.Status == CallStatus.Claimed && c.TryApply(CallTrigger.ClaimLost, now)))
            {
                return false;
            }

            c.ExpiresAt = now + _calls.CurrentValue.OfferTimeout;
            return true;
        }, cancellationToken);
        if (!change.Changed)
        {
            return "Only a call that waits can be offered again.";
        }

        await _audit.WriteAsync("offered-again", supervisorId, callId, null, cancellationToken);
        return null;
    }

    /// <summary>Puts an agent on another status.</summary>
    /// <returns>Words when it cannot be.</returns>
    /// <exception cref="NotAllowedException">This person supervises nobody.</exception>
    public async Task<string?> SetStatusAsync(int agentId, string status, int supervisorId, CancellationToken cancellationToken)
    {
        await _rights.EnsureSupervisesAsync(supervisorId, cancellationToken);
        if (await _roster.FindAsync(agentId, cancellationToken) is not { } agent)
        {
            return "There is no such agent.";
        }

        if (!await _roster.SetStatusAsync(agentId, status, cancellationToken))
        {
            return $"There is no status '{status}'.";
        }

        await _audit.WriteAsync("agent-status-set", supervisorId, null, $"{agent.Name}: {agent.Status} to {status}", cancellationToken);
        return null;
    }

    /// <summary>Closes an agent's wrap-up that was forgotten; they are back on the status they had chosen.</summary>
    /// <returns>Words when it cannot be.</returns>
    /// <exception cref="NotAllowedException">This person supervises nobody.</exception>
    public async Task<string?> FinishWrapUpAsync(int agentId, int supervisorId, CancellationToken cancellationToken)
    {
        await _rights.EnsureSupervisesAsync(supervisorId, cancellationToken);
        if (await _roster.FindAsync(agentId, cancellationToken) is not { Presence: Presence.WrapUp } agent)
        {
            return "This agent is not wrapping up.";
        }

        await _roster.FinishWrapUpAsync(agentId, cancellationToken);
        await _audit.WriteAsync("wrap-up-closed", supervisorId, agent.WrapUpCallId, agent.Name, cancellationToken);
        return null;
    }

    /// <summary>The supervisors in a call whom its agent may see: all, or under the private policy only those whom the agent hears.</summary>
    public async Task<IReadOnlyList<SupervisorOnCall>> GetVisibleToAgentAsync(long callId, CancellationToken cancellationToken)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        var legs = await db.Legs.AsNoTracking().Where(l => l.CallId == callId && l.Role == LegRole.Supervisor && l.JoinedAt != null && l.LeftAt == null)
            .Join(db.Agents, l => l.AgentId, a => a.Id, (leg, agent) => new { Leg = leg, agent.DisplayName }).ToListAsync(cancellationToken);
        return [.. legs.Select(l => new SupervisorOnCall(l.DisplayName, ModeOf(l.Leg))).Where(s => IsVisible(s.Mode, _options.CurrentValue)).OrderBy(s => s.Name)];
    }

    /// <summary>Whoever speaks with the agent is known to them; only listening can be private.</summary>
    internal static bool IsVisible(SupervisorMode mode, SupervisionOptions options) => mode != SupervisorMode.Listen || !options.Private;

    /// <returns>Words when this supervisor cannot take part in this way now.</returns>
    private static string? Refusal(Call? call, int supervisorId, SupervisorMode mode) => call switch
    {
        null => "This call does not exist.",
        { Status: CallStatus.Ended } => "This call is over.",
        not { Status: CallStatus.Connected } => "Nobody is talking in this call yet.",
        _ when call.AgentId == supervisorId => "This is your own call.",
        _ when mode != SupervisorMode.Whisper => null,
        _ when AgentLeg(call) is not { } agent => "There is no agent in the call to whisper to.",
        { } when AgentLeg(call)!.Held => "The agent is on hold and would not hear you. Whisper when they are back.",
        _ => null,
    };

    private static CallLeg? AgentLeg(Call call) => call.Legs.FirstOrDefault(l => l.Role == LegRole.Agent && l.IsIn && l.AgentId == call.AgentId);

    private static CallLeg? OwnLeg(Call call, int supervisorId) => call.Legs.FirstOrDefault(l => l.Role == LegRole.Supervisor && l.AgentId == supervisorId && l.IsIn);

    private static SupervisorMode ModeOf(CallLeg leg) => leg.Coaching ? SupervisorMode.Whisper : leg.Muted ? SupervisorMode.Listen : SupervisorMode.Barge;

    private static string Word(SupervisorMode mode) => mode.ToString().ToLowerInvariant();

    private static CallEvent NewEvent(string key, string kind, int supervisorId, DateTimeOffset now) =>
        new() { Key = key, Kind = kind, Source = EventSource.Supervisor, At = now, ReceivedAt = now, AgentId = supervisorId };
}
