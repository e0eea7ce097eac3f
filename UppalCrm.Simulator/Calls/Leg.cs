namespace UppalCrm.Simulator.Calls;

/// <summary>The life of a leg, in Twilio's states.</summary>
internal enum LegStatus
{
    Queued,
    Initiated,
    Ringing,
    InProgress,
    Completed,
    Busy,
    Failed,
    NoAnswer,
    Canceled,
}

/// <summary>Where a call's progress is sent, and which steps of it.</summary>
/// <param name="Events">Of <c>initiated ringing answered completed</c>.</param>
internal sealed record ProgressCallback(string Url, string Method, IReadOnlySet<string> Events)
{
    public static readonly IReadOnlySet<string> Known =
        new HashSet<string>(StringComparer.Ordinal) { "initiated", "ringing", "answered", "completed" };

    public static readonly IReadOnlySet<string> OnlyTheEnd = new HashSet<string>(StringComparer.Ordinal) { "completed" };
}

/// <summary>What a leg hears besides people.</summary>
/// <param name="Kind"><c>media</c>, <c>say</c> or <c>ringback</c>.</param>
/// <param name="Url">Of media: a path on the simulator's own address.</param>
internal sealed record Sound(string Id, string Kind, string? Url, string? Text, bool Loop, DateTimeOffset StartedAt);

/// <summary>
/// What is at the far end of a leg: a scripted phone, a phone on the page, a softphone. It is spoken to on the
/// <see cref="EventLoop"/> only, and
/// answers through <see cref="Exchange"/>.
/// </summary>
internal interface IFarEnd
{
    /// <summary>It has real sound, on the phone-network page.</summary>
    bool HasSound { get; }

    /// <summary>
    /// We call it. It answers with <see cref="Exchange.Ringing"/>, <see cref="Exchange.Answer"/> or <see cref="Exchange.End"/>.
    /// </summary>
    void Ring(Leg leg);

    /// <summary>It called, and the network takes the call. False: it could not be connected, and has ended the leg.</summary>
    Task<bool> ConnectAsync(Leg leg);

    /// <summary>The leg is in progress.</summary>
    void Connected(Leg leg);

    /// <summary>The leg has ended.</summary>
    void Ended(Leg leg);
}

/// <summary>One telephone connected to the network: what Twilio calls a call.</summary>
internal sealed class Leg
{
    public required string Sid { get; init; }

    /// <summary>Counts from 1: a name that is the same in every run.</summary>
    public required int Ordinal { get; init; }

    public string? ParentSid { get; init; }

    public required string From { get; init; }

    /// <summary>Empty for a softphone that called without naming anybody.</summary>
    public required string To { get; init; }

    /// <summary><c>inbound</c>, <c>outbound-api</c> or <c>outbound-dial</c>.</summary>
    public required string Direction { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; set; }

    public DateTimeOffset? AnsweredAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    public LegStatus Status { get; set; }

    public string? ApplicationSid { get; init; }

    /// <summary>What the softphone gave to <c>connect()</c>, or what a Client noun gives to the softphone.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Parameters { get; init; } = [];

    public ProgressCallback? Callback { get; set; }

    /// <summary>Of the next progress callback.</summary>
    public int Sequence { get; set; }

    public int? SipCode { get; set; }

    /// <summary>Why it ended, for a person.</summary>
    public string? Reason { get; set; }

    public IFarEnd Far { get; set; } = Nowhere.Instance;

    /// <summary>What to do when the called side answers.</summary>
    public Func<Leg, Task>? OnAnswer { get; init; }

    public TimeSpan RingFor { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan LongestCall { get; set; } = TimeSpan.FromHours(4);

    public RecordingRequest? RecordFromAnswer { get; init; }

    public TimeSpan QueuedFor { get; set; }

    /// <summary>Its place in a conference.</summary>
    public Participant? Participant { get; set; }

    /// <summary>Who it is bridged to by Dial.</summary>
    public Leg? Partner { get; set; }

    public Sound? Sound { get; set; }

    /// <summary>Since when it has heard nothing, while in progress.</summary>
    public DateTimeOffset? SilentSince { get; set; }

    /// <summary>The document that is being carried out.</summary>
    public CancellationTokenSource? Run { get; set; }

    /// <summary>The Dial that is going on asks for this address when it is over, even when it was interrupted.</summary>
    public (string Url, string Method)? DialAction { get; set; }

    public ITimer? RingTimer { get; set; }

    public ITimer? LimitTimer { get; set; }

    /// <summary>Done when the leg is over.</summary>
    public TaskCompletionSource Over { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A key was pressed at the far end.</summary>
    public event Action<char>? Pressed;

    public bool IsOver => Status >= LegStatus.Completed;

    public bool IsInbound => Direction == "inbound";

    /// <summary>The address of the far end: a number, or <c>client:…</c>.</summary>
    public string FarAddress => IsInbound ? From : To;

    public bool IsClient => Numbers.IsClient(FarAddress);

    public TimeSpan Duration => AnsweredAt is { } start && EndedAt is { } end ? end - start : TimeSpan.Zero;

    public string StatusWord => Status.Word();

    public void Press(char digit) => Pressed?.Invoke(digit);

    private sealed class Nowhere : IFarEnd
    {
        public static readonly Nowhere Instance = new();

        public bool HasSound => false;

        public void Ring(Leg leg)
        {
            // Not called yet.
        }

        public Task<bool> ConnectAsync(Leg leg) => Task.FromResult(false);

        public void Connected(Leg leg)
        {
            // Never connected.
        }

        public void Ended(Leg leg)
        {
            // Nobody to tell.
        }
    }
}

internal static class LegStatusWords
{
    public static string Word(this LegStatus status) => status switch
    {
        LegStatus.Queued => "queued",
        LegStatus.Initiated => "initiated",
        LegStatus.Ringing => "ringing",
        LegStatus.InProgress => "in-progress",
        LegStatus.Completed => "completed",
        LegStatus.Busy => "busy",
        LegStatus.Failed => "failed",
        LegStatus.NoAnswer => "no-answer",
        _ => "canceled",
    };
}
