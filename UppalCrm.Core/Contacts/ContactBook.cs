using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Contacts;

/// <summary>What saving came to.</summary>
/// <param name="Contact">As it now is: saved, or (after a conflict) as somebody else saved it in the meantime.</param>
/// <param name="Refusal">Why it was not saved, in words.</param>
public sealed record ContactAnswer(Contact? Contact, string? Refusal, bool Conflict = false)
{
    public bool Saved => Refusal is null;
}

/// <summary>A place in the list of contacts: it goes on after this one.</summary>
/// <param name="Name">As it is sorted.</param>
public readonly record struct ContactPlace(string Name, long Id)
{
    /// <summary>Whether this place comes after another one.</summary>
    public bool IsAfter(ContactPlace other) =>
        string.CompareOrdinal(Name, other.Name) is var byName and not 0 ? byName > 0 : Id > other.Id;
}

/// <summary>A contact as the list shows it.</summary>
public sealed record ContactRow(long Id, string Name, string? Company, string? Email, IReadOnlyList<string> Numbers)
{
    public IReadOnlyList<string> Tags { get; init; } = [];

    public ContactPlace Place => new(NameOrder.KeyOf(Name), Id);
}

/// <summary>How many columns a table of all contacts needs.</summary>
public readonly record struct ContactWidth(int Numbers, int Emails);

/// <summary>Whom we know, and who calls from which number.</summary>
public sealed class ContactBook(
    IDbContextFactory<CrmDbContext> contexts, CallFeed feed, FloorRights rights, AuditLog audit, NumberParser parser,
    OurLines lines, TimeProvider time)
{
    private const string ChangedByOthers = "Somebody else changed this contact while you were editing.";

    // Asked for with every inbound call, so it is compiled once.
    private static readonly PerModel<Func<CrmDbContext, string, IAsyncEnumerable<Contact>>> Owners = new(() => EF.CompileAsyncQuery(
        (CrmDbContext db, string number) => db.ContactNumbers.AsNoTracking().Where(n => n.Number == number)
            .Select(n => n.Contact!).Distinct().OrderBy(c => c.Id).Take(ContactMatch.MostNamed + 1).AsQueryable()));

    private static readonly PerModel<Func<CrmDbContext, string, CancellationToken, Task<string?>>> Companies =
        new(() => EF.CompileAsyncQuery((CrmDbContext db, string number, CancellationToken cancellationToken) =>
            db.Companies.Where(c => c.MainNumber == number).Select(c => c.Name).FirstOrDefault()));

    /// <summary>Who is calling, or which line was called, in whatever spelling the carrier says it.</summary>
    public CallerIdentity Identify(string? address)
    {
        var caller = parser.ReadCaller(address);
        return lines.Contains(caller.Address) ? caller with { Kind = CallerKind.OurLine } : caller;
    }

    /// <summary>Whom to show for a caller.</summary>
    /// <param name="number">What the call keeps. A caller without a number matches nobody, nor does a line of ours.</param>
    public async Task<ContactMatch> MatchAsync(string number, CancellationToken cancellationToken)
    {
        if (CallerIdentity.Of(number) is not { Kind: CallerKind.Number, Address: var e164 } || lines.Contains(e164))
        {
            return default;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await MatchAsync(db, e164, cancellationToken);
    }

    /// <summary>
    /// As <see cref="MatchAsync(string, CancellationToken)"/>, for a number in E.164 and a context that is open already.
    /// </summary>
    internal async Task<ContactMatch> MatchAsync(CrmDbContext db, string number, CancellationToken cancellationToken)
    {
        if (lines.Contains(number))
        {
            return default;
        }

        if (await Companies.For(db)(db, number, cancellationToken) is { } company)
        {
            return new ContactMatch(null, company); // any of its people may be calling
        }

        var owners = new List<Contact>();
        await foreach (var owner in Owners.For(db)(db, number).WithCancellation(cancellationToken))
        {
            owners.Add(owner);
        }

        return ContactMatch.Of(owners);
    }

    /// <summary>All contacts with this number, by name.</summary>
    public async Task<IReadOnlyList<Contact>> MatchAllAsync(string number, CancellationToken cancellationToken)
    {
        if (CallerIdentity.Of(number) is not { Kind: CallerKind.Number, Address: var e164 })
        {
            return [];
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Contacts.AsNoTracking().Include(c => c.Numbers).Where(c => c.Numbers.Any(n => n.Number == e164))
            .OrderBy(c => c.SortName).ThenBy(c => c.Id).Take(ContactMatch.MostNamed).ToListAsync(cancellationToken);
    }

    /// <summary>The contact with their numbers; null when there is none of this id.</summary>
    public async Task<Contact?> FindAsync(long contactId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await ReadAsync(db, contactId, cancellationToken);
    }

    /// <summary>Some contacts, by name.</summary>
    /// <param name="search">Beginnings of words of the name, company or e-mail, or digits of a number.</param>
    /// <param name="after">The last one shown so far; null for the beginning.</param>
    public async Task<IReadOnlyList<ContactRow>> GetAsync(string? search, ContactPlace? after, int size,
        CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await ContactFinder.GetPageAsync(db, search, after, size, cancellationToken);
    }

    /// <summary>Other contacts that could be the same person: they share a number, or the e-mail address.</summary>
    public async Task<IReadOnlyList<ContactRow>> FindTwinsAsync(long? contactId, IReadOnlyCollection<string> numbers, string? email,
        CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var byNumber = numbers.Count == 0 ? []
            : await ContactFinder.Row(
                db.Contacts.Where(c => c.Id != contactId && c.Numbers.Any(n => numbers.Contains(n.Number))).OrderBy(c => c.Id).Take(10))
                .ToListAsync(cancellationToken);
        var byEmail = string.IsNullOrWhiteSpace(email) ? []
            : await ContactFinder.Row(db.Contacts.Where(c => c.Id != contactId && c.Email == email.Trim()).OrderBy(c => c.Id).Take(10))
            .ToListAsync(cancellationToken);
        return [.. byNumber.Concat(byEmail).DistinctBy(c => c.Id)];
    }

    /// <summary>Adds a contact. Earlier calls from their numbers that belong to nobody become theirs.</summary>
    /// <param name="agentId">Who adds them.</param>
    public async Task<ContactAnswer> CreateAsync(ContactDraft draft, int agentId, CancellationToken cancellationToken)
    {
        var answer = await CreateAsync(draft, cancellationToken);
        if (answer is { Saved: true, Contact: { } contact })
        {
            await audit.WriteAsync(AuditAction.ContactAdded, agentId, null, $"contact {contact.Id}", cancellationToken);
        }

        return answer;
    }

    internal async Task<ContactAnswer> CreateAsync(ContactDraft draft, CancellationToken cancellationToken)
    {
        if (WhyRefused(draft, []) is { } problem)
        {
            return new ContactAnswer(null, problem);
        }

        var (contact, open) = await contexts.InTransactionAsync(
            async (db, transaction) =>
            {
                var added = draft.Tidy().ToContact(time.GetUtcNow());
                CompanyBook.Join(added, await CompanyBook.EnsureAsync(db, [added.Company], cancellationToken));
                db.Contacts.Add(added);
                await db.SaveChangesAsync(cancellationToken);
                var adopted = await AdoptCallsAsync(db, [added], cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return (added, adopted);
            },
            cancellationToken);
        Announce(open);
        return new ContactAnswer(contact, null);
    }

    /// <summary>Changes a contact, unless somebody else has in the meantime.</summary>
    /// <param name="seen">The version that the change was made on.</param>
    /// <param name="agentId">Who changes them.</param>
    public async Task<ContactAnswer> SaveAsync(
        long contactId, long seen, ContactDraft draft, int agentId, CancellationToken cancellationToken)
    {
        var answer = await SaveAsync(contactId, seen, draft, cancellationToken);
        if (answer.Saved)
        {
            await audit.WriteAsync(AuditAction.ContactChanged, agentId, null, $"contact {contactId}", cancellationToken);
        }

        return answer;
    }

    internal async Task<ContactAnswer> SaveAsync(long contactId, long seen, ContactDraft draft, CancellationToken cancellationToken)
    {
        var (answer, open) = await contexts.InTransactionAsync<(ContactAnswer Answer, IReadOnlyList<CallChanged> Open)>(
            async (db, transaction) =>
            {
                var contact = await db.Contacts.Include(c => c.Numbers).FirstOrDefaultAsync(c => c.Id == contactId, cancellationToken);
                if (contact is null)
                {
                    return (new ContactAnswer(null, "This contact was deleted in the meantime."), []);
                }

                if (WhyRefused(draft, contact.Numbers) is { } problem)
                {
                    return (new ContactAnswer(null, problem), []);
                }

                if (contact.Version != seen)
                {
                    return (new ContactAnswer(contact, ChangedByOthers, Conflict: true), []);
                }

                // The company first: making it saves what has been changed until then.
                var tidy = draft.Tidy();
                var companies = await CompanyBook.EnsureAsync(db, [tidy.Company], cancellationToken);
                tidy.ApplyTo(contact, time.GetUtcNow());
                CompanyBook.Join(contact, companies);
                try
                {
                    await db.SaveChangesAsync(cancellationToken);
                }
                catch (DbUpdateException ex) when (ex is DbUpdateConcurrencyException || DatabaseErrors.IsDuplicate(ex))
                {
                    // Duplicate: the words by which they are found are written before them, and the other has written the same.
                    return (new ContactAnswer(await FindAsync(contactId, cancellationToken), ChangedByOthers, Conflict: true), []);
                }

                var adopted = await AdoptCallsAsync(db, [contact], cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return (new ContactAnswer(contact, null), adopted);
            },
            cancellationToken);
        Announce(open);
        return answer;
    }

    /// <summary>Deletes a contact. Their calls stay, without a name.</summary>
    /// <returns>False when there was none.</returns>
    /// <exception cref="NotAllowedException">This person supervises nobody.</exception>
    public async Task<bool> DeleteAsync(long contactId, int agentId, CancellationToken cancellationToken)
    {
        await rights.EnsureAsync(agentId, Right.DeleteContacts, cancellationToken);
        var deleted = await contexts.InTransactionAsync(
            async (db, transaction) =>
            {
                await db.Calls.Where(c => c.ContactId == contactId).ExecuteUpdateAsync(
                    set => set.SetProperty(c => c.ContactId, (long?)null)
                        .SetProperty(c => c.Version, c => c.Version + 1), cancellationToken);
                if (await db.Contacts.Where(c => c.Id == contactId && c.LegalHoldSince == null).ExecuteDeleteAsync(cancellationToken) == 0)
                {
                    return false; // there was none, another agent was quicker, or it is under legal hold
                }

                // Copies of what it was before, which nobody could erase any more.
                await db.ContactMerges.Where(m => m.KeptId == contactId).ExecuteDeleteAsync(cancellationToken);
                await db.ImportedContacts.Where(i => i.ContactId == contactId).ExecuteDeleteAsync(cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return true;
            },
            cancellationToken);
        if (!deleted)
        {
            return false;
        }

        await audit.WriteAsync(AuditAction.ContactDeleted, agentId, null, $"contact {contactId}", cancellationToken);
        return true;
    }

    /// <summary>The most numbers and addresses that any contact has.</summary>
    public async Task<ContactWidth> FindWidestAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var numbers = await db.ContactNumbers.GroupBy(n => n.ContactId).Select(g => g.Count()).OrderByDescending(count => count)
            .FirstOrDefaultAsync(cancellationToken);
        return new ContactWidth(numbers, 1 + await db.Contacts.MaxAsync(c => (int?)c.MoreEmails.Count, cancellationToken) ?? 1);
    }

    /// <summary>All contacts by name, with everything we know of them; at most <paramref name="most"/>. Read in short pieces.</summary>
    public async IAsyncEnumerable<Contact> ReadAllAsync(int most, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ContactPlace? after = null;
        for (var left = most; left > 0;)
        {
            List<Contact> piece;
            await using (var db = await contexts.CreateDbContextAsync(cancellationToken))
            {
                piece = await ContactFinder.InOrder(db.Contacts.AsNoTracking(), after).Take(Math.Min(left, 1_000))
                    .Include(c => c.Numbers).AsSplitQuery().ToListAsync(cancellationToken);
            }

            foreach (var contact in piece)
            {
                yield return contact;
            }

            if (piece.Count < Math.Min(left, 1_000))
            {
                yield break;
            }

            left -= piece.Count;
            after = new ContactPlace(piece[^1].SortName, piece[^1].Id);
        }
    }

    private static Task<Contact?> ReadAsync(CrmDbContext db, long contactId, CancellationToken cancellationToken) =>
        db.Contacts.AsNoTracking().Include(c => c.Numbers.OrderBy(n => n.Id))
            .FirstOrDefaultAsync(c => c.Id == contactId, cancellationToken);

    /// <summary>
    /// Calls from the contacts' numbers that belong to nobody yet become theirs, where nobody else has the number: of several a person
    /// chooses.
    /// </summary>
    /// <returns>Those in progress, whose pages should hear of it.</returns>
    internal static async Task<IReadOnlyList<CallChanged>> AdoptCallsAsync(CrmDbContext db, IEnumerable<Contact> contacts,
        CancellationToken cancellationToken)
    {
        var owners = contacts.SelectMany(c => c.Numbers.Select(n => (n.Number, c.Id))).Distinct()
            .ToLookup(pair => pair.Number, pair => pair.Id);
        var numbers = owners.Select(group => group.Key).ToList();
        if (numbers.Count == 0)
        {
            return [];
        }

        // Two questions, each answered by the index of its column. Nearly always the answer is: none.
        var exact = db.ExactCollation;
        var orphans = (await db.Calls.Where(c =>
                EF.Parameter(numbers).Select(number => EF.Functions.Collate(number, exact)).Contains(c.FromNumber)
                && c.ContactId == null && c.Direction == CallDirection.Inbound)
            .Select(c => c.FromNumber).Distinct().ToListAsync(cancellationToken))
            .Union(await db.Calls.Where(c =>
                    EF.Parameter(numbers).Select(number => EF.Functions.Collate(number, exact)).Contains(c.ToNumber)
                    && c.ContactId == null && c.Direction == CallDirection.Outbound)
                .Select(c => c.ToNumber).Distinct().ToListAsync(cancellationToken)).ToList();
        var open = new List<CallChanged>();
        foreach (var number in orphans)
        {
            if (await db.ContactNumbers.Where(n => n.Number == number).Select(n => n.ContactId).Distinct()
                .CountAsync(cancellationToken) != 1)
            {
                continue;
            }

            var owner = owners[number].First();
            await db.Calls.Where(c => c.FromNumber == number && c.ContactId == null && c.Direction == CallDirection.Inbound)
                .ExecuteUpdateAsync(
                set => set.SetProperty(c => c.ContactId, owner).SetProperty(c => c.Version, c => c.Version + 1), cancellationToken);
            await db.Calls.Where(c => c.ToNumber == number && c.ContactId == null && c.Direction == CallDirection.Outbound)
                .ExecuteUpdateAsync(
                set => set.SetProperty(c => c.ContactId, owner).SetProperty(c => c.Version, c => c.Version + 1), cancellationToken);
            open.AddRange(await db.Calls.Where(c => c.ContactId == owner && c.Status != CallStatus.Ended)
                .Select(c => new CallChanged(c.Id, c.Version)).ToListAsync(cancellationToken));
        }

        return open;
    }

    /// <summary>
    /// Why the contact cannot be kept, in words. A number that it has already may stay, whatever the plans say of it by now.
    /// </summary>
    private string? WhyRefused(ContactDraft draft, IReadOnlyCollection<ContactNumber> has) => draft.Problem?.Reason ?? draft.Numbers
        .Where(n => has.All(old => old.Number != n.Number)).Select(n => (n.Number, E164: PhoneNumber.Parse(n.Number)))
        .Select(n => lines.Contains(n.E164.Value) ? $"{parser.Format(n.E164)} is one of our own lines: no contact can have it."
            : parser.IsValid(n.E164) ? null
            : $"“{n.Number}”: {parser.Read(n.E164.Value).Words}").FirstOrDefault(words => words is not null);

    private void Announce(IReadOnlyList<CallChanged> calls)
    {
        foreach (var call in calls)
        {
            feed.Announce(call); // saved before announced
        }
    }
}
