using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using System.Security.Claims;
using UppalCrm.Web.Layout;

namespace UppalCrm.Web.Live;

/// <summary>
/// The agent's browser and the calls, apart from any page: offers ring and are accepted here even while the page's circuit reconnects.
/// Thin: it translates, and asks Core.
/// </summary>
[Authorize]
public sealed class CallHub(CallCommands calls, OutboundCalls outbound, AgentRoster roster, LiveConnections connections, LivePublisher relay) : Hub<ICallClient>
{
    public const string Path = "/hubs/calls";
    public const string Supervisors = "supervisors";

    private int AgentId => int.Parse(Context.UserIdentifier!);

    public static string GroupOf(int agentId) => $"agent-{agentId}";

    public override async Task OnConnectedAsync()
    {
        var device = Context.GetHttpContext()?.Request.Query["device"].ToString() is { Length: > 0 and <= 100 } named ? named : Context.ConnectionId;
        await Groups.AddToGroupAsync(Context.ConnectionId, GroupOf(AgentId)); // a group: an agent may have several tabs
        if (Context.User!.Supervises())
        {
            await Groups.AddToGroupAsync(Context.ConnectionId, Supervisors);
        }

        var others = connections.Add(Context.ConnectionId, AgentId, device);
        if (others.Count > 0)
        {
            await Clients.Clients(others).PhoneElsewhere(device);
        }

        try
        {
            await roster.SeenAsync([AgentId], Context.ConnectionAborted);
            await relay.GreetAsync(AgentId, Clients.Caller, Context.ConnectionAborted);
        }
        catch (OperationCanceledException) when (Context.ConnectionAborted.IsCancellationRequested)
        {
            // A page that is loaded anew goes while it is being greeted: no fault to be logged.
        }

        await base.OnConnectedAsync();
    }

    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        if (connections.Remove(Context.ConnectionId, AgentId))
        {
            relay.LastBrowserGone(AgentId);
        }

        await base.OnDisconnectedAsync(exception);
    }

    public async Task<ClaimAnswer> Accept(long callId) =>
        ClaimAnswer.Of(await calls.AcceptAsync(callId, AgentId, Context.ConnectionAborted));

    public Task Decline(long callId) => calls.DeclineAsync(callId, AgentId, Context.ConnectionAborted);

    /// <summary>The browser cannot join the call that it took.</summary>
    public Task Release(long callId, string reason) => calls.ReleaseAsync(callId, AgentId, reason, CancellationToken.None);

    public async Task<DialAnswer> Dial(string number) =>
        DialAnswer.Of(await outbound.PrepareAsync(AgentId, number, Context.ConnectionAborted));

    public Task HangUp(long callId) => calls.HangUpAsync(callId, AgentId, CancellationToken.None);

    /// <summary>Asks the carrier to hold the customer or to take them off hold.</summary>
    /// <returns>Words when it cannot be done now.</returns>
    public async Task<string?> Hold(long callId, bool hold) =>
        (await calls.SetHoldAsync(callId, AgentId, hold, Context.ConnectionAborted)).Reason;

    public Task ReportPhone(PhoneReport report) => roster.SetPhoneStateAsync(AgentId, report.State ?? "", CancellationToken.None); // said to the end, also when the tab closes on it

    /// <summary>The page is being closed: do not wait for the socket to be missed.</summary>
    public Task Bye()
    {
        Context.Abort();
        return Task.CompletedTask;
    }
}

/// <summary>The user of a connection is the agent's id.</summary>
internal sealed class AgentIdProvider : IUserIdProvider
{
    public string? GetUserId(HubConnectionContext connection) => connection.User.FindFirstValue(ClaimTypes.NameIdentifier);
}
