using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Tests.Scenarios;

/// <content>Steps in which a call is handed on, parties are brought in, and supervisors step in.</content>
internal sealed partial class ScenarioRun
{
    [Step("(?<who>[A-Z][a-z]+) transfers (?<customer>[A-Z][a-z]+) to (?<colleague>[A-Z][a-z]+)")]
    public async Task TransfersAsync(string who, string customer, string colleague) =>
        Assert.Null(await _agents[who].TransferAsync(await CallIdAsync(customer), _agents[colleague].AgentId));

    [Step("(?<who>[A-Z][a-z]+) transfers (?<customer>[A-Z][a-z]+) back to (?<colleague>[A-Z][a-z]+)")]
    public Task TransfersBackAsync(string who, string customer, string colleague) => RetriedAsync(
        async () => await _agents[who].TransferAsync(await CallIdAsync(customer), _agents[colleague].AgentId));

    [Step("(?<who>[A-Z][a-z]+) calls the colleague (?<colleague>[A-Z][a-z]+) for a (?<chat>[A-Z][a-z]+)")]
    public async Task CallsColleagueAsync(string who, string colleague, string chat)
    {
        var answer = await _agents[who].CallColleagueAsync(_agents[colleague].AgentId);
        Assert.Null(answer.Error);
        _customers[chat] = new Customer($"call-{answer.CallId}") { CallId = answer.CallId };
    }

    [Step("(?<who>[A-Z][a-z]+) cannot call the colleague (?<colleague>[A-Z][a-z]+)")]
    public async Task CannotCallColleagueAsync(string who, string colleague) =>
        Assert.NotEmpty((await _agents[who].CallColleagueAsync(_agents[colleague].AgentId)).Error!);

    [Step("(?<who>[A-Z][a-z]+) consults (?<colleague>[A-Z][a-z]+) about (?<customer>[A-Z][a-z]+)")]
    public async Task ConsultsAsync(string who, string colleague, string customer) =>
        Assert.Null(await _agents[who].ConsultAsync(await CallIdAsync(customer), _agents[colleague].AgentId));

    [Step("(?<who>[A-Z][a-z]+) transfers (?<customer>[A-Z][a-z]+) out to (?<outside>[A-Z][a-z]+)")]
    public async Task TransfersOutAsync(string who, string customer, string outside) =>
        Assert.Null(await _agents[who].TransferOutsideAsync(await CallIdAsync(customer), _customers[outside].Number));

    [Step("(?<who>[A-Z][a-z]+) calls (?<outside>[A-Z][a-z]+) about (?<customer>[A-Z][a-z]+)")]
    public async Task CallsAboutAsync(string who, string outside, string customer) =>
        Assert.Null(await _agents[who].ConsultOutsideAsync(await CallIdAsync(customer), _customers[outside].Number));

    [Step("(?<who>[A-Z][a-z]+) gives (?<customer>[A-Z][a-z]+) to everybody")]
    public async Task GivesToEverybodyAsync(string who, string customer) =>
        await RetriedAsync(async () => await _agents[who].TransferToEverybodyAsync(await CallIdAsync(customer)));

    [Step("(?<who>[A-Z][a-z]+) hands (?<customer>[A-Z][a-z]+) over")]
    public async Task HandsOverAsync(string who, string customer) =>
        await RetriedAsync(async () => await _agents[who].HandOverAsync(await CallIdAsync(customer)));

    [Step("(?<who>[A-Z][a-z]+) talks with (?<partner>the colleague|the customer|both) about (?<customer>[A-Z][a-z]+)")]
    public async Task TalksWithAsync(string who, string partner, string customer) =>
        await RetriedAsync(
            async () => await _agents[who].TalkAsync(await CallIdAsync(customer), partner.Replace("the ", "", StringComparison.Ordinal)));

    [Step("(?<who>[A-Z][a-z]+) goes back to (?<customer>[A-Z][a-z]+)")]
    public async Task GoesBackAsync(string who, string customer) =>
        await RetriedAsync(async () => await _agents[who].CancelTransferAsync(await CallIdAsync(customer)));

    [Step("(?<who>[A-Z][a-z]+) leaves (?<customer>[A-Z][a-z]+) to the others")]
    public async Task LeavesAsync(string who, string customer) =>
        await RetriedAsync(async () => await _agents[who].LeaveAsync(await CallIdAsync(customer)));

    [Step("(?<who>[A-Z][a-z]+) takes (?<party>[A-Z][a-z]+) out of (?<customer>[A-Z][a-z]+)'s call")]
    public Task TakesOutAsync(string who, string party, string customer) => OfPartyAsync(
        party, customer, (call, id) => _agents[who].RemovePartyAsync(call, id));

    [Step("(?<who>[A-Z][a-z]+) holds (?<party>[A-Z][a-z]+) in (?<customer>[A-Z][a-z]+)'s call")]
    public Task HoldsAsync(string who, string party, string customer) => OfPartyAsync(
        party, customer, (call, id) => _agents[who].HoldPartyAsync(call, id, hold: true));

    [Step("(?<who>[A-Z][a-z]+) takes (?<party>[A-Z][a-z]+) off hold in (?<customer>[A-Z][a-z]+)'s call")]
    public Task TakesOffHoldAsync(string who, string party, string customer) => OfPartyAsync(
        party, customer, (call, id) => _agents[who].HoldPartyAsync(call, id, hold: false));

    [Step("(?<who>[A-Z][a-z]+) gives (?<customer>[A-Z][a-z]+) to (?<party>[A-Z][a-z]+), who is in")]
    public Task GivesToPartyAsync(string who, string customer, string party) => OfPartyAsync(
        party, customer, (call, id) => _agents[who].GiveToPartyAsync(call, id));

    private Task OfPartyAsync(string party, string customer, Func<long, long, Task<string?>> ask) => RetriedAsync(async () =>
    {
        var call = await CallIdAsync(customer);
        var agent = _agents.TryGetValue(party, out var colleague) ? colleague.AgentId : (int?)null;
        var number = agent is null ? _customers[party].Number : null;
        await using var db = house.Database();
        var id = await db.Transfers.Where(t => t.CallId == call && t.EndedAt == null && t.ToAgentId == agent && t.ToNumber == number)
            .OrderByDescending(t => t.Id).Select(t => t.Id).FirstOrDefaultAsync(Token);
        return await ask(call, id);
    });

    [Step("(?<one>[A-Z][a-z]+) and (?<other>[A-Z][a-z]+) talk among themselves")]
    public Task TalkAmongThemselvesAsync(string one, string other) => EventuallyAsync(async () =>
    {
        var people = (await house.Network.StateAsync()).Conferences.SelectMany(c => c.Participants).ToList();
        return people.Any(p => p.CallSid == _agentLegs[one] && p.Hears.Contains(_agentLegs[other]))
            && people.Any(p => p.CallSid == _agentLegs[other] && p.Hears.Contains(_agentLegs[one]));
    }, $"{one} and {other} hear one another", _patience);

    [Step("(?<who>[A-Z][a-z]+)'s leaving ends nothing")]
    public Task LeavingEndsNothingAsync(string who) => EventuallyAsync(
        async () => (await house.Network.StateAsync()).Conferences.SelectMany(c => c.Participants)
            .Any(p => p.CallSid == _agentLegs[who] && !p.EndsConference),
        $"{who} can leave and nothing ends", _patience);

    [Step("(?<who>[A-Z][a-z]+) is asked to take (?<customer>[A-Z][a-z]+)")]
    public async Task AskedToTakeAsync(string who, string customer)
    {
        var call = await CallIdAsync(customer);
        await EventuallyAsync(
            () => Task.FromResult(_agents[who].LastSnapshot?.Transfer?.CallId == call), $"{who} is asked to take {customer}", _patience);
    }

    [Step("(?<who>[A-Z][a-z]+) takes (?<customer>[A-Z][a-z]+) over")]
    public async Task TakesOverAsync(string who, string customer)
    {
        var answer = await _agents[who].AcceptTransferAsync(await CallIdAsync(customer));
        Assert.True(answer.Won, $"{who} did not get the call: {answer.Message}");
    }

    [Step("(?<who>[A-Z][a-z]+) supervises")]
    public Task SupervisesAsync(string who) => floor.PromoteAsync(_agents[who]);

    [Step("(?<who>[A-Z][a-z]+) takes (?<customer>[A-Z][a-z]+)'s call from its agent")]
    public Task TakesFromAgentAsync(string who, string customer) => RetriedAsync(async () =>
    {
        var answer = await _agents[who].TakeOverAsync(await CallIdAsync(customer));
        return answer.Won ? null : answer.Message;
    });

    [Step("(?<who>[A-Z][a-z]+) gives (?<customer>[A-Z][a-z]+)'s call to (?<colleague>[A-Z][a-z]+)")]
    public Task GivesToAsync(string who, string customer, string colleague) => RetriedAsync(
        async () => await _agents[who].GiveToAsync(await CallIdAsync(customer), _agents[colleague].AgentId));

    [Step("(?<who>[A-Z][a-z]+) does not take (?<customer>[A-Z][a-z]+) over")]
    public async Task DoesNotTakeOverAsync(string who, string customer) =>
        Assert.Null(await _agents[who].DeclineTransferAsync(await CallIdAsync(customer)));

    [Step("(?<who>[A-Z][a-z]+) is too late to take (?<customer>[A-Z][a-z]+) over")]
    public async Task TooLateToTakeOverAsync(string who, string customer)
    {
        var call = await CallIdAsync(customer);
        await EventuallyAsync(
            () => Task.FromResult(_agents[who].LastSnapshot is { Transfer: null }), $"{who} is not asked any more", _patience);
        Assert.False((await _agents[who].AcceptTransferAsync(call)).Won);
    }

    [Step("(?<who>[A-Z][a-z]+) is out of (?<customer>[A-Z][a-z]+)'s call")]
    public Task IsOutAsync(string who, string customer) => EventuallyAsync(
        async () => (await house.Network.StateAsync()).Call(_agentLegs[who]) is null or { Conference: null } or { EndedAt: not null },
        $"{who} is out of {customer}'s call", _patience);
}
