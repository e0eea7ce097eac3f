using System.Globalization;
using System.Security.Claims;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Twilio.Jwt.AccessToken;

namespace UppalCrm.Web.Twilio;

/// <summary>What a softphone needs to come up.</summary>
/// <param name="Options">Only with a simulator: how the Voice SDK reaches it.</param>
public sealed record TokenAnswer(string Token, string Identity, DateTimeOffset ExpiresAt, SoftphoneOptions? Options);

/// <summary>Options of the Voice SDK's Device that point it at a simulator.</summary>
/// <param name="Chunderw">Host and port of its signalling.</param>
/// <param name="PublishEvents">Whether it sends measurements to Twilio.</param>
/// <param name="Sounds">Local addresses of the SDK's sounds, by its names for them.</param>
public sealed record SoftphoneOptions(string Chunderw, bool PublishEvents, IReadOnlyDictionary<string, string> Sounds);

/// <summary><c>POST /api/twilio/token</c>: an access token for the signed-in agent's softphone.</summary>
internal sealed class TokenEndpoint(IOptions<TwilioOptions> options, AuditLog audit, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);

    /// <summary>A softphone needs one an hour, and some after a broken night's sleep; a page gone wild needs a limit.</summary>
    private readonly PartitionedRateLimiter<int> _limit = PartitionedRateLimiter.Create<int, int>(agentId =>
        RateLimitPartition.GetFixedWindowLimiter(
            agentId, _ => new FixedWindowRateLimiterOptions { PermitLimit = 30, Window = TimeSpan.FromMinutes(1), QueueLimit = 0 }));

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost(WebhookPaths.Token, (HttpContext http, TokenEndpoint tokens) => tokens.IssueAsync(http))
            .RequireAuthorization(new AuthorizeAttribute { Roles = $"{Roles.Agent},{Roles.Supervisor}" })
            .DisableAntiforgery(); // A fetch without a form: the origin is checked instead.

    public void Dispose() => _limit.Dispose();

    private async Task<Results<Ok<TokenAnswer>, ForbidHttpResult, StatusCodeHttpResult>> IssueAsync(HttpContext http)
    {
        var person = http.User.FindFirstValue(ClaimTypes.NameIdentifier);
        if (!IsFromOurPage(http.Request)
            || !int.TryParse(person, NumberStyles.None, CultureInfo.InvariantCulture, out var agentId))
        {
            return TypedResults.StatusCode(StatusCodes.Status403Forbidden);
        }

        using var permit = _limit.AttemptAcquire(agentId);
        if (!permit.IsAcquired)
        {
            http.Response.Headers.RetryAfter = "60";
            return TypedResults.StatusCode(StatusCodes.Status429TooManyRequests);
        }

        var account = options.Value;
        var expires = DateTimeOffset.FromUnixTimeSeconds((time.GetUtcNow() + Life).ToUnixTimeSeconds()); // A token tells whole seconds.
        var identity = Agent.IdentityOf(agentId);
        var token = Sign(account, identity, expires);
        await audit.WriteAsync(AuditAction.PhoneTokenIssued, agentId, callId: null, detail: null, http.RequestAborted);

        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(new TokenAnswer(token, identity, expires, account.IsSimulated ? SimulatorOptions(account) : null));
    }

    /// <summary>
    /// What lets a browser's softphone in: signed with the API key's secret and never with the auth token. It is looked at when the
    /// softphone registers or dials; a call that is up outlives it. It cannot be revoked singly, so it lives briefly.
    /// </summary>
    private static string Sign(TwilioOptions account, string identity, DateTimeOffset expires) => new Token(
        account.AccountSid, account.ApiKey, account.ApiSecret, identity, expires.UtcDateTime,
        grants: [new VoiceGrant { OutgoingApplicationSid = account.AppSid, IncomingAllow = true }]).ToJwt();

    private static SoftphoneOptions SimulatorOptions(TwilioOptions account) => new(
        new Uri(account.ApiUrl).Authority,
        PublishEvents: false,
        Sounds.SoftphoneNames.ToDictionary(name => name, name => $"{WebhookPaths.SoftphoneSounds}/{name}.wav", StringComparer.Ordinal));

    /// <summary>
    /// A browser says with every POST where it comes from (Origin), and newer ones also how (Sec-Fetch-Site); a foreign page cannot
    /// change either. A client that sends neither is no browser and has no cookie that a page could abuse.
    /// </summary>
    private bool IsFromOurPage(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"].ToString() is { Length: > 0 } site && site != "same-origin")
        {
            return false;
        }

        return request.Headers.Origin.ToString() is not { Length: > 0 } origin
            || string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase)
            || (Uri.TryCreate(options.Value.PublicBaseUrl, UriKind.Absolute, out var publicBase)
                && string.Equals(origin, publicBase.GetLeftPart(UriPartial.Authority), StringComparison.OrdinalIgnoreCase));
    }
}
