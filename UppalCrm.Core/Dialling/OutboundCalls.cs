using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Dialling;

/// <summary>An outbound call that waits for its agent's softphone.</summary>
public sealed record PreparedCall(long CallId, string ConferenceName);

/// <summary>
/// Prepares calls to customers. The agent's softphone joins the conference next; only then is the customer dialled, by
/// <see cref="CustomerDialler"/>.
/// </summary>
public sealed class OutboundCalls(
    CallStore store, ContactBook contacts, DialGate gate, DialLimits limits, DialAlarm alarm, AuditLog audit, ITelephony telephony,
    IOptionsMonitor<CallOptions> options, TimeProvider time)
{
    internal static readonly Refusal Busy = new("You have a call in hand. End it before dialling the next.");

    internal static string NewConferenceName(DateTimeOffset now) =>
        $"conf-{now.ToUnixTimeMilliseconds()}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}";

    /// <param name="typed">A number as a person writes it.</param>
    public async Task<Result<PreparedCall>> PrepareAsync(int agentId, string typed, CancellationToken cancellationToken)
    {
        var number = await CheckAsync(agentId, typed, cancellationToken);
        return number.Refusal is { } refused
            ? refused
            : await PlaceAsync(agentId, number.Value, insteadOf: null, cancellationToken);
    }

    /// <summary>The number, if this agent may dial it.</summary>
    internal Task<Result<PhoneNumber>> CheckAsync(int agentId, string typed, CancellationToken cancellationToken) =>
        gate.CheckAsync(agentId, typed, cancellationToken);

    /// <param name="insteadOf">The call that the agent has put aside for this one.</param>
    internal async Task<Result<PreparedCall>> PlaceAsync(
        int agentId, PhoneNumber number, long? insteadOf, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var to = number.Value;
        var match = await contacts.MatchAsync(to, cancellationToken);
        var call = new Call
        {
            Direction = CallDirection.Outbound,
            FromNumber = telephony.CallerId,
            ToNumber = to,
            ContactId = match.Contact?.Id,
            CallerName = match.Name,
            AgentId = agentId,
            ParkedCallId = insteadOf,
            ConferenceName = NewConferenceName(now),
            Status = CallStatus.Preparing,
            CreatedAt = now,
            ExpiresAt = now + options.CurrentValue.AgentJoinTimeout,
            Version = 1,
        };
        var row = CallEvent.Of(CallEventKind.Dialled, EventSource.Agent, 0, agentId, now);
        row.Key = $"dialled:{call.ConferenceName}"; // the call has no id yet
        Refusal? tooMany = null;
        if (await store.TryCreateAsync(
            call, row, occupyAgent: true, async db => (tooMany = await limits.WhyNotAsync(db, agentId, cancellationToken)) is null,
            cancellationToken))
        {
            await audit.WriteAsync(AuditAction.Dialled, agentId, call.Id, number.Masked, cancellationToken);
            return new PreparedCall(call.Id, call.ConferenceName);
        }

        var refusal = tooMany ?? Busy;
        await alarm.RefusedAsync(agentId, number, refusal, cancellationToken);
        return refusal;
    }
}
