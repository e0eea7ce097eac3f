using Microsoft.Extensions.Options;
using UppalCrm.Web.Security;

namespace UppalCrm.Web.Setup;

/// <summary>One thing that a new house needs.</summary>
/// <param name="Words">What was found, and the cure when it is not right.</param>
public sealed record SetUpCheck(string Name, bool IsRight, string Words)
{
    /// <summary>Works as it is; the words say what would be better.</summary>
    public bool IsAdvice { get; init; }
}

/// <summary>
/// Looks whether calls will reach this house: the carrier's account by a read, the public address by fetching our own health through it.
/// </summary>
public sealed class SetUpChecks(
    PublicAddress address, ITelephony carrier, IOptionsMonitor<CallOptions> calls, ILogger<SetUpChecks> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    public async Task<IReadOnlyList<SetUpCheck>> RunAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        return [.. await Task.WhenAll(AskCarrierAsync(limit.Token), AskOurselvesAsync(limit.Token)), FirstLine(), LostAgents()];
    }

    private SetUpCheck FirstLine() => new("First line", IsRight: true,
        $"{carrier.CallerId}. In the carrier's console, point its \"A call comes in\" and \"Primary handler fails\" at "
            + $"{address.Uri}api/twilio/webhook/voice, and \"Call status changes\" at "
            + $"{address.Uri}api/twilio/webhook/call-status, all by POST.");

    private SetUpCheck LostAgents() => calls.CurrentValue.WhenAgentIsLost == WhenAgentIsLost.KeepCustomer
        ? new SetUpCheck("Lost agents", IsRight: true, "when an agent's browser is lost, the customer stays with music.")
        : new SetUpCheck(
            "Lost agents", IsRight: true,
            "when an agent's browser crashes or is reloaded, the call ends. Better: Calls__WhenAgentIsLost=KeepCustomer. The customer then "
                + "hears music, and the agent is back in the call without a click.") { IsAdvice = true };

    // Any read will do: one of a conference that does not exist needs the account, the key and the way there.
    private async Task<SetUpCheck> AskCarrierAsync(CancellationToken cancellationToken)
    {
        const string Name = "Telephone account";
        try
        {
            await carrier.FindConferenceAsync("set-up-check", cancellationToken);
            return new SetUpCheck(Name, IsRight: true, "the carrier knows the account and its key.");
        }
        catch (Exception ex)
        {
            logger.LogWarning(ex, "The carrier's account could not be read while UppalCRM was set up");
            return new SetUpCheck(
                Name, IsRight: false,
                $"it could not be read. {ex.Message} Check the TWILIO_ settings and the way out of this network.");
        }
    }

    private async Task<SetUpCheck> AskOurselvesAsync(CancellationToken cancellationToken)
    {
        const string Name = "Public address";
        if (address.Uri is not { } uri)
        {
            return new SetUpCheck(Name, IsRight: false, "API_BASE_URL is not set.");
        }

        try
        {
            using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
            using var http = new HttpClient(handler) { MaxResponseContentBufferSize = 64 * 1024 };
            using var answer = await http.GetAsync(new Uri(uri, "/health/live"), cancellationToken);
            var isOurs = answer.IsSuccessStatusCode
                && (await answer.Content.ReadAsStringAsync(cancellationToken)).Contains("Healthy", StringComparison.Ordinal);
            return isOurs
                ? new SetUpCheck(Name, IsRight: true, $"{uri} leads here.")
                : new SetUpCheck(
                    Name, IsRight: false,
                    $"{uri} answers, but not as UppalCRM does ({(int)answer.StatusCode}). Let the proxy pass every path on.");
        }
        catch (Exception ex) when (ex is HttpRequestException or OperationCanceledException)
        {
            return new SetUpCheck(
                Name, IsRight: false,
                $"{uri} could not be fetched from here: {ex.Message} Check its DNS name, the firewall and the certificate. Some networks "
                    + "cannot reach their own public address; then try it from a telephone.");
        }
    }
}
