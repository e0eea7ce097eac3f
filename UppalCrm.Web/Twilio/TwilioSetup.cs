using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using UppalCrm.Web.Layout;
using UppalCrm.Web.Security;

namespace UppalCrm.Web.Twilio;

/// <summary>Wires the room. Nothing outside it says "Twilio" but the two lines in <c>Program.cs</c>.</summary>
public static class TwilioSetup
{
    /// <summary>
    /// Adds the carrier: settings checked at start, REST, the door <see cref="ITelephony"/>, webhooks and tokens.
    /// <see cref="TwilioOptions.StartsSimulator"/> tells whether a simulator must be started beside us.
    /// </summary>
    public static WebApplicationBuilder AddTwilio(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<TwilioOptions>()
            .Configure<IConfiguration, IHostEnvironment>(TwilioOptions.Fill)
            .ValidateOnStart(); // A wrong setting stops the start, not the first call of the day.
        services.AddSingleton<IValidateOptions<TwilioOptions>, TwilioOptionsCheck>();
        services.AddOptions<VoiceTexts>().BindConfiguration(VoiceTexts.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddTwilioRequests();
        services.TryAddSingleton<RefusalLog>();
        services.AddSingleton<RequestValidationHelper>();
        services.AddSingleton<VoiceWebhooks>();
        services.AddSingleton<RecordingEndpoint>();
        services.AddSingleton<TokenEndpoint>();
        services.AddHostedService<OurNumbersAtStart>();
        services.AddSingleton(provider => new PhoneNetworkLink(
            provider.GetRequiredService<IOptions<TwilioOptions>>().Value is { IsSimulated: true } twilio
                ? new Uri(twilio.ApiUrl)
                : null));
        services.AddOptions<ContentPolicy>().Configure<IOptions<TwilioOptions>>((policy, twilio) => AllowSoftphone(policy, twilio.Value));
        return builder;
    }

    /// <summary>Adds the door <see cref="ITelephony"/> and all that it asks Twilio with.</summary>
    internal static void AddTwilioRequests(this IServiceCollection services)
    {
        services.AddTwilioClient((provider, client) =>
        {
            var account = provider.GetRequiredService<IOptions<TwilioOptions>>().Value;
            (client.AccountSid, client.ApiKeySid, client.ApiKeySecret) = (account.AccountSid, account.ApiKey, account.ApiSecret);
        });
        services.AddHttpClient(TwilioClientDependencyInjectionExtensions.TwilioHttpClientName)
            .ConfigureHttpClient(http => http.Timeout = Timeout.InfiniteTimeSpan) // Each attempt has its own; a recording streams longer.
            .ConfigurePrimaryHttpMessageHandler(provider => new SocketsHttpHandler
            {
                AllowAutoRedirect = false, // Our credentials must not follow a redirect.
                ConnectTimeout = TimeSpan.FromSeconds(4),
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
                UseCookies = false,
                // It cannot see this machine's simulator.
                UseProxy = !provider.GetRequiredService<IOptions<TwilioOptions>>().Value.IsSimulated,
            })
            .AddHttpMessageHandler(provider => ActivatorUtilities.CreateInstance<TwilioRequestHandler>(provider))
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan) // The connections have a lifetime; the circuit breaker must remember.
            .RemoveAllLoggers(); // They would write addresses that hold telephone numbers.
        services.AddSingleton<RecordingMedia>();
        services.AddSingleton<VoiceDocuments>();
        services.AddSingleton<ITelephony, TwilioTelephony>();
    }

    /// <summary>Maps the webhooks, the softphone's token, the recordings and the sounds.</summary>
    public static WebApplication MapTwilio(this WebApplication app)
    {
        app.MapTwilioWebhooks();
        TokenEndpoint.Map(app);
        RecordingEndpoint.Map(app);
        app.MapSounds();
        return app;
    }

    /// <summary>Lets the softphone's script talk to the carrier; its sounds are our own.</summary>
    private static void AllowSoftphone(ContentPolicy policy, TwilioOptions twilio)
    {
        if (twilio.IsSimulated)
        {
            policy.ConnectTo.Add("ws://" + new Uri(twilio.ApiUrl).Authority);
            return;
        }

        policy.ConnectTo.Add("wss://voice-js.roaming.twilio.com");
        policy.ConnectTo.Add("https://eventgw.twilio.com");
    }

    /// <summary>Tells Core our numbers once the settings have been checked.</summary>
    private sealed class OurNumbersAtStart(OurLines lines, IOptions<TwilioOptions> options) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            lines.Numbers = options.Value.PhoneNumbers;
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
