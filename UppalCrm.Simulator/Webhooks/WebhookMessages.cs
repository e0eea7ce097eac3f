using System.Net;
using System.Net.Http.Headers;
using System.Net.Mime;
using System.Text;

namespace UppalCrm.Simulator.Webhooks;

/// <summary>Makes the signed HTTP requests of the account.</summary>
internal sealed class WebhookMessages(string accountSid, string authToken)
{
    /// <summary>A signed request, as Twilio sends it.</summary>
    /// <param name="token">The idempotency token.</param>
    public HttpRequestMessage Create(string url, string method, IReadOnlyList<KeyValuePair<string, string>> fields, string token)
    {
        var isGet = string.Equals(method, "GET", StringComparison.OrdinalIgnoreCase);
        if (isGet && fields.Count > 0)
        {
            url += (url.Contains('?', StringComparison.Ordinal) ? '&' : '?') + Encoded(fields);
        }

        var signed = WebhookSignature.SignedUrl(url);

        // Not canonicalised: the path and the query go out byte for byte as they are signed.
        var address = new Uri(signed, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var message = new HttpRequestMessage(isGet ? HttpMethod.Get : HttpMethod.Post, WithPort(url, address));
        if (!isGet)
        {
            message.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Encoded(fields)));
            message.Content.Headers.ContentType = new MediaTypeHeaderValue(MediaTypeNames.Application.FormUrlEncoded, "UTF-8");
        }

        if (new Uri(url).UserInfo is { Length: > 0 } user)
        {
            message.Headers.Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(user))));
        }

        message.Headers.TryAddWithoutValidation("User-Agent", "TwilioProxy/1.1");
        message.Headers.TryAddWithoutValidation("Accept", "*/*");
        message.Headers.Add("X-Twilio-Signature", WebhookSignature.Of(authToken, signed, isGet ? [] : fields));
        message.Headers.Add("I-Twilio-Idempotency-Token", token);
        message.Headers.Add("X-Simulator-Account", accountSid); // Says that the sender is not Twilio.
        return message;
    }

    /// <summary>An https address is signed without its port and called with it.</summary>
    private static Uri WithPort(string url, Uri signed)
    {
        var port = new Uri(url).Port;
        return port == signed.Port
            ? signed
            : new Uri(
                signed.GetLeftPart(UriPartial.Authority) + ":" + port + signed.PathAndQuery,
                new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
    }

    /// <summary>As Twilio writes a form: a space is <c>+</c>.</summary>
    private static string Encoded(IEnumerable<KeyValuePair<string, string>> fields) =>
        string.Join('&', fields.Select(field => $"{WebUtility.UrlEncode(field.Key)}={WebUtility.UrlEncode(field.Value)}"));
}
