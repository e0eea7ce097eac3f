using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace UppalCrm.Web.SignIn;

/// <summary>
/// What a password must be: long, and none that is guessed early. Lists of common and breached passwords, names, keyboard rows and
/// dates are known to the estimator (zxcvbn), which ships them.
/// </summary>
public sealed class PasswordRules : IPasswordValidator<Agent>
{
    /// <summary>In characters.</summary>
    public const int Shortest = 12;

    /// <summary>Of PBKDF2 with HMAC-SHA-512: what OWASP asks for. A hash with fewer is made again at the next sign-in.</summary>
    internal const int Rounds = 210_000;

    private const int Guessable = 3; // of 4: at least 10^8 guesses

    internal static IOptions<PasswordHasherOptions> Hashing { get; } = Options.Create(
        new PasswordHasherOptions { IterationCount = Rounds });

    public Task<IdentityResult> ValidateAsync(UserManager<Agent> manager, Agent user, string? password) =>
        Task.FromResult(Check(password ?? "", user) is { } words
            ? IdentityResult.Failed(new IdentityError { Code = "PasswordTooWeak", Description = words })
            : IdentityResult.Success);

    /// <returns>Words why not; null when the password will do. The shortest length is Identity's to say.</returns>
    public static string? Check(string password, Agent user)
    {
        if (password.Length > SignInService.LongestPassword)
        {
            return $"Passwords have {SignInService.LongestPassword} characters at most.";
        }

        string[] own =
        [
            user.DisplayName, user.Email ?? "", .. user.DisplayName.Split(' '), (user.Email ?? "").Split('@')[0], "uppalcrm", "uppal"
        ];
        return global::Zxcvbn.Zxcvbn.MatchPassword(password, own.Where(word => word.Length > 2)).Score >= Guessable
            ? null
            : "This password is guessed early: it is common, or made of names, dates or keyboard rows. Several words that do not belong "
            + "together are better.";
    }
}
