using System.Globalization;

namespace UppalCrm.Web.Board;

/// <summary>What the board shows, in words and tones.</summary>
internal static class BoardLabels
{
    public static string StateOf(BoardCall call) => call switch
    {
        { IsParked: true } => "Put aside",
        { Status: CallStatus.Claimed, AnsweredAt: not null } => "Waiting for agent",
        { Status: CallStatus.Waiting } => "Waiting",
        { IsHeld: true } => "On hold",
        { Status: CallStatus.Claimed } => "Joining",
        { Status: CallStatus.Preparing } => "Preparing",
        { Status: CallStatus.Dialing, DialState: LegState.Ringing } => "Ringing",
        { Status: CallStatus.Dialing, IsInternal: true } => "Ringing",
        { Status: CallStatus.Dialing } => "Dialling",
        { Status: CallStatus.TransferredOut } => "Transferred out",
        _ => "Talking",
    };

    public static string ToneOf(BoardCall call) => call switch
    {
        { IsHeld: true } => "chip-warn",
        { IsInConversation: true } => "chip-ok",
        _ => "chip-info",
    };

    /// <summary>On how many screens an offer stands and rings, and how long after the carrier's request.</summary>
    public static string OfferOf(OfferReceipt receipt)
    {
        var stands = receipt.Screens switch
        {
            0 => "On no screen",
            1 => $"On 1 screen after {Seconds(receipt.FirstPaintedMs)}",
            _ => $"On {receipt.Screens} screens after {Seconds(receipt.FirstPaintedMs)}",
        };
        var rings = receipt.Audible == 0 ? "rings nowhere" : $"rings on {receipt.Audible} after {Seconds(receipt.FirstAudibleMs)}";
        return receipt.Blocked == 0 ? $"{stands}, {rings}" : $"{stands}, {rings}, {receipt.Blocked} can make no sound";

        static string Seconds(int? milliseconds) => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000.0:0.0} s");
    }

    public static string Doing(SupervisorMode mode) => mode switch
    {
        SupervisorMode.Listen => "listening",
        SupervisorMode.Whisper => "whispering",
        _ => "in the call",
    };

    public static string IconOf(SupervisorMode mode) => mode switch
    {
        SupervisorMode.Listen => "ear",
        SupervisorMode.Whisper => "whisper",
        _ => "barge",
    };

    public static string Effect(SupervisorMode mode) => mode switch
    {
        SupervisorMode.Listen => "You hear both, nobody hears you",
        SupervisorMode.Whisper => "Only the agent hears you",
        _ => "Both hear you",
    };

    /// <summary>For the button: what it does and what that means.</summary>
    public static string Explain(SupervisorMode mode) =>
        mode == SupervisorMode.Barge ? $"Barge in: {Effect(mode)}" : $"{mode}: {Effect(mode)}";

    /// <summary>Somebody should look: not to be reached though not off, on hold, or not recorded.</summary>
    public static bool IsTrouble(AgentOnFloor agent) => agent.Presence == Presence.Unreachable || PhoneTrouble(agent) is not null;

    /// <inheritdoc cref="IsTrouble(AgentOnFloor)"/>
    public static bool IsTrouble(BoardCall call) => call.IsHeld || call is { IsInConversation: true, RecordingPausedAt: not null };

    /// <summary>What the agent's own browser says of its phone; null when there is nothing to add.</summary>
    public static string? PhoneTrouble(AgentOnFloor agent) => agent switch
    {
        { Presence: Presence.Offline } => null,
        { Presence: Presence.Unreachable } => "Browser not connected",
        { PhoneState: null or "" } => "Phone not started",
        { PhoneState: var state } when Is(state, "Ready") || Is(state, "OnCall") => null,
        { PhoneState: var state } when Is(state, "NoMicrophone") => "No microphone",
        { PhoneState: var state } when Is(state, "TokenProblem") => "Phone cannot sign in",
        { PhoneState: var state } when Is(state, "Off") => "Phone not started",
        { PhoneState: var state } when Is(state, "ServerLost") || Is(state, "Reconnecting")
            || Is(state, "Connecting") => "Phone is connecting",
        { PhoneState: var state } when Is(state, "Unsupported") => "Browser cannot make calls",
        _ => null,
    };

    private static bool Is(string state, string word) =>
        state.Replace("-", "", StringComparison.Ordinal).Equals(word, StringComparison.OrdinalIgnoreCase);
}
