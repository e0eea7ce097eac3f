namespace UppalCrm.Tests.Support;

/// <summary>A clock that moves only when told (or, flowing, runs on from where it was put). Timers made with it fire when it passes them.</summary>
public sealed class ManualClock(DateTimeOffset start, bool flowing = false) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly long _born = System.GetTimestamp();
    private DateTimeOffset _now = start;

    public static readonly DateTimeOffset Noon = new(2026, 6, 17, 12, 0, 0, TimeSpan.Zero);

    public ManualClock()
        : this(Noon)
    {
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return flowing ? _now + System.GetElapsedTime(_born) : _now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Moves the clock and fires every timer it passes, in their order.</summary>
    public void Advance(TimeSpan by)
    {
        DateTimeOffset target;
        lock (_lock)
        {
            target = GetUtcNow() + by;
            if (flowing)
            {
                _now += by;
            }
        }

        while (true)
        {
            ManualTimer? due;
            lock (_lock)
            {
                due = _timers.Where(t => t.Due <= target).MinBy(t => t.Due);
                if (due is null)
                {
                    _now = flowing ? _now : target;
                    return;
                }

                if (!flowing && due.Due > _now)
                {
                    _now = due.Due;
                }

                due.Passed();
            }

            due.Fire();
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (flowing)
        {
            // Real time passes too: the timer runs on both, and fires by whichever comes first.
            var manual = new ManualTimer(this, callback, state);
            manual.Change(dueTime, period);
            manual.Real = System.CreateTimer(_ => manual.FireIfDue(), null, dueTime, period);
            return manual;
        }

        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class ManualTimer(ManualClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public DateTimeOffset Due { get; private set; } = DateTimeOffset.MaxValue;

        public ITimer? Real { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                _period = period;
                clock._timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan)
                {
                    Due = DateTimeOffset.MaxValue;
                }
                else
                {
                    Due = clock.GetUtcNow() + dueTime;
                    clock._timers.Add(this);
                }
            }

            Real?.Change(dueTime, period);
            if (dueTime == TimeSpan.Zero && Real is null)
            {
                lock (clock._lock)
                {
                    Passed();
                }

                Fire();
            }

            return true;
        }

        /// <summary>Under the clock's lock: what comes after this firing.</summary>
        public void Passed()
        {
            clock._timers.Remove(this);
            if (_period > TimeSpan.Zero && _period != Timeout.InfiniteTimeSpan)
            {
                Due += _period;
                clock._timers.Add(this);
            }
            else
            {
                Due = DateTimeOffset.MaxValue;
            }
        }

        public void Fire() => callback(state);

        public void FireIfDue()
        {
            lock (clock._lock)
            {
                var left = Due - clock.GetUtcNow();
                if (left > TimeSpan.Zero)
                {
                    // The system's timer counts in coarser ticks and may come a little early: without another try it would never fire.
                    if (Due != DateTimeOffset.MaxValue && left < TimeSpan.FromMilliseconds(50))
                    {
                        Real?.Change(left + TimeSpan.FromMilliseconds(1), _period);
                    }

                    return;
                }

                Passed();
            }

            Fire();
        }

        public void Dispose()
        {
            Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Real?.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
