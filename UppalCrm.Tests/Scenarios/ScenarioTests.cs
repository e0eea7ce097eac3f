using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using UppalCrm.Simulator.Sim;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Scenarios;

/// <summary>One house for all scenarios: opening one costs seconds, a telling less than one.</summary>
public sealed class ScenarioHouse : IAsyncLifetime
{
    public House House { get; private set; } = null!;

    internal ScenarioFloor Floor { get; private set; } = null!;

    public ValueTask InitializeAsync() => new(OpenAsync());

    /// <summary>
    /// Scenarios move the app's clock and not the network's. Before the two are further apart than real clocks are, a new house.
    /// </summary>
    internal async Task KeepClocksTogetherAsync()
    {
        if (House.Clock.GetUtcNow() - TimeProvider.System.GetUtcNow() > TimeSpan.FromMinutes(8))
        {
            await DisposeAsync();
            await OpenAsync();
        }
    }

    private async Task OpenAsync()
    {
        House = await House.OpenAsync(
            ("Calls:WrapUp", "00:00:00"), ("Calls:RingTimeout", "00:00:06"), ("Calls:OutsideRingTimeout", "00:00:20"),
            ("Calls:ReconcileEvery", "00:00:05"), ("Dialling:CallsPerAgentPerMinute", "1000"),
            ("Dialling:CallsPerAccountPerMinute", "10000"));
        Floor = new ScenarioFloor(House, inProcess: true);
    }

    public async ValueTask DisposeAsync()
    {
        await Floor.DisposeAsync();
        await House.DisposeAsync();
    }
}

/// <summary>
/// Every scenario: once; with news late, doubled, lost and out of order; with a slow and failing REST; and many at once.
/// One of them again: <c>SCENARIO=inbound-answered SEED=7 dotnet run --project UppalCrm.Tests -- -class
/// UppalCrm.Tests.Scenarios.ScenarioTests</c>.
/// </summary>
public sealed class ScenarioTests(ScenarioHouse shared) : IClassFixture<ScenarioHouse>
{
    private const int AtOnce = 8;

    private static readonly FaultSettings Quick = FaultSettings.None with { SpeechRate = 500 };
    private static readonly ConcurrentDictionary<string, (string Outcome, IReadOnlyList<EventOrder> Journals)> Undisturbed = new();

    public static TheoryData<string> Scenarios =>
        [.. Environment.GetEnvironmentVariable("SCENARIO") is { Length: > 0 } one ? [one] : Scenario.Names];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task It_goes_as_told(string scenario) => await UndisturbedAsync(scenario);

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task Late_doubled_and_disorderly_news_comes_to_the_same_row(string scenario) =>
        await DisturbedAsync(scenario, seed => Quick with
    {
        Seed = seed,
        Webhooks =
        [
            new WebhookRule { Path = "-status", DelayUpTo = 1.5, Probability = 0.7 },
            new WebhookRule { Path = "-status", Copies = 2, CopyDelay = 0.3, Probability = 0.4 },
            new WebhookRule { Path = "recording", DelayUpTo = 1, Copies = 1, Probability = 0.5 },
            new WebhookRule { Path = "webhook/voice", Copies = 1, Probability = 0.5 },
        ],
    });

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task Lost_news_is_found_by_asking(string scenario) => await DisturbedAsync(scenario, seed => Quick with
    {
        Seed = seed,
        Webhooks =
        [
            new WebhookRule { Path = "conference-status", Drop = true, Probability = 0.4 },
            new WebhookRule { Path = "call-status", Drop = true, Probability = 0.4 }
        ],
    }, lossy: true);

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task A_slow_and_failing_carrier_comes_to_the_same_row(string scenario) =>
        await DisturbedAsync(scenario, seed => Quick with
    {
        Seed = seed,
        Rest =
        [
            // An order to dial is tried four times and then given up, which would be another story: two refusals, and no more by chance.
            new RestRule { Operation = "POST /Calls.json", Status = 429, Times = 2 },
            new RestRule { Operation = "POST /Calls.json", Silent = true, Probability = 0.5 },
            new RestRule { Operation = "POST /Calls.json", Delay = 0.7 },
            new RestRule { Status = 429, Probability = 0.25 },
            new RestRule { Status = 503, Operation = "GET /Conferences.json", Probability = 0.3 },
            new RestRule { Delay = 0.7, Probability = 0.5 },
        ],
    }, lossy: true);

    /// <summary>
    /// The carrier's news of the undisturbed run, told to the rules again in a thousand orders, each item late by any time and told up to
    /// three times. In memory: the database and HTTP are met by the tests above, with a seed or two.
    /// </summary>
    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task A_thousand_orders_of_its_news_come_to_the_same_row(string scenario)
    {
        var (_, journals) = await UndisturbedAsync(scenario);
        var seeds = Environment.GetEnvironmentVariable("SEED") is { Length: > 0 } one
            ? [int.Parse(one)]
            : Enumerable.Range(1, 1000).ToArray();

        foreach (var journal in journals)
        {
            var expected = journal.Tell(null);
            foreach (var seed in seeds)
            {
                var actual = journal.Tell(new Random(seed));
                Assert.True(expected == actual, $"""
                    Again: SCENARIO={scenario} SEED={seed} dotnet run --project UppalCrm.Tests --
                      -class {typeof(ScenarioTests).FullName} -method *.{nameof(A_thousand_orders_of_its_news_come_to_the_same_row)}
                    Expected {expected}
                    Actual   {actual}
                    Told     {journal.OrderOf(new Random(seed))}
                    """);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task Many_at_once_go_as_told(string scenario)
    {
        shared.House.Network.Faults = Quick;
        var (expected, _) = await UndisturbedAsync(scenario);

        var outcomes = await TellAsync(scenario, AtOnce, disturbed: true, expected);

        Assert.All(outcomes, outcome => Assert.Equal(expected, outcome));
    }

    private async Task<(string Outcome, IReadOnlyList<EventOrder> Journals)> UndisturbedAsync(string name)
    {
        if (Undisturbed.TryGetValue(name, out var known))
        {
            return known;
        }

        shared.House.Network.Faults = Quick;
        IReadOnlyList<EventOrder> journals = [];
        var outcome = Assert.Single(
            await TellAsync(name, 1, disturbed: false, expected: null, atTheEnd: async run => journals = await run.JournalsAsync()));
        return Undisturbed.GetOrAdd(name, (outcome, journals));
    }

    /// <summary>
    /// One house tells all stories: after one in which nearly nothing was answered, the carrier is not asked for five seconds.
    /// </summary>
    private async Task CarrierAnswersAsync()
    {
        shared.House.Network.Faults = Quick;
        var carrier = shared.House.Services.GetRequiredService<ITelephony>();
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    await carrier.FindConferenceAsync("nobody", CancellationToken.None);
                    return true;
                }
                catch (TelephonyException)
                {
                    return false;
                }
            },
            () => "the carrier is asked again after the story before");
    }

    private async Task DisturbedAsync(string name, Func<int, FaultSettings> faults, bool lossy = false)
    {
        await CarrierAnswersAsync();
        var expected = Lossy((await UndisturbedAsync(name)).Outcome);
        var seeds = Environment.GetEnvironmentVariable("SEED") is { Length: > 0 } one ? [int.Parse(one)]
            : Environment.GetEnvironmentVariable("SEEDS") is { Length: > 0 } many ? Enumerable.Range(1, int.Parse(many)).ToArray()
            : [1];
        foreach (var seed in seeds)
        {
            await shared.KeepClocksTogetherAsync();
            await CarrierAnswersAsync();
            shared.House.Network.Faults = faults(seed);
            using var stop = new CancellationTokenSource();
            var rounds = lossy ? ReconcileAsync(stop.Token) : Task.CompletedTask;
            try
            {
                var outcome = Lossy(Assert.Single(await TellAsync(name, 1, disturbed: true, expected, Lossy)));
                Assert.Equal(expected, outcome);
            }
            catch (Exception ex)
            {
                throw new InvalidOperationException(
                    $"Again: SCENARIO={name} SEED={seed} dotnet run --project UppalCrm.Tests -- -class {typeof(ScenarioTests).FullName} "
                        + $"-method *.{TestContext.Current.TestMethod?.MethodName}", ex);
            }
            finally
            {
                shared.House.Network.Faults = Quick;
                await stop.CancelAsync();
                await rounds;
            }
        }

        // What is lost for good stays unknown: who left first, and when somebody came who was gone before anybody asked.
        string Lossy(string outcome) => lossy
            ? Regex.Replace(
                Regex.Replace(outcome, "by (Customer|Agent|System|OutsideParty)", "by somebody"),
                " (Customer|Agent|OutsideParty):in=False,held=False", "")
            : outcome;
    }

    /// <summary>The reconciler's rounds, every second instead of every thirty.</summary>
    private async Task ReconcileAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                try
                {
                    await shared.House.Services.GetRequiredService<Reconciler>().ReconcileAsync(afterRestart: true, stop);
                }
                catch (Exception ex) when (ex is not OperationCanceledException)
                {
                    // The carrier refuses; the next round asks again, as the real one does.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The scenario is over.
        }
    }

    /// <summary>Tells it so many times at once, step by step together, because there is one clock.</summary>
    private async Task<IReadOnlyList<string>> TellAsync(
        string name, int times, bool disturbed, string? expected, Func<string, string>? view = null,
        Func<ScenarioRun, Task>? atTheEnd = null)
    {
        await shared.KeepClocksTogetherAsync();
        var scenario = Scenario.Read(name);
        // One scenario is told at a time, and the rule is asked for when an agent's leg is let in.
        shared.House.Services.GetRequiredService<IOptionsMonitor<CallOptions>>().CurrentValue.WhenAgentIsLost =
            scenario.KeepsCustomer ? WhenAgentIsLost.KeepCustomer : WhenAgentIsLost.EndCall;
        var runs = Enumerable.Range(0, times)
            .Select(_ => new ScenarioRun(shared.House, shared.Floor, scenario, disturbed, lossy: view is not null)).ToList();
        try
        {
            foreach (var run in runs)
            {
                await run.BeginAsync();
            }

            foreach (var step in scenario.Steps)
            {
                if (ScenarioRun.MovesClock(step) is { } by)
                {
                    shared.House.Clock.Advance(by);
                }
                else
                {
                    await Task.WhenAll(runs.Select(run => run.DoAsync(step)));
                }
            }

            view ??= outcome => outcome;
            await Eventually.HoldsAsync(async () =>
            {
                var state = await shared.House.Network.StateAsync();
                var outcomes = await Task.WhenAll(runs.Select(run => run.OutcomeAsync()));
                return expected is null
                    ? state.WebhooksOutstanding == 0 && outcomes.All(o => !o.Contains("room-over=False", StringComparison.Ordinal))
                    : outcomes.All(o => view(o) == view(expected));
            }, () => $"the last news of {name} has come. Expected: {expected}. Is: "
                + $"{string.Join(" / ", runs.Select(r => r.OutcomeAsync().GetAwaiter().GetResult()))}", TimeSpan.FromSeconds(45));
            if (atTheEnd is not null)
            {
                await atTheEnd(runs[0]);
            }

            return await Task.WhenAll(runs.Select(run => run.OutcomeAsync()));
        }
        finally
        {
            foreach (var run in runs)
            {
                await run.DisposeAsync();
            }
        }
    }
}
