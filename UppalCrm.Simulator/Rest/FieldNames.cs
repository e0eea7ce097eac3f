namespace UppalCrm.Simulator.Rest;

/// <summary>
/// The names of form and query fields of each operation (twilio-oai, twilio_api_v2010.json, d50069b). Twilio passes over a name it
/// does not know;
/// the simulator refuses it, because a misspelt field is a defect that nothing else would show.
/// </summary>
internal static class FieldNames
{
    private static readonly Dictionary<string, HashSet<string>> Known = new(StringComparer.Ordinal)
    {
        ["POST /Calls.json"] = Names(
            """
            To From Method FallbackUrl FallbackMethod StatusCallback StatusCallbackEvent StatusCallbackMethod SendDigits
            Timeout Record RecordingChannels RecordingStatusCallback RecordingStatusCallbackMethod SipAuthUsername
            SipAuthPassword MachineDetection MachineDetectionTimeout RecordingStatusCallbackEvent Trim CallerId
            MachineDetectionSpeechThreshold MachineDetectionSpeechEndThreshold MachineDetectionSilenceTimeout AsyncAmd
            AsyncAmdStatusCallback AsyncAmdStatusCallbackMethod Byoc CallReason CallToken RecordingTrack TimeLimit
            ClientNotificationUrl Url Twiml ApplicationSid
            """),
        ["GET /Calls.json"] = Names(
            """
            To From ParentCallSid Status StartTime StartTime< StartTime> EndTime EndTime< EndTime> PageSize Page PageToken
            """),
        ["GET /Calls/*.json"] = [],
        ["POST /Calls/*.json"] = Names(
            """
            Url Method Status FallbackUrl FallbackMethod StatusCallback StatusCallbackMethod Twiml TimeLimit
            """),
        ["GET /Conferences.json"] = Names(
            """
            DateCreated DateCreated< DateCreated> DateUpdated DateUpdated< DateUpdated> FriendlyName Status PageSize Page
            PageToken
            """),
        ["GET /Conferences/*.json"] = [],
        ["POST /Conferences/*.json"] = Names(
            """
            Status AnnounceUrl AnnounceMethod
            """),
        ["POST /Conferences/*/Participants.json"] = Names(
            """
            From To StatusCallback StatusCallbackMethod StatusCallbackEvent Label Timeout Record Muted Beep
            StartConferenceOnEnter EndConferenceOnExit WaitUrl WaitMethod EarlyMedia MaxParticipants ConferenceRecord
            ConferenceTrim ConferenceStatusCallback ConferenceStatusCallbackMethod ConferenceStatusCallbackEvent
            RecordingChannels RecordingStatusCallback RecordingStatusCallbackMethod SipAuthUsername SipAuthPassword Region
            ConferenceRecordingStatusCallback ConferenceRecordingStatusCallbackMethod RecordingStatusCallbackEvent
            ConferenceRecordingStatusCallbackEvent Coaching CallSidToCoach JitterBufferSize Byoc CallerId CallReason
            RecordingTrack TimeLimit MachineDetection MachineDetectionTimeout MachineDetectionSpeechThreshold
            MachineDetectionSpeechEndThreshold MachineDetectionSilenceTimeout AmdStatusCallback AmdStatusCallbackMethod
            Trim CallToken ClientNotificationUrl CallerDisplayName
            """),
        ["GET /Conferences/*/Participants.json"] = Names(
            """
            Muted Hold Coaching PageSize Page PageToken
            """),
        ["GET /Conferences/*/Participants/*.json"] = [],
        ["POST /Conferences/*/Participants/*.json"] = Names(
            """
            Muted Hold HoldUrl HoldMethod AnnounceUrl AnnounceMethod WaitUrl WaitMethod BeepOnExit EndConferenceOnExit
            Coaching CallSidToCoach
            """),
        ["GET /Conferences/*/Recordings.json"] = Names(
            """
            DateCreated DateCreated< DateCreated> PageSize Page PageToken
            """),
        ["POST /Conferences/*/Recordings/*.json"] = Names(
            """
            Status PauseBehavior
            """),
        ["GET /Conferences/*/Recordings/*.json"] = [],
        ["POST /Calls/*/Recordings.json"] = Names(
            """
            RecordingStatusCallbackEvent RecordingStatusCallback RecordingStatusCallbackMethod Trim RecordingChannels
            RecordingTrack
            """),
        ["GET /Calls/*/Recordings.json"] = Names(
            """
            DateCreated DateCreated< DateCreated> PageSize Page PageToken
            """),
        ["POST /Calls/*/Recordings/*.json"] = Names(
            """
            Status PauseBehavior
            """),
        ["GET /Calls/*/Recordings/*.json"] = [],
        ["GET /Recordings.json"] = Names(
            """
            DateCreated DateCreated< DateCreated> CallSid ConferenceSid IncludeSoftDeleted PageSize Page PageToken
            """),
        ["GET /Recordings/*.json"] = Names(
            """
            IncludeSoftDeleted
            """),
        ["GET /IncomingPhoneNumbers.json"] = Names(
            """
            Beta FriendlyName PhoneNumber Origin PageSize Page PageToken
            """),
        ["POST /IncomingPhoneNumbers/*.json"] = Names(
            """
            AccountSid ApiVersion FriendlyName SmsApplicationSid SmsFallbackMethod SmsFallbackUrl SmsMethod SmsUrl
            StatusCallback StatusCallbackMethod VoiceApplicationSid VoiceCallerIdLookup VoiceFallbackMethod
            VoiceFallbackUrl VoiceMethod VoiceUrl EmergencyStatus EmergencyAddressSid TrunkSid VoiceReceiveMode
            IdentitySid AddressSid BundleSid
            """),
        ["GET /IncomingPhoneNumbers/*.json"] = [],
        ["POST /Applications.json"] = Names(
            """
            ApiVersion VoiceUrl VoiceMethod VoiceFallbackUrl VoiceFallbackMethod StatusCallback StatusCallbackMethod
            VoiceCallerIdLookup SmsUrl SmsMethod SmsFallbackUrl SmsFallbackMethod SmsStatusCallback MessageStatusCallback
            FriendlyName PublicApplicationConnectEnabled
            """),
        ["GET /Applications.json"] = Names(
            """
            FriendlyName PageSize Page PageToken
            """),
        ["GET /Applications/*.json"] = [],
        ["POST /Applications/*.json"] = Names(
            """
            FriendlyName ApiVersion VoiceUrl VoiceMethod VoiceFallbackUrl VoiceFallbackMethod StatusCallback
            StatusCallbackMethod VoiceCallerIdLookup SmsUrl SmsMethod SmsFallbackUrl SmsFallbackMethod SmsStatusCallback
            MessageStatusCallback PublicApplicationConnectEnabled
            """),
    };

    /// <param name="operation">Method and path below the account, with <c>*</c> for each SID, e.g. <c>POST /Calls/*.json</c>.</param>
    /// <returns>Null when there is no list for the operation.</returns>
    public static IReadOnlySet<string>? Of(string operation) => Known.GetValueOrDefault(operation);

    /// <summary>Every operation that has a list.</summary>
    public static IEnumerable<string> Operations => Known.Keys;

    private static HashSet<string> Names(string text) =>
        text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);
}
