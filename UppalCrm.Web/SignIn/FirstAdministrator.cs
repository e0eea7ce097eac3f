using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Web.SignIn;

/// <summary>
/// The first account of a new house, from the settings <c>Admin__Email</c> and <c>Admin__Password</c>; everybody else is made by it.
/// </summary>
public sealed class FirstAdministrator(
    IServiceScopeFactory scopes, IDbContextFactory<CrmDbContext> contexts, IConfiguration settings, TimeProvider time)
{
    /// <summary>What to do when nobody can sign in yet.</summary>
    public const string Cure =
        "No administrator has an account yet. Start once with the settings Admin__Email and Admin__Password (12 characters or more): they "
            + "make the first administrator.";

    private bool _somebody;

    /// <returns>True while no administrator could sign in.</returns>
    public async Task<bool> IsMissingAsync(CancellationToken cancellationToken)
    {
        if (!_somebody)
        {
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            _somebody = await db.Agents.AnyAsync(
                a => (a.PasswordHash != null || db.UserLogins.Any(login => login.UserId == a.Id)) && a.DeactivatedAt == null
                    && db.UserRoles.Any(held => held.UserId == a.Id
                    && db.Roles.Any(role => role.Id == held.RoleId && role.Name == Roles.Admin)),
                cancellationToken);
        }

        return !_somebody;
    }

    internal async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (settings["Admin:Email"]?.Trim() is not { Length: > 0 } email || !await IsMissingAsync(cancellationToken))
        {
            return;
        }

        await using var scope = scopes.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<Agent>>();
        if (settings["Admin:Password"] is not { Length: > 0 })
        {
            throw new AccountRefusedException("Admin__Email is set, but Admin__Password is not. Set it to a password of 12 characters or "
                + "more; remove both once the account exists.");
        }

        await users.AddAsync(
            time.GetUtcNow(), email, settings["Admin:Name"]?.Trim() is { Length: > 0 } name ? name : "Administrator",
            settings["Admin:Password"]!, Roles.Agent, Roles.Admin);
    }
}
