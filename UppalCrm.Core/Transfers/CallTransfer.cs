namespace UppalCrm.Core.Transfers;

public enum TransferState
{
    /// <summary>The colleague is asked.</summary>
    Ringing,

    /// <summary>The colleague said yes, and their leg is on its way.</summary>
    Accepted,

    /// <summary>The colleague's leg is in: the call is theirs.</summary>
    Taken,

    Declined,
    TimedOut,

    /// <summary>The sender took it back, or the call ended.</summary>
    Cancelled,
}

/// <summary>An agent hands a call to a colleague. Belongs to its call and is written with it, so of two at once one wins.</summary>
public sealed class CallTransfer
{
    public long Id { get; internal set; }
    public long CallId { get; internal set; }
    public int FromAgentId { get; internal set; }
    public int ToAgentId { get; internal set; }

    /// <summary>What the sender tells the colleague.</summary>
    public string? Note { get; internal set; }

    public TransferState State { get; internal set; }
    public DateTimeOffset AskedAt { get; internal set; }

    /// <summary>Until when the colleague must be in the conference; afterwards the call is the sender's again.</summary>
    public DateTimeOffset ExpiresAt { get; internal set; }

    public DateTimeOffset? EndedAt { get; internal set; }

    public bool IsOpen => State is TransferState.Ringing or TransferState.Accepted;

    internal void End(TransferState state, DateTimeOffset at) => (State, EndedAt) = (state, at);

    internal CallTransfer Copy() => (CallTransfer)MemberwiseClone();
}
