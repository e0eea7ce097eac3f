using System.Globalization;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Scenarios;

/// <summary>
/// Two nodes at work while nodes are killed, Redis stops, the database is locked, news goes astray and REST fails, one after another, in
/// an order that the seed draws. Here each once; ten minutes with two hundred agents are row X1 of <c>./bench.sh</c>
/// (<c>BAD_MINUTES=10 BAD_AGENTS=200 SEED=7</c>).
/// </summary>
public sealed class BadMinutesTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Whatever_fails_every_caller_is_accounted_for_has_one_agent_at_most_and_hears_something()
    {
        var minutes = Setting("BAD_MINUTES", 0);
        var plan = minutes > 0
            ? new BadMinutesPlan(
                Setting("SEED", 1), TimeSpan.FromMinutes(minutes), Setting("BAD_AGENTS", 200), CallsPerSecond: 2,
                TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(40))
            : new BadMinutesPlan(
                Setting("SEED", 1), TimeSpan.FromSeconds(50), Agents: 12, CallsPerSecond: 1, TimeSpan.FromSeconds(7),
                TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(20));
        await using var house = await House.OpenWithNodesAsync(("Calls:WrapUp", "00:00:00"), ("Calls:ReconcileEvery", "00:00:05"));
        // As docs/operate.md has the lines set up: a request that a dying node took with it is sent again, to the other one.
        await house.Network.RouteToAsync(house.Address + "/api/twilio/webhook/voice", house.Address + "/api/twilio/webhook/voice");
        var floor = await BadMinutes.OpenAsync(house, plan, output.WriteLine);

        var verdict = await floor.RunAsync();

        output.WriteLine($"X1: seed {plan.Seed}, {plan.Agents} agents, {verdict.Callers} callers, {verdict.Talked} talked to, "
            + $"{verdict.Faults.Count} faults; answer to a caller before the first fault {Of(verdict.Calm)}, between faults "
            + $"{Of(verdict.Between)}, during them {Of(verdict.During)}; {verdict.Wrong.Count} wrong");
        Assert.True(verdict.Wrong.Count == 0, string.Join('\n', verdict.Wrong) + "\n\n" + house.Nodes.Said);
        Assert.True(verdict.Talked > verdict.Callers / 2, $"{verdict.Talked} of {verdict.Callers} were talked to");
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;

    private static string Of(IReadOnlyList<double> ms)
    {
        var sorted = ms.Order().ToList();
        return sorted.Count == 0 ? "none" : $"p50 {sorted[sorted.Count / 2]:f0} ms, p99 {sorted[(int)(0.99 * (sorted.Count - 1))]:f0} ms";
    }
}
