using System.Security.Cryptography;
using System.Text;

namespace UppalCrm.Tests.Twilio;

/// <summary>Signs as Twilio does. Written apart from the product, so that a mistake cannot agree with itself.</summary>
internal static class TwilioSigner
{
    public static string Sign(string authToken, string url, IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var lines = parameters.Select(parameter => (parameter.Key, parameter.Value)).Distinct().ToList();
        lines.Sort(
            (a, b) => string.CompareOrdinal(a.Key, b.Key) is var byName and not 0 ? byName : string.CompareOrdinal(a.Value, b.Value));
        var text = url + string.Concat(lines.Select(line => line.Key + line.Value));
#pragma warning disable CA5350 // SHA-1 is Twilio's choice.
        return Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(authToken), Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5350
    }
}
