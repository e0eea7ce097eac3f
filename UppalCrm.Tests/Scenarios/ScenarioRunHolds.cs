using System.Globalization;

namespace UppalCrm.Tests.Scenarios;

/// <content>Steps that say what must hold.</content>
internal sealed partial class ScenarioRun
{
    [Step(@"(?<customer>[A-Z][a-z]+)'s call is (?<status>[A-Z]\w+)(?: (?<outcome>[A-Z]\w+) by (?<by>[A-Z]\w+))?")]
    public async Task CallIsAsync(string customer, string status, string? outcome, string? by) => await EventuallyAsync(
        async () => await FindCallAsync(_customers[customer]) is { } call && call.Status.ToString() == status
            && (outcome is null || (call.Outcome.ToString() == outcome && (lossy || call.EndedBy.ToString() == by))),
        $"{customer}'s call is {status} {outcome}", _patience);

    [Step("(?<customer>[A-Z][a-z]+) and (?<who>the winner|[A-Z][a-z]+) hear one another")]
    public Task HearOneAnotherAsync(string customer, string who) => EventuallyAsync(async () =>
    {
        var agent = _agentLegs[Named(who)];
        if (await FindLegAsync(_customers[customer]) is not { } leg)
        {
            return false; // not dialled yet
        }

        var people = (await house.Network.StateAsync()).Conferences.SelectMany(c => c.Participants).ToList();
        return people.Any(p => p.CallSid == agent && p.Hears.Contains(leg))
            && people.Any(p => p.CallSid == leg && p.Hears.Contains(agent));
    }, $"{customer} and {who} hear one another", _patience);

    [Step("(?<one>[A-Z][a-z]+) and (?<other>[A-Z][a-z]+) hear one another outside")]
    public Task HearOneAnotherOutsideAsync(string one, string other) => EventuallyAsync(async () =>
    {
        var state = await house.Network.StateAsync();
        if (await FindLegAsync(_customers[one]) is not { } first || await FindLegAsync(_customers[other]) is not { } second)
        {
            return false; // not dialled yet
        }

        var people = state.Conferences.SelectMany(c => c.Participants).ToList();
        return people.Any(p => p.CallSid == first && p.Hears.Contains(second))
            && people.Any(p => p.CallSid == second && p.Hears.Contains(first));
    }, $"{one} and {other} hear one another", _patience);

    [Step("(?<who>[A-Z][a-z]+)'s phone was tried")]
    public Task WasTriedAsync(string who) => EventuallyAsync(
        async () => (await house.Network.StateAsync()).Calls.Any(c => c.To == _customers[who].Number && c.EndedAt is not null),
        $"{who}'s phone was tried", _patience);

    [Step("(?<who>[A-Z][a-z]+)'s phone rings no more")]
    public Task RingsNoMoreAsync(string who) => EventuallyAsync(
        async () => (await house.Network.StateAsync()).Calls.Where(c => c.To == _customers[who].Number).All(c => c.EndedAt is not null),
        $"{who}'s phone rings no more", _patience);

    [Step("(?<customer>[A-Z][a-z]+) hears nobody")]
    public Task HearsNobodyAsync(string customer) => EventuallyAsync(async () =>
    {
        var leg = await LegOfAsync(_customers[customer]);
        return (await house.Network.StateAsync()).Conferences.SelectMany(c => c.Participants)
            .Any(p => p.CallSid == leg && p.Hears.Count == 0);
    }, $"{customer} hears music and nobody", _patience);

    [Step("(?<who>[A-Z][a-z]+) hears nobody at the desk")]
    public Task HearsNobodyAtDeskAsync(string who) => EventuallyAsync(
        async () => (await house.Network.StateAsync()).Conferences.SelectMany(c => c.Participants)
            .Any(p => p.CallSid == _agentLegs[who] && p.Hears.Count == 0),
        $"{who} hears music and nobody", _patience);

    [Step("(?<customer>[A-Z][a-z]+) was dialled once")]
    public async Task DialledOnceAsync(string customer) =>
        Assert.Single((await house.Network.StateAsync()).Calls, call => call.To == _customers[customer].Number);

    [Step("nobody is left in the network")]
    public Task NobodyLeftAsync() =>
        EventuallyAsync(async () => (await LegsAsync()).Count == 0, "nobody is left in the network", _patience);

    /// <summary>Done once for all who run at once: there is one clock.</summary>
    [Step(@"the clock moves (?<seconds>\d+) s")]
    public static Task ClockMovesAsync() => Task.CompletedTask;

    /// <summary>Seconds by which the step moves the clock; null for any other step.</summary>
    public static TimeSpan? MovesClock(string step) =>
        StepTable.Find(step) is { Method.Name: nameof(ClockMovesAsync) }
            ? TimeSpan.FromSeconds(int.Parse(step.Split(' ')[3], CultureInfo.InvariantCulture))
            : null;
}
