using System.Xml.Linq;
using Microsoft.AspNetCore.Http.HttpResults;
using Twilio.TwiML;

namespace UppalCrm.Web.Twilio;

/// <summary>The addresses that Twilio calls. The signature is its credential; it has no account here.</summary>
internal static class WebhookEndpoints
{
    private const string IdempotencyHeader = "I-Twilio-Idempotency-Token";

    public static void MapTwilioWebhooks(this IEndpointRouteBuilder app)
    {
        var webhooks = app.MapGroup(WebhookPaths.Root)
            .AllowAnonymous()
            .DisableAntiforgery()
            .WithMetadata(CarrierOnly.Instance)
            .AddEndpointFilter<RouteGroupBuilder, WebhookTelemetry>()
            .ValidateTwilioRequest();

        webhooks.MapPost("/voice", async (HttpContext http, VoiceWebhooks voice) =>
            InTwiML(await voice.AnswerAsync(http.GetTwilioForm(), KeyOf(http))));

        // A hold document is fetched with GET unless the request to hold says otherwise.
        webhooks.MapMethods("/wait", [HttpMethods.Get, HttpMethods.Post], (HttpContext http, VoiceWebhooks voice) =>
            InTwiML(voice.Wait(http.GetTwilioForm())));

        webhooks.MapPost("/call-status", (HttpContext http, VoiceWebhooks voice, ILogger<VoiceWebhooks> log) =>
            TakeAsync(http, log, token => voice.ReportLegAsync(http.GetTwilioForm(), KeyOf(http), token)));
        webhooks.MapPost("/conference-status", (HttpContext http, VoiceWebhooks voice, ILogger<VoiceWebhooks> log) =>
            TakeAsync(http, log, token => voice.ReportConferenceAsync(http.GetTwilioForm(), KeyOf(http), token)));
        webhooks.MapPost("/recording", (HttpContext http, VoiceWebhooks voice, ILogger<VoiceWebhooks> log) =>
            TakeAsync(http, log, token => voice.ReportRecordingAsync(
                http.GetTwilioForm(), KeyOf(http), http.GetTwilioForm().InQuery("message") == "true", token)));
        webhooks.MapPost("/voicemail", async (HttpContext http, VoiceWebhooks voice, ILogger<VoiceWebhooks> log) =>
        {
            // Also told by the recording's own callback, which may be lost; thanked for in any case.
            await TakeAsync(http, log, token => voice.ReportRecordingAsync(http.GetTwilioForm(), KeyOf(http), isMessage: true, token));
            return InTwiML(voice.ThankForMessage());
        });
    }

    /// <summary>
    /// Answers the carrier's requests before sessions, forms and people's limits are looked at: a signature is all that they carry.
    /// </summary>
    public static IApplicationBuilder UseTwilioWebhooks(this IApplicationBuilder app) => app.Use((context, next) =>
        context.GetEndpoint() is { RequestDelegate: { } answer } endpoint && endpoint.Metadata.GetMetadata<CarrierOnly>() is not null
            ? answer(context)
            : next(context));

    private static TwiMLResult InTwiML(VoiceResponse document) => Results.Extensions.TwiML(document, SaveOptions.DisableFormatting);

    /// <summary>
    /// 204 when it is written (or changes nothing); 503 when it could not be, so that a set-up with retries sends it again.
    /// </summary>
    private static async Task<Results<NoContent, StatusCodeHttpResult>> TakeAsync(
        HttpContext http, ILogger log, Func<CancellationToken, Task> report)
    {
        try
        {
            await report(CancellationToken.None); // Twilio does not wait long; the event counts all the same.
            return TypedResults.NoContent();
        }
        catch (Exception ex)
        {
            log.LogError(ex, "The event sent to {Path} could not be written.", http.Request.Path);
            return TypedResults.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }
    }

    /// <summary>Marks an endpoint that nobody but the carrier calls.</summary>
    private sealed class CarrierOnly
    {
        public static CarrierOnly Instance { get; } = new();
    }

    /// <summary>The same for every try of one request. It is not signed, so it is only a hint: odd ones are left out.</summary>
    private static string? KeyOf(HttpContext http)
    {
        var token = http.Request.Headers[IdempotencyHeader].ToString();
        return token.Length is > 0 and <= 100 && token.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') ? token : null;
    }
}
