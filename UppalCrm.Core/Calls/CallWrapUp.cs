using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Calls;

/// <summary>What an agent writes down about a call, during it or later: notes, disposition, who the customer is.</summary>
public sealed class CallWrapUp(
    IDbContextFactory<CrmDbContext> contexts, CallStore store, NumberFormat numbers, AuditLog audit, TimeProvider time)
{
    /// <summary>Notes are saved while they are written: that is one writing on record.</summary>
    private static readonly TimeSpan OneWriting = TimeSpan.FromMinutes(15);

    private const int LongestNotes = 10_000;
    private const int LongestName = 120;

    private static readonly Refusal NotYours = new("This call is not yours.");
    private static readonly Refusal Held = new("The customer of this call is under legal hold: the call stays theirs.");

    /// <summary>Saves the notes. The last writer wins: the notes are one agent's, in one call.</summary>
    public async Task<Result> SaveNotesAsync(long callId, int agentId, string? notes, CancellationToken cancellationToken)
    {
        if (notes is { Length: > LongestNotes })
        {
            return new Refusal("Notes may be 10,000 characters long at most. Shorten them.");
        }

        var kept = CardNumbers.Mask(KeptText.Lines(notes));
        var isNew = false;
        var answer = await SetAsync(callId, agentId, c => isNew = c.Notes != kept, c => c.Notes = kept, cancellationToken);
        if (answer.IsDone && isNew)
        {
            await audit.WriteOnceAsync(AuditAction.NotesWritten, agentId, callId, null, OneWriting, cancellationToken);
        }

        return answer;
    }

    /// <summary>Sets what came of the call.</summary>
    /// <param name="disposition">A name from the administrator's list; null takes the choice back.</param>
    public async Task<Result> SetDispositionAsync(long callId, int agentId, string? disposition, CancellationToken cancellationToken)
    {
        if (disposition is not null)
        {
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            if (!await db.Dispositions.AnyAsync(d => d.Name == disposition, cancellationToken))
            {
                return new Refusal("This disposition is not on the list any more. Choose another.");
            }
        }

        var isNew = false;
        var answer = await SetAsync(
            callId, agentId, c => isNew = c.Disposition != disposition, c => c.Disposition = disposition, cancellationToken);
        if (answer.IsDone && isNew)
        {
            await audit.WriteAsync(AuditAction.DispositionSet, agentId, callId, disposition ?? "taken back", cancellationToken);
        }

        return answer;
    }

    /// <summary>Says which of several contacts this caller is.</summary>
    public async Task<Result> SetContactAsync(long callId, int agentId, long? contactId, CancellationToken cancellationToken)
    {
        if (contactId is not null)
        {
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            if (!await db.Contacts.AnyAsync(c => c.Id == contactId, cancellationToken))
            {
                return new Refusal("This contact does not exist any more.");
            }
        }

        if (await IsHeldAsync(callId, agentId, contactId, cancellationToken))
        {
            return Held;
        }

        var (isNew, before) = (false, (long?)null);
        var answer = await SetAsync(
            callId, agentId,
            c =>
            {
                before = c.ContactId;
                return isNew = before != contactId;
            },
            c => c.ContactId = contactId, cancellationToken);
        if (answer.IsDone && isNew)
        {
            await audit.WriteAsync(
                AuditAction.CallContactChosen, agentId, callId, $"{InWords(before)} → {InWords(contactId)}", cancellationToken);
        }

        return answer;

        static string InWords(long? contact) => contact is { } id ? $"contact {id}" : "none";
    }

    /// <summary>Makes a contact of the customer of this call, with the number they call from.</summary>
    /// <returns>The contact's id.</returns>
    public async Task<Result<long>> CreateContactAsync(long callId, int agentId, string name, CancellationToken cancellationToken)
    {
        name = KeptText.OneLine(name);
        if (name.Length is 0 or > LongestName)
        {
            return new Refusal("A contact needs a name of 1 to 120 characters.");
        }

        var call = await store.FindAsync(callId, cancellationToken);
        if (call is null || !IsOf(call, agentId))
        {
            return NotYours;
        }

        if (await IsHeldAsync(callId, agentId, contactId: null, cancellationToken))
        {
            return Held;
        }

        var customer = numbers.IdentityOf(call.OtherNumber);
        if (customer is not { Kind: CallerKind.Number, Address: var number })
        {
            return new Refusal(customer.Kind switch
            {
                CallerKind.OurLine => "This is one of our own lines: no contact can have it.",
                CallerKind.SipUser => $"{customer.User} called without a telephone number, so there is nothing to know them by next time.",
                _ => "The caller's number is withheld, so there is nothing to know them by next time.",
            });
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var (now, key) = (time.GetUtcNow(), NameOrder.KeyOf(name));
        // Pressed twice, or by two agents of the same caller: one contact of this name and number is enough.
        var contact = await db.Contacts
            .FirstOrDefaultAsync(c => c.SortName == key && c.Numbers.Any(n => n.Number == number), cancellationToken);
        if (contact is null)
        {
            var owned = new List<ContactNumber> { new() { Number = number } };
            contact = new Contact { Name = name, CreatedAt = now, UpdatedAt = now, Numbers = owned };
            db.Contacts.Add(contact);
            await db.SaveChangesAsync(cancellationToken);
            await audit.WriteAsync(AuditAction.ContactAdded, agentId, callId, $"contact {contact.Id}", cancellationToken);
        }

        var set = await SetContactAsync(callId, agentId, contact.Id, cancellationToken);
        return set.IsDone ? contact.Id : set.Refusal!;
    }

    /// <summary>Whether the call would be taken from a contact of whom nothing may be erased, and so be erased in time.</summary>
    private async Task<bool> IsHeldAsync(long callId, int agentId, long? contactId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Calls.AnyAsync(
            c => c.Id == callId && (c.AgentId == agentId || c.FollowUpAgentId == agentId) && c.ContactId != contactId
                && c.Contact!.LegalHoldSince != null, cancellationToken);
    }

    /// <summary>Whose call it is to write in: the agent who had it, or who follows it up.</summary>
    private static bool IsOf(Call call, int agentId) => call.AgentId == agentId || call.FollowUpAgentId == agentId;

    private async Task<Result> SetAsync(
        long callId, int agentId, Func<Call, bool> isNew, Action<Call> set, CancellationToken cancellationToken)
    {
        var change = await store.ChangeAsync(callId, c =>
        {
            if (!IsOf(c, agentId) || !isNew(c))
            {
                return false;
            }

            set(c);
            return true;
        }, cancellationToken);
        return change.After is { } call && IsOf(call, agentId) ? Result.Done : NotYours;
    }
}
