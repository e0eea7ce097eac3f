using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using UppalCrm.Web.Layout;
using UppalCrm.Web.SignIn;

namespace UppalCrm.Web.Security;

/// <summary>
/// Wires the room: headers, whose sockets are let in, how often a door may be knocked at, and where the keys of cookies are kept.
/// </summary>
public static class SecuritySetup
{
    public static WebApplicationBuilder AddGuards(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        // In the database: a sign-in is good on every node and after a restart. Encrypted there by a certificate that is not in it.
        var keys = services.AddDataProtection().SetApplicationName("UppalCRM").PersistKeysToDbContext<CrmDbContext>();
        if (!builder.Environment.IsDevelopment())
        {
            KeyCertificate.Protect(keys, builder.Configuration, builder.Environment);
        }

        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = BodyLimit.OfLiveConnections);
        services.AddOptions<ContentPolicy>()
            .Configure<PublicAddress, IHostEnvironment>((policy, address, environment) => policy.Know(address, environment));
        services.AddOptions<ProxyOptions>().BindConfiguration(ProxyOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ProxyOptions>, ProxyOptionsCheck>();
        services.AddSingleton<PublicAddress>();
        services.AddSingleton<OwnHosts>();
        services.AddSingleton<RefusalLog>();
        services.AddHealthChecks().AddCheck<AuditIsWhole>("audit");
        OwnHostOnly.ReplaceFramework(services);
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = builder.Environment.IsDevelopment() ? "UppalCRM.Form" : "__Host-UppalCRM.Form";
            options.Cookie.SecurePolicy = builder.Environment.IsDevelopment()
                ? CookieSecurePolicy.SameAsRequest
                : CookieSecurePolicy.Always;
            options.SuppressXFrameOptionsHeader = true; // SecurityHeaders says it for every answer.
        });
        // A request that cannot be read is the sender's mistake and answered as such, in Development too.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = false);
        services.AddHsts(options =>
        {
            options.MaxAge = TimeSpan.FromDays(365);
            options.IncludeSubDomains = true;
        });
        services.AddRateLimiter(options =>
        {
            options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            options.OnRejected = async (context, cancellationToken) =>
            {
                if (context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait))
                {
                    context.HttpContext.Response.Headers.RetryAfter = (
                        (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
                }

                await context.HttpContext.Response.WriteAsync(
                    "You have too many live connections open. Close some tabs and try again.", cancellationToken);
            };
            options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(Limit);
        });
        return builder;
    }

    /// <summary>Before everything that answers.</summary>
    public static WebApplication UseGuards(this WebApplication app)
    {
        app.UseMiddleware<ProxyHeaders>();
        app.UseMiddleware<SecurityHeaders>();
        app.UseMiddleware<BodyLimit>();
        app.UseMiddleware<OwnHostOnly>();
        if (!app.Environment.IsDevelopment())
        {
            app.UseHsts();
            app.UseMiddleware<PlainHttpRefusal>();
        }

        app.UseMiddleware<OwnOrigin>();
        return app;
    }

    public static WebApplication MapGuards(this WebApplication app)
    {
        PolicyReports.Map(app);
        return app;
    }

    private static RateLimitPartition<string> Limit(HttpContext context)
    {
        // What lasts as long as a page or a phone: WebSockets, event streams and long polls are GETs (CONNECT over HTTP/2), what is sent
        // beside them are POSTs. Counting those that run counts what is open. The exact limit stands where connections are made;
        // this one is wider, so that a connection too many is refused and not the next poll of an older one.
        var path = context.Request.Path;
        if ((HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsConnect(context.Request.Method))
            && (path.StartsWithSegments("/_blazor") || path.StartsWithSegments("/hubs")) && context.User.FindAgentId() is { } agentId)
        {
            return RateLimitPartition.GetConcurrencyLimiter(
                string.Create(CultureInfo.InvariantCulture, $"live {agentId}"),
                _ => new ConcurrencyLimiterOptions { PermitLimit = 2 * OpenConnections.MostOfOnePerson });
        }

        return RateLimitPartition.GetNoLimiter("");
    }
}

/// <summary>What the daily check of the audit found last.</summary>
internal sealed class AuditIsWhole(AuditCheck check) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
        check.Damaged is { } row
            ? HealthCheckResult.Degraded($"Row {row} of the audit is not as it was written, or missing. Compare it with a backup.")
            : HealthCheckResult.Healthy());
}

/// <summary>Says on every answer what the browser must not do with it.</summary>
internal sealed class SecurityHeaders(RequestDelegate next, IOptions<ContentPolicy> policy)
{
    public Task InvokeAsync(HttpContext context)
    {
        // As the answer starts, and not before: the exception handler throws away what was set until then.
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = policy.Value.ToHeader(context.Request.Host.Value ?? "");
            headers["Reporting-Endpoints"] = $"{PolicyReports.Group}=\"{PolicyReports.Path}\"";
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "SAMEORIGIN";
            headers["Referrer-Policy"] = "same-origin";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            // Without scheme and host: behind a proxy that hides them from us, ours would lead nowhere. A path of two slashes would be
            // another host's name then.
            if (IsOurs(headers.Location.ToString(), context.Request)
                && new Uri(headers.Location.ToString()).PathAndQuery is var path && !path.StartsWith("//", StringComparison.Ordinal))
            {
                headers.Location = path;
            }

            headers["Permissions-Policy"] = "microphone=(self), speaker-selection=(self), camera=(), geolocation=(), display-capture=()";
            return Task.CompletedTask;
        });
        return next(context);
    }

    private static bool IsOurs(string location, HttpRequest request) =>
        location.StartsWith($"{request.Scheme}://{request.Host.Value}/", StringComparison.OrdinalIgnoreCase)
            && Uri.IsWellFormedUriString(location, UriKind.Absolute);
}

/// <summary>
/// Browsers send our cookies with a WebSocket that another site opens, and ask no permission first: the origin decides (ASVS 4.4.2).
/// A program that is no browser sends no origin and has nobody's cookies.
/// </summary>
internal sealed class OwnOrigin(RequestDelegate next, PublicAddress address, RefusalLog log)
{
    private static readonly string[] Sockets = ["/_blazor", "/hubs"];

    public Task InvokeAsync(HttpContext context)
    {
        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length == 0 || !Sockets.Any(path => context.Request.Path.StartsWithSegments(path))
            || IsOwn(origin, context.Request.Host))
        {
            return next(context);
        }

        log.Note("foreign origin",
            $"a live page of {RefusalLog.Printable(origin)} for the host {RefusalLog.Printable(context.Request.Host.Value)}. If that page "
                + "is UppalCRM's own, "
            + "let the proxy pass the browser's Host on with its port (nginx: proxy_set_header Host $http_host), or set API_BASE_URL to "
            + "the address in the browser.");
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    // The scheme is not compared: behind a proxy that ends TLS, ours reads http.
    private bool IsOwn(string origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var from)
        && (address.IsOrigin(from)
            || (string.Equals(from.Host, host.Host, StringComparison.OrdinalIgnoreCase)
            && (host.Port is { } port ? from.Port == port : from.IsDefaultPort)));
}
