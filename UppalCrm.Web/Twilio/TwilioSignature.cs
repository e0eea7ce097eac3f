using System.Security.Cryptography;
using System.Text;

namespace UppalCrm.Web.Twilio;

/// <summary>
/// <c>X-Twilio-Signature</c>: Base64 of HMAC-SHA1, keyed with the account's primary auth token, over the public URL followed by every
/// form parameter's name and value in ordinal order of the names (twilio.com/docs/usage/security). The signature has no time stamp:
/// a captured request verifies for ever, so what it asks for must be harmless when it comes twice.
/// </summary>
public static class TwilioSignature
{
    public const string HeaderName = "X-Twilio-Signature";

    /// <summary>The query parameter with the hash of a body that is not a form.</summary>
    public const string BodyHashName = "bodySHA256";

    /// <summary>Whether the request was signed by the owner of the token.</summary>
    /// <param name="authToken">The account's primary auth token, also where API keys are used.</param>
    /// <param name="url">The public URL, byte for byte as Twilio was given it, without user information and fragment.</param>
    /// <param name="parameters">The decoded form parameters; a name may repeat. Empty for GET and for bodies that are not forms.</param>
    /// <param name="signature">The header's value; a missing one is simply not valid.</param>
    public static bool IsValid(string authToken, string url, IEnumerable<KeyValuePair<string, string>> parameters, string? signature)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        if (string.IsNullOrEmpty(authToken) || string.IsNullOrEmpty(signature))
        {
            return false;
        }

        var said = Encoding.UTF8.GetBytes(signature);
        var tail = Join(parameters);
        var valid = false;
        foreach (var candidate in SpellingsOf(url))
        {
            // Every spelling is tried, whatever the first ones gave: the time taken tells nothing.
            valid |= CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Compute(authToken, candidate + tail)), said);
        }

        return valid;
    }

    /// <summary>Whether a body that is not a form has the hash that the signed URL promises (lower-case hexadecimal SHA-256).</summary>
    public static bool IsBodyPromised(ReadOnlySpan<byte> body, string? promisedHash) =>
        !string.IsNullOrEmpty(promisedHash)
        && CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(Convert.ToHexStringLower(SHA256.HashData(body))),
            Encoding.UTF8.GetBytes(promisedHash));

    /// <summary>The signature of a request, as Twilio computes it.</summary>
    public static string Sign(string authToken, string url, IEnumerable<KeyValuePair<string, string>> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return Compute(authToken, url + Join(parameters));
    }

    /// <summary>Repeated names: equal values count once, the others are sorted too (as Twilio's Node and Python helpers do).</summary>
    private static string Join(IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var sorted = parameters.Distinct().ToArray();
        Array.Sort(sorted, static (a, b) =>
        {
            var byName = string.CompareOrdinal(a.Key, b.Key);
            return byName != 0 ? byName : string.CompareOrdinal(a.Value, b.Value);
        });
        var text = new StringBuilder();
        foreach (var (name, value) in sorted)
        {
            text.Append(name).Append(value);
        }

        return text.ToString();
    }

    // SHA-1 is Twilio's choice; HMAC keeps it sound for this use.
#pragma warning disable CA5350
    private static string Compute(string authToken, string text) =>
        Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(authToken), Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5350

    /// <summary>
    /// Twilio drops an https port and keeps an http one, and its helpers accept both spellings of either: the URL as it is, without its
    /// port, and with the scheme's own port written out.
    /// </summary>
    internal static IEnumerable<string> SpellingsOf(string url)
    {
        yield return url;

        var schemeEnd = url.IndexOf("://", StringComparison.Ordinal);
        if (schemeEnd < 0)
        {
            yield break;
        }

        var authorityStart = schemeEnd + 3;
        var authorityEnd = url.IndexOfAny(['/', '?'], authorityStart);
        authorityEnd = authorityEnd < 0 ? url.Length : authorityEnd;
        var authority = url[authorityStart..authorityEnd];
        var colon = authority.LastIndexOf(':');

        // The last colon of [::1] belongs to the address.
        var hasPort = colon >= 0 && authority.IndexOf(']', colon) < 0;
        yield return hasPort
            ? url[..authorityStart] + authority[..colon] + url[authorityEnd..]
            : url[..authorityEnd] + (url.StartsWith("https", StringComparison.OrdinalIgnoreCase) ? ":443" : ":80") + url[authorityEnd..];
        if (hasPort && url.StartsWith("https", StringComparison.OrdinalIgnoreCase))
        {
            yield return url[..authorityStart] + authority[..colon] + ":443" + url[authorityEnd..];
        }
    }
}
