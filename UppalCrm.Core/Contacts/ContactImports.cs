using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace UppalCrm.Core.Contacts;

/// <summary>What becomes of a row whose contact is known: same name, and same number or e-mail address.</summary>
public enum WhenKnown
{
    /// <summary>The contact gets what it lacks; nothing is overwritten.</summary>
    Add,

    /// <summary>A second contact is made.</summary>
    KeepBoth,

    /// <summary>The row is left out.</summary>
    Skip,
}

/// <summary>How far an import is, and what came of it.</summary>
/// <param name="Created">New contacts.</param>
/// <param name="Added">Contacts that got something they lacked.</param>
/// <param name="Known">Rows that brought nothing new, or were skipped.</param>
/// <param name="Refused">Rows that were not taken.</param>
public readonly record struct ImportCounts(int Created, int Added, int Known, int Refused)
{
    public int Rows => Created + Added + Known + Refused;
}

/// <summary>What an import came to.</summary>
/// <param name="Stopped">Somebody stopped it: what was taken in by then stays until it is undone.</param>
/// <param name="Problem">Why the file could not be read to its end, in words.</param>
public sealed record ImportResult(long ImportId, ImportCounts Counts, bool Stopped, string? Problem);

/// <summary>What undoing an import came to.</summary>
/// <param name="Removed">Contacts that it had made.</param>
/// <param name="Restored">Contacts that are as they were before.</param>
/// <param name="Kept">Contacts that somebody changed or merged since: they stay as they are.</param>
/// <param name="StillNotCalled">
/// Numbers that it had brought onto the list of those that must not be called, and that a person or another file has named since: they
/// stay on it.
/// </param>
public sealed record UndoResult(int Removed, int Restored, int Kept, int StillNotCalled = 0);

/// <summary>Takes files of contacts in, a batch of rows at a time, and takes a whole import back.</summary>
public sealed class ContactImports(IDbContextFactory<CrmDbContext> contexts, CallFeed feed, AuditLog audit, TimeProvider time)
{
    private const int BatchSize = 250;

    /// <summary>A batch fails when somebody changes one of its contacts at the same moment: it is then read and made again.</summary>
    private const int MostTries = 3;

    /// <summary>
    /// Takes rows in. A row is somebody known only when the name and a number, or the name and the e-mail address agree: a number alone is
    /// a
    /// family's or a company's.
    /// </summary>
    /// <param name="rows">As the file gives them; read once, a batch at a time.</param>
    /// <param name="stop">Ends the import behind the batch that is being written.</param>
    public async Task<ImportResult> RunAsync(
        IEnumerable<CheckedRow> rows, string fileName, WhenKnown whenKnown, int agentId, Action<ImportCounts>? progress,
            CancellationToken stop)
    {
        var run = await StartAsync(fileName, agentId);
        var counts = default(ImportCounts);
        var (stopped, problem) = (false, (string?)null);
        try
        {
            foreach (var batch in rows.Chunk(BatchSize))
            {
                if (stop.IsCancellationRequested)
                {
                    stopped = true;
                    break;
                }

                var came = await TakeAsync(run, batch, whenKnown);
                counts = new ImportCounts(counts.Created + came.Created, counts.Added + came.Added, counts.Known + came.Known,
                    counts.Refused + came.Refused);
                progress?.Invoke(counts);
            }
        }
        catch (ContactFileException ex)
        {
            problem = ex.Message;
        }

        await FinishAsync(run.Id, counts);
        await audit.WriteAsync(AuditAction.ContactsImported, agentId, null,
            $"import {run.Id}: {counts.Created} new, {counts.Added} added to, {counts.Known} known, "
                + $"{counts.Refused} not taken{(stopped ? ", stopped" : "")}", CancellationToken.None);
        return new ImportResult(run.Id, counts, stopped, problem);
    }

    /// <summary>The latest imports, newest first.</summary>
    public async Task<IReadOnlyList<ImportRun>> GetLatestAsync(int count, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.ImportRuns.AsNoTracking().OrderByDescending(run => run.Id).Take(count).ToListAsync(cancellationToken);
    }

    /// <summary>
    /// Takes a whole import back. Contacts that somebody changed since stay, and those under legal hold; and so do numbers that somebody
    /// else, too, said must not be called.
    /// </summary>
    /// <param name="supervises">May undo what another agent imported.</param>
    /// <returns>Null when there is no such import, it is another agent's, or it was undone already.</returns>
    public async Task<UndoResult?> UndoAsync(long importId, int agentId, bool supervises, CancellationToken cancellationToken)
    {
        await using (var db = await contexts.CreateDbContextAsync(cancellationToken))
        {
            // Of two who press at once, one undoes.
            var now = time.GetUtcNow();
            if (await db.ImportRuns.Where(run => run.Id == importId && run.UndoneAt == null && (supervises || run.AgentId == agentId))
                .ExecuteUpdateAsync(set => set.SetProperty(run => run.UndoneAt, now), cancellationToken) == 0)
            {
                return null;
            }
        }

        // From here on to the end: an undo that stops half-way could not be gone on with.
        var (removed, restored, kept) = (0, 0, 0);
        long after = 0;
        while (true)
        {
            await using var db = await contexts.CreateDbContextAsync(CancellationToken.None);
            var batch = await db.ImportedContacts.AsNoTracking().Where(i => i.ImportRunId == importId && i.ContactId > after)
                .OrderBy(i => i.ContactId).Take(BatchSize).ToListAsync(CancellationToken.None);
            if (batch.Count == 0)
            {
                break;
            }

            after = batch[^1].ContactId;
            var (gone, putBack) = await db.InTransactionAsync(
                async transaction =>
                {
                    var made = batch.Where(i => i.Before is null).ToDictionary(i => i.ContactId, i => i.Version);
                    var ids = made.Keys.ToList();
                    var untouched = (await db.Contacts.Where(c => ids.Contains(c.Id) && c.LegalHoldSince == null)
                        .Select(c => new { c.Id, c.Version }).ToListAsync(CancellationToken.None))
                        .Where(c => c.Version == made[c.Id]).Select(c => c.Id).ToList();
                    await db.Calls.Where(c => c.ContactId != null && untouched.Contains(c.ContactId.Value)).ExecuteUpdateAsync(
                        set => set.SetProperty(c => c.ContactId, (long?)null)
                            .SetProperty(c => c.Version, c => c.Version + 1), CancellationToken.None);
                    var deleted = await db.Contacts.Where(c => untouched.Contains(c.Id)).ExecuteDeleteAsync(CancellationToken.None);
                    var changed = batch.Where(i => i.Before is not null).ToList();
                    var back = 0;
                    if (changed.Count > 0)
                    {
                        var changedIds = changed.Select(i => i.ContactId).ToList();
                        var contacts = await db.Contacts.Include(c => c.Numbers).Where(c => changedIds.Contains(c.Id))
                            .ToDictionaryAsync(c => c.Id, CancellationToken.None);
                        foreach (var imported in changed.Where(i =>
                            contacts.TryGetValue(i.ContactId, out var contact) && contact.Version == i.Version
                            && contact.LegalHoldSince is null))
                        {
                            Restore(contacts[imported.ContactId], imported.Before!);
                            back++;
                        }

                        var companies = await CompanyBook.EnsureAsync(db, contacts.Values.Select(c => c.Company), CancellationToken.None);
                        foreach (var contact in contacts.Values)
                        {
                            CompanyBook.Join(contact, companies);
                        }

                        await db.SaveChangesAsync(CancellationToken.None);
                    }

                    await transaction.CommitAsync(CancellationToken.None);
                    return (deleted, back);
                },
                CancellationToken.None);
            (removed, restored, kept) = (removed + gone, restored + putBack, kept + batch.Count - gone - putBack);
        }

        int notCalled;
        await using (var db = await contexts.CreateDbContextAsync(CancellationToken.None))
        {
            await DoNotCallList.OnlyImported(db).Where(n => n.ImportRunId == importId).ExecuteDeleteAsync(CancellationToken.None);
            notCalled = await db.DoNotCall.CountAsync(n => n.ImportRunId == importId, CancellationToken.None);
            await CompanyBook.RemoveEmptyAsync(db, CancellationToken.None);
        }

        await audit.WriteAsync(AuditAction.ImportUndone, agentId, null,
            $"import {importId}: {removed} removed, {restored} restored, {kept} kept, {notCalled} still not called", CancellationToken.None);
        return new UndoResult(removed, restored, kept, notCalled);
    }

    private async Task<ImportRun> StartAsync(string fileName, int agentId)
    {
        await using var db = await contexts.CreateDbContextAsync(CancellationToken.None);
        var run = new ImportRun { FileName = fileName.Length > 200 ? fileName[..200] : fileName, AgentId = agentId,
            StartedAt = time.GetUtcNow() };
        db.ImportRuns.Add(run);
        await db.SaveChangesAsync(CancellationToken.None);
        return run;
    }

    private async Task FinishAsync(long id, ImportCounts counts)
    {
        await using var db = await contexts.CreateDbContextAsync(CancellationToken.None);
        var now = time.GetUtcNow();
        await db.ImportRuns.Where(run => run.Id == id).ExecuteUpdateAsync(
            set => set.SetProperty(run => run.FinishedAt, now).SetProperty(run => run.Created, counts.Created)
                .SetProperty(run => run.Added, counts.Added)
                .SetProperty(run => run.Known, counts.Known).SetProperty(run => run.Refused, counts.Refused), CancellationToken.None);
    }

    private async Task<ImportCounts> TakeAsync(ImportRun run, CheckedRow[] rows, WhenKnown whenKnown)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TryTakeAsync(run, rows, whenKnown);
            }
            catch (DbUpdateException ex) when (attempt < MostTries
                && (ex is DbUpdateConcurrencyException || DatabaseErrors.IsDuplicate(ex)))
            {
                // Read and made again, in a context of its own.
            }
        }
    }

    private async Task<ImportCounts> TryTakeAsync(ImportRun run, CheckedRow[] rows, WhenKnown whenKnown)
    {
        var (counts, open) = await contexts.InTransactionAsync(
            (db, transaction) => WriteAsync(db, transaction, run, rows, whenKnown), CancellationToken.None);
        foreach (var call in open)
        {
            feed.Announce(call); // saved before announced
        }

        return counts;
    }

    private async Task<(ImportCounts Counts, IReadOnlyList<CallChanged> Open)> WriteAsync(
        CrmDbContext db, IDbContextTransaction transaction, ImportRun run, CheckedRow[] rows, WhenKnown whenKnown)
    {
        var now = time.GetUtcNow();
        // In the order of the search index, which is much faster to write so (NameRank); rows of one name stay in the file's order.
        var drafts = rows.Where(row => row.Draft is not null).Select(row => row.Draft!.Tidy())
            .OrderBy(draft => NameOrder.KeyOf(draft.Name), StringComparer.Ordinal).ToList();
        var companies = await CompanyBook.EnsureAsync(db, drafts.Select(d => d.Company), CancellationToken.None);
        var people = new People(whenKnown == WhenKnown.KeepBoth ? [] : await FindAsync(db, drafts));
        var before = new Dictionary<Contact, string?>();
        foreach (var draft in drafts)
        {
            if (whenKnown == WhenKnown.KeepBoth || people.Find(draft) is not { } contact)
            {
                contact = draft.ToContact(now);
                db.Contacts.Add(contact);
                before.Add(contact, null);
            }
            else
            {
                var was = Write(contact);
                if (whenKnown == WhenKnown.Skip || !draft.TryAddTo(contact, now))
                {
                    continue;
                }

                before.TryAdd(contact, was); // what it was before the first of two rows
            }

            CompanyBook.Join(contact, companies);
            people.Add(contact);
        }

        await ListAsync(db, run, drafts);
        await db.SaveChangesAsync(CancellationToken.None);
        await RememberAsync(db, run.Id, before);
        await db.SaveChangesAsync(CancellationToken.None);
        var open = await ContactBook.AdoptCallsAsync(db, before.Keys, CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        var created = before.Count(pair => pair.Value is null);
        return (new ImportCounts(created, before.Count - created, drafts.Count - before.Count, rows.Length - drafts.Count), open);
    }

    /// <summary>Contacts of whom a row could speak: of the same name, with one of the numbers or addresses.</summary>
    private static async Task<List<Contact>> FindAsync(CrmDbContext db, List<ContactDraft> drafts)
    {
        var names = drafts.Where(d => d.Numbers.Count > 0 || d.Email is not null).Select(d => NameOrder.KeyOf(d.Name)).Distinct().ToList();
        var numbers = drafts.SelectMany(d => d.Numbers).Select(n => n.Number).Distinct().ToList();
        var emails = drafts.SelectMany(d => d.MoreEmails.Prepend(d.Email)).OfType<string>()
            .Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        if (names.Count == 0)
        {
            return [];
        }

        // By name first, which has an index: a number may be a whole company's.
        var exact = db.ExactCollation;
        var named = db.Contacts.Where(c => EF.Parameter(names).Select(name => EF.Functions.Collate(name, exact)).Contains(c.SortName));
        return await named.Where(c => c.Numbers.Any(n =>
                EF.Parameter(numbers).Select(number => EF.Functions.Collate(number, exact)).Contains(n.Number))
            || (c.Email != null && EF.Parameter(emails).Contains(c.Email))
            || c.MoreEmails.Any(mail => EF.Parameter(emails).Contains(mail)))
            .OrderBy(c => c.Id).Include(c => c.Numbers).ToListAsync(CancellationToken.None);
    }

    /// <summary>
    /// Remembers what the contacts were; of one that an earlier batch of this import has changed, that is known already.
    /// </summary>
    private static async Task RememberAsync(CrmDbContext db, long importId, Dictionary<Contact, string?> before)
    {
        var changed = before.Where(pair => pair.Value is not null).Select(pair => pair.Key.Id).ToList();
        var remembered = changed.Count == 0 ? [] : await db.ImportedContacts
            .Where(i => i.ImportRunId == importId && EF.Parameter(changed).Contains(i.ContactId))
                .ToDictionaryAsync(i => i.ContactId, CancellationToken.None);
        foreach (var (contact, was) in before)
        {
            if (remembered.TryGetValue(contact.Id, out var earlier))
            {
                earlier.Version = contact.Version;
            }
            else
            {
                db.ImportedContacts.Add(new ImportedContact { ImportRunId = importId, ContactId = contact.Id, Version = contact.Version,
                    Before = was });
            }
        }
    }

    /// <summary>
    /// Numbers of the rows that must not be called. Where one is listed already, its reason stays; where another file brought it, the undo
    /// of neither lifts it.
    /// </summary>
    private static async Task ListAsync(CrmDbContext db, ImportRun run, List<ContactDraft> drafts)
    {
        var wanted = drafts.SelectMany(d => d.Numbers).Where(n => n.DoNotCall is not null).DistinctBy(n => n.Number).ToList();
        if (wanted.Count == 0)
        {
            return;
        }

        var numbers = wanted.ConvertAll(n => n.Number);
        var exact = db.ExactCollation;
        var listed = await db.DoNotCall
            .Where(n => EF.Parameter(numbers).Select(number => EF.Functions.Collate(number, exact)).Contains(n.Number))
            .Select(n => n.Number).ToListAsync(CancellationToken.None);
        await DoNotCallList.OnlyImported(db)
            .Where(n => n.ImportRunId != run.Id
                && EF.Parameter(listed).Select(number => EF.Functions.Collate(number, exact)).Contains(n.Number))
            .ExecuteUpdateAsync(
                set => set.SetProperty(n => n.AgentId, run.AgentId).SetProperty(n => n.At, run.StartedAt), CancellationToken.None);
        db.DoNotCall.AddRange(wanted.ExceptBy(listed, n => n.Number).Select(n => new DoNotCallNumber
        {
            Number = n.Number, Reason = CardNumbers.Mask(n.DoNotCall)!, AgentId = run.AgentId, At = run.StartedAt, ImportRunId = run.Id,
        }));
    }

    private static string Write(Contact contact) => JsonSerializer.Serialize(ContactDraft.Of(contact));

    private void Restore(Contact contact, string json) =>
        JsonSerializer.Deserialize<ContactDraft>(json)!.ApplyTo(contact, time.GetUtcNow());

    /// <summary>Contacts by name and number, and by name and address.</summary>
    private sealed class People
    {
        private readonly Dictionary<string, Contact> _byKey = new(StringComparer.OrdinalIgnoreCase);

        public People(IEnumerable<Contact> contacts)
        {
            foreach (var contact in contacts)
            {
                Add(contact);
            }
        }

        public void Add(Contact contact)
        {
            foreach (var key in Keys(contact.SortName, contact.Numbers.Select(n => n.Number), [contact.Email, .. contact.MoreEmails]))
            {
                _byKey.TryAdd(key, contact);
            }
        }

        public Contact? Find(ContactDraft draft) =>
            Keys(NameOrder.KeyOf(draft.Name), draft.Numbers.Select(n => n.Number), [draft.Email, .. draft.MoreEmails])
                .Select(key => _byKey.GetValueOrDefault(key))
                .FirstOrDefault(contact => contact is not null);

        private static IEnumerable<string> Keys(string name, IEnumerable<string> numbers, IEnumerable<string?> emails) =>
            numbers.Concat(emails.OfType<string>()).Select(what => $"{name}\n{what}");
    }
}
