namespace UppalCrm.Simulator.Sim;

/// <summary>What the network knows at one moment: <c>GET /sim/state</c>. Here numbers are whole, because they are all invented.</summary>
public sealed record NetworkState
{
    /// <summary>Says that this is not Twilio.</summary>
    public string Notice => "This is UppalCrm.Simulator, not Twilio. Nothing here reaches a real telephone.";

    /// <summary>By the network's clock.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Live calls, and the last 500 that ended; oldest first.</summary>
    public required IReadOnlyList<CallState> Calls { get; init; }

    /// <summary>Live conferences, and the last 500 that ended; oldest first.</summary>
    public required IReadOnlyList<ConferenceState> Conferences { get; init; }

    /// <summary>Addresses with a script.</summary>
    public required IReadOnlyList<string> ScriptedPhones { get; init; }

    /// <summary><c>absent</c>, <c>open</c> (not started) or <c>ready</c>.</summary>
    public required string PhonePage { get; init; }

    /// <summary>Identities registered by the Voice SDK, once for each device.</summary>
    public required IReadOnlyList<string> Softphones { get; init; }

    /// <summary>Recordings, oldest first.</summary>
    public required IReadOnlyList<RecordingState> Recordings { get; init; }

    /// <summary>Webhooks begun and not yet answered, delayed ones included.</summary>
    public required int WebhooksOutstanding { get; init; }

    /// <summary>What should never happen: orphaned legs, and legs that have heard nothing for more than 5 s.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>The call, or null.</summary>
    public CallState? Call(string sid) => Calls.FirstOrDefault(call => call.Sid == sid);

    /// <summary>The newest conference of that name, or null.</summary>
    public ConferenceState? Conference(string name) => Conferences.LastOrDefault(conference => conference.Name == name);
}

/// <param name="Status">Twilio's CallStatus.</param>
/// <param name="Hears"><c>music</c>, <c>media</c>, <c>say</c>, <c>ringback</c>, <c>people</c> or <c>nothing</c>.</param>
public sealed record CallState(
    string Sid,
    string? ParentSid,
    string From,
    string To,
    string Direction,
    string Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset? AnsweredAt,
    DateTimeOffset? EndedAt,
    string? Reason,
    string? Conference,
    string Hears);

/// <param name="Status"><c>init</c>, <c>in-progress</c> or <c>completed</c>.</param>
/// <param name="StartedAt">When the first two were connected.</param>
public sealed record ConferenceState(
    string Sid,
    string Name,
    string Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    string? EndReason,
    string? RecordingSid,
    IReadOnlyList<ParticipantState> Participants);

/// <param name="CallSid">Its leg.</param>
/// <param name="Hears">CallSids of those it hears.</param>
public sealed record ParticipantState(
    string CallSid,
    string Who,
    string? Label,
    bool Muted,
    bool Hold,
    bool Coaching,
    string? CoachTarget,
    bool StartsConference,
    bool EndsConference,
    IReadOnlyList<string> Hears);

/// <param name="Duration">When it has ended.</param>
/// <param name="Path">The WAV file.</param>
public sealed record RecordingState(
    string Sid,
    string? ConferenceSid,
    string CallSid,
    string Status,
    string Source,
    int Channels,
    DateTimeOffset StartedAt,
    TimeSpan? Duration,
    string Path);
