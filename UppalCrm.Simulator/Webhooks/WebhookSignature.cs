using System.Security.Cryptography;
using System.Text;

namespace UppalCrm.Simulator.Webhooks;

/// <summary>
/// <c>X-Twilio-Signature</c>, the sender's side: base64 of HMAC-SHA1, keyed with the auth token, over the address and the decoded
/// parameters sorted by ordinal name (Twilio, "Webhooks security"). Repeated names: values without duplicates, sorted.
/// </summary>
internal static class WebhookSignature
{
    /// <param name="authToken">The account's primary token.</param>
    /// <param name="signedUrl">See <see cref="SignedUrl"/>.</param>
    /// <param name="form">The decoded form of a POST; empty for GET and for other bodies.</param>
    public static string Of(string authToken, string signedUrl, IEnumerable<KeyValuePair<string, string>> form)
    {
        var text = new StringBuilder(signedUrl);
        foreach (var name in form.GroupBy(field => field.Key, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            foreach (var value in name.Select(field => field.Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                text.Append(name.Key).Append(value);
            }
        }

#pragma warning disable CA5350 // The algorithm is Twilio's, not ours to choose.
        return Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(authToken), Encoding.UTF8.GetBytes(text.ToString())));
#pragma warning restore CA5350
    }

    /// <summary>
    /// The address as it is signed: no fragment, no user and password; https without its port, http with the port it was given.
    /// </summary>
    public static string SignedUrl(string url)
    {
        var end = url.IndexOf('#', StringComparison.Ordinal);
        var whole = end < 0 ? url : url[..end];
        var start = whole.IndexOf("://", StringComparison.Ordinal);
        if (start < 0)
        {
            return whole;
        }

        start += 3;
        var stop = whole.AsSpan(start).IndexOfAny('/', '?');
        stop = stop < 0 ? whole.Length : start + stop;
        var authority = whole[start..stop];
        authority = authority[(authority.LastIndexOf('@') + 1)..];
        if (whole.StartsWith("https:", StringComparison.OrdinalIgnoreCase))
        {
            var port = authority.LastIndexOf(':');
            if (port > authority.LastIndexOf(']'))
            {
                authority = authority[..port];
            }
        }

        return string.Concat(whole.AsSpan(0, start), authority, whole.AsSpan(stop));
    }
}
