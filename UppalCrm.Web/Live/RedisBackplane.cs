using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace UppalCrm.Web.Live;

/// <summary>Where nodes tell each other what changed.</summary>
public sealed class RedisOptions
{
    public const string Section = "Redis";

    /// <summary>E.g. <c>redis.example.com:6379,password=…</c>, as StackExchange.Redis reads it. Empty for one node.</summary>
    public string? ConnectionString { get; set; }

    public static bool CanBeRead(string text)
    {
        try
        {
            return ConfigurationOptions.Parse(text).EndPoints.Count > 0;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}

/// <summary>
/// Carries <see cref="CallFeed"/> to the other nodes and theirs to us, over Redis: "call 7 is at version 3, go and look". Redis keeps
/// nothing, so what it loses is found in the database: on every beat while it cannot be reached, once more when it is back, and now and
/// then in between, because another node may be cut off without our noticing.
/// </summary>
public sealed class RedisBackplane(
    CallFeed feed, ChangeFinder finder, IOptions<RedisOptions> options, TimeProvider time,
    ILogger<RedisBackplane> logger) : BackgroundService, IHealthCheck
{
    private static readonly RedisChannel Channel = RedisChannel.Literal("uppalcrm:news");

    /// <summary>With the look and the telling a change is known within a second.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(750);

    private static readonly TimeSpan LookAnyway = TimeSpan.FromSeconds(15);

    private readonly string _node = Guid.NewGuid().ToString("N")[..12];
    private ConnectionMultiplexer? _redis;
    private ISubscriber? _subscriber;

    private bool IsConnected => _subscriber?.IsConnected(Channel) ?? false;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        feed.Relay = Tell;
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        feed.Relay = null;
        _redis?.Dispose();
        base.Dispose();
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(IsConnected
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded("Redis cannot be reached: what other nodes change is found in the database, within a second."));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var connecting = ConnectAsync();
        var wasConnected = true; // said when it is not
        var looked = time.GetTimestamp();
        using var timer = new PeriodicTimer(Beat, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (_subscriber is null && connecting.IsCompleted)
            {
                connecting = ConnectAsync();
            }

            var connected = IsConnected;
            if (connected != wasConnected)
            {
                logger.LogWarning(
                    "Redis {State}",
                    connected
                        ? "is back: other nodes are heard again"
                        : "cannot be reached: changes of other nodes are looked for in the database");
            }

            if (!connected || !wasConnected || time.GetElapsedTime(looked) >= LookAnyway)
            {
                await LookAsync(stoppingToken);
                looked = time.GetTimestamp();
            }

            wasConnected = connected;
        }
    }

    /// <summary>
    /// Once made, the connection mends itself and subscribes again. Until then a failure is no fault of ours: the node serves its people
    /// and finds changes in the database. Beside the beat, because a server that does not answer takes its time.
    /// </summary>
    private async Task ConnectAsync()
    {
        try
        {
            var settings = ConfigurationOptions.Parse(options.Value.ConnectionString!);
            settings.AbortOnConnectFail = false;
            settings.ClientName = $"uppalcrm-{_node}";
            _redis ??= await ConnectionMultiplexer.ConnectAsync(settings);
            var subscriber = _redis.GetSubscriber();
            await subscriber.SubscribeAsync(Channel, (_, message) => Hear(message));
            _subscriber = subscriber;
        }
        catch (Exception ex)
        {
            logger.LogDebug(ex, "No connection with Redis yet; it is tried again");
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var news in await finder.LookAsync(cancellationToken))
            {
                Deliver(news);
            }
        }
        catch (Exception ex) when (ex is not OperationCanceledException)
        {
            logger.LogWarning(ex, "The database could not be looked at for changes of other nodes; it is tried again");
        }
    }

    private void Tell(object news)
    {
        var words = news switch
        {
            CallChanged call => string.Create(CultureInfo.InvariantCulture, $"{_node} call {call.CallId} {call.Version}"),
            AgentChanged agent => string.Create(CultureInfo.InvariantCulture, $"{_node} agent {agent.AgentId}"),
            _ => null,
        };
        if (words is null || !IsConnected)
        {
            return; // the others look for themselves
        }

        try
        {
            _subscriber!.Publish(Channel, words, CommandFlags.FireAndForget);
        }
        catch (RedisException ex)
        {
            logger.LogDebug(ex, "{News} could not be told to the other nodes", news); // they find it
        }
    }

    private void Hear(string? message)
    {
        if (Parse(message, _node) is { } news)
        {
            Deliver(news);
        }
    }

    /// <returns>Null for our own news, and for what is none.</returns>
    internal static object? Parse(string? message, string self) => message?.Split(' ') switch
    {
        [var node, ..] when node == self => null,
        [_, "call", var call, var version] when long.TryParse(call, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            && long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => new CallChanged(id, number),
        [_, "agent", var agent] when int.TryParse(
            agent, NumberStyles.None, CultureInfo.InvariantCulture, out var id) => new AgentChanged(id),
        _ => null,
    };

    private void Deliver(object news)
    {
        if (news is CallChanged call)
        {
            feed.Deliver(call);
        }
        else if (news is AgentChanged agent)
        {
            feed.Deliver(agent);
        }
    }
}
