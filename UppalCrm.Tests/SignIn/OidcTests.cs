using System.Collections.Concurrent;
using System.Net;
using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.SignIn;

/// <summary>Sign-in by the company's provider, against a provider on this machine.</summary>
public sealed class OidcTests
{
    private const string Dana = "dana@uppalcrm.test";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_has_an_account_is_let_in_by_the_proven_address_and_then_by_the_providers_own_name()
    {
        await using var provider = await Provider.StartAsync();
        await using var house = await OpenAsync(provider);
        provider.Person = new() { ["sub"] = "p-1", ["email"] = Dana, ["email_verified"] = true };

        using var browser = house.OpenBrowser();
        Assert.Equal("/calls", await SignInAsync(browser, "/calls"));
        using var page = await browser.GetAsync("/calls", Cancel);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);

        // Another address at the provider, the same person.
        provider.Person = new() { ["sub"] = "p-1", ["email"] = "dana.new@example.com", ["email_verified"] = true };
        Assert.Equal("/", await SignInAsync(house.OpenBrowser(), "/"));
        // Somebody else at the provider who was given her address: not she.
        provider.Person = new() { ["sub"] = "p-2", ["email"] = Dana, ["email_verified"] = true };
        Assert.Equal("/login?oidc=unknown", await SignInAsync(house.OpenBrowser(), "/"));
        await using var db = house.Database();
        Assert.Contains(db.Audit, row => row.Action == AuditAction.SignedIn && row.Detail!.Contains("by the provider"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData("false")]
    [InlineData(null)]
    public async Task An_address_that_the_provider_has_not_proven_opens_nothing(object? verified)
    {
        await using var provider = await Provider.StartAsync();
        await using var house = await OpenAsync(provider);
        provider.Person = new() { ["sub"] = "p-1", ["email"] = "admin@uppalcrm.test" };
        if (verified is not null)
        {
            provider.Person["email_verified"] = verified;
        }

        Assert.Equal("/login?oidc=unknown", await SignInAsync(house.OpenBrowser(), "/"));
    }

    [Fact]
    public async Task An_account_is_made_only_where_that_is_allowed()
    {
        await using var provider = await Provider.StartAsync();
        provider.Person = new() { ["sub"] = "p-9", ["email"] = "new@example.com", ["email_verified"] = true, ["name"] = "Noor New" };
        await using (var closed = await OpenAsync(provider))
        {
            Assert.Equal("/login?oidc=unknown", await SignInAsync(closed.OpenBrowser(), "/"));
            await using var none = closed.Database();
            Assert.False(await none.Agents.AnyAsync(a => a.Email == "new@example.com", Cancel));
        }

        await using var open = await OpenAsync(provider, ("Authentication:Oidc:MakeAccounts", "true"));
        Assert.Equal("/", await SignInAsync(open.OpenBrowser(), "/"));
        await using var db = open.Database();
        Assert.Equal("Noor New", (await db.Agents.SingleAsync(a => a.Email == "new@example.com", Cancel)).DisplayName);
    }

    [Fact]
    public async Task The_role_is_the_providers_and_another_one_ends_what_is_signed_in()
    {
        await using var provider = await Provider.StartAsync();
        await using var house = await OpenAsync(provider, ("Authentication:Oidc:RolesClaim", "roles"));
        provider.Person = new()
        {
            ["sub"] = "p-1", ["email"] = Dana, ["email_verified"] = true, ["roles"] = new[] { "other", "uppalcrm-supervisor" },
        };
        using var before = house.OpenBrowser();
        Assert.Equal("/", await SignInAsync(before, "/"));
        using var board = await before.GetAsync("/board", Cancel);
        Assert.Equal(HttpStatusCode.OK, board.StatusCode);

        provider.Person["roles"] = new[] { "uppalcrm-agent" };
        using var after = house.OpenBrowser();
        Assert.Equal("/", await SignInAsync(after, "/"));
        using var closed = await after.GetAsync("/board", Cancel);
        using var old = await before.GetAsync("/calls", Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, closed.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, old.StatusCode);

        provider.Person["roles"] = new[] { "other" };
        Assert.Equal("/login?oidc=no-role", await SignInAsync(house.OpenBrowser(), "/"));
    }

    [Theory]
    [InlineData("another audience")]
    [InlineData("another key")]
    [InlineData("another nonce")]
    [InlineData("run out")]
    [InlineData("another issuer")]
    public async Task What_the_provider_did_not_say_to_us_opens_nothing(string what)
    {
        await using var provider = await Provider.StartAsync();
        await using var house = await OpenAsync(provider);
        provider.Person = new() { ["sub"] = "p-1", ["email"] = Dana, ["email_verified"] = true };
        provider.Lie = what;

        using var browser = house.OpenBrowser();
        Assert.Equal("/login?oidc=refused", await SignInAsync(browser, "/"));
        using var page = await browser.GetAsync("/calls", Cancel);
        Assert.Equal(HttpStatusCode.Redirect, page.StatusCode);
    }

    [Fact]
    public async Task A_way_back_that_nobody_began_ends_at_the_sign_in_page()
    {
        await using var provider = await Provider.StartAsync();
        await using var house = await OpenAsync(provider);
        using var browser = house.OpenBrowser();

        foreach (var address in (string[])["/login/oidc/back?code=x&state=y", "/login/oidc/back?error=access_denied", "/login/oidc/done?returnUrl=//evil.example", "/login/oidc/back"])
        {
            using var answer = await browser.GetAsync(address, Cancel);
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
            Assert.StartsWith("/login?oidc=refused", answer.Headers.Location!.ToString(), StringComparison.Ordinal);
        }
    }

    private static Task<House> OpenAsync(Provider provider, params (string Key, string Value)[] more) => House.OpenAsync(
    [
        ("Authentication:Oidc:Authority", provider.Address), ("Authentication:Oidc:ClientId", Provider.Client),
        ("Authentication:Oidc:ClientSecret", Provider.Secret), .. more,
    ]);

    /// <returns>Where the person ends.</returns>
    private static async Task<string> SignInAsync(HttpClient browser, string returnUrl)
    {
        var address = $"/login/oidc?returnUrl={Uri.EscapeDataString(returnUrl)}";
        for (var step = 0; step < 4; step++)
        {
            using var answer = await browser.GetAsync(address, Cancel);
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
            address = answer.Headers.Location!.ToString();
            if (step > 0 && (!address.Contains("/login/oidc", StringComparison.Ordinal)))
            {
                return address;
            }
        }

        return address;
    }

    /// <summary>As much of a provider as a sign-in needs: it knows one person and says yes at once.</summary>
    private sealed class Provider : IAsyncDisposable
    {
        public const string Client = "uppalcrm";
        public const string Secret = "a secret of the test";

        private readonly ConcurrentDictionary<string, string> _nonces = new();
        private readonly RSA _key = RSA.Create(2048);
        private readonly RSA _otherKey = RSA.Create(2048);
        private WebApplication _app = null!;

        public string Address => _app.Urls.First();

        public Dictionary<string, object> Person { get; set; } = [];

        public string? Lie { get; set; }

        public static async Task<Provider> StartAsync()
        {
            var provider = new Provider();
            var builder = WebApplication.CreateBuilder();
            builder.Logging.ClearProviders();
            Microsoft.AspNetCore.Hosting.HostingAbstractionsWebHostBuilderExtensions.UseUrls(builder.WebHost, "http://127.0.0.1:0");
            var app = provider._app = builder.Build();
            app.MapGet("/.well-known/openid-configuration", () => new Dictionary<string, object>
            {
                ["issuer"] = provider.Address, ["authorization_endpoint"] = provider.Address + "/authorize",
                ["token_endpoint"] = provider.Address + "/token",
                ["jwks_uri"] = provider.Address + "/keys", ["response_types_supported"] = new[] { "code" },
                ["id_token_signing_alg_values_supported"] = new[] { "RS256" },
            });
            app.MapGet("/keys", () => new { keys = new[] { provider.PublicKey() } });
            app.MapGet("/authorize", (string client_id, string redirect_uri, string state, string nonce, string code_challenge) =>
            {
                Assert.Equal(Client, client_id);
                Assert.NotEmpty(code_challenge);
                var code = Guid.NewGuid().ToString("N");
                provider._nonces[code] = nonce;
                return Results.Redirect($"{redirect_uri}?code={code}&state={Uri.EscapeDataString(state)}");
            });
            app.MapPost("/token", async (HttpRequest request) =>
            {
                var form = await request.ReadFormAsync();
                return form["client_secret"] == Secret && form["code_verifier"].Count == 1
                    && provider._nonces.TryRemove(form["code"].ToString(), out var nonce)
                    ? Results.Json(new { access_token = "none", token_type = "Bearer", id_token = provider.Sign(nonce) })
                    : Results.BadRequest(new { error = "invalid_grant" });
            });
            await app.StartAsync(Cancel);
            return provider;
        }

        public async ValueTask DisposeAsync()
        {
            await _app.DisposeAsync();
            _key.Dispose();
            _otherKey.Dispose();
        }

        private object PublicKey()
        {
            var open = _key.ExportParameters(includePrivateParameters: false);
            return new
            {
                kty = "RSA", use = "sig", alg = "RS256", kid = "k1", n = Base64UrlEncoder.Encode(open.Modulus),
                e = Base64UrlEncoder.Encode(open.Exponent),
            };
        }

        private string Sign(string nonce)
        {
            // Within the minutes that the clocks of two machines may differ, and an hour late.
            var now = TimeProvider.System.GetUtcNow().AddHours(Lie == "run out" ? -2 : 0).UtcDateTime;
            return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
            {
                Issuer = Lie == "another issuer" ? "https://evil.example" : Address,
                Audience = Lie == "another audience" ? "somebody-else" : Client,
                IssuedAt = now, NotBefore = now, Expires = now.AddMinutes(5),
                Claims = new Dictionary<string, object>(Person) { ["nonce"] = Lie == "another nonce" ? "made-up" : nonce },
                SigningCredentials = new SigningCredentials(
                    new RsaSecurityKey(Lie == "another key" ? _otherKey : _key) { KeyId = "k1" }, SecurityAlgorithms.RsaSha256),
            });
        }
    }
}
