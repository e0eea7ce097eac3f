using System.Globalization;

namespace UppalCrm.Web.Board;

/// <summary>What the board shows, in words and tones.</summary>
internal static class BoardLabels
{
    public static string StateOf(BoardCall call) => call switch
    {
        { IsHeld: true } => "On hold",
        { Status: CallStatus.Claimed } => "Joining",
        { Status: CallStatus.Preparing } => "Preparing",
        { Status: CallStatus.Dialing, DialState: LegState.Ringing } => "Ringing",
        { Status: CallStatus.Dialing } => "Dialling",
        { Status: CallStatus.Waiting } => "Waiting",
        _ => "Talking",
    };

    public static string ToneOf(BoardCall call) => call switch
    {
        { IsHeld: true } => "chip-warn",
        { Status: CallStatus.Connected } => "chip-ok",
        _ => "chip-info",
    };

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
    public static string Explain(SupervisorMode mode) => mode == SupervisorMode.Barge ? $"Barge in: {Effect(mode)}" : $"{mode}: {Effect(mode)}";

    public static string Name(Presence presence) => presence switch
    {
        Presence.OnCall => "On call",
        Presence.WrapUp => "Wrap-up",
        _ => presence.ToString(),
    };

    public static string ToneOf(Presence presence) => presence switch
    {
        Presence.Available => "chip-ok",
        Presence.OnCall => "chip-accent",
        Presence.WrapUp => "chip-info",
        Presence.Away => "chip-warn",
        Presence.Unreachable => "chip-danger",
        _ => "",
    };

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
        { PhoneState: var state } when Is(state, "ServerLost") || Is(state, "Reconnecting") || Is(state, "Connecting") => "Phone is connecting",
        { PhoneState: var state } when Is(state, "Unsupported") => "Browser cannot make calls",
        _ => null,
    };

    /// <summary>For the attributes of <c>elapsed-time</c> and its like.</summary>
    public static string Iso(DateTimeOffset at) => at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    /// <summary>25 s, 1 min 5 s.</summary>
    public static string Lasting(TimeSpan time) =>
        time < TimeSpan.FromMinutes(1) ? $"{Math.Round(time.TotalSeconds):0} s" : $"{(int)time.TotalMinutes} min {time.Seconds} s";

    /// <summary>3:26, 1:02:03.</summary>
    public static string Clock(TimeSpan time) => time.ToString(time.TotalHours >= 1 ? @"h\:mm\:ss" : @"m\:ss", CultureInfo.InvariantCulture);

    private static bool Is(string state, string word) => state.Replace("-", "", StringComparison.Ordinal).Equals(word, StringComparison.OrdinalIgnoreCase);
}
