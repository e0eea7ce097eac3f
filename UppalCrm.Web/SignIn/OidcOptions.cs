using Microsoft.Extensions.Options;

namespace UppalCrm.Web.SignIn;

/// <summary>Sign-in by the company's own provider (OpenID Connect). Off while no authority is named.</summary>
public sealed class OidcOptions
{
    public const string Section = "Authentication:Oidc";

    /// <summary>The provider's address, e.g. <c>https://login.example.com/realms/work</c>.</summary>
    public string? Authority { get; set; }

    public string? ClientId { get; set; }
    public string? ClientSecret { get; set; }

    /// <summary>What the button on the sign-in page calls it.</summary>
    public string Name { get; set; } = "single sign-on";

    /// <summary>The claim that holds a person's roles at the provider. Empty: roles are given under People.</summary>
    public string RolesClaim { get; set; } = "";

    /// <summary>The provider's words for our roles.</summary>
    public string AgentRole { get; set; } = "uppalcrm-agent";

    public string SupervisorRole { get; set; } = "uppalcrm-supervisor";
    public string AdminRole { get; set; } = "uppalcrm-admin";

    /// <summary>Whether somebody whom the provider knows and we do not gets an account.</summary>
    public bool MakeAccounts { get; set; }

    public bool IsOn => Authority is { Length: > 0 };

    /// <returns>Our role for these words of the provider, the highest; null for none.</returns>
    public string? RoleOf(IReadOnlyCollection<string> words) =>
        words.Contains(AdminRole) ? Roles.Admin
        : words.Contains(SupervisorRole) ? Roles.Supervisor
        : words.Contains(AgentRole) ? Roles.Agent
        : null;
}

/// <summary>Says at start what is missing, each with its cure.</summary>
internal sealed class OidcOptionsCheck : IValidateOptions<OidcOptions>
{
    public ValidateOptionsResult Validate(string? name, OidcOptions options)
    {
        if (!options.IsOn)
        {
            return options.ClientId is { Length: > 0 }
                ? ValidateOptionsResult.Fail(
                    "Authentication__Oidc__ClientId is set, but Authentication__Oidc__Authority is not: set it to the provider's address.")
                : ValidateOptionsResult.Success;
        }

        var failures = new List<string>();
        if (!Uri.TryCreate(options.Authority, UriKind.Absolute, out var authority)
            || (authority.Scheme != Uri.UriSchemeHttps && !(authority.Scheme == Uri.UriSchemeHttp && authority.IsLoopback)))
        {
            failures.Add("Authentication__Oidc__Authority must be an https address, e.g. https://login.example.com/realms/work.");
        }

        if (options.ClientId is not { Length: > 0 } || options.ClientSecret is not { Length: > 0 })
        {
            failures.Add("Authentication__Oidc__Authority is set: also set Authentication__Oidc__ClientId and "
                + "Authentication__Oidc__ClientSecret as the provider gave them.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
