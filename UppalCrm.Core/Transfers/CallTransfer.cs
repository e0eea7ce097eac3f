namespace UppalCrm.Core.Transfers;

public enum TransferState
{
    /// <summary>The colleague is asked, or the outside number rings.</summary>
    Ringing,

    /// <summary>The colleague said yes, or the outside number answered: their leg is on its way.</summary>
    Accepted,

    /// <summary>Consulting: the sender and the colleague talk, and the customer hears music.</summary>
    Consulting,

    /// <summary>Consulting: all three talk.</summary>
    Together,

    /// <summary>Consulting: the sender talks with the customer, and the colleague hears music.</summary>
    WithCustomer,

    /// <summary>In the call beside its agent, who may bring in more, until they leave or are taken out.</summary>
    Joined,

    /// <summary>Was in the call beside its agent, and left or was taken out.</summary>
    Left,

    /// <summary>The leg of the colleague or the outside number is in, or the call is everybody's: the sender is out of it.</summary>
    Taken,

    /// <summary>Declined; an outside number was busy or could not be reached (<see cref="CallTransfer.EndReason"/>).</summary>
    Declined,
    TimedOut,

    /// <summary>The sender took it back, the colleague left the consultation, or the call ended.</summary>
    Cancelled,
}

/// <summary>
/// An agent hands a call to a colleague, an outside number or everybody. Belongs to its call and is written with it, so of two at once one
/// wins.
/// </summary>
public sealed class CallTransfer
{
    public long Id { get; internal set; }
    public long CallId { get; internal set; }
    public int FromAgentId { get; internal set; }

    /// <summary>The supervisor who ordered it; null when the sender asked for it.</summary>
    public int? OrderedById { get; internal set; }

    /// <summary>Null when the call was given to everybody, or to an outside number.</summary>
    public int? ToAgentId { get; internal set; }

    /// <summary>The outside number, E.164; null when the call is handed to a colleague or to everybody.</summary>
    public string? ToNumber { get; internal set; }

    /// <summary>The outside number's leg, once the carrier has named it.</summary>
    public CallSid? OutsideLeg { get; internal set; }

    /// <summary>The call whose customer this is, when two calls became one.</summary>
    public long? FromCallId { get; internal set; }

    /// <summary>The sender talks with the other first, and decides then.</summary>
    public bool IsConsult { get; internal set; }

    /// <summary>What the sender says about it, to whoever takes the call; of an outside number it stands in the call's history.</summary>
    public string? Note { get; internal set; }

    public TransferState State { get; internal set; }
    public DateTimeOffset AskedAt { get; internal set; }

    /// <summary>Until when the colleague must be in the conference; afterwards the call is the sender's again.</summary>
    public DateTimeOffset ExpiresAt { get; internal set; }

    public DateTimeOffset? EndedAt { get; internal set; }

    /// <summary>Why the outside number was not reached, in words for the sender.</summary>
    public string? EndReason { get; internal set; }

    /// <summary>Beside the agent, hears music, as the agent wants.</summary>
    public bool OnHold { get; internal set; }

    /// <summary>To an outside number.</summary>
    public bool IsOutside => ToNumber is not null;

    public bool IsToEverybody => ToAgentId is null && !IsOutside;

    public bool IsOpen => State is TransferState.Ringing or TransferState.Accepted || IsTalking;

    /// <summary>The other is in, and the sender has not decided yet.</summary>
    public bool IsTalking => State is TransferState.Consulting or TransferState.Together or TransferState.WithCustomer;

    /// <summary>The other is in the call beside its agent, for as long as both like.</summary>
    public bool IsJoined => State == TransferState.Joined;

    /// <summary>The customer hears music because of this.</summary>
    internal bool HoldsCustomer => State is TransferState.Ringing or TransferState.Accepted or TransferState.Consulting;

    internal void End(TransferState state, DateTimeOffset at, string? reason = null) => (State, EndedAt, EndReason) = (state, at, reason);

    internal CallTransfer Copy() => (CallTransfer)MemberwiseClone();
}
