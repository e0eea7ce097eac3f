namespace UppalCrm.Core.Transfers;

public enum TransferState
{
    /// <summary>The colleague is asked.</summary>
    Ringing,

    /// <summary>The colleague said yes, and their leg is on its way.</summary>
    Accepted,

    /// <summary>Consulting: the sender and the colleague talk, and the customer hears music.</summary>
    Consulting,

    /// <summary>Consulting: all three talk.</summary>
    Together,

    /// <summary>Consulting: the sender talks with the customer, and the colleague hears music.</summary>
    WithCustomer,

    /// <summary>The colleague's leg is in, or the call is everybody's: it is the sender's no more.</summary>
    Taken,

    Declined,
    TimedOut,

    /// <summary>The sender took it back, the colleague left the consultation, or the call ended.</summary>
    Cancelled,
}

/// <summary>An agent hands a call to a colleague. Belongs to its call and is written with it, so of two at once one wins.</summary>
public sealed class CallTransfer
{
    public long Id { get; internal set; }
    public long CallId { get; internal set; }
    public int FromAgentId { get; internal set; }

    /// <summary>Null when the call was given to everybody.</summary>
    public int? ToAgentId { get; internal set; }

    /// <summary>The sender talks with the colleague first, and decides then.</summary>
    public bool IsConsult { get; internal set; }

    /// <summary>What the sender tells the colleague.</summary>
    public string? Note { get; internal set; }

    public TransferState State { get; internal set; }
    public DateTimeOffset AskedAt { get; internal set; }

    /// <summary>Until when the colleague must be in the conference; afterwards the call is the sender's again.</summary>
    public DateTimeOffset ExpiresAt { get; internal set; }

    public DateTimeOffset? EndedAt { get; internal set; }

    public bool IsOpen => State is TransferState.Ringing or TransferState.Accepted || IsTalking;

    /// <summary>The colleague is in, and the sender has not decided yet.</summary>
    public bool IsTalking => State is TransferState.Consulting or TransferState.Together or TransferState.WithCustomer;

    /// <summary>The customer hears music because of this.</summary>
    internal bool HoldsCustomer => State is TransferState.Ringing or TransferState.Accepted or TransferState.Consulting;

    internal void End(TransferState state, DateTimeOffset at) => (State, EndedAt) = (state, at);

    internal CallTransfer Copy() => (CallTransfer)MemberwiseClone();
}
