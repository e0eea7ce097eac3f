using System.Net;
using System.Reflection;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Security;

/// <summary>Whatever stands in the address of a page or a download: words or a number, never a fault of ours.</summary>
public sealed class QueryStringTests(SharedHouse shared) : IClassFixture<SharedHouse>
{
    private static readonly string[] Values =
    [
        "", "0", "-1", "1", "2147483648", "9223372036854775807", "99999999999999999999", "1e400", "NaN", "9999-12-31", "0001-01-01",
        "2026-02-30", "10000-01-01", "0000-00-00",
        "9999-12-31T23:59:59.9999999+14:00", "0001-01-01T00:00:00-14:00", "true", "null", "%00", "%C3", "%F0%9F%98%80", "%E2%80%AE", "'",
        "\"", "%25", "*", "\\", "a\"b*",
        "%2B12025550111", "<script>", "..%2F..%2Fetc%2Fpasswd", "//evil.example", "%2F%E4%B8%AD", "Available", "Inbound", "Missed", "all",
        new string('9', 300), new string('a', 3000),
    ];

    // What the addresses of the pages are written with, besides the parameters that they declare.
    private static readonly string[] Known =
        [
            "from", "to", "until", "after", "before", "by", "q", "search", "direction", "outcome", "agent", "contact", "recording",
            "missed", "action", "person", "returnUrl", "wall", "number", "name", "chosen", "page"
        ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_query_string_of_any_page_or_download_is_a_fault_of_ours()
    {
        var house = shared.House;
        using var browser = await house.SignInAsync("admin@uppalcrm.test");
        var faults = new List<string>();
        var asked = 0;
        foreach (var endpoint in house.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            var page = endpoint.Metadata.GetMetadata<ComponentTypeMetadata>()?.Type;
            var path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/');
            if ((page is null && !path.EndsWith(".csv", StringComparison.Ordinal)) || path.Contains('{', StringComparison.Ordinal)
                || path is "/error" or "/not-found")
            {
                continue;
            }

            var declared = page is null
                ? endpoint.Metadata.GetMetadata<MethodInfo>()?.GetParameters()
                .Where(p => p.ParameterType == typeof(string) || p.ParameterType == typeof(int?)).Select(p => p.Name!) ?? []
                : page.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
                    .Select(p => (Property: p, Query: p.GetCustomAttribute<SupplyParameterFromQueryAttribute>())).Where(p =>
                        p.Query is not null).Select(p => p.Query!.Name ?? p.Property.Name);
            foreach (var name in declared.Union(page is null || path.StartsWith("/calls", StringComparison.Ordinal) ? Known : [],
                    StringComparer.OrdinalIgnoreCase))
            {
                // A download asks for its days: the one in question is odd, the others are in order.
                var rest = page is null
                    ? string.Concat(((string[])["from=2026-06-01", "to=2026-06-30", "by=day"]).Where(r =>
                        !r.StartsWith(name + "=", StringComparison.Ordinal)).Select(r => "&" + r))
                    : "";
                foreach (var value in Values)
                {
                    using var answer = await browser.GetAsync(
                        $"{path}?{name}={value}{rest}", HttpCompletionOption.ResponseHeadersRead, Cancel);
                    asked++;
                    if (answer.StatusCode >= HttpStatusCode.InternalServerError)
                    {
                        faults.Add($"{path}?{name}={value[..Math.Min(value.Length, 40)]}: {(int)answer.StatusCode}");
                    }
                }
            }
        }

        Assert.True(asked > 500, $"Only {asked} addresses were asked for.");
        Assert.True(faults.Count == 0, string.Join(Environment.NewLine, faults));
    }
}
