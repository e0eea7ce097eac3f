using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace UppalCrm.Core.People;

/// <summary>What a one-time link is for.</summary>
public enum LinkPurpose
{
    /// <summary>The first administrator of a new house.</summary>
    Setup,

    /// <summary>A person who was invited chooses a password.</summary>
    Invitation,

    /// <summary>A person who lost the password chooses another.</summary>
    PasswordReset,
}

/// <summary>A link that opens one page once, until it runs out.</summary>
public sealed class OneTimeLink
{
    public long Id { get; set; }
    public LinkPurpose Purpose { get; set; }

    /// <summary>SHA-256 of the link's code: a reader of the table cannot use it.</summary>
    public required string CodeHash { get; set; }

    /// <summary>Whom it is for; null for the first administrator, who does not exist yet.</summary>
    public int? AgentId { get; set; }

    public DateTimeOffset ExpiresAt { get; set; }
    public DateTimeOffset? UsedAt { get; set; }
}

internal sealed class OneTimeLinkMapping : IEntityTypeConfiguration<OneTimeLink>
{
    public void Configure(EntityTypeBuilder<OneTimeLink> link)
    {
        link.ToTable("one_time_links");
        link.Property(l => l.CodeHash).HasMaxLength(64);
        link.HasIndex(l => l.CodeHash).IsUnique();
        link.HasIndex(l => l.AgentId);
        link.HasOne<Agent>().WithMany().HasForeignKey(l => l.AgentId).OnDelete(DeleteBehavior.Cascade);
    }
}

/// <summary>Makes one-time links and takes them back.</summary>
public sealed class OneTimeLinks(IDbContextFactory<CrmDbContext> contexts, TimeProvider time)
{
    /// <summary>Makes a link; earlier ones of the same purpose for the same person end.</summary>
    /// <returns>Its code, which is kept nowhere.</returns>
    public async Task<string> MakeAsync(LinkPurpose purpose, int? agentId, TimeSpan life, CancellationToken cancellationToken)
    {
        var code = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.OneTimeLinks.Where(l => l.Purpose == purpose && l.AgentId == agentId && l.UsedAt == null).ExecuteUpdateAsync(
            set => set.SetProperty(l => l.UsedAt, now), cancellationToken);
        db.OneTimeLinks.Add(new OneTimeLink { Purpose = purpose, AgentId = agentId, CodeHash = Hash(code), ExpiresAt = now + life });
        await db.SaveChangesAsync(cancellationToken);
        return code;
    }

    /// <returns>The link, while it can still be used; else null.</returns>
    public async Task<OneTimeLink?> FindAsync(LinkPurpose purpose, string? code, CancellationToken cancellationToken)
    {
        if (code is not { Length: > 0 and <= 100 })
        {
            return null;
        }

        var hash = Hash(code);
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.OneTimeLinks.AsNoTracking()
            .FirstOrDefaultAsync(
                l => l.CodeHash == hash && l.Purpose == purpose && l.UsedAt == null && l.ExpiresAt > now, cancellationToken);
    }

    /// <summary>Uses the link up: one conditional write, so that of two people with one link one gets in.</summary>
    public async Task<bool> TryUseAsync(OneTimeLink link, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.OneTimeLinks.Where(l => l.Id == link.Id && l.UsedAt == null && l.ExpiresAt > now)
            .ExecuteUpdateAsync(set => set.SetProperty(l => l.UsedAt, now), cancellationToken) == 1;
    }

    /// <summary>Ends every link of this person.</summary>
    public async Task EndAsync(int agentId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.OneTimeLinks.Where(l => l.AgentId == agentId && l.UsedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(l => l.UsedAt, now), cancellationToken);
    }

    private static string Hash(string code) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(code)));
}
