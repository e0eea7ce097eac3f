using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Dialling;

/// <summary>
/// Has the carrier dial the customer of an outbound call, once. When the carrier's reply is lost it is asked what became of the order
/// before anything is dialled again.
/// </summary>
public sealed class CustomerDialler(
    ITelephony telephony, CallStore store, LostDials lost, BackgroundTasks tasks, DialSwitch dialling,
    IOptionsMonitor<CallOptions> options,
    IOptionsMonitor<DialOptions> limits, TimeProvider time, ILogger<CustomerDialler> logger)
{
    /// <summary>Dials in the background.</summary>
    public void Dial(Call call) => tasks.Run($"dial for call {call.Id}", token => DialAsync(call, token));

    /// <summary>Looks, in the background, for the leg of an order whose reply was lost; ends the call when there is none.</summary>
    public void FindLostDial(Call call) =>
        tasks.Run($"find the customer's leg of call {call.Id}", token => FindLostDialAsync(call, token));

    private DialOrder OrderFor(Call call) =>
        new(
            call.Id, call.ConferenceName, PhoneNumber.Parse(call.ToNumber), options.CurrentValue.RingTimeout,
            limits.CurrentValue.LongestCall);

    private async Task DialAsync(Call call, CancellationToken cancellationToken)
    {
        var attempt = await dialling.GetStoppedAtAsync(cancellationToken) is null
            ? await telephony.DialAsync(OrderFor(call), cancellationToken)
            : new DialAttempt.Refused(DialSwitch.Stopped.Reason, null);
        await RecordAsync(call.Id, attempt, cancellationToken);
        if (attempt is DialAttempt.Unknown)
        {
            await FindLostDialAsync(call, cancellationToken);
        }
    }

    private async Task RecordAsync(long callId, DialAttempt attempt, CancellationToken cancellationToken)
    {
        switch (attempt)
        {
            case DialAttempt.Accepted accepted:
                var change = await store.ChangeAsync(callId, c => c.TryNameCustomerLeg(accepted.Leg, LegState.Queued), cancellationToken);
                if (change is { IsChange: false, After.IsOpen: false })
                {
                    // The answer was faster than this reply, and the call is over.
                    await telephony.EndLegAsync(accepted.Leg, cancellationToken);
                }

                break;
            case DialAttempt.Refused refused:
                await store.ChangeAsync(
                    callId,
                    c => c.TryEnd(CallTrigger.CustomerNotReached, time.GetUtcNow(), CallOutcome.Failed, CallEnder.Carrier, refused.Words),
                    cancellationToken);
                break;
            case DialAttempt.Unknown:
                logger.LogWarning(
                    "The carrier's reply to dialling for call {CallId} was lost; it is asked before anything is dialled again", callId);
                break;
        }
    }

    private async Task FindLostDialAsync(Call call, CancellationToken cancellationToken)
    {
        var found = await lost.FindAsync(
            OrderFor(call), call.DialledAt ?? call.CreatedAt, c => c is { Status: CallStatus.Dialing, CustomerLeg: null },
            cancellationToken);
        if (found.Leg is { } leg)
        {
            await RecordAsync(call.Id, new DialAttempt.Accepted(leg), cancellationToken);
        }
        else if (found.IsWanted)
        {
            const string gaveUp = "The telephone network did not answer. The customer was not reached; please try again.";
            await RecordAsync(call.Id, new DialAttempt.Refused(gaveUp, null), cancellationToken);
        }
    }
}
