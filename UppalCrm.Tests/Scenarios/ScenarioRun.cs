using System.Globalization;
using Microsoft.EntityFrameworkCore;
using UppalCrm.Simulator.Phones;
using UppalCrm.Simulator.Sim;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Scenarios;

/// <summary>
/// One telling of a scenario in a house: its agents are real sessions on the hub, its customers silent phones in the network. After every
/// step nobody of it may have heard nothing for more than five seconds.
/// </summary>
/// <param name="lossy">News is lost for good, and with it who hung up: nobody is asked for that.</param>
internal sealed partial class ScenarioRun(House house, ScenarioFloor floor, Scenario scenario, bool disturbed, bool lossy = false)
    : IAsyncDisposable
{
    /// <summary>Nobody presses a button more often, and the server takes twenty commands a second of one person.</summary>
    private static readonly TimeSpan BetweenAsking = TimeSpan.FromMilliseconds(250);

    /// <summary>How long anything may take that no promise is made of: late news and the reconciler's next round included.</summary>
    private readonly TimeSpan _patience = TimeSpan.FromSeconds(disturbed ? 45 : 20);

    private readonly Dictionary<string, AgentClient> _agents = [];
    private readonly Dictionary<string, Customer> _customers = [];
    private readonly Dictionary<string, string> _agentLegs = [];
    private readonly HashSet<string> _cutOff = []; // until the story has them join again
    private readonly List<string> _losers = [];
    private string? _winner;
    private DateTimeOffset _serverUpSince = DateTimeOffset.MinValue;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The scenario's agents come to the floor.</summary>
    public async Task BeginAsync()
    {
        foreach (var name in scenario.Agents)
        {
            _agents[name] = await floor.TakeAsync();
        }
    }

    public async Task DoAsync(string step)
    {
        var (method, arguments) = StepTable.Find(step);
        try
        {
            await (Task)method.Invoke(this, arguments)!;
            await NobodyHearsNothingAsync();
        }
        catch (Exception ex) when (ex is not OperationCanceledException)
        {
            throw new InvalidOperationException($"{scenario.Name}: '{step}' did not come true. {ex.Message} {await DescribeAsync()}", ex);
        }
    }

    /// <summary>What the calls came to, without what differs from run to run (ids, times, which of equals won).</summary>
    public async Task<string> OutcomeAsync() => string.Join("; ", await OutcomesAsync());

    /// <summary>The same, of each call.</summary>
    public async Task<IReadOnlyList<string>> OutcomesAsync()
    {
        var rows = new List<string>();
        foreach (var (name, customer) in _customers)
        {
            var call = await FindCallAsync(customer);
            rows.Add(
                call is null
                    ? $"{name}: no call"
                    : $"{name}: {call.Direction} {call.Status} {call.Outcome} by {call.EndedBy} '{call.EndReason}' "
                    + $"agent={call.AgentId is not null} "
                + $"answered={call.AnsweredAt is not null} lasted={call.DurationSeconds is not null} "
                + $"room-over={call.ConferenceEndedAt is not null}"
                + string.Concat(call.Legs.Where(l => l.JoinedAt is not null).OrderBy(l => l.Role).Select(l =>
                    $" {l.Role}:in={l.IsIn},held={l.IsIn && l.Held}")));
        }

        return rows;
    }

    /// <summary>Waits until this agent's leg is in a conference, or turned away, or has been in one.</summary>
    /// <returns>Whether it is in.</returns>
    private async Task<bool> IsInAsync(string agent)
    {
        CallState? leg = null;
        await EventuallyAsync(
            async () => (leg = (await house.Network.StateAsync()).Call(_agentLegs[agent])) is { Conference: not null }
                or { EndedAt: not null },
            $"{agent} is in or turned away", _patience);
        return leg!.Conference is not null;
    }

    /// <summary>Everybody still in the network hangs up; for a run that was cut short.</summary>
    public async Task HangUpAllAsync()
    {
        foreach (var leg in await LegsAsync())
        {
            await house.Network.HangUpAsync(leg.Sid);
        }
    }

    /// <summary>Every call of it with its legs, and what was written down of it in its order.</summary>
    public async Task<IReadOnlyList<EventOrder>> JournalsAsync()
    {
        var journals = new List<EventOrder>();
        foreach (var customer in _customers.Values)
        {
            if (await FindCallAsync(customer) is not { } call)
            {
                continue; // an outside number's
            }

            await using var db = house.Database();
            journals.Add(new EventOrder(call, await db.Events.AsNoTracking().Where(e => e.CallId == call.Id).ToListAsync(Token)));
        }

        return journals;
    }

    // ---- what customers do

    [Step("(?<who>[A-Z][a-z]+) calls")]
    public async Task CallsAsync(string who)
    {
        var customer = new Customer(floor.NewNumber());
        _customers[who] = customer;
        customer.Leg = await house.Network.PlaceCallAsync(customer.Number, house.OurNumber);
    }

    [Step("(?<who>[A-Z][a-z]+) hangs up")]
    public async Task HangsUpAsync(string who)
    {
        var customer = _customers[who];
        var leg = await LegOfAsync(customer);
        // An offer can be on the agents' screens before the caller is in the room: one who hung up by then would be another story.
        await EventuallyAsync(
            async () => (await house.Network.StateAsync()).Call(leg) is { Conference: not null } or { EndedAt: not null },
            $"{who} is in the room", _patience);
        customer.HungUp = true;
        await house.Network.HangUpAsync(leg);
    }

    [Step(@"(?<who>[A-Z][a-z]+)'s phone (?<what>answers|declines) after (?<seconds>[\d.]+) s")]
    [Step("(?<who>[A-Z][a-z]+)'s phone (?<what>is busy|is not answered|cannot be reached)")]
    public Task PhoneAsync(string who, string what, string? seconds)
    {
        var customer = new Customer(floor.NewNumber());
        _customers[who] = customer;
        var after = double.Parse(seconds ?? "0", CultureInfo.InvariantCulture);
        house.Network.Phones.Script(customer.Number, what switch
        {
            "answers" => new PhoneScript { AnswerAfter = after },
            "declines" => new PhoneScript { AnswerAfter = after, Reject = true },
            "is busy" => new PhoneScript { Busy = true },
            "is not answered" => new PhoneScript { NoAnswer = true },
            _ => new PhoneScript { Fail = true },
        });
        return Task.CompletedTask;
    }

    [Step("(?<who>[A-Z][a-z]+)'s phone rings")]
    public Task RingsAsync(string who) => EventuallyAsync(async () =>
    {
        if ((await house.Network.StateAsync()).Calls.FirstOrDefault(c => c.To == _customers[who].Number && c.Status == "ringing")
            is not { Sid: var sid })
        {
            return false;
        }

        // And the carrier's reply has come: a clock that is moved before it would make it a lost one. In a disturbed network it may be.
        var leg = new CallSid(sid);
        await using var db = house.Database();
        return disturbed || await db.Calls.AnyAsync(c => c.CustomerLeg == leg || c.Legs.Any(known => known.CallSid == leg), Token);
    }, $"{who}'s phone rings", _patience);

    public async ValueTask DisposeAsync()
    {
        await HangUpAllAsync();
        foreach (var agent in _agents.Values)
        {
            await floor.GiveBackAsync(agent);
        }
    }

    private static Task EventuallyAsync(Func<Task<bool>> condition, string what, TimeSpan within) =>
        Eventually.HoldsAsync(condition, () => what, within);

    /// <summary>
    /// In a disturbed network a refusal is answered by asking again, as people do: a late carrier tells the server late who is in the
    /// call.
    /// </summary>
    private async Task RetriedAsync(Func<Task<string?>> ask)
    {
        string? refusal = null;
        long asked = 0;
        // Where the network keeps its order and the database answers at once, what the phones tell is known when they tell it.
        var mayBeEarly = disturbed || TestDatabase.OnSqlServer;
        await EventuallyAsync(
            async () =>
            {
                if (asked != 0 && TimeProvider.System.GetElapsedTime(asked) < BetweenAsking)
                {
                    return false;
                }

                asked = TimeProvider.System.GetTimestamp();
                return (refusal = await ask()) is null || !mayBeEarly;
            },
            "the carrier does as it is asked",
            _patience);
        Assert.Null(refusal);
    }

    private async Task NobodyHearsNothingAsync()
    {
        var state = await house.Network.StateAsync();
        if (state.At - _serverUpSince < TimeSpan.FromSeconds(5))
        {
            return; // the server has just come back, and has five seconds to bring music or voice to everybody
        }

        var mine = (await LegsAsync()).Select(leg => leg.Sid).ToList();
        Assert.DoesNotContain(state.Problems, problem => mine.Any(sid => problem.Contains(sid, StringComparison.Ordinal)));
    }

    /// <summary>Live legs of this run's people.</summary>
    private async Task<IReadOnlyList<CallState>> LegsAsync()
    {
        var people = _customers.Values.Select(c => c.Number).Concat(_agents.Values.Select(a => "client:" + Agent.IdentityOf(a.AgentId)))
            .ToHashSet(StringComparer.Ordinal);
        return [.. (await house.Network.StateAsync()).Calls.Where(c =>
            c.EndedAt is null && (people.Contains(c.From) || people.Contains(c.To)))];
    }

    private async Task<long> CallIdAsync(string customer)
    {
        Call? call = null;
        await EventuallyAsync(
            async () => (call = await FindCallAsync(_customers[customer])) is not null, $"{customer}'s call is known", _patience);
        return call!.Id;
    }

    private async Task<Call?> FindCallAsync(Customer customer)
    {
        await using var db = house.Database();
        return await db.Calls.AsNoTracking().Include(c => c.Legs).Include(c => c.Transfers)
            .FirstOrDefaultAsync(
                c => c.Id == customer.CallId || c.FromNumber == customer.Number || c.ToNumber == customer.Number, Token);
    }

    private async Task<string> LegOfAsync(Customer customer) =>
        await FindLegAsync(customer) ?? throw new InvalidOperationException($"Nobody dialled {customer.Number}.");

    private async Task<string?> FindLegAsync(Customer customer) =>
        customer.Leg ??= (await house.Network.StateAsync()).Calls.SingleOrDefault(c => c.To == customer.Number)?.Sid;

    private string Named(string who) => who == "the winner" ? _winner! : who;

    private async Task<string> DescribeAsync()
    {
        var state = await house.Network.StateAsync();
        var legs = string.Join(
            ", ", (await LegsAsync()).Select(c => $"{c.Status} {c.Direction} in {c.Conference ?? "no room"} hears {c.Hears}"));
        var journals = await Task.WhenAll(_customers.Select(async one => $"{one.Key}: {await JournalAsync(one.Value)}"));
        return $"""
            Calls: {await OutcomeAsync()}.
            Live legs: {legs}. Problems: {string.Join("; ", state.Problems)}.
            {string.Join(Environment.NewLine, journals)}
            The network's last words: {string.Join(" | ", house.Network.Log.After(0).TakeLast(12).Select(line => line.Text))}
            """;
    }

    /// <summary>What was written down of a call in its order, with its transfers and legs.</summary>
    private async Task<string> JournalAsync(Customer customer)
    {
        await using var db = house.Database();
        var call = await db.Calls.AsNoTracking().Include(c => c.Legs).Include(c => c.Transfers)
            .FirstOrDefaultAsync(
                c => c.Id == customer.CallId || c.FromNumber == customer.Number || c.ToNumber == customer.Number, Token);
        if (call is null)
        {
            return "no call";
        }

        var events = await db.Events.AsNoTracking().Where(e => e.CallId == call.Id).OrderBy(e => e.Id).ToListAsync(Token);
        return string.Join(
            "; ",
            events.Select(e => $"{e.ReceivedAt:mm:ss.fff} {e.Kind} {e.Sequence} {e.LegSid?[^6..]}")
                .Concat(call.Transfers.Select(t => $"transfer {t.FromAgentId} to {t.ToAgentId}: {t.State}, asked {t.AskedAt:mm:ss.fff}"))
                .Concat(call.Legs.Select(l =>
                    $"leg {l.CallSid.Value[^6..]} {l.Role} {l.AgentId}: asked {l.AskedAt:mm:ss.fff}, {l.JoinedAt:mm:ss.fff} to "
                    + $"{l.LeftAt:mm:ss.fff}")));
    }

    /// <param name="Number">Theirs alone, so that many can run at once.</param>
    private sealed class Customer(string number)
    {
        public string Number { get; } = number;

        /// <summary>Of a call between two agents, which has no customer; its number is nobody's.</summary>
        public long? CallId { get; init; }

        public string? Leg { get; set; }

        public bool HungUp { get; set; }
    }
}
