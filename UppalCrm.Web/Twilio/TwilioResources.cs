using System.Globalization;
using System.Text.Json;

namespace UppalCrm.Web.Twilio;

/// <summary>A call to be made. Names as in Twilio's documentation; what is null is not sent.</summary>
public sealed record CallOrder(string To, string From)
{
    /// <summary>Where the TwiML for the answered call is fetched. One of this and <see cref="Twiml"/>.</summary>
    public string? Url { get; init; }

    public string? Method { get; init; }

    public string? Twiml { get; init; }

    public string? StatusCallback { get; init; }

    public IReadOnlyList<string> StatusCallbackEvents { get; init; } = [];

    public string? StatusCallbackMethod { get; init; }

    /// <summary>How long it may ring, in whole seconds up to 600.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How long it may last.</summary>
    public TimeSpan? TimeLimit { get; init; }
}

/// <summary>A party to be called into a conference.</summary>
public sealed record ParticipantOrder(string To, string From)
{
    public string? StatusCallback { get; init; }
    public IReadOnlyList<string> StatusCallbackEvents { get; init; } = [];
    public string? Label { get; init; }
    public TimeSpan? Timeout { get; init; }
    public string? Beep { get; init; }
    public bool? StartConferenceOnEnter { get; init; }
    public bool? EndConferenceOnExit { get; init; }

    /// <summary>Empty for silence.</summary>
    public string? WaitUrl { get; init; }

    public bool? EarlyMedia { get; init; }
    public string? ConferenceRecord { get; init; }
    public string? ConferenceStatusCallback { get; init; }
    public IReadOnlyList<string> ConferenceStatusCallbackEvents { get; init; } = [];
    public string? ConferenceRecordingStatusCallback { get; init; }
    public IReadOnlyList<string> ConferenceRecordingStatusCallbackEvents { get; init; } = [];
}

/// <summary>What is to change about a participant; what is null stays.</summary>
public sealed record ParticipantChange
{
    public bool? Muted { get; init; }
    public bool? Hold { get; init; }

    /// <summary>What a held party hears.</summary>
    public string? HoldUrl { get; init; }

    /// <summary>Twilio's default is GET, which signs the address only.</summary>
    public string? HoldMethod { get; init; }

    /// <summary>What the party hears while alone, from now on.</summary>
    public string? WaitUrl { get; init; }
    public string? WaitMethod { get; init; }

    public bool? Coaching { get; init; }
    public string? CallSidToCoach { get; init; }

    /// <summary>Without effect on a party that is held.</summary>
    public bool? EndConferenceOnExit { get; init; }

    /// <summary>Something that this party alone is told.</summary>
    public string? AnnounceUrl { get; init; }
}

/// <summary>One leg, as REST tells it.</summary>
public sealed record CallResource(string Sid, string? Status, string? From, string? To, string? Direction, DateTimeOffset? CreatedAt, DateTimeOffset? StartedAt, int? DurationSeconds)
{
    internal static CallResource Read(JsonElement json) => new(
        json.Required("sid"), json.Text("status"), json.Text("from"), json.Text("to"), json.Text("direction"),
        json.Moment("date_created"), json.Moment("start_time"), json.Number("duration"));
}

/// <summary>One conference. Its status says <c>in-progress</c> even while all in it wait.</summary>
public sealed record ConferenceResource(string Sid, string? FriendlyName, string? Status, string? ReasonEnded, string? EndedBy, DateTimeOffset? CreatedAt)
{
    internal static ConferenceResource Read(JsonElement json) => new(
        json.Required("sid"), json.Text("friendly_name"), json.Text("status"), json.Text("reason_conference_ended"),
        json.Text("call_sid_ending_conference"), json.Moment("date_created"));
}

/// <summary>One party of a live conference. A conference that is over lists none.</summary>
public sealed record ParticipantResource(
    string CallSid, string? ConferenceSid, string? Label, bool Muted, bool Hold, bool Coaching, string? CallSidToCoach, bool EndConferenceOnExit, string? Status)
{
    internal static ParticipantResource Read(JsonElement json) => new(
        json.Required("call_sid"), json.Text("conference_sid"), json.Text("label"), json.Flag("muted"), json.Flag("hold"), json.Flag("coaching"),
        json.Text("call_sid_to_coach"), json.Flag("end_conference_on_exit"), json.Text("status"));
}

/// <summary>One recording. Its sound can be had once the status is <c>completed</c>.</summary>
public sealed record RecordingResource(string Sid, string? CallSid, string? ConferenceSid, string? Status, int? DurationSeconds, int? Channels, DateTimeOffset? StartedAt)
{
    internal static RecordingResource Read(JsonElement json) => new(
        json.Required("sid"), json.Text("call_sid"), json.Text("conference_sid"), json.Text("status"), json.Number("duration"),
        json.Number("channels"), json.Moment("start_time"));
}

/// <summary>One of our numbers and where its calls go.</summary>
public sealed record NumberResource(string Sid, string? PhoneNumber, string? VoiceUrl, string? VoiceApplicationSid, string? StatusCallback)
{
    internal static NumberResource Read(JsonElement json) => new(
        json.Required("sid"), json.Text("phone_number"), json.Text("voice_url"), json.Text("voice_application_sid"), json.Text("status_callback"));
}

/// <summary>A TwiML application: where the softphone's calls go.</summary>
public sealed record ApplicationResource(string Sid, string? FriendlyName, string? VoiceUrl)
{
    internal static ApplicationResource Read(JsonElement json) => new(json.Required("sid"), json.Text("friendly_name"), json.Text("voice_url"));
}

/// <summary>
/// Twilio's JSON, read leniently: numbers come as text, text as null, and fields appear and disappear. Only the name of the thing must
/// be there.
/// </summary>
internal static class LenientJson
{
    /// <exception cref="FormatException">The field that names the thing is missing.</exception>
    public static string Required(this JsonElement json, string name) =>
        json.Text(name) ?? throw new FormatException($"The answer has no {name}.");

    public static string? Text(this JsonElement json, string name) => json.Field(name) switch
    {
        { ValueKind: JsonValueKind.String } field => field.GetString(),
        { ValueKind: JsonValueKind.Number } field => field.GetRawText(),
        _ => null,
    };

    public static int? Number(this JsonElement json, string name) =>
        int.TryParse(json.Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    public static bool Flag(this JsonElement json, string name) => json.Field(name) switch
    {
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.String } field => field.GetString() == "true",
        _ => false,
    };

    public static DateTimeOffset? Moment(this JsonElement json, string name) => TwilioMoment.Parse(json.Text(name));

    private static JsonElement? Field(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var field) ? field : null;
}
