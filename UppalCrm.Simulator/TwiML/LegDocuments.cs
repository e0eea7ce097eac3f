using UppalCrm.Simulator.Calls;
using UppalCrm.Simulator.Webhooks;

namespace UppalCrm.Simulator.TwiML;

/// <summary>Fetches TwiML documents for legs, and carries them out.</summary>
internal sealed class LegDocuments(Exchange exchange)
{
    private static TwimlDocument ApplicationError { get; } = TwimlDocument.Parse(
        "<Response><Say>We are sorry, an application error has occurred. Goodbye.</Say><Hangup/></Response>").Document!;

    /// <summary>Cancels a run or a document, unless it has ended.</summary>
    public static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It had ended by itself.
        }
    }

    /// <summary>Carries out a document on a leg, in place of the one before. The leg ends with the document.</summary>
    public void Start(Leg leg, Func<CancellationToken, Task<TwimlDocument?>> document)
    {
        var before = leg.Run;
        var run = new CancellationTokenSource();
        leg.Run = run;
        leg.Sound = null;
        exchange.Loop.Begin(() => RunAsync(leg, run, document));
        if (before is not null)
        {
            exchange.Loop.Post(() => Cancel(before));
        }
    }

    /// <summary>Gives new TwiML to a live leg. This takes the leg out of its conference or Dial.</summary>
    public void Redirect(Leg leg, Func<CancellationToken, Task<TwimlDocument?>> document)
    {
        // Twilio requests the action of the interrupted Dial too, and ignores its answer (measured on Twilio). The Dial sees that it is
        // taken.
        var interrupted = leg.DialAction;
        leg.DialAction = null;
        if (leg.Participant is { } participant)
        {
            participant.Conference.Leave(participant, "participant_updated_via_api");
        }

        if (interrupted is { } action)
        {
            exchange.Webhooks.Send(new WebhookRequest
            {
                Purpose = "action",
                Url = action.Url,
                Method = action.Method,
                Fields = [.. exchange.Callbacks.FieldsOf(leg), new("DialCallStatus", "completed")],
                CallSid = leg.Sid,
                Event = "completed",
                Source = $"call {leg.Ordinal}",
            });
        }

        Start(leg, document);
    }

    /// <summary>Plays a wait or hold document to a participant.</summary>
    /// <param name="url">Null: the network's own music; empty: silence.</param>
    public void Play(Participant participant, string purpose, string? url, string method)
    {
        var leg = participant.Leg;
        if (url is null)
        {
            exchange.Playback.Play(
                leg, exchange.Playback.NewSound("media", "/phone/media/" + MediaLibrary.MusicId, null, loop: true));
            return;
        }

        if (url.Length == 0)
        {
            return;
        }

        var document = new CancellationTokenSource();
        participant.Document = document;
        exchange.Loop.Begin(async () =>
        {
            try
            {
                await PerformInConferenceAsync(participant, purpose, url, method, document.Token);
            }
            finally
            {
                if (participant.Document == document)
                {
                    participant.Document = null;
                }

                document.Dispose();
            }
        });
    }

    /// <summary>Stops the wait or hold document of a participant, if one is being played.</summary>
    public void Stop(Participant participant)
    {
        if (participant.Document is { } document)
        {
            participant.Document = null;
            exchange.Loop.Post(() => Cancel(document));
        }
    }

    /// <summary>Plays an announcement to one participant, over what it hears otherwise.</summary>
    /// <param name="report">Sends the conference's announcement event at the end.</param>
    public async Task AnnounceAsync(Participant participant, string url, string method, bool report)
    {
        using var over = new CancellationTokenSource();
        _ = participant.Left.Task.ContinueWith(
            _ => exchange.Loop.Post(() => Cancel(over)),
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
        var played = await PerformInConferenceAsync(participant, "announce", url, method, over.Token);
        if (report)
        {
            participant.Conference.AnnouncementEnded(participant, url, played ? null : "the document could not be fetched");
        }
    }

    /// <summary>Asks the customer's server for TwiML.</summary>
    /// <param name="fallback">Its FallbackUrl is requested when the first address fails.</param>
    /// <returns>
    /// Null for a wait, hold or announcement document that could not be fetched; the log has the error. For a call the failure is a
    /// document too: the caller hears that the application failed.
    /// </returns>
    public async Task<TwimlDocument?> FetchAsync(
        Leg leg,
        string purpose,
        string url,
        string method,
        IReadOnlyList<KeyValuePair<string, string>> more,
        VoiceRoute? fallback,
        CancellationToken cancellationToken)
    {
        var inConference = purpose is "wait" or "hold" or "announce";
        var (document, failure) = await RequestAsync(leg, purpose, url, method, more, cancellationToken);
        if (failure is null)
        {
            return document;
        }

        exchange.Log.Error(failure.Code, $"{purpose} of {Numbers.Masked(leg.FarAddress)}: {failure.Text}.", leg.Sid);
        if (inConference)
        {
            return null;
        }

        if (fallback?.FallbackUrl is { Length: > 0 } second)
        {
            List<KeyValuePair<string, string>> fields = [.. more, new("ErrorCode", failure.Code.ToString()), new("ErrorUrl", url)];
            (document, failure) = await RequestAsync(leg, "fallback", second, fallback.FallbackMethod, fields, cancellationToken);
            if (failure is null)
            {
                return document;
            }

            exchange.Log.Error(failure.Code, $"fallback of {Numbers.Masked(leg.FarAddress)}: {failure.Text}.", leg.Sid);
        }

        return ApplicationError;
    }

    private async Task<bool> PerformInConferenceAsync(
        Participant participant, string purpose, string url, string method, CancellationToken cancellationToken)
    {
        List<KeyValuePair<string, string>> more =
            [new("ConferenceSid", participant.Conference.Sid), new("FriendlyName", participant.Conference.Name)];
        if (await FetchAsync(participant.Leg, purpose, url, method, more, null, cancellationToken) is not { } document)
        {
            return false;
        }

        var run = new TwimlRun(exchange, participant.Leg, RunMode.Conference, cancellationToken) { Purpose = purpose, MoreFields = more };
        await run.PerformAsync(document);
        return true;
    }

    private async Task RunAsync(Leg leg, CancellationTokenSource run, Func<CancellationToken, Task<TwimlDocument?>> first)
    {
        try
        {
            if (await first(run.Token) is { } document)
            {
                await new TwimlRun(exchange, leg, RunMode.Call, run.Token).PerformAsync(document);
            }

            if (leg.Run == run)
            {
                exchange.End(leg, TwimlRun.EndOf(leg), null, "its document has ended");
            }
        }
        catch (OperationCanceledException) when (run.IsCancellationRequested || leg.IsOver || leg.Run != run)
        {
            // The leg has ended, or has another document.
        }
        catch (Exception ex)
        {
            exchange.Log.Error(12400, $"the simulator failed on this document: {ex}", leg.Sid);
            exchange.End(leg, LegStatus.Failed, null, "an error of the simulator");
        }
        finally
        {
            if (leg.Run == run)
            {
                leg.Run = null;
            }

            run.Dispose();
        }
    }

    private async Task<(TwimlDocument? Document, TwimlIssue? Failure)> RequestAsync(
        Leg leg,
        string purpose,
        string url,
        string method,
        IReadOnlyList<KeyValuePair<string, string>> more,
        CancellationToken cancellationToken)
    {
        var answer = await exchange.Webhooks.RequestAsync(
            new WebhookRequest
            {
                Purpose = purpose,
                Url = url,
                Method = method,
                Fields = Merge(exchange.Callbacks.FieldsOf(leg), more),
                CallSid = leg.Sid,
                Event = leg.StatusWord,
                Source = $"call {leg.Ordinal}",
            },
            cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (answer.Error != 0)
        {
            return (null, new TwimlIssue(answer.Error, answer.Problem));
        }

        var (document, failure) = TwimlDocument.Read(answer.Body, answer.ContentType, answer.Url);
        foreach (var issue in document?.Issues ?? [])
        {
            exchange.Log.Error(issue.Code, $"{purpose}: {issue.Text}.", leg.Sid);
        }

        if (document is not null)
        {
            var verbs = string.Join(' ', document.Verbs.Select(verb => verb.Name));
            exchange.Log.Write(
                "call",
                $"TwiML for {Numbers.Masked(leg.FarAddress)}: {verbs}",
                ("callSid", leg.Sid),
                ("purpose", purpose),
                ("verbs", verbs));
        }

        return (document, failure);
    }

    /// <summary>
    /// Adds fields to those of a call. Twilio does not document what happens when a parameter of <c>connect()</c> is named like one of
    /// them; <see cref="Sim.FaultSettings.ConnectParametersWin"/> decides it here.
    /// </summary>
    private List<KeyValuePair<string, string>> Merge(
        List<KeyValuePair<string, string>> fields, IReadOnlyList<KeyValuePair<string, string>> more)
    {
        IReadOnlyList<KeyValuePair<string, string>> own = fields;
        var (strong, weak) = exchange.Faults.ConnectParametersWin ? (more, own) : (own, more);
        var taken = strong.Select(field => field.Key).ToHashSet(StringComparer.Ordinal);
        return [.. strong, .. weak.Where(field => !taken.Contains(field.Key))];
    }
}
