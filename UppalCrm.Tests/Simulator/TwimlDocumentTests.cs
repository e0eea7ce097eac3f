using System.Text;
using System.Text.Json;
using UppalCrm.Simulator.TwiML;
using UppalCrm.Tests.Twilio;

namespace UppalCrm.Tests.Simulator;

public sealed class TwimlDocumentTests
{
    /// <summary>Every vector but those of call queues, which the simulator does not have.</summary>
    public static IEnumerable<TheoryDataRow<string>> Documents =>
        Vectors.Ids("twiml.json", "vectors").Where(id => id.Data is not ("enqueue-leave-note" or "leave"));

    [Theory]
    [MemberData(nameof(Documents))]
    public void What_the_official_helper_writes_is_read_without_a_complaint(string id)
    {
        var vector = Vectors.Get("twiml.json", "vectors", id);

        var (document, failure) = TwimlDocument.Parse(vector.GetProperty("xml").GetString()!);

        Assert.Null(failure);

        // The helper's own quirks: a callerId that is no number, and a conference name that is none, are values and not names.
        Assert.DoesNotContain(document!.Issues, issue => issue.Code == 12200);
        AssertSame(vector.GetProperty("tree")[2], document.Verbs);
    }

    [Theory]
    [InlineData("", "text/xml", 11770)]
    [InlineData("<Response>", "text/xml", 12100)]
    [InlineData("\n<?xml version=\"1.0\"?><Response/>", "text/xml", 12100)]
    [InlineData("\uFEFF<Response/>", "text/xml", 12100)]
    [InlineData("<!DOCTYPE a [<!ENTITY b \"c\">]><Response>&b;</Response>", "text/xml", 12100)]
    [InlineData("<html/>", "text/html", 12102)]
    [InlineData("<Response/>", null, 12300)]
    [InlineData("{}", "application/json", 12300)]
    public void What_is_no_twiml_has_twilios_number(string body, string? type, int code)
    {
        var (document, failure) = TwimlDocument.Read(Encoding.UTF8.GetBytes(body), type, "http://localhost/");

        Assert.Null(document);
        Assert.Equal(code, failure!.Code);
    }

    [Theory]
    [InlineData("<Response><Shout>Hello</Shout></Response>", 12200)]
    [InlineData("<Response><Enqueue>sales</Enqueue></Response>", 12200)]
    [InlineData("<Response><Say loudness=\"11\">Hello</Say></Response>", 12200)]
    [InlineData("<Response><Dial><Conference startconferenceonenter=\"true\">sales</Conference></Dial></Response>", 12200)]
    [InlineData("<Response><Dial><Conference endConferenceOnExit=\"yes\">sales</Conference></Dial></Response>", 13231)]
    [InlineData("<Response><Dial><Conference statusCallbackEvent=\"start,end\">sales</Conference></Dial></Response>", 12201)]
    [InlineData("<Response><Reject reason=\"tired\"/></Response>", 13810)]
    public void What_twilio_does_not_know_is_reported_and_the_rest_is_carried_out(string xml, int code)
    {
        var (document, failure) = TwimlDocument.Parse(xml);

        Assert.Null(failure);
        Assert.Equal(code, Assert.Single(document!.Issues).Code);
    }

    [Fact]
    public void A_text_that_is_no_twiml_is_spoken_and_a_sound_is_played()
    {
        var (spoken, _) = TwimlDocument.Read("Hello there"u8.ToArray(), "text/plain", "http://localhost/");
        var (played, _) = TwimlDocument.Read([1, 2, 3], "audio/wav", "http://localhost/a.wav");

        Assert.Equal(["Say", "Hangup"], spoken!.Verbs.Select(verb => verb.Name));
        Assert.Equal("http://localhost/a.wav", played!.Verbs[0].Text);
    }

    private static void AssertSame(JsonElement expected, IReadOnlyList<Verb> actual)
    {
        var elements = expected.EnumerateArray().Where(node => node.ValueKind == JsonValueKind.Array).ToList();
        Assert.Equal(elements.Select(node => node[0].GetString()), actual.Select(verb => verb.Name));
        foreach (var (node, verb) in elements.Zip(actual))
        {
            Assert.Equal(
                node[1].EnumerateObject().ToDictionary(
                    attribute => attribute.Name, attribute => attribute.Value.GetString()!, StringComparer.Ordinal),
                verb.Attributes.ToDictionary(attribute => attribute.Key, attribute => attribute.Value, StringComparer.Ordinal));
            if (node.GetArrayLength() < 3)
            {
                Assert.Empty(verb.Children);
            }
            else if (node[2].ValueKind == JsonValueKind.String)
            {
                Assert.Equal(node[2].GetString(), verb.Text);
            }
            else if (verb.Name != "Say")
            {
                AssertSame(node[2], verb.Children);
            }
        }
    }
}
