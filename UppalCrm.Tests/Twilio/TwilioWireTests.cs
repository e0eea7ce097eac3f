using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using UppalCrm.Web.Twilio;

namespace UppalCrm.Tests.Twilio;

/// <summary>What the client puts on the wire, against the requests of Twilio's official Node helper and the names in Twilio's OpenAPI file.</summary>
public sealed partial class TwilioWireTests
{
    private const string File = "rest-wire.json";
    private const string Call = "CA00000000000000000000000000000001";
    private const string OtherCall = "CA00000000000000000000000000000002";
    private const string Room = "CF00000000000000000000000000000001";
    private const string Sound = "RE00000000000000000000000000000001";

    private static readonly string[] AllEvents = ["initiated", "ringing", "answered", "completed"];
    private static readonly string[] RoomEvents = ["start", "end", "join", "leave"];
    private static readonly string[] SoundEvents = ["in-progress", "completed", "absent"];

    /// <summary>Operations of the vector file that this application has no use for.</summary>
    private static readonly HashSet<string> Unused = new(StringComparer.Ordinal)
    {
        "call-create-record", "call-delete", "recording-pause-call", "caller-id-list", "balance", "account-fetch",
    };

    private static readonly Dictionary<string, Func<TwilioClient, CancellationToken, Task>> Requests = new(StringComparer.Ordinal)
    {
        ["call-create-url"] = (twilio, token) => twilio.CreateCallAsync(
            new CallOrder("+15005550010", "+15005550006")
            {
                Method = "POST",
                StatusCallback = "https://voice.example.com/s",
                StatusCallbackEvents = AllEvents,
                StatusCallbackMethod = "POST",
                Timeout = TimeSpan.FromSeconds(25),
                TimeLimit = TimeSpan.FromHours(1),
                Url = "https://voice.example.com/t?a=1&b=2",
            }, token),
        ["call-create-twiml"] = (twilio, token) => twilio.CreateCallAsync(
            new CallOrder("client:agent_7", "+15005550006") { Twiml = "<Response><Say>Grüß Gott & co</Say></Response>" }, token),
        ["call-cancel"] = (twilio, token) => twilio.CancelCallAsync(Call, token),
        ["call-complete"] = (twilio, token) => twilio.CompleteCallAsync(Call, token),
        ["call-redirect"] = (twilio, token) => twilio.RedirectCallAsync(Call, "https://voice.example.com/next", "POST", token),
        ["call-list"] = (twilio, token) => twilio.ListCallsAsync(token, to: "+15005550010", parentCallSid: OtherCall, status: "in-progress", pageSize: 20),
        ["call-list-dates"] = (twilio, token) => twilio.ListCallsAsync(
            token,
            startedBefore: new DateTimeOffset(2025, 6, 18, 11, 0, 0, TimeSpan.FromHours(2)),
            startedAfter: new DateTimeOffset(2025, 6, 17, 9, 0, 0, TimeSpan.Zero),
            pageSize: 1),
        ["conference-list"] = (twilio, token) => twilio.ListConferencesAsync(token, friendlyName: "room 42", status: "in-progress", pageSize: 1),
        ["conference-list-dates"] = (twilio, token) => twilio.ListConferencesAsync(token, createdAfter: new DateOnly(2025, 6, 17), pageSize: 1),
        ["conference-fetch"] = (twilio, token) => twilio.FindConferenceAsync(Room, token),
        ["conference-announce"] = (twilio, token) => twilio.AnnounceAsync(Room, "https://voice.example.com/announce", "GET", token),
        ["participant-create"] = (twilio, token) => twilio.AddParticipantAsync(
            "room 42 ä",
            new ParticipantOrder("+15005550010", "+15005550006")
            {
                StatusCallback = "https://voice.example.com/p",
                StatusCallbackEvents = AllEvents,
                Label = "customer",
                Timeout = TimeSpan.FromSeconds(25),
                Beep = "false",
                StartConferenceOnEnter = true,
                EndConferenceOnExit = false,
                WaitUrl = "",
                EarlyMedia = true,
                ConferenceRecord = "record-from-start",
                ConferenceStatusCallback = "https://voice.example.com/c",
                ConferenceStatusCallbackEvents = RoomEvents,
                ConferenceRecordingStatusCallback = "https://voice.example.com/cr",
                ConferenceRecordingStatusCallbackEvents = SoundEvents,
            }, token),
        ["participant-fetch"] = (twilio, token) => twilio.FindParticipantAsync(Room, Call, token),
        ["participant-fetch-label"] = (twilio, token) => twilio.FindParticipantAsync(Room, "agent 7", token),
        ["participant-hold"] = (twilio, token) => twilio.UpdateParticipantAsync(
            Room, Call, new ParticipantChange { Hold = true, HoldUrl = "https://voice.example.com/hold", HoldMethod = "POST" }, token),
        ["participant-mute"] = (twilio, token) => twilio.UpdateParticipantAsync(Room, Call, new ParticipantChange { Muted = true }, token),
        ["participant-coach"] = (twilio, token) => twilio.UpdateParticipantAsync(
            Room, Call, new ParticipantChange { Coaching = true, CallSidToCoach = OtherCall }, token),
        ["participant-barge"] = (twilio, token) => twilio.UpdateParticipantAsync(Room, Call, new ParticipantChange { Muted = false, Coaching = false }, token),
        ["participant-announce"] = (twilio, token) => twilio.UpdateParticipantAsync(
            Room, Call, new ParticipantChange { AnnounceUrl = "https://voice.example.com/a" }, token),
        ["participant-remove"] = (twilio, token) => twilio.RemoveParticipantAsync(Room, Call, token),
        ["participant-list"] = (twilio, token) => twilio.ListParticipantsAsync(Room, token, muted: false, hold: true, pageSize: 1),
        ["recording-resume-conference"] = (twilio, token) => twilio.ResumeConferenceRecordingAsync(Room, token),
        ["recording-fetch"] = (twilio, token) => twilio.FindRecordingAsync(Sound, token),
        ["recording-delete"] = (twilio, token) => twilio.DeleteRecordingAsync(Sound, token),
        ["recording-list"] = (twilio, token) => twilio.ListRecordingsAsync(
            token, conferenceSid: Room, createdAfter: new DateTimeOffset(2025, 6, 17, 9, 0, 0, TimeSpan.Zero), pageSize: 1),
        ["conference-recording-list"] = (twilio, token) => twilio.ListConferenceRecordingsAsync(Room, token, pageSize: 1),
        ["number-update"] = (twilio, token) => twilio.UpdateNumberAsync(
            "PN00000000000000000000000000000001", "https://voice.example.com/inbound", "POST", "https://voice.example.com/fb", "https://voice.example.com/s", token),
        ["application-create"] = (twilio, token) => twilio.CreateApplicationAsync("softphone", "https://voice.example.com/client", "POST", token),
    };

    /// <summary>What the client can do and the vector file does not hold.</summary>
    private static readonly Dictionary<string, Func<TwilioClient, CancellationToken, Task>> Others = new(StringComparer.Ordinal)
    {
        ["conference-end"] = (twilio, token) => twilio.EndConferenceAsync(Room, token),
        ["recording-pause-conference"] = (twilio, token) => twilio.PauseConferenceRecordingAsync(Room, token),
        ["call-redirect-twiml"] = (twilio, token) => twilio.RedirectCallAsync(Call, new VoiceResponse(new Hangup()), token),
        ["call-fetch"] = (twilio, token) => twilio.FindCallAsync(Call, token),
        ["number-list"] = (twilio, token) => twilio.ListNumbersAsync(token, "+15005550006"),
        ["application-list"] = (twilio, token) => twilio.ListApplicationsAsync(token, "softphone"),
        ["participant-exit"] = (twilio, token) => twilio.UpdateParticipantAsync(Room, Call, new ParticipantChange { EndConferenceOnExit = false }, token),
    };

    public static IEnumerable<TheoryDataRow<string>> Ids => Vectors.Ids(File, "vectors");

    public static IEnumerable<TheoryDataRow<string>> Ours => Requests.Keys.Concat(Others.Keys).Select(id => new TheoryDataRow<string>(id));

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task A_request_is_on_the_wire_as_the_official_helpers(string id)
    {
        if (Unused.Contains(id) || id == "participant-create-slash-name")
        {
            Assert.DoesNotContain(id, Requests.Keys);
            return;
        }

        var vector = Vectors.Get(File, "vectors", id);
        var seen = await SendAsync(Requests[id]);

        var expected = new SeenRequest(
            vector.GetProperty("method").GetString()!,
            vector.GetProperty("path_and_query").GetString()!,
            vector.TryGetProperty("content_type", out var type) ? type.GetString() : null,
            vector.GetProperty("body").GetString()!,
            "",
            "");
        Assert.Equal(expected.Method, seen.Method);
        Assert.Equal(expected.Path, seen.Path);
        Assert.Equal(expected.ContentType, seen.ContentType);
        Assert.Equal(InOrder(expected), InOrder(seen));
        Assert.Equal("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("SK00000000000000000000000000000001:secret")), seen.Authorization);
    }

    [Theory]
    [MemberData(nameof(Ours))]
    public async Task No_request_holds_a_name_that_Twilio_does_not_know(string id)
    {
        var seen = await SendAsync(Requests.GetValueOrDefault(id) ?? Others[id]);

        var operations = Vectors.Read("rest-fields.json").GetProperty("operations").EnumerateObject();
        var operation = operations.Single(candidate => Matches(candidate.Name, seen)).Value;
        var known = Names(operation, "query").Concat(Names(operation, "form")).ToHashSet(StringComparer.Ordinal);
        Assert.All(seen.Fields, field => Assert.Contains(field.Key, known));
        Assert.All(
            operation.TryGetProperty("required", out var required) ? required.EnumerateArray().Select(name => name.GetString()!) : [],
            name => Assert.Contains(name, seen.Fields.Select(field => field.Key)));
    }

    [Theory]
    [InlineData("room/42")]
    [InlineData("room?42")]
    [InlineData("..")]
    [InlineData("")]
    public async Task A_name_that_would_lead_elsewhere_is_never_sent(string name)
    {
        await using var stub = await StubTwilio.StartAsync();
        using var twilio = stub.Client();

        await Assert.ThrowsAsync<ArgumentException>(() => twilio.AddParticipantAsync(name, new ParticipantOrder("+15005550010", "+15005550006"), TestContext.Current.CancellationToken));

        Assert.Empty(stub.Seen);
    }

    [Fact]
    public async Task Sample_answers_are_read()
    {
        await using var stub = await StubTwilio.StartAsync();
        using var twilio = stub.Client();
        var token = TestContext.Current.CancellationToken;
        string Sample(string name) => Vectors.Read("rest-samples.json").GetProperty("samples").GetProperty(name).GetRawText();
        stub.Answers(201, Sample("POST /Calls.json 201")).Answers(200, Sample("GET /Calls/{Sid}.json 200")).Answers(200, Sample("GET /Calls.json 200"))
            .Answers(200, Sample("GET /Conferences/{Sid}.json 200")).Answers(201, Sample("POST /Conferences/{ConferenceSid}/Participants.json 201"))
            .Answers(200, Sample("GET /Recordings/{Sid}.json 200"));

        var made = await twilio.CreateCallAsync(new CallOrder("+15005550010", "+15005550006"), token);
        var call = await twilio.FindCallAsync(Call, token);
        var calls = await twilio.ListCallsAsync(token);
        var room = await twilio.FindConferenceAsync(Room, token);
        var party = await twilio.AddParticipantAsync("room-42", new ParticipantOrder("+15005550010", "+15005550006"), token);
        var sound = await twilio.FindRecordingAsync(Sound, token);

        Assert.Equal(("queued", (int?)null, (DateTimeOffset?)null), (made.Status, made.DurationSeconds, made.CreatedAt));
        Assert.Equal(("completed", 42, new DateTimeOffset(2025, 6, 17, 9, 0, 0, TimeSpan.Zero)), (call!.Status, call.DurationSeconds, call.CreatedAt));
        Assert.Equal(Call, Assert.Single(calls).Sid);
        Assert.Equal(("room-42", "in-progress", (string?)null), (room!.FriendlyName, room.Status, room.ReasonEnded));
        Assert.Equal((OtherCall, "customer", false), (party.CallSid, party.Label, party.Muted));
        Assert.Equal(("completed", 41, 1), (sound!.Status, sound.DurationSeconds, sound.Channels));
    }

    private static async Task<SeenRequest> SendAsync(Func<TwilioClient, CancellationToken, Task> request)
    {
        await using var stub = await StubTwilio.StartAsync();
        using var twilio = stub.Client();
        stub.Answers(200, """
            {"sid":"X","call_sid":"X","calls":[],"conferences":[],"participants":[],"recordings":[],"incoming_phone_numbers":[],"applications":[]}
            """);
        await request(twilio, TestContext.Current.CancellationToken);
        return Assert.Single(stub.Seen);
    }

    /// <summary>Order does not matter, nor does the page size when the helper sent none.</summary>
    private static IEnumerable<string> InOrder(SeenRequest request) =>
        request.Fields.Where(field => field.Key != "PageSize").Select(field => $"{field.Key}={field.Value}").Order(StringComparer.Ordinal);

    private static bool Matches(string operation, SeenRequest seen)
    {
        var parts = operation.Split(' ', 2);
        var pattern = "^" + Placeholder().Replace(Regex.Escape(parts[1]).Replace("\\{", "{", StringComparison.Ordinal), "[^/]+?") + "$";
        return parts[0] == seen.Method && Regex.IsMatch(seen.Path, pattern, RegexOptions.None, TimeSpan.FromSeconds(1))
            && !(parts[1].EndsWith("}.json", StringComparison.Ordinal) && parts[1].Count('/') != seen.Path.Count('/'));
    }

    private static IEnumerable<string> Names(JsonElement operation, string part) =>
        operation.TryGetProperty(part, out var names) && names.ValueKind == JsonValueKind.Object ? names.EnumerateObject().Select(name => name.Name) : [];

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Placeholder();
}
