using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using System.Xml.Linq;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Live;
using UppalCrm.Web.Telemetry;
using UppalCrm.Web.Twilio;

namespace UppalCrm.Tests.Twilio;

/// <summary>
/// Core, its database and the Twilio room on a real server of this machine; nothing else of the application. Twilio's requests are
/// signed by hand here, for the public address <see cref="PublicUrl"/> that Twilio would see.
/// </summary>
internal sealed class TwilioHost : IAsyncDisposable
{
    public const string PublicUrl = "https://crm.example.com";
    public const string Account = "AC11111111111111111111111111111111";
    public const string AuthToken = "0123456789abcdef0123456789abcdef";
    public const int Dana = 7;
    public const int Lee = 8;
    public const int Sam = 9;

    private const string Stamp = "stamp";

    private readonly WebApplication _app;
    private readonly TestDatabase _database;

    private TwilioHost(WebApplication app, TestDatabase database)
    {
        _app = app;
        _database = database;
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = new Uri(app.Urls.First()),
        };
    }

    public HttpClient Http { get; }

    public QuietCarrier Carrier => (QuietCarrier)_app.Services.GetRequiredService<ITelephony>();

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public T? Find<T>()
        where T : class => _app.Services.GetService<T>();

    public static async Task<TwilioHost> StartAsync(Action<IServiceCollection>? also = null, Dictionary<string, string?>? settings = null)
    {
        var database = await TestDatabase.CreateAsync();
        await AddAgentsAsync(database);
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(TwilioOptionsTests.Whole());
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        builder.Configuration.AddInMemoryCollection(database.Settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        builder.AddTelemetry();
        builder.Services.AddCallCentre(builder.Configuration, Path.GetTempPath());
        builder.AddLive();
        builder.AddTwilio();
        builder.Services.RemoveAll<ITelephony>();
        builder.Services.AddSingleton<ITelephony, QuietCarrier>();
        builder.Services.AddAuthentication(SignedInByHeader.Scheme)
            .AddScheme<AuthenticationSchemeOptions, SignedInByHeader>(SignedInByHeader.Scheme, null);
        builder.Services.AddAuthorization();
        also?.Invoke(builder.Services);
        var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapTwilio();
        try
        {
            await app.StartAsync();
            if (also is null) // else the database may be one that does not answer
            {
                await app.Services.GetRequiredService<CarrierEventHandler>().WarmUpForCallersAsync(CancellationToken.None);
                await app.Services.GetRequiredService<CarrierEventHandler>().WarmUpAsync(CancellationToken.None);
                await app.Services.GetRequiredService<JoinIntents>().WarmUpAsync(CancellationToken.None);
            }
        }
        catch
        {
            await app.DisposeAsync();
            await database.DisposeAsync();
            throw;
        }

        return new TwilioHost(app, database);
    }

    public CrmDbContext Database() => _database.CreateDbContext();

    /// <summary>A session of this person was told that their softphone may join the call.</summary>
    public async Task ToldToJoinAsync(long callId, int agentId, LegRole role = LegRole.Agent)
    {
        var key = await Get<SignInSessions>().StartAsync(
            agentId, Stamp, "Firefox", "127.0.0.1", mustSetUpSecondFactor: false, CancellationToken.None);
        await Get<JoinIntents>().IssueAsync(callId, agentId, role, SignInSessions.Hash(key), needsSecret: false, CancellationToken.None);
    }

    /// <summary>What Twilio sends with every voice request.</summary>
    public static List<KeyValuePair<string, string>> Voice(
        CallSid leg, string from, string to = "+14155550100", string direction = "inbound", string status = "ringing") =>
    [
        new("AccountSid", Account), new("ApiVersion", "2010-04-01"), new("CallSid", leg.Value), new("CallStatus", status),
        new("Direction", direction), new("From", from), new("To", to),
    ];

    /// <summary>A signed webhook.</summary>
    /// <param name="pathAndQuery">As Twilio was given it, below the public address.</param>
    public Task<HttpResponseMessage> PostAsync(
        string pathAndQuery, IEnumerable<KeyValuePair<string, string>> form, string? idempotencyToken = null)
    {
        var parameters = form.ToList();
        var body = string.Join('&', parameters.Select(p => $"{Uri.EscapeDataString(p.Key)}={Uri.EscapeDataString(p.Value)}"));
        return PostRawAsync(
            pathAndQuery, Encoding.UTF8.GetBytes(body), TwilioSigner.Sign(AuthToken, PublicUrl + pathAndQuery, parameters),
            idempotencyToken: idempotencyToken);
    }

    public Task<HttpResponseMessage> PostRawAsync(
        string pathAndQuery, byte[] body, string? signature, string contentType =
            "application/x-www-form-urlencoded; charset=UTF-8", string? idempotencyToken = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, pathAndQuery) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        if (signature is not null)
        {
            request.Headers.TryAddWithoutValidation(TwilioSignature.HeaderName, signature);
        }

        if (idempotencyToken is not null)
        {
            request.Headers.Add("I-Twilio-Idempotency-Token", idempotencyToken);
        }

        return Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>A signed voice request, and its TwiML.</summary>
    public async Task<XElement> AskAsync(IEnumerable<KeyValuePair<string, string>> form, string query = "")
    {
        using var response = await PostAsync(WebhookPaths.Voice + query, form);
        Assert.Equal(System.Net.HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/xml", response.Content.Headers.ContentType!.MediaType);
        return XElement.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>A request of a signed-in person's browser.</summary>
    public Task<HttpResponseMessage> SendAsAsync(
        int agentId, string role, HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Add(SignedInByHeader.Header, $"{agentId};{role}");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public async Task<Call> CallOfAsync(CallSid leg)
    {
        await using var db = Database();
        return await db.Calls.AsNoTracking().Include(call => call.Legs).SingleAsync(call => call.CustomerLeg == leg);
    }

    public async Task<List<AuditEntry>> AuditAsync()
    {
        await using var db = Database();
        return await db.Audit.AsNoTracking().OrderBy(entry => entry.Id).ToListAsync();
    }

    /// <summary>How much the database holds: what refused requests must not change.</summary>
    public async Task<(int Calls, int Events, int Audit)> ContentAsync()
    {
        await using var db = Database();
        return (await db.Calls.CountAsync(), await db.Events.CountAsync(), await db.Audit.CountAsync());
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        await _database.DisposeAsync();
    }

    private static async Task AddAgentsAsync(TestDatabase database)
    {
        await using var db = database.CreateDbContext();
        (int Id, string Name, string Role)[] people =
        [
            (Dana, "Dana", Roles.Agent), (Lee, "Lee", Roles.Agent), (Sam, "Sam", Roles.Supervisor)
        ];
        foreach (var (id, name, role) in people)
        {
            // Saved before the agent: on SQL Server a session takes chosen ids for one table only.
            var known = await db.Roles.FirstOrDefaultAsync(r => r.Name == role);
            if (known is null)
            {
                known = db.Roles.Add(new IdentityRole<int>(role) { NormalizedName = role.ToUpperInvariant() }).Entity;
                await db.SaveChangesAsync();
            }

            db.Agents.Add(new Agent
            { Id = id, UserName = name, NormalizedUserName = name.ToUpperInvariant(),
                DisplayName = name, Status = AgentStatus.Available, SecurityStamp = Stamp });
            await db.SaveWithChosenIdsAsync("agents");
            db.UserRoles.Add(new IdentityUserRole<int> { UserId = id, RoleId = known.Id });
            await db.SaveChangesAsync();
        }
    }

    /// <summary>Stands in for the sign-in cookie: the header says who it is and in which role.</summary>
    private sealed class SignedInByHeader(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        public new const string Scheme = "header";
        public const string Header = "X-Signed-In";

        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if (Request.Headers[Header].ToString().Split(';') is not [var id, var role])
            {
                return Task.FromResult(AuthenticateResult.NoResult());
            }

            var identity = new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, id), new Claim(ClaimTypes.Role, role)], Scheme);
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme)));
        }
    }
}

/// <summary>A carrier that takes every order and does nothing; what it was asked is noted.</summary>
internal sealed class QuietCarrier : ITelephony
{
    public static readonly CallSid DialledLeg = new("CAdddddddddddddddddddddddddddddddd");

    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>The recording there is, if any; a part of it when a part is asked for.</summary>
    public byte[]? Sound { get; set; }

    /// <summary>Thrown instead of giving the recording.</summary>
    public Exception? SoundFailure { get; set; }

    public Task<DialAttempt> DialAsync(DialOrder order, CancellationToken cancellationToken)
    {
        Asked.Enqueue($"dial {order.To} into {order.ConferenceName}");
        return Task.FromResult<DialAttempt>(new DialAttempt.Accepted(DialledLeg));
    }

    public string CallerId => "+14155550100";

    public Task<LegReport?> FindDialledLegAsync(DialOrder order, DateTimeOffset since, CancellationToken cancellationToken) =>
        Task.FromResult<LegReport?>(null);

    public Task<LegReport?> FindLegAsync(CallSid leg, CancellationToken cancellationToken) => Task.FromResult<LegReport?>(null);

    public Task<ConferenceReport?> FindConferenceAsync(string conferenceName, CancellationToken cancellationToken) =>
        Task.FromResult<ConferenceReport?>(null);

    public Task EndLegAsync(CallSid leg, CancellationToken cancellationToken) => NoteAsync($"end {leg}");

    public Task EndConferenceAsync(string conferenceName, CancellationToken cancellationToken) => NoteAsync($"end {conferenceName}");

    public Task ApologiseAsync(CallSid customer, CancellationToken cancellationToken) => NoteAsync($"apologise {customer}");

    public Task TakeMessageAsync(CallSid customer, long callId, CancellationToken cancellationToken) => NoteAsync($"message {customer}");

    public Task HoldForReturnAsync(string conferenceSid, CallSid leg, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task SetHoldAsync(string conferenceSid, CallSid leg, bool hold, CancellationToken cancellationToken) =>
        NoteAsync($"hold {leg} {hold}");

    public Task RestartWaitAsync(string conferenceSid, CallSid leg, bool ringing, CancellationToken cancellationToken) =>
        NoteAsync($"restart-wait {leg} {ringing}");

    public Task SetMutedAsync(string conferenceSid, CallSid leg, bool muted, CancellationToken cancellationToken) =>
        NoteAsync($"mute {leg} {muted}");

    public Task SetCoachingAsync(
        string conferenceSid, CallSid supervisor, SupervisorMode mode, CallSid? coached,
        CancellationToken cancellationToken) => NoteAsync($"{mode} {supervisor}");

    public Task SetRecordingPausedAsync(string conferenceSid, bool paused, CancellationToken cancellationToken) =>
        NoteAsync($"recording {conferenceSid} {(paused ? "paused" : "on")}");

    public Task SetEndOnExitAsync(string conferenceSid, CallSid leg, bool ends, CancellationToken cancellationToken) =>
        NoteAsync($"end-on-exit {leg} {ends}");

    public Task MoveAsync(CallSid leg, string conferenceName, CancellationToken cancellationToken) =>
        NoteAsync($"move {leg} to {conferenceName}");

    public Task RemoveParticipantAsync(string conferenceSid, CallSid leg, CancellationToken cancellationToken) =>
        NoteAsync($"remove {leg}");

    public Task DeleteRecordingAsync(string recordingSid, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<RecordedSound?> OpenRecordingAsync(string recordingSid, string? range, CancellationToken cancellationToken)
    {
        Asked.Enqueue($"open {recordingSid} {range}");
        if (SoundFailure is not null)
        {
            throw SoundFailure;
        }

        if (Sound is not { } sound)
        {
            return Task.FromResult<RecordedSound?>(null);
        }

        if (range is null)
        {
            return Task.FromResult<RecordedSound?>(new RecordedSound(new MemoryStream(sound), "audio/x-wav", sound.Length, null));
        }

        var from = int.Parse(range["bytes=".Length..range.IndexOf('-', StringComparison.Ordinal)]);
        return Task.FromResult<RecordedSound?>(new RecordedSound(
            new MemoryStream(sound[from..]), "audio/x-wav", sound.Length - from, $"bytes {from}-{sound.Length - 1}/{sound.Length}"));
    }

    private Task NoteAsync(string what)
    {
        Asked.Enqueue(what);
        return Task.CompletedTask;
    }
}
