using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Web.SignIn;

namespace UppalCrm.Tests.Support;

/// <summary>Agents of a test's own, with the password of the demo users, and their sessions.</summary>
internal static class Seats
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>An agent who is available.</summary>
    /// <param name="name">Before the at sign of the address.</param>
    /// <returns>The agent's id.</returns>
    public static async Task<int> HireAsync(CrmDbContext db, string name, string displayName, DateTimeOffset at)
    {
        var email = $"{name}@uppalcrm.test";
        var dana = await db.Agents.AsNoTracking().SingleAsync(a => a.Email == DemoUsers.All[0].Email, Token);
        var agent = new Agent
        {
            UserName = email, NormalizedUserName = email.ToUpperInvariant(), Email = email, NormalizedEmail = email.ToUpperInvariant(),
            DisplayName = displayName, PasswordHash = dana.PasswordHash, SecurityStamp = Guid.NewGuid().ToString("N"),
            Status = AgentStatus.Available, StatusSince = at,
        };
        db.Agents.Add(agent);
        await db.SaveChangesAsync(Token);
        db.UserRoles.Add(new IdentityUserRole<int>
        {
            UserId = agent.Id, RoleId = await db.Roles.Where(r => r.Name == Roles.Agent).Select(r => r.Id).SingleAsync(Token),
        });
        await db.SaveChangesAsync(Token);
        return agent.Id;
    }

    /// <summary>The session cookie as the sign-in page would set it, without the password's deliberate slowness.</summary>
    /// <param name="services">Of a node in this process; the session holds on all nodes.</param>
    /// <param name="address">Of the node that gets the cookie.</param>
    public static async Task SignInAsync(IServiceProvider services, int agentId, CookieContainer cookies, string address)
    {
        await using var scope = services.CreateAsyncScope();
        var agent = (await scope.ServiceProvider.GetRequiredService<UserManager<Agent>>().FindByIdAsync(agentId.ToString()))!;
        var principal = await scope.ServiceProvider.GetRequiredService<IUserClaimsPrincipalFactory<Agent>>().CreateAsync(agent);
        var key = await scope.ServiceProvider.GetRequiredService<SignInSessions>()
            .StartAsync(agentId, agent.SecurityStamp!, "A program", "127.0.0.1", mustSetUpSecondFactor: false, Token);
        principal.Identities.Single().AddClaim(new System.Security.Claims.Claim(SessionClaim.Type, key));
        var http = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        http.Request.Scheme = "http";
        http.Request.Host = new HostString(new Uri(address).Authority);
        await http.SignInAsync(IdentityConstants.ApplicationScheme, principal);
        foreach (var cookie in http.Response.Headers.SetCookie)
        {
            cookies.SetCookies(new Uri(address), cookie!.Split(';')[0]);
        }
    }
}
