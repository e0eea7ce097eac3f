using System.Net;
using System.Text.RegularExpressions;
using UppalCrm.Web.SignIn;

namespace UppalCrm.Tests.Support;

/// <summary>The house as a person's browser meets it.</summary>
public static class FrontDoor
{
    /// <summary>A browser that keeps cookies and shows redirects instead of following them.</summary>
    public static HttpClient OpenBrowser(this House house) => house.OpenBrowser(new CookieContainer());

    /// <param name="cookies">E.g. those of an earlier browser.</param>
    public static HttpClient OpenBrowser(this House house, CookieContainer cookies) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = cookies, UseProxy = false })
        { BaseAddress = new Uri(house.Address) };

    /// <summary>A browser in which this demo user is signed in.</summary>
    public static async Task<HttpClient> SignInAsync(this House house, string email, CookieContainer? cookies = null)
    {
        var browser = house.OpenBrowser(cookies ?? new CookieContainer());
        using var answer = await browser.PostSignInAsync(email, DemoUsers.Password);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return browser;
    }

    /// <summary>Opens the sign-in page and sends its form, as a person does.</summary>
    /// <param name="query">E.g. <c>?returnUrl=%2Fcalls</c>.</param>
    public static async Task<HttpResponseMessage> PostSignInAsync(
        this HttpClient browser, string email, string password, string query = "")
    {
        var page = await browser.GetStringAsync("/login" + query);
        return await browser.PostAsync("/login" + query, new FormUrlEncodedContent(
        [
            new("_handler", "sign-in"),
            new("__RequestVerificationToken", TokenIn(page)),
            new("Input.Email", email),
            new("Input.Password", password),
        ]));
    }

    /// <returns>The antiforgery token of a page's form.</returns>
    public static string TokenIn(string page)
    {
        var token = Regex.Match(
            page, "name=\"__RequestVerificationToken\" value=\"(?<token>[^\"]+)\"", RegexOptions.None, TimeSpan.FromSeconds(1));
        Assert.True(token.Success, "The page has no form with an antiforgery token.");
        return token.Groups["token"].Value;
    }
}

/// <summary>One house for all tests of a class that leave it as they found it.</summary>
public sealed class SharedHouse : IAsyncLifetime
{
    public House House { get; private set; } = null!;

    public async ValueTask InitializeAsync() => House = await House.OpenAsync();

    public ValueTask DisposeAsync() => House.DisposeAsync();
}
