using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Transfers;

/// <summary>A call that a colleague is asked to take.</summary>
/// <param name="From">Who asks.</param>
/// <param name="Note">What they say about it.</param>
/// <param name="Number">The customer's: E.164, or what the carrier says instead.</param>
/// <param name="CallNotes">What has been written down in the call so far.</param>
public sealed record OfferedTransfer(
    long CallId, string From, string? Note, string Number, string? Name, string? CallNotes, DateTimeOffset ExpiresAt);

/// <summary>Who hands a call to whom, as its event keeps it.</summary>
internal sealed record TransferParties(int FromAgentId, int ToAgentId);

/// <summary>
/// Hands a call to a colleague: the customer hears music, the colleague is asked, and when the colleague's leg is in the conference the
/// call is theirs and the sender is out. A transfer that comes to nothing gives the call back to the sender; when the sender has gone,
/// to everybody.
/// </summary>
public sealed class CallTransfers(
    IDbContextFactory<CrmDbContext> contexts, CallStore store, AgentRoster roster, IOptionsMonitor<CallOptions> options, TimeProvider time)
{
    internal const int LongestNote = 500;

    private static readonly Refusal NotYours = new("Only your own call in progress can be transferred.");
    private static readonly Refusal NotOffered = new("This call is not offered to you any more.");

    /// <summary>The call that this agent is asked to take; null when there is none.</summary>
    public async Task<OfferedTransfer?> FindOfferedAsync(int agentId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Transfers.AsNoTracking().Where(t => t.ToAgentId == agentId && t.State == TransferState.Ringing)
            .Join(db.Calls, t => t.CallId, c => c.Id, (t, c) => new OfferedTransfer(
                c.Id, db.Agents.Where(a => a.Id == t.FromAgentId).Select(a => a.DisplayName).First(), t.Note,
                c.Direction == CallDirection.Inbound ? c.FromNumber : c.ToNumber, c.Contact!.Name ?? c.CallerName, c.Notes, t.ExpiresAt))
            .FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>Asks a colleague to take the call.</summary>
    public async Task<Result> StartAsync(long callId, int fromAgentId, int toAgentId, string? note, CancellationToken cancellationToken)
    {
        if (await roster.FindAsync(toAgentId, cancellationToken) is not { } colleague || toAgentId == fromAgentId)
        {
            return new Refusal("There is no such colleague.");
        }

        if (WhyNot(colleague) is { } refusal)
        {
            return refusal;
        }

        var now = time.GetUtcNow();
        var said = string.IsNullOrWhiteSpace(note) ? null : note.Trim();
        var transfer = new CallTransfer
        {
            CallId = callId, FromAgentId = fromAgentId, ToAgentId = toAgentId,
            Note = said is { Length: > LongestNote } ? said[..LongestNote] : said,
            State = TransferState.Ringing, AskedAt = now, ExpiresAt = now + options.CurrentValue.TransferTimeout,
        };
        var change = await store.ChangeAsync(callId, c =>
        {
            if (c is not { Status: CallStatus.Connected } || c.AgentId != fromAgentId || c.FindOpenTransfer() is not null)
            {
                return Decision.Nothing;
            }

            c.Transfers.Add(transfer.Copy());
            return Decision.Changed(EventOf(CallEventKind.TransferAsked, callId, fromAgentId, now, transfer));
        }, cancellationToken);
        return change switch
        {
            { IsChange: true } => Result.Done,
            { After: { } call } when call.FindOpenTransfer() is not null => new Refusal("This call is being transferred already."),
            _ => NotYours,
        };
    }

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

            transfer.State = TransferState.Accepted;
            return Decision.Changed(EventOf(CallEventKind.TransferAccepted, callId, agentId, now, transfer));
        }, cancellationToken);
        if (change.IsAgentBusy)
        {
            return CallStore.Busy;
        }

        return change.After is { } call && call.MayJoin(agentId) ? new ClaimedCall(call.ConferenceName) : NotOffered;
    }

    /// <summary>The colleague does not take the call, or cannot join it.</summary>
    public Task<Result> DeclineAsync(long callId, int agentId, CancellationToken cancellationToken) =>
        EndAsync(callId, TransferState.Declined, CallEventKind.TransferDeclined, agentId, t => t.ToAgentId == agentId, cancellationToken);

    /// <summary>The sender takes the transfer back.</summary>
    public Task<Result> CancelAsync(long callId, int agentId, CancellationToken cancellationToken) => EndAsync(
        callId, TransferState.Cancelled, CallEventKind.TransferCancelled, agentId, t => t.FromAgentId == agentId, cancellationToken);

    /// <summary>Ends a transfer that nobody took in time.</summary>
    internal Task ExpireAsync(long callId, CancellationToken cancellationToken) => EndAsync(
        callId, TransferState.TimedOut, CallEventKind.TransferTimedOut, null, t => t.ExpiresAt <= time.GetUtcNow(), cancellationToken);

    private static Refusal? WhyNot(AgentOnFloor colleague) => colleague.Presence switch
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
        var row = CallEvent.Of(kind, agentId is null ? EventSource.Clock : EventSource.Agent, callId, agentId, now);
        // Without the note, which is the colleague's to read.
        row.Detail = CallStore.ToDetail(new TransferParties(transfer.FromAgentId, transfer.ToAgentId));
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
