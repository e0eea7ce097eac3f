using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace UppalCrm.Core.CarrierEvents;

/// <summary>
/// Has what the second step of a call asks of the database compiled as soon as callers are taken: an agent who accepts one right after a
/// start finds it done, and the start itself does not wait for it.
/// </summary>
internal sealed class WarmUp(
    CarrierEventHandler events, JoinIntents intents, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<WarmUp> logger)
    : BackgroundService
{
    /// <summary>The first caller has the machine for themselves.</summary>
    private static readonly TimeSpan AfterStart = TimeSpan.FromMilliseconds(400);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var waiting = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        await Task.Delay(AfterStart, time, stoppingToken);
        try
        {
            await events.WarmUpAsync(stoppingToken);
            await intents.WarmUpAsync(stoppingToken);
        }
        catch (Exception ex) when (!stoppingToken.IsCancellationRequested)
        {
            logger.LogWarning(ex, "Queries could not be compiled beforehand; who asks first waits for them");
        }
    }
}
