using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Calls;

/// <summary>What agents ask of calls. A refusal comes back in words that can be shown.</summary>
public sealed class CallCommands
{
    private readonly IDbContextFactory<CrmDbContext> _contexts;
    private readonly CallStore _writer;
    private readonly CallEffects _carrier;
    private readonly CallFeed _feed;
    private readonly ITelephony _telephony;
    private readonly DialPolicy _policy;
    private readonly ContactBook _contacts;
    private readonly ConcurrentDictionary<long, Task<Claimant?>> _claims = new();
    private readonly IOptionsMonitor<CallOptions> _options;
    private readonly TimeProvider _time;
    private readonly ILogger<CallCommands> _logger;

    public CallCommands(
        IDbContextFactory<CrmDbContext> contexts, CallStore writer, CallEffects carrier, CallFeed feed, ITelephony telephony, DialPolicy policy,
        ContactBook contacts, IOptionsMonitor<CallOptions> options, TimeProvider time, ILogger<CallCommands> logger)
    {
        (_contexts, _writer, _carrier, _feed, _telephony, _policy, _contacts) = (contexts, writer, carrier, feed, telephony, policy, contacts);
        (_options, _time, _logger) = (options, time, logger);
    }

    /// <summary>The call with its legs, contact and agent; null when there is none of this id.</summary>
    public Task<Call?> FindAsync(long callId, CancellationToken cancellationToken) => _writer.FindAsync(callId, cancellationToken);

    /// <summary>The call in an agent's hand; null when there is none.</summary>
    public Task<Call?> FindActiveAsync(int agentId, CancellationToken cancellationToken) =>
        _writer.FindActiveAsync(agentId, cancellationToken);

    /// <summary>Calls waiting for somebody, the longest waiting first.</summary>
    /// <param name="exceptDeclinedBy">Leaves out those that this agent declined.</param>
    public async Task<IReadOnlyList<Call>> GetWaitingAsync(int? exceptDeclinedBy, CancellationToken cancellationToken)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        return await db.Calls.AsNoTracking().Include(c => c.Contact).Where(c => c.Status == CallStatus.Waiting)
            .Where(c => exceptDeclinedBy == null || !db.Declines.Any(d => d.CallId == c.Id && d.AgentId == exceptDeclinedBy))
            .OrderBy(c => c.OfferedAt).ThenBy(c => c.Id).ToListAsync(cancellationToken);
    }

    /// <summary>Who does not want this call.</summary>
    public async Task<IReadOnlySet<int>> GetDeclinersAsync(long callId, CancellationToken cancellationToken)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        return (await db.Declines.Where(d => d.CallId == callId).Select(d => d.AgentId).ToListAsync(cancellationToken)).ToHashSet();
    }

    /// <summary>Takes a waiting call. Of all who try, one wins; the others learn who.</summary>
    public async Task<ClaimAnswer> AcceptAsync(long callId, int agentId, CancellationToken cancellationToken)
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
                        ? new ClaimAnswer(true, winner.ConferenceName, null, null)
                        : Lost(winner.Name);
                }

                continue; // that one could not take it; perhaps I can
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

    /// <summary>This agent does not want the call; the others are still offered it.</summary>
    public async Task DeclineAsync(long callId, int agentId, CancellationToken cancellationToken)
    {
        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        db.Declines.Add(new CallDecline { CallId = callId, AgentId = agentId });
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException ex) when (CallStore.IsDuplicate(ex))
        {
            return; // declined already
        }

        var version = await db.Calls.Where(c => c.Id == callId).Select(c => c.Version).FirstOrDefaultAsync(cancellationToken);
        _feed.Announce(new CallChanged(callId, version)); // the agent's other tabs fall silent too
    }

    /// <summary>The agent's browser cannot join the call it took (no microphone, no connection): at once to the others, or ended.</summary>
    /// <param name="reason">In words, shown on the call.</param>
    public async Task ReleaseAsync(long callId, int agentId, string reason, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var change = await _writer.ChangeAsync(callId, () => NewEvent($"released:{callId}:{agentId}:{now.UtcTicks}", "released", agentId, now), c =>
            c.AgentId == agentId && (c.TryApply(CallTrigger.ClaimLost, now) || (c.Status == CallStatus.Preparing
                && c.TryEnd(CallTrigger.AgentLeft, now, CallOutcome.Failed, CallEnder.Agent, reason is { Length: > 300 } ? reason[..300] : reason))), cancellationToken);
        if (change is { Changed: true, Call.IsOpen: false })
        {
            _carrier.TidyUp(change.Call);
        }
    }

    /// <summary>Prepares a call to a customer. The agent's softphone joins the conference next; only then is the customer dialled.</summary>
    /// <param name="typed">A number in E.164, separators allowed.</param>
    public async Task<DialAnswer> DialAsync(int agentId, string typed, CancellationToken cancellationToken)
    {
        var (number, refusal) = _policy.Check(typed);
        refusal ??= _policy.Count(agentId);
        if (number is null || refusal is not null)
        {
            return new DialAnswer(null, null, refusal);
        }

        var now = _time.GetUtcNow();
        var contact = await _contacts.MatchAsync(number.Value.Value, cancellationToken);
        var call = new Call
        {
            Direction = CallDirection.Outbound,
            FromNumber = OurNumber,
            ToNumber = number.Value.Value,
            ContactId = contact?.Id,
            AgentId = agentId,
            ConferenceName = $"conf-{now.ToUnixTimeMilliseconds()}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}",
            Status = CallStatus.Preparing,
            CreatedAt = now,
            ExpiresAt = now + _options.CurrentValue.AgentJoinTimeout,
            Version = 1,
        };
        var row = NewEvent($"dialled:{call.ConferenceName}", "dialled", agentId, now);
        return await _writer.TryCreateAsync(call, row, occupyAgent: true, cancellationToken)
            ? new DialAnswer(call.Id, call.ConferenceName, null)
            : new DialAnswer(null, null, "You have a call in hand. End it before dialling the next.");
    }

    /// <summary>The number that customers see. Set from the telephony settings at start.</summary>
    public string OurNumber { get; set; } = "";

    /// <summary>Ends the agent's own call for everybody in it, in whatever state it is.</summary>
    /// <returns>False when it is not theirs or is over.</returns>
    public async Task<bool> HangUpAsync(long callId, int agentId, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var change = await _writer.ChangeAsync(callId, () => NewEvent($"hung-up:{callId}:{agentId}:{now.UtcTicks}", "hung-up", agentId, now), c =>
            c.AgentId == agentId && c.Status switch
            {
                CallStatus.Claimed => c.TryApply(CallTrigger.ClaimLost, now), // not joined yet: the caller goes back to the others
                _ => c.TryEnd(CallTrigger.AgentLeft, now, c.AnsweredAt is null ? CallOutcome.Cancelled : CallOutcome.Answered, CallEnder.Agent),
            }, cancellationToken);
        if (change is { Changed: true, Call.IsOpen: false })
        {
            _carrier.TidyUp(change.Call);
        }

        return change.Changed;
    }

    /// <summary>Asks the carrier to hold the customer, or to take them off hold. The call shows it when the carrier's event says so.</summary>
    /// <returns>Words when it cannot be asked for now.</returns>
    public async Task<string?> SetHoldAsync(long callId, int agentId, bool hold, CancellationToken cancellationToken)
    {
        var call = await FindAsync(callId, cancellationToken);
        if (call?.AgentId != agentId || call is not { Status: CallStatus.Connected, ConferenceSid: { } conference, CustomerLeg: { } customer })
        {
            return "Only a call in progress can be held.";
        }

        try
        {
            await _telephony.SetHoldAsync(conference, customer, hold, cancellationToken);
            return null;
        }
        catch (TelephonyException ex)
        {
            _logger.LogWarning(ex, "Hold of call {CallId} failed", callId);
            return hold ? $"The call could not be held: {ex.Message}" : $"The call could not be taken off hold: {ex.Message}";
        }
    }

    /// <summary>Saves the notes. Last writer wins: they are one agent's, in one call.</summary>
    public async Task SaveNotesAsync(long callId, int agentId, string? notes, CancellationToken cancellationToken)
    {
        if (notes is { Length: > 10_000 })
        {
            throw new ArgumentException("Notes may be 10,000 characters long at most.", nameof(notes));
        }

        await _writer.ChangeAsync(callId, null, c =>
        {
            if (!IsOf(c, agentId) || c.Notes == notes)
            {
                return false;
            }

            c.Notes = notes;
            return true;
        }, cancellationToken);
    }

    /// <summary>Sets what came of the call. The agent's own, during it or later.</summary>
    /// <param name="disposition">A name from the administrator's list; null takes the choice back.</param>
    /// <returns>Words why not; null when it is set.</returns>
    public async Task<string?> SetDispositionAsync(long callId, int agentId, string? disposition, CancellationToken cancellationToken)
    {
        if (disposition is not null)
        {
            await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
            if (!await db.Dispositions.AnyAsync(d => d.Name == disposition, cancellationToken))
            {
                return "This outcome is not on the list any more. Choose another.";
            }
        }

        var change = await _writer.ChangeAsync(callId, null, c =>
        {
            if (!IsOf(c, agentId) || c.Disposition == disposition)
            {
                return false;
            }

            c.Disposition = disposition;
            return true;
        }, cancellationToken);
        return change.Call is { } call && IsOf(call, agentId) ? null : NotYours;
    }

    /// <summary>Says which of several contacts this caller is.</summary>
    /// <returns>Words why not; null when it is set.</returns>
    public async Task<string?> SetContactAsync(long callId, int agentId, long? contactId, CancellationToken cancellationToken)
    {
        if (contactId is not null)
        {
            await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
            if (!await db.Contacts.AnyAsync(c => c.Id == contactId, cancellationToken))
            {
                return "This contact does not exist any more.";
            }
        }

        var change = await _writer.ChangeAsync(callId, null, c =>
        {
            if (!IsOf(c, agentId) || c.ContactId == contactId)
            {
                return false;
            }

            c.ContactId = contactId;
            return true;
        }, cancellationToken);
        return change.Call is { } call && IsOf(call, agentId) ? null : NotYours;
    }

    /// <summary>Makes a contact of the customer of this call, with the number they call from.</summary>
    /// <returns>The contact's id, or words why not.</returns>
    public async Task<(long? ContactId, string? Refusal)> CreateContactAsync(long callId, int agentId, string name, CancellationToken cancellationToken)
    {
        name = name.Trim();
        if (name.Length is 0 or > 120)
        {
            return (null, "A contact needs a name of 1 to 120 characters.");
        }

        var call = await FindAsync(callId, cancellationToken);
        if (call is null || !IsOf(call, agentId))
        {
            return (null, NotYours);
        }

        if (!PhoneNumber.TryParse(call.OtherNumber, out var number))
        {
            return (null, "The caller's number is withheld, so there is nothing to know them by next time.");
        }

        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        var now = _time.GetUtcNow();
        // Pressed twice, or by two agents of the same caller: one contact of this name and number is enough.
        var contact = await db.Contacts.FirstOrDefaultAsync(c => c.Name == name && c.Numbers.Any(n => n.Number == number.Value), cancellationToken);
        if (contact is null)
        {
            contact = new Contact { Name = name, CreatedAt = now, UpdatedAt = now, Numbers = [new ContactNumber { Number = number.Value }] };
            db.Contacts.Add(contact);
            await db.SaveChangesAsync(cancellationToken);
        }

        return await SetContactAsync(callId, agentId, contact.Id, cancellationToken) is { } refusal ? (null, refusal) : (contact.Id, null);
    }

    private const string NotYours = "This call is not yours.";

    /// <summary>Whose call it is to write in: the agent who had it, or who follows it up.</summary>
    private static bool IsOf(Call call, int agentId) => call.AgentId == agentId || call.FollowUpAgentId == agentId;

    private async Task<(ClaimAnswer Answer, Claimant? Claimed)> ClaimAsync(long callId, int agentId, CancellationToken cancellationToken)
    {
        var result = await _writer.ClaimAsync(callId, agentId, cancellationToken);
        if (result == ClaimResult.AgentBusy)
        {
            return (new ClaimAnswer(false, null, null, "You have a call in hand. End it before taking the next."), null);
        }

        await using var db = await _contexts.CreateDbContextAsync(cancellationToken);
        var call = await db.Calls.AsNoTracking().Where(c => c.Id == callId)
            .Select(c => new { c.Status, c.AgentId, c.ConferenceName, Name = c.Agent!.DisplayName }).FirstOrDefaultAsync(cancellationToken);
        if (result == ClaimResult.Won)
        {
            _logger.LogInformation("Call {CallId} claimed by agent {AgentId}", callId, agentId);
            var claimant = new Claimant(agentId, call!.Name, call.ConferenceName, MayJoin: true);
            return (new ClaimAnswer(true, call.ConferenceName, null, null), claimant);
        }

        return call switch
        {
            null => (new ClaimAnswer(false, null, null, "This call does not exist any more."), null),
            { AgentId: { } owner } when owner == agentId && call.Status is CallStatus.Claimed => (new ClaimAnswer(true, call.ConferenceName, null, null), null),
            // Those who wait for this look-up learn it too: a thousand who were a moment late would else look one after another.
            { AgentId: { } owner } => (Lost(call.Name), new Claimant(owner, call.Name, call.ConferenceName, MayJoin: call.Status is CallStatus.Claimed)),
            _ => (new ClaimAnswer(false, null, null, "The caller has left."), null),
        };
    }

    private static ClaimAnswer Lost(string name) => new(false, null, name, $"{name} answered this call.");

    private static CallEvent NewEvent(string key, string kind, int agentId, DateTimeOffset now) =>
        new() { Key = key, Kind = kind, Source = EventSource.Agent, At = now, ReceivedAt = now, AgentId = agentId };

    /// <param name="MayJoin">The call waits for this agent's leg.</param>
    private sealed record Claimant(int AgentId, string Name, string ConferenceName, bool MayJoin);
}
