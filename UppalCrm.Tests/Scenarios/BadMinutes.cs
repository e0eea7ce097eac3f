using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;
using UppalCrm.Simulator.Sim;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Scenarios;

/// <summary>How bad, and how long.</summary>
/// <param name="Length">For how long callers come.</param>
/// <param name="FaultEvery">From the beginning of one fault to that of the next.</param>
/// <param name="FaultLasts">How long each lasts; a node that was killed is started again after half of it.</param>
/// <param name="Patience">The longest that a caller stays in the line, waiting and talking; the shortest is a fifth of it.</param>
internal sealed record BadMinutesPlan(
    int Seed, TimeSpan Length, int Agents, double CallsPerSecond, TimeSpan FaultEvery, TimeSpan FaultLasts, TimeSpan Patience);

/// <summary>What came of it, and what went wrong, in words; nothing should have.</summary>
/// <param name="Calm">Answers to callers while no fault was on, before the first one.</param>
/// <param name="Between">The same between faults and after the last.</param>
internal sealed record BadMinutesVerdict(
    int Callers, int Talked, IReadOnlyList<string> Wrong, IReadOnlyList<double> Calm, IReadOnlyList<double> Between,
    IReadOnlyList<double> During, IReadOnlyList<string> Faults);

/// <summary>
/// Two nodes behind nginx at work while one thing after another fails: agents without browsers accept, talk and hang up, callers come at a
/// steady rate, lose patience or hang up, and what the network saw is compared with what the database says when all is over.
/// </summary>
internal sealed partial class BadMinutes
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(5);

    private readonly House _house;
    private readonly BadMinutesPlan _plan;
    private readonly Action<string> _say;
    private readonly ConcurrentDictionary<string, Caller> _callers = new();
    private readonly ConcurrentQueue<string> _wrong = new();
    private readonly ConcurrentQueue<(DateTimeOffset From, DateTimeOffset Until, string What)> _faults = new();
    private readonly List<(int Id, CookieContainer Cookies)> _agents = [];
    private readonly HashSet<string> _judged = [];
    private DateTimeOffset _begun;
    private volatile NetworkState _state = null!;

    private BadMinutes(House house, BadMinutesPlan plan, Action<string> say) => (_house, _plan, _say) = (house, plan, say);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    /// <summary>The floor before anybody calls: its agents are signed in.</summary>
    public static async Task<BadMinutes> OpenAsync(House house, BadMinutesPlan plan, Action<string> say)
    {
        var minutes = new BadMinutes(house, plan, say);
        await house.WithServicesAsync(async services =>
        {
            await using var db = house.Database();
            foreach (var name in Enumerable.Range(1, plan.Agents).Select(i => $"floor{i}"))
            {
                var agent = await Seats.HireAsync(db, name, $"Agent {name}", Now);
                var cookies = new CookieContainer();
                await Seats.SignInAsync(services, agent, cookies, house.Nodes.AddressOf(0));
                minutes._agents.Add((agent, cookies));
            }
        });
        return minutes;
    }

    public async Task<BadMinutesVerdict> RunAsync()
    {
        _begun = Now;
        _state = await _house.Network.StateAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var judge = JudgeAsync(stop.Token);
        var agents = _agents.Select((agent, i) => WorkAsync(agent.Id, agent.Cookies, i, stop.Token)).ToList();
        var faults = FailAsync();
        await CallAsync();
        await faults;
        await UntilOverAsync();
        await stop.CancelAsync();
        await Task.WhenAll([judge, .. agents]);
        await CompareAsync();
        return Verdict();
    }

    // ---- callers

    private async Task CallAsync()
    {
        var random = new Random(_plan.Seed);
        using var tick = new PeriodicTimer(TimeSpan.FromSeconds(1 / _plan.CallsPerSecond));
        while (Now - _begun < _plan.Length)
        {
            await tick.WaitForNextTickAsync(Token);
            // A caller's patience, or how much there is to say: whoever hangs up first, ends it.
            var patience = _plan.Patience * (0.2 + 0.8 * random.NextDouble());
            var leg = await _house.Network.PlaceCallAsync(NumberOf(_callers.Count), _house.OurNumber, patience);
            _callers.TryAdd(leg, new Caller(leg));
        }
    }

    /// <summary>Numbers of the range 555-01xx belong to nobody in the world; x11 is no area code.</summary>
    private static string NumberOf(int caller)
    {
        var areas = Enumerable.Range(202, 98).Where(area => area % 100 != 11).ToList();
        return $"+1{areas[caller / 100 % areas.Count]}55501{caller % 100:d2}";
    }

    // ---- agents

    /// <summary>An agent at work: on the other node as soon as this one is gone.</summary>
    private async Task WorkAsync(int id, CookieContainer cookies, int index, CancellationToken stop)
    {
        var random = new Random(_plan.Seed * 10_007 + index);
        var node = index % 2;
        Talk? talk = null;
        using var tick = new PeriodicTimer(Look + TimeSpan.FromMilliseconds(random.Next(50)));
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await using var agent = await AgentClient.ConnectAsync(
                    _house, id, new System.Net.Http.HttpClient(), cookies, at: _house.Nodes.AddressOf(node));
                while (agent.IsConnected && await tick.WaitForNextTickAsync(stop))
                {
                    talk = await ActAsync(agent, talk, random);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception ex) when (ex is not Xunit.Sdk.XunitException)
            {
                // The node is gone, or busy being started.
            }

            node = 1 - node;
            if (!stop.IsCancellationRequested)
            {
                await tick.WaitForNextTickAsync(CancellationToken.None);
            }
        }
    }

    private async Task<Talk?> ActAsync(AgentClient agent, Talk? talk, Random random)
    {
        try
        {
            return talk is null ? await AcceptAsync(agent, random) : await GoOnAsync(agent, talk, random);
        }
        catch (HubException)
        {
            return talk; // the server could not do it now: people press again
        }
    }

    private async Task<Talk?> AcceptAsync(AgentClient agent, Random random)
    {
        if (agent.Active is { } known)
        {
            return new Talk(known.CallId, await agent.JoinAsync(known.Conference), Now); // accepted just before the node went
        }

        // Not everybody is at once at the button.
        if (agent.Offers.Values.FirstOrDefault() is not { } offer || random.NextDouble() > 0.15)
        {
            return null;
        }

        var answer = await agent.AcceptAsync(offer.CallId);
        return answer is { Won: true, ConferenceName: { } conference }
            ? new Talk(offer.CallId, await agent.JoinAsync(conference), Now)
            : null;
    }

    private async Task<Talk?> GoOnAsync(AgentClient agent, Talk talk, Random random)
    {
        var state = _state;
        if (state.At < talk.Since)
        {
            return talk; // nothing is known of it yet
        }

        var leg = state.Call(talk.Leg);
        var room = state.Conferences.FirstOrDefault(room => room.Participants.Any(p => p.CallSid == talk.Leg));
        if (leg is null or { EndedAt: not null })
        {
            if (talk.EndAt is null && agent.Active?.CallId == talk.CallId)
            {
                await agent.ReleaseAsync(talk.CallId, "The call could not be joined."); // as the softphone does
            }

            return null;
        }

        if (talk.EndAt is null)
        {
            return room is { Participants.Count: > 1 } ? talk with { EndAt = Now.AddSeconds(3 + random.NextDouble() * 12) } : talk;
        }

        if (Now < talk.EndAt)
        {
            return talk;
        }

        try
        {
            await agent.HangUpAsync(talk.CallId);
        }
        finally
        {
            await _house.Network.HangUpAsync(talk.Leg);
        }

        return null;
    }

    // ---- the judge

    private async Task JudgeAsync(CancellationToken stop)
    {
        using var tick = new PeriodicTimer(Look);
        while (!stop.IsCancellationRequested)
        {
            var state = await _house.Network.StateAsync();
            _state = state;
            foreach (var room in state.Conferences.Where(room => room.EndedAt is null))
            {
                Watch(room, state);
            }

            foreach (var problem in state.Problems)
            {
                Blame(problem[..problem.IndexOf(' ', problem.IndexOf(' ') + 1)], problem); // once for each leg
            }

            foreach (var leg in state.Calls.Where(leg => leg.EndedAt is not null && _callers.ContainsKey(leg.Sid)))
            {
                _callers[leg.Sid].Ended = leg;
            }

            try
            {
                await tick.WaitForNextTickAsync(stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }

        void Watch(ConferenceState room, NetworkState state)
        {
            if (room.Participants.FirstOrDefault(p => _callers.ContainsKey(p.CallSid)) is not { } customer)
            {
                return;
            }

            var caller = _callers[customer.CallSid];
            var agents = room.Participants.Where(p => p.CallSid != customer.CallSid && p.Hears.Contains(customer.CallSid))
                .Select(p => state.Call(p.CallSid)!.From).Distinct().ToList();
            foreach (var agent in agents)
            {
                caller.TalkedSince ??= state.At;
                caller.TalkedUntil = state.At;
                caller.With = agent;
            }

            if (agents.Count > 1)
            {
                Blame($"two {customer.CallSid}", $"{customer.CallSid} is talked to by {string.Join(" and ", agents)}");
            }
        }
    }

    private void Blame(string key, string what)
    {
        if (_judged.Add(key))
        {
            _wrong.Enqueue($"{Since(Now)} s: {what}");
        }
    }

    private Task UntilOverAsync() => Eventually.HoldsAsync(async () =>
    {
        if (_callers.Values.Any(caller => caller.Ended is null))
        {
            return false;
        }

        await using var db = _house.Database();
        return !await db.Calls.AnyAsync(call => call.Status != CallStatus.Ended || call.ConferenceEndedAt == null, Token)
            && !await db.Agents.AnyAsync(agent => agent.ActiveCallId != null, Token);
    }, () => $"every call is over; without an end in the network: {_callers.Values.Count(caller => caller.Ended is null)}",
        TimeSpan.FromMinutes(2));

    /// <summary>What the network saw of every caller, beside what is written down.</summary>
    private async Task CompareAsync()
    {
        await using var db = _house.Database();
        var rows = (await db.Calls.AsNoTracking().Include(call => call.Legs).ToListAsync(Token))
            .ToLookup(call => call.CustomerLeg?.Value ?? "");
        foreach (var caller in _callers.Values)
        {
            var mine = rows[caller.Leg].ToList();
            if (mine.Count != 1)
            {
                Blame(
                    caller.Leg,
                    $"{caller.Leg} is written down {mine.Count} times; the network says {caller.Ended!.Reason}.\n{StoryOf(caller)}");
                continue;
            }

            var call = mine[0];
            var (agent, said) = (call.AgentId is { } id ? "client:" + Agent.IdentityOf(id) : null,
                $"call {call.Id} ended {call.Outcome} by {call.EndedBy} '{call.EndReason}' with {call.AgentId}; in the network "
                + $"{(caller.With is null ? "nobody talked to the caller" : $"{caller.With} did")}: {caller.Ended!.Reason}");
            var isRight = caller.HasTalked
                ? call.Outcome == CallOutcome.Answered && agent == caller.With
                : call.Outcome is CallOutcome.Abandoned or CallOutcome.Missed or CallOutcome.Answered;
            if (!isRight)
            {
                var events = await db.Events.AsNoTracking().Where(e => e.CallId == call.Id).OrderBy(e => e.Id).ToListAsync(Token);
                Blame(
                    caller.Leg,
                    $"{said}\n{StoryOf(caller)}\n  "
                    + string.Join("\n  ", events.Select(e => $"{Since(e.ReceivedAt)} {e.Kind} {e.AgentId} {e.Sequence} {e.LegSid}")));
            }
        }
    }

    /// <summary>The network's own lines of a caller and of the conference in which they waited.</summary>
    private string StoryOf(Caller caller) => string.Join(
        '\n', _house.Network.Log.After(0).Where(line => line.Data.Values.Any(value => value?.Contains(caller.Leg) == true))
            .Select(line => $"  {Since(line.At)} {line.Kind}: {line.Text} {line["ms"]}"));

    private string Since(DateTimeOffset at) => (at - _begun).TotalSeconds.ToString("f2", CultureInfo.InvariantCulture);

    private BadMinutesVerdict Verdict()
    {
        var answers = _house.Network.Log.After(0)
            .Where(line => line.Kind == "webhook" && line["ms"] is not null && line["callSid"] is { } leg && _callers.ContainsKey(leg)
                && line["path"]?.EndsWith("/voice", StringComparison.Ordinal) == true)
            .Select(line => (line.At, Ms: double.Parse(line["ms"]!, CultureInfo.InvariantCulture))).ToList();
        var first = _faults.IsEmpty ? DateTimeOffset.MaxValue : _faults.First().From;
        var rest = answers.Where(answer => answer.At >= first).ToLookup(
            answer => _faults.Any(fault => answer.At >= fault.From && answer.At <= fault.Until + Recovery), answer => answer.Ms);
        return new BadMinutesVerdict(
            _callers.Count, _callers.Values.Count(caller => caller.HasTalked), [.. _wrong],
            [.. answers.Where(answer => answer.At < first).Select(answer => answer.Ms)], [.. rest[false]], [.. rest[true]],
            [.. _faults.Select(fault => fault.What)]);
    }

    /// <param name="EndAt">When the agent hangs up; null while nobody else is in.</param>
    private sealed record Talk(long CallId, string Leg, DateTimeOffset Since, DateTimeOffset? EndAt = null);

    private sealed class Caller(string leg)
    {
        public string Leg { get; } = leg;

        public CallState? Ended { get; set; }

        public DateTimeOffset? TalkedSince { get; set; }

        public DateTimeOffset? TalkedUntil { get; set; }

        /// <summary>Who talked to them last.</summary>
        public string? With { get; set; }

        /// <summary>Was seen to be talked to more than once: a moment may have been the last of a call that was being lost.</summary>
        public bool HasTalked => TalkedUntil - TalkedSince > TimeSpan.FromSeconds(1);
    }
}
