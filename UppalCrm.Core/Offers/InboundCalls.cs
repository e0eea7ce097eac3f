using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Offers;

/// <summary>
/// Receives callers, also while the database cannot be written: the conference in which they wait is named after their leg, so they are
/// sent there at once, and are saved and offered as soon as the database allows.
/// </summary>
public sealed class InboundCalls(
    CarrierEventHandler carrierEvents, ITelephony telephony, BackgroundTasks tasks, IOptionsMonitor<CallOptions> options,
    TimeProvider time, ILogger<InboundCalls> logger)
{
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(500);

    /// <summary>A try that takes longer than this hangs; the next one may not. SQLite waits for a lock for less.</summary>
    private static readonly TimeSpan LongestTry = TimeSpan.FromSeconds(40);

    /// <summary>A customer called. Also for the same request again.</summary>
    /// <param name="within">Returns after this, saved or not.</param>
    public async Task ReceiveAsync(CallerArrived caller, TimeSpan within)
    {
        var saved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        tasks.Run($"save the caller {caller.Leg}", token => SaveAsync(caller, saved, token));
        try
        {
            await saved.Task.WaitAsync(within, time);
        }
        catch (TimeoutException)
        {
            logger.LogError("The caller {Leg} waits in the conference but could not be saved yet; it is tried again", caller.Leg);
        }
    }

    private async Task SaveAsync(CallerArrived caller, TaskCompletionSource saved, CancellationToken cancellationToken)
    {
        var giveUp = time.GetUtcNow() + options.CurrentValue.OfferTimeout;
        while (true)
        {
            try
            {
                await carrierEvents.CallerArrivedAsync(caller, cancellationToken).WaitAsync(LongestTry, time, cancellationToken);
                saved.TrySetResult();
                return;
            }
            catch (Exception ex) when (!cancellationToken.IsCancellationRequested)
            {
                logger.LogWarning(ex, "The caller {Leg} could not be saved", caller.Leg);
            }

            if (time.GetUtcNow() >= giveUp)
            {
                // Nobody can be offered this call: the caller hears what every unanswered caller hears.
                logger.LogError("The caller {Leg} was never saved and hears an apology", caller.Leg);
                await telephony.ApologiseAsync(caller.Leg, cancellationToken);
                return;
            }

            await Task.Delay(BetweenTries, time, cancellationToken);
        }
    }
}
