using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.Features;

namespace UppalCrm.Web.Security;

/// <summary>How much may be sent to us: forms are small, and a longer request is refused before anything is read.</summary>
internal sealed class BodyLimit(RequestDelegate next, RefusalLog log)
{
    /// <summary>A live connection without WebSockets sends its messages as bodies.</summary>
    public const int OfLiveConnections = 256 * 1024;

    private const int OfForms = 16 * 1024;
    private const int OfWebhooks = 64 * 1024;

    public async Task InvokeAsync(HttpContext context)
    {
        var path = context.Request.Path;
        var most = path.StartsWithSegments("/_blazor") || path.StartsWithSegments("/hubs") ? OfLiveConnections
            : path.StartsWithSegments("/api/twilio/webhook") ? OfWebhooks
            : OfForms;
        if (context.Request.ContentLength > most)
        {
            log.Note("too large", $"{context.Request.ContentLength} bytes were sent to a page that takes {most}.");
            context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            return;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = most; // also for a body that does not say how long it is
        }

        await next(context);
    }
}

/// <summary>
/// Answers what could not be read (too slow, cut off, no HTTP) with its number, and logs a line a minute. Stands inside the page of words
/// for errors, which would write a stack trace for each.
/// </summary>
internal sealed class UnreadableRequests(RequestDelegate next, RefusalLog log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        context.Response.OnStarting(() =>
        {
            // A form that could not be read is told as one without a token.
            if (context.Features.Get<IAntiforgeryValidationFeature>()
                is { IsValid: false, Error.InnerException: BadHttpRequestException slow })
            {
                context.Response.StatusCode = Refuse(slow);
            }

            return Task.CompletedTask;
        });
        try
        {
            await next(context);
        }
        catch (BadHttpRequestException ex) when (!context.Response.HasStarted)
        {
            context.Response.Clear();
            context.Response.StatusCode = Refuse(ex);
        }
    }

    private int Refuse(BadHttpRequestException ex)
    {
        log.Note($"unreadable {ex.StatusCode}", $"a request that could not be read: {RefusalLog.Printable(ex.Message)}");
        return ex.StatusCode;
    }
}
