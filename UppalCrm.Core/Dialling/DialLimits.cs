using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Dialling;

/// <summary>Too many calls: by whom, in what time.</summary>
/// <param name="Limit">The setting, e.g. <c>Dialling:CallsPerAgentPerHour</c>.</param>
/// <param name="IsAlarming">More than a busy minute: somebody must look.</param>
public sealed record DialLimitReached(string Reason, string Limit, bool IsAlarming) : Refusal(Reason);

/// <summary>
/// How many calls a person and the whole company may dial in a minute, an hour and a day, and how many may be open at once: counted in the
/// database, over all nodes, in the transaction that writes the call or the transfer. A transfer to an outside number counts as a call
/// that is dialled.
/// </summary>
public sealed class DialLimits(IOptionsMonitor<DialOptions> options, TimeProvider time)
{
    /// <summary>
    /// Asked first in the transaction that writes the call or the transfer: of two who dial at once, on any node, the second is counted
    /// when the first is written.
    /// </summary>
    /// <returns>Why this agent may not dial now; null when they may.</returns>
    internal async Task<Refusal?> WhyNotAsync(CrmDbContext db, int agentId, CancellationToken cancellationToken)
    {
        await DatabaseLock.TakeAsync(db, DatabaseLock.Dialling, cancellationToken);
        return await FindRefusalAsync(db, agentId, cancellationToken);
    }

    private async Task<Refusal?> FindRefusalAsync(CrmDbContext db, int agentId, CancellationToken cancellationToken)
    {
        if (await db.FloorSettings.AnyAsync(s => s.DiallingStoppedAt != null, cancellationToken))
        {
            return DialSwitch.Stopped;
        }

        var limits = options.CurrentValue;
        var (minute, hour, day) = (TimeSpan.FromMinutes(1), TimeSpan.FromHours(1), TimeSpan.FromDays(1));
        var dialled = db.Calls.Where(c => c.Direction == CallDirection.Outbound);
        var own = dialled.Where(c => c.AgentId == agentId);
        var yesterday = time.GetUtcNow() - day;
        var transferred = db.Transfers.Where(t => t.ToNumber != null && t.FromCallId == null && t.AskedAt > yesterday);
        var ownTransferred = transferred.Where(t => t.FromAgentId == agentId);
        var anyTransferred = await transferred.AnyAsync(cancellationToken);
        const string busy = "You have made many calls in the last minute. Please wait a moment.";
        const string busyAll = "Too many calls are being made at this moment. Please try again in a minute.";
        var (mine, all) = ((own, ownTransferred), (dialled, transferred));
        return await IsFullAsync(mine, minute, limits.CallsPerAgentPerMinute) ? new DialLimitReached(busy, "CallsPerAgentPerMinute", false)
            : await IsFullAsync(mine, hour, limits.CallsPerAgentPerHour) ? Full("You have", "hour", "CallsPerAgentPerHour")
            : await IsFullAsync(mine, day, limits.CallsPerAgentPerDay) ? Full("You have", "day", "CallsPerAgentPerDay")
            : await IsFullAsync(all, minute, limits.CallsPerAccountPerMinute)
                ? new DialLimitReached(busyAll, "CallsPerAccountPerMinute", false)
            : await IsFullAsync(all, hour, limits.CallsPerAccountPerHour) ? Full("The company has", "hour", "CallsPerAccountPerHour")
            : await IsFullAsync(all, day, limits.CallsPerAccountPerDay) ? Full("The company has", "day", "CallsPerAccountPerDay")
            : await CountLiveAsync() >= limits.LiveCalls
                ? new DialLimitReached("As many outgoing calls are open as may be. Please try again in a while.", "LiveCalls", true)
            : null;

        async Task<bool> IsFullAsync((IQueryable<Call> Calls, IQueryable<CallTransfer> Transfers) of, TimeSpan within, int most)
        {
            var since = time.GetUtcNow() - within;
            var count = await of.Calls.Where(c => c.CreatedAt > since).OrderByDescending(c => c.CreatedAt).Take(most)
                .CountAsync(cancellationToken);
            return count >= most || (anyTransferred && count + await of.Transfers.CountAsync(
                t => t.AskedAt > since, cancellationToken) >= most);
        }

        async Task<int> CountLiveAsync() => await dialled.CountAsync(c => c.Status != CallStatus.Ended, cancellationToken)
            + (anyTransferred
                ? await transferred.CountAsync(
                    t => (t.EndedAt == null || t.State == TransferState.Taken)
                        && db.Calls.Any(c => c.Id == t.CallId && c.Status != CallStatus.Ended), cancellationToken)
                : 0);

        static DialLimitReached Full(string who, string time, string limit) =>
            new($"{who} dialled as many calls as may be dialled in one {time}. Tell your administrator if that is too few.", limit, true);
    }
}
