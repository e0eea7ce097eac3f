using System.Linq.Expressions;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Calls;

/// <summary>What came of a change: the call as it now is, and whether this change did it.</summary>
public readonly record struct Change(Call? Call, bool Changed, bool WasKnown);

/// <summary>
/// The one way a call changes: read, decide, and write only if nobody wrote in between; whoever loses reads again and decides again.
/// The call, its legs, the event and the agent's occupation are saved together, and announced afterwards.
/// </summary>
public sealed class CallStore(
    IDbContextFactory<CrmDbContext> contexts, SqliteWriteLock gate, CallFeed feed, DeadlineTimer deadlines, IOptionsMonitor<CallOptions> options, TimeProvider time)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    // Asked for with every news of a call: compiled once. One query each: a call has a handful of legs.
    private readonly Func<CrmDbContext, long, CancellationToken, Task<Call?>> _byId = EF.CompileAsyncQuery(
        (CrmDbContext db, long id, CancellationToken cancellationToken) =>
            db.Calls.AsNoTracking().Include(c => c.Legs).Include(c => c.Contact).Include(c => c.Agent).AsSingleQuery().FirstOrDefault(c => c.Id == id));

    private readonly Func<CrmDbContext, long, CancellationToken, Task<Call?>> _toChangeById = EF.CompileAsyncQuery(
        (CrmDbContext db, long id, CancellationToken cancellationToken) =>
            db.Calls.Include(c => c.Legs).Include(c => c.Contact).AsSingleQuery().FirstOrDefault(c => c.Id == id));

    private readonly Func<CrmDbContext, string, CancellationToken, Task<Call?>> _toChangeByRoom = EF.CompileAsyncQuery(
        (CrmDbContext db, string room, CancellationToken cancellationToken) =>
            db.Calls.Include(c => c.Legs).Include(c => c.Contact).AsSingleQuery().FirstOrDefault(c => c.ConferenceName == room));

    private readonly Func<CrmDbContext, string, CancellationToken, Task<Call?>> _toChangeByConference = EF.CompileAsyncQuery(
        (CrmDbContext db, string sid, CancellationToken cancellationToken) =>
            db.Calls.Include(c => c.Legs).Include(c => c.Contact).AsSingleQuery().FirstOrDefault(c => c.ConferenceSid == sid));

    private readonly Func<CrmDbContext, CallSid, CancellationToken, Task<Call?>> _toChangeByCustomer = EF.CompileAsyncQuery(
        (CrmDbContext db, CallSid leg, CancellationToken cancellationToken) =>
            db.Calls.Include(c => c.Legs).Include(c => c.Contact).AsSingleQuery().FirstOrDefault(c => c.CustomerLeg == leg));

    private readonly Func<CrmDbContext, int, CancellationToken, Task<Call?>> _activeOfAgent = EF.CompileAsyncQuery(
        (CrmDbContext db, int agentId, CancellationToken cancellationToken) =>
            db.Calls.AsNoTracking().Include(c => c.Legs).Include(c => c.Contact).Include(c => c.Agent).AsSingleQuery()
                .FirstOrDefault(c => c.AgentId == agentId && c.Status != CallStatus.Ended));

    private readonly Func<CrmDbContext, CallSid, CancellationToken, Task<long?>> _idOfLeg = EF.CompileAsyncQuery(
        (CrmDbContext db, CallSid leg, CancellationToken cancellationToken) =>
            db.Legs.Where(l => l.CallSid == leg).Select(l => (long?)l.CallId).FirstOrDefault());

    public static string ToDetail<T>(T news) => JsonSerializer.Serialize(news, Json);

    public static T FromDetail<T>(string detail) => JsonSerializer.Deserialize<T>(detail, Json)!;

    /// <summary>Changes a call, if there is one of this id.</summary>
    /// <param name="newEvent">
    /// Makes the row of the event after each decision (a row belongs to one context), or none when there is nothing to tell. Its unique
    /// key makes the change happen once.
    /// </param>
    /// <param name="decide">Changes the call and says whether it did. May be called again on a fresh copy.</param>
    public Task<Change> ChangeAsync(long callId, Func<CallEvent?>? newEvent, Func<Call, bool> decide, CancellationToken cancellationToken) =>
        ChangeAsync(db => _toChangeById(db, callId, cancellationToken), newEvent, decide, cancellationToken);

    /// <summary>Changes the call of the conference with this friendly name.</summary>
    /// <inheritdoc cref="ChangeAsync(long, Func{CallEvent?}?, Func{Call, bool}, CancellationToken)"/>
    public Task<Change> ChangeByConferenceNameAsync(string room, Func<CallEvent?>? newEvent, Func<Call, bool> decide, CancellationToken cancellationToken) =>
        ChangeAsync(db => _toChangeByRoom(db, room, cancellationToken), newEvent, decide, cancellationToken);

    /// <summary>Changes the call of the conference that the carrier calls so.</summary>
    /// <inheritdoc cref="ChangeAsync(long, Func{CallEvent?}?, Func{Call, bool}, CancellationToken)"/>
    public Task<Change> ChangeInConferenceAsync(string sid, Func<CallEvent?>? newEvent, Func<Call, bool> decide, CancellationToken cancellationToken) =>
        ChangeAsync(db => _toChangeByConference(db, sid, cancellationToken), newEvent, decide, cancellationToken);

    /// <summary>Changes the call of this leg. Two look-ups by index: "the customer's leg or any leg" in one condition reads every call there is.</summary>
    /// <inheritdoc cref="ChangeAsync(long, Func{CallEvent?}?, Func{Call, bool}, CancellationToken)"/>
    public Task<Change> ChangeOfLegAsync(CallSid leg, Func<CallEvent?>? newEvent, Func<Call, bool> decide, CancellationToken cancellationToken) =>
        ChangeAsync(
            async db => await _idOfLeg(db, leg, cancellationToken) is { } id ? await _toChangeById(db, id, cancellationToken) : await _toChangeByCustomer(db, leg, cancellationToken),
            newEvent, decide, cancellationToken);

    /// <summary>The call in an agent's hand, as <see cref="FindAsync"/> gives it.</summary>
    public async Task<Call?> FindActiveAsync(int agentId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await _activeOfAgent(db, agentId, cancellationToken);
    }

    /// <summary>The call of this leg, as <see cref="FindAsync"/> gives it.</summary>
    public async Task<Call?> FindOfLegAsync(CallSid leg, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await _idOfLeg(db, leg, cancellationToken) is { } id
            ? await _byId(db, id, cancellationToken)
            : await ReadAsync(c => c.CustomerLeg == leg, cancellationToken);
    }

    private async Task<Change> ChangeAsync(Func<CrmDbContext, Task<Call?>> find, Func<CallEvent?>? newEvent, Func<Call, bool> decide, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var turn = await gate.EnterAsync(cancellationToken);
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            if (await find(db) is not { } call)
            {
                return default;
            }

            var agentBefore = call.AgentId;
            var wasOpen = call.IsOpen;
            var changed = decide(call);
            var row = newEvent?.Invoke();
            if (row is not null)
            {
                row.CallId = call.Id;
                db.Events.Add(row);
            }

            if (changed)
            {
                call.Version++;
            }
            else if (row is null)
            {
                return new Change(call, Changed: false, WasKnown: false);
            }

            try
            {
                var agents = await SaveAsync(db, call, agentBefore, wasOpen, cancellationToken);
                if (changed)
                {
                    Announce(call, agents);
                }

                return new Change(call, changed, WasKnown: false);
            }
            catch (DbUpdateException ex) when ((ex is DbUpdateConcurrencyException || IsDuplicate(ex)) && attempt < 20)
            {
                if (row is not null && IsDuplicate(ex) && await IsKnownAsync(row.Key, cancellationToken))
                {
                    return new Change(await FindAsync(call.Id, cancellationToken), Changed: false, WasKnown: true);
                }

                // Somebody else wrote first: their change is the truth to decide upon now.
            }
        }
    }

    /// <summary>Saves a new call with its first event.</summary>
    /// <param name="occupyAgent">Marks the agent as busy with it, or fails when they are busy already.</param>
    /// <returns>False when the call (or its event) is known, or the agent is busy.</returns>
    public async Task<bool> TryCreateAsync(Call call, CallEvent row, bool occupyAgent, CancellationToken cancellationToken)
    {
        using var turn = await gate.EnterAsync(cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        db.Calls.Add(call);
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            row.CallId = call.Id;
            db.Events.Add(row);
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException ex) when (IsDuplicate(ex))
        {
            return false;
        }

        if (occupyAgent && !await OccupyAsync(db, call.AgentId!.Value, call.Id, cancellationToken))
        {
            return false; // the transaction ends with nothing written
        }

        await transaction.CommitAsync(cancellationToken);
        Announce(call, occupyAgent ? [call.AgentId!.Value] : []);
        return true;
    }

    /// <summary>Takes a waiting call for an agent: one conditional write decides among all who try.</summary>
    public async Task<ClaimResult> ClaimAsync(long callId, int agentId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var lease = now + options.CurrentValue.ClaimLease;
        using var turn = await gate.EnterAsync(cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var won = await db.Calls.Where(c => c.Id == callId && c.Status == CallStatus.Waiting).ExecuteUpdateAsync(
            set => set.SetProperty(c => c.Status, CallStatus.Claimed).SetProperty(c => c.AgentId, agentId).SetProperty(c => c.ClaimedAt, now)
                .SetProperty(c => c.LeaseUntil, lease).SetProperty(c => c.Version, c => c.Version + 1),
            cancellationToken);
        if (won == 0)
        {
            return ClaimResult.NotWaiting;
        }

        if (!await OccupyAsync(db, agentId, callId, cancellationToken))
        {
            return ClaimResult.AgentBusy;
        }

        db.Events.Add(new CallEvent
        {
            CallId = callId,
            Key = $"claimed:{callId}:{agentId}:{now.UtcTicks}",
            Kind = "claimed",
            Source = EventSource.Agent,
            At = now,
            ReceivedAt = now,
            AgentId = agentId,
        });
        await db.SaveChangesAsync(cancellationToken);
        var version = await db.Calls.Where(c => c.Id == callId).Select(c => c.Version).SingleAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        deadlines.Consider(lease);
        feed.Announce(new CallChanged(callId, version));
        feed.Announce(new AgentChanged(agentId));
        return ClaimResult.Won;
    }

    /// <summary>Keeps news of a call that we do not know yet. The call may come later and picks it up.</summary>
    public async Task KeepOrphanAsync(CallEvent row, CancellationToken cancellationToken)
    {
        using var turn = await gate.EnterAsync(cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        db.Events.Add(row);
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException ex) when (IsDuplicate(ex))
        {
            // The same news again.
        }
    }

    /// <summary>The call with its legs, contact and agent; null when there is none of this id.</summary>
    public async Task<Call?> FindAsync(long callId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await _byId(db, callId, cancellationToken);
    }

    public async Task<Call?> ReadAsync(Expression<Func<Call, bool>> which, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Calls.AsNoTracking().Include(c => c.Legs).Include(c => c.Contact).Include(c => c.Agent).AsSplitQuery()
            .FirstOrDefaultAsync(which, cancellationToken);
    }

    internal static bool IsDuplicate(DbUpdateException ex) => ex.InnerException switch
    {
        SqliteException sqlite => sqlite.SqliteExtendedErrorCode is 2067 or 1555, // SQLITE_CONSTRAINT_UNIQUE, _PRIMARYKEY
        SqlException sql => sql.Number is 2601 or 2627,
        _ => false,
    };

    private async Task<bool> IsKnownAsync(string key, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Events.AnyAsync(e => e.Key == key, cancellationToken);
    }

    private async Task<IReadOnlyList<int>> SaveAsync(CrmDbContext db, Call call, int? agentBefore, bool wasOpen, CancellationToken cancellationToken)
    {
        var released = agentBefore is { } before && wasOpen && (!call.IsOpen || call.AgentId != before) ? agentBefore : null;
        var occupied = call.IsOpen && call.AgentId is { } after && after != agentBefore ? call.AgentId : null;
        if (released is null && occupied is null && call.IsOpen)
        {
            await db.SaveChangesAsync(cancellationToken);
            return [];
        }

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        if (!call.IsOpen)
        {
            await CallReports.MarkAsync(db, call.CreatedAt, cancellationToken);
        }

        if (released is { } leaving)
        {
            await ReleaseAsync(db, call, leaving, cancellationToken);
        }

        if (occupied is { } coming)
        {
            await OccupyAsync(db, coming, call.Id, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return [.. new[] { released, occupied }.OfType<int>()];
    }

    private async Task<bool> OccupyAsync(CrmDbContext db, int agentId, long callId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return await db.Agents.Where(a => a.Id == agentId && (a.ActiveCallId == null || a.ActiveCallId == callId)).ExecuteUpdateAsync(
            set => set.SetProperty(a => a.ActiveCallId, callId).SetProperty(a => a.CallSince, now)
                .SetProperty(a => a.WrapUpUntil, (DateTimeOffset?)null).SetProperty(a => a.WrapUpCallId, (long?)null),
            cancellationToken) == 1;
    }

    private async Task ReleaseAsync(CrmDbContext db, Call call, int agentId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var wrapUp = options.CurrentValue.WrapUp;
        var mine = db.Agents.Where(a => a.Id == agentId && a.ActiveCallId == call.Id);
        if (call is { IsOpen: false, AnsweredAt: not null } && wrapUp > TimeSpan.Zero)
        {
            var until = now + wrapUp;
            deadlines.Consider(until);
            await mine.ExecuteUpdateAsync(
                set => set.SetProperty(a => a.ActiveCallId, (long?)null).SetProperty(a => a.CallSince, now)
                    .SetProperty(a => a.WrapUpUntil, until).SetProperty(a => a.WrapUpCallId, call.Id),
                cancellationToken);
        }
        else
        {
            await mine.ExecuteUpdateAsync(
                set => set.SetProperty(a => a.ActiveCallId, (long?)null).SetProperty(a => a.CallSince, now), cancellationToken);
        }
    }

    private void Announce(Call call, IReadOnlyList<int> agents)
    {
        deadlines.Consider(call.LeaseUntil ?? call.ExpiresAt);
        feed.Announce(new CallChanged(call.Id, call.Version));
        foreach (var agent in agents)
        {
            feed.Announce(new AgentChanged(agent));
        }
    }
}

public enum ClaimResult
{
    Won,
    NotWaiting,
    AgentBusy,
}

/// <summary>When the next lease, offer or wrap-up runs out, as far as this process knows. Wakes the offer clock.</summary>
public sealed class DeadlineTimer
{
    private readonly Lock _lock = new();
    private DateTimeOffset? _next;
    private TaskCompletionSource _earlier = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Consider(DateTimeOffset? due)
    {
        lock (_lock)
        {
            if (due is not null && (_next is null || due < _next))
            {
                _next = due;
                _earlier.TrySetResult();
            }
        }
    }

    /// <summary>The sleeper says until when it means to sleep, and is given a task that ends if something earlier comes up.</summary>
    internal Task SleepUntil(DateTimeOffset due)
    {
        lock (_lock)
        {
            if (_next < due)
            {
                return Task.CompletedTask;
            }

            _next = due;
            _earlier = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _earlier.Task;
        }
    }

    /// <summary>The sleeper is about to look at the database: whatever was announced before is seen by it.</summary>
    internal void Looking()
    {
        lock (_lock)
        {
            _next = null;
        }
    }
}
