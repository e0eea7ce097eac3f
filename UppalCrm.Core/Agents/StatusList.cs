using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Agents;

/// <summary>The administrator's list of statuses. Available and Offline always stay: the house itself uses them.</summary>
public sealed class StatusList(IDbContextFactory<CrmDbContext> contexts, CallFeed feed, AuditLog audit, TimeProvider time)
{
    /// <summary>Whether the house itself needs this status.</summary>
    public static bool IsFixed(string name) => name is AgentStatus.Available or AgentStatus.Offline;

    /// <summary>Adds a status before Offline, which stays last.</summary>
    /// <param name="takesCalls">Whether agents on it are offered calls.</param>
    /// <param name="administrator">Who did it; the caller has checked the role.</param>
    public async Task<Result> AddAsync(string name, bool takesCalls, int administrator, CancellationToken cancellationToken)
    {
        if (ListEntry.Check(ref name, 40) is { } refusal)
        {
            return new Refusal(refusal);
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var list = await db.Statuses.OrderBy(s => s.Position).ThenBy(s => s.Id).ToListAsync(cancellationToken);
        // Presence words are shown beside statuses: a status called "On call" would say what is not so.
        if (list.Any(s => s.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) || IsPresenceWord(name))
        {
            return new Refusal(IsPresenceWord(name) ? $"“{name}” comes by itself and cannot be chosen." : ListEntry.Taken(name));
        }

        var added = new AgentStatus { Name = name, TakesCalls = takesCalls };
        list.Insert(list is [.., { Name: AgentStatus.Offline }] ? list.Count - 1 : list.Count, added);
        Number(list);
        db.Statuses.Add(added);
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException ex) when (DatabaseErrors.IsDuplicate(ex))
        {
            return new Refusal(ListEntry.Taken(name)); // another administrator was faster
        }

        await audit.WriteAsync(
            AuditAction.SettingsChanged, administrator, null, $"status added: {name}{(takesCalls ? ", takes calls" : "")}",
            cancellationToken);
        return Result.Done;
    }

    /// <summary>
    /// Takes a status off the list. Agents who are on it go offline, so that nobody is in a status that cannot be chosen.
    /// </summary>
    public async Task<Result> RemoveAsync(int id, int administrator, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var status = await db.Statuses.FirstOrDefaultAsync(s => s.Id == id, cancellationToken);
        if (status is null)
        {
            return Result.Done; // gone already
        }

        if (IsFixed(status.Name))
        {
            return new Refusal($"“{status.Name}” is needed by the system and stays.");
        }

        var now = time.GetUtcNow();
        var moved = await contexts.InTransactionAsync(
            async (inside, transaction) =>
            {
                var onIt = await inside.Agents.Where(a => a.Status == status.Name).Select(a => a.Id).ToListAsync(cancellationToken);
                await inside.Agents.Where(a => a.Status == status.Name).ExecuteUpdateAsync(
                    set => set.SetProperty(a => a.Status, AgentStatus.Offline).SetProperty(a => a.StatusSince, now), cancellationToken);
                await inside.Statuses.Where(s => s.Id == id).ExecuteDeleteAsync(cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return onIt;
            },
            cancellationToken);
        foreach (var agent in moved)
        {
            feed.Announce(new AgentChanged(agent));
        }

        await audit.WriteAsync(AuditAction.SettingsChanged, administrator, null, $"status removed: {status.Name}", cancellationToken);
        return Result.Done;
    }

    /// <summary>Sets whether agents on this status are offered calls.</summary>
    public async Task<Result> SetTakesCallsAsync(int id, bool takesCalls, int administrator, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var status = await db.Statuses.FirstOrDefaultAsync(s => s.Id == id, cancellationToken);
        if (status is null || status.TakesCalls == takesCalls)
        {
            return Result.Done;
        }

        if (IsFixed(status.Name))
        {
            return new Refusal($"“{status.Name}” always {(status.TakesCalls ? "takes calls" : "takes no calls")}.");
        }

        status.TakesCalls = takesCalls;
        await db.SaveChangesAsync(cancellationToken);
        foreach (var agent in await db.Agents.Where(a => a.Status == status.Name).Select(a => a.Id).ToListAsync(cancellationToken))
        {
            feed.Announce(new AgentChanged(agent));
        }

        await audit.WriteAsync(
            AuditAction.SettingsChanged, administrator, null, $"status {status.Name}: {(takesCalls ? "takes calls" : "takes no calls")}",
            cancellationToken);
        return Result.Done;
    }

    /// <summary>Moves a status one place up or down.</summary>
    public async Task MoveAsync(int id, bool up, int administrator, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var list = await db.Statuses.OrderBy(s => s.Position).ThenBy(s => s.Id).ToListAsync(cancellationToken);
        if (ListEntry.Move(list, s => s.Id == id, up))
        {
            Number(list);
            await db.SaveChangesAsync(cancellationToken);
            await audit.WriteAsync(AuditAction.SettingsChanged, administrator, null, "statuses put in another order", cancellationToken);
        }
    }

    private static bool IsPresenceWord(string name) =>
        name.Replace(" ", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal)
            .ToUpperInvariant() is "ONCALL" or "WRAPUP" or "UNREACHABLE";

    private static void Number(List<AgentStatus> list)
    {
        for (var i = 0; i < list.Count; i++)
        {
            list[i].Position = i + 1;
        }
    }
}
