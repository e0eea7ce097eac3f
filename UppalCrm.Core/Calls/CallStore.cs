using System.Data.Common;
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
    IDbContextFactory<CrmDbContext> contexts, SharedCommits commits, Lazy<CallEffects> effects, DeadlineTimer deadlines,
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

    // One query, also for the legs: a call has a handful of them. Not tracked, also to be changed: it is compared with its copy.
    private static readonly Expression<Func<CrmDbContext, IQueryable<Call>>> Whole =
        db => db.Calls.AsNoTracking().Include(c => c.Legs).Include(c => c.Transfers).Include(c => c.Contact).Include(c => c.Agent)
            .AsSingleQuery();

    // Asked for with every event of a call, so they are compiled once.
    private static readonly PerModel<CallQueries> WholeCalls = new(() => new CallQueries(Whole));
    private static readonly PerModel<Func<CrmDbContext, int, CancellationToken, Task<Call?>>> ActiveOfAgent =
        new(() => CallQueries.Compile<int>(Whole, (c, agentId) =>
            c.AgentId == agentId && c.Status != CallStatus.Ended && c.Status != CallStatus.TransferredOut && c.ParkedAt == null));

    private static readonly PerModel<Func<CrmDbContext, int, CancellationToken, Task<Call?>>> ParkedOfAgent =
        new(() => CallQueries.Compile<int>(
            Whole, (c, agentId) => c.AgentId == agentId && c.Status != CallStatus.Ended && c.ParkedAt != null));

    public static string ToDetail<T>(T news) => JsonSerializer.Serialize(news, Json);

    public static T FromDetail<T>(string detail) => JsonSerializer.Deserialize<T>(detail, Json)!;

    /// <summary>The call with its legs, contact and agent; null when there is none.</summary>
    public async Task<Call?> FindAsync(CallKey key, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await FindAsync(db, key, cancellationToken);
    }

    /// <summary>The open call of this agent, as <see cref="FindAsync(CallKey, CancellationToken)"/> gives it.</summary>
    /// <remarks>Also the call about which this agent is consulted.</remarks>
    public async Task<Call?> FindActiveAsync(int agentId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (await ActiveOfAgent.For(db)(db, agentId, cancellationToken) is { } own)
        {
            return own;
        }

        var consulted = await db.Transfers.Where(t => t.ToAgentId == agentId && t.EndedAt == null && t.State != TransferState.Ringing
            && t.State != TransferState.Accepted).Select(t => (long?)t.CallId).FirstOrDefaultAsync(cancellationToken);
        return consulted is { } id ? await FindAsync(db, id, cancellationToken) : null;
    }

    /// <summary>The call that this agent has put aside; null when there is none.</summary>
    public async Task<Call?> FindParkedAsync(int agentId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await ParkedOfAgent.For(db)(db, agentId, cancellationToken);
    }

    /// <summary>Changes a call, if there is one, and does what follows from the change.</summary>
    /// <param name="decide">Changes the call. May be called again on a fresh copy, and has no other effect than on its call.</param>
    public Task<CallChange> ChangeAsync(CallKey key, Func<Call, Decision> decide, CancellationToken cancellationToken) =>
        ChangeAsync(key, decide, mayBegin: null, cancellationToken);

    /// <inheritdoc cref="ChangeAsync(CallKey, Func{Call, Decision}, CancellationToken)"/>
    /// <param name="mayBegin">Asked first, in the same transaction; when it says no, nothing is changed.</param>
    internal async Task<CallChange> ChangeAsync(
        CallKey key, Func<Call, Decision> decide, Func<CrmDbContext, Task<bool>>? mayBegin, CancellationToken cancellationToken)
    {
        var change = await WriteAsync(key, decide, mayBegin, cancellationToken);
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
        try
        {
            await commits.RunAsync<long>(
                async (db, token) => new(
                    (await RowStatements.Of<CallEvent>(db).InsertAsync(db, row, cancellationToken: token))!.Value, IsKept: true),
                cancellationToken);
        }
        catch (DbException ex) when (DatabaseErrors.IsDuplicate(ex))
        {
            // The same event again.
        }
    }

    private async Task<CallChange> WriteAsync(
        CallKey key, Func<Call, Decision> decide, Func<CrmDbContext, Task<bool>>? mayBegin, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var tried = await commits.RunAsync(
                (db, token) => TryWriteAsync(db, key, decide, mayBegin, mayLose: attempt < MostAttempts, token), cancellationToken);
            if (tried.Change is { } change)
            {
                return change;
            }

            if (tried.Duplicate is { } row && await IsKnownAsync(row.Key, cancellationToken))
            {
                var known = await FindAsync(row.CallId!.Value, cancellationToken);
                return new CallChange(known, known, null, IsChange: false, WasKnown: true);
            }
        }
    }

    private async Task<WorkResult<Attempt>> TryWriteAsync(
        CrmDbContext db, CallKey key, Func<Call, Decision> decide, Func<CrmDbContext, Task<bool>>? mayBegin, bool mayLose,
        CancellationToken cancellationToken)
    {
        if (mayBegin is not null && !await mayBegin(db))
        {
            return new(new Attempt(default(CallChange)), IsKept: true); // nothing was written
        }

        if (await FindAsync(db, key, cancellationToken) is not { } call)
        {
            return new(new Attempt(default(CallChange)), IsKept: true);
        }

        var before = call.Copy();
        var decision = decide(call);
        var (isChange, row) = (decision.IsChange, decision.Event);
        if (!isChange && row is null)
        {
            return new(new Attempt(new CallChange(before, call, null, IsChange: false)), IsKept: true);
        }

        call.Version += isChange ? 1 : 0;
        try
        {
            return await TrySaveAsync(db, before, call, row, cancellationToken)
                ? new(new Attempt(new CallChange(before, call, row, isChange)), IsKept: true)
                : new(new Attempt(new CallChange(before, before, null, IsChange: false, IsAgentBusy: true)), IsKept: false);
        }
        catch (Exception ex) when (mayLose && ex is DbUpdateConcurrencyException)
        {
            return new(new Attempt(null), IsKept: false);
        }
        catch (Exception ex) when (mayLose && DatabaseErrors.IsDuplicate(ex))
        {
            return new(new Attempt(null, row), IsKept: false);
        }
    }

    private Task<bool> TryInsertAsync(
        Call call, CallEvent row, bool occupyAgent, Func<CrmDbContext, Task<bool>> mayBegin, CancellationToken cancellationToken) =>
        commits.RunAsync<bool>(
            async (db, token) =>
            {
                if (!await mayBegin(db))
                {
                    return new(false, IsKept: true); // nothing was written
                }

                // An attempt before may have been given ids.
                call.Id = 0;
                call.Legs.ForEach(leg => (leg.Id, leg.CallId) = (0, 0));
                call.Transfers.ForEach(transfer => (transfer.Id, transfer.CallId) = (0, 0));
                row.Id = 0;
                db.Calls.Add(call);
                try
                {
                    await db.SaveChangesAsync(token);
                    row.CallId = call.Id;
                    db.Events.Add(row);
                    await db.SaveChangesAsync(token);
                }
                catch (DbUpdateException ex) when (DatabaseErrors.IsDuplicate(ex))
                {
                    return new(false, IsKept: false);
                }

                var began = !occupyAgent || await OccupyAsync(db, call.AgentId!.Value, call.Id, call.ParkedCallId, token);
                return new(began, IsKept: began);
            },
            cancellationToken);

    private Task<(ClaimResult Result, long Version)> WriteClaimAsync(
        long callId, int agentId, DateTimeOffset now, DateTimeOffset lease, CancellationToken cancellationToken)
    {
        const CallStatus from = CallStatus.Waiting;
        var to = CallTransitions.Next(CallDirection.Inbound, from, CallTrigger.ClaimMade)!.Value;
        return commits.RunAsync<(ClaimResult Result, long Version)>(
            async (db, token) =>
            {
                var won = await db.Calls.Where(c => c.Id == callId && c.Status == from).ExecuteUpdateAsync(
                    set => set.SetProperty(c => c.Status, to).SetProperty(c => c.AgentId, agentId).SetProperty(c => c.ClaimedAt, now)
                        .SetProperty(c => c.LeaseUntil, lease).SetProperty(c => c.Version, c => c.Version + 1),
                    token);
                if (won == 0)
                {
                    return new((ClaimResult.NotWaiting, 0), IsKept: true); // nothing was written
                }

                // What the offer asks, asked again: a click can come from anywhere.
                if (!await db.Agents.AnyAsync(
                    a => a.Id == agentId && a.DeactivatedAt == null && a.Status != AgentStatus.Offline
                        && db.Statuses.Any(s => s.Name == a.Status && s.TakesCalls)
                        && !db.Declines.Any(d => d.CallId == callId && d.AgentId == agentId && (d.Until == null || d.Until > now)),
                    token))
                {
                    return new((ClaimResult.NotOffered, 0), IsKept: false);
                }

                if (!await OccupyAsync(db, agentId, callId, null, token))
                {
                    return new((ClaimResult.AgentBusy, 0), IsKept: false);
                }

                var row = CallEvent.Of(CallEventKind.Claimed, EventSource.Agent, callId, agentId, now);
                await RowStatements.Of<CallEvent>(db).InsertAsync(db, row, cancellationToken: token);
                var version = await db.Calls.Where(c => c.Id == callId).Select(c => c.Version).SingleAsync(token);
                return new((ClaimResult.Won, version), IsKept: true);
            },
            cancellationToken);
    }

    /// <summary>Two look-ups by index for a leg: "the customer's leg or any leg" in one condition reads every call there is.</summary>
    private static async Task<Call?> FindAsync(CrmDbContext db, CallKey key, CancellationToken cancellationToken) =>
        key switch
    {
        CallKey.Id id => await WholeCalls.For(db).ById(db, id.CallId, cancellationToken),
        CallKey.ConferenceName name => await WholeCalls.For(db).ByConferenceName(db, name.Name, cancellationToken),
        CallKey.ConferenceSid sid => await WholeCalls.For(db).ByConferenceSid(db, sid.Sid, cancellationToken),
        CallKey.Leg leg => await WholeCalls.For(db).ByLeg(db, leg.Sid, cancellationToken)
            ?? await WholeCalls.For(db).ByCustomerLeg(db, leg.Sid, cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(key), key, "A call is not looked for by this."),
    };

    private async Task<bool> IsKnownAsync(string key, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Events.AnyAsync(e => e.Key == key, cancellationToken);
    }

    /// <summary>Writes the change in the transaction of this context.</summary>
    /// <returns>False, with nothing to be kept, when an agent who takes the call over has another one in hand.</returns>
    private async Task<bool> TrySaveAsync(CrmDbContext db, Call before, Call call, CallEvent? row, CancellationToken cancellationToken)
    {
        await WriteRowsAsync(db, before, call, row, cancellationToken);
        if (!call.IsOpen)
        {
            await CallReports.MarkAsync(db, call.CreatedAt, cancellationToken);
        }

        var (former, latter) = (before.AgentsInHand().ToList(), call.AgentsInHand().ToList());
        foreach (var leaving in former.Except(latter))
        {
            await ReleaseAsync(db, call, leaving, cancellationToken);
        }

        if (before.IsParked && !(call.IsOpen && call.AgentId == before.AgentId))
        {
            await ForgetParkedAsync(db, call.Id, before.AgentId!.Value, cancellationToken);
        }

        if (before is { Status: CallStatus.Claimed, AgentId: { } claimer } && call.Status == CallStatus.Waiting)
        {
            await RestAsync(db, call.Id, claimer, row?.Kind, cancellationToken);
        }

        var isTakenUp = before.IsParked && call is { IsParked: false, Status: CallStatus.Claimed };
        if (isTakenUp && !await OccupyAsync(db, call.AgentId!.Value, call.Id, call.ParkedCallId, cancellationToken))
        {
            return false; // the agent has another call
        }

        foreach (var coming in latter.Except(former))
        {
            // The carrier's word that an agent is in stands; a colleague's click does not take a second call.
            if (!await OccupyAsync(db, coming, call.Id, null, cancellationToken) && coming != call.AgentId)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Writes what became of a call and its parts, the call first: its version says whether anybody else wrote in between.
    /// </summary>
    private static async Task WriteRowsAsync(
        CrmDbContext db, Call before, Call call, CallEvent? row, CancellationToken cancellationToken)
    {
        await RowStatements.Of<Call>(db).UpdateAsync(db, before, call, cancellationToken);
        call.Legs.ForEach(leg => leg.CallId = call.Id);
        await WritePartsAsync(db, before.Legs, call.Legs, leg => leg.Id, (leg, id) => leg.Id = id, cancellationToken);
        foreach (var gone in before.Legs.Select(leg => leg.Id).Except(call.Legs.Select(leg => leg.Id)))
        {
            await db.Legs.Where(leg => leg.Id == gone).ExecuteDeleteAsync(cancellationToken);
        }

        call.Transfers.ForEach(transfer => transfer.CallId = call.Id);
        await WritePartsAsync(
            db, before.Transfers, call.Transfers, transfer => transfer.Id, (transfer, id) => transfer.Id = id, cancellationToken);
        if (row is not null)
        {
            row.CallId = call.Id;
            row.Id = (await RowStatements.Of<CallEvent>(db).InsertAsync(db, row, cancellationToken: cancellationToken))!.Value;
        }

        // Whom a change gave the call was not read with it.
        call.Agent = call.Agent?.Id == call.AgentId ? call.Agent : null;
        call.Contact = call.Contact?.Id == call.ContactId ? call.Contact : null;
    }

    /// <summary>Writes the parts that are new or differ.</summary>
    private static async Task WritePartsAsync<TPart>(
        CrmDbContext db, List<TPart> before, List<TPart> after, Func<TPart, long> idOf, Action<TPart, long> setId,
        CancellationToken cancellationToken)
        where TPart : class
    {
        var statements = RowStatements.Of<TPart>(db);
        foreach (var part in after)
        {
            if (before.Find(former => idOf(former) == idOf(part)) is { } former)
            {
                await statements.UpdateAsync(db, former, part, cancellationToken);
            }
            else
            {
                setId(part, (await statements.InsertAsync(db, part, cancellationToken: cancellationToken))!.Value);
            }
        }
    }

    /// <param name="Change">Null when somebody else wrote first: their change is what is decided upon next.</param>
    /// <param name="Duplicate">The event that may have been kept before.</param>
    private sealed record Attempt(CallChange? Change, CallEvent? Duplicate = null);
}
