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
        _ => "Ended",
    };

    /// <summary>The colour that goes with it; the word is always there too.</summary>
    public static string ChipOf(HistoryRow row) => row switch
    {
        { IsOpen: true, Status: CallStatus.Connected } => "chip chip-ok",
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
        _ => null,
    };

    public static string LegOf(LegRole role, string? agentName) => role switch
    {
        LegRole.Customer => "Customer",
        LegRole.Agent => agentName ?? "Agent",
        LegRole.Supervisor => $"{agentName ?? "Supervisor"} (supervisor)",
        _ => "Outside party",
    };

    /// <summary>One thing that happened, as a sentence without its full stop; null for what only machines care about.</summary>
    public static string? EventOf(HistoryEvent e, CallDirection direction)
    {
        var who = e.Leg is { } leg ? LegOf(leg, e.Who) : e.Who ?? "An agent";
        return e.Kind switch
        {
            "arrived" => "The call came in",
            "dialled" => $"{who} dialled",
            "claimed" => $"{who} accepted the call",
            "released" => $"{who} could not join and gave the call back",
            "hung-up" => $"{who} hung up",
            "offered-again" => $"{who} offered the call to everybody again",
            "ended-by-supervisor" => $"{who} ended the call",
            "conference-started" => "The line was opened",
            "conference-ended" => "The call ended",
            "conference-joined" => $"{who} joined",
            "conference-left" => $"{who} left",
            "conference-muted" => $"{who} muted",
            "conference-unmuted" => $"{who} unmuted",
            "conference-held" => $"{who} was put on hold",
            "conference-unheld" => $"{who} was taken off hold",
            "conference-modified" => null,
            "leg-queued" or "leg-initiated" => direction == CallDirection.Outbound ? "The number was dialled" : null,
            "leg-ringing" => "The customer's phone rang",
            "leg-inprogress" => direction == CallDirection.Outbound ? "The customer answered" : null,
            "leg-busy" => "The number was busy",
            "leg-noanswer" => "Nobody answered",
            "leg-failed" => "The number could not be reached",
            "leg-canceled" => "The dialling was cancelled",
            "leg-completed" => null,
            "recording-paused" => $"{who} paused the recording",
            "recording-resumed" => $"{who} let the recording go on",
            "recording-completed" => "The recording is ready",
            "recording-absent" => "There was nothing to record",
            "follow-up-taken" => $"{who} took on calling back",
            "follow-up-given-back" => $"{who} gave the caller back to the team",
            "followed-up" => $"{who} marked it as done",
            "follow-up-reopened" => $"{who} put it back on the list",
            _ => Plain(e.Kind),
        };
    }

    private static string Plain(string kind) => kind.Length == 0 ? "Something happened" : char.ToUpperInvariant(kind[0]) + kind[1..].Replace('-', ' ');
}
