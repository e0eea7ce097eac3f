using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using UppalCrm.Simulator;

namespace UppalCrm.Bench;

/// <summary>
/// Signs as Twilio does (HMAC-SHA1 over address and sorted parameters); written a second time, so that a mistake cannot agree with itself.
/// </summary>
internal static class Signature
{
    public static readonly SimulatorOptions Account = new();

    private static readonly byte[] Key = Encoding.UTF8.GetBytes(Account.AuthToken);

    public static string Of(string address, IEnumerable<KeyValuePair<string, string>> form)
    {
        var text = new StringBuilder(address);
        foreach (var (name, value) in form.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            text.Append(name).Append(value);
        }

        return Convert.ToBase64String(HMACSHA1.HashData(Key, Encoding.UTF8.GetBytes(text.ToString())));
    }
}

/// <summary>Twilio's requests of inbound calls, with the 28 parameters that a real one has.</summary>
internal sealed class Carrier(string address) : IDisposable
{
    private static long _calls;

    private readonly HttpClient _http =
        new(new SocketsHttpHandler { MaxConnectionsPerServer = 2000, PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5) })
        { Timeout = TimeSpan.FromSeconds(20) };

    /// <summary>A leg that was never before.</summary>
    public static string NewLeg() => $"CA{Environment.ProcessId:x8}{Interlocked.Increment(ref _calls):x24}";

    /// <summary>A caller arrives.</summary>
    /// <returns>How long the answer took; null when it was no conference.</returns>
    public async Task<TimeSpan?> CallAsync(string leg, string path = "/api/twilio/webhook/voice")
    {
        using var request = Signed(path, Form(leg, "ringing"));
        var started = Stopwatch.GetTimestamp();
        try
        {
            using var answer = await _http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            return text.Contains("<Conference", StringComparison.Ordinal) ? Stopwatch.GetElapsedTime(started) : null;
        }
        catch (Exception ex) when (ex is HttpRequestException or TaskCanceledException)
        {
            return null; // nobody listens, or nobody answers
        }
    }

    /// <summary>The caller has hung up: the conference ends with its only party, and then the leg, as the carrier tells it.</summary>
    /// <returns>False when either was not taken.</returns>
    public async Task<bool> EndAsync(string leg) =>
        await TellAsync("/api/twilio/webhook/conference-status",
        [
            new("AccountSid", Signature.Account.AccountSid), new("StatusCallbackEvent", "conference-end"),
            new("ConferenceSid", "CF" + leg[2..]),
            new("FriendlyName", "incoming-" + leg), new("SequenceNumber", "4"),
            new("Timestamp", TimeProvider.System.GetUtcNow().ToString("r")),
            new("ReasonConferenceEnded", "last-participant-left"), new("CallSidEndingConference", leg),
        ])
        && await TellAsync("/api/twilio/webhook/call-status",
            [.. Form(leg, "completed"), new("CallDuration", "3"), new("SequenceNumber", "3")]);

    public async Task PostAsync(string path, string body)
    {
        using var content = new StringContent(body);
        using var answer = await _http.PostAsync(address + path, content);
        answer.EnsureSuccessStatusCode();
    }

    public async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await _http.GetAsync(address + "/health/ready");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<bool> TellAsync(string path, List<KeyValuePair<string, string>> form)
    {
        using var request = Signed(path, form);
        try
        {
            using var answer = await _http.SendAsync(request);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception ex) when (ex is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private HttpRequestMessage Signed(string path, List<KeyValuePair<string, string>> form)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, address + path) { Content = new FormUrlEncodedContent(form) };
        request.Headers.Add("X-Twilio-Signature", Signature.Of(address + path, form));
        request.Headers.Add("I-Twilio-Idempotency-Token", Guid.NewGuid().ToString());
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/xml"));
        return request;
    }

    private static List<KeyValuePair<string, string>> Form(string leg, string status)
    {
        var from = $"+1202555{leg.GetHashCode(StringComparison.Ordinal) & 0x1fff:d4}"[..12];
        return
        [
            new(
                "AccountSid",
                Signature.Account.AccountSid), new("ApiVersion", "2010-04-01"), new("CallSid", leg), new("CallStatus", status),
            new("Direction", "inbound"),
            new("Called", Signature.Account.PhoneNumbers[0]), new("CalledCity", "SAN FRANCISCO"),
            new("CalledCountry", "US"), new("CalledState", "CA"), new("CalledZip", "94105"),
            new("Caller", from), new("CallerCity", "WASHINGTON"), new("CallerCountry", "US"), new("CallerState", "DC"),
            new("CallerZip", "20001"),
            new("From", from), new("FromCity", "WASHINGTON"), new("FromCountry", "US"), new("FromState", "DC"), new("FromZip", "20001"),
            new("To", Signature.Account.PhoneNumbers[0]), new("ToCity", "SAN FRANCISCO"), new("ToCountry", "US"), new("ToState", "CA"),
            new("ToZip", "94105"),
            new("StirVerstat", "TN-Validation-Passed-A"), new("CallToken", "bench"), new("CallerName", "BENCH CALLER"),
        ];
    }
}
