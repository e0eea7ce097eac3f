namespace UppalCrm.Core.Offers;

/// <summary>
/// When the next offer, lease or wrap-up runs out, as far as this process knows. Wakes the <see cref="DeadlineSweeper"/>.
/// </summary>
public sealed class DeadlineTimer
{
    private readonly Lock _lock = new();
    private DateTimeOffset? _next;
    private TaskCompletionSource _earlier = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Something is due then. Null for nothing.</summary>
    public void Schedule(DateTimeOffset? due)
    {
        lock (_lock)
        {
            if (due is not null && (_next is null || due < _next))
            {
                _next = due;
                _earlier.TrySetResult();
            }
        }
    }

    /// <returns>Ends when something is scheduled that is due before <paramref name="due"/>.</returns>
    internal Task WaitAsync(DateTimeOffset due)
    {
        lock (_lock)
        {
            if (_next < due)
            {
                return Task.CompletedTask;
            }

            _next = due;
            _earlier = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _earlier.Task;
        }
    }

    /// <summary>Called before the database is read: what was scheduled until now is found there.</summary>
    internal void Reset()
    {
        lock (_lock)
        {
            _next = null;
        }
    }
}
