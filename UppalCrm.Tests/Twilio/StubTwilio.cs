using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Twilio.Clients;
using UppalCrm.Web.Twilio;

namespace UppalCrm.Tests.Twilio;

/// <summary>
/// A server on a free port of this machine that takes the place of Twilio's REST API: it notes what comes and answers what the test
/// says. A request that no test expected gets 599 and so fails the test.
/// </summary>
internal sealed class StubTwilio : IAsyncDisposable
{
    public const string Account = "AC00000000000000000000000000000001";

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Func<HttpContext, Task>> _answers = new();
    private readonly ConcurrentBag<ServiceProvider> _providers = [];

    private StubTwilio(WebApplication app) => _app = app;

    public ConcurrentQueue<SeenRequest> Seen { get; } = new();

    public string Address => _app.Urls.First();

    public static async Task<StubTwilio> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var stub = new StubTwilio(builder.Build());
        stub._app.Run(stub.AnswerAsync);
        await stub._app.StartAsync();
        return stub;
    }

    /// <summary>The next request that has no answer yet gets this one.</summary>
    public StubTwilio Answers(int status, string json = "{}", params (string Name, string Value)[] headers) => Answers(async http =>
    {
        http.Response.StatusCode = status;
        foreach (var (name, value) in headers)
        {
            http.Response.Headers[name] = value;
        }

        if (status != StatusCodes.Status204NoContent)
        {
            http.Response.ContentType ??= "application/json";
            await http.Response.WriteAsync(json);
        }
    });

    public StubTwilio Answers(Func<HttpContext, Task> answer)
    {
        _answers.Enqueue(answer);
        return this;
    }

    /// <summary>The next request is read and then the connection is cut.</summary>
    public StubTwilio HangsUp() => Answers(http =>
    {
        http.Abort();
        return Task.CompletedTask;
    });

    /// <summary>The next request is read and never answered.</summary>
    public StubTwilio SaysNothing() => Answers(async http =>
    {
        var gone = new TaskCompletionSource();
        await using var registration = http.RequestAborted.Register(gone.SetResult);
        await gone.Task;
    });

    /// <summary>The product's own way to Twilio, wired as it is in the product, and led here.</summary>
    public ServiceProvider Services(string? apiUrl = null, TimeProvider? time = null, ILoggerProvider? log = null)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging =>
        {
            if (log is not null)
            {
                logging.AddProvider(log);
            }
        });
        services.AddSingleton(time ?? TimeProvider.System);
        services.AddSingleton(Options(apiUrl ?? Address));
        services.AddOptions<VoiceTexts>();
        services.AddTwilioRequests();
        var provider = services.BuildServiceProvider();
        _providers.Add(provider);
        return provider;
    }

    public ITelephony Telephony(string? apiUrl = null, TimeProvider? time = null, ILoggerProvider? log = null) =>
        Services(apiUrl, time, log).GetRequiredService<ITelephony>();

    public ITwilioRestClient Client() => Services().GetRequiredService<ITwilioRestClient>();

    public static IOptions<TwilioOptions> Options(string apiUrl) => Microsoft.Extensions.Options.Options.Create(new TwilioOptions
    {
        AccountSid = Account,
        AuthToken = "12345",
        ApiKey = "SK00000000000000000000000000000001",
        ApiSecret = "secret",
        AppSid = "AP00000000000000000000000000000001",
        PhoneNumbers = ["+15005550006"],
        PublicBaseUrl = "https://voice.example.com",
        ApiUrl = apiUrl,
    });

    public async ValueTask DisposeAsync()
    {
        foreach (var provider in _providers)
        {
            await provider.DisposeAsync();
        }

        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        Seen.Enqueue(new SeenRequest(
            http.Request.Method,
            http.Features.Get<IHttpRequestFeature>()!.RawTarget,
            http.Request.ContentType,
            await reader.ReadToEndAsync(),
            http.Request.Headers.Authorization.ToString(),
            http.Request.Headers.Range.ToString()));
        if (_answers.TryDequeue(out var answer))
        {
            await answer(http);
        }
        else
        {
            http.Response.StatusCode = 599;
        }
    }
}

/// <summary>One request as it came over the wire.</summary>
internal sealed record SeenRequest(string Method, string Target, string? ContentType, string Body, string Authorization, string Range)
{
    public string Path => Target.Split('?')[0];

    /// <summary>Decoded names and values of query and body.</summary>
    public IEnumerable<KeyValuePair<string, string>> Fields =>
        new[] { Target.Contains('?', StringComparison.Ordinal) ? Target[(Target.IndexOf('?', StringComparison.Ordinal) + 1)..] : "", Body }
            .SelectMany(text => text.Split('&', StringSplitOptions.RemoveEmptyEntries))
            .Select(pair => pair.Split('=', 2))
            .Select(pair => KeyValuePair.Create(Uri.UnescapeDataString(pair[0]), Uri.UnescapeDataString(pair[1].Replace('+', ' '))));
}
