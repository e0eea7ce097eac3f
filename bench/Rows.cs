using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace UppalCrm.Bench;

/// <summary>What is measured. Numbers that begin with <c>floor</c> are of the floor program in the same run.</summary>
internal static class Rows
{
    private const int Connections = 64;

    /// <summary>W1: signed inbound calls as fast as they are answered. Every row is written and announced before the answer.</summary>
    public static async Task InboundAsFastAsPossibleAsync(Run run)
    {
        var calls = run.Smoke ? 1000 : 5000;
        await using (var floor = await Floor.OpenAsync(run))
        {
            await BurstAsync(500, () => floor.Carrier.CallAsync(Carrier.NewLeg(), "/voice"));
            await MeasureAsync(run, "floor_", floor.Child, calls * 4, () => floor.Carrier.CallAsync(Carrier.NewLeg(), "/voice"));
        }

        await using var stand = await Stand.OpenAsync(run);
        foreach (var leg in await BurstAsync(300, stand.Carrier))
        {
            await stand.Carrier.EndAsync(leg);
        }

        var legs = new ConcurrentBag<string>();
        await MeasureAsync(run, "", stand.App, calls, async () =>
        {
            var leg = Carrier.NewLeg();
            legs.Add(leg);
            return await stand.Carrier.CallAsync(leg);
        });
        run.Number("rows", stand.Count("SELECT COUNT(*) FROM phone_calls") - 300);
        run.Number("share_of_floor", run.Of("per_second") / run.Of("floor_per_second"));

        var before = stand.App.Cpu;
        await BurstAsync(legs.Count, async () => legs.TryTake(out var leg) && await stand.Carrier.EndAsync(leg) ? TimeSpan.Zero : null);
        run.Number("cpu_us_per_hang_up", (stand.App.Cpu - before).TotalMicroseconds / calls);
    }

    /// <summary>W2: 200 calls a second at planned times, whatever the answers take (no coordinated omission).</summary>
    public static async Task InboundAtASteadyRateAsync(Run run)
    {
        const int PerSecond = 200;
        var seconds = run.Smoke ? 5 : 30;
        await using (var floor = await Floor.OpenAsync(run))
        {
            await BurstAsync(500, () => floor.Carrier.CallAsync(Carrier.NewLeg(), "/voice"));
            run.Times("floor", (await SteadyAsync(PerSecond, run.Smoke ? 2 : 5, leg => floor.Carrier.CallAsync(leg, "/voice"))).Select(a => a.Took).OfType<TimeSpan>());
        }

        await using var stand = await Stand.OpenAsync(run);
        foreach (var leg in await BurstAsync(300, stand.Carrier))
        {
            await stand.Carrier.EndAsync(leg);
        }

        var before = stand.App.Cpu;
        // Each caller hangs up a second later: what waits does not grow without end, as it would not in a call centre.
        var answers = await SteadyAsync(PerSecond, seconds, leg => stand.Carrier.CallAsync(leg), stand.Carrier.EndAsync);
        run.Times("answer", answers.Select(a => a.Took).OfType<TimeSpan>());
        run.Number("cpu_us_per_call_and_hang_up", (stand.App.Cpu - before).TotalMicroseconds / answers.Count);
        run.Number("lost", answers.Count(a => a.Took is null));
        run.Number("doubled", stand.Count("SELECT COUNT(*) - COUNT(DISTINCT twilio_call_sid) FROM phone_calls"));
        run.Number("rows_missing", answers.Count + 300 - stand.Count("SELECT COUNT(*) FROM phone_calls"));
    }

    /// <summary>P1: from the carrier's request to the offer at the last of N agents' browsers (hub clients).</summary>
    public static async Task OfferToTheLastBrowserAsync(Run run)
    {
        int[] sizes = run.Smoke ? [1, 100] : [1, 100, 500, 1000];
        var rounds = run.Smoke ? 10 : 40;
        await using var stand = await Stand.OpenAsync(run, sizes[^1]);
        await using var floor = await Floor.OpenAsync(run);
        foreach (var size in sizes)
        {
            run.Times($"floor_last_of_{size}", await FloorOffersAsync(floor, size, rounds));
            var hubs = await stand.ConnectAsync(size);
            var (times, missed) = await OffersAsync(stand, hubs, rounds);
            run.Times($"last_of_{size}", times);
            run.Number($"missed_of_{size}", missed);
            run.Number($"floors_{size}", run.Of($"last_of_{size}_p50_ms") / run.Of($"floor_last_of_{size}_p50_ms"));
            await CloseAsync(hubs);
        }
    }

    /// <summary>R1: N agents accept at once; how long until each knows, and whether one and only one has it.</summary>
    public static async Task AcceptRaceAsync(Run run)
    {
        int[] sizes = run.Smoke ? [2, 100] : [2, 100, 1000];
        var rounds = run.Smoke ? 10 : 50;
        await using var stand = await Stand.OpenAsync(run, sizes[^1]);
        await using var floor = await Floor.OpenAsync(run);
        foreach (var size in sizes)
        {
            var floorHubs = await FloorHubsAsync(floor, size);
            var floorTimes = new List<TimeSpan>();
            for (var round = 0; round < rounds; round++)
            {
                var call = (size * 1000L) + round;
                floorTimes.Add((await Task.WhenAll(floorHubs.Select((hub, i) => TimedAsync(() => hub.AskAsync("Accept", call, i))))).Max(a => a.Took));
            }

            run.Times($"floor_all_of_{size}_know", floorTimes);
            await CloseAsync(floorHubs);

            var hubs = await stand.ConnectAsync(size);
            var (winner, losers, wrong) = (new List<TimeSpan>(), new List<TimeSpan>(), 0);
            for (var round = 0; round < rounds; round++)
            {
                var leg = Carrier.NewLeg();
                await stand.Carrier.CallAsync(leg);
                var call = stand.CallIdOf(leg);
                var answers = await Task.WhenAll(hubs.Select(hub => TimedAsync(() => hub.AskAsync("Accept", call))));
                var won = answers.Where(a => a.Answer.GetProperty("won").GetBoolean()).ToList();
                wrong += won.Count == 1 ? 0 : 1;
                winner.AddRange(won.Select(a => a.Took));
                losers.Add(answers.Max(a => a.Took));
                await stand.Carrier.EndAsync(leg);
            }

            run.Times($"winner_of_{size}", winner);
            run.Times($"all_of_{size}_know", losers);
            run.Number($"rounds_not_one_winner_of_{size}", wrong);
            await CloseAsync(hubs);
        }
    }

    /// <summary>R2: how long after the end of the lease a claim without a leg is offered again. The floor is a timer.</summary>
    public static async Task LeaseToOfferAsync(Run run)
    {
        var lease = TimeSpan.FromSeconds(2);
        var rounds = run.Smoke ? 2 : 10;
        await using var stand = await Stand.OpenAsync(run, 2, "00:00:02");
        var hubs = await stand.ConnectAsync(2);
        var (late, floor) = (new List<TimeSpan>(), new List<TimeSpan>());
        for (var round = 0; round < rounds; round++)
        {
            var leg = Carrier.NewLeg();
            var offered = Hear(hubs[1], "CallOffered");
            await stand.Carrier.CallAsync(leg);
            await offered;
            var again = Hear(hubs[1], "CallOffered");
            await hubs[0].AskAsync("Accept", stand.CallIdOf(leg));
            var accepted = Stopwatch.GetTimestamp();
            late.Add(Stopwatch.GetElapsedTime(accepted, await again) - lease);
            await stand.Carrier.EndAsync(leg);
            var waited = Stopwatch.GetTimestamp();
            await Task.Delay(TimeSpan.FromMilliseconds(200));
            floor.Add(Stopwatch.GetElapsedTime(waited) - TimeSpan.FromMilliseconds(200));
        }

        run.Times("floor_timer_late", floor);
        run.Times("offered_late", late);
        await CloseAsync(hubs);
    }

    /// <summary>C1: from the start of the process to "ready", on a database that is there.</summary>
    public static async Task ColdStartAsync(Run run)
    {
        var (times, floors) = (new List<TimeSpan>(), new List<TimeSpan>());
        var stand = await Stand.OpenAsync(run);
        await using var _ = stand;
        for (var i = 0; i < (run.Smoke ? 2 : 7); i++)
        {
            var started = Stopwatch.GetTimestamp();
            await using (await Floor.OpenAsync(run))
            {
                floors.Add(Stopwatch.GetElapsedTime(started));
            }

            await stand.App.KillAsync();
            started = Stopwatch.GetTimestamp();
            var starting = stand.StartAsync();
            while (!await stand.Carrier.IsReadyAsync())
            {
                await Task.Delay(5);
            }

            times.Add(Stopwatch.GetElapsedTime(started));
            await starting;
        }

        run.Times("floor_listening", floors);
        run.Times("ready", times);
    }

    /// <summary>C2: killed in the middle of 200 calls a second. What was answered from the database must be in it, once.</summary>
    public static async Task KilledUnderLoadAsync(Run run)
    {
        await using var stand = await Stand.OpenAsync(run);
        await BurstAsync(300, stand.Carrier);
        var answered = new ConcurrentBag<string>();
        var load = SteadyAsync(200, run.Smoke ? 6 : 15, async leg =>
        {
            var took = await stand.Carrier.CallAsync(leg);
            if (took < TimeSpan.FromSeconds(1.4))
            {
                answered.Add(leg); // later ones were answered without the database, on purpose, and are written down afterwards
            }

            return took;
        });
        await Task.Delay(TimeSpan.FromSeconds(run.Smoke ? 2 : 5));
        await stand.App.KillAsync();
        var died = Stopwatch.GetTimestamp();
        var starting = stand.StartAsync();
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
        run.Number("doubled", stand.Count("SELECT COUNT(*) - COUNT(DISTINCT twilio_call_sid) FROM phone_calls"));
    }

    /// <summary>M1: memory of the app for each agent's browser on the hub (hub clients, no pages).</summary>
    public static async Task MemoryOfABrowserAsync(Run run)
    {
        var count = run.Smoke ? 200 : 1000;
        await using (var floor = await Floor.OpenAsync(run))
        {
            var emptyFloor = floor.Child.Memory;
            var floorHubs = await FloorHubsAsync(floor, count);
            run.Number("floor_rss_kb_per_browser", (floor.Child.Memory - emptyFloor) / 1024.0 / count);
            await CloseAsync(floorHubs);
        }

        await using var stand = await Stand.OpenAsync(run, count);
        await CloseAsync(await stand.ConnectAsync(10));
        var empty = stand.App.Memory;
        var hubs = await stand.ConnectAsync(count);
        await OffersAsync(stand, hubs, run.Smoke ? 3 : 20);
        run.Number("rss_mb_empty", empty / 1024.0 / 1024);
        run.Number("rss_mb", stand.App.Memory / 1024.0 / 1024);
        run.Number("rss_kb_per_browser", (stand.App.Memory - empty) / 1024.0 / count);
        await CloseAsync(hubs);
    }

    private static async Task<(List<TimeSpan> Times, int Missed)> OffersAsync(Stand stand, IReadOnlyList<HubSocket> hubs, int rounds)
    {
        var (times, missed) = (new List<TimeSpan>(), 0);
        for (var round = 0; round < rounds; round++)
        {
            var leg = Carrier.NewLeg();
            var last = LastOf(hubs, "CallOffered");
            var started = Stopwatch.GetTimestamp();
            await stand.Carrier.CallAsync(leg);
            var (at, absent) = await last;
            missed += absent;
            times.Add(Stopwatch.GetElapsedTime(started, at));
            var gone = LastOf(hubs, "OfferWithdrawn");
            await stand.Carrier.EndAsync(leg);
            await gone;
        }

        return (times, missed);
    }

    private static async Task<List<TimeSpan>> FloorOffersAsync(Floor floor, int size, int rounds)
    {
        var hubs = await FloorHubsAsync(floor, size);
        var times = new List<TimeSpan>();
        for (var round = 0; round < rounds; round++)
        {
            var last = LastOf(hubs, "CallOffered");
            var started = Stopwatch.GetTimestamp();
            await floor.Carrier.PostAsync("/tell", new string('x', 300));
            times.Add(Stopwatch.GetElapsedTime(started, (await last).At));
        }

        await CloseAsync(hubs);
        return times;
    }

    private static async Task<IReadOnlyList<HubSocket>> FloorHubsAsync(Floor floor, int size)
    {
        var hubs = new List<HubSocket>();
        for (var i = 0; i < size; i += 32)
        {
            hubs.AddRange(await Task.WhenAll(Enumerable.Range(i, Math.Min(32, size - i)).Select(_ => HubSocket.OpenAsync(floor.Address, "/hub", null))));
        }

        await Task.WhenAll(hubs.Select(hub => hub.AskAsync("Accept", -1, 0)));
        return hubs;
    }

    private static async Task CloseAsync(IEnumerable<HubSocket> hubs)
    {
        foreach (var hub in hubs)
        {
            await hub.DisposeAsync();
        }
    }

    /// <summary>When the last of them has heard it (or ten seconds have passed), and how many have not.</summary>
    private static async Task<(long At, int Absent)> LastOf(IReadOnlyList<HubSocket> hubs, string what)
    {
        var waiting = hubs.Select(hub => Hear(hub, what)).ToList();
        var all = Task.WhenAll(waiting);
        await Task.WhenAny(all, Task.Delay(TimeSpan.FromSeconds(10)));
        var heard = waiting.Where(w => w.IsCompletedSuccessfully).Select(w => w.Result).ToList();
        return (heard.Count == 0 ? Stopwatch.GetTimestamp() : heard.Max(), hubs.Count - heard.Count);
    }

    private static Task<long> Hear(HubSocket hub, string what)
    {
        var heard = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Listen(HubSocket from, string name, JsonElement arguments, long at)
        {
            if (name == what)
            {
                hub.Heard -= Listen;
                heard.TrySetResult(at);
            }
        }

        hub.Heard += Listen;
        return heard.Task;
    }

    private static async Task<(JsonElement Answer, TimeSpan Took)> TimedAsync(Func<Task<JsonElement>> ask)
    {
        var started = Stopwatch.GetTimestamp();
        var answer = await ask();
        return (answer, Stopwatch.GetElapsedTime(started));
    }

    private static async Task MeasureAsync(Run run, string prefix, Child server, int calls, Func<Task<TimeSpan?>> call)
    {
        var before = server.Cpu;
        var started = Stopwatch.GetTimestamp();
        var times = await BurstAsync(calls, call);
        run.Number(prefix + "per_second", calls / Stopwatch.GetElapsedTime(started).TotalSeconds);
        run.Number(prefix + "cpu_us_per_call", (server.Cpu - before).TotalMicroseconds / calls);
        run.Times(prefix + "answer", times.OfType<TimeSpan>());
        run.Number(prefix + "failed", times.Count(t => t is null));
    }

    private static async Task<IReadOnlyList<string>> BurstAsync(int calls, Carrier carrier)
    {
        var legs = Enumerable.Range(0, calls).Select(_ => Carrier.NewLeg()).ToList();
        var left = new ConcurrentQueue<string>(legs);
        await BurstAsync(calls, async () => left.TryDequeue(out var leg) ? await carrier.CallAsync(leg) : null);
        return legs;
    }

    /// <summary>So many calls over 64 connections, each as soon as the one before was answered.</summary>
    private static async Task<IReadOnlyList<TimeSpan?>> BurstAsync(int calls, Func<Task<TimeSpan?>> call)
    {
        var times = new ConcurrentBag<TimeSpan?>();
        var left = calls;
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                times.Add(await call());
            }
        })));
        return [.. times];
    }

    /// <summary>At planned times; the time of an answer counts from when its call was due.</summary>
    private static async Task<IReadOnlyList<(string Leg, TimeSpan? Took)>> SteadyAsync(int perSecond, int seconds, Func<string, Task<TimeSpan?>> call, Func<string, Task>? after = null)
    {
        var answers = new ConcurrentBag<(string, TimeSpan?)>();
        var started = Stopwatch.GetTimestamp();
        var running = new List<Task>();
        for (var i = 0; i < perSecond * seconds; i++)
        {
            var due = TimeSpan.FromSeconds((double)i / perSecond);
            while (Stopwatch.GetElapsedTime(started) is var now && now < due)
            {
                await Task.Delay(due - now > TimeSpan.FromMilliseconds(2) ? due - now - TimeSpan.FromMilliseconds(1) : TimeSpan.FromMilliseconds(1));
            }

            running.Add(Task.Run(async () =>
            {
                var leg = Carrier.NewLeg();
                var took = await call(leg);
                answers.Add((leg, took is null ? null : Stopwatch.GetElapsedTime(started) - due));
                if (after is not null)
                {
                    await Task.Delay(TimeSpan.FromSeconds(1));
                    await after(leg);
                }
            }));
        }

        await Task.WhenAll(running);
        return [.. answers];
    }
}
