namespace UppalCrm.Simulator;

/// <summary>
/// Runs one piece of work at a time. The network's state is read and changed only on this loop, so it needs no locks.
/// A flow that awaits returns to the loop afterwards. Sockets and webhooks are awaited and never block the loop.
/// </summary>
internal sealed class EventLoop(TimeProvider time, Action<Exception> onFault)
{
    private readonly TaskScheduler _scheduler = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;

    public TimeProvider Time { get; } = time;

    public DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>Runs work on the loop and returns its result to a caller outside the loop.</summary>
    public Task<T> InvokeAsync<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _scheduler);

    /// <inheritdoc cref="InvokeAsync{T}"/>
    public Task InvokeAsync(Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _scheduler);

    /// <summary>
    /// Runs work after the current work. Cancel a flow this way: a continuation may run inside the cancellation,
    /// and must not run in the middle of other work.
    /// </summary>
    public void Post(Action work) => Begin(() =>
    {
        work();
        return Task.CompletedTask;
    });

    /// <summary>Starts a flow that nobody awaits. Cancellation is a normal end of it.</summary>
    public void Begin(Func<Task> flow) => _ = ObserveAsync(flow);

    /// <summary>Runs <paramref name="work"/> on the loop after <paramref name="delay"/>. Dispose the timer to call it off.</summary>
    public ITimer After(TimeSpan delay, Action work) =>
        Time.CreateTimer(_ => Post(work), null, delay < TimeSpan.Zero ? TimeSpan.Zero : delay, Timeout.InfiniteTimeSpan);

    private async Task ObserveAsync(Func<Task> flow)
    {
        try
        {
            await Task.Factory.StartNew(flow, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _scheduler)
                .Unwrap().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The call of this flow has ended.
        }
        catch (Exception ex)
        {
            onFault(ex);
        }
    }
}
