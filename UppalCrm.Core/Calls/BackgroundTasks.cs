using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace UppalCrm.Core.Calls;

/// <summary>
/// What is asked of the carrier after a change was saved, without keeping a webhook or a click waiting. A task that fails is logged
/// and left to the reconciler, which compares what we saved with what the carrier has.
/// </summary>
public sealed class BackgroundTasks(ILogger<BackgroundTasks> logger) : IHostedService, IDisposable
{
    private readonly ConcurrentDictionary<long, Task> _running = new();
    private readonly CancellationTokenSource _stopping = new();
    private long _last;
    private bool _disposed;

    /// <param name="name">For the log: what is being done, e.g. <c>dial call 7</c>.</param>
    public void Run(string name, Func<CancellationToken, Task> task)
    {
        var id = Interlocked.Increment(ref _last);
        var running = Task.Run(async () =>
        {
            try
            {
                await task(_stopping.Token);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                // The process ends; the reconciler of the next one makes up for it.
            }
            catch (Exception ex)
            {
                logger.LogWarning(ex, "A background task failed: {Task}", name);
            }
            finally
            {
                _running.TryRemove(id, out _);
            }
        });
        _running[id] = running;
        if (running.IsCompleted)
        {
            _running.TryRemove(id, out _);
        }
    }

    /// <summary>Ends when nothing is under way; for tests and for a clean stop.</summary>
    public async Task WhenIdleAsync(CancellationToken cancellationToken)
    {
        while (!_running.IsEmpty)
        {
            await Task.WhenAll(_running.Values).WaitAsync(cancellationToken);
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return; // The container knows it twice, as itself and as a hosted service, and disposes both.
        }

        _stopping.Cancel();
        _stopping.Dispose();
    }

    Task IHostedService.StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    async Task IHostedService.StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WhenIdleAsync(cancellationToken).WaitAsync(TimeSpan.FromSeconds(5), cancellationToken);
        }
        catch (Exception ex) when (ex is TimeoutException or OperationCanceledException)
        {
            await _stopping.CancelAsync();
        }
    }
}
