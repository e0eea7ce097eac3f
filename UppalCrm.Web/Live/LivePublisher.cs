using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR;

namespace UppalCrm.Web.Live;

/// <summary>
/// Carries the news of <see cref="CallFeed"/> to the browsers: reads the call again, and tells whom it concerns. A call that changes
/// several times while being read is read once more, not several times.
/// </summary>
public sealed class LivePublisher(
    CallFeed feed, CallCommands desk, AgentRoster roster, LiveConnections connections, IHubContext<CallHub, ICallClient> hub,
    TimeProvider time, ILogger<LivePublisher> logger) : BackgroundService
{
    private static readonly TimeSpan HeartbeatEvery = TimeSpan.FromSeconds(4);

    /// <summary>A browser that reloads is back within this; only then is the agent taken for gone.</summary>
    private static readonly TimeSpan ReloadGrace = TimeSpan.FromSeconds(5);

    /// <summary>On a busy floor something is told all the time; a browser is not greeted for ever.</summary>
    private const int MostGreetings = 5;

    /// <summary>News of a call goes on for a while after its end; it need not be told to be over each time.</summary>
    private const int MostOver = 1_000;

    /// <summary>Counts what was told to anybody, before it is told.</summary>
    private long _tellings;

    private readonly Channel<object> _news = Channel.CreateUnbounded<object>(new UnboundedChannelOptions { SingleReader = true });
    private readonly PendingCalls _pendingCalls = new();
    private readonly ConcurrentDictionary<int, byte> _pendingAgents = new();
    private IDisposable? _calls;
    private IDisposable? _agents;
    private CancellationToken _stopping;

    /// <summary>Calls offered on this node, and who holds a call, as last told. Touched by the reader only.</summary>
    private readonly Dictionary<long, int?> _told = [];

    /// <summary>The last calls told to be over, and the order in which they were. Touched by the reader only.</summary>
    private readonly HashSet<long> _over = [];
    private readonly Queue<long> _overInOrder = new();

    /// <summary>Where this agent stands now.</summary>
    public async Task<LiveSnapshot> SnapshotForAsync(int agentId, CancellationToken cancellationToken)
    {
        var agent = await roster.FindAsync(agentId, cancellationToken);
        var presence = agent?.Presence ?? Presence.Offline;
        var offers = presence == Presence.Available ? await desk.GetWaitingAsync(agentId, cancellationToken) : [];
        var active = await desk.FindActiveAsync(agentId, cancellationToken);
        return new LiveSnapshot(
            time.GetUtcNow(),
            new Me(agentId, Agent.IdentityOf(agentId), presence.ToString()),
            [.. offers.Select(OfferOf)],
            active is null ? null : ActiveOf(active));
    }

    /// <summary>
    /// Tells a browser that has just connected where its agent stands. If something was told in the meantime, a snapshot that was read
    /// before could undo it: it is read and told again.
    /// </summary>
    public async Task GreetAsync(int agentId, ICallClient browser, CancellationToken cancellationToken)
    {
        long before;
        var greetings = 0;
        do
        {
            before = Interlocked.Read(ref _tellings);
            await browser.Snapshot(await SnapshotForAsync(agentId, cancellationToken));
        }
        while (before != Interlocked.Read(ref _tellings) && ++greetings < MostGreetings);
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

    // Here and not when it executes, which is a while later on a thread of its own: once started, nothing is missed.
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _calls = feed.Subscribe(news =>
        {
            if (_pendingCalls.Note(news))
            {
                _news.Writer.TryWrite(news);
            }
        });
        _agents = feed.SubscribeAgents(news =>
        {
            if (_pendingAgents.TryAdd(news.AgentId, 0))
            {
                _news.Writer.TryWrite(news);
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
        await Task.WhenAll(RelayAsync(stoppingToken), BeatAsync(stoppingToken));
    }

    private async Task RelayAsync(CancellationToken stoppingToken)
    {
        await foreach (var news in _news.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                if (news is CallChanged call)
                {
                    await TellAsync(call.CallId, _pendingCalls.Take(call.CallId), stoppingToken);
                }
                else if (news is AgentChanged agent)
                {
                    _pendingAgents.TryRemove(agent.AgentId, out _);
                    if (connections.Has(agent.AgentId))
                    {
                        var snapshot = await SnapshotForAsync(agent.AgentId, stoppingToken);
                        Interlocked.Increment(ref _tellings);
                        await hub.Clients.Group(CallHub.GroupOf(agent.AgentId)).Snapshot(snapshot);
                    }
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception ex)
            {
                logger.LogError(ex, "{News} could not be told to the browsers; the next change or connection does it", news);
            }
        }
    }

    private async Task TellAsync(long callId, Call? asWritten, CancellationToken cancellationToken)
    {
        if ((asWritten ?? await desk.FindAsync(callId, cancellationToken)) is not { } call)
        {
            return;
        }

        Interlocked.Increment(ref _tellings);
        var wasOffered = _told.TryGetValue(callId, out var before);
        if (call.Status == CallStatus.Waiting)
        {
            await OfferAsync(call, isNew: asWritten is not null, cancellationToken);
        }
        else if (wasOffered ? before is null : call.Direction == CallDirection.Inbound && !_over.Contains(callId))
        {
            // Also a call that was never told of: a browser that connected meanwhile has it in its snapshot.
            var (reason, by) = call switch
            {
                { IsOpen: true } or { Outcome: CallOutcome.Answered } => ("taken", call.Agent?.DisplayName),
                { Outcome: CallOutcome.Abandoned } => ("abandoned", null),
                { Outcome: CallOutcome.Missed or CallOutcome.Voicemail } => ("missed", null),
                _ => ("ended", null),
            };
            await hub.Clients.All.OfferWithdrawn(callId, reason, by);
        }

        if (before is { } formerly && (formerly != call.AgentId || !call.IsOpen))
        {
            await hub.Clients.Group(CallHub.GroupOf(formerly)).ActiveCallChanged(null);
        }

        if (call is { IsOpen: true, AgentId: { } owner })
        {
            await hub.Clients.Group(CallHub.GroupOf(owner)).ActiveCallChanged(ActiveOf(call));
        }

        await hub.Clients.Group(CallHub.Supervisors).CallChanged(callId, call.Version);
        if (call.IsOpen)
        {
            _told[callId] = call.AgentId;
        }
        else
        {
            _told.Remove(callId);
            RememberOver(callId);
        }
    }

    private void RememberOver(long callId)
    {
        if (_over.Add(callId))
        {
            _overInOrder.Enqueue(callId);
            if (_overInOrder.Count > MostOver)
            {
                _over.Remove(_overInOrder.Dequeue());
            }
        }
    }

    private async Task OfferAsync(Call call, bool isNew, CancellationToken cancellationToken)
    {
        var connected = connections.ByAgent();
        if (connected.Count == 0)
        {
            return;
        }

        var declined = isNew ? new HashSet<int>() : await desk.GetDeclinersAsync(call.Id, cancellationToken);
        var free = (await roster.GetAvailableAsync(cancellationToken)).Where(id => !declined.Contains(id));
        var browsers = free.SelectMany(id => connected[id]).ToList();
        if (browsers.Count > 0)
        {
            await hub.Clients.Clients(browsers).CallOffered(OfferOf(call));
            if (isNew)
            {
                CallTelemetry.OfferPublished(time.GetUtcNow() - call.CreatedAt);
            }
        }

        var silenced = declined.SelectMany(id => connected[id]).ToList();
        if (silenced.Count > 0)
        {
            await hub.Clients.Clients(silenced).OfferWithdrawn(call.Id, "presence", null); // the other tabs of whoever declined
        }
    }

    /// <summary>Every few seconds: we live, and these agents do.</summary>
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
        call.ExpiresAt ?? (call.OfferedAt ?? call.CreatedAt));

    private static ActiveCallInfo ActiveOf(Call call) => new(
        call.Id, call.ConferenceName, call.Direction.ToString(), call.Status.ToString(), call.OtherNumber, call.OtherName, call.AnsweredAt);
}
