namespace UppalCrm.Simulator.Calls;

/// <summary>
/// How a leg enters a conference: the attributes of the Conference noun, or the fields of a participant created by REST.
/// </summary>
internal sealed record Entry
{
    public string? Label { get; init; }

    public bool Muted { get; init; }

    /// <summary>While the leg rings, the others hear it ring. Only for a participant that REST calls.</summary>
    public bool EarlyMedia { get; init; }

    public string Beep { get; init; } = "true";

    public bool StartsConference { get; init; } = true;

    public bool EndsConference { get; init; }

    /// <summary>Null: the network's own music. Empty: silence.</summary>
    public string? WaitUrl { get; init; }

    public string WaitMethod { get; init; } = "POST";

    public bool Coaching { get; init; }

    /// <summary>The CallSid of the one who hears the coach.</summary>
    public string? CoachTarget { get; init; }

    /// <summary>What this participant says about the whole conference; only the first one's word counts.</summary>
    public ConferenceTerms Terms { get; init; } = new();
}

/// <summary>What holds for a whole conference.</summary>
internal sealed record ConferenceTerms
{
    public string? StatusCallback { get; init; }

    public string StatusCallbackMethod { get; init; } = "POST";

    /// <summary>Of <c>start end join leave mute hold modify speaker announcement</c>. None unless asked for.</summary>
    public IReadOnlySet<string> StatusCallbackEvents { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    public bool Record { get; init; }

    public RecordingCallback? RecordingCallback { get; init; }

    public int MostParticipants { get; init; } = 250;

    public string? Region { get; init; }
}

/// <summary>What a participant hears.</summary>
internal enum Hearing
{
    /// <summary>Not yet decided.</summary>
    Nothing,

    /// <summary>Alone, or before the start: the wait document.</summary>
    Waiting,

    /// <summary>On hold: the hold document.</summary>
    Held,

    /// <summary>The others.</summary>
    People,
}

/// <summary>A leg in a conference.</summary>
internal sealed class Participant(Leg leg, Conference conference, Entry entry, DateTimeOffset joinedAt)
{
    public Leg Leg { get; } = leg;

    public Conference Conference { get; } = conference;

    public DateTimeOffset JoinedAt { get; } = joinedAt;

    public DateTimeOffset UpdatedAt { get; set; } = joinedAt;

    public string? Label { get; } = entry.Label;

    public bool Muted { get; set; } = entry.Muted;

    public bool Hold { get; set; }

    public string? HoldUrl { get; set; }

    public string HoldMethod { get; set; } = "GET";

    public string Beep { get; set; } = entry.Beep;

    public bool StartsConference { get; } = entry.StartsConference;

    public bool EndsConference { get; set; } = entry.EndsConference;

    public string? WaitUrl { get; set; } = entry.WaitUrl;

    public string WaitMethod { get; set; } = entry.WaitMethod;

    public bool Coaching { get; set; } = entry.Coaching;

    public string? CoachTarget { get; set; } = entry.CoachTarget;

    public Hearing Hearing { get; set; }

    /// <summary>The ringing of a leg that is called into the conference, when it is played to this one.</summary>
    public Sound? Ringback { get; set; }

    /// <summary>The wait or hold document that is being played.</summary>
    public CancellationTokenSource? Document { get; set; }

    /// <summary>Done when the leg has left, with Twilio's ReasonParticipantLeft.</summary>
    public TaskCompletionSource<string> Left { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsIn => !Left.Task.IsCompleted;

    /// <summary>The others can hear it: it is neither muted nor held.</summary>
    public bool Speaks => !Muted && !Hold && Hearing == Hearing.People;

    /// <summary>Whether this one hears the other.</summary>
    public bool Hears(Participant other) =>
        other != this && Hearing == Hearing.People && other.Speaks && (!other.Coaching || other.CoachTarget == Leg.Sid);

    /// <summary>The others that this one hears.</summary>
    public IEnumerable<Participant> Heard => Conference.Participants.Where(Hears);
}
