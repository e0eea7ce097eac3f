using System.Collections.Concurrent;
using System.Diagnostics;

namespace UppalCrm.Bench;

/// <summary>The live board on many screens, and everybody coming back at once: L1 and L2.</summary>
internal static class BoardRows
{
    private const int ChangesPerSecond = 50;

    /// <summary>
    /// L1: 500 waiting calls, of which 50 a second come or go, on 1, 10 and 50 supervisors' screens: what it costs the app, what each
    /// screen is sent on the wire and before it is compressed, how long a change takes to the last screen, and what is sent while nothing
    /// changes. The floor is a page with nothing but a pop-up.
    /// </summary>
    public static async Task OnManyScreensAsync(Run run)
    {
        int[] sizes = run.Smoke ? [1] : [1, 10, 50];
        var calls = run.Smoke ? 50 : 500;
        var seconds = run.Smoke ? 1 : 10;
        await using var stand = await Stand.OpenAsync(run, sizes[^1], role: "Supervisor");
        await using var floor = await Floor.OpenAsync(run);
        var legs = new ConcurrentQueue<string>();
        await Load.BurstAsync(calls, () => CallAsync(stand, legs));
        await MoveAsync(stand, legs, seconds); // warm
        await stand.App.QuietAsync();
        var cpu = stand.App.Cpu;
        var alone = await MoveAsync(stand, legs, seconds);
        run.Number("cores_without_a_screen", (stand.App.Cpu - cpu) / alone);
        foreach (var size in sizes)
        {
            if (!run.HasTime)
            {
                return;
            }

            var floorScreens = await Screens.OpenAsync(floor.Address, "/", new string?[size]);
            run.Times(
                $"floor_last_of_{size}",
                await TimesAsync(run, 15, () => floor.Carrier.PostAsync("/both", "x"), () => Screens.LastPictureOf(floorScreens)));
            await Screens.CloseAsync(floorScreens);

            var screens = await Screens.OpenAsync(stand.Address, "/board", await stand.CookiesAsync(size));
            await stand.App.QuietAsync();
            var idle = screens.Sum(s => s.WireBytes);
            await Task.Delay(TimeSpan.FromSeconds(run.Smoke ? 1 : 5));
            run.Number(
                $"idle_bytes_per_second_and_screen_of_{size}", (screens.Sum(s => s.WireBytes) - idle) / (double)size / (run.Smoke ? 1 : 5));

            cpu = stand.App.Cpu;
            var (bytes, wire, pictures) = (screens.Sum(s => s.Bytes), screens.Sum(s => s.WireBytes), screens.Sum(s => s.Pictures));
            var took = await MoveAsync(stand, legs, seconds);
            run.Number($"cores_of_{size}", (stand.App.Cpu - cpu) / took);
            run.Number($"bytes_per_second_and_screen_of_{size}", (screens.Sum(s => s.WireBytes) - wire) / took.TotalSeconds / size);
            run.Number($"before_compression_of_{size}", (screens.Sum(s => s.Bytes) - bytes) / took.TotalSeconds / size);
            run.Number($"pictures_per_second_and_screen_of_{size}", (screens.Sum(s => s.Pictures) - pictures) / took.TotalSeconds / size);
            await stand.App.QuietAsync();
            run.Times(
                $"update_at_the_last_of_{size}",
                await TimesAsync(run, 15, () => CallAsync(stand, legs), () => Screens.LastPictureOf(screens)));
            run.Number($"screens_in_trouble_of_{size}", screens.Count(s => s.Trouble is not null));
            run.AtMost($"screens_in_trouble_of_{size}", 0, Judged.Always);
            run.AtMost($"update_at_the_last_of_{size}_p99_ms", 300);
            run.AtMost($"bytes_per_second_and_screen_of_{size}", 10_000, Judged.Always);
            run.AtMost($"pictures_per_second_and_screen_of_{size}", 4, Judged.Always);
            await Screens.CloseAsync(screens);
        }

        if (!run.Smoke)
        {
            run.Number("cores_for_50_screens", run.Of("cores_of_50") - run.Of("cores_without_a_screen"));
            run.AtMost("cores_for_50_screens", 0.35, Judged.Always);
        }
    }

    /// <summary>
    /// L2: every agent's connection is cut at once; how long until all are back and have been told of the call that waits.
    /// </summary>
    public static async Task AllComeBackAsync(Run run)
    {
        var count = run.Smoke ? 100 : 1000;
        var rounds = run.Smoke ? 1 : 3;
        await using var floor = await Floor.OpenAsync(run);
        await using var stand = await Stand.OpenAsync(run, count);
        await stand.Carrier.CallAsync(Carrier.NewLeg());
        var (times, floors, wrong) = (new List<TimeSpan>(), new List<TimeSpan>(), 0);
        var floorHubs = await Hubs.FloorHubsAsync(floor, count);
        var hubs = await stand.ConnectAsync(count);
        for (var round = 0; round < rounds && run.HasTime; round++)
        {
            await Hubs.CloseAsync(floorHubs);
            var cut = Stopwatch.GetTimestamp();
            floorHubs = await Hubs.FloorHubsAsync(floor, count);
            floors.Add(Stopwatch.GetElapsedTime(cut));

            await Hubs.CloseAsync(hubs);
            cut = Stopwatch.GetTimestamp();
            hubs = await stand.ConnectAsync(count);
            times.Add(Stopwatch.GetElapsedTime(cut));
            wrong += hubs.Count(hub => hub.OffersAtGreeting != 1);
        }

        run.Times("floor_all_back", floors);
        run.Times("all_back", times);
        run.Number("wrong_snapshots", wrong);
        run.AtMost("wrong_snapshots", 0, Judged.Always);
        run.AtMost("all_back_max_ms", 6000);
        await Hubs.CloseAsync(floorHubs);
        await Hubs.CloseAsync(hubs);
    }

    /// <summary>Callers come, and as many of those who wait the longest hang up, at an even rate.</summary>
    private static async Task<TimeSpan> MoveAsync(Stand stand, ConcurrentQueue<string> legs, int seconds)
    {
        var started = Stopwatch.GetTimestamp();
        using var beat = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / ChangesPerSecond));
        for (var i = 0; i < seconds * ChangesPerSecond; i++)
        {
            await beat.WaitForNextTickAsync();
            if (i % 2 == 0)
            {
                await CallAsync(stand, legs);
            }
            else if (legs.TryDequeue(out var leg))
            {
                await stand.Carrier.EndAsync(leg);
            }
        }

        return Stopwatch.GetElapsedTime(started);
    }

    private static async Task<TimeSpan?> CallAsync(Stand stand, ConcurrentQueue<string> legs)
    {
        var leg = Carrier.NewLeg();
        legs.Enqueue(leg);
        return await stand.Carrier.CallAsync(leg);
    }

    private static async Task<IReadOnlyList<TimeSpan>> TimesAsync(Run run, int rounds, Func<Task> change, Func<Task<long>> last)
    {
        var times = new List<TimeSpan>();
        for (var round = 0; round < rounds && run.HasTime; round++)
        {
            var shown = last();
            var started = Stopwatch.GetTimestamp();
            await change();
            times.Add(Stopwatch.GetElapsedTime(started, await shown));
            await Task.Delay(600); // the next change finds the board at rest
        }

        return times;
    }
}
