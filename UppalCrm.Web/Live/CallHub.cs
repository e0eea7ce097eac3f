using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using System.Security.Claims;
using UppalCrm.Web.Layout;
using UppalCrm.Web.SignIn;
using UppalCrm.Web.Softphone;

namespace UppalCrm.Web.Live;

/// <summary>
/// The agent's browser and the calls, apart from any page: offers ring and are accepted here even while the page's circuit reconnects.
/// Thin: it translates, and asks the commands. What needs this page's softphone next ends with its connection; everything else that was
/// clicked is carried out, also when the page has gone.
/// </summary>
[Authorize]
public sealed class CallHub(
    CallCommands commands, OutboundCalls outbound, SecondCalls second, CallJoins joins, ColleagueCalls colleagues,
    CallTransfers transfers, OutsideTransfers outside, CallSupervision supervision, JoinIntents intents, OfferReceipts receipts,
    AgentRoster roster, LiveConnections connections, LivePublisher publisher) : Hub<ICallClient>
{
    public const string Path = "/hubs/calls";
    public const string Supervisors = "supervisors";

    private int AgentId => int.Parse(Context.UserIdentifier!);

    public static string GroupOf(int agentId) => $"agent-{agentId}";

    public override async Task OnConnectedAsync()
    {
        if (Context.GetHttpContext()?.Request.Query["device"].ToString() is not { Length: > 0 and <= 100 } device)
        {
            return; // only carries a command: it is not the agent's phone, and hears nothing
        }

        await Groups.AddToGroupAsync(Context.ConnectionId, GroupOf(AgentId)); // a group: an agent may have several tabs
        if (Context.User!.Supervises())
        {
            await Groups.AddToGroupAsync(Context.ConnectionId, Supervisors);
        }

        try
        {
            // Written first: a reader of where the phone is, while this connection is listed, finds this browser or a newer one.
            var browser = device.Split('.', 2)[0];
            await roster.PhoneIsInAsync(AgentId, browser, Context.ConnectionAborted);
            connections.Add(Context.ConnectionId, AgentId, browser);
            await roster.SeenAsync([AgentId], Context.ConnectionAborted);
            await publisher.GreetAsync(AgentId, Clients.Caller, Context.ConnectionAborted);
        }
        catch (OperationCanceledException) when (Context.ConnectionAborted.IsCancellationRequested)
        {
            // A page that is loaded again goes while it is being greeted: no fault to be logged.
        }

        await base.OnConnectedAsync();
    }

    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        if (connections.Remove(Context.ConnectionId, AgentId))
        {
            publisher.LastBrowserGone(AgentId);
        }

        await base.OnDisconnectedAsync(exception);
    }

    public async Task<ClaimAnswer> Accept(long callId) =>
        await ToJoinAsync(callId, ClaimAnswer.Of(await commands.AcceptAsync(callId, AgentId, Context.ConnectionAborted)));

    /// <summary>The agent's softphone joins the call that it was thrown out of by a reload.</summary>
    public async Task<ClaimAnswer> Join(long callId)
    {
        var call = await commands.FindAsync(callId, Context.ConnectionAborted);
        return call?.MayJoin(AgentId) == true
            ? await ToJoinAsync(callId, ClaimAnswer.Of(new ClaimedCall(call.ConferenceName)))
            : ClaimAnswer.Of(new Refusal("This call is not there any more."));
    }

    public Task Decline(long callId) => commands.DeclineAsync(callId, AgentId, CancellationToken.None);

    /// <summary>The browser cannot join the call that it took.</summary>
    public async Task Release(long callId, string reason)
    {
        await commands.ReleaseAsync(callId, AgentId, reason, CancellationToken.None);
        await transfers.DeclineAsync(callId, AgentId, CancellationToken.None);
    }

    /// <param name="number">As a person writes it.</param>
    public async Task<DialAnswer> Dial(string number)
    {
        var answer = DialAnswer.Of(await outbound.PrepareAsync(AgentId, number, Context.ConnectionAborted));
        return answer.CallId is { } callId ? answer with { Intent = await IssueAsync(callId) } : answer;
    }

    /// <summary>Puts the call in hand aside and dials another number. The softphone leaves the one and joins the other.</summary>
    /// <param name="number">As a person writes it.</param>
    public async Task<DialAnswer> DialSecond(string number)
    {
        var answer = DialAnswer.Of(await second.DialAsync(AgentId, number, Context.ConnectionAborted));
        return answer.CallId is { } callId ? answer with { Intent = await IssueAsync(callId) } : answer;
    }

    /// <summary>
    /// Takes up the call that was put aside, and puts the one in hand aside. The softphone leaves the one and joins the other.
    /// </summary>
    public async Task<ClaimAnswer> SwitchCalls()
    {
        var taken = await second.SwitchAsync(AgentId, Context.ConnectionAborted);
        var answer = ClaimAnswer.Of(taken);
        return taken.Value is { CallId: { } callId } ? await ToJoinAsync(callId, answer with { CallId = callId }) : answer;
    }

    /// <summary>Brings the customer of the call that was put aside into the one in hand.</summary>
    /// <returns>Why it cannot be done; null when they are on their way.</returns>
    public async Task<string?> JoinCalls() => (await joins.JoinParkedAsync(AgentId, CancellationToken.None)).Reason;

    /// <summary>A supervisor brings the customer of one call into another.</summary>
    /// <returns>Why it cannot be done; null when they are on their way.</returns>
    public async Task<string?> BringOver(long callId, long intoCallId)
    {
        try
        {
            return (await supervision.BringOverAsync(callId, intoCallId, AgentId, CancellationToken.None)).Reason;
        }
        catch (NotAllowedException ex)
        {
            return ex.Message;
        }
    }

    /// <summary>Calls a colleague, without a customer. The softphone joins the call next.</summary>
    public async Task<DialAnswer> CallColleague(int colleagueId)
    {
        var answer = DialAnswer.Of(await colleagues.PrepareAsync(AgentId, colleagueId, Context.ConnectionAborted));
        return answer.CallId is { } callId ? answer with { Intent = await IssueAsync(callId) } : answer;
    }

    /// <summary>Ends the call for everybody; one who is only consulted leaves it.</summary>
    public async Task HangUp(long callId)
    {
        if (!(await commands.HangUpAsync(callId, AgentId, CancellationToken.None)).IsDone)
        {
            await transfers.DeclineAsync(callId, AgentId, CancellationToken.None);
        }
    }

    /// <summary>Takes back that the call was ended. The softphone joins it again next.</summary>
    public async Task<ClaimAnswer> UndoHangUp(long callId) =>
        await ToJoinAsync(callId, ClaimAnswer.Of(await commands.UndoHangUpAsync(callId, AgentId, CancellationToken.None)));

    /// <summary>Asks the carrier to hold the customer or to take them off hold.</summary>
    /// <returns>Why it cannot be done now; null when it was asked for. The call shows it once the carrier has confirmed it.</returns>
    public async Task<string?> Hold(long callId, bool hold) =>
        (await commands.SetHoldAsync(callId, AgentId, hold, CancellationToken.None)).Reason;

    /// <summary>Asks a colleague to take the call.</summary>
    /// <returns>Why it cannot be done; null when the colleague is asked.</returns>
    public async Task<string?> Transfer(long callId, int toAgentId, string? note) =>
        (await transfers.StartAsync(callId, AgentId, toAgentId, note, consult: false, CancellationToken.None)).Reason;

    /// <summary>Asks a colleague to talk about the call; the sender decides then.</summary>
    public async Task<string?> Consult(long callId, int toAgentId, string? note) =>
        (await transfers.StartAsync(callId, AgentId, toAgentId, note, consult: true, CancellationToken.None)).Reason;

    /// <summary>Has an outside number dialled into the call, which is theirs when they answer.</summary>
    /// <param name="number">As a person writes it.</param>
    /// <returns>Why it cannot be done; null when the number is being dialled.</returns>
    public async Task<string?> TransferOutside(long callId, string number, string? note) =>
        (await outside.StartAsync(callId, AgentId, number, note, consult: false, CancellationToken.None)).Reason;

    /// <summary>Has an outside number dialled, to talk with about the call; the sender decides then.</summary>
    /// <param name="number">As a person writes it.</param>
    public async Task<string?> ConsultOutside(long callId, string number, string? note) =>
        (await outside.StartAsync(callId, AgentId, number, note, consult: true, CancellationToken.None)).Reason;

    /// <summary>Gives the call to everybody; the sender is out.</summary>
    public async Task<string?> TransferToEverybody(long callId, string? note) =>
        (await transfers.StartToEverybodyAsync(callId, AgentId, note, CancellationToken.None)).Reason;

    /// <summary>Gives the call to the colleague who is consulted; the sender is out.</summary>
    public async Task<string?> HandOver(long callId) => (await transfers.HandOverAsync(callId, AgentId, CancellationToken.None)).Reason;

    /// <summary>Who talks with whom in a consultation.</summary>
    /// <param name="with"><c>colleague</c>, <c>customer</c> or <c>both</c>.</param>
    public async Task<string?> Talk(long callId, string with)
    {
        TransferState? state = with switch
        {
            "colleague" => TransferState.Consulting,
            "customer" => TransferState.WithCustomer,
            "both" => TransferState.Together,
            _ => null,
        };
        return state is { } wanted
            ? (await transfers.TalkAsync(callId, AgentId, wanted, CancellationToken.None)).Reason
            : "There is nobody of this kind to talk with.";
    }

    /// <summary>Has one who is in the call beside its agent hear music, or takes them off hold.</summary>
    public async Task<string?> HoldParty(long callId, long partyId, bool hold) =>
        (await transfers.HoldPartyAsync(callId, AgentId, partyId, hold, CancellationToken.None)).Reason;

    /// <summary>Has nobody hear one who is in the call beside its agent, or lets them be heard again.</summary>
    public async Task<string?> MuteParty(long callId, long partyId, bool mute) =>
        (await transfers.MutePartyAsync(callId, AgentId, partyId, mute, CancellationToken.None)).Reason;

    /// <summary>Takes one who is in the call beside its agent out of it.</summary>
    public async Task<string?> RemoveParty(long callId, long partyId) =>
        (await transfers.RemoveAsync(callId, AgentId, partyId, CancellationToken.None)).Reason;

    /// <summary>Gives the call to one who is in it beside its agent, who is out.</summary>
    public async Task<string?> GiveToParty(long callId, long partyId) =>
        (await transfers.GiveToPartyAsync(callId, AgentId, partyId, CancellationToken.None)).Reason;

    /// <summary>The agent leaves, and the call is that of one who stays.</summary>
    public async Task<string?> Leave(long callId) => (await transfers.LeaveAsync(callId, AgentId, CancellationToken.None)).Reason;

    /// <summary>Takes the transfer back: the customer is this agent's again.</summary>
    public async Task<string?> CancelTransfer(long callId) =>
        (await transfers.CancelAsync(callId, AgentId, CancellationToken.None)).Reason;

    /// <summary>Takes a call that a colleague hands over. The softphone joins it next.</summary>
    public async Task<ClaimAnswer> AcceptTransfer(long callId) =>
        await ToJoinAsync(callId, ClaimAnswer.Of(await transfers.AcceptAsync(callId, AgentId, Context.ConnectionAborted)));

    /// <summary>A supervisor takes an agent's call over. The softphone joins it next.</summary>
    public async Task<ClaimAnswer> TakeOver(long callId)
    {
        try
        {
            return await ToJoinAsync(callId, ClaimAnswer.Of(await supervision.TakeOverAsync(callId, AgentId, Context.ConnectionAborted)));
        }
        catch (NotAllowedException ex)
        {
            return ClaimAnswer.Of(new Refusal(ex.Message));
        }
    }

    /// <summary>A supervisor has another agent asked to take an agent's call.</summary>
    /// <returns>Why it cannot be done; null when the agent is asked.</returns>
    public async Task<string?> GiveTo(long callId, int toAgentId)
    {
        try
        {
            return (await supervision.GiveToAsync(callId, toAgentId, AgentId, CancellationToken.None)).Reason;
        }
        catch (NotAllowedException ex)
        {
            return ex.Message;
        }
    }

    public async Task<string?> DeclineTransfer(long callId) =>
        (await transfers.DeclineAsync(callId, AgentId, CancellationToken.None)).Reason;

    /// <summary>How the phone in the browser is. Written to the end, also when the tab closes on it.</summary>
    public Task ReportPhone(PhoneStatus status) => roster.SetPhoneStateAsync(AgentId, status.ToString(), CancellationToken.None);

    /// <summary>What this browser did with an offer: a missed call then explains itself.</summary>
    /// <param name="stage"><c>painted</c>, <c>audible</c> or <c>blocked</c>.</param>
    /// <param name="sinceMs">Since the carrier's request, in milliseconds, by the server's clock as the browser knows it.</param>
    public void ReportOffer(long callId, string stage, int sinceMs)
    {
        if (Enum.TryParse<OfferStage>(stage, ignoreCase: true, out var reached) && Enum.IsDefined(reached))
        {
            receipts.Note(callId, Context.ConnectionId, reached, TimeSpan.FromMilliseconds(sinceMs));
        }
    }

    /// <summary>The page is being closed: do not wait for the socket to be missed.</summary>
    public Task Bye()
    {
        Context.Abort();
        return Task.CompletedTask;
    }

    private async Task<ClaimAnswer> ToJoinAsync(long callId, ClaimAnswer answer) =>
        answer.Won ? answer with { Intent = await IssueAsync(callId) } : answer;

    // Written to the end: the call is this agent's, and the leg is on its way.
    private Task<string> IssueAsync(long callId) => intents.IssueAsync(
        callId, AgentId, LegRole.Agent, SignInSessions.Hash(Context.User!.FindSessionKey()!),
        needsSecret: Context.GetHttpContext()?.Request.Query["intents"].ToString() == "1", CancellationToken.None);
}

/// <summary>The user of a connection is the agent's id.</summary>
internal sealed class AgentIdProvider : IUserIdProvider
{
    public string? GetUserId(HubConnectionContext connection) => connection.User.FindFirstValue(ClaimTypes.NameIdentifier);
}
