using System.Text.Json;

namespace UppalCrm.Web.Security;

/// <summary>
/// Where browsers report what a page of ours tried against its content policy. Anybody can send here: what is logged is one line a minute
/// for
/// each rule, and holds no address beyond its host.
/// </summary>
internal static class PolicyReports
{
    public const string Path = "/policy-reports";
    public const string Group = "policy";

    // The rules of the policy: a stranger invents no new line of the log.
    private static readonly string[] Rules =
    [
        "default-src", "script-src", "script-src-elem", "script-src-attr", "style-src", "style-src-elem", "style-src-attr", "img-src",
        "font-src", "connect-src",
        "media-src", "frame-src", "frame-ancestors", "worker-src", "manifest-src", "object-src", "base-uri", "form-action",
    ];

    public static void Map(IEndpointRouteBuilder app) => app.MapPost(Path, ReceiveAsync).AllowAnonymous().DisableAntiforgery();

    private static async Task<IResult> ReceiveAsync(HttpContext context, RefusalLog log)
    {
        try
        {
            using var report = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            // One report of its own (report-uri), or a list of them (report-to).
            var body = report.RootElement.ValueKind == JsonValueKind.Array && report.RootElement.GetArrayLength() > 0
                ? report.RootElement[0]
                : report.RootElement;
            body = Part(body, "csp-report") ?? Part(body, "body") ?? body;
            var said = Text(body, "effective-directive") ?? Text(body, "effectiveDirective") ?? Text(body, "violated-directive");
            var rule = Array.Find(Rules, known => known == said?.Split(' ')[0]) ?? "another rule";
            var blocked = Text(body, "blocked-uri") ?? Text(body, "blockedURL");
            log.Note(
                $"content policy, {rule}",
                $"a page of ours tried to load {Host(blocked)} against {rule}. If that was not an add-on of the browser, tell the "
                    + "maintainers.");
        }
        catch (Exception ex) when (ex is JsonException or InvalidOperationException) // the second for half a character in a text
        {
            return TypedResults.BadRequest();
        }

        return TypedResults.NoContent();
    }

    private static string Host(string? address) =>
        RefusalLog.Printable(Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Host.Length > 0 ? uri.Host : address);

    private static JsonElement? Part(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var part) && part.ValueKind == JsonValueKind.Object
            ? part
            : null;

    private static string? Text(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var part) && part.ValueKind == JsonValueKind.String
            ? part.GetString()
            : null;
}
