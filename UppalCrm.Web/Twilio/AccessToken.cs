using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace UppalCrm.Web.Twilio;

/// <summary>
/// What lets a browser's softphone in: a JWT, HS256, signed with the API key's secret and never with the auth token
/// (twilio.com/docs/iam/access-tokens). It is looked at when the softphone registers or dials; a call that is up outlives it. It cannot
/// be revoked singly, so it lives briefly.
/// </summary>
public sealed record AccessToken(string Identity)
{
    /// <summary>Twilio refuses more than 24 hours (20157).</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromHours(24);

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public TimeSpan Life { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Better left out: with a clock that is ahead, Twilio answers "not yet valid" (20105).</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>The account's region when it is not us1.</summary>
    public string? Region { get; init; }

    /// <summary>The application that outgoing calls go through; without it none can be made.</summary>
    public string? OutgoingApplicationSid { get; init; }

    public IReadOnlyDictionary<string, string>? OutgoingParameters { get; init; }

    /// <summary>Whether others may ring this softphone.</summary>
    public bool IncomingAllowed { get; init; }

    public string? PushCredentialSid { get; init; }

    public string? EndpointId { get; init; }

    /// <summary>The signed token.</summary>
    /// <param name="accountSid">The account, <c>AC…</c>.</param>
    /// <param name="apiKey">A standard API key of that account, <c>SK…</c>.</param>
    /// <param name="apiSecret">The key's secret.</param>
    /// <param name="now">The moment of issue.</param>
    /// <exception cref="InvalidOperationException">No identity, or a life that Twilio would refuse.</exception>
    public string Sign(string accountSid, string apiKey, string apiSecret, DateTimeOffset now)
    {
        if (Identity.Length == 0 || Life <= TimeSpan.Zero || Life > LongestLife)
        {
            throw new InvalidOperationException("An access token needs an identity and a life of at most 24 hours.");
        }

        var header = new JsonObject { ["alg"] = "HS256", ["typ"] = "JWT", ["cty"] = "twilio-fpa;v=1" };
        if (Region is not null)
        {
            header["twr"] = Region;
        }

        var issued = now.ToUnixTimeSeconds();
        var payload = new JsonObject
        {
            ["jti"] = $"{apiKey}-{issued}",
            ["grants"] = new JsonObject { ["identity"] = Identity, ["voice"] = VoiceGrant() },
            ["iat"] = issued,
            ["exp"] = issued + (long)Life.TotalSeconds,
            ["iss"] = apiKey,
            ["sub"] = accountSid,
        };
        if (NotBefore is { } notBefore)
        {
            payload["nbf"] = notBefore.ToUnixTimeSeconds();
        }

        var signed = $"{Part(header)}.{Part(payload)}";
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(apiSecret), Encoding.ASCII.GetBytes(signed));
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    private JsonObject VoiceGrant()
    {
        var voice = new JsonObject();
        if (IncomingAllowed)
        {
            voice["incoming"] = new JsonObject { ["allow"] = true };
        }

        if (OutgoingApplicationSid is not null)
        {
            var outgoing = new JsonObject { ["application_sid"] = OutgoingApplicationSid };
            if (OutgoingParameters is { Count: > 0 })
            {
                outgoing["params"] = new JsonObject(OutgoingParameters.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value)));
            }

            voice["outgoing"] = outgoing;
        }

        if (PushCredentialSid is not null)
        {
            voice["push_credential_sid"] = PushCredentialSid;
        }

        if (EndpointId is not null)
        {
            voice["endpoint_id"] = EndpointId;
        }

        return voice;
    }

    private static string Part(JsonObject part) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part.ToJsonString(Plain)));
}
