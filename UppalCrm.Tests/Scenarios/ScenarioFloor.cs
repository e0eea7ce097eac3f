using System.Collections.Concurrent;
using System.Net;
using System.Net.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;

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

    /// <summary>The agent supervises, too, until they go home.</summary>
    public async Task PromoteAsync(AgentClient agent)
    {
        await using var db = house.Database();
        db.UserRoles.Add(new IdentityUserRole<int> { UserId = agent.AgentId, RoleId = await SupervisorAsync(db) });
        await db.SaveChangesAsync(Token);
    }

    /// <summary>The agent goes home.</summary>
    public async Task GiveBackAsync(AgentClient agent)
    {
        if (_taken.TryRemove(agent, out var seat))
        {
            await agent.DisposeAsync();
            await DemoteAsync(seat.AgentId);
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

    private async Task DemoteAsync(int agentId)
    {
        await using var db = house.Database();
        var supervisor = await SupervisorAsync(db);
        await db.UserRoles.Where(held => held.UserId == agentId && held.RoleId == supervisor).ExecuteDeleteAsync(Token);
    }

    private static Task<int> SupervisorAsync(CrmDbContext db) =>
        db.Roles.Where(role => role.Name == Roles.Supervisor).Select(role => role.Id).SingleAsync(Token);

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
        await using var db = house.Database();
        var id = await Seats.HireAsync(db, $"agent{_agents}", name, house.Clock.GetUtcNow());
        var cookies = new CookieContainer();
        if (inProcess)
        {
            await Seats.SignInAsync(house.Services, id, cookies, house.Address);
        }
        else
        {
            (await AgentClient.SignedInAsync(house, $"agent{_agents}@uppalcrm.test", cookies)).Dispose();
        }

        return new Seat(id, name, cookies);
    }

    private sealed record Seat(int AgentId, string Name, CookieContainer Cookies);
}
