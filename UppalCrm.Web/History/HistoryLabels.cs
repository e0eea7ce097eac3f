using System.Globalization;
using UppalCrm.Web.Desk;

namespace UppalCrm.Web.History;

/// <summary>The past in words.</summary>
public static class HistoryLabels
{
    /// <summary>How the call stands or went.</summary>
    public static string StateOf(HistoryRow row) => row switch
    {
        { Outcome: { } outcome } => CallLabels.OutcomeOf(outcome),
        { Status: CallStatus.Waiting } => "Waiting",
        { Status: CallStatus.Claimed } => "Being answered",
        { Status: CallStatus.Preparing or CallStatus.Dialing } => "Dialling",
        { Status: CallStatus.Connected } => "In call",
        { Status: CallStatus.TransferredOut } => "Transferred out",
        _ => "Ended",
    };

    /// <summary>The colour that goes with it; the word is always there too.</summary>
    public static string ChipOf(HistoryRow row) => row switch
    {
        { Status: CallStatus.Connected or CallStatus.TransferredOut } => "chip chip-ok",
        { IsOpen: true } => "chip chip-info",
        { Outcome: CallOutcome.Answered } => "chip",
        { Outcome: CallOutcome.Abandoned or CallOutcome.Missed or CallOutcome.Failed } => "chip chip-danger",
        { Outcome: CallOutcome.Voicemail } => "chip chip-warn",
        _ => "chip chip-warn",
    };

    /// <summary>Who hung up; null when that is not known or nobody did.</summary>
    public static string? EnderOf(CallEnder? ender, string? agentName) => ender switch
    {
        CallEnder.Customer => "Customer",
        CallEnder.Agent => agentName ?? "Agent",
        CallEnder.Supervisor => "Supervisor",
        CallEnder.System => "Timed out",
        CallEnder.Carrier => "Network",
        CallEnder.OutsideParty => "Outside number",
        _ => null,
    };

    public static string IconOf(LegRole role) => role switch
    {
        LegRole.Customer => "user",
        LegRole.OutsideParty => "phone-out",
        _ => "headset",
    };

    public static string LegOf(LegRole role, string? agentName) => role switch
    {
        LegRole.Customer => "Customer",
        LegRole.Agent => agentName ?? "Agent",
        LegRole.Supervisor => $"{agentName ?? "Supervisor"} (supervisor)",
        _ => "Outside number",
    };

    /// <summary>One thing that happened, as a sentence without its full stop; null for what only machines care about.</summary>
    public static string? EventOf(HistoryEvent e, CallDirection direction)
    {
        var who = e.Leg is { } leg ? LegOf(leg, e.Who) : e.Who ?? "An agent";
        return e.Kind switch
        {
            CallEventKind.Arrived => "The call came in",
            CallEventKind.Dialled => $"{who} dialled",
            CallEventKind.Claimed => $"{who} accepted the call",
            CallEventKind.Released => $"{who} could not join and gave the call back",
            CallEventKind.HungUp => $"{who} hung up",
            CallEventKind.TakenAway => $"{who} was signed out: the call was taken away",
            CallEventKind.AgentNotBack => $"{who} did not come back in time, and the call was offered to everybody",
            CallEventKind.HangUpUndone => $"{who} took the end of the call back",
            CallEventKind.HangUpStood => null,
            CallEventKind.OfferedAgain when e.Who is null => "Everybody free had declined: the call was offered to them again",
            CallEventKind.OfferedAgain => $"{who} offered the call to everybody again",
            CallEventKind.EndedBySupervisor => $"{who} ended the call",
            CallEventKind.ConferenceStarted => "The line was opened",
            CallEventKind.ConferenceEnded => "The call ended",
            CallEventKind.ConferenceJoined => $"{who} joined",
            CallEventKind.ConferenceLeft => $"{who} left",
            CallEventKind.ConferenceMuted => $"{who} muted",
            CallEventKind.ConferenceUnmuted => $"{who} unmuted",
            CallEventKind.ConferenceHeld => $"{who} was put on hold",
            CallEventKind.ConferenceUnheld => $"{who} was taken off hold",
            CallEventKind.ConferenceModified => null,
            CallEventKind.LegQueued when e.Leg == LegRole.OutsideParty => null,
            CallEventKind.LegRinging when e.Leg == LegRole.OutsideParty => "The outside number rang",
            CallEventKind.LegInProgress when e.Leg == LegRole.OutsideParty => "The outside number answered",
            CallEventKind.LegCanceled when e.Leg == LegRole.OutsideParty => null,
            CallEventKind.LegQueued => direction == CallDirection.Outbound ? "The number was dialled" : null,
            CallEventKind.LegRinging => "The customer's phone rang",
            CallEventKind.LegInProgress => direction == CallDirection.Outbound ? "The customer answered" : null,
            CallEventKind.LegBusy => "The number was busy",
            CallEventKind.LegNoAnswer => "Nobody answered",
            CallEventKind.LegFailed => "The number could not be reached",
            CallEventKind.LegCanceled => "The dialling was cancelled",
            CallEventKind.LegCompleted => null,
            CallEventKind.RecordingPaused => $"{who} paused the recording",
            CallEventKind.RecordingResumed => $"{who} let the recording go on",
            CallEventKind.RecordingCompleted => "The recording is ready",
            CallEventKind.RecordingAbsent => "There was nothing to record",
            CallEventKind.TransferAsked when TransferParties.Read(e.Detail) is { Outside: not null, IsConsult: var consult } =>
                $"{who} called an outside number to {(consult ? "talk about the call" : "transfer the call")}"
                + (e.Note is { } note ? $": “{note}”" : ""),
            CallEventKind.TransferAsked => $"{who} asked a colleague to take the call",
            CallEventKind.TakenOver => $"{who} took the call over as supervisor",
            CallEventKind.HandedToAnother => $"{who} had a colleague asked to take the call, as supervisor",
            CallEventKind.TransferAccepted => $"{who} accepted the transfer",
            CallEventKind.TransferDeclined => $"{who} did not take the call over",
            CallEventKind.TransferTimedOut => "Nobody took the call over in time",
            CallEventKind.TransferCancelled => $"{who} took the transfer back",
            CallEventKind.TransferredToEverybody => $"{who} gave the call to everybody",
            CallEventKind.ConsultPrivate when TransferParties.Read(e.Detail) is { Outside: not null } =>
                $"{who} talked with the outside number",
            CallEventKind.ConsultPrivate => $"{who} talked with the colleague",
            CallEventKind.ConsultTogether => $"{who} brought all together",
            CallEventKind.ConsultCustomer => $"{who} talked with the customer",
            CallEventKind.HandedOver => $"{who} handed the call over",
            CallEventKind.PartyLeft when TransferParties.Read(e.Detail) is { Outside: not null } =>
                $"{who} took the outside number out of the call",
            CallEventKind.PartyLeft => $"{who} ended a colleague's part in the call",
            CallEventKind.Parked => $"{who} put the call aside for another one",
            CallEventKind.Unparked => $"{who} took the call up again",
            CallEventKind.BroughtOver => $"{who} brought the customer into another call",
            CallEventKind.CustomerTakenIn => $"{who} brought the customer of another call in",
            CallEventKind.FollowUpTaken => $"{who} took on calling back",
            CallEventKind.FollowUpGivenBack => $"{who} gave the caller back to the team",
            CallEventKind.FollowedUp => $"{who} marked it as done",
            CallEventKind.FollowUpReopened => $"{who} put it back on the list",
            CallEventKind.LeaseLost => $"{who} did not join in time, and the call was offered again",
            CallEventKind.OfferShown => Shown(e.Detail),
            CallEventKind.OfferExpired => "Nobody answered in time",
            CallEventKind.NeverJoined => $"{who} did not join in time",
            CallEventKind.JoinDecided => null,
            _ => null,
        };
    }

    /// <summary>On how many screens an offer stood and rang. Nothing for what cannot be read.</summary>
    private static string? Shown(string? detail)
    {
        if (OfferReceipt.Read(detail) is not { } receipt)
        {
            return null;
        }

        var stood = receipt.Screens switch
        {
            0 => "The offer stood on no screen",
            1 => $"The offer stood on 1 screen after {InSeconds(receipt.FirstPaintedMs)}",
            _ => $"The offer stood on {receipt.Screens} screens, from {InSeconds(receipt.FirstPaintedMs)} to "
                + $"{InSeconds(receipt.LastPaintedMs)}",
        };
        var rang = receipt.Audible == 0
            ? "and rang on none"
            : $"and rang on {receipt.Audible}, first after {InSeconds(receipt.FirstAudibleMs)}";
        var blocked = receipt.Blocked == 0 ? "" : $"; {receipt.Blocked} could make no sound";
        return $"{stood}, {rang}{blocked}";

        static string InSeconds(int? milliseconds) => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000.0:0.0} s");
    }
}
