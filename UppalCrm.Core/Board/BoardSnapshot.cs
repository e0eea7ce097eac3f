using System.Collections.Immutable;

namespace UppalCrm.Core.Board;

/// <summary>A leg that is in a call now.</summary>
/// <param name="Name">The agent's or supervisor's; null for a customer or an outside party.</param>
public sealed record BoardLeg(
    CallSid Leg, LegRole Role, int? AgentId, string? Name, bool Muted, bool Held, DateTimeOffset? HeldSince, bool Coaching,
    CallSid? Coached)
{
    /// <summary>The number of an outside party; null for all others.</summary>
    public string? Number { get; init; }

    /// <summary>How a supervisor takes part, by what the carrier said of the leg.</summary>
    public SupervisorMode Mode => Coaching ? SupervisorMode.Whisper : Muted ? SupervisorMode.Listen : SupervisorMode.Barge;
}

/// <summary>An open call as the board shows it.</summary>
/// <param name="Other">The customer's number, or what the carrier said instead.</param>
/// <param name="Line">Our number.</param>
/// <param name="CreatedAt">When the caller came, or the agent dialled: the waiting time counts from here.</param>
/// <param name="ExpiresAt">When a waiting call ends unanswered.</param>
/// <param name="RecordingPausedAt">Since when the recording stands still; null while all that is said is recorded.</param>
public sealed record BoardCall(
    long Id, long Version, CallDirection Direction, CallStatus Status, string Other, string? OtherName, string Line, int? AgentId,
    string? AgentName,
    DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? AnsweredAt, LegState? DialState,
    DateTimeOffset? RecordingPausedAt,
    ImmutableArray<BoardLeg> Legs)
{
    /// <summary>On how many screens a waiting call stands and rings; null while no browser has said so.</summary>
    public OfferReceipt? Receipt { get; init; }

    /// <summary>Its agent has put it aside for another call.</summary>
    public bool IsParked { get; init; }

    public bool IsWaiting => Status == CallStatus.Waiting;

    /// <summary>Since when the customer has been on hold; null when they are not.</summary>
    public DateTimeOffset? HeldSince => Legs.FirstOrDefault(leg => leg.Role == LegRole.Customer && leg.Held)?.HeldSince;

    /// <summary>Between two agents: <see cref="OtherName"/> is the colleague, and nobody may listen.</summary>
    public bool IsInternal => Direction == CallDirection.Internal;

    /// <summary>Whether what is said now will be heard later. A conference is recorded from when two have met in it.</summary>
    public bool IsRecorded => IsInConversation && RecordingPausedAt is null && !IsInternal;

    /// <inheritdoc cref="Call.IsInConversation"/>
    public bool IsInConversation => Status is CallStatus.Connected or CallStatus.TransferredOut;

    public bool IsHeld => Legs.Any(leg => leg.Role == LegRole.Customer && leg.Held);

    public BoardLeg? AgentLeg => Legs.FirstOrDefault(leg => leg.Role == LegRole.Agent);

    public IEnumerable<BoardLeg> Supervisors => Legs.Where(leg => leg.Role == LegRole.Supervisor);

    // Every change of a call counts its version up; names and receipts come from other tables. Comparing a list of legs would cost
    // much and say no more.
    public bool Equals(BoardCall? other) =>
        other is not null
            && (Id, Version, OtherName, AgentName, Receipt) == (other.Id, other.Version, other.OtherName, other.AgentName, other.Receipt);

    public override int GetHashCode() => HashCode.Combine(Id, Version);
}

/// <summary>The floor at one moment; never changes, shared by all who look.</summary>
/// <param name="Number">Counts the snapshots of this process.</param>
/// <param name="ReadAt">When the database was read.</param>
/// <param name="Waiting">Inbound calls nobody has taken, the longest waiting first.</param>
/// <param name="InProgress">All other open calls, the oldest first.</param>
/// <param name="StaleSince">Since when the database could not be read; null while all is well.</param>
public sealed record BoardSnapshot(
    long Number, DateTimeOffset ReadAt, ImmutableArray<BoardCall> Waiting, ImmutableArray<BoardCall> InProgress,
    ImmutableArray<AgentOnFloor> Agents, FloorFigures Figures, DateTimeOffset? StaleSince)
{
    public BoardCall? Find(long callId) =>
        Waiting.FirstOrDefault(call => call.Id == callId) ?? InProgress.FirstOrDefault(call => call.Id == callId);
}
