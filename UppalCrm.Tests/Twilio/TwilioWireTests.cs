using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Twilio.Clients;
using Twilio.Rest.Api.V2010;
using Twilio.Rest.Api.V2010.Account;
using Twilio.Rest.Api.V2010.Account.Conference;
using Twilio.Types;
using CallRecording = Twilio.Rest.Api.V2010.Account.Call.RecordingResource;
using ConferenceRecording = Twilio.Rest.Api.V2010.Account.Conference.RecordingResource;
using HttpMethod = Twilio.Http.HttpMethod;
using PhoneNumber = UppalCrm.Core.PhoneNumbers.PhoneNumber;
using RecordingResource = Twilio.Rest.Api.V2010.Account.RecordingResource;
using TwilioNumber = Twilio.Types.PhoneNumber;

namespace UppalCrm.Tests.Twilio;

/// <summary>
/// What the library puts on the wire through our handler, against the requests of Twilio's Node library; and what the product asks for,
/// against the names in Twilio's OpenAPI file.
/// </summary>
public sealed partial class TwilioWireTests
{
    private const string File = "rest-wire.json";
    private const string Call = "CA00000000000000000000000000000001";
    private const string OtherCall = "CA00000000000000000000000000000002";
    private const string Room = "CF00000000000000000000000000000001";
    private const string Sound = "RE00000000000000000000000000000001";

    private static readonly CallSid Leg = new(Call);
    private static readonly TwilioNumber Customer = new("+15005550010");
    private static readonly TwilioNumber OurNumber = new("+15005550006");
    private static readonly List<string> AllEvents = ["initiated", "ringing", "answered", "completed"];
    private static readonly List<string> RoomEvents = ["start", "end", "join", "leave"];
    private static readonly List<string> SoundEvents = ["in-progress", "completed", "absent"];

    private static readonly Dictionary<string, Func<ITwilioRestClient, Task>> Requests = new(StringComparer.Ordinal)
    {
        ["call-create-url"] = twilio => CallResource.CreateAsync(
            Customer, OurNumber,
            url: new Uri("https://voice.example.com/t?a=1&b=2"),
            method: HttpMethod.Post,
            statusCallback: new Uri("https://voice.example.com/s"),
            statusCallbackEvent: AllEvents,
            statusCallbackMethod: HttpMethod.Post,
            timeout: 25,
            timeLimit: 3600,
            client: twilio),
        ["call-create-twiml"] = twilio => CallResource.CreateAsync(
            new Client("agent_7"), OurNumber, twiml: "<Response><Say>Grüß Gott & co</Say></Response>", client: twilio),
        ["call-create-record"] = twilio => CallResource.CreateAsync(
            Customer, OurNumber,
            applicationSid: "AP00000000000000000000000000000001",
            sendDigits: "ww12#",
            record: true,
            recordingChannels: "dual",
            recordingStatusCallback: "https://voice.example.com/r",
            recordingStatusCallbackEvent: SoundEvents,
            machineDetection: "DetectMessageEnd",
            asyncAmd: "true",
            client: twilio),
        ["call-cancel"] = twilio => CallResource.UpdateAsync(Call, status: CallResource.UpdateStatusEnum.Canceled, client: twilio),
        ["call-complete"] = twilio => CallResource.UpdateAsync(Call, status: CallResource.UpdateStatusEnum.Completed, client: twilio),
        ["call-redirect"] = twilio => CallResource.UpdateAsync(
            Call, url: new Uri("https://voice.example.com/next"), method: HttpMethod.Post, client: twilio),
        ["call-delete"] = twilio => CallResource.DeleteAsync(Call, client: twilio),
        ["call-list"] = twilio => CallResource.ReadAsync(
            to: Customer, parentCallSid: OtherCall, status: CallResource.StatusEnum.InProgress, pageSize: 20, client: twilio),
        ["call-list-dates"] = twilio => CallResource.ReadAsync(
            startTimeBefore: new DateTime(2025, 6, 18, 9, 0, 0, DateTimeKind.Utc),
            startTimeAfter: new DateTime(2025, 6, 17, 9, 0, 0, DateTimeKind.Utc),
            pageSize: 1,
            client: twilio),
        ["conference-list"] = twilio => ConferenceResource.ReadAsync(
            friendlyName: "room 42", status: ConferenceResource.StatusEnum.InProgress, pageSize: 1, client: twilio),
        ["conference-list-dates"] = twilio => ConferenceResource.ReadAsync(
            dateCreatedAfter: new DateTime(2025, 6, 17, 0, 0, 0, DateTimeKind.Utc), pageSize: 1, client: twilio),
        ["conference-fetch"] = twilio => ConferenceResource.FetchAsync(Room, client: twilio),
        ["conference-announce"] = twilio => ConferenceResource.UpdateAsync(
            Room, announceUrl: new Uri("https://voice.example.com/announce"), announceMethod: HttpMethod.Get, client: twilio),
        ["participant-create"] = twilio => ParticipantResource.CreateAsync(
            "room 42 ä", OurNumber, Customer,
            statusCallback: new Uri("https://voice.example.com/p"),
            statusCallbackEvent: AllEvents,
            label: "customer",
            timeout: 25,
            beep: "false",
            startConferenceOnEnter: true,
            endConferenceOnExit: false,
            waitUrl: new Uri("", UriKind.Relative),
            earlyMedia: true,
            conferenceRecord: "record-from-start",
            conferenceStatusCallback: new Uri("https://voice.example.com/c"),
            conferenceStatusCallbackEvent: RoomEvents,
            conferenceRecordingStatusCallback: new Uri("https://voice.example.com/cr"),
            conferenceRecordingStatusCallbackEvent: SoundEvents,
            client: twilio),
        ["participant-fetch"] = twilio => ParticipantResource.FetchAsync(Room, Call, client: twilio),
        ["participant-fetch-label"] = twilio => ParticipantResource.FetchAsync(Room, "agent 7", client: twilio),
        ["participant-hold"] = twilio => ParticipantResource.UpdateAsync(
            Room, Call, hold: true, holdUrl: new Uri("https://voice.example.com/hold"), holdMethod: HttpMethod.Post, client: twilio),
        ["participant-mute"] = twilio => ParticipantResource.UpdateAsync(Room, Call, muted: true, client: twilio),
        ["participant-coach"] = twilio =>
            ParticipantResource.UpdateAsync(Room, Call, coaching: true, callSidToCoach: OtherCall, client: twilio),
        ["participant-barge"] = twilio => ParticipantResource.UpdateAsync(Room, Call, muted: false, coaching: false, client: twilio),
        ["participant-announce"] = twilio => ParticipantResource.UpdateAsync(
            Room, Call, announceUrl: new Uri("https://voice.example.com/a"), client: twilio),
        ["participant-remove"] = twilio => ParticipantResource.DeleteAsync(Room, Call, client: twilio),
        ["participant-list"] = twilio => ParticipantResource.ReadAsync(Room, muted: false, hold: true, pageSize: 1, client: twilio),
        ["recording-pause-call"] = twilio => CallRecording.UpdateAsync(
            Call, "Twilio.CURRENT", CallRecording.StatusEnum.Paused, pauseBehavior: "silence", client: twilio),
        ["recording-resume-conference"] = twilio => ConferenceRecording.UpdateAsync(
            Room, "Twilio.CURRENT", ConferenceRecording.StatusEnum.InProgress, client: twilio),
        ["recording-fetch"] = twilio => RecordingResource.FetchAsync(Sound, client: twilio),
        ["recording-delete"] = twilio => RecordingResource.DeleteAsync(Sound, client: twilio),
        ["recording-list"] = twilio => RecordingResource.ReadAsync(
            conferenceSid: Room, dateCreatedAfter: new DateTime(2025, 6, 17, 9, 0, 0, DateTimeKind.Utc), pageSize: 1, client: twilio),
        ["conference-recording-list"] = twilio => ConferenceRecording.ReadAsync(Room, pageSize: 1, client: twilio),
        ["number-update"] = twilio => IncomingPhoneNumberResource.UpdateAsync(
            "PN00000000000000000000000000000001",
            voiceUrl: new Uri("https://voice.example.com/inbound"),
            voiceMethod: HttpMethod.Post,
            voiceFallbackUrl: new Uri("https://voice.example.com/fb"),
            statusCallback: new Uri("https://voice.example.com/s"),
            client: twilio),
        ["application-create"] = twilio => ApplicationResource.CreateAsync(
            friendlyName: "softphone", voiceUrl: new Uri("https://voice.example.com/client"), voiceMethod: HttpMethod.Post,
            client: twilio),
        ["caller-id-list"] = twilio => OutgoingCallerIdResource.ReadAsync(pageSize: 1, client: twilio),
        ["balance"] = twilio => BalanceResource.FetchAsync(client: twilio),
        ["account-fetch"] = twilio => AccountResource.FetchAsync(client: twilio),
    };

    /// <summary>All that the product asks for.</summary>
    private static readonly Dictionary<string, Func<ITelephony, CancellationToken, Task>> OurRequests = new(StringComparer.Ordinal)
    {
        ["dial"] = (telephony, token) => telephony.DialAsync(
            new DialOrder(7, "conf-1", PhoneNumber.Parse("+15005550010"), TimeSpan.FromSeconds(60), TimeSpan.FromHours(2)), token),
        ["find dialled"] = (telephony, token) => telephony.FindDialledLegAsync(
            new DialOrder(
                7, "conf-1", PhoneNumber.Parse("+15005550010"), TimeSpan.FromSeconds(60),
                TimeSpan.FromHours(2)), DateTimeOffset.UnixEpoch, token),
        ["find leg"] = (telephony, token) => telephony.FindLegAsync(Leg, token),
        ["find conference"] = (telephony, token) => telephony.FindConferenceAsync("conf-1", token),
        ["end leg"] = (telephony, token) => telephony.EndLegAsync(Leg, token),
        ["apologise"] = (telephony, token) => telephony.ApologiseAsync(Leg, token),
        ["take message"] = (telephony, token) => telephony.TakeMessageAsync(Leg, 7, token),
        ["hold"] = (telephony, token) => telephony.SetHoldAsync(Room, Leg, hold: true, token),
        ["resume"] = (telephony, token) => telephony.SetHoldAsync(Room, Leg, hold: false, token),
        ["restart wait"] = (telephony, token) => telephony.RestartWaitAsync(Room, Leg, ringing: true, token),
        ["barge"] = (telephony, token) => telephony.SetCoachingAsync(Room, Leg, SupervisorMode.Barge, coached: null, token),
        ["remove"] = (telephony, token) => telephony.RemoveParticipantAsync(Room, Leg, token),
    };

    public static IEnumerable<TheoryDataRow<string>> Ids => Vectors.Ids(File, "vectors");

    public static IEnumerable<TheoryDataRow<string>> Ours => OurRequests.Keys.Select(id => new TheoryDataRow<string>(id));

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task A_request_is_on_the_wire_as_the_official_helpers(string id)
    {
        if (id == "participant-create-slash-name")
        {
            Assert.DoesNotContain(id, Requests.Keys); // Node's library refuses it; see below for what we do.
            return;
        }

        var vector = Vectors.Get(File, "vectors", id);
        var seen = await SendAsync((stub, _) => Requests[id](stub.Client()));

        var expected = new SeenRequest(
            vector.GetProperty("method").GetString()!,
            vector.GetProperty("path_and_query").GetString()!,
            vector.TryGetProperty("content_type", out var type) ? type.GetString() : null,
            vector.GetProperty("body").GetString()!,
            "",
            "");
        Assert.Equal(expected.Method, seen.Method);
        Assert.Equal(expected.Path, seen.Path);
        // The C# library names a type for no body, too.
        Assert.Equal(expected.ContentType, seen.Body.Length > 0 ? seen.ContentType : null);
        Assert.Equal(InOrder(expected), InOrder(seen));
        Assert.Equal("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("SK00000000000000000000000000000001:secret")),
            seen.Authorization);
    }

    [Theory]
    [MemberData(nameof(Ours))]
    public async Task No_request_holds_a_name_that_Twilio_does_not_know(string id)
    {
        var seen = await SendAsync((stub, token) => OurRequests[id](stub.Telephony(), token));

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
    [InlineData("CF000000000000000000000000000000/1")]
    [InlineData("CF000000000000000000000000000000?1")]
    [InlineData("..")]
    [InlineData("")]
    public async Task A_name_that_would_lead_elsewhere_is_never_sent(string name)
    {
        await using var stub = await StubTwilio.StartAsync();
        var telephony = stub.Telephony();
        var token = TestContext.Current.CancellationToken;

        await Assert.ThrowsAsync<ArgumentException>(() => telephony.RemoveParticipantAsync(name, Leg, token));
        await Assert.ThrowsAsync<ArgumentException>(() => telephony.RemoveParticipantAsync(Room, new CallSid(name), token));
        await Assert.ThrowsAsync<ArgumentException>(() => telephony.SetRecordingPausedAsync(name, paused: true, token));
        await Assert.ThrowsAsync<ArgumentException>(() => telephony.OpenRecordingAsync(name, range: null, token));

        Assert.Empty(stub.Seen);
    }

    [Fact]
    public async Task Sample_answers_are_read()
    {
        await using var stub = await StubTwilio.StartAsync();
        var telephony = stub.Telephony();
        var token = TestContext.Current.CancellationToken;
        string Sample(string name) => Vectors.Read("rest-samples.json").GetProperty("samples").GetProperty(name).GetRawText();
        stub.Answers(201, Sample("POST /Calls.json 201")).Answers(200, Sample("GET /Calls/{Sid}.json 200"))
            .Answers(200, Sample("GET /Calls.json 200"))
            .Answers(200, $$"""{"conferences":[{{Sample("GET /Conferences/{Sid}.json 200")}}]}""")
            .Answers(200, $$"""{"participants":[{{Sample("POST /Conferences/{ConferenceSid}/Participants.json 201")}}]}""");
        var order = new DialOrder(7, "room-42", PhoneNumber.Parse("+15005550010"), TimeSpan.FromSeconds(60), TimeSpan.FromHours(2));

        var made = await telephony.DialAsync(order, token);
        var call = await telephony.FindLegAsync(Leg, token);
        var dialled = await telephony.FindDialledLegAsync(order, new DateTimeOffset(2025, 6, 17, 9, 0, 0, TimeSpan.Zero), token);
        var room = await telephony.FindConferenceAsync("room-42", token);

        Assert.IsType<DialAttempt.Accepted>(made);
        Assert.Equal(
            (Call, LegState.Completed, 42, new DateTimeOffset(2025, 6, 17, 9, 0, 0, TimeSpan.Zero)),
            (call!.Leg.Value, call.State, call.DurationSeconds, call.CreatedAt));
        Assert.Equal(Call, dialled?.Leg.Value);
        var party = Assert.Single(room!.Participants);
        Assert.Equal((OtherCall, "customer", false), (party.Leg.Value, party.Label, party.Muted));
    }

    private static async Task<SeenRequest> SendAsync(Func<StubTwilio, CancellationToken, Task> request)
    {
        await using var stub = await StubTwilio.StartAsync();
        stub.Answers(200, """
            {"sid":"X","call_sid":"X","calls":[],"conferences":[],"participants":[],"recordings":[],"incoming_phone_numbers":[],"outgoing_caller_ids":[]}
            """);
        await request(stub, TestContext.Current.CancellationToken);
        return Assert.Single(stub.Seen);
    }

    /// <summary>Order does not matter, nor does the page size when the helper sent none.</summary>
    private static IEnumerable<string> InOrder(SeenRequest request) =>
        request.Fields.Where(field => field.Key != "PageSize").Select(field => $"{field.Key}={field.Value}")
            .Order(StringComparer.Ordinal);

    private static bool Matches(string operation, SeenRequest seen)
    {
        var parts = operation.Split(' ', 2);
        var pattern = "^" + Placeholder().Replace(Regex.Escape(parts[1]).Replace("\\{", "{", StringComparison.Ordinal), "[^/]+?") + "$";
        return parts[0] == seen.Method && Regex.IsMatch(seen.Path, pattern, RegexOptions.None, TimeSpan.FromSeconds(1))
            && !(parts[1].EndsWith("}.json", StringComparison.Ordinal) && parts[1].Count('/') != seen.Path.Count('/'));
    }

    private static IEnumerable<string> Names(JsonElement operation, string part) =>
        operation.TryGetProperty(part, out var names) && names.ValueKind == JsonValueKind.Object
            ? names.EnumerateObject().Select(name => name.Name)
            : [];

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Placeholder();
}
