using System.Text;
using System.Text.Json;
using UppalCrm.Web.Twilio;

namespace UppalCrm.Tests.Twilio;

public sealed class SignatureTests
{
    private const string File = "signature.json";

    public static IEnumerable<TheoryDataRow<string>> Signed => Vectors.Ids(File, "vectors");

    public static IEnumerable<TheoryDataRow<string>> Forged => Vectors.Ids(File, "negative");

    [Theory]
    [MemberData(nameof(Signed))]
    public void What_the_official_helper_signed_is_accepted(string id)
    {
        var vector = Vectors.Get(File, "vectors", id);
        var token = Text(vector, "auth_token");
        var url = Text(vector, "signed_url");

        Assert.Equal(Text(vector, "signature"), TwilioSignature.Sign(token, url, Parameters(vector)));
        Assert.True(TwilioSignature.IsValid(token, url, Parameters(vector), Text(vector, "signature")));
    }

    [Theory]
    [MemberData(nameof(Signed))]
    public void What_came_over_the_wire_is_read_as_it_was_signed(string id)
    {
        var vector = Vectors.Get(File, "vectors", id);
        if (!vector.TryGetProperty("raw_form_body", out var body))
        {
            Assert.True(vector.TryGetProperty("raw_body", out _) || Text(vector, "method") == "GET" || !Parameters(vector).Any());
            return;
        }

        var form = TwilioForm.Parse("", Encoding.UTF8.GetBytes(body.GetString()!));

        Assert.True(TwilioSignature.IsValid(Text(vector, "auth_token"), Text(vector, "signed_url"), form.FormParameters, Text(vector, "signature")));
    }

    [Theory]
    [MemberData(nameof(Signed))]
    public void The_address_we_were_called_at_may_differ_only_where_the_official_helper_lets_it(string id)
    {
        var vector = Vectors.Get(File, "vectors", id);
        var seen = vector.TryGetProperty("request_urls_seen_by_app", out var urls) ? urls.EnumerateArray() : default;

        foreach (var url in seen)
        {
            Assert.Equal(
                url.GetProperty("node_validateRequest_accepts").GetBoolean(),
                TwilioSignature.IsValid(Text(vector, "auth_token"), Text(url, "url"), Parameters(vector), Text(vector, "signature")));
        }
    }

    [Theory]
    [MemberData(nameof(Signed))]
    public void A_body_that_is_no_form_must_have_the_promised_hash(string id)
    {
        var vector = Vectors.Get(File, "vectors", id);
        if (!vector.TryGetProperty("raw_body", out var raw))
        {
            return;
        }

        var body = Encoding.UTF8.GetBytes(raw.GetString()!);
        var promised = TwilioForm.Parse(new Uri(Text(vector, "signed_url")).Query, []).InQuery(TwilioSignature.BodyHashName);

        Assert.True(TwilioSignature.IsBodyPromised(body, promised));
        body[0] ^= 1;
        Assert.False(TwilioSignature.IsBodyPromised(body, promised));
    }

    [Theory]
    [MemberData(nameof(Forged))]
    public void What_the_official_helper_refuses_is_refused(string id)
    {
        var vector = Vectors.Get(File, "negative", id);

        Assert.False(vector.GetProperty("must_be_accepted").GetBoolean());
        Assert.False(TwilioSignature.IsValid(Text(vector, "auth_token"), Text(vector, "url"), Parameters(vector), Text(vector, "signature")));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("ä")]
    public void A_missing_or_odd_signature_is_not_valid_and_no_error(string? signature) =>
        Assert.False(TwilioSignature.IsValid("12345", "https://example.com/", [], signature));

    [Fact]
    public void Without_a_token_nothing_is_valid() =>
        Assert.False(TwilioSignature.IsValid("", "https://example.com/", [], TwilioSignature.Sign("", "https://example.com/", [])));

    [Fact]
    public void An_address_in_brackets_keeps_its_colons() =>
        Assert.Equal(
            ["http://[::1]/a", "http://[::1]:80/a"],
            TwilioSignature.SpellingsOf("http://[::1]/a"));

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static IEnumerable<KeyValuePair<string, string>> Parameters(JsonElement vector)
    {
        foreach (var parameter in vector.GetProperty("params").EnumerateObject())
        {
            if (parameter.Value.ValueKind == JsonValueKind.Array)
            {
                foreach (var value in parameter.Value.EnumerateArray())
                {
                    yield return new(parameter.Name, value.GetString()!);
                }
            }
            else
            {
                yield return new(parameter.Name, parameter.Value.GetString()!);
            }
        }
    }
}
