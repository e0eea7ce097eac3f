using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Transfers;

/// <summary>Has the carrier dial the outside number of a transfer, once, and notes its leg, or why there is none.</summary>
public sealed class OutsideDialler(
    ITelephony telephony, CallStore store, LostDials lost, BackgroundTasks tasks, DialSwitch dialling,
    IOptionsMonitor<CallOptions> options, IOptionsMonitor<DialOptions> limits, TimeProvider time, ILogger<OutsideDialler> logger)
{
    /// <summary>Dials in the background.</summary>
    public void Dial(Call call, long transferId)
    {
        if (OrderFor(call, transferId) is { } order)
        {
            tasks.Run($"dial the outside number of call {call.Id}", token => DialAsync(order, token));
        }
    }

    /// <summary>
    /// Looks, in the background, for the leg of an order whose reply was lost; the transfer comes to nothing when there is none.
    /// </summary>
    public void FindLostDial(Call call, CallTransfer transfer)
    {
        if (OrderFor(call, transfer.Id) is { } order)
        {
            tasks.Run(
                $"find the outside number's leg of call {call.Id}", token => FindLostDialAsync(order, transfer.AskedAt, token));
        }
    }

    private DialOrder? OrderFor(Call call, long transferId) =>
        call.Transfers.Find(transfer => transfer.Id == transferId)?.ToNumber is { } number
            ? new DialOrder(
                call.Id, call.ConferenceName, PhoneNumber.Parse(number), options.CurrentValue.OutsideRingTimeout,
                limits.CurrentValue.LongestCall, transferId)
            : null;

    private async Task DialAsync(DialOrder order, CancellationToken cancellationToken)
    {
        var begun = time.GetUtcNow();
        var attempt = await dialling.GetStoppedAtAsync(cancellationToken) is null
            ? await telephony.DialAsync(order, cancellationToken)
            : new DialAttempt.Refused(DialSwitch.Stopped.Reason, null);
        await RecordAsync(order, attempt, cancellationToken);
        if (attempt is DialAttempt.Unknown)
        {
            logger.LogWarning(
                "The carrier's reply to dialling out of call {CallId} was lost; it is asked before anything is dialled again",
                order.CallId);
            await FindLostDialAsync(order, begun, cancellationToken);
        }
    }

    private async Task RecordAsync(DialOrder order, DialAttempt attempt, CancellationToken cancellationToken)
    {
        switch (attempt)
        {
            case DialAttempt.Accepted accepted:
                // What follows ends the leg when nobody waits for it any more.
                await store.ChangeAsync(
                    order.CallId, c => c.TryNameOutsideLeg(order.TransferId!.Value, accepted.Leg), cancellationToken);
                break;
            case DialAttempt.Refused refused:
                await store.ChangeAsync(order.CallId, c =>
                {
                    if (!IsAwaited(c, order))
                    {
                        return false;
                    }

                    c.EndTransfer(TransferState.Declined, time.GetUtcNow(), options.CurrentValue.OfferTimeout, refused.Words);
                    return true;
                }, cancellationToken);
                break;
        }
    }

    private async Task FindLostDialAsync(DialOrder order, DateTimeOffset given, CancellationToken cancellationToken)
    {
        var found = await lost.FindAsync(order, given, c => IsAwaited(c, order), cancellationToken);
        if (found.Leg is { } leg)
        {
            await RecordAsync(order, new DialAttempt.Accepted(leg), cancellationToken);
        }
        else if (found.IsWanted)
        {
            const string gaveUp = "The telephone network did not answer. The number was not reached.";
            await RecordAsync(order, new DialAttempt.Refused(gaveUp, null), cancellationToken);
        }
    }

    private static bool IsAwaited(Call call, DialOrder order) => call.IsOpen
        && call.FindOpenTransfer() is { OutsideLeg: null } open && open.Id == order.TransferId;
}
