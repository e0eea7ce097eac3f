using Microsoft.AspNetCore.Identity;
using UppalCrm.Core.Agents;

namespace UppalCrm.Web.SignIn;

/// <summary>Makes an account with its roles.</summary>
internal static class NewAgents
{
    /// <exception cref="InvalidOperationException">The account was refused; the message says why.</exception>
    public static async Task AddAsync(this UserManager<Agent> users, string email, string name, string password, params string[] roles)
    {
        var agent = new Agent { UserName = email, Email = email, EmailConfirmed = true, DisplayName = name };
        Check(await users.CreateAsync(agent, password));
        Check(await users.AddToRolesAsync(agent, roles));

        void Check(IdentityResult result)
        {
            if (!result.Succeeded)
            {
                throw new InvalidOperationException($"The account {email} could not be made: {string.Join(' ', result.Errors.Select(e => e.Description))}");
            }
        }
    }
}
