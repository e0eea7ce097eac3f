using System.Net;
using Microsoft.Extensions.Options;

namespace UppalCrm.Web.Twilio;

/// <summary>Core's door to the carrier, on Twilio's REST API.</summary>
public sealed class TwilioTelephony(TwilioClient twilio, IOptions<TwilioOptions> options, IOptions<VoiceTexts> texts) : ITelephony
{
    /// <summary>Twilio's and our clock may differ by this much when a lost call is looked for.</summary>
    private static readonly TimeSpan ClockDifference = TimeSpan.FromSeconds(30);

    private readonly TwilioOptions _options = options.Value;

    public async Task<DialAttempt> DialCustomerAsync(DialOrder order, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            var url = _options.PublicUrl($"{WebhookPaths.Voice}?conference={Uri.EscapeDataString(order.ConferenceName)}&participant=customer");
            var call = await twilio.CreateCallAsync(
                new CallOrder(order.To.Value, _options.CallerId)
                {
                    Url = url,
                    Method = "POST",
                    StatusCallback = _options.PublicUrl(WebhookPaths.CallStatus),
                    StatusCallbackEvents = ["initiated", "ringing", "answered", "completed"],
                    StatusCallbackMethod = "POST",
                    Timeout = order.RingTimeout,
                },
                CancellationToken.None); // Once the order is on its way it must be learned what became of it.
            return CallSid.TryParse(call.Sid, out var leg)
                ? new DialAttempt.Accepted(leg)
                : new DialAttempt.Unknown("The carrier gave an answer that we do not understand.");
        }
        catch (TwilioException ex) when (ex.Fate == RequestFate.Unknown)
        {
            return new DialAttempt.Unknown(ex.Words);
        }
        catch (TwilioException ex)
        {
            return new DialAttempt.Refused(ex.Words, ex.Code);
        }
    }

    public async Task<LegReport?> FindDialledLegAsync(DialOrder order, DateTimeOffset since, CancellationToken cancellationToken)
    {
        // Not by start time: a call that is queued or rings has none.
        var calls = await InOurWords(twilio.ListCallsAsync(cancellationToken, to: order.To.Value, from: _options.CallerId, pageSize: 20, firstPageOnly: true));
        return calls
            .Where(call => call.Direction is null or "outbound-api" && !(call.CreatedAt < since - ClockDifference))
            .Select(ReportOf)
            .FirstOrDefault(report => report is not null);
    }

    public async Task<LegReport?> FindLegAsync(CallSid leg, CancellationToken cancellationToken) =>
        await InOurWords(twilio.FindCallAsync(leg.Value, cancellationToken)) is { } call ? ReportOf(call) : null;

    public async Task<ConferenceReport?> FindConferenceAsync(string conferenceName, CancellationToken cancellationToken)
    {
        if (await FindLiveAsync(conferenceName, cancellationToken) is not { } conference)
        {
            return null;
        }

        var participants = await InOurWords(twilio.ListParticipantsAsync(conference.Sid, cancellationToken));
        return new ConferenceReport(conference.Sid, conferenceName, [.. participants.Select(ParticipantOf).OfType<ParticipantReport>()]);
    }

    public Task EndLegAsync(CallSid leg, CancellationToken cancellationToken) =>
        UnlessGone(twilio.CompleteCallAsync(leg.Value, cancellationToken)); // "completed" also ends a call that still rings; "canceled" loses the race with an answer.

    public async Task EndConferenceAsync(string conferenceName, CancellationToken cancellationToken)
    {
        if (await FindLiveAsync(conferenceName, cancellationToken) is { } conference)
        {
            await UnlessGone(twilio.EndConferenceAsync(conference.Sid, cancellationToken));
        }
    }

    public Task ApologiseAsync(CallSid customer, CancellationToken cancellationToken) =>
        UnlessGone(twilio.RedirectCallAsync(customer.Value, texts.Value.Apology(), cancellationToken));

    public Task TakeMessageAsync(CallSid customer, long callId, CancellationToken cancellationToken) =>
        UnlessGone(twilio.RedirectCallAsync(
            customer.Value,
            new VoiceResponse(
                texts.Value.Speak(texts.Value.VoicemailGreeting),
                new Record
                {
                    Action = _options.PublicUrl($"{WebhookPaths.Voicemail}?call={callId}"),
                    Method = "POST",
                    MaxLength = texts.Value.LongestMessage,
                    PlayBeep = true,
                    Trim = "do-not-trim",
                    RecordingStatusCallback = _options.PublicUrl($"{WebhookPaths.Recording}?message=true"),
                    RecordingStatusCallbackMethod = "POST",
                    RecordingStatusCallbackEvent = "completed absent",
                },
                new Hangup()),
            cancellationToken));

    public Task SetHoldAsync(string conferenceSid, CallSid leg, bool hold, CancellationToken cancellationToken) =>
        Change(conferenceSid, leg, new ParticipantChange
        {
            Hold = hold,
            HoldUrl = hold ? _options.PublicUrl($"{WebhookPaths.Wait}?for=hold") : null,
            HoldMethod = hold ? "POST" : null,
        }, cancellationToken);

    public Task RestartWaitAsync(string conferenceSid, CallSid leg, bool ringing, CancellationToken cancellationToken) =>
        Change(conferenceSid, leg, new ParticipantChange
        {
            WaitUrl = _options.PublicUrl(ringing ? $"{WebhookPaths.Wait}?for=ringback" : WebhookPaths.Wait),
            WaitMethod = "POST",
        }, cancellationToken);

    public Task SetMutedAsync(string conferenceSid, CallSid leg, bool muted, CancellationToken cancellationToken) =>
        Change(conferenceSid, leg, new ParticipantChange { Muted = muted }, cancellationToken);

    public async Task SetCoachingAsync(string conferenceSid, CallSid supervisor, SupervisorMode mode, CallSid? coached, CancellationToken cancellationToken)
    {
        switch (mode)
        {
            case SupervisorMode.Listen:
                // Silent first: the other way round, the customer might hear the supervisor for a moment.
                await Change(conferenceSid, supervisor, new ParticipantChange { Muted = true }, cancellationToken);
                await Change(conferenceSid, supervisor, new ParticipantChange { Coaching = false }, cancellationToken);
                break;
            case SupervisorMode.Whisper:
                var agent = coached ?? throw new ArgumentException("A whisper needs the agent's leg.", nameof(coached));
                await Change(conferenceSid, supervisor, new ParticipantChange { Coaching = true, CallSidToCoach = agent.Value }, cancellationToken);
                await Change(conferenceSid, supervisor, new ParticipantChange { Muted = false }, cancellationToken);
                break;
            default:
                await Change(conferenceSid, supervisor, new ParticipantChange { Muted = false, Coaching = false }, cancellationToken);
                break;
        }
    }

    public async Task SetRecordingPausedAsync(string conferenceSid, bool paused, CancellationToken cancellationToken)
    {
        var wanted = paused ? "paused" : "in-progress";
        try
        {
            var recording = paused
                ? await twilio.PauseConferenceRecordingAsync(conferenceSid, cancellationToken)
                : await twilio.ResumeConferenceRecordingAsync(conferenceSid, cancellationToken);
            if (recording.Status != wanted)
            {
                throw new TelephonyException("The carrier did not say that it was done. Try again.");
            }
        }
        catch (TwilioException ex)
        {
            // Its answer may have been lost, or it was so already: how the recording stands now is what counts.
            if (!await IsRecordingAsync(conferenceSid, wanted, cancellationToken))
            {
                throw new TelephonyException(ex.IsGone ? "The carrier records nothing of this call." : ex.Words, ex.Code, ex);
            }
        }
    }

    public Task RemoveParticipantAsync(string conferenceSid, CallSid leg, CancellationToken cancellationToken) =>
        UnlessGone(twilio.RemoveParticipantAsync(conferenceSid, leg.Value, cancellationToken));

    public async Task<RecordedSound?> OpenRecordingAsync(string recordingSid, string? range, CancellationToken cancellationToken)
    {
        if (await twilio.OpenRecordingMediaAsync(recordingSid, range, cancellationToken) is not { } response)
        {
            return null;
        }

        var content = response.Content;
        return new RecordedSound(
            await content.ReadAsStreamAsync(cancellationToken), // Disposing the stream gives the connection back.
            content.Headers.ContentType?.MediaType ?? "audio/x-wav",
            content.Headers.ContentLength,
            response.StatusCode == HttpStatusCode.PartialContent ? content.Headers.ContentRange?.ToString() : null);
    }

    private async Task<ConferenceResource?> FindLiveAsync(string conferenceName, CancellationToken cancellationToken)
    {
        // Without a filter by status: one that has not started is called "init" or "in-progress", depending on where one reads.
        var conferences = await InOurWords(twilio.ListConferencesAsync(cancellationToken, friendlyName: conferenceName));
        return conferences.FirstOrDefault(conference => conference.Status != "completed");
    }

    private async Task<bool> IsRecordingAsync(string conferenceSid, string status, CancellationToken cancellationToken)
    {
        try
        {
            return (await twilio.ListConferenceRecordingsAsync(conferenceSid, cancellationToken)).Any(recording => recording.Status == status);
        }
        catch (TwilioException)
        {
            return false; // What went wrong first is what is told.
        }
    }

    private Task Change(string conferenceSid, CallSid leg, ParticipantChange change, CancellationToken cancellationToken) =>
        UnlessGone(twilio.UpdateParticipantAsync(conferenceSid, leg.Value, change, cancellationToken));

    /// <summary>What is to be ended or silenced and is gone already has what was wanted.</summary>
    private static async Task UnlessGone(Task request)
    {
        try
        {
            await request;
        }
        catch (TwilioException ex) when (ex.IsGone)
        {
            // Done, by somebody else.
        }
        catch (TwilioException ex)
        {
            throw new TelephonyException(ex.Words, ex.Code, ex);
        }
    }

    /// <summary>Core knows one exception of a carrier, and its words are for the agent.</summary>
    private static async Task<T> InOurWords<T>(Task<T> request)
    {
        try
        {
            return await request;
        }
        catch (TwilioException ex)
        {
            throw new TelephonyException(ex.Words, ex.Code, ex);
        }
    }

    private static LegReport? ReportOf(CallResource call) =>
        CallSid.TryParse(call.Sid, out var leg) && TwilioEnums.LegState(call.Status) is { } state
            ? new LegReport(leg, state, call.From, call.To, call.CreatedAt, call.DurationSeconds)
            : null;

    private static ParticipantReport? ParticipantOf(ParticipantResource participant) =>
        CallSid.TryParse(participant.CallSid, out var leg)
            ? new ParticipantReport(
                leg, participant.Label, participant.Muted, participant.Hold, participant.Coaching,
                CallSid.TryParse(participant.CallSidToCoach, out var coached) ? coached : null)
            : null;
}
