using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Transfers;

/// <summary>A colleague or a number that an agent often hands calls to, and wants at hand.</summary>
public sealed class Favourite
{
    public long Id { get; internal set; }
    public int AgentId { get; internal set; }

    /// <summary>The colleague; null for a number.</summary>
    public int? ToAgentId { get; internal set; }

    /// <summary>E.164; null for a colleague.</summary>
    public string? Number { get; internal set; }

    public DateTimeOffset AddedAt { get; internal set; }
}

/// <param name="Name">The contact's who alone has the number now; null when none has it, or several have.</param>
public sealed record FavouriteNumber(string Number, string? Name);

/// <summary>What one agent wants at hand; numbers in the order in which they were added.</summary>
public sealed record Favourites(IReadOnlySet<int> Colleagues, IReadOnlyList<FavouriteNumber> Numbers)
{
    public static Favourites None { get; } = new(new HashSet<int>(), []);

    public bool Has(string number) => Numbers.Any(favourite => favourite.Number == number);
}

/// <summary>Whom each agent wants at the top of the list when a call is handed on.</summary>
public sealed class FavouriteBook(IDbContextFactory<CrmDbContext> contexts, TimeProvider time)
{
    internal const int Most = 30;

    public async Task<Favourites> GetAsync(int agentId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await db.Favourites.AsNoTracking().Where(f => f.AgentId == agentId).OrderBy(f => f.Id).ToListAsync(cancellationToken);
        if (rows.Count == 0)
        {
            return Favourites.None;
        }

        var numbers = rows.Where(f => f.Number is not null).Select(f => f.Number!).ToList();
        var exact = db.ExactCollation;
        var names = numbers.Count == 0 ? [] : await db.ContactNumbers
            .Where(n => EF.Parameter(numbers).Select(number => EF.Functions.Collate(number, exact)).Contains(n.Number))
            .Select(n => new { n.Number, n.Contact!.Name, n.ContactId }).Distinct().ToListAsync(cancellationToken);
        var owners = names.ToLookup(n => n.Number, n => n.Name);
        return new Favourites(
            rows.Where(f => f.ToAgentId is not null).Select(f => f.ToAgentId!.Value).ToHashSet(),
            [.. numbers.Select(number => new FavouriteNumber(number, owners[number].Count() == 1 ? owners[number].First() : null))]);
    }

    public Task<Result> AddColleagueAsync(int agentId, int colleague, CancellationToken cancellationToken) =>
        AddAsync(new Favourite { AgentId = agentId, ToAgentId = colleague, AddedAt = time.GetUtcNow() }, cancellationToken);

    public Task<Result> AddNumberAsync(int agentId, PhoneNumber number, CancellationToken cancellationToken) =>
        AddAsync(new Favourite { AgentId = agentId, Number = number.Value, AddedAt = time.GetUtcNow() }, cancellationToken);

    public async Task RemoveColleagueAsync(int agentId, int colleague, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.Favourites.Where(f => f.AgentId == agentId && f.ToAgentId == colleague).ExecuteDeleteAsync(cancellationToken);
    }

    public async Task RemoveNumberAsync(int agentId, PhoneNumber number, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.Favourites.Where(f => f.AgentId == agentId && f.Number == number.Value).ExecuteDeleteAsync(cancellationToken);
    }

    private async Task<Result> AddAsync(Favourite favourite, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var own = db.Favourites.Where(f => f.AgentId == favourite.AgentId);
        if (await own.AnyAsync(f => f.ToAgentId == favourite.ToAgentId && f.Number == favourite.Number, cancellationToken))
        {
            return Result.Done;
        }

        if (await own.CountAsync(cancellationToken) >= Most)
        {
            return new Refusal($"You have {Most} favourites, which is the most. Take one off the list first.");
        }

        db.Favourites.Add(favourite);
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException ex) when (DatabaseErrors.IsDuplicate(ex))
        {
            // Pressed twice, or in two windows: it is on the list.
        }

        return Result.Done;
    }
}
