using System.Buffers;
using System.Globalization;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace UppalCrm.Web.Security;

/// <summary>
/// Which host names are ours: <c>AllowedHosts</c>, separated by semicolons; by default, in Production, the host of the public address
/// and this machine's own names.
/// </summary>
internal sealed class OwnHosts(IConfiguration settings, IHostEnvironment environment, PublicAddress address)
{
    private static readonly string[] ThisMachine = ["localhost", "127.0.0.1", "[::1]"];

    private static readonly SearchValues<char> NotInHostNames = SearchValues.Create("/: ,@?#");

    private readonly string[] _configured = (settings["AllowedHosts"] ?? "").Split(
        ';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Null when any host will do.</summary>
    public IList<StringSegment>? Allowed =>
        _configured is ["*"] ? null
        : _configured.Length > 0 ? [.. _configured.Concat(ThisMachine).Select(host => new StringSegment(host))]
        : environment.IsDevelopment() || address.Uri is null ? null
        : [.. ThisMachine.Append(address.Uri.Host).Select(host => new StringSegment(host))];

    /// <summary>What is wrong with the setting, each with its cure.</summary>
    public IEnumerable<string> Failures()
    {
        if (_configured is ["*"])
        {
            yield break;
        }

        foreach (var host in _configured.Where(host => !IsHost(host)))
        {
            yield return $"AllowedHosts holds \"{RefusalLog.Printable(host)}\": write host names without scheme and port, separated by "
                + "semicolons, e.g. crm.example.com;crm.internal.";
        }

        if (_configured.Length > 0 && address.Uri is { } uri && Allowed is { } allowed && !HostString.MatchesAny(uri.Host, allowed))
        {
            yield return $"AllowedHosts does not name {uri.Host}, the host of API_BASE_URL: the carrier's webhooks and the pages would be "
                + "refused. Add it.";
        }
    }

    private static bool IsHost(string host) =>
        host == "*" || (host.StartsWith('[') && host.EndsWith(']')) || !host.AsSpan().ContainsAny(NotInHostNames);
}

/// <summary>Refuses what was sent to a host that is not ours, or to none that can be: addresses that we write begin with it.</summary>
internal sealed class OwnHostOnly(RequestDelegate next, OwnHosts hosts, RefusalLog log)
{
    private readonly IList<StringSegment>? _allowed = hosts.Allowed;

    public Task InvokeAsync(HttpContext context)
    {
        var host = context.Request.Host;
        if (host.HasValue && !IsReadable(host))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return Task.CompletedTask;
        }

        if (_allowed is null || (host.HasValue && HostString.MatchesAny(host.Host, _allowed)))
        {
            return next(context);
        }

        log.Note(
            "unknown host",
            $"a request for the host {RefusalLog.Printable(host.Value)}. If that is a name of UppalCRM, add it to AllowedHosts, or let "
                + "the proxy pass the browser's own Host on.");
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(
            "This host name is not one of UppalCRM's. Its administrator finds the name to allow in the log.", context.RequestAborted);
    }

    // "a:99999" is no address: whatever builds one from it would fail.
    private static bool IsReadable(HostString host)
    {
        var rest = host.Value!.AsSpan(host.Host.Length);
        return Uri.CheckHostName(host.Host.Trim('[', ']')) is not UriHostNameType.Unknown
            && (rest.Length == 0
            || (rest[0] == ':' && ushort.TryParse(rest[1..], NumberStyles.None, CultureInfo.InvariantCulture, out _)));
    }

    /// <summary>Instead of the framework's own filter, which says neither to the person nor in the log what to do.</summary>
    public static void ReplaceFramework(IServiceCollection services) =>
        services.PostConfigure<HostFilteringOptions>(options => options.AllowedHosts = ["*"]);
}
