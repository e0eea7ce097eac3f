using Microsoft.AspNetCore.SignalR;

namespace UppalCrm.Web.Live;

/// <summary>Wires the hub, what is published to it, and the calls that the pop-ups show.</summary>
public static class LiveSetup
{
    public static WebApplicationBuilder AddLive(this WebApplicationBuilder builder)
    {
        builder.Services.AddSignalR(o =>
        {
            // A phone that lost its network is missed after 20 s, well within the 35 s after which an agent counts as unreachable.
            o.KeepAliveInterval = TimeSpan.FromSeconds(8);
            o.ClientTimeoutInterval = TimeSpan.FromSeconds(20);
            o.MaximumReceiveMessageSize = 32 * 1024;
            o.MaximumParallelInvocationsPerClient = 4; // an accept must not wait behind anything
        });
        builder.Services.AddSingleton<IUserIdProvider, AgentIdProvider>();
        builder.Services.AddSingleton<LiveConnections>();
        builder.Services.AddSingleton<ChangedCalls>();
        builder.Services.AddSingleton<OfferNotifications>();
        builder.Services.AddSingleton<LivePublisher>();
        builder.Services.AddHostedService(s => s.GetRequiredService<OfferNotifications>());
        builder.Services.AddHostedService(s => s.GetRequiredService<LivePublisher>());
        builder.Services.AddHostedService(s => s.GetRequiredService<ChangedCalls>()); // last: the two above listen to it
        if (builder.Configuration[$"{RedisOptions.Section}:ConnectionString"] is { Length: > 0 })
        {
            builder.Services.AddOptions<RedisOptions>().BindConfiguration(RedisOptions.Section)
                .Validate(
                    redis => RedisOptions.CanBeRead(redis.ConnectionString!),
                    "Redis__ConnectionString cannot be read: write host:port, with further settings after commas.")
                .ValidateOnStart();
            builder.Services.AddSingleton<ChangeFinder>();
            builder.Services.AddSingleton<RedisBackplane>();
            builder.Services.AddHostedService(s => s.GetRequiredService<RedisBackplane>());
            builder.Services.AddHealthChecks().AddCheck<RedisBackplane>("news between nodes");
        }

        return builder;
    }

    public static WebApplication MapLive(this WebApplication app)
    {
        app.MapHub<CallHub>(CallHub.Path);
        return app;
    }
}
