using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Offers;

/// <summary>
/// Takes callers in, also while the database cannot be written: the room they wait in is named after their leg, so they can be sent
/// there at once, and are written down and offered as soon as it can be.
/// </summary>
public sealed class InboundCalls(
    CarrierEventHandler news, ITelephony telephony, BackgroundTasks errands, IOptionsMonitor<CallOptions> options, TimeProvider time, ILogger<InboundCalls> logger)
{
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(500);

    /// <summary>A try that takes longer than this hangs; the next one may not. Longer than SQLite waits for a lock.</summary>
    private static readonly TimeSpan LongestTry = TimeSpan.FromSeconds(40);

    /// <summary>A customer called. Also for the same request again.</summary>
    /// <param name="within">Returns after this, written down or not.</param>
    public async Task ReceiveAsync(CallerArrived caller, TimeSpan within)
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        errands.Run($"write down the caller {caller.Leg}", token => WriteDownAsync(caller, written, token));
        try
        {
            await written.Task.WaitAsync(within, time);
        }
        catch (TimeoutException)
        {
            logger.LogError("The caller {Leg} waits in the room but could not be written down yet; it is tried again", caller.Leg);
        }
    }

    private async Task WriteDownAsync(CallerArrived caller, TaskCompletionSource written, CancellationToken cancellationToken)
    {
        var giveUp = time.GetUtcNow() + options.CurrentValue.OfferTimeout;
        while (true)
        {
            try
            {
                await news.CallerArrivedAsync(caller, cancellationToken).WaitAsync(LongestTry, time, cancellationToken);
                written.TrySetResult();
                return;
            }
            catch (Exception ex) when (!cancellationToken.IsCancellationRequested)
            {
                logger.LogWarning(ex, "The caller {Leg} could not be written down", caller.Leg);
            }

            if (time.GetUtcNow() >= giveUp)
            {
                // Nobody can be offered this call: the caller is told what every unanswered caller is told.
                logger.LogError("The caller {Leg} was never written down and is let go with an apology", caller.Leg);
                await telephony.ApologiseAsync(caller.Leg, cancellationToken);
                return;
            }

            await Task.Delay(BetweenTries, time, cancellationToken);
        }
    }
}
