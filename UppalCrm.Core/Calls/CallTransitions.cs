using static UppalCrm.Core.Calls.CallDirection;
using static UppalCrm.Core.Calls.CallStatus;
using static UppalCrm.Core.Calls.CallTrigger;

namespace UppalCrm.Core.Calls;

public enum CallDirection
{
    Inbound,
    Outbound,

    /// <summary>One agent calls another, and no customer is in it: no part of the history, the reports or the day's figures.</summary>
    Internal,
}

/// <summary>Where a call is in its life. Hold and mute are facts of legs; wrap-up is a state of the agent.</summary>
public enum CallStatus
{
    /// <summary>Inbound: the caller hears music and every available agent is offered the call.</summary>
    Waiting,

    /// <summary>Inbound: an agent accepted and has a few seconds for the leg to join.</summary>
    Claimed,

    /// <summary>Outbound or internal: the agent's leg is on its way into the conference.</summary>
    Preparing,

    /// <summary>Outbound: the customer is being dialled. Internal: the colleague is asked.</summary>
    Dialing,

    /// <summary>Agent and customer, or both agents of an internal call, are in the conference.</summary>
    Connected,

    /// <summary>The customer and an outside number, to which the call was transferred, are in the conference without an agent.</summary>
    TransferredOut,

    Ended,
}

/// <summary>How a call went, once it has ended.</summary>
public enum CallOutcome
{
    Answered,

    /// <summary>The caller hung up before anyone answered.</summary>
    Abandoned,

    /// <summary>Nobody answered in time.</summary>
    Missed,

    /// <summary>Nobody answered in time and the caller left a message.</summary>
    Voicemail,

    NoAnswer,
    Busy,

    /// <summary>The agent gave up before the customer answered.</summary>
    Cancelled,

    /// <summary>The call could not be made; the end reason says why.</summary>
    Failed,
}

/// <summary>Who ended a call.</summary>
public enum CallEnder
{
    Customer,
    Agent,
    Supervisor,

    /// <summary>A time-out or the reconciler.</summary>
    System,

    /// <summary>The network: busy, no answer, a failure.</summary>
    Carrier,

    /// <summary>The outside number to which the call was transferred.</summary>
    OutsideParty,
}

/// <summary>What moves a call.</summary>
public enum CallTrigger
{
    ClaimMade,
    ClaimLost,
    AgentJoined,
    CustomerLeft,
    OfferExpired,
    DialStarted,
    CustomerAnswered,
    CustomerNotReached,
    AgentLeft,

    /// <summary>A colleague to whom the call was handed has joined.</summary>
    HandedOver,

    /// <summary>An outside number to which the call was transferred is in, and the agent leaves.</summary>
    OutsideJoined,

    OutsideLeft,

    /// <summary>The agent's leg is gone, the customer stays, and the agent has a while to come back.</summary>
    AgentDropped,

    /// <summary>The agent ended the call and did not take that back.</summary>
    HangUpStood,

    /// <summary>Nobody is left to talk to the customer, who stays.</summary>
    AgentLost,

    /// <summary>Internal: both agents are in.</summary>
    ColleagueJoined,

    /// <summary>Internal: the colleague did not take the call, or the caller gave up.</summary>
    ColleagueNotReached,
    ConferenceEnded,
}

/// <summary>The life of a call. Every legal step is a row here; nothing else decides one.</summary>
public static class CallTransitions
{
    public static CallStatus? Next(CallDirection direction, CallStatus status, CallTrigger trigger) => (direction, status, trigger) switch
    {
        // Two agents, and nobody to be offered, handed on or kept.
        (CallDirection.Internal, Preparing, DialStarted) => Dialing,
        (CallDirection.Internal, Preparing or Dialing, ColleagueJoined) => Connected,
        (CallDirection.Internal, Preparing or Dialing, ColleagueNotReached) => Ended,
        (CallDirection.Internal, not Ended, AgentLeft or ConferenceEnded) => Ended,
        (CallDirection.Internal, _, _) => null,

        // Outbound too: a call whose agent was lost is offered like any other.
        (_, Waiting, ClaimMade) => Claimed,
        (_, Claimed, ClaimLost) => Waiting,
        // From Waiting too: the lease ran out while the winner's leg was on its way, and nobody else has taken the call.
        (_, Claimed or Waiting, AgentJoined) => Connected,
        (_, Waiting, OfferExpired) => Ended,
        (_, Waiting or Claimed, CustomerLeft) => Ended,

        (Outbound, Preparing, DialStarted) => Dialing,
        // The answer can overtake the event that the agent joined.
        (Outbound, Preparing or Dialing, CustomerAnswered) => Connected,
        (Outbound, Preparing or Dialing, CustomerNotReached or CustomerLeft or AgentLeft) => Ended,

        // From Claimed too: the event that the first agent joined may come after the one that the colleague did.
        (_, Connected or Claimed, HandedOver) => Connected,
        (_, Connected, AgentLost) => Waiting,

        // The agent's claim on the call stands for a while; a leg that joins in time connects it again.
        (_, Connected, AgentDropped) => Claimed,
        (_, Claimed, HangUpStood) => Ended,

        // For good: the agent has gone, and who hangs up first ends the call.
        (_, Connected, OutsideJoined) => TransferredOut,
        (_, TransferredOut, CustomerLeft or OutsideLeft) => Ended,

        (_, Connected, CustomerLeft or AgentLeft) => Ended,
        (_, not Ended, ConferenceEnded) => Ended,
        _ => null,
    };
}
