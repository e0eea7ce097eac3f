namespace UppalCrm.Tests.Support;

/// <summary>
/// A clock that runs with real time from where it was put, and can be moved on besides: what talks over real sockets needs a clock that
/// runs. Timers made with it fire by real time or by a move, whichever comes first.
/// </summary>
public sealed class FlowingClock(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Timer> _timers = [];
    private readonly long _born = System.GetTimestamp();
    private TimeSpan _moved;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return start + _moved + System.GetElapsedTime(_born);
        }
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    /// <summary>Moves the clock on and fires every timer it passes, in their order.</summary>
    public void Advance(TimeSpan by)
    {
        lock (_lock)
        {
            _moved += by;
        }

        while (NextDue() is { } due)
        {
            due.FireIfDue();
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private Timer? NextDue()
    {
        lock (_lock)
        {
            var now = GetUtcNow();
            return _timers.Where(timer => timer.Due <= now).MinBy(timer => timer.Due);
        }
    }

    private sealed class Timer : ITimer
    {
        // The system's timer counts in coarser ticks and may come a little early.
        private static readonly TimeSpan Early = TimeSpan.FromMilliseconds(50);

        private readonly FlowingClock _clock;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private readonly ITimer _real;
        private TimeSpan _period;

        public Timer(FlowingClock clock, TimerCallback callback, object? state)
        {
            (_clock, _callback, _state) = (clock, callback, state);
            _real = System.CreateTimer(_ => FireIfDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public DateTimeOffset Due { get; private set; } = DateTimeOffset.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_clock._lock)
            {
                _period = period;
                Schedule(dueTime == Timeout.InfiniteTimeSpan ? DateTimeOffset.MaxValue : _clock.GetUtcNow() + dueTime);
            }

            return _real.Change(dueTime, period);
        }

        public void FireIfDue()
        {
            lock (_clock._lock)
            {
                var left = Due - _clock.GetUtcNow();
                if (left > TimeSpan.Zero)
                {
                    if (left < Early)
                    {
                        _real.Change(left + TimeSpan.FromMilliseconds(1), _period);
                    }

                    return;
                }

                Schedule(_period > TimeSpan.Zero ? Due + _period : DateTimeOffset.MaxValue);
            }

            _callback(_state);
        }

        public void Dispose()
        {
            Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _real.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Schedule(DateTimeOffset due)
        {
            Due = due;
            _clock._timers.Remove(this);
            if (due != DateTimeOffset.MaxValue)
            {
                _clock._timers.Add(this);
            }
        }
    }
}
