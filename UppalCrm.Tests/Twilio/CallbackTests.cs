using System.Net;
using System.Xml.Linq;
using Microsoft.EntityFrameworkCore;
using UppalCrm.Web.Twilio;

namespace UppalCrm.Tests.Twilio;

/// <summary>What Twilio tells of a call that is under way, and asks while its parties wait.</summary>
public sealed class CallbackTests : WebhookTests
{
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

        var call = await Host.CallOfAsync(Caller);
        Assert.Equal((CallStatus.Ended, CallOutcome.Answered, CallEnder.Customer), (call.Status, call.Outcome, call.EndedBy));
    }

    [Fact]
    public async Task A_held_and_muted_leg_is_told_to_Core()
    {
        await ConnectedWithDanaAsync();

        await ConferenceAsync($"incoming-{Caller}", "participant-hold", Caller, 50, ("Hold", "true"), ("Muted", "false"));

        Assert.True((await Host.CallOfAsync(Caller)).Legs.Single(leg => leg.CallSid == Caller).Held);
    }

    [Fact]
    public async Task A_recording_that_names_only_its_conference_finds_its_call()
    {
        await ConnectedWithDanaAsync();

        using var response = await Host.PostAsync(WebhookPaths.Recording,
        [
            new(
                "AccountSid",
                TwilioHost.Account), new("ConferenceSid", Room), new("RecordingSid", RecordingSid), new("RecordingStatus", "completed"),
            new("RecordingDuration", "41"), new("RecordingChannels", "2"), new("RecordingSource", "Conference"),
            new("RecordingUrl", $"http://api.twilio.com/2010-04-01/Accounts/{TwilioHost.Account}/Recordings/{RecordingSid}"),
        ]);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        var call = await Host.CallOfAsync(Caller);
        Assert.Equal((RecordingSid, 41), (call.RecordingSid, call.RecordingDurationSeconds));
        Assert.Equal($"https://api.twilio.com/2010-04-01/Accounts/{TwilioHost.Account}/Recordings/{RecordingSid}", call.RecordingUrl);
    }

    [Fact]
    public async Task A_message_is_thanked_for_and_kept()
    {
        await Host.AskAsync(TwilioHost.Voice(Caller, "+12025550123"));

        using var response = await Host.PostAsync($"{WebhookPaths.Voicemail}?call=1",
            [
                .. TwilioHost.Voice(Caller, "+12025550123", status: "in-progress"), new("RecordingSid", RecordingSid),
                new("RecordingDuration", "9"), new("RecordingUrl", "https://api.twilio.com/x")
            ]);

        var twiml = XElement.Parse(await response.Content.ReadAsStringAsync(Token));
        Assert.Equal(["Say", "Hangup"], twiml.Elements().Select(verb => verb.Name.LocalName));
        Assert.Equal(RecordingSid, (await Host.CallOfAsync(Caller)).RecordingSid);
    }

    [Fact]
    public async Task What_changes_nothing_is_taken_and_leaves_no_trace()
    {
        var before = await Host.ContentAsync();

        await ConferenceAsync("incoming-x", "participant-speech-start", Caller, 1);
        await StatusAsync(Caller, "no-such-status");
        using var recording = await Host.PostAsync(
            WebhookPaths.Recording,
            [new("AccountSid", TwilioHost.Account), new("RecordingSid", RecordingSid), new("RecordingStatus", "in-progress")]);

        Assert.Equal(HttpStatusCode.NoContent, recording.StatusCode);
        Assert.Equal(before, await Host.ContentAsync());
    }
}
