using System.Buffers;
using System.Net.Mime;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using UppalCrm.Web.Security;

namespace UppalCrm.Web.Twilio;

/// <summary>
/// Decides whether a request comes from Twilio and is meant for our account. The package's own helper reads the framework's form, which
/// merges names that differ only in case, and joins repeated parameters with a comma: both break the signature of genuine requests.
/// This one reads the raw body and query (<see cref="TwilioForm"/>).
/// </summary>
public sealed class RequestValidationHelper(IOptions<TwilioOptions> options, RefusalLog log)
{
    /// <summary>Twilio's voice requests are below 2 KB; the framework's own limit is 30 MB.</summary>
    public const int LargestBody = 64 * 1024;

    private readonly TwilioSignature _signature = new(options.Value.AuthToken);

    /// <summary>
    /// Reads and checks one request. When it is let in, its parameters are found with <see cref="TwilioFormExtensions.GetTwilioForm"/>.
    /// </summary>
    /// <returns>
    /// The status to refuse it with: 403, or 413 when it is larger than 64 KB. <see langword="null"/> when it is let in.
    /// </returns>
    public async ValueTask<int?> RefusalOfAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        if (await ReadBodyAsync(http.Request, http.RequestAborted) is not { } body)
        {
            return StatusCodes.Status413PayloadTooLarge;
        }

        if (Admit(http, body) is not { } form)
        {
            return StatusCodes.Status403Forbidden;
        }

        http.Features.Set(form);
        return null;
    }

    private TwilioForm? Admit(HttpContext http, byte[] body)
    {
        var request = http.Request;
        var target = RawTarget(http);
        var queryStart = target.IndexOf('?', StringComparison.Ordinal);
        var isForm = IsForm(request.ContentType);
        var form = TwilioForm.Parse(queryStart < 0 ? "" : target[queryStart..], isForm ? body : []);

        string? refusal = null;
        var signature = request.Headers[TwilioSignature.HeaderName].ToString();
        if (!_signature.IsValid(PublicUrl(target), form.FormParameters, signature))
        {
            refusal = signature.Length > 0 ? "its signature does not fit API_BASE_URL and TWILIO_AUTH_TOKEN" : "it is not signed";
        }
        else if (!isForm && body.Length > 0 && !TwilioSignature.IsBodyPromised(body, form.InQuery(TwilioSignature.BodyHashName)))
        {
            refusal = "its body is not the one that was signed";
        }
        else if (form["AccountSid"] != options.Value.AccountSid)
        {
            refusal = "it is for another account";
        }

        if (refusal is null)
        {
            return form;
        }

        // The path is one of our own routes; the query may hold numbers and stays out.
        log.Note($"webhook: {refusal}", $"a webhook to {RefusalLog.Printable(request.Path)}: {refusal}.");
        return null;
    }

    /// <summary>Path and query byte for byte as they came.</summary>
    private static string RawTarget(HttpContext http)
    {
        var raw = http.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        if (raw.StartsWith('/'))
        {
            return raw;
        }

        // A proxy may send the absolute form, "http://host/path".
        var host = raw.IndexOf("://", StringComparison.Ordinal);
        var path = host < 0 ? -1 : raw.IndexOf('/', host + 3);
        return path < 0 ? http.Request.PathBase + http.Request.Path + http.Request.QueryString : raw[path..];
    }

    private string PublicUrl(string target)
    {
        // A base with a path: a proxy in front may have cut the path off, or left it on.
        var publicBase = options.Value.PublicBaseUrl;
        var host = publicBase.IndexOf("://", StringComparison.Ordinal);
        var path = host < 0 ? -1 : publicBase.IndexOf('/', host + 3);
        return path >= 0 && target.StartsWith(publicBase[path..] + "/", StringComparison.Ordinal)
            ? publicBase[..path] + target
            : publicBase + target;
    }

    private static bool IsForm(string? contentType) =>
        contentType is not null
        && contentType.AsSpan().TrimStart().StartsWith(MediaTypeNames.Application.FormUrlEncoded, StringComparison.OrdinalIgnoreCase);

    /// <returns><see langword="null"/> when the body is larger than we read.</returns>
    private static async Task<byte[]?> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > LargestBody)
        {
            return null;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(LargestBody + 1);
        try
        {
            var length = await request.Body.ReadAtLeastAsync(
                buffer.AsMemory(0, LargestBody + 1), LargestBody + 1, throwOnEndOfStream: false, cancellationToken);
            return length > LargestBody ? null : buffer[..length];
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }
}

public static class TwilioFormExtensions
{
    /// <summary>The parameters of a request that the filter let in.</summary>
    /// <exception cref="InvalidOperationException">The endpoint is not behind <see cref="ValidateTwilioRequestFilter"/>.</exception>
    public static TwilioForm GetTwilioForm(this HttpContext http) =>
        http.Features.Get<TwilioForm>()
            ?? throw new InvalidOperationException("This endpoint is not behind ValidateTwilioRequestFilter.");
}
