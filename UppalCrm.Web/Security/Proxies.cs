using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using IPNetwork = System.Net.IPNetwork;

namespace UppalCrm.Web.Security;

/// <summary>Who stands in front of us and ends TLS.</summary>
public sealed class ProxyOptions
{
    public const string Section = "Proxies";

    /// <summary>Addresses or networks, comma-separated, e.g. <c>10.0.0.5, 10.1.0.0/16</c>. Empty: this machine only.</summary>
    public string? Known { get; set; }

    /// <summary>The networks that <see cref="Known"/> names, and this machine.</summary>
    /// <exception cref="FormatException">An entry is neither an address nor a network; the message says which.</exception>
    internal IReadOnlyList<IPNetwork> Networks() =>
        [new(IPAddress.Parse("127.0.0.0"), 8), new(IPAddress.IPv6Loopback, 128), .. Entries().Select(Parse)];

    /// <summary>Whether a proxy on another machine is named.</summary>
    internal bool NamesOthers => Entries().Length > 0;

    internal bool IsReadable(out string failure)
    {
        try
        {
            Networks();
            failure = "";
            return true;
        }
        catch (FormatException ex)
        {
            failure = ex.Message;
            return false;
        }
    }

    private string[] Entries() => (Known ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static IPNetwork Parse(string entry) =>
        IPAddress.TryParse(entry, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : IPNetwork.TryParse(entry, out var network) ? network
        : throw new FormatException($"Proxies__Known holds \"{RefusalLog.Printable(entry)}\": write addresses or networks, "
        + "comma-separated, e.g. 10.0.0.5, 10.1.0.0/16.");
}

internal sealed class ProxyOptionsCheck : IValidateOptions<ProxyOptions>
{
    public ValidateOptionsResult Validate(string? name, ProxyOptions options) =>
        options.IsReadable(out var failure) ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failure);
}

/// <summary>
/// Reads what a known proxy says of the browser behind it: its address and its scheme. Anybody else's headers are not believed. The
/// host is not taken from a header: proxies pass a browser's own <c>X-Forwarded-Host</c> on.
/// </summary>
internal sealed class ProxyHeaders
{
    private readonly RequestDelegate _next;
    private readonly ForwardedHeadersMiddleware _reader;
    private readonly IReadOnlyList<IPNetwork> _known;

    public ProxyHeaders(RequestDelegate next, IOptions<ProxyOptions> proxies, IHostEnvironment environment, ILoggerFactory logging)
    {
        _known = proxies.Value.Networks();
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            ForwardLimit = null, // as many proxies as are known
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in _known)
        {
            options.KnownIPNetworks.Add(network);
        }

        _next = next;
        _reader = new ForwardedHeadersMiddleware(environment.IsDevelopment() ? next : AssumeTls, logging, Options.Create(options));
    }

    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (headers.TryGetValue("X-Forwarded-Proto", out var schemes)
            && !schemes.ToString().Split(',', StringSplitOptions.TrimEntries).All(IsWebScheme))
        {
            headers.Remove("X-Forwarded-Proto"); // "javascript" would come back in every address that we write
        }

        var remote = context.Connection.RemoteIpAddress;
        context.Items[nameof(ProxyHeaders)] = remote is not null && _known.Any(network => Contains(network, remote))
            && !headers.ContainsKey("X-Forwarded-Proto");
        return _reader.Invoke(context);
    }

    // In Production a proxy on a known address that says nothing of the scheme has ended TLS: that is what it is there for. A browser
    // that came over plain HTTP all the same sends no cookie of ours, because all of them are Secure.
    private Task AssumeTls(HttpContext context)
    {
        if (context.Items.Remove(nameof(ProxyHeaders), out var assume) && assume is true)
        {
            context.Request.Scheme = "https";
        }

        return _next(context);
    }

    private static bool Contains(IPNetwork network, IPAddress address) =>
        network.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    private static bool IsWebScheme(string scheme) =>
        scheme.Equals("https", StringComparison.OrdinalIgnoreCase) || scheme.Equals("http", StringComparison.OrdinalIgnoreCase);
}

/// <summary>
/// In Production nobody signs in over plain HTTP: what comes that way is told what to do, not shown a form that cannot work.
/// </summary>
internal sealed class PlainHttpRefusal(RequestDelegate next, PublicAddress address, RefusalLog log)
{
    // A load balancer's question holds no secret; a webhook's credential is its signature over the public https address.
    private static readonly string[] Open = ["/health", "/api/twilio/webhook"];

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.IsHttps || Open.Any(path => context.Request.Path.StartsWithSegments(path)))
        {
            return next(context);
        }

        var from = context.Connection.RemoteIpAddress;
        log.Note(
            "plain HTTP",
            $"a page was asked for over plain HTTP by {from}. Open {address.Uri} instead. If {from} is your TLS proxy, set Proxies__Known "
                + "to its address and let it send X-Forwarded-Proto: https.");
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(
            $"""
            UppalCRM does not answer over plain HTTP.

            Open {address.Uri} instead.
            For the administrator, if that is how you came here: the TLS proxy must send "X-Forwarded-Proto: https", and if it runs on another
            machine than UppalCRM, set Proxies__Known to the proxy's address.
            """, context.RequestAborted);
    }
}
