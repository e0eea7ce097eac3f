using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using UppalCrm.Web.Twilio;

namespace UppalCrm.Tests.Simulator;

/// <summary>A request that the network sent to its customer's server.</summary>
/// <param name="IsSigned">The signature holds, by the product's own check, which shares no code with the simulator.</param>
internal sealed record Told(
    string Method, string Path, string Query, IReadOnlyDictionary<string, string> Fields, bool IsSigned, string Token, string UserAgent)
{
    public string this[string field] => Fields.GetValueOrDefault(field, "");
}

/// <summary>The web server of a customer of the network: answers TwiML, and remembers what it was told.</summary>
internal sealed class CustomerServer : IAsyncDisposable
{
    private readonly ConcurrentQueue<Told> _told = new();
    private readonly WebApplication _app;

    private CustomerServer(WebApplication app) => _app = app;

    public Uri Address { get; private set; } = null!;

    /// <summary>The answer to each path below the root. A path that is not here gets 204.</summary>
    public ConcurrentDictionary<string, Func<Told, string>> Answers { get; } = new(StringComparer.Ordinal);

    /// <summary>What the server does before it answers; for outages.</summary>
    public Func<HttpContext, Task<bool>> Before { get; set; } = _ => Task.FromResult(false);

    public IReadOnlyList<Told> All => [.. _told];

    public IReadOnlyList<Told> At(string path) => [.. _told.Where(told => told.Path == path)];

    public string Url(string path) => new Uri(Address, path).AbsoluteUri;

    public static async Task<CustomerServer> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var server = new CustomerServer(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        server.Address = new Uri(app.Urls.First());
        return server;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        var form = TwilioForm.Parse("", body.ToArray());
        var query = TwilioForm.Parse("", Encoding.UTF8.GetBytes(request.QueryString.Value?.TrimStart('?') ?? ""));
        var url = $"{request.Scheme}://{request.Host}{context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget}";
        var told = new Told(
            request.Method,
            request.Path.Value!.TrimStart('/'),
            request.QueryString.Value ?? "",
            form.FormParameters.Concat(query.FormParameters).GroupBy(field => field.Key, StringComparer.Ordinal).ToDictionary(
                field => field.Key, field => field.First().Value, StringComparer.Ordinal),
            new TwilioSignature(SimulatorTests.AuthToken).IsValid(url, form.FormParameters, request.Headers[TwilioSignature.HeaderName]),
            request.Headers["I-Twilio-Idempotency-Token"].ToString(),
            request.Headers.UserAgent.ToString());
        _told.Enqueue(told);
        if (await Before(context))
        {
            return;
        }

        if (Answers.TryGetValue(told.Path, out var answer))
        {
            context.Response.ContentType = "text/xml";
            await context.Response.WriteAsync(answer(told));
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
    }
}
