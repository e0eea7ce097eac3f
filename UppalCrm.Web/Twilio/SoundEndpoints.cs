using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace UppalCrm.Web.Twilio;

/// <summary>Serves the computed sounds. They are no secret: Twilio fetches them without credentials.</summary>
internal static class SoundEndpoints
{
    public static void MapSounds(this IEndpointRouteBuilder app)
    {
        app.MapMethods(WebhookPaths.HoldMusic, [HttpMethods.Get, HttpMethods.Head], (HttpContext http) => Serve(http, Sounds.HoldMusic))
            .AllowAnonymous();
        app.MapMethods(WebhookPaths.Ringback, [HttpMethods.Get, HttpMethods.Head], (HttpContext http) => Serve(http, Sounds.Ringback))
            .AllowAnonymous();
        app.MapGet(WebhookPaths.SoftphoneSounds + "/{name}.wav",
            Results<FileContentHttpResult, NotFound> (HttpContext http, string name) =>
            Sounds.Softphone(name) is { } sound ? Serve(http, sound) : TypedResults.NotFound()).AllowAnonymous();
    }

    private static FileContentHttpResult Serve(HttpContext http, byte[] sound)
    {
        http.Response.Headers.CacheControl = "public, max-age=3600";
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(sound).AsSpan(0, 8))}\"");
        return TypedResults.File(sound, "audio/wav", enableRangeProcessing: true, entityTag: tag);
    }
}
