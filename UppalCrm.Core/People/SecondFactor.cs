using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace UppalCrm.Core.People;

/// <summary>A person's authenticator app and recovery codes.</summary>
public sealed class SecondFactor
{
    public int AgentId { get; set; }

    /// <summary>The shared secret, encrypted: the key to it is not in the database.</summary>
    public required string ProtectedSecret { get; set; }

    /// <summary>When the person first showed a right code; until then it is not asked for.</summary>
    public DateTimeOffset? ConfirmedAt { get; set; }

    /// <summary>The 30 s step of the last code that was accepted: none is accepted twice.</summary>
    public long LastStep { get; set; }
}

/// <summary>A code for the day on which the phone is lost. Used once.</summary>
public sealed class RecoveryCode
{
    public int AgentId { get; set; }
    public required string CodeHash { get; set; }
}

internal sealed class SecondFactorMapping : IEntityTypeConfiguration<SecondFactor>
{
    public void Configure(EntityTypeBuilder<SecondFactor> factor)
    {
        factor.ToTable("second_factors");
        factor.HasKey(f => f.AgentId);
        factor.Property(f => f.AgentId).ValueGeneratedNever();
        factor.Property(f => f.ProtectedSecret).HasMaxLength(500);
        factor.HasOne<Agent>().WithMany().HasForeignKey(f => f.AgentId).OnDelete(DeleteBehavior.Cascade);
    }
}

internal sealed class RecoveryCodeMapping : IEntityTypeConfiguration<RecoveryCode>
{
    public void Configure(EntityTypeBuilder<RecoveryCode> code)
    {
        code.ToTable("recovery_codes");
        code.HasKey(c => new { c.AgentId, c.CodeHash });
        code.Property(c => c.CodeHash).HasMaxLength(64);
        code.HasOne<Agent>().WithMany().HasForeignKey(c => c.AgentId).OnDelete(DeleteBehavior.Cascade);
    }
}

/// <summary>Time-based one-time codes (RFC 6238): SHA-1, six digits, 30 s, as every authenticator app reads them.</summary>
public static class TimeCode
{
    public static long StepAt(DateTimeOffset at) => at.ToUnixTimeSeconds() / 30;

    public static string Of(byte[] secret, long step)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        Span<byte> hash = stackalloc byte[20];
// RFC 6238 with SHA-1: authenticator apps know no other. HMAC does not rest on SHA-1's collision resistance.
#pragma warning disable CA5350
        HMACSHA1.HashData(secret, counter, hash);
#pragma warning restore CA5350
        var offset = hash[^1] & 0xf;
        return ((BinaryPrimitives.ReadInt32BigEndian(hash[offset..]) & 0x7fffffff) % 1_000_000).ToString("D6");
    }

    /// <summary>RFC 4648 without padding: what a person types when the picture cannot be read.</summary>
    public static string Base32(byte[] bytes)
    {
        const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        var text = new StringBuilder();
        int bits = 0, value = 0;
        foreach (var b in bytes)
        {
            value = (value << 8) | b;
            bits += 8;
            while (bits >= 5)
            {
                bits -= 5;
                text.Append(Letters[(value >> bits) & 31]);
            }
        }

        if (bits > 0)
        {
            text.Append(Letters[(value << (5 - bits)) & 31]);
        }

        return text.ToString();
    }
}

/// <summary>Encrypts a secret for the database; the key lies elsewhere.</summary>
public interface ISecretProtector
{
    string Protect(byte[] secret);

    /// <exception cref="CryptographicException">It was encrypted by a key that is not here.</exception>
    byte[] Unprotect(string text);
}

/// <summary>What a person's authenticator app is given.</summary>
/// <param name="Key">To type by hand.</param>
/// <param name="Uri">For the QR code.</param>
public sealed record AuthenticatorSecret(string Key, string Uri);

/// <summary>The second factor: set up, asked for, taken away.</summary>
public sealed class SecondFactors(IDbContextFactory<CrmDbContext> contexts, ISecretProtector protector, AuditLog audit, TimeProvider time)
{
    private const int RecoveryCodes = 10;
    private static readonly TimeSpan RepeatedConfirmation = TimeSpan.FromMinutes(2);

    /// <summary>Whether this person is asked for a code at sign-in.</summary>
    public async Task<bool> IsOnAsync(int agentId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.SecondFactors.AnyAsync(f => f.AgentId == agentId && f.ConfirmedAt != null, cancellationToken);
    }

    /// <summary>Whether one of this person's roles demands a second factor.</summary>
    public async Task<bool> IsDemandedAsync(int agentId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.UserRoles.AnyAsync(
            held => held.UserId == agentId
                && db.RoleClaims.Any(c => c.RoleId == held.RoleId && c.ClaimType == SecondFactorDemand.ClaimType), cancellationToken);
    }

    /// <summary>A new secret, which replaces one that was never confirmed.</summary>
    /// <param name="account">How the app names it: the person's e-mail.</param>
    /// <returns>Null when the person has a confirmed one already.</returns>
    public async Task<AuthenticatorSecret?> BeginAsync(int agentId, string account, CancellationToken cancellationToken)
    {
        var secret = RandomNumberGenerator.GetBytes(20);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var factor = await db.SecondFactors.FirstOrDefaultAsync(f => f.AgentId == agentId, cancellationToken);
        if (factor?.ConfirmedAt is not null)
        {
            return null;
        }

        if (factor is null)
        {
            db.SecondFactors.Add(new SecondFactor { AgentId = agentId, ProtectedSecret = protector.Protect(secret) });
        }
        else
        {
            factor.ProtectedSecret = protector.Protect(secret);
        }

        await db.SaveChangesAsync(cancellationToken);
        return Describe(secret, account);
    }

    /// <summary>The secret that waits to be confirmed, for showing it once more.</summary>
    public async Task<AuthenticatorSecret?> FindPendingAsync(int agentId, string account, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var factor = await db.SecondFactors.AsNoTracking()
            .FirstOrDefaultAsync(f => f.AgentId == agentId && f.ConfirmedAt == null, cancellationToken);
        return factor is null ? null : Describe(protector.Unprotect(factor.ProtectedSecret), account);
    }

    /// <summary>
    /// The person shows that the app works: from now on it is asked for. The same code a second time, as a button pressed twice sends it,
    /// gives recovery codes again for two minutes: those of the first answer may never have been seen.
    /// </summary>
    /// <returns>The recovery codes, shown this once; null when the code is wrong.</returns>
    public async Task<IReadOnlyList<string>?> ConfirmAsync(int agentId, string code, CancellationToken cancellationToken)
    {
        if (!await TryStepAsync(agentId, code, confirming: true, cancellationToken))
        {
            return await ConfirmedJustNowByAsync(agentId, code, cancellationToken)
                ? await MakeRecoveryCodesAsync(agentId, cancellationToken)
                : null;
        }

        var codes = await MakeRecoveryCodesAsync(agentId, cancellationToken);
        await audit.WriteAsync(AuditAction.SecondFactorOn, agentId, null, null, cancellationToken);
        return codes;
    }

    /// <summary>Whether the code is right: of the app, or one of the recovery codes, which is gone afterwards.</summary>
    public async Task<bool> CheckAsync(int agentId, string? code, CancellationToken cancellationToken)
    {
        var typed = string.Concat((code ?? "").Where(c => !char.IsWhiteSpace(c) && c != '-')).ToLowerInvariant();
        if (typed.Length == 6)
        {
            return await TryStepAsync(agentId, typed, confirming: false, cancellationToken);
        }

        var hash = Hash(typed);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await db.RecoveryCodes.Where(c => c.AgentId == agentId && c.CodeHash == hash).ExecuteDeleteAsync(cancellationToken) == 0)
        {
            return false;
        }

        await audit.WriteAsync(
            AuditAction.RecoveryCodeUsed, agentId, null,
            $"{await db.RecoveryCodes.CountAsync(c => c.AgentId == agentId, cancellationToken)} left", cancellationToken);
        return true;
    }

    /// <summary>New recovery codes; those of before are void.</summary>
    public async Task<IReadOnlyList<string>> NewRecoveryCodesAsync(int agentId, CancellationToken cancellationToken)
    {
        var codes = await MakeRecoveryCodesAsync(agentId, cancellationToken);
        await audit.WriteAsync(AuditAction.RecoveryCodesMade, agentId, null, null, cancellationToken);
        return codes;
    }

    private async Task<IReadOnlyList<string>> MakeRecoveryCodesAsync(int agentId, CancellationToken cancellationToken)
    {
        var codes = Enumerable.Range(0, RecoveryCodes).Select(_ => RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", 12))
            .ToList();
        await contexts.InTransactionAsync(
            async (db, transaction) =>
            {
                await db.RecoveryCodes.Where(c => c.AgentId == agentId).ExecuteDeleteAsync(cancellationToken);
                db.RecoveryCodes.AddRange(codes.Select(code => new RecoveryCode { AgentId = agentId, CodeHash = Hash(code) }));
                await db.SaveChangesAsync(cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return codes.Count;
            },
            cancellationToken);
        return [.. codes.Select(code => $"{code[..4]}-{code[4..8]}-{code[8..]}")];
    }

    /// <summary>The person is not asked for a code any more.</summary>
    /// <param name="byAgentId">Who took it away: the person, or an administrator.</param>
    public async Task RemoveAsync(int agentId, int byAgentId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.RecoveryCodes.Where(c => c.AgentId == agentId).ExecuteDeleteAsync(cancellationToken);
        if (await db.SecondFactors.Where(f => f.AgentId == agentId).ExecuteDeleteAsync(cancellationToken) > 0)
        {
            await audit.WriteAsync(AuditAction.SecondFactorOff, byAgentId, null, $"of agent {agentId}", cancellationToken);
        }
    }

    private async Task<bool> ConfirmedJustNowByAsync(int agentId, string code, CancellationToken cancellationToken)
    {
        var since = time.GetUtcNow() - RepeatedConfirmation;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var factor = await db.SecondFactors.AsNoTracking().FirstOrDefaultAsync(f => f.AgentId == agentId, cancellationToken);
        return factor?.ConfirmedAt >= since
            && CryptographicOperations.FixedTimeEquals(
                Encoding.ASCII.GetBytes(TimeCode.Of(protector.Unprotect(factor.ProtectedSecret), factor.LastStep)),
                Encoding.ASCII.GetBytes(code.Trim()));
    }

    private async Task<bool> TryStepAsync(int agentId, string code, bool confirming, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var factor = await db.SecondFactors.AsNoTracking()
            .FirstOrDefaultAsync(f => f.AgentId == agentId && (f.ConfirmedAt == null) == confirming, cancellationToken);
        if (factor is null)
        {
            return false;
        }

        var secret = protector.Unprotect(factor.ProtectedSecret);
        var typed = Encoding.ASCII.GetBytes(code.Trim());
        // The clocks of phones differ: the step before and the one after are right too.
        for (var step = TimeCode.StepAt(now) - 1; step <= TimeCode.StepAt(now) + 1; step++)
        {
            if (CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(TimeCode.Of(secret, step)), typed))
            {
                // One conditional write: a code that somebody looked over the shoulder for is good once.
                return await db.SecondFactors.Where(f => f.AgentId == agentId && f.LastStep < step
                    && (f.ConfirmedAt == null) == confirming).ExecuteUpdateAsync(
                    set => set.SetProperty(f => f.LastStep, step)
                        .SetProperty(f => f.ConfirmedAt, f => f.ConfirmedAt ?? now), cancellationToken) == 1;
            }
        }

        return false;
    }

    private static AuthenticatorSecret Describe(byte[] secret, string account)
    {
        var key = TimeCode.Base32(secret);
        return new AuthenticatorSecret(
            string.Join(' ', key.Chunk(4).Select(four => new string(four))),
            $"otpauth://totp/UppalCRM:{Uri.EscapeDataString(account)}?secret={key}&issuer=UppalCRM");
    }

    private static string Hash(string code) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(code)));
}

/// <summary>A role demands a second factor by a claim of the role.</summary>
public static class SecondFactorDemand
{
    public const string ClaimType = "second-factor";
}
