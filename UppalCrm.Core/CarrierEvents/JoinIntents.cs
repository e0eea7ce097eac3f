using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace UppalCrm.Core.CarrierEvents;

/// <summary>
/// The server expects a leg: it was told to a session that a softphone of its person may join this call in this role, once.
/// </summary>
public sealed class JoinIntent
{
    public long Id { get; set; }
    public long CallId { get; set; }
    public int AgentId { get; set; }
    public LegRole Role { get; set; }

    /// <summary>
    /// The session that it was issued to (<see cref="SignInSession.KeyHash"/>): when that has ended, the intent is of no use.
    /// </summary>
    public required string Session { get; set; }

    /// <summary>SHA-256 of what only that session was told.</summary>
    public required string SecretHash { get; set; }

    /// <summary>
    /// Our own page shows the secret when it connects. Other softphones send the conference and the role only, as ever: for them the
    /// identity that the carrier names counts, and that an intent waits.
    /// </summary>
    public bool NeedsSecret { get; set; }

    public DateTimeOffset ExpiresAt { get; set; }

    /// <summary>The leg that used it; null while it waits.</summary>
    public CallSid? Leg { get; set; }
}

/// <summary>
/// Issues and takes the intents without which no softphone joins a conference. What the carrier says of a leg's identity is believed,
/// and is not enough: a softphone chooses its own parameters.
/// </summary>
public sealed class JoinIntents(IDbContextFactory<CrmDbContext> contexts, SignInSessions sessions, TimeProvider time)
{
    /// <summary>How long a leg may take from the click to the carrier's question.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(1);

    /// <summary>Lets one leg of this person join.</summary>
    /// <param name="session">Of the session that asked (<see cref="SignInSession.KeyHash"/>).</param>
    /// <param name="needsSecret">Whether the softphone will show the secret.</param>
    /// <returns>The secret, for this session and nobody else.</returns>
    public async Task<string> IssueAsync(
        long callId, int agentId, LegRole role, string session, bool needsSecret, CancellationToken cancellationToken)
    {
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        db.JoinIntents.Add(new JoinIntent
        {
            CallId = callId, AgentId = agentId, Role = role, Session = session, SecretHash = SignInSessions.Hash(secret),
            NeedsSecret = needsSecret, ExpiresAt = time.GetUtcNow() + Life,
        });
        await db.SaveChangesAsync(cancellationToken);
        return secret;
    }

    /// <summary>Uses up an intent for this leg: by one conditional write, so that of two legs with the same words one is let in.</summary>
    /// <param name="secret">What the softphone showed; null for nothing.</param>
    /// <returns>Words why the leg may not join, without any number in them; null when it may. The same leg again gets the same
    /// answer.</returns>
    public async Task<string?> TakeAsync(
        CallSid leg, long callId, int agentId, LegRole role, string? secret, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var issued = await db.JoinIntents.AsNoTracking().Where(i => i.CallId == callId && i.AgentId == agentId && i.Role == role)
            .OrderByDescending(i => i.Id).ToListAsync(cancellationToken);
        if (issued.Exists(i => i.Leg == leg))
        {
            return null;
        }

        var now = time.GetUtcNow();
        var hash = secret is { Length: > 0 and <= 100 } ? SignInSessions.Hash(secret) : null;
        var waiting = issued.Where(i => i.Leg is null && i.ExpiresAt > now && (secret is null ? !i.NeedsSecret : i.SecretHash == hash))
            .ToList();
        foreach (var intent in waiting)
        {
            if (await sessions.IsOpenAsync(intent.Session, cancellationToken)
                && await db.JoinIntents.Where(i => i.Id == intent.Id && i.Leg == null)
                    .ExecuteUpdateAsync(set => set.SetProperty(i => i.Leg, leg), cancellationToken) == 1)
            {
                return null;
            }
        }

        // Comes again after its leg was lost; whether one is still in is asked with the call itself.
        if (secret is null && role == LegRole.Agent && issued.Find(i => i is { Leg: not null, NeedsSecret: false }) is { } former
            && await sessions.IsOpenAsync(former.Session, cancellationToken))
        {
            return null;
        }

        return waiting.Count > 0 ? "the session that was to join has ended" : "no session was told to join";
    }

    /// <returns>
    /// The session (<see cref="SignInSession.KeyHash"/>) in which this person is in the call or was last told to join it; null when none
    /// was told.
    /// </returns>
    /// <param name="leg">With which they are in it; null when they are not in it yet.</param>
    internal async Task<string?> FindSessionAsync(long callId, int agentId, CallSid? leg, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var issued = await db.JoinIntents.AsNoTracking().Where(i => i.CallId == callId && i.AgentId == agentId)
            .OrderByDescending(i => i.Id).Select(i => new { i.Leg, i.Session }).ToListAsync(cancellationToken);
        return (leg is null ? issued.FirstOrDefault() : issued.Find(i => i.Leg == leg) ?? issued.FirstOrDefault())?.Session;
    }

    /// <summary>Asks the database once for what the first leg will ask, and finds nothing: queries are compiled by it.</summary>
    internal async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        var nobody = new CallSid("");
        await TakeAsync(nobody, callId: 0, agentId: 0, LegRole.Agent, secret: null, cancellationToken);
        await sessions.IsOpenAsync("", cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.JoinIntents.Where(i => i.Id == 0 && i.Leg == null)
            .ExecuteUpdateAsync(set => set.SetProperty(i => i.Leg, nobody), cancellationToken);
    }

    /// <summary>Clears intents of days gone by.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var before = time.GetUtcNow() - Forgotten;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.JoinIntents.Where(i => i.ExpiresAt < before).ExecuteDeleteAsync(cancellationToken);
    }
}

internal sealed class JoinIntentMapping : IEntityTypeConfiguration<JoinIntent>
{
    public void Configure(EntityTypeBuilder<JoinIntent> intent)
    {
        intent.ToTable("join_intents");
        intent.Property(i => i.Session).HasMaxLength(64);
        intent.Property(i => i.SecretHash).HasMaxLength(64);
        intent.HasIndex(i => new { i.CallId, i.AgentId });
        intent.HasIndex(i => i.ExpiresAt);
    }
}
