using Microsoft.AspNetCore.Identity;

namespace UppalCrm.Web.SignIn;

/// <summary>Makes accounts.</summary>
internal static class AccountCreation
{
    /// <summary>Makes an account with its roles.</summary>
    /// <param name="now">Since when this person is offline.</param>
    /// <exception cref="AccountRefusedException">The message says why.</exception>
    public static async Task AddAsync(
        this UserManager<Agent> users, DateTimeOffset now, string email, string name, string password, params string[] roles)
    {
        var agent = new Agent { UserName = email, Email = email, EmailConfirmed = true, DisplayName = name, StatusSince = now };
        Check(await users.CreateAsync(agent, password));
        Check(await users.AddToRolesAsync(agent, roles));

        void Check(IdentityResult result)
        {
            if (!result.Succeeded)
            {
                throw new AccountRefusedException(
                    $"The account {email} could not be made: {string.Join(' ', result.Errors.Select(e => e.Description))}");
            }
        }
    }
}

/// <summary>An account could not be made, with the reason in words: a password too short, an address in use.</summary>
public sealed class AccountRefusedException(string message) : Exception(message);
