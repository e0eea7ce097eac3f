using System.Text.Json;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Twilio.TwiML;
using Twilio.TwiML.Voice;
using UppalCrm.Web.Twilio;
using HttpMethod = Twilio.Http.HttpMethod;
using Task = System.Threading.Tasks.Task;
using TwimlRecord = Twilio.TwiML.Voice.Record;

namespace UppalCrm.Tests.Twilio;

/// <summary>What we give a leg to do, and the library's documents against those of Twilio's Node library.</summary>
public sealed class VoiceDocumentsTests
{
    private const string File = "twiml.json";

    private static readonly Dictionary<string, VoiceResponse> Documents = new(StringComparer.Ordinal)
    {
        ["empty"] = Document(),
        ["conference-agent"] = Document(Dial(new Conference("r-42")
        {
            Beep = "false",
            StartConferenceOnEnter = true,
            EndConferenceOnExit = false,
            ParticipantLabel = "agent-7",
            StatusCallback = new Uri("https://voice.example.com/twilio/conference?room=r-42&leg=1"),
            StatusCallbackEvent = ["start", "end", "join", "leave", "mute", "hold", "modify"],
            StatusCallbackMethod = HttpMethod.Post,
            Record = "record-from-start",
            RecordingStatusCallback = new Uri("https://voice.example.com/twilio/recording?room=r-42"),
            RecordingStatusCallbackMethod = HttpMethod.Post,
            RecordingStatusCallbackEvent = ["in-progress", "completed", "absent"],
            Trim = "do-not-trim",
        })),
        ["conference-silent-wait"] = Document(Dial(new Conference("r-42") { WaitUrl = new Uri("", UriKind.Relative), Beep = "onEnter" })),
        ["conference-coach"] = Document(Dial(new Conference("r-42")
        {
            Beep = "false",
            StartConferenceOnEnter = false,
            EndConferenceOnExit = false,
            Coach = "CA00000000000000000000000000000002",
            ParticipantLabel = "supervisor-1",
        })),
        ["hold-music"] = Document(
            new Say("Thank you for waiting.") { Language = "en-US", Voice = "Polly.Joanna-Neural" },
            new Play(new Uri("https://voice.example.com/media/hold.mp3")),
            new Redirect(new Uri("https://voice.example.com/twilio/hold-music"), HttpMethod.Post)),
        ["hold-music-loop"] = Document(new Play(new Uri("https://voice.example.com/media/hold.mp3"), loop: 0)),
        ["say-record"] = Document(new Say("Record after the beep."), new TwimlRecord()),
        ["reject-busy"] = Document(new Reject("busy")),
        ["gather-digits"] = Document(
            new Gather
            {
                Action = new Uri("https://voice.example.com/twilio/ivr/main"),
                Method = HttpMethod.Post,
                NumDigits = 1,
                Timeout = 5,
                FinishOnKey = "#",
                Input = ["dtmf"],
                ActionOnEmptyResult = false,
            }.Append(new Say("For sales press 1. For support press 2.")).Append(new Pause(1)),
            new Redirect(new Uri("https://voice.example.com/twilio/ivr/no-input"), HttpMethod.Post)),
        ["gather-finish-none"] = Document(new Gather
        {
            Action = new Uri("https://voice.example.com/twilio/ivr/pin"),
            FinishOnKey = "",
            NumDigits = 4,
        }.Append(new Play(new Uri("https://voice.example.com/media/pin.wav")))),
        ["dial-number"] = Document(new Dial
        {
            AnswerOnBridge = true,
            CallerId = "+14155550100",
            Timeout = 20,
            TimeLimit = 3600,
            Action = new Uri("https://voice.example.com/twilio/dial-done"),
            Method = HttpMethod.Post,
            Record = "record-from-answer-dual",
            RecordingStatusCallback = new Uri("https://voice.example.com/twilio/recording"),
            RecordingStatusCallbackMethod = HttpMethod.Post,
            RecordingStatusCallbackEvent = ["completed"],
        }.Append(new Number("+14155550123")
        {
            StatusCallback = new Uri("https://voice.example.com/twilio/status"),
            StatusCallbackEvent = ["initiated", "ringing", "answered", "completed"],
            StatusCallbackMethod = HttpMethod.Post,
            Url = new Uri("https://voice.example.com/twilio/whisper"),
            Method = HttpMethod.Post,
        })),
        ["dial-client"] = Document(new Dial { CallerId = "+14155550199", Timeout = 25 }.Append(new Client
        {
            StatusCallback = new Uri("https://voice.example.com/twilio/status"),
            StatusCallbackEvent = ["initiated", "ringing", "answered", "completed"],
        }
            .Append(new Identity("agent_7"))
            .Append(new Parameter("contactName", "Zoë \"Z\" O'Neil & Søn <x>"))
            .Append(new Parameter("room", "r-42")))),
        ["dial-simultaneous"] = Document(
            new Dial { Timeout = 15, CallerId = "+14155550100" }.Append(new Client("agent_7")).Append(new Number("+14155550123")),
            new Redirect(new Uri("https://voice.example.com/twilio/no-answer"))),
        ["redirect-relative"] = Document(new Redirect(new Uri("/twilio/next?a=1&b=2", UriKind.Relative), HttpMethod.Get)),
        ["say-hangup"] = Document(
            new Say("Wir haben geschlossen – bis morgen.") { Voice = "woman", Language = "de-DE", Loop = 2 },
            new Hangup()),
        ["pause-hangup"] = Document(new Pause(10), new Hangup()),
        ["whitespace"] = Document(
            new Say("line one\nline two\tend"),
            new Dial { CallerId = "+1", Action = new Uri("https://voice.example.com/a?n=1\n2") }.Append(new Number("+14155550123"))),
        ["play-digits"] = Document(new Play { Digits = "1234#" }),
        ["enqueue-leave-note"] = Document(new Enqueue("support")
        {
            WaitUrl = new Uri("https://voice.example.com/twilio/queue-wait"),
            WaitUrlMethod = HttpMethod.Post,
            Action = new Uri("https://voice.example.com/twilio/queue-left"),
        }),
        ["leave"] = Document(new Leave()),
    };

    public static IEnumerable<TheoryDataRow<string>> Ids => Vectors.Ids(File, "vectors");

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_document_is_the_official_helpers_tree(string id)
    {
        var vector = Vectors.Get(File, "vectors", id);
        var ours = Parsed(Documents[id], LoadOptions.PreserveWhitespace);

        Assert.True(XNode.DeepEquals(Sorted(XElement.Parse(vector.GetProperty("xml").GetString()!, LoadOptions.PreserveWhitespace)),
            Sorted(ours)), ours.ToString());
        Assert.True(XNode.DeepEquals(Sorted(TreeOf(vector.GetProperty("tree"))), Sorted(ours)), ours.ToString());
    }

    [Theory]
    [InlineData("a\0b", "ab")]
    [InlineData("a\u0007b", "ab")]
    [InlineData("a\u000Bb", "ab")]
    [InlineData("a\uFFFEb", "ab")]
    [InlineData("a\uFFFFb", "ab")]
    [InlineData("a\u007Fb", "a\u007Fb")]
    [InlineData("a\u0085b", "a\u0085b")]
    [InlineData("😀", "😀")]
    public void What_XML_cannot_write_is_left_out_of_our_texts(string text, string expected)
    {
        var say = Parsed(Ours(new VoiceTexts { Sorry = text, Voice = text }).Apology()).Element("Say")!;

        Assert.Equal(expected, say.Value);
        Assert.Equal(expected, say.Attribute("voice")!.Value);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_left_out() =>
        Assert.Equal("ab", Parsed(Ours(new VoiceTexts { Sorry = "a" + '\uD800' + "b" }).Apology()).Value);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\u0001")]
    public void An_empty_text_is_a_second_of_silence(string text) =>
        Assert.Equal(["Pause", "Hangup"], Parsed(Ours(new VoiceTexts { Sorry = text }).Apology()).Elements()
            .Select(verb => verb.Name.LocalName));

    [Fact]
    public async Task The_answer_begins_with_its_declaration_and_no_byte_order_mark()
    {
        var http = new DefaultHttpContext();
        using var body = new MemoryStream();
        http.Response.Body = body;

        await new TwiMLResult(Document(new Hangup()), SaveOptions.DisableFormatting).ExecuteAsync(http);

        Assert.StartsWith("<?xml version=\"1.0\" encoding=\"utf-8\"?><Response", System.Text.Encoding.UTF8.GetString(body.ToArray()),
            StringComparison.Ordinal);
        Assert.Equal(("text/xml; charset=utf-8", body.Length), (http.Response.ContentType, http.Response.ContentLength));
    }

    private static VoiceDocuments Ours(VoiceTexts texts) =>
        new(StubTwilio.Options("https://api.twilio.com"), new Unchanging<VoiceTexts>(texts));

    private static XElement Parsed(VoiceResponse document, LoadOptions options = LoadOptions.None) =>
        XElement.Parse(document.ToString(SaveOptions.DisableFormatting), options);

    private static VoiceResponse Document(params global::Twilio.TwiML.TwiML[] verbs)
    {
        var document = new VoiceResponse();
        foreach (var verb in verbs)
        {
            document.Append(verb);
        }

        return document;
    }

    private static Dial Dial(Conference conference) => new Dial().Append(conference);

    private sealed class Unchanging<T>(T value) : IOptionsMonitor<T>
    {
        public T CurrentValue => value;

        public T Get(string? name) => value;

        public IDisposable? OnChange(Action<T, string?> listener) => null;
    }

    private static XElement TreeOf(JsonElement tree)
    {
        var element = new XElement(tree[0].GetString()!, tree[1].EnumerateObject()
            .Select(a => new XAttribute(a.Name, a.Value.GetString()!)));
        if (tree.GetArrayLength() > 2)
        {
            element.Add(tree[2].ValueKind == JsonValueKind.Array ? tree[2].EnumerateArray().Select(TreeOf) : tree[2].GetString());
        }

        return element;
    }

    private static XElement Sorted(XElement element) => new(
        element.Name,
        element.Attributes().OrderBy(a => a.Name.LocalName, StringComparer.Ordinal),
        element.Nodes().Select(node => node is XElement child ? Sorted(child) : node));
}
