namespace UppalCrm.Web.Security;

/// <summary>What a page of ours may load and whom it may talk to. A room whose script talks to another host adds that host here.</summary>
public sealed class ContentPolicy
{
    /// <summary>Sources of <c>connect-src</c> besides our own, e.g. <c>wss://voice.example.com</c>.</summary>
    public IList<string> ConnectTo { get; } = [];

    /// <summary>Sources of <c>media-src</c> besides our own.</summary>
    public IList<string> PlayFrom { get; } = [];

    private bool _tlsOnly;

    /// <summary>Our public address may be hidden from us by a proxy. Outside Development a page talks over TLS only.</summary>
    internal void Know(PublicAddress address, IHostEnvironment environment)
    {
        _tlsOnly = !environment.IsDevelopment();
        if (address.Uri is { Scheme: "https" } uri)
        {
            ConnectTo.Add("wss://" + uri.Authority);
        }
    }

    /// <param name="host">As the browser wrote it: older Safaris do not count a WebSocket to our own host as 'self'.</param>
    public string ToHeader(string host) => string.Join("; ",
        "default-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        // Our own page may frame itself: that is how a call survives a restarted server (wwwroot-interop/src/lifeboat.ts).
        "frame-ancestors 'self'",
        "frame-src 'self'",
        "object-src 'none'",
        "script-src 'self'",
        // MudBlazor's components place themselves by style attributes; a style element is nobody's. The first line is for browsers that
        // know the other two not.
        "style-src 'self' 'unsafe-inline'",
        "style-src-elem 'self'",
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        string.Join(' ', ["connect-src 'self'", .. _tlsOnly ? (string[])[] : [$"ws://{host}"], $"wss://{host}", .. ConnectTo]),
        string.Join(' ', ["media-src 'self' blob: mediastream:", .. PlayFrom]),
        "worker-src 'self'",
        "manifest-src 'self'",
        $"report-uri {PolicyReports.Path}",
        $"report-to {PolicyReports.Group}");
}
