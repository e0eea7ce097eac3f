using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Agents;

/// <summary>One agent as everybody sees them.</summary>
/// <param name="Since">When this presence began.</param>
public sealed record AgentOnFloor(
    int Id, string Name, string Status, Presence Presence, DateTimeOffset? Since, long? CallId, DateTimeOffset? WrapUpUntil,
    long? WrapUpCallId, string? PhoneState)
{
    /// <inheritdoc cref="Agent.PhoneBrowser"/>
    public string? PhoneBrowser { get; init; }
}

/// <summary>Who works, and who can take a call.</summary>
public sealed class AgentRoster(
    IDbContextFactory<CrmDbContext> contexts, CallFeed feed, DeadlineTimer deadlines, IOptionsMonitor<CallOptions> options,
    TimeProvider time)
{
    /// <summary>An agent who has been unreachable for this long has gone home without signing out.</summary>
    public static readonly TimeSpan OfflineAfter = TimeSpan.FromMinutes(30);

    /// <summary>The statuses that agents may choose, in the administrator's order.</summary>
    public async Task<IReadOnlyList<AgentStatus>> GetStatusesAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Statuses.AsNoTracking().OrderBy(s => s.Position).ToListAsync(cancellationToken);
    }

    /// <summary>Every agent, by name.</summary>
    public Task<IReadOnlyList<AgentOnFloor>> GetFloorAsync(CancellationToken cancellationToken) => GetFloorAsync(null, cancellationToken);

    /// <summary>These agents (all, when <paramref name="only"/> is null), by name.</summary>
    public async Task<IReadOnlyList<AgentOnFloor>> GetFloorAsync(IReadOnlyCollection<int>? only, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var takesCalls = await db.Statuses.Where(s => s.TakesCalls).Select(s => s.Name).ToListAsync(cancellationToken);
        var which = only is null ? db.Agents.Where(a => a.DeactivatedAt == null) : db.Agents.Where(a => only.Contains(a.Id));
        var agents = await which.AsNoTracking().OrderBy(a => a.DisplayName).ToListAsync(cancellationToken);
        var now = time.GetUtcNow();
        return [.. agents.Select(a => View(a, takesCalls, now))];
    }

    /// <summary>Those who can be offered a call now.</summary>
    public async Task<IReadOnlyList<int>> GetAvailableAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var seenSince = now - options.CurrentValue.UnreachableAfter;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Agents
            .Where(a => a.DeactivatedAt == null && a.ActiveCallId == null && (a.WrapUpUntil == null || a.WrapUpUntil <= now)
                && a.LastSeenAt >= seenSince
                && (a.PhoneState == null || !Agent.StatesOfDeadPhones.Contains(a.PhoneState))
                && a.Status != AgentStatus.Offline && db.Statuses.Any(s => s.Name == a.Status && s.TakesCalls))
            .Select(a => a.Id).ToListAsync(cancellationToken);
    }

    public async Task<AgentOnFloor?> FindAsync(int agentId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var agent = await db.Agents.AsNoTracking().FirstOrDefaultAsync(a => a.Id == agentId, cancellationToken);
        var takesCalls = await db.Statuses.Where(s => s.TakesCalls).Select(s => s.Name).ToListAsync(cancellationToken);
        return agent is null ? null : View(agent, takesCalls, time.GetUtcNow());
    }

    /// <summary>The agent chooses a status.</summary>
    /// <returns>False when there is no such status.</returns>
    public async Task<bool> SetStatusAsync(int agentId, string status, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (!await db.Statuses.AnyAsync(s => s.Name == status, cancellationToken))
        {
            return false;
        }

        var now = time.GetUtcNow();
        await db.Agents.Where(a => a.Id == agentId && a.Status != status).ExecuteUpdateAsync(
            set => set.SetProperty(a => a.Status, status).SetProperty(a => a.StatusSince, now), cancellationToken);
        feed.Announce(new AgentChanged(agentId));
        return true;
    }

    /// <summary>These agents' browsers are connected: said every few seconds by the node that holds the connections.</summary>
    public async Task SeenAsync(IReadOnlyCollection<int> agentIds, CancellationToken cancellationToken)
    {
        if (agentIds.Count == 0)
        {
            return;
        }

        var now = time.GetUtcNow();
        var gone = now - options.CurrentValue.UnreachableAfter;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        // One parameter: five hundred of them would be another statement each time somebody comes or goes.
        var back = await db.Agents
            .Where(a => EF.Parameter(agentIds).Contains(a.Id) && (a.LastSeenAt == null || a.LastSeenAt < gone))
            .Select(a => a.Id).ToListAsync(cancellationToken);
        await db.Agents.Where(a => EF.Parameter(agentIds).Contains(a.Id)).ExecuteUpdateAsync(
            set => set.SetProperty(a => a.LastSeenAt, now).SetProperty(a => a.BrowserGoneAt, (DateTimeOffset?)null), cancellationToken);
        foreach (var id in back)
        {
            feed.Announce(new AgentChanged(id));
        }
    }

    /// <summary>
    /// A browser of this agent has connected: it is the phone from now on, and the agent's others are told, on whichever node they are.
    /// </summary>
    /// <param name="browser">As it names itself; the same for all its tabs.</param>
    public async Task PhoneIsInAsync(int agentId, string browser, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await db.Agents.Where(a => a.Id == agentId && a.PhoneBrowser != browser)
            .ExecuteUpdateAsync(set => set.SetProperty(a => a.PhoneBrowser, browser), cancellationToken) == 1)
        {
            feed.Announce(new AgentChanged(agentId));
        }
    }

    /// <summary>The last browser of this agent is gone: unreachable from now on, not only after the time-out.</summary>
    /// <param name="since">When it went. An agent who has been seen after it has a browser on another node.</param>
    public async Task LostAsync(int agentId, DateTimeOffset since, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await db.Agents.Where(a => a.Id == agentId && !(a.LastSeenAt > since)).ExecuteUpdateAsync(
            set => set.SetProperty(a => a.LastSeenAt, (DateTimeOffset?)null).SetProperty(a => a.BrowserGoneAt, since)
                .SetProperty(a => a.PhoneState, (string?)null),
            cancellationToken) == 1)
        {
            feed.Announce(new AgentChanged(agentId));
        }
    }

    /// <summary>What the phone light of the agent's browser says.</summary>
    public async Task SetPhoneStateAsync(int agentId, string state, CancellationToken cancellationToken)
    {
        var known = state.Length > 40 ? state[..40] : state;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await db.Agents.Where(a => a.Id == agentId && a.PhoneState != known)
            .ExecuteUpdateAsync(set => set.SetProperty(a => a.PhoneState, known), cancellationToken) == 1)
        {
            feed.Announce(new AgentChanged(agentId));
        }
    }

    /// <summary>More time for notes.</summary>
    public async Task ExtendWrapUpAsync(int agentId, TimeSpan by, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var until = await db.Agents.Where(a => a.Id == agentId).Select(a => a.WrapUpUntil).FirstOrDefaultAsync(cancellationToken);
        if (until is not { } end)
        {
            return; // it ran out in the meantime
        }

        var later = end + by;
        await db.Agents.Where(a => a.Id == agentId && a.WrapUpUntil == end)
            .ExecuteUpdateAsync(set => set.SetProperty(a => a.WrapUpUntil, later), cancellationToken);
        deadlines.Schedule(later);
        feed.Announce(new AgentChanged(agentId));
    }

    /// <summary>The agent has finished the wrap-up. Refused while the administrator asks for a disposition and none is chosen.</summary>
    public async Task<Result> FinishWrapUpAsync(int agentId, CancellationToken cancellationToken)
    {
        await using (var db = await contexts.CreateDbContextAsync(cancellationToken))
        {
            if (await LacksDisposition(db, agentId).AnyAsync(cancellationToken))
            {
                return new Refusal("Choose a disposition first: your administrator asks for one after each call.");
            }
        }

        await CloseWrapUpAsync(agentId, cancellationToken);
        return Result.Done;
    }

    /// <summary>This agent, if in a wrap-up that waits for a disposition.</summary>
    internal static IQueryable<Agent> LacksDisposition(CrmDbContext db, int agentId) =>
        db.Agents.Where(a => a.Id == agentId && a.WrapUpUntil != null && db.FloorSettings.Any(s => s.DispositionRequired)
            && db.Calls.Any(c => c.Id == a.WrapUpCallId && c.Disposition == null));

    /// <summary>Ends the wrap-up; the agent is back on the status chosen before.</summary>
    public async Task CloseWrapUpAsync(int agentId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.Agents.Where(a => a.Id == agentId).ExecuteUpdateAsync(
            set => set.SetProperty(a => a.WrapUpUntil, (DateTimeOffset?)null).SetProperty(a => a.WrapUpCallId, (long?)null),
            cancellationToken);
        feed.Announce(new AgentChanged(agentId));
    }

    /// <summary>Everything the agent does follows from what is stored and the time.</summary>
    internal Presence PresenceOf(Agent agent, bool statusTakesCalls, DateTimeOffset now) =>
        agent.ActiveCallId is not null ? Presence.OnCall
        : agent.WrapUpUntil > now ? Presence.WrapUp
        : agent.Status == AgentStatus.Offline ? Presence.Offline
        : agent.LastSeenAt is not { } seen || now - seen > options.CurrentValue.UnreachableAfter
            ? now - UnreachableSince(agent) > OfflineAfter ? Presence.Offline : Presence.Unreachable
        : !statusTakesCalls ? Presence.Away
        : agent.PhoneState is { } phone && Agent.StatesOfDeadPhones.Contains(phone) ? Presence.PhoneOff
        : Presence.Available;

    /// <summary>Null when no browser of this agent was ever seen.</summary>
    private DateTimeOffset? UnreachableSince(Agent agent) =>
        agent.BrowserGoneAt ?? agent.LastSeenAt + options.CurrentValue.UnreachableAfter;

    private AgentOnFloor View(Agent agent, List<string> takesCalls, DateTimeOffset now)
    {
        var presence = PresenceOf(agent, takesCalls.Contains(agent.Status), now);
        var since = presence switch
        {
            Presence.OnCall or Presence.WrapUp => agent.CallSince,
            Presence.Unreachable => UnreachableSince(agent),
            Presence.Offline when agent.Status != AgentStatus.Offline => UnreachableSince(agent) + OfflineAfter,
            Presence.PhoneOff => null, // the phone does not say since when
            _ => agent.StatusSince > agent.CallSince || agent.CallSince is null ? agent.StatusSince : agent.CallSince,
        };
        return new AgentOnFloor(
            agent.Id, agent.DisplayName, agent.Status, presence,
            since == default(DateTimeOffset) ? null : since, // a new agent has no since
            agent.ActiveCallId, agent.WrapUpUntil, agent.WrapUpCallId, agent.PhoneState)
        {
            PhoneBrowser = agent.PhoneBrowser,
        };
    }
}
