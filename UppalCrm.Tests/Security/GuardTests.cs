using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Security;

public sealed class GuardTests(SharedHouse shared) : IClassFixture<SharedHouse>
{
    // Each with its reason to be open.
    private static readonly string[] OpenToAll =
    [
        "login", "logout", "setup/", "invitation/", "password/", "not-found", "error", // before sign-in, or of no interest
        "health/", // for the load balancer
        "policy-reports", // browsers send reports without cookies
        "api/twilio/webhook/", // its signature is its credential
        "media/", "js/", "css/", "_content/", "_framework/", // what a page is made of
    ];

    private House House => shared.House;

    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_endpoint_sends_the_guarding_headers()
    {
        using var stranger = House.OpenBrowser();
        using var admin = await House.SignInAsync("admin@uppalcrm.test");
        foreach (var address in Endpoints().Select(AddressOf).Append("/there-is-no-such-page").Distinct(StringComparer.Ordinal))
        {
            foreach (var browser in (HttpClient[])[stranger, admin])
            {
                using var answer = await browser.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, Cancel);
                var headers = answer.Headers.ToDictionary(h => h.Key, h => string.Join(',', h.Value), StringComparer.OrdinalIgnoreCase);
                Assert.True(
                    headers.GetValueOrDefault("Content-Security-Policy")?.StartsWith("default-src 'none'", StringComparison.Ordinal),
                    $"{address}: no content security policy");
                Assert.True(headers.GetValueOrDefault("X-Content-Type-Options") == "nosniff", $"{address}: may be sniffed");
                Assert.True(headers.GetValueOrDefault("X-Frame-Options") == "SAMEORIGIN", $"{address}: may be framed");
                Assert.True(
                    headers.ContainsKey("Referrer-Policy") && headers.ContainsKey("Cross-Origin-Opener-Policy")
                        && headers.ContainsKey("Permissions-Policy"),
                    $"{address}: a header is missing");
                Assert.False(headers.ContainsKey("Server"), $"{address} tells which server this is");
            }
        }
    }

    [Fact]
    public void Every_endpoint_asks_who_is_there_but_those_with_a_reason_not_to()
    {
        var open = Endpoints().Where(e => e.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            .Select(e => e.RoutePattern.RawText!.TrimStart('/')).ToList();

        Assert.Contains("login", open);
        Assert.DoesNotContain(open, path => !OpenToAll.Any(known => path.StartsWith(known, StringComparison.Ordinal)) && !IsFile(path));
    }

    [Fact]
    public async Task A_stranger_gets_no_page_of_ours()
    {
        using var stranger = House.OpenBrowser();
        foreach (var address in (string[])["/", "/calls", "/contacts", "/board", "/settings", "/there-is-no-such-page"])
        {
            using var answer = await stranger.GetAsync(address, Cancel);
            var body = await answer.Content.ReadAsStringAsync(Cancel);
            Assert.DoesNotContain("uppalcrm-user", body, StringComparison.Ordinal);
            Assert.True(answer.StatusCode is HttpStatusCode.Redirect or HttpStatusCode.NotFound, $"{address}: {answer.StatusCode}");
        }
    }

    [Theory]
    [InlineData("/_blazor/negotiate?negotiateVersion=1", "https://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("/hubs/calls/negotiate?negotiateVersion=1", "https://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("/hubs/calls/negotiate?negotiateVersion=1", "null", HttpStatusCode.Forbidden)]
    [InlineData("/hubs/calls/negotiate?negotiateVersion=1", "http://localhost.evil.example", HttpStatusCode.Forbidden)]
    [InlineData("/hubs/calls/negotiate?negotiateVersion=1", "own", HttpStatusCode.OK)]
    [InlineData("/_blazor/negotiate?negotiateVersion=1", "own", HttpStatusCode.OK)]
    public async Task A_socket_is_for_pages_of_this_site_only(string address, string origin, HttpStatusCode expected)
    {
        using var browser = await House.SignInAsync("lee@uppalcrm.test");
        using var request = new HttpRequestMessage(HttpMethod.Post, address);
        request.Headers.Add("Origin", origin == "own" ? House.Address : origin);

        using var answer = await browser.SendAsync(request, Cancel);

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task An_address_that_leads_nowhere_says_so_in_words_to_people_and_in_a_number_to_programs()
    {
        using var browser = await House.SignInAsync("lee@uppalcrm.test");
        using var asPerson = new HttpRequestMessage(HttpMethod.Get, "/there-is-no-such-page");
        asPerson.Headers.Add("Accept", "text/html");

        using var words = await browser.SendAsync(asPerson, Cancel);
        using var number = await browser.GetAsync("/api/there-is-no-such-thing", Cancel);

        Assert.Equal(HttpStatusCode.NotFound, words.StatusCode);
        Assert.Contains("There is no such page", await words.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, number.StatusCode);
        Assert.Empty(await number.Content.ReadAsStringAsync(Cancel));
    }

    [Theory]
    [InlineData("dana@uppalcrm.test", "/board")]
    [InlineData("sam@uppalcrm.test", "/audit")]
    public async Task A_page_for_others_says_so_and_not_what_is_on_it(string email, string page)
    {
        using var agent = await House.SignInAsync(email);

        using var answer = await agent.SendAsync(
            new HttpRequestMessage(HttpMethod.Get, page) { Headers = { { "Accept", "text/html" } } }, Cancel);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("not open to you", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_says_ready_while_the_database_answers()
    {
        using var stranger = House.OpenBrowser();

        Assert.Contains("Healthy", await stranger.GetStringAsync("/health/live", Cancel), StringComparison.Ordinal);
        Assert.Contains(
            "\"database\":{\"status\":\"Healthy\"", await stranger.GetStringAsync("/health/ready", Cancel), StringComparison.Ordinal);
    }

    private List<RouteEndpoint> Endpoints() =>
        [.. House.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];

    private static bool IsFile(string path) => Path.GetExtension(path).Length > 1;

    // A value for each parameter: whether it exists does not matter here.
    private static string AddressOf(RouteEndpoint endpoint) =>
        "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
        {
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternSeparatorPart separator => separator.Content,
            _ => "1",
        }))));
}
