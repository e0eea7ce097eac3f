using System.Globalization;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Scenarios;

/// <content>What agents do with calls that come in and with those that they dial.</content>
internal sealed partial class ScenarioRun
{
    [Step(@"(?<who>[\w, ]+?) (?:is|are) offered (?<caller>[A-Z][a-z]+)(?: within (?<seconds>\d+) s)?")]
    public async Task OfferedAsync(string who, string caller, string? seconds)
    {
        var number = _customers[caller].Number;
        var within = seconds is null || disturbed ? _patience : TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture));
        foreach (var name in Scenario.People(who))
        {
            var agent = _agents[name];
            await EventuallyAsync(
                () => Task.FromResult(agent.Offers.Values.Any(o => o.From == number)), $"{name} is offered {caller}", within);
        }
    }

    [Step(@"(?<who>[\w, ]+?) (?:is|are) no longer offered (?<caller>[A-Z][a-z]+)")]
    public async Task NotOfferedAsync(string who, string caller)
    {
        var number = _customers[caller].Number;
        foreach (var name in Scenario.People(who))
        {
            var agent = _agents[name];
            await EventuallyAsync(
                () => Task.FromResult(agent.Offers.Values.All(o => o.From != number)), $"{name} is not offered {caller}", _patience);
        }
    }

    [Step("(?<who>[A-Z][a-z]+) accepts (?<caller>[A-Z][a-z]+)")]
    public async Task AcceptsAsync(string who, string caller)
    {
        var answer = await _agents[who].AcceptAsync(await CallIdAsync(caller));
        Assert.True(answer.Won, $"{who} did not get the call: {answer.Message}");
    }

    [Step(@"(?<who>[\w, ]+?) accept (?<caller>[A-Z][a-z]+) at once")]
    public async Task RaceAsync(string who, string caller)
    {
        var call = await CallIdAsync(caller);
        var names = Scenario.People(who);
        var answers = await Task.WhenAll(names.Select(name => Task.Run(() => _agents[name].AcceptAsync(call))));
        Assert.Single(answers, answer => answer.Won);
        _winner = names.Zip(answers).Single(pair => pair.Second.Won).First;
        _losers.Clear();
        _losers.AddRange(names.Where(name => name != _winner));
        Assert.All(answers.Where(answer => !answer.Won), answer => Assert.Equal(floor.NameOf(_agents[_winner]), answer.By));
    }

    [Step("(?<who>the losers|[A-Z][a-z]+) learns? (?:who|that (?<winner>[A-Z][a-z]+)) answered (?<caller>[A-Z][a-z]+)")]
    public async Task LearnAsync(string who, string? winner, string caller)
    {
        var call = await CallIdAsync(caller);
        var by = floor.NameOf(_agents[winner ?? _winner!]);
        foreach (var name in who == "the losers" ? _losers : [who])
        {
            await EventuallyAsync(
                () => Task.FromResult((_agents[name].Withdrawn.TryGetValue(call, out var why) && why is { Reason: OfferEnd.Answered }
                    && why.By == by) || IsGoneFromGreeting(name, call)), $"{name} learns that {by} answered", _patience);
        }
    }

    [Step("(?<who>the winner|[A-Z][a-z]+) cannot take (?<caller>[A-Z][a-z]+) as well")]
    [Step("(?<who>[A-Z][a-z]+) is too late for (?<caller>[A-Z][a-z]+)")]
    public async Task CannotTakeAsync(string who, string caller)
    {
        var answer = await _agents[Named(who)].AcceptAsync(await CallIdAsync(caller));
        Assert.False(answer.Won);
        Assert.NotEmpty(answer.Message!);
    }

    [Step("(?<who>the winner|[A-Z][a-z]+) joins (?<customer>[A-Z][a-z]+)")]
    public async Task JoinsAsync(string who, string customer)
    {
        var name = Named(who);
        _cutOff.Remove(name);
        var call = await FindCallAsync(_customers[customer]);
        for (var tries = 1; ; tries++)
        {
            _agentLegs[name] = await _agents[name].JoinAsync(call!.ConferenceName);

            // A server that has just come back may answer with an apology: then the agent tries again, as people do.
            if (!disturbed || tries == 3 || await IsInAsync(name))
            {
                return;
            }
        }
    }

    [Step("(?<who>[A-Z][a-z]+) declines (?<caller>[A-Z][a-z]+)")]
    public async Task DeclinesAsync(string who, string caller) => await _agents[who].DeclineAsync(await CallIdAsync(caller));

    [Step("(?<who>[A-Z][a-z]+) has no microphone for (?<caller>[A-Z][a-z]+)")]
    public async Task NoMicrophoneAsync(string who, string caller) =>
        await _agents[who].ReleaseAsync(await CallIdAsync(caller), "Your browser has no microphone.");

    [Step("(?<who>[A-Z][a-z]+)'s browser dies")]
    public async Task BrowserDiesAsync(string who) => await _agents[who].DisposeAsync();

    [Step("(?<who>[A-Z][a-z]+) dials (?<customer>[A-Z][a-z]+)")]
    public async Task DialsAsync(string who, string customer)
    {
        var answer = await _agents[who].DialAsync(_customers[customer].Number);
        Assert.Null(answer.Error);
    }

    [Step("(?<who>[A-Z][a-z]+) hangs up on (?<customer>[A-Z][a-z]+)")]
    public async Task HangsUpOnAsync(string who, string customer)
    {
        _customers[customer].HungUp = true;
        await _agents[who].HangUpAsync(await CallIdAsync(customer)); // as the softphone does: the server is told, and the leg ends
        await house.Network.HangUpAsync(_agentLegs[who]);
    }

    [Step("(?<who>[A-Z][a-z]+)'s phone is cut off")]
    public Task CutOffAsync(string who)
    {
        _cutOff.Add(who);
        return house.Network.HangUpAsync(_agentLegs[who]);
    }

    [Step("(?<who>[A-Z][a-z]+) takes the end of (?<customer>[A-Z][a-z]+)'s call back")]
    public async Task TakesEndBackAsync(string who, string customer)
    {
        _customers[customer].HungUp = false;
        var answer = await _agents[who].UndoHangUpAsync(await CallIdAsync(customer));
        Assert.True(answer.Won, $"{who} could not take it back: {answer.Message}");
    }

    [Step("(?<who>[A-Z][a-z]+) is waited for in (?<customer>[A-Z][a-z]+)'s call")]
    public async Task IsWaitedForAsync(string who, string customer)
    {
        var call = await CallIdAsync(customer);
        await EventuallyAsync(
            () => Task.FromResult(_agents[who].Active is { IsAwaited: true } active
                && active.CallId == call), $"{who} is waited for in {customer}'s call", _patience);
    }
}
