using UppalCrm.Simulator.Phones;

namespace UppalCrm.Tests.Simulator;

/// <summary>What REST does to a conference that is in progress.</summary>
public sealed class ConferenceCommandTests : SimulatorTests
{
    [Fact]
    public async Task New_twiml_takes_a_leg_out_of_the_conference_and_asks_for_the_action_too()
    {
        Customer.Answers["voice"] = _ => $"""
            <Response><Dial action="{Customer.Url("action")}"><Conference beep="false" statusCallback="{Customer.Url("conference")}"
              statusCallbackEvent="leave">sales</Conference></Dial></Response>
            """;
        Customer.Answers["action"] = _ => "<Response><Say>You should not hear this.</Say></Response>";
        Customer.Answers["voicemail"] = _ => "<Response><Say>Please leave a message.</Say><Pause length=\"30\"/></Response>";
        var caller = await Network.PlaceCallAsync(Maya, Business);
        await ConferenceHas("sales", 1);

        await PostAsync($"Calls/{caller}.json", ("Url", Customer.Url("voicemail")));
        await Eventually(
            () => Customer.At("voicemail").Count == 1 && Customer.At("action").Count == 1 && Customer.At("conference").Count == 1,
            "both requests, and that the leg has left");

        await Eventually(async () => (await Network.StateAsync()).Call(caller)!.Hears == "say", "the words");
        Assert.Equal("participant_updated_via_api", Customer.At("conference").Single()["ReasonParticipantLeft"]);
        Assert.Equal("completed", Customer.At("action")[0]["DialCallStatus"]);
        Assert.Equal("in-progress", (await Network.StateAsync()).Call(caller)!.Status);
    }

    [Fact]
    public async Task Rest_ends_a_conference_and_removes_a_participant()
    {
        AnswerAsACallCentre();
        var caller = await Network.PlaceCallAsync(Maya, Business);
        await ConferenceHas("incoming-" + caller, 1);
        var sid = (await Conference("incoming-" + caller))!.Sid;

        var ended = await PostAsync($"Conferences/{sid}.json", ("Status", "completed"));

        Assert.Equal(
            ("completed", "conference-ended-via-api"),
            (ended.GetProperty("status").GetString(), ended.GetProperty("reason_conference_ended").GetString()));
        await CallIs(caller, "completed");
        Assert.Equal((404, 20404), await RefusedAsync(HttpMethod.Post, $"Conferences/{sid}.json", ("Status", "completed")));
        Assert.Equal(
            (404, 20404), await RefusedAsync(HttpMethod.Post, $"Conferences/{sid}/Participants/{caller}.json", ("Muted", "true")));
        Assert.Equal(
            (400, 16022), await RefusedAsync(HttpMethod.Post, $"Conferences/{sid}/Participants.json", ("To", Omar), ("From", Business)));
        Assert.Empty((await GetAsync($"Conferences/{sid}/Participants.json")).GetProperty("participants").EnumerateArray());
    }

    [Fact]
    public async Task Rest_calls_a_person_into_a_conference_and_takes_him_out_again()
    {
        AnswerAsACallCentre();
        Network.Phones.Script(Omar, new PhoneScript { AnswerAfter = 0.1 });
        var caller = await Network.PlaceCallAsync(Maya, Business);
        var name = "incoming-" + caller;
        await ConferenceHas(name, 1);

        var added = await PostAsync(
            $"Conferences/{name}/Participants.json",
            ("To", Omar),
            ("From", Business),
            ("Label", "expert"),
            ("EndConferenceOnExit", "false"),
            ("Beep", "false"),
            ("EarlyMedia", "false"));
        Assert.Equal("queued", added.GetProperty("status").GetString());
        await ConferenceHas(name, 2);
        var conference = added.GetProperty("conference_sid").GetString();
        Assert.Equal(
            "connected", (await GetAsync($"Conferences/{conference}/Participants/expert.json")).GetProperty("status").GetString());
        Assert.Equal(
            (409, 16026),
            await RefusedAsync(
                HttpMethod.Post, $"Conferences/{name}/Participants.json", ("To", Omar), ("From", Business), ("Label", "expert")));

        using var removed = await SendAsync(HttpMethod.Delete, $"Conferences/{conference}/Participants/expert.json");
        Assert.Equal(204, (int)removed.StatusCode);
        await ConferenceHas(name, 1);
        await CallIs(added.GetProperty("call_sid").GetString()!, "completed");
        Assert.Equal("in-progress", (await Network.StateAsync()).Call(caller)!.Status);
    }
}
