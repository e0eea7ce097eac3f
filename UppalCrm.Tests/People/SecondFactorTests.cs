using System.Net;
using System.Net.Http;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Tests.Support;
using UppalCrm.Web.SignIn;

namespace UppalCrm.Tests.People;

public sealed class SecondFactorTests
{
    private const string Dana = "dana@uppalcrm.test";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory] // RFC 6238, appendix B, the last six of its eight digits
    [InlineData(59, "287082")]
    [InlineData(1111111109, "081804")]
    [InlineData(1234567890, "005924")]
    [InlineData(20000000000, "353130")]
    public void A_code_is_that_of_the_standard(long seconds, string code) =>
        Assert.Equal(
            code,
            TimeCode.Of(Encoding.ASCII.GetBytes("12345678901234567890"), TimeCode.StepAt(DateTimeOffset.FromUnixTimeSeconds(seconds))));

    [Fact]
    public async Task With_a_second_factor_the_password_alone_signs_nobody_in_and_a_code_is_good_once()
    {
        await using var house = await House.OpenAsync();
        var secret = await SetUpAsync(house, Dana);
        using var browser = house.OpenBrowser();

        var ticket = await TicketAsync(browser);
        using var notYet = await browser.GetAsync("/calls", Cancel);
        using var wrong = await PostCodeAsync(browser, ticket, "000000");
        house.Clock.Advance(TimeSpan.FromSeconds(30));
        var code = TimeCode.Of(secret, TimeCode.StepAt(house.Clock.GetUtcNow()));
        using var right = await PostCodeAsync(browser, ticket, code);
        using var page = await browser.GetAsync("/calls", Cancel);
        using var other = house.OpenBrowser();
        using var again = await PostCodeAsync(other, await TicketAsync(other), code);

        Assert.Equal(HttpStatusCode.Redirect, notYet.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, right.StatusCode);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, again.StatusCode);
    }

    [Fact]
    public async Task Codes_are_not_guessed_and_a_forged_ticket_is_none()
    {
        await using var house = await House.OpenAsync();
        var secret = await SetUpAsync(house, Dana);
        using var browser = house.OpenBrowser();
        var ticket = await TicketAsync(browser);
        for (var i = 0; i < 6; i++)
        {
            using var wrong = await PostCodeAsync(browser, ticket, $"00000{i}");
        }

        house.Clock.Advance(TimeSpan.FromSeconds(1));
        using var delayed = await PostCodeAsync(browser, ticket, TimeCode.Of(secret, TimeCode.StepAt(house.Clock.GetUtcNow()) + 1));
        using var forged = await PostCodeAsync(browser, ticket[..^4] + "AAAA", "123456");

        Assert.Equal(HttpStatusCode.Unauthorized, delayed.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, forged.StatusCode);
    }

    [Fact]
    public async Task A_recovery_code_signs_in_once()
    {
        await using var house = await House.OpenAsync();
        await SetUpAsync(house, Dana);
        var codes = await house.Services.GetRequiredService<SecondFactors>().NewRecoveryCodesAsync(await house.AgentIdAsync(Dana), Cancel);
        using var browser = house.OpenBrowser();

        using var first = await PostCodeAsync(browser, await TicketAsync(browser), codes[0].ToUpperInvariant());
        using var other = house.OpenBrowser();
        using var second = await PostCodeAsync(other, await TicketAsync(other), codes[0]);

        Assert.Equal(HttpStatusCode.Redirect, first.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, second.StatusCode);
        await using var db = house.Database();
        Assert.Equal(9, await db.RecoveryCodes.CountAsync(Cancel));
        Assert.DoesNotContain(
            await db.RecoveryCodes.Select(c => c.CodeHash).ToListAsync(Cancel),
            hash => codes.Any(code => hash.Contains(code.Replace("-", "", StringComparison.Ordinal), StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_role_that_demands_it_lets_its_people_at_nothing_else_until_it_is_set_up()
    {
        await using var house = await House.OpenAsync();
        var admin = await house.AgentIdAsync("admin@uppalcrm.test");
        await house.Services.GetRequiredService<PeopleDirectory>().DemandAsync(admin, Roles.Supervisor, demanded: true, Cancel);
        using var browser = await house.SignInAsync("sam@uppalcrm.test");

        foreach (var address in (string[])["/", "/calls", "/board", "/contacts/export.csv", "/contacts/export.CSV", "/account"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { { "Accept", "text/html" } } };
            using var answer = await browser.SendAsync(request, Cancel);
            Assert.Equal("/second-factor", answer.Headers.Location?.OriginalString);
        }

        using var token = await browser.PostAsync("/api/twilio/token", null, Cancel);
        using var hub = await browser.PostAsync("/hubs/calls/negotiate?negotiateVersion=1", null, Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, token.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, hub.StatusCode);

        var page = await browser.GetStringAsync("/second-factor", Cancel);
        Assert.Contains("data:image/png;base64,", page, StringComparison.Ordinal);
        var code = TimeCode.Of(AuthenticatorApp.FromBase32(KeyIn(page)), TimeCode.StepAt(house.Clock.GetUtcNow()));
        using var confirmed = await ConfirmAsync(browser, page, code);

        Assert.Equal(HttpStatusCode.OK, confirmed.StatusCode);
        Assert.Equal(10, RecoveryCodesIn(await confirmed.Content.ReadAsStringAsync(Cancel)).Count);
        using var board = await browser.GetAsync("/board", Cancel);
        Assert.Equal(HttpStatusCode.OK, board.StatusCode);
    }

    [Fact]
    public async Task A_button_pressed_twice_does_not_hide_the_recovery_codes()
    {
        await using var house = await House.OpenAsync();
        var admin = await house.AgentIdAsync("admin@uppalcrm.test");
        await house.Services.GetRequiredService<PeopleDirectory>().DemandAsync(admin, Roles.Supervisor, demanded: true, Cancel);
        using var browser = await house.SignInAsync("sam@uppalcrm.test");
        var page = await browser.GetStringAsync("/second-factor", Cancel);
        var code = TimeCode.Of(AuthenticatorApp.FromBase32(KeyIn(page)), TimeCode.StepAt(house.Clock.GetUtcNow()));

        var both = await Task.WhenAll(ConfirmAsync(browser, page, code), ConfirmAsync(browser, page, code));
        using var third = await ConfirmAsync(browser, page, code);
        using var wrong = await ConfirmAsync(browser, page, code == "000000" ? "000001" : "000000");
        var shown = RecoveryCodesIn(await third.Content.ReadAsStringAsync(Cancel));
        house.Clock.Advance(TimeSpan.FromMinutes(3));
        using var late = await ConfirmAsync(browser, page, code);

        Assert.Equal(10, shown.Count);
        Assert.All(both, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        foreach (var answer in both)
        {
            Assert.Equal(10, RecoveryCodesIn(await answer.Content.ReadAsStringAsync(Cancel)).Count);
            answer.Dispose();
        }

        Assert.Equal("/", wrong.Headers.Location?.OriginalString);
        Assert.Equal("/", late.Headers.Location?.OriginalString);
        var sam = await house.AgentIdAsync("sam@uppalcrm.test");
        await using var db = house.Database();
        Assert.Equal(10, await db.RecoveryCodes.CountAsync(c => c.AgentId == sam, Cancel));
        Assert.True(await house.Services.GetRequiredService<SecondFactors>().CheckAsync(sam, shown[0], Cancel));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Only_whose_role_demands_a_second_factor_reads_so(bool isDemanded)
    {
        await using var house = await House.OpenAsync();
        if (isDemanded)
        {
            await house.Services.GetRequiredService<PeopleDirectory>()
                .DemandAsync(await house.AgentIdAsync("admin@uppalcrm.test"), Roles.Supervisor, demanded: true, Cancel);
        }

        using var browser = await house.SignInAsync("sam@uppalcrm.test");
        var page = await browser.GetStringAsync("/second-factor", Cancel);

        Assert.Equal(isDemanded, page.Contains("Your role asks", StringComparison.Ordinal));
        Assert.Equal(!isDemanded, page.Contains("href=\"/account\"", StringComparison.Ordinal));
    }

    private static string KeyIn(string page) => Regex.Match(
        page, "type this key: <code>(?<key>[A-Z2-7 ]+)</code>", RegexOptions.None,
        TimeSpan.FromSeconds(1)).Groups["key"].Value.Replace(" ", "", StringComparison.Ordinal);

    private static List<string> RecoveryCodesIn(string page) => [.. Regex.Matches(
        page, "<code>(?<code>[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4})</code>", RegexOptions.None,
        TimeSpan.FromSeconds(1)).Select(match => match.Groups["code"].Value)];

    private static Task<HttpResponseMessage> ConfirmAsync(HttpClient browser, string page, string code) =>
        browser.PostAsync("/second-factor", new FormUrlEncodedContent(
            [
                new("_handler", "confirm"), new("__RequestVerificationToken", FrontDoor.TokenIn(page)), new("Input.Code", code)
            ]), Cancel);

    /// <summary>Sets up an app for this person, as the pages do.</summary>
    /// <returns>What the app keeps.</returns>
    private static async Task<byte[]> SetUpAsync(House house, string email)
    {
        var factors = house.Services.GetRequiredService<SecondFactors>();
        var id = await house.AgentIdAsync(email);
        var key = (await factors.BeginAsync(id, email, Cancel))!.Key.Replace(" ", "", StringComparison.Ordinal);
        var secret = AuthenticatorApp.FromBase32(key);
        Assert.Null(await factors.ConfirmAsync(id, "000000", Cancel));
        Assert.NotNull(await factors.ConfirmAsync(id, TimeCode.Of(secret, TimeCode.StepAt(house.Clock.GetUtcNow())), Cancel));
        return secret;
    }

    private static async Task<string> TicketAsync(HttpClient browser)
    {
        using var answer = await browser.PostSignInAsync(Dana, DemoUsers.Password);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var ticket = Regex.Match(
            await answer.Content.ReadAsStringAsync(Cancel), "name=\"Code.Ticket\" value=\"(?<ticket>[^\"]+)\"", RegexOptions.None,
            TimeSpan.FromSeconds(1));
        Assert.True(ticket.Success, "A code is asked for.");
        return ticket.Groups["ticket"].Value;
    }

    private static async Task<HttpResponseMessage> PostCodeAsync(HttpClient browser, string ticket, string code)
    {
        var page = await browser.GetStringAsync("/login", Cancel);
        return await browser.PostAsync("/login", new FormUrlEncodedContent(
            [
                new("_handler", "code"), new("__RequestVerificationToken", FrontDoor.TokenIn(page)), new("Code.Ticket", ticket),
                new("Code.Code", code)
            ]), Cancel);
    }
}
