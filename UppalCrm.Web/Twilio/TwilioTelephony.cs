using System.Globalization;
using System.Net;
using System.Xml.Linq;
using Microsoft.Extensions.Options;
using Twilio.Clients;
using Twilio.Rest.Api.V2010.Account;
using Twilio.Rest.Api.V2010.Account.Conference;
using Twilio.TwiML;
using ConferenceRecordingResource = Twilio.Rest.Api.V2010.Account.Conference.RecordingResource;
using HttpMethod = Twilio.Http.HttpMethod;
using RecordingResource = Twilio.Rest.Api.V2010.Account.RecordingResource;
using TwilioNumber = Twilio.Types.PhoneNumber;

namespace UppalCrm.Web.Twilio;

/// <summary>Core's door to the carrier, on Twilio's REST API.</summary>
internal sealed class TwilioTelephony(
    ITwilioRestClient twilio, RecordingMedia media, VoiceDocuments documents, IOptions<TwilioOptions> options) : ITelephony
{
    /// <summary>Twilio's and our clock may differ by this much when a lost call is looked for.</summary>
    private static readonly TimeSpan ClockDifference = TimeSpan.FromSeconds(30);

    /// <summary>A conference has at most 250 participants, and no list that is asked for here is longer: one page holds it.</summary>
    private const int WholeList = 250;

    /// <summary>The conference's recording that runs now.</summary>
    private const string CurrentRecording = "Twilio.CURRENT";

    private static readonly List<string> CallEvents = ["initiated", "ringing", "answered", "completed"];

    private readonly TwilioOptions _options = options.Value;

    public string CallerId => _options.CallerId;

    public async Task<DialAttempt> DialAsync(DialOrder order, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            var party = order.TransferId is { } transfer ? $"outside&transfer={transfer}" : "customer";
            var query = $"?conference={Uri.EscapeDataString(order.ConferenceName)}&participant={party}";
            var call = await twilio.SendAsync(
                client => CallResource.CreateAsync(
                    to: new TwilioNumber(order.To.Value),
                    from: new TwilioNumber(_options.CallerId),
                    url: Url(WebhookPaths.Voice + query),
                    method: HttpMethod.Post,
                    statusCallback: Url(WebhookPaths.CallStatus),
                    statusCallbackEvent: CallEvents,
                    statusCallbackMethod: HttpMethod.Post,
                    timeout: (int)order.RingTimeout.TotalSeconds,
                    timeLimit: (int)order.Longest.TotalSeconds,
                    client: client),
                CancellationToken.None); // Once the order is on its way it must be learned what became of it.
            return CallSid.TryParse(call.Sid, out var leg)
                ? new DialAttempt.Accepted(leg)
                : new DialAttempt.Unknown("The carrier gave an answer that we do not understand.");
        }
        catch (TwilioRequestException ex) when (ex.Fate == RequestFate.Unknown)
        {
            return new DialAttempt.Unknown(ex.Words);
        }
        catch (TwilioRequestException ex)
        {
            return new DialAttempt.Refused(ex.Words, ex.Code);
        }
    }

    public async Task<LegReport?> FindDialledLegAsync(DialOrder order, DateTimeOffset since, CancellationToken cancellationToken)
    {
        // Not by start time: a call that is queued or rings has none.
        var calls = await InOurWords(
            client => OnePageAsync(CallResource.ReadAsync(
                to: new TwilioNumber(order.To.Value), from: new TwilioNumber(_options.CallerId), pageSize: 20, client: client)),
            cancellationToken);
        return calls
            .Where(call => call.Direction is null or "outbound-api" && !(Moment(call.DateCreated) < since - ClockDifference))
            .Select(ReportOf)
            .FirstOrDefault(report => report is not null);
    }

    public async Task<LegReport?> FindLegAsync(CallSid leg, CancellationToken cancellationToken)
    {
        try
        {
            return ReportOf(await twilio.SendAsync(client => CallResource.FetchAsync(Checked(leg), client: client), cancellationToken));
        }
        catch (TwilioRequestException ex)
        {
            return ex.Status == HttpStatusCode.NotFound ? null : throw new TelephonyException(ex.Words, ex.Code, ex);
        }
    }

    public async Task<ConferenceReport?> FindConferenceAsync(string conferenceName, CancellationToken cancellationToken)
    {
        if (await FindLiveAsync(conferenceName, cancellationToken) is not { } conference)
        {
            return null;
        }

        var participants = await InOurWords(
            client => OnePageAsync(ParticipantResource.ReadAsync(Checked(conference.Sid), pageSize: WholeList, client: client)),
            cancellationToken);
        return new ConferenceReport(conference.Sid, conferenceName, [.. participants.Select(ParticipantOf).OfType<ParticipantReport>()]);
    }

    public Task EndLegAsync(CallSid leg, CancellationToken cancellationToken) =>
        UnlessGone( // "completed" also ends a call that still rings; "canceled" loses the race with an answer.
            client => CallResource.UpdateAsync(Checked(leg), status: CallResource.UpdateStatusEnum.Completed, client: client),
            cancellationToken);

    public async Task EndConferenceAsync(string conferenceName, CancellationToken cancellationToken)
    {
        if (await FindLiveAsync(conferenceName, cancellationToken) is { } conference)
        {
            await UnlessGone(
                client => ConferenceResource.UpdateAsync(
                    Checked(conference.Sid), status: ConferenceResource.UpdateStatusEnum.Completed, client: client),
                cancellationToken);
        }
    }

    public Task ApologiseAsync(CallSid customer, CancellationToken cancellationToken) =>
        RedirectAsync(customer, documents.Apology(), cancellationToken);

    public Task TakeMessageAsync(CallSid customer, long callId, CancellationToken cancellationToken) =>
        RedirectAsync(customer, documents.TakeMessage(callId), cancellationToken);

    public Task SetHoldAsync(string conferenceSid, CallSid leg, bool hold, CancellationToken cancellationToken) =>
        ChangeAsync(
            new UpdateParticipantOptions(Checked(conferenceSid), Checked(leg))
            {
                Hold = hold,
                HoldUrl = hold ? Url($"{WebhookPaths.Wait}?for=hold") : null,
                HoldMethod = hold ? HttpMethod.Post : null,
            },
            cancellationToken);

    public Task HoldForReturnAsync(string conferenceSid, CallSid leg, CancellationToken cancellationToken) =>
        ChangeAsync(
            new UpdateParticipantOptions(Checked(conferenceSid), Checked(leg))
            {
                Hold = true,
                HoldUrl = Url($"{WebhookPaths.Wait}?for=return"),
                HoldMethod = HttpMethod.Post,
            },
            cancellationToken);

    public Task SetEndOnExitAsync(string conferenceSid, CallSid leg, bool ends, CancellationToken cancellationToken) =>
        ChangeAsync(new UpdateParticipantOptions(Checked(conferenceSid), Checked(leg)) { EndConferenceOnExit = ends }, cancellationToken);

    public Task RestartWaitAsync(string conferenceSid, CallSid leg, bool ringing, CancellationToken cancellationToken) =>
        ChangeAsync(
            new UpdateParticipantOptions(Checked(conferenceSid), Checked(leg))
            {
                WaitUrl = Url(ringing ? $"{WebhookPaths.Wait}?for=ringback" : WebhookPaths.Wait),
                WaitMethod = HttpMethod.Post,
            },
            cancellationToken);

    public Task SetMutedAsync(string conferenceSid, CallSid leg, bool muted, CancellationToken cancellationToken) =>
        ChangeAsync(new UpdateParticipantOptions(Checked(conferenceSid), Checked(leg)) { Muted = muted }, cancellationToken);

    public async Task SetCoachingAsync(
        string conferenceSid, CallSid supervisor, SupervisorMode mode, CallSid? coached, CancellationToken cancellationToken)
    {
        switch (mode)
        {
            case SupervisorMode.Listen:
                // Silent first: the other way round, the customer might hear the supervisor for a moment.
                await SetAsync(update => update.Muted = true);
                await SetAsync(update => update.Coaching = false);
                break;
            case SupervisorMode.Whisper:
                var agent = coached ?? throw new ArgumentException("A whisper needs the agent's leg.", nameof(coached));
                await SetAsync(update => (update.Coaching, update.CallSidToCoach) = (true, Checked(agent)));
                await SetAsync(update => update.Muted = false);
                break;
            default:
                await SetAsync(update => (update.Muted, update.Coaching) = (false, false));
                break;
        }

        Task SetAsync(Action<UpdateParticipantOptions> set)
        {
            var update = new UpdateParticipantOptions(Checked(conferenceSid), Checked(supervisor));
            set(update);
            return ChangeAsync(update, cancellationToken);
        }
    }

    public async Task SetRecordingPausedAsync(string conferenceSid, bool paused, CancellationToken cancellationToken)
    {
        var wanted = paused ? ConferenceRecordingResource.StatusEnum.Paused : ConferenceRecordingResource.StatusEnum.InProgress;
        try
        {
            var recording = await twilio.SendAsync(
                client => ConferenceRecordingResource.UpdateAsync(
                    Checked(conferenceSid), CurrentRecording, wanted, pauseBehavior: paused ? "silence" : null, client: client),
                cancellationToken);
            if (recording.Status != wanted)
            {
                throw new TelephonyException("The carrier did not say that it was done. Try again.");
            }
        }
        catch (TwilioRequestException ex)
        {
            // Its answer may have been lost, or it was so already: how the recording stands now is what counts.
            if (!await IsRecordingAsync(conferenceSid, wanted, cancellationToken))
            {
                throw new TelephonyException(ex.IsGone ? "The carrier records nothing of this call." : ex.Words, ex.Code, ex);
            }
        }
    }

    public async Task MoveAsync(CallSid leg, string conferenceName, CancellationToken cancellationToken)
    {
        var document = documents.OutsideEnters(conferenceName, endsConference: false).ToString(SaveOptions.DisableFormatting);
        try
        {
            await twilio.SendAsync(client => CallResource.UpdateAsync(Checked(leg), twiml: document, client: client), cancellationToken);
        }
        catch (TwilioRequestException ex)
        {
            throw new TelephonyException(ex.IsGone ? "They have hung up." : ex.Words, ex.Code, ex);
        }
    }

    public Task RemoveParticipantAsync(string conferenceSid, CallSid leg, CancellationToken cancellationToken) =>
        UnlessGone(client => ParticipantResource.DeleteAsync(Checked(conferenceSid), Checked(leg), client: client), cancellationToken);

    public Task DeleteRecordingAsync(string recordingSid, CancellationToken cancellationToken) => UnlessGone(
        client => RecordingResource.DeleteAsync(
            TwilioEnums.IsSid(recordingSid, "RE")
                ? recordingSid
                : throw new ArgumentException("This is no recording's SID.", nameof(recordingSid)), client: client),
        cancellationToken);

    public async Task<RecordedSound?> OpenRecordingAsync(string recordingSid, string? range, CancellationToken cancellationToken)
    {
        if (await media.OpenAsync(recordingSid, range, cancellationToken) is not { } response)
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
        var conferences = await InOurWords(
            client => OnePageAsync(ConferenceResource.ReadAsync(friendlyName: conferenceName, pageSize: WholeList, client: client)),
            cancellationToken);
        return conferences.FirstOrDefault(conference => conference.Status != ConferenceResource.StatusEnum.Completed);
    }

    private async Task<bool> IsRecordingAsync(
        string conferenceSid, ConferenceRecordingResource.StatusEnum status, CancellationToken cancellationToken)
    {
        try
        {
            var recordings = await twilio.SendAsync(
                client => OnePageAsync(
                    ConferenceRecordingResource.ReadAsync(Checked(conferenceSid), pageSize: WholeList, client: client)),
                cancellationToken);
            return recordings.Any(recording => recording.Status == status);
        }
        catch (TwilioRequestException)
        {
            return false; // What went wrong first is what is told.
        }
    }

    private Task ChangeAsync(UpdateParticipantOptions update, CancellationToken cancellationToken) =>
        UnlessGone(client => ParticipantResource.UpdateAsync(update, client), cancellationToken);

    /// <summary>Gives a live leg another document. It leaves its conference at once.</summary>
    private Task RedirectAsync(CallSid leg, VoiceResponse document, CancellationToken cancellationToken) =>
        UnlessGone(
            client => CallResource.UpdateAsync(Checked(leg), twiml: document.ToString(SaveOptions.DisableFormatting), client: client),
            cancellationToken);

    /// <summary>What is to be ended or silenced and is gone already has what was wanted.</summary>
    private async Task UnlessGone<T>(Func<ITwilioRestClient, Task<T>> request, CancellationToken cancellationToken)
    {
        try
        {
            await twilio.SendAsync(request, cancellationToken, goneIsDone: true);
        }
        catch (TwilioRequestException ex) when (ex.IsGone)
        {
            // Done, by somebody else.
        }
        catch (TwilioRequestException ex)
        {
            throw new TelephonyException(ex.Words, ex.Code, ex);
        }
    }

    /// <summary>Core knows one exception of a carrier, and its words are for the agent.</summary>
    private async Task<T> InOurWords<T>(Func<ITwilioRestClient, Task<T>> request, CancellationToken cancellationToken)
    {
        try
        {
            return await twilio.SendAsync(request, cancellationToken);
        }
        catch (TwilioRequestException ex)
        {
            throw new TelephonyException(ex.Words, ex.Code, ex);
        }
    }

    /// <summary>The first page. The library would fetch the next ones on this thread, waiting for each, while the list is read.</summary>
    private static async Task<IReadOnlyList<T>> OnePageAsync<T>(Task<global::Twilio.Base.ResourceSet<T>> reading)
        where T : global::Twilio.Base.Resource
    {
        var set = await reading;
        set.AutoPaging = false;
        return [.. set];
    }

    /// <summary>The library puts names into a path as they are; one that holds a slash would lead elsewhere.</summary>
    private static string Checked(CallSid leg) =>
        TwilioEnums.IsSid(leg.Value, "CA") ? leg.Value : throw new ArgumentException("This is no leg's SID.", nameof(leg));

    private static string Checked(string conferenceSid) =>
        TwilioEnums.IsSid(conferenceSid, "CF")
            ? conferenceSid
            : throw new ArgumentException("This is no conference's SID.", nameof(conferenceSid));

    private Uri Url(string pathAndQuery) => new(_options.PublicUrl(pathAndQuery));

    /// <summary>The library reads Twilio's moments into the local time or into none; Twilio writes UTC.</summary>
    private static DateTimeOffset? Moment(DateTime? moment) => moment switch
    {
        null => null,
        { Kind: DateTimeKind.Unspecified } utc => new DateTimeOffset(utc, TimeSpan.Zero),
        { } known => new DateTimeOffset(known.ToUniversalTime()),
    };

    private static LegReport? ReportOf(CallResource call) =>
        CallSid.TryParse(call.Sid, out var leg) && TwilioEnums.LegState(call.Status?.ToString()) is { } state
            ? new LegReport(leg, state, call.From, call.To, Moment(call.DateCreated), Seconds(call.Duration))
            : null;

    private static int? Seconds(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : null;

    private static ParticipantReport? ParticipantOf(ParticipantResource participant) =>
        CallSid.TryParse(participant.CallSid, out var leg)
            ? new ParticipantReport(
                leg, participant.Label, participant.Muted == true, participant.Hold == true, participant.Coaching == true,
                CallSid.TryParse(participant.CallSidToCoach, out var coached) ? coached : null, participant.EndConferenceOnExit)
            : null;
}
