using UppalCrm.Simulator.Calls;

namespace UppalCrm.Simulator;

/// <summary>The phone-network page, which travels inside this assembly, and the sound that it plays.</summary>
internal static class PageFiles
{
    private const string ContentSecurityPolicy =
        "default-src 'self'; connect-src 'self' ws: blob:; media-src 'self' blob: mediastream:; style-src 'self' 'unsafe-inline'; "
        + "img-src 'self' data:; worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'";

    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".json"] = "application/json; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
        [".ico"] = "image/x-icon",
        [".wav"] = "audio/wav",
        [".woff2"] = "font/woff2",
    };

    public static void Map(WebApplication app, MediaLibrary media)
    {
        app.MapGet("/", (HttpContext context) => ServeAsync(context, "index.html"));
        app.MapGet("/page/{**file}", (HttpContext context) => ServeAsync(context, (string?)context.Request.RouteValues["file"] ?? ""));
        app.MapGet("/phone/media/{id}", async (HttpContext context) =>
        {
            if (media.Find((string?)context.Request.RouteValues["id"] ?? "") is not { } sound)
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }

            context.Response.Headers.CacheControl = "no-store";
            await Results.Bytes(sound.Bytes, sound.ContentType, enableRangeProcessing: true).ExecuteAsync(context);
        });
    }

    private static async Task ServeAsync(HttpContext context, string file)
    {
        await using var stream = typeof(PageFiles).Assembly.GetManifestResourceStream("page/" + file);
        if (stream is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Response.ContentType = Types.GetValueOrDefault(Path.GetExtension(file), "application/octet-stream");
        context.Response.ContentLength = stream.Length;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers["X-Simulator"] = "This is UppalCrm.Simulator, not Twilio";
        context.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        await stream.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
