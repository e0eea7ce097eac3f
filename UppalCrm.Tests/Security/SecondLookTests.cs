using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Tests.Support;
using UppalCrm.Web.SignIn;

namespace UppalCrm.Tests.Security;

/// <summary>Downloads ask once more who is there.</summary>
public sealed class SecondLookTests
{
    private const string Admin = "admin@uppalcrm.test";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_download_asks_half_an_hour_after_sign_in_and_goes_on_after_the_password()
    {
        await using var house = await House.OpenAsync();
        using var browser = await house.SignInAsync(Admin);
        var downloads = house.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Select(e => e.RoutePattern.RawText!).Where(path => path.EndsWith(".csv", StringComparison.Ordinal)).ToList();
        Assert.Contains("/contacts/export.csv", downloads);

        foreach (var download in downloads)
        {
            Assert.Equal(HttpStatusCode.OK, await AskAsync(browser, download));
        }

        house.Clock.Advance(TimeSpan.FromMinutes(31));
        foreach (var download in downloads)
        {
            using var asked = await SendAsync(browser, download, "text/html");
            using var program = await SendAsync(browser, download, "*/*");
            Assert.Equal(HttpStatusCode.Redirect, asked.StatusCode);
            Assert.StartsWith("/prove?returnUrl=", asked.Headers.Location!.ToString(), StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.Forbidden, program.StatusCode);
        }

        using var wrong = await ProveAsync(browser, "not my password");
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(browser, "/contacts/export.csv"));

        using var right = await ProveAsync(browser, DemoUsers.Password);
        Assert.Equal("/contacts/export.csv", right.Headers.Location?.ToString());
        Assert.Equal(HttpStatusCode.OK, await AskAsync(browser, "/contacts/export.csv"));
    }

    [Theory] // Else a stranger at an unlocked machine would set up an app of their own, and prove by it that they are somebody else.
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_second_factor_is_set_up_by_who_has_shown_lately_that_it_is_them(bool isDemanded)
    {
        await using var house = await House.OpenAsync();
        if (isDemanded)
        {
            await house.Services.GetRequiredService<PeopleDirectory>().DemandAsync(
                await house.AgentIdAsync(Admin), Roles.Admin, demanded: true, Cancel);
        }

        using var browser = await house.SignInAsync(Admin);
        var page = await browser.GetStringAsync("/second-factor", Cancel);
        house.Clock.Advance(TimeSpan.FromMinutes(31));

        using var asked = await browser.GetAsync("/second-factor", Cancel);
        var key = Regex.Match(page, "type this key: <code>(?<key>[A-Z2-7 ]+)</code>", RegexOptions.None, TimeSpan.FromSeconds(1))
            .Groups["key"].Value.Replace(" ", "", StringComparison.Ordinal);
        var code = TimeCode.Of(AuthenticatorApp.FromBase32(key), TimeCode.StepAt(house.Clock.GetUtcNow()));
        using var sent = await browser.PostAsync("/second-factor", new FormUrlEncodedContent(
            [
                new("_handler", "confirm"), new("__RequestVerificationToken", FrontDoor.TokenIn(page)), new("Input.Code", code)
            ]), Cancel);

        Assert.Equal("/prove?returnUrl=%2Fsecond-factor", asked.Headers.Location?.OriginalString);
        Assert.Equal("/prove?returnUrl=%2Fsecond-factor", sent.Headers.Location?.OriginalString);
        Assert.False(await house.Services.GetRequiredService<SecondFactors>().IsOnAsync(await house.AgentIdAsync(Admin), Cancel));
        using var proven = await ProveAsync(browser, DemoUsers.Password);
        Assert.Equal(HttpStatusCode.Redirect, proven.StatusCode);
        using var shown = await browser.GetAsync("/second-factor", Cancel);
        Assert.Equal(HttpStatusCode.OK, shown.StatusCode);
    }

    private static async Task<HttpResponseMessage> ProveAsync(HttpClient browser, string password)
    {
        const string page = "/prove?returnUrl=%2Fcontacts%2Fexport.csv";
        return await browser.PostAsync(page, new FormUrlEncodedContent(
            [
                new("_handler", "prove"), new("__RequestVerificationToken", FrontDoor.TokenIn(await browser.GetStringAsync(page, Cancel))),
                new("Input.Proof", password)
            ]), Cancel);
    }

    private static async Task<HttpStatusCode> AskAsync(HttpClient browser, string download)
    {
        using var answer = await SendAsync(browser, download, "*/*");
        return answer.StatusCode;
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient browser, string download, string accept) => browser.SendAsync(
        new HttpRequestMessage(
            HttpMethod.Get,
            download + (download.StartsWith("/reports", StringComparison.Ordinal) ? "?from=2026-06-01&to=2026-06-02&by=day" : ""))
        {
            Headers = { { "Accept", accept } },
        }, Cancel);
}
