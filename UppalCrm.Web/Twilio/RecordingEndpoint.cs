using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Claims;
using System.Text.RegularExpressions;

namespace UppalCrm.Web.Twilio;

/// <summary>
/// <c>GET /recordings/{callId}</c>: a recording's sound for those who may hear it, streamed through us so that the carrier's address
/// and our credentials stay here. "There is none" and "not for you" are the same 404.
/// </summary>
internal sealed partial class RecordingEndpoint(
    RecordingAccess access, ITelephony telephony, AuditLog audit, TimeProvider time, ILogger<RecordingEndpoint> log)
{
    /// <summary>A player fetches one recording in many parts: that is one hearing in the audit.</summary>
    private static readonly TimeSpan OneHearing = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<(int AgentId, long CallId), DateTimeOffset> _heard = new();

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet(
            "/recordings/{callId:long}",
            (HttpContext http, long callId, RecordingEndpoint recordings) => recordings.PlayAsync(http, callId))
            .RequireAuthorization();

    private async Task PlayAsync(HttpContext http, long callId)
    {
        var response = http.Response;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";

        var hearsAll = FloorRights.Supervises(http.User);
        var person = http.User.FindFirstValue(ClaimTypes.NameIdentifier);
        if (!int.TryParse(person, NumberStyles.None, CultureInfo.InvariantCulture, out var agentId)
            || await access.FindAsync(callId, agentId, hearsAll, http.RequestAborted) is not { RecordingSid: { } sid }
            || !TwilioEnums.IsSid(sid, "RE"))
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        try
        {
            var asked = http.Request.Headers.Range.ToString();
            await using var sound = await telephony.OpenRecordingAsync(
                sid, OneRange().IsMatch(asked) ? asked : null, http.RequestAborted);
            if (sound is null)
            {
                response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }

            await AuditOnceAsync(agentId, callId, http.RequestAborted); // Before the first byte: no hearing without its row.
            response.StatusCode = sound.ContentRange is null ? StatusCodes.Status200OK : StatusCodes.Status206PartialContent;
            var isAudio = sound.ContentType.StartsWith("audio/", StringComparison.OrdinalIgnoreCase);
            response.ContentType = isAudio ? sound.ContentType : "application/octet-stream";
            response.ContentLength = sound.Length;
            response.Headers.AcceptRanges = "bytes";
            response.Headers.ContentRange = sound.ContentRange;
            response.Headers.ContentDisposition = $"inline; filename=\"call-{callId}.wav\"";
            await sound.Content.CopyToAsync(response.Body, http.RequestAborted);
        }
        catch (TwilioRequestException ex) when (!response.HasStarted)
        {
            log.LogWarning("The recording of call {CallId} could not be fetched: {Words}", callId, ex.Words);
            response.Clear();
            response.Headers.CacheControl = "no-store";
            response.StatusCode = ex.Status == HttpStatusCode.RequestedRangeNotSatisfiable
                ? StatusCodes.Status416RangeNotSatisfiable
                : StatusCodes.Status502BadGateway;
        }
        catch (Exception ex) when (ex is OperationCanceledException or IOException or HttpRequestException)
        {
            if (!http.RequestAborted.IsCancellationRequested)
            {
                log.LogWarning(ex, "The recording of call {CallId} broke off.", callId);
            }

            http.Abort(); // A part that ends early must not look whole.
        }
    }

    private async Task AuditOnceAsync(int agentId, long callId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        foreach (var (key, at) in _heard)
        {
            if (at < now - OneHearing)
            {
                _heard.TryRemove(key, out _);
            }
        }

        if (_heard.ContainsKey((agentId, callId)))
        {
            return;
        }

        await audit.WriteAsync(AuditAction.RecordingPlayed, agentId, callId, detail: null, cancellationToken);
        _heard[(agentId, callId)] = now;
    }

    [GeneratedRegex(@"^bytes=(?:\d{1,15}-\d{0,15}|-\d{1,15})\z")]
    private static partial Regex OneRange();
}
