using Microsoft.AspNetCore.Identity;
using UppalCrm.Web.Security;
using UppalCrm.Web.SignIn;

namespace UppalCrm.Web.Setup;

/// <summary>The way into a house that nobody can enter yet: a link that the start prints, good once and for a day.</summary>
public sealed class SetUpLink(
    OneTimeLinks links, FirstAdministrator first, PublicAddress address, IServiceScopeFactory scopes, AuditLog audit, TimeProvider time)
{
    public static readonly TimeSpan Life = TimeSpan.FromHours(24);

    /// <summary>Makes the link. That of an earlier start is void.</summary>
    /// <param name="listening">Where we listen, for a house that has no public address.</param>
    public async Task<string> MakeAsync(string? listening, CancellationToken cancellationToken)
    {
        var code = await links.MakeAsync(LinkPurpose.Setup, agentId: null, Life, cancellationToken);
        return $"{(address.Uri?.ToString() ?? listening ?? "").TrimEnd('/')}/setup/{code}";
    }

    /// <summary>Whether the page may be shown.</summary>
    public async Task<bool> IsOpenAsync(string? code, CancellationToken cancellationToken) =>
        await links.FindAsync(LinkPurpose.Setup, code, cancellationToken) is not null && await first.IsMissingAsync(cancellationToken);

    /// <summary>Makes the first administrator.</summary>
    /// <returns>Words why not; null when the account exists.</returns>
    public async Task<Refusal?> UseAsync(string? code, string? name, string? email, string? password, CancellationToken cancellationToken)
    {
        if (await links.FindAsync(LinkPurpose.Setup, code, cancellationToken) is not { } link
            || !await first.IsMissingAsync(cancellationToken))
        {
            return new Refusal("This link was used, or is older than a day. Start UppalCRM again for another.");
        }

        var agent = new Agent
        {
            UserName = email?.Trim(),
            Email = email?.Trim(),
            EmailConfirmed = true,
            DisplayName = PersonName.Of(name) ?? "",
            StatusSince = time.GetUtcNow(),
        };
        if (agent.DisplayName.Length == 0)
        {
            return new Refusal(PersonName.Words) { Part = "name" };
        }

        if (!PeopleDirectory.IsAddress(agent.Email))
        {
            return new Refusal(PeopleDirectory.AddressWords) { Part = "email" };
        }

        await using var scope = scopes.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<Agent>>();
        foreach (var validator in users.UserValidators)
        {
            if (await validator.ValidateAsync(users, agent) is { Succeeded: false } refused)
            {
                return new Refusal(string.Join(' ', refused.Errors.Select(e => e.Description))) { Part = "email" };
            }
        }

        foreach (var validator in users.PasswordValidators)
        {
            if (await validator.ValidateAsync(users, agent, password) is { Succeeded: false } refused)
            {
                return new Refusal(string.Join(' ', refused.Errors.Select(e => e.Description))) { Part = "password" };
            }
        }

        if (!await links.TryUseAsync(link, cancellationToken))
        {
            return new Refusal("This link was used a moment ago.");
        }

        await users.CreateAsync(agent, password!);
        await users.AddToRolesAsync(agent, [Roles.Agent, Roles.Admin]);
        await audit.WriteAsync(AuditAction.FirstAdministratorMade, agent.Id, null, "by the set-up link", cancellationToken);
        return null;
    }
}
