using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using UppalCrm.Web.Twilio;

namespace UppalCrm.Tests.Twilio;

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

        var jwt = new AccessToken(options.GetProperty("identity").ToString())
        {
            Life = TimeSpan.FromSeconds(options.TryGetProperty("ttl", out var ttl) ? ttl.GetInt32() : 3600),
            NotBefore = options.TryGetProperty("nbf", out var nbf) ? DateTimeOffset.FromUnixTimeSeconds(nbf.GetInt64()) : null,
            Region = Text(options, "region"),
            OutgoingApplicationSid = Text(grant, "outgoingApplicationSid"),
            OutgoingParameters = grant.TryGetProperty("outgoingApplicationParams", out var parameters)
                ? parameters.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!, StringComparer.Ordinal)
                : null,
            IncomingAllowed = grant.TryGetProperty("incomingAllow", out var allow) && allow.GetBoolean(),
            PushCredentialSid = Text(grant, "pushCredentialSid"),
            EndpointId = Text(grant, "endpointId"),
        }.Sign(Text(input, "account_sid")!, Text(input, "api_key_sid")!, secret, DateTimeOffset.FromUnixTimeSeconds(input.GetProperty("now_unix").GetInt64()));

        var parts = jwt.Split('.');
        Assert.True(JsonNode.DeepEquals(Node(vector.GetProperty("header")), Decoded(parts[0])), parts[0]);
        Assert.True(JsonNode.DeepEquals(Node(vector.GetProperty("payload")), Decoded(parts[1])), Decoded(parts[1])!.ToJsonString());
        Assert.Equal(SignatureOf($"{parts[0]}.{parts[1]}", secret), parts[2]);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void The_official_helpers_token_verifies_as_ours_does(string id)
    {
        var vector = Vectors.Get(File, "vectors", id);
        var parts = vector.GetProperty("jwt").GetString()!.Split('.');

        Assert.Equal(parts[2], SignatureOf($"{parts[0]}.{parts[1]}", vector.GetProperty("input").GetProperty("api_key_secret").GetString()!));
    }

    [Fact]
    public void A_life_that_Twilio_would_refuse_is_refused_here()
    {
        Assert.Throws<InvalidOperationException>(() => Sign(new AccessToken("agent_7") { Life = TimeSpan.FromHours(25) }));
        Assert.Throws<InvalidOperationException>(() => Sign(new AccessToken("agent_7") { Life = TimeSpan.Zero }));
        Assert.Throws<InvalidOperationException>(() => Sign(new AccessToken("")));
    }

    private static string Sign(AccessToken token) => token.Sign("AC1", "SK1", "secret", DateTimeOffset.UnixEpoch);

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static JsonNode? Node(JsonElement json) => JsonNode.Parse(json.GetRawText());

    private static JsonNode? Decoded(string part) => JsonNode.Parse(Base64Url.DecodeFromChars(part));

    private static string SignatureOf(string text, string secret) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(text)));
}
