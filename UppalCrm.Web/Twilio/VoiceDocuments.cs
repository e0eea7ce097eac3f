using System.Text;
using System.Xml;
using Microsoft.Extensions.Options;
using Twilio.TwiML;
using Twilio.TwiML.Voice;
using HttpMethod = Twilio.Http.HttpMethod;

namespace UppalCrm.Web.Twilio;

/// <summary>The TwiML documents that a leg is given (twilio.com/docs/voice/twiml): where it goes and what it hears.</summary>
internal sealed class VoiceDocuments(IOptions<TwilioOptions> options, IOptionsMonitor<VoiceTexts> texts)
{
    private static readonly Conference.EventEnum[] ConferenceEvents =
    [
        Conference.EventEnum.Start, Conference.EventEnum.End, Conference.EventEnum.Join, Conference.EventEnum.Leave,
        Conference.EventEnum.Mute, Conference.EventEnum.Hold, Conference.EventEnum.Modify,
    ];

    private static readonly Conference.RecordingEventEnum[] RecordingEvents =
        [Conference.RecordingEventEnum.Completed, Conference.RecordingEventEnum.Absent];

    private static readonly Record.RecordingEventEnum[] MessageEvents =
        [Record.RecordingEventEnum.Completed, Record.RecordingEventEnum.Absent];

    private readonly Uri _wait = Url(options, WebhookPaths.Wait);
    private readonly Uri _hold = Url(options, $"{WebhookPaths.Wait}?for=hold");
    private readonly Uri _ringback = Url(options, $"{WebhookPaths.Wait}?for=ringback");
    private readonly Uri _holdMusic = Url(options, WebhookPaths.HoldMusic);
    private readonly Uri _ringbackSound = Url(options, WebhookPaths.Ringback);
    private readonly Uri _recording = Url(options, WebhookPaths.Recording);
    private readonly Uri _conferenceStatus = Url(options, WebhookPaths.ConferenceStatus);

    /// <summary>A caller waits in a conference for an agent. When the caller leaves, it ends.</summary>
    public VoiceResponse CallerWaits(string conference)
    {
        var enters = ConferenceOf(conference);
        enters.StartConferenceOnEnter = false;
        enters.EndConferenceOnExit = true;
        enters.WaitUrl = _wait;
        enters.WaitMethod = HttpMethod.Post;
        return Dial(enters);
    }

    /// <summary>A customer whom we called joins the agent.</summary>
    public VoiceResponse CustomerEnters(string conference)
    {
        var enters = ConferenceOf(conference);
        enters.StartConferenceOnEnter = false;
        enters.EndConferenceOnExit = true;
        return Dial(enters);
    }

    /// <summary>An outside number joins, to which the call is transferred, or with which its agent talks first.</summary>
    public VoiceResponse OutsideEnters(string conference, bool endsConference)
    {
        var enters = ConferenceOf(conference);
        enters.StartConferenceOnEnter = false;
        enters.EndConferenceOnExit = endsConference;
        return Dial(enters);
    }

    /// <summary>The call's agent joins it.</summary>
    /// <param name="ringing">The customer's phone is still to ring: the agent hears it ring, and no music.</param>
    /// <param name="keepsCustomer">The conference goes on without the agent (<c>Calls:WhenAgentIsLost</c>).</param>
    /// <param name="isRecorded">Not when two agents talk among themselves.</param>
    public VoiceResponse AgentEnters(string conference, bool ringing, bool keepsCustomer, bool isRecorded)
    {
        var enters = ConferenceOf(conference, isRecorded);
        enters.StartConferenceOnEnter = true;
        enters.EndConferenceOnExit = !keepsCustomer;
        enters.WaitUrl = ringing ? _ringback : _hold;
        enters.WaitMethod = HttpMethod.Post;
        return Dial(enters);
    }

    /// <summary>A supervisor joins, heard by nobody, by one agent (<paramref name="coached"/>) or by all.</summary>
    public VoiceResponse SupervisorEnters(string conference, SupervisorMode mode, CallSid? coached)
    {
        var enters = ConferenceOf(conference);
        enters.StartConferenceOnEnter = false;
        enters.EndConferenceOnExit = false;
        enters.Muted = mode == SupervisorMode.Listen ? true : null;
        enters.Coach = mode == SupervisorMode.Whisper ? coached?.Value : null;
        return Dial(enters);
    }

    /// <summary>What is heard while waiting.</summary>
    /// <param name="purpose"><c>ringback</c>, <c>hold</c>, <c>return</c> for a customer whose agent is gone, or anything else for a caller
    /// who waits for an agent.</param>
    public VoiceResponse Wait(string? purpose)
    {
        // A loop of the carrier's own, not a redirect each round: music must not stop when we do.
        var sound = new Play(purpose == "ringback" ? _ringbackSound : _holdMusic, loop: 0);
        var words = purpose switch
        {
            "ringback" or "hold" => "",
            "return" => texts.CurrentValue.Returning,
            _ => texts.CurrentValue.Waiting,
        };
        return words.Length > 0 ? Document(Speak(words), sound) : Document(sound);
    }

    /// <summary>The apology, and the end of the call.</summary>
    public VoiceResponse Apology() => Document(Speak(texts.CurrentValue.Sorry), new Hangup());

    /// <summary>The greeting, and a message is recorded. It is sent by REST, where there is no address to be relative to.</summary>
    public VoiceResponse TakeMessage(long callId) => Document(
        Speak(texts.CurrentValue.VoicemailGreeting),
        new Record(
            action: Url(options, $"{WebhookPaths.Voicemail}?call={callId}"),
            method: HttpMethod.Post,
            maxLength: (int)texts.CurrentValue.LongestMessage.TotalSeconds,
            playBeep: true,
            trim: Record.TrimEnum.DoNotTrim,
            recordingStatusCallback: Url(options, $"{WebhookPaths.Recording}?message=true"),
            recordingStatusCallbackMethod: HttpMethod.Post,
            recordingStatusCallbackEvent: MessageEvents),
        new Hangup());

    /// <summary>The caller has spoken a message, or hung up over it.</summary>
    public VoiceResponse ThankForMessage() => Document(Speak(texts.CurrentValue.VoicemailThanks), new Hangup());

    public static VoiceResponse HangUp() => Document(new Hangup());

    /// <summary>Does not take the call. Only as the first verb: anything before it has answered already.</summary>
    public static VoiceResponse Reject() => Document(new Reject());

    /// <summary>
    /// A conference with everything that is the conference's and not the participant's. Every participant carries it, because Twilio
    /// takes it from the first participant.
    /// </summary>
    private Conference ConferenceOf(string name, bool isRecorded = true) => new(
        name,
        beep: Conference.BeepEnum.False,
        record: isRecorded ? Conference.RecordEnum.RecordFromStart : Conference.RecordEnum.DoNotRecord,
        trim: Conference.TrimEnum.DoNotTrim,
        recordingStatusCallback: _recording,
        recordingStatusCallbackMethod: HttpMethod.Post,
        recordingStatusCallbackEvent: RecordingEvents,
        statusCallback: _conferenceStatus,
        statusCallbackMethod: HttpMethod.Post,
        statusCallbackEvent: ConferenceEvents);

    /// <summary>The text as a verb; silence of one second when it is empty.</summary>
    private global::Twilio.TwiML.TwiML Speak(string text)
    {
        var (spoken, voice) = (OnlyLegal(text), texts.CurrentValue.Voice);
        return string.IsNullOrWhiteSpace(spoken)
            ? new Pause()
            : new Say(
                spoken,
                voice: voice.Length == 0 ? null : (Say.VoiceEnum)OnlyLegal(voice),
                language: OnlyLegal(texts.CurrentValue.Language));
    }

    /// <summary>
    /// Without what XML 1.0 cannot write (control characters, U+FFFE, U+FFFF, half a surrogate pair): the library throws on it.
    /// </summary>
    private static string OnlyLegal(string text)
    {
        var kept = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                kept.Append(text, i, 2);
                i++;
            }
            else if (XmlConvert.IsXmlChar(text[i]))
            {
                kept.Append(text[i]);
            }
        }

        return kept.ToString();
    }

    private static VoiceResponse Dial(Conference conference)
    {
        var dial = new Dial();
        dial.Append(conference);
        return Document(dial);
    }

    private static VoiceResponse Document(params ReadOnlySpan<global::Twilio.TwiML.TwiML> verbs)
    {
        var response = new VoiceResponse();
        foreach (var verb in verbs)
        {
            response.Append(verb);
        }

        return response;
    }

    private static Uri Url(IOptions<TwilioOptions> options, string pathAndQuery) => new(options.Value.PublicUrl(pathAndQuery));
}
