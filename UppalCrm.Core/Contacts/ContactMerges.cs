using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Contacts;

/// <summary>Makes one contact of two, and two again of one that was merged.</summary>
public sealed class ContactMerges(
    IDbContextFactory<CrmDbContext> contexts, ContactBook book, FloorRights rights, AuditLog audit, TimeProvider time)
{
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
                var found = await db.Contacts.Include(c => c.Numbers).Where(c => c.Id == keptId || c.Id == goneId)
                    .ToListAsync(cancellationToken);
                if (found.Find(c => c.Id == keptId) is not { } kept || found.Find(c => c.Id == goneId) is not { } gone)
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
                var both = before with
                {
                    Company = before.Company ?? other.Company, Notes = notes, Numbers = [.. before.Numbers, .. other.Numbers],
                    MoreEmails = [.. before.MoreEmails, .. new[] { other.Email }.OfType<string>(), .. other.MoreEmails],
                    Tags = [.. before.Tags, .. other.Tags],
                    Fields = before.Fields.Concat(other.Fields.Where(pair => !before.Fields.ContainsKey(pair.Key))).ToDictionary(),
                };
                both.Tidy().ApplyTo(kept, time.GetUtcNow());
                kept.CompanyId ??= gone.CompanyId;
                kept.LegalHoldSince ??= gone.LegalHoldSince;
                db.Contacts.Remove(gone); // with its numbers
                try
                {
                    // The calls first: deleting a contact would leave them with none.
                    await db.Calls.Where(c => c.ContactId == goneId).ExecuteUpdateAsync(
                        set => set.SetProperty(c => c.ContactId, keptId)
                            .SetProperty(c => c.Version, c => c.Version + 1), cancellationToken);
                    // Those who were merged into the other belong to this one now, and are erased with it.
                    await db.ContactMerges.Where(m => m.KeptId == goneId)
                        .ExecuteUpdateAsync(set => set.SetProperty(m => m.KeptId, keptId), cancellationToken);
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
        return new ContactAnswer(await book.FindAsync(keptId, cancellationToken), null);
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
    /// <exception cref="NotAllowedException">This person supervises nobody.</exception>
    public async Task<ContactAnswer> SeparateAsync(long mergeId, int agentId, CancellationToken cancellationToken)
    {
        await rights.EnsureAsync(agentId, Right.DeleteContacts, cancellationToken);
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
                Without(ContactDraft.Of(kept), before, other).Tidy().ApplyTo(kept, now);
                var back = other.ToContact(now);
                back.LegalHoldSince = kept.LegalHoldSince; // whoever it was set for, nothing of it may be erased
                var companies = await CompanyBook.EnsureAsync(db, [back.Company, kept.Company], cancellationToken);
                CompanyBook.Join(back, companies);
                CompanyBook.Join(kept, companies);
                db.Contacts.Add(back);
                // What it took to undo it would outlive an erasure of either.
                (merge.UndoneAt, merge.GoneName, merge.Kept, merge.Gone) = (now, "", "{}", "{}");
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
}
