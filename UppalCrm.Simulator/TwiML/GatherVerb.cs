namespace UppalCrm.Simulator.TwiML;

/// <summary>Gather: plays its prompts until the first key, then collects keys and sends them to its action.</summary>
internal sealed class GatherVerb(TwimlRun run, Verb gather)
{
    private readonly string _finish = gather.Get("finishOnKey", "#");
    private readonly int _most = gather.Number("numDigits", int.MaxValue, 1, int.MaxValue);
    private readonly TimeSpan _patience = TimeSpan.FromSeconds(gather.Number("timeout", 5, 1, 3600));

    public async Task<Jump?> PerformAsync()
    {
        if (gather.Get("input", "dtmf").Contains("speech", StringComparison.Ordinal))
        {
            run.Exchange.Log.Error(
                12200, "speech is not recognised by the simulator: this <Gather> collects keys only.", run.Leg.Sid);
        }

        using var pressed = new KeyPresses(run.Leg);
        var first = pressed.NextAsync();
        await PromptUntilAsync(first);
        var (digits, finishedBy) = await CollectAsync(pressed, first);
        run.Exchange.Log.Write(
            "call",
            $"gathered {digits.Length} digits from {Numbers.Masked(run.Leg.FarAddress)}",
            ("callSid", run.Leg.Sid),
            ("digits", digits.Length.ToString()));
        if (digits.Length == 0 && !gather.Is("actionOnEmptyResult"))
        {
            return null;
        }

        List<KeyValuePair<string, string>> fields = [new("Digits", digits)];
        if (finishedBy is { } key)
        {
            fields.Add(new("FinishedOnKey", key.ToString()));
        }

        return run.JumpTo(gather.Get("action", ""), gather.Get("method", "POST"), "gather", fields);
    }

    /// <summary>Plays the prompts to their end, or to the first key.</summary>
    private async Task PromptUntilAsync(Task<char> first)
    {
        using var prompting = CancellationTokenSource.CreateLinkedTokenSource(run.Cancelled);
        var prompts = new TwimlRun(run.Exchange, run.Leg, RunMode.Conference, prompting.Token) { Purpose = run.Purpose }
            .PromptAsync(run, gather.Children);
        if (await Task.WhenAny(prompts, first) == first)
        {
            await prompting.CancelAsync();
            await prompts.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
        else
        {
            await prompts;
        }
    }

    private async Task<(string Digits, char? FinishedBy)> CollectAsync(KeyPresses pressed, Task<char> next)
    {
        var digits = "";
        while (digits.Length < _most && await Task.WhenAny(next, run.PauseAsync(_patience)) == next)
        {
            run.Cancelled.ThrowIfCancellationRequested();
            var key = await next;
            if (_finish.Contains(key, StringComparison.Ordinal))
            {
                return (digits, key);
            }

            digits += key;
            next = pressed.NextAsync();
        }

        run.Cancelled.ThrowIfCancellationRequested();
        return (digits, null);
    }
}
