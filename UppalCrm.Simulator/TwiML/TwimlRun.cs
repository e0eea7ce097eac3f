using UppalCrm.Simulator.Calls;
using UppalCrm.Simulator.Webhooks;

namespace UppalCrm.Simulator.TwiML;

/// <summary>Where a document is carried out, which decides what it may do.</summary>
internal enum RunMode
{
    /// <summary>A call: everything.</summary>
    Call,

    /// <summary>The called side of a Dial, before it is bridged: no Dial.</summary>
    Whisper,

    /// <summary>Waiting, held or announced to in a room: Play, Say, Pause and Redirect only.</summary>
    Room,
}

/// <summary>
/// Carries out TwiML on one leg, verb by verb, and follows Redirect and action addresses. Ends when a document ends or the token says so.
/// </summary>
internal sealed class TwimlRun(Exchange exchange, Leg leg, RunMode mode, CancellationToken cancellationToken)
{
    private const int MostRounds = 1000;
    private static readonly TimeSpan LeastRound = TimeSpan.FromMilliseconds(100);
    private static readonly string[] RoomVerbs = ["Play", "Say", "Pause", "Redirect"];

    private TwimlDocument _document = new([], null, []);
    private Sound? _sound;

    /// <summary>What the requests of this run are called in the log.</summary>
    public string Purpose { get; init; } = "voice";

    /// <summary>Sent with every request of this run.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> MoreFields { get; init; } = [];

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

                if (mode == RunMode.Room && exchange.Now - began < LeastRound)
                {
                    exchange.Log.Error(13410, "a wait document comes round without playing anything; it is slowed down to one round a second.", leg.Sid);
                    await PauseAsync(TimeSpan.FromSeconds(1));
                }

                next = await exchange.FetchAsync(leg, jump.Purpose, jump.Url, jump.Method, [.. MoreFields, .. jump.Fields], null, cancellationToken);
            }
        }
        finally
        {
            Silence();
        }
    }

    private async Task<Jump?> PerformVerbsAsync(IReadOnlyList<Verb> verbs)
    {
        for (var i = 0; i < verbs.Count; i++)
        {
            var verb = verbs[i];
            if (mode == RunMode.Room && Array.IndexOf(RoomVerbs, verb.Name) < 0)
            {
                if (verb.Name != "Hangup") // The simulator's own end of a played file.
                {
                    exchange.Log.Error(13238, $"<{verb.Name}> is not allowed in a wait, hold or announcement document; it was passed over.", leg.Sid);
                }

                continue;
            }

            if (verb.Name is not ("Reject" or "Redirect" or "Hangup" or "Pause" or "Dial") && mode == RunMode.Call && !await exchange.TakeAsync(leg))
            {
                throw new OperationCanceledException(cancellationToken);
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
                return await GatherAsync(verb);
            case "Record":
                return await RecordAsync(verb);
            case "Dial":
                return mode == RunMode.Call ? await DialAsync(verb) : Refuse(13201, "<Dial> inside a dialled segment; it was passed over.");
            case "Enqueue":
                return await EnqueueAsync(verb);
            case "Leave":
                return Jump.End;
            case "Start":
                foreach (var recording in verb.Children.Where(child => child.Name == "Recording"))
                {
                    exchange.Record(
                        new RecordingRequest("StartCallRecordingTwiML", recording.Get("channels", "dual") == "dual" ? 2 : 1, CallbackOf(recording)),
                        leg.Sid,
                        null,
                        $"call {leg.Ordinal}",
                        () => Exchange.LegTracks(leg));
                }

                return null;
            case "Stop":
                foreach (var recording in exchange.LiveRecordings.Where(one => one.CallSid == leg.Sid && one.Request.Source == "StartCallRecordingTwiML").ToArray())
                {
                    exchange.EndRecording(recording);
                }

                return null;
            default:
                return Refuse(12200, $"<{verb.Name}> was passed over.");
        }
    }

    // ---- sound

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
            await SoundAsync(exchange.NewSound("say", null, text, loop: false), length);
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
            exchange.Log.Error(13410, "what <Play> names cannot be had, or is neither WAV nor MP3.", leg.Sid);
            return;
        }

        var rounds = play.Number("loop", 1, 0, MostRounds) is > 0 and var loop ? loop : MostRounds;
        await SoundAsync(exchange.NewSound("media", "/phone/media/" + media.Id, null, loop: rounds > 1), rounds * media.Duration);
    }

    private async Task SoundAsync(Sound sound, TimeSpan length)
    {
        _sound = sound;
        exchange.Hear(leg, sound);
        try
        {
            await PauseAsync(length);
        }
        finally
        {
            Silence();
        }
    }

    private void Silence()
    {
        // Only what this run has started: another may have taken over the ear already.
        if (_sound is not null && leg.Sound == _sound)
        {
            exchange.Hear(leg, null);
        }

        _sound = null;
    }

    private Task PauseAsync(TimeSpan length) => Task.Delay(length, exchange.Loop.Time, cancellationToken);

    // ---- ends and jumps

    private Jump End(string verb)
    {
        exchange.End(leg, leg.Status == LegStatus.InProgress || leg.IsInbound ? LegStatus.Completed : LegStatus.Canceled, null, $"<{verb}>");
        return Jump.End;
    }

    private async Task<Jump?> RejectAsync(Verb reject, bool isFirst)
    {
        var busy = reject.Get("reason", "rejected") == "busy";
        if (leg.Status == LegStatus.InProgress || !isFirst)
        {
            if (!await exchange.TakeAsync(leg))
            {
                return Jump.End;
            }

            return End("Reject"); // Not the first verb: answered, and billed.
        }

        exchange.End(leg, busy ? LegStatus.Busy : LegStatus.NoAnswer, busy ? 486 : 603, $"rejected by <Reject reason=\"{(busy ? "busy" : "rejected")}\">");
        return Jump.End;
    }

    private Jump? Refuse(int code, string text)
    {
        exchange.Log.Error(code, text, leg.Sid);
        return null;
    }

    private Jump JumpTo(string address, string method, string purpose, IReadOnlyList<KeyValuePair<string, string>> fields)
    {
        if (Resolve(address) is { } url)
        {
            return new Jump(url, method is "GET" or "get" ? "GET" : "POST", purpose, fields);
        }

        exchange.Log.Error(11100, "a relative address in TwiML that was given with the REST request: there is nothing it could be relative to.", leg.Sid);
        return Jump.End;
    }

    /// <summary>An empty address is the document itself.</summary>
    private string? Resolve(string address)
    {
        if (address.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || address.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        {
            return address; // As it is: it is signed byte for byte.
        }

        if (_document.Url is not { } start)
        {
            return null;
        }

        if (address.Length == 0)
        {
            return start;
        }

        return Uri.TryCreate(new Uri(start), address, out var url) ? url.OriginalString.Length > 0 ? url.AbsoluteUri : null : null;
    }

    // ---- keys

    private async Task<Jump?> GatherAsync(Verb gather)
    {
        if (gather.Get("input", "dtmf").Contains("speech", StringComparison.Ordinal))
        {
            exchange.Log.Error(12200, "speech is not recognised by the simulator: this <Gather> hears keys only.", leg.Sid);
        }

        var pressed = new Presses(leg);
        using (pressed)
        {
            var finish = gather.Get("finishOnKey", "#");
            var most = gather.Number("numDigits", int.MaxValue, 1, int.MaxValue);
            var patience = TimeSpan.FromSeconds(gather.Number("timeout", 5, 1, 3600));

            // The prompts stop at the first key.
            using var prompting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var prompts = new TwimlRun(exchange, leg, RunMode.Room, prompting.Token) { Purpose = Purpose }.PromptAsync(_document, gather.Children);
            var first = pressed.NextAsync();
            if (await Task.WhenAny(prompts, first) == first)
            {
                await prompting.CancelAsync();
                await prompts.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
            else
            {
                await prompts;
            }

            var digits = "";
            string? finishedBy = null;
            var next = first;
            while (digits.Length < most)
            {
                if (await Task.WhenAny(next, PauseAsync(patience)) != next)
                {
                    break;
                }

                cancellationToken.ThrowIfCancellationRequested();
                var key = await next;
                if (finish.Contains(key, StringComparison.Ordinal))
                {
                    finishedBy = key.ToString();
                    break;
                }

                digits += key;
                next = pressed.NextAsync();
            }

            cancellationToken.ThrowIfCancellationRequested();
            exchange.Log.Write("call", $"gathered {digits.Length} digits from {Numbers.Masked(leg.FarAddress)}", ("callSid", leg.Sid), ("digits", digits.Length.ToString()));
            if (digits.Length == 0 && !gather.Is("actionOnEmptyResult"))
            {
                return null;
            }

            List<KeyValuePair<string, string>> fields = [new("Digits", digits)];
            if (finishedBy is not null)
            {
                fields.Add(new("FinishedOnKey", finishedBy));
            }

            return JumpTo(gather.Get("action", ""), gather.Get("method", "POST"), "gather", fields);
        }
    }

    private async Task PromptAsync(TwimlDocument document, IReadOnlyList<Verb> verbs)
    {
        _document = document;
        try
        {
            await PerformVerbsAsync(verbs);
        }
        finally
        {
            Silence();
        }
    }

    // ---- Record

    private async Task<Jump?> RecordAsync(Verb record)
    {
        var finish = record.Get("finishOnKey", "1234567890*#");
        var longest = TimeSpan.FromSeconds(record.Number("maxLength", leg.IsClient ? 600 : 3600, 1, 14400));
        var silence = TimeSpan.FromSeconds(record.Number("timeout", 5, 0, 3600));
        if (record.Is("playBeep", otherwise: true))
        {
            await SoundAsync(exchange.NewSound("say", null, "(beep)", loop: false), TimeSpan.FromMilliseconds(500));
        }

        var recording = exchange.Record(new RecordingRequest("RecordVerb", 1, CallbackOf(record)), leg.Sid, null, $"call {leg.Ordinal}", () => new Tracks([], [leg]));
        string digits = "";
        using var pressed = new Presses(leg);
        try
        {
            var key = pressed.NextAsync();
            for (var began = exchange.Now; exchange.Now - began < longest;)
            {
                var step = TimeSpan.FromMilliseconds(Math.Min(500, (longest - (exchange.Now - began)).TotalMilliseconds + 1));
                if (await Task.WhenAny(key, PauseAsync(step)) == key)
                {
                    var pressedKey = await key;
                    if (finish.Contains(pressedKey, StringComparison.Ordinal))
                    {
                        digits = pressedKey.ToString();
                        break;
                    }

                    key = pressed.NextAsync();
                }

                cancellationToken.ThrowIfCancellationRequested();

                // Only sound from the page can be silent; a scripted phone is taken to be talking.
                if (silence > TimeSpan.Zero && leg.Far.HasSound && exchange.Now - (recording.HeardAt ?? recording.StartedAt) > silence)
                {
                    break;
                }
            }
        }
        catch (OperationCanceledException) when (leg.IsOver)
        {
            digits = "hangup";
        }

        exchange.EndRecording(recording);
        List<KeyValuePair<string, string>> fields =
        [
            new("RecordingUrl", exchange.RecordingUrl(recording)),
            new("RecordingSid", recording.Sid),
            new("RecordingDuration", recording.Duration!.Value.WholeSeconds().ToString()),
            new("Digits", digits),
        ];
        if (leg.IsOver)
        {
            if (Resolve(record.Get("action", "")) is { } action)
            {
                TellAction(action, record.Get("method", "POST"), fields);
            }

            throw new OperationCanceledException(cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return JumpTo(record.Get("action", ""), record.Get("method", "POST"), "record", fields);
    }

    private static RecordingCallback? CallbackOf(Verb verb) =>
        RecordingCallback.From(verb["recordingStatusCallback"], verb["recordingStatusCallbackMethod"], Words(verb["recordingStatusCallbackEvent"]));

    private static string[] Words(string? text) => (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);

    // ---- Dial

    private async Task<Jump?> DialAsync(Verb dial)
    {
        var action = dial["action"] is { } named ? Resolve(named.Trim()) : null;
        var method = dial.Get("method", "POST");
        leg.DialAction = action is null ? null : (action, method);
        try
        {
            var nouns = dial.Children;
            if (nouns.Count == 0 && dial.Text.Trim() is { Length: > 0 } number)
            {
                nouns = [new Verb("Number", new Dictionary<string, string>(StringComparer.Ordinal), number, [])];
            }

            var outcome = nouns.FirstOrDefault(noun => noun.Name == "Conference") is { } conference
                ? await DialConferenceAsync(dial, conference)
                : await DialPeopleAsync(dial, nouns);
            if (outcome is null)
            {
                return null;
            }

            if (leg.IsOver)
            {
                if (action is not null)
                {
                    leg.DialAction = null;
                    TellAction(action, method, outcome);
                }

                throw new OperationCanceledException(cancellationToken);
            }

            cancellationToken.ThrowIfCancellationRequested();
            return action is null ? null : JumpTo(action, method, "action", outcome);
        }
        finally
        {
            leg.DialAction = null;
        }
    }

    /// <returns>What its action is told; null when the leg was not let in and goes on with the next verb.</returns>
    private async Task<List<KeyValuePair<string, string>>?> DialConferenceAsync(Verb dial, Verb noun)
    {
        if (!await exchange.TakeAsync(leg))
        {
            throw new OperationCanceledException(cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        var name = noun.Text.Trim();
        if (name.Length is 0 or > 128)
        {
            exchange.Log.Error(13237, "the name of a conference has 1 to 128 characters.", leg.Sid);
            return null;
        }

        var conference = exchange.OpenConference(name);
        var (seat, code) = conference.Join(leg, EntryOf(noun));
        if (seat is null)
        {
            exchange.Log.Error(code, $"could not join conference {name}.", leg.Sid, conference.Sid);
            if (conference.Participants.Count == 0 && conference.Expected.Count == 0)
            {
                conference.End("last-participant-left", leg.Sid);
            }

            return code is 16023 or 16025 ? null : [new("DialCallStatus", "failed")];
        }

        exchange.Redraw(leg);
        using var star = dial.Is("hangupOnStar") ? new Presses(leg, '*', () => conference.Leave(seat, "participant_hung_up")) : null;
        using var limit = dial["timeLimit"] is null ? null : exchange.Loop.After(TimeSpan.FromSeconds(dial.Number("timeLimit", 14400, 1, 86400)), () => conference.Leave(seat, "participant_hung_up"));
        await seat.Left.Task;
        exchange.Redraw(leg);
        return [new("DialCallStatus", "answered")];
    }

    private static Entry EntryOf(Verb noun) => new()
    {
        Label = noun["participantLabel"],
        Muted = noun.Is("muted"),
        Beep = noun.Get("beep", "true"),
        StartsConference = noun.Is("startConferenceOnEnter", otherwise: true),
        EndsConference = noun.Is("endConferenceOnExit"),
        WaitUrl = noun["waitUrl"],
        WaitMethod = noun.Get("waitMethod", "POST"),
        Coaching = noun["coach"] is { Length: > 0 },
        CoachTarget = noun["coach"] is { Length: > 0 } coached ? coached : null,
        Terms = new ConferenceTerms
        {
            StatusCallback = noun["statusCallback"],
            StatusCallbackMethod = noun.Get("statusCallbackMethod", "POST"),
            StatusCallbackEvents = Words(noun["statusCallbackEvent"]).ToHashSet(StringComparer.Ordinal),
            Record = noun.Get("record", "do-not-record") is "record-from-start" or "true",
            RecordingCallback = CallbackOf(noun),
            MostParticipants = noun.Number("maxParticipants", 250, 1, 250),
            Region = noun["region"],
        },
    };

    private async Task<List<KeyValuePair<string, string>>?> DialPeopleAsync(Verb dial, IReadOnlyList<Verb> nouns)
    {
        if (!dial.Is("answerOnBridge") && !await exchange.TakeAsync(leg))
        {
            throw new OperationCanceledException(cancellationToken);
        }

        List<Verb> people = [];
        foreach (var noun in nouns)
        {
            if (noun.Name is "Number" or "Client")
            {
                people.Add(noun);
            }
            else
            {
                exchange.Log.Error(13224, $"<{noun.Name}> cannot be called in the simulator: there is no such network behind it.", leg.Sid);
            }
        }

        if (people.Count > 10)
        {
            exchange.Log.Error(13223, "at most 10 can be called at once; the others were passed over.", leg.Sid);
        }

        IEnumerable<Verb[]> turns = dial.Is("sequential") ? people.Take(10).Select(noun => new[] { noun }) : [[.. people.Take(10)]];
        var last = new List<KeyValuePair<string, string>> { new("DialCallStatus", "failed"), new("DialBridged", "false") };
        foreach (var turn in turns.Where(turn => turn.Length > 0))
        {
            last = await DialTogetherAsync(dial, turn);
            if (leg.IsOver || last.Exists(field => field is { Key: "DialBridged", Value: "true" }))
            {
                break;
            }
        }

        return last;
    }

    /// <summary>Calls all of them; the first to answer wins.</summary>
    private async Task<List<KeyValuePair<string, string>>> DialTogetherAsync(Verb dial, Verb[] people)
    {
        var answered = new TaskCompletionSource<Leg>(TaskCreationOptions.RunContinuationsAsynchronously);
        List<Leg> children = [];
        var ringback = exchange.NewSound("ringback", null, null, loop: true);
        _sound = ringback;
        exchange.Hear(leg, ringback);
        try
        {
            foreach (var noun in people)
            {
                if (Call(dial, noun, answered) is { } child)
                {
                    children.Add(child);
                }
            }

            var allOver = Task.WhenAll(children.Select(child => child.Over.Task));
            var first = await Task.WhenAny(answered.Task, allOver, leg.Over.Task, Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken));
            if (first != answered.Task || leg.IsOver)
            {
                CancelAll(children, null);
                var best = children.OrderBy(child => child.Status switch { LegStatus.Busy => 0, LegStatus.NoAnswer => 1, LegStatus.Canceled => 2, _ => 3 }).FirstOrDefault();
                return [new("DialCallStatus", best?.StatusWord ?? "failed"), new("DialCallSid", best?.Sid ?? ""), new("DialBridged", "false")];
            }

            var winner = await answered.Task;
            CancelAll(children, winner);
            if (!await exchange.TakeAsync(leg))
            {
                exchange.End(winner, LegStatus.Completed, null, "the caller had gone");
                throw new OperationCanceledException(cancellationToken);
            }

            await BridgeAsync(dial, winner);
            return
            [
                new("DialCallStatus", "completed"),
                new("DialCallSid", winner.Sid),
                new("DialCallDuration", winner.Duration.WholeSeconds().ToString()),
                new("DialBridged", "true"),
            ];
        }
        finally
        {
            Silence();
            foreach (var child in children)
            {
                exchange.End(child, child.Status == LegStatus.InProgress ? LegStatus.Completed : LegStatus.Canceled, child.Status == LegStatus.InProgress ? null : 487, "the call that dialled it is over");
            }
        }

        void CancelAll(IEnumerable<Leg> legs, Leg? except)
        {
            foreach (var child in legs.Where(child => child != except))
            {
                exchange.End(child, LegStatus.Canceled, 487, except is null ? "the caller hung up" : "another answered first");
            }
        }
    }

    private Leg? Call(Verb dial, Verb noun, TaskCompletionSource<Leg> answered)
    {
        var isClient = noun.Name == "Client";
        var to = isClient
            ? "client:" + (noun.Children.FirstOrDefault(child => child.Name == "Identity")?.Text ?? noun.Text).Trim()
            : noun.Text.Trim();
        if (!isClient && !Numbers.IsE164(to))
        {
            exchange.Log.Error(13223, "<Number> is not a phone number in E.164 form.", leg.Sid);
            return null;
        }

        var url = noun["url"] is { Length: > 0 } whisper ? Resolve(whisper) : null;
        var events = Words(noun["statusCallbackEvent"]).ToHashSet(StringComparer.Ordinal);
        return exchange.Create(new OutboundCall
        {
            Direction = "outbound-dial",
            ParentSid = leg.Sid,
            From = dial["callerId"] is { Length: > 0 } callerId ? callerId : leg.From,
            To = to,
            RingFor = TimeSpan.FromSeconds(dial.Number("timeout", 30, 1, 600)),
            Callback = noun["statusCallback"] is { Length: > 0 } callback
                ? new ProgressCallback(callback, noun.Get("statusCallbackMethod", "POST"), events.Count > 0 ? events : ProgressCallback.OnlyTheEnd)
                : null,
            Parameters = [.. noun.Children.Where(child => child.Name == "Parameter").Select(child => new KeyValuePair<string, string>(child.Get("name", ""), child.Get("value", "")))],
            OnAnswer = async child =>
            {
                if (url is not null)
                {
                    using var over = new CancellationTokenSource();
                    _ = child.Over.Task.ContinueWith(_ => exchange.Loop.Post(over.Cancel), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                    if (await exchange.FetchAsync(child, "whisper", url, noun.Get("method", "POST"), [], null, over.Token) is { } document)
                    {
                        await new TwimlRun(exchange, child, RunMode.Whisper, over.Token) { Purpose = "whisper" }.PerformAsync(document);
                    }
                }

                if (!child.IsOver && !answered.TrySetResult(child))
                {
                    exchange.End(child, LegStatus.Completed, null, "another answered first");
                }
            },
        });
    }

    private async Task BridgeAsync(Verb dial, Leg winner)
    {
        Silence();
        exchange.Bridge(leg, winner);
        Recording? recording = null;
        if (dial.Get("record", "do-not-record") is var how and not ("do-not-record" or "false"))
        {
            recording = exchange.Record(new RecordingRequest("DialVerb", how.EndsWith("-dual", StringComparison.Ordinal) ? 2 : 1, CallbackOf(dial)), leg.Sid, null, $"call {leg.Ordinal}", () => Exchange.LegTracks(leg));
        }

        void EndWinner(string why) => exchange.End(winner, LegStatus.Completed, null, why);
        using var star = dial.Is("hangupOnStar") ? new Presses(leg, '*', () => EndWinner("the caller pressed *")) : null;
        using var limit = exchange.Loop.After(TimeSpan.FromSeconds(dial.Number("timeLimit", 14400, 1, 86400)), () => EndWinner("the time limit of Dial is over"));
        try
        {
            await Task.WhenAny(winner.Over.Task, leg.Over.Task, Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken));
            EndWinner("the other side has gone");
        }
        finally
        {
            if (recording is not null)
            {
                exchange.EndRecording(recording);
            }
        }
    }

    // ---- Enqueue

    /// <summary>Waits in a queue that nobody serves: until Leave in the wait document, new TwiML, or hanging up.</summary>
    private async Task<Jump?> EnqueueAsync(Verb enqueue)
    {
        var began = exchange.Now;
        var left = "hangup";
        if (Resolve(enqueue.Get("waitUrl", "")) is { } waitUrl && enqueue["waitUrl"] is not null)
        {
            var document = await exchange.FetchAsync(leg, "queue-wait", waitUrl, enqueue.Get("waitUrlMethod", "POST"), [], null, cancellationToken);
            if (document is not null)
            {
                await new TwimlRun(exchange, leg, RunMode.Whisper, cancellationToken) { Purpose = "queue-wait" }.PerformAsync(document);
                left = "leave";
            }
        }
        else
        {
            await SoundAsync(exchange.NewSound("media", "/phone/media/" + MediaLibrary.MusicId, null, loop: true), TimeSpan.FromHours(24));
        }

        if (leg.IsOver)
        {
            throw new OperationCanceledException(cancellationToken);
        }

        return enqueue["action"] is { Length: > 0 } action
            ? JumpTo(action, enqueue.Get("method", "POST"), "action", [new("QueueResult", left), new("QueueTime", (exchange.Now - began).WholeSeconds().ToString())])
            : null;
    }

    /// <summary>The action address of a verb that was cut off by hanging up: it is told, and its answer has nobody to be carried out on.</summary>
    private void TellAction(string url, string method, IReadOnlyList<KeyValuePair<string, string>> fields) => exchange.Webhooks.Tell(new WebhookRequest
    {
        Purpose = "action",
        Url = url,
        Method = method,
        Fields = [.. exchange.VoiceFields(leg), .. fields],
        CallSid = leg.Sid,
        Event = leg.StatusWord,
        Source = $"call {leg.Ordinal}",
    });

    /// <param name="Url">Null: carry out nothing more.</param>
    private sealed record Jump(string? Url, string Method, string Purpose, IReadOnlyList<KeyValuePair<string, string>> Fields)
    {
        public static readonly Jump End = new(null, "POST", "", []);
    }

    /// <summary>The keys pressed on a leg while somebody listens for them.</summary>
    private sealed class Presses : IDisposable
    {
        private readonly Leg _leg;
        private readonly Queue<char> _keys = new();
        private readonly Action<char> _heard;
        private TaskCompletionSource<char>? _awaited;

        public Presses(Leg leg)
        {
            _leg = leg;
            _heard = Take;
            leg.Pressed += _heard;
        }

        public Presses(Leg leg, char key, Action act)
        {
            _leg = leg;
            _heard = pressed =>
            {
                if (pressed == key)
                {
                    act();
                }
            };
            leg.Pressed += _heard;
        }

        public Task<char> NextAsync()
        {
            if (_keys.TryDequeue(out var key))
            {
                return Task.FromResult(key);
            }

            _awaited = new TaskCompletionSource<char>(TaskCreationOptions.RunContinuationsAsynchronously);
            return _awaited.Task;
        }

        public void Dispose() => _leg.Pressed -= _heard;

        private void Take(char key)
        {
            if (_awaited?.TrySetResult(key) != true)
            {
                _keys.Enqueue(key);
            }
        }
    }
}
