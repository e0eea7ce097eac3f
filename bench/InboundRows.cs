using System.Collections.Concurrent;
using System.Diagnostics;

namespace UppalCrm.Bench;

/// <summary>
/// What a caller's arrival costs: W1 and W2. Numbers that begin with <c>floor</c> are of the floor program in the same run.
/// </summary>
internal static class InboundRows
{
    /// <summary>
    /// Each caller of a phase hangs up in the next: hundreds wait at once in no call centre, and what waits is read again and again.
    /// </summary>
    private const int Phase = 100;

    /// <summary>
    /// W1: signed inbound calls as fast as they are answered, every row written and the call announced. A hundred arrive, a hundred hang
    /// up,
    /// in turns; the CPU of each is added up apart. Once on a nearly empty database, once on 100,000 stored calls.
    /// </summary>
    public static async Task AsFastAsPossibleAsync(Run run)
    {
        var phases = run.Smoke ? 5 : 40;
        await using (var floor = await Floor.OpenAsync(run))
        {
            await WarmAsync(run, floor.Child, () => Load.BurstAsync(Phase, () => floor.Carrier.CallAsync(Carrier.NewLeg(), "/voice")));
            var before = floor.Child.Cpu;
            var started = Stopwatch.GetTimestamp();
            var times = await Load.BurstAsync((run.Smoke ? 1000 : 8000), () => floor.Carrier.CallAsync(Carrier.NewLeg(), "/voice"));
            run.Number("floor_per_second", times.Count / Stopwatch.GetElapsedTime(started).TotalSeconds);
            run.Number("floor_cpu_us_per_call", (floor.Child.Cpu - before).TotalMicroseconds / times.Count);
            run.Times("floor_answer", times.OfType<TimeSpan>());
        }

        await using var stand = await Stand.OpenAsync(run);
        await MeasureAsync(run, stand, phases, "");
        run.Number("share_of_floor", run.Of("per_second") / run.Of("floor_per_second"));
        run.AtMost("cpu_us_per_call", 150, Judged.Always);
        run.AtMost("cpu_us_per_hang_up", 600, Judged.Always);
        run.AtMost("failed", 0, Judged.Always);
        run.AtMost("rows_missing", 0, Judged.Always);
        if (!run.Smoke)
        {
            await stand.App.KillAsync();
            CallArchive.Fill(stand.Database, 100_000);
            await stand.StartAsync();
            await MeasureAsync(run, stand, phases, "_at_100000_stored");
            run.Number("cpu_growth", run.Of("cpu_us_per_call_at_100000_stored") / run.Of("cpu_us_per_call"));
            run.AtMost("cpu_growth", 1.15, Judged.Always);
        }
    }

    /// <summary>
    /// W2: 200 calls a second at planned times, whatever the answers take (no coordinated omission). Each caller hangs up a second later.
    /// After half a minute of the same.
    /// </summary>
    public static async Task AtASteadyRateAsync(Run run)
    {
        const int PerSecond = 200;
        await using (var floor = await Floor.OpenAsync(run))
        {
            await WarmAsync(run, floor.Child, () => Load.BurstAsync(Phase, () => floor.Carrier.CallAsync(Carrier.NewLeg(), "/voice")));
            run.Times(
                "floor",
                (await Load.SteadyAsync(PerSecond, TimeSpan.FromSeconds(run.Smoke ? 1 : 5), leg =>
                    floor.Carrier.CallAsync(leg, "/voice"))).Select(a => a.Took).OfType<TimeSpan>());
        }

        await using var stand = await Stand.OpenAsync(run);
        await WarmAsync(run, stand.App, () => TurnAsync(stand));
        // One by one runs other code than a hundred at once: until it is compiled, the compiler is what would be measured.
        await Load.SteadyAsync(
            PerSecond, TimeSpan.FromSeconds(run.Smoke ? 0.5 : 30), leg => stand.Carrier.CallAsync(leg), stand.Carrier.EndAsync);
        var stored = stand.Count("SELECT COUNT(*) FROM phone_calls");
        var before = stand.App.Cpu;
        var answers = await Load.SteadyAsync(
            PerSecond, TimeSpan.FromSeconds(run.Smoke ? 2 : 30), leg => stand.Carrier.CallAsync(leg), stand.Carrier.EndAsync);
        run.Times("answer", answers.Select(a => a.Took).OfType<TimeSpan>());
        run.AtMost("answer_p50_ms", 1.5);
        run.AtMost("answer_p99_ms", 5);
        run.Number("cpu_us_per_call_and_hang_up", (stand.App.Cpu - before).TotalMicroseconds / answers.Count);
        run.Number("lost", answers.Count(a => a.Took is null));
        run.Number("doubled", stand.Count("SELECT COUNT(*) - COUNT(DISTINCT twilio_call_sid) FROM phone_calls"));
        run.Number("rows_missing", answers.Count + stored - stand.Count("SELECT COUNT(*) FROM phone_calls"));
        run.AtMost("lost", 0, Judged.Always);
        run.AtMost("doubled", 0, Judged.Always);
        run.AtMost("rows_missing", 0, Judged.Always);
    }

    /// <summary>Turns until the just-in-time compiler has its second tier (30 calls of a method, then a pause without new ones).</summary>
    private static async Task WarmAsync(Run run, Child server, Func<Task> turn)
    {
        for (var i = 0; i < (run.Smoke ? 3 : 40) && run.HasTime; i++)
        {
            await turn();
        }

        await Task.Delay(TimeSpan.FromSeconds(run.Smoke ? 0.2 : 2));
        await turn();
        await server.QuietAsync();
    }

    /// <summary>A hundred arrive and hang up.</summary>
    private static async Task<(Cost Arriving, Cost Leaving)> TurnAsync(Stand stand)
    {
        var legs = new ConcurrentBag<string>();
        var arriving = await CostAsync(stand.App, () => Load.BurstAsync(Phase, async () =>
        {
            var leg = Carrier.NewLeg();
            var took = await stand.Carrier.CallAsync(leg);
            legs.Add(leg);
            return took;
        }));
        var leaving = await CostAsync(stand.App, () => Load.BurstAsync(Phase, async () =>
        {
            var started = Stopwatch.GetTimestamp();
            return legs.TryTake(out var leg) && await stand.Carrier.EndAsync(leg) ? Stopwatch.GetElapsedTime(started) : null;
        }));
        return (arriving, leaving);
    }

    private static async Task<Cost> CostAsync(Child app, Func<Task<IReadOnlyList<TimeSpan?>>> burst)
    {
        var (cpu, started) = (app.Cpu, Stopwatch.GetTimestamp());
        var times = await burst();
        var took = Stopwatch.GetElapsedTime(started);
        await app.QuietAsync(); // the telling goes on after the answers, and is theirs
        return new Cost(app.Cpu - cpu, took, times);
    }

    /// <summary>So many phases of a hundred calls, after the same as long as the compiler needs.</summary>
    /// <param name="suffix">Of the numbers' names.</param>
    public static async Task MeasureAsync(Run run, Stand stand, int phases, string suffix)
    {
        await WarmAsync(run, stand.App, () => TurnAsync(stand));
        var stored = stand.Count("SELECT COUNT(*) FROM phone_calls");
        var turns = new List<(Cost Arriving, Cost Leaving)>();
        while (turns.Count < phases && (turns.Count == 0 || run.HasTime))
        {
            turns.Add(await TurnAsync(stand));
        }

        var calls = turns.Count * Phase;
        run.Number("per_second" + suffix, calls / turns.Sum(t => t.Arriving.Took.TotalSeconds));
        run.Number("cpu_us_per_call" + suffix, turns.Sum(t => t.Arriving.Cpu.TotalMicroseconds) / calls);
        run.Number("cpu_us_per_hang_up" + suffix, turns.Sum(t => t.Leaving.Cpu.TotalMicroseconds) / calls);
        run.Times("answer" + suffix, turns.SelectMany(t => t.Arriving.Times).OfType<TimeSpan>());
        run.Number("failed" + suffix, turns.Sum(t => t.Arriving.Times.Count(a => a is null) + t.Leaving.Times.Count(a => a is null)));
        run.Number("rows_missing" + suffix, stored + calls - stand.Count("SELECT COUNT(*) FROM phone_calls"));
        run.Number("stored" + suffix, stored);
    }

    private sealed record Cost(TimeSpan Cpu, TimeSpan Took, IReadOnlyList<TimeSpan?> Times);
}
