using UppalCrm.Simulator.Sim;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Scenarios;

/// <summary>
/// The app as a process, killed (SIGKILL) before each step of a scenario, right after the step before was begun and before its effects
/// have settled, and started again on the same database. Callers and legs live on in the network meanwhile.
/// </summary>
public sealed class KillTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Killed before each of their steps in every run.</summary>
    private static readonly string[] Always = ["inbound-agent-hangs-up", "outbound-answered", "keep-back"];

    public static TheoryData<string> Scenarios => [.. Always];

    /// <summary>
    /// Four of all other stories, drawn by lot, killed once each, before a step drawn by lot. With <c>STEP=all</c> before every step, and
    /// all of the stories, unless one is named by <c>SCENARIO</c>.
    /// </summary>
    public static TheoryData<string> Others
    {
        get
        {
            var named = Environment.GetEnvironmentVariable("SCENARIO");
            string[] all = [.. Scenario.Names.Where(name => CanBeTold(Scenario.Read(name)) && !Always.Contains(name))];
            return [.. named is not null ? [named] : IsEveryStep ? all : all.OrderBy(_ => Random.Shared.Next()).Take(4)];
        }
    }

    private static bool IsEveryStep => Environment.GetEnvironmentVariable("STEP") == "all";

    [Theory]
    [MemberData(nameof(Scenarios))]
    public Task Killed_at_any_step_the_call_reaches_its_end_and_nobody_is_left(string name) => KillAsync(name, everywhere: true);

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Others))]
    public Task Killed_at_a_step_drawn_by_lot_every_call_reaches_its_end_and_nobody_is_left(string name) =>
        KillAsync(name, everywhere: IsEveryStep);

    /// <summary>The floor's own clock runs here: the half minute is a real one.</summary>
    [Fact]
    public async Task Server_and_browser_killed_at_once_the_customer_hears_music_and_after_half_a_minute_everybody_is_offered_them()
    {
        var scenario = Scenario.Read("keep-not-back");
        var deaths = scenario.Steps.ToList().IndexOf("Dana's phone is cut off");
        await using var house = await OpenHouseAsync(scenario);
        await using var floor = new ScenarioFloor(house, inProcess: false);
        await using var run = new ScenarioRun(house, floor, scenario, disturbed: true, lossy: true);
        await run.BeginAsync();
        foreach (var step in scenario.Steps.Take(deaths))
        {
            await run.DoAsync(step);
        }

        await house.KillProcessAsync();
        await run.CutOffAsync("Dana");
        await run.BrowserDiesAsync("Dana");
        await house.StartProcessAsync();
        Assert.True(await run.ComeBackAsync(gone: "Dana"));
        foreach (var step in scenario.Steps.Skip(deaths).Where(step =>
            !step.StartsWith("Dana", StringComparison.Ordinal) && ScenarioRun.MovesClock(step) is null))
        {
            await run.DoAsync(step);
        }
    }

    /// <summary>Whether it can be told by a process, whose clock cannot be moved.</summary>
    private static bool CanBeTold(Scenario scenario) => !scenario.Steps.Any(step => ScenarioRun.MovesClock(step) is not null);

    private static Task<House> OpenHouseAsync(Scenario scenario) =>
        House.OpenWithProcessAsync(
            ("Calls:WrapUp", "00:00:00"), ("Calls:ReconcileEvery", "00:00:05"),
            // that leases run out is another test's, and a start may be slow
            ("Calls:ClaimLease", "00:01:00"), ("Calls:AgentJoinTimeout", "00:01:00"), ("Calls:TransferTimeout", "00:01:00"),
            ("Calls:RingTimeout", "00:00:10"),
            ("Calls:WhenAgentIsLost", (scenario.KeepsCustomer ? WhenAgentIsLost.KeepCustomer : WhenAgentIsLost.EndCall).ToString()));

    private static async Task KillAsync(string name, bool everywhere)
    {
        var scenario = Scenario.Read(name);
        await using var house = await OpenHouseAsync(scenario);
        await using var floor = new ScenarioFloor(house, inProcess: false);
        house.Network.Faults = FaultSettings.None with { SpeechRate = 500 };
        var only = int.TryParse(Environment.GetEnvironmentVariable("STEP"), out var step) ? step
            : everywhere ? (int?)null : Random.Shared.Next(1, scenario.Steps.Count);

        // Before the first step there is no call to lose; before the last the call is over.
        var failures = new List<Exception>();
        for (var killAt = only ?? 1; killAt <= (only ?? scenario.Steps.Count - 1); killAt++)
        {
            try
            {
                await TellAsync(house, floor, scenario, killAt);
            }
            catch (Exception ex)
            {
                failures.Add(new InvalidOperationException(
                    $"Killed before '{scenario.Steps[killAt]}'. Again: SCENARIO={name} STEP={killAt} dotnet run --project UppalCrm.Tests -- "
                        + $"-class {typeof(KillTests).FullName} -method *by_lot*", ex));
            }
        }

        if (failures.Count > 0)
        {
            throw failures.Count == 1 ? failures[0] : new AggregateException(failures);
        }
    }

    private static async Task TellAsync(House house, ScenarioFloor floor, Scenario scenario, int killAt)
    {
        // What the carrier tells while nobody is there is lost.
        await using var run = new ScenarioRun(house, floor, scenario, disturbed: true, lossy: true);
        await run.BeginAsync();
        for (var i = 0; i < scenario.Steps.Count; i++)
        {
            if (i == killAt)
            {
                await house.KillProcessAsync();
                await house.StartProcessAsync();
                if (!await run.ComeBackAsync())
                {
                    // A customer's request died with us. Whoever is there still hangs up, and no agent is left alone in a room.
                    await run.CustomersHangUpAsync();
                    break;
                }
            }

            await run.DoAsync(scenario.Steps[i]);
        }

        await run.NobodyLeftAsync();
        await Eventually.HoldsAsync(async () => (await run.OutcomesAsync()).All(
            call => call.Contains(" Ended ", StringComparison.Ordinal)
            || call.EndsWith(
                "no call",
                StringComparison.Ordinal)), () =>
                    $"the call has ended: {run.OutcomeAsync().GetAwaiter().GetResult()}", TimeSpan.FromSeconds(45));
    }
}
