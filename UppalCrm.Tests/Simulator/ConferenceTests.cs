using UppalCrm.Simulator.Sim;

namespace UppalCrm.Tests.Simulator;

public sealed class ConferenceTests : SimulatorTests
{
    [Fact]
    public async Task A_caller_waits_with_music_until_an_agent_comes()
    {
        AnswerAsACallCentre();

        var caller = await Network.PlaceCallAsync(Maya, Business);
        await CallIs(caller, "in-progress");
        await ConferenceHas("incoming-" + caller, 1);
        Assert.Equal("music", (await Network.StateAsync()).Call(caller)!.Hears);
        Assert.Null((await Conference("incoming-" + caller))!.StartedAt);

        var agent = await Network.ConnectSoftphoneAsync(
            "agent_7", new Dictionary<string, string> { ["conference"] = "incoming-" + caller, ["participant"] = "agent" });
        await ConferenceHas("incoming-" + caller, 2);
        var conference = await Conference("incoming-" + caller);
        Assert.NotNull(conference!.StartedAt);
        Assert.Equal([agent], conference.Participants.Single(one => one.CallSid == caller).Hears);
        Assert.Equal([caller], conference.Participants.Single(one => one.CallSid == agent).Hears);
        Assert.Equal("people", (await Network.StateAsync()).Call(caller)!.Hears);
    }

    [Fact]
    public async Task Voice_requests_say_what_twilio_says()
    {
        AnswerAsACallCentre();

        var caller = await Network.PlaceCallAsync(Maya, Business);
        var agent = await Network.ConnectSoftphoneAsync(
            "agent_7", new Dictionary<string, string> { ["conference"] = "c & 1", ["participant"] = "agent" });
        await Eventually(() => Customer.At("voice").Count == 2, "two voice requests");

        var phone = Customer.At("voice").Single(told => told["CallSid"] == caller);
        Assert.True(phone.IsSigned);
        Assert.Equal("TwilioProxy/1.1", phone.UserAgent);
        Assert.Equal(
            (Maya, Business, "ringing", "inbound", Account),
            (phone["From"], phone["To"], phone["CallStatus"], phone["Direction"], phone["AccountSid"]));
        Assert.Equal(("2010-04-01", "US", Maya, Business), (phone["ApiVersion"], phone["FromCountry"], phone["Caller"], phone["Called"]));
        Assert.False(phone.Fields.ContainsKey("ApplicationSid"));

        var softphone = Customer.At("voice").Single(told => told["CallSid"] == agent);
        Assert.True(softphone.IsSigned);
        Assert.Equal(
            ("client:agent_7", "", "ringing", "inbound"),
            (softphone["From"], softphone["To"], softphone["CallStatus"], softphone["Direction"]));
        Assert.Equal(
            (Network.Settings["TWILIO_TWIML_APP_SID"], "c & 1", "agent"),
            (softphone["ApplicationSid"], softphone["conference"], softphone["participant"]));
        Assert.False(softphone.Fields.ContainsKey("FromCountry"));
    }

    [Fact]
    public async Task Events_tell_the_whole_story_in_order()
    {
        AnswerAsACallCentre();
        var caller = await Network.PlaceCallAsync(Maya, Business);
        var name = "incoming-" + caller;
        await ConferenceHas(name, 1);
        var agent = await Network.ConnectSoftphoneAsync("agent_7", new Dictionary<string, string> { ["conference"] = name });
        await ConferenceHas(name, 2);
        var sid = (await Conference(name))!.Sid;

        await PostAsync($"Conferences/{sid}/Participants/{caller}.json", ("Hold", "true"));
        await PostAsync($"Conferences/{sid}/Participants/{caller}.json", ("Hold", "false"));
        await PostAsync($"Conferences/{sid}/Participants/{agent}.json", ("Muted", "true"));
        await Network.HangUpAsync(caller);
        await Eventually(() => Customer.At("conference").Any(told => told["StatusCallbackEvent"] == "conference-end"), "conference-end");

        var story = Customer.At("conference");
        Assert.Equal(
            [
                "participant-join", "participant-join", "conference-start", "participant-hold", "participant-unhold", "participant-mute",
                "participant-leave", "participant-leave", "conference-end",
            ],
            story.Select(told => told["StatusCallbackEvent"]));
        Assert.All(story, told => Assert.True(told.IsSigned));
        Assert.All(story, told => Assert.Equal((sid, name, Account), (told["ConferenceSid"], told["FriendlyName"], told["AccountSid"])));
        Assert.Equal(Enumerable.Range(1, 9).Select(n => n.ToString()), story.Select(told => told["SequenceNumber"]));
        Assert.All(story, told => Assert.Matches("^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} \\+0000$", told["Timestamp"]));
        Assert.Equal(
            (caller, "false", "false", "false", "true", "false"),
            (
                story[0]["CallSid"],
                story[0]["Muted"],
                story[0]["Hold"],
                story[0]["Coaching"],
                story[0]["EndConferenceOnExit"],
                story[0]["StartConferenceOnEnter"]));
        Assert.Equal("true", story[3]["Hold"]);
        Assert.Equal(
            (caller, "participant_hung_up", "completed"),
            (story[6]["CallSid"], story[6]["ReasonParticipantLeft"], story[6]["ParticipantCallStatus"]));
        Assert.Equal((agent, "moderator_ended_conference"), (story[7]["CallSid"], story[7]["ReasonParticipantLeft"]));
        Assert.Equal(
            ("participant-with-end-conference-on-exit-left", caller),
            (story[8]["ReasonConferenceEnded"], story[8]["CallSidEndingConference"]));
        await CallIs(agent, "completed");
        Assert.Empty((await Network.StateAsync()).Problems);
    }

    [Fact]
    public async Task The_first_participant_fixes_callbacks_and_recording_for_all()
    {
        Customer.Answers["voice"] = told => told["From"] == Maya
            ? "<Response><Dial><Conference startConferenceOnEnter=\"false\">sales</Conference></Dial></Response>"
            : ConferenceTwiml("sales", starts: true);

        await Network.PlaceCallAsync(Maya, Business);
        await ConferenceHas("sales", 1);
        var agent = await Network.ConnectSoftphoneAsync("agent_7");
        await ConferenceHas("sales", 2);
        await Network.HangUpAsync(agent);

        await Eventually(async () => (await Conference("sales"))!.EndedAt is not null, "the end");
        await Eventually(() => Network.Log.After().Any(entry => entry["event"] == "conference-end"), "the log");
        Assert.Empty(Customer.At("conference"));
        Assert.Empty(Customer.At("recording"));
        Assert.Null((await Conference("sales"))!.RecordingSid);
    }

    [Fact]
    public async Task Two_who_may_not_start_it_both_wait()
    {
        AnswerAsACallCentre();
        Customer.Answers["voice"] = _ => ConferenceTwiml("sales", starts: false);

        await Network.PlaceCallAsync(Maya, Business);
        await Network.PlaceCallAsync(Omar, Business);
        await ConferenceHas("sales", 2);

        Assert.Null((await Conference("sales"))!.StartedAt);
        Assert.All((await Conference("sales"))!.Participants, one => Assert.Empty(one.Hears));
        Assert.Equal(
            "in-progress",
            (await GetAsync("Conferences.json?FriendlyName=sales")).GetProperty("conferences")[0].GetProperty("status").GetString());
    }

    [Fact]
    public async Task One_who_may_leave_leaves_the_others_and_the_last_one_hears_music_again()
    {
        Customer.Answers["voice"] = _ => "<Response><Dial><Conference beep=\"false\">sales</Conference></Dial></Response>";
        var maya = await Network.PlaceCallAsync(Maya, Business);
        var omar = await Network.PlaceCallAsync(Omar, Business);
        await ConferenceHas("sales", 2);

        await Network.HangUpAsync(maya);
        await ConferenceHas("sales", 1);

        await Eventually(async () => (await Network.StateAsync()).Call(omar)!.Hears == "music", "music");
        await Network.HangUpAsync(omar);
        await Eventually(async () => (await Conference("sales"))!.EndReason == "last-participant-left", "the end");
    }

    [Fact]
    public async Task Who_is_there_hears_a_beep_when_somebody_comes()
    {
        Customer.Answers["voice"] = _ => "<Response><Dial><Conference>sales</Conference></Dial></Response>";
        var maya = await Network.PlaceCallAsync(Maya, Business);
        await ConferenceHas("sales", 1);
        await Network.PlaceCallAsync(Omar, Business);

        await Eventually(async () => (await Network.StateAsync()).Call(maya)!.Hears == "say", "the beep");
        await Eventually(async () => (await Network.StateAsync()).Call(maya)!.Hears == "people", "the other");
    }

    [Fact]
    public async Task Who_is_held_hears_the_hold_document_and_is_heard_by_nobody()
    {
        AnswerAsACallCentre();
        Customer.Answers["hold"] = _ => "<Response><Say>One moment please, we are right back.</Say><Redirect/></Response>";
        var caller = await Network.PlaceCallAsync(Maya, Business);
        await ConferenceHas("incoming-" + caller, 1);
        var agent = await Network.ConnectSoftphoneAsync(
            "agent_7", new Dictionary<string, string> { ["conference"] = "incoming-" + caller });
        await ConferenceHas("incoming-" + caller, 2);
        var sid = (await Conference("incoming-" + caller))!.Sid;

        var held = await PostAsync(
            $"Conferences/{sid}/Participants/{caller}.json", ("Hold", "true"), ("HoldUrl", Customer.Url("hold?x=1")));
        Assert.True(held.GetProperty("hold").GetBoolean());
        await Eventually(() => Customer.At("hold").Count > 0, "the hold document");

        Assert.Equal("GET", Customer.At("hold")[0].Method);
        Assert.True(Customer.At("hold")[0].IsSigned);
        Assert.Equal(
            (caller, "in-progress", "1"),
            (Customer.At("hold")[0]["CallSid"], Customer.At("hold")[0]["CallStatus"], Customer.At("hold")[0]["x"]));
        await Eventually(async () => (await Network.StateAsync()).Call(caller)!.Hears == "say", "the words");
        Assert.All((await Conference("incoming-" + caller))!.Participants, one => Assert.Empty(one.Hears));

        await PostAsync($"Conferences/{sid}/Participants/{caller}.json", ("Hold", "false"));
        Assert.Equal([caller], (await Conference("incoming-" + caller))!.Participants.Single(one => one.CallSid == agent).Hears);
        Assert.Equal("people", (await Network.StateAsync()).Call(caller)!.Hears);
    }

    [Fact]
    public async Task A_coach_hears_all_and_is_heard_by_one()
    {
        string? coached = null;
        Customer.Answers["voice"] = told => told["From"] switch
        {
            "client:sup_1" => "<Response><Dial><Conference startConferenceOnEnter=\"false\" beep=\"false\" "
                + $"coach=\"{coached}\" participantLabel=\"supervisor\">sales</Conference></Dial></Response>",
            _ => "<Response><Dial><Conference beep=\"false\">sales</Conference></Dial></Response>",
        };
        var caller = await Network.PlaceCallAsync(Maya, Business);
        await ConferenceHas("sales", 1);
        coached = await Network.ConnectSoftphoneAsync("agent_7");
        await ConferenceHas("sales", 2);
        var coach = await Network.ConnectSoftphoneAsync("sup_1");
        await ConferenceHas("sales", 3);

        async Task<ParticipantState> Of(string sid) => (await Conference("sales"))!.Participants.Single(one => one.CallSid == sid);
        Assert.Equal([caller, coached], (await Of(coach)).Hears);
        Assert.Equal([caller, coach], (await Of(coached)).Hears);
        Assert.Equal([coached], (await Of(caller)).Hears);

        var conference = (await Conference("sales"))!.Sid;
        await PostAsync($"Conferences/{conference}/Participants/supervisor.json", ("Coaching", "false"), ("Muted", "false"));
        Assert.Equal([coached, coach], (await Of(caller)).Hears);
        Assert.Equal(
            (400, 16028),
            await RefusedAsync(
                HttpMethod.Post,
                $"Conferences/{conference}/Participants/supervisor.json",
                ("Coaching", "true"),
                ("CallSidToCoach", "CA00000000000000000000000000000001")));
    }

    [Fact]
    public async Task The_recording_begins_when_two_are_connected_and_is_told_by_its_conference()
    {
        AnswerAsACallCentre();
        var caller = await Network.PlaceCallAsync(Maya, Business);
        var name = "incoming-" + caller;
        await ConferenceHas(name, 1);
        Assert.Null((await Conference(name))!.RecordingSid);
        var agent = await Network.ConnectSoftphoneAsync("agent_7", new Dictionary<string, string> { ["conference"] = name });
        await ConferenceHas(name, 2);
        var started = System.Diagnostics.Stopwatch.StartNew();
        await Eventually(() => started.ElapsedMilliseconds > 1200, "a second of talk");
        await Network.HangUpAsync(agent);
        await Eventually(() => Customer.At("recording").Count == 2, "two recording callbacks");

        var done = Customer.At("recording")[1];
        Assert.Equal("in-progress", Customer.At("recording")[0]["RecordingStatus"]);
        Assert.True(done.IsSigned);
        Assert.Equal(
            ("completed", "2", "2", "Conference"),
            (done["RecordingStatus"], done["RecordingDuration"], done["RecordingChannels"], done["RecordingSource"]));
        Assert.Equal((await Conference(name))!.Sid, done["ConferenceSid"]);
        Assert.False(done.Fields.ContainsKey("CallSid"));

        using var wav = await Rest.GetAsync(done["RecordingUrl"] + ".wav", TestContext.Current.CancellationToken);
        var bytes = await wav.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.Equal("audio/x-wav", wav.Content.Headers.ContentType!.MediaType);
        Assert.Equal("RIFF"u8, bytes.AsSpan(0, 4));
        Assert.InRange((bytes.Length - 44) / 64000.0, 1.1, 3);
        Assert.Equal(bytes.Length - 44, BitConverter.ToInt32(bytes, 40));

        using var part = new HttpRequestMessage(HttpMethod.Get, done["RecordingUrl"]) { Headers = { Range = new(0, 99) } };
        using var ranged = await Rest.SendAsync(part, TestContext.Current.CancellationToken);
        Assert.Equal((206, 100L), ((int)ranged.StatusCode, ranged.Content.Headers.ContentLength));

        var listed = (await GetAsync($"Conferences/{done["ConferenceSid"]}/Recordings.json")).GetProperty("recordings")[0];
        Assert.Equal((done["RecordingSid"], 2), (listed.GetProperty("sid").GetString(), listed.GetProperty("channels").GetInt32()));
        using var deleted = await SendAsync(HttpMethod.Delete, $"Recordings/{done["RecordingSid"]}.json");
        Assert.Equal(204, (int)deleted.StatusCode);
        Assert.Equal((404, 20404), await RefusedAsync(HttpMethod.Get, $"Recordings/{done["RecordingSid"]}.json"));
    }

    [Fact]
    public async Task Wait_documents_come_round_and_may_hold_only_sound()
    {
        AnswerAsACallCentre(waiting: $"waitUrl=\"{Customer.Url("wait")}\" waitMethod=\"POST\"");
        Customer.Answers["wait"] = _ => "<Response><Gather/><Say>Please wait.</Say><Redirect/></Response>";
        var caller = await Network.PlaceCallAsync(Maya, Business);

        await Eventually(() => Customer.At("wait").Count >= 3, "three rounds");

        Assert.All(
            Customer.At("wait"),
            told => Assert.Equal((true, caller, "in-progress"), (told.IsSigned, told["CallSid"], told["CallStatus"])));
        Assert.Contains(Network.Log.After(), entry => entry["code"] == "13238");
    }

    [Fact]
    public async Task An_empty_wait_address_is_silence_and_the_network_complains_of_it()
    {
        AnswerAsACallCentre(waiting: "waitUrl=\"\"");
        var caller = await Network.PlaceCallAsync(Maya, Business);
        await ConferenceHas("incoming-" + caller, 1);
        Assert.Equal("nothing", (await Network.StateAsync()).Call(caller)!.Hears);

        await Eventually(async () => (await Network.StateAsync()).Problems.Count == 1, "a problem");
        Assert.StartsWith("silent: " + caller, (await Network.StateAsync()).Problems[0]);
    }

    [Fact]
    public async Task A_hundred_calls_at_once_end_as_they_should()
    {
        AnswerAsACallCentre();
        var callers = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Network.PlaceCallAsync($"+1202555{1000 + i}", Business)));
        await Eventually(
            async () => (await Network.StateAsync()).Conferences.Count(one => one.Participants.Count == 1) == 100, "a hundred waiting");
        var agents = await Task.WhenAll(
            callers.Select(
                (caller, i) => Network.ConnectSoftphoneAsync(
                    "agent_" + i, new Dictionary<string, string> { ["conference"] = "incoming-" + caller })));
        await Eventually(
            async () => (await Network.StateAsync()).Conferences.Count(one => one.StartedAt is not null) == 100, "a hundred talking");

        await Task.WhenAll(callers.Select(Network.HangUpAsync));

        await Eventually(
            () => Customer.At("conference").Count(told => told["StatusCallbackEvent"] == "conference-end") == 100, "a hundred ends");
        var state = await Network.StateAsync();
        Assert.All(agents, agent => Assert.Equal("completed", state.Call(agent)!.Status));
        Assert.Empty(state.Problems);
        Assert.DoesNotContain(Network.Log.After(), entry => entry.Kind == "error");
    }
}
