namespace UppalCrm.Simulator;

/// <summary>
/// One thing at a time. Everything the network knows is read and changed only here, so nothing in it needs a lock.
/// A flow that awaits on the line comes back to the line. Sockets and webhooks are awaited, never waited for.
/// </summary>
internal sealed class Line(TimeProvider time, Action<Exception> onFault)
{
    private readonly TaskScheduler _turn = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;

    public TimeProvider Time { get; } = time;

    public DateTimeOffset Now => Time.GetUtcNow();

    public Task<T> Ask<T>(Func<T> question) =>
        Task.Factory.StartNew(question, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _turn);

    public Task Ask(Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _turn);

    /// <summary>Runs a flow on the line; whatever it awaits leaves the line free meanwhile.</summary>
    public Task<T> AskAsync<T>(Func<Task<T>> flow) =>
        Task.Factory.StartNew(flow, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _turn).Unwrap();

    /// <summary>
    /// For later, but at once. Also the way to cancel a flow: a continuation may run inside the cancellation,
    /// so it must not happen in the middle of somebody's work.
    /// </summary>
    public void Post(Action work) => Begin(() =>
    {
        work();
        return Task.CompletedTask;
    });

    /// <summary>Starts a flow that nobody waits for. Being cancelled is a normal end of it.</summary>
    public void Begin(Func<Task> flow) => _ = ObserveAsync(flow);

    /// <summary>Runs <paramref name="work"/> on the line when the time has come. Dispose the timer to call it off.</summary>
    public ITimer After(TimeSpan delay, Action work) =>
        Time.CreateTimer(_ => Post(work), null, delay < TimeSpan.Zero ? TimeSpan.Zero : delay, Timeout.InfiniteTimeSpan);

    private async Task ObserveAsync(Func<Task> flow)
    {
        try
        {
            await Task.Factory.StartNew(flow, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _turn).Unwrap().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The call it belonged to is over.
        }
        catch (Exception ex)
        {
            onFault(ex);
        }
    }
}
