using System.Net;
using System.Xml.Linq;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using UppalCrm.Web.Twilio;

namespace UppalCrm.Tests.Twilio;

/// <summary>What Twilio is answered in every flow of the design, over HTTP, with Core and its database behind it.</summary>
public sealed class VoiceWebhookTests : IAsyncLifetime
{
    private const string Room = "CF00000000000000000000000000000001";
    private const string RecordingSid = "RE00000000000000000000000000000001";
    private static readonly CallSid Caller = new("CA00000000000000000000000000000001");
    private static readonly CallSid AgentLeg = new("CA00000000000000000000000000000002");
    private static readonly CallSid OtherLeg = new("CA00000000000000000000000000000003");

    private TwilioHost _host = null!;
    private int _sequence;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await TwilioHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_caller_waits_in_a_room_of_their_own()
    {
        var twiml = await _host.AskAsync(TwilioHost.Voice(Caller, "+12025550123"));

        AssertIs(twiml, $"""
            <Response><Dial><Conference startConferenceOnEnter="false" endConferenceOnExit="true" beep="false"
              waitUrl="https://crm.example.com/api/twilio/webhook/wait" waitMethod="POST"
              record="record-from-start" trim="do-not-trim"
              recordingStatusCallback="https://crm.example.com/api/twilio/webhook/recording" recordingStatusCallbackMethod="POST" recordingStatusCallbackEvent="completed absent"
              statusCallback="https://crm.example.com/api/twilio/webhook/conference-status" statusCallbackMethod="POST"
              statusCallbackEvent="start end join leave mute hold modify">incoming-{Caller}</Conference></Dial></Response>
            """);
        var call = await _host.CallOfAsync(Caller);
        Assert.Equal((CallStatus.Waiting, "+12025550123", "+14155550100"), (call.Status, call.FromNumber, call.ToNumber));
    }

    [Fact]
    public async Task The_same_request_again_gets_the_same_answer_and_makes_no_second_call()
    {
        var first = await _host.AskAsync(TwilioHost.Voice(Caller, "+12025550123"));
        var again = await _host.AskAsync(TwilioHost.Voice(Caller, "+12025550123"));

        Assert.True(XNode.DeepEquals(first, again));
        Assert.Equal(1, (await _host.ContentAsync()).Calls);
    }

    [Fact]
    public async Task Parameters_are_read_from_the_query_too()
    {
        await ClaimedByDanaAsync();

        var twiml = await _host.AskAsync(
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
        var twiml = await _host.AskAsync(TwilioHost.Voice(Caller, from));

        Assert.Equal($"incoming-{Caller}", ConferenceOf(twiml).Value);
    }

    [Fact]
    public async Task The_agent_who_accepted_joins_and_starts_the_room()
    {
        await ClaimedByDanaAsync();

        var twiml = await _host.AskAsync(Softphone(AgentLeg, TwilioHost.Dana, $"incoming-{Caller}"));

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

        var twiml = await _host.AskAsync(Softphone(AgentLeg, TwilioHost.Lee, $"incoming-{Caller}"));

        AssertIs(twiml, "<Response><Reject/></Response>");
        Assert.Contains(await _host.AuditAsync(), entry => entry.Action == AuditAction.JoinRefused && entry.AgentId == TwilioHost.Lee);
        Assert.DoesNotContain((await _host.CallOfAsync(Caller)).Legs, leg => leg.CallSid == AgentLeg);
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

        AssertIs(await _host.AskAsync(form), "<Response><Reject/></Response>");

        Assert.Contains(await _host.AuditAsync(), entry => entry.Action == AuditAction.JoinRefused);
    }

    [Fact]
    public async Task A_softphone_cannot_become_the_owner_by_saying_From_twice()
    {
        await ClaimedByDanaAsync();
        List<KeyValuePair<string, string>> form =
        [
            .. Softphone(AgentLeg, TwilioHost.Lee, $"incoming-{Caller}"), new("From", "client:agent_7")
        ];

        AssertIs(await _host.AskAsync(form), "<Response><Reject/></Response>");
    }

    [Fact]
    public async Task A_dialled_customer_is_called_only_after_the_carrier_said_that_the_agent_is_in()
    {
        var dialled = await _host.Get<OutboundCalls>().PrepareAsync(TwilioHost.Dana, "+1 202 555 0123", Token);
        await _host.ToldToJoinAsync(dialled.Value!.CallId, TwilioHost.Dana);

        var agent = ConferenceOf(await _host.AskAsync(Softphone(AgentLeg, TwilioHost.Dana, dialled.Value!.ConferenceName)));
        Assert.Empty(_host.Carrier.Asked);
        await JoinAsync(dialled.Value!.ConferenceName, AgentLeg);
        await _host.Get<BackgroundTasks>().WhenIdleAsync(Token);

        Assert.Equal([$"dial +12025550123 into {dialled.Value!.ConferenceName}"], _host.Carrier.Asked);
        Assert.Equal(
            ("true", "true", "record-from-start", "https://crm.example.com/api/twilio/webhook/wait?for=ringback"),
            Attributes(agent, "startConferenceOnEnter", "endConferenceOnExit", "record", "waitUrl"));
        var customer = ConferenceOf(await _host.AskAsync(
            TwilioHost.Voice(QuietCarrier.DialledLeg, "+14155550100", "+12025550123", "outbound-api", "in-progress"),
            $"?conference={dialled.Value!.ConferenceName}&participant=customer"));
        Assert.Equal(("false", "true", "false", dialled.Value!.ConferenceName), (
            customer.Attribute("startConferenceOnEnter")!.Value, customer.Attribute("endConferenceOnExit")!.Value,
            customer.Attribute("beep")!.Value, customer.Value));
        Assert.Equal(CallStatus.Connected, (await _host.CallOfAsync(QuietCarrier.DialledLeg)).Status);
        await using var db = _host.Database();
        Assert.Equal("+14155550100", (await db.Calls.SingleAsync(Token)).FromNumber);
    }

    [Fact]
    public async Task A_call_between_colleagues_rings_is_not_recorded_and_dials_nobody()
    {
        await _host.Get<AgentRoster>().SetStatusAsync(TwilioHost.Lee, AgentStatus.Available, Token);
        await _host.Get<AgentRoster>().SeenAsync([TwilioHost.Lee], Token);
        await _host.Get<AgentRoster>().SetPhoneStateAsync(TwilioHost.Lee, "Ready", Token);
        var prepared = (await _host.Get<ColleagueCalls>().PrepareAsync(TwilioHost.Dana, TwilioHost.Lee, Token)).Value!;
        await _host.ToldToJoinAsync(prepared.CallId, TwilioHost.Dana);

        var caller = ConferenceOf(await _host.AskAsync(Softphone(AgentLeg, TwilioHost.Dana, prepared.ConferenceName)));
        await JoinAsync(prepared.ConferenceName, AgentLeg);
        await _host.Get<BackgroundTasks>().WhenIdleAsync(Token);

        Assert.Equal(
            ("true", "true", "do-not-record", "https://crm.example.com/api/twilio/webhook/wait?for=ringback"),
            Attributes(caller, "startConferenceOnEnter", "endConferenceOnExit", "record", "waitUrl"));
        Assert.Empty(_host.Carrier.Asked);
    }

    [Fact]
    public async Task A_stranger_who_answers_for_the_customer_is_hung_up()
    {
        var dialled = await _host.Get<OutboundCalls>().PrepareAsync(TwilioHost.Dana, "+12025550123", Token);
        await _host.ToldToJoinAsync(dialled.Value!.CallId, TwilioHost.Dana);

        var twiml = await _host.AskAsync(
            TwilioHost.Voice(OtherLeg, "+14155550100", "+12025550199", "outbound-api", "in-progress"),
            $"?conference={dialled.Value!.ConferenceName}&participant=customer");

        AssertIs(twiml, "<Response><Hangup/></Response>");
    }

    [Fact]
    public async Task A_browser_cannot_make_itself_the_customer_by_its_own_parameters()
    {
        var dialled = await _host.Get<OutboundCalls>().PrepareAsync(TwilioHost.Dana, "+12025550123", Token);
        await _host.ToldToJoinAsync(dialled.Value!.CallId, TwilioHost.Dana);
        List<KeyValuePair<string, string>> form =
        [
            .. TwilioHost.Voice(OtherLeg, "client:agent_8", "+12025550123"), new("conference", dialled.Value!.ConferenceName),
            new("participant", "customer")
        ];

        AssertIs(await _host.AskAsync(form), "<Response><Reject/></Response>");
    }

    [Theory]
    [InlineData("listen", "true", null)]
    [InlineData("whisper", null, "CA00000000000000000000000000000002")]
    [InlineData("barge", null, null)]
    public async Task A_supervisor_joins_unheard_or_heard_by_one_or_by_all(string mode, string? muted, string? coach)
    {
        await ConnectedWithDanaAsync();
        await _host.ToldToJoinAsync((await _host.CallOfAsync(Caller)).Id, TwilioHost.Sam, LegRole.Supervisor);

        var conference = ConferenceOf(await _host.AskAsync(
            [.. Softphone(OtherLeg, TwilioHost.Sam, $"incoming-{Caller}", "supervisor"), new("mode", mode)]));

        Assert.Equal(("false", "false", "false"), (
            conference.Attribute("startConferenceOnEnter")!.Value, conference.Attribute("endConferenceOnExit")!.Value,
            conference.Attribute("beep")!.Value));
        Assert.Equal(muted, conference.Attribute("muted")?.Value);
        Assert.Equal(coach, conference.Attribute("coach")?.Value);
        Assert.Contains(await _host.AuditAsync(), entry => entry.Action.ToWord() == $"{mode}-started" && entry.AgentId == TwilioHost.Sam);
    }

    [Fact]
    public async Task An_agent_who_asks_to_listen_in_is_rejected_and_audited()
    {
        await ConnectedWithDanaAsync();

        var twiml = await _host.AskAsync(Softphone(OtherLeg, TwilioHost.Lee, $"incoming-{Caller}", "supervisor"));

        AssertIs(twiml, "<Response><Reject/></Response>");
        Assert.Contains(await _host.AuditAsync(), entry => entry.Action == AuditAction.JoinRefused && entry.AgentId == TwilioHost.Lee);
    }

    [Fact]
    public async Task A_callers_request_that_comes_again_when_the_call_is_over_gets_the_same_answer_and_pops_up_nowhere()
    {
        var first = await _host.AskAsync(TwilioHost.Voice(Caller, "+12025550123"));
        await StatusAsync(Caller, "completed");

        var again = await _host.AskAsync(TwilioHost.Voice(Caller, "+12025550123"));

        Assert.Equal(first.ToString(), again.ToString());
        Assert.Equal(CallStatus.Ended, (await _host.CallOfAsync(Caller)).Status);
        Assert.Empty(await _host.Get<CallCommands>().GetWaitingAsync(null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_agents_request_that_comes_again_when_the_call_is_over_gets_the_same_answer_and_changes_nothing()
    {
        await _host.AskAsync(TwilioHost.Voice(Caller, "+12025550123"));
        await ClaimedByDanaAsync();
        var first = await _host.AskAsync(Softphone(AgentLeg, TwilioHost.Dana, $"incoming-{Caller}"));
        await StatusAsync(Caller, "completed");
        var before = (await _host.AuditAsync()).Count;

        var again = await _host.AskAsync(Softphone(AgentLeg, TwilioHost.Dana, $"incoming-{Caller}"));

        Assert.Equal(first.ToString(), again.ToString());
        Assert.Equal(before, (await _host.AuditAsync()).Count);
    }

    [Fact]
    public async Task A_leg_that_was_refused_stays_refused_when_its_request_comes_again()
    {
        await _host.AskAsync(TwilioHost.Voice(Caller, "+12025550123"));
        var first = await _host.AskAsync(Softphone(AgentLeg, TwilioHost.Dana, $"incoming-{Caller}"));
        await ClaimedByDanaAsync();

        var again = await _host.AskAsync(Softphone(AgentLeg, TwilioHost.Dana, $"incoming-{Caller}"));

        AssertIs(first, "<Response><Reject/></Response>");
        AssertIs(again, "<Response><Reject/></Response>");
    }

    [Fact]
    public async Task A_request_that_we_do_not_know_is_rejected_or_apologised_for()
    {
        var ringing = await _host.AskAsync([new("AccountSid", TwilioHost.Account), new("CallStatus", "ringing")]);
        var answered = await _host.AskAsync(TwilioHost.Voice(Caller, "+14155550100", "+12025550123", "outbound-api", "in-progress"));

        AssertIs(ringing, "<Response><Reject/></Response>");
        Assert.Equal(["Say", "Hangup"], answered.Elements().Select(verb => verb.Name.LocalName));
    }

    [Fact]
    public async Task When_everything_behind_it_is_stuck_the_caller_still_gets_a_room_within_two_seconds_and_an_agent_an_apology()
    {
        await using var stuck = await TwilioHost.StartAsync(services =>
        {
            services.RemoveAll<IDbContextFactory<CrmDbContext>>();
            services.AddSingleton<IDbContextFactory<CrmDbContext>, StuckDatabase>();
        });
        var started = TimeProvider.System.GetTimestamp();

        var answers = await Task.WhenAll(
            stuck.AskAsync(TwilioHost.Voice(Caller, "+12025550123")),
            stuck.AskAsync(Softphone(AgentLeg, TwilioHost.Dana, $"incoming-{Caller}")));

        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(2));
        Assert.Equal($"incoming-{Caller}", answers[0].Element("Dial")!.Element("Conference")!.Value);
        Assert.Equal(["Say", "Hangup"], answers[1].Elements().Select(verb => verb.Name.LocalName));
    }

    [Fact]
    public async Task When_the_database_is_broken_the_caller_waits_and_news_is_asked_for_again()
    {
        await using var broken = await TwilioHost.StartAsync(services =>
        {
            services.RemoveAll<IDbContextFactory<CrmDbContext>>();
            services.AddSingleton<IDbContextFactory<CrmDbContext>, BrokenDatabase>();
        });

        var twiml = await broken.AskAsync(TwilioHost.Voice(Caller, "+12025550123"));
        using var news = await broken.PostAsync(WebhookPaths.CallStatus, TwilioHost.Voice(Caller, "+12025550123", status: "completed"));

        Assert.Equal($"incoming-{Caller}", twiml.Element("Dial")!.Element("Conference")!.Value);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, news.StatusCode);
    }

    [Fact]
    public async Task Waiting_is_a_word_and_then_music_that_goes_on_without_us()
    {
        var twiml = await WaitAsync("");

        Assert.Equal(["Say", "Play"], twiml.Elements().Select(verb => verb.Name.LocalName));
        Assert.Equal(
            ("https://crm.example.com/media/hold.wav", "0"),
            (twiml.Element("Play")!.Value, twiml.Element("Play")!.Attribute("loop")!.Value));
    }

    [Fact]
    public async Task On_hold_there_is_music_only_and_while_it_rings_there_is_ringing()
    {
        AssertIs(await WaitAsync("?for=hold"), """<Response><Play loop="0">https://crm.example.com/media/hold.wav</Play></Response>""");
        AssertIs(
            await WaitAsync("?for=ringback"), """<Response><Play loop="0">https://crm.example.com/media/ringback.wav</Play></Response>""");
    }

    [Fact]
    public async Task An_odd_request_to_wait_is_answered_with_music() =>
        Assert.Equal(["Say", "Play"], (await WaitAsync("?for=%3Cx%3E&round=1&round=2")).Elements().Select(verb => verb.Name.LocalName));

    [Fact]
    public async Task The_room_and_its_end_are_told_to_Core_in_any_order_and_twice()
    {
        await ConnectedWithDanaAsync();

        await ConferenceAsync(
            $"incoming-{Caller}", "conference-end", null, 90, ("ReasonConferenceEnded", "participant-with-end-conference-on-exit-left"),
            ("CallSidEndingConference", Caller.Value));
        await ConferenceAsync(
            $"incoming-{Caller}", "participant-leave", Caller, 89, ("ReasonParticipantLeft", "participant_hung_up"),
            ("ParticipantCallStatus", "completed"));
        await ConferenceAsync(
            $"incoming-{Caller}", "conference-end", null, 90, ("ReasonConferenceEnded", "participant-with-end-conference-on-exit-left"),
            ("CallSidEndingConference", Caller.Value));

        var call = await _host.CallOfAsync(Caller);
        Assert.Equal((CallStatus.Ended, CallOutcome.Answered, CallEnder.Customer), (call.Status, call.Outcome, call.EndedBy));
    }

    [Fact]
    public async Task A_held_and_muted_leg_is_told_to_Core()
    {
        await ConnectedWithDanaAsync();

        await ConferenceAsync($"incoming-{Caller}", "participant-hold", Caller, 50, ("Hold", "true"), ("Muted", "false"));

        Assert.True((await _host.CallOfAsync(Caller)).Legs.Single(leg => leg.CallSid == Caller).Held);
    }

    [Fact]
    public async Task A_recording_that_names_only_its_conference_finds_its_call()
    {
        await ConnectedWithDanaAsync();

        using var response = await _host.PostAsync(WebhookPaths.Recording,
        [
            new(
                "AccountSid",
                TwilioHost.Account), new("ConferenceSid", Room), new("RecordingSid", RecordingSid), new("RecordingStatus", "completed"),
            new("RecordingDuration", "41"), new("RecordingChannels", "2"), new("RecordingSource", "Conference"),
            new("RecordingUrl", $"http://api.twilio.com/2010-04-01/Accounts/{TwilioHost.Account}/Recordings/{RecordingSid}"),
        ]);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        var call = await _host.CallOfAsync(Caller);
        Assert.Equal((RecordingSid, 41), (call.RecordingSid, call.RecordingDurationSeconds));
        Assert.Equal($"https://api.twilio.com/2010-04-01/Accounts/{TwilioHost.Account}/Recordings/{RecordingSid}", call.RecordingUrl);
    }

    [Fact]
    public async Task A_message_is_thanked_for_and_kept()
    {
        await _host.AskAsync(TwilioHost.Voice(Caller, "+12025550123"));

        using var response = await _host.PostAsync($"{WebhookPaths.Voicemail}?call=1",
            [
                .. TwilioHost.Voice(Caller, "+12025550123", status: "in-progress"), new("RecordingSid", RecordingSid),
                new("RecordingDuration", "9"), new("RecordingUrl", "https://api.twilio.com/x")
            ]);

        var twiml = XElement.Parse(await response.Content.ReadAsStringAsync(Token));
        Assert.Equal(["Say", "Hangup"], twiml.Elements().Select(verb => verb.Name.LocalName));
        Assert.Equal(RecordingSid, (await _host.CallOfAsync(Caller)).RecordingSid);
    }

    [Fact]
    public async Task What_changes_nothing_is_taken_and_leaves_no_trace()
    {
        var before = await _host.ContentAsync();

        await ConferenceAsync("incoming-x", "participant-speech-start", Caller, 1);
        await StatusAsync(Caller, "no-such-status");
        using var recording = await _host.PostAsync(
            WebhookPaths.Recording,
            [new("AccountSid", TwilioHost.Account), new("RecordingSid", RecordingSid), new("RecordingStatus", "in-progress")]);

        Assert.Equal(HttpStatusCode.NoContent, recording.StatusCode);
        Assert.Equal(before, await _host.ContentAsync());
    }

    private static List<KeyValuePair<string, string>> Softphone(CallSid leg, int agentId, string room, string participant = "agent") =>
        [
            .. TwilioHost.Voice(leg, $"client:agent_{agentId}", ""), new("ApplicationSid", "AP33333333333333333333333333333333"),
            new("conference", room), new("participant", participant)
        ];

    private async Task ClaimedByDanaAsync()
    {
        await _host.AskAsync(TwilioHost.Voice(Caller, "+12025550123"));
        var answer = await _host.Get<CallCommands>().AcceptAsync((await _host.CallOfAsync(Caller)).Id, TwilioHost.Dana, Token);
        Assert.True(answer.IsDone, answer.Reason);
        await _host.ToldToJoinAsync((await _host.CallOfAsync(Caller)).Id, TwilioHost.Dana);
    }

    private async Task ConnectedWithDanaAsync()
    {
        await ClaimedByDanaAsync();
        var room = $"incoming-{Caller}";
        await _host.AskAsync(Softphone(AgentLeg, TwilioHost.Dana, room));
        await JoinAsync(room, Caller);
        await JoinAsync(room, AgentLeg);
        Assert.Equal(CallStatus.Connected, (await _host.CallOfAsync(Caller)).Status);
    }

    private Task JoinAsync(string room, CallSid leg) =>
        ConferenceAsync(room, "participant-join", leg, ++_sequence, ("Muted", "false"), ("Hold", "false"), ("Coaching", "false"));

    private async Task ConferenceAsync(
        string room, string happening, CallSid? leg, int sequence, params (string Name, string Value)[] more)
    {
        using var response = await _host.PostAsync(WebhookPaths.ConferenceStatus,
        [
            new(
                "AccountSid",
                TwilioHost.Account), new("ConferenceSid", Room), new("FriendlyName", room), new("StatusCallbackEvent", happening),
            new("SequenceNumber", $"{sequence}"), .. leg is { } sid
                ? [KeyValuePair.Create("CallSid", sid.Value)]
                : Array.Empty<KeyValuePair<string, string>>(),
            .. more.Select(field => KeyValuePair.Create(field.Name, field.Value)),
        ]);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    private async Task StatusAsync(CallSid leg, string status)
    {
        using var response = await _host.PostAsync(WebhookPaths.CallStatus, TwilioHost.Voice(leg, "+12025550123", status: status));
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    private async Task<XElement> WaitAsync(string query)
    {
        using var response = await _host.PostAsync(
            WebhookPaths.Wait + query, TwilioHost.Voice(Caller, "+12025550123", status: "in-progress"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return XElement.Parse(await response.Content.ReadAsStringAsync(Token));
    }

    private static XElement ConferenceOf(XElement twiml) => Assert.Single(Assert.Single(twiml.Elements("Dial")).Elements("Conference"));

    private static (string? A, string? B, string? C, string? D) Attributes(XElement element, string a, string b, string c, string d) =>
        (element.Attribute(a)?.Value, element.Attribute(b)?.Value, element.Attribute(c)?.Value, element.Attribute(d)?.Value);

    private static void AssertIs(XElement actual, string expected)
    {
        Assert.True(XNode.DeepEquals(Sorted(XElement.Parse(expected)), Sorted(actual)), actual.ToString());

        static XElement Sorted(XElement element) => new(
            element.Name, element.Attributes().OrderBy(a => a.Name.LocalName, StringComparer.Ordinal),
            element.Nodes().Select(node => node is XElement child ? Sorted(child) : node));
    }

    /// <summary>A database that takes every question and never answers.</summary>
    private sealed class StuckDatabase : IDbContextFactory<CrmDbContext>
    {
        public CrmDbContext CreateDbContext() => CreateDbContextAsync().GetAwaiter().GetResult();

        public async Task<CrmDbContext> CreateDbContextAsync(CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.Infinite, CancellationToken.None);
            throw new InvalidOperationException();
        }
    }

    /// <summary>A database that cannot be reached.</summary>
    private sealed class BrokenDatabase : IDbContextFactory<CrmDbContext>
    {
        public CrmDbContext CreateDbContext() => throw new IOException("The database is away.");
    }
}
