using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace UppalCrm.Web.SignIn;

/// <summary>Wires sign-in by the company's provider: a button on the sign-in page, the way there, and the way back.</summary>
internal static class OidcSetup
{
    public const string Scheme = "oidc";
    public const string Page = "/login/oidc";
    private const string ReturnPath = "/login/oidc/done";

    public static void AddOidc(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<OidcOptions>().BindConfiguration(OidcOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<OidcOptions>, OidcOptionsCheck>();
        services.AddScoped<OidcSignIn>();
        if (builder.Configuration.GetSection(OidcOptions.Section)[nameof(OidcOptions.Authority)] is not { Length: > 0 })
        {
            return;
        }

        services.AddAuthentication().AddOpenIdConnect(Scheme, _ => { });
        services.AddOptions<OpenIdConnectOptions>(Scheme)
            .Configure<IOptions<OidcOptions>>((options, oidc) => Configure(options, oidc.Value, builder.Environment.IsDevelopment()));
    }

    public static void MapOidc(this WebApplication app)
    {
        if (!app.Services.GetRequiredService<IOptions<OidcOptions>>().Value.IsOn)
        {
            return;
        }

        app.MapGet(Page, (string? returnUrl) => TypedResults.Challenge(
            new AuthenticationProperties { RedirectUri = $"{ReturnPath}?returnUrl={Uri.EscapeDataString(ReturnUrl.Sanitize(returnUrl))}" }, [Scheme])).AllowAnonymous();
        app.MapGet(ReturnPath, FinishAsync).AllowAnonymous();
    }

    private static async Task<IResult> FinishAsync(
        string? returnUrl, HttpContext context, OidcSignIn signIn, CancellationToken cancellationToken)
    {
        var told = await context.AuthenticateAsync(IdentityConstants.ExternalScheme);
        await context.SignOutAsync(IdentityConstants.ExternalScheme); // good once
        var refusal = told.Principal is { } person ? await signIn.SignInAsync(person, cancellationToken) : OidcSignIn.Refused;
        return TypedResults.LocalRedirect(
            refusal is null ? ReturnUrl.Sanitize(returnUrl) : $"/login?oidc={Uri.EscapeDataString(refusal)}");
    }

    private static void Configure(OpenIdConnectOptions options, OidcOptions oidc, bool development)
    {
        options.SignInScheme = IdentityConstants.ExternalScheme;
        options.Authority = oidc.Authority;
        options.ClientId = oidc.ClientId;
        options.ClientSecret = oidc.ClientSecret;
        options.RequireHttpsMetadata = oidc.Authority?.StartsWith("https:", StringComparison.OrdinalIgnoreCase) == true;
        options.ResponseType = OpenIdConnectResponseType.Code;
        // By the address and not by a form of another site, which would ask for cookies that go everywhere.
        options.ResponseMode = OpenIdConnectResponseMode.Query;
        options.UsePkce = true;
        options.MapInboundClaims = false;
        options.SaveTokens = false;
        options.GetClaimsFromUserInfoEndpoint = false;
        options.Scope.Add("email");
        options.CallbackPath = "/login/oidc/back";
        foreach (var cookie in new[] { options.CorrelationCookie, options.NonceCookie })
        {
            cookie.SameSite = SameSiteMode.Lax;
            cookie.SecurePolicy = development ? CookieSecurePolicy.SameAsRequest : CookieSecurePolicy.Always;
        }

        options.Events.OnRemoteFailure = context =>
        {
            // Given up at the provider, too late, or made up: never a page of faults.
            context.Response.Redirect($"/login?oidc={Uri.EscapeDataString(OidcSignIn.Refused)}");
            context.HandleResponse();
            return Task.CompletedTask;
        };
    }
}

/// <summary>Lets in whom the provider has named.</summary>
internal sealed class OidcSignIn(
    UserManager<Agent> users, CrmDbContext db, SignInService signIn, PeopleDirectory people, IOptionsMonitor<OidcOptions> options,
    AuditLog audit, TimeProvider time)
{
    public const string Refused = "refused";
    public const string Unknown = "unknown";
    public const string NoRole = "no-role";

    /// <returns>Why not, as a word of the constants above; null when the person is signed in.</returns>
    public async Task<string?> SignInAsync(ClaimsPrincipal told, CancellationToken cancellationToken)
    {
        var oidc = options.CurrentValue;
        if (told.FindFirstValue("sub") is not { Length: > 0 and <= 200 } subject)
        {
            return Refused;
        }

        var role = oidc.RolesClaim.Length == 0 ? null : oidc.RoleOf([.. told.FindAll(oidc.RolesClaim).Select(claim => claim.Value)]);
        if (oidc.RolesClaim.Length > 0 && role is null)
        {
            return await RefuseAsync(NoRole, "no role at the provider", null, cancellationToken);
        }

        var agent = await users.FindByLoginAsync(OidcSetup.Scheme, subject) ?? await LinkAsync(told, subject, role, cancellationToken);
        if (agent is null)
        {
            return await RefuseAsync(Unknown, "an account that we do not have", null, cancellationToken);
        }

        if (agent.DeactivatedAt is not null)
        {
            return await RefuseAsync(Unknown, "deactivated", agent.Id, cancellationToken);
        }

        if (role is not null)
        {
            await people.TakeRoleAsync(agent.Id, role, cancellationToken);
            await db.Entry(agent).ReloadAsync(cancellationToken); // another role has another stamp
        }

        await signIn.LetInByProviderAsync(agent, cancellationToken);
        return null;
    }

    /// <summary>By the address that the provider has proven; once it is linked, the provider's own name for the person counts.</summary>
    private async Task<Agent?> LinkAsync(ClaimsPrincipal told, string subject, string? role, CancellationToken cancellationToken)
    {
        if (told.FindFirstValue("email")?.Trim() is not { Length: > 0 and <= 254 } email
            || !string.Equals(told.FindFirstValue("email_verified"), "true", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var agent = await users.FindByEmailAsync(email);
        if (agent is null)
        {
            if (!options.CurrentValue.MakeAccounts)
            {
                return null;
            }

            var name = KeptText.OneLine(told.FindFirstValue("name")) is { Length: > 0 } said ? said : email.Split('@')[0];
            agent = new Agent
            {
                UserName = email, Email = email, EmailConfirmed = true,
                DisplayName = name.Length > PersonName.Longest ? name[..PersonName.Longest] : name, StatusSince = time.GetUtcNow(),
            };
            if (!(await users.CreateAsync(agent)).Succeeded || !(await users.AddToRoleAsync(agent, Roles.Agent)).Succeeded)
            {
                return null;
            }

            await audit.WriteAsync(
                AuditAction.PersonInvited, agent.Id, null, $"made by the provider, as {role ?? Roles.Agent}", cancellationToken);
        }

        // An account of ours is one person's at the provider: another subject with the same address is somebody else.
        return (await users.GetLoginsAsync(agent)).Any(login => login.LoginProvider == OidcSetup.Scheme)
            || !(await users.AddLoginAsync(agent, new UserLoginInfo(OidcSetup.Scheme, subject, options.CurrentValue.Name))).Succeeded
            ? null
            : agent;
    }

    private async Task<string> RefuseAsync(string word, string why, int? agentId, CancellationToken cancellationToken)
    {
        await audit.WriteAsync(AuditAction.SignInRefused, agentId, null, $"by the provider: {why}", cancellationToken);
        return word;
    }
}
