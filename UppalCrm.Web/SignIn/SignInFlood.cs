using System.Collections.Concurrent;
using UppalCrm.Web.Layout;
using UppalCrm.Web.Security;

namespace UppalCrm.Web.SignIn;

/// <summary>
/// Failures at the doors that anybody may knock at, by address and minute. Only failures count: an office behind one address signs in
/// as fast as it likes.
/// </summary>
public sealed class SignInFlood(TimeProvider time)
{
    /// <summary>In one minute from one address.</summary>
    public const int MostFailures = 100;

    private readonly ConcurrentDictionary<string, int> _failures = new(StringComparer.Ordinal);
    private long _minute;

    public bool IsTooMany(string address)
    {
        Turn();
        return _failures.GetValueOrDefault(address) >= MostFailures;
    }

    public void Count(string address)
    {
        Turn();
        _failures.AddOrUpdate(address, 1, (_, count) => count + 1);
    }

    private void Turn()
    {
        var minute = time.GetUtcNow().ToUnixTimeSeconds() / 60;
        if (Interlocked.Exchange(ref _minute, minute) != minute)
        {
            _failures.Clear();
        }
    }
}

/// <summary>Stands before the forms of strangers: nothing is read from an address that failed too often.</summary>
internal sealed class SignInFloodGuard(RequestDelegate next, SignInFlood flood, AuditLog audit, RefusalLog log)
{
    private static readonly string[] Doors = ["/login", "/setup", "/invitation", "/password"];
    private static readonly TimeSpan OneFlood = TimeSpan.FromMinutes(10);

    public async Task InvokeAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method) || !Doors.Any(door => context.Request.Path.StartsWithSegments(door)))
        {
            await next(context);
            return;
        }

        var from = context.Connection.RemoteIpAddress?.ToString() ?? "";
        if (flood.IsTooMany(from))
        {
            log.Note("too many failures", $"more than {SignInFlood.MostFailures} failed sign-ins in a minute from {from}.");
            await audit.WriteOnceAsync(AuditAction.SignInLimited, null, null, $"from {from}", OneFlood, context.RequestAborted);
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            context.Response.Headers.RetryAfter = "60";
            await context.Response.WriteAsync("Too many tries from here. Wait a minute and try again.", context.RequestAborted);
            return;
        }

        var failed = true;
        try
        {
            await next(context);
            failed = context.Response.StatusCode is not (StatusCodes.Status200OK or StatusCodes.Status302Found);
        }
        finally
        {
            if (failed)
            {
                flood.Count(from);
            }
        }
    }
}

/// <summary>Whose role demands a second factor sets one up before anything else.</summary>
internal sealed class MissingSecondFactorGuard(RequestDelegate next)
{
    public const string Page = "/second-factor";

    // Before sign-in, or what a page is made of.
    private static readonly string[] Open =
    [
        Page, "/logout", "/login", "/health", "/error", "/not-found", "/css", "/js", "/_content", "/_framework"
    ];

    public Task InvokeAsync(HttpContext context)
    {
        var path = context.Request.Path;
        if (context.User.FindAgentId() is null || context.Items[typeof(SignInSession)] is not SignInSession { MustSetUpSecondFactor: true }
            || Open.Any(open => path.StartsWithSegments(open))
            || (HttpMethods.IsGet(context.Request.Method) && Path.HasExtension(path)
            && !path.Value!.EndsWith(".csv", StringComparison.Ordinal)))
        {
            return next(context);
        }

        if (context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal) || path == "/")
        {
            context.Response.Redirect(Page);
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
        }

        return Task.CompletedTask;
    }
}
