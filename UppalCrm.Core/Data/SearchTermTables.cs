using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;

namespace UppalCrm.Core.Data;

/// <summary>A word by whose beginning a call is found. Its first letter says what it is of (<see cref="SearchTerms"/>).</summary>
internal sealed class CallTerm
{
    public required string Term { get; set; }
    public long CallId { get; set; }
    public Call? Call { get; set; }
}

/// <summary>A word by whose beginning a contact is found: of the name, the company or the e-mail address.</summary>
internal sealed class ContactTerm
{
    public required string Term { get; set; }
    public long ContactId { get; set; }
    public Contact? Contact { get; set; }
}

/// <summary>Digits by whose beginning the number of a contact is found.</summary>
internal sealed class ContactNumberTerm
{
    public required string Term { get; set; }
    public long NumberId { get; set; }
    public ContactNumber? Number { get; set; }
}

/// <summary>
/// Search by an index where there is no FTS5: full-text search is a part of SQL Server that may not be installed. The words are split and
/// folded by this program, so that both databases find the same, and stand in tables of their own whose key begins with the word. They are
/// saved together with what they are of. A call has its own words only; the contact's are looked up at the contact, so that a new name
/// costs nothing for the calls.
/// </summary>
internal static class SearchTermTables
{
    /// <summary>So many different words of a contact's notes are kept: notes may be a letter's length.</summary>
    private const int MostNoteTerms = 300;

    public static void Map(ModelBuilder builder)
    {
        builder.Entity<CallTerm>(term =>
        {
            term.ToTable("call_terms");
            term.HasKey(t => new { t.Term, t.CallId });
            term.Property(t => t.Term).HasMaxLength(SearchTerms.LongestTerm);
            term.HasOne(t => t.Call).WithMany().HasForeignKey(t => t.CallId).OnDelete(DeleteBehavior.Cascade);
        });
        builder.Entity<ContactTerm>(term =>
        {
            term.ToTable("contact_terms");
            term.HasKey(t => new { t.Term, t.ContactId });
            term.Property(t => t.Term).HasMaxLength(SearchTerms.LongestTerm);
            term.HasOne(t => t.Contact).WithMany().HasForeignKey(t => t.ContactId).OnDelete(DeleteBehavior.Cascade);
        });
        builder.Entity<ContactNumberTerm>(term =>
        {
            term.ToTable("contact_number_terms");
            term.HasKey(t => new { t.Term, t.NumberId });
            term.Property(t => t.Term).HasMaxLength(SearchTerms.LongestTerm);
            term.HasOne(t => t.Number).WithMany().HasForeignKey(t => t.NumberId).OnDelete(DeleteBehavior.Cascade);
        });
    }

    /// <summary>
    /// Before a save: adds the words of what is added, and exchanges those of what is changed. What is deleted takes its words along.
    /// </summary>
    public static void BeforeSave(DbContext db)
    {
        foreach (var entry in db.ChangeTracker.Entries().Where(e => e.State is EntityState.Added or EntityState.Modified).ToList())
        {
            switch (entry.Entity)
            {
                case Call call:
                    Exchange(
                        db, entry, OfCall, term => new CallTerm { Term = term, Call = call },
                        term => new CallTerm { Term = term, CallId = call.Id });
                    break;
                case Contact contact:
                    Exchange(db, entry, OfContact, term => new ContactTerm { Term = term, Contact = contact },
                        term => new ContactTerm { Term = term, ContactId = contact.Id });
                    break;
                case ContactNumber number:
                    Exchange(db, entry, OfNumber, term => new ContactNumberTerm { Term = term, Number = number },
                        term => new ContactNumberTerm { Term = term, NumberId = number.Id });
                    break;
            }
        }
    }

    /// <summary>After a save: a row may be changed again in the same context.</summary>
    public static void AfterSave(DbContext db)
    {
        foreach (var entry in db.ChangeTracker.Entries().Where(e => e.Entity is CallTerm or ContactTerm or ContactNumberTerm).ToList())
        {
            entry.State = EntityState.Detached;
        }
    }

    /// <summary>The words of a call that was written without EF.</summary>
    public static IEnumerable<CallTerm> Of(Call call) => OfCall(call.Direction, call.FromNumber, call.ToNumber, call.CallerName)
        .Select(term => new CallTerm { Term = term, CallId = call.Id });

    /// <summary>
    /// The calls in which every word typed begins a word of the contact or of the caller's name, or the digits a number.
    /// </summary>
    public static IQueryable<Call> Find(CrmDbContext db, IQueryable<Call> calls, SearchTerms typed)
    {
        if (typed.Digits is not null)
        {
            var (first, second, third) = typed.DigitPrefixes;
            var found = db.Set<CallTerm>().Where(t => t.Term.StartsWith(first) || t.Term.StartsWith(second) || t.Term.StartsWith(third))
                .Select(t => t.CallId);
            return calls.Where(c => found.Contains(c.Id));
        }

        foreach (var name in typed.NamePrefixes)
        {
            var found = db.Set<CallTerm>().Where(t => t.Term.StartsWith(name)).Select(t => t.CallId)
                .Union(db.Set<ContactTerm>().Where(t => t.Term.StartsWith(name)).Join(db.Calls, t => t.ContactId, c =>
                    c.ContactId, (_, c) => c.Id));
            calls = calls.Where(c => found.Contains(c.Id));
        }

        return calls;
    }

    /// <summary>
    /// The contacts in which every word typed begins a word of name, company or e-mail address, or the digits one of the numbers.
    /// </summary>
    public static IQueryable<Contact> Find(CrmDbContext db, IQueryable<Contact> contacts, SearchTerms typed)
    {
        if (typed.Digits is not null)
        {
            var (first, second, third) = typed.DigitPrefixes;
            var found = db.Set<ContactNumberTerm>()
                .Where(t => t.Term.StartsWith(first) || t.Term.StartsWith(second) || t.Term.StartsWith(third))
                .Select(t => t.Number!.ContactId);
            return contacts.Where(c => found.Contains(c.Id));
        }

        foreach (var (name, email) in typed.NamePrefixes.Zip(typed.EmailPrefixes))
        {
            var found = db.Set<ContactTerm>().Where(t => t.Term.StartsWith(name) || t.Term.StartsWith(email)).Select(t => t.ContactId);
            contacts = contacts.Where(c => found.Contains(c.Id));
        }

        return contacts;
    }

    private static HashSet<string> OfCall(PropertyValues call) => OfCall(
        call.GetValue<CallDirection>(nameof(Call.Direction)), call.GetValue<string>(nameof(Call.FromNumber)),
        call.GetValue<string>(nameof(Call.ToNumber)),
        call.GetValue<string?>(nameof(Call.CallerName)));

    private static HashSet<string> OfCall(CallDirection direction, string from, string to, string? name) =>
        [.. SearchTerms.OfNumber(direction == CallDirection.Inbound ? from : to), .. SearchTerms.OfName(name)];

    private static HashSet<string> OfContact(PropertyValues contact) =>
    [
        .. SearchTerms.OfName(contact.GetValue<string>(nameof(Contact.Name))),
        .. SearchTerms.OfName(contact.GetValue<string?>(nameof(Contact.Company))),
        .. SearchTerms.OfEmail(contact.GetValue<string?>(nameof(Contact.Email))),
        .. contact.GetValue<List<string>>(nameof(Contact.MoreEmails)).SelectMany(SearchTerms.OfEmail),
        .. contact.GetValue<List<string>>(nameof(Contact.Tags)).SelectMany(SearchTerms.OfName),
        .. contact.GetValue<Dictionary<long, string>>(nameof(Contact.Fields)).Values.SelectMany(SearchTerms.OfName),
        .. SearchTerms.OfName(contact.GetValue<string?>(nameof(Contact.Notes))).Distinct().Take(MostNoteTerms),
    ];

    private static HashSet<string> OfNumber(PropertyValues number) =>
        [.. SearchTerms.OfNumber(number.GetValue<string>(nameof(ContactNumber.Number)))];

    private static void Exchange(
        DbContext db, EntityEntry entry, Func<PropertyValues, HashSet<string>> termsOf, Func<string, object> toAdd,
        Func<string, object> toRemove)
    {
        var after = termsOf(entry.CurrentValues);
        var before = entry.State == EntityState.Added ? [] : termsOf(entry.OriginalValues);
        db.AddRange(after.Except(before, StringComparer.Ordinal).Select(toAdd));
        db.RemoveRange(before.Except(after, StringComparer.Ordinal).Select(toRemove));
    }
}
