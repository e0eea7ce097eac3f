using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Transfers;

/// <summary>
/// Hands a call to an outside number, at once or after talking with it: the customer hears music while the number rings. When it has
/// answered the agent is out, and the call stays ours: it is recorded and shown until the customer or the number hangs up.
/// </summary>
public sealed class OutsideTransfers(
    CallStore store, CallTransfers transfers, DialGate gate, DialLimits limits, DialAlarm alarm, AuditLog audit,
    IOptionsMonitor<CallOptions> options, TimeProvider time)
{
    /// <summary>Has a number dialled into the call.</summary>
    /// <param name="typed">A number as a person writes it.</param>
    /// <param name="note">For the call's history: whom the number belongs to sees nothing of it.</param>
    /// <param name="consult">The two talk first; <see cref="CallTransfers.HandOverAsync"/> or <see cref="CallTransfers.CancelAsync"/>
    /// decides.</param>
    public async Task<Result> StartAsync(
        long callId, int fromAgentId, string typed, string? note, bool consult, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(callId, cancellationToken) is not { } call)
        {
            return CallTransfers.NotYours;
        }

        if (CallTransfers.WhyNot(call, fromAgentId) is { } notNow)
        {
            return notNow;
        }

        var number = await gate.CheckAsync(fromAgentId, typed, cancellationToken);
        if (number.Refusal is { } refused)
        {
            return refused;
        }

        if (number.Value.Value == call.OtherNumber)
        {
            return new Refusal("This is the number of the customer, who is in this call.");
        }

        var now = time.GetUtcNow();
        Refusal? tooMany = null;
        var begun = await transfers.BeginAsync(
            new CallTransfer
            {
                CallId = callId, FromAgentId = fromAgentId, ToNumber = number.Value.Value, IsConsult = consult,
                Note = CallTransfers.ReadNote(note),
                State = TransferState.Ringing, AskedAt = now, ExpiresAt = now + options.CurrentValue.OutsideRingTimeout,
            }, async db => (tooMany = await limits.WhyNotAsync(db, fromAgentId, cancellationToken)) is null, cancellationToken);
        if (tooMany is not null)
        {
            await alarm.RefusedAsync(fromAgentId, number.Value, tooMany, cancellationToken);
            return tooMany;
        }

        if (begun.IsDone)
        {
            await audit.WriteAsync(AuditAction.Dialled, fromAgentId, callId, $"{number.Value.Masked} (transfer)", cancellationToken);
        }

        return begun;
    }

    /// <summary>A number is dialled by the change that began its transfer, and stops ringing with the one that ended it.</summary>
    internal static IEnumerable<CallEffect> EffectsOf(Call before, Call after)
    {
        foreach (var transfer in after.Transfers.Where(transfer => transfer.IsOutside))
        {
            if (after.IsOpen && transfer is { State: TransferState.Ringing, OutsideLeg: null }
                && !before.Transfers.Exists(former => former.Id == transfer.Id))
            {
                yield return new CallEffect.DialOutside(transfer.Id);
            }

            // One that is in the conference is taken out of it, like anybody without business there.
            if (transfer.OutsideLeg is { } leg && !after.IsOutsideWanted(leg) && after.FindLeg(leg) is { JoinedAt: null, LeftAt: null }
                && (before.IsOutsideWanted(leg) || before.FindLeg(leg) is null))
            {
                yield return new CallEffect.EndLeg(leg);
            }
        }
    }
}
