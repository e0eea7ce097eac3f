using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Transfers;

/// <summary>A call that a colleague is asked to take.</summary>
/// <param name="From">Who asks.</param>
/// <param name="Note">What they say about it.</param>
/// <param name="Number">The customer's: E.164, or what the carrier says instead.</param>
/// <param name="CallNotes">What has been written down in the call so far.</param>
/// <param name="IsConsult">The sender wants to talk first, and decides then.</param>
/// <param name="OrderedBy">The supervisor who gives the sender's call on; null when the sender asks.</param>
/// <param name="IsInternal">The sender just calls; there is no customer.</param>
public sealed record OfferedTransfer(
    long CallId, string From, string? Note, string Number, string? Name, string? CallNotes, DateTimeOffset ExpiresAt,
    bool IsConsult, string? OrderedBy, bool IsInternal);

/// <summary>Who hands a call to whom, as its event keeps it.</summary>
/// <param name="Outside">The outside number, masked.</param>
public sealed record TransferParties(int FromAgentId, int? ToAgentId, bool IsConsult = false, string? Outside = null)
{
    /// <summary>As an event kept it; null for what was erased.</summary>
    public static TransferParties? Read(string? detail) => detail is null ? null : CallStore.FromDetail<TransferParties>(detail);
}

/// <summary>
/// Hands a call to a colleague (<see cref="OutsideTransfers"/>: to an outside number): the customer hears music, the colleague is asked,
/// and when the colleague's leg is in the conference the call is theirs and the sender is out. A transfer that comes to nothing gives the
/// call back to the sender; when the sender has gone, to everybody.
/// </summary>
public sealed partial class CallTransfers(
    IDbContextFactory<CrmDbContext> contexts, CallStore store, AgentRoster roster, ITelephony telephony,
    IOptionsMonitor<CallOptions> options,
    TimeProvider time, ILogger<CallTransfers> logger)
{
    internal const int LongestNote = 500;

    /// <summary>The customer and the agent among them.</summary>
    internal const int MostParties = 6;

    internal static readonly Refusal NotYours = new("Only your own call in progress can be transferred.");
    internal static readonly Refusal NoColleague = new("There is no such colleague.");
    private static readonly Refusal NotInProgress = new("Only a call in progress can be given to somebody else.");
    private static readonly Refusal OwnCall = new("This is your own call.");
    private static readonly Refusal NotConsulted = new("The one you talk with is not in this call any more.");
    private static readonly Refusal NotOffered = new("This call is not offered to you any more.");

    /// <summary>The call that this agent is asked to take; null when there is none.</summary>
    public async Task<OfferedTransfer?> FindOfferedAsync(int agentId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Transfers.AsNoTracking()
            .Where(t => t.ToAgentId == agentId && t.EndedAt == null && t.State == TransferState.Ringing)
            .Join(db.Calls, t => t.CallId, c => c.Id, (t, c) => new OfferedTransfer(
                c.Id, db.Agents.Where(a => a.Id == t.FromAgentId).Select(a => a.DisplayName).First(), t.Note,
                c.Direction == CallDirection.Inbound ? c.FromNumber : c.ToNumber, c.Contact!.Name ?? c.CallerName, c.Notes, t.ExpiresAt,
                t.IsConsult, db.Agents.Where(a => a.Id == t.OrderedById).Select(a => a.DisplayName).FirstOrDefault(),
                c.Direction == CallDirection.Internal))
            .FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>Asks a colleague to take the call.</summary>
    /// <param name="consult">The two talk first; <see cref="HandOverAsync"/> or <see cref="CancelAsync"/> decides.</param>
    public async Task<Result> StartAsync(
        long callId, int fromAgentId, int toAgentId, string? note, bool consult, CancellationToken cancellationToken)
    {
        if (await roster.FindAsync(toAgentId, cancellationToken) is not { } colleague || toAgentId == fromAgentId)
        {
            return NoColleague;
        }

        if (WhyNot(colleague) is { } refusal)
        {
            return refusal;
        }

        var now = time.GetUtcNow();
        var transfer = new CallTransfer
        {
            CallId = callId, FromAgentId = fromAgentId, ToAgentId = toAgentId, IsConsult = consult,
            Note = ReadNote(note),
            State = TransferState.Ringing, AskedAt = now, ExpiresAt = now + options.CurrentValue.TransferTimeout,
        };
        return await BeginAsync(transfer, mayBegin: null, cancellationToken);
    }

    /// <summary>A supervisor gives an agent's call to a colleague of theirs, who is asked, or takes it.</summary>
    internal async Task<Result<ClaimedCall>> OrderAsync(
        long callId, int supervisorId, int toAgentId, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(callId, cancellationToken) is not { Status: CallStatus.Connected, AgentId: { } owner } call)
        {
            return NotInProgress;
        }

        var takesOver = toAgentId == supervisorId;
        if (owner == toAgentId)
        {
            return takesOver ? OwnCall : new Refusal("This agent has the call.");
        }

        if (!takesOver)
        {
            if (await roster.FindAsync(toAgentId, cancellationToken) is not { } colleague)
            {
                return new Refusal("There is no such agent.");
            }

            if (WhyNot(colleague) is { } refusal)
            {
                return refusal;
            }
        }

        var now = time.GetUtcNow();
        var transfer = new CallTransfer
        {
            CallId = callId, FromAgentId = owner, OrderedById = supervisorId, ToAgentId = toAgentId,
            State = takesOver ? TransferState.Accepted : TransferState.Ringing, AskedAt = now,
            ExpiresAt = now + options.CurrentValue.TransferTimeout,
        };
        var begun = await BeginAsync(transfer, mayBegin: null, cancellationToken);
        return begun.Refusal is { } no ? no == NotYours ? NotInProgress : no : new ClaimedCall(call.ConferenceName);
    }

    /// <summary>Writes a transfer down with its call: of two at once one wins.</summary>
    /// <param name="mayBegin">Asked first, in the transaction that writes it; null for one that nothing forbids.</param>
    internal async Task<Result> BeginAsync(
        CallTransfer transfer, Func<CrmDbContext, Task<bool>>? mayBegin, CancellationToken cancellationToken)
    {
        var (callId, fromAgentId, now) = (transfer.CallId, transfer.FromAgentId, transfer.AskedAt);
        var kind = transfer.OrderedById is null ? CallEventKind.TransferAsked
            : transfer.OrderedById == transfer.ToAgentId ? CallEventKind.TakenOver : CallEventKind.HandedToAnother;
        var change = await store.ChangeAsync(callId, c =>
        {
            if (!MayBegin(c, fromAgentId))
            {
                return Decision.Nothing;
            }

            if (c.FindOpenTransfer() is { } together)
            {
                together.State = TransferState.Joined;
            }

            // A supervisor who was brought in, and takes the call over: their softphone joins anew.
            c.FindJoined().FirstOrDefault(party => party.ToAgentId is { } colleague && colleague == transfer.ToAgentId)
                ?.End(TransferState.Left, now);
            c.AgentHolds = false; // from now on the transfer decides who hears music
            c.Transfers.Add(transfer.Copy());
            return Decision.Changed(EventOf(kind, callId, transfer.OrderedById ?? fromAgentId, now, transfer));
        }, mayBegin, cancellationToken);
        return change.IsAgentBusy ? CallStore.Busy
            : change.IsChange ? Result.Done : change.After is { } call && WhyNot(call, fromAgentId) is { } refusal ? refusal : NotYours;
    }

    /// <summary>
    /// Gives the call to everybody but the sender, who is out of it: an offer like any, in its old place, with those who declined it
    /// asked again.
    /// </summary>
    public async Task<Result> StartToEverybodyAsync(
        long callId, int fromAgentId, string? note, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(callId, cancellationToken) is not { } call || !MayBegin(call, fromAgentId))
        {
            return NotYours;
        }

        var leg = call.FindAgentLeg() is { KeepsCustomer: false } ends ? ends.CallSid : (CallSid?)null;
        try
        {
            await SetEndOnExitAsync(false); // before anybody is told: the sender's phone leaves as soon as it hears of it
        }
        catch (TelephonyException ex)
        {
            logger.LogWarning(ex, "Call {CallId} could not be given to everybody", callId);
            return new Refusal($"The call could not be given away: {ex.Message}");
        }

        await using (var db = await contexts.CreateDbContextAsync(cancellationToken))
        {
            await db.Declines.Where(d => d.CallId == callId && d.AgentId != fromAgentId).ExecuteDeleteAsync(cancellationToken);
            if (!await db.Declines.AnyAsync(d => d.CallId == callId && d.AgentId == fromAgentId, cancellationToken))
            {
                db.Declines.Add(new CallDecline { CallId = callId, AgentId = fromAgentId, DeclinedAt = time.GetUtcNow() });
                await db.SaveChangesAsync(cancellationToken);
            }
        }

        var now = time.GetUtcNow();
        var transfer = new CallTransfer
        {
            CallId = callId, FromAgentId = fromAgentId, Note = ReadNote(note),
            State = TransferState.Taken, AskedAt = now, ExpiresAt = now, EndedAt = now,
        };
        var change = await store.ChangeAsync(callId, c =>
        {
            if (!MayBegin(c, fromAgentId) || !c.TryOfferAgain(CallTrigger.AgentLost, now, options.CurrentValue.OfferTimeout))
            {
                return Decision.Nothing;
            }

            c.Transfers.Add(transfer.Copy());
            return Decision.Changed(EventOf(CallEventKind.TransferredToEverybody, callId, fromAgentId, now, transfer));
        }, cancellationToken);
        if (change.IsChange)
        {
            return Result.Done;
        }

        await SetEndOnExitAsync(true);
        return NotYours;

        Task SetEndOnExitAsync(bool endsConference) => leg is { } mine && call.ConferenceSid is { } conference
            ? telephony.SetEndOnExitAsync(conference, mine, endsConference, cancellationToken)
            : Task.CompletedTask;
    }

    /// <summary>The sender of a consultation gives the call to the colleague, and is out.</summary>
    public Task<Result> HandOverAsync(long callId, int agentId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return ConsultAsync(callId, agentId, (c, _) => c.TryHandOver(now), CallEventKind.HandedOver, now, cancellationToken);
    }

    /// <summary>Who talks with whom in a consultation: its sender with the colleague, with the customer, or all together.</summary>
    /// <param name="state"><see cref="TransferState.Consulting"/>, <see cref="TransferState.WithCustomer"/> or <see
    /// cref="TransferState.Together"/>.</param>
    public Task<Result> TalkAsync(long callId, int agentId, TransferState state, CancellationToken cancellationToken) => ConsultAsync(
        callId, agentId,
        (_, consult) =>
        {
            var isChange = consult.State != state;
            consult.State = state;
            return isChange;
        },
        state switch
        {
            TransferState.Together => CallEventKind.ConsultTogether,
            TransferState.WithCustomer => CallEventKind.ConsultCustomer,
            TransferState.Consulting => CallEventKind.ConsultPrivate,
            _ => throw new ArgumentOutOfRangeException(nameof(state), state, "Nobody talks in this state."),
        },
        time.GetUtcNow(), cancellationToken);

    /// <summary>The colleague takes the call. It is theirs when their leg has joined.</summary>
    public async Task<Result<ClaimedCall>> AcceptAsync(long callId, int agentId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var change = await store.ChangeAsync(callId, c =>
        {
            if (c.FindOpenTransfer() is not { State: TransferState.Ringing } transfer || transfer.ToAgentId != agentId)
            {
                return Decision.Nothing;
            }

            // Who says yes in the last second has time to join.
            var joinBy = now + options.CurrentValue.ClaimLease;
            transfer.ExpiresAt = transfer.ExpiresAt > joinBy ? transfer.ExpiresAt : joinBy;
            transfer.State = TransferState.Accepted;
            return Decision.Changed(EventOf(CallEventKind.TransferAccepted, callId, agentId, now, transfer));
        }, cancellationToken);
        if (change.IsAgentBusy)
        {
            return CallStore.Busy;
        }

        return change.After is { } call && call.MayJoin(agentId) ? new ClaimedCall(call.ConferenceName) : NotOffered;
    }

    /// <summary>The colleague does not take the call, cannot join it, or leaves a call that they are in beside its agent.</summary>
    public async Task<Result> DeclineAsync(long callId, int agentId, CancellationToken cancellationToken)
    {
        var declined = await EndAsync(
            callId, TransferState.Declined, CallEventKind.TransferDeclined, agentId, t => t.ToAgentId == agentId, cancellationToken);
        return declined.IsDone ? declined
            : await EndPartyAsync(callId, agentId, c => c.FindJoined().FirstOrDefault(t => t.ToAgentId == agentId), cancellationToken);
    }

    /// <summary>
    /// Who asked for the transfer takes it back, also out of a consultation: the colleague is out, and the customer back. One that a
    /// supervisor ordered is not the sender's to take back.
    /// </summary>
    public Task<Result> CancelAsync(long callId, int agentId, CancellationToken cancellationToken) => EndAsync(
        callId, TransferState.Cancelled, CallEventKind.TransferCancelled, agentId, t => (t.OrderedById ?? t.FromAgentId) == agentId,
        cancellationToken);

    /// <summary>Ends a transfer that nobody took in time.</summary>
    internal Task ExpireAsync(long callId, CancellationToken cancellationToken) => EndAsync(
        callId, TransferState.TimedOut, CallEventKind.TransferTimedOut, null, t => !t.IsTalking && t.ExpiresAt <= time.GetUtcNow(),
        cancellationToken);

    /// <summary>What a sender typed, as it is kept.</summary>
    internal static string? ReadNote(string? typed)
    {
        var said = CardNumbers.Mask(KeptText.LinesOrNull(typed));
        return said is { Length: > LongestNote } ? said[..LongestNote] : said;
    }

    /// <summary>Whether this agent can hand the call on, or bring somebody in, now.</summary>
    public static bool MayBegin(Call call, int agentId) => WhyNot(call, agentId) is null;

    /// <summary>Why this agent cannot hand the call to anybody now; null when they can.</summary>
    internal static Refusal? WhyNot(Call call, int agentId) => call switch
    {
        { IsInternal: true } => new Refusal("A call between colleagues cannot be given to anybody."),
        _ when call.FindOpenTransfer() is { State: not TransferState.Together } => new Refusal("This call is being transferred already."),
        _ when call.AgentId == agentId && call.Transfers.Count(t => t.IsOpen || t.IsJoined) >= MostParties - 2 =>
            new Refusal($"{MostParties} can be in a call at most: take somebody out first."),
        { Status: CallStatus.Connected } when call.AgentId == agentId => null,
        _ => NotYours,
    };

    private async Task<Result> ConsultAsync(
        long callId, int agentId, Func<Call, CallTransfer, bool> decide, CallEventKind kind, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var change = await store.ChangeAsync(callId, c =>
            c is { Status: CallStatus.Connected } && c.AgentId == agentId && c.FindOpenTransfer() is { IsTalking: true } consult
                && decide(c, consult)
                ? Decision.Changed(EventOf(kind, callId, agentId, now, consult))
                : Decision.Nothing, cancellationToken);
        return change.IsChange ? Result.Done : NotConsulted;
    }

    internal static Refusal? WhyNot(AgentOnFloor colleague) => colleague.Presence switch
    {
        Presence.Available => null,
        Presence.OnCall => new Refusal($"{colleague.Name} is in a call."),
        Presence.WrapUp => new Refusal($"{colleague.Name} is wrapping up a call."),
        Presence.Unreachable => new Refusal($"{colleague.Name} cannot be reached."),
        Presence.PhoneOff => new Refusal($"{colleague.Name}'s phone cannot take calls now."),
        _ => new Refusal($"{colleague.Name} takes no calls now."),
    };

    private static CallEvent EventOf(CallEventKind kind, long callId, int? agentId, DateTimeOffset now, CallTransfer transfer)
    {
        var source = agentId is null ? EventSource.Clock
            : kind is CallEventKind.TakenOver or CallEventKind.HandedToAnother ? EventSource.Supervisor : EventSource.Agent;
        var row = CallEvent.Of(kind, source, callId, agentId, now);
        // Without the note, which is kept once, in the transfer's row.
        row.Detail = CallStore.ToDetail(
            new TransferParties(
                transfer.FromAgentId, transfer.ToAgentId, transfer.IsConsult,
                transfer.ToNumber is { } number ? PhoneNumber.TryParse(number, out var outside) ? outside.Masked : "withheld" : null));
        return row;
    }

    private async Task<Result> EndAsync(
        long callId, TransferState state, CallEventKind kind, int? agentId, Func<CallTransfer, bool> which,
        CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var change = await store.ChangeAsync(callId, c =>
        {
            if (c.FindOpenTransfer() is not { } transfer || !which(transfer))
            {
                return Decision.Nothing;
            }

            if (!c.IsOpen)
            {
                transfer.End(TransferState.Cancelled, now);
                return Decision.Changed();
            }

            c.EndTransfer(state, now, options.CurrentValue.OfferTimeout);
            return Decision.Changed(EventOf(kind, callId, agentId, now, transfer));
        }, cancellationToken);
        return change.IsChange ? Result.Done : NotOffered;
    }
}
