using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Missed;

/// <summary>One try of a caller whom nobody answered.</summary>
public sealed record MissedCall(long Id, CallOutcome Outcome, DateTimeOffset At, int WaitSeconds, string Line, bool HasMessage,
    int? MessageSeconds);

/// <summary>The last time anybody called this number since.</summary>
public sealed record CallBack(long CallId, DateTimeOffset At, string AgentName, CallStatus Status, CallOutcome? Outcome);

/// <summary>Somebody who is owed a call, with all their tries, the newest first.</summary>
/// <param name="Number">E.164; or, for one who withheld it, what the carrier says instead.</param>
/// <param name="TakenBy">The agent who takes care of it.</param>
public sealed record MissedCaller(
    string Number, bool CanCallBack, string? Name, string? Company, long? ContactId, IReadOnlyList<MissedCall> Calls, int? TakenBy,
        string? TakenByName, CallBack? LastCallBack)
{
    /// <summary>Names the caller in commands: any of their calls would do.</summary>
    public long NewestCallId => Calls[0].Id;
}

/// <param name="Cut">There are more than were looked at: the oldest are not here.</param>
public sealed record MissedList(IReadOnlyList<MissedCaller> Callers, bool Cut);

/// <summary>The length of the list, as far as it looks: the one figure that the board, the tab and the list show.</summary>
/// <param name="Callers">Who are owed a call.</param>
/// <param name="Untaken">Of these, whom no agent has taken.</param>
public readonly record struct MissedCount(int Callers, int Untaken);

/// <summary>
/// Callers whom nobody answered, with whom nobody has talked since and whom nobody has marked as done: one list for the team, each
/// taken by one agent.
/// </summary>
public sealed class MissedCalls(
    IDbContextFactory<CrmDbContext> contexts, NumberFormat format, CallFeed feed, AuditLog audit, TimeProvider time)
{
    /// <summary>How many calls are looked at: a list longer than this is not worked off by reading it.</summary>
    public const int MostCalls = 500;

    /// <summary>
    /// 1 or 0, worked out by the database from the outcome. A number: a bare yes-or-no in a condition is no key for an index of SQLite.
    /// </summary>
    internal const string MissedColumn = "Missed";

    /// <summary>Abandoned, missed, or on the voicemail. That there is an outcome is said because the index asks for it.</summary>
    internal static readonly Expression<Func<Call, bool>> IsMissed =
        c => c.Outcome != null && EF.Property<int>(c, MissedColumn) == 1;

    private static readonly Refusal Gone = new("This caller is not on the list any more.");

    private static readonly Refusal NotYours = new("Another agent has taken this caller.");

    /// <summary>The open list, the latest caller first.</summary>
    public async Task<MissedList> GetAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var calls = await Open(db).AsNoTracking().OrderByDescending(c => c.CreatedAt).ThenByDescending(c => c.Id).Take(MostCalls)
            .Select(c => new
            {
                c.Id, c.Outcome, c.CreatedAt, c.EndedAt, c.FromNumber, c.ToNumber, Name = c.Contact!.Name ?? c.CallerName,
                    c.Contact!.Company, c.ContactId,
                HasMessage = c.Outcome == CallOutcome.Voicemail && c.RecordingSid != null, c.RecordingDurationSeconds, c.FollowUpAgentId,
                TakenBy = db.Agents.Where(a => a.Id == c.FollowUpAgentId).Select(a => a.DisplayName).FirstOrDefault(),
            }).ToListAsync(cancellationToken);
        var groups = calls.GroupBy(c => CallerOf(c.FromNumber, c.Id)).ToList();
        var since = calls.Count == 0 ? default : calls[^1].CreatedAt;
        var numbers = groups.Where(g => g.Key[0] == '+').Select(g => g.Key).ToList();
        var tries = numbers.Count == 0 ? [] : await db.Calls.AsNoTracking()
            .Where(c => numbers.Contains(c.ToNumber) && c.Direction == CallDirection.Outbound && c.CreatedAt >= since)
            .Select(c => new { c.Id, c.ToNumber, c.CreatedAt, c.Agent!.DisplayName, c.Status, c.Outcome }).ToListAsync(cancellationToken);
        var lastTry = tries.GroupBy(t => t.ToNumber).ToDictionary(g => g.Key, g => g.MaxBy(t => t.Id)!);

        var callers = groups.Select(group =>
        {
            var newest = group.First();
            var taken = group.FirstOrDefault(c => c.FollowUpAgentId is not null);
            var back = lastTry.GetValueOrDefault(group.Key) is { } t && t.CreatedAt > newest.CreatedAt
                ? new CallBack(t.Id, t.CreatedAt, t.DisplayName, t.Status, t.Outcome)
                : null;
            return new MissedCaller(
                newest.FromNumber, format.CanCallBack(newest.FromNumber), newest.Name, newest.Company, newest.ContactId,
                [.. group.Select(c => new MissedCall(
                    c.Id, c.Outcome!.Value, c.CreatedAt, Wait(c.CreatedAt, c.EndedAt), c.ToNumber, c.HasMessage,
                    c.RecordingDurationSeconds))],
                taken?.FollowUpAgentId, taken?.TakenBy, back);
        });
        return new MissedList([.. callers], Cut: calls.Count == MostCalls);
    }

    /// <summary>How long the list is.</summary>
    public async Task<MissedCount> CountAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var calls = await Open(db).OrderByDescending(c => c.CreatedAt).ThenByDescending(c => c.Id).Take(MostCalls)
            .Select(c => new { c.Id, c.FromNumber, c.FollowUpAgentId }).ToListAsync(cancellationToken);
        var callers = calls.GroupBy(c => CallerOf(c.FromNumber, c.Id)).ToList();
        return new MissedCount(callers.Count, callers.Count(caller => caller.All(call => call.FollowUpAgentId is null)));
    }

    /// <summary>Takes the caller on. Of all who try, one wins; the others learn who.</summary>
    /// <param name="callId">Any open call of the caller.</param>
    public async Task<Result<IReadOnlyList<long>>> TakeAsync(long callId, int agentId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await FindNumberAsync(db, callId, cancellationToken) is not { } number)
        {
            return Gone;
        }

        // One conditional write over all the caller's tries: it takes them all or, when one is another agent's, none.
        var answer = await ChangeAsync(
            db, CallEventKind.FollowUpTaken, agentId,
            calls => Of(db, callId, number).Where(c => c.FollowUpAgentId == null
                && !Of(db, callId, number).Any(o => o.FollowUpAgentId != null && o.FollowUpAgentId != agentId)),
            set => set.SetProperty(c => c.FollowUpAgentId, agentId), cancellationToken);
        if (answer.IsDone)
        {
            return answer;
        }

        var owner = await Of(db, callId, number).Where(c => c.FollowUpAgentId != null)
            .Select(c => new
            {
                c.FollowUpAgentId, Name = db.Agents.Where(a => a.Id == c.FollowUpAgentId).Select(a => a.DisplayName).First(),
            }).FirstOrDefaultAsync(cancellationToken);
        return owner is null ? Gone
            : owner.FollowUpAgentId == agentId ? new Result<IReadOnlyList<long>>([], null)
            : new Refusal($"{owner.Name} has taken this caller.");
    }

    /// <summary>Gives the caller back to the team.</summary>
    /// <param name="supervises">May give back what another agent took.</param>
    public async Task<Result<IReadOnlyList<long>>> GiveBackAsync(long callId, int agentId, bool supervises,
        CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await FindNumberAsync(db, callId, cancellationToken) is not { } number)
        {
            return Gone;
        }

        var answer = await ChangeAsync(
            db, CallEventKind.FollowUpGivenBack, agentId, _ =>
                Of(db, callId, number).Where(c => c.FollowUpAgentId != null && (supervises || c.FollowUpAgentId == agentId)),
            set => set.SetProperty(c => c.FollowUpAgentId, (int?)null), cancellationToken);
        return answer;
    }

    /// <summary>The caller has been seen to. Theirs who took it, a supervisor's, or anybody's while nobody took it.</summary>
    public async Task<Result<IReadOnlyList<long>>> FinishAsync(long callId, int agentId, bool supervises,
        CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await FindNumberAsync(db, callId, cancellationToken) is not { } number)
        {
            return Gone;
        }

        var now = time.GetUtcNow();
        var answer = await ChangeAsync(
            db, CallEventKind.FollowedUp, agentId,
            _ => Of(db, callId, number).Where(c => supervises
                || !Of(db, callId, number).Any(o => o.FollowUpAgentId != null && o.FollowUpAgentId != agentId)),
            set => set.SetProperty(c => c.FollowedUpAt, now).SetProperty(c => c.FollowUpAgentId, c => c.FollowUpAgentId ?? agentId),
                cancellationToken);
        return answer;
    }

    /// <summary>Takes <see cref="FinishAsync"/> back: the calls are on the list again, with the agent who finished them.</summary>
    public async Task<Result<IReadOnlyList<long>>> ReopenAsync(IReadOnlyCollection<long> callIds, int agentId, bool supervises,
        CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var answer = await ChangeAsync(
            db, CallEventKind.FollowUpReopened, agentId,
            calls => calls.Where(c => callIds.Contains(c.Id) && c.FollowedUpAt != null && (supervises || c.FollowUpAgentId == agentId)),
            set => set.SetProperty(c => c.FollowedUpAt, (DateTimeOffset?)null), cancellationToken);
        return answer;
    }

    /// <summary>Calls of one caller belong together. Of callers who withhold the number each is somebody else.</summary>
    private static string CallerOf(string number, long callId) => CallerIdentity.Of(number).IsIdentified ? number : $"#{callId}";


    private static int Wait(DateTimeOffset came, DateTimeOffset? left) => left is { } end
        ? (int)Math.Max(0, Math.Round((end - came).TotalSeconds)) : 0;

    /// <summary>What the list is made of; the count too, and every change.</summary>
    private static IQueryable<Call> Open(CrmDbContext db) => db.Calls.Where(c => c.FollowedUpAt == null).Where(IsMissed)
        .Where(c => !EF.Functions.Like(c.FromNumber, "+%")
            || (!db.Calls.Any(later => later.FromNumber == c.FromNumber && later.CreatedAt > c.CreatedAt && later.AnsweredAt != null)
                && !db.Calls.Any(later => later.ToNumber == c.FromNumber && later.CreatedAt > c.CreatedAt && later.AnsweredAt != null)));

    private static IQueryable<Call> Of(CrmDbContext db, long callId, string number) =>
        CallerIdentity.Of(number).IsIdentified ? Open(db).Where(c => c.FromNumber == number) : Open(db).Where(c => c.Id == callId);

    private static Task<string?> FindNumberAsync(CrmDbContext db, long callId, CancellationToken cancellationToken) =>
        db.Calls.Where(c => c.Id == callId).Select(c => (string?)c.FromNumber).FirstOrDefaultAsync(cancellationToken);

    /// <summary>Writes, with one event a call, and announces after the save.</summary>
    private async Task<Result<IReadOnlyList<long>>> ChangeAsync(
        CrmDbContext db, CallEventKind kind, int agentId, Func<IQueryable<Call>, IQueryable<Call>> which,
        Action<Microsoft.EntityFrameworkCore.Query.UpdateSettersBuilder<Call>> set, CancellationToken cancellationToken)
    {
        var (ids, versions) = await db.InTransactionAsync<(List<long> Ids, List<CallChanged> Versions)>(
            async transaction =>
            {
                var found = await which(db.Calls).Select(c => c.Id).ToListAsync(cancellationToken);
                // The condition again, in the write itself: of two who read the same, one changes rows.
                var changed = found.Count == 0 ? 0 : await which(db.Calls).Where(c => found.Contains(c.Id)).ExecuteUpdateAsync(
                    setters =>
                    {
                        set(setters);
                        setters.SetProperty(c => c.Version, c => c.Version + 1);
                    }, cancellationToken);
                if (changed == 0 || changed != found.Count)
                {
                    return ([], []); // the transaction ends with nothing written
                }

                var now = time.GetUtcNow();
                db.Events.AddRange(found.Select(id => new CallEvent
                {
                    CallId = id,
                    Key = $"{kind.ToWord()}:{id}:{Guid.NewGuid():N}",
                    Kind = kind,
                    Source = EventSource.Agent,
                    At = now,
                    ReceivedAt = now,
                    AgentId = agentId,
                }));
                await db.SaveChangesAsync(cancellationToken);
                var announced = await db.Calls.AsNoTracking().Where(c => found.Contains(c.Id))
                    .Select(c => new CallChanged(c.Id, c.Version, null))
                    .ToListAsync(cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return (found, announced);
            },
            cancellationToken);
        if (ids is [])
        {
            return NotYours;
        }

        foreach (var news in versions)
        {
            feed.Announce(news);
        }

        await audit.WriteAsync(AuditAction.FollowUpChanged, agentId, ids[0], kind.ToWord(), cancellationToken);

        return new Result<IReadOnlyList<long>>(ids, null);
    }
}
