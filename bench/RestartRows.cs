using System.Collections.Concurrent;
using System.Diagnostics;

namespace UppalCrm.Bench;

/// <summary>The process that starts, and the one that dies: C1 and C2.</summary>
internal static class RestartRows
{
    /// <summary>
    /// C1: from the start of the published program to "ready", and to its first answered call, on a database that is there; and what it
    /// holds in memory then.
    /// </summary>
    public static async Task ColdStartAsync(Run run)
    {
        var (ready, calls, floors) = (new List<TimeSpan>(), new List<TimeSpan>(), new List<TimeSpan>());
        await using var stand = await Stand.OpenAsync(run);
        for (var i = 0; i < (run.Smoke ? 2 : 7) && (i == 0 || run.HasTime); i++)
        {
            var started = Stopwatch.GetTimestamp();
            await using (await Floor.OpenAsync(run))
            {
                floors.Add(Stopwatch.GetElapsedTime(started));
            }

            await stand.App.KillAsync();
            started = Stopwatch.GetTimestamp();
            var starting = stand.StartPublishedAsync();
            while (!await stand.Carrier.IsReadyAsync())
            {
                await Task.Delay(5);
            }

            ready.Add(Stopwatch.GetElapsedTime(started));
            while (await stand.Carrier.CallAsync(Carrier.NewLeg()) is null)
            {
                await Task.Delay(5);
            }

            calls.Add(Stopwatch.GetElapsedTime(started));
            await starting;
        }

        await stand.App.QuietAsync();
        run.Number("memory_mb", stand.App.Memory / 1e6);
        run.Times("floor_listening", floors);
        run.Times("ready", ready);
        run.Times("first_call", calls);
        run.AtMost("ready_p50_ms", 800);
        run.AtMost("first_call_p50_ms", 800);
        run.AtMost("memory_mb", 130, Judged.Always);
    }

    /// <summary>C2: killed in the middle of 200 calls a second. What was answered from the database must be in it, once.</summary>
    public static async Task KilledUnderLoadAsync(Run run)
    {
        await using var stand = await Stand.OpenAsync(run);
        await stand.StartPublishedAsync();
        await Load.BurstAsync(300, () => stand.Carrier.CallAsync(Carrier.NewLeg()));
        var answered = new ConcurrentBag<string>();
        var load = Load.SteadyAsync(200, TimeSpan.FromSeconds(run.Smoke ? 4 : 15), async leg =>
        {
            var took = await stand.Carrier.CallAsync(leg);
            if (took < TimeSpan.FromSeconds(1.4))
            {
                answered.Add(leg); // later ones were answered without the database, on purpose, and are written down afterwards
            }

            return took;
        });
        await Task.Delay(TimeSpan.FromSeconds(run.Smoke ? 1.5 : 5));
        await stand.App.KillAsync();
        var died = Stopwatch.GetTimestamp();
        var starting = stand.StartPublishedAsync();
        while (await stand.Carrier.CallAsync(Carrier.NewLeg()) is null)
        {
            await Task.Delay(10);
        }

        run.Number("seconds_to_the_first_right_answer", Stopwatch.GetElapsedTime(died).TotalSeconds);
        await starting;
        await load;
        var written = answered.Count(leg => stand.Count($"SELECT COUNT(*) FROM phone_calls WHERE twilio_call_sid = '{leg}'") == 1);
        run.Number("answered", answered.Count);
        run.Number("answered_and_lost", answered.Count - written);
        run.AtMost("seconds_to_the_first_right_answer", 1.5);
        run.AtMost("answered_and_lost", 0, Judged.Always);
        run.AtMost("doubled", 0, Judged.Always);
        run.Number("doubled", stand.Count("SELECT COUNT(*) - COUNT(DISTINCT twilio_call_sid) FROM phone_calls"));
    }
}
