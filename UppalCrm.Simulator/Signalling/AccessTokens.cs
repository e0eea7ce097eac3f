using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace UppalCrm.Simulator.Signalling;

/// <summary>What a softphone may do, from its access token.</summary>
internal sealed record Pass(
    string Identity,
    DateTimeOffset ExpiresAt,
    bool MayReceive,
    string? ApplicationSid,
    IReadOnlyList<KeyValuePair<string, string>> ApplicationParameters);

/// <summary>Reads access tokens: JWT, HS256 with the API key's secret, for this account (Twilio, "Access tokens").</summary>
internal static class AccessTokens
{
    private static readonly TimeSpan LongestLife = TimeSpan.FromHours(24);

    /// <returns>
    /// The pass; or the code and message for the SDK. 31204 becomes 20101 there (invalid), 31205 becomes 20104 (expired), 31201
    /// becomes 20151 (authentication failed).
    /// </returns>
    public static (Pass? Pass, int Code, string Message) Read(string token, SimulatorOptions options, DateTimeOffset now)
    {
        var parts = token.Split('.');
        if (parts.Length != 3)
        {
            return (null, 31204, "JWT token is invalid: it has not three parts");
        }

        try
        {
            var expected = HMACSHA256.HashData(
                Encoding.UTF8.GetBytes(options.ApiSecret), Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"));
            using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]));
            if (Text(header.RootElement, "alg") != "HS256")
            {
                return (null, 31204, "JWT token is invalid: it is not signed with HS256");
            }

            if (!CryptographicOperations.FixedTimeEquals(expected, Base64Url.DecodeFromChars(parts[2])))
            {
                return (null, 31204, "JWT token is invalid: the signature does not fit the API key's secret");
            }

            using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
            return Check(payload.RootElement, options, now);
        }
        catch (Exception ex) when (ex is FormatException or JsonException or InvalidOperationException)
        {
            return (null, 31204, "JWT token is invalid: it cannot be read");
        }
    }

    private static (Pass? Pass, int Code, string Message) Check(JsonElement claims, SimulatorOptions options, DateTimeOffset now)
    {
        if (Text(claims, "iss") != options.ApiKey || Text(claims, "sub") != options.AccountSid)
        {
            return (null, 31201, "Authentication failed: the token is of another key or account");
        }

        if (Moment(claims, "exp") is not { } expires)
        {
            return (null, 31204, "JWT token is invalid: it never expires");
        }

        if (expires <= now)
        {
            return (null, 31205, "JWT Token Expired");
        }

        if (Moment(claims, "nbf") is { } start && start > now)
        {
            return (null, 31204, "JWT token is invalid: it is not valid yet");
        }

        if (expires - (Moment(claims, "iat") ?? now) > LongestLife)
        {
            return (null, 31207, "JWT token lives for more than 24 hours");
        }

        if (!claims.TryGetProperty("grants", out var grants) || Text(grants, "identity") is not { Length: > 0 and <= 256 } identity)
        {
            return (null, 31204, "JWT token is invalid: it has no identity");
        }

        if (!grants.TryGetProperty("voice", out var voice))
        {
            return (null, 31204, "JWT token is invalid: it has no voice grant");
        }

        var incoming = voice.TryGetProperty("incoming", out var into)
            && into.TryGetProperty("allow", out var allow)
            && allow.ValueKind == JsonValueKind.True;
        string? application = null;
        List<KeyValuePair<string, string>> parameters = [];
        if (voice.TryGetProperty("outgoing", out var outgoing))
        {
            application = Text(outgoing, "application_sid");
            if (outgoing.TryGetProperty("params", out var given) && given.ValueKind == JsonValueKind.Object)
            {
                parameters.AddRange(
                    given.EnumerateObject().Select(one => new KeyValuePair<string, string>(one.Name, one.Value.ToString())));
            }
        }

        return (new Pass(identity, expires, incoming, application, parameters), 0, "");
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static DateTimeOffset? Moment(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.TryGetInt64(out var seconds) && seconds is > 0 and < 253402300799
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
}
