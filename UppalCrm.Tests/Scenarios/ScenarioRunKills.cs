using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Tests.Scenarios;

/// <content>How a story goes on when the app has been killed in it.</content>
internal sealed partial class ScenarioRun
{
    /// <summary>
    /// The app died and is back: browsers connect again. An agent whose leg died with a request that nobody answered joins again, as the
    /// softphone does.
    /// </summary>
    /// <returns>
    /// Whether the scenario can go on. Not when a customer's own request was lost: the network has told them, and they are gone. Nor when
    /// the order to dial was: it is never given twice, and the agent is told that nobody was reached. Nor when an agent had ended a call:
    /// the seconds in which that can be taken back go by while a server starts.
    /// </returns>
    /// <param name="gone">Whose browser died as well, and stays away.</param>
    public async Task<bool> ComeBackAsync(params string[] gone)
    {
        _serverUpSince = (await house.Network.StateAsync()).At;
        foreach (var (name, agent) in _agents.Where(one => !gone.Contains(one.Key)).ToList())
        {
            _agents[name] = await floor.ReconnectAsync(agent);
        }

        var state = await house.Network.StateAsync();
        if (_customers.Values.Any(c => !c.HungUp && state.Calls.Any(leg =>
            (leg.Sid == c.Leg || leg.To == c.Number) && leg.EndedAt is not null)))
        {
            return false;
        }

        foreach (var customer in _customers.Values)
        {
            // An end beside a call that is put aside is final at once: such a story goes on.
            if (await IsOrderLostAsync(customer)
                || await FindCallAsync(customer) is { HungUpAt: not null, KeepsCustomer: true, ParkedAt: null, ParkedCallId: null })
            {
                return false;
            }
        }

        foreach (var (name, leg) in _agentLegs.Where(one =>
            !gone.Contains(one.Key) && !_cutOff.Contains(one.Key) && state.Call(one.Value)?.EndedAt is not null).ToList())
        {
            await using var db = house.Database();
            var id = _agents[name].AgentId;
            var inHand = db.Calls.Where(c => c.AgentId == id && c.Status != CallStatus.Ended && c.ParkedAt == null);
            if (await inHand.FirstOrDefaultAsync(Token) is { } call)
            {
                _agentLegs[name] = await _agents[name].JoinAsync(call.ConferenceName);
                await IsInAsync(name); // before the next leg of this agent, which is to take its place
            }
        }

        return true;
    }

    /// <summary>A browser that comes back after the app is told where it stands, and not what went by meanwhile.</summary>
    private bool IsGoneFromGreeting(string agent, long call) => _serverUpSince > DateTimeOffset.MinValue
        && _agents[agent].LastSnapshot is { } greeting && greeting.Offers.All(offer => offer.CallId != call);

    /// <summary>Whether the app died between writing down that it dials this number and dialling.</summary>
    private async Task<bool> IsOrderLostAsync(Customer customer)
    {
        await using var db = house.Database();
        var outside = db.Transfers.Where(t => t.ToNumber == customer.Number);
        var isOutside = await outside.AnyAsync(Token);
        if (!isOutside && await FindCallAsync(customer) is not { Direction: CallDirection.Outbound, DialledAt: not null })
        {
            return false;
        }

        var isLost = false;
        await EventuallyAsync(
            async () => await FindLegAsync(customer) is not null || (isLost = isOutside
                ? await outside.AllAsync(t => t.EndedAt != null, Token)
                : await FindCallAsync(customer) is { Status: CallStatus.Ended, Outcome: CallOutcome.Failed }),
            "the number is dialled, or it is over", _patience);
        return isLost;
    }

    /// <summary>Every customer who is still in the network hangs up.</summary>
    public async Task CustomersHangUpAsync()
    {
        var legs = await LegsAsync();
        foreach (var customer in _customers.Values.Where(c => !c.HungUp))
        {
            customer.HungUp = true;
            foreach (var leg in legs.Where(leg => leg.Sid == customer.Leg || leg.To == customer.Number))
            {
                await house.Network.HangUpAsync(leg.Sid);
            }
        }
    }
}
