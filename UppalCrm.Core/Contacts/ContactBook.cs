using Microsoft.EntityFrameworkCore;
using UppalCrm.Core.Data;

namespace UppalCrm.Core.Contacts;

/// <summary>Whom we know, and who calls from which number.</summary>
public sealed class ContactBook(IDbContextFactory<CrmDbContext> contexts)
{
    /// <summary>The contact to show for a caller: of several with the same number, the one last changed.</summary>
    /// <param name="number">Whatever the carrier said; anything but E.164 matches nobody.</param>
    public async Task<Contact?> MatchAsync(string number, CancellationToken cancellationToken)
    {
        if (!PhoneNumber.TryParse(number, out var e164))
        {
            return null;
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.ContactNumbers.AsNoTracking().Where(n => n.Number == e164.Value).Select(n => n.Contact!)
            .OrderByDescending(c => c.UpdatedAt).ThenByDescending(c => c.Id).FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>All contacts with this number, the one last changed first.</summary>
    public async Task<IReadOnlyList<Contact>> MatchAllAsync(string number, CancellationToken cancellationToken)
    {
        if (!PhoneNumber.TryParse(number, out var e164))
        {
            return [];
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Contacts.AsNoTracking().Include(c => c.Numbers).Where(c => c.Numbers.Any(n => n.Number == e164.Value))
            .OrderByDescending(c => c.UpdatedAt).ThenByDescending(c => c.Id).Take(20).ToListAsync(cancellationToken);
    }
}
