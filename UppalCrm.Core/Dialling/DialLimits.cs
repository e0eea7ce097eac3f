using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Dialling;

/// <summary>Too many calls: by whom, in what time.</summary>
/// <param name="Limit">The setting, e.g. <c>Dialling:CallsPerAgentPerHour</c>.</param>
/// <param name="IsAlarming">More than a busy minute: somebody must look.</param>
public sealed record DialLimitReached(string Reason, string Limit, bool IsAlarming) : Refusal(Reason);

/// <summary>
/// How many calls a person and the whole company may dial in a minute, an hour and a day, and how many may be open at once: counted in the
/// database, over all nodes, in the transaction that writes the call.
/// </summary>
public sealed class DialLimits(IOptionsMonitor<DialOptions> options, TimeProvider time)
{
    /// <summary>Asked first in the transaction that writes the call.</summary>
    /// <returns>Why this agent may not dial now; null when they may.</returns>
    internal async Task<Refusal?> WhyNotAsync(CrmDbContext db, int agentId, CancellationToken cancellationToken)
    {
        await DatabaseLock.TakeAsync(db, DatabaseLock.Dialling, cancellationToken);
        if (await db.FloorSettings.AnyAsync(s => s.DiallingStoppedAt != null, cancellationToken))
        {
            return DialSwitch.Stopped;
        }

        var limits = options.CurrentValue;
        var (minute, hour, day) = (TimeSpan.FromMinutes(1), TimeSpan.FromHours(1), TimeSpan.FromDays(1));
        var dialled = db.Calls.Where(c => c.Direction == CallDirection.Outbound);
        var own = dialled.Where(c => c.AgentId == agentId);
        const string busy = "You have made many calls in the last minute. Please wait a moment.";
        const string busyAll = "Too many calls are being made at this moment. Please try again in a minute.";
        return await IsFullAsync(own, minute, limits.CallsPerAgentPerMinute) ? new DialLimitReached(busy, "CallsPerAgentPerMinute", false)
            : await IsFullAsync(own, hour, limits.CallsPerAgentPerHour) ? Full("You have", "hour", "CallsPerAgentPerHour")
            : await IsFullAsync(own, day, limits.CallsPerAgentPerDay) ? Full("You have", "day", "CallsPerAgentPerDay")
            : await IsFullAsync(
                dialled, minute, limits.CallsPerAccountPerMinute) ? new DialLimitReached(busyAll, "CallsPerAccountPerMinute", false)
            : await IsFullAsync(dialled, hour, limits.CallsPerAccountPerHour) ? Full("The company has", "hour", "CallsPerAccountPerHour")
            : await IsFullAsync(dialled, day, limits.CallsPerAccountPerDay) ? Full("The company has", "day", "CallsPerAccountPerDay")
            : await dialled.CountAsync(c => c.Status != CallStatus.Ended, cancellationToken) >= limits.LiveCalls
                ? new DialLimitReached("As many outgoing calls are open as may be. Please try again in a while.", "LiveCalls", true)
            : null;

        async Task<bool> IsFullAsync(IQueryable<Call> calls, TimeSpan within, int most)
        {
            var since = time.GetUtcNow() - within;
            return await calls.Where(c => c.CreatedAt > since).OrderByDescending(c => c.CreatedAt).Take(most)
                .CountAsync(cancellationToken) >= most;
        }

        static DialLimitReached Full(string who, string time, string limit) =>
            new($"{who} dialled as many calls as may be dialled in one {time}. Tell your administrator if that is too few.", limit, true);
    }
}
