using System.Security.Claims;
using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Supervision;

/// <summary>Somebody asked for what they may not ask. The message can be shown.</summary>
public sealed class NotAllowedException(string words) : Exception(words);

/// <summary>
/// Who may watch the floor and step in. Read from the database each time: a role that was taken away a second ago is gone,
/// whatever the sign-in of an open page still says.
/// </summary>
public sealed class FloorRights(IDbContextFactory<CrmDbContext> contexts)
{
    private static readonly string[] Supervising = [Roles.Supervisor, Roles.Admin];

    /// <summary>
    /// By the roles of a sign-in, which may be older than the database: for what is shown, and for what is asked again below.
    /// </summary>
    public static bool Supervises(ClaimsPrincipal person) => Supervising.Any(person.IsInRole);

    public Task<bool> SupervisesAsync(int agentId, CancellationToken cancellationToken) =>
        HasAsync(agentId, Supervising, cancellationToken);

    public Task<bool> AdministersAsync(int agentId, CancellationToken cancellationToken) =>
        HasAsync(agentId, [Roles.Admin], cancellationToken);

    /// <exception cref="NotAllowedException">This person is neither supervisor nor administrator.</exception>
    public async Task EnsureSupervisesAsync(int agentId, CancellationToken cancellationToken)
    {
        if (!await SupervisesAsync(agentId, cancellationToken))
        {
            throw new NotAllowedException("Only supervisors and administrators may do this.");
        }
    }

    /// <exception cref="NotAllowedException">This person is no administrator.</exception>
    public async Task EnsureAdministersAsync(int agentId, CancellationToken cancellationToken)
    {
        if (!await AdministersAsync(agentId, cancellationToken))
        {
            throw new NotAllowedException("Only administrators may do this.");
        }
    }

    /// <exception cref="NotAllowedException">No role of this person has the right.</exception>
    public async Task EnsureAsync(int agentId, Right right, CancellationToken cancellationToken)
    {
        if (!await HasAsync(agentId, right, cancellationToken))
        {
            throw new NotAllowedException("Your role does not include this. A supervisor or an administrator can do it.");
        }
    }

    /// <summary>Whether a role of this person has the right, for what is refused in words of its own.</summary>
    public Task<bool> HasAsync(int agentId, Right right, CancellationToken cancellationToken) =>
        HasAsync(agentId, [.. Rights.RolesWith(right)], cancellationToken);

    private async Task<bool> HasAsync(int agentId, string[] roles, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.UserRoles.Where(held => held.UserId == agentId && db.Agents.Any(a => a.Id == agentId && a.DeactivatedAt == null))
            .AnyAsync(held => db.Roles.Any(role => role.Id == held.RoleId && roles.Contains(role.Name)), cancellationToken);
    }
}
