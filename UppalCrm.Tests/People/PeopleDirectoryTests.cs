using System.Net;
using System.Net.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Account;
using UppalCrm.Web.SignIn;

namespace UppalCrm.Tests.People;

public sealed class PeopleDirectoryTests(SharedHouse shared) : IClassFixture<SharedHouse>
{
    private const string GoodPassword = "plum orbit canvas nine";

    private House House => shared.House;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private PeopleDirectory People => House.Services.GetRequiredService<PeopleDirectory>();

    [Fact]
    public async Task An_invited_person_chooses_a_password_once_and_signs_in()
    {
        var (invitation, refusal) = await People.InviteAsync(
            await AdminAsync(), "Nadia Haddad", "nadia@example.test", Roles.Supervisor, Cancel);
        Assert.Null(refusal);
        using var browser = House.OpenBrowser();

        using var weak = await ChooseAsync(browser, $"/invitation/{invitation!.Code}", "password1234");
        using var chosen = await ChooseAsync(browser, $"/invitation/{invitation.Code}", GoodPassword);
        using var twice = await browser.GetAsync($"/invitation/{invitation.Code}", Cancel);
        using var signedIn = await browser.PostSignInAsync("nadia@example.test", GoodPassword);
        using var board = await browser.GetAsync("/board", Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, weak.StatusCode);
        Assert.Contains("guessed early", await weak.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, chosen.StatusCode);
        Assert.Equal(HttpStatusCode.Gone, twice.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, signedIn.StatusCode);
        Assert.Equal(HttpStatusCode.OK, board.StatusCode); // a supervisor from the first moment
        await using var db = House.Database();
        Assert.DoesNotContain(
            await db.OneTimeLinks.Select(l => l.CodeHash).ToListAsync(Cancel),
            hash => hash.Contains(invitation.Code, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_invitation_runs_out_and_ends_with_the_account()
    {
        await using var own = await House.OpenAsync();
        var people = own.Services.GetRequiredService<PeopleDirectory>();
        var admin = await own.AgentIdAsync("admin@uppalcrm.test");
        var (late, _) = await people.InviteAsync(admin, "Late Person", "late@example.test", Roles.Agent, Cancel);
        var (gone, _) = await people.InviteAsync(admin, "Gone Person", "gone@example.test", Roles.Agent, Cancel);
        Assert.Null(await people.DeactivateAsync(admin, gone!.AgentId, Cancel));
        using var browser = own.OpenBrowser();

        using var ended = await browser.GetAsync($"/invitation/{gone.Code}", Cancel);
        using var open = await browser.GetAsync($"/invitation/{late!.Code}", Cancel);
        await using (var db = own.Database())
        {
            var now = own.Clock.GetUtcNow();
            Assert.InRange(late.ExpiresAt - now, TimeSpan.FromDays(6.9), PeopleDirectory.InvitationLife);
            await db.OneTimeLinks.Where(l => l.AgentId == late.AgentId)
                .ExecuteUpdateAsync(set => set.SetProperty(l => l.ExpiresAt, now), Cancel);
        }

        using var over = await browser.GetAsync($"/invitation/{late.Code}", Cancel);
        using var otherDoor = await browser.GetAsync($"/password/{late.Code}", Cancel);

        Assert.Equal(HttpStatusCode.Gone, ended.StatusCode);
        Assert.Equal(HttpStatusCode.OK, open.StatusCode);
        Assert.Equal(HttpStatusCode.Gone, over.StatusCode);
        Assert.Equal(HttpStatusCode.Gone, otherDoor.StatusCode);
    }

    [Fact]
    public async Task A_link_for_another_password_ends_what_was_signed_in()
    {
        var admin = await AdminAsync();
        var (invitation, _) = await People.InviteAsync(admin, "Resa Reset", "resa@example.test", Roles.Agent, Cancel);
        using var browser = House.OpenBrowser();
        (await ChooseAsync(browser, $"/invitation/{invitation!.Code}", GoodPassword)).Dispose();
        (await browser.PostSignInAsync("resa@example.test", GoodPassword)).Dispose();

        var (link, _) = await People.MakeLinkAsync(admin, invitation.AgentId, Cancel);
        using var elsewhere = House.OpenBrowser();
        using var chosen = await ChooseAsync(elsewhere, $"/password/{link!.Code}", "quartz melody fern ten");
        using var before = await browser.GetAsync("/calls", Cancel);
        using var old = await elsewhere.PostSignInAsync("resa@example.test", GoodPassword);
        using var now = await elsewhere.PostSignInAsync("resa@example.test", "quartz melody fern ten");

        Assert.Equal(HttpStatusCode.Redirect, chosen.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, before.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, old.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, now.StatusCode);
    }

    [Theory]
    [InlineData("another address")]
    [InlineData("a password of the person's own")]
    [InlineData("a password by the other link")]
    public async Task A_link_ends_when_the_account_gets_another_address_or_password(string change)
    {
        await using var own = await House.OpenAsync();
        var people = own.Services.GetRequiredService<PeopleDirectory>();
        var (admin, lee) = (await own.AgentIdAsync("admin@uppalcrm.test"), await own.AgentIdAsync("lee@uppalcrm.test"));
        var (link, _) = await people.MakeLinkAsync(admin, lee, Cancel);
        using var browser = own.OpenBrowser();

        if (change == "another address")
        {
            Assert.Null(await people.ChangeAsync(admin, lee, "Lee Okafor", "lee.okafor@uppalcrm.test", Roles.Agent, Cancel));
        }
        else if (change == "a password by the other link")
        {
            var invitation = await own.Services.GetRequiredService<OneTimeLinks>().MakeAsync(
                LinkPurpose.Invitation, lee, PeopleDirectory.InvitationLife, Cancel);
            using var chosen = await ChooseAsync(browser, $"/invitation/{invitation}", GoodPassword);
            Assert.Equal(HttpStatusCode.Redirect, chosen.StatusCode);
        }
        else
        {
            using var hers = await own.SignInAsync("lee@uppalcrm.test");
            await using var db = own.Database();
            var session = await db.SignInSessions.AsNoTracking().SingleAsync(s => s.AgentId == lee, Cancel);
            await using var scope = own.Services.CreateAsyncScope();
            Assert.Null(await scope.ServiceProvider.GetRequiredService<OwnAccount>().ChangePasswordAsync(
                session, DemoUsers.Password, GoodPassword, Cancel));
        }

        using var over = await browser.GetAsync($"/password/{link!.Code}", Cancel);
        Assert.Equal(HttpStatusCode.Gone, over.StatusCode);
    }

    [Theory]
    [InlineData("", "a@example.test", Roles.Agent, "name")]
    [InlineData("A", "not an address", Roles.Agent, "e-mail")]
    [InlineData("A", "a@example.test\r\nBcc: b@example.test", Roles.Agent, "e-mail")]
    [InlineData("A", "a@example.test", "Owner", "role")]
    [InlineData("A", "DANA@uppalcrm.test", Roles.Agent, "has an account already")]
    public async Task Bad_input_is_answered_in_words(string name, string email, string role, string word)
    {
        var (invitation, refusal) = await People.InviteAsync(await AdminAsync(), name, email, role, Cancel);

        Assert.Null(invitation);
        Assert.Contains(word, refusal, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Of_two_administrators_who_put_each_other_out_at_once_one_stays()
    {
        await using var own = await House.OpenAsync();
        var people = own.Services.GetRequiredService<PeopleDirectory>();
        var (admin, lee) = (await own.AgentIdAsync("admin@uppalcrm.test"), await own.AgentIdAsync("lee@uppalcrm.test"));
        Assert.Null(await people.ChangeAsync(admin, lee, "Lee Okafor", "lee@uppalcrm.test", Roles.Admin, Cancel));
        for (var round = 0; round < 20; round++)
        {
            string?[] refusals = await Task.WhenAll(PutOutAsync(admin, lee), PutOutAsync(lee, admin));

            Assert.Single(refusals, refusal => refusal is null);
            var (stays, gone) = refusals[0] is null ? (admin, lee) : (lee, admin);
            await people.ReactivateAsync(stays, gone, Cancel);
        }

        Task<string?> PutOutAsync(int by, int whom) => Task.Run(async () =>
        {
            try
            {
                return await people.DeactivateAsync(by, whom, Cancel);
            }
            catch (NotAllowedException ex)
            {
                return ex.Message; // they were put out before they asked
            }
        }, Cancel);
    }

    [Fact]
    public async Task The_last_administrator_stays_one()
    {
        await using var own = await House.OpenAsync();
        var people = own.Services.GetRequiredService<PeopleDirectory>();
        var admin = await own.AgentIdAsync("admin@uppalcrm.test");

        var demoted = await people.ChangeAsync(admin, admin, "Alex Admin", "admin@uppalcrm.test", Roles.Agent, Cancel);
        var self = await people.DeactivateAsync(admin, admin, Cancel);

        Assert.Contains("only administrator", demoted, StringComparison.Ordinal);
        Assert.Contains("cannot deactivate yourself", self, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dana@uppalcrm.test")]
    [InlineData("sam@uppalcrm.test")]
    public async Task Nobody_but_an_administrator_does_any_of_this(string email)
    {
        var me = await House.AgentIdAsync(email);
        var lee = await House.AgentIdAsync("lee@uppalcrm.test");
        using var browser = await House.SignInAsync(email);
        using var page = await browser.GetAsync("/people", Cancel);

        Assert.Equal(HttpStatusCode.Forbidden, page.StatusCode);
        await Assert.ThrowsAsync<NotAllowedException>(() => People.GetAsync(me, null, Cancel));
        await Assert.ThrowsAsync<NotAllowedException>(() => People.InviteAsync(me, "A", "a@example.test", Roles.Admin, Cancel));
        await Assert.ThrowsAsync<NotAllowedException>(() => People.MakeLinkAsync(me, lee, Cancel));
        await Assert.ThrowsAsync<NotAllowedException>(() => People.ChangeAsync(me, me, "A", email, Roles.Admin, Cancel));
        await Assert.ThrowsAsync<NotAllowedException>(() => People.DeactivateAsync(me, lee, Cancel));
        await Assert.ThrowsAsync<NotAllowedException>(() => People.ReactivateAsync(me, lee, Cancel));
        await Assert.ThrowsAsync<NotAllowedException>(() => People.EndSessionsAsync(me, lee, Cancel));
        await Assert.ThrowsAsync<NotAllowedException>(() => People.RemoveSecondFactorAsync(me, lee, Cancel));
        await Assert.ThrowsAsync<NotAllowedException>(() => People.DemandAsync(me, Roles.Agent, demanded: true, Cancel));
    }

    internal static async Task<HttpResponseMessage> ChooseAsync(HttpClient browser, string address, string password)
    {
        var page = await browser.GetStringAsync(address, Cancel);
        return await browser.PostAsync(address, new FormUrlEncodedContent(
            [
                new("_handler", "choose-password"), new("__RequestVerificationToken", FrontDoor.TokenIn(page)),
                new("Input.Password", password), new("Input.Repeat", password)
            ]), Cancel);
    }

    private Task<int> AdminAsync() => House.AgentIdAsync("admin@uppalcrm.test");
}
