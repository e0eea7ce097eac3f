using Microsoft.Extensions.Logging;

namespace UppalCrm.Core.Recordings;

/// <summary>
/// Lets a call's recording stand still while something is said that must not be on record, such as a card number, and go on afterwards.
/// For the agent of the call and for those who supervise.
/// </summary>
/// <remarks>The carrier sends no event for a recording that stands still: its reply to the request is saved.</remarks>
public sealed class RecordingPause(CallStore store, FloorRights rights, ITelephony telephony, TimeProvider time,
    ILogger<RecordingPause> logger)
{
    /// <summary>Asks the carrier; the call shows the pause, and the audit has it, only once the carrier has said yes.</summary>
    /// <exception cref="NotAllowedException">The call is another's, and this person supervises nobody.</exception>
    public async Task<Result> SetAsync(long callId, int personId, bool paused, CancellationToken cancellationToken)
    {
        var call = await store.FindAsync(callId, cancellationToken);
        if (call is not { Status: CallStatus.Connected } || call.AgentId != personId)
        {
            await rights.EnsureSupervisesAsync(personId, cancellationToken);
        }

        if (call is not { IsInConversation: true, IsInternal: false, ConferenceSid: { } conference })
        {
            return new Refusal("Only a call in progress is recorded.");
        }

        if (paused == call.RecordingPausedAt is not null)
        {
            return Result.Done;
        }

        try
        {
            await telephony.SetRecordingPausedAsync(conference, paused, cancellationToken);
        }
        catch (TelephonyException ex)
        {
            logger.LogWarning(ex, "The recording of call {CallId} could not be {What}", callId, paused ? "paused" : "resumed");
            return new Refusal(paused ? $"The recording could not be paused: {ex.Message}"
                : $"The recording could not be resumed: {ex.Message}");
        }

        var now = time.GetUtcNow();
        var kind = paused ? CallEventKind.RecordingPaused : CallEventKind.RecordingResumed;
        var source = call.AgentId == personId ? EventSource.Agent : EventSource.Supervisor;
        await store.ChangeAsync(callId, c =>
        {
            if (!c.IsOpen || paused == c.RecordingPausedAt is not null)
            {
                return Decision.Nothing;
            }

            c.RecordingPausedAt = paused ? now : null;
            return Decision.Changed(CallEvent.Of(kind, source, callId, personId, now));
        }, CancellationToken.None); // The carrier has done it: who asked may have gone.
        return Result.Done;
    }
}
