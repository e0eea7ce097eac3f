using System.Globalization;

namespace UppalCrm.Core.Calls;

/// <summary>Who said it.</summary>
public enum EventSource
{
    Agent,
    Supervisor,
    Carrier,
    Clock,
    Reconciler,
}

/// <summary>Something that happened to a call. Append-only; the key is unique, so that an event that comes twice is kept once.</summary>
public sealed class CallEvent
{
    public long Id { get; set; }

    /// <summary>Null while the call is not known yet: an event may overtake the call itself.</summary>
    public long? CallId { get; set; }

    /// <summary>The carrier's idempotency token, or a natural key such as <c>CF…:7</c> (conference and sequence).</summary>
    public required string Key { get; set; }

    public required CallEventKind Kind { get; set; }

    public EventSource Source { get; set; }

    /// <summary>When it happened, by the carrier's clock where the carrier tells.</summary>
    public DateTimeOffset At { get; set; }

    public DateTimeOffset ReceivedAt { get; set; }
    public int? AgentId { get; set; }
    public string? LegSid { get; set; }
    public string? ConferenceSid { get; set; }
    public string? ConferenceName { get; set; }
    public int? Sequence { get; set; }

    /// <summary>The rest as JSON, numbers masked. For people who ask what happened, and to apply an event that came too early.</summary>
    public string? Detail { get; set; }

    /// <summary>Something that a person, the clock or the reconciler did at this moment.</summary>
    internal static CallEvent Of(CallEventKind kind, EventSource source, long callId, int? agentId, DateTimeOffset at) => new()
    {
        CallId = callId,
        Key = string.Create(CultureInfo.InvariantCulture, $"{kind.ToWord()}:{callId}:{agentId}:{at.UtcTicks}"),
        Kind = kind,
        Source = source,
        At = at,
        ReceivedAt = at,
        AgentId = agentId,
    };
}
