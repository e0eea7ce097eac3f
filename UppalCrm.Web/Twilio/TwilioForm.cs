using System.Globalization;
using System.Text;

namespace UppalCrm.Web.Twilio;

/// <summary>
/// What a webhook says: the parameters of its query and of its form, with names compared letter for letter. The framework's own form
/// is not used, because it merges names that differ only in case and so breaks the signature.
/// </summary>
/// <remarks>
/// Nothing here throws on odd input. A name that comes twice with different values says nothing: a browser can add parameters to its
/// call, and must not win by adding a second <c>From</c>.
/// </remarks>
public sealed class TwilioForm
{
    private readonly IReadOnlyList<KeyValuePair<string, string>> _query;
    private readonly IReadOnlyList<KeyValuePair<string, string>> _form;

    private TwilioForm(IReadOnlyList<KeyValuePair<string, string>> query, IReadOnlyList<KeyValuePair<string, string>> form)
    {
        _query = query;
        _form = form;
    }

    /// <summary>The form's parameters, as they count for the signature.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> FormParameters => _form;

    /// <summary>From the raw query (with or without its question mark) and the raw body of a form post.</summary>
    public static TwilioForm Parse(string query, ReadOnlySpan<byte> body) =>
        new(Pairs(Encoding.UTF8.GetBytes(query.StartsWith('?') ? query[1..] : query)), Pairs(body));

    /// <summary>
    /// The value of a parameter, trimmed; the query's before the form's, because the query is ours and the form may hold what a browser
    /// sent. <see langword="null"/> when missing, empty, or said twice with different values.
    /// </summary>
    public string? this[string name] => InQuery(name) ?? InForm(name);

    /// <summary>The value from the query only: what we wrote into the address ourselves.</summary>
    public string? InQuery(string name) => Single(_query, name);

    /// <summary>The value from the form only: what Twilio says of the request.</summary>
    public string? InForm(string name) => Single(_form, name);

    /// <summary>A whole number that is not negative.</summary>
    public int? Number(string name) =>
        int.TryParse(this[name], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary><c>true</c> or <c>false</c>; anything else is not known.</summary>
    public bool? Flag(string name) => this[name] switch
    {
        "true" => true,
        "false" => false,
        _ => null,
    };

    /// <summary>A moment as RFC 2822 writes it, e.g. <c>Tue, 17 Jun 2025 09:00:47 +0000</c>, in UTC.</summary>
    public DateTimeOffset? Moment(string name) => TwilioMoment.Parse(this[name]);

    private static string? Single(IReadOnlyList<KeyValuePair<string, string>> pairs, string name)
    {
        string? found = null;
        foreach (var (key, value) in pairs)
        {
            if (!string.Equals(key, name, StringComparison.Ordinal))
            {
                continue;
            }

            if (found is not null && found != value)
            {
                return null;
            }

            found = value;
        }

        return string.IsNullOrWhiteSpace(found) ? null : found.Trim();
    }

    private static List<KeyValuePair<string, string>> Pairs(ReadOnlySpan<byte> text)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        while (!text.IsEmpty)
        {
            var end = text.IndexOf((byte)'&');
            var pair = end < 0 ? text : text[..end];
            text = end < 0 ? [] : text[(end + 1)..];
            if (pair.IsEmpty)
            {
                continue;
            }

            var equals = pair.IndexOf((byte)'=');
            pairs.Add(equals < 0
                ? new(Decode(pair), "")
                : new(Decode(pair[..equals]), Decode(pair[(equals + 1)..])));
        }

        return pairs;
    }

    /// <summary>A plus is a space; a percent sign without two digits stands for itself; bytes that are not UTF-8 become U+FFFD.</summary>
    private static string Decode(ReadOnlySpan<byte> encoded)
    {
        if (encoded.IndexOfAny((byte)'%', (byte)'+') < 0)
        {
            return Encoding.UTF8.GetString(encoded);
        }

        var bytes = new byte[encoded.Length];
        var length = 0;
        for (var i = 0; i < encoded.Length; i++)
        {
            var current = encoded[i];
            if (current == '+')
            {
                current = (byte)' ';
            }
            else if (current == '%' && i + 2 < encoded.Length
                && char.IsAsciiHexDigit((char)encoded[i + 1]) && char.IsAsciiHexDigit((char)encoded[i + 2]))
            {
                current = Convert.ToByte(Encoding.ASCII.GetString(encoded.Slice(i + 1, 2)), 16);
                i += 2;
            }

            bytes[length++] = current;
        }

        return Encoding.UTF8.GetString(bytes, 0, length);
    }
}

/// <summary>Twilio's way of writing a moment: RFC 2822 in webhooks and answers.</summary>
internal static class TwilioMoment
{
    public static DateTimeOffset? Parse(string? text) =>
        DateTimeOffset.TryParseExact(
            text,
            [
                "ddd, dd MMM yyyy HH:mm:ss zzz", "ddd, d MMM yyyy HH:mm:ss zzz",
                "ddd, dd MMM yyyy HH:mm:ss 'GMT'", "yyyy-MM-dd'T'HH:mm:ssK",
            ],
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var moment)
            ? moment
            : null;
}
