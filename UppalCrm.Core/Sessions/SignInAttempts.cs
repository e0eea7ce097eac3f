using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Sessions;

/// <summary>Passwords tried for an account from one known browser, or from all strangers together, since the last right one.</summary>
public sealed class SignInAttempts
{
    /// <summary>
    /// SHA-256 of the normalized address: unknown accounts are counted as known ones are, so that the wait tells nothing.
    /// </summary>
    public required string Account { get; set; }

    /// <summary>The known browser; empty for strangers.</summary>
    public required string Device { get; set; }

    public int Count { get; set; }

    public DateTimeOffset LastAt { get; set; }

    public DateTimeOffset? DelayedUntil { get; set; }
}

/// <summary>A browser in which this person has signed in before.</summary>
public sealed class KnownDevice
{
    public int AgentId { get; set; }

    /// <summary>SHA-256 of the browser's own cookie.</summary>
    public required string Device { get; set; }

    public DateTimeOffset LastUsedAt { get; set; }
}

/// <summary>
/// Slows down guessing. Each try is counted by one conditional write before the password is looked at, so that a hundred at once
/// count as a hundred. Strangers delay strangers: a browser that the person has signed in with has a count of its own.
/// </summary>
public sealed class SignInThrottle(IDbContextFactory<CrmDbContext> contexts, TimeProvider time)
{
    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(1);

    /// <summary>Counts a try.</summary>
    /// <param name="account">The normalized address.</param>
    /// <param name="device">What the browser's own cookie says; null when it has none.</param>
    /// <param name="agentId">Whose address it is; null for nobody's.</param>
    /// <returns>The count's row when the password may be looked at; null while it is too early.</returns>
    public async Task<AttemptCount?> CountAsync(string account, string? device, int? agentId, CancellationToken cancellationToken)
    {
        var accountHash = Hash(account);
        var deviceHash = device is null ? "" : Hash(device);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (deviceHash.Length > 0
            && !(agentId is { } id && await db.KnownDevices.AnyAsync(d => d.AgentId == id && d.Device == deviceHash, cancellationToken)))
        {
            deviceHash = "";
        }

        while (true)
        {
            var now = time.GetUtcNow();
            var seen = await db.SignInAttempts.AsNoTracking()
                .FirstOrDefaultAsync(a => a.Account == accountHash && a.Device == deviceHash, cancellationToken);
            var count = seen is null || now - seen.LastAt > Forgotten ? 1 : seen.Count + 1;
            // A try that comes too early is counted and lengthens nothing: the next wait is that of the next password looked at.
            var until = seen?.DelayedUntil > now ? seen.DelayedUntil : SignInDelays.After(count) is { } delay ? now + delay
                : (DateTimeOffset?)null;
            if (seen is null)
            {
                db.SignInAttempts.Add(
                    new SignInAttempts { Account = accountHash, Device = deviceHash, Count = count, LastAt = now, DelayedUntil = until });
                try
                {
                    await db.SaveChangesAsync(cancellationToken);
                    return new AttemptCount(accountHash, deviceHash);
                }
                catch (DbUpdateException)
                {
                    db.ChangeTracker.Clear(); // another try was first; this one is counted after it
                    continue;
                }
            }

            if (await db.SignInAttempts.Where(a =>
                a.Account == accountHash && a.Device == deviceHash && a.Count == seen.Count && a.LastAt == seen.LastAt).ExecuteUpdateAsync(
                set => set.SetProperty(a => a.Count, count).SetProperty(a => a.LastAt, now)
                    .SetProperty(a => a.DelayedUntil, until), cancellationToken) == 1)
            {
                return seen.DelayedUntil > now ? null : new AttemptCount(accountHash, deviceHash);
            }
        }
    }

    /// <summary>The password was right: this browser starts from nothing, and is known from now on.</summary>
    /// <param name="count">Of the tries; null when none was counted.</param>
    public async Task ForgetAsync(AttemptCount? count, int agentId, string device, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var deviceHash = Hash(device);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (count is not null)
        {
            await ClearAsync(count, cancellationToken);
        }

        if (await db.KnownDevices.Where(d => d.AgentId == agentId && d.Device == deviceHash).ExecuteUpdateAsync(set =>
            set.SetProperty(d => d.LastUsedAt, now), cancellationToken) == 0)
        {
            db.KnownDevices.Add(new KnownDevice { AgentId = agentId, Device = deviceHash, LastUsedAt = now });
            try
            {
                await db.SaveChangesAsync(cancellationToken);
            }
            catch (DbUpdateException)
            {
                // The same browser signed in twice at once: it is known.
            }
        }
    }

    /// <summary>The password was right.</summary>
    public async Task ClearAsync(AttemptCount count, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.SignInAttempts.Where(a => a.Account == count.Account && a.Device == count.Device).ExecuteDeleteAsync(cancellationToken);
    }

    /// <returns>Whether this person has signed in with this browser before.</returns>
    public async Task<bool> IsKnownAsync(int agentId, string device, CancellationToken cancellationToken)
    {
        var deviceHash = Hash(device);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.KnownDevices.AnyAsync(d => d.AgentId == agentId && d.Device == deviceHash, cancellationToken);
    }

    /// <summary>Clears counts that have run out.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var before = time.GetUtcNow() - Forgotten;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.SignInAttempts.Where(a => a.LastAt < before).ExecuteDeleteAsync(cancellationToken);
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

/// <summary>Which count a try belongs to.</summary>
public sealed record AttemptCount(string Account, string Device);
