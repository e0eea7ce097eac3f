using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace UppalCrm.Core.Sessions;

/// <summary>What a session row says to its owner and to an administrator.</summary>
public sealed record SessionInfo(long Id, string Device, string Address, DateTimeOffset StartedAt, DateTimeOffset LastSeenAt);

/// <summary>
/// Who is signed in where. Every door asks <see cref="FindAsync"/>, which remembers an answer for a second; what is open already is
/// told by <see cref="Subscribe"/>: at once on the node that ended the session, within a second on the others.
/// </summary>
public sealed class SignInSessions(IDbContextFactory<CrmDbContext> contexts, TimeProvider time, ILogger<SignInSessions> logger)
{
    /// <summary>A session without any use ends after this.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromHours(10);

    /// <summary>The longest session, however busy.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    /// <summary>How long a person counts as themselves after the password or a code; downloads, settings and people ask for it.</summary>
    public static readonly TimeSpan ProofLasts = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(1);

    /// <summary>How long a look for sessions that have ended speaks for all the others; one is taken every second.</summary>
    private static readonly TimeSpan LookHolds = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan RememberedByLooks = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    // Asked with nearly everything that a person does, so it is compiled once.
    private static readonly PerModel<
        Func<CrmDbContext, string, DateTimeOffset, DateTimeOffset, CancellationToken, Task<SignInSession?>>> Open =
        new(() => EF.CompileAsyncQuery(
            (CrmDbContext db, string hash, DateTimeOffset startedAfter, DateTimeOffset seenAfter, CancellationToken cancellationToken) =>
                db.SignInSessions.AsNoTracking()
                    .Where(s => s.KeyHash == hash && s.EndedAt == null && s.StartedAt > startedAfter && s.LastSeenAt > seenAfter)
                    .FirstOrDefault(s => db.Agents.Any(a => a.Id == s.AgentId && a.SecurityStamp == s.Stamp && a.DeactivatedAt == null))));

    private readonly ConcurrentDictionary<string, Answer> _answers = new(StringComparer.Ordinal);
    private ImmutableArray<Action<string>> _listeners = [];
    private long _lookedAt = long.MinValue;

    /// <summary>Begins a session.</summary>
    /// <returns>Its key, for the cookie and nothing else.</returns>
    public async Task<string> StartAsync(
        int agentId, string stamp, string device, string address, bool mustSetUpSecondFactor, CancellationToken cancellationToken)
    {
        var key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        db.SignInSessions.Add(new SignInSession
        {
            AgentId = agentId,
            KeyHash = Hash(key),
            Stamp = stamp,
            Device = Cut(device, 80),
            Address = Cut(address, 45),
            StartedAt = now,
            LastSeenAt = now,
            ProvenAt = now,
            MustSetUpSecondFactor = mustSetUpSecondFactor,
        });
        await db.SaveChangesAsync(cancellationToken);
        return key;
    }

    /// <returns>The session's row as of at most a second ago; null when it has ended, or its person may not be signed in any
    /// more.</returns>
    public async Task<SignInSession?> FindAsync(string key, CancellationToken cancellationToken)
    {
        var hash = Hash(key);
        if (_answers.TryGetValue(hash, out var known) && time.GetElapsedTime(known.At) < Remembered)
        {
            return known.Session;
        }

        var asked = time.GetTimestamp();
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var session = await Open.For(db)(db, hash, now - Longest, now - Idle, cancellationToken);
        if (session is not null && now - session.LastSeenAt > Minute)
        {
            await db.SignInSessions.Where(s => s.Id == session.Id && s.EndedAt == null)
                .ExecuteUpdateAsync(set => set.SetProperty(s => s.LastSeenAt, now), cancellationToken);
        }

        // One that was told of while the database was asked has ended, whatever was read.
        var answer = new Answer(session, asked);
        _answers.AddOrUpdate(hash, answer, (_, before) => before.Session is null && before.At >= asked ? before : answer);
        return session;
    }

    /// <summary>
    /// The same for what a person does on a connection that is open: a thousand who press a button at once are no thousand questions.
    /// Asks the database only when it is half a minute since, or when sessions that ended could not be looked for.
    /// </summary>
    /// <returns>As <see cref="FindAsync"/>; when the person proved themselves last may be half a minute old.</returns>
    public ValueTask<SignInSession?> FindOfOpenAsync(string key, CancellationToken cancellationToken)
    {
        var looked = Interlocked.Read(ref _lookedAt);
        return looked != long.MinValue && time.GetElapsedTime(looked) < LookHolds
            && _answers.TryGetValue(Hash(key), out var known) && known.Session is { MustSetUpSecondFactor: false }
            && time.GetElapsedTime(known.At) < RememberedByLooks
            ? new(known.Session)
            : new(FindAsync(key, cancellationToken));
    }

    /// <param name="hash">As <see cref="Hash"/> gives it.</param>
    /// <returns>Whether the session goes on, by the database and nothing remembered.</returns>
    internal async Task<bool> IsOpenAsync(string hash, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var now = time.GetUtcNow();
        return await Open.For(db)(db, hash, now - Longest, now - Idle, cancellationToken) is not null;
    }

    /// <summary>The person's open sessions, the latest first.</summary>
    public async Task<IReadOnlyList<SessionInfo>> GetOpenAsync(int agentId, CancellationToken cancellationToken)
    {
        var startedAfter = time.GetUtcNow() - Longest;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.SignInSessions.Where(s => s.AgentId == agentId && s.EndedAt == null && s.StartedAt > startedAfter)
            .OrderByDescending(s => s.StartedAt)
            .Select(s => new SessionInfo(s.Id, s.Device, s.Address, s.StartedAt, s.LastSeenAt)).ToListAsync(cancellationToken);
    }

    /// <returns>What this open session of this person is known by inside (<see cref="Hash"/>); null when it has ended.</returns>
    internal async Task<string?> FindHashAsync(int agentId, long id, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.SignInSessions.Where(s => s.Id == id && s.AgentId == agentId && s.EndedAt == null).Select(s => s.KeyHash)
            .FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>The person has just proven once more who they are.</summary>
    public async Task ProveAsync(long id, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.SignInSessions.Where(s => s.Id == id && s.EndedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.ProvenAt, now), cancellationToken);
        _answers.Clear();
    }

    /// <returns>Whether the session of this key goes on, and its person has proven lately who they are.</returns>
    public async Task<bool> IsProvenAsync(string? key, CancellationToken cancellationToken) =>
        key is not null && await FindAsync(key, cancellationToken) is { } session && IsProven(session);

    /// <returns>Whether the person of this session has proven lately who they are.</returns>
    public bool IsProven(SignInSession session) => time.GetUtcNow() - session.ProvenAt <= ProofLasts;

    /// <summary>The person has set up the second factor that was missing.</summary>
    public async Task ReleaseAsync(long id, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.SignInSessions.Where(s => s.Id == id && s.EndedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.MustSetUpSecondFactor, false), cancellationToken);
        _answers.Clear();
    }

    /// <summary>Gives the person another password. Every session but this one ends.</summary>
    /// <param name="passwordHash">Of the new password.</param>
    /// <param name="keep">The session in which it was changed; null when it was by a link.</param>
    public async Task ChangePasswordAsync(int agentId, string passwordHash, long? keep, CancellationToken cancellationToken)
    {
        var stamp = Guid.NewGuid().ToString("N");
        // Together: a session whose stamp is not its person's is over.
        await contexts.InTransactionAsync(
            async (db, transaction) =>
            {
                await db.Agents.Where(a => a.Id == agentId).ExecuteUpdateAsync(
                    set => set.SetProperty(a => a.PasswordHash, passwordHash).SetProperty(a => a.SecurityStamp, stamp), cancellationToken);
                await db.SignInSessions.Where(s => s.Id == keep && s.AgentId == agentId && s.EndedAt == null)
                    .ExecuteUpdateAsync(set => set.SetProperty(s => s.Stamp, stamp), cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return true;
            },
            cancellationToken);

        _answers.Clear();
        await EndAllAsync(agentId, "the password was changed", keep, cancellationToken);
    }

    /// <summary>Ends the session with this key.</summary>
    public Task EndAsync(string key, string reason, CancellationToken cancellationToken)
    {
        var hash = Hash(key);
        return EndAsync(sessions => sessions.Where(s => s.KeyHash == hash), reason, cancellationToken);
    }

    /// <summary>Ends this session of this person.</summary>
    public Task EndAsync(int agentId, long id, string reason, CancellationToken cancellationToken) =>
        EndAsync(sessions => sessions.Where(s => s.Id == id && s.AgentId == agentId), reason, cancellationToken);

    /// <summary>Ends every session of this person.</summary>
    /// <param name="except">One that goes on, by id.</param>
    public Task EndAllAsync(int agentId, string reason, long? except, CancellationToken cancellationToken) =>
        EndAsync(sessions => sessions.Where(s => s.AgentId == agentId && s.Id != except), reason, cancellationToken);

    /// <summary>
    /// Calls this with the hash of each session that ends (<see cref="Hash"/>), on any node. Must only note it and return.
    /// </summary>
    public IDisposable Subscribe(Action<string> listener)
    {
        ImmutableInterlocked.Update(ref _listeners, list => list.Add(listener));
        return new Subscription(() => ImmutableInterlocked.Update(ref _listeners, list => list.Remove(listener)));
    }

    /// <summary>What a session is known by inside: never its key.</summary>
    public static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>
    /// Looks for sessions that ended elsewhere, that ran out, or whose person may not be signed in any more, and tells of them.
    /// </summary>
    /// <param name="since">Told again from here on: the clocks of nodes differ.</param>
    public async Task LookAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        var (now, looking) = (time.GetUtcNow(), time.GetTimestamp());
        var startedAfter = now - Longest;
        var seenAfter = now - Idle;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var over = await db.SignInSessions
            .Where(s => s.EndedAt == null && (s.StartedAt <= startedAfter || s.LastSeenAt <= seenAfter
                || !db.Agents.Any(a => a.Id == s.AgentId && a.SecurityStamp == s.Stamp && a.DeactivatedAt == null)))
            .Select(s => s.Id).ToListAsync(cancellationToken);
        if (over.Count > 0)
        {
            await db.SignInSessions.Where(s => over.Contains(s.Id) && s.EndedAt == null).ExecuteUpdateAsync(
                set => set.SetProperty(s => s.EndedAt, now)
                    .SetProperty(s => s.EndReason, "ran out, or the account changed"), cancellationToken);
        }

        foreach (var hash in await db.SignInSessions.Where(s => s.EndedAt > since).Select(s => s.KeyHash).ToListAsync(cancellationToken))
        {
            Tell(hash);
        }

        Interlocked.Exchange(ref _lookedAt, looking);
    }

    /// <summary>Sessions with something open are in use, whether or not a request comes.</summary>
    public async Task SeenAsync(IReadOnlyCollection<string> hashes, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await db.SignInSessions.Where(s => hashes.Contains(s.KeyHash) && s.EndedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.LastSeenAt, now), cancellationToken);
        foreach (var (hash, answer) in _answers)
        {
            if (time.GetElapsedTime(answer.At) > Minute)
            {
                _answers.TryRemove(hash, out _);
            }
        }
    }

    private async Task EndAsync(
        Func<IQueryable<SignInSession>, IQueryable<SignInSession>> which, string reason, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var hashes = await which(db.SignInSessions).Where(s => s.EndedAt == null).Select(s => s.KeyHash).ToListAsync(cancellationToken);
        await db.SignInSessions.Where(s => hashes.Contains(s.KeyHash) && s.EndedAt == null).ExecuteUpdateAsync(
            set => set.SetProperty(s => s.EndedAt, now).SetProperty(s => s.EndReason, reason), cancellationToken);
        foreach (var hash in hashes)
        {
            Tell(hash);
        }
    }

    private void Tell(string hash)
    {
        _answers[hash] = new Answer(null, time.GetTimestamp());
        foreach (var listener in _listeners)
        {
            try
            {
                listener(hash);
            }
            catch (Exception ex)
            {
                logger.LogError(ex, "A listener failed when a session ended"); // the others still hear
            }
        }
    }

    private static string Cut(string text, int most) => text.Length > most ? text[..most] : text;

    private sealed record Answer(SignInSession? Session, long At);

    private sealed class Subscription(Action end) : IDisposable
    {
        private Action? _end = end;

        public void Dispose() => Interlocked.Exchange(ref _end, null)?.Invoke();
    }
}
