using System.Text;
using System.Xml.Linq;
using Microsoft.Extensions.Options;
using Twilio.Clients;
using Twilio.Http;

namespace UppalCrm.Web.Twilio;

// What the package Twilio.AspNet.Core would give us, with its names and shapes. It is not in our package feed. When it is, this file
// goes and its namespace is imported; see docs/decisions/0002.

/// <summary>Validates that an incoming HTTP request originates from Twilio.</summary>
public sealed class ValidateTwilioRequestFilter(RequestValidationHelper validation) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        await validation.RefusalOfAsync(context.HttpContext) is { } refusal
            ? TypedResults.StatusCode(refusal)
            : await next(context);
}

public static class TwilioFilterExtensions
{
    /// <summary>Validates that incoming HTTP requests originate from Twilio.</summary>
    public static RouteGroupBuilder ValidateTwilioRequest(this RouteGroupBuilder builder) =>
        builder.AddEndpointFilter<ValidateTwilioRequestFilter>();
}

/// <summary>Writes TwiML to the HTTP response body.</summary>
public sealed class TwiMLResult(global::Twilio.TwiML.TwiML twiml, SaveOptions formattingOptions) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var bytes = Encoding.UTF8.GetBytes(twiml.ToString(formattingOptions));
        httpContext.Response.ContentType = "text/xml; charset=utf-8";
        httpContext.Response.ContentLength = bytes.Length;
        return httpContext.Response.Body.WriteAsync(bytes, httpContext.RequestAborted).AsTask();
    }
}

public static class ResultsExtensions
{
    /// <summary>A result that writes the TwiML to the HTTP response body.</summary>
    public static TwiMLResult TwiML(
        this IResultExtensions results, global::Twilio.TwiML.TwiML twimlResponse, SaveOptions formattingOptions)
    {
        ArgumentNullException.ThrowIfNull(results);
        return new TwiMLResult(twimlResponse, formattingOptions);
    }
}

/// <summary>The account that the REST client calls with.</summary>
public sealed class TwilioClientOptions
{
    public string AccountSid { get; set; } = "";

    public string? ApiKeySid { get; set; }

    public string? ApiKeySecret { get; set; }
}

public static class TwilioClientDependencyInjectionExtensions
{
    /// <summary>The name of the <see cref="System.Net.Http.HttpClient"/> that the REST client sends with.</summary>
    internal const string TwilioHttpClientName = "Twilio";

    /// <summary>
    /// Adds <see cref="ITwilioRestClient"/>. It holds no state of a request, so one serves all (the package makes one a scope).
    /// </summary>
    public static IServiceCollection AddTwilioClient(
        this IServiceCollection services, Action<IServiceProvider, TwilioClientOptions> configureOptions)
    {
        services.AddOptions<TwilioClientOptions>()
            .Configure<IServiceProvider>((options, provider) => configureOptions(provider, options));
        services.AddHttpClient(TwilioHttpClientName);
        services.AddSingleton<ITwilioRestClient>(provider =>
        {
            var options = provider.GetRequiredService<IOptions<TwilioClientOptions>>().Value;
            var http = provider.GetRequiredService<IHttpClientFactory>().CreateClient(TwilioHttpClientName);
            return new TwilioRestClient(
                options.ApiKeySid, options.ApiKeySecret, options.AccountSid, httpClient: new SystemNetHttpClient(http));
        });
        return services;
    }
}
