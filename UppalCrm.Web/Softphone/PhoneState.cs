using System.Text.Json.Serialization;

namespace UppalCrm.Web.Softphone;

/// <summary>What the phone light in the layout shows: one word for whether this agent can be reached, and heard.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PhoneLight>))]
public enum PhoneLight
{
    /// <summary>The shift has not been started in this browser: no sound is unlocked, nothing is registered.</summary>
    Off,

    /// <summary>On its way to ready: loading, asking for a token, or registering again after a drop.</summary>
    Connecting,

    /// <summary>Registered with the carrier, the microphone was granted, and our server is heard.</summary>
    Ready,

    /// <summary>A call is up. Takes precedence over every other word but <see cref="Reconnecting"/> and <see cref="NoMicrophone"/>.</summary>
    OnCall,

    /// <summary>A call is up and its signalling is being restored; sound usually goes on.</summary>
    Reconnecting,

    /// <summary>The microphone was refused, is missing, or is held by another program; in a call nobody hears the agent then.</summary>
    NoMicrophone,

    /// <summary>No valid token, and asking for one fails.</summary>
    TokenProblem,

    /// <summary>Our own server is not heard; calls already up go on.</summary>
    ServerLost,

    /// <summary>The phone lives in another tab of this browser.</summary>
    InAnotherTab,

    /// <summary>The phone lives in another browser, on this machine or another.</summary>
    InAnotherBrowser,

    /// <summary>This browser cannot make calls (no WebRTC, or the page is not served over HTTPS).</summary>
    Unsupported,
}

/// <summary>Where a call of this phone stands, as the Voice SDK tells it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PhoneCallPhase>))]
public enum PhoneCallPhase
{
    /// <summary>Asked for, not yet answered by the carrier.</summary>
    Connecting,

    /// <summary>In the conference; sound flows.</summary>
    Open,

    /// <summary>Signalling or media dropped and is being restored.</summary>
    Reconnecting,

    /// <summary>Hang-up was asked for; the end is not confirmed yet.</summary>
    Ending,
}

/// <summary>What this browser's leg may do in the conference.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PhoneRole>))]
public enum PhoneRole
{
    /// <summary>The agent whose call it is.</summary>
    Agent,

    /// <summary>A supervisor who listens, whispers or barges in.</summary>
    Supervisor,
}

/// <summary>Something wrong with the phone, in words an agent can act on.</summary>
/// <param name="Code">The Voice SDK's error number, or one of our own words (<c>token</c>, <c>timeout</c>, <c>claim</c>).</param>
/// <param name="Words">What happened.</param>
/// <param name="Cure">What the agent can do about it; may be empty.</param>
public sealed record PhoneProblem(string Code, string Words, string Cure);

/// <summary>The one call this phone is in.</summary>
/// <param name="CallId">Our number of the call.</param>
/// <param name="Conference">The conference it was joined by.</param>
/// <param name="Role">Agent or supervisor.</param>
/// <param name="Phase">Where it stands.</param>
/// <param name="Muted">Whether the microphone is muted in this browser.</param>
/// <param name="MutedSince">When it was muted, server time.</param>
/// <param name="StartedAt">When this leg opened, server time; null while connecting.</param>
/// <param name="CarrierSid">The carrier's id of this leg; null until it rings.</param>
/// <param name="Warnings">Quality warnings that hold now, in words; empty when all is well.</param>
/// <param name="MutedHint">Words for an agent who speaks although muted; null while they need none.</param>
public sealed record PhoneCall(
    long CallId,
    string Conference,
    PhoneRole Role,
    PhoneCallPhase Phase,
    bool Muted,
    DateTimeOffset? MutedSince,
    DateTimeOffset? StartedAt,
    string? CarrierSid,
    IReadOnlyList<string> Warnings,
    string? MutedHint = null);

/// <summary>Everything the page needs to draw the phone; sent whole at each change by <c>softphone.ts</c>.</summary>
/// <param name="Light">The phone light.</param>
/// <param name="Detail">One sentence for the light's tooltip: the truth and, when there is one, the cure.</param>
/// <param name="ShiftStarted">The agent pressed "Start shift" in this browser.</param>
/// <param name="Audible">Sound is unlocked: a ring would be heard.</param>
/// <param name="Ringing">The ring sounds now.</param>
/// <param name="CanBringHere">The phone is elsewhere and <see cref="AgentPhone.BringHereAsync"/> would fetch it.</param>
/// <param name="Call">The call in hand; null when there is none.</param>
/// <param name="Problem">The last thing that went wrong and has not been cured; null when all is well.</param>
public sealed record PhoneState(
    PhoneLight Light,
    string Detail,
    bool ShiftStarted,
    bool Audible,
    bool Ringing,
    bool CanBringHere,
    PhoneCall? Call,
    PhoneProblem? Problem)
{
    /// <summary>Before the browser has answered, and after it has gone.</summary>
    public static PhoneState Unknown { get; } =
        new(PhoneLight.Connecting, "Waiting for the browser.", false, false, false, false, null, null);
}

/// <summary>What became of something asked of the phone.</summary>
/// <param name="Done">It was done.</param>
/// <param name="Message">Words for the agent when it was not; null when it was.</param>
public sealed record PhoneAnswer(bool Done, string? Message)
{
    /// <summary>The page behind the circuit is gone: nothing was done here.</summary>
    public static PhoneAnswer PageGone { get; } = new(false, "The page is no longer connected.");
}

/// <summary>The answer to an accept: only the winner gets the call.</summary>
/// <param name="Won">This agent has the call, and the phone is joining it.</param>
/// <param name="By">Who else has it, when somebody has.</param>
/// <param name="Message">Words for the agent when it was not won, or when joining failed.</param>
public sealed record AcceptAnswer(bool Won, string? By, string? Message);

/// <summary>The answer to a dial.</summary>
/// <param name="CallId">Our number of the new call; null when it was refused.</param>
/// <param name="Error">Why it was refused, or could not be joined, in words.</param>
public sealed record PhoneDialAnswer(long? CallId, string? Error);

/// <summary>Which of a browser's devices is meant.</summary>
public enum PhoneDeviceKind
{
    /// <summary>What the agent speaks into.</summary>
    Microphone,

    /// <summary>What the agent hears the call from.</summary>
    Speaker,

    /// <summary>What rings.</summary>
    Ringer,
}

/// <summary>One device of the browser.</summary>
/// <param name="Id">The browser's id; <c>default</c> is the system's choice.</param>
/// <param name="Label">Its name; "Microphone 1" and the like until the microphone was granted.</param>
public sealed record PhoneDevice(string Id, string Label);

/// <summary>What can be chosen, and what is.</summary>
/// <param name="Microphones">Inputs.</param>
/// <param name="Speakers">Outputs, for speaker and ringer both.</param>
/// <param name="Microphone">The chosen input's id.</param>
/// <param name="Speaker">The chosen output's id.</param>
/// <param name="Ringer">The chosen ringer's id.</param>
/// <param name="CanChooseSpeaker">Firefox and Safari may not let a page choose an output.</param>
/// <param name="Granted">The microphone has been granted; before that, labels are empty in every browser.</param>
public sealed record PhoneDevices(
    IReadOnlyList<PhoneDevice> Microphones,
    IReadOnlyList<PhoneDevice> Speakers,
    string Microphone,
    string Speaker,
    string Ringer,
    bool CanChooseSpeaker,
    bool Granted);

/// <summary>Sound levels, both 0 to 1, at most ten times a second.</summary>
/// <param name="Microphone">What the agent says.</param>
/// <param name="Speaker">What the agent hears; 0 outside a call.</param>
public sealed record PhoneLevels(double Microphone, double Speaker);

/// <summary>A keyboard shortcut as the sheet shows it.</summary>
/// <param name="Action">The action's word: <c>accept</c>, <c>decline</c>, <c>mute</c>, <c>hold</c>, <c>hangUp</c>, <c>dialpad</c>, <c>offer</c> (focus the pop-up), <c>sheet</c>.</param>
/// <param name="Label">What it does, for the sheet.</param>
/// <param name="Keys">The combination, e.g. <c>Ctrl+Shift+A</c>; empty when switched off.</param>
/// <param name="Standard">The combination it ships with.</param>
public sealed record PhoneShortcut(string Action, string Label, string Keys, string Standard);
