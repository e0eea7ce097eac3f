using System.Security.Claims;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using UppalCrm.Web.Layout;

namespace UppalCrm.Web.SignIn;

/// <summary>Adds the name that colleagues see, so that a page need not ask the database who is looking at it.</summary>
public sealed class AgentClaims(UserManager<Agent> users, RoleManager<IdentityRole<int>> roles, IOptions<IdentityOptions> options)
    : UserClaimsPrincipalFactory<Agent, IdentityRole<int>>(users, roles, options)
{
    protected override async Task<ClaimsIdentity> GenerateClaimsAsync(Agent user)
    {
        var identity = await base.GenerateClaimsAsync(user);
        identity.AddClaim(new Claim(SignedIn.DisplayNameClaim, user.DisplayName));
        return identity;
    }
}
