using System.Text.Json;
using UppalCrm.Simulator.Phones;
using UppalCrm.Simulator.Sim;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Simulator;

/// <summary>Commands on the participants of a conference, as a transfer needs them.</summary>
public sealed class ParticipantTests : SimulatorTests
{
    private readonly FlowingClock _clock = new(DateTimeOffset.UnixEpoch.AddYears(57));

    internal override TimeProvider Time => _clock;

    [Fact]
    public async Task A_change_of_EndConferenceOnExit_is_accepted_and_ignored_while_the_participant_is_held()
    {
        var (conference, caller, agent) = await TalkAsync();
        var path = $"Conferences/{conference}/Participants/{agent}.json";
        await PostAsync(path, ("Hold", "true"));

        var answer = await PostAsync(path, ("EndConferenceOnExit", "false"));
        Assert.True(answer.GetProperty("end_conference_on_exit").GetBoolean());
        Assert.DoesNotContain(Customer.At("conference"), told => told["StatusCallbackEvent"] == "participant-modify");

        await PostAsync(path, ("Hold", "false"));
        Assert.False((await PostAsync(path, ("EndConferenceOnExit", "false"))).GetProperty("end_conference_on_exit").GetBoolean());
        await Eventually(() => EventsOf(agent).Contains("participant-modify"), "the change is told");
        await Network.HangUpAsync(agent);
        await CallIs(agent, "completed");
        Assert.Equal("in-progress", (await Network.StateAsync()).Call(caller)!.Status);
    }

    [Fact]
    public async Task Who_left_and_why_is_told_for_each_way_of_leaving()
    {
        var (conference, caller, agent) = await TalkAsync();
        var path = $"Conferences/{conference}/Participants/{agent}.json";
        await PostAsync(path, ("EndConferenceOnExit", "false"));

        using var removed = await SendAsync(HttpMethod.Delete, path);
        await Eventually(() => EventsOf(agent).Contains("participant-leave"), "the agent's leave");
        await PostAsync($"Conferences/{conference}.json", ("Status", "completed"));
        await Eventually(() => EventsOf(caller).Contains("participant-leave"), "the caller's leave");

        var leaves = Customer.At("conference").Where(told => told["StatusCallbackEvent"] == "participant-leave").ToList();
        Assert.Equal(
            [(agent, "participant_updated_via_api"), (caller, "conference_ended_via_api")],
            leaves.Select(told => (told["CallSid"], told["ReasonParticipantLeft"])));
    }

    [Fact]
    public async Task A_call_ends_when_its_TimeLimit_is_over()
    {
        AnswerAsACallCentre();
        Network.Phones.Script(Omar, new PhoneScript { AnswerAfter = 0.1 });
        var call = await PostAsync(
            "Calls.json",
            ("To", Omar),
            ("From", Business),
            ("Url", Customer.Url("voice?conference=limited")),
            ("TimeLimit", "60"),
            ("StatusCallback", Customer.Url("status")));
        var sid = call.GetProperty("sid").GetString()!;
        await CallIs(sid, "in-progress");

        _clock.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal("in-progress", (await Network.StateAsync()).Call(sid)!.Status);
        _clock.Advance(TimeSpan.FromSeconds(11));

        await CallIs(sid, "completed");
        await Eventually(() => Customer.At("status").Count == 1, "the end is told");
        Assert.InRange(int.Parse(Customer.At("status")[0]["CallDuration"]), 60, 62);
    }

    [Fact]
    public async Task A_participants_TimeLimit_and_Timeout_end_its_leg_and_nothing_else()
    {
        var (conference, caller, _) = await TalkAsync();
        Network.Phones.Script(Omar, new PhoneScript { AnswerAfter = 0.1 });
        var expert = await AddAsync(conference, Omar, ("TimeLimit", "30"));
        await CallIs(expert, "in-progress");
        Network.Phones.Script(Omar, new PhoneScript { NoAnswer = true });
        var silent = await AddAsync(conference, Omar, ("Timeout", "20"), ("StatusCallback", Customer.Url("status")));
        await CallIs(silent, "ringing");

        _clock.Advance(TimeSpan.FromSeconds(31));

        await CallIs(expert, "completed");
        await CallIs(silent, "no-answer");
        await Eventually(() => Customer.At("status").Count == 1, "the end of the leg that was not answered");
        Assert.Equal(("no-answer", "487"), (Customer.At("status")[0]["CallStatus"], Customer.At("status")[0]["SipResponseCode"]));
        Assert.Empty(EventsOf(silent)); // No join event, and no leave event either.
        Assert.Equal("in-progress", (await Network.StateAsync()).Call(caller)!.Status);
    }

    [Fact]
    public async Task Early_media_lets_the_others_hear_the_ringing_unless_it_is_off_or_they_are_held()
    {
        var (conference, caller, agent) = await TalkAsync();
        await PostAsync($"Conferences/{conference}/Participants/{caller}.json", ("Hold", "true"));
        Network.Phones.Script(Omar, new PhoneScript { NoAnswer = true });

        var quiet = await AddAsync(conference, Omar, ("EarlyMedia", "false"));
        await CallIs(quiet, "ringing");
        Assert.Equal("people", await HearsAsync(agent));
        await PostAsync($"Calls/{quiet}.json", ("Status", "completed"));

        var heard = await AddAsync(conference, Omar);
        await CallIs(heard, "ringing");
        Assert.Equal(("ringback", "music"), (await HearsAsync(agent), await HearsAsync(caller)));
        await PostAsync($"Calls/{heard}.json", ("Status", "canceled"));
        await CallIs(heard, "canceled");
        Assert.Equal("people", await HearsAsync(agent));
    }

    [Fact]
    public async Task A_softphone_is_called_into_a_conference_with_its_parameters()
    {
        var (conference, _, _) = await TalkAsync();
        Network.Phones.Script("client:agent_8", new PhoneScript { AnswerAfter = 0.1 });

        var added = await PostAsync(
            $"Conferences/{conference}/Participants.json",
            ("To", "client:agent_8?transfer=t%201&from=agent_7"),
            ("From", Business),
            ("Label", "agent-8"),
            ("EndConferenceOnExit", "true"));
        await CallIs(added.GetProperty("call_sid").GetString()!, "in-progress");

        var joined = (await StateOfAsync(conference)).Participants.Single(one => one.Label == "agent-8");
        Assert.Equal(("client:agent_8", true), (joined.Who, joined.EndsConference));
        Assert.Equal("queued", added.GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_coach_is_given_another_agent_by_CallSidToCoach()
    {
        var (conference, caller, agent) = await TalkAsync();
        Network.Phones.Script(Omar, new PhoneScript { AnswerAfter = 0.1 });
        var second = await AddAsync(conference, Omar);
        var coach = await AddAsync(conference, Omar, ("Coaching", "true"), ("CallSidToCoach", agent));
        await Eventually(async () => (await StateOfAsync(conference)).Participants.Count == 4, "four are in it");
        Assert.Contains(coach, await HeardByAsync(conference, agent));

        await PostAsync($"Conferences/{conference}/Participants/{coach}.json", ("Coaching", "true"), ("CallSidToCoach", second));

        Assert.Contains(coach, await HeardByAsync(conference, second));
        Assert.DoesNotContain(coach, await HeardByAsync(conference, agent));
        Assert.DoesNotContain(coach, await HeardByAsync(conference, caller));
        await PostAsync($"Conferences/{conference}/Participants/{agent}.json", ("Hold", "true"));
        Assert.Equal(
            (400, 16027),
            await RefusedAsync(
                HttpMethod.Post,
                $"Conferences/{conference}/Participants/{coach}.json",
                ("Coaching", "true"),
                ("CallSidToCoach", agent)));
    }

    [Fact]
    public async Task An_announcement_is_heard_by_one_or_by_all_and_its_end_is_told()
    {
        var (conference, caller, agent) = await TalkAsync();
        Network.Faults = new FaultSettings { SpeechRate = 30 };
        Customer.Answers["announce"] = _ => "<Response><Say>This call will be transferred to another colleague.</Say></Response>";

        await PostAsync($"Conferences/{conference}/Participants/{caller}.json", ("AnnounceUrl", Customer.Url("announce")));
        await Eventually(async () => await HearsAsync(caller) == "say", "the caller hears it");
        Assert.Equal("people", await HearsAsync(agent));
        await Eventually(() => EventsOf(caller).Contains("announcement-end"), "the end is told");
        Assert.Equal("people", await HearsAsync(caller));

        await PostAsync($"Conferences/{conference}.json", ("AnnounceUrl", Customer.Url("announce")));
        await Eventually(async () => (await HearsAsync(caller), await HearsAsync(agent)) == ("say", "say"), "both hear it");
    }

    [Fact]
    public async Task A_recording_of_one_leg_is_started_paused_and_stopped_by_rest_and_none_of_a_conference_can_be_started()
    {
        var (conference, caller, _) = await TalkAsync();

        var started = await PostAsync($"Calls/{caller}/Recordings.json", ("RecordingStatusCallback", Customer.Url("leg-recording")));
        var sid = started.GetProperty("sid").GetString();
        Assert.Equal("StartCallRecordingAPI", started.GetProperty("source").GetString());
        var paused = await PostAsync($"Calls/{caller}/Recordings/Twilio.CURRENT.json", ("Status", "paused"), ("PauseBehavior", "skip"));
        Assert.Equal(("paused", sid), (paused.GetProperty("status").GetString(), paused.GetProperty("sid").GetString()));
        await PostAsync($"Calls/{caller}/Recordings/{sid}.json", ("Status", "in-progress"));
        _clock.Advance(TimeSpan.FromSeconds(2));
        await PostAsync($"Calls/{caller}/Recordings/{sid}.json", ("Status", "stopped"));
        await Eventually(() => Customer.At("leg-recording").Count == 1, "its end is told");
        Assert.Equal(
            ("completed", caller), (Customer.At("leg-recording")[0]["RecordingStatus"], Customer.At("leg-recording")[0]["CallSid"]));

        // Twilio's specification has no operation that starts one (twilio-oai, api_v2010).
        Assert.Equal((404, 20404), await RefusedAsync(HttpMethod.Post, $"Conferences/{conference}/Recordings.json"));
    }

    [Theory]
    [InlineData(false, "client:agent_7", "inbound")]
    [InlineData(true, "client:agent_3", "forged")]
    public async Task A_connect_parameter_named_like_a_field_replaces_it_only_when_the_settings_say_so(
        bool wins, string from, string direction)
    {
        AnswerAsACallCentre();
        Network.Faults = new FaultSettings { ConnectParametersWin = wins };

        var sid = await Network.ConnectSoftphoneAsync("agent_7", new Dictionary<string, string>
        {
            ["From"] = "client:agent_3",
            ["Direction"] = "forged",
            ["To"] = Omar,
            ["conference"] = "sales",
        });
        await ConferenceHas("sales", 1);

        var asked = Assert.Single(Customer.At("voice"));
        Assert.Equal(
            (from, direction, Omar, sid, "sales"),
            (asked["From"], asked["Direction"], asked["To"], asked["CallSid"], asked["conference"]));
        Assert.Single(asked.Fields, field => field.Key == "From");
        Assert.True(asked.IsSigned);
        Assert.Equal("client:agent_7", (await Network.StateAsync()).Call(sid)!.From);
    }

    /// <summary>A caller and agent_7 talk in a conference that ends with either.</summary>
    private async Task<(string Conference, string Caller, string Agent)> TalkAsync()
    {
        AnswerAsACallCentre();
        var caller = await Network.PlaceCallAsync(Maya, Business);
        await ConferenceHas("incoming-" + caller, 1);
        var agent = await Network.ConnectSoftphoneAsync(
            "agent_7", new Dictionary<string, string> { ["conference"] = "incoming-" + caller });
        await ConferenceHas("incoming-" + caller, 2);
        return ((await Conference("incoming-" + caller))!.Sid, caller, agent);
    }

    /// <returns>The CallSid of the new participant.</returns>
    private async Task<string> AddAsync(string conference, string to, params (string Name, string Value)[] more)
    {
        JsonElement added = await PostAsync(
            $"Conferences/{conference}/Participants.json", [("To", to), ("From", Business), ("Beep", "false"), .. more]);
        return added.GetProperty("call_sid").GetString()!;
    }

    private async Task<ConferenceState> StateOfAsync(string conference) =>
        (await Network.StateAsync()).Conferences.Single(one => one.Sid == conference);

    private async Task<string> HearsAsync(string call) => (await Network.StateAsync()).Call(call)!.Hears;

    private async Task<IReadOnlyList<string>> HeardByAsync(string conference, string call) =>
        (await StateOfAsync(conference)).Participants.Single(one => one.CallSid == call).Hears;

    private List<string> EventsOf(string call) =>
        [.. Customer.At("conference").Where(told => told["CallSid"] == call).Select(told => told["StatusCallbackEvent"])];
}
