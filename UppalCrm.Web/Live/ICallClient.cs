namespace UppalCrm.Web.Live;

/// <summary>What the server may say to an agent's browser. wwwroot-interop/src/live.ts answers to these names.</summary>
public interface ICallClient
{
    /// <summary>
    /// The whole truth for this agent: what it does not name is gone. First on every connection, and whenever presence changes.
    /// </summary>
    Task Snapshot(LiveSnapshot snapshot);

    Task CallOffered(CallOffer offer);

    /// <param name="by">Who answered, for <see cref="OfferEnd.Answered"/>.</param>
    Task OfferWithdrawn(long callId, OfferEnd reason, string? by);

    /// <summary>Something about this call changed: go and look.</summary>
    Task CallChanged(long callId, long version);

    /// <summary>The agent's call; null when there is none any more.</summary>
    Task ActiveCallChanged(ActiveCallInfo? call);

    /// <summary>The server lives. A ring that does not hear this for ten seconds falls silent.</summary>
    Task Heartbeat(DateTimeOffset serverTime);

    /// <summary>A newer browser of this agent is the phone now.</summary>
    Task PhoneElsewhere(string browser);

    /// <summary>This node is going: a page that holds no call is loaded again, from another node.</summary>
    /// <param name="withinMs">Each page at a moment of its own within so many milliseconds, so that not all come at once.</param>
    Task NodeLeaving(int withinMs);
}

/// <summary>Where an agent stands.</summary>
/// <param name="Transfer">A call that a colleague hands to this agent.</param>
public sealed record LiveSnapshot(
    DateTimeOffset ServerTime, Me Me, IReadOnlyList<CallOffer> Offers, ActiveCallInfo? ActiveCall, OfferedTransfer? Transfer = null);

public sealed record Me(int AgentId, string Identity, string Presence);

/// <summary>A waiting call, offered to this agent.</summary>
/// <param name="From">E.164, or what the carrier says instead.</param>
/// <param name="Line">Our number that was called.</param>
/// <param name="WasAnswered">Its agent was lost: it comes before those who have talked to nobody yet.</param>
public sealed record CallOffer(
    long CallId, long Version, string From, string? FromName, string Line, DateTimeOffset WaitingSince, DateTimeOffset ExpiresAt,
    bool WasAnswered);

/// <summary>The agent's call.</summary>
/// <param name="IsConnected">In conversation: it can be held.</param>
/// <param name="IsHeld">The customer is on hold, by the carrier's word.</param>
/// <param name="MayReturn">The customer stays when the agent's phone is lost: it joins again by itself.</param>
/// <param name="OutlivesLeg">The call goes on when the agent's leg leaves it: whoever ends it tells the server first.</param>
/// <param name="IsAwaited">The agent's leg is gone, and the customer waits for the agent.</param>
public sealed record ActiveCallInfo(
    long CallId, string Conference, bool IsConnected, bool IsHeld, string OtherParty, string? OtherName, bool MayReturn, bool OutlivesLeg,
    bool IsAwaited);
