using UppalCrm.Simulator.Phones;
using UppalCrm.Simulator.Sim;

namespace UppalCrm.Tests.Simulator;

public sealed class TwimlRunTests : SimulatorTests
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Network.Faults = new FaultSettings { SpeechRate = 100 };
    }

    [Fact]
    public async Task Keys_are_gathered_and_told_to_the_action()
    {
        Customer.Answers["voice"] = _ => """
            <Response><Gather action="/menu" numDigits="2" timeout="5"><Say>For sales press one.</Say></Gather>
            <Redirect>/nothing</Redirect></Response>
            """;
        Customer.Answers["menu"] = _ => "<Response><Hangup/></Response>";

        var caller = await Network.PlaceCallAsync(Maya, Business, digits: "4w2");
        await CallIs(caller, "completed");

        Assert.Equal(("42", caller), (Customer.At("menu")[0]["Digits"], Customer.At("menu")[0]["CallSid"]));
        Assert.Empty(Customer.At("nothing"));
    }

    [Fact]
    public async Task Nothing_gathered_falls_through_and_a_key_can_finish()
    {
        Customer.Answers["voice"] = _ =>
            "<Response><Gather action=\"/menu\" timeout=\"1\"/><Gather action=\"/menu\" timeout=\"5\" finishOnKey=\"#\"/></Response>";
        Customer.Answers["menu"] = _ => "<Response/>";

        var caller = await Network.PlaceCallAsync(Maya, Business);
        await CallIs(caller, "in-progress");
        await Eventually(() => Network.Log.After().Any(entry => entry["digits"] == "0"), "the first to end without a key");
        await Network.PressAsync(caller, "123#");
        await CallIs(caller, "completed");

        Assert.Equal(("123", "#"), (Customer.At("menu").Single()["Digits"], Customer.At("menu").Single()["FinishedOnKey"]));
    }

    [Fact]
    public async Task A_message_is_recorded_and_told_even_when_the_caller_hangs_up()
    {
        Customer.Answers["voice"] = _ => $"""
            <Response><Say>Leave a message.</Say>
            <Record action="/left" maxLength="60" playBeep="false" recordingStatusCallback="{Customer.Url("recording")}"/></Response>
            """;

        var caller = await Network.PlaceCallAsync(Maya, Business);
        await Eventually(
            async () =>
                (await Network.StateAsync()) is { Recordings: [var one], At: var now } && now - one.StartedAt > TimeSpan.FromSeconds(0.3),
            "the recording");
        await Network.HangUpAsync(caller);
        await Eventually(() => Customer.At("recording").Count == 1 && Customer.At("left").Count == 1, "both callbacks");

        var left = Customer.At("left")[0];
        Assert.Equal(("hangup", "completed"), (left["Digits"], left["CallStatus"]));
        Assert.Equal(
            (left["RecordingSid"], "RecordVerb", caller, "1"),
            (
                Customer.At("recording")[0]["RecordingSid"],
                Customer.At("recording")[0]["RecordingSource"],
                Customer.At("recording")[0]["CallSid"],
                Customer.At("recording")[0]["RecordingChannels"]));
    }

    [Fact]
    public async Task The_first_to_answer_a_dial_wins_and_the_rest_is_cancelled()
    {
        Network.Phones.Script(Omar, new PhoneScript { AnswerAfter = 0.2, Talk = 2 });
        Network.Phones.Script("client:agent_7", new PhoneScript { NoAnswer = true });
        Customer.Answers["voice"] = _ => $"""
            <Response><Dial action="/done" callerId="{Business}" timeout="10">
            <Client statusCallback="{Customer.Url("client")}" statusCallbackEvent="initiated ringing answered completed">agent_7</Client>
            <Number url="/whisper" statusCallback="{Customer.Url("number")}"
              statusCallbackEvent="initiated ringing answered completed">{Omar}</Number></Dial></Response>
            """;
        Customer.Answers["whisper"] = _ => "<Response><Say>A caller.</Say></Response>";
        Customer.Answers["done"] = _ => "<Response><Hangup/></Response>";

        var caller = await Network.PlaceCallAsync(Maya, Business);
        await Eventually(async () => (await Network.StateAsync()).Call(caller)!.Hears == "ringback", "ringback");
        await Eventually(async () => (await Network.StateAsync()).Call(caller)!.Hears == "people", "the other");
        await CallIs(caller, "completed");
        await Eventually(() => Customer.At("number").Count == 4 && Customer.At("client").Count == 3, "callbacks of both");

        Assert.Equal(["initiated", "ringing", "in-progress", "completed"], Customer.At("number").Select(told => told["CallStatus"]));
        Assert.Equal("canceled", Customer.At("client")[^1]["CallStatus"]);
        Assert.Equal(
            (caller, "outbound-dial", Business),
            (Customer.At("whisper")[0]["ParentCallSid"], Customer.At("whisper")[0]["Direction"], Customer.At("whisper")[0]["From"]));
        Assert.Equal(
            ("completed", "true", Customer.At("number")[0]["CallSid"]),
            (Customer.At("done")[0]["DialCallStatus"], Customer.At("done")[0]["DialBridged"], Customer.At("done")[0]["DialCallSid"]));
    }

    [Fact]
    public async Task A_dial_that_nobody_answers_says_so()
    {
        Network.Phones.Script(Omar, new PhoneScript { Busy = true });
        Customer.Answers["voice"] = _ => $"<Response><Dial action=\"/done\"><Number>{Omar}</Number></Dial></Response>";
        Customer.Answers["done"] = _ => "<Response/>";

        await CallIs(await Network.PlaceCallAsync(Maya, Business), "completed");

        Assert.Equal(("busy", "false"), (Customer.At("done")[0]["DialCallStatus"], Customer.At("done")[0]["DialBridged"]));
    }

    [Fact]
    public async Task A_rejected_call_is_never_answered()
    {
        Customer.Answers["voice"] = _ => "<Response><Reject/></Response>";

        var caller = await Network.PlaceCallAsync(Maya, Business);
        await CallIs(caller, "no-answer");

        Assert.Null((await Network.StateAsync()).Call(caller)!.AnsweredAt);
    }

    [Fact]
    public async Task Played_sound_lasts_as_long_as_it_is()
    {
        Customer.Answers["voice"] = _ =>
            $"<Response><Play>{new Uri(Network.Address, "phone/media/music")}</Play><Redirect>/after</Redirect></Response>";

        var caller = await Network.PlaceCallAsync(Maya, Business);
        await Eventually(async () => (await Network.StateAsync()).Call(caller)!.Hears == "media", "the sound");

        Assert.Empty(Customer.At("after"));
        using var http = new HttpClient { BaseAddress = Network.Address };
        var wav = await http.GetByteArrayAsync("phone/media/music", TestContext.Current.CancellationToken);
        Assert.Equal(20.0, (wav.Length - 44) / 32000.0, 1);
        Assert.True(
            Math.Abs((int)BitConverter.ToInt16(wav, 44)) < 100 && Math.Abs((int)BitConverter.ToInt16(wav, wav.Length - 2)) < 100,
            "the loop clicks");
    }

    [Fact]
    public async Task Redirects_of_http_are_followed_and_lose_their_parameters_unless_they_may_not()
    {
        Customer.Before = context =>
        {
            if (context.Request.Path == "/voice")
            {
                context.Response.StatusCode = context.Request.Query.ContainsKey("keep") ? 307 : 302;
                context.Response.Headers.Location = "/real";
                return Task.FromResult(true);
            }

            return Task.FromResult(false);
        };
        Customer.Answers["real"] = _ => "<Response><Reject/></Response>";

        await CallIs(await Network.PlaceCallAsync(Maya, Business), "no-answer");
        await Network.RouteToAsync(Customer.Url("voice?keep=1"));
        await CallIs(await Network.PlaceCallAsync(Maya, Business), "no-answer");

        Assert.Equal(("GET", ""), (Customer.At("real")[0].Method, Customer.At("real")[0]["CallSid"]));
        Assert.Equal(("POST", Maya), (Customer.At("real")[1].Method, Customer.At("real")[1]["From"]));
        Assert.All(Customer.At("real"), told => Assert.True(told.IsSigned));
    }
}
