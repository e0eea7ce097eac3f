using System.Net;
using System.Net.Http;
using Microsoft.EntityFrameworkCore;
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

    [Theory]
    [InlineData("/login")]
    [InlineData("/logout")]
    [InlineData("/setup/x")]
    [InlineData("/invitation/x")]
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
        using var unannounced = await stranger.SendAsync(chunked, Cancel);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, announced.StatusCode);
        Assert.True((int)unannounced.StatusCode is >= 400 and < 500, $"{unannounced.StatusCode}");
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

    private static async Task<HttpStatusCode> GuessAsync(HttpClient browser, string token, string password)
    {
        using var answer = await browser.PostAsync("/login", new FormUrlEncodedContent(
            [
                new("_handler", "sign-in"), new("__RequestVerificationToken", token), new("Input.Email", Dana),
                new("Input.Password", password)
            ]), Cancel);
        return answer.StatusCode;
    }
}
