using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Contacts;

/// <summary>A company as a list shows it.</summary>
public sealed record CompanyRow(long Id, string Name, string? MainNumber, int People);

/// <summary>The companies that contacts belong to. One comes into being with the first contact that names it.</summary>
public sealed class CompanyBook(
    IDbContextFactory<CrmDbContext> contexts, NumberParser parser, OurLines lines, FloorRights rights, AuditLog audit)
{
    private const int MostNames = 10;
    private const int LongestNotes = 10_000;

    private static readonly Refusal NameOfAnother =
        new("Another company has this name. A supervisor can make one company of the two.") { Part = "name" };

    /// <summary>Companies by name.</summary>
    /// <param name="search">The beginning of a name, whatever its case and accents; null for all.</param>
    public async Task<IReadOnlyList<CompanyRow>> GetAsync(string? search, int most, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var companies = db.Companies.AsNoTracking();
        if (search?.Trim() is { Length: > 0 } typed)
        {
            var key = NameOrder.KeyOf(typed);
            companies = companies.Where(c => c.SortName.StartsWith(key));
        }

        return await companies.OrderBy(c => c.SortName).ThenBy(c => c.Id).Take(most)
            .Select(c => new CompanyRow(c.Id, c.Name, c.MainNumber, db.Contacts.Count(p => p.CompanyId == c.Id)))
            .ToListAsync(cancellationToken);
    }

    /// <summary>Names to propose while one is typed.</summary>
    public async Task<IReadOnlyList<string>> ProposeAsync(string? typed, CancellationToken cancellationToken) =>
        [.. (await GetAsync(typed, MostNames, cancellationToken)).Select(c => c.Name)];

    public async Task<Company?> FindAsync(long companyId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Companies.AsNoTracking().FirstOrDefaultAsync(c => c.Id == companyId, cancellationToken);
    }

    /// <summary>The first of a company's people, by name.</summary>
    public async Task<IReadOnlyList<ContactRow>> GetPeopleAsync(long companyId, int most, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var people = db.Contacts.AsNoTracking().Where(c => c.CompanyId == companyId).OrderBy(c => c.SortName).ThenBy(c => c.Id);
        return await ContactFinder.Row(people.Take(most)).ToListAsync(cancellationToken);
    }

    /// <summary>
    /// Changes a company. Its people carry the new name; a name that another company has joins the two, which cannot be undone and takes
    /// the right to merge.
    /// </summary>
    /// <param name="seen">The version that the change was made on.</param>
    /// <param name="agentId">Who changes it.</param>
    /// <returns>The id of the company that it now is.</returns>
    public async Task<Result<long>> SaveAsync(long companyId, long seen, string name, string? mainNumber, string? notes, int agentId,
        CancellationToken cancellationToken)
    {
        var answer = await SaveAsync(
            companyId, seen, name, mainNumber, notes, await rights.HasAsync(agentId, Right.DeleteContacts, cancellationToken),
            cancellationToken);
        if (answer.Refusal is null)
        {
            var isJoined = answer.Value != companyId;
            await audit.WriteAsync(
                isJoined ? AuditAction.CompaniesJoined : AuditAction.CompanyChanged, agentId, null,
                isJoined ? $"company {companyId} into {answer.Value}" : $"company {companyId}", cancellationToken);
        }

        return answer;
    }

    private async Task<Result<long>> SaveAsync(long companyId, long seen, string name, string? mainNumber, string? notes, bool mayJoin,
        CancellationToken cancellationToken)
    {
        if (ListEntry.Check(ref name, 120) is { } refusal)
        {
            return new Refusal(refusal) { Part = "name" };
        }

        if (notes is { Length: > LongestNotes })
        {
            return new Refusal("The notes may be 10,000 characters long at most.") { Part = "notes" };
        }

        notes = CardNumbers.Mask(KeptText.LinesOrNull(notes));
        PhoneNumber? number = null;
        if (!string.IsNullOrWhiteSpace(mainNumber))
        {
            var reading = parser.Read(mainNumber);
            number = reading.Number;
            if (number is null || reading.Extension is not null)
            {
                return new Refusal(reading.Words ?? "A main number has no extension: write it with the person who has it.")
                    { Part = "number" };
            }

            if (lines.Contains(number.Value.Value))
            {
                return new Refusal("This is one of our own lines: no company can have it.") { Part = "number" };
            }
        }

        return await contexts.InTransactionAsync<Result<long>>(
            async (db, transaction) =>
            {
                var company = await db.Companies.FirstOrDefaultAsync(c => c.Id == companyId, cancellationToken);
                if (company is null || company.Version != seen)
                {
                    return new Refusal("Somebody else changed this company in the meantime. Look at it again.");
                }

                var key = NameOrder.KeyOf(name);
                var other = key == company.SortName ? null
                    : await db.Companies.FirstOrDefaultAsync(c => c.SortName == key, cancellationToken);
                if (other is not null && !mayJoin)
                {
                    return NameOfAnother;
                }

                var stays = other ?? company;
                var kept = other is null ? notes : NotesOfBoth(notes, number, other);
                if (kept is { Length: > LongestNotes })
                {
                    return new Refusal("The notes of both companies are too long for one: shorten those of either first.")
                        { Part = "notes" };
                }

                (stays.MainNumber, stays.Notes) = (number?.Value ?? other?.MainNumber, kept);
                (stays.Name, stays.Version) = (other?.Name ?? name, stays.Version + 1);
                if (other is not null)
                {
                    db.Companies.Remove(company);
                }

                // Through EF, not in one statement: their words for the search change with them.
                foreach (var person in await db.Contacts.Where(c => c.CompanyId == companyId).ToListAsync(cancellationToken))
                {
                    (person.CompanyId, person.Company, person.Version) = (stays.Id, stays.Name, person.Version + 1);
                }

                try
                {
                    await db.SaveChangesAsync(cancellationToken);
                }
                catch (DbUpdateException ex) when (ex is DbUpdateConcurrencyException || DatabaseErrors.IsDuplicate(ex))
                {
                    return new Refusal("Somebody else changed this company in the meantime. Look at it again.");
                }

                await transaction.CommitAsync(cancellationToken);
                return stays.Id;
            },
            cancellationToken);
    }

    /// <summary>The records of companies by the key of their name; those that are missing are made.</summary>
    internal static async Task<Dictionary<string, Company>> EnsureAsync(CrmDbContext db, IEnumerable<string?> names,
        CancellationToken cancellationToken)
    {
        var wanted = names.OfType<string>().DistinctBy(NameOrder.KeyOf).ToDictionary(NameOrder.KeyOf);
        if (wanted.Count == 0)
        {
            return [];
        }

        var found = await FindAsync(db, wanted.Keys, cancellationToken);
        var missing = wanted.Where(pair => !found.ContainsKey(pair.Key))
            .Select(pair => new Company { Name = pair.Value, Version = 1 }).ToList();
        if (missing.Count > 0)
        {
            db.Companies.AddRange(missing);
            try
            {
                await db.SaveChangesAsync(cancellationToken); // for their ids
            }
            catch (DbUpdateException ex) when (DatabaseErrors.IsDuplicate(ex))
            {
                // Somebody else has just made one of them. What was written before this save is still in the transaction.
                missing.ForEach(company => db.Entry(company).State = EntityState.Detached);
                found = await FindAsync(db, wanted.Keys, cancellationToken);
                missing = [.. missing.Where(company => !found.ContainsKey(company.SortName))];
                db.Companies.AddRange(missing);
                await db.SaveChangesAsync(cancellationToken);
            }

            missing.ForEach(company => found.Add(company.SortName, company));
        }

        return found;
    }

    /// <summary>What was written about either, and the main number that makes way.</summary>
    private static string? NotesOfBoth(string? notes, PhoneNumber? number, Company other)
    {
        var formerNumber = number is { } main && other.MainNumber is { } former && former != main.Value ? $"Also {former}" : null;
        string?[] parts = [other.Notes, notes == other.Notes ? null : notes, formerNumber];
        return string.Join('\n', parts.Where(part => part is { Length: > 0 })) is { Length: > 0 } all ? all : null;
    }

    private static Task<Dictionary<string, Company>> FindAsync(
        CrmDbContext db, IEnumerable<string> keys, CancellationToken cancellationToken)
    {
        var wanted = keys.ToList();
        var exact = db.ExactCollation;
        return db.Companies.Where(c => EF.Parameter(wanted).Select(key => EF.Functions.Collate(key, exact)).Contains(c.SortName))
            .ToDictionaryAsync(c => c.SortName, cancellationToken);
    }

    /// <summary>Makes the contact one of the company that it names, in the company's own spelling.</summary>
    internal static void Join(Contact contact, Dictionary<string, Company> companies)
    {
        var company = contact.Company is { } name ? companies.GetValueOrDefault(NameOrder.KeyOf(name)) : null;
        (contact.CompanyId, contact.Company) = (company?.Id, company?.Name);
    }

    /// <summary>Companies that an import made and whose people its undo has removed go with them.</summary>
    internal static Task<int> RemoveEmptyAsync(CrmDbContext db, CancellationToken cancellationToken) =>
        db.Companies.Where(c => c.MainNumber == null && c.Notes == null && c.Version == 1 && !db.Contacts.Any(p => p.CompanyId == c.Id))
            .ExecuteDeleteAsync(cancellationToken);
}
