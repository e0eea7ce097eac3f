using System.Net;
using System.Net.Http;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Tests.Support;
using UppalCrm.Web.SignIn;

namespace UppalCrm.Tests.SignIn;

/// <summary>Guessing at the sign-in page, and who is not to suffer from it.</summary>
public sealed class GuessingTests
{
    private const string Dana = "dana@uppalcrm.test";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sixty_wrong_passwords_at_once_count_as_sixty_and_do_not_keep_the_person_out_of_their_own_browser()
    {
        await using var house = await House.OpenAsync();
        var own = new CookieContainer();
        using var herBrowser = await house.SignInAsync(Dana, own);
        using var stranger = house.OpenBrowser();
        var token = FrontDoor.TokenIn(await stranger.GetStringAsync("/login", Cancel));

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => GuessAsync(stranger, token, $"wrong password {i}")));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Unauthorized, answer));
        await using (var db = house.Database())
        {
            Assert.Equal(60, (await db.SignInAttempts.SingleAsync(a => a.Device == "", Cancel)).Count);
        }

        using var fromStranger = await stranger.PostSignInAsync(Dana, DemoUsers.Password);
        using var again = house.OpenBrowser(own);
        using var signedOut = await again.PostAsync(
            "/logout",
            new FormUrlEncodedContent([new("__RequestVerificationToken", FrontDoor.TokenIn(await again.GetStringAsync("/", Cancel)))]),
            Cancel);
        using var fromHers = await again.PostSignInAsync(Dana, DemoUsers.Password);
        Assert.Equal(HttpStatusCode.Unauthorized, fromStranger.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, fromHers.StatusCode);
    }

    [Theory] // Other doors at which something can be guessed in parallel.
    [InlineData("the password before a download")]
    [InlineData("the code at sign-in")]
    public async Task What_is_guessed_in_parallel_elsewhere_is_counted_as_well_before_it_is_looked_at(string what)
    {
        await using var house = await House.OpenAsync();
        var factors = house.Services.GetRequiredService<SecondFactors>();
        var dana = await house.AgentIdAsync(Dana);
        var isCode = what == "the code at sign-in";
        var codes = isCode ? await SetUpAsync() : [];
        using var browser = isCode ? house.OpenBrowser() : await house.SignInAsync(Dana);
        var page = isCode ? await PasswordGivenAsync() : await browser.GetStringAsync("/prove", Cancel);
        var token = FrontDoor.TokenIn(page);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => GuessElsewhereAsync(isCode ? $"{i:d6}" : $"wrong password {i}")));
        var right = await Task.WhenAll(
            Enumerable.Range(0, 5).Select(i => GuessElsewhereAsync(isCode ? codes[i] : DemoUsers.Password)));

        Assert.All(right, status => Assert.InRange((int)status, 400, 499));

        async Task<IReadOnlyList<string>> SetUpAsync()
        {
            var key = (await factors.BeginAsync(dana, Dana, Cancel))!.Key.Replace(" ", "", StringComparison.Ordinal);
            var step = TimeCode.StepAt(house.Clock.GetUtcNow());
            return (await factors.ConfirmAsync(dana, TimeCode.Of(AuthenticatorApp.FromBase32(key), step), Cancel))!;
        }

        async Task<string> PasswordGivenAsync()
        {
            using var asked = await browser.PostSignInAsync(Dana, DemoUsers.Password);
            return await asked.Content.ReadAsStringAsync(Cancel);
        }

        async Task<HttpStatusCode> GuessElsewhereAsync(string guess)
        {
            var ticket = Regex.Match(page, "name=\"Code.Ticket\" value=\"(?<ticket>[^\"]+)\"", RegexOptions.None, TimeSpan.FromSeconds(1));
            using var answer = await browser.PostAsync(isCode ? "/login" : "/prove", new FormUrlEncodedContent(isCode
                ?
                [
                    new("_handler", "code"), new("__RequestVerificationToken", token), new("Code.Code", guess),
                    new("Code.Ticket", WebUtility.HtmlDecode(ticket.Groups["ticket"].Value))
                ]
                : [new("_handler", "prove"), new("__RequestVerificationToken", token), new("Input.Proof", guess)]), Cancel);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task The_right_password_among_parallel_guesses_gets_in_only_while_it_is_early()
    {
        await using var house = await House.OpenAsync();
        using var stranger = house.OpenBrowser();
        var token = FrontDoor.TokenIn(await stranger.GetStringAsync("/login", Cancel));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => GuessAsync(stranger, token, $"wrong password {i}")));

        var right = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => GuessAsync(stranger, token, DemoUsers.Password)));

        Assert.All(right, answer => Assert.Equal(HttpStatusCode.Unauthorized, answer));
    }

    [Fact]
    public async Task Forty_right_sign_ins_from_one_address_in_a_minute_are_forty_pages()
    {
        await using var house = await House.OpenAsync();
        for (var i = 0; i < 40; i++)
        {
            using var browser = house.OpenBrowser();
            using var answer = await browser.PostSignInAsync(DemoUsers.All[i % 4].Email, DemoUsers.Password);
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        }
    }

    [Fact]
    public async Task More_than_a_hundred_failures_a_minute_from_one_address_are_told_to_wait_and_then_no_more()
    {
        await using var house = await House.OpenAsync();
        using var stranger = house.OpenBrowser();
        for (var i = 0; i < SignInFlood.MostFailures; i++)
        {
            using var refused = await stranger.PostAsync("/login", null, Cancel);
            Assert.NotEqual(HttpStatusCode.TooManyRequests, refused.StatusCode);
        }

        using var tooMany = await stranger.PostAsync("/login", null, Cancel);
        house.Clock.Advance(TimeSpan.FromMinutes(1));
        using var later = await stranger.PostSignInAsync(Dana, DemoUsers.Password);

        Assert.Equal(HttpStatusCode.TooManyRequests, tooMany.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, later.StatusCode);
    }

    [Fact]
    public async Task A_hundred_and_thirty_addresses_tried_at_once_are_a_hundred_passwords_looked_at()
    {
        await using var house = await House.OpenAsync();
        using var stranger = house.OpenBrowser();
        var token = FrontDoor.TokenIn(await stranger.GetStringAsync("/login", Cancel));
        house.Clock.Advance(TimeSpan.FromSeconds(60 - (house.Clock.GetUtcNow().ToUnixTimeSeconds() % 60))); // a whole minute is left

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 130).Select(i => GuessAsync(stranger, token, "wrong password", $"person{i}@example.test")));

        Assert.Equal(SignInFlood.MostFailures, answers.Count(answer => answer == HttpStatusCode.Unauthorized));
        Assert.Equal(30, answers.Count(answer => answer == HttpStatusCode.TooManyRequests));
    }

    [Theory]
    [InlineData("192.0.2.7", "::ffff:192.0.2.7", true)]
    [InlineData("192.0.2.7", "192.0.2.8", false)]
    [InlineData("2001:db8:1:2::7", "2001:db8:1:2:ffff::1", true)] // who has one of these addresses has the whole network
    [InlineData("2001:db8:1:2::7", "2001:db8:1:3::7", false)]
    public void Failures_are_counted_by_the_network_that_one_subscriber_has(string one, string other, bool areOne) =>
        Assert.Equal(areOne, SignInFlood.SourceOf(IPAddress.Parse(one)) == SignInFlood.SourceOf(IPAddress.Parse(other)));

    [Fact] // Hashing takes a tenth of a second, and looking up an address nothing.
    public async Task An_account_without_a_password_is_refused_as_slowly_as_an_unknown_address()
    {
        await using var house = await House.OpenAsync();
        await house.Services.GetRequiredService<PeopleDirectory>().InviteAsync(
            await house.AgentIdAsync("admin@uppalcrm.test"), "Nadia Haddad", "nadia@example.test", Roles.Agent, Cancel);
        using var stranger = house.OpenBrowser();
        var token = FrontDoor.TokenIn(await stranger.GetStringAsync("/login", Cancel));
        var (invited, unknown) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        for (var i = 0; i < 4; i++)
        {
            invited = await FastestAsync(invited, "nadia@example.test");
            unknown = await FastestAsync(unknown, "nobody@example.test");
        }

        Assert.True(invited > unknown / 2, $"The invited person is refused after {invited}, nobody after {unknown}.");

        async Task<TimeSpan> FastestAsync(TimeSpan before, string email)
        {
            var begun = TimeProvider.System.GetTimestamp();
            Assert.Equal(HttpStatusCode.Unauthorized, await GuessAsync(stranger, token, "wrong password", email));
            var taken = TimeProvider.System.GetElapsedTime(begun);
            return taken < before ? taken : before;
        }
    }

    [Theory]
    [InlineData("/login")]
    [InlineData("/logout")]
    [InlineData("/setup/x")]
    [InlineData("/invitation/x")]
    [InlineData("/prove")]
    [InlineData("/second-factor")]
    [InlineData("/policy-reports")]
    [InlineData("/api/there-is-no-such-thing")]
    public async Task A_form_of_more_than_sixteen_kilobytes_is_refused_before_it_is_read(string address)
    {
        await using var house = await House.OpenAsync();
        using var stranger = house.OpenBrowser();
        using var announced = await stranger.PostAsync(
            address, new StringContent(new string('a', 20_000), System.Text.Encoding.ASCII, "application/x-www-form-urlencoded"), Cancel);
        using var chunked = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new StringContent(new string('a', 200_000), System.Text.Encoding.ASCII, "application/x-www-form-urlencoded"),
            Headers = { TransferEncodingChunked = true },
        };
        var unannounced = await AnswerToAsync(chunked);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, announced.StatusCode);
        // Refused, led to the sign-in page without a look at it, or the connection closed while the rest was still being sent.
        Assert.True((int?)unannounced is null or 302 or (>= 400 and < 500), $"{unannounced}");

        async Task<HttpStatusCode?> AnswerToAsync(HttpRequestMessage request)
        {
            try
            {
                using var answer = await stranger.SendAsync(request, Cancel);
                return answer.StatusCode;
            }
            catch (HttpRequestException ex) when (ex.InnerException is IOException)
            {
                return null;
            }
        }
    }

    [Fact]
    public async Task A_hash_of_fewer_rounds_is_made_again_at_the_next_sign_in()
    {
        await using var house = await House.OpenAsync();
        var weak = new Microsoft.AspNetCore.Identity.PasswordHasher<Agent>(Microsoft.Extensions.Options.Options.Create(
            new Microsoft.AspNetCore.Identity.PasswordHasherOptions { IterationCount = 1000 }))
                .HashPassword(new Agent(), DemoUsers.Password);
        await using var db = house.Database();
        await db.Agents.Where(a => a.Email == Dana).ExecuteUpdateAsync(set => set.SetProperty(a => a.PasswordHash, weak), Cancel);

        using var browser = await house.SignInAsync(Dana);
        using var page = await browser.GetAsync("/", Cancel);

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        var hash = Convert.FromBase64String(await db.Agents.Where(a => a.Email == Dana).Select(a => a.PasswordHash!).SingleAsync(Cancel));
        Assert.Equal(210_000u, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(hash.AsSpan(5)));
    }

    private static async Task<HttpStatusCode> GuessAsync(HttpClient browser, string token, string password, string email = Dana)
    {
        using var answer = await browser.PostAsync("/login", new FormUrlEncodedContent(
            [
                new("_handler", "sign-in"), new("__RequestVerificationToken", token), new("Input.Email", email),
                new("Input.Password", password)
            ]), Cancel);
        return answer.StatusCode;
    }
}
