using System.Text.Json.Serialization;

namespace UppalCrm.Core.CarrierEvents;

/// <summary>A customer called one of our numbers.</summary>
/// <param name="From">E.164, or what the carrier says instead (<c>anonymous</c>, <c>unknown</c>, …).</param>
/// <param name="Key">The carrier's idempotency token, if it gave one.</param>
public sealed record CallerArrived(CallSid Leg, string From, string To, string? CallerName, string? Key);

/// <summary>What happened in a conference.</summary>
public enum ConferenceEventKind
{
    Started,
    Ended,
    Joined,
    Left,
    Muted,
    Unmuted,
    Held,
    Unheld,

    /// <summary>A participant's settings changed, coaching among them.</summary>
    Modified,
}

/// <summary>Something happened in a conference. May come late, twice, out of order.</summary>
/// <param name="Sequence">The carrier's order key within the conference.</param>
/// <param name="At">When it happened, by the carrier's clock; null when the carrier did not say.</param>
/// <param name="Leg">Whom it is about; for <see cref="ConferenceEventKind.Ended"/> who ended it, where told.</param>
/// <param name="Key">The carrier's idempotency token, if it gave one.</param>
public sealed record ConferenceEvent(
    ConferenceEventKind Happening,
    string ConferenceSid,
    string ConferenceName,
    int Sequence,
    DateTimeOffset? At,
    CallSid? Leg,
    bool? Muted = null,
    bool? Held = null,
    bool? Coaching = null,
    string? Reason = null,
    LegState? LegState = null,
    string? Key = null);

/// <summary>Something happened to one leg, by its status callback.</summary>
public sealed record LegEvent(CallSid Leg, LegState State, int? Sequence, DateTimeOffset? At, int? DurationSeconds, int? SipCode,
    string? Key = null);

/// <summary>A recording is ready (or turned out to hold nothing). The leg may be absent: it is matched by conference then.</summary>
public sealed record RecordingEvent(
    string RecordingSid,
    string? RecordingUrl,
    int? DurationSeconds,
    string? ConferenceSid,
    CallSid? Leg,
    bool IsAbsent,
    bool IsMessage,
    DateTimeOffset? At,
    string? Key = null);

/// <summary>Whether a leg may join a conference, and how.</summary>
[JsonDerivedType(typeof(Allowed), "allowed")]
[JsonDerivedType(typeof(Refused), "refused")]
public abstract record JoinDecision
{
    private JoinDecision()
    {
    }

    /// <param name="Coached">For a supervisor who whispers: the agent's leg.</param>
    /// <param name="KeepsCustomer">For an agent: the conference goes on when this leg leaves.</param>
    public sealed record Allowed(
        CallDirection Direction, string ConferenceName, SupervisorMode? Supervisor = null, CallSid? Coached = null,
        bool KeepsCustomer = false)
            : JoinDecision;

    /// <param name="Why">For the audit and the log, no numbers in it.</param>
    public sealed record Refused(string Why) : JoinDecision;
}
