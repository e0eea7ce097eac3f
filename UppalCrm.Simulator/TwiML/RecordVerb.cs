using UppalCrm.Simulator.Calls;

namespace UppalCrm.Simulator.TwiML;

/// <summary>Record: records the leg until a key, silence, its longest length or the end of the call.</summary>
internal sealed class RecordVerb(TwimlRun run, Verb record)
{
    private readonly string _finish = record.Get("finishOnKey", "1234567890*#");
    private readonly TimeSpan _longest = TimeSpan.FromSeconds(record.Number("maxLength", run.Leg.IsClient ? 600 : 3600, 1, 14400));
    private readonly TimeSpan _silence = TimeSpan.FromSeconds(record.Number("timeout", 5, 0, 3600));

    /// <summary>The recording callback that an element names; null when it names none.</summary>
    public static RecordingCallback? CallbackOf(Verb verb) => RecordingCallback.From(
        verb["recordingStatusCallback"], verb["recordingStatusCallbackMethod"], verb.Words("recordingStatusCallbackEvent"));

    public async Task<Jump?> PerformAsync()
    {
        var exchange = run.Exchange;
        var leg = run.Leg;
        if (record.Is("playBeep", otherwise: true))
        {
            await run.PlayAsync(exchange.Playback.NewSound("say", null, "(beep)", loop: false), TimeSpan.FromMilliseconds(500));
        }

        var recording = exchange.Recordings.Start(
            new RecordingRequest("RecordVerb", 1, CallbackOf(record)), leg.Sid, null, $"call {leg.Ordinal}", () => new Tracks([], [leg]));
        string digits;
        try
        {
            digits = await UntilFinishedAsync(recording);
        }
        catch (OperationCanceledException) when (leg.IsOver)
        {
            digits = "hangup";
        }

        exchange.Recordings.End(recording);
        List<KeyValuePair<string, string>> fields =
        [
            new("RecordingUrl", exchange.Recordings.UrlOf(recording)),
            new("RecordingSid", recording.Sid),
            new("RecordingDuration", recording.Duration!.Value.WholeSeconds().ToString()),
            new("Digits", digits),
        ];
        if (leg.IsOver)
        {
            if (run.Resolve(record.Get("action", "")) is { } action)
            {
                exchange.Callbacks.SendAction(leg, action, record.Get("method", "POST"), fields);
            }

            throw new OperationCanceledException(run.Cancelled);
        }

        run.Cancelled.ThrowIfCancellationRequested();
        return run.JumpTo(record.Get("action", ""), record.Get("method", "POST"), "record", fields);
    }

    /// <returns>The key that finished it; empty when it finished otherwise.</returns>
    private async Task<string> UntilFinishedAsync(Recording recording)
    {
        var exchange = run.Exchange;
        using var pressed = new KeyPresses(run.Leg);
        var next = pressed.NextAsync();
        for (var began = exchange.Now; exchange.Now - began < _longest;)
        {
            var step = TimeSpan.FromMilliseconds(Math.Min(500, (_longest - (exchange.Now - began)).TotalMilliseconds + 1));
            if (await Task.WhenAny(next, run.PauseAsync(step)) == next)
            {
                var key = await next;
                if (_finish.Contains(key, StringComparison.Ordinal))
                {
                    return key.ToString();
                }

                next = pressed.NextAsync();
            }

            run.Cancelled.ThrowIfCancellationRequested();

            // Only a phone of the page can be silent. A scripted phone counts as talking.
            if (_silence > TimeSpan.Zero
                && run.Leg.Far.HasSound
                && exchange.Now - (recording.HeardAt ?? recording.StartedAt) > _silence)
            {
                break;
            }
        }

        return "";
    }
}
