using System.Text;

namespace UppalCrm.Core.Contacts;

/// <summary>
/// Makes text of what stands in a card: by the character set that the property names; without one in UTF-8, else as the file is written.
/// </summary>
/// <param name="raw">
/// How the file's bytes are read; each came as one character of Latin-1, since a property may name another set, and a line may be folded
/// within a character. Null where the card is text already.
/// </param>
/// <param name="assumed">What encoded bytes are that are no UTF-8 and of which no property says it.</param>
internal sealed class VCardText(Encoding? raw, Encoding assumed)
{
    private const int MostUndeclared = 64 * 1024;

    private readonly List<byte> _undeclared = [];

    /// <summary>Encoded bytes for which a set had to be assumed, as far as a guess needs them.</summary>
    public byte[] Undeclared => [.. _undeclared];

    /// <summary>What stands in the file as it is.</summary>
    public string Read(string part, string? charset = null)
    {
        if (raw is null || Ascii.IsValid(part))
        {
            return part;
        }

        var bytes = Encoding.Latin1.GetBytes(part);
        return (charset is null ? null : Try(charset, bytes)) ?? raw.GetString(bytes);
    }

    public string FromQuotedPrintable(string value, string? charset)
    {
        var bytes = new List<byte>(value.Length);
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '=' && i + 2 < value.Length && char.IsAsciiHexDigit(value[i + 1]) && char.IsAsciiHexDigit(value[i + 2]))
            {
                bytes.Add(Convert.ToByte(value.Substring(i + 1, 2), 16));
                i += 2;
            }
            else
            {
                bytes.AddRange((raw is null ? Encoding.UTF8 : Encoding.Latin1).GetBytes([value[i]]));
            }
        }

        return Decode([.. bytes], charset);
    }

    /// <summary>Null when it is no base64.</summary>
    public string? FromBase64(string value, string? charset)
    {
        var bytes = new byte[value.Length];
        return Convert.TryFromBase64String(value, bytes, out var length) ? Decode(bytes[..length], charset) : null;
    }

    private string Decode(byte[] bytes, string? charset)
    {
        if (Try(charset ?? "utf-8", bytes) is { } text)
        {
            return text;
        }

        if (charset is null && _undeclared.Count + bytes.Length < MostUndeclared)
        {
            _undeclared.AddRange([.. bytes, (byte)'\n']);
        }

        return assumed.GetString(bytes);
    }

    /// <summary>Null when there is no such set, or the bytes are not written in it.</summary>
    private static string? Try(string charset, byte[] bytes)
    {
        try
        {
            return charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
                ? new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes)
                : (CodePagesEncodingProvider.Instance.GetEncoding(charset) ?? Encoding.GetEncoding(charset)).GetString(bytes);
        }
        catch (Exception ex) when (ex is ArgumentException or DecoderFallbackException)
        {
            return null;
        }
    }
}
