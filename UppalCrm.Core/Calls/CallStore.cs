using System.Linq.Expressions;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Calls;

/// <summary>
/// The one way a call changes: read, decide, and write only if nobody wrote in between; the loser reads again and decides again.
/// The call, its legs, the event and the agent's occupation are saved together. What follows from the change is done afterwards.
/// </summary>
/// <param name="effects">Lazy: what follows from a change may change the call again.</param>
public sealed partial class CallStore(
    IDbContextFactory<CrmDbContext> contexts, SqliteWriteLock writeLock, Lazy<CallEffects> effects, DeadlineTimer deadlines,
    IOptionsMonitor<CallOptions> options, TimeProvider time)
{
    internal static readonly Refusal NotOffered = new(
        "You are not offered this call: you declined it or gave it back, or take no calls now.");
    internal static readonly Refusal Busy = new("You have a call in hand. End it before taking the next.");

    /// <summary>Nobody loses so often; a database that refuses every write must not be asked for ever.</summary>
    private const int MostAttempts = 20;

    private static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    // One query each, also for the legs: a call has a handful of them.
    private static readonly Expression<Func<CrmDbContext, IQueryable<Call>>> ToChange =
        db => db.Calls.Include(c => c.Legs).Include(c => c.Transfers).Include(c => c.Contact).Include(c => c.Agent).AsSingleQuery();

    private static readonly Expression<Func<CrmDbContext, IQueryable<Call>>> ToShow =
        db => db.Calls.AsNoTracking().Include(c => c.Legs).Include(c => c.Transfers).Include(c => c.Contact).Include(c => c.Agent)
            .AsSingleQuery();

    // Asked for with every event of a call, so they are compiled once.
    private readonly CallQueries _toChange = new(ToChange);
    private readonly CallQueries _toShow = new(ToShow);
    private readonly Func<CrmDbContext, int, CancellationToken, Task<Call?>> _activeOfAgent =
        CallQueries.Compile<int>(ToShow, (c, agentId) =>
            c.AgentId == agentId && c.Status != CallStatus.Ended && c.Status != CallStatus.TransferredOut && c.ParkedAt == null);

    private readonly Func<CrmDbContext, int, CancellationToken, Task<Call?>> _parkedOfAgent =
        CallQueries.Compile<int>(ToShow, (c, agentId) => c.AgentId == agentId && c.Status != CallStatus.Ended && c.ParkedAt != null);

    public static string ToDetail<T>(T news) => JsonSerializer.Serialize(news, Json);

    public static T FromDetail<T>(string detail) => JsonSerializer.Deserialize<T>(detail, Json)!;

    /// <summary>The call with its legs, contact and agent; null when there is none.</summary>
    public async Task<Call?> FindAsync(CallKey key, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await FindAsync(db, _toShow, key, cancellationToken);
    }

    /// <summary>The open call of this agent, as <see cref="FindAsync(CallKey, CancellationToken)"/> gives it.</summary>
    /// <remarks>Also the call about which this agent is consulted.</remarks>
    public async Task<Call?> FindActiveAsync(int agentId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await _activeOfAgent(db, agentId, cancellationToken) is { } own)
        {
            return own;
        }

        var consulted = await db.Transfers.Where(t => t.ToAgentId == agentId && t.EndedAt == null && t.State != TransferState.Ringing
            && t.State != TransferState.Accepted).Select(t => (long?)t.CallId).FirstOrDefaultAsync(cancellationToken);
        return consulted is { } id ? await FindAsync(db, _toShow, id, cancellationToken) : null;
    }

    /// <summary>The call that this agent has put aside; null when there is none.</summary>
    public async Task<Call?> FindParkedAsync(int agentId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await _parkedOfAgent(db, agentId, cancellationToken);
    }

    /// <summary>Changes a call, if there is one, and does what follows from the change.</summary>
    /// <param name="decide">Changes the call. May be called again on a fresh copy, and has no other effect than on its call.</param>
    public async Task<CallChange> ChangeAsync(CallKey key, Func<Call, Decision> decide, CancellationToken cancellationToken)
    {
        var change = await WriteAsync(key, decide, cancellationToken);
        if (change.IsChange)
        {
            // It has been saved, so what follows is done even if the one who asked for the change has gone.
            await effects.Value.FollowAsync(change, CancellationToken.None);
        }

        return change;
    }

    /// <summary>Saves a new call with its first event.</summary>
    /// <param name="occupyAgent">Marks the agent as busy with it, or fails when they are busy already.</param>
    /// <param name="mayBegin">Asked first, in the same transaction.</param>
    /// <returns>False when it may not begin, the call (or its event) is known, or the agent is busy.</returns>
    public async Task<bool> TryCreateAsync(
        Call call, CallEvent row, bool occupyAgent, Func<CrmDbContext, Task<bool>> mayBegin, CancellationToken cancellationToken)
    {
        if (!await TryInsertAsync(call, row, occupyAgent, mayBegin, cancellationToken))
        {
            return false;
        }

        await effects.Value.FollowAsync(new CallChange(null, call, row, IsChange: true), CancellationToken.None);
        return true;
    }

    /// <summary>
    /// Takes a waiting call for an agent: one conditional write, of one row of the table of legal steps, decides among all who try.
    /// </summary>
    public async Task<ClaimResult> ClaimAsync(long callId, int agentId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var lease = now + options.CurrentValue.ClaimLease;
        var (result, version) = await WriteClaimAsync(callId, agentId, now, lease, cancellationToken);
        CallTelemetry.Claimed(
            callId, result switch { ClaimResult.Won => "won", ClaimResult.AgentBusy or ClaimResult.NotOffered => "busy", _ => "lost" });
        if (result == ClaimResult.Won)
        {
            effects.Value.Announce(new CallChanged(callId, version), lease, [agentId]);
        }

        return result;
    }

    /// <summary>Keeps an event of a call that we do not know yet. The call may come later and picks it up.</summary>
    public async Task KeepUnmatchedAsync(CallEvent row, CancellationToken cancellationToken)
    {
        using var turn = await writeLock.EnterAsync(cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        db.Events.Add(row);
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException ex) when (DatabaseErrors.IsDuplicate(ex))
        {
            // The same event again.
        }
    }

    private async Task<CallChange> WriteAsync(CallKey key, Func<Call, Decision> decide, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var turn = await writeLock.EnterAsync(cancellationToken);
            if (
                await contexts.RunAsync(
                    db => TryWriteAsync(db, key, decide, mayLose: attempt < MostAttempts, cancellationToken), cancellationToken)
                is { } change)
            {
                return change;
            }
        }
    }

    /// <returns>Null when somebody else wrote first: their change is what is decided upon now.</returns>
    private async Task<CallChange?> TryWriteAsync(
        CrmDbContext db, CallKey key, Func<Call, Decision> decide, bool mayLose, CancellationToken cancellationToken)
    {
        if (await FindAsync(db, _toChange, key, cancellationToken) is not { } call)
        {
            return default(CallChange);
        }

        var before = call.Copy();
        var decision = decide(call);
        var (isChange, row) = (decision.IsChange, decision.Event);
        if (row is not null)
        {
            row.CallId = call.Id;
            db.Events.Add(row);
        }

        if (isChange)
        {
            call.Version++;
        }
        else if (row is null)
        {
            return new CallChange(before, call, null, IsChange: false);
        }

        try
        {
            return await TrySaveAsync(db, before, call, row?.Kind, cancellationToken)
                ? new CallChange(before, call, row, isChange)
                : new CallChange(before, before, null, IsChange: false, IsAgentBusy: true);
        }
        catch (DbUpdateException ex) when (mayLose && (ex is DbUpdateConcurrencyException || DatabaseErrors.IsDuplicate(ex)))
        {
            if (row is not null && DatabaseErrors.IsDuplicate(ex) && await IsKnownAsync(row.Key, cancellationToken))
            {
                var known = await FindAsync(call.Id, cancellationToken);
                return new CallChange(known, known, null, IsChange: false, WasKnown: true);
            }

            return null;
        }
    }

    private async Task<bool> TryInsertAsync(
        Call call, CallEvent row, bool occupyAgent, Func<CrmDbContext, Task<bool>> mayBegin, CancellationToken cancellationToken)
    {
        using var turn = await writeLock.EnterAsync(cancellationToken);
        return await contexts.InTransactionAsync(
            async (db, transaction) =>
            {
                if (!await mayBegin(db))
                {
                    return false; // the transaction ends with nothing written
                }

                // An attempt before may have been given ids.
                call.Id = 0;
                call.Legs.ForEach(leg => (leg.Id, leg.CallId) = (0, 0));
                call.Transfers.ForEach(transfer => (transfer.Id, transfer.CallId) = (0, 0));
                row.Id = 0;
                db.Calls.Add(call);
                try
                {
                    await db.SaveChangesAsync(cancellationToken);
                    row.CallId = call.Id;
                    db.Events.Add(row);
                    await db.SaveChangesAsync(cancellationToken);
                }
                catch (DbUpdateException ex) when (DatabaseErrors.IsDuplicate(ex))
                {
                    return false;
                }

                if (occupyAgent && !await OccupyAsync(db, call.AgentId!.Value, call.Id, call.ParkedCallId, cancellationToken))
                {
                    return false; // the transaction ends with nothing written
                }

                await transaction.CommitAsync(cancellationToken);
                return true;
            },
            cancellationToken);
    }

    private async Task<(ClaimResult Result, long Version)> WriteClaimAsync(
        long callId, int agentId, DateTimeOffset now, DateTimeOffset lease, CancellationToken cancellationToken)
    {
        const CallStatus from = CallStatus.Waiting;
        var to = CallTransitions.Next(CallDirection.Inbound, from, CallTrigger.ClaimMade)!.Value;
        using var turn = await writeLock.EnterAsync(cancellationToken);
        return await contexts.InTransactionAsync<(ClaimResult Result, long Version)>(
            async (db, transaction) =>
            {
                var won = await db.Calls.Where(c => c.Id == callId && c.Status == from).ExecuteUpdateAsync(
                    set => set.SetProperty(c => c.Status, to).SetProperty(c => c.AgentId, agentId).SetProperty(c => c.ClaimedAt, now)
                        .SetProperty(c => c.LeaseUntil, lease).SetProperty(c => c.Version, c => c.Version + 1),
                    cancellationToken);
                if (won == 0)
                {
                    return (ClaimResult.NotWaiting, 0);
                }

                // What the offer asks, asked again: a click can come from anywhere.
                if (!await db.Agents.AnyAsync(
                    a => a.Id == agentId && a.DeactivatedAt == null && a.Status != AgentStatus.Offline
                        && db.Statuses.Any(s => s.Name == a.Status && s.TakesCalls)
                        && !db.Declines.Any(d => d.CallId == callId && d.AgentId == agentId && (d.Until == null || d.Until > now)),
                    cancellationToken))
                {
                    return (ClaimResult.NotOffered, 0); // the transaction ends with nothing written
                }

                if (!await OccupyAsync(db, agentId, callId, null, cancellationToken))
                {
                    return (ClaimResult.AgentBusy, 0); // the transaction ends with nothing written
                }

                db.Events.Add(CallEvent.Of(CallEventKind.Claimed, EventSource.Agent, callId, agentId, now));
                await db.SaveChangesAsync(cancellationToken);
                var version = await db.Calls.Where(c => c.Id == callId).Select(c => c.Version).SingleAsync(cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return (ClaimResult.Won, version);
            },
            cancellationToken);
    }

    /// <summary>Two look-ups by index for a leg: "the customer's leg or any leg" in one condition reads every call there is.</summary>
    private static async Task<Call?> FindAsync(CrmDbContext db, CallQueries queries, CallKey key, CancellationToken cancellationToken) =>
        key switch
    {
        CallKey.Id id => await queries.ById(db, id.CallId, cancellationToken),
        CallKey.ConferenceName name => await queries.ByConferenceName(db, name.Name, cancellationToken),
        CallKey.ConferenceSid sid => await queries.ByConferenceSid(db, sid.Sid, cancellationToken),
        CallKey.Leg leg => await queries.ByLeg(db, leg.Sid, cancellationToken)
            ?? await queries.ByCustomerLeg(db, leg.Sid, cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(key), key, "A call is not looked for by this."),
    };

    private async Task<bool> IsKnownAsync(string key, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Events.AnyAsync(e => e.Key == key, cancellationToken);
    }

    /// <returns>False, with nothing written, when an agent who takes the call over has another one in hand.</returns>
    private async Task<bool> TrySaveAsync(CrmDbContext db, Call before, Call call, CallEventKind? why, CancellationToken cancellationToken)
    {
        var (former, latter) = (before.AgentsInHand().ToList(), call.AgentsInHand().ToList());
        var released = former.Except(latter).ToList();
        var occupied = latter.Except(former).ToList();
        var isTakenUp = before.IsParked && call is { IsParked: false, Status: CallStatus.Claimed };
        var isGone = before.IsParked && !(call.IsOpen && call.AgentId == before.AgentId);
        if (released.Count == 0 && occupied.Count == 0 && call.IsOpen && !isTakenUp && !isGone)
        {
            await db.SaveChangesAsync(cancellationToken);
            return true;
        }

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        if (!call.IsOpen)
        {
            await CallReports.MarkAsync(db, call.CreatedAt, cancellationToken);
        }

        foreach (var leaving in released)
        {
            await ReleaseAsync(db, call, leaving, cancellationToken);
        }

        if (isGone)
        {
            await ForgetParkedAsync(db, call.Id, before.AgentId!.Value, cancellationToken);
        }

        if (before is { Status: CallStatus.Claimed, AgentId: { } claimer } && call.Status == CallStatus.Waiting)
        {
            await RestAsync(db, call.Id, claimer, why, cancellationToken);
        }

        if (isTakenUp && !await OccupyAsync(db, call.AgentId!.Value, call.Id, call.ParkedCallId, cancellationToken))
        {
            return false; // the agent has another call; the transaction ends with nothing written
        }

        foreach (var coming in occupied)
        {
            // The carrier's word that an agent is in stands; a colleague's click does not take a second call.
            if (!await OccupyAsync(db, coming, call.Id, null, cancellationToken) && coming != call.AgentId)
            {
                return false; // the transaction ends with nothing written
            }
        }

        await transaction.CommitAsync(cancellationToken);
        return true;
    }
}
