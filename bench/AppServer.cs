using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Web.Live;
using UppalCrm.Web.SignIn;

namespace UppalCrm.Bench;

/// <summary>
/// The app as Program.cs puts it together, with so many agents signed in: their cookies are written to a file, because a thousand
/// passwords
/// would take a minute to check.
/// </summary>
internal static class AppServer
{
    /// <param name="args">Port, number of agents, file for the cookies, the agents' role.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        var (port, agents, cookies) = (int.Parse(args[0]), int.Parse(args[1]), args[2]);
        await using var app = new App();
        app.UseKestrel(port);
        app.StartServer();
        await File.WriteAllLinesAsync(cookies, await SignInAsync(app.Services, agents, $"http://localhost:{port}", args[3]));
        Console.WriteLine("READY");
        await Console.In.ReadToEndAsync(); // until the program that started us has gone
        return 0;
    }

    private static async Task<IReadOnlyList<string>> SignInAsync(IServiceProvider services, int count, string address, string role)
    {
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<CrmDbContext>();
        var time = scope.ServiceProvider.GetRequiredService<TimeProvider>();
        for (var i = db.Agents.Count(a => a.UserName!.StartsWith("bench")); i < count; i++)
        {
            db.Agents.Add(new Agent
            {
                UserName = $"bench{i}", NormalizedUserName = $"BENCH{i}", DisplayName = $"Agent {i}",
                SecurityStamp = Guid.NewGuid().ToString("N"),
                Status = AgentStatus.Available, StatusSince = time.GetUtcNow(),
            });
        }

        await db.SaveChangesAsync();
        var held = await db.Roles.SingleAsync(r => r.Name == role);
        var without = db.Agents.Where(a => a.UserName!.StartsWith("bench") && !db.UserRoles.Any(r => r.UserId == a.Id));
        foreach (var id in await without.Select(a => a.Id).ToListAsync())
        {
            db.UserRoles.Add(new IdentityUserRole<int> { UserId = id, RoleId = held.Id });
        }

        await db.SaveChangesAsync();
        var sessions = services.GetRequiredService<SignInSessions>();
        var factory = scope.ServiceProvider.GetRequiredService<IUserClaimsPrincipalFactory<Agent>>();
        var lines = new List<string>();
        foreach (var agent in await db.Agents.Where(a => a.UserName!.StartsWith("bench")).OrderBy(a => a.Id).Take(count).ToListAsync())
        {
            await using var request = services.CreateAsyncScope(); // the handler of a scope keeps to the request that it first saw
            var http = new DefaultHttpContext { RequestServices = request.ServiceProvider };
            http.Request.Scheme = "https";
            http.Request.Host = new HostString(new Uri(address).Authority);
            var principal = await factory.CreateAsync(agent);
            var key = await sessions.StartAsync(
                agent.Id, agent.SecurityStamp!, "Bench", "127.0.0.1", mustSetUpSecondFactor: false, CancellationToken.None);
            principal.Identities.Single().AddClaim(new System.Security.Claims.Claim(SessionClaim.Type, key));
            await http.SignInAsync(IdentityConstants.ApplicationScheme, principal);
            lines.Add($"{agent.Id} {string.Join("; ", http.Response.Headers.SetCookie.Select(c => c!.Split(';')[0]))}");
        }

        return lines;
    }

    private sealed class App : WebApplicationFactory<CallHub>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            builder.UseEnvironment("Production");
            string[] names =
            [
                "API_BASE_URL", "Database:Provider", "ConnectionStrings:UppalCrm", "Calls:ClaimLease", "Calls:WrapUp", "Calls:OfferTimeout",
                "Calls:ReconcileEvery", "Logging:LogLevel:Default", "Logging:LogLevel:Microsoft.Hosting.Lifetime", "Redis:ConnectionString",
            ];
            foreach (var name in names)
            {
                if (Environment.GetEnvironmentVariable(name.Replace(":", "__", StringComparison.Ordinal)) is { Length: > 0 } value)
                {
                    builder.UseSetting(name, value);
                }
            }

            builder.ConfigureServices(services => services.AddTransient<IStartupFilter, BehindTls>());
        }
    }

    /// <summary>In Production the cookies are for TLS only: a proxy in front ends it. We stand where that proxy stands.</summary>
    private sealed class BehindTls : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((http, go) =>
            {
                http.Request.Scheme = "https";
                return go(http);
            });
            next(app);
        };
    }
}
