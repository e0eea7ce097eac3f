using System.Collections.Concurrent;
using System.Net;
using System.Net.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Live;
using UppalCrm.Web.SignIn;

namespace UppalCrm.Tests.Scenarios;

/// <summary>Agents and telephone numbers for scenarios in one house: handed out, and the agents given back for the next.</summary>
internal sealed class ScenarioFloor(House house, bool inProcess) : IAsyncDisposable
{
    private readonly ConcurrentStack<Seat> _free = new();
    private readonly ConcurrentDictionary<AgentClient, Seat> _taken = new();
    private int _agents;
    private int _numbers;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A number that nobody had before. Numbers of the range 555-01xx belong to nobody in the world.</summary>
    public string NewNumber()
    {
        var number = Interlocked.Increment(ref _numbers);
        return $"+1{202 + (number / 100):d3}55501{number % 100:d2}";
    }

    public string NameOf(AgentClient agent) => _taken[agent].Name;

    /// <summary>An available agent with a browser.</summary>
    public async Task<AgentClient> TakeAsync()
    {
        if (!_free.TryPop(out var seat))
        {
            seat = await NewSeatAsync();
        }

        var agent = await OpenBrowserAsync(seat);
        await Eventually.HoldsAsync(() => agent.LastSnapshot?.Me.Presence == nameof(Presence.Available), $"{seat.Name} is available");
        return agent;
    }

    /// <summary>The same agent in a new browser, after the app came back.</summary>
    public async Task<AgentClient> ReconnectAsync(AgentClient agent)
    {
        _taken.TryRemove(agent, out var seat);
        await agent.DisposeAsync();
        return await OpenBrowserAsync(seat!);
    }

    /// <summary>The agent goes home.</summary>
    public async Task GiveBackAsync(AgentClient agent)
    {
        if (_taken.TryRemove(agent, out var seat))
        {
            await agent.DisposeAsync();
            await Eventually.HoldsAsync(async () =>
            {
                await using var db = house.Database();
                return await db.Agents.AnyAsync(a => a.Id == seat.AgentId && a.ActiveCallId == null, Token);
            }, () => $"{seat.Name} has no call in hand");
            _free.Push(seat);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (agent, _) in _taken)
        {
            await agent.DisposeAsync();
        }
    }

    private async Task<AgentClient> OpenBrowserAsync(Seat seat)
    {
        var http = new HttpClient(
            new SocketsHttpHandler { CookieContainer = seat.Cookies, AllowAutoRedirect = false }) { BaseAddress = new Uri(house.Address) };
        var agent = await AgentClient.ConnectAsync(house, seat.AgentId, http, seat.Cookies);
        _taken[agent] = seat;
        return agent;
    }

    private async Task<Seat> NewSeatAsync()
    {
        var name = $"Agent {Interlocked.Increment(ref _agents)}";
        var email = $"agent{_agents}@uppalcrm.test";
        await using var db = house.Database();
        var dana = await db.Agents.AsNoTracking().SingleAsync(a => a.Email == DemoUsers.All[0].Email, Token);
        var agent = new Agent
        {
            UserName = email, NormalizedUserName = email.ToUpperInvariant(), Email = email, NormalizedEmail = email.ToUpperInvariant(),
            DisplayName = name, PasswordHash = dana.PasswordHash, SecurityStamp = Guid.NewGuid().ToString("N"),
            Status = AgentStatus.Available, StatusSince = house.Clock.GetUtcNow(),
        };
        db.Agents.Add(agent);
        await db.SaveChangesAsync(Token);
        db.UserRoles.Add(new IdentityUserRole<int> { UserId = agent.Id, RoleId = await db.Roles.Where(r =>
            r.Name == Roles.Agent).Select(r => r.Id).SingleAsync(Token) });
        await db.SaveChangesAsync(Token);
        var cookies = new CookieContainer();
        if (inProcess)
        {
            await SignInAsync(agent.Id, cookies);
        }
        else
        {
            (await AgentClient.SignedInAsync(house, email, cookies)).Dispose();
        }

        return new Seat(agent.Id, name, cookies);
    }

    /// <summary>The session cookie as the sign-in page would set it, without the password's deliberate slowness.</summary>
    private async Task SignInAsync(int agentId, CookieContainer cookies)
    {
        await using var scope = house.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<Agent>>();
        var agent = (await users.FindByIdAsync(agentId.ToString()))!;
        var principal = await scope.ServiceProvider.GetRequiredService<IUserClaimsPrincipalFactory<Agent>>()
            .CreateAsync(agent);
        var key = await scope.ServiceProvider.GetRequiredService<SignInSessions>()
            .StartAsync(agentId, agent.SecurityStamp!, "A program", "127.0.0.1", mustSetUpSecondFactor: false, Token);
        principal.Identities.Single().AddClaim(new System.Security.Claims.Claim(SessionClaim.Type, key));
        var http = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        http.Request.Scheme = "http";
        http.Request.Host = new HostString(new Uri(house.Address).Authority);
        await http.SignInAsync(IdentityConstants.ApplicationScheme, principal);
        foreach (var cookie in http.Response.Headers.SetCookie)
        {
            cookies.SetCookies(new Uri(house.Address), cookie!.Split(';')[0]);
        }
    }

    private sealed record Seat(int AgentId, string Name, CookieContainer Cookies);
}
