using UppalCrm.Tests.Support;

namespace UppalCrm.Bench;

/// <summary>Two nodes on one database: N1.</summary>
internal static class NodeRows
{
    /// <summary>
    /// N1: from the carrier's request at one node to the offer at the last agent of the other; with Redis between them, without it, and
    /// beside it the same on one node.
    /// </summary>
    public static async Task ToTheOtherNodeAsync(Run run)
    {
        var (agents, rounds, slowRounds) = run.Smoke ? (20, 20, 1) : (100, 400, 30);
        await using var redis = new RedisServer(Stand.FreePort());
        try
        {
            await redis.StartAsync();
        }
        catch (InvalidOperationException ex)
        {
            throw new RowSkippedException(ex.Message);
        }

        await using var stand = await Stand.OpenAsync(
            run, agents, more: new Dictionary<string, string> { ["Redis__ConnectionString"] = redis.ConnectionString });
        var (other, address) = await stand.StartOtherAsync();
        await using var otherNode = other;

        await MeasureAsync("one_node", stand.Address, rounds);
        await MeasureAsync("other_node", address, rounds);
        await redis.StopAsync();
        await MeasureAsync("other_node_without_redis", address, slowRounds);

        run.Number("beyond_one_node_p99_ms", run.Of("other_node_p99_ms") - run.Of("one_node_p99_ms"));
        run.AtMost("beyond_one_node_p99_ms", 10);
        run.AtMost("other_node_without_redis_p99_ms", 1000);

        async Task MeasureAsync(string name, string at, int callers)
        {
            var hubs = await stand.ConnectAsync(agents, at);
            var (times, missed) = await OfferRows.OffersAsync(stand, hubs, callers);
            run.Times(name, times.Skip(callers / 10)); // what is compiled is compiled by then
            run.Number($"{name}_missed", missed);
            run.AtMost($"{name}_missed", 0, Judged.Always);
            await Hubs.CloseAsync(hubs);
        }
    }
}
