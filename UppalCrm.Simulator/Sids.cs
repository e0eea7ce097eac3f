using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace UppalCrm.Simulator;

/// <summary>Makes Twilio's identifiers: two letters and 32 hexadecimal digits.</summary>
internal static class Sids
{
    private static readonly SearchValues<char> Hexadecimal = SearchValues.Create("0123456789abcdefABCDEF");

    public static string New(string prefix) => prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>The same identifier for the same thing in every run, e.g. the SID of a phone number.</summary>
    public static string For(string prefix, string thing) =>
        prefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(thing)).AsSpan(0, 16));

    public static bool Looks(string prefix, string? text) =>
        text?.Length == 34 && text.StartsWith(prefix, StringComparison.Ordinal) && text.AsSpan(2).IndexOfAnyExcept(Hexadecimal) < 0;
}
