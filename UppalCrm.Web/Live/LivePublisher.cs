using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR;
using UppalCrm.Web.Desk;

namespace UppalCrm.Web.Live;

/// <summary>Publishes changes of calls and agents over the hub, to the browsers of the agents whom they concern.</summary>
public sealed class LivePublisher(
    ChangedCalls changedCalls, CallFeed feed, CallCommands calls, CallTransfers transfers, AgentRoster roster, LiveConnections connections,
    IHubContext<CallHub, ICallClient> hub,
    TimeProvider time, ILogger<LivePublisher> logger) : BackgroundService
{
    private static readonly TimeSpan HeartbeatEvery = TimeSpan.FromSeconds(4);

    /// <summary>A browser that reloads is back within this; only then is the agent taken for gone.</summary>
    private static readonly TimeSpan ReloadGrace = TimeSpan.FromSeconds(5);

    /// <summary>
    /// On a busy floor something is published all the time; a browser is sent so many snapshots at most when it connects.
    /// </summary>
    private const int MaxGreetings = 5;

    /// <summary>A call changes for a while after its end; its offer need not be withdrawn each time.</summary>
    private const int MaxEnded = 1_000;

    /// <summary>
    /// The agents whose browsers here were offered a call, by call: they are told when it is taken. Of a call that is not in here
    /// everybody is told.
    /// </summary>
    private readonly ConcurrentDictionary<long, ConcurrentDictionary<int, byte>> _offeredTo = new();

    /// <summary>Counts what was published to any browser, before it is published.</summary>
    private long _published;

    private readonly Channel<object> _changes = Channel.CreateUnbounded<object>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentDictionary<int, byte> _pendingAgents = new();
    private IDisposable? _calls;
    private IDisposable? _agents;
    private CancellationToken _stopping;

    /// <summary>The agent of each open call as last published; null while it is offered. Touched by the reader only.</summary>
    private readonly Dictionary<long, int?> _agentOf = [];

    /// <summary>The open calls that were put aside when they were last published. Touched by the reader only.</summary>
    private readonly HashSet<long> _parked = [];

    /// <summary>The last calls whose end was published, and their order. Touched by the reader only.</summary>
    private readonly HashSet<long> _ended = [];
    private readonly Queue<long> _endedInOrder = new();

    /// <summary>Where this agent stands now.</summary>
    public async Task<LiveSnapshot> SnapshotForAsync(int agentId, CancellationToken cancellationToken) =>
        (await ReadAsync(agentId, cancellationToken)).Snapshot;

    private async Task<(LiveSnapshot Snapshot, string? PhoneBrowser)> ReadAsync(int agentId, CancellationToken cancellationToken)
    {
        var agent = await roster.FindAsync(agentId, cancellationToken);
        var presence = agent?.Presence ?? Presence.Offline;
        var offers = presence == Presence.Available ? await calls.GetWaitingAsync(agentId, cancellationToken) : [];
        foreach (var offer in offers)
        {
            NoteOffered(offer.Id, agentId);
        }

        var active = await calls.FindActiveAsync(agentId, cancellationToken);
        var snapshot = new LiveSnapshot(
            time.GetUtcNow(),
            new Me(agentId, Agent.IdentityOf(agentId), presence.ToString()),
            [.. offers.Select(OfferOf)],
            active is null ? null : ActiveOf(active, agentId),
            await transfers.FindOfferedAsync(agentId, cancellationToken));
        return (snapshot, agent?.PhoneBrowser);
    }

    /// <summary>
    /// Tells a browser that has just connected where its agent stands. If something was published in the meantime, a snapshot that was
    /// read
    /// before could undo it: it is read and sent again.
    /// </summary>
    public async Task GreetAsync(int agentId, ICallClient browser, CancellationToken cancellationToken)
    {
        long before;
        var greetings = 0;
        do
        {
            before = Interlocked.Read(ref _published);
            await browser.Snapshot(await SnapshotForAsync(agentId, cancellationToken));
        }
        while (before != Interlocked.Read(ref _published) && ++greetings < MaxGreetings);
    }

    /// <summary>The agent's last browser on this node disconnected. Unless one comes back at once, the agent is unreachable.</summary>
    public void LastBrowserGone(int agentId) => _ = Task.Run(async () =>
    {
        var since = time.GetUtcNow() + TimeSpan.FromSeconds(1); // our own heartbeat may have been under way
        try
        {
            await Task.Delay(ReloadGrace, time, _stopping);
            if (!connections.Has(agentId))
            {
                await roster.LostAsync(agentId, since, _stopping);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The process ends: whether the agent is back shows on the next one.
        }
        catch (Exception ex)
        {
            logger.LogWarning(ex, "Agent {AgentId} could not be marked as gone; the time-out does it", agentId);
        }
    });

    // Subscribed here and not in ExecuteAsync, which starts a while later on a thread of its own: once started, nothing is missed.
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _calls = changedCalls.Subscribe(call => _changes.Writer.TryWrite(call));
        _agents = feed.SubscribeAgents(agent =>
        {
            if (_pendingAgents.TryAdd(agent.AgentId, 0))
            {
                _changes.Writer.TryWrite(agent);
            }
        });
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _calls?.Dispose();
        _agents?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _stopping = stoppingToken;
        await Task.WhenAll(PublishAsync(stoppingToken), BeatAsync(stoppingToken));
    }

    private async Task PublishAsync(CancellationToken stoppingToken)
    {
        await foreach (var change in _changes.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                if (change is ChangedCall call)
                {
                    await PublishAsync(call, stoppingToken);
                }
                else if (change is AgentChanged agent)
                {
                    _pendingAgents.TryRemove(agent.AgentId, out _);
                    await PublishAgentAsync(agent.AgentId, stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception ex)
            {
                logger.LogError(ex, "A change could not be published; the next change or connection does it");
            }
        }
    }

    private async Task PublishAgentAsync(int agentId, CancellationToken cancellationToken)
    {
        // Listed before the database is read: a browser that comes in between is the phone, and not told that another is.
        var browsers = connections.Of(agentId);
        if (browsers.Count == 0)
        {
            return;
        }

        var (snapshot, phone) = await ReadAsync(agentId, cancellationToken);
        Interlocked.Increment(ref _published);
        await hub.Clients.Group(CallHub.GroupOf(agentId)).Snapshot(snapshot);
        var others = phone is null ? [] : browsers.Where(one => one.Browser != phone).Select(one => one.Id).ToList();
        if (others.Count > 0)
        {
            await hub.Clients.Clients(others).PhoneElsewhere(phone!);
        }
    }

    private async Task PublishAsync(ChangedCall changed, CancellationToken cancellationToken)
    {
        var call = changed.Call;
        var wasParked = _parked.Remove(call.Id) | call.ParkedAt is not null;
        if (call.IsParked)
        {
            _parked.Add(call.Id);
        }

        Interlocked.Increment(ref _published);
        var isKnown = _agentOf.TryGetValue(call.Id, out var before);
        if (OfferEnds.Of(call) is not { } end)
        {
            await OfferAsync(changed, cancellationToken);
            if (!isKnown)
            {
                CallTelemetry.OfferPublished(time.GetUtcNow() - call.CreatedAt);
            }
        }
        else if (isKnown ? before is null : call.Direction == CallDirection.Inbound && !_ended.Contains(call.Id))
        {
            // Also a call that was never published: a browser that connected meanwhile has it in its snapshot.
            await ToOffered(call.Id).OfferWithdrawn(call.Id, end, end == OfferEnd.Answered ? call.Agent?.DisplayName : null);
        }

        // Of one that its agent has put aside nothing is told as of the call in hand, nor that it is over.
        if (before is { } formerly && (formerly != call.AgentId || !call.IsOpen) && !wasParked)
        {
            await hub.Clients.Group(CallHub.GroupOf(formerly)).ActiveCallChanged(null);
        }

        if (call is { IsOpen: true, IsParked: false, AgentId: { } owner })
        {
            await hub.Clients.Group(CallHub.GroupOf(owner)).ActiveCallChanged(ActiveOf(call, owner));
        }

        foreach (var colleague in call.Transfers.Where(transfer => call.IsOpen && (transfer.IsTalking || transfer.IsJoined))
            .Select(transfer => transfer.ToAgentId).OfType<int>())
        {
            await hub.Clients.Group(CallHub.GroupOf(colleague)).ActiveCallChanged(ActiveOf(call, colleague));
        }

        await hub.Clients.Group(CallHub.Supervisors).CallChanged(call.Id, call.Version);
        if (call.IsOpen)
        {
            _agentOf[call.Id] = call.AgentId;
        }
        else
        {
            _agentOf.Remove(call.Id);
            _offeredTo.TryRemove(call.Id, out _); // a snapshot that was under way may have noted one more
            RememberEnded(call.Id);
        }
    }

    private void NoteOffered(long callId, int agentId) => _offeredTo.GetOrAdd(callId, static _ => new())[agentId] = 0;

    /// <summary>The browsers of those who were offered the call until now. Who is offered it again is noted anew.</summary>
    private ICallClient ToOffered(long callId)
    {
        if (!_offeredTo.TryRemove(callId, out var offered))
        {
            return hub.Clients.All;
        }

        return ToAgents(offered.Keys);
    }

    /// <summary>The browsers of many agents, by their groups: in a list of connections SignalR looks for each that there is.</summary>
    private ICallClient ToAgents(IEnumerable<int> agentIds) => hub.Clients.Groups([.. agentIds.Select(CallHub.GroupOf)]);

    private void RememberEnded(long callId)
    {
        if (_ended.Add(callId))
        {
            _endedInOrder.Enqueue(callId);
            if (_endedInOrder.Count > MaxEnded)
            {
                _ended.Remove(_endedInOrder.Dequeue());
            }
        }
    }

    private async Task OfferAsync(ChangedCall offered, CancellationToken cancellationToken)
    {
        if (connections.IsEmpty)
        {
            return;
        }

        _ = _offeredTo.GetOrAdd(offered.Call.Id, static _ => new()); // offered to nobody, if nobody is free
        var free = new List<int>();
        foreach (var agentId in await roster.GetAvailableAsync(cancellationToken))
        {
            if (offered.DeclinedBy.Contains(agentId) || !connections.Has(agentId))
            {
                continue;
            }

            NoteOffered(offered.Call.Id, agentId); // before it is told: a browser that comes meanwhile is the agent's, too
            free.Add(agentId);
        }

        if (free.Count > 0)
        {
            await ToAgents(free).CallOffered(OfferOf(offered.Call));
        }

        if (!offered.DeclinedBy.IsEmpty)
        {
            // the agent's other browsers, too
            await ToAgents(offered.DeclinedBy).OfferWithdrawn(offered.Call.Id, OfferEnd.Declined, null);
        }
    }

    /// <summary>Every few seconds: tells the browsers that the server lives, and the database that these agents are connected.</summary>
    private async Task BeatAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(HeartbeatEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await hub.Clients.All.Heartbeat(time.GetUtcNow());
                await roster.SeenAsync(connections.Agents, stoppingToken);
            }
            catch (Exception ex) when (ex is not OperationCanceledException)
            {
                logger.LogWarning(ex, "A heartbeat was missed");
            }
        }
    }

    private static CallOffer OfferOf(Call call) => new(
        call.Id, call.Version, call.FromNumber, call.OtherName, call.ToNumber, call.OfferedAt ?? call.CreatedAt,
        call.ExpiresAt ?? (call.OfferedAt ?? call.CreatedAt), call.AnsweredAt is not null);

    private static ActiveCallInfo ActiveOf(Call call, int agentId) => new(
        call.Id, call.ConferenceName, call is { Status: CallStatus.Connected, IsInternal: false }, ActiveCall.IsHeld(call),
        call.OtherNumber, call.NameFor(agentId),
        MayReturn: call is { KeepsCustomer: true, HungUpAt: null } && call.AgentId == agentId
            && (call.AwaitsAgent || call.Status == CallStatus.Connected),
        OutlivesLeg: (call.KeepsCustomer || call.HasCompany) && call.AgentId == agentId,
        IsAwaited: call is { AwaitsAgent: true, HungUpAt: null } && call.AgentId == agentId);
}
