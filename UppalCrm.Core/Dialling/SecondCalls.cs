using Microsoft.Extensions.Logging;

namespace UppalCrm.Core.Dialling;

/// <summary>
/// An agent's second call: the first is put aside with music for its customer, and is back in hand when the second is over. Each is a call
/// of its own; one of the two is in hand at any time (decisions/0017).
/// </summary>
public sealed class SecondCalls(
    CallStore store, OutboundCalls outbound, ITelephony telephony, TimeProvider time, ILogger<SecondCalls> logger)
{
    private static readonly Refusal OneAside = new("You have put a call aside already. End it, or go back to it first.");
    private static readonly Refusal NoneAside = new("You have put no call aside.");
    private static readonly Refusal SameNumber = new("This is the number of the customer, who is in this call.");

    /// <summary>Whether this agent can put this call aside for another one now.</summary>
    public static bool MayBegin(Call call, int agentId) => call.WhyNotPark(agentId) is null;

    /// <summary>
    /// Puts the call in hand aside, and prepares one to another number. The softphone leaves the one and joins the other.
    /// </summary>
    /// <param name="typed">A number as a person writes it.</param>
    public async Task<Result<PreparedCall>> DialAsync(int agentId, string typed, CancellationToken cancellationToken)
    {
        if (await store.FindActiveAsync(agentId, cancellationToken) is not { } first)
        {
            return await outbound.PrepareAsync(agentId, typed, cancellationToken);
        }

        if (first.WhyNotPark(agentId) is { } notNow)
        {
            return notNow;
        }

        if (await store.FindParkedAsync(agentId, cancellationToken) is not null)
        {
            return OneAside;
        }

        // Before the customer is put aside for it.
        var number = await outbound.CheckAsync(agentId, typed, cancellationToken);
        if (number.Refusal is { } refused)
        {
            return refused;
        }

        if (number.Value.Value == first.OtherNumber)
        {
            return SameNumber;
        }

        if (await ParkAsync(first, agentId, cancellationToken) is { } unparked)
        {
            return unparked;
        }

        var second = await outbound.PlaceAsync(agentId, number.Value, first.Id, CancellationToken.None);
        if (second.Refusal is not null)
        {
            await UnparkAsync(first.Id, agentId, parked: null, CancellationToken.None);
        }

        return second;
    }

    /// <summary>
    /// Takes up the call that was put aside, and puts the one in hand aside. The softphone leaves the one and joins the other.
    /// </summary>
    public async Task<Result<ClaimedCall>> SwitchAsync(int agentId, CancellationToken cancellationToken)
    {
        if (await store.FindParkedAsync(agentId, cancellationToken) is not { } parked)
        {
            return NoneAside;
        }

        var inHand = await store.FindActiveAsync(agentId, cancellationToken);
        if (inHand is not null && await ParkAsync(inHand, agentId, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        return await UnparkAsync(parked.Id, agentId, inHand?.Id, CancellationToken.None)
            ? new ClaimedCall(parked.ConferenceName, parked.Id)
            : NoneAside;
    }

    /// <returns>Why not; null when it is put aside.</returns>
    private async Task<Refusal?> ParkAsync(Call call, int agentId, CancellationToken cancellationToken)
    {
        if (call.WhyNotPark(agentId) is { } notNow)
        {
            return notNow;
        }

        var leg = call.FindAgentLeg() is { KeepsCustomer: false } ends ? ends.CallSid : (CallSid?)null;
        try
        {
            await SetEndOnExitAsync(false); // before anybody is told: the phone leaves as soon as it hears of it
        }
        catch (TelephonyException ex)
        {
            logger.LogWarning(ex, "Call {CallId} could not be put aside", call.Id);
            return new Refusal($"The call could not be put aside: {ex.Message}");
        }

        var now = time.GetUtcNow();
        var change = await store.ChangeAsync(call.Id, c => c.TryPark(agentId, now)
            ? Decision.Changed(CallEvent.Of(CallEventKind.Parked, EventSource.Agent, c.Id, agentId, now))
            : Decision.Nothing, cancellationToken);
        if (change.IsChange)
        {
            return null;
        }

        await SetEndOnExitAsync(true);
        return change.After?.WhyNotPark(agentId) ?? new Refusal("The call is over.");

        Task SetEndOnExitAsync(bool ends) => leg is { } mine && call.ConferenceSid is { } conference
            ? telephony.SetEndOnExitAsync(conference, mine, ends, cancellationToken)
            : Task.CompletedTask;
    }

    private async Task<bool> UnparkAsync(long callId, int agentId, long? parked, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var change = await store.ChangeAsync(callId, c => c.AgentId == agentId && c.TryUnpark(now, parked)
            ? Decision.Changed(CallEvent.Of(CallEventKind.Unparked, EventSource.Agent, c.Id, agentId, now))
            : Decision.Nothing, cancellationToken);
        return change.IsChange;
    }
}
