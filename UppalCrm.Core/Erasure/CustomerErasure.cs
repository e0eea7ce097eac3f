using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace UppalCrm.Core.Erasure;

/// <summary>What was erased.</summary>
public sealed record ErasedRecords(int Calls, int Recordings);

/// <summary>
/// Takes a customer out of everything that we keep and that the carrier keeps for us: the contact, the numbers, names and notes of their
/// calls, the recordings, the search index, and the bytes of the database's file. That there was a call, when, and with whom of us, stays.
/// </summary>
public sealed class CustomerErasure(
    IDbContextFactory<CrmDbContext> contexts, FloorRights rights, ITelephony telephony, AuditLog audit, TimeProvider time,
    ILogger<CustomerErasure> logger)
{
    /// <summary>Stands in place of a number that was erased: it is nobody's, like one that was withheld.</summary>
    internal const string NoNumber = "anonymous";

    private const int Piece = 200;

    /// <summary>Sets or lifts a legal hold: what is under one is not erased, no matter who asks.</summary>
    /// <exception cref="NotAllowedException">This person is no administrator.</exception>
    public async Task<Result> SetHoldAsync(long contactId, bool held, int byAgentId, CancellationToken cancellationToken)
    {
        await rights.EnsureAsync(byAgentId, Right.EraseCustomers, cancellationToken);
        DateTimeOffset? since = held ? time.GetUtcNow() : null;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await db.Contacts.Where(c => c.Id == contactId)
            .ExecuteUpdateAsync(set => set.SetProperty(c => c.LegalHoldSince, since), cancellationToken) == 0)
        {
            return new Refusal("This contact does not exist any more.");
        }

        await audit.WriteAsync(
            held ? AuditAction.LegalHoldSet : AuditAction.LegalHoldLifted, byAgentId, null, $"contact {contactId}", cancellationToken);
        return Result.Done;
    }

    /// <summary>Erases a contact, with all calls of theirs. It cannot be undone.</summary>
    /// <exception cref="NotAllowedException">This person is no administrator.</exception>
    public async Task<Result<ErasedRecords>> EraseAsync(long contactId, int byAgentId, CancellationToken cancellationToken)
    {
        await rights.EnsureAsync(byAgentId, Right.EraseCustomers, cancellationToken);
        List<ErasableCall> calls;
        List<string> theirs;
        await using (var db = await contexts.CreateDbContextAsync(cancellationToken))
        {
            var contact = await db.Contacts.AsNoTracking().Include(c => c.Numbers)
                .FirstOrDefaultAsync(c => c.Id == contactId, cancellationToken);
            if (contact is null or { LegalHoldSince: not null })
            {
                return new Refusal(contact is null ? "This contact does not exist any more." : "This contact is under legal hold: nothing "
                    + "of theirs is erased.");
            }

            // A number that another contact has too may have called for either: only what is known to be theirs.
            var numbers = contact.Numbers.Select(n => n.Number).ToList();
            theirs = await db.ContactNumbers.Where(n => numbers.Contains(n.Number)).GroupBy(n => n.Number)
                .Where(g => g.All(n => n.ContactId == contactId)).Select(g => g.Key).ToListAsync(cancellationToken);
            calls = await Erasable(db.Calls.Where(c => c.ContactId == contactId
                || (c.ContactId == null
                && (theirs.Contains(c.FromNumber) || theirs.Contains(c.ToNumber))))).ToListAsync(cancellationToken);
        }

        if (calls.Exists(call => call.Status != CallStatus.Ended))
        {
            return new Refusal("This contact is in a call. Erase them when it is over.");
        }

        // The recordings first: while one is left the calls must say where it is.
        if (await DeleteRecordingsAsync(calls, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        await contexts.InTransactionAsync(
            async (db, transaction) =>
            {
                await EraseAsync(db, [.. calls.Select(call => call.Id)], cancellationToken);
                // Calls of others that were transferred to them.
                await db.Transfers.Where(t => theirs.Contains(t.ToNumber!) && t.EndedAt != null)
                    .ExecuteUpdateAsync(set => set.SetProperty(t => t.ToNumber, NoNumber), cancellationToken);
                await db.Favourites.Where(f => theirs.Contains(f.Number!)).ExecuteDeleteAsync(cancellationToken);
                // holds what the contact was before
                await db.ImportedContacts.Where(i => i.ContactId == contactId).ExecuteDeleteAsync(cancellationToken);
                await db.ContactMerges.Where(m => m.KeptId == contactId).ExecuteDeleteAsync(cancellationToken); // likewise
                await db.Contacts.Where(c => c.Id == contactId).ExecuteDeleteAsync(cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return true;
            },
            cancellationToken);
        await CleanAsync(cancellationToken);
        var erased = new ErasedRecords(calls.Count, calls.Count(call => call.RecordingSid is not null));
        await audit.WriteAsync(
            AuditAction.ContactErased, byAgentId, null, $"contact {contactId}, {erased.Calls} calls, {erased.Recordings} recordings",
            cancellationToken);
        return erased;
    }

    /// <summary>Erases what is older than it may be, but for contacts under legal hold.</summary>
    internal async Task<ErasedRecords> ApplyAsync(RetentionOptions retention, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var (calls, recordings) = (0, 0);
        if (retention.RecordingDays > 0)
        {
            var before = now.AddDays(-retention.RecordingDays);
            recordings += await ForOldAsync(
                db => db.Calls.Where(c => c.CreatedAt < before && c.RecordingSid != null), erase: false, cancellationToken);
        }

        if (retention.CallDays > 0)
        {
            var before = now.AddDays(-retention.CallDays);
            calls += await ForOldAsync(
                db => db.Calls.Where(c => c.CreatedAt < before && c.ErasedAt == null), erase: true, cancellationToken);
        }

        if (calls + recordings > 0)
        {
            await CleanAsync(cancellationToken);
            await audit.WriteAsync(AuditAction.RetentionApplied, null, null, $"{calls} calls, {recordings} recordings", cancellationToken);
        }

        return new ErasedRecords(calls, recordings);
    }

    private static IQueryable<ErasableCall> Erasable(IQueryable<Call> calls) =>
        calls.Select(c => new ErasableCall(c.Id, c.Status, c.RecordingSid));

    private async Task<int> ForOldAsync(Func<CrmDbContext, IQueryable<Call>> which, bool erase, CancellationToken cancellationToken)
    {
        var done = 0;
        for (var after = 0L; ;)
        {
            List<ErasableCall> piece;
            await using (var db = await contexts.CreateDbContextAsync(cancellationToken))
            {
                // A call that is nobody's may be theirs, when others have the number too.
                var exact = db.ExactCollation;
                var held = db.ContactNumbers.Where(n => n.Contact!.LegalHoldSince != null)
                    .Select(n => EF.Functions.Collate(n.Number, exact));
                piece = await Erasable(which(db).Where(c => c.Id > after && c.Status == CallStatus.Ended
                    && (c.ContactId == null
                    ? !held.Contains(c.FromNumber) && !held.Contains(c.ToNumber)
                    : c.Contact!.LegalHoldSince == null)).OrderBy(c => c.Id).Take(Piece)).ToListAsync(cancellationToken);
            }

            if (piece.Count == 0)
            {
                return done;
            }

            after = piece[^1].Id;
            if (await DeleteRecordingsAsync(piece, cancellationToken) is not null)
            {
                return done; // the carrier is away: the next day's round goes on from here
            }

            var ids = piece.Select(call => call.Id).ToList();
            await contexts.InTransactionAsync(
                async (db, transaction) =>
                {
                    await (erase
                        ? EraseAsync(db, ids, cancellationToken)
                        : db.Calls.Where(c => ids.Contains(c.Id)).ExecuteUpdateAsync(
                            set => set.SetProperty(c => c.RecordingSid, (string?)null).SetProperty(c => c.RecordingUrl, (string?)null)
                                .SetProperty(c => c.Version, c => c.Version + 1), cancellationToken));
                    await transaction.CommitAsync(cancellationToken);
                    return true;
                },
                cancellationToken);
            done += piece.Count;
        }
    }

    private async Task<Refusal?> DeleteRecordingsAsync(IEnumerable<ErasableCall> calls, CancellationToken cancellationToken)
    {
        foreach (var call in calls.Where(call => call.RecordingSid is not null))
        {
            try
            {
                await telephony.DeleteRecordingAsync(call.RecordingSid!, cancellationToken);
            }
            catch (TelephonyException ex)
            {
                logger.LogWarning(ex, "The recording of call {CallId} could not be deleted at the carrier", call.Id);
                return new Refusal(
                    $"A recording could not be deleted at the carrier, so nothing was erased here: {ex.Message} Try again.");
            }
        }

        return null;
    }

    private async Task EraseAsync(CrmDbContext db, IReadOnlyCollection<long> ids, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        foreach (var piece in ids.Chunk(Piece))
        {
            await db.Calls.Where(c => piece.Contains(c.Id)).ExecuteUpdateAsync(
                set => set.SetProperty(c => c.FromNumber, c => c.Direction == CallDirection.Inbound ? NoNumber : c.FromNumber)
                    .SetProperty(c => c.ToNumber, c => c.Direction == CallDirection.Outbound ? NoNumber : c.ToNumber)
                    .SetProperty(c => c.CallerName, (string?)null).SetProperty(c => c.Notes, (string?)null)
                    .SetProperty(c => c.ContactId, (long?)null)
                    .SetProperty(c => c.RecordingSid, (string?)null).SetProperty(c => c.RecordingUrl, (string?)null)
                    .SetProperty(c => c.ErasedAt, now).SetProperty(c => c.Version, c => c.Version + 1), cancellationToken);
            // What the carrier said, which may hold a number.
            await db.Events.Where(e => e.CallId != null && piece.Contains(e.CallId.Value)).ExecuteUpdateAsync(
                set => set.SetProperty(e => e.Detail, (string?)null), cancellationToken);
            await db.Transfers.Where(t => piece.Contains(t.CallId))
                .ExecuteUpdateAsync(
                    set => set.SetProperty(t => t.Note, (string?)null)
                        .SetProperty(t => t.ToNumber, t => t.ToNumber == null ? null : NoNumber), cancellationToken);
            if (db.HasSearchTerms)
            {
                await db.Set<CallTerm>().Where(term => piece.Contains(term.CallId)).ExecuteDeleteAsync(cancellationToken);
            }
        }
    }

    /// <summary>Reaches what a database keeps of rows that are gone: the segments of the search index, and the log of writes.</summary>
    private async Task CleanAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (db is SqliteCrmDbContext)
        {
            // What is freed is written over by each connection (secure_delete); the index frees its old words when its segments are
            // merged.
            await db.Database.ExecuteSqlRawAsync("INSERT INTO call_search(call_search) VALUES('optimize');", cancellationToken);
            await db.Database.ExecuteSqlRawAsync("INSERT INTO contact_search(contact_search) VALUES('optimize');", cancellationToken);
            await db.Database.ExecuteSqlRawAsync(
                "INSERT INTO contact_number_search(contact_number_search) VALUES('optimize');", cancellationToken);
            await db.Database.ExecuteSqlRawAsync("PRAGMA wal_checkpoint(TRUNCATE);", cancellationToken);
        }
    }

    private sealed record ErasableCall(long Id, CallStatus Status, string? RecordingSid);
}
