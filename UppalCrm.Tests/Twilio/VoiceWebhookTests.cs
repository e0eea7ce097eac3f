using System.Xml.Linq;
using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Tests.Twilio;

/// <summary>What Twilio is answered in every flow of the design, over HTTP, with Core and its database behind it.</summary>
public sealed class VoiceWebhookTests : WebhookTests
{
    [Fact]
    public async Task A_caller_waits_in_a_room_of_their_own()
    {
        var twiml = await Host.AskAsync(TwilioHost.Voice(Caller, "+12025550123"));

        AssertIs(twiml, $"""
            <Response><Dial><Conference startConferenceOnEnter="false" endConferenceOnExit="true" beep="false"
              waitUrl="https://crm.example.com/api/twilio/webhook/wait" waitMethod="POST"
              record="record-from-start" trim="do-not-trim"
              recordingStatusCallback="https://crm.example.com/api/twilio/webhook/recording" recordingStatusCallbackMethod="POST" recordingStatusCallbackEvent="completed absent"
              statusCallback="https://crm.example.com/api/twilio/webhook/conference-status" statusCallbackMethod="POST"
              statusCallbackEvent="start end join leave mute hold modify">incoming-{Caller}</Conference></Dial></Response>
            """);
        var call = await Host.CallOfAsync(Caller);
        Assert.Equal((CallStatus.Waiting, "+12025550123", "+14155550100"), (call.Status, call.FromNumber, call.ToNumber));
    }

    [Fact]
    public async Task The_same_request_again_gets_the_same_answer_and_makes_no_second_call()
    {
        var first = await Host.AskAsync(TwilioHost.Voice(Caller, "+12025550123"));
        var again = await Host.AskAsync(TwilioHost.Voice(Caller, "+12025550123"));

        Assert.True(XNode.DeepEquals(first, again));
        Assert.Equal(1, (await Host.ContentAsync()).Calls);
    }

    [Fact]
    public async Task Parameters_are_read_from_the_query_too()
    {
        await ClaimedByDanaAsync();

        var twiml = await Host.AskAsync(
            TwilioHost.Voice(AgentLeg, "client:agent_7", ""), $"?conference=incoming-{Caller}&participant=agent");

        Assert.Equal($"incoming-{Caller}", ConferenceOf(twiml).Value);
    }

    [Theory]
    [InlineData("anonymous")]
    [InlineData("")]
    [InlineData("sip:alice@example.com")]
    [InlineData("+266696687")]
    public async Task A_caller_without_a_number_is_taken_like_any_other(string from)
    {
        var twiml = await Host.AskAsync(TwilioHost.Voice(Caller, from));

        Assert.Equal($"incoming-{Caller}", ConferenceOf(twiml).Value);
    }

    [Fact]
    public async Task The_agent_who_accepted_joins_and_starts_the_room()
    {
        await ClaimedByDanaAsync();

        var twiml = await Host.AskAsync(Softphone(AgentLeg, TwilioHost.Dana, $"incoming-{Caller}"));

        var conference = ConferenceOf(twiml);
        Assert.Equal($"incoming-{Caller}", conference.Value);
        Assert.Equal(
            ("true", "true", "false", "record-from-start"),
            Attributes(conference, "startConferenceOnEnter", "endConferenceOnExit", "beep", "record"));
    }

    [Fact]
    public async Task An_agent_who_names_anothers_room_is_rejected_and_it_is_audited()
    {
        await ClaimedByDanaAsync();

        var twiml = await Host.AskAsync(Softphone(AgentLeg, TwilioHost.Lee, $"incoming-{Caller}"));

        AssertIs(twiml, "<Response><Reject/></Response>");
        Assert.Contains(await Host.AuditAsync(), entry => entry.Action == AuditAction.JoinRefused && entry.AgentId == TwilioHost.Lee);
        Assert.DoesNotContain((await Host.CallOfAsync(Caller)).Legs, leg => leg.CallSid == AgentLeg);
    }

    [Theory]
    [InlineData("client:agent_", null)]
    [InlineData("client:agent_07", null)]
    [InlineData("client:somebody", null)]
    [InlineData("client:agent_7;drop", null)]
    [InlineData("client:agent_8", "owner")]
    [InlineData("client:agent_8", "customer")]
    public async Task A_softphone_that_is_not_who_it_must_be_is_rejected_and_audited(string from, string? participant)
    {
        await ClaimedByDanaAsync();
        List<KeyValuePair<string, string>> form =
        [
            .. TwilioHost.Voice(AgentLeg, from, ""), new("conference", $"incoming-{Caller}"), new("participant", participant ?? "agent")
        ];

        AssertIs(await Host.AskAsync(form), "<Response><Reject/></Response>");

        Assert.Contains(await Host.AuditAsync(), entry => entry.Action == AuditAction.JoinRefused);
    }

    [Fact]
    public async Task A_softphone_cannot_become_the_owner_by_saying_From_twice()
    {
        await ClaimedByDanaAsync();
        List<KeyValuePair<string, string>> form =
        [
            .. Softphone(AgentLeg, TwilioHost.Lee, $"incoming-{Caller}"), new("From", "client:agent_7")
        ];

        AssertIs(await Host.AskAsync(form), "<Response><Reject/></Response>");
    }

    [Fact]
    public async Task A_dialled_customer_is_called_only_after_the_carrier_said_that_the_agent_is_in()
    {
        var dialled = await Host.Get<OutboundCalls>().PrepareAsync(TwilioHost.Dana, "+1 202 555 0123", Token);
        await Host.ToldToJoinAsync(dialled.Value!.CallId, TwilioHost.Dana);

        var agent = ConferenceOf(await Host.AskAsync(Softphone(AgentLeg, TwilioHost.Dana, dialled.Value!.ConferenceName)));
        Assert.Empty(Host.Carrier.Asked);
        await JoinAsync(dialled.Value!.ConferenceName, AgentLeg);
        await Host.Get<BackgroundTasks>().WhenIdleAsync(Token);

        Assert.Equal([$"dial +12025550123 into {dialled.Value!.ConferenceName}"], Host.Carrier.Asked);
        Assert.Equal(
            ("true", "true", "record-from-start", "https://crm.example.com/api/twilio/webhook/wait?for=ringback"),
            Attributes(agent, "startConferenceOnEnter", "endConferenceOnExit", "record", "waitUrl"));
        var customer = ConferenceOf(await Host.AskAsync(
            TwilioHost.Voice(QuietCarrier.DialledLeg, "+14155550100", "+12025550123", "outbound-api", "in-progress"),
            $"?conference={dialled.Value!.ConferenceName}&participant=customer"));
        Assert.Equal(("false", "true", "false", dialled.Value!.ConferenceName), (
            customer.Attribute("startConferenceOnEnter")!.Value, customer.Attribute("endConferenceOnExit")!.Value,
            customer.Attribute("beep")!.Value, customer.Value));
        Assert.Equal(CallStatus.Connected, (await Host.CallOfAsync(QuietCarrier.DialledLeg)).Status);
        await using var db = Host.Database();
        Assert.Equal("+14155550100", (await db.Calls.SingleAsync(Token)).FromNumber);
    }

    [Fact]
    public async Task A_call_between_colleagues_rings_is_not_recorded_and_dials_nobody()
    {
        await Host.Get<AgentRoster>().SetStatusAsync(TwilioHost.Lee, AgentStatus.Available, Token);
        await Host.Get<AgentRoster>().SeenAsync([TwilioHost.Lee], Token);
        await Host.Get<AgentRoster>().SetPhoneStateAsync(TwilioHost.Lee, "Ready", Token);
        var prepared = (await Host.Get<ColleagueCalls>().PrepareAsync(TwilioHost.Dana, TwilioHost.Lee, Token)).Value!;
        await Host.ToldToJoinAsync(prepared.CallId, TwilioHost.Dana);

        var caller = ConferenceOf(await Host.AskAsync(Softphone(AgentLeg, TwilioHost.Dana, prepared.ConferenceName)));
        await JoinAsync(prepared.ConferenceName, AgentLeg);
        await Host.Get<BackgroundTasks>().WhenIdleAsync(Token);

        Assert.Equal(
            ("true", "true", "do-not-record", "https://crm.example.com/api/twilio/webhook/wait?for=ringback"),
            Attributes(caller, "startConferenceOnEnter", "endConferenceOnExit", "record", "waitUrl"));
        Assert.Empty(Host.Carrier.Asked);
    }

    [Fact]
    public async Task A_stranger_who_answers_for_the_customer_is_hung_up()
    {
        var dialled = await Host.Get<OutboundCalls>().PrepareAsync(TwilioHost.Dana, "+12025550123", Token);
        await Host.ToldToJoinAsync(dialled.Value!.CallId, TwilioHost.Dana);

        var twiml = await Host.AskAsync(
            TwilioHost.Voice(OtherLeg, "+14155550100", "+12025550199", "outbound-api", "in-progress"),
            $"?conference={dialled.Value!.ConferenceName}&participant=customer");

        AssertIs(twiml, "<Response><Hangup/></Response>");
    }

    [Fact]
    public async Task A_browser_cannot_make_itself_the_customer_by_its_own_parameters()
    {
        var dialled = await Host.Get<OutboundCalls>().PrepareAsync(TwilioHost.Dana, "+12025550123", Token);
        await Host.ToldToJoinAsync(dialled.Value!.CallId, TwilioHost.Dana);
        List<KeyValuePair<string, string>> form =
        [
            .. TwilioHost.Voice(OtherLeg, "client:agent_8", "+12025550123"), new("conference", dialled.Value!.ConferenceName),
            new("participant", "customer")
        ];

        AssertIs(await Host.AskAsync(form), "<Response><Reject/></Response>");
    }

    [Theory]
    [InlineData("listen", "true", null)]
    [InlineData("whisper", null, "CA00000000000000000000000000000002")]
    [InlineData("barge", null, null)]
    public async Task A_supervisor_joins_unheard_or_heard_by_one_or_by_all(string mode, string? muted, string? coach)
    {
        await ConnectedWithDanaAsync();
        await Host.ToldToJoinAsync((await Host.CallOfAsync(Caller)).Id, TwilioHost.Sam, LegRole.Supervisor);

        var conference = ConferenceOf(await Host.AskAsync(
            [.. Softphone(OtherLeg, TwilioHost.Sam, $"incoming-{Caller}", "supervisor"), new("mode", mode)]));

        Assert.Equal(("false", "false", "false"), (
            conference.Attribute("startConferenceOnEnter")!.Value, conference.Attribute("endConferenceOnExit")!.Value,
            conference.Attribute("beep")!.Value));
        Assert.Equal(muted, conference.Attribute("muted")?.Value);
        Assert.Equal(coach, conference.Attribute("coach")?.Value);
        Assert.Contains(await Host.AuditAsync(), entry => entry.Action.ToWord() == $"{mode}-started" && entry.AgentId == TwilioHost.Sam);
    }

    [Fact]
    public async Task An_agent_who_asks_to_listen_in_is_rejected_and_audited()
    {
        await ConnectedWithDanaAsync();

        var twiml = await Host.AskAsync(Softphone(OtherLeg, TwilioHost.Lee, $"incoming-{Caller}", "supervisor"));

        AssertIs(twiml, "<Response><Reject/></Response>");
        Assert.Contains(await Host.AuditAsync(), entry => entry.Action == AuditAction.JoinRefused && entry.AgentId == TwilioHost.Lee);
    }

    [Fact]
    public async Task A_callers_request_that_comes_again_when_the_call_is_over_gets_the_same_answer_and_pops_up_nowhere()
    {
        var first = await Host.AskAsync(TwilioHost.Voice(Caller, "+12025550123"));
        await StatusAsync(Caller, "completed");

        var again = await Host.AskAsync(TwilioHost.Voice(Caller, "+12025550123"));

        Assert.Equal(first.ToString(), again.ToString());
        Assert.Equal(CallStatus.Ended, (await Host.CallOfAsync(Caller)).Status);
        Assert.Empty(await Host.Get<CallCommands>().GetWaitingAsync(null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_agents_request_that_comes_again_when_the_call_is_over_gets_the_same_answer_and_changes_nothing()
    {
        await Host.AskAsync(TwilioHost.Voice(Caller, "+12025550123"));
        await ClaimedByDanaAsync();
        var first = await Host.AskAsync(Softphone(AgentLeg, TwilioHost.Dana, $"incoming-{Caller}"));
        await StatusAsync(Caller, "completed");
        var before = (await Host.AuditAsync()).Count;

        var again = await Host.AskAsync(Softphone(AgentLeg, TwilioHost.Dana, $"incoming-{Caller}"));

        Assert.Equal(first.ToString(), again.ToString());
        Assert.Equal(before, (await Host.AuditAsync()).Count);
    }

    [Fact]
    public async Task A_leg_that_was_refused_stays_refused_when_its_request_comes_again()
    {
        await Host.AskAsync(TwilioHost.Voice(Caller, "+12025550123"));
        var first = await Host.AskAsync(Softphone(AgentLeg, TwilioHost.Dana, $"incoming-{Caller}"));
        await ClaimedByDanaAsync();

        var again = await Host.AskAsync(Softphone(AgentLeg, TwilioHost.Dana, $"incoming-{Caller}"));

        AssertIs(first, "<Response><Reject/></Response>");
        AssertIs(again, "<Response><Reject/></Response>");
    }

    [Fact]
    public async Task A_request_that_we_do_not_know_is_rejected_or_apologised_for()
    {
        var ringing = await Host.AskAsync([new("AccountSid", TwilioHost.Account), new("CallStatus", "ringing")]);
        var answered = await Host.AskAsync(TwilioHost.Voice(Caller, "+14155550100", "+12025550123", "outbound-api", "in-progress"));

        AssertIs(ringing, "<Response><Reject/></Response>");
        Assert.Equal(["Say", "Hangup"], answered.Elements().Select(verb => verb.Name.LocalName));
    }
}
