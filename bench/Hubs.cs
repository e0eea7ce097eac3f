using System.Diagnostics;
using System.Text.Json;

namespace UppalCrm.Bench;

/// <summary>Many browsers at once.</summary>
internal static class Hubs
{
    public static async Task<IReadOnlyList<HubSocket>> FloorHubsAsync(Floor floor, int size)
    {
        var hubs = new List<HubSocket>();
        for (var i = 0; i < size; i += 32)
        {
            hubs.AddRange(await Task.WhenAll(Enumerable.Range(i, Math.Min(32, size - i)).Select(_ =>
                HubSocket.OpenAsync(floor.Address, "/hub", null))));
        }

        await Task.WhenAll(hubs.Select(hub => hub.AskAsync("Accept", -1, 0)));
        return hubs;
    }

    public static async Task CloseAsync(IEnumerable<HubSocket> hubs)
    {
        foreach (var hub in hubs)
        {
            await hub.DisposeAsync();
        }
    }

    /// <summary>When the last of them has heard it (or ten seconds have passed), and how many have not.</summary>
    public static async Task<(long At, int Absent)> LastOf(IReadOnlyList<HubSocket> hubs, string what)
    {
        var waiting = hubs.Select(hub => Hear(hub, what)).ToList();
        var all = Task.WhenAll(waiting);
        await Task.WhenAny(all, Task.Delay(TimeSpan.FromSeconds(10)));
        var heard = waiting.Where(w => w.IsCompletedSuccessfully).Select(w => w.Result).ToList();
        return (heard.Count == 0 ? Stopwatch.GetTimestamp() : heard.Max(), hubs.Count - heard.Count);
    }

    public static Task<long> Hear(HubSocket hub, string what)
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

    public static async Task<(JsonElement Answer, TimeSpan Took)> TimedAsync(Func<Task<JsonElement>> ask)
    {
        var started = Stopwatch.GetTimestamp();
        var answer = await ask();
        return (answer, Stopwatch.GetElapsedTime(started));
    }
}
