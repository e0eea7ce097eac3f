using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Options;

namespace UppalCrm.Web.Twilio;

/// <summary>The sound of recordings, which the library does not fetch.</summary>
internal sealed class RecordingMedia(IHttpClientFactory clients, IOptions<TwilioOptions> options)
{
    private readonly TwilioOptions _options = options.Value;

    /// <summary>
    /// Opens the sound of a recording. The address is built from the SID and our configured base, never from what a callback said, so
    /// our credentials go nowhere else; a redirect to Twilio's storage is followed once, over https and without them.
    /// </summary>
    /// <param name="range">An HTTP Range header's value, or null for the whole.</param>
    /// <returns>
    /// 200 or 206 with a body that is not read yet; <see langword="null"/> when there is no such sound. The caller disposes it.
    /// </returns>
    /// <exception cref="TwilioRequestException">Twilio refused, or cannot be reached.</exception>
    public async Task<HttpResponseMessage?> OpenAsync(string recordingSid, string? range, CancellationToken cancellationToken)
    {
        if (!TwilioEnums.IsSid(recordingSid, "RE"))
        {
            throw new ArgumentException("This is no recording's SID.", nameof(recordingSid));
        }

        var address = new Uri($"{_options.ApiUrl}/2010-04-01/Accounts/{_options.AccountSid}/Recordings/{recordingSid}.wav");
        try
        {
            var response = await GetAsync(address, range, withCredentials: true, cancellationToken);
            if (response.StatusCode < HttpStatusCode.Ambiguous)
            {
                return response;
            }

            var target = response.Headers.Location is { } location ? new Uri(address, location) : null;
            response.Dispose();
            if (target is null || !IsTwilioStorage(target))
            {
                throw NotTrusted(response.StatusCode);
            }

            var stored = await GetAsync(target, range, withCredentials: false, cancellationToken);
            if (stored.IsSuccessStatusCode)
            {
                return stored;
            }

            stored.Dispose();
            throw NotTrusted(stored.StatusCode); // It leads on to another place: once is enough.
        }
        catch (TwilioRequestException ex) when (ex.Status is HttpStatusCode.NotFound or HttpStatusCode.Gone)
        {
            return null;
        }
    }

    private async Task<HttpResponseMessage> GetAsync(
        Uri address, string? range, bool withCredentials, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (withCredentials)
        {
            var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{_options.ApiKey}:{_options.ApiSecret}"));
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", credentials);
        }

        if (range is not null)
        {
            request.Headers.TryAddWithoutValidation("Range", range);
        }

        var http = clients.CreateClient(TwilioClientDependencyInjectionExtensions.TwilioHttpClientName);
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    private static TwilioRequestException NotTrusted(HttpStatusCode status) =>
        new(RequestFate.Refused, status, code: null, "The recording is kept at a place that we do not trust. Tell your administrator.");

    private static bool IsTwilioStorage(Uri uri) =>
        uri.Scheme == Uri.UriSchemeHttps && uri.UserInfo.Length == 0
        && (uri.Host.EndsWith(".twilio.com", StringComparison.OrdinalIgnoreCase)
            || uri.Host.EndsWith(".twiliocdn.com", StringComparison.OrdinalIgnoreCase)
            || uri.Host.EndsWith(".amazonaws.com", StringComparison.OrdinalIgnoreCase));
}
