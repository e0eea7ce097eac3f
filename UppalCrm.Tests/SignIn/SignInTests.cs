using System.Net;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Tests.Support;
using UppalCrm.Web.SignIn;

namespace UppalCrm.Tests.SignIn;

public sealed class SignInTests(SharedHouse shared) : IClassFixture<SharedHouse>
{
    private const string Dana = "dana@uppalcrm.test";

    private House House => shared.House;

    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_right_password_leads_to_the_page_that_was_asked_for()
    {
        using var browser = House.OpenBrowser();
        using var asked = await browser.GetAsync("/calls?status=missed", Cancel);
        Assert.Equal("/login?returnUrl=%2Fcalls%3Fstatus%3Dmissed", PathOf(asked));

        using var answer = await browser.PostSignInAsync(Dana, DemoUsers.Password, "?returnUrl=%2Fcalls%3Fstatus%3Dmissed");

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal("/calls?status=missed", PathOf(answer));
        var page = await browser.GetStringAsync("/", Cancel);
        Assert.Contains("Dana Whitfield", page, StringComparison.Ordinal);
        Assert.Matches("<meta name=\"uppalcrm-user\" content=\"agent_[0-9]+\"", page);
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_address_get_the_same_answer()
    {
        using var browser = House.OpenBrowser();

        using var wrong = await browser.PostSignInAsync("lee@uppalcrm.test", "not the password");
        using var unknown = await browser.PostSignInAsync("nobody@uppalcrm.test", "not the password");

        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, unknown.StatusCode);
        var words = WebUtility.HtmlDecode(await wrong.Content.ReadAsStringAsync(Cancel));
        Assert.Contains(SignInService.Refusal, words, StringComparison.Ordinal);
        Assert.Contains(
            SignInService.Refusal, WebUtility.HtmlDecode(await unknown.Content.ReadAsStringAsync(Cancel)), StringComparison.Ordinal);
        Assert.DoesNotContain("not the password", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_five_wrong_passwords_even_the_right_one_waits()
    {
        await using var own = await House.OpenAsync();
        using var browser = own.OpenBrowser();
        for (var i = 0; i < 5; i++)
        {
            (await browser.PostSignInAsync(Dana, "guess")).Dispose();
        }

        using var early = await browser.PostSignInAsync(Dana, DemoUsers.Password);
        own.Clock.Advance(TimeSpan.FromSeconds(31));
        using var later = await browser.PostSignInAsync(Dana, DemoUsers.Password);

        Assert.Equal(HttpStatusCode.Unauthorized, early.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, later.StatusCode);
    }

    [Theory]
    [InlineData(4, null)]
    [InlineData(5, 30)]
    [InlineData(6, 60)]
    [InlineData(8, 240)]
    [InlineData(10, 900)]
    [InlineData(1_000_000, 900)]
    public void The_wait_doubles_with_each_failure_up_to_a_quarter_of_an_hour(int failures, int? seconds) =>
        Assert.Equal(seconds is { } s ? TimeSpan.FromSeconds(s) : null, SignInDelays.After(failures));

    [Fact]
    public void Half_a_character_in_an_address_is_replaced_and_leads_to_the_page() =>
        Assert.Equal("/contacts?q=%EF%BF%BD", ReturnUrl.Sanitize("/contacts?q=\ud83d"));

    [Theory]
    [InlineData("/calls", "/calls")]
    [InlineData("/calls?from=2026-06-01&q=%2B1", "/calls?from=2026-06-01&q=%2B1")]
    [InlineData("/calls/7#notes", "/calls/7#notes")]
    [InlineData("/contacts/caf%C3%A9", "/contacts/caf%C3%A9")]
    [InlineData("/contacts?q=café", "/contacts?q=caf%C3%A9")]
    [InlineData(null, "/")]
    [InlineData("", "/")]
    [InlineData("calls", "/")]
    [InlineData("//evil.example", "/")]
    [InlineData("///evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("\\\\evil.example", "/")]
    [InlineData("/\t/evil.example", "/")]
    [InlineData("/%2Fevil.example", "/")]
    [InlineData("%2F%2Fevil.example", "/")]
    [InlineData("/%252Fevil.example", "/")]
    [InlineData("/%5Cevil.example", "/")]
    [InlineData("/%09/evil.example", "/")]
    [InlineData("/.//evil.example", "/")]
    [InlineData("/calls/..//evil.example", "/")]
    [InlineData("/%2e/%2Fevil.example", "/")]
    [InlineData("/calls\r\nSet-Cookie: a=b", "/")]
    [InlineData("/calls%0d%0aSet-Cookie: a=b", "/")]
    [InlineData("https://evil.example", "/")]
    [InlineData("javascript:alert(1)", "/")]
    [InlineData("/login", "/")]
    [InlineData("/login?returnUrl=/login", "/")]
    public void Returning_leads_to_our_own_pages_only(string? asked, string leadsTo) => Assert.Equal(leadsTo, ReturnUrl.Sanitize(asked));

    [Theory]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("/%2F%2Fevil.example")]
    [InlineData("/.//evil.example")]
    [InlineData("/calls/..//evil.example")]
    [InlineData("/%2e//evil.example")]
    [InlineData("https://evil.example/")]
    public async Task A_forged_return_address_leads_home(string forged)
    {
        using var browser = House.OpenBrowser();

        using var answer = await browser.PostSignInAsync(Dana, DemoUsers.Password, "?returnUrl=" + Uri.EscapeDataString(forged));

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal("/", PathOf(answer));
    }

    [Theory]
    [InlineData("/login")]
    [InlineData("/logout")]
    public async Task A_form_without_the_pages_token_is_refused(string address)
    {
        using var browser = await House.SignInAsync(Dana);

        using var answer = await browser.PostAsync(
            address,
            new FormUrlEncodedContent([new("_handler", "sign-in"), new("Input.Email", Dana), new("Input.Password", DemoUsers.Password)]),
            Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        using var desk = await browser.GetAsync("/", Cancel);
        Assert.Equal(HttpStatusCode.OK, desk.StatusCode); // and is still signed in
    }

    [Fact]
    public async Task Signing_out_takes_the_cookie_and_is_written_down_as_signing_in_is()
    {
        await using var own = await House.OpenAsync();
        using var browser = await own.SignInAsync(Dana);
        var token = FrontDoor.TokenIn(await browser.GetStringAsync("/", Cancel));

        using var answer = await browser.PostAsync(
            "/logout", new FormUrlEncodedContent([new("__RequestVerificationToken", token)]), Cancel);

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        using var desk = await browser.GetAsync("/", Cancel);
        Assert.Equal("/login", PathOf(desk)?.Split('?')[0]);
        await using var db = own.Database();
        Assert.Equal(
            [AuditAction.SignedIn, AuditAction.SignedOut], await db.Audit.OrderBy(a => a.Id).Select(a => a.Action).ToListAsync(Cancel));
    }

    [Fact]
    public async Task A_person_whose_rights_changed_signs_in_again_within_half_a_minute()
    {
        await using var own = await House.OpenAsync();
        using var browser = await own.SignInAsync(Dana);
        await using (var scope = own.Services.CreateAsyncScope())
        {
            var users = scope.ServiceProvider.GetRequiredService<UserManager<Agent>>();
            await users.UpdateSecurityStampAsync((await users.FindByEmailAsync(Dana))!);
        }

        own.Clock.Advance(TimeSpan.FromSeconds(31));
        using var desk = await browser.GetAsync("/", Cancel);

        Assert.Equal("/login", PathOf(desk)?.Split('?')[0]);
    }

    [Fact]
    public async Task Nobody_stays_signed_in_for_longer_than_a_day_however_busy()
    {
        await using var own = await House.OpenAsync();
        using var browser = await own.SignInAsync(Dana);
        for (var hours = 0; hours < 24; hours += 8)
        {
            using var busy = await browser.GetAsync("/", Cancel);
            Assert.Equal(HttpStatusCode.OK, busy.StatusCode);
            own.Clock.Advance(TimeSpan.FromHours(8));
        }

        own.Clock.Advance(TimeSpan.FromMinutes(1));
        using var desk = await browser.GetAsync("/", Cancel);

        Assert.Equal("/login", PathOf(desk)?.Split('?')[0]);
    }

    [Fact]
    public async Task A_sign_in_outlives_a_restart()
    {
        await using var own = await House.OpenAsync();
        var cookies = new CookieContainer();
        (await own.SignInAsync(Dana, cookies)).Dispose();

        await own.StopAppAsync();
        own.StartApp();
        using var browser = own.OpenBrowser(cookies);
        using var desk = await browser.GetAsync("/", Cancel);

        Assert.Equal(HttpStatusCode.OK, desk.StatusCode);
        Assert.Contains("Dana Whitfield", await desk.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Programs_are_told_401_and_people_are_led_to_the_sign_in_page()
    {
        using var browser = House.OpenBrowser();

        using var token = await browser.PostAsync("/api/twilio/token", null, Cancel);
        using var hub = await browser.PostAsync("/hubs/calls/negotiate", null, Cancel);
        using var page = await browser.GetAsync("/contacts", Cancel);

        Assert.Equal(HttpStatusCode.Unauthorized, token.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, hub.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, page.StatusCode);
    }

    [Fact]
    public async Task A_second_start_makes_no_second_demo_users()
    {
        await using var own = await House.OpenAsync();
        await own.StopAppAsync();
        own.StartApp();

        await using var db = own.Database();
        Assert.Equal(
            DemoUsers.All.Select(u => u.Email).Order(StringComparer.Ordinal),
            await db.Agents.Select(a => a.Email!).OrderBy(e => e).ToListAsync(Cancel));
        Assert.Equal(
            "Maya Chen",
            (await db.ContactNumbers.Include(n => n.Contact).SingleAsync(n => n.Number == "+12025550111", Cancel)).Contact!.Name);
    }

    private static string? PathOf(HttpResponseMessage answer) =>
        answer.Headers.Location is { IsAbsoluteUri: true } absolute ? absolute.PathAndQuery : answer.Headers.Location?.OriginalString;
}
