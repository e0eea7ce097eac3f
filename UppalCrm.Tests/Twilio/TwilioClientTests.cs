using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Twilio;

namespace UppalCrm.Tests.Twilio;

/// <summary>What the client does when Twilio is slow, busy, broken or gone; against a real server on this machine.</summary>
public sealed class TwilioClientTests : IAsyncLifetime
{
    private const string Call = "CA00000000000000000000000000000001";
    private const string Room = "CF00000000000000000000000000000001";
    private const string Made = $$"""{"sid":"{{Call}}","status":"queued"}""";
    private static readonly CallOrder Order = new("+15005550010", "+15005550006") { Url = "https://voice.example.com/t" };

    private StubTwilio _stub = null!;
    private TwilioClient _twilio = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _stub = await StubTwilio.StartAsync();
        _twilio = _stub.Client();
    }

    public async ValueTask DisposeAsync()
    {
        _twilio.Dispose();
        await _stub.DisposeAsync();
    }

    [Fact]
    public async Task A_read_is_repeated_until_it_succeeds()
    {
        _stub.Answers(500).Answers(503).HangsUp().Answers(200, Made);

        var call = await _twilio.FindCallAsync(Call, Token);

        Assert.Equal(Call, call!.Sid);
        Assert.Equal(4, _stub.Seen.Count);
    }

    [Fact]
    public async Task A_change_is_repeated_when_Twilio_was_too_busy_to_look_at_it()
    {
        _stub.Answers(429, """{"code":20429,"status":429}""", ("Retry-After", "0")).Answers(201, Made);

        await _twilio.CreateCallAsync(Order, Token);

        Assert.Equal(2, _stub.Seen.Count);
        Assert.Equal(_stub.Seen.First(), _stub.Seen.Last());
    }

    [Fact]
    public async Task A_change_waits_as_long_as_Twilio_asks()
    {
        _stub.Answers(429, "{}", ("Retry-After", "1")).Answers(201, Made);
        var started = TimeProvider.System.GetTimestamp();

        await _twilio.CreateCallAsync(Order, Token);

        Assert.True(TimeProvider.System.GetElapsedTime(started) >= TimeSpan.FromMilliseconds(950));
    }

    [Fact]
    public async Task A_wait_that_an_agent_would_not_sit_out_is_not_begun()
    {
        _stub.Answers(429, """{"code":20429}""", ("Retry-After", "3600"));

        var failure = await Assert.ThrowsAsync<TwilioException>(() => _twilio.CreateCallAsync(Order, Token));

        Assert.Equal((RequestFate.Refused, 20429), (failure.Fate, failure.Code!.Value));
        Assert.Single(_stub.Seen);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(408)]
    public async Task A_change_whose_answer_tells_nothing_is_sent_once_and_its_outcome_is_unknown(int status)
    {
        _stub.Answers(status);

        var failure = await Assert.ThrowsAsync<TwilioException>(() => _twilio.CreateCallAsync(Order, Token));

        Assert.Equal(RequestFate.Unknown, failure.Fate);
        Assert.Single(_stub.Seen);
    }

    [Fact]
    public async Task A_change_whose_connection_breaks_is_sent_once_and_its_outcome_is_unknown()
    {
        _stub.HangsUp();

        var failure = await Assert.ThrowsAsync<TwilioException>(() => _twilio.CreateCallAsync(Order, Token));

        Assert.Equal(RequestFate.Unknown, failure.Fate);
        Assert.Single(_stub.Seen);
    }

    [Fact]
    public async Task A_change_that_is_never_answered_is_given_up_and_its_outcome_is_unknown()
    {
        _stub.SaysNothing();
        var clock = new ManualClock();
        using var twilio = _stub.Client(time: clock);

        var request = twilio.CreateCallAsync(Order, Token);
        for (var tries = 0; _stub.Seen.IsEmpty && tries < 2_000; tries++)
        {
            await Task.Delay(5, Token);
        }

        Assert.Single(_stub.Seen);
        clock.Advance(TwilioClient.AttemptTimeout);

        var failure = await Assert.ThrowsAsync<TwilioException>(() => request);
        Assert.Equal(RequestFate.Unknown, failure.Fate);
        Assert.Contains("did not answer", failure.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_is_no_JSON_leaves_the_outcome_unknown()
    {
        _stub.Answers(201, "<html>");

        var failure = await Assert.ThrowsAsync<TwilioException>(() => _twilio.CreateCallAsync(Order, Token));

        Assert.Equal(RequestFate.Unknown, failure.Fate);
    }

    [Fact]
    public async Task Where_nobody_listens_nothing_was_sent()
    {
        using var twilio = _stub.Client($"http://127.0.0.1:{FreePort()}");

        var failure = await Assert.ThrowsAsync<TwilioException>(() => twilio.CreateCallAsync(Order, Token));

        Assert.Equal(RequestFate.Refused, failure.Fate);
        Assert.Contains("could not be reached", failure.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_many_failures_the_answer_comes_at_once()
    {
        using var twilio = _stub.Client($"http://127.0.0.1:{FreePort()}");
        for (var i = 0; i < 4; i++)
        {
            await Assert.ThrowsAsync<TwilioException>(() => twilio.CreateCallAsync(Order, Token));
        }

        var failure = await Assert.ThrowsAsync<TwilioException>(() => twilio.CreateCallAsync(Order, Token));

        Assert.Equal(RequestFate.Refused, failure.Fate);
        Assert.Contains("several times in a row", failure.Words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(21211, "not valid")]
    [InlineData(21215, "country")]
    [InlineData(21216, "does not call")]
    [InlineData(20003, "administrator")]
    [InlineData(10004, "Too many")]
    [InlineData(99999, "refused")]
    public async Task A_refusal_is_told_in_words(int code, string words)
    {
        _stub.Answers(400, $$"""{"code":{{code}},"message":"do not show this","status":400}""");

        var failure = await Assert.ThrowsAsync<TwilioException>(() => _twilio.CreateCallAsync(Order, Token));

        Assert.Equal((RequestFate.Refused, code), (failure.Fate, failure.Code!.Value));
        Assert.Contains(words, failure.Words, StringComparison.Ordinal);
        Assert.DoesNotContain("do not show this", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_without_a_code_is_told_by_its_status()
    {
        _stub.Answers(401, "<html>no</html>");

        var failure = await Assert.ThrowsAsync<TwilioException>(() => _twilio.CreateCallAsync(Order, Token));

        Assert.Contains("account", failure.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_are_followed_as_given_and_never_to_another_host()
    {
        _stub.Answers(200, $$"""{"calls":[{"sid":"{{Call}}"}],"next_page_uri":"/2010-04-01/Accounts/AC1/Calls.json?Page=1&PageToken=PA1"}""")
            .Answers(200, """{"calls":[{"sid":"CA2"}],"next_page_uri":"http://169.254.169.254/latest"}""");

        var calls = await _twilio.ListCallsAsync(Token);

        Assert.Equal([Call, "CA2"], calls.Select(call => call.Sid));
        Assert.Equal("/2010-04-01/Accounts/AC1/Calls.json?Page=1&PageToken=PA1", _stub.Seen.Last().Target);
    }

    [Fact]
    public async Task A_recording_is_asked_for_in_part_and_with_our_credentials()
    {
        _stub.Answers(async http =>
        {
            http.Response.StatusCode = 206;
            http.Response.ContentType = "audio/x-wav";
            http.Response.Headers.ContentRange = "bytes 2-5/10";
            await http.Response.WriteAsync("cdef");
        });

        await using var sound = await Telephony().OpenRecordingAsync("RE00000000000000000000000000000001", "bytes=2-5", Token);

        using var reader = new StreamReader(sound!.Content);
        Assert.Equal("cdef", await reader.ReadToEndAsync(Token));
        Assert.Equal(("audio/x-wav", "bytes 2-5/10"), (sound.ContentType, sound.ContentRange));
        var seen = Assert.Single(_stub.Seen);
        Assert.Equal($"/2010-04-01/Accounts/{StubTwilio.Account}/Recordings/RE00000000000000000000000000000001.wav", seen.Target);
        Assert.Equal("bytes=2-5", seen.Range);
        Assert.StartsWith("Basic ", seen.Authorization, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recording_that_is_not_there_is_none()
    {
        _stub.Answers(404);

        Assert.Null(await Telephony().OpenRecordingAsync("RE00000000000000000000000000000001", null, Token));
    }

    [Theory]
    [InlineData("http://127.0.0.1/elsewhere")]
    [InlineData("https://evil.example.com/x.wav")]
    [InlineData("https://eviltwilio.com/x.wav")]
    [InlineData("https://user@api.twilio.com/x.wav")]
    public async Task A_recording_is_not_fetched_from_a_stranger(string location)
    {
        _stub.Answers(307, "{}", ("Location", location));

        await Assert.ThrowsAsync<TwilioException>(() => Telephony().OpenRecordingAsync("RE00000000000000000000000000000001", null, Token));

        Assert.Single(_stub.Seen);
    }

    [Fact]
    public async Task Dialling_names_the_room_in_the_address_that_Twilio_will_ask()
    {
        _stub.Answers(201, Made);

        var attempt = await Telephony().DialCustomerAsync(new DialOrder(7, "conf-1-ä&b", PhoneNumber.Parse("+15005550010"), TimeSpan.FromSeconds(60)), Token);

        Assert.Equal(Call, Assert.IsType<DialAttempt.Accepted>(attempt).Leg.Value);
        var fields = Assert.Single(_stub.Seen).Fields.ToLookup(field => field.Key, field => field.Value, StringComparer.Ordinal);
        Assert.Equal("+15005550010", fields["To"].Single());
        Assert.Equal("+15005550006", fields["From"].Single());
        Assert.Equal("https://voice.example.com/api/twilio/webhook/voice?conference=conf-1-%C3%A4%26b&participant=customer", fields["Url"].Single());
        Assert.Equal("https://voice.example.com/api/twilio/webhook/call-status", fields["StatusCallback"].Single());
        Assert.Equal(["initiated", "ringing", "answered", "completed"], fields["StatusCallbackEvent"]);
        Assert.Equal("60", fields["Timeout"].Single());
    }

    [Fact]
    public async Task A_refused_dial_and_a_lost_one_are_told_apart()
    {
        _stub.Answers(400, """{"code":21217}""").HangsUp();
        var order = new DialOrder(7, "conf-1", PhoneNumber.Parse("+15005550001"), TimeSpan.FromSeconds(60));

        var refused = await Telephony().DialCustomerAsync(order, Token);
        var lost = await Telephony().DialCustomerAsync(order, Token);

        Assert.Equal(21217, Assert.IsType<DialAttempt.Refused>(refused).Code);
        Assert.IsType<DialAttempt.Unknown>(lost);
    }

    [Fact]
    public async Task A_lost_dial_is_found_by_number_and_time()
    {
        var since = new DateTimeOffset(2025, 6, 17, 9, 0, 0, TimeSpan.Zero);
        _stub.Answers(200, $$"""
            {"calls":[
              {"sid":"CA00000000000000000000000000000009","status":"in-progress","direction":"inbound","date_created":"Tue, 17 Jun 2025 09:00:09 +0000"},
              {"sid":"{{Call}}","status":"ringing","direction":"outbound-api","to":"+15005550010","date_created":"Tue, 17 Jun 2025 09:00:01 +0000"},
              {"sid":"CA00000000000000000000000000000008","status":"completed","direction":"outbound-api","date_created":"Tue, 17 Jun 2025 08:00:00 +0000"}]}
            """);

        var found = await Telephony().FindDialledLegAsync(new DialOrder(7, "conf-1", PhoneNumber.Parse("+15005550010"), TimeSpan.FromSeconds(60)), since, Token);

        Assert.Equal((Call, LegState.Ringing), (found!.Leg.Value, found.State));
    }

    [Fact]
    public async Task What_is_over_already_counts_as_ended_held_and_removed()
    {
        _stub.Answers(404, """{"code":20404}""").Answers(400, """{"code":21220}""").Answers(404).Answers(404);
        var leg = new CallSid(Call);

        await Telephony().EndLegAsync(leg, Token);
        await Telephony().ApologiseAsync(leg, Token);
        await Telephony().SetHoldAsync(Room, leg, hold: true, Token);
        await Telephony().RemoveParticipantAsync(Room, leg, Token);

        Assert.Equal(4, _stub.Seen.Count);
    }

    [Fact]
    public async Task A_room_is_found_live_even_while_all_in_it_wait()
    {
        _stub.Answers(200, """
            {"conferences":[
              {"sid":"CF00000000000000000000000000000002","friendly_name":"conf-1","status":"completed"},
              {"sid":"CF00000000000000000000000000000001","friendly_name":"conf-1","status":"init"}]}
            """)
            .Answers(200, $$"""{"participants":[{"call_sid":"{{Call}}","muted":true,"hold":false,"coaching":false}]}""");

        var room = await Telephony().FindConferenceAsync("conf-1", Token);

        Assert.Equal(Room, room!.ConferenceSid);
        var party = Assert.Single(room.Participants);
        Assert.Equal((Call, true, false), (party.Leg.Value, party.Muted, party.Held));
    }

    [Fact]
    public async Task A_supervisor_is_silenced_before_the_coaching_ends()
    {
        _stub.Answers(200, $$"""{"call_sid":"{{Call}}"}""").Answers(200, $$"""{"call_sid":"{{Call}}"}""");

        await Telephony().SetCoachingAsync(Room, new CallSid(Call), SupervisorMode.Listen, null, Token);

        Assert.Equal(["Muted=true", "Coaching=false"], _stub.Seen.Select(request => request.Body));
    }

    [Fact]
    public async Task A_recording_is_paused_by_the_carriers_word_alone()
    {
        _stub.Answers(200, """{"sid":"RE1","status":"paused"}""").Answers(200, """{"sid":"RE1","status":"in-progress"}""").Answers(200, """{"sid":"RE1","status":"in-progress"}""");

        await Telephony().SetRecordingPausedAsync(Room, paused: true, Token);
        await Telephony().SetRecordingPausedAsync(Room, paused: false, Token);

        await Assert.ThrowsAsync<TelephonyException>(() => Telephony().SetRecordingPausedAsync(Room, paused: true, Token));
    }

    [Theory]
    [InlineData("paused", true)]
    [InlineData("in-progress", false)]
    public async Task A_pause_that_was_refused_is_done_only_if_the_recording_stands_still(string status, bool isDone)
    {
        _stub.Answers(400, """{"code":21220,"message":"already"}""").Answers(200, $$"""{"recordings":[{"sid":"RE1","status":"{{status}}"}],"next_page_uri":null}""");

        var refusal = await Xunit.Record.ExceptionAsync(() => Telephony().SetRecordingPausedAsync(Room, paused: true, Token));

        Assert.Equal(isDone ? null : "The carrier records nothing of this call.", refusal?.Message);
        Assert.Equal(2, _stub.Seen.Count);
    }

    [Fact]
    public async Task A_message_is_taken_with_absolute_addresses_only()
    {
        _stub.Answers(200, Made);

        await Telephony().TakeMessageAsync(new CallSid(Call), 42, Token);

        var twiml = System.Xml.Linq.XElement.Parse(Assert.Single(_stub.Seen).Fields.Single(field => field.Key == "Twiml").Value);
        var record = twiml.Element("Record")!;
        Assert.Equal("https://voice.example.com/api/twilio/webhook/voicemail?call=42", record.Attribute("action")!.Value);
        Assert.Equal("https://voice.example.com/api/twilio/webhook/recording?message=true", record.Attribute("recordingStatusCallback")!.Value);
        Assert.Equal(["Say", "Record", "Hangup"], twiml.Elements().Select(verb => verb.Name.LocalName));
    }

    private TwilioTelephony Telephony() => new(_twilio, StubTwilio.Options(_stub.Address), Microsoft.Extensions.Options.Options.Create(new VoiceTexts()));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
