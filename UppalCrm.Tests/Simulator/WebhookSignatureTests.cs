using System.Text.Json;
using UppalCrm.Simulator.Webhooks;
using UppalCrm.Tests.Twilio;

namespace UppalCrm.Tests.Simulator;

public sealed class WebhookSignatureTests
{
    public static IEnumerable<TheoryDataRow<string>> Signed => Vectors.Ids("signature.json", "vectors");

    [Theory]
    [MemberData(nameof(Signed))]
    public void The_network_signs_as_the_official_helper_does(string id)
    {
        var vector = Vectors.Get("signature.json", "vectors", id);

        var signature = WebhookSignature.Of(
            vector.GetProperty("auth_token").GetString()!, vector.GetProperty("signed_url").GetString()!, Fields(vector));

        Assert.Equal(vector.GetProperty("signature").GetString(), signature);
    }

    [Theory]
    [InlineData("https://voice.example.com/t?a=1#rc=2&rp=all", "https://voice.example.com/t?a=1")]
    [InlineData("https://user:secret@voice.example.com/t", "https://voice.example.com/t")]
    [InlineData("https://voice.example.com:8443/t", "https://voice.example.com/t")]
    [InlineData("http://voice.example.com:5080/t", "http://voice.example.com:5080/t")]
    [InlineData("https://Voice.Example.COM/a%2Fb?x=%2b1", "https://Voice.Example.COM/a%2Fb?x=%2b1")]
    public void What_is_signed_is_the_address_without_what_is_not_sent(string url, string signed) =>
        Assert.Equal(signed, WebhookSignature.SignedUrl(url));

    private static IEnumerable<KeyValuePair<string, string>> Fields(JsonElement vector) =>
        vector.GetProperty("params").EnumerateObject().SelectMany(field => field.Value.ValueKind == JsonValueKind.Array
            ? field.Value.EnumerateArray().Select(value => new KeyValuePair<string, string>(field.Name, value.GetString()!))
            : [new KeyValuePair<string, string>(field.Name, field.Value.GetString()!)]);
}
