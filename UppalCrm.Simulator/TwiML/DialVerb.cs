using UppalCrm.Simulator.Calls;

namespace UppalCrm.Simulator.TwiML;

/// <summary>Dial: connects the leg to a conference, or to the first number or softphone that answers.</summary>
internal sealed class DialVerb(TwimlRun run, Verb dial)
{
    private const int MostAtOnce = 10;

    private Exchange Exchange => run.Exchange;

    private Leg Leg => run.Leg;

    public async Task<Jump?> PerformAsync()
    {
        var action = dial["action"] is { } named ? run.Resolve(named.Trim()) : null;
        var method = dial.Get("method", "POST");
        Leg.DialAction = action is null ? null : (action, method);
        try
        {
            var nouns = dial.Children;
            if (nouns.Count == 0 && dial.Text.Trim() is { Length: > 0 } number)
            {
                nouns = [new Verb("Number", new Dictionary<string, string>(StringComparer.Ordinal), number, [])];
            }

            var outcome = nouns.FirstOrDefault(noun => noun.Name == "Conference") is { } conference
                ? await new ConferenceNoun(run, dial, conference).PerformAsync()
                : await DialPeopleAsync(nouns);
            if (outcome is null)
            {
                return null;
            }

            if (Leg.IsOver)
            {
                if (action is not null)
                {
                    Leg.DialAction = null;
                    Exchange.Callbacks.SendAction(Leg, action, method, outcome);
                }

                throw new OperationCanceledException(run.Cancelled);
            }

            run.Cancelled.ThrowIfCancellationRequested();
            if (action is not null && Leg.DialAction is null)
            {
                throw new OperationCanceledException(run.Cancelled); // another document took its place, and asked for the action
            }

            return action is null ? null : run.JumpTo(action, method, "action", outcome);
        }
        finally
        {
            Leg.DialAction = null;
        }
    }

    /// <returns>The fields for the action.</returns>
    private async Task<List<KeyValuePair<string, string>>> DialPeopleAsync(IReadOnlyList<Verb> nouns)
    {
        if (!dial.Is("answerOnBridge"))
        {
            await run.AcceptAsync();
        }

        if (nouns.Count > MostAtOnce)
        {
            Exchange.Log.Error(13223, "at most 10 can be called at once; the others were passed over.", Leg.Sid);
        }

        var people = nouns.Where(noun => noun.Name is "Number" or "Client").Take(MostAtOnce).ToArray();
        IEnumerable<Verb[]> turns = dial.Is("sequential") ? people.Select(noun => new[] { noun }) : [people];
        List<KeyValuePair<string, string>> last = [new("DialCallStatus", "failed"), new("DialBridged", "false")];
        foreach (var turn in turns.Where(turn => turn.Length > 0))
        {
            last = await DialTogetherAsync(turn);
            if (Leg.IsOver || last.Exists(field => field is { Key: "DialBridged", Value: "true" }))
            {
                break;
            }
        }

        return last;
    }

    /// <summary>Calls all of them; the first to answer is connected.</summary>
    private async Task<List<KeyValuePair<string, string>>> DialTogetherAsync(Verb[] people)
    {
        var answered = new TaskCompletionSource<Leg>(TaskCreationOptions.RunContinuationsAsynchronously);
        List<Leg> children = [];
        run.StartSound(Exchange.Playback.NewSound("ringback", null, null, loop: true));
        try
        {
            children.AddRange(people.Select(noun => Call(noun, answered)).OfType<Leg>());
            var allOver = Task.WhenAll(children.Select(child => child.Over.Task));
            var first = await Task.WhenAny(
                answered.Task, allOver, Leg.Over.Task, Task.Delay(Timeout.InfiniteTimeSpan, run.Cancelled));
            if (first != answered.Task || Leg.IsOver)
            {
                CancelAll(children, except: null);
                return FailureOf(children);
            }

            var winner = await answered.Task;
            CancelAll(children, winner);
            if (!await Exchange.AcceptAsync(Leg))
            {
                Exchange.End(winner, LegStatus.Completed, null, "the caller had gone");
                throw new OperationCanceledException(run.Cancelled);
            }

            await ConnectAsync(winner);
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
            run.StopSound();
            foreach (var child in children)
            {
                Exchange.EndByCommand(child, "the call that dialled it is over");
            }
        }
    }

    private static List<KeyValuePair<string, string>> FailureOf(List<Leg> children)
    {
        var best = children.MinBy(child => child.Status switch
        {
            LegStatus.Busy => 0,
            LegStatus.NoAnswer => 1,
            LegStatus.Canceled => 2,
            _ => 3,
        });
        return
        [
            new("DialCallStatus", best?.StatusWord ?? "failed"),
            new("DialCallSid", best?.Sid ?? ""),
            new("DialBridged", "false"),
        ];
    }

    private void CancelAll(IEnumerable<Leg> children, Leg? except)
    {
        foreach (var child in children.Where(child => child != except))
        {
            Exchange.End(
                child, LegStatus.Canceled, 487, except is null ? "the caller hung up" : "another answered first");
        }
    }

    private Leg? Call(Verb noun, TaskCompletionSource<Leg> answered)
    {
        var to = noun.Name == "Client"
            ? "client:" + (noun.Children.FirstOrDefault(child => child.Name == "Identity")?.Text ?? noun.Text).Trim()
            : noun.Text.Trim();
        if (noun.Name == "Number" && !Numbers.IsE164(to))
        {
            Exchange.Log.Error(13223, "<Number> is not a phone number in E.164 form.", Leg.Sid);
            return null;
        }

        var events = noun.Words("statusCallbackEvent").ToHashSet(StringComparer.Ordinal);
        return Exchange.Create(new OutboundCall
        {
            Direction = "outbound-dial",
            ParentSid = Leg.Sid,
            From = dial["callerId"] is { Length: > 0 } callerId ? callerId : Leg.From,
            To = to,
            RingFor = TimeSpan.FromSeconds(dial.Number("timeout", 30, 1, 600)),
            Callback = noun["statusCallback"] is { Length: > 0 } callback
                ? new ProgressCallback(
                    callback, noun.Get("statusCallbackMethod", "POST"), events.Count > 0 ? events : ProgressCallback.OnlyTheEnd)
                : null,
            Parameters =
            [
                .. noun.Children.Where(child => child.Name == "Parameter")
                    .Select(child => new KeyValuePair<string, string>(child.Get("name", ""), child.Get("value", ""))),
            ],
            OnAnswer = child => AnsweredAsync(noun, child, answered),
        });
    }

    private async Task AnsweredAsync(Verb noun, Leg child, TaskCompletionSource<Leg> answered)
    {
        if (noun["url"] is { Length: > 0 } whisper && run.Resolve(whisper) is { } url)
        {
            await WhisperAsync(child, url, noun.Get("method", "POST"));
        }

        if (!child.IsOver && !answered.TrySetResult(child))
        {
            Exchange.End(child, LegStatus.Completed, null, "another answered first");
        }
    }

    /// <summary>Carries out the document of a noun on the called side, before it is connected.</summary>
    private async Task WhisperAsync(Leg child, string url, string method)
    {
        using var over = new CancellationTokenSource();
        _ = child.Over.Task.ContinueWith(
            _ => Exchange.Loop.Post(() => LegDocuments.Cancel(over)),
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
        if (await Exchange.Documents.FetchAsync(child, "whisper", url, method, [], null, over.Token) is { } document)
        {
            await new TwimlRun(Exchange, child, RunMode.Whisper, over.Token) { Purpose = "whisper" }.PerformAsync(document);
        }
    }

    private async Task ConnectAsync(Leg winner)
    {
        run.StopSound();
        Exchange.Playback.Connect(Leg, winner);
        Recording? recording = null;
        if (dial.Get("record", "do-not-record") is var how and not ("do-not-record" or "false"))
        {
            var channels = how.EndsWith("-dual", StringComparison.Ordinal) ? 2 : 1;
            recording = Exchange.Recordings.Start(
                new RecordingRequest("DialVerb", channels, RecordVerb.CallbackOf(dial)),
                Leg.Sid,
                null,
                $"call {Leg.Ordinal}",
                () => Recordings.TracksOf(Leg));
        }

        void EndWinner(string why) => Exchange.End(winner, LegStatus.Completed, null, why);
        using var star = dial.Is("hangupOnStar") ? new KeyPresses(Leg, '*', () => EndWinner("the caller pressed *")) : null;
        using var limit = Exchange.Loop.After(
            TimeSpan.FromSeconds(dial.Number("timeLimit", 14400, 1, 86400)), () => EndWinner("the time limit of Dial is over"));
        try
        {
            await Task.WhenAny(winner.Over.Task, Leg.Over.Task, Task.Delay(Timeout.InfiniteTimeSpan, run.Cancelled));
            EndWinner("the other side has gone");
        }
        finally
        {
            if (recording is not null)
            {
                Exchange.Recordings.End(recording);
            }
        }
    }
}
