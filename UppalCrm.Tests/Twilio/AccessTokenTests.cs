using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Twilio.Jwt.AccessToken;

namespace UppalCrm.Tests.Twilio;

/// <summary>The library's tokens against those of Twilio's Node library.</summary>
public sealed class AccessTokenTests
{
    private const string File = "access-token.json";

    public static IEnumerable<TheoryDataRow<string>> Ids => Vectors.Ids(File, "vectors");

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_token_says_what_the_official_helpers_says(string id)
    {
        var vector = Vectors.Get(File, "vectors", id);
        var input = vector.GetProperty("input");
        var options = input.GetProperty("options");
        var grant = input.GetProperty("voice_grant");
        var secret = input.GetProperty("api_key_secret").GetString()!;

        var now = input.GetProperty("now_unix").GetInt64();
        var life = options.TryGetProperty("ttl", out var ttl) ? ttl.GetInt64() : 3600;
        var jwt = new Token(
            Text(input, "account_sid"),
            Text(input, "api_key_sid"),
            secret,
            options.GetProperty("identity").ToString(),
            DateTimeOffset.FromUnixTimeSeconds(now + life).UtcDateTime,
            options.TryGetProperty("nbf", out var nbf) ? DateTimeOffset.FromUnixTimeSeconds(nbf.GetInt64()).UtcDateTime : null,
            [
                new VoiceGrant
                {
                    OutgoingApplicationSid = Text(grant, "outgoingApplicationSid"),
                    OutgoingApplicationParams = grant.TryGetProperty("outgoingApplicationParams", out var parameters)
                        ? parameters.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!, StringComparer.Ordinal)
                        : null,
                    IncomingAllow = grant.TryGetProperty("incomingAllow", out var allow) && allow.GetBoolean(),
                    PushCredentialSid = Text(grant, "pushCredentialSid"),
                    EndpointId = Text(grant, "endpointId"),
                },
            ],
            Text(options, "region")).ToJwt();

        var parts = jwt.Split('.');
        Assert.True(JsonNode.DeepEquals(Node(vector.GetProperty("header")), Decoded(parts[0])), parts[0]);
        Assert.True(JsonNode.DeepEquals(Timeless(Node(vector.GetProperty("payload"))), Timeless(Decoded(parts[1]))),
            Decoded(parts[1])!.ToJsonString());
        Assert.Equal(SignatureOf($"{parts[0]}.{parts[1]}", secret), parts[2]);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void The_official_helpers_token_verifies_as_ours_does(string id)
    {
        var vector = Vectors.Get(File, "vectors", id);
        var parts = vector.GetProperty("jwt").GetString()!.Split('.');

        Assert.Equal(parts[2], SignatureOf(
            $"{parts[0]}.{parts[1]}", vector.GetProperty("input").GetProperty("api_key_secret").GetString()!));
    }

    /// <summary>
    /// Without what depends on the moment: the C# library writes no time of issue, and its name for the token holds its own clock.
    /// </summary>
    private static JsonObject Timeless(JsonNode? payload)
    {
        var timeless = payload!.AsObject();
        timeless.Remove("iat");
        timeless["jti"] = timeless["jti"]!.GetValue<string>().Split('-')[0];
        return timeless;
    }

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static JsonNode? Node(JsonElement json) => JsonNode.Parse(json.GetRawText());

    private static JsonNode? Decoded(string part) => JsonNode.Parse(Base64Url.DecodeFromChars(part));

    private static string SignatureOf(string text, string secret) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(text)));
}
