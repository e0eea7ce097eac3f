using System.Text.Json;
using System.Xml.Linq;
using UppalCrm.Web.Twilio;

namespace UppalCrm.Tests.Twilio;

public sealed class VoiceResponseTests
{
    private const string File = "twiml.json";

    private static readonly Dictionary<string, VoiceResponse> Documents = new(StringComparer.Ordinal)
    {
        ["empty"] = new(),
        ["conference-agent"] = new(new Dial(new Conference("r-42")
        {
            Beep = "false",
            StartConferenceOnEnter = true,
            EndConferenceOnExit = false,
            ParticipantLabel = "agent-7",
            StatusCallback = "https://voice.example.com/twilio/conference?room=r-42&leg=1",
            StatusCallbackEvent = "start end join leave mute hold modify",
            StatusCallbackMethod = "POST",
            Record = "record-from-start",
            RecordingStatusCallback = "https://voice.example.com/twilio/recording?room=r-42",
            RecordingStatusCallbackMethod = "POST",
            RecordingStatusCallbackEvent = "in-progress completed absent",
            Trim = "do-not-trim",
        })),
        ["conference-silent-wait"] = new(new Dial(new Conference("r-42") { WaitUrl = "", Beep = "onEnter" })),
        ["conference-coach"] = new(new Dial(new Conference("r-42")
        {
            Beep = "false",
            StartConferenceOnEnter = false,
            EndConferenceOnExit = false,
            Coach = "CA00000000000000000000000000000002",
            ParticipantLabel = "supervisor-1",
        })),
        ["hold-music"] = new(
            new Say("Thank you for waiting.") { Language = "en-US", Voice = "Polly.Joanna-Neural" },
            new Play("https://voice.example.com/media/hold.mp3"),
            new Redirect("https://voice.example.com/twilio/hold-music") { Method = "POST" }),
        ["hold-music-loop"] = new(new Play("https://voice.example.com/media/hold.mp3") { Loop = 0 }),
        ["say-record"] = new(new Say("Record after the beep."), new UppalCrm.Web.Twilio.Record()),
        ["reject-busy"] = new(new Reject("busy")),
        ["gather-digits"] = new(
            new Gather(new Say("For sales press 1. For support press 2."), new Pause(TimeSpan.FromSeconds(1)))
            {
                Action = "https://voice.example.com/twilio/ivr/main",
                Method = "POST",
                NumDigits = 1,
                Timeout = TimeSpan.FromSeconds(5),
                FinishOnKey = "#",
                Input = "dtmf",
                ActionOnEmptyResult = false,
            },
            new Redirect("https://voice.example.com/twilio/ivr/no-input") { Method = "POST" }),
        ["gather-finish-none"] = new(new Gather(new Play("https://voice.example.com/media/pin.wav"))
        {
            Action = "https://voice.example.com/twilio/ivr/pin",
            FinishOnKey = "",
            NumDigits = 4,
        }),
        ["dial-number"] = new(new Dial(new Number("+14155550123")
        {
            StatusCallback = "https://voice.example.com/twilio/status",
            StatusCallbackEvent = "initiated ringing answered completed",
            StatusCallbackMethod = "POST",
            Url = "https://voice.example.com/twilio/whisper",
            Method = "POST",
        })
        {
            AnswerOnBridge = true,
            CallerId = "+14155550100",
            Timeout = TimeSpan.FromSeconds(20),
            TimeLimit = TimeSpan.FromHours(1),
            Action = "https://voice.example.com/twilio/dial-done",
            Method = "POST",
            Record = "record-from-answer-dual",
            RecordingStatusCallback = "https://voice.example.com/twilio/recording",
            RecordingStatusCallbackMethod = "POST",
            RecordingStatusCallbackEvent = "completed",
        }),
        ["dial-client"] = new(new Dial(new Client(
            null,
            new Identity("agent_7"),
            new Parameter("contactName", "Zoë \"Z\" O'Neil & Søn <x>"),
            new Parameter("room", "r-42"))
        {
            StatusCallback = "https://voice.example.com/twilio/status",
            StatusCallbackEvent = "initiated ringing answered completed",
        })
        {
            CallerId = "+14155550199",
            Timeout = TimeSpan.FromSeconds(25),
        }),
        ["dial-simultaneous"] = new(
            new Dial(new Client("agent_7"), new Number("+14155550123")) { Timeout = TimeSpan.FromSeconds(15), CallerId = "+14155550100" },
            new Redirect("https://voice.example.com/twilio/no-answer")),
        ["redirect-relative"] = new(new Redirect("/twilio/next?a=1&b=2") { Method = "GET" }),
        ["say-hangup"] = new(
            new Say("Wir haben geschlossen – bis morgen.") { Voice = "woman", Language = "de-DE", Loop = 2 },
            new Hangup()),
        ["pause-hangup"] = new(new Pause(TimeSpan.FromSeconds(10)), new Hangup()),
        ["whitespace"] = new(
            new Say("line one\nline two\tend"),
            new Dial(new Number("+14155550123")) { CallerId = "+1", Action = "https://voice.example.com/a?n=1\n2" }),
        ["play-digits"] = new(new Play { Digits = "1234#" }),
        ["enqueue-leave-note"] = new(new Enqueue("support")
        {
            WaitUrl = "https://voice.example.com/twilio/queue-wait",
            WaitUrlMethod = "POST",
            Action = "https://voice.example.com/twilio/queue-left",
        }),
        ["leave"] = new(new Leave()),
    };

    public static IEnumerable<TheoryDataRow<string>> Ids => Vectors.Ids(File, "vectors");

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_document_is_the_official_helpers_tree(string id)
    {
        var vector = Vectors.Get(File, "vectors", id);
        var ours = XElement.Parse(Documents[id].ToString(), LoadOptions.PreserveWhitespace);

        Assert.True(XNode.DeepEquals(Sorted(XElement.Parse(vector.GetProperty("xml").GetString()!, LoadOptions.PreserveWhitespace)), Sorted(ours)), ours.ToString());
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
    public void What_XML_cannot_write_is_left_out(string text, string expected)
    {
        var say = XElement.Parse(new VoiceResponse(new Say(text) { Voice = text }).ToString()).Element("Say")!;

        Assert.Equal(expected, say.Value);
        Assert.Equal(expected, say.Attribute("voice")!.Value);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_left_out() =>
        Assert.Equal("ab", XElement.Parse(new VoiceResponse(new Say("a" + '\uD800' + "b")).ToString()).Value);

    [Fact]
    public void The_document_begins_with_its_declaration_and_no_byte_order_mark() =>
        Assert.StartsWith("<?xml version=\"1.0\" encoding=\"utf-8\"?><Response", new VoiceResponse(new Hangup()).ToString(), StringComparison.Ordinal);

    private static XElement TreeOf(JsonElement tree)
    {
        var element = new XElement(tree[0].GetString()!, tree[1].EnumerateObject().Select(a => new XAttribute(a.Name, a.Value.GetString()!)));
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
