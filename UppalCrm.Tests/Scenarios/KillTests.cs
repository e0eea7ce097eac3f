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

    public static TheoryData<string> Scenarios => ["inbound-agent-hangs-up", "outbound-answered", "keep-back"];

    /// <summary>Killed once each, before a step drawn by lot; before every step with <c>STEP=all</c>.</summary>
    public static TheoryData<string> OfSeveralAgents =>
        ["transfer-taken", "consult-handed-over", "second-call-switched", "second-call-joined"];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public Task Killed_at_any_step_the_call_reaches_its_end_and_nobody_is_left(string name) => KillAsync(name, everywhere: true);

    [Theory]
    [MemberData(nameof(OfSeveralAgents))]
    public Task Killed_at_a_step_drawn_by_lot_every_call_reaches_its_end_and_nobody_is_left(string name) =>
        KillAsync(name, everywhere: Environment.GetEnvironmentVariable("STEP") == "all");

    private static async Task KillAsync(string name, bool everywhere)
    {
        var scenario = Scenario.Read(name);
        await using var house = await House.OpenWithProcessAsync(("Calls:WrapUp", "00:00:00"), ("Calls:ReconcileEvery", "00:00:05"),
            ("Calls:ClaimLease", "00:01:00"), ("Calls:AgentJoinTimeout", "00:01:00"),
            // that leases run out is another test's, and a start may be slow
            ("Calls:WhenAgentIsLost", (scenario.KeepsCustomer ? WhenAgentIsLost.KeepCustomer : WhenAgentIsLost.EndCall).ToString()));
        await using var floor = new ScenarioFloor(house, inProcess: false);
        house.Network.Faults = FaultSettings.None with { SpeechRate = 500 };
        var only = int.TryParse(Environment.GetEnvironmentVariable("STEP"), out var step) ? step
            : everywhere ? (int?)null : Random.Shared.Next(1, scenario.Steps.Count);

        // Before the first step there is no call to lose; before the last the call is over.
        for (var killAt = only ?? 1; killAt <= (only ?? scenario.Steps.Count - 1); killAt++)
        {
            try
            {
                await TellAsync(house, floor, scenario, killAt);
            }
            catch (Exception ex)
            {
                throw new InvalidOperationException(
                    $"Killed before '{scenario.Steps[killAt]}'. Again: STEP={killAt} dotnet run --project UppalCrm.Tests -- -class "
                        + $"{typeof(KillTests).FullName}", ex);
            }
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
                    break; // the customer's request died with us; the agent must not be left alone in the room
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
