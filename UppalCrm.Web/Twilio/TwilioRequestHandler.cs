using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;
using Twilio.Clients;
using Twilio.Exceptions;

namespace UppalCrm.Web.Twilio;

/// <summary>
/// Every request to Twilio passes here. It goes to <c>TWILIO_API_URL</c> and has a time limit. Reads are repeated on
/// any failure that may pass; changes only where Twilio certainly did nothing (429, no connection), so a create is never repeated.
/// Whatever does not succeed is a <see cref="TwilioRequestException"/>, whose <see cref="TwilioRequestException.Fate"/> tells "nothing
/// happened" from "nobody knows". Redirects are not followed: credentials must not go with them.
/// </summary>
internal sealed class TwilioRequestHandler : DelegatingHandler
{
    /// <summary>How long one attempt may take, answer included.</summary>
    public static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(8);

    /// <summary>A longer <c>Retry-After</c> is not waited for: an agent looks at the screen.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(8);

    private const int Retries = 3;
    private const int LargestAnswer = 4 * 1024 * 1024;

    private static readonly AsyncLocal<CancellationToken> Cancellation = new();
    private static readonly AsyncLocal<bool> IsGoneWanted = new();
    private static readonly string TwilioHost = new Uri(TwilioOptions.TwilioApiUrl).Host;

    private readonly string _apiUrl;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline<HttpResponseMessage> _reads;
    private readonly ResiliencePipeline<HttpResponseMessage> _changes;
    private readonly ILogger<TwilioRequestHandler> _log;

    public TwilioRequestHandler(IOptions<TwilioOptions> options, TimeProvider time, ILogger<TwilioRequestHandler> log)
    {
        _apiUrl = options.Value.ApiUrl;
        _time = time;
        _log = log;
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

    /// <summary>The library's methods take no token. This one holds for the requests of the current asynchronous method.</summary>
    internal static void CancelWith(CancellationToken cancellationToken) => Cancellation.Value = cancellationToken;

    /// <summary>Likewise: that what is to be ended or changed is gone is no failure, and no warning.</summary>
    internal static void GoneIsDone(bool isWanted) => IsGoneWanted.Value = isWanted;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var address = request.RequestUri!;
        if (address.Host == TwilioHost)
        {
            request.RequestUri = new Uri(_apiUrl + address.PathAndQuery);
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Cancellation.Value);
        var response = await MeasureAsync(request, either.Token);
        if (response.IsSuccessStatusCode || (!IsResource(request) && response.StatusCode < HttpStatusCode.BadRequest))
        {
            return response; // The sound of a recording may be elsewhere; a resource never is.
        }

        using (response)
        {
            throw await FailureAsync(response, request.Method, either.Token);
        }
    }

    private async Task<HttpResponseMessage> MeasureAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var result = "cancelled";
        try
        {
            var response = await TryAsync(request, cancellationToken);
            result = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
            return response;
        }
        catch (TwilioRequestException ex)
        {
            result = ex.InnerException switch
            {
                BrokenCircuitException => "broken-circuit",
                { } inner when WasNeverSent(inner) => "unreachable",
                _ => "unanswered",
            };
            throw;
        }
        finally
        {
            CallTelemetry.CarrierAsked(OperationOf(request), result, _time.GetElapsedTime(started));
        }
    }

    /// <summary>The method and the kinds of resources in the path, e.g. <c>POST Conferences/Participants</c>; no SID.</summary>
    private static string OperationOf(HttpRequestMessage request)
    {
        // 2010-04-01/Accounts/AC…/Conferences/CF…/Participants/CA….json: a kind and a name take turns.
        var kinds = request.RequestUri!.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries).Skip(3).Where((_, i) => i % 2 == 0);
        return $"{request.Method} {string.Join('/', kinds.Select(kind => kind.Replace(".json", "", StringComparison.Ordinal)))}";
    }

    /// <summary>One request with its retries. Any answer is returned; none is a <see cref="TwilioRequestException"/>.</summary>
    private async Task<HttpResponseMessage> TryAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await (request.Method == HttpMethod.Get ? _reads : _changes).ExecuteAsync(
                async token =>
                {
                    var response = await base.SendAsync(request, token);
                    if (IsResource(request))
                    {
                        await response.Content.LoadIntoBufferAsync(LargestAnswer, token); // An answer that breaks off is none.
                    }

                    return response;
                },
                cancellationToken);
        }
        catch (BrokenCircuitException ex)
        {
            throw new TwilioRequestException(
                RequestFate.Refused, status: null, code: null,
                "The carrier could not be reached several times in a row. Try again in a few seconds.", ex);
        }
        catch (HttpRequestException ex) when (WasNeverSent(ex))
        {
            _log.LogWarning(ex, "Twilio could not be reached.");
            throw new TwilioRequestException(
                RequestFate.Refused, status: null, code: null,
                "The carrier could not be reached. Check this server's connection to the internet.", ex);
        }
        catch (Exception ex) when (ex is HttpRequestException or TimeoutRejectedException or IOException)
        {
            _log.LogWarning(ex, "Twilio did not answer a {Method}.", request.Method);
            throw new TwilioRequestException(
                FateOf(request.Method), status: null, code: null, TwilioErrors.InWords(code: null, status: null), ex);
        }
    }

    private async Task<TwilioRequestException> FailureAsync(
        HttpResponseMessage response, HttpMethod method, CancellationToken cancellationToken)
    {
        int? code = null;
        try
        {
            using var json = await JsonDocument.ParseAsync(
                await response.Content.ReadAsStreamAsync(cancellationToken), default, cancellationToken);
            code = json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("code", out var field)
                && field.ValueKind == JsonValueKind.Number && field.TryGetInt32(out var number)
                ? number
                : null;
        }
        catch (JsonException)
        {
            // A proxy's page, or nothing: the status has to do.
        }

        var isUnknown =
            response.StatusCode is < HttpStatusCode.BadRequest or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError;
        var failure = new TwilioRequestException(
            isUnknown ? FateOf(method) : RequestFate.Refused, response.StatusCode, code, TwilioErrors.InWords(code, response.StatusCode));
        // Twilio's own text may hold a telephone number and stays out of the log.
        _log.Log(
            failure.IsGone && IsGoneWanted.Value ? LogLevel.Debug : LogLevel.Warning,
            "Twilio answered a {Method} with status {Status}, code {Code}.", method, (int)response.StatusCode, code);
        return failure;
    }

    private static RequestFate FateOf(HttpMethod method) => method == HttpMethod.Get ? RequestFate.Refused : RequestFate.Unknown;

    /// <summary>A resource in JSON, which is read whole. The sound of a recording is streamed and may take as long as it likes.</summary>
    private static bool IsResource(HttpRequestMessage request) =>
        request.RequestUri!.AbsolutePath.EndsWith(".json", StringComparison.Ordinal);

    private static bool MayPass(Outcome<HttpResponseMessage> outcome) =>
        outcome.Exception is HttpRequestException or TimeoutRejectedException or IOException
        || outcome.Result is { StatusCode: >= HttpStatusCode.InternalServerError };

    private static bool IsTooMany(Outcome<HttpResponseMessage> outcome) =>
        outcome.Result is { StatusCode: HttpStatusCode.TooManyRequests };

    /// <summary>The connection never came about, so Twilio has seen nothing.</summary>
    private static bool WasNeverSent(Exception? exception) => exception is HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
            or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError,
    };

    /// <summary>What <c>Retry-After</c> asks for, as seconds or as a date; null for our own back-off.</summary>
    private static TimeSpan? AskedDelay(HttpResponseMessage? response, TimeProvider time) => response?.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - time.GetUtcNow() is { Ticks: > 0 } left ? left : TimeSpan.Zero,
        _ => null,
    };
}

/// <summary>How the library is asked.</summary>
internal static class TwilioRequests
{
    /// <summary>Sends one request of the library, so that it can be cancelled.</summary>
    /// <param name="goneIsDone">It has what it wanted also when what it asks of is gone: that is thrown, and not warned of.</param>
    /// <exception cref="TwilioRequestException">
    /// It did not succeed, or its answer cannot be read. The library's own exceptions stay inside: their messages hold addresses and
    /// numbers.
    /// </exception>
    public static async Task<T> SendAsync<T>(
        this ITwilioRestClient twilio, Func<ITwilioRestClient, Task<T>> request, CancellationToken cancellationToken,
        bool goneIsDone = false)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TwilioRequestHandler.CancelWith(cancellationToken);
        TwilioRequestHandler.GoneIsDone(goneIsDone);
        try
        {
            return await request(twilio) ?? throw NotUnderstood(inner: null);
        }
        catch (ApiConnectionException ex) when (ex.InnerException is TwilioRequestException failure)
        {
            throw new TwilioRequestException(failure.Fate, failure.Status, failure.Code, failure.Words, failure.InnerException);
        }
        catch (ApiConnectionException ex) when (ex.InnerException is OperationCanceledException)
        {
            throw new OperationCanceledException("The request to Twilio was cancelled.", ex.InnerException, cancellationToken);
        }
        catch (Exception ex) when (ex is not (TwilioRequestException or OperationCanceledException or ArgumentException))
        {
            throw NotUnderstood(ex.InnerException); // Twilio said yes and something that the library cannot read.
        }
    }

    private static TwilioRequestException NotUnderstood(Exception? inner) =>
        new(RequestFate.Unknown, status: null, code: null, "The carrier gave an answer that we do not understand.", inner);
}
