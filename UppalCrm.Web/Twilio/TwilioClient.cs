using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Mime;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace UppalCrm.Web.Twilio;

/// <summary>
/// Twilio's REST API of 2010-04-01, as far as we use it (twilio.com/docs/voice/api). Every method throws
/// <see cref="TwilioException"/> when it does not succeed; its <see cref="TwilioException.Fate"/> tells "nothing happened" from "nobody
/// knows". Reads are repeated on any failure that may pass; changes only where Twilio certainly did nothing (429, no connection).
/// </summary>
public sealed class TwilioClient : IDisposable
{
    /// <summary>How long one attempt may take, answer included.</summary>
    public static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(8);

    /// <summary>A longer <c>Retry-After</c> is not waited for: an agent looks at the screen.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(8);

    private const int Retries = 3;
    private const int LargestAnswer = 4 * 1024 * 1024;
    private const int MostPages = 20;

    private readonly HttpClient _http;
    private readonly TwilioOptions _options;
    private readonly ResiliencePipeline<HttpResponseMessage> _reads;
    private readonly ResiliencePipeline<HttpResponseMessage> _changes;
    private readonly ILogger<TwilioClient> _log;

    public TwilioClient(HttpMessageHandler handler, IOptions<TwilioOptions> options, TimeProvider time, ILogger<TwilioClient> log)
    {
        _options = options.Value;
        _log = log;
        _http = new HttpClient(handler)
        {
            Timeout = Timeout.InfiniteTimeSpan, // Each attempt has its own; a recording streams longer.
            MaxResponseContentBufferSize = LargestAnswer,
        };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("UppalCRM", "1.0"));

        var attempt = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<HttpResponseMessage>
            {
                // While Twilio is down, an agent learns it at once instead of after a time-out.
                FailureRatio = 0.8,
                MinimumThroughput = 10,
                SamplingDuration = TimeSpan.FromSeconds(15),
                BreakDuration = TimeSpan.FromSeconds(5),
                ShouldHandle = static args => ValueTask.FromResult(MayPass(args.Outcome)),
            })
            .AddTimeout(AttemptTimeout)
            .Build();
        _reads = WithRetry(static outcome => MayPass(outcome) || IsTooMany(outcome));
        _changes = WithRetry(static outcome => IsTooMany(outcome) || WasNeverSent(outcome.Exception));

        ResiliencePipeline<HttpResponseMessage> WithRetry(Func<Outcome<HttpResponseMessage>, bool> shouldRetry) =>
            new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
                .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
                {
                    MaxRetryAttempts = Retries,
                    BackoffType = DelayBackoffType.Exponential,
                    Delay = TimeSpan.FromMilliseconds(100),
                    UseJitter = true,
                    DelayGenerator = args => ValueTask.FromResult(AskedDelay(args.Outcome.Result, time)),
                    ShouldHandle = args => ValueTask.FromResult(
                        shouldRetry(args.Outcome) && !(AskedDelay(args.Outcome.Result, time) > LongestWait)),
                })
                .AddPipeline(attempt)
                .Build();
    }

    /// <summary>Makes a call. Not idempotent: when the outcome is unknown, look for the call before making it again.</summary>
    public Task<CallResource> CreateCallAsync(CallOrder order, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, "Calls.json", new Fields()
            .Add("To", order.To).Add("From", order.From).Add("Method", order.Method)
            .Add("StatusCallback", order.StatusCallback).Add("StatusCallbackEvent", order.StatusCallbackEvents)
            .Add("StatusCallbackMethod", order.StatusCallbackMethod).Add("Timeout", order.Timeout).Add("TimeLimit", order.TimeLimit)
            .Add("Url", order.Url).Add("Twiml", order.Twiml), CallResource.Read, cancellationToken);

    /// <summary>Cancels a call that is queued or rings; refused for one that was answered.</summary>
    public Task<CallResource> CancelCallAsync(string callSid, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, $"Calls/{Part(callSid)}.json", new Fields().Add("Status", "canceled"), CallResource.Read, cancellationToken);

    /// <summary>Ends a call in whatever state it is.</summary>
    public Task<CallResource> CompleteCallAsync(string callSid, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, $"Calls/{Part(callSid)}.json", new Fields().Add("Status", "completed"), CallResource.Read, cancellationToken);

    /// <summary>Gives a live call another document. It leaves its conference at once.</summary>
    public Task<CallResource> RedirectCallAsync(string callSid, string url, string method, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, $"Calls/{Part(callSid)}.json", new Fields().Add("Url", url).Add("Method", method), CallResource.Read, cancellationToken);

    /// <summary>Gives a live call these verbs. It leaves its conference at once. DefaultUrls in it must be absolute.</summary>
    public Task<CallResource> RedirectCallAsync(string callSid, VoiceResponse twiml, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, $"Calls/{Part(callSid)}.json", new Fields().Add("Twiml", twiml.ToString()), CallResource.Read, cancellationToken);

    /// <returns><see langword="null"/> when Twilio has never heard of it.</returns>
    public Task<CallResource?> FindCallAsync(string callSid, CancellationToken cancellationToken) =>
        FindAsync($"Calls/{Part(callSid)}.json", CallResource.Read, cancellationToken);

    /// <summary>Calls, newest first.</summary>
    /// <param name="startedAfter">Leaves out calls that have not started: they have no start time.</param>
    public Task<IReadOnlyList<CallResource>> ListCallsAsync(
        CancellationToken cancellationToken,
        string? to = null, string? from = null, string? parentCallSid = null, string? status = null,
        DateTimeOffset? startedBefore = null, DateTimeOffset? startedAfter = null, int pageSize = 50, bool firstPageOnly = false) =>
        ListAsync("Calls.json", "calls", new Fields()
            .Add("To", to).Add("From", from).Add("ParentCallSid", parentCallSid).Add("Status", status)
            .Add("StartTime<", startedBefore).Add("StartTime>", startedAfter), CallResource.Read, pageSize, firstPageOnly, cancellationToken);

    /// <summary>Conferences, newest first.</summary>
    public Task<IReadOnlyList<ConferenceResource>> ListConferencesAsync(
        CancellationToken cancellationToken, string? friendlyName = null, string? status = null, DateOnly? createdAfter = null, int pageSize = 50) =>
        ListAsync("Conferences.json", "conferences", new Fields()
            .Add("FriendlyName", friendlyName).Add("Status", status)
            .Add("DateCreated>", createdAfter?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)), ConferenceResource.Read, pageSize, firstPageOnly: false, cancellationToken);

    /// <returns><see langword="null"/> when Twilio has never heard of it.</returns>
    public Task<ConferenceResource?> FindConferenceAsync(string conferenceSid, CancellationToken cancellationToken) =>
        FindAsync($"Conferences/{Part(conferenceSid)}.json", ConferenceResource.Read, cancellationToken);

    /// <summary>Ends a conference and hangs up all in it.</summary>
    public Task<ConferenceResource> EndConferenceAsync(string conferenceSid, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, $"Conferences/{Part(conferenceSid)}.json", new Fields().Add("Status", "completed"), ConferenceResource.Read, cancellationToken);

    /// <summary>Tells all in a conference something.</summary>
    public Task<ConferenceResource> AnnounceAsync(string conferenceSid, string url, string method, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, $"Conferences/{Part(conferenceSid)}.json", new Fields().Add("AnnounceUrl", url).Add("AnnounceMethod", method), ConferenceResource.Read, cancellationToken);

    /// <summary>Calls a party into a conference. By name it is made when none is live. Not idempotent.</summary>
    public Task<ParticipantResource> AddParticipantAsync(string conference, ParticipantOrder order, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, $"Conferences/{Part(conference)}/Participants.json", new Fields()
            .Add("From", order.From).Add("To", order.To)
            .Add("StatusCallback", order.StatusCallback).Add("StatusCallbackEvent", order.StatusCallbackEvents)
            .Add("Label", order.Label).Add("Timeout", order.Timeout).Add("Beep", order.Beep)
            .Add("StartConferenceOnEnter", order.StartConferenceOnEnter).Add("EndConferenceOnExit", order.EndConferenceOnExit)
            .Add("WaitUrl", order.WaitUrl).Add("EarlyMedia", order.EarlyMedia).Add("ConferenceRecord", order.ConferenceRecord)
            .Add("ConferenceStatusCallback", order.ConferenceStatusCallback)
            .Add("ConferenceStatusCallbackEvent", order.ConferenceStatusCallbackEvents)
            .Add("ConferenceRecordingStatusCallback", order.ConferenceRecordingStatusCallback)
            .Add("ConferenceRecordingStatusCallbackEvent", order.ConferenceRecordingStatusCallbackEvents), ParticipantResource.Read, cancellationToken);

    /// <summary>The parties of a live conference.</summary>
    public Task<IReadOnlyList<ParticipantResource>> ListParticipantsAsync(
        string conferenceSid, CancellationToken cancellationToken, bool? muted = null, bool? hold = null, int pageSize = 50) =>
        ListAsync($"Conferences/{Part(conferenceSid)}/Participants.json", "participants", new Fields().Add("Muted", muted).Add("Hold", hold), ParticipantResource.Read, pageSize, firstPageOnly: false, cancellationToken);

    /// <param name="party">The leg's CallSid or the participant's label.</param>
    /// <returns><see langword="null"/> when no such party is in it.</returns>
    public Task<ParticipantResource?> FindParticipantAsync(string conferenceSid, string party, CancellationToken cancellationToken) =>
        FindAsync($"Conferences/{Part(conferenceSid)}/Participants/{Part(party)}.json", ParticipantResource.Read, cancellationToken);

    /// <summary>Mutes, holds, coaches a party, or takes that back.</summary>
    public Task<ParticipantResource> UpdateParticipantAsync(string conferenceSid, string party, ParticipantChange change, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, $"Conferences/{Part(conferenceSid)}/Participants/{Part(party)}.json", new Fields()
            .Add("Muted", change.Muted).Add("Hold", change.Hold).Add("HoldUrl", change.HoldUrl).Add("HoldMethod", change.HoldMethod)
            .Add("WaitUrl", change.WaitUrl).Add("WaitMethod", change.WaitMethod)
            .Add("Coaching", change.Coaching).Add("CallSidToCoach", change.CallSidToCoach)
            .Add("EndConferenceOnExit", change.EndConferenceOnExit).Add("AnnounceUrl", change.AnnounceUrl), ParticipantResource.Read, cancellationToken);

    /// <summary>Ends a party's call; the others stay.</summary>
    public Task RemoveParticipantAsync(string conferenceSid, string party, CancellationToken cancellationToken) =>
        DeleteAsync($"Conferences/{Part(conferenceSid)}/Participants/{Part(party)}.json", cancellationToken);

    /// <summary>Recordings, newest first.</summary>
    public Task<IReadOnlyList<RecordingResource>> ListRecordingsAsync(
        CancellationToken cancellationToken, string? callSid = null, string? conferenceSid = null, DateTimeOffset? createdAfter = null, int pageSize = 50) =>
        ListAsync("Recordings.json", "recordings", new Fields()
            .Add("DateCreated>", createdAfter).Add("CallSid", callSid).Add("ConferenceSid", conferenceSid), RecordingResource.Read, pageSize, firstPageOnly: false, cancellationToken);

    /// <summary>The recordings of one conference.</summary>
    public Task<IReadOnlyList<RecordingResource>> ListConferenceRecordingsAsync(string conferenceSid, CancellationToken cancellationToken, int pageSize = 50) =>
        ListAsync($"Conferences/{Part(conferenceSid)}/Recordings.json", "recordings", new Fields(), RecordingResource.Read, pageSize, firstPageOnly: false, cancellationToken);

    /// <returns><see langword="null"/> when Twilio has never heard of it.</returns>
    public Task<RecordingResource?> FindRecordingAsync(string recordingSid, CancellationToken cancellationToken) =>
        FindAsync($"Recordings/{Part(recordingSid)}.json", RecordingResource.Read, cancellationToken);

    /// <summary>Stops listening for a while, e.g. while card data are read out; the gap is silence.</summary>
    public Task<RecordingResource> PauseConferenceRecordingAsync(string conferenceSid, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, $"Conferences/{Part(conferenceSid)}/Recordings/Twilio.CURRENT.json", new Fields().Add("Status", "paused").Add("PauseBehavior", "silence"), RecordingResource.Read, cancellationToken);

    /// <summary>Goes on recording after a pause.</summary>
    public Task<RecordingResource> ResumeConferenceRecordingAsync(string conferenceSid, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, $"Conferences/{Part(conferenceSid)}/Recordings/Twilio.CURRENT.json", new Fields().Add("Status", "in-progress"), RecordingResource.Read, cancellationToken);

    /// <summary>Deletes a recording at Twilio. What is gone already counts as deleted.</summary>
    public Task DeleteRecordingAsync(string recordingSid, CancellationToken cancellationToken) =>
        DeleteAsync($"Recordings/{Part(recordingSid)}.json", cancellationToken);

    /// <summary>Our numbers.</summary>
    public Task<IReadOnlyList<NumberResource>> ListNumbersAsync(CancellationToken cancellationToken, string? phoneNumber = null) =>
        ListAsync("IncomingPhoneNumbers.json", "incoming_phone_numbers", new Fields().Add("PhoneNumber", phoneNumber), NumberResource.Read, pageSize: 50, firstPageOnly: false, cancellationToken);

    /// <summary>Says where a number's calls go. A number with a VoiceApplicationSid ignores it.</summary>
    public Task<NumberResource> UpdateNumberAsync(
        string numberSid, string voiceUrl, string voiceMethod, string? voiceFallbackUrl, string? statusCallback, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, $"IncomingPhoneNumbers/{Part(numberSid)}.json", new Fields()
            .Add("StatusCallback", statusCallback).Add("VoiceFallbackUrl", voiceFallbackUrl).Add("VoiceMethod", voiceMethod).Add("VoiceUrl", voiceUrl), NumberResource.Read, cancellationToken);

    /// <summary>The account's TwiML applications.</summary>
    public Task<IReadOnlyList<ApplicationResource>> ListApplicationsAsync(CancellationToken cancellationToken, string? friendlyName = null) =>
        ListAsync("Applications.json", "applications", new Fields().Add("FriendlyName", friendlyName), ApplicationResource.Read, pageSize: 50, firstPageOnly: false, cancellationToken);

    /// <summary>Makes a TwiML application for softphones.</summary>
    public Task<ApplicationResource> CreateApplicationAsync(string friendlyName, string voiceUrl, string voiceMethod, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, "Applications.json", new Fields().Add("VoiceUrl", voiceUrl).Add("VoiceMethod", voiceMethod).Add("FriendlyName", friendlyName), ApplicationResource.Read, cancellationToken);

    /// <summary>
    /// Opens the sound of a recording. The address is built from the SID and our configured base, never from what a callback said, so
    /// our credentials go nowhere else; a redirect to Twilio's storage is followed once, over https and without them.
    /// </summary>
    /// <param name="range">An HTTP Range header's value, or null for the whole.</param>
    /// <returns>200 or 206 with a body that is not read yet; <see langword="null"/> when there is no such sound. The caller disposes it.</returns>
    public async Task<HttpResponseMessage?> OpenRecordingMediaAsync(string recordingSid, string? range, CancellationToken cancellationToken)
    {
        var address = Address($"Recordings/{Part(recordingSid)}.wav");
        var response = await TryAsync(_reads, () => Media(address, withCredentials: true), HttpCompletionOption.ResponseHeadersRead, HttpMethod.Get, cancellationToken);
        if ((int)response.StatusCode is 301 or 302 or 303 or 307 or 308)
        {
            var target = response.Headers.Location is { } location ? new Uri(address, location) : null;
            response.Dispose();
            if (target is null || !IsTwilioStorage(target))
            {
                throw new TwilioException(RequestFate.Refused, response.StatusCode, code: null, "The recording is kept at a place that we do not trust. Tell your administrator.");
            }

            response = await TryAsync(_reads, () => Media(target, withCredentials: false), HttpCompletionOption.ResponseHeadersRead, HttpMethod.Get, cancellationToken);
        }

        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            return response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone
                ? null
                : throw await FailureAsync(response, HttpMethod.Get, cancellationToken);
        }

        HttpRequestMessage Media(Uri uri, bool withCredentials)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, uri);
            if (withCredentials)
            {
                request.Headers.Authorization = Credentials();
            }

            if (range is not null)
            {
                request.Headers.TryAddWithoutValidation("Range", range);
            }

            return request;
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<T?> FindAsync<T>(string path, Func<JsonElement, T> read, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await ReadAsync(Address(path), read, cancellationToken);
        }
        catch (TwilioException ex) when (ex.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<T>> ListAsync<T>(
        string path, string plural, Fields filter, Func<JsonElement, T> read, int pageSize, bool firstPageOnly, CancellationToken cancellationToken)
    {
        var found = new List<T>();
        var page = Address(path + "?" + filter.Add("PageSize", pageSize.ToString(CultureInfo.InvariantCulture)));
        for (var pages = 0; page is not null && pages < MostPages; pages++)
        {
            page = await ReadAsync(
                page,
                json =>
                {
                    found.AddRange(json.GetProperty(plural).EnumerateArray().Select(read));

                    // Followed as given, it holds a token; but never to another host, for our credentials go with it.
                    var next = firstPageOnly || json.Text("next_page_uri") is not { } uri ? null : new Uri(new Uri(_options.ApiUrl), uri);
                    return new NextPage(next?.Authority == page.Authority ? next : null);
                },
                cancellationToken) is { Uri: { } following } ? following : null;
        }

        return found;
    }

    private async Task<T> ReadAsync<T>(Uri address, Func<JsonElement, T> read, CancellationToken cancellationToken)
    {
        using var response = await TryAsync(_reads, () => Request(HttpMethod.Get, address), HttpCompletionOption.ResponseContentRead, HttpMethod.Get, cancellationToken);
        return await AnswerAsync(response, HttpMethod.Get, read, cancellationToken);
    }

    private async Task<T> SendAsync<T>(HttpMethod method, string path, Fields fields, Func<JsonElement, T> read, CancellationToken cancellationToken)
    {
        var address = Address(path);
        var body = fields.ToString();
        using var response = await TryAsync(
            _changes,
            () =>
            {
                var request = Request(method, address);
                request.Content = new StringContent(body, Encoding.UTF8);
                request.Content.Headers.ContentType = new MediaTypeHeaderValue(MediaTypeNames.Application.FormUrlEncoded);
                return request;
            },
            HttpCompletionOption.ResponseContentRead,
            method,
            cancellationToken);
        return await AnswerAsync(response, method, read, cancellationToken);
    }

    private async Task DeleteAsync(string path, CancellationToken cancellationToken)
    {
        var address = Address(path);
        using var response = await TryAsync(_changes, () => Request(HttpMethod.Delete, address), HttpCompletionOption.ResponseContentRead, HttpMethod.Delete, cancellationToken);
        if (!response.IsSuccessStatusCode && response.StatusCode != HttpStatusCode.NotFound)
        {
            throw await FailureAsync(response, HttpMethod.Delete, cancellationToken);
        }
    }

    /// <summary>One request with its retries. Any answer is returned; none is a <see cref="TwilioException"/>.</summary>
    private async Task<HttpResponseMessage> TryAsync(
        ResiliencePipeline<HttpResponseMessage> pipeline, Func<HttpRequestMessage> request, HttpCompletionOption completion, HttpMethod method, CancellationToken cancellationToken)
    {
        try
        {
            return await pipeline.ExecuteAsync(
                async token =>
                {
                    using var message = request();
                    return await _http.SendAsync(message, completion, token);
                },
                cancellationToken);
        }
        catch (BrokenCircuitException ex)
        {
            throw new TwilioException(RequestFate.Refused, status: null, code: null, "The carrier could not be reached several times in a row. Try again in a few seconds.", ex);
        }
        catch (HttpRequestException ex) when (WasNeverSent(ex))
        {
            _log.LogWarning(ex, "Twilio could not be reached.");
            throw new TwilioException(RequestFate.Refused, status: null, code: null, "The carrier could not be reached. Check this server's connection to the internet.", ex);
        }
        catch (Exception ex) when (ex is HttpRequestException or TimeoutRejectedException or IOException)
        {
            _log.LogWarning(ex, "Twilio did not answer a {Method}.", method);
            var fate = method == HttpMethod.Get ? RequestFate.Refused : RequestFate.Unknown;
            throw new TwilioException(fate, status: null, code: null, TwilioErrors.InWords(code: null, status: null), ex);
        }
    }

    private async Task<T> AnswerAsync<T>(HttpResponseMessage response, HttpMethod method, Func<JsonElement, T> read, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw await FailureAsync(response, method, cancellationToken);
        }

        try
        {
            using var json = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), default, cancellationToken);
            return read(json.RootElement);
        }
        catch (Exception ex) when (ex is JsonException or FormatException or KeyNotFoundException or InvalidOperationException)
        {
            var fate = method == HttpMethod.Get ? RequestFate.Refused : RequestFate.Unknown;
            throw new TwilioException(fate, response.StatusCode, code: null, "The carrier gave an answer that we do not understand.", ex);
        }
    }

    private async Task<TwilioException> FailureAsync(HttpResponseMessage response, HttpMethod method, CancellationToken cancellationToken)
    {
        int? code = null;
        try
        {
            using var json = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), default, cancellationToken);
            code = json.RootElement.Number("code");
        }
        catch (JsonException)
        {
            // A proxy's page, or nothing: the status has to do.
        }

        var status = response.StatusCode;
        var mayHaveHappened = method != HttpMethod.Get && ((int)status is < 400 or >= 500 || status == HttpStatusCode.RequestTimeout);
        _log.LogWarning("Twilio answered a {Method} with {Status}, code {Code}.", method, (int)status, code);
        return new TwilioException(mayHaveHappened ? RequestFate.Unknown : RequestFate.Refused, status, code, TwilioErrors.InWords(code, status));
    }

    private HttpRequestMessage Request(HttpMethod method, Uri address)
    {
        var request = new HttpRequestMessage(method, address);
        request.Headers.Authorization = Credentials();
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(MediaTypeNames.Application.Json));
        return request;
    }

    private AuthenticationHeaderValue Credentials() =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{_options.ApiKey}:{_options.ApiSecret}")));

    private Uri Address(string path) => new($"{_options.ApiUrl}/2010-04-01/Accounts/{_options.AccountSid}/{path}");

    /// <summary>One part of a path. Twilio allows neither slash nor question mark in one, and a name must not lead elsewhere.</summary>
    private static string Part(string value) =>
        value.Length > 0 && value.AsSpan().IndexOfAny('/', '?') < 0 && value is not ("." or "..")
            ? Uri.EscapeDataString(value)
            : throw new ArgumentException("A name in a path holds neither slash nor question mark.", nameof(value));

    private static bool IsTwilioStorage(Uri uri) =>
        uri.Scheme == Uri.UriSchemeHttps && uri.UserInfo.Length == 0
        && (uri.Host.EndsWith(".twilio.com", StringComparison.OrdinalIgnoreCase)
            || uri.Host.EndsWith(".twiliocdn.com", StringComparison.OrdinalIgnoreCase)
            || uri.Host.EndsWith(".amazonaws.com", StringComparison.OrdinalIgnoreCase));

    private static bool MayPass(Outcome<HttpResponseMessage> outcome) =>
        outcome.Exception is HttpRequestException or TimeoutRejectedException or IOException
        || outcome.Result is { StatusCode: >= HttpStatusCode.InternalServerError };

    private static bool IsTooMany(Outcome<HttpResponseMessage> outcome) => outcome.Result is { StatusCode: HttpStatusCode.TooManyRequests };

    /// <summary>The connection never came about, so Twilio has seen nothing.</summary>
    private static bool WasNeverSent(Exception? exception) => exception is HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError,
    };

    /// <summary>What <c>Retry-After</c> asks for, as seconds or as a date; null for our own back-off.</summary>
    private static TimeSpan? AskedDelay(HttpResponseMessage? response, TimeProvider time) => response?.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - time.GetUtcNow() is { Ticks: > 0 } left ? left : TimeSpan.Zero,
        _ => null,
    };

    private sealed record NextPage(Uri? Uri);

    /// <summary>Form or query fields as Twilio wants them: a space as %20, lists as a repeated name, null left out, empty kept.</summary>
    private sealed class Fields
    {
        private readonly StringBuilder _text = new();

        public Fields Add(string name, string? value)
        {
            if (value is not null)
            {
                _text.Append(_text.Length == 0 ? "" : "&").Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(value));
            }

            return this;
        }

        public Fields Add(string name, bool? value) => Add(name, value switch { true => "true", false => "false", null => null });

        public Fields Add(string name, TimeSpan? value) => Add(name, value is { } time ? ((int)time.TotalSeconds).ToString(CultureInfo.InvariantCulture) : null);

        public Fields Add(string name, DateTimeOffset? value) =>
            Add(name, value?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));

        public Fields Add(string name, IReadOnlyList<string> values)
        {
            foreach (var value in values)
            {
                Add(name, value);
            }

            return this;
        }

        public override string ToString() => _text.ToString();
    }
}
