using System.Net;
using System.Net.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Tests.Conventions;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Security;

/// <summary>Every door of the house, found by itself, and who gets in.</summary>
public sealed class RightsTests(SharedHouse shared) : IClassFixture<SharedHouse>
{
    // What an agent's work needs; whatever else is added is closed to agents until it is named here.
    private static readonly string[] OfAgents =
    [
        "/", "/calls", "/calls/missed", "/contacts", "/contacts/new", "/contacts/import", "/contacts/{Id:long}", "/companies",
        "/companies/{Id:long}", "/account", "/second-factor", "/prove", "/prove/needed",
    ];

    // Each asks the right itself, for the call or the connection in question.
    private static readonly string[] AskedInside =
    [
        "/_blazor", "/_framework/", "/hubs/calls", "/recordings/", "/media/", "/{**path:file}"
    ];

    private House House => shared.House;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void The_table_in_the_docs_is_the_list_in_the_code()
    {
        var rows = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "rights.md"))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1);

        Assert.Equal(
            Rights.All.Select(row =>
                $"| {row.Words} | {Mark(row.Roles, Roles.Agent)} | {Mark(row.Roles, Roles.Supervisor)} | {Mark(row.Roles, Roles.Admin)} "
                    + "|"), rows);
    }

    [Fact]
    public void Each_right_stands_in_the_list_once() => Assert.Equal(Enum.GetValues<Right>(), Rights.All.Select(row => row.Right));

    [Theory]
    [InlineData("lee@uppalcrm.test", Roles.Agent)]
    [InlineData("sam@uppalcrm.test", Roles.Supervisor)]
    public async Task A_person_gets_403_at_every_door_that_is_not_theirs(string email, string role)
    {
        using var browser = await House.SignInAsync(email);
        var closed = new List<string>();
        foreach (var (pattern, address, roles) in Doors())
        {
            if (roles is null)
            {
                Assert.True(OfAgents.Contains(pattern) || AskedInside.Any(known => pattern.StartsWith(known, StringComparison.Ordinal)),
                    $"{pattern} is open to every person: name a right, or add it to what agents need.");
            }
            else if (!roles.Contains(role))
            {
                using var answer = await browser.GetAsync(address, Cancel);
                Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{role} at {address}: {answer.StatusCode}");
                closed.Add(pattern);
            }
        }

        Assert.Contains("/people", closed);
        Assert.Contains("/audit/export.csv", closed);
        Assert.Equal(role == Roles.Agent, closed.Contains("/contacts/export.csv"));
        Assert.Equal(role == Roles.Agent, closed.Contains("/calls/export.csv"));
    }

    private static string Mark(IReadOnlyList<string> roles, string role) => roles.Contains(role) ? "yes" : "–";

    /// <summary>Pattern, an address of it, and the roles that it asks for: null when any person will do.</summary>
    private IEnumerable<(string Pattern, string Address, IReadOnlyList<string>? Roles)> Doors()
    {
        foreach (var endpoint in House.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null
                || endpoint.Metadata.GetMetadata<HttpMethodMetadata>() is { HttpMethods: { Count: > 0 } methods }
                && !methods.Contains("GET"))
            {
                continue;
            }

            var pattern = "/" + endpoint.RoutePattern.RawText!.TrimStart('/');
            var roles = endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Where(a => a.Roles is not null)
                .SelectMany(a => a.Roles!.Split(','))
                .Concat(endpoint.Metadata.GetOrderedMetadata<AuthorizationPolicy>()
                    .SelectMany(policy =>
                        policy.Requirements.OfType<Microsoft.AspNetCore.Authorization.Infrastructure.RolesAuthorizationRequirement>())
                            .SelectMany(r => r.AllowedRoles))
                .Select(role => role.Trim()).ToList();
            yield return (
                pattern, System.Text.RegularExpressions.Regex.Replace(
                    pattern, "\\{[^}]*\\}", "1", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1)),
                roles.Count == 0 ? null : roles);
        }
    }
}
