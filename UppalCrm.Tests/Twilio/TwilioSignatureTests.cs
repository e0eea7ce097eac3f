using System.Text;
using System.Text.Json;
using UppalCrm.Web.Twilio;

namespace UppalCrm.Tests.Twilio;

public sealed class TwilioSignatureTests
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

        Assert.Equal(Text(vector, "signature"), TwilioSigner.Sign(token, url, Parameters(vector)));
        Assert.True(new TwilioSignature(token).IsValid(url, Parameters(vector), Text(vector, "signature")));
    }

    [Theory]
    [MemberData(nameof(Signed))]
    public void What_came_over_the_wire_is_read_as_it_was_signed(string id)
    {
        var vector = Vectors.Get(File, "vectors", id);
        if (!vector.TryGetProperty("raw_form_body", out var body))
        {
            Assert.True(vector.TryGetProperty("raw_body", out _) || Text(vector, "method") == "GET" || Parameters(vector).Count == 0);
            return;
        }

        var form = TwilioForm.Parse("", Encoding.UTF8.GetBytes(body.GetString()!));

        Assert.True(new TwilioSignature(Text(vector, "auth_token"))
            .IsValid(Text(vector, "signed_url"), form.FormParameters, Text(vector, "signature")));
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
                new TwilioSignature(Text(vector, "auth_token")).IsValid(Text(url, "url"), Parameters(vector), Text(vector, "signature")));
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
        Assert.False(new TwilioSignature(Text(vector, "auth_token"))
            .IsValid(Text(vector, "url"), Parameters(vector), Text(vector, "signature")));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("ä")]
    public void A_missing_or_odd_signature_is_not_valid_and_no_error(string? signature) =>
        Assert.False(new TwilioSignature("12345").IsValid("https://example.com/", [], signature));

    [Fact]
    public void Without_a_token_nothing_is_valid() =>
        Assert.False(new TwilioSignature("").IsValid("https://example.com/", [], TwilioSigner.Sign("", "https://example.com/", [])));

    [Theory]
    [InlineData("?Name=O'Hara", "?Name=O%27Hara")]
    [InlineData("?Name=Zo%C3%AB+%28night%29", "?Name=Zo%C3%AB%20(night)")]
    [InlineData("?a[]=1&b=[x]", "?a%5B%5D=1&b=%5Bx%5D")]
    [InlineData("?home=~dana&note=hi!*", "?home=%7Edana&note=hi%21%2A")]
    [InlineData("?City=COEUR+D'ALENE&q=(~a+b)", "?City=COEUR%20D%27ALENE&q=%28%7Ea%20b%29")]
    public void A_query_is_accepted_in_every_spelling_that_means_the_same(string one, string other)
    {
        const string Address = "https://voice.example.com/t";
        var signature = new TwilioSignature("12345");
        foreach (var (signed, seen) in ((string, string)[])[(one, other), (other, one), (one, one), (other, other)])
        {
            Assert.True(signature.IsValid(Address + seen, [], TwilioSigner.Sign("12345", Address + signed, [])),
                $"{signed} seen as {seen}");
        }
    }

    [Theory]
    [InlineData("?a=1%2B1", "?a=1+1")]
    [InlineData("?a=1&b=2", "?b=2&a=1")]
    [InlineData("?a=x%26b=y", "?a=x&b=y")]
    [InlineData("?a='", "?a=")]
    public void A_query_that_means_something_else_is_not(string signed, string seen) =>
        Assert.False(new TwilioSignature("12345").IsValid(
            "https://voice.example.com/t" + seen, [], TwilioSigner.Sign("12345", "https://voice.example.com/t" + signed, [])));

    [Fact]
    public void A_hostile_query_has_no_more_than_64_other_spellings() =>
        Assert.InRange(TwilioSignature.SpellingsOf(
            "https://voice.example.com/t?" + string.Concat(Enumerable.Repeat("'%27()[~!*+%20", 50))).Count(), 2, 65);

    [Theory]
    [InlineData("https://voice.example.com:99999999/t")]
    [InlineData("voice")]
    [InlineData("")]
    public void An_address_that_is_none_is_not_valid_and_no_error(string url) =>
        Assert.False(new TwilioSignature("12345").IsValid(url, [new("a", "b")], "c2lnbmF0dXJl"));

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static List<KeyValuePair<string, string>> Parameters(JsonElement vector) => [.. ParametersOf(vector)];

    private static IEnumerable<KeyValuePair<string, string>> ParametersOf(JsonElement vector)
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
