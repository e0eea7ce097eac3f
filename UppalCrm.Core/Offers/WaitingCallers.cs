using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace UppalCrm.Core.Offers;

/// <summary>How many callers wait for an agent, and since when the one who has waited longest.</summary>
public readonly record struct WaitingNow(int Count, DateTimeOffset? Since);

/// <summary>
/// How many callers wait, read once per node however many pages show it: 0.3 s after a call changed, once a second at most, and not at all
/// while no page looks.
/// </summary>
public sealed class WaitingCallers : IDisposable
{
    private static readonly TimeSpan GatherTime = TimeSpan.FromMilliseconds(300);

    /// <summary>
    /// Between one telling and the next: with five hundred busy pages and twenty callers a second, each telling is five hundred pictures.
    /// </summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    /// <summary>So many pages are told at once, and then, 10 ms later, as many: what a person types goes between.</summary>
    private const int AtOnce = 25;

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(10);

    private readonly IDbContextFactory<CrmDbContext> _contexts;
    private readonly ILogger<WaitingCallers> _logger;
    private readonly IDisposable _calls;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly SemaphoreSlim _reading = new(1, 1);
    private ImmutableArray<Action<WaitingNow>> _listeners = [];
    private int _isNoted;
    private long _toldAt;

    public WaitingCallers(IDbContextFactory<CrmDbContext> contexts, CallFeed feed, TimeProvider time, ILogger<WaitingCallers> logger)
    {
        (_contexts, _time, _logger) = (contexts, time, logger);
        _timer = time.CreateTimer(_ => _ = TellAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _calls = feed.Subscribe(_ => Note());
    }

    /// <summary>How many pages look.</summary>
    public int Listeners => _listeners.Length;

    /// <summary>Begins to listen, and tells the listener at once what is so now.</summary>
    /// <param name="listener">Called on a thread of ours, also when the figures are as before: it must only note them and return.</param>
    public async Task<IDisposable> SubscribeAsync(Action<WaitingNow> listener, CancellationToken cancellationToken)
    {
        // Listen first, then load: a caller who comes in between is told of by one of the two.
        ImmutableInterlocked.Update(ref _listeners, list => list.Add(listener));
        var subscription = new Subscription(() => ImmutableInterlocked.Update(ref _listeners, list => list.Remove(listener)));
        try
        {
            listener(await ReadAsync(cancellationToken));
            return subscription;
        }
        catch
        {
            subscription.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _calls.Dispose();
        _timer.Dispose();
        _reading.Dispose();
    }

    private void Note()
    {
        if (!_listeners.IsEmpty && Interlocked.Exchange(ref _isNoted, 1) == 0)
        {
            var rest = Rest - _time.GetElapsedTime(Volatile.Read(ref _toldAt));
            _timer.Change(rest > GatherTime ? rest : GatherTime, Timeout.InfiniteTimeSpan);
        }
    }

    private async Task TellAsync()
    {
        try
        {
            await _reading.WaitAsync();
            try
            {
                // Before reading: what changes from here on is read again. Not before the turn, or turns would queue up behind a long one.
                Volatile.Write(ref _toldAt, _time.GetTimestamp());
                Interlocked.Exchange(ref _isNoted, 0);
                var now = await ReadAsync(CancellationToken.None);
                var told = 0;
                foreach (var listener in _listeners)
                {
                    if (++told % AtOnce == 0)
                    {
                        await Task.Delay(Between, _time);
                    }

                    listener(now);
                }
            }
            finally
            {
                _reading.Release();
            }
        }
        catch (Exception ex)
        {
            _logger.LogError(ex, "How many callers wait could not be read; the next change of a call reads again");
        }
    }

    private async Task<WaitingNow> ReadAsync(CancellationToken cancellationToken)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        var since = await db.Calls.Where(call => call.Status == CallStatus.Waiting).Select(call => call.CreatedAt)
            .ToListAsync(cancellationToken);
        return new WaitingNow(since.Count, since.Count == 0 ? null : since.Min());
    }

    private sealed class Subscription(Action end) : IDisposable
    {
        private Action? _end = end;

        public void Dispose() => Interlocked.Exchange(ref _end, null)?.Invoke();
    }
}
