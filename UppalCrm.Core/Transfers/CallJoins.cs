using Microsoft.Extensions.Logging;

namespace UppalCrm.Core.Transfers;

/// <summary>
/// Makes one call of two: the customer of the one comes into the conference of the other, beside its agent, and their own call is over
/// (decisions/0017).
/// </summary>
public sealed class CallJoins(CallStore store, ITelephony telephony, TimeProvider time, ILogger<CallJoins> logger)
{
    private static readonly Refusal NoneAside = new("You have put no call aside.");
    private static readonly Refusal NotInto = new(
        "Nobody can be brought into this call now: it must be in progress, with nobody asked to take it and room for one more.");
    private static readonly Refusal NotFrom = new(
        "The customer cannot be brought over now: their call must be in progress, and nobody else in it.");

    /// <summary>The agent brings the customer of the call that they put aside into the one in hand.</summary>
    public async Task<Result> JoinParkedAsync(int agentId, CancellationToken cancellationToken) =>
        await store.FindParkedAsync(agentId, cancellationToken) is not { } parked ? NoneAside
            : await store.FindActiveAsync(agentId, cancellationToken) is not { } inHand || inHand.AgentId != agentId ? NotInto
            : await BringAsync(parked.Id, inHand.Id, agentId, EventSource.Agent, cancellationToken);

    /// <summary>Brings the customer of one call into another.</summary>
    /// <param name="by">The agent who has both, or a supervisor.</param>
    internal async Task<Result> BringAsync(long fromId, long intoId, int by, EventSource source, CancellationToken cancellationToken)
    {
        // Written down in both before the carrier is asked: what it tells of the leg that moves is understood on either side.
        var now = time.GetUtcNow();
        var from = await store.ChangeAsync(fromId, c =>
        {
            if (fromId == intoId || !c.MayBeJoined || (c.JoinedToId ?? intoId) != intoId)
            {
                return Decision.Nothing;
            }

            c.JoinedToId = intoId;
            return Decision.Changed(CallEvent.Of(CallEventKind.BroughtOver, source, c.Id, by, now));
        }, cancellationToken);
        if (from is not { IsChange: true, After: { } other } || other.FindCustomerLeg() is not { CallSid: var customer })
        {
            return NotFrom;
        }

        var into = await store.ChangeAsync(intoId, c => c.TryTakeIn(other, customer, by, now)
            ? Decision.Changed(CallEvent.Of(CallEventKind.CustomerTakenIn, source, c.Id, by, now))
            : Decision.Nothing, CancellationToken.None);
        if (into is not { IsChange: true, After: { } together })
        {
            await StayAsync(fromId);
            return NotInto;
        }

        try
        {
            await telephony.MoveAsync(customer, together.ConferenceName, CancellationToken.None);
            return Result.Done;
        }
        catch (TelephonyException ex)
        {
            logger.LogWarning(ex, "The customer of call {CallId} could not be brought into call {Into}", fromId, intoId);
            await store.ChangeAsync(intoId, c => c.TryLetGo(customer, ex.Message, time.GetUtcNow()), CancellationToken.None);
            await StayAsync(fromId);
            return new Refusal($"The calls could not be joined: {ex.Message}");
        }
    }

    private async Task StayAsync(long callId) => await store.ChangeAsync(callId, c => c.TryStay(), CancellationToken.None);
}
