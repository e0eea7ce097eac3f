using System.Diagnostics;

namespace UppalCrm.Bench;

/// <summary>An offer on its way to everybody, and what everybody weighs: P1 and M1.</summary>
internal static class OfferRows
{
    /// <summary>
    /// P1: from the carrier's request to the offer at the last of N agents' browsers: their hub connections, and their pages.
    /// </summary>
    public static async Task ToTheLastBrowserAsync(Run run)
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
            run.AtMost($"missed_of_{size}", 0, Judged.Always);
            await CircuitsAsync(run, stand, floor, hubs, size, rounds / 2);
            await Hubs.CloseAsync(hubs);
        }

        run.AtMost($"floors_{sizes[^1]}", 3);
        run.AtMost($"circuit_floors_{sizes[^1]}", 2);
    }

    /// <summary>
    /// The same with the desk's page open at each agent, as it is in a browser. The floor does the same in the least way: a page with
    /// nothing but
    /// a pop-up, and a hub connection beside it; both are told.
    /// </summary>
    private static async Task CircuitsAsync(Run run, Stand stand, Floor floor, IReadOnlyList<HubSocket> hubs, int size, int rounds)
    {
        var floorHubs = await Hubs.FloorHubsAsync(floor, size);
        var floorScreens = await Screens.OpenAsync(floor.Address, "/", new string?[size]);
        var floorTimes = new List<TimeSpan>();
        for (var round = 0; round < rounds && run.HasTime; round++)
        {
            var (shown, rung) = (Screens.LastOf(floorScreens), Hubs.LastOf(floorHubs, "CallOffered"));
            var posted = Stopwatch.GetTimestamp();
            await floor.Carrier.PostAsync("/both", new string('x', 300));
            floorTimes.Add(Stopwatch.GetElapsedTime(posted, (await shown).At));
            await rung;
        }

        run.Times($"floor_circuit_last_of_{size}", floorTimes);
        await Screens.CloseAsync(floorScreens);
        await Hubs.CloseAsync(floorHubs);

        var opening = Stopwatch.GetTimestamp();
        var screens = await Screens.OpenAsync(stand.Address, "/", await stand.CookiesAsync(size));
        run.Number($"circuits_opened_per_second_of_{size}", size / Stopwatch.GetElapsedTime(opening).TotalSeconds);
        var (times, missed) = (new List<TimeSpan>(), 0);
        for (var round = 0; round < rounds && run.HasTime; round++)
        {
            var leg = Carrier.NewLeg();
            var (shown, rung) = (Screens.LastOf(screens), Hubs.LastOf(hubs, "CallOffered"));
            var called = Stopwatch.GetTimestamp();
            await stand.Carrier.CallAsync(leg);
            var (at, absent) = await shown;
            await rung;
            missed += absent;
            times.Add(Stopwatch.GetElapsedTime(called, at));
            var gone = Hubs.LastOf(hubs, "OfferWithdrawn");
            await stand.Carrier.EndAsync(leg);
            await gone;
            await stand.App.QuietAsync();
        }

        run.Times($"circuit_last_of_{size}", times);
        run.Number($"circuit_missed_of_{size}", missed);
        run.AtMost($"circuit_missed_of_{size}", 0, Judged.Always);
        run.Number($"circuit_floors_{size}", run.Of($"circuit_last_of_{size}_p50_ms") / run.Of($"floor_circuit_last_of_{size}_p50_ms"));
        run.Number($"circuits_in_trouble_of_{size}", screens.Count(s => s.Trouble is not null));
        await Screens.CloseAsync(screens);
    }

    /// <summary>
    /// M1: memory of the app for each agent's browser: its hub connection, and the desk's page beside it. First of five hundred that do
    /// nothing, then of a thousand that are offered calls.
    /// </summary>
    public static async Task MemoryAsync(Run run)
    {
        await IdleAsync(run);
        var count = run.Smoke ? 200 : 1000;
        await using (var floor = await Floor.OpenAsync(run))
        {
            var emptyFloor = floor.Child.Memory;
            var floorHubs = await Hubs.FloorHubsAsync(floor, count);
            run.Number("floor_rss_kb_per_browser", (floor.Child.Memory - emptyFloor) / 1024.0 / count);
            await Hubs.CloseAsync(floorHubs);
        }

        await using var stand = await Stand.OpenAsync(run, count);
        await Hubs.CloseAsync(await stand.ConnectAsync(10));
        var empty = stand.App.Memory;
        var hubs = await stand.ConnectAsync(count);
        await OffersAsync(stand, hubs, run.Smoke ? 3 : 20);
        run.Number("rss_mb_empty", empty / 1024.0 / 1024);
        run.Number("rss_mb", stand.App.Memory / 1024.0 / 1024);
        run.Number("rss_kb_per_browser", (stand.App.Memory - empty) / 1024.0 / count);
        var screens = await Screens.OpenAsync(stand.Address, "/", await stand.CookiesAsync(count));
        run.Number("rss_kb_per_page", (stand.App.Memory - empty) / 1024.0 / count);
        run.AtMost("rss_kb_per_page", 400, Judged.Always);
        run.Number("rss_mb_with_pages", stand.App.Memory / 1024.0 / 1024);
        await Screens.CloseAsync(screens);
        await Hubs.CloseAsync(hubs);
    }

    /// <summary>Five hundred agents with page and hub connection, and nothing happens: memory of the app, and what it does.</summary>
    private static async Task IdleAsync(Run run)
    {
        var count = run.Smoke ? 50 : 500;
        await using var stand = await Stand.OpenAsync(run, count);
        await stand.StartPublishedAsync();
        var hubs = await stand.ConnectAsync(count);
        var screens = await Screens.OpenAsync(stand.Address, "/", await stand.CookiesAsync(count));
        // What opening five hundred pages has set the just-in-time compiler to do is done after a minute.
        await Task.Delay(TimeSpan.FromSeconds(run.Smoke ? 0.2 : 75));
        var (cpu, began) = (stand.App.Cpu, Stopwatch.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(run.Smoke ? 0.5 : 30));
        run.Number("idle_cores", (stand.App.Cpu - cpu) / Stopwatch.GetElapsedTime(began));
        run.Number("idle_rss_mb", stand.App.Memory / 1024.0 / 1024);
        run.AtMost("idle_cores", 0.02, Judged.Always);
        run.AtMost("idle_rss_mb", 330, Judged.Always);
        await Screens.CloseAsync(screens);
        await Hubs.CloseAsync(hubs);
    }

    /// <summary>Callers one after another, until the last of these browsers has the offer.</summary>
    public static async Task<(List<TimeSpan> Times, int Missed)> OffersAsync(Stand stand, IReadOnlyList<HubSocket> hubs, int rounds)
    {
        var (times, missed) = (new List<TimeSpan>(), 0);
        for (var round = 0; round < rounds; round++)
        {
            var leg = Carrier.NewLeg();
            var last = Hubs.LastOf(hubs, "CallOffered");
            var started = Stopwatch.GetTimestamp();
            await stand.Carrier.CallAsync(leg);
            var (at, absent) = await last;
            missed += absent;
            times.Add(Stopwatch.GetElapsedTime(started, at));
            var gone = Hubs.LastOf(hubs, "OfferWithdrawn");
            await stand.Carrier.EndAsync(leg);
            await gone;
        }

        return (times, missed);
    }

    private static async Task<List<TimeSpan>> FloorOffersAsync(Floor floor, int size, int rounds)
    {
        var hubs = await Hubs.FloorHubsAsync(floor, size);
        var times = new List<TimeSpan>();
        for (var round = 0; round < rounds; round++)
        {
            var last = Hubs.LastOf(hubs, "CallOffered");
            var started = Stopwatch.GetTimestamp();
            await floor.Carrier.PostAsync("/tell", new string('x', 300));
            times.Add(Stopwatch.GetElapsedTime(started, (await last).At));
        }

        await Hubs.CloseAsync(hubs);
        return times;
    }
}
