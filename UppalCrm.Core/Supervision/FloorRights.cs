using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Supervision;

/// <summary>Somebody asked for what is not theirs to ask. The message is in words that can be shown.</summary>
public sealed class NotAllowedException(string words) : Exception(words);

/// <summary>
/// Who may watch the floor and step in. Read from the database at each question: a role that was taken away a second ago is gone,
/// whatever the sign-in of an open page still says.
/// </summary>
public sealed class FloorRights(IDbContextFactory<CrmDbContext> contexts)
{
    public Task<bool> SupervisesAsync(int agentId, CancellationToken cancellationToken) =>
        HasAsync(agentId, [Roles.Supervisor, Roles.Admin], cancellationToken);

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

    private async Task<bool> HasAsync(int agentId, string[] roles, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.UserRoles.Where(held => held.UserId == agentId)
            .AnyAsync(held => db.Roles.Any(role => role.Id == held.RoleId && roles.Contains(role.Name)), cancellationToken);
    }
}
