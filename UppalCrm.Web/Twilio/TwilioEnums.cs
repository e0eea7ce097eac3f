namespace UppalCrm.Web.Twilio;

/// <summary>Twilio's words in ours. A word that we do not know changes nothing and is <see langword="null"/>.</summary>
internal static class TwilioEnums
{
    public static LegState? LegState(string? callStatus) => callStatus switch
    {
        "queued" or "initiated" => Core.Telephony.LegState.Queued,
        "ringing" => Core.Telephony.LegState.Ringing,
        "in-progress" or "answered" => Core.Telephony.LegState.InProgress,
        "completed" => Core.Telephony.LegState.Completed,
        "busy" => Core.Telephony.LegState.Busy,
        "no-answer" => Core.Telephony.LegState.NoAnswer,
        "failed" => Core.Telephony.LegState.Failed,
        "canceled" => Core.Telephony.LegState.Canceled,
        _ => null,
    };

    public static ConferenceEventKind? Happening(string? statusCallbackEvent) => statusCallbackEvent switch
    {
        "conference-start" => ConferenceEventKind.Started,
        "conference-end" => ConferenceEventKind.Ended,
        "participant-join" => ConferenceEventKind.Joined,
        "participant-leave" => ConferenceEventKind.Left,
        "participant-mute" => ConferenceEventKind.Muted,
        "participant-unmute" => ConferenceEventKind.Unmuted,
        "participant-hold" => ConferenceEventKind.Held,
        "participant-unhold" => ConferenceEventKind.Unheld,
        "participant-modify" => ConferenceEventKind.Modified,
        _ => null,
    };

    public static SupervisorMode? Mode(string? word) => word switch
    {
        null or "listen" => SupervisorMode.Listen,
        "whisper" => SupervisorMode.Whisper,
        "barge" => SupervisorMode.Barge,
        _ => null,
    };

    /// <summary>Whether a text is the name of one thing at Twilio: two letters and 32 letters or digits.</summary>
    public static bool IsSid(string? text, string prefix) =>
        text is { Length: 34 } && text.StartsWith(prefix, StringComparison.Ordinal) && text.All(char.IsAsciiLetterOrDigit);
}
