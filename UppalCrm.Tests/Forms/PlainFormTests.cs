using System.Net;
using System.Net.Http;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Account;
using UppalCrm.Web.Setup;
using UppalCrm.Web.SignIn;

namespace UppalCrm.Tests.Forms;

/// <summary>The forms without a circuit, sent as a browser sends them and as no browser would.</summary>
public sealed class PlainFormTests(SharedHouse shared) : IClassFixture<SharedHouse>
{
    private const string GoodPassword = "seven grey herons at dusk";

    /// <summary>What fits into a form.</summary>
    private static readonly IReadOnlyList<string> Texts =
        [.. Hostile.Texts.Where(text => text.Length < 1500 && !text.Contains('\0', StringComparison.Ordinal)), new('x', 3000)];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private House House => shared.House;

    [Fact]
    [BadInputOf("LoginPage")]
    public async Task Whatever_is_sent_as_e_mail_and_password_is_refused_in_the_same_words_and_the_e_mail_stays()
    {
        await using var house = await House.OpenAsync();
        using var browser = house.OpenBrowser();
        foreach (var text in Texts)
        {
            house.Clock.Advance(TimeSpan.FromMinutes(20)); // strangers who fail this often are told to wait
            using var asEmail = await SendAsync(browser, "/login", "sign-in", ("Input.Email", text), ("Input.Password", "x"));
            using var asPassword = await SendAsync(
                browser, "/login", "sign-in", ("Input.Email", "nobody@example.com"), ("Input.Password", text));
            using var asCode = await SendAsync(browser, "/login", "code", ("Code.Ticket", text + "x"), ("Code.Code", text));

            await IsRefusedAsync(asEmail, HttpStatusCode.Unauthorized, SignInService.Refusal);
            Assert.Contains("value=\"nobody@example.com\"", await IsRefusedAsync(
                asPassword, HttpStatusCode.Unauthorized, SignInService.Refusal), StringComparison.Ordinal);
            await IsRefusedAsync(asCode, HttpStatusCode.Unauthorized, "That took longer than five minutes.");
        }

        using var nothing = await SendAsync(browser, "/login", "sign-in");
        await IsRefusedAsync(nothing, HttpStatusCode.Unauthorized, SignInService.Refusal);
        using var noCode = await SendAsync(browser, "/login", "code", ("Code.Ticket", "x"));
        await IsRefusedAsync(noCode, HttpStatusCode.Unauthorized, "That took longer than five minutes.");
        using var unknown = await SendAsync(browser, "/login", "no-such-form", ("Input.Email", "x"));
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
    }

    [Theory]
    [BadInputOf("LoginPage")]
    [InlineData("a\0b", false)] // a form cannot hold it
    [InlineData("a", true)] // signed in in another tab meanwhile
    public async Task A_form_that_cannot_be_read_or_is_out_of_date_says_so_and_leads_back(string email, bool isSignedIn)
    {
        using var browser = House.OpenBrowser();
        var token = FrontDoor.TokenIn(await browser.GetStringAsync("/login?returnUrl=%2Fcalls", Cancel));
        if (isSignedIn)
        {
            using var signedIn = await browser.PostSignInAsync("lee@uppalcrm.test", DemoUsers.Password);
            using var page = await browser.GetAsync("/calls", Cancel);
        }

        using var answer = await SendAsync(
            browser, "/login?returnUrl=%2Fcalls", "sign-in", token, ("Input.Email", email), ("Input.Password", "x"));

        Assert.Contains("href=\"/login", await IsRefusedAsync(answer, HttpStatusCode.BadRequest, "Send the form once more"),
            StringComparison.Ordinal);
    }

    [Fact]
    [BadInputOf("ProvePage")]
    public async Task A_second_look_says_beside_its_field_that_the_password_is_wrong()
    {
        using var browser = await House.SignInAsync("lee@uppalcrm.test");
        foreach (var text in Texts)
        {
            using var answer = await SendAsync(browser, "/prove?returnUrl=%2Fcalls", "prove", ("Input.Proof", text));
            Assert.Contains("field-error", await IsRefusedAsync(answer, HttpStatusCode.BadRequest, OwnAccount.WrongProof),
                StringComparison.Ordinal);
        }

        using var nothing = await SendAsync(browser, "/prove", "prove");
        await IsRefusedAsync(nothing, HttpStatusCode.BadRequest, OwnAccount.WrongProof);
    }

    [Fact]
    [BadInputOf("SecondFactorPage")]
    public async Task A_wrong_code_of_a_new_app_is_said_beside_the_field_with_the_same_key_and_what_was_typed()
    {
        await using var house = await House.OpenAsync();
        await house.Services.GetRequiredService<PeopleDirectory>()
            .DemandAsync(await house.AgentIdAsync("admin@uppalcrm.test"), Roles.Supervisor, demanded: true, Cancel);
        using var browser = await house.SignInAsync("sam@uppalcrm.test");
        var first = "";
        foreach (var text in Texts.Append("000000"))
        {
            first = await browser.GetStringAsync("/second-factor", Cancel);
            using var answer = await SendAsync(browser, "/second-factor", "confirm", FrontDoor.TokenIn(first), ("Input.Code", text));
            var page = await IsRefusedAsync(answer, HttpStatusCode.BadRequest, "");
            Assert.Contains("id=\"code-error\"", page, StringComparison.Ordinal);
        }

        using var last = await SendAsync(
            browser, "/second-factor", "confirm", FrontDoor.TokenIn(first), ("Input.Code", "000000"));
        var again = await last.Content.ReadAsStringAsync(Cancel);
        Assert.Contains("value=\"000000\"", again, StringComparison.Ordinal);
        Assert.Equal(KeyIn(first), KeyIn(again));
        using var nothing = await SendAsync(browser, "/second-factor", "confirm");
        Assert.Equal(HttpStatusCode.BadRequest, nothing.StatusCode);
        await using var db = house.Database();
        Assert.False(await db.SecondFactors.AnyAsync(f => f.ConfirmedAt != null, Cancel));
    }

    [Fact]
    [BadInputOf("ChoosePasswordPage")]
    public async Task A_bad_password_is_said_beside_its_field_and_does_not_use_the_link_up()
    {
        var admin = await House.AgentIdAsync("admin@uppalcrm.test");
        var (invitation, _) = await House.Services.GetRequiredService<PeopleDirectory>()
            .InviteAsync(admin, "Noor Ortiz", "noor.plain@example.com", Roles.Agent, Cancel);
        var address = $"/invitation/{invitation!.Code}";
        using var browser = House.OpenBrowser();
        foreach (var text in Texts.Where(text => text.Length is < 12 or > 128))
        {
            using var bad = await SendAsync(browser, address, "choose-password", ("Input.Password", text), ("Input.Repeat", text));
            Assert.Contains("id=\"password-error\"", await IsRefusedAsync(bad, HttpStatusCode.BadRequest, ""), StringComparison.Ordinal);
        }

        using var nothing = await SendAsync(browser, address, "choose-password");
        await IsRefusedAsync(nothing, HttpStatusCode.BadRequest, "");
        using var differs = await SendAsync(
            browser, address, "choose-password", ("Input.Password", GoodPassword), ("Input.Repeat", GoodPassword + "!"));
        Assert.Contains("id=\"repeat-error\"", await IsRefusedAsync(differs, HttpStatusCode.BadRequest, "not the same"),
            StringComparison.Ordinal);

        // A double press: one of the two sets the password, the other is told that the link was used.
        var page = await browser.GetStringAsync(address, Cancel);
        var twice = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => SendAsync(
            browser, address, "choose-password", FrontDoor.TokenIn(page), ("Input.Password", GoodPassword),
            ("Input.Repeat", GoodPassword))));
        Assert.Single(twice, answer => answer.StatusCode == HttpStatusCode.Redirect);
        using var late = await browser.GetAsync(address, Cancel);
        await IsRefusedAsync(late, HttpStatusCode.Gone, OwnAccount.LinkOver);
        foreach (var code in Texts.Where(text => text.Length is > 0 and < 1000))
        {
            using var wrong = await browser.GetAsync($"/invitation/{Uri.EscapeDataString(Sendable(code))}", Cancel);
            Assert.True((int)wrong.StatusCode is 400 or 404 or 410, $"{(int)wrong.StatusCode} for {code}");
        }
    }

    [Fact]
    [BadInputOf("SetUpPage")]
    public async Task The_first_administrator_is_told_beside_the_field_what_to_write_and_the_link_stays_good()
    {
        await using var house = await House.OpenAsync();
        await using (var db = house.Database())
        {
            await db.UserRoles.Where(held => db.Roles.Any(r => r.Id == held.RoleId && r.Name == Roles.Admin)).ExecuteDeleteAsync(Cancel);
        }

        var link = new Uri(await house.Services.GetRequiredService<SetUpLink>().MakeAsync(house.Address, Cancel)).AbsolutePath;
        var (address, node) = house.OpenNode(); // started without anybody who could sign in
        await using var fresh = node;
        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false })
            { BaseAddress = new Uri(address) };
        foreach (var text in Texts)
        {
            using var asEmail = await SetUpAsync(browser, link, "Ada Byron", text, GoodPassword);
            var page = await IsRefusedAsync(asEmail, HttpStatusCode.BadRequest, "");
            Assert.Contains("id=\"email-error\"", page, StringComparison.Ordinal);
            Assert.Contains("value=\"Ada Byron\"", page, StringComparison.Ordinal);
        }

        foreach (var text in Texts.Where(text => PersonName.Of(Sendable(text)) is null))
        {
            using var asName = await SetUpAsync(browser, link, text, "ada@example.com", GoodPassword);
            Assert.Contains("id=\"name-error\"", await IsRefusedAsync(asName, HttpStatusCode.BadRequest, PersonName.Words),
                StringComparison.Ordinal);
        }

        using var weak = await SetUpAsync(browser, link, "Ada Byron", "ada@example.com", "short");
        Assert.Contains("id=\"password-error\"", await IsRefusedAsync(weak, HttpStatusCode.BadRequest, ""), StringComparison.Ordinal);
        using var nothing = await SendAsync(browser, link, "set-up");
        await IsRefusedAsync(nothing, HttpStatusCode.BadRequest, "");
        using var right = await SetUpAsync(browser, link, "Ada Byron", "ada@example.com", GoodPassword);
        Assert.Equal(HttpStatusCode.Redirect, right.StatusCode);
        using var late = await browser.GetAsync(link, Cancel);
        await IsRefusedAsync(late, HttpStatusCode.Gone, "This link was used");
    }

    [Fact]
    [BadInputOf("UserMenu")]
    public async Task Signing_out_twice_or_without_the_pages_token_throws_nobody()
    {
        using var browser = await House.SignInAsync("lee@uppalcrm.test");
        var page = await browser.GetStringAsync("/calls", Cancel);
        using var forged = await browser.PostAsync("/logout", new FormUrlEncodedContent([]), Cancel);
        using var first = await browser.PostAsync("/logout", Form(("__RequestVerificationToken", FrontDoor.TokenIn(page))), Cancel);
        using var second = await browser.PostAsync("/logout", Form(("__RequestVerificationToken", FrontDoor.TokenIn(page))), Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, first.StatusCode);
        Assert.True((int)second.StatusCode < 500, $"{second.StatusCode}");
    }

    private static string KeyIn(string page) => Regex.Match(
        page, "type this key: <code>(?<key>[A-Z2-7 ]+)</code>", RegexOptions.None, TimeSpan.FromSeconds(1)).Groups["key"].Value;

    private static Task<HttpResponseMessage> SetUpAsync(HttpClient browser, string link, string name, string email, string password) =>
        SendAsync(browser, link, "set-up", ("Input.Name", name), ("Input.Email", email), ("Input.Password", password),
            ("Input.Repeat", password));

    private static async Task<string> IsRefusedAsync(HttpResponseMessage answer, HttpStatusCode status, string words)
    {
        var page = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(status == answer.StatusCode, $"{answer.StatusCode}: {page[..Math.Min(200, page.Length)]}");
        Assert.Contains(words, WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<img src=x", page, StringComparison.Ordinal);
        return page;
    }

    private static Task<HttpResponseMessage> SendAsync(
        HttpClient browser, string address, string form, params (string Name, string Value)[] fields) =>
        SendAsync(browser, address, form, null, fields);

    private static async Task<HttpResponseMessage> SendAsync(
        HttpClient browser, string address, string form, string? token, params (string Name, string Value)[] fields)
    {
        token ??= FrontDoor.TokenIn(await browser.GetStringAsync(address, Cancel));
        using var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Headers = { { "Accept", "text/html" } },
            Content = Form([("_handler", form), ("__RequestVerificationToken", token), .. fields]),
        };
        return await browser.SendAsync(request, Cancel);
    }

    private static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) =>
        new(fields.Select(field => KeyValuePair.Create(field.Name, Sendable(field.Value))));

    /// <summary>As it comes over the wire: UTF-8 has no halves of pairs.</summary>
    private static string Sendable(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
