using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Board;

/// <summary>
/// The floor as it is now, read once per node and shown on many screens. An announcement leads to reading the changed rows, four
/// times a second at most; every 30 s everything is read, which heals what was never announced. Nobody watching, nothing read.
/// </summary>
public sealed class CallBoard : BackgroundService
{
    /// <summary>The shortest time between two snapshots.</summary>
    public static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(250);

    /// <summary>How often everything is read, announced or not.</summary>
    public static readonly TimeSpan HealEvery = TimeSpan.FromSeconds(30);

    /// <summary>How often agents are looked at whose browser has fallen silent: nobody announces silence.</summary>
    private static readonly TimeSpan LookAtAgentsEvery = TimeSpan.FromSeconds(10);

    /// <summary>Above so many changed rows, reading all is cheaper than asking for each.</summary>
    private const int ManyChanges = 400;

    private readonly IDbContextFactory<CrmDbContext> _contexts;
    private readonly AgentRoster _roster;
    private readonly FloorRights _rights;
    private readonly MissedCalls _missed;
    private readonly BoardNotes _notes;
    private readonly IOptionsMonitor<FloorOptions> _options;
    private readonly TimeProvider _time;
    private readonly ILogger<CallBoard> _logger;

    /// <summary>One reading at a time; owns what has been read.</summary>
    private readonly SemaphoreSlim _reading = new(1, 1);

    private long _healedGaps;
    private Dictionary<long, BoardCall> _calls = [];
    private Dictionary<long, FloorTally> _tallies = [];
    private Dictionary<int, AgentOnFloor> _agents = [];
    private FloorTally _sum;
    private int _toCallBack;
    private DateOnly _today;
    private DateTimeOffset _readAllAt;
    private DateTimeOffset _agentsReadAt;
    private BoardSnapshot? _latest;

    public CallBoard(
        IDbContextFactory<CrmDbContext> contexts, AgentRoster roster, FloorRights rights, MissedCalls missed, CallFeed feed,
        IOptionsMonitor<FloorOptions> options,
        TimeProvider time, ILogger<CallBoard> logger)
    {
        (_contexts, _roster, _rights, _missed) = (contexts, roster, rights, missed);
        (_options, _time, _logger) = (options, time, logger);
        _notes = new BoardNotes(feed);
    }

    /// <summary>Changes that no announcement told of and the full reading found, since the process began.</summary>
    public long HealedGaps => Interlocked.Read(ref _healedGaps);

    /// <summary>How many screens look at this node's board.</summary>
    public int Watchers => _notes.Watchers.Length;

    /// <summary>Begins watching. The first snapshot is in the answer; the later ones come to <paramref name="onSnapshot"/>.</summary>
    /// <param name="onSnapshot">Called on the board's own thread: it must only note the snapshot and return.</param>
    /// <exception cref="NotAllowedException">The viewer supervises nobody.</exception>
    public async Task<BoardWatch> WatchAsync(int viewerId, Action<BoardSnapshot> onSnapshot, CancellationToken cancellationToken)
    {
        await _rights.EnsureSupervisesAsync(viewerId, cancellationToken);

        // Listen first, then load: a snapshot made in between comes to the listener.
        var subscription = _notes.Watch(onSnapshot);
        try
        {
            await UpdateAsync(cancellationToken);
            return new BoardWatch(subscription, _latest!);
        }
        catch
        {
            subscription.Dispose();
            throw;
        }
    }

    /// <summary>Reads what is noted now, and tells the watchers if anything changed. Safe to call at any time, by anyone.</summary>
    public async Task UpdateAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            var (calls, agents, everything) = _notes.Take();
            var isComplete = !everything; // whether all announcements since the last reading were noted
            var now = _time.GetUtcNow();
            var today = _options.CurrentValue.DayOf(now);
            everything |= _latest is null || today != _today || now - _readAllAt >= HealEvery || calls.Count > ManyChanges;
            try
            {
                var changed = everything
                    ? await ReadEverythingAsync(isComplete ? calls : null, today, now, cancellationToken)
                    : await ReadChangedAsync(calls, agents, now, cancellationToken);
                if (changed || _latest is null or { StaleSince: not null })
                {
                    Publish(now, staleSince: null);
                }
            }
            catch (Exception ex) when (ex is not OperationCanceledException)
            {
                _notes.NoteEverything();
                if (_latest is null)
                {
                    throw; // the first viewer's page says so
                }

                _logger.LogError(ex, "The board could not be read; it shows what it knew, marked as stale");
                Publish(_latest.ReadAt, _latest.StaleSince ?? now);
            }
        }
        finally
        {
            _reading.Release();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await WaitForNewsAsync(stoppingToken);
                if (!_notes.Watchers.IsEmpty)
                {
                    await UpdateAsync(stoppingToken);
                    await Task.Delay(_latest?.StaleSince is null ? Beat : TimeSpan.FromSeconds(1), _time, stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception ex)
            {
                _logger.LogError(ex, "The board missed a reading; it reads again in a second");
                await Task.Delay(TimeSpan.FromSeconds(1), _time, stoppingToken);
            }
        }
    }

    public override void Dispose()
    {
        _notes.Dispose();
        _reading.Dispose();
        base.Dispose();
    }

    private async Task WaitForNewsAsync(CancellationToken cancellationToken)
    {
        using var sleep = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(_notes.News, Task.Delay(LookAtAgentsEvery, _time, sleep.Token));
        await sleep.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <param name="announced">What was announced since the last reading; null when nobody listened, so that nothing can be said of
    /// gaps.</param>
    private async Task<bool> ReadEverythingAsync(
        Dictionary<long, long>? announced, DateOnly today, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var isFirst = _latest is null;
        var answerWithin = _options.CurrentValue.AnswerWithin;
        var midnight = _options.CurrentValue.StartOf(today);
        var agents = (await _roster.GetFloorAsync(cancellationToken)).ToDictionary(agent => agent.Id);
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        var open = await BoardRows.ReadAsync(db, db.Calls.Where(call => call.Status != CallStatus.Ended), agents, cancellationToken);
        var tallies = await BoardRows.ReadTalliesAsync(
            db.Calls.Where(call => call.CreatedAt >= midnight), answerWithin, cancellationToken);
        var calls = open.ToDictionary(row => row.Id);
        var toCallBack = (await _missed.CountAsync(cancellationToken)).Callers;
        var changed = isFirst || today != _today || toCallBack != _toCallBack || !SameValues(calls, _calls) || !SameValues(agents, _agents)
            || !SameValues(tallies, _tallies);
        if (_notes.SuspectGaps(calls, _calls, announced) is > 0 and var gaps)
        {
            Interlocked.Add(ref _healedGaps, gaps);
            _logger.LogWarning("The board healed {Gaps} changes that were never announced", gaps);
        }

        (_calls, _tallies, _agents, _toCallBack) = (calls, tallies, agents, toCallBack);
        (_today, _readAllAt, _agentsReadAt) = (today, now, now);
        _sum = tallies.Values.Aggregate(default(FloorTally), (sum, tally) => sum + tally);
        return changed;
    }

    private async Task<bool> ReadChangedAsync(
        Dictionary<long, long> noted, HashSet<int> notedAgents, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var changed = false;
        if (notedAgents.Count > 0 || now - _agentsReadAt >= LookAtAgentsEvery)
        {
            var all = now - _agentsReadAt >= LookAtAgentsEvery;
            foreach (var agent in await _roster.GetFloorAsync(all ? null : notedAgents, cancellationToken))
            {
                changed |= !_agents.TryGetValue(agent.Id, out var before) || before != agent;
                _agents[agent.Id] = agent;
            }

            _agentsReadAt = all ? now : _agentsReadAt;
            changed |= all && await ReadReceiptsAsync(cancellationToken);
        }

        if (noted.Count == 0)
        {
            return changed;
        }

        var ids = noted.Keys.ToList();
        var answerWithin = _options.CurrentValue.AnswerWithin;
        var midnight = _options.CurrentValue.StartOf(_today);
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        var changedRows = await BoardRows.ReadAsync(db, db.Calls.Where(call => ids.Contains(call.Id)), _agents, cancellationToken);
        var rows = changedRows.ToDictionary(row => row.Id);
        var tallies = await BoardRows.ReadTalliesAsync(
            db.Calls.Where(call => ids.Contains(call.Id) && call.CreatedAt >= midnight), answerWithin, cancellationToken);

        // Only who was missed, talked to or seen to lengthens or shortens the list of missed calls.
        if (ids.Any(id => !rows.TryGetValue(id, out var row) || row.Status == CallStatus.Ended || row.AnsweredAt is not null))
        {
            var toCallBack = (await _missed.CountAsync(cancellationToken)).Callers;
            changed |= toCallBack != _toCallBack;
            _toCallBack = toCallBack;
        }

        foreach (var id in ids)
        {
            if (rows.TryGetValue(id, out var row) && row.Status != CallStatus.Ended)
            {
                changed |= !_calls.TryGetValue(id, out var before) || before != row;
                _calls[id] = row;
            }
            else
            {
                changed |= _calls.Remove(id);
            }
        }

        foreach (var (id, tally) in tallies)
        {
            var before = _tallies.GetValueOrDefault(id);
            changed |= tally != before;
            _sum = _sum - before + tally;
            _tallies[id] = tally;
        }

        return changed;
    }

    /// <summary>What browsers say of an offer changes no call and is announced by nobody: it is looked for beside the agents.</summary>
    private async Task<bool> ReadReceiptsAsync(CancellationToken cancellationToken)
    {
        var waiting = _calls.Values.Where(call => call.IsWaiting).ToList();
        if (waiting.Count == 0)
        {
            return false;
        }

        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        var changed = false;
        foreach (var call in await BoardRows.WithReceiptsAsync(db, waiting, cancellationToken))
        {
            changed |= _calls[call.Id] != call;
            _calls[call.Id] = call;
        }

        return changed;
    }

    private void Publish(DateTimeOffset readAt, DateTimeOffset? staleSince)
    {
        var waiting = _calls.Values.Where(call => call.IsWaiting).OrderBy(call => call.CreatedAt).ThenBy(call => call.Id)
            .ToImmutableArray();
        var inProgress = _calls.Values.Where(call => !call.IsWaiting).OrderBy(call => call.AnsweredAt ?? call.CreatedAt)
            .ThenBy(call => call.Id).ToImmutableArray();
        var snapshot = new BoardSnapshot(
            (_latest?.Number ?? 0) + 1, readAt, waiting, inProgress,
            [.. _agents.Values.OrderBy(agent => agent.Name, StringComparer.OrdinalIgnoreCase)],
            FloorFigures.From(waiting, _today, _sum, _toCallBack), staleSince);
        _latest = snapshot;
        foreach (var watcher in _notes.Watchers)
        {
            try
            {
                watcher(snapshot);
            }
            catch (Exception ex)
            {
                _logger.LogError(ex, "A screen of the board failed to take a snapshot"); // the others still see it
            }
        }
    }

    private static bool SameValues<TKey, TValue>(Dictionary<TKey, TValue> a, Dictionary<TKey, TValue> b)
        where TKey : notnull =>
        a.Count == b.Count
            && a.All(pair => b.TryGetValue(pair.Key, out var other) && EqualityComparer<TValue>.Default.Equals(pair.Value, other));
}
