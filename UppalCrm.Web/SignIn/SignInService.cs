using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using UppalCrm.Web.Layout;

namespace UppalCrm.Web.SignIn;

/// <summary>What became of a try to sign in.</summary>
/// <param name="Refusal">Words for the person; null when there is nothing to say.</param>
/// <param name="Ticket">Set when the password was right and a code is asked for: it goes into the form of the code.</param>
public sealed record SignInAnswer(string? Refusal = null, string? Ticket = null)
{
    /// <summary>The person is signed in: the response carries the cookie.</summary>
    public bool IsDone => Refusal is null && Ticket is null;
}

/// <summary>Lets people in and out, and writes down who came.</summary>
public sealed class SignInService(
    SignInManager<Agent> signIn, SignInSessions sessions, SignInThrottle throttle, SecondFactors factors, AgentRoster roster,
    AuditLog audit, DemoUsers demo,
    NewDeviceNotice notice, IDataProtectionProvider protection, IHostEnvironment environment, IHttpContextAccessor http, TimeProvider time)
{
    /// <summary>In characters. Hashing takes longer the longer the password: a megabyte would be an attack.</summary>
    public const int LongestPassword = 128;

    /// <summary>One answer for all: whether the address, the password or the moment was wrong tells a stranger who works here.</summary>
    public const string Refusal = "E-mail and password do not match, or there were too many tries: then wait a few minutes and try again.";

    public const string WrongCode =
        "This code is not right, or was used already. Wait for the next one in the app, or use a recovery code.";

    private static readonly TimeSpan TicketLife = TimeSpan.FromMinutes(5);

    // Somebody must be hashed for, or the time taken says that the address is unknown.
    private static readonly Agent Nobody =
        new() { PasswordHash = new PasswordHasher<Agent>(PasswordRules.Hashing).HashPassword(new Agent(), Guid.NewGuid().ToString()) };

    private HttpContext Http => http.HttpContext!;

    private string DeviceCookie => environment.IsDevelopment() ? "UppalCRM.Device" : "__Host-UppalCRM.Device";

    /// <summary>Signs in with a cookie on the current response, unless a code must be asked for.</summary>
    public async Task<SignInAnswer> SignInAsync(string? email, string? password, CancellationToken cancellationToken)
    {
        var address = email?.Trim() ?? "";
        if (address.Length is 0 or > 254 || password is not { Length: > 0 and <= LongestPassword })
        {
            return new SignInAnswer(Refusal);
        }

        var users = signIn.UserManager;
        var agent = await users.FindByEmailAsync(address);
        if (await throttle.CountAsync(users.NormalizeEmail(address)!, Device(), agent?.Id, cancellationToken) is not { } count)
        {
            await audit.WriteAsync(AuditAction.SignInRefused, agent?.Id, null, $"too early, from {From()}", cancellationToken);
            return new SignInAnswer(Refusal);
        }

        // Nobody's too for who was invited and has none yet: without a hash to compare the answer would come at once.
        var hashed = agent?.PasswordHash is null ? Nobody : agent;
        var isRight = await users.CheckPasswordAsync(hashed, password) && hashed == agent
            && (demo.Enabled || password != DemoUsers.Password); // everybody knows it, no matter who has it here
        if (!isRight || agent!.DeactivatedAt is not null)
        {
            var why = agent is null ? "unknown address" : isRight ? "deactivated" : "wrong password";
            await audit.WriteAsync(AuditAction.SignInRefused, agent?.Id, null, $"{why}, from {From()}", cancellationToken);
            return new SignInAnswer(Refusal);
        }

        if (await factors.IsOnAsync(agent.Id, cancellationToken))
        {
            return new SignInAnswer(
                Ticket: Tickets.Protect(JsonSerializer.Serialize(new Ticket(agent.Id, agent.SecurityStamp!, count)), TicketLife));
        }

        await LetInAsync(agent, count, cancellationToken);
        return new SignInAnswer();
    }

    /// <summary>The second step: the code of the app, or a recovery code.</summary>
    /// <param name="ticket">From the first step, not older than five minutes.</param>
    public async Task<SignInAnswer> SignInWithCodeAsync(string? ticket, string? code, CancellationToken cancellationToken)
    {
        if (Read(ticket) is not { } known
            || await signIn.UserManager.FindByIdAsync($"{known.AgentId}") is not { DeactivatedAt: null } agent
            || agent.SecurityStamp != known.Stamp)
        {
            return new SignInAnswer("That took longer than five minutes. Sign in once more.");
        }

        // Counted as a password is: a person who has the password must not guess the code.
        if (await throttle.CountAsync(agent.NormalizedEmail!, Device(), agent.Id, cancellationToken) is null
            || !await factors.CheckAsync(agent.Id, code, cancellationToken))
        {
            await audit.WriteAsync(AuditAction.SignInRefused, agent.Id, null, $"wrong code, from {From()}", cancellationToken);
            return new SignInAnswer(WrongCode, ticket);
        }

        await LetInAsync(agent, known.Count, cancellationToken);
        return new SignInAnswer();
    }

    /// <summary>The company's provider has said who it is. A second factor is its business.</summary>
    public Task LetInByProviderAsync(Agent agent, CancellationToken cancellationToken) =>
        LetInAsync(agent, count: null, cancellationToken);

    /// <summary>Signs out: the session ends wherever its cookie was copied to, and the floor sees the person leave.</summary>
    public async Task SignOutAsync(CancellationToken cancellationToken)
    {
        if (Http.User.FindAgentId() is { } agentId)
        {
            if (Http.User.FindSessionKey() is { } key)
            {
                await sessions.EndAsync(key, "signed out", cancellationToken);
            }

            await roster.SetStatusAsync(agentId, AgentStatus.Offline, cancellationToken);
            await audit.WriteAsync(AuditAction.SignedOut, agentId, null, $"from {From()}", cancellationToken);
        }

        await signIn.SignOutAsync();
    }

    private ITimeLimitedDataProtector Tickets => protection.CreateProtector("UppalCRM sign-in, second step").ToTimeLimitedDataProtector();

    /// <param name="count">Of the tries that this was one of; null when the provider asked and not we.</param>
    private async Task LetInAsync(Agent agent, AttemptCount? count, CancellationToken cancellationToken)
    {
        var device = Device();
        var isNew = device is null || !await throttle.IsKnownAsync(agent.Id, device, cancellationToken);
        if (device is null)
        {
            device = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
            Http.Response.Cookies.Append(DeviceCookie, device, new CookieOptions
            {
                HttpOnly = true,
                Secure = !environment.IsDevelopment(),
                SameSite = SameSiteMode.Lax,
                Path = "/",
                Expires = time.GetUtcNow().AddDays(400),
                IsEssential = true,
            });
        }

        await throttle.ForgetAsync(count, agent.Id, device, cancellationToken);
        var must = count is not null && !await factors.IsOnAsync(agent.Id, cancellationToken)
            && await factors.IsDemandedAsync(agent.Id, cancellationToken);
        var browser = BrowserName.Of(Http.Request.Headers.UserAgent);
        var key = await sessions.StartAsync(agent.Id, agent.SecurityStamp!, browser, From(), must, cancellationToken);
        await signIn.SignInWithClaimsAsync(
            agent, new AuthenticationProperties { IsPersistent = false }, [new Claim(SessionClaim.Type, key)]);
        await audit.WriteAsync(
            AuditAction.SignedIn, agent.Id, null,
            $"from {From()}{(count is null ? ", by the provider" : "")}{(isNew ? ", a new device" : "")}", cancellationToken);
        if (isNew)
        {
            notice.Send(agent, browser, From());
        }
    }

    private string? Device() =>
        Http.Request.Cookies[DeviceCookie] is { Length: 64 } device && device.All(char.IsAsciiHexDigitLower) ? device : null;

    private Ticket? Read(string? ticket)
    {
        if (ticket is not { Length: > 0 and < 4000 })
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<Ticket>(Tickets.Unprotect(ticket));
        }
        catch (CryptographicException)
        {
            return null; // made up, or too old
        }
    }

    private string From() => http.HttpContext?.Connection.RemoteIpAddress is { } address
        ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString()
        : "an unknown address";

    private sealed record Ticket(int AgentId, string Stamp, AttemptCount Count);
}

/// <summary>Which browser on which system, in words that its owner knows again.</summary>
public static class BrowserName
{
    private static readonly (string Sign, string Name)[] Browsers =
    [
        ("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")
    ];
    private static readonly (string Sign, string Name)[] Systems =
        [("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "Mac"), ("Linux", "Linux")];

    public static string Of(string? userAgent)
    {
        var agent = userAgent ?? "";
        var browser = Browsers.FirstOrDefault(b => agent.Contains(b.Sign, StringComparison.Ordinal)).Name ?? "A program";
        return Systems.FirstOrDefault(s => agent.Contains(s.Sign, StringComparison.Ordinal)).Name is { } system
            ? $"{browser} on {system}"
            : browser;
    }
}
