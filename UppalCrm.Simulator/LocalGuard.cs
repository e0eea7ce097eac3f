using System.Net;

namespace UppalCrm.Simulator;

/// <summary>
/// Serves this machine only. The Host header must name it (a web page elsewhere could point its own name at us), and a request
/// that a browser sends on behalf of a page must come from a page of this machine.
/// </summary>
internal static class LocalGuard
{
    public static async Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        var origin = context.Request.Headers.Origin.ToString();
        if (!IsLoopback(context.Request.Host.Host)
            || (context.Connection.RemoteIpAddress is { } remote && !IPAddress.IsLoopback(remote))
            || (origin.Length > 0 && !(Uri.TryCreate(origin, UriKind.Absolute, out var from) && IsLoopback(from.Host))))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            await context.Response.WriteAsync(
                "This is UppalCrm.Simulator. It serves pages and programs of its own machine only, by the name localhost.",
                context.RequestAborted);
            return;
        }

        await next(context);
    }

    private static bool IsLoopback(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
