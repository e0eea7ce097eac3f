using UppalCrm.Simulator.Calls;

namespace UppalCrm.Simulator.TwiML;

/// <summary>Where a document is carried out. It decides which verbs are allowed.</summary>
internal enum RunMode
{
    /// <summary>A call: every verb.</summary>
    Call,

    /// <summary>The called side of a Dial, before it is connected: no Dial.</summary>
    Whisper,

    /// <summary>A wait, hold or announcement document of a conference: Play, Say, Pause and Redirect only.</summary>
    Conference,
}

/// <param name="Url">The document to go on with; null: carry out nothing more.</param>
/// <param name="Purpose">Names the request in the log.</param>
internal sealed record Jump(string? Url, string Method, string Purpose, IReadOnlyList<KeyValuePair<string, string>> Fields)
{
    public static readonly Jump End = new(null, "POST", "", []);
}

/// <summary>
/// Carries out TwiML on one leg, verb by verb, and follows Redirect and action addresses. It ends with a document that names no next
/// one, or when the token is cancelled.
/// </summary>
internal sealed class TwimlRun(Exchange exchange, Leg leg, RunMode mode, CancellationToken cancellationToken)
{
    private const int MostRounds = 1000;
    private static readonly TimeSpan ShortestRound = TimeSpan.FromMilliseconds(100);
    private static readonly string[] ConferenceVerbs = ["Play", "Say", "Pause", "Redirect"];

    private TwimlDocument _document = new([], null, []);
    private Sound? _sound;

    /// <summary>Names the requests of this run in the log.</summary>
    public string Purpose { get; init; } = "voice";

    /// <summary>Sent with every request of this run.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> MoreFields { get; init; } = [];

    public Exchange Exchange => exchange;

    public Leg Leg => leg;

    public CancellationToken Cancelled => cancellationToken;

    /// <summary>The status that a leg has after its document: an inbound call is answered or completed, never canceled.</summary>
    public static LegStatus EndOf(Leg leg) =>
        leg.Status == LegStatus.InProgress || leg.IsInbound ? LegStatus.Completed : LegStatus.Canceled;

    public async Task PerformAsync(TwimlDocument document)
    {
        try
        {
            for (TwimlDocument? next = document; next is not null;)
            {
                _document = next;
                var began = exchange.Now;
                var jump = await PerformVerbsAsync(next.Verbs);
                if (jump?.Url is null)
                {
                    return;
                }

                if (mode == RunMode.Conference && exchange.Now - began < ShortestRound)
                {
                    exchange.Log.Error(
                        13410, "a wait document repeats without playing anything; it is slowed down to one round a second.", leg.Sid);
                    await PauseAsync(TimeSpan.FromSeconds(1));
                }

                next = await exchange.Documents.FetchAsync(
                    leg, jump.Purpose, jump.Url, jump.Method, [.. MoreFields, .. jump.Fields], null, cancellationToken);
            }
        }
        finally
        {
            StopSound();
        }
    }

    /// <summary>Plays the prompts of Gather. Relative addresses in them start at the given run's document.</summary>
    public async Task PromptAsync(TwimlRun gathering, IReadOnlyList<Verb> verbs)
    {
        _document = gathering._document;
        try
        {
            await PerformVerbsAsync(verbs);
        }
        finally
        {
            StopSound();
        }
    }

    /// <summary>Plays a sound to the leg for so long.</summary>
    public async Task PlayAsync(Sound sound, TimeSpan length)
    {
        StartSound(sound);
        try
        {
            await PauseAsync(length);
        }
        finally
        {
            StopSound();
        }
    }

    public void StartSound(Sound sound)
    {
        _sound = sound;
        exchange.Playback.Play(leg, sound);
    }

    /// <summary>Stops the sound of this run. A sound that another run has started goes on.</summary>
    public void StopSound()
    {
        if (_sound is not null && leg.Sound == _sound)
        {
            exchange.Playback.Play(leg, null);
        }

        _sound = null;
    }

    public Task PauseAsync(TimeSpan length) => Task.Delay(length, exchange.Loop.Time, cancellationToken);

    /// <summary>Takes an inbound call that is not answered yet.</summary>
    /// <exception cref="OperationCanceledException">The call has ended.</exception>
    public async Task AcceptAsync()
    {
        if (!await exchange.AcceptAsync(leg))
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    public Jump JumpTo(string address, string method, string purpose, IReadOnlyList<KeyValuePair<string, string>> fields)
    {
        if (Resolve(address) is { } url)
        {
            return new Jump(url, method is "GET" or "get" ? "GET" : "POST", purpose, fields);
        }

        exchange.Log.Error(
            11100, "a relative address in TwiML that came with a REST request: there is no address it could be relative to.", leg.Sid);
        return Jump.End;
    }

    /// <summary>The full address of one in the document; an empty one is the document's own.</summary>
    /// <returns>Null when it is relative and the document has no address.</returns>
    public string? Resolve(string address)
    {
        if (address.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            || address.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        {
            return address; // Unchanged: it is signed byte for byte.
        }

        if (_document.Url is not { } start)
        {
            return null;
        }

        if (address.Length == 0)
        {
            return start;
        }

        return Uri.TryCreate(new Uri(start), address, out var url) ? url.AbsoluteUri : null;
    }

    private async Task<Jump?> PerformVerbsAsync(IReadOnlyList<Verb> verbs)
    {
        for (var i = 0; i < verbs.Count; i++)
        {
            var verb = verbs[i];
            if (mode == RunMode.Conference && Array.IndexOf(ConferenceVerbs, verb.Name) < 0)
            {
                if (verb.Name != "Hangup") // The simulator itself adds it behind a played file.
                {
                    exchange.Log.Error(
                        13238, $"<{verb.Name}> is not allowed in a wait, hold or announcement document; it was passed over.", leg.Sid);
                }

                continue;
            }

            if (mode == RunMode.Call && verb.Name is not ("Reject" or "Redirect" or "Hangup" or "Pause" or "Dial"))
            {
                await AcceptAsync();
            }

            if (await PerformAsync(verb, isFirst: i == 0) is { } jump)
            {
                return jump;
            }

            cancellationToken.ThrowIfCancellationRequested();
        }

        return null;
    }

    private async Task<Jump?> PerformAsync(Verb verb, bool isFirst)
    {
        switch (verb.Name)
        {
            case "Say":
                await SayAsync(verb);
                return null;
            case "Play":
                await PlayAsync(verb);
                return null;
            case "Pause":
                await PauseAsync(TimeSpan.FromSeconds(verb.Number("length", 1, 0, 3600)));
                return null;
            case "Redirect":
                return JumpTo(verb.Text.Trim(), verb.Get("method", "POST"), Purpose, []);
            case "Hangup":
                return End("Hangup");
            case "Reject":
                return await RejectAsync(verb, isFirst);
            case "Gather":
                return await new GatherVerb(this, verb).PerformAsync();
            case "Record":
                return await new RecordVerb(this, verb).PerformAsync();
            case "Dial":
                return mode == RunMode.Call
                    ? await new DialVerb(this, verb).PerformAsync()
                    : PassOver(13201, "<Dial> inside a dialled segment; it was passed over.");
            case "Start":
                StartRecordings(verb);
                return null;
            case "Stop":
                StopRecordings();
                return null;
            default:
                return PassOver(12200, $"<{verb.Name}> was passed over.");
        }
    }

    private async Task SayAsync(Verb say)
    {
        var text = string.Join(' ', say.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (text.Length == 0)
        {
            return;
        }

        var length = TimeSpan.FromSeconds(Math.Clamp(text.Length / Math.Max(0.1, exchange.Faults.SpeechRate), 0.8, 300));
        var rounds = say.Number("loop", 1, 0, MostRounds) is > 0 and var loop ? loop : MostRounds;
        for (var round = 0; round < rounds; round++)
        {
            exchange.Log.Write("call", $"says to {Numbers.Masked(leg.FarAddress)}: {text}", ("callSid", leg.Sid), ("say", text));
            await PlayAsync(exchange.Playback.NewSound("say", null, text, loop: false), length);
        }
    }

    private async Task PlayAsync(Verb play)
    {
        if (play["digits"] is { Length: > 0 } digits)
        {
            exchange.Log.Write("call", $"plays {digits.Length} digits to {Numbers.Masked(leg.FarAddress)}", ("callSid", leg.Sid));
            await PauseAsync(TimeSpan.FromMilliseconds(digits.Sum(digit => digit is 'w' ? 500 : digit is 'W' ? 1000 : 230)));
        }

        var address = play.Text.Trim();
        if (address.Length == 0)
        {
            return;
        }

        if (Resolve(address) is not { } url || await exchange.Media.GetAsync(url) is not { } media)
        {
            exchange.Log.Error(13410, "the sound that <Play> names cannot be fetched, or is neither WAV nor MP3.", leg.Sid);
            return;
        }

        var rounds = play.Number("loop", 1, 0, MostRounds) is > 0 and var loop ? loop : MostRounds;
        await PlayAsync(
            exchange.Playback.NewSound("media", "/phone/media/" + media.Id, null, loop: rounds > 1), rounds * media.Duration);
    }

    private Jump End(string verb)
    {
        exchange.End(leg, EndOf(leg), null, $"<{verb}>");
        return Jump.End;
    }

    private async Task<Jump?> RejectAsync(Verb reject, bool isFirst)
    {
        if (leg.Status == LegStatus.InProgress || !isFirst)
        {
            // Not the first verb: the call is answered, and billed.
            return await exchange.AcceptAsync(leg) ? End("Reject") : Jump.End;
        }

        if (reject.Get("reason", "rejected") == "busy")
        {
            exchange.End(leg, LegStatus.Busy, 486, "rejected by <Reject reason=\"busy\">");
        }
        else
        {
            exchange.End(leg, LegStatus.NoAnswer, 603, "rejected by <Reject reason=\"rejected\">");
        }

        return Jump.End;
    }

    private Jump? PassOver(int code, string text)
    {
        exchange.Log.Error(code, text, leg.Sid);
        return null;
    }

    private void StartRecordings(Verb start)
    {
        foreach (var recording in start.Children.Where(child => child.Name == "Recording"))
        {
            exchange.Recordings.Start(
                new RecordingRequest(
                    "StartCallRecordingTwiML", recording.Get("channels", "dual") == "dual" ? 2 : 1, RecordVerb.CallbackOf(recording)),
                leg.Sid,
                null,
                $"call {leg.Ordinal}",
                () => Recordings.TracksOf(leg));
        }
    }

    private void StopRecordings()
    {
        var started = exchange.Recordings.Live
            .Where(one => one.CallSid == leg.Sid && one.Request.Source == "StartCallRecordingTwiML");
        foreach (var recording in started.ToArray())
        {
            exchange.Recordings.End(recording);
        }
    }
}
