using System.Net;
using System.Security.Claims;
using System.Text.RegularExpressions;
using Bunit;
using Bunit.TestDoubles;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Layout;
using UppalCrm.Web.People;
using UppalCrm.Web.Security;
using UppalCrm.Web.SignIn;

namespace UppalCrm.Tests.People;

/// <summary>What is mailed, where mail is set up.</summary>
public sealed class MailTests
{
    private const string Password = "seven geese under one umbrella";

    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_is_invited_gets_a_link_by_mail_and_signs_in_with_the_password_chosen_there()
    {
        await using var mail = SmtpListener.Start();
        await using var house = await House.OpenAsync(mail.Settings);
        await using var ui = await PeoplePageAsync(house);
        var page = ui.Render<PeoplePage>();
        await page.WaitForElement("button.btn-primary[aria-expanded]").ClickAsync();
        await InviteNoorAsync(page);

        var invitation = await mail.UntilMailAsync("noor@example.com");
        Assert.DoesNotContain(Password, invitation, StringComparison.Ordinal);
        var link = Regex.Match(
            invitation.Replace("=\r\n", "", StringComparison.Ordinal).Replace("=\n", "", StringComparison.Ordinal),
            "/invitation/[A-Za-z0-9_-]+", RegexOptions.None, TimeSpan.FromSeconds(1)).Value;
        Assert.NotEmpty(link);

        using var browser = house.OpenBrowser();
        var token = FrontDoor.TokenIn(await browser.GetStringAsync(link, Cancel));
        KeyValuePair<string, string>[] form =
        [
            new("_handler", "choose-password"), new("__RequestVerificationToken", token), new("Input.Password", Password),
            new("Input.Repeat", Password)
        ];
        using var chosen = await browser.PostAsync(link, new FormUrlEncodedContent(form), Cancel);
        using var again = await browser.PostAsync(link, new FormUrlEncodedContent(form), Cancel);
        using var signedIn = await browser.PostSignInAsync("noor@example.com", Password);

        Assert.Equal("/login?chosen=1", chosen.Headers.Location?.ToString());
        Assert.NotEqual(HttpStatusCode.Redirect, again.StatusCode); // once
        Assert.Equal(HttpStatusCode.Redirect, signedIn.StatusCode);
    }

    [Fact]
    public async Task A_mail_server_that_does_not_answer_leaves_the_link_on_the_page()
    {
        await using var house = await House.OpenAsync(
            ("Smtp:Host", "127.0.0.1"), ("Smtp:Port", $"{Ports.Free()}"), ("Smtp:From", "crm@example.com"));
        await using var ui = await PeoplePageAsync(house);
        var page = ui.Render<PeoplePage>();
        await page.WaitForElement("button.btn-primary[aria-expanded]").ClickAsync();
        await InviteNoorAsync(page);

        page.WaitForAssertion(
            () => Assert.Contains("Copy the link below", page.Markup, StringComparison.Ordinal), TimeSpan.FromSeconds(20));
        Assert.Contains("/invitation/", page.Find("#one-time-link").GetAttribute("value"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_person_who_has_not_proven_lately_who_they_are_invites_nobody()
    {
        await using var house = await House.OpenAsync();
        await using var ui = await PeoplePageAsync(house);
        var page = ui.Render<PeoplePage>();
        house.Clock.Advance(TimeSpan.FromMinutes(31));
        await page.WaitForElement("button.btn-primary[aria-expanded]").ClickAsync();
        await InviteNoorAsync(page);

        page.WaitForAssertion(
            () => Assert.Contains("/prove?returnUrl=%2Fpeople", page.Markup, StringComparison.Ordinal), TimeSpan.FromSeconds(20));
        await using var db = house.Database();
        Assert.False(await db.Agents.AnyAsync(a => a.Email == "noor@example.com", Cancel));
    }

    [Fact]
    public async Task A_sign_in_in_a_browser_never_seen_before_is_told_once()
    {
        await using var mail = SmtpListener.Start();
        await using var house = await House.OpenAsync(mail.Settings);
        var cookies = new CookieContainer();
        using (await house.SignInAsync("dana@uppalcrm.test", cookies))
        {
            Assert.Contains("a new sign-in", await mail.UntilMailAsync("dana@uppalcrm.test"), StringComparison.Ordinal);
        }

        using var known = house.OpenBrowser(cookies);
        using var signedOut = await known.PostAsync(
            "/logout",
            new FormUrlEncodedContent([new("__RequestVerificationToken", FrontDoor.TokenIn(await known.GetStringAsync("/", Cancel)))]),
            Cancel);
        using var again = await known.PostSignInAsync("dana@uppalcrm.test", DemoUsers.Password);
        await house.Services.GetRequiredService<BackgroundTasks>().WhenIdleAsync(Cancel);

        Assert.Equal(HttpStatusCode.Redirect, again.StatusCode);
        Assert.Single(mail.Mails);
    }

    [Fact]
    public async Task A_dialling_alarm_is_mailed_to_the_administrators()
    {
        await using var mail = SmtpListener.Start();
        await using var house = await House.OpenAsync([("Dialling:CallsPerAgentPerHour", "1"), .. mail.Settings]);
        await using var dana = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");
        var dialled = await dana.DialAsync("+12025550111");
        await dana.HangUpAsync(dialled.CallId!.Value);
        await house.UntilCallAsync(c => !c.IsOpen, "the call is over");

        Assert.Contains("one hour", (await dana.DialAsync("+12025550112")).Error, StringComparison.Ordinal);

        Assert.Contains("CallsPerAgentPerHour", await mail.UntilMailAsync("admin@uppalcrm.test"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_administrator_whose_address_is_refused_keeps_no_other_from_the_alarm()
    {
        await using var mail = SmtpListener.Start();
        mail.Unknown = "lee@uppalcrm.test";
        await using var house = await House.OpenAsync(mail.Settings);
        var (admin, lee) = (await house.AgentIdAsync("admin@uppalcrm.test"), await house.AgentIdAsync("lee@uppalcrm.test"));
        Assert.Null(await house.Services.GetRequiredService<PeopleDirectory>()
            .ChangeAsync(admin, lee, "Lee Okafor", "lee@uppalcrm.test", Roles.Admin, Cancel));

        var alarm = house.Services.GetRequiredService<DialAlarm>();
        for (var i = 0; i < 10; i++)
        {
            await alarm.RefusedAsync(lee, null, new Refusal("This country is not called."), Cancel);
        }

        Assert.Contains("dialling alarm", await mail.UntilMailAsync("admin@uppalcrm.test"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_mail_server_refuses_is_told_and_logged_without_the_address()
    {
        await using var mail = SmtpListener.Start();
        mail.Unknown = "noor@example.com";
        await using var house = await House.OpenAsync(mail.Settings);

        var refused = await Assert.ThrowsAsync<MailRefusedException>(
            () => house.Services.GetRequiredService<Mailer>().SendAsync(mail.Unknown, "An invitation", "Come in.", Cancel));

        Assert.DoesNotContain("noor", refused.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal("The mail server refused the address (550).", refused.Message);
    }

    private static async Task InviteNoorAsync(IRenderedComponent<PeoplePage> page)
    {
        const string Form = "form[aria-label='Invite somebody']";
        page.WaitForElement(Form);
        await page.FindAll($"{Form} input")[0].ChangeAsync("Noor Ortiz");
        await page.FindAll($"{Form} input")[1].ChangeAsync("noor@example.com");
        await page.Find(Form).SubmitAsync();
    }

    /// <summary>The page of people as the administrator of this house sees it.</summary>
    private static async Task<BunitContext> PeoplePageAsync(House house)
    {
        var admin = await house.AgentIdAsync("admin@uppalcrm.test");
        await using var db = house.Database();
        var stamp = await db.Agents.Where(a => a.Id == admin).Select(a => a.SecurityStamp!).SingleAsync(Cancel);
        var key = await house.Services.GetRequiredService<SignInSessions>()
            .StartAsync(admin, stamp, "Firefox", "127.0.0.1", mustSetUpSecondFactor: false, Cancel);
        var ui = new BunitContext();
        var person = ui.AddAuthorization().SetAuthorized("admin@uppalcrm.test");
        person.SetRoles(Roles.Admin);
        person.SetClaims(
            new Claim(ClaimTypes.NameIdentifier, $"{admin}"), new Claim(ClaimTypes.Role, Roles.Admin), new Claim(SessionClaim.Type, key));
        ui.Services.AddLogging();
        ui.Services.AddSingleton<TimeProvider>(house.Clock).AddSingleton(house.Services.GetRequiredService<PeopleDirectory>())
            .AddSingleton(house.Services.GetRequiredService<SignInSessions>())
            .AddSingleton(house.Services.GetRequiredService<CallFeed>()).AddSingleton(house.Services.GetRequiredService<Mailer>())
            .AddSingleton(house.Services.GetRequiredService<PublicAddress>());
        ui.UseMudBlazor();
        ui.RenderProviders();
        return ui;
    }
}
