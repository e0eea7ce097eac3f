using Microsoft.Extensions.Logging;

namespace UppalCrm.Core.Transfers;

/// <content>What is done with those who are in a call beside its agent (decisions/0015).</content>
public sealed partial class CallTransfers
{
    /// <summary>The agent takes one out of the call who is in it beside them.</summary>
    /// <param name="partyId"><see cref="CallTransfer.Id"/> of the one who is in.</param>
    public Task<Result> RemoveAsync(long callId, int agentId, long partyId, CancellationToken cancellationToken) =>
        EndPartyAsync(callId, agentId, c => FindParty(c, agentId, partyId), cancellationToken);

    /// <summary>The agent has one who is in the call beside them hear music, or takes them off hold.</summary>
    public async Task<Result> HoldPartyAsync(long callId, int agentId, long partyId, bool hold, CancellationToken cancellationToken)
    {
        var change = await store.ChangeAsync(callId, c =>
        {
            if (FindParty(c, agentId, partyId) is not { } party || party.OnHold == hold)
            {
                return Decision.Nothing;
            }

            party.OnHold = hold;
            return Decision.Changed();
        }, cancellationToken);
        return change.IsChange || (change.After is { } call && FindParty(call, agentId, partyId) is not null) ? Result.Done : NotConsulted;
    }

    /// <summary>
    /// Asks the carrier that nobody hears one who is in the call beside its agent, or that they are heard again. Shown when it says so.
    /// </summary>
    public async Task<Result> MutePartyAsync(long callId, int agentId, long partyId, bool mute, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(callId, cancellationToken) is not { ConferenceSid: { } conference } call
            || FindParty(call, agentId, partyId) is not { } party || call.FindLegOf(party) is not { } leg)
        {
            return NotConsulted;
        }

        try
        {
            await telephony.SetMutedAsync(conference, leg.CallSid, mute, cancellationToken);
            return Result.Done;
        }
        catch (TelephonyException ex)
        {
            logger.LogWarning(ex, "A party of call {CallId} could not be muted", callId);
            return new Refusal($"They could not be {(mute ? "muted" : "unmuted")}: {ex.Message}");
        }
    }

    /// <summary>The agent gives the call to one who is in it beside them, and is out.</summary>
    public async Task<Result> GiveToPartyAsync(long callId, int agentId, long partyId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        Refusal? refusal = null;
        var change = await store.ChangeAsync(callId, c =>
        {
            refusal = c.FindOpenTransfer() is not null ? new Refusal("End the other consultation first.")
                : FindParty(c, agentId, partyId) is { IsOutside: true } && c.FindJoined().Count() > 1
                    ? new Refusal("An outside number has the call alone: take the others out first, or give it to a colleague.")
                    : null;
            return refusal is null && FindParty(c, agentId, partyId) is { } party && c.TryGiveTo(party, now)
                ? Decision.Changed(EventOf(CallEventKind.HandedOver, callId, agentId, now, party))
                : Decision.Nothing;
        }, cancellationToken);
        return change.IsChange ? Result.Done : refusal ?? NotConsulted;
    }

    /// <summary>The agent leaves, and the call is that of one who stays.</summary>
    public async Task<Result> LeaveAsync(long callId, int agentId, CancellationToken cancellationToken) =>
        await store.FindAsync(callId, cancellationToken) switch
        {
            { } call when call.AgentId == agentId && call.FindOpenTransfer() is { IsTalking: true } =>
                await HandOverAsync(callId, agentId, cancellationToken),
            { } call when call.AgentId == agentId && call.FindHeir() is { } heir =>
                await GiveToPartyAsync(callId, agentId, heir.Id, cancellationToken),
            _ => new Refusal("Nobody is left in this call to whom it could be given."),
        };

    private static CallTransfer? FindParty(Call call, int agentId, long partyId) =>
        call.Status == CallStatus.Connected && call.AgentId == agentId
            ? call.FindJoined().FirstOrDefault(party => party.Id == partyId)
            : null;

    private async Task<Result> EndPartyAsync(
        long callId, int agentId, Func<Call, CallTransfer?> which, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var change = await store.ChangeAsync(callId, c =>
        {
            if (!c.IsOpen || which(c) is not { } party)
            {
                return Decision.Nothing;
            }

            c.EndParty(party, now);
            return Decision.Changed(EventOf(CallEventKind.PartyLeft, callId, agentId, now, party));
        }, cancellationToken);
        return change.IsChange ? Result.Done : NotConsulted;
    }
}
