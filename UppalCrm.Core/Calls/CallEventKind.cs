namespace UppalCrm.Core.Calls;

/// <summary>What happened to a call.</summary>
public enum CallEventKind
{
    /// <summary>Written by a version of the program that knew more kinds.</summary>
    Unknown,

    Arrived,
    Dialled,
    Claimed,
    Released,
    HungUp,
    LeaseLost,
    OfferExpired,

    /// <summary>On how many screens an offer stood and rang: an <see cref="OfferReceipt"/>.</summary>
    OfferShown,

    /// <summary>Outbound: the agent's leg did not join in time.</summary>
    NeverJoined,

    /// <summary>The agent whose leg was gone did not come back in time.</summary>
    AgentNotBack,

    HangUpUndone,

    /// <summary>The time in which the agent could have taken the end of the call back is over.</summary>
    HangUpStood,

    OfferedAgain,

    /// <summary>The agent was put out with the call in hand.</summary>
    TakenAway,
    EndedBySupervisor,

    /// <summary>A leg asked to join the conference and was answered.</summary>
    JoinDecided,

    ConferenceStarted,
    ConferenceEnded,
    ConferenceJoined,
    ConferenceLeft,
    ConferenceMuted,
    ConferenceUnmuted,
    ConferenceHeld,
    ConferenceUnheld,
    ConferenceModified,

    LegQueued,
    LegRinging,
    LegInProgress,
    LegCompleted,
    LegBusy,
    LegNoAnswer,
    LegFailed,
    LegCanceled,

    RecordingCompleted,
    RecordingAbsent,
    RecordingPaused,
    RecordingResumed,

    TransferAsked,
    TransferAccepted,
    TransferDeclined,
    TransferTimedOut,
    TransferCancelled,
    TransferredToEverybody,

    /// <summary>A supervisor takes an agent's call over.</summary>
    TakenOver,

    /// <summary>A supervisor gives an agent's call to another agent, who is asked.</summary>
    HandedToAnother,

    /// <summary>The sender and the colleague talk among themselves.</summary>
    ConsultPrivate,

    ConsultTogether,

    /// <summary>The sender talks with the customer while the colleague waits.</summary>
    ConsultCustomer,

    HandedOver,

    /// <summary>One who was in the call beside its agent was taken out, or left by their button.</summary>
    PartyLeft,

    /// <summary>The agent put the call aside for another one.</summary>
    Parked,

    /// <summary>The call is in its agent's hand again.</summary>
    Unparked,

    /// <summary>The customer was brought into another call.</summary>
    BroughtOver,

    /// <summary>The customer of another call was brought into this one.</summary>
    CustomerTakenIn,

    FollowUpTaken,
    FollowUpGivenBack,
    FollowedUp,
    FollowUpReopened,
}

/// <summary>The stored words of <see cref="CallEventKind"/>, and which kind a carrier's event is.</summary>
public static class CallEventKinds
{
    private static readonly StoredWords<CallEventKind> Words = new(
        (CallEventKind.Unknown, "unknown"),
        (CallEventKind.Arrived, "arrived"),
        (CallEventKind.Dialled, "dialled"),
        (CallEventKind.Claimed, "claimed"),
        (CallEventKind.Released, "released"),
        (CallEventKind.HungUp, "hung-up"),
        (CallEventKind.LeaseLost, "lease-lost"),
        (CallEventKind.OfferExpired, "offer-expired"),
        (CallEventKind.OfferShown, "offer-shown"),
        (CallEventKind.NeverJoined, "never-joined"),
        (CallEventKind.AgentNotBack, "agent-not-back"),
        (CallEventKind.HangUpUndone, "hang-up-undone"),
        (CallEventKind.HangUpStood, "hang-up-stood"),
        (CallEventKind.OfferedAgain, "offered-again"),
        (CallEventKind.TakenAway, "taken-away"),
        (CallEventKind.EndedBySupervisor, "ended-by-supervisor"),
        (CallEventKind.JoinDecided, "joining"),
        (CallEventKind.ConferenceStarted, "conference-started"),
        (CallEventKind.ConferenceEnded, "conference-ended"),
        (CallEventKind.ConferenceJoined, "conference-joined"),
        (CallEventKind.ConferenceLeft, "conference-left"),
        (CallEventKind.ConferenceMuted, "conference-muted"),
        (CallEventKind.ConferenceUnmuted, "conference-unmuted"),
        (CallEventKind.ConferenceHeld, "conference-held"),
        (CallEventKind.ConferenceUnheld, "conference-unheld"),
        (CallEventKind.ConferenceModified, "conference-modified"),
        (CallEventKind.LegQueued, "leg-queued"),
        (CallEventKind.LegRinging, "leg-ringing"),
        (CallEventKind.LegInProgress, "leg-inprogress"),
        (CallEventKind.LegCompleted, "leg-completed"),
        (CallEventKind.LegBusy, "leg-busy"),
        (CallEventKind.LegNoAnswer, "leg-noanswer"),
        (CallEventKind.LegFailed, "leg-failed"),
        (CallEventKind.LegCanceled, "leg-canceled"),
        (CallEventKind.RecordingCompleted, "recording-completed"),
        (CallEventKind.RecordingAbsent, "recording-absent"),
        (CallEventKind.RecordingPaused, "recording-paused"),
        (CallEventKind.RecordingResumed, "recording-resumed"),
        (CallEventKind.TransferAsked, "transfer-asked"),
        (CallEventKind.TransferAccepted, "transfer-accepted"),
        (CallEventKind.TransferDeclined, "transfer-declined"),
        (CallEventKind.TransferTimedOut, "transfer-timed-out"),
        (CallEventKind.TransferCancelled, "transfer-cancelled"),
        (CallEventKind.TransferredToEverybody, "transferred-to-everybody"),
        (CallEventKind.TakenOver, "taken-over"),
        (CallEventKind.HandedToAnother, "handed-to-another"),
        (CallEventKind.ConsultPrivate, "consult-private"),
        (CallEventKind.ConsultTogether, "consult-together"),
        (CallEventKind.ConsultCustomer, "consult-customer"),
        (CallEventKind.HandedOver, "handed-over"),
        (CallEventKind.PartyLeft, "party-left"),
        (CallEventKind.Parked, "parked"),
        (CallEventKind.Unparked, "unparked"),
        (CallEventKind.BroughtOver, "brought-over"),
        (CallEventKind.CustomerTakenIn, "customer-taken-in"),
        (CallEventKind.FollowUpTaken, "follow-up-taken"),
        (CallEventKind.FollowUpGivenBack, "follow-up-given-back"),
        (CallEventKind.FollowedUp, "followed-up"),
        (CallEventKind.FollowUpReopened, "follow-up-reopened"));

    public static string ToWord(this CallEventKind kind) => Words.WordOf(kind);

    public static CallEventKind Parse(string word) => Words.Parse(word);

    internal static CallEventKind ToKind(this ConferenceEventKind happening) => happening switch
    {
        ConferenceEventKind.Started => CallEventKind.ConferenceStarted,
        ConferenceEventKind.Ended => CallEventKind.ConferenceEnded,
        ConferenceEventKind.Joined => CallEventKind.ConferenceJoined,
        ConferenceEventKind.Left => CallEventKind.ConferenceLeft,
        ConferenceEventKind.Muted => CallEventKind.ConferenceMuted,
        ConferenceEventKind.Unmuted => CallEventKind.ConferenceUnmuted,
        ConferenceEventKind.Held => CallEventKind.ConferenceHeld,
        ConferenceEventKind.Unheld => CallEventKind.ConferenceUnheld,
        _ => CallEventKind.ConferenceModified,
    };

    internal static CallEventKind ToKind(this LegState state) => state switch
    {
        LegState.Queued => CallEventKind.LegQueued,
        LegState.Ringing => CallEventKind.LegRinging,
        LegState.InProgress => CallEventKind.LegInProgress,
        LegState.Busy => CallEventKind.LegBusy,
        LegState.NoAnswer => CallEventKind.LegNoAnswer,
        LegState.Failed => CallEventKind.LegFailed,
        LegState.Canceled => CallEventKind.LegCanceled,
        _ => CallEventKind.LegCompleted,
    };
}
