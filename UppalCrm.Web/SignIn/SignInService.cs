using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using UppalCrm.Web.Layout;

namespace UppalCrm.Web.SignIn;

/// <summary>Lets people in and out, and writes down who came.</summary>
public sealed class SignInService(
    SignInManager<Agent> signIn, AgentRoster roster, AuditLog audit, IHttpContextAccessor http, TimeProvider time)
{
    /// <summary>In characters. Hashing takes longer the longer the password: a megabyte would be an attack.</summary>
    public const int LongestPassword = 128;

    /// <summary>One answer for all: whether the address, the password or the moment was wrong tells a stranger who works here.</summary>
    public const string Refusal = "E-mail and password do not match, or there were too many tries: then wait a few minutes and try again.";

    // Somebody must be hashed for, or the time taken says that the address is unknown.
    private static readonly Agent Nobody = new() { PasswordHash = new PasswordHasher<Agent>().HashPassword(new Agent(), Guid.NewGuid().ToString()) };

    /// <summary>Signs in with a cookie on the current response.</summary>
    /// <returns>Null when it was done; else words for the person.</returns>
    public async Task<string?> SignInAsync(string? email, string? password, CancellationToken cancellationToken)
    {
        var address = email?.Trim() ?? "";
        if (address.Length is 0 or > 254 || password is not { Length: > 0 and <= LongestPassword })
        {
            return Refusal;
        }

        var users = signIn.UserManager;
        var agent = await users.FindByEmailAsync(address);
        var rightPassword = await users.CheckPasswordAsync(agent ?? Nobody, password) && agent is not null;
        var now = time.GetUtcNow();
        if (agent is null)
        {
            await audit.WriteAsync(AuditAction.SignInRefused, null, null, $"unknown address, from {From()}", cancellationToken);
            return Refusal;
        }

        if (agent.LockoutEnd > now)
        {
            await audit.WriteAsync(AuditAction.SignInRefused, agent.Id, null, $"too early, from {From()}", cancellationToken);
            return Refusal;
        }

        if (!rightPassword)
        {
            agent.AccessFailedCount++;
            agent.LockoutEnd = SignInDelays.After(agent.AccessFailedCount) is { } delay ? now + delay : null;
            await users.UpdateAsync(agent); // A parallel failure wins the row; the next one counts.
            await audit.WriteAsync(AuditAction.SignInRefused, agent.Id, null, $"wrong password, from {From()}", cancellationToken);
            return Refusal;
        }

        if (agent.AccessFailedCount > 0)
        {
            agent.AccessFailedCount = 0;
            agent.LockoutEnd = null;
            await users.UpdateAsync(agent);
        }

        var properties = new AuthenticationProperties { IsPersistent = false };
        properties.Items[SignInSetup.SignedInAt] = now.ToString("O");
        await signIn.SignInAsync(agent, properties);
        await audit.WriteAsync(AuditAction.SignedIn, agent.Id, null, $"from {From()}", cancellationToken);
        return null;
    }

    /// <summary>Signs out: this browser forgets the person, and the floor sees them leave.</summary>
    public async Task SignOutAsync(CancellationToken cancellationToken)
    {
        if (http.HttpContext?.User.FindAgentId() is { } agentId)
        {
            await roster.SetStatusAsync(agentId, AgentStatus.Offline, cancellationToken);
            await audit.WriteAsync(AuditAction.SignedOut, agentId, null, $"from {From()}", cancellationToken);
        }

        await signIn.SignOutAsync();
    }

    private string From() => http.HttpContext?.Connection.RemoteIpAddress?.ToString() ?? "an unknown address";
}
