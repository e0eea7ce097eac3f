using System.Net.Mail;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Contacts;

/// <summary>A number of a contact as somebody entered it.</summary>
/// <param name="Number">E.164.</param>
/// <param name="Label">E.g. <c>Mobile</c>.</param>
public sealed record NumberDraft(string Number, string? Label = null)
{
    /// <summary>Digits to send once the call is answered; null for none.</summary>
    public string? Extension { get; init; }

    /// <summary>Why the number must not be called, as a file says; null when it says nothing. A contact does not keep this.</summary>
    public string? DoNotCall { get; init; }
}

/// <summary>A contact as somebody entered it.</summary>
public sealed record ContactDraft(string Name, string? Company, string? Email, string? Notes, IReadOnlyList<NumberDraft> Numbers)
{
    internal const int MostAddresses = 10;
    internal const int MostTags = 20;
    internal const int LongestTag = 40;

    /// <summary>Google separates by colons, Outlook by semicolons, others by commas: none of them can stand in a tag.</summary>
    internal static readonly string[] BetweenTags = [":::", ";", ",", "\r", "\n"];

    /// <summary>Further e-mail addresses.</summary>
    public IReadOnlyList<string> MoreEmails { get; init; } = [];

    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Values of <see cref="ContactField"/>s by id, as they are kept.</summary>
    public IReadOnlyDictionary<long, string> Fields { get; init; } = new Dictionary<long, string>();

    /// <summary>A contact as it is.</summary>
    internal static ContactDraft Of(Contact contact) =>
        new(contact.Name, contact.Company, contact.Email, contact.Notes,
            [.. contact.Numbers.OrderBy(n => n.Id).Select(n => new NumberDraft(n.Number, n.Label) { Extension = n.Extension })])
        {
            MoreEmails = [.. contact.MoreEmails],
            Tags = [.. contact.Tags],
            Fields = new Dictionary<long, string>(contact.Fields),
        };

    /// <summary>What is wrong with it, in words; null when it can be saved.</summary>
    [JsonIgnore]
    public string? Problem
    {
        get
        {
            return this switch
            {
                _ when string.IsNullOrWhiteSpace(Name) => "A contact needs a name.",
                { Name.Length: > 120 } => "The name may be 120 characters long at most.",
                { Company.Length: > 120 } => "The company may be 120 characters long at most.",
                { Email.Length: > 254 } => "The e-mail address may be 254 characters long at most.",
                { Email: { } email } when email.Trim().Length > 0 && !MailAddress.TryCreate(email.Trim(), out _) =>
                    "The e-mail address is not one: it looks like name@example.com.",
                _ when MoreEmails.FirstOrDefault(mail => mail.Length > 254 || !MailAddress.TryCreate(mail.Trim(), out _)) is { } bad =>
                    $"“{(bad.Length > 40 ? bad[..40] : bad)}” is no e-mail address: it looks like name@example.com.",
                { MoreEmails.Count: >= MostAddresses } => $"A contact may have {MostAddresses} e-mail addresses at most.",
                { Tags.Count: > MostTags } => $"A contact may have {MostTags} tags at most.",
                _ when Tags.Any(tag => tag.Trim().Length > LongestTag) => $"A tag may be {LongestTag} characters long at most.",
                _ when Fields.Values.Any(value => value.Length > ContactField.LongestValue) =>
                    $"A field may be {ContactField.LongestValue} characters long at most.",
                { Notes.Length: > 10_000 } => "The notes may be 10,000 characters long at most.",
                { Numbers.Count: > 20 } => "A contact may have 20 numbers at most.",
                _ when Numbers.FirstOrDefault(n => !PhoneNumber.TryParse(n.Number, out _)) is { } bad =>
                    $"“{(bad.Number.Length > 40 ? bad.Number[..40] : bad.Number)}” is no phone number.",
                _ when Numbers.Any(n => CallerIdentity.IsWithheld(n.Number)) =>
                    "This number stands for one that was withheld: nobody can be known by it.",
                _ when Numbers.Any(n => n.Extension is { Length: > 12 } || n.Extension?.All(char.IsAsciiDigit) == false) =>
                    "An extension is made of digits, 12 at most.",
                _ when Numbers.Any(n => n.Label is { Length: > 40 }) => "The label of a number may be 40 characters long at most.",
                _ => null,
            };
        }
    }

    /// <summary>Trimmed, empty fields as null, each number, address and tag once.</summary>
    internal ContactDraft Tidy()
    {
        var addresses = MoreEmails.Prepend(Email).Select(TextOrNull).OfType<string>().DistinctBy(mail => mail.ToUpperInvariant()).ToList();
        return new(Name.Trim(), TextOrNull(Company), addresses.FirstOrDefault(), CardNumbers.Mask(TextOrNull(Notes)),
            [.. Numbers.Select(n => n with
                {
                    Number = PhoneNumber.Parse(n.Number).Value, Label = TextOrNull(n.Label), Extension = TextOrNull(n.Extension),
                }).DistinctBy(n => (n.Number, n.Extension))])
        {
            MoreEmails = [.. addresses.Skip(1)],
            Tags = [.. Tags.SelectMany(tag => tag.Split(BetweenTags, StringSplitOptions.TrimEntries))
                .Select(TagOf)
                .Where(tag => tag.Length > 0).DistinctBy(NameOrder.KeyOf)],
            Fields = Fields.Where(pair => !string.IsNullOrWhiteSpace(pair.Value))
                .ToDictionary(pair => pair.Key, pair => pair.Value.Trim()),
        };
    }

    /// <summary>Without what files put around a word.</summary>
    internal static string TagOf(string text) => text.Trim('*', '"', ' ');

    private static string? TextOrNull(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}

/// <summary>What saving came to.</summary>
/// <param name="Contact">As it now is: saved, or (after a conflict) as somebody else saved it in the meantime.</param>
/// <param name="Refusal">Why it was not saved, in words.</param>
public sealed record ContactAnswer(Contact? Contact, string? Refusal, bool Conflict = false)
{
    public bool Saved => Refusal is null;
}

/// <summary>A place in the list of contacts: it goes on after this one.</summary>
/// <param name="Name">As it is sorted.</param>
public readonly record struct ContactPlace(string Name, long Id);

/// <summary>A contact as the list shows it.</summary>
public sealed record ContactRow(long Id, string Name, string? Company, string? Email, IReadOnlyList<string> Numbers)
{
    public IReadOnlyList<string> Tags { get; init; } = [];

    public ContactPlace Place => new(NameOrder.KeyOf(Name), Id);
}

/// <summary>How many columns a table of all contacts needs.</summary>
public readonly record struct ContactWidth(int Numbers, int Emails);

/// <summary>Who a number is.</summary>
/// <param name="Contact">The contact; null when nobody has the number, or several have.</param>
/// <param name="Name">What to show instead of a name when several have it; null otherwise.</param>
public readonly record struct ContactMatch(Contact? Contact, string? Name)
{
    private const int LongestName = 120;

    /// <summary>How many contacts are named. More than these are counted no further.</summary>
    internal const int MostNamed = 20;

    /// <summary>
    /// Nobody is certain before an agent has chosen: of several it says the company that all share, else how many and who.
    /// </summary>
    internal static ContactMatch Of(IReadOnlyList<Contact> owners)
    {
        if (owners.Count < 2)
        {
            return new ContactMatch(owners.Count == 0 ? null : owners[0], null);
        }

        var name = owners[0].Company is { } company && owners.All(owner =>
            string.Equals(owner.Company, company, StringComparison.OrdinalIgnoreCase))
            ? company
            : $"One of {(owners.Count > MostNamed ? "many" : owners.Count)}: "
                + string.Join(", ", owners.OrderBy(owner => owner.SortName, StringComparer.Ordinal).Select(owner => owner.Name));
        return new ContactMatch(null, name.Length > LongestName ? name[..(LongestName - 1)] + "…" : name);
    }
}

/// <summary>Whom we know, and who calls from which number.</summary>
public sealed class ContactBook(
    IDbContextFactory<CrmDbContext> contexts, CallFeed feed, FloorRights rights, AuditLog audit, NumberParser parser,
    OurLines lines, TimeProvider time)
{
    private const string ChangedByOthers = "Somebody else changed this contact while you were editing.";

    // Asked for with every inbound call, so it is compiled once.
    private readonly Func<CrmDbContext, string, IAsyncEnumerable<Contact>> _owners = EF.CompileAsyncQuery(
        (CrmDbContext db, string number) => db.ContactNumbers.AsNoTracking().Where(n => n.Number == number)
            .Select(n => n.Contact!).Distinct().OrderBy(c => c.Id).Take(ContactMatch.MostNamed + 1).AsQueryable());

    private readonly Func<CrmDbContext, string, CancellationToken, Task<string?>> _companies = EF.CompileAsyncQuery(
        (CrmDbContext db, string number, CancellationToken cancellationToken) =>
            db.Companies.Where(c => c.MainNumber == number).Select(c => c.Name).FirstOrDefault());

    /// <summary>Who is calling, or which line was called, in whatever spelling the carrier says it.</summary>
    public CallerIdentity Identify(string? address)
    {
        var caller = parser.ReadCaller(address);
        return lines.Contains(caller.Address) ? caller with { Kind = CallerKind.OurLine } : caller;
    }

    /// <summary>Whom to show for a caller.</summary>
    /// <param name="number">What the call keeps; whoever has no number matches nobody, nor does a line of ours.</param>
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

        if (await _companies(db, number, cancellationToken) is { } company)
        {
            return new ContactMatch(null, company); // whoever of them it is
        }

        var owners = new List<Contact>();
        await foreach (var owner in _owners(db, number).WithCancellation(cancellationToken))
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
        return await Page(db, search, after, size).ToListAsync(cancellationToken);
    }

    /// <summary>Other contacts that could be the same person: they share a number, or the e-mail address.</summary>
    public async Task<IReadOnlyList<ContactRow>> FindTwinsAsync(long? contactId, IReadOnlyCollection<string> numbers, string? email,
        CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var byNumber = numbers.Count == 0 ? []
            : await Row(db.Contacts.Where(c => c.Id != contactId && c.Numbers.Any(n => numbers.Contains(n.Number))).OrderBy(c => c.Id)
            .Take(10)).ToListAsync(cancellationToken);
        var byEmail = string.IsNullOrWhiteSpace(email) ? []
            : await Row(db.Contacts.Where(c => c.Id != contactId && c.Email == email.Trim()).OrderBy(c => c.Id).Take(10))
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
                var added = NewContact(draft.Tidy(), time.GetUtcNow());
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

                Take(contact, draft.Tidy(), time.GetUtcNow());
                CompanyBook.Join(contact, await CompanyBook.EnsureAsync(db, [contact.Company], cancellationToken));
                try
                {
                    await db.SaveChangesAsync(cancellationToken);
                }
                catch (DbUpdateConcurrencyException)
                {
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

    /// <summary>Makes one contact of two. The first stays and gets what it lacks; notes, numbers and calls of both are kept.</summary>
    /// <returns>The contact that stays, or words why not.</returns>
    /// <exception cref="NotAllowedException">This person supervises nobody.</exception>
    public async Task<ContactAnswer> MergeAsync(long keptId, long goneId, int agentId, CancellationToken cancellationToken)
    {
        await rights.EnsureAsync(agentId, Right.DeleteContacts, cancellationToken);
        if (keptId == goneId)
        {
            return new ContactAnswer(null, "A contact cannot be merged with itself.");
        }

        var refusal = await contexts.InTransactionAsync<string?>(
            async (db, transaction) =>
            {
                var both = await db.Contacts.Include(c => c.Numbers).Where(c => c.Id == keptId || c.Id == goneId)
                    .ToListAsync(cancellationToken);
                if (both.Find(c => c.Id == keptId) is not { } kept || both.Find(c => c.Id == goneId) is not { } gone)
                {
                    return "One of the two was deleted in the meantime.";
                }

                var notes = string.Join(
                    "\n\n", new[] { kept.Notes, gone.Notes }.Where(text => !string.IsNullOrWhiteSpace(text)).Distinct());
                if (notes.Length > 10_000)
                {
                    return "The notes of both together are longer than 10,000 characters. Shorten one of them first.";
                }

                if (kept.Numbers.Concat(gone.Numbers).DistinctBy(n => (n.Number, n.Extension)).Count() > 20)
                {
                    return "Both together have more than 20 numbers. Remove some first.";
                }

                if (kept.MoreEmails.Count + gone.MoreEmails.Count + 2 > ContactDraft.MostAddresses
                    || kept.Tags.Union(gone.Tags).Count() > ContactDraft.MostTags)
                {
                    return "Both together have too many e-mail addresses or tags. Remove some first.";
                }

                db.ContactMerges.Add(new MergeRecord
                {
                    KeptId = keptId, GoneName = gone.Name, AgentId = agentId, At = time.GetUtcNow(),
                    Kept = JsonSerializer.Serialize(ContactDraft.Of(kept)), Gone = JsonSerializer.Serialize(ContactDraft.Of(gone)),
                    Calls = await db.Calls.Where(c => c.ContactId == goneId).Select(c => c.Id).ToListAsync(cancellationToken),
                });
                var (before, other) = (ContactDraft.Of(kept), ContactDraft.Of(gone));
                Take(kept, (before with
                {
                    Company = before.Company ?? other.Company, Notes = notes, Numbers = [.. before.Numbers, .. other.Numbers],
                    MoreEmails = [.. before.MoreEmails, .. new[] { other.Email }.OfType<string>(), .. other.MoreEmails],
                    Tags = [.. before.Tags, .. other.Tags],
                    Fields = before.Fields.Concat(other.Fields.Where(pair => !before.Fields.ContainsKey(pair.Key))).ToDictionary(),
                }).Tidy(), time.GetUtcNow());
                kept.CompanyId ??= gone.CompanyId;
                kept.LegalHoldSince ??= gone.LegalHoldSince;
                db.Contacts.Remove(gone); // with its numbers
                try
                {
                    // The calls first: deleting a contact would leave them with none.
                    await db.Calls.Where(c => c.ContactId == goneId).ExecuteUpdateAsync(
                        set => set.SetProperty(c => c.ContactId, keptId)
                            .SetProperty(c => c.Version, c => c.Version + 1), cancellationToken);
                    await db.SaveChangesAsync(cancellationToken);
                }
                catch (DbUpdateConcurrencyException)
                {
                    return "Somebody changed one of the two just now. Look at them again, then merge.";
                }

                await transaction.CommitAsync(cancellationToken);
                return null;
            },
            cancellationToken);
        if (refusal is not null)
        {
            return new ContactAnswer(null, refusal);
        }

        await audit.WriteAsync(AuditAction.ContactsMerged, agentId, null, $"contact {goneId} into {keptId}", cancellationToken);
        return new ContactAnswer(await FindAsync(keptId, cancellationToken), null);
    }

    /// <summary>The merges that could be undone of a contact, newest first.</summary>
    public async Task<IReadOnlyList<MergeRecord>> GetMergesAsync(long contactId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.ContactMerges.AsNoTracking().Where(m => m.KeptId == contactId && m.UndoneAt == null).OrderByDescending(m => m.Id)
            .ToListAsync(cancellationToken);
    }

    /// <summary>
    /// Makes two contacts again of one that was merged. The other is as it was, with its calls; the one that stayed gives back what it had
    /// from the other and keeps what was changed since.
    /// </summary>
    /// <returns>The contact that is back, or words why not.</returns>
    public async Task<ContactAnswer> SeparateAsync(long mergeId, int agentId, CancellationToken cancellationToken)
    {
        var (answer, keptId) = await contexts.InTransactionAsync<(ContactAnswer Answer, long KeptId)>(
            async (db, transaction) =>
            {
                var merge = await db.ContactMerges.FirstOrDefaultAsync(m => m.Id == mergeId && m.UndoneAt == null, cancellationToken);
                if (merge is null
                    || await db.Contacts.Include(c => c.Numbers).FirstOrDefaultAsync(c => c.Id == merge.KeptId, cancellationToken)
                        is not { } kept)
                {
                    return (new ContactAnswer(null, "This merge was undone already, or the contact was deleted in the meantime."), 0);
                }

                var now = time.GetUtcNow();
                var before = JsonSerializer.Deserialize<ContactDraft>(merge.Kept)!;
                var other = JsonSerializer.Deserialize<ContactDraft>(merge.Gone)!;
                Take(kept, Without(ContactDraft.Of(kept), before, other).Tidy(), now);
                var back = NewContact(other, now);
                var companies = await CompanyBook.EnsureAsync(db, [back.Company, kept.Company], cancellationToken);
                CompanyBook.Join(back, companies);
                CompanyBook.Join(kept, companies);
                db.Contacts.Add(back);
                merge.UndoneAt = now;
                try
                {
                    await db.SaveChangesAsync(cancellationToken);
                }
                catch (DbUpdateConcurrencyException)
                {
                    return (new ContactAnswer(null, "Somebody changed the contact just now. Look at it again."), 0);
                }

                var calls = merge.Calls;
                await db.Calls.Where(c => EF.Parameter(calls).Contains(c.Id) && c.ContactId == merge.KeptId).ExecuteUpdateAsync(
                    set => set.SetProperty(c => c.ContactId, back.Id).SetProperty(c => c.Version, c => c.Version + 1), cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return (new ContactAnswer(back, null), merge.KeptId);
            },
            cancellationToken);
        if (answer.Saved)
        {
            await audit.WriteAsync(
                AuditAction.ContactsSeparated, agentId, null, $"contact {answer.Contact!.Id} out of {keptId}", cancellationToken);
        }

        return answer;
    }

    /// <summary>What is left of a merged contact when what only the other brought is taken away.</summary>
    private static ContactDraft Without(ContactDraft now, ContactDraft before, ContactDraft other)
    {
        var addresses = other.MoreEmails.Append(other.Email).Except(before.MoreEmails.Append(before.Email)).ToHashSet();
        var left = now.MoreEmails.Prepend(now.Email).OfType<string>().Where(mail => !addresses.Contains(mail)).ToList();
        var joined = string.Join("\n\n", new[] { before.Notes, other.Notes }.OfType<string>().Distinct());
        return now with
        {
            Company = before.Company is null && now.Company == other.Company ? null : now.Company,
            Email = left.FirstOrDefault(),
            MoreEmails = [.. left.Skip(1)],
            Notes = other.Notes is not null && now.Notes == joined ? before.Notes : now.Notes,
            Numbers = [.. now.Numbers.Where(n => before.Numbers.Any(b => IsSame(b, n)) || !other.Numbers.Any(o => IsSame(o, n)))],
            Tags = [.. now.Tags.Where(tag => before.Tags.Contains(tag) || !other.Tags.Contains(tag))],
            Fields = now.Fields.Where(pair => before.Fields.ContainsKey(pair.Key)
                || !other.Fields.TryGetValue(pair.Key, out var theirs) || theirs != pair.Value).ToDictionary(),
        };

        static bool IsSame(NumberDraft a, NumberDraft b) => a.Number == b.Number && a.Extension == b.Extension;
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
                piece = await InOrder(db.Contacts.AsNoTracking(), after).Take(Math.Min(left, 1_000))
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

    /// <summary>For tests and measurements: the list's query, as the database gets it.</summary>
    internal static IQueryable<ContactRow> Page(CrmDbContext db, string? search, ContactPlace? after, int size)
    {
        var contacts = db.Contacts.AsNoTracking();
        if (SearchTerms.Read(search) is { } words)
        {
            contacts = Find(db, contacts, words);
        }

        return Row(InOrder(contacts, after).Take(size));
    }

    private static IQueryable<Contact> Find(CrmDbContext db, IQueryable<Contact> contacts, SearchTerms words)
    {
        if (db is SqliteCrmDbContext sqlite)
        {
            var match = words.ToMatch();
            return from hit in sqlite.ContactSearch.Where(s => s.Match == match)
                   join contact in contacts on hit.Id equals contact.Id
                   select contact;
        }

        return SearchTermTables.Find(db, contacts, words);
    }

    /// <summary>From A to Z, whatever the case and the accents.</summary>
    private static IQueryable<Contact> InOrder(IQueryable<Contact> contacts, ContactPlace? after) =>
        (after is { } there
            ? contacts.Where(c => c.SortName.CompareTo(there.Name) >= 0 && (c.SortName.CompareTo(there.Name) > 0 || c.Id > there.Id))
            : contacts).OrderBy(c => c.SortName).ThenBy(c => c.Id);

    internal static IQueryable<ContactRow> Row(IQueryable<Contact> contacts) =>
        contacts.Select(c => new ContactRow(c.Id, c.Name, c.Company, c.Email, c.Numbers.OrderBy(n => n.Id).Select(n => n.Number).ToList())
        {
            Tags = c.Tags,
        });

    private static Task<Contact?> ReadAsync(CrmDbContext db, long contactId, CancellationToken cancellationToken) =>
        db.Contacts.AsNoTracking().Include(c => c.Numbers.OrderBy(n => n.Id))
            .FirstOrDefaultAsync(c => c.Id == contactId, cancellationToken);

    internal static Contact NewContact(ContactDraft draft, DateTimeOffset now) => new()
    {
        Name = draft.Name,
        Company = draft.Company,
        Email = draft.Email,
        MoreEmails = [.. draft.MoreEmails],
        Tags = [.. draft.Tags],
        Fields = new Dictionary<long, string>(draft.Fields),
        Notes = draft.Notes,
        CreatedAt = now,
        UpdatedAt = now,
        Version = 1,
        Numbers = [.. draft.Numbers.Select(n => new ContactNumber { Number = n.Number, Label = n.Label, Extension = n.Extension })],
    };

    /// <summary>Makes the contact what the draft says. Its company is for <see cref="CompanyBook.Join"/>.</summary>
    internal static void Take(Contact contact, ContactDraft draft, DateTimeOffset now)
    {
        (contact.Name, contact.Company, contact.Email, contact.Notes) = (draft.Name, draft.Company, draft.Email, draft.Notes);
        (contact.MoreEmails, contact.Tags) = ([.. draft.MoreEmails], [.. draft.Tags]);
        contact.Fields = new Dictionary<long, string>(draft.Fields);
        contact.Numbers.RemoveAll(n => draft.Numbers.All(d => !IsSame(n, d)));
        AddNumbers(contact, draft.Numbers);
        foreach (var number in contact.Numbers)
        {
            number.Label = draft.Numbers.First(d => IsSame(number, d)).Label;
        }

        Touch(contact, now);
    }

    /// <summary>Two people behind one switchboard have the same number and different extensions.</summary>
    private static bool IsSame(ContactNumber number, NumberDraft draft) => number.Number == draft.Number
        && number.Extension == draft.Extension;

    private static void AddNumbers(Contact contact, IEnumerable<NumberDraft> numbers)
    {
        foreach (var number in numbers.Where(d => contact.Numbers.All(n => !IsSame(n, d))).ToList())
        {
            contact.Numbers.Add(new ContactNumber { Number = number.Number, Label = number.Label, Extension = number.Extension });
        }
    }

    private static void Touch(Contact contact, DateTimeOffset now) => (contact.UpdatedAt, contact.Version) = (now, contact.Version + 1);

    private static (string?, int, int, int, int, int) CountsOf(Contact contact) => (contact.Company,
        contact.MoreEmails.Count + (contact.Email is null ? 0 : 1), contact.Tags.Count, contact.Fields.Count, contact.Notes?.Length ?? 0,
        contact.Numbers.Count);

    /// <returns>Whether the row brought anything new.</returns>
    internal static bool TryAdd(Contact contact, ContactDraft draft, DateTimeOffset now)
    {
        var before = CountsOf(contact);
        contact.Company ??= draft.Company;
        var addresses = contact.MoreEmails.Prepend(contact.Email).Concat(draft.MoreEmails.Prepend(draft.Email)).OfType<string>()
            .DistinctBy(mail => mail.ToUpperInvariant()).Take(ContactDraft.MostAddresses).ToList();
        (contact.Email, contact.MoreEmails) = (addresses.FirstOrDefault(), [.. addresses.Skip(1)]);
        contact.Tags = [.. contact.Tags.Concat(draft.Tags).DistinctBy(NameOrder.KeyOf).Take(ContactDraft.MostTags)];
        contact.Fields = contact.Fields.Concat(draft.Fields.Where(pair => !contact.Fields.ContainsKey(pair.Key))).ToDictionary();
        if (draft.Notes is { } notes && contact.Notes?.Contains(notes, StringComparison.Ordinal) != true
            && (contact.Notes?.Length ?? 0) + notes.Length < 9_990)
        {
            contact.Notes = contact.Notes is null ? notes : contact.Notes + "\n\n" + notes;
        }

        AddNumbers(contact, draft.Numbers);
        if (before == CountsOf(contact))
        {
            return false;
        }

        Touch(contact, now);
        return true;
    }

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
        var orphans = (await db.Calls.Where(c => EF.Parameter(numbers).Contains(c.FromNumber) && c.ContactId == null
            && c.Direction == CallDirection.Inbound)
            .Select(c => c.FromNumber).Distinct().ToListAsync(cancellationToken))
            .Union(await db.Calls.Where(c => EF.Parameter(numbers).Contains(c.ToNumber) && c.ContactId == null
                && c.Direction == CallDirection.Outbound)
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
    private string? WhyRefused(ContactDraft draft, IReadOnlyCollection<ContactNumber> has) => draft.Problem ?? draft.Numbers
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
