using Microsoft.Extensions.Logging;

namespace UppalCrm.Core.Recordings;

/// <summary>
/// Lets a call's recording stand still while something is said that must not be on record, such as a card number, and go on afterwards.
/// For the agent of the call and for those who supervise.
/// </summary>
/// <remarks>The carrier sends no news of a conference's recording standing still: its reply to the order is its word, and is saved.</remarks>
public sealed class RecordingPause
{
    private readonly CallStore _writer;
    private readonly FloorRights _rights;
    private readonly ITelephony _telephony;
    private readonly AuditLog _audit;
    private readonly TimeProvider _time;
    private readonly ILogger<RecordingPause> _logger;

    public RecordingPause(CallStore writer, FloorRights rights, ITelephony telephony, AuditLog audit, TimeProvider time, ILogger<RecordingPause> logger)
    {
        (_writer, _rights, _telephony, _audit, _time, _logger) = (writer, rights, telephony, audit, time, logger);
    }

    /// <summary>Asks the carrier; the call shows the pause, and the audit has it, only once the carrier has said yes.</summary>
    /// <returns>Words when it cannot be.</returns>
    /// <exception cref="NotAllowedException">The call is another's, and this person supervises nobody.</exception>
    public async Task<string?> SetAsync(long callId, int personId, bool paused, CancellationToken cancellationToken)
    {
        var call = await _writer.FindAsync(callId, cancellationToken);
        if (call?.AgentId != personId)
        {
            await _rights.EnsureSupervisesAsync(personId, cancellationToken);
        }

        if (call is not { Status: CallStatus.Connected, ConferenceSid: { } conference })
        {
            return "Only a call in progress is recorded.";
        }

        if (paused == call.RecordingPausedAt is not null)
        {
            return null;
        }

        try
        {
            await _telephony.SetRecordingPausedAsync(conference, paused, cancellationToken);
        }
        catch (TelephonyException ex)
        {
            _logger.LogWarning(ex, "The recording of call {CallId} could not be {What}", callId, paused ? "paused" : "resumed");
            return paused ? $"The recording could not be paused: {ex.Message}" : $"The recording could not be resumed: {ex.Message}";
        }

        var now = _time.GetUtcNow();
        var what = paused ? "recording-paused" : "recording-resumed";
        var change = await _writer.ChangeAsync(callId, () => NewEvent(what, call, personId, now), c =>
        {
            if (!c.IsOpen || paused == c.RecordingPausedAt is not null)
            {
                return false;
            }

            c.RecordingPausedAt = paused ? now : null;
            return true;
        }, CancellationToken.None); // The carrier has done it: whoever asked may have gone.
        if (change.Changed)
        {
            await _audit.WriteAsync(what, personId, callId, null, CancellationToken.None);
        }

        return null;
    }

    private static CallEvent NewEvent(string what, Call call, int personId, DateTimeOffset now) => new()
    {
        Key = $"{what}:{call.Id}:{now.UtcTicks}",
        Kind = what,
        Source = call.AgentId == personId ? EventSource.Agent : EventSource.Supervisor,
        At = now,
        ReceivedAt = now,
        AgentId = personId,
    };
}
