using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Contacts;

/// <summary>
/// The pages of the list of contacts, searched or whole. Of a word that thousands have, SQLite's search index gives its hits down the
/// alphabet (<see cref="NameRank"/>): it is read once, and no further than the page needs.
/// </summary>
internal static class ContactFinder
{
    /// <summary>Some contacts, by name.</summary>
    /// <param name="search">Beginnings of words of the name, company or e-mail, or digits of a number.</param>
    /// <param name="after">The last one shown so far; null for the beginning.</param>
    public static async Task<IReadOnlyList<ContactRow>> GetPageAsync(
        CrmDbContext db, string? search, ContactPlace? after, int size, CancellationToken cancellationToken)
    {
        if (db is not SqliteCrmDbContext sqlite || SearchTerms.Read(search) is not { Digits: null } words)
        {
            return await Page(db, search, after, size).ToListAsync(cancellationToken);
        }

        var page = await ReadHitsAsync(sqlite, words, after, size, cancellationToken);
        var ids = page.Select(hit => hit.Id).ToList();
        var found = await Row(db.Contacts.AsNoTracking().Where(c => EF.Parameter(ids).Contains(c.Id)))
            .ToDictionaryAsync(row => row.Id, cancellationToken);
        return [.. ids.Where(found.ContainsKey).Select(id => found[id])]; // one may have been deleted in between
    }

    /// <summary>The list's query where one query answers: of the whole list, of a number, and on SQL Server.</summary>
    internal static IQueryable<ContactRow> Page(CrmDbContext db, string? search, ContactPlace? after, int size)
    {
        var contacts = db.Contacts.AsNoTracking();
        if (SearchTerms.Read(search) is { } words)
        {
            contacts = db is SqliteCrmDbContext sqlite ? WithNumber(sqlite, contacts, words) : SearchTermTables.Find(db, contacts, words);
        }

        return Row(InOrder(contacts, after).Take(size));
    }

    /// <summary>Who has all the words, from a name's rank on, in the order of ranks.</summary>
    internal static IQueryable<ContactSearchRow> Hits(SqliteCrmDbContext db, SearchTerms words, ContactPlace? after)
    {
        var (match, first) = (words.ToMatch(), after is { } there ? NameRank.Of(there.Name) : 0);
        return db.ContactSearch.Where(s => s.Match == match && s.Id >= first).OrderBy(s => s.Id);
    }

    /// <summary>From A to Z, whatever the case and the accents.</summary>
    public static IQueryable<Contact> InOrder(IQueryable<Contact> contacts, ContactPlace? after) =>
        (after is { } there
            ? contacts.Where(c => c.SortName.CompareTo(there.Name) >= 0 && (c.SortName.CompareTo(there.Name) > 0 || c.Id > there.Id))
            : contacts).OrderBy(c => c.SortName).ThenBy(c => c.Id);

    public static IQueryable<ContactRow> Row(IQueryable<Contact> contacts) =>
        contacts.Select(c => new ContactRow(c.Id, c.Name, c.Company, c.Email, c.Numbers.OrderBy(n => n.Id).Select(n => n.Number).ToList())
        {
            Tags = c.Tags,
        });

    /// <summary>Reads as many hits as fill the page and, for they come sorted by rank alone, the others of its last rank.</summary>
    private static async Task<IReadOnlyList<ContactPlace>> ReadHitsAsync(
        SqliteCrmDbContext db, SearchTerms words, ContactPlace? after, int size, CancellationToken cancellationToken)
    {
        var page = new List<ContactPlace>();
        var last = long.MaxValue;
        await foreach (var hit in Hits(db, words, after).Select(s => new { s.Id, s.SortName }).AsAsyncEnumerable()
            .WithCancellation(cancellationToken))
        {
            if (hit.Id > last)
            {
                break;
            }

            var place = new ContactPlace(hit.SortName, hit.Id & NameRank.Ids);
            if (after is { } shown && !place.IsAfter(shown))
            {
                continue;
            }

            page.Add(place);
            if (page.Count == size)
            {
                last = hit.Id | NameRank.Ids;
            }
        }

        return [.. page.OrderBy(place => place.Name, StringComparer.Ordinal).ThenBy(place => place.Id).Take(size)];
    }

    private static IQueryable<Contact> WithNumber(SqliteCrmDbContext db, IQueryable<Contact> contacts, SearchTerms words)
    {
        var match = words.ToMatch();
        var found = from hit in db.ContactNumberSearch.Where(s => s.Match == match)
                    join number in db.ContactNumbers on hit.Id equals number.Id
                    select number.ContactId;
        return contacts.Where(c => found.Contains(c.Id));
    }
}
