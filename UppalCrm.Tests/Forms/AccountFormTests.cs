using AngleSharp.Dom;
using Bunit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Account;
using UppalCrm.Web.People;
using UppalCrm.Web.SignIn;

namespace UppalCrm.Tests.Forms;

/// <summary>Bad input of "My account" and of "People".</summary>
public sealed class AccountFormTests(SharedHouse shared) : IClassFixture<SharedHouse>
{
    private const string Invite = "form[aria-label='Invite somebody']";

    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    private House House => shared.House;

    [Fact]
    [BadInputOf("AccountPage")]
    public async Task A_name_that_is_none_is_said_at_its_field_and_stays_there()
    {
        await using var screen = await FormScreen.OpenAsync(House, "lee@uppalcrm.test", Roles.Agent);
        var page = screen.Ui.Render<AccountPage>();
        foreach (var text in Hostile.Drawable)
        {
            await page.Find("form[aria-label=Name] input").ChangeAsync(text);
            await page.Find("form[aria-label=Name]").SubmitAsync();

            Assert.Equal(Hostile.Drawn(text), page.Find("form[aria-label=Name] input").GetAttribute("value") ?? "");
            if (PersonName.Of(text) is null)
            {
                Assert.True(
                    page.Find("form[aria-label=Name]").TextContent.Contains("Write a name", StringComparison.Ordinal),
                    $"{text.Length} {text[..Math.Min(text.Length, 20)]}: {page.Find("form[aria-label=Name]").TextContent}");
            }

            Assert.True(Hostile.IsClean(await NameOfAsync(screen.Me)), text);
        }

        await page.Find("form[aria-label=Name] input").ChangeAsync("Lee Okafor");
        await page.Find("form[aria-label=Name]").SubmitAsync();
        Assert.Equal("Lee Okafor", await NameOfAsync(screen.Me));
    }

    [Fact]
    [BadInputOf("AccountPage")]
    public async Task A_password_that_is_refused_is_said_at_its_field_and_both_stay()
    {
        await using var screen = await FormScreen.OpenAsync(House, "sam@uppalcrm.test", Roles.Agent, Roles.Supervisor);
        var page = screen.Ui.Render<AccountPage>();

        await ChangeAsync(page, "not mine at all", "seven grey herons at dusk");
        Assert.Equal(["not mine at all", "seven grey herons at dusk"], Typed(page));
        Assert.Contains(OwnAccount.WrongPassword, Field(page, 0).TextContent, StringComparison.Ordinal);

        foreach (var text in Hostile.Drawable.Where(text => text.Length is > 0 and < 12 && text.Trim().Length > 0))
        {
            await ChangeAsync(page, DemoUsers.Password, text);
            Assert.Equal(Hostile.Drawn(text), Typed(page)[1]);
            Assert.Contains("12", Field(page, 1).TextContent, StringComparison.Ordinal);
        }

        await ChangeAsync(page, "", "");
        Assert.Contains("Write the password that you have now.", Field(page, 0).TextContent, StringComparison.Ordinal);

        static Task ChangeAsync(IRenderedComponent<AccountPage> page, string now, string wanted) => SendAsync(page, now, wanted);
        static string[] Typed(IRenderedComponent<AccountPage> page) =>
            [.. page.FindAll("form[aria-label=Password] input").Select(input => input.GetAttribute("value") ?? "")];
        static IElement Field(IRenderedComponent<AccountPage> page, int at) =>
            page.FindAll("form[aria-label=Password] .mud-input-control")[at];
    }

    [Fact]
    [BadInputOf("AccountPage")]
    public async Task A_wrong_code_of_a_new_app_is_said_at_its_field_and_the_right_one_shows_the_recovery_codes()
    {
        await using var screen = await FormScreen.OpenAsync(House, "dana@uppalcrm.test", Roles.Agent);
        var page = screen.Ui.Render<AccountPage>();
        await page.FindAll("button").First(b => b.TextContent == "Set it up").ClickAsync();
        page.WaitForElement("section[aria-label='Second factor'] input");
        foreach (var text in Hostile.Drawable.Append("000000"))
        {
            await page.Find("section[aria-label='Second factor'] input").ChangeAsync(text);
            await page.Find("section[aria-label='Second factor'] form").SubmitAsync();
            Assert.Contains(SignInService.WrongCode, page.Find("section[aria-label='Second factor'] .mud-input-control").TextContent,
                StringComparison.Ordinal);
            Assert.Equal(Hostile.Drawn(text), page.Find("section[aria-label='Second factor'] input").GetAttribute("value") ?? "");
        }

        var key = page.Find("section[aria-label='Second factor'] code").TextContent.Replace(" ", "", StringComparison.Ordinal);
        await page.Find("section[aria-label='Second factor'] input").ChangeAsync(
            TimeCode.Of(AuthenticatorApp.FromBase32(key), TimeCode.StepAt(House.Clock.GetUtcNow())));
        await page.Find("section[aria-label='Second factor'] form").SubmitAsync();

        Assert.Equal(10, page.FindAll("[aria-label='Recovery codes'] li").Count);
        await House.Services.GetRequiredService<SecondFactors>().RemoveAsync(screen.Me, screen.Me, Cancel);
    }

    [Fact]
    public async Task A_second_factor_is_not_begun_on_a_page_that_was_left_open()
    {
        await using var own = await House.OpenAsync();
        await using var screen = await FormScreen.OpenAsync(own, "dana@uppalcrm.test", Roles.Agent);
        var page = screen.Ui.Render<AccountPage>();
        own.Clock.Advance(TimeSpan.FromMinutes(31));

        await page.FindAll("button").First(b => b.TextContent == "Set it up").ClickAsync();

        page.WaitForAssertion(() => Assert.Contains("/prove?returnUrl=%2Faccount", page.Markup, StringComparison.Ordinal));
        Assert.Empty(page.FindAll("section[aria-label='Second factor'] code"));
    }

    [Fact]
    public async Task Who_ends_sign_ins_of_their_own_and_makes_new_recovery_codes_is_on_record()
    {
        await using var own = await House.OpenAsync();
        using var elsewhere = await own.SignInAsync("dana@uppalcrm.test");
        await using var screen = await FormScreen.OpenAsync(own, "dana@uppalcrm.test", Roles.Agent);
        var page = screen.Ui.Render<AccountPage>();
        await page.FindAll("button").First(b => b.TextContent == "Set it up").ClickAsync();
        page.WaitForElement("section[aria-label='Second factor'] input");
        var key = page.Find("section[aria-label='Second factor'] code").TextContent.Replace(" ", "", StringComparison.Ordinal);
        await page.Find("section[aria-label='Second factor'] input").ChangeAsync(
            TimeCode.Of(AuthenticatorApp.FromBase32(key), TimeCode.StepAt(own.Clock.GetUtcNow())));
        await page.Find("section[aria-label='Second factor'] form").SubmitAsync();

        await page.FindAll("button").First(b => b.TextContent == "Sign out").ClickAsync();
        await page.Find("section[aria-label='Second factor'] input").ChangeAsync(DemoUsers.Password);
        await page.FindAll("button").First(b => b.TextContent == "New recovery codes").ClickAsync();
        await page.FindAll("button").First(b => b.TextContent.StartsWith("Sign out everywhere", StringComparison.Ordinal)).ClickAsync();

        await using var db = own.Database();
        var written = await db.Audit.Where(row => row.AgentId == screen.Me).OrderBy(row => row.Id).Select(row => row.Action)
            .ToListAsync(Cancel);
        Assert.Equal(
            [AuditAction.SecondFactorOn, AuditAction.SessionsEnded, AuditAction.RecoveryCodesMade, AuditAction.SessionsEnded],
            written[written.IndexOf(AuditAction.SecondFactorOn)..]);
    }

    [Fact]
    [BadInputOf("PeoplePage")]
    [BadInputOf("PersonFields")]
    public async Task Who_cannot_be_invited_is_said_at_the_field_and_nobody_is_made()
    {
        await using var screen = await FormScreen.OpenAsync(House, "admin@uppalcrm.test", Roles.Agent, Roles.Admin);
        var page = screen.Ui.Render<PeoplePage>();
        await page.FindAll("button").First(b => b.TextContent.Contains("Invite somebody", StringComparison.Ordinal)).ClickAsync();
        var before = await CountAsync();
        foreach (var text in Hostile.Drawable.Concat(["a@", "@b", "Ada <ada@b.example>", "a@b@c", "ä@b.example", "a b@c.example"]))
        {
            await TypeAsync("Noor Ortiz", text);
            Assert.Equal(["Noor Ortiz", Hostile.Drawn(text)], Typed());
            Assert.NotEmpty(page.FindAll($"{Invite} .mud-input-error"));
        }

        foreach (var text in Hostile.Drawable.Where(text => PersonName.Of(text) is null))
        {
            await TypeAsync(text, "noor@example.com");
            Assert.Equal([Hostile.Drawn(text), "noor@example.com"], Typed());
            Assert.Contains("Write a name", page.Find($"{Invite} .mud-input-error").TextContent, StringComparison.Ordinal);
        }

        await TypeAsync("Noor Ortiz", "LEE@uppalcrm.test");
        Assert.Contains("has an account already", page.Find($"{Invite} [role=alert]").TextContent, StringComparison.Ordinal);
        Assert.Equal(["Noor Ortiz", "LEE@uppalcrm.test"], Typed());
        Assert.Equal(before, await CountAsync());

        await page.FindAll($"{Invite} input")[1].ChangeAsync("noor.twice@example.com");
        await page.Find(Invite).SubmitAsync();
        Assert.Equal(before + 1, await CountAsync());
        Assert.Empty(page.FindAll("[role=alert]"));
        Assert.NotEmpty(page.FindAll("#one-time-link"));
        Assert.Single(screen.Ui.JSInterop.Invocations["Blazor._internal.domWrapper.focus"]); // the button that was pressed is gone
        await page.Find("input[type=search]").InputAsync("\uFFFE<b>");

        async Task TypeAsync(string name, string email)
        {
            await page.FindAll($"{Invite} input")[0].ChangeAsync(name);
            await page.FindAll($"{Invite} input")[1].ChangeAsync(email);
            await page.Find(Invite).SubmitAsync();
        }

        string[] Typed() => [.. page.FindAll($"{Invite} input").Take(2).Select(input => input.GetAttribute("value") ?? "")];
    }

    [Fact]
    [BadInputOf("PeoplePage")]
    public async Task A_change_of_a_person_who_was_deactivated_or_taken_meanwhile_says_so_in_the_dialog()
    {
        var people = House.Services.GetRequiredService<PeopleDirectory>();
        await using var screen = await FormScreen.OpenAsync(House, "admin@uppalcrm.test", Roles.Agent, Roles.Admin);
        var (invitation, _) = await people.InviteAsync(screen.Me, "Ira Voss", "ira@example.com", Roles.Agent, Cancel);
        var page = screen.Ui.Render<PeoplePage>();
        await page.WaitForElement("button[aria-label='Change Ira Voss']").ClickAsync();
        var dialog = screen.Dialogs;
        await dialog.FindAll("form input")[0].ChangeAsync("Ira Lund");
        await dialog.FindAll("form input")[1].ChangeAsync("lee@uppalcrm.test");
        await dialog.Find("form").SubmitAsync();

        Assert.Contains("has an account already", dialog.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        Assert.Equal("Ira Lund", dialog.FindAll("form input")[0].GetAttribute("value"));
        await people.DeactivateAsync(screen.Me, invitation!.AgentId, Cancel);
        await dialog.FindAll("button").First(b => b.TextContent.Contains("invitation link", StringComparison.Ordinal)).ClickAsync();
        Assert.Contains("deactivated", dialog.Find("[role=alert]").TextContent, StringComparison.Ordinal);
    }

    private static async Task SendAsync(IRenderedComponent<AccountPage> page, string now, string wanted)
    {
        await page.FindAll("form[aria-label=Password] input")[0].ChangeAsync(now);
        await page.FindAll("form[aria-label=Password] input")[1].ChangeAsync(wanted);
        await page.Find("form[aria-label=Password]").SubmitAsync();
    }

    [Fact]
    public async Task Signed_out_everywhere_else_only_the_browser_that_asked_goes_on()
    {
        await using var there = await FormScreen.OpenAsync(House, "dana@uppalcrm.test", Roles.Agent);
        await using var here = await FormScreen.OpenAsync(House, "dana@uppalcrm.test", Roles.Agent);
        var page = here.Ui.Render<AccountPage>();

        await page.FindAll("button").Single(button => button.TextContent == "Sign out everywhere else").ClickAsync(new());

        Assert.Contains("You are signed out everywhere else.", page.Find("[role=status]").TextContent, StringComparison.Ordinal);
        var sessions = House.Services.GetRequiredService<SignInSessions>();
        Assert.Null(await sessions.FindAsync(there.Session, Cancel));
        Assert.NotNull(await sessions.FindAsync(here.Session, Cancel));
        Assert.Single(await sessions.GetOpenAsync(here.Me, Cancel));
    }

    private async Task<string> NameOfAsync(int agent)
    {
        await using var db = House.Database();
        return await db.Agents.Where(a => a.Id == agent).Select(a => a.DisplayName).SingleAsync(Cancel);
    }

    private async Task<int> CountAsync()
    {
        await using var db = House.Database();
        return await db.Agents.CountAsync(Cancel);
    }
}
