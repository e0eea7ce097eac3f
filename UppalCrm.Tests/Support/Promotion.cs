using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Tests.Support;

/// <summary>Roles, for tests that need somebody who supervises.</summary>
internal static class Promotion
{
    public static async Task<int> HireSupervisorAsync(this CallCentre centre, string name = "Sam")
    {
        var id = await centre.HireAsync(name, AgentStatus.Offline);
        await centre.PromoteAsync(id, Roles.Supervisor);
        return id;
    }

    public static async Task PromoteAsync(this CallCentre centre, int agentId, string role)
    {
        await using var db = centre.OpenDatabase();
        var known = await db.Roles.FirstOrDefaultAsync(r => r.Name == role);
        if (known is null)
        {
            db.Roles.Add(known = new IdentityRole<int>(role) { NormalizedName = role.ToUpperInvariant() });
            await db.SaveChangesAsync();
        }

        db.UserRoles.Add(new IdentityUserRole<int> { UserId = agentId, RoleId = known.Id });
        await db.SaveChangesAsync();
    }
}
