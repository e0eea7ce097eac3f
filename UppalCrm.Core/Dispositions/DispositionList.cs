using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Dispositions;

/// <summary>
/// The dispositions that agents may choose from, and whether they must. Calls keep the word, so the list may change freely.
/// </summary>
public sealed class DispositionList(IDbContextFactory<CrmDbContext> contexts, AuditLog audit)
{
    /// <summary>The list in the administrator's order.</summary>
    public async Task<IReadOnlyList<Disposition>> GetAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Dispositions.AsNoTracking().OrderBy(d => d.Position).ThenBy(d => d.Id).ToListAsync(cancellationToken);
    }

    /// <summary>Whether wrap-up waits for a disposition.</summary>
    public async Task<bool> IsRequiredAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.FloorSettings.AnyAsync(s => s.DispositionRequired, cancellationToken);
    }

    /// <summary>Sets whether wrap-up waits for a disposition.</summary>
    /// <param name="administrator">Who decided it; the caller has checked the role.</param>
    public async Task SetRequiredAsync(bool required, int administrator, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var changed = await db.FloorSettings.Where(s => s.DispositionRequired != required)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.DispositionRequired, required), cancellationToken);
        if (changed > 0)
        {
            await audit.WriteAsync(
                AuditAction.SettingsChanged, administrator, null, $"disposition required: {(required ? "yes" : "no")}", cancellationToken);
        }
    }

    /// <summary>Adds a disposition at the end of the list.</summary>
    public async Task<Result> AddAsync(string name, int administrator, CancellationToken cancellationToken)
    {
        if (ListEntry.Check(ref name, 60) is { } refusal)
        {
            return new Refusal(refusal);
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var names = await db.Dispositions.Select(d => d.Name).ToListAsync(cancellationToken);
        if (names.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            return new Refusal(ListEntry.Taken(name));
        }

        var last = await db.Dispositions.MaxAsync(d => (int?)d.Position, cancellationToken) ?? 0;
        db.Dispositions.Add(new Disposition { Name = name, Position = last + 1 });
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException ex) when (DatabaseErrors.IsDuplicate(ex))
        {
            return new Refusal(ListEntry.Taken(name)); // another administrator was faster
        }

        await audit.WriteAsync(AuditAction.SettingsChanged, administrator, null, $"disposition added: {name}", cancellationToken);
        return Result.Done;
    }

    /// <summary>Takes a disposition off the list. Calls that have it keep it.</summary>
    public async Task RemoveAsync(int id, int administrator, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var name = await db.Dispositions.Where(d => d.Id == id).Select(d => d.Name).FirstOrDefaultAsync(cancellationToken);
        if (name is not null && await db.Dispositions.Where(d => d.Id == id).ExecuteDeleteAsync(cancellationToken) == 1)
        {
            await audit.WriteAsync(AuditAction.SettingsChanged, administrator, null, $"disposition removed: {name}", cancellationToken);
        }
    }

    /// <summary>Moves a disposition one place up or down.</summary>
    public async Task MoveAsync(int id, bool up, int administrator, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var list = await db.Dispositions.OrderBy(d => d.Position).ThenBy(d => d.Id).ToListAsync(cancellationToken);
        if (ListEntry.Move(list, d => d.Id == id, up))
        {
            for (var i = 0; i < list.Count; i++)
            {
                list[i].Position = i + 1;
            }

            await db.SaveChangesAsync(cancellationToken);
            await audit.WriteAsync(
                AuditAction.SettingsChanged, administrator, null, "dispositions put in another order", cancellationToken);
        }
    }
}

/// <summary>What both of the administrator's lists ask of an entry.</summary>
internal static class ListEntry
{
    /// <summary>Makes the name what is kept of it.</summary>
    /// <returns>Words when it cannot be one.</returns>
    public static string? Check(ref string name, int longest)
    {
        name = name.Trim();
        if (name.Any(char.IsControl))
        {
            return "A name is one line of text.";
        }

        name = KeptText.OneLine(name);
        return name.Length == 0 ? "Type a name first."
            : name.Length > longest ? $"A name may be {longest} characters long at most."
            : null;
    }

    public static string Taken(string name) => $"“{name}” is on the list already.";

    /// <returns>Whether anything moved.</returns>
    public static bool Move<T>(List<T> list, Predicate<T> which, bool up)
    {
        var from = list.FindIndex(which);
        var to = up ? from - 1 : from + 1;
        if (from < 0 || to < 0 || to >= list.Count)
        {
            return false;
        }

        (list[from], list[to]) = (list[to], list[from]);
        return true;
    }
}
