using System.Buffers;

namespace UppalCrm.Simulator.TwiML;

/// <summary>
/// Which elements and attributes TwiML has, and which values they take (Twilio, "TwiML for Programmable Voice"). What is not here is
/// reported as 12200, a warning, and passed over; a value outside its range is reported with the attribute's own number.
/// </summary>
internal static class TwimlSchema
{
    private static readonly string[] Verbs =
        ["Dial", "Say", "Play", "Pause", "Gather", "Record", "Redirect", "Reject", "Hangup", "Start", "Stop"];

    private static readonly Dictionary<string, string[]> Children = new(StringComparer.Ordinal)
    {
        ["Response"] = Verbs,
        ["Dial"] = ["Number", "Client", "Conference"],
        ["Gather"] = ["Say", "Play", "Pause"],
        ["Client"] = ["Identity", "Parameter"],
        ["Start"] = ["Recording"],
        ["Stop"] = ["Recording"],
    };

    private static readonly Dictionary<string, Dictionary<string, Values>> Attributes = new(StringComparer.Ordinal)
    {
        ["Dial"] = Of(
            ("action", Values.Any), ("method", Values.Method), ("answerOnBridge", Values.Bool), ("callerId", Values.Any),
            ("callReason", Values.Any), ("hangupOnStar", Values.Bool),
            ("record", Values.OneOf(
                "do-not-record", "record-from-answer", "record-from-ringing", "record-from-answer-dual", "record-from-ringing-dual",
                "true", "false")),
            ("recordingStatusCallback", Values.Any), ("recordingStatusCallbackMethod", Values.Method),
            ("recordingStatusCallbackEvent", Values.Words("in-progress", "completed", "absent")),
            ("recordingTrack", Values.OneOf("inbound", "outbound", "both")), ("trim", Values.Trim), ("referUrl", Values.Any),
            ("referMethod", Values.Method), ("ringTone", Values.Any), ("sequential", Values.Bool),
            ("timeLimit", Values.Number(1, 86400)), ("timeout", Values.Number(1, 600)), ("recordingConfigurationId", Values.Any),
            ("events", Values.Any), ("passports", Values.Any)),
        ["Conference"] = Of(
            ("muted", Values.Bool.As(13230)), ("beep", Values.OneOf("true", "false", "onEnter", "onExit")),
            ("startConferenceOnEnter", Values.Bool.As(13232)), ("endConferenceOnExit", Values.Bool.As(13231)),
            ("participantLabel", Values.Any), ("jitterBufferSize", Values.OneOf("small", "medium", "large", "off")),
            ("waitUrl", Values.Any), ("waitMethod", Values.Method.As(13234)),
            ("maxParticipants", Values.Number(1, 250).As(13236)),
            ("record", Values.OneOf("do-not-record", "record-from-start", "true", "false")),
            ("region", Values.OneOf("us1", "us2", "ie1", "de1", "sg1", "br1", "au1", "jp1")), ("trim", Values.Trim.As(13239)),
            ("coach", Values.Any), ("statusCallback", Values.Any), ("statusCallbackMethod", Values.Method),
            ("statusCallbackEvent", Values.Words("start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement")),
            ("recordingStatusCallback", Values.Any), ("recordingStatusCallbackMethod", Values.Method),
            ("recordingStatusCallbackEvent", Values.Words("in-progress", "completed", "absent")),
            ("eventCallbackUrl", Values.Any), ("recordingConfigurationId", Values.Any)),
        ["Number"] = Of(
            ("sendDigits", Values.Any), ("url", Values.Any), ("method", Values.Method), ("statusCallback", Values.Any),
            ("statusCallbackMethod", Values.Method),
            ("statusCallbackEvent", Values.Words("initiated", "ringing", "answered", "completed")), ("byoc", Values.Any),
            ("machineDetection", Values.Any), ("amdStatusCallback", Values.Any)),
        ["Client"] = Of(
            ("url", Values.Any), ("method", Values.Method), ("statusCallback", Values.Any),
            ("statusCallbackMethod", Values.Method),
            ("statusCallbackEvent", Values.Words("initiated", "ringing", "answered", "completed"))),
        ["Identity"] = Of(),
        ["Parameter"] = Of(("name", Values.Any), ("value", Values.Any)),
        ["Say"] = Of(("voice", Values.Any), ("language", Values.Any), ("loop", Values.Number(0, 1000).As(13510))),
        ["Play"] = Of(("loop", Values.Number(0, 1000).As(13410)), ("digits", Values.Digits.As(13420))),
        ["Pause"] = Of(("length", Values.Number(0, 3600).As(13910))),
        ["Hangup"] = Of(),
        ["Reject"] = Of(("reason", Values.OneOf("rejected", "busy").As(13810))),
        ["Redirect"] = Of(("method", Values.Method.As(13710))),
        ["Gather"] = Of(
            ("action", Values.Any), ("method", Values.Method), ("input", Values.Words("dtmf", "speech")), ("timeout", Values.Any),
            ("numDigits", Values.Number(1, 1000)), ("finishOnKey", Values.Key.As(13310)), ("actionOnEmptyResult", Values.Bool),
            ("language", Values.Any), ("hints", Values.Any), ("speechTimeout", Values.Any), ("speechModel", Values.Any),
            ("profanityFilter", Values.Bool), ("enhanced", Values.Bool), ("partialResultCallback", Values.Any),
            ("partialResultCallbackMethod", Values.Method), ("bargeIn", Values.Bool), ("debug", Values.Bool)),
        ["Record"] = Of(
            ("action", Values.Any), ("method", Values.Method.As(13611)), ("timeout", Values.Number(0, 3600).As(13612)),
            ("finishOnKey", Values.Any), ("maxLength", Values.Number(1, 14400).As(13614)), ("playBeep", Values.Bool),
            ("trim", Values.Trim), ("recordingStatusCallback", Values.Any), ("recordingStatusCallbackMethod", Values.Method),
            ("recordingStatusCallbackEvent", Values.Words("in-progress", "completed", "absent")), ("transcribe", Values.Bool),
            ("transcribeCallback", Values.Any)),
        ["Start"] = Of(("action", Values.Any), ("method", Values.Method)),
        ["Stop"] = Of(),
        ["Recording"] = Of(
            ("name", Values.Any), ("recordingStatusCallback", Values.Any), ("recordingStatusCallbackMethod", Values.Method),
            ("recordingStatusCallbackEvent", Values.Words("in-progress", "completed", "absent")), ("trim", Values.Trim),
            ("track", Values.OneOf("inbound", "outbound", "both")), ("channels", Values.OneOf("mono", "dual"))),
    };

    public static bool Allows(string parent, string child) =>
        Children.TryGetValue(parent, out var children) && Array.IndexOf(children, child) >= 0;

    /// <returns>Null when the attribute is known and its value allowed.</returns>
    public static TwimlIssue? ProblemOf(string element, string attribute, string value)
    {
        if (!Attributes.TryGetValue(element, out var known) || !known.TryGetValue(attribute, out var values))
        {
            return new TwimlIssue(12200, $"<{element}> has no attribute '{attribute}'; it was passed over");
        }

        return values.Problem(value) is { } problem
            ? new TwimlIssue(values.Code, $"<{element} {attribute}=\"{value}\">: {problem}")
            : null;
    }

    private static Dictionary<string, Values> Of(params (string Name, Values Values)[] attributes) =>
        attributes.ToDictionary(attribute => attribute.Name, attribute => attribute.Values, StringComparer.Ordinal);

    /// <param name="Problem">What is wrong with a value, or null.</param>
    /// <param name="Code">Twilio's number for that.</param>
    private sealed record Values(Func<string, string?> Problem, int Code = 12201)
    {
        private static readonly SearchValues<char> Keys = SearchValues.Create("0123456789*#");
        private static readonly SearchValues<char> Tones = SearchValues.Create("0123456789ABCDabcdwW#*");

        public static readonly Values Any = new(_ => null);
        public static readonly Values Bool = OneOf("true", "false");
        public static readonly Values Method = OneOf("GET", "POST");
        public static readonly Values Trim = OneOf("trim-silence", "do-not-trim");
        public static readonly Values Key = new(value =>
            value.Length == 0 || value.AsSpan().IndexOfAnyExcept(Keys) < 0 ? null : "not a key");
        public static readonly Values Digits = new(value => value.AsSpan().IndexOfAnyExcept(Tones) < 0 ? null : "not digits");

        public static Values OneOf(params string[] words) =>
            new(value => words.Contains(value, StringComparer.OrdinalIgnoreCase) ? null : $"not one of {string.Join(", ", words)}");

        public static Values Words(params string[] words) => new(value =>
            value.Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(word => Array.IndexOf(words, word) < 0) is { } odd
                ? $"'{odd}' is not one of {string.Join(", ", words)}"
                : null);

        public static Values Number(int least, int most) =>
            new(value => int.TryParse(value, out var number) && number >= least && number <= most ? null : $"not from {least} to {most}");

        public Values As(int code) => this with { Code = code };
    }
}
