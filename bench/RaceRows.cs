using System.Diagnostics;

namespace UppalCrm.Bench;

/// <summary>Who accepts first: R1 and R2.</summary>
internal static class RaceRows
{
    /// <summary>
    /// Rounds that are not measured: each size meets code that has not run that often yet, ours and the floor's, and what is run once a
    /// round has the compiler's second tier after thirty.
    /// </summary>
    private const int Warming = 40;

    /// <summary>A person who accepts more often than twenty times a second is told to wait.</summary>
    private static readonly TimeSpan ShortestRound = TimeSpan.FromMilliseconds(60);

    /// <summary>R1: N agents accept at once; how long until each knows, and whether one and only one has it.</summary>
    public static async Task AcceptAsync(Run run)
    {
        int[] sizes = run.Smoke ? [2, 100] : [2, 100, 1000];
        var rounds = run.Smoke ? 10 : 100;
        await using var stand = await Stand.OpenAsync(run, sizes[^1]);
        await using var floor = await Floor.OpenAsync(run);
        foreach (var size in sizes)
        {
            var floorHubs = await Hubs.FloorHubsAsync(floor, size);
            var floorTimes = new List<TimeSpan>();
            for (var round = 0; round < rounds; round++)
            {
                var call = (size * 1000L) + round;
                floorTimes.Add((await Task.WhenAll(floorHubs.Select((hub, i) => Hubs.TimedAsync(() =>
                    hub.AskAsync("Accept", call, i))))).Max(a => a.Took));
            }

            run.Times($"floor_all_of_{size}_know", floorTimes.Skip(Math.Min(Warming, rounds / 2)));
            await Hubs.CloseAsync(floorHubs);

            await AcceptOnceAsync(run, stand, size, rounds);
            run.AtMost($"all_of_{size}_know_p99_ms", 80);
        }
    }

    /// <param name="suffix">Of the numbers' names, where a row has them of two stands.</param>
    public static async Task AcceptOnceAsync(Run run, Stand stand, int size, int rounds, string suffix = "")
    {
        var hubs = await stand.ConnectAsync(size);
        var (winner, losers, wrong) = (new List<TimeSpan>(), new List<TimeSpan>(), 0);
        for (var round = 0; round < rounds; round++)
        {
            var pause = Task.Delay(ShortestRound);
            var leg = Carrier.NewLeg();
            await stand.Carrier.CallAsync(leg);
            var call = await stand.WrittenCallIdOfAsync(leg);
            var answers = await Task.WhenAll(hubs.Select(hub => Hubs.TimedAsync(() => hub.AskAsync("Accept", call))));
            var won = answers.Where(a => a.Answer.GetProperty("won").GetBoolean()).ToList();
            if (won.Count != 1)
            {
                wrong++;
                var said = answers.GroupBy(a => a.Answer.GetRawText()).OrderByDescending(same => same.Count()).Take(5);
                Console.WriteLine($"Call {call}: {won.Count} winners. {string.Join("; ", said.Select(same => $"{same.Count()} x {same.Key}"))}");
            }

            winner.AddRange(won.Select(a => a.Took));
            losers.Add(answers.Max(a => a.Took));
            await stand.Carrier.EndAsync(leg);
            await pause;
        }

        run.Times($"winner_of_{size}{suffix}", winner.Skip(Math.Min(Warming, rounds / 2)));
        run.Times($"all_of_{size}_know{suffix}", losers.Skip(Math.Min(Warming, rounds / 2)));
        run.Number($"rounds_not_one_winner_of_{size}{suffix}", wrong);
        run.AtMost($"rounds_not_one_winner_of_{size}{suffix}", 0, Judged.Always);
        await Hubs.CloseAsync(hubs);
    }

    /// <summary>R2: how long after the end of the lease a claim without a leg is offered again. The floor is a timer.</summary>
    public static async Task LeaseToOfferAsync(Run run)
    {
        var lease = TimeSpan.FromSeconds(2);
        var warming = run.Smoke ? 0 : 2;
        var rounds = run.Smoke ? 2 : warming + 20;
        await using var stand = await Stand.OpenAsync(run, 2, "00:00:02");
        var hubs = await stand.ConnectAsync(2);
        var (late, floor) = (new List<TimeSpan>(), new List<TimeSpan>());
        for (var round = 0; round < rounds; round++)
        {
            var leg = Carrier.NewLeg();
            var offered = Hubs.Hear(hubs[1], "CallOffered");
            await stand.Carrier.CallAsync(leg);
            await offered;
            var again = Hubs.Hear(hubs[1], "CallOffered");
            await hubs[0].AskAsync("Accept", stand.CallIdOf(leg));
            var accepted = Stopwatch.GetTimestamp();
            late.Add(Stopwatch.GetElapsedTime(accepted, await again) - lease);
            await stand.Carrier.EndAsync(leg);
            var waited = Stopwatch.GetTimestamp();
            await Task.Delay(TimeSpan.FromMilliseconds(200));
            floor.Add(Stopwatch.GetElapsedTime(waited) - TimeSpan.FromMilliseconds(200));
        }

        run.Times("floor_timer_late", floor);
        run.Times("offered_late", late.Skip(warming));
        run.AtMost("offered_late_p99_ms", 25);
        await Hubs.CloseAsync(hubs);
    }
}
