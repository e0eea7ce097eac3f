using Microsoft.Extensions.Logging;

namespace UppalCrm.Core.Dialling;

/// <summary>
/// Asks the carrier what became of an order to dial whose reply was lost: an order is never given twice, because it could ring twice.
/// </summary>
public sealed class LostDials(ITelephony telephony, CallStore store, TimeProvider time, ILogger<LostDials> logger)
{
    private const int MostLooks = 5;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(2);

    /// <summary>Looks for the leg of an order for a while.</summary>
    /// <param name="given">When the order was given.</param>
    /// <param name="isWanted">Whether the call still waits for it.</param>
    /// <returns>The leg; null when there is none. The second is false when it is not wanted any more.</returns>
    internal async Task<(CallSid? Leg, bool IsWanted)> FindAsync(
        DialOrder order, DateTimeOffset given, Func<Call, bool> isWanted, CancellationToken cancellationToken)
    {
        var since = given - TimeSpan.FromSeconds(5);
        for (var look = 0; look < MostLooks; look++)
        {
            try
            {
                if (await telephony.FindDialledLegAsync(order, since, cancellationToken) is { } leg
                    && !await IsOfAnotherCallAsync(leg.Leg, order.CallId, cancellationToken))
                {
                    return (leg.Leg, true);
                }
            }
            catch (TelephonyException ex)
            {
                logger.LogWarning(ex, "The carrier could not be asked what became of the dial for call {CallId}", order.CallId);
            }

            await Task.Delay(BetweenLooks, time, cancellationToken);
            if (await store.FindAsync(order.CallId, cancellationToken) is not { } call || !isWanted(call))
            {
                return (null, false);
            }
        }

        return (null, true);
    }

    /// <summary>An earlier call to the same number looks the same to the carrier.</summary>
    private async Task<bool> IsOfAnotherCallAsync(CallSid leg, long callId, CancellationToken cancellationToken) =>
        await store.FindAsync(new CallKey.Leg(leg), cancellationToken) is { } other && other.Id != callId;
}
