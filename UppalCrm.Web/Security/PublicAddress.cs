namespace UppalCrm.Web.Security;

/// <summary>
/// The address at which the world reaches us (<c>API_BASE_URL</c>); a proxy may hide it from us, so it counts as ours besides the host of
/// a request.
/// </summary>
public sealed class PublicAddress(IConfiguration settings)
{
    /// <summary>Null while it is not set, or is no address.</summary>
    public Uri? Uri { get; } = Uri.TryCreate(settings["API_BASE_URL"]?.Trim(), UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp) ? uri : null;

    /// <summary>Whether this is the origin of a page at our public address.</summary>
    public bool IsOrigin(Uri origin) =>
        Uri is not null
            && Uri.Compare(origin, Uri, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0;
}
