using System.Diagnostics;
using UppalCrm.Simulator.Sim;

namespace UppalCrm.Simulator.Webhooks;

/// <summary>One request to the customer's web server.</summary>
internal sealed record WebhookRequest
{
    /// <summary>
    /// For the log: <c>voice</c>, <c>action</c>, <c>wait</c>, <c>call-status</c>, <c>conference</c>, <c>recording</c>, …
    /// </summary>
    public required string Purpose { get; init; }

    /// <summary>As given, with its fragment (<c>#rc=2&amp;rp=all</c>), which is not sent.</summary>
    public required string Url { get; init; }

    public string Method { get; init; } = "POST";

    public required IReadOnlyList<KeyValuePair<string, string>> Fields { get; init; }

    public string? CallSid { get; init; }

    public string? ConferenceSid { get; init; }

    /// <summary>What the callback tells, in Twilio's word.</summary>
    public string Event { get; init; } = "";

    /// <summary>A name for its source that is the same in every run, e.g. "third call".</summary>
    public string Source { get; init; } = "";
}

/// <param name="Status">HTTP status, or 0 when none came.</param>
/// <param name="Url">Where the answer came from, after redirects; relative addresses in it start here.</param>
/// <param name="Error">Twilio's code when this is a failure, else 0.</param>
internal sealed record WebhookAnswer(int Status, string? ContentType, byte[] Body, string Url, int Error, string Problem);

/// <summary>
/// Sends signed requests as Twilio does: one retry when the connection fails, none otherwise unless the address asks for it in its
/// fragment (<c>rc</c>, <c>rp</c>, <c>rt</c>, <c>tt</c>; connect time-out, edge and certificate options have no meaning here).
/// Limits: 15 s in all, 64 kB of document, 10 redirects. A retry keeps its <c>I-Twilio-Idempotency-Token</c>. Callbacks of one call,
/// and of one conference, go out in their
/// order, each after the one before was answered (or 5 s), unless a fault setting delays them; Twilio promises no order.
/// </summary>
internal sealed class WebhookSender : IDisposable
{
    private const int LargestDocument = 64 * 1024;
    private static readonly TimeSpan LongestTurn = TimeSpan.FromSeconds(5);

    private readonly WebhookMessages _messages;
    private readonly TimeProvider _time;
    private readonly NetworkLog _log;
    private readonly Func<FaultSettings> _faults;
    private readonly HttpClient _http;
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task> _turns = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);
    private int _outstanding;

    public WebhookSender(string accountSid, string authToken, TimeProvider time, NetworkLog log, Func<FaultSettings> faults)
    {
        _messages = new WebhookMessages(accountSid, authToken);
        _time = time;
        _log = log;
        _faults = faults;
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan, // Each request has its own.
        };
    }

    /// <summary>Requests begun and not yet answered, delayed ones included.</summary>
    public int Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>Asks for a document and brings the answer.</summary>
    public Task<WebhookAnswer> RequestAsync(WebhookRequest request, CancellationToken cancellationToken) =>
        Task.Run(() => RunAsync(request, after: null, cancellationToken), CancellationToken.None);

    /// <summary>Tells something; the answer's body is ignored and a failure is only logged.</summary>
    public void Send(WebhookRequest request)
    {
        var source = request.ConferenceSid ?? request.CallSid ?? request.Url;
        lock (_lock)
        {
            var before = _turns.GetValueOrDefault(source);
            var turn = Task.Run(() => SendCallbackAsync(request, before));
            _turns[source] = turn;
            _ = turn.ContinueWith(
                done =>
                {
                    lock (_lock)
                    {
                        if (_turns.GetValueOrDefault(source) == done)
                        {
                            _turns.Remove(source);
                        }
                    }
                },
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }
    }

    public void Dispose()
    {
        _closing.Cancel();
        _http.Dispose();
        _closing.Dispose();
    }

    private async Task SendCallbackAsync(WebhookRequest request, Task? before)
    {
        try
        {
            var answer = await RunAsync(request, before, CancellationToken.None).ConfigureAwait(false);
            if (answer.Error != 0 || answer.Status is not (>= 200 and < 300))
            {
                var code = request.Purpose == "conference" ? 16011 : 15003;
                var problem = answer.Problem.Length > 0 ? answer.Problem : $"HTTP {answer.Status}";
                _log.Error(
                    code,
                    $"The callback {request.Purpose} {request.Event} was not taken: {problem}.",
                    request.CallSid,
                    request.ConferenceSid);
            }
        }
        catch (OperationCanceledException)
        {
            // The network is closing.
        }
        catch (ObjectDisposedException)
        {
            // The same, a moment later.
        }
    }

    private async Task<WebhookAnswer> RunAsync(WebhookRequest request, Task? after, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _outstanding);
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
            var plan = PlanFor(request);
            if (plan.Drop)
            {
                _log.Write(
                    "webhook",
                    $"{request.Purpose} {request.Event} dropped by a fault setting",
                    ("purpose", request.Purpose),
                    ("event", request.Event),
                    ("callSid", request.CallSid),
                    ("conferenceSid", request.ConferenceSid),
                    ("dropped", "true"));
                return new WebhookAnswer(
                    plan.IsDocument ? 0 : 204, null, [], request.Url, plan.IsDocument ? 11200 : 0, "dropped by a fault setting");
            }

            if (plan.Delay > TimeSpan.Zero)
            {
                await Task.Delay(plan.Delay, _time, either.Token).ConfigureAwait(false);
            }
            else if (after is not null)
            {
                await Task.WhenAny(after, Task.Delay(LongestTurn, either.Token)).ConfigureAwait(false);
                either.Token.ThrowIfCancellationRequested();
            }

            var token = Guid.NewGuid().ToString();
            for (var copy = 1; copy <= plan.Copies; copy++)
            {
                _ = SendCopyAsync(request, token, copy * plan.CopyDelay);
            }

            return await SendAsync(request, token, either.Token).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _outstanding);
        }
    }

    private async Task SendCopyAsync(WebhookRequest request, string token, TimeSpan delay)
    {
        Interlocked.Increment(ref _outstanding);
        try
        {
            if (delay > TimeSpan.Zero)
            {
                await Task.Delay(delay, _time, _closing.Token).ConfigureAwait(false);
            }

            await SendAsync(request, token, _closing.Token).ConfigureAwait(false);
        }
        catch (Exception ex) when (ex is OperationCanceledException or ObjectDisposedException)
        {
            // The network is closing.
        }
        finally
        {
            Interlocked.Decrement(ref _outstanding);
        }
    }

    private Plan PlanFor(WebhookRequest request)
    {
        var faults = _faults();
        var plan = new Plan { IsDocument = request.Purpose is not ("call-status" or "conference" or "recording") };
        if (faults.Webhooks.Count == 0)
        {
            return plan;
        }

        lock (_lock)
        {
            var name = $"{request.Source}|{request.Purpose}|{request.Event}";
            var nth = _counts[name] = _counts.GetValueOrDefault(name) + 1;
            var ruleNumber = 0;
            foreach (var rule in faults.Webhooks)
            {
                ruleNumber++;
                if ((rule.Path is not null && !request.Url.Contains(rule.Path, StringComparison.Ordinal))
                    || (rule.Event is not null && rule.Event != request.Event)
                    || (rule.CallSid is not null && rule.CallSid != request.CallSid)
                    || (rule.Nth is { } only && ++rule.Seen != only))
                {
                    continue;
                }

                var draw = $"{name}|{nth}|{ruleNumber}|";
                if (rule.Probability < 1 && Draw.Of(faults.Seed, draw + "whether") >= rule.Probability)
                {
                    continue;
                }

                plan = plan with
                {
                    Drop = plan.Drop || rule.Drop,
                    Delay = plan.Delay + TimeSpan.FromSeconds(rule.Delay + (rule.DelayUpTo * Draw.Of(faults.Seed, draw + "when"))),
                    Copies = plan.Copies + rule.Copies,
                    CopyDelay = rule.Copies > 0 ? TimeSpan.FromSeconds(rule.CopyDelay) : plan.CopyDelay,
                };
            }
        }

        return plan;
    }

    private async Task<WebhookAnswer> SendAsync(WebhookRequest request, string token, CancellationToken cancellationToken)
    {
        var overrides = ConnectionOverrides.Of(request.Url);
        using var limit = new CancellationTokenSource(overrides.Total);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var watch = Stopwatch.StartNew();
        WebhookAnswer answer;
        for (var attempt = 0; ; attempt++)
        {
            answer = await SendOnceAsync(request, token, overrides, either.Token, cancellationToken).ConfigureAwait(false);
            if (attempt >= overrides.Retries || !overrides.RetriesAfter(answer) || limit.IsCancellationRequested)
            {
                break;
            }
        }

        _log.Write(
            "webhook",
            answer.Error == 0
                ? $"{request.Purpose} {request.Event} → {answer.Status}"
                : $"{request.Purpose} {request.Event} → {answer.Error}: {answer.Problem}",
            ("purpose", request.Purpose),
            ("event", request.Event),
            ("callSid", request.CallSid),
            ("conferenceSid", request.ConferenceSid),
            ("path", PathOf(request.Url)),
            ("status", answer.Status.ToString()),
            ("ms", watch.ElapsedMilliseconds.ToString()),
            ("token", token),
            ("sequence", request.Fields.FirstOrDefault(field => field.Key == "SequenceNumber").Value));
        return answer;
    }

    private async Task<WebhookAnswer> SendOnceAsync(
        WebhookRequest request, string token, ConnectionOverrides overrides, CancellationToken limit, CancellationToken caller)
    {
        var url = request.Url.Split('#', 2)[0];
        var method = request.Method;
        var fields = request.Fields;
        using var read = CancellationTokenSource.CreateLinkedTokenSource(limit);
        read.CancelAfter(overrides.Read);
        try
        {
            for (var hop = 0; hop <= 10; hop++)
            {
                using var message = _messages.Create(url, method, fields, token);
                using var response = await _http.SendAsync(
                    message, HttpCompletionOption.ResponseHeadersRead, read.Token).ConfigureAwait(false);
                if ((int)response.StatusCode is 301 or 302 or 303 or 307 or 308 && response.Headers.Location is { } location)
                {
                    url = (location.IsAbsoluteUri ? location : new Uri(new Uri(url), location)).AbsoluteUri;
                    if ((int)response.StatusCode is 301 or 302 or 303)
                    {
                        method = "GET"; // And the parameters are lost: what Twilio does.
                        fields = [];
                    }

                    continue;
                }

                var body = await ReadAsync(response, read.Token).ConfigureAwait(false);
                var status = (int)response.StatusCode;
                var error = body is null ? 11750 : status is >= 200 and < 300 ? 0 : 11200;
                return new WebhookAnswer(status, response.Content.Headers.ContentType?.ToString(), body ?? [], url, error, error switch
                {
                    11750 => "the answer is larger than 64 kB",
                    11200 => $"HTTP {status}",
                    _ => "",
                });
            }

            return new WebhookAnswer(0, null, [], url, 11215, "more than 10 redirects");
        }
        catch (OperationCanceledException) when (!caller.IsCancellationRequested)
        {
            return new WebhookAnswer(0, null, [], url, 11205, "no answer in time");
        }
        catch (HttpRequestException ex)
        {
            var (code, problem) = ex.HttpRequestError switch
            {
                HttpRequestError.ConnectionError => (11205, "no connection"),
                HttpRequestError.NameResolutionError => (11210, "no such host"),
                HttpRequestError.SecureConnectionError => (11220, "the secure connection failed"),
                _ => (11205, $"the connection failed ({ex.HttpRequestError})"),
            };
            return new WebhookAnswer(0, null, [], url, code, problem);
        }
        catch (Exception ex) when (ex is UriFormatException or InvalidOperationException or NotSupportedException or FormatException)
        {
            return new WebhookAnswer(0, null, [], url, 11100, $"'{url}' is not an address that can be called");
        }
        catch (IOException)
        {
            return new WebhookAnswer(0, null, [], url, 11206, "the answer broke off");
        }
    }

    private static async Task<byte[]?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        // An audio answer may be longer than a document.
        var largest = response.Content.Headers.ContentType?.MediaType?.StartsWith("audio/", StringComparison.OrdinalIgnoreCase) == true
            ? 40 * 1024 * 1024
            : LargestDocument;
        if (response.Content.Headers.ContentLength > largest)
        {
            return null;
        }

        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            body.Write(buffer, 0, read);
            if (body.Length > largest)
            {
                return null;
            }
        }

        return body.ToArray();
    }

    private static string PathOf(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri.AbsolutePath : url;

    private sealed record Plan
    {
        public bool IsDocument { get; init; }

        public bool Drop { get; init; }

        public TimeSpan Delay { get; init; }

        public int Copies { get; init; }

        public TimeSpan CopyDelay { get; init; }
    }
}
