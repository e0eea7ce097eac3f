using System.Buffers.Binary;
using System.Security.Cryptography;

namespace UppalCrm.Tests.Support;

/// <summary>
/// The authenticator app on a person's phone: RFC 6238 and RFC 4648, written apart from the product, so that a mistake cannot agree
/// with itself.
/// </summary>
/// <param name="key">As the page shows it, in groups of four.</param>
public sealed class AuthenticatorApp(string key)
{
    private readonly byte[] _secret = FromBase32(key.Replace(" ", "", StringComparison.Ordinal));
    private long _lastStep;

    /// <summary>
    /// A code that was not given before. Where half a minute has not passed since the last one it is the next code, which a phone whose
    /// clock is a little ahead shows too: so nobody has to wait.
    /// </summary>
    public string NextCode()
    {
        _lastStep = Math.Max(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 30, _lastStep + 1);
        var counter = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, _lastStep);
#pragma warning disable CA5350 // authenticator apps know no other than SHA-1
        var hash = HMACSHA1.HashData(_secret, counter);
#pragma warning restore CA5350
        var truncated = BinaryPrimitives.ReadUInt32BigEndian(hash.AsSpan(hash[19] & 0xf)) & 0x7fffffff;
        return (truncated % 1_000_000).ToString("000000");
    }

    /// <summary>RFC 4648, without padding and spaces.</summary>
    public static byte[] FromBase32(string text)
    {
        var bytes = new List<byte>();
        int bits = 0, value = 0;
        foreach (var letter in text)
        {
            value = ((value << 5) | "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(letter, StringComparison.Ordinal)) & 0xfff;
            bits += 5;
            if (bits >= 8)
            {
                bits -= 8;
                bytes.Add((byte)(value >> bits));
            }
        }

        return [.. bytes];
    }
}
