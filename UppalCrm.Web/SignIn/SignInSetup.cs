using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;
using UppalCrm.Web.Layout;
using UppalCrm.Web.Security;

namespace UppalCrm.Web.SignIn;

/// <summary>Wires the room: who may come in, for how long, and as what.</summary>
public static class SignInSetup
{
    /// <summary>A page that is asked for again and again by somebody whose it is not, is one row in this time.</summary>
    private static readonly TimeSpan OneKnock = TimeSpan.FromMinutes(1);

    // Answers for programs: a redirect to a page would only puzzle them.
    private static readonly string[] NoPages = ["/api", "/hubs", "/_blazor", "/recordings", "/health"];

    public static WebApplicationBuilder AddSignIn(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<ILookupNormalizer, AccountNames>(); // first: Identity adds its own where there is none
        services.AddIdentityCore<Agent>(options =>
            {
                options.User.RequireUniqueEmail = true;
                // Length is what helps (NIST SP 800-63B); rules about signs and digits only make people write passwords down.
                options.Password.RequiredLength = PasswordRules.Shortest;
                options.Password.RequireDigit =
                    options.Password.RequireLowercase =
                        options.Password.RequireUppercase = options.Password.RequireNonAlphanumeric = false;
            })
            .AddRoles<IdentityRole<int>>()
            .AddEntityFrameworkStores<CrmDbContext>()
            .AddClaimsPrincipalFactory<AgentClaims>()
            .AddPasswordValidator<PasswordRules>()
            .AddSignInManager();
        services.Configure<PasswordHasherOptions>(options => options.IterationCount = PasswordRules.Rounds);
        services.AddAuthentication(IdentityConstants.ApplicationScheme).AddIdentityCookies();
        builder.AddOidc();
        services.ConfigureApplicationCookie(options => ConfigureCookie(options, builder.Environment.IsDevelopment()));
        services.AddOptions<CookieAuthenticationOptions>(IdentityConstants.ApplicationScheme)
            .PostConfigure<SignInSessions>(
                (options, sessions) => options.Events.OnValidatePrincipal = context => AskSessionAsync(context, sessions));
        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build()); // What forgets to say is closed.
        services.AddCascadingAuthenticationState();
        services.AddScoped<AuthenticationStateProvider, RevalidatingAuthStateProvider>();
        services.AddHttpContextAccessor();
        services.AddScoped<SignInService>();
        services.AddSingleton<NewDeviceNotice>();
        services.AddSingleton<OpenConnections>();
        services.AddHostedService<SessionWatch>();
        services.Configure<HubOptions>(options => options.AddFilter<SessionHubFilter>());
        services.AddSingleton<ISecretProtector, SecretProtector>();
        services.AddSingleton<SignInFlood>();
        services.AddSingleton<DemoUsers>();
        services.AddSingleton<FirstAdministrator>();
        return builder;
    }

    /// <summary>After it is known who asks, and before anything is answered.</summary>
    public static IApplicationBuilder UseSignInGuards(this IApplicationBuilder app) =>
        app.UseMiddleware<SignInFloodGuard>().UseMiddleware<MissingSecondFactorGuard>();

    public static WebApplication MapSignIn(this WebApplication app)
    {
        app.MapPost("/logout", SignOutAsync).AllowAnonymous();
        app.MapOidc();
        SecondLook.Map(app);
        return app;
    }

    /// <summary>Makes the roles, and the users that a first start needs. Call it when the database is ready.</summary>
    public static async Task PrepareSignInAsync(this IServiceProvider services, CancellationToken cancellationToken)
    {
        await using var scope = services.CreateAsyncScope();
        var known = await scope.ServiceProvider.GetRequiredService<CrmDbContext>().Roles.Select(role => role.Name)
            .ToListAsync(cancellationToken);
        foreach (var missing in new[] { Roles.Agent, Roles.Supervisor, Roles.Admin }.Where(role => !known.Contains(role)))
        {
            await scope.ServiceProvider.GetRequiredService<RoleManager<IdentityRole<int>>>().CreateAsync(new IdentityRole<int>(missing));
        }

        if (!services.GetRequiredService<IHostEnvironment>().IsDevelopment())
        {
            await KeyCertificate.CheckAsync(services, cancellationToken);
        }

        await services.GetRequiredService<DemoUsers>().PrepareAsync(cancellationToken);
        await services.GetRequiredService<FirstAdministrator>().PrepareAsync(cancellationToken);
    }

    // The form parameter is what makes the framework ask for the antiforgery token.
    private static async Task<IResult> SignOutAsync([FromForm] string? returnUrl, SignInService desk, CancellationToken cancellationToken)
    {
        await desk.SignOutAsync(cancellationToken);
        return TypedResults.LocalRedirect("/login?returnUrl=" + Uri.EscapeDataString(ReturnUrl.Sanitize(returnUrl)));
    }

    private static void ConfigureCookie(CookieAuthenticationOptions options, bool development)
    {
        // __Host-: browsers take it only over TLS, for this host and from the root. Development runs without TLS.
        options.Cookie.Name = development ? "UppalCRM.SignIn" : "__Host-UppalCRM.SignIn";
        options.Cookie.SecurePolicy = development ? CookieSecurePolicy.SameAsRequest : CookieSecurePolicy.Always;
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.ExpireTimeSpan = SignInSessions.Idle;
        options.SlidingExpiration = true;
        options.LoginPath = "/login";
        options.LogoutPath = "/logout";
        options.ReturnUrlParameter = "returnUrl";
        options.Events.OnRedirectToLogin = context => Answer(context, StatusCodes.Status401Unauthorized);
        options.Events.OnRedirectToAccessDenied = context =>
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden; // a browser is shown the page of words in place
            return RecordRefusalAsync(context.HttpContext);
        };
    }

    private static Task RecordRefusalAsync(HttpContext context)
    {
        // The pattern and not the address, which may hold a name that was searched for.
        var door = "/" + (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText?.TrimStart('/');
        return context.RequestServices.GetRequiredService<AuditLog>().WriteOnceAsync(
            AuditAction.PageRefused, context.User.FindAgentId(), null, door, OneKnock, context.RequestAborted);
    }

    // The cookie only says which session: whether it goes on is asked of its row, with each request.
    private static async Task AskSessionAsync(CookieValidatePrincipalContext context, SignInSessions sessions)
    {
        if (context.Principal?.FindSessionKey() is { } key
            && await sessions.FindAsync(key, context.HttpContext.RequestAborted) is { } session)
        {
            context.HttpContext.Items[typeof(SignInSession)] = session;
        }
        else
        {
            context.RejectPrincipal();
        }
    }

    private static Task Answer(RedirectContext<CookieAuthenticationOptions> context, int status)
    {
        if (NoPages.Any(path => context.Request.Path.StartsWithSegments(path)))
        {
            context.Response.StatusCode = status;
        }
        else
        {
            context.Response.Redirect(context.RedirectUri);
        }

        return Task.CompletedTask;
    }
}
