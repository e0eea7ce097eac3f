using System.Collections.Concurrent;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Web.Live;
using UppalCrm.Web.SignIn;

namespace UppalCrm.Tests.Support;

/// <summary>An agent without a browser: signs in over HTTP, hears the hub, and has a silent softphone in the network.</summary>
public sealed partial class AgentClient : IAsyncDisposable
{
    private readonly House _house;
    private readonly HubConnection _hub;

    private AgentClient(House house, int agentId, HttpClient http, CookieContainer cookies, HubConnection hub) =>
        (_house, AgentId, Http, Cookies, _hub) = (house, agentId, http, cookies, hub);

    public int AgentId { get; }

    /// <summary>Signed in, cookies and all.</summary>
    public HttpClient Http { get; }

    /// <summary>The session, for another browser of the same agent.</summary>
    public CookieContainer Cookies { get; }

    /// <summary>Offers as the hub told them, by call.</summary>
    public ConcurrentDictionary<long, CallOffer> Offers { get; } = new();

    /// <summary>What the hub said of withdrawn offers: reason and winner, by call.</summary>
    public ConcurrentDictionary<long, (OfferEnd Reason, string? By)> Withdrawn { get; } = new();

    public LiveSnapshot? LastSnapshot { get; private set; }

    /// <summary>The agent's call, as the hub told last.</summary>
    public ActiveCallInfo? Active { get; private set; }

    /// <summary>The newer browser that is this agent's phone now, as the hub told; null while this one is.</summary>
    public string? PhoneElsewhere { get; private set; }

    /// <summary>The node that this browser is connected to has said that it is going.</summary>
    public bool IsToldToLeave { get; private set; }

    public bool IsConnected => _hub.State == HubConnectionState.Connected;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="at">The node to work on; null for the house's first.</param>
    public static async Task<AgentClient> SignInAsync(House house, string email, bool available = true, string? at = null)
    {
        var cookies = new CookieContainer();
        var http = await SignedInAsync(house, email, cookies, at);
        var id = await house.AgentIdAsync(email);
        var client = await ConnectAsync(house, id, http, cookies, at: at);
        if (available)
        {
            await house.Services.GetRequiredService<AgentRoster>().SetStatusAsync(id, AgentStatus.Available, Token);
        }

        await Eventually.HoldsAsync(
            () => client.LastSnapshot is { } s && (!available || s.Me.Presence != nameof(Presence.Offline)), $"{email} is on the floor");
        return client;
    }

    /// <summary>A browser with this session. The agent's status stays as it is.</summary>
    /// <param name="device">As a browser names itself: <c>{browser}.{tab}</c>.</param>
    public static async Task<AgentClient> ConnectAsync(
        House house, int agentId, HttpClient http, CookieContainer cookies, string? device = null, string? at = null)
    {
        var hub = new HubConnectionBuilder().WithUrl(
            $"{at ?? house.Address}{CallHub.Path}?device={device ?? $"test{agentId}.1"}", options =>
        {
            options.Cookies = cookies;
            options.SkipNegotiation = true;
            options.Headers["Origin"] = at ?? house.Address;
            options.Transports = HttpTransportType.WebSockets;
        }).Build();
        var client = new AgentClient(house, agentId, http, cookies, hub);
        client.Listen();
        await client._hub.StartAsync(Token);
        return client;
    }

    /// <summary>An HTTP client with the session of this demo user.</summary>
    public static async Task<HttpClient> SignedInAsync(House house, string email, CookieContainer? cookies = null, string? at = null)
    {
        var http =
            new HttpClient(new SocketsHttpHandler { CookieContainer = cookies ?? new CookieContainer(), AllowAutoRedirect = false })
            { BaseAddress = new Uri(at ?? house.Address) };
        var page = await http.GetStringAsync("/login", Token);
        var form = new Dictionary<string, string>
        {
            ["__RequestVerificationToken"] = AntiforgeryField().Match(page).Groups[1].Value,
            ["_handler"] = "sign-in",
            ["Input.Email"] = email,
            ["Input.Password"] = DemoUsers.Password,
        };
        using var answer = await http.PostAsync("/login", new FormUrlEncodedContent(form), Token);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return http;
    }

    /// <summary>Any command, for a test that finds them by itself.</summary>
    public Task InvokeAsync(string method, object?[] arguments) => _hub.InvokeCoreAsync(method, arguments, Token);

    public Task<ClaimAnswer> AcceptAsync(long callId) => _hub.InvokeAsync<ClaimAnswer>("Accept", callId, Token);

    public Task DeclineAsync(long callId) => _hub.InvokeAsync("Decline", callId, Token);

    public Task ReleaseAsync(long callId, string reason) => _hub.InvokeAsync("Release", callId, reason, Token);

    public Task<DialAnswer> DialAsync(string number) => _hub.InvokeAsync<DialAnswer>("Dial", number, Token);

    public Task<DialAnswer> DialSecondAsync(string number) => _hub.InvokeAsync<DialAnswer>("DialSecond", number, Token);

    public Task<ClaimAnswer> SwitchCallsAsync() => _hub.InvokeAsync<ClaimAnswer>("SwitchCalls", Token);

    public Task<string?> JoinCallsAsync() => _hub.InvokeAsync<string?>("JoinCalls", Token);

    public Task<string?> BringOverAsync(long callId, long intoCallId) =>
        _hub.InvokeAsync<string?>("BringOver", callId, intoCallId, Token);

    public Task<DialAnswer> CallColleagueAsync(int agentId) => _hub.InvokeAsync<DialAnswer>("CallColleague", agentId, Token);

    public Task HangUpAsync(long callId) => _hub.InvokeAsync("HangUp", callId, Token);

    public Task<ClaimAnswer> UndoHangUpAsync(long callId) => _hub.InvokeAsync<ClaimAnswer>("UndoHangUp", callId, Token);

    public Task<string?> TransferAsync(long callId, int toAgentId) =>
        _hub.InvokeAsync<string?>("Transfer", callId, toAgentId, null, Token);

    public Task<string?> ConsultAsync(long callId, int toAgentId) => _hub.InvokeAsync<string?>("Consult", callId, toAgentId, null, Token);

    public Task<string?> TransferOutsideAsync(long callId, string number) =>
        _hub.InvokeAsync<string?>("TransferOutside", callId, number, null, Token);

    public Task<string?> ConsultOutsideAsync(long callId, string number) =>
        _hub.InvokeAsync<string?>("ConsultOutside", callId, number, null, Token);

    public Task<string?> TransferToEverybodyAsync(long callId) =>
        _hub.InvokeAsync<string?>("TransferToEverybody", callId, null, Token);

    public Task<string?> HandOverAsync(long callId) => _hub.InvokeAsync<string?>("HandOver", callId, Token);

    public Task<string?> TalkAsync(long callId, string with) => _hub.InvokeAsync<string?>("Talk", callId, with, Token);

    public Task<string?> CancelTransferAsync(long callId) => _hub.InvokeAsync<string?>("CancelTransfer", callId, Token);

    public Task<ClaimAnswer> AcceptTransferAsync(long callId) => _hub.InvokeAsync<ClaimAnswer>("AcceptTransfer", callId, Token);

    public Task<string?> HoldPartyAsync(long callId, long partyId, bool hold) =>
        _hub.InvokeAsync<string?>("HoldParty", callId, partyId, hold, Token);

    public Task<string?> MutePartyAsync(long callId, long partyId, bool mute) =>
        _hub.InvokeAsync<string?>("MuteParty", callId, partyId, mute, Token);

    public Task<string?> RemovePartyAsync(long callId, long partyId) => _hub.InvokeAsync<string?>("RemoveParty", callId, partyId, Token);

    public Task<string?> GiveToPartyAsync(long callId, long partyId) => _hub.InvokeAsync<string?>("GiveToParty", callId, partyId, Token);

    public Task<string?> LeaveAsync(long callId) => _hub.InvokeAsync<string?>("Leave", callId, Token);

    public Task<ClaimAnswer> TakeOverAsync(long callId) => _hub.InvokeAsync<ClaimAnswer>("TakeOver", callId, Token);

    public Task<string?> GiveToAsync(long callId, int toAgentId) => _hub.InvokeAsync<string?>("GiveTo", callId, toAgentId, Token);

    public Task<string?> DeclineTransferAsync(long callId) => _hub.InvokeAsync<string?>("DeclineTransfer", callId, Token);

    public Task<string?> HoldAsync(long callId, bool hold) => _hub.InvokeAsync<string?>("Hold", callId, hold, Token);

    /// <summary>The softphone joins a room, as the Voice SDK does after an accept or a dial.</summary>
    /// <returns>The leg's CallSid.</returns>
    public Task<string> JoinAsync(string conference, params (string Name, string Value)[] more) => _house.Network.ConnectSoftphoneAsync(
        Agent.IdentityOf(AgentId), new Dictionary<string, string>(more.Select(m => KeyValuePair.Create(m.Name, m.Value)))
        {
            ["conference"] = conference,
            ["participant"] = more.FirstOrDefault(m => m.Name == "participant").Value ?? "agent",
        });

    public async Task<CallOffer> UntilOfferedAsync(Func<CallOffer, bool>? which = null)
    {
        CallOffer? offer = null;
        await Eventually.HoldsAsync(
            () => (offer = Offers.Values.FirstOrDefault(which ?? (_ => true))) is not null, $"agent {AgentId} is offered a call");
        return offer!;
    }

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        Http.Dispose();
    }

    private void Listen()
    {
        _hub.On<LiveSnapshot>("Snapshot", snapshot =>
        {
            LastSnapshot = snapshot;
            Active = snapshot.ActiveCall;
            Offers.Clear();
            foreach (var offer in snapshot.Offers)
            {
                Offers[offer.CallId] = offer;
            }
        });
        _hub.On<ActiveCallInfo?>("ActiveCallChanged", call => Active = call);
        _hub.On<string>("PhoneElsewhere", browser => PhoneElsewhere = browser);
        _hub.On<int>("NodeLeaving", _ => IsToldToLeave = true);
        _hub.On<CallOffer>("CallOffered", offer => Offers[offer.CallId] = offer);
        _hub.On<long, OfferEnd, string?>("OfferWithdrawn", (callId, reason, by) =>
        {
            Offers.TryRemove(callId, out _);
            Withdrawn[callId] = (reason, by);
        });
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"")]
    private static partial Regex AntiforgeryField();
}
