using System.Security.Cryptography;
using System.Text;
using Twilio.Security;

namespace UppalCrm.Web.Twilio;

/// <summary>
/// <c>X-Twilio-Signature</c> (twilio.com/docs/usage/security): the library's <see cref="RequestValidator"/>, and what it does not know.
/// The signature has no time stamp: a captured request verifies for ever, so what it asks for must be harmless when it comes twice.
/// </summary>
/// <param name="authToken">The account's primary auth token, also where API keys are used. With none, nothing is valid.</param>
public sealed class TwilioSignature(string authToken)
{
    public const string HeaderName = "X-Twilio-Signature";

    /// <summary>The query parameter with the hash of a body that is not a form.</summary>
    public const string BodyHashName = "bodySHA256";

    /// <summary>
    /// Characters that some encoders escape in a query and others do not. Twilio signs one spelling; a proxy may pass on another.
    /// </summary>
    private static readonly (string Plain, string Escaped)[][] Spellings =
    [
        [("'", "%27")],
        [("(", "%28"), (")", "%29")],
        [("[", "%5B"), ("]", "%5D")],
        [("~", "%7E")],
        [("!", "%21"), ("*", "%2A")],
        [("+", "%20")],
    ];

    private readonly RequestValidator _validator = new(authToken);

    /// <summary>Whether the request was signed by the owner of the token.</summary>
    /// <param name="url">The public URL, byte for byte as Twilio was given it, without user information and fragment.</param>
    /// <param name="parameters">The decoded form parameters; a name may repeat. Empty for GET and for bodies that are not forms.</param>
    /// <param name="signature">The header's value; a missing one is simply not valid.</param>
    public bool IsValid(string url, IReadOnlyCollection<KeyValuePair<string, string>> parameters, string? signature)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        if (authToken.Length == 0 || string.IsNullOrEmpty(signature))
        {
            return false;
        }

        if (parameters.Count == 0)
        {
            return SpellingsOf(url).Any(spelling => IsSigned(spelling, [], signature));
        }

        return IsSigned(url, ByName(parameters), signature);
    }

    /// <summary>Whether a body that is not a form has the hash that the signed URL promises (lower-case hexadecimal SHA-256).</summary>
    public static bool IsBodyPromised(ReadOnlySpan<byte> body, string? promisedHash) =>
        !string.IsNullOrEmpty(promisedHash)
        && CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(Convert.ToHexStringLower(SHA256.HashData(body))),
            Encoding.UTF8.GetBytes(promisedHash));

    /// <summary>The URL as it is, and with each group of characters in its query written plainly and escaped.</summary>
    internal static IEnumerable<string> SpellingsOf(string url)
    {
        yield return url;

        var queryStart = url.IndexOf('?', StringComparison.Ordinal);
        if (queryStart < 0)
        {
            yield break;
        }

        var path = url[..queryStart];
        IReadOnlyList<string> queries = [url[queryStart..]];
        foreach (var group in Spellings)
        {
            queries =
            [
                .. queries.SelectMany(query => (string[])[Plain(query, group), Escaped(query, group)]).Distinct(StringComparer.Ordinal),
            ];
        }

        foreach (var query in queries.Where(query => !url.AsSpan(queryStart).SequenceEqual(query)))
        {
            yield return path + query;
        }
    }

    /// <summary>The library's answer. It throws on addresses that it cannot take apart; they are not valid either.</summary>
    private bool IsSigned(string url, Dictionary<string, string> parameters, string signature)
    {
        try
        {
            return _validator.Validate(url, parameters, signature)
                || (WithoutOwnPort(url) is { } bare && _validator.Validate(bare, parameters, signature));
        }
        catch (Exception ex) when (ex is ArgumentException or FormatException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>
    /// Twilio drops an https port. The library tries the address without one too, but takes ":443" for none; so where the scheme's own
    /// port is written out it is left out here (vector "https-port-dropped").
    /// </summary>
    private static string? WithoutOwnPort(string url)
    {
        var port = url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? ":443" : ":80";
        var start = url.IndexOf("://", StringComparison.Ordinal) + 3;
        var end = url.IndexOfAny(['/', '?'], start);
        var host = end < 0 ? url.AsSpan(start) : url.AsSpan(start, end - start);
        return host.EndsWith(port, StringComparison.Ordinal)
            ? string.Concat(url.AsSpan(0, start + host.Length - port.Length), url.AsSpan(start + host.Length))
            : null;
    }

    /// <summary>
    /// The library takes one value for a name. Twilio signs a repeated name with each of its values: equal ones once, the others sorted
    /// (as Twilio's Node and Python libraries do). "Tag=b&amp;Tag=a" is signed as "TagaTagb", and so it is Tag with the value "aTagb".
    /// </summary>
    private static Dictionary<string, string> ByName(IReadOnlyCollection<KeyValuePair<string, string>> parameters)
    {
        var byName = new Dictionary<string, string>(parameters.Count, StringComparer.Ordinal);
        HashSet<string>? repeated = null;
        foreach (var (name, value) in parameters)
        {
            if (!byName.TryAdd(name, value))
            {
                (repeated ??= new(StringComparer.Ordinal)).Add(name);
            }
        }

        if (repeated is not null)
        {
            var again = parameters.Where(parameter => repeated.Contains(parameter.Key));
            foreach (var values in again.GroupBy(parameter => parameter.Key, parameter => parameter.Value, StringComparer.Ordinal))
            {
                byName[values.Key] = string.Join(values.Key, values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
            }
        }

        return byName;
    }

    private static string Plain(string query, (string Plain, string Escaped)[] group) =>
        group.Aggregate(query, (text, one) => text.Replace(one.Escaped, one.Plain, StringComparison.OrdinalIgnoreCase));

    private static string Escaped(string query, (string Plain, string Escaped)[] group) =>
        group.Aggregate(query, (text, one) => text.Replace(one.Plain, one.Escaped, StringComparison.Ordinal));
}
