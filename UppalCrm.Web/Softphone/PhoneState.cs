using System.Text.Json.Serialization;

namespace UppalCrm.Web.Softphone;

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

/// <summary>Something wrong with the phone, and its cure.</summary>
/// <param name="Message">What happened.</param>
/// <param name="Cure">What the agent can do about it; may be empty.</param>
public sealed record PhoneProblem(string Message, string Cure);

/// <summary>The one call this phone is in.</summary>
/// <param name="CallId">Our number of the call.</param>
/// <param name="Role">Agent or supervisor.</param>
/// <param name="Phase">Where it stands.</param>
/// <param name="Muted">Whether the microphone is muted in this browser.</param>
/// <param name="MutedSince">When it was muted, server time.</param>
/// <param name="Digits">The last digits that were sent into the call.</param>
/// <param name="Warnings">Quality warnings that hold now; empty when all is well.</param>
/// <param name="MutedHint">For an agent who speaks although muted; null while no hint is needed.</param>
public sealed record PhoneCall(
    long CallId,
    PhoneRole Role,
    PhoneCallPhase Phase,
    bool Muted,
    DateTimeOffset? MutedSince,
    string Digits,
    IReadOnlyList<string> Warnings,
    string? MutedHint = null);

/// <summary>What may be asked of a live call. The buttons that ask carry the word: <c>data-call-action</c>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CallAction>))]
public enum CallAction
{
    Accept,
    Decline,
    Dial,
    CallColleague,
    Join,
    Hold,
    Unhold,
    Mute,
    Unmute,
    Digit,
    HangUp,
    UndoHangUp,
    Dismiss,
    Transfer,
    CancelTransfer,
    AcceptTransfer,
    TakeOver,
    GiveTo,
    DeclineTransfer,
    Consult,
    TransferToEverybody,
    TransferOutside,
    ConsultOutside,
    HandOver,
    HoldParty,
    UnholdParty,
    MuteParty,
    UnmuteParty,
    RemoveParty,
    GiveToParty,
    Leave,
    Talk,
    DialSecond,
    SwitchCalls,
    JoinCalls,
    BringOver,
}

/// <summary>A command on a live call that the phone is carrying out.</summary>
/// <param name="CallId">Null for <see cref="CallAction.Dial"/> and <see cref="CallAction.CallColleague"/>.</param>
public sealed record PhoneCommand(CallAction Action, long? CallId);

/// <summary>A command that was refused, or that failed.</summary>
/// <param name="CallId">Null for <see cref="CallAction.Dial"/> and <see cref="CallAction.CallColleague"/>.</param>
/// <param name="Value">The number to dial as it was given, whom to call, or the digits to send.</param>
/// <param name="Message">For the agent.</param>
/// <param name="OfPhone">The agent's own phone could not join; the other side has nothing to do with it.</param>
public sealed record PhoneRefusal(CallAction Action, long? CallId, string? Value, string Message, bool OfPhone);

/// <summary>Everything the page needs to draw the phone; sent whole at each change (<c>wwwroot-interop/src/state.ts</c>).</summary>
/// <param name="Status">Whether the agent can be reached.</param>
/// <param name="Detail">One sentence for the status: what is so and, when there is one, the cure.</param>
/// <param name="ShiftStarted">The agent pressed "Start shift" in this browser.</param>
/// <param name="Audible">Sound is unlocked: a ring would be heard.</param>
/// <param name="CanBringHere">The phone is elsewhere and <see cref="AgentPhone.BringHereAsync"/> would fetch it.</param>
/// <param name="Call">The call the phone is in; null when there is none.</param>
/// <param name="Problem">The last thing that went wrong and has not been cured; null when all is well.</param>
/// <param name="Pending">Commands that were given and are not answered yet.</param>
/// <param name="Refusals">What was refused last, of each command, until it is given again, dismissed, or another call is up.</param>
public sealed record PhoneState(
    PhoneStatus Status,
    string Detail,
    bool ShiftStarted,
    bool Audible,
    bool CanBringHere,
    PhoneCall? Call,
    PhoneProblem? Problem,
    IReadOnlyList<PhoneCommand> Pending,
    IReadOnlyList<PhoneRefusal> Refusals)
{
    /// <summary>Before the browser has answered, and after it has gone.</summary>
    public static PhoneState Unknown { get; } =
        new(PhoneStatus.Connecting, "Waiting for the browser.", false, false, false, null, null, [], []);

    /// <summary>Whether this command was given and is not answered yet.</summary>
    public bool IsPending(CallAction action, long? callId = null) => Pending.Any(c => c.Action == action && c.CallId == callId);

    /// <summary>Why this command was refused last; null when it was not.</summary>
    public PhoneRefusal? RefusalOf(CallAction action, long? callId = null) =>
        Refusals.LastOrDefault(r => r.Action == action && r.CallId == callId);
}

/// <summary>What became of something asked of the phone.</summary>
/// <param name="Done">It was done.</param>
/// <param name="Message">Why it was not, for the agent; null when it was.</param>
public sealed record PhoneAnswer(bool Done, string? Message)
{
    /// <summary>The page behind the circuit is gone: nothing was done here.</summary>
    public static PhoneAnswer PageGone { get; } = new(false, "The page is no longer connected.");
}

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

/// <summary>A keyboard shortcut as the sheet shows it.</summary>
/// <param name="Action">
/// The action's word: <c>accept</c>, <c>decline</c>, <c>mute</c>, <c>hold</c>, <c>hangUp</c>, <c>dialpad</c>, <c>offer</c> (focus the
/// pop-up), <c>sheet</c>.
/// </param>
/// <param name="Label">What it does, for the sheet.</param>
/// <param name="Keys">The combination, e.g. <c>Ctrl+Shift+A</c>; empty when switched off.</param>
public sealed record PhoneShortcut(string Action, string Label, string Keys);
