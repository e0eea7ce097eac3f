namespace UppalCrm.Core.Telephony;

/// <summary>
/// The one door to a carrier. Every method is a request over a network: it may be refused, and its answer may be lost.
/// Methods that end, hold or mute treat "already gone" as done.
/// </summary>
public interface ITelephony
{
    /// <summary>Our number, which customers see when they are called. E.164.</summary>
    string CallerId { get; }

    /// <summary>
    /// Dials a customer, or an outside number, into the conference. Creates are not idempotent: call it once for one intent.
    /// </summary>
    Task<DialAttempt> DialAsync(DialOrder order, CancellationToken cancellationToken);

    /// <summary>
    /// Looks for a leg that an earlier <see cref="DialAsync"/> may have made although its answer was lost.
    /// </summary>
    Task<LegReport?> FindDialledLegAsync(DialOrder order, DateTimeOffset since, CancellationToken cancellationToken);

    /// <summary>What the carrier knows of one leg now; null when it has never heard of it.</summary>
    Task<LegReport?> FindLegAsync(CallSid leg, CancellationToken cancellationToken);

    /// <summary>The live conference of this name with its participants; null when none is live.</summary>
    Task<ConferenceReport?> FindConferenceAsync(string conferenceName, CancellationToken cancellationToken);

    /// <summary>Ends a leg in whatever state it is: cancels one that rings, hangs up one that talks.</summary>
    Task EndLegAsync(CallSid leg, CancellationToken cancellationToken);

    /// <summary>Ends the live conference of this name, and with it every leg in it.</summary>
    Task EndConferenceAsync(string conferenceName, CancellationToken cancellationToken);

    /// <summary>Takes the waiting caller out of the conference, says sorry, and hangs up.</summary>
    Task ApologiseAsync(CallSid customer, CancellationToken cancellationToken);

    /// <summary>Takes the waiting caller out of the conference and records a message after the greeting.</summary>
    Task TakeMessageAsync(CallSid customer, long callId, CancellationToken cancellationToken);

    /// <summary>Puts a participant on hold (with music) or takes them off. The state changes when the carrier's event says so.</summary>
    Task SetHoldAsync(string conferenceSid, CallSid leg, bool hold, CancellationToken cancellationToken);

    /// <summary>Puts a customer whose agent is gone on hold: they are told that we come back to them, then hear music.</summary>
    Task HoldForReturnAsync(string conferenceSid, CallSid leg, CancellationToken cancellationToken);

    /// <summary>
    /// Begins again what a participant hears who is alone in the room: the carrier asks for it once, and while we were down nobody
    /// answered.
    /// </summary>
    /// <param name="ringing">An agent who hears the customer's phone ring; else a caller with music.</param>
    Task RestartWaitAsync(string conferenceSid, CallSid leg, bool ringing, CancellationToken cancellationToken);

    Task SetMutedAsync(string conferenceSid, CallSid leg, bool muted, CancellationToken cancellationToken);

    /// <summary>Sets whom a supervisor's leg is heard by: nobody, one agent's leg (<paramref name="coached"/>), or all.</summary>
    Task SetCoachingAsync(
        string conferenceSid, CallSid supervisor, SupervisorMode mode, CallSid? coached, CancellationToken cancellationToken);

    /// <summary>
    /// Lets the recording of a conference stand still (what is said meanwhile is silence in it), or go on. When this returns the carrier
    /// has said that it is so; of all that is asked here this alone must not be taken for done when there is nothing to do it to.
    /// </summary>
    Task SetRecordingPausedAsync(string conferenceSid, bool paused, CancellationToken cancellationToken);

    /// <summary>
    /// Sets whether the conference ends when this participant leaves. The carrier accepts it for a participant on hold and ignores it:
    /// ask while they are not.
    /// </summary>
    Task SetEndOnExitAsync(string conferenceSid, CallSid leg, bool ends, CancellationToken cancellationToken);

    /// <summary>
    /// Takes a leg out of the conference where it is and lets it into another, whose end its leaving is not. Unlike what ends or holds, a
    /// leg that is gone is not taken for done.
    /// </summary>
    Task MoveAsync(CallSid leg, string conferenceName, CancellationToken cancellationToken);

    /// <summary>Removes one participant; the others stay.</summary>
    Task RemoveParticipantAsync(string conferenceSid, CallSid leg, CancellationToken cancellationToken);

    /// <summary>Deletes a recording for good.</summary>
    Task DeleteRecordingAsync(string recordingSid, CancellationToken cancellationToken);

    /// <summary>Opens the sound of a recording; null when the carrier has none. The caller disposes it.</summary>
    /// <param name="range">The HTTP Range header as the browser sent it, or null for the whole.</param>
    Task<RecordedSound?> OpenRecordingAsync(string recordingSid, string? range, CancellationToken cancellationToken);
}

/// <summary>Who hears a supervisor.</summary>
public enum SupervisorMode
{
    /// <summary>Nobody: the supervisor's leg is muted.</summary>
    Listen,

    /// <summary>One agent only.</summary>
    Whisper,

    /// <summary>Everybody.</summary>
    Barge,
}

/// <summary>Who is to be dialled into a conference: its customer, or an outside number.</summary>
/// <param name="Longest">The carrier itself ends the leg after this.</param>
/// <param name="TransferId">The transfer to an outside number; null for the customer.</param>
public sealed record DialOrder(
    long CallId, string ConferenceName, PhoneNumber To, TimeSpan RingTimeout, TimeSpan Longest, long? TransferId = null);

/// <summary>What became of a request to dial.</summary>
public abstract record DialAttempt
{
    private DialAttempt()
    {
    }

    /// <summary>The carrier took the order and named the leg.</summary>
    public sealed record Accepted(CallSid Leg) : DialAttempt;

    /// <summary>The carrier said no; nothing rings. <paramref name="Words"/> are for the agent.</summary>
    public sealed record Refused(string Words, int? Code) : DialAttempt;

    /// <summary>No answer came: the phone may ring all the same. Ask before dialling again.</summary>
    public sealed record Unknown(string Words) : DialAttempt;
}

/// <summary>State of a leg in the carrier's words, reduced to ours. From <see cref="Completed"/> on it is over.</summary>
public enum LegState
{
    Queued,
    Ringing,
    InProgress,
    Completed,
    Busy,
    NoAnswer,
    Failed,
    Canceled,
}

/// <summary>One leg as the carrier reports it.</summary>
public sealed record LegReport(CallSid Leg, LegState State, string? From, string? To, DateTimeOffset? CreatedAt, int? DurationSeconds)
{
    public bool IsOver => State >= LegState.Completed;
}

/// <summary>One live conference as the carrier reports it.</summary>
public sealed record ConferenceReport(string ConferenceSid, string Name, IReadOnlyList<ParticipantReport> Participants);

/// <summary>One participant of a live conference.</summary>
/// <param name="EndsConference">Whether its leaving ends the conference; null when the carrier did not say.</param>
public sealed record ParticipantReport(
    CallSid Leg, string? Label, bool Muted, bool Held, bool Coaching, CallSid? Coached, bool? EndsConference = null);

/// <summary>The sound of a recording, or the part of it that was asked for.</summary>
public sealed record RecordedSound(Stream Content, string ContentType, long? Length, string? ContentRange) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Content.DisposeAsync();
}

/// <summary>The carrier refused, or could not be reached. The message is in words for the agent.</summary>
public sealed class TelephonyException(string words, int? code = null, Exception? inner = null) : Exception(words, inner)
{
    /// <summary>The carrier's own error code, for the log.</summary>
    public int? Code { get; } = code;
}
