using Microsoft.Extensions.Options;
using UppalCrm.Web.Security;

namespace UppalCrm.Web.Startup;

/// <summary>Whether people can sign in at where we listen: in Production over TLS only, our own or a proxy's.</summary>
internal static class ListenCheck
{
    /// <summary>Each with its cure.</summary>
    public static IEnumerable<string> Failures(IConfiguration settings, IHostEnvironment environment, IOptions<ProxyOptions> proxies)
    {
        if (environment.IsDevelopment() || !proxies.Value.IsReadable(out _) || proxies.Value.NamesOthers)
        {
            yield break;
        }

        var addresses = Addresses(settings).ToList();
        if (addresses.Any(a => a.StartsWith("https:", StringComparison.OrdinalIgnoreCase)) || addresses.All(IsThisMachine))
        {
            yield break;
        }

        yield return $"UppalCRM would listen at {string.Join(", ", addresses)} in plain HTTP, where passwords could be read on the way. "
            + "Either listen on this machine only, behind a TLS proxy on it (ASPNETCORE_URLS=http://localhost:5080); "
            + "or name the TLS proxy on another machine by Proxies__Known, e.g. Proxies__Known=10.0.0.5; "
            + "or give UppalCRM a certificate: ASPNETCORE_URLS=https://*:443 with Kestrel__Certificates__Default__Path and "
            + "Kestrel__Certificates__Default__KeyPath. See docs/operate.md.";
    }

    private static IEnumerable<string> Addresses(IConfiguration settings)
    {
        var endpoints = settings.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"] ?? "").ToList();
        if (endpoints.Count > 0)
        {
            return endpoints;
        }

        var urls = Split(settings["urls"] ?? settings["ASPNETCORE_URLS"]);
        return urls.Length > 0
            ? urls
            : [
                .. Split(settings["http_ports"]).Select(port => $"http://*:{port}"),
                .. Split(settings["https_ports"]).Select(port => $"https://*:{port}")
            ];
    }

    private static string[] Split(string? list) =>
        (list ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static bool IsThisMachine(string address) => Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.IsLoopback;
}
