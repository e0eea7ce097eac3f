using Microsoft.AspNetCore.Http;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Twilio;

namespace UppalCrm.Tests.Twilio;

/// <summary>Core's door to the carrier, against a real server on this machine that takes Twilio's place.</summary>
public sealed class TwilioTelephonyTests : IAsyncLifetime
{
    private const string Call = "CA00000000000000000000000000000001";
    private const string Room = "CF00000000000000000000000000000001";
    private const string Made = $$"""{"sid":"{{Call}}","status":"queued"}""";

    private StubTwilio _stub = null!;
    private ITelephony _telephony = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _stub = await StubTwilio.StartAsync();
        _telephony = _stub.Telephony();
    }

    public ValueTask DisposeAsync() => _stub.DisposeAsync();

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

        await using var sound = await _telephony.OpenRecordingAsync("RE00000000000000000000000000000001", "bytes=2-5", Token);

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

        Assert.Null(await _telephony.OpenRecordingAsync("RE00000000000000000000000000000001", null, Token));
    }

    [Theory]
    [InlineData("http://127.0.0.1/elsewhere")]
    [InlineData("https://evil.example.com/x.wav")]
    [InlineData("https://eviltwilio.com/x.wav")]
    [InlineData("https://user@api.twilio.com/x.wav")]
    public async Task A_recording_is_not_fetched_from_a_stranger(string location)
    {
        _stub.Answers(307, "{}", ("Location", location));

        await Assert.ThrowsAsync<TwilioRequestException>(
            () => _telephony.OpenRecordingAsync("RE00000000000000000000000000000001", null, Token));

        Assert.Single(_stub.Seen);
    }

    [Fact]
    public async Task Dialling_names_the_room_in_the_address_that_Twilio_will_ask()
    {
        _stub.Answers(201, Made);

        var attempt = await _telephony.DialAsync(
            new DialOrder(7, "conf-1-ä&b", PhoneNumber.Parse("+15005550010"), TimeSpan.FromSeconds(60), TimeSpan.FromHours(2)), Token);

        Assert.Equal(Call, Assert.IsType<DialAttempt.Accepted>(attempt).Leg.Value);
        var fields = Assert.Single(_stub.Seen).Fields.ToLookup(field => field.Key, field => field.Value, StringComparer.Ordinal);
        Assert.Equal("+15005550010", fields["To"].Single());
        Assert.Equal("+15005550006", fields["From"].Single());
        Assert.Equal("https://voice.example.com/api/twilio/webhook/voice?conference=conf-1-%C3%A4%26b&participant=customer",
            fields["Url"].Single());
        Assert.Equal("https://voice.example.com/api/twilio/webhook/call-status", fields["StatusCallback"].Single());
        Assert.Equal(["initiated", "ringing", "answered", "completed"], fields["StatusCallbackEvent"]);
        Assert.Equal("60", fields["Timeout"].Single());
        Assert.Equal("7200", fields["TimeLimit"].Single());
    }

    [Fact]
    public async Task A_refused_dial_and_a_lost_one_are_told_apart()
    {
        _stub.Answers(400, """{"code":21217}""").HangsUp();
        var order = new DialOrder(7, "conf-1", PhoneNumber.Parse("+15005550001"), TimeSpan.FromSeconds(60), TimeSpan.FromHours(2));

        var refused = await _telephony.DialAsync(order, Token);
        var lost = await _telephony.DialAsync(order, Token);

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

        var found = await _telephony.FindDialledLegAsync(
            new DialOrder(7, "conf-1", PhoneNumber.Parse("+15005550010"), TimeSpan.FromSeconds(60), TimeSpan.FromHours(2)), since, Token);

        Assert.Equal((Call, LegState.Ringing), (found!.Leg.Value, found.State));
    }

    [Fact]
    public async Task What_is_over_already_counts_as_ended_held_and_removed()
    {
        _stub.Answers(404, """{"code":20404}""").Answers(400, """{"code":21220}""").Answers(404).Answers(404);
        var leg = new CallSid(Call);

        await _telephony.EndLegAsync(leg, Token);
        await _telephony.ApologiseAsync(leg, Token);
        await _telephony.SetHoldAsync(Room, leg, hold: true, Token);
        await _telephony.RemoveParticipantAsync(Room, leg, Token);

        Assert.Equal(4, _stub.Seen.Count);
    }

    [Fact]
    public async Task That_what_is_to_be_removed_is_gone_is_no_warning_and_any_other_refusal_is()
    {
        using var log = new LogLines();
        var (telephony, leg) = (_stub.Telephony(log: log), new CallSid(Call));
        _stub.Answers(404, """{"code":20404}""").Answers(404, """{"code":20404}""").Answers(403, """{"code":20403}""")
            .Answers(404, """{"code":20404}""");

        await telephony.SetEndOnExitAsync(Room, leg, ends: false, Token);
        await telephony.RemoveParticipantAsync(Room, leg, Token);
        Assert.Empty(log.Said);

        await Assert.ThrowsAsync<TelephonyException>(() => telephony.RemoveParticipantAsync(Room, leg, Token));
        await Assert.ThrowsAsync<TelephonyException>(() => telephony.FindConferenceAsync("conf-1", Token));
        Assert.Equal(
            ["Twilio answered a DELETE with status 403, code 20403.", "Twilio answered a GET with status 404, code 20404."], log.Said);
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

        var room = await _telephony.FindConferenceAsync("conf-1", Token);

        Assert.Equal(Room, room!.ConferenceSid);
        var party = Assert.Single(room.Participants);
        Assert.Equal((Call, true, false), (party.Leg.Value, party.Muted, party.Held));
    }

    [Fact]
    public async Task A_supervisor_is_silenced_before_the_coaching_ends()
    {
        _stub.Answers(200, $$"""{"call_sid":"{{Call}}"}""").Answers(200, $$"""{"call_sid":"{{Call}}"}""");

        await _telephony.SetCoachingAsync(Room, new CallSid(Call), SupervisorMode.Listen, null, Token);

        Assert.Equal(["Muted=true", "Coaching=false"], _stub.Seen.Select(request => request.Body));
    }

    [Fact]
    public async Task A_recording_is_paused_by_the_carriers_word_alone()
    {
        _stub.Answers(200, """{"sid":"RE1","status":"paused"}""").Answers(200, """{"sid":"RE1","status":"in-progress"}""")
            .Answers(200, """{"sid":"RE1","status":"in-progress"}""");

        await _telephony.SetRecordingPausedAsync(Room, paused: true, Token);
        await _telephony.SetRecordingPausedAsync(Room, paused: false, Token);

        await Assert.ThrowsAsync<TelephonyException>(() => _telephony.SetRecordingPausedAsync(Room, paused: true, Token));
    }

    [Theory]
    [InlineData("paused", true)]
    [InlineData("in-progress", false)]
    public async Task A_pause_that_was_refused_is_done_only_if_the_recording_stands_still(string status, bool isDone)
    {
        _stub.Answers(400, """{"code":21220,"message":"already"}""")
            .Answers(200, $$"""{"recordings":[{"sid":"RE1","status":"{{status}}"}],"next_page_uri":null}""");

        var refusal = await Xunit.Record.ExceptionAsync(() => _telephony.SetRecordingPausedAsync(Room, paused: true, Token));

        Assert.Equal(isDone ? null : "The carrier records nothing of this call.", refusal?.Message);
        Assert.Equal(2, _stub.Seen.Count);
    }

    [Fact]
    public async Task A_message_is_taken_with_absolute_addresses_only()
    {
        _stub.Answers(200, Made);

        await _telephony.TakeMessageAsync(new CallSid(Call), 42, Token);

        var twiml = System.Xml.Linq.XElement.Parse(Assert.Single(_stub.Seen).Fields.Single(field => field.Key == "Twiml").Value);
        var record = twiml.Element("Record")!;
        Assert.Equal("https://voice.example.com/api/twilio/webhook/voicemail?call=42", record.Attribute("action")!.Value);
        Assert.Equal("https://voice.example.com/api/twilio/webhook/recording?message=true",
            record.Attribute("recordingStatusCallback")!.Value);
        Assert.Equal(["Say", "Record", "Hangup"], twiml.Elements().Select(verb => verb.Name.LocalName));
    }
}
