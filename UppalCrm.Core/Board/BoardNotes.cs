using System.Collections.Immutable;

namespace UppalCrm.Core.Board;

/// <summary>
/// Who watches the board, and what was announced since it was read last. Nobody watching, nothing noted: the next watcher begins with
/// everything.
/// </summary>
internal sealed class BoardNotes : IDisposable
{
    private readonly IDisposable _callNews;
    private readonly IDisposable _agentNews;

    /// <summary>Guards what is noted between two readings.</summary>
    private readonly Lock _noting = new();

    /// <summary>
    /// Rows found changed by a full reading although no announcement had come yet; those still here at the next one were gaps.
    /// </summary>
    private readonly Dictionary<long, long> _suspects = [];

    private ImmutableArray<Action<BoardSnapshot>> _watchers = [];
    private TaskCompletionSource _news = NewSignal();
    private Dictionary<long, long> _calls = [];
    private HashSet<int> _agents = [];
    private bool _everything = true;

    public BoardNotes(CallFeed feed)
    {
        _callNews = feed.Subscribe(NoteCall);
        _agentNews = feed.SubscribeAgents(NoteAgent);
    }

    public ImmutableArray<Action<BoardSnapshot>> Watchers => _watchers;

    /// <summary>Ends when something is noted.</summary>
    public Task News
    {
        get
        {
            lock (_noting)
            {
                return _news.Task;
            }
        }
    }

    /// <returns>Ends the watching when disposed.</returns>
    public IDisposable Watch(Action<BoardSnapshot> onSnapshot)
    {
        lock (_noting)
        {
            _everything |= _watchers.IsEmpty; // nobody looked until now, and nothing was noted
            _watchers = _watchers.Add(onSnapshot);
        }

        return new Subscription(() =>
        {
            lock (_noting)
            {
                _watchers = _watchers.Remove(onSnapshot);
            }
        });
    }

    /// <summary>All is to be read, whatever is announced.</summary>
    public void NoteEverything()
    {
        lock (_noting)
        {
            _everything = true;
            _news.TrySetResult();
        }
    }

    /// <summary>What is to be read now. It is noted no more.</summary>
    public (Dictionary<long, long> Calls, HashSet<int> Agents, bool Everything) Take()
    {
        lock (_noting)
        {
            var notes = (_calls, _agents, _everything);
            (_calls, _agents, _everything) = ([], [], false);
            if (_news.Task.IsCompleted)
            {
                _news = NewSignal();
            }

            return notes;
        }
    }

    /// <summary>Notes what a full reading gives to suspect.</summary>
    /// <param name="known">The rows as they were before it.</param>
    /// <param name="announced">What was announced since the reading before; null when nobody listened, so that nothing can be said of
    /// gaps.</param>
    /// <returns>How many rows the full reading before suspected and nobody has announced since.</returns>
    public int SuspectGaps(
        Dictionary<long, BoardCall> found, Dictionary<long, BoardCall> known, Dictionary<long, long>? announced)
    {
        lock (_noting)
        {
            var gaps = announced is null ? 0 : _suspects.Count;
            _suspects.Clear();
            if (announced is null)
            {
                return gaps;
            }

            foreach (var id in found.Keys.Union(known.Keys))
            {
                var before = known.GetValueOrDefault(id)?.Version ?? 0;
                var after = found.GetValueOrDefault(id)?.Version ?? long.MaxValue; // gone: ended, by a version we did not read
                var heard = Math.Max(announced.GetValueOrDefault(id), _calls.GetValueOrDefault(id));
                if (after != before && heard == 0)
                {
                    _suspects[id] = after == long.MaxValue ? before + 1 : after;
                }
            }

            return gaps;
        }
    }

    public void Dispose()
    {
        _callNews.Dispose();
        _agentNews.Dispose();
    }

    private void NoteCall(CallChanged news)
    {
        lock (_noting)
        {
            if (_watchers.IsEmpty)
            {
                return;
            }

            _calls[news.CallId] = Math.Max(news.Version, _calls.GetValueOrDefault(news.CallId));
            if (_suspects.TryGetValue(news.CallId, out var version) && version <= news.Version)
            {
                _suspects.Remove(news.CallId); // it was only late
            }

            _news.TrySetResult();
        }
    }

    private void NoteAgent(AgentChanged news)
    {
        lock (_noting)
        {
            if (_watchers.IsEmpty)
            {
                return;
            }

            _agents.Add(news.AgentId);
            _news.TrySetResult();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Subscription(Action end) : IDisposable
    {
        private Action? _end = end;

        public void Dispose() => Interlocked.Exchange(ref _end, null)?.Invoke();
    }
}
