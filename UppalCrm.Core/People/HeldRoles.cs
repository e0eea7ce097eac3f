using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.People;

/// <summary>The roles that accounts hold, read and written in the context of a change of an account.</summary>
internal static class HeldRoles
{
    /// <summary>The highest of these, by which a person is named.</summary>
    public static string HighestOf(IReadOnlyCollection<string> roles) =>
        PeopleDirectory.RolesInOrder.LastOrDefault(roles.Contains) ?? "None";

    /// <summary>The names of all roles that this person holds.</summary>
    public static Task<List<string>> FindAsync(CrmDbContext db, int agentId, CancellationToken cancellationToken) =>
        db.UserRoles.Where(held => held.UserId == agentId).Join(db.Roles, held => held.RoleId, role => role.Id, (_, role) => role.Name!)
            .ToListAsync(cancellationToken);

    /// <summary>Gives the person this role and those before it: supervisors and administrators can take calls too.</summary>
    public static async Task SetAsync(CrmDbContext db, int agentId, string role, CancellationToken cancellationToken)
    {
        var wanted = role == Roles.Agent ? [Roles.Agent] : (string[])[Roles.Agent, role];
        var ids = await db.Roles.Where(r => wanted.Contains(r.Name)).Select(r => r.Id).ToListAsync(cancellationToken);
        await db.UserRoles.Where(held => held.UserId == agentId && !ids.Contains(held.RoleId)).ExecuteDeleteAsync(cancellationToken);
        var held = await db.UserRoles.Where(h => h.UserId == agentId).Select(h => h.RoleId).ToListAsync(cancellationToken);
        db.UserRoles.AddRange(ids.Except(held).Select(id => new IdentityUserRole<int> { UserId = agentId, RoleId = id }));
        await db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>Whether nobody else who can sign in administers.</summary>
    public static Task<bool> IsLastAdministratorAsync(CrmDbContext db, int agentId, CancellationToken cancellationToken)
    {
        var administrators = db.Agents.Where(a => a.DeactivatedAt == null
            && (a.PasswordHash != null || db.UserLogins.Any(login => login.UserId == a.Id))
            && db.UserRoles.Any(held => held.UserId == a.Id && db.Roles.Any(r => r.Id == held.RoleId && r.Name == Roles.Admin)));
        return administrators.AnyAsync(a => a.Id == agentId && !administrators.Any(other => other.Id != agentId), cancellationToken);
    }
}
