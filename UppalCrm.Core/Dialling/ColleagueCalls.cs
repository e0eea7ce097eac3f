using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Dialling;

/// <summary>
/// Prepares calls from one agent to another, without a customer: not recorded, in no history and no report, shown on the board. The
/// colleague is asked as for a transfer, and the call is over when either leaves.
/// </summary>
public sealed class ColleagueCalls(CallStore store, AgentRoster roster, IOptionsMonitor<CallOptions> options, TimeProvider time)
{
    /// <summary>Asks the colleague. The caller's softphone joins the conference next.</summary>
    public async Task<Result<PreparedCall>> PrepareAsync(int agentId, int colleagueId, CancellationToken cancellationToken)
    {
        if (await roster.FindAsync(colleagueId, cancellationToken) is not { } colleague || colleagueId == agentId)
        {
            return CallTransfers.NoColleague;
        }

        if (CallTransfers.WhyNot(colleague) is { } refusal)
        {
            return refusal;
        }

        var now = time.GetUtcNow();
        var call = new Call
        {
            Direction = CallDirection.Internal,
            CallerName = colleague.Name,
            AgentId = agentId,
            ConferenceName = OutboundCalls.NewConferenceName(now),
            Status = CallStatus.Preparing,
            CreatedAt = now,
            ExpiresAt = now + options.CurrentValue.AgentJoinTimeout,
            Version = 1,
            Transfers =
            [
                new CallTransfer
                {
                    FromAgentId = agentId, ToAgentId = colleagueId, State = TransferState.Ringing, AskedAt = now,
                    ExpiresAt = now + options.CurrentValue.TransferTimeout,
                },
            ],
        };
        var row = CallEvent.Of(CallEventKind.Dialled, EventSource.Agent, 0, agentId, now);
        row.Key = $"dialled:{call.ConferenceName}"; // the call has no id yet
        return await store.TryCreateAsync(call, row, occupyAgent: true, _ => Task.FromResult(true), cancellationToken)
            ? new PreparedCall(call.Id, call.ConferenceName)
            : OutboundCalls.Busy;
    }
}
