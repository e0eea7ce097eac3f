namespace UppalCrm.Tests.Scenarios;

/// <content>Steps with a second call, and of two calls that become one.</content>
internal sealed partial class ScenarioRun
{
    [Step("(?<who>[A-Z][a-z]+) dials (?<customer>[A-Z][a-z]+) as well")]
    public async Task DialsAsWellAsync(string who, string customer)
    {
        await RetriedAsync(async () => (await _agents[who].DialSecondAsync(_customers[customer].Number)).Error);
        await house.Network.HangUpAsync(_agentLegs[who]); // the softphone leaves the one for the other
    }

    [Step("(?<who>[A-Z][a-z]+) switches calls")]
    public async Task SwitchesAsync(string who)
    {
        await RetriedAsync(async () => await _agents[who].SwitchCallsAsync() is { Won: false } refused ? refused.Message : null);
        await house.Network.HangUpAsync(_agentLegs[who]);
    }

    [Step("(?<who>[A-Z][a-z]+) joins both calls")]
    public Task JoinsBothAsync(string who) => RetriedAsync(() => _agents[who].JoinCallsAsync());

    [Step("(?<who>[A-Z][a-z]+) ends (?<customer>[A-Z][a-z]+), who is put aside")]
    public async Task EndsParkedAsync(string who, string customer) => await _agents[who].HangUpAsync(await CallIdAsync(customer));

    [Step("(?<who>[A-Z][a-z]+) brings (?<customer>[A-Z][a-z]+) into (?<other>[A-Z][a-z]+)'s call")]
    public Task BringsIntoAsync(string who, string customer, string other) => RetriedAsync(
        async () => await _agents[who].BringOverAsync(await CallIdAsync(customer), await CallIdAsync(other)));
}
