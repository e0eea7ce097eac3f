using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Calls;

/// <summary>The call has been taken by another agent.</summary>
public sealed record TakenByAnother(string By) : Refusal($"{By} answered this call.");

/// <summary>A call that was won, with the conference in which its caller waits.</summary>
/// <param name="CallId">Where the one who asked did not name it.</param>
public sealed record ClaimedCall(string ConferenceName, long? CallId = null);

/// <summary>What agents ask of live calls.</summary>
public sealed class CallCommands(
    IDbContextFactory<CrmDbContext> contexts, CallStore store, CallFeed feed, ITelephony telephony, DeadlineTimer deadlines,
    IOptionsMonitor<CallOptions> options, TimeProvider time, ILogger<CallCommands> logger)
{
    private const int LongestReason = 300;

    private readonly ConcurrentDictionary<long, Task<Claimant?>> _claims = new();

    /// <summary>The call with its legs, contact and agent; null when there is none of this id.</summary>
    public Task<Call?> FindAsync(long callId, CancellationToken cancellationToken) => store.FindAsync(callId, cancellationToken);

    /// <summary>The open call of an agent; null when there is none.</summary>
    public Task<Call?> FindActiveAsync(int agentId, CancellationToken cancellationToken) =>
        store.FindActiveAsync(agentId, cancellationToken);

    /// <summary>The call that an agent has put aside for the one in hand; null when there is none.</summary>
    public Task<Call?> FindParkedAsync(int agentId, CancellationToken cancellationToken) =>
        store.FindParkedAsync(agentId, cancellationToken);

    /// <summary>Calls waiting for somebody: those who lost their agent first, then the longest waiting.</summary>
    /// <param name="exceptDeclinedBy">Leaves out those that this agent declined.</param>
    public async Task<IReadOnlyList<Call>> GetWaitingAsync(int? exceptDeclinedBy, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Calls.AsNoTracking().Include(c => c.Contact).Where(c => c.Status == CallStatus.Waiting)
            .Where(c => exceptDeclinedBy == null
                || !db.Declines.Any(d => d.CallId == c.Id && d.AgentId == exceptDeclinedBy && (d.Until == null || d.Until > now)))
            .OrderBy(c => c.AnsweredAt == null).ThenBy(c => c.OfferedAt).ThenBy(c => c.Id).ToListAsync(cancellationToken);
    }

    /// <summary>Who does not want this call, or rests from it.</summary>
    public async Task<IReadOnlySet<int>> GetDeclinersAsync(long callId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return (await db.Declines.Where(d => d.CallId == callId).Where(CallDecline.Holds(time.GetUtcNow())).Select(d =>
            d.AgentId).ToListAsync(cancellationToken)).ToHashSet();
    }

    /// <summary>Claims a waiting call. Of all who try, one wins; the others are refused by <see cref="TakenByAnother"/>.</summary>
    public async Task<Result<ClaimedCall>> AcceptAsync(long callId, int agentId, CancellationToken cancellationToken)
    {
        while (true)
        {
            // One write a call at a time in this process: a thousand who click at once wait for the first, not for the database.
            var mine = new TaskCompletionSource<Claimant?>(TaskCreationOptions.RunContinuationsAsynchronously);
            var running = _claims.GetOrAdd(callId, mine.Task);
            if (running != mine.Task)
            {
                if (await running.WaitAsync(cancellationToken) is { } winner)
                {
                    return winner.AgentId == agentId && winner.MayJoin
                        ? new ClaimedCall(winner.ConferenceName)
                        : new TakenByAnother(winner.Name);
                }

                continue; // the first could not take it; perhaps this agent can
            }

            Claimant? claimed = null;
            try
            {
                (var answer, claimed) = await ClaimAsync(callId, agentId, cancellationToken);
                return answer;
            }
            finally
            {
                _claims.TryRemove(callId, out _);
                mine.SetResult(claimed);
            }
        }
    }

    /// <summary>
    /// This agent does not want the call; the others are still offered it. Nothing happens to a call that does not wait.
    /// </summary>
    public async Task DeclineAsync(long callId, int agentId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        if (!await db.Calls.AnyAsync(c => c.Id == callId && c.Status == CallStatus.Waiting, cancellationToken)
            || await db.Declines.AnyAsync(d => d.CallId == callId && d.AgentId == agentId && d.Until == null, cancellationToken))
        {
            return;
        }

        // it rested until now
        await db.Declines.Where(d => d.CallId == callId && d.AgentId == agentId).ExecuteDeleteAsync(cancellationToken);
        db.Declines.Add(new CallDecline { CallId = callId, AgentId = agentId, DeclinedAt = time.GetUtcNow() });
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException ex) when (DatabaseErrors.IsDuplicate(ex))
        {
            return; // declined already
        }

        var version = await db.Calls.Where(c => c.Id == callId).Select(c => c.Version).FirstOrDefaultAsync(cancellationToken);
        feed.Announce(new CallChanged(callId, version)); // the agent's other tabs fall silent too
        deadlines.Schedule(time.GetUtcNow() + DeadlineSweeper.OfferedAgainAfter); // perhaps nobody else is free
    }

    /// <summary>
    /// The agent's browser cannot join the call it took (no microphone, no connection): at once to the others, or ended.
    /// </summary>
    /// <param name="reason">Shown on the call.</param>
    public async Task ReleaseAsync(long callId, int agentId, string reason, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var kept = CardNumbers.Mask(KeptText.OneLine(reason))!; // a browser may say what it likes
        var shown = kept.Length > LongestReason ? kept[..LongestReason] : kept;
        await store.ChangeAsync(callId, c =>
        {
            var released = c.AgentId == agentId && (OfferAgain(c, now) || (c.Status == CallStatus.Preparing
                && c.TryEnd(CallTrigger.AgentLeft, now, CallOutcome.Failed, CallEnder.Agent, shown)));
            return released
                ? Decision.Changed(CallEvent.Of(CallEventKind.Released, EventSource.Agent, callId, agentId, now))
                : Decision.Nothing;
        }, cancellationToken);
    }

    /// <summary>
    /// Ends the agent's own call for everybody in it, in whatever state it is. One that keeps its customer ends after
    /// <see cref="Call.UndoWithin"/>, unless the agent takes it back.
    /// </summary>
    public async Task<Result> HangUpAsync(long callId, int agentId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var change = await store.ChangeAsync(callId, c =>
        {
            var ended = c.AgentId == agentId && (c.TryEndParked(now) || c.TryHangUp(now) || c switch
            {
                { AwaitsAgent: true } => false, // ended already
                { Status: CallStatus.Claimed } => OfferAgain(c, now), // not joined yet: the caller goes back to the others
                _ => c.TryEnd(
                    CallTrigger.AgentLeft, now, c.AnsweredAt is null ? CallOutcome.Cancelled : CallOutcome.Answered, CallEnder.Agent),
            });
            return ended
                ? Decision.Changed(CallEvent.Of(CallEventKind.HungUp, EventSource.Agent, callId, agentId, now))
                : Decision.Nothing;
        }, cancellationToken);
        return change.IsChange ? Result.Done : new Refusal("This call is not yours, or is over already.");
    }

    /// <summary>Takes back that the agent ended the call. The softphone joins it again next.</summary>
    public async Task<Result<ClaimedCall>> UndoHangUpAsync(long callId, int agentId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var change = await store.ChangeAsync(callId, c => c.AgentId == agentId && c.TryUndoHangUp(now)
            ? Decision.Changed(CallEvent.Of(CallEventKind.HangUpUndone, EventSource.Agent, callId, agentId, now))
            : Decision.Nothing, cancellationToken);
        return change is { IsChange: true, After: { } call }
            ? new ClaimedCall(call.ConferenceName)
            : new Refusal("It is too late: the call is over.");
    }

    /// <summary>
    /// Asks the carrier to hold the customer, or to take them off hold. The call shows it when the carrier's event says so.
    /// </summary>
    public async Task<Result> SetHoldAsync(long callId, int agentId, bool hold, CancellationToken cancellationToken)
    {
        var call = await WantHoldAsync(callId, agentId, hold, cancellationToken);
        if (call?.AgentId != agentId
            || call is not { Status: CallStatus.Connected, ConferenceSid: { } conference, CustomerLeg: { } customer })
        {
            return new Refusal("Only a call in progress can be held.");
        }

        if (call.FindOpenTransfer() is not null)
        {
            return new Refusal("While the call is being transferred, that decides who hears whom.");
        }

        try
        {
            await telephony.SetHoldAsync(conference, customer, hold, cancellationToken);
            return Result.Done;
        }
        catch (TelephonyException ex)
        {
            logger.LogWarning(ex, "Hold of call {CallId} failed", callId);
            await WantHoldAsync(callId, agentId, !hold, cancellationToken);
            return new Refusal(hold ? $"The call could not be held: {ex.Message}" : $"The call could not be taken off hold: {ex.Message}");
        }
    }

    private async Task<Call?> WantHoldAsync(long callId, int agentId, bool hold, CancellationToken cancellationToken)
    {
        var change = await store.ChangeAsync(callId, c =>
        {
            if (c.AgentId != agentId || c is not { Status: CallStatus.Connected, ConferenceSid: not null, CustomerLeg: not null }
                || c.FindOpenTransfer() is not null || c.AgentHolds == hold)
            {
                return Decision.Nothing;
            }

            c.AgentHolds = hold;
            return Decision.Changed();
        }, cancellationToken);
        return change.After;
    }

    private bool OfferAgain(Call call, DateTimeOffset now) =>
        call.TryOfferAgain(CallTrigger.ClaimLost, now, options.CurrentValue.OfferTimeout);

    private async Task<(Result<ClaimedCall> Answer, Claimant? Claimed)> ClaimAsync(
        long callId, int agentId, CancellationToken cancellationToken)
    {
        var result = await store.ClaimAsync(callId, agentId, cancellationToken);
        if (result is ClaimResult.AgentBusy or ClaimResult.NotOffered)
        {
            return (result == ClaimResult.AgentBusy ? CallStore.Busy : CallStore.NotOffered, null);
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var call = await db.Calls.AsNoTracking().Where(c => c.Id == callId)
            .Select(c => new { c.Status, c.AgentId, c.ConferenceName, Name = c.Agent!.DisplayName })
            .FirstOrDefaultAsync(cancellationToken);
        if (result == ClaimResult.Won)
        {
            logger.LogInformation("Call {CallId} claimed by agent {AgentId}", callId, agentId);
        }

        return call switch
        {
            null => (new Refusal("This call does not exist any more."), null),
            { AgentId: { } owner } when owner == agentId && (result == ClaimResult.Won || call.Status == CallStatus.Claimed) =>
                (new ClaimedCall(call.ConferenceName), new Claimant(owner, call.Name, call.ConferenceName, MayJoin: true)),
            // Those who wait for this look-up learn it too: a thousand who were a moment late would else look one after another.
            { AgentId: { } owner } =>
                (new TakenByAnother(call.Name),
                    new Claimant(owner, call.Name, call.ConferenceName, MayJoin: call.Status == CallStatus.Claimed)),
            _ => (new Refusal("The caller has left."), null),
        };
    }

    /// <param name="MayJoin">The call waits for this agent's leg.</param>
    private sealed record Claimant(int AgentId, string Name, string ConferenceName, bool MayJoin);
}
