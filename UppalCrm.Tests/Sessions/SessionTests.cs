using System.Net;
using System.Net.Http;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Live;
using UppalCrm.Web.SignIn;

namespace UppalCrm.Tests.Sessions;

/// <summary>A sign-in ends everywhere at once: for a kept cookie, an open hub connection and an open circuit, on every node.</summary>
public sealed class SessionTests(SharedHouse shared, ITestOutputHelper output) : IClassFixture<SharedHouse>
{
    private const string Dana = "dana@uppalcrm.test";
    private const string Lee = "lee@uppalcrm.test";

    /// <summary>What the product promises.</summary>
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(2);

    private House House => shared.House;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private PeopleDirectory People => House.Services.GetRequiredService<PeopleDirectory>();

    [Fact]
    public async Task A_cookie_kept_after_sign_out_opens_nothing()
    {
        var cookies = new CookieContainer();
        using var browser = await House.SignInAsync(Dana, cookies);
        var kept = cookies.GetCookieHeader(new Uri(House.Address));
        using var answer = await SignOutAsync(browser);

        using var thief = new HttpClient(
            new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(House.Address) };
        thief.DefaultRequestHeaders.Add("Cookie", kept);
        foreach (var page in (string[])["/", "/calls", "/contacts", "/contacts/export.csv", "/account"])
        {
            using var opened = await thief.GetAsync(page, Cancel);
            Assert.True(opened.StatusCode is HttpStatusCode.Redirect or HttpStatusCode.NotFound, $"{page}: {opened.StatusCode}");
        }

        using var token = await thief.PostAsync("/api/twilio/token", null, Cancel);
        using var hub = await thief.PostAsync("/hubs/calls/negotiate?negotiateVersion=1", null, Cancel);
        using var circuit = await thief.PostAsync("/_blazor/negotiate?negotiateVersion=1", null, Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, token.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, hub.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, circuit.StatusCode);
    }

    [Theory]
    [InlineData("signed out")]
    [InlineData("deactivated")]
    [InlineData("another role")]
    [InlineData("ended by an administrator")]
    [InlineData("the stamp changed behind our back")]
    public async Task Whatever_ends_a_session_ends_its_open_hub_connection_and_circuit_within_two_seconds(string what)
    {
        var (email, admin) = ("lee@uppalcrm.test", await House.AgentIdAsync("admin@uppalcrm.test"));
        var lee = await House.AgentIdAsync(email);
        var cookies = new CookieContainer();
        using var browser = await House.SignInAsync(email, cookies);
        await using var hub = await ConnectAsync(House.Address, cookies);
        using var circuit = await OpenCircuitAsync(House.Address, cookies);
        var started = TimeProvider.System.GetTimestamp();

        switch (what)
        {
            case "signed out":
                (await SignOutAsync(browser)).Dispose();
                break;
            case "deactivated":
                Assert.Null(await People.DeactivateAsync(admin, lee, Cancel));
                break;
            case "another role":
                Assert.Null(await People.ChangeAsync(admin, lee, "Lee Okafor", email, Roles.Supervisor, Cancel));
                break;
            case "ended by an administrator":
                await People.EndSessionsAsync(admin, lee, Cancel);
                break;
            default:
                await using (var scope = House.Services.CreateAsyncScope())
                {
                    var users = scope.ServiceProvider.GetRequiredService<UserManager<Agent>>();
                    await users.UpdateSecurityStampAsync((await users.FindByEmailAsync(email))!);
                }

                break;
        }

        await EndsAsync(hub);
        await EndsAsync(circuit);
        output.WriteLine($"{what}: hub and circuit ended after {TimeProvider.System.GetElapsedTime(started).TotalMilliseconds:f0} ms.");
        using var page = await browser.GetAsync("/calls", Cancel);
        Assert.Equal(HttpStatusCode.Redirect, page.StatusCode);

        await People.ReactivateAsync(admin, lee, Cancel);
        Assert.Null(await People.ChangeAsync(admin, lee, "Lee Okafor", email, Roles.Agent, Cancel));
    }

    [Fact]
    public async Task A_person_put_out_on_one_node_is_out_on_the_other_within_two_seconds()
    {
        await using var own = await House.OpenAsync();
        var (second, node) = own.OpenNode();
        await using var running = node;
        var cookies = new CookieContainer();
        using var browser = await own.SignInAsync(Dana, cookies);
        await using var hub = await ConnectAsync(second, cookies);
        using var circuit = await OpenCircuitAsync(second, cookies);
        var started = TimeProvider.System.GetTimestamp();

        await own.Services.GetRequiredService<PeopleDirectory>()
            .DeactivateAsync(await own.AgentIdAsync("admin@uppalcrm.test"), await own.AgentIdAsync(Dana), Cancel);

        await EndsAsync(hub);
        await EndsAsync(circuit);
        output.WriteLine(
            $"On the other node hub and circuit ended after {TimeProvider.System.GetElapsedTime(started).TotalMilliseconds:f0} ms.");
        using var thief = new HttpClient(
            new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = cookies }) { BaseAddress = new Uri(second) };
        using var page = await thief.GetAsync("/calls", Cancel);
        Assert.Equal(HttpStatusCode.Redirect, page.StatusCode);
        using var again = await own.OpenBrowser().PostSignInAsync(Dana, DemoUsers.Password);
        Assert.Equal(HttpStatusCode.Unauthorized, again.StatusCode);
    }

    [Fact]
    public async Task A_changed_password_ends_the_other_sessions_and_keeps_this_one()
    {
        await using var own = await House.OpenAsync();
        using var here = await own.SignInAsync(Dana);
        using var there = await own.SignInAsync(Dana);
        var dana = await own.AgentIdAsync(Dana);
        await using var db = own.Database();
        var hash = await db.Agents.Where(a => a.Id == dana).Select(a => a.PasswordHash!).SingleAsync(Cancel);
        var first = await db.SignInSessions.Where(s => s.AgentId == dana).MinAsync(s => s.Id, Cancel);

        await own.Services.GetRequiredService<SignInSessions>().ChangePasswordAsync(dana, hash, first, Cancel);

        using var kept = await here.GetAsync("/calls", Cancel);
        using var ended = await there.GetAsync("/calls", Cancel);
        Assert.Equal(HttpStatusCode.OK, kept.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, ended.StatusCode);
    }

    [Fact]
    public void The_one_word_of_a_page_that_is_not_asked_for_its_session_is_that_it_has_drawn_a_picture()
    {
        var circuits = typeof(Microsoft.AspNetCore.Components.Server.CircuitOptions).Assembly
            .GetType("Microsoft.AspNetCore.Components.Server.ComponentHub", throwOnError: true)!;

        var word = circuits.GetMethod(SessionHubFilter.PictureShown)!;

        // Its number, and what went wrong with it: nothing that a person commands.
        Assert.Equal([typeof(long), typeof(string)], word.GetParameters().Select(parameter => parameter.ParameterType));
        Assert.Null(typeof(CallHub).GetMethod(SessionHubFilter.PictureShown));
    }

    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.LongPolling)]
    [InlineData(HttpTransportType.ServerSentEvents)]
    public async Task One_person_has_twenty_four_live_connections_at_most_of_any_kind(HttpTransportType transport)
    {
        await using var own = await House.OpenAsync();
        var cookies = new CookieContainer();
        using var browser = await own.SignInAsync(Lee, cookies);
        var open = new List<HubConnection>();
        try
        {
            for (var i = 0; i < OpenConnections.MostOfOnePerson; i++)
            {
                open.Add(await ConnectAsync(own.Address, cookies, transport));
            }

            await using var tooMany = Hub(own.Address, cookies, transport);
            var refused = await Record.ExceptionAsync(async () =>
            {
                await tooMany.StartAsync(Cancel);
                await tooMany.InvokeAsync("Bye", Cancel);
            });

            Assert.NotNull(refused);
            Assert.All(open, hub => Assert.Equal(HubConnectionState.Connected, hub.State));
        }
        finally
        {
            foreach (var hub in open)
            {
                await hub.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task A_program_that_sends_hundreds_of_commands_at_once_is_slowed_down()
    {
        var cookies = new CookieContainer();
        using var browser = await House.SignInAsync(Dana, cookies);
        await using var hub = await ConnectAsync(House.Address, cookies);

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 200).Select(_ => Record.ExceptionAsync(() => hub.InvokeAsync("Decline", 1_000_000L, Cancel)).AsTask()));

        Assert.Contains(answers, a => a is null); // the first were carried out
        Assert.Contains(answers, a => a?.Message.Contains("Too many commands", StringComparison.Ordinal) == true);
    }

    private static async Task<HttpResponseMessage> SignOutAsync(HttpClient browser)
    {
        var token = FrontDoor.TokenIn(await browser.GetStringAsync("/", Cancel));
        return await browser.PostAsync("/logout", new FormUrlEncodedContent([new("__RequestVerificationToken", token)]), Cancel);
    }

    private static HubConnection Hub(string address, CookieContainer cookies, HttpTransportType transport) =>
        new HubConnectionBuilder().WithUrl(address + CallHub.Path, options =>
    {
        options.Cookies = cookies;
        options.Transports = transport;
        options.Headers["Origin"] = address;
    }).Build();

    private static async Task<HubConnection> ConnectAsync(
        string address, CookieContainer cookies, HttpTransportType transport = HttpTransportType.WebSockets)
    {
        var hub = Hub(address, cookies, transport);
        await hub.StartAsync(Cancel);
        return hub;
    }

    /// <summary>A circuit's connection as the browser opens it, up to the handshake.</summary>
    private static async Task<ClientWebSocket> OpenCircuitAsync(string address, CookieContainer cookies)
    {
        var socket = new ClientWebSocket { Options = { Cookies = cookies } };
        socket.Options.SetRequestHeader("Origin", address);
        await socket.ConnectAsync(new Uri(address.Replace("http", "ws", StringComparison.Ordinal) + "/_blazor"), Cancel);
        await socket.SendAsync(
            Encoding.UTF8.GetBytes("{\"protocol\":\"blazorpack\",\"version\":1}\u001e"), WebSocketMessageType.Text, endOfMessage: true,
            Cancel);
        var buffer = new byte[1024];
        var answer = await socket.ReceiveAsync(buffer, Cancel);
        Assert.Equal("{}\u001e", Encoding.UTF8.GetString(buffer, 0, answer.Count));
        return socket;
    }

    private static Task EndsAsync(HubConnection hub) =>
        Eventually.HoldsAsync(() => hub.State == HubConnectionState.Disconnected, "the hub connection ends", Promise);

    private static async Task EndsAsync(ClientWebSocket circuit)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(Promise);
        var buffer = new byte[4096];
        try
        {
            while (circuit.State == WebSocketState.Open
                && (await circuit.ReceiveAsync(buffer, patience.Token)).MessageType != WebSocketMessageType.Close)
            {
                // Pings and the close message of the circuit.
            }
        }
        catch (WebSocketException)
        {
            return; // ended without a farewell
        }

        Assert.False(patience.IsCancellationRequested, "The circuit's connection is still open.");
    }
}
