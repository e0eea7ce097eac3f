namespace UppalCrm.Simulator.Calls;

/// <summary>Where a recording's progress is sent.</summary>
/// <param name="Events">
/// Of <c>in-progress completed absent</c> (a participant's leg also <c>started paused resumed stopped failed</c>).
/// </param>
internal sealed record RecordingCallback(string Url, string Method, IReadOnlySet<string> Events)
{
    public static readonly IReadOnlySet<string> OnlyTheEnd = new HashSet<string>(StringComparer.Ordinal) { "completed" };

    public static RecordingCallback? From(string? url, string? method, IEnumerable<string> events) =>
        string.IsNullOrEmpty(url)
            ? null
            : new RecordingCallback(
                url,
                method is "GET" ? "GET" : "POST",
                events.ToHashSet(StringComparer.Ordinal) is { Count: > 0 } some ? some : OnlyTheEnd);
}

/// <param name="Source">
/// Twilio's word: <c>Conference</c>, <c>DialVerb</c>, <c>RecordVerb</c>, <c>OutboundAPI</c>, <c>StartCallRecordingAPI</c>.
/// </param>
/// <param name="Channels">1 or 2.</param>
internal sealed record RecordingRequest(string Source, int Channels, RecordingCallback? Callback);

/// <summary>Who is recorded now: our side on the left channel, the customer's on the right.</summary>
internal sealed record Tracks(IReadOnlyList<Leg> Left, IReadOnlyList<Leg> Right)
{
    public static Tracks Of(IEnumerable<Leg> legs)
    {
        var sides = legs.ToLookup(leg => leg.IsClient);
        return new Tracks([.. sides[true]], [.. sides[false]]);
    }
}

/// <summary>A recording, and its file.</summary>
internal sealed class Recording
{
    private TimeSpan _skipped;
    private DateTimeOffset? _pausedAt;

    public required string Sid { get; init; }

    public string? ConferenceSid { get; init; }

    public required string CallSid { get; init; }

    public required RecordingRequest Request { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required RecordingFile File { get; init; }

    public required Func<Tracks> Tracks { get; init; }

    /// <summary>For the seed of the fault settings: the same in every run.</summary>
    public required string SourceName { get; init; }

    /// <summary><c>in-progress paused stopped processing completed absent deleted</c>.</summary>
    public string Status { get; set; } = "in-progress";

    public DateTimeOffset UpdatedAt { get; set; }

    public TimeSpan? Duration { get; set; }

    /// <summary>When it last had sound. Only sound from the page counts.</summary>
    public DateTimeOffset? HeardAt { get; set; }

    /// <summary>The page sends sound for it, or has done so.</summary>
    public bool HasSound { get; set; }

    /// <summary>Done when the page has sent all it had.</summary>
    public TaskCompletionSource Flushed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Done when the file is complete.</summary>
    public TaskCompletionSource Finished { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsLive => Status is "in-progress" or "paused";

    public bool IsPaused => Status == "paused";

    private bool SkipsPauses { get; set; }

    /// <param name="skip">The pause is left out of the file; otherwise it is silence.</param>
    public void Pause(DateTimeOffset at, bool skip)
    {
        Status = "paused";
        SkipsPauses = skip;
        _pausedAt = at;
    }

    public void Resume(DateTimeOffset at)
    {
        EndPause(at);
        Status = "in-progress";
    }

    /// <summary>How long the file should be at this moment.</summary>
    public TimeSpan LengthAt(DateTimeOffset at) =>
        at - StartedAt - _skipped - (_pausedAt is { } paused && SkipsPauses ? at - paused : TimeSpan.Zero);

    public void Append(ReadOnlySpan<byte> stereo, DateTimeOffset at)
    {
        HasSound = true;
        if (!IsPaused)
        {
            // A page that was away for a moment: what it did not send is silence, so that both ends stay where they belong.
            var here = LengthAt(at) - TimeSpan.FromSeconds(stereo.Length / (double)(RecordingFile.SampleRate * 4));
            if (here - File.Length > TimeSpan.FromMilliseconds(500))
            {
                File.PadTo(here);
            }

            if (File.Append(stereo) > 300)
            {
                HeardAt = at;
            }
        }
    }

    public void End(DateTimeOffset at)
    {
        EndPause(at);
        Status = "processing";
        Duration = LengthAt(at);
    }

    private void EndPause(DateTimeOffset at)
    {
        if (_pausedAt is { } paused && SkipsPauses)
        {
            _skipped += at - paused;
        }

        _pausedAt = null;
    }
}
