using System.Collections.Concurrent;
using System.Security.Claims;
using Microsoft.AspNetCore.SignalR;
using UppalCrm.Web.Layout;
using UppalCrm.Web.Live;

namespace UppalCrm.Web.SignIn;

/// <summary>The live connections of this node, of pages and of phones, by the session they were opened in.</summary>
public sealed class OpenConnections
{
    /// <summary>One person's: two for each tab. Enough for tabs and reconnects, too few to exhaust a server.</summary>
    public const int MostOfOnePerson = 24;

    private readonly ConcurrentDictionary<string, Connection> _byId = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<int, CommandRate> _rates = new();
    private readonly Lock _adding = new();

    /// <summary>The sessions with something open here.</summary>
    public IReadOnlyCollection<string> Sessions => _byId.Values.Select(c => c.Session).ToHashSet(StringComparer.Ordinal);

    /// <param name="end">Ends the connection.</param>
    /// <returns>False when the person has too many.</returns>
    public bool TryAdd(string connectionId, int agentId, string session, Action end)
    {
        lock (_adding)
        {
            if (_byId.Values.Count(c => c.AgentId == agentId) >= MostOfOnePerson)
            {
                return false;
            }

            _byId[connectionId] = new Connection(agentId, session, end);
            return true;
        }
    }

    /// <summary>How fast this person gives commands, over all their connections.</summary>
    internal CommandRate RateOf(int agentId) => _rates.GetOrAdd(agentId, _ => new CommandRate());

    public void Remove(string connectionId) => _byId.TryRemove(connectionId, out _);

    /// <summary>Ends what was opened in this session.</summary>
    public void End(string session)
    {
        foreach (var connection in _byId.Values.Where(c => c.Session == session))
        {
            connection.End();
        }
    }

    private sealed record Connection(int AgentId, string Session, Action End);
}

/// <summary>
/// Stands before every live connection, the circuits' and the hub's: it opens for a session that goes on, each call on it asks again
/// (but for the word that a picture was drawn), and it ends with its session.
/// </summary>
internal sealed class SessionHubFilter(SignInSessions sessions, OpenConnections connections, TimeProvider time) : IHubFilter
{
    /// <summary>What a page says when it has drawn what it was sent (the framework's <c>ComponentHub</c>).</summary>
    internal const string PictureShown = "OnRenderCompleted";

    public async Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        var session = await EnsureAsync(context.Context, context.Hub, isOpening: true);
        if (!connections.TryAdd(context.Context.ConnectionId, session.AgentId, session.KeyHash, context.Context.Abort))
        {
            throw new HubException(
                $"You have {OpenConnections.MostOfOnePerson} live connections open, which is the most. Close some tabs.");
        }

        await next(context);
        if (await sessions.FindAsync(context.Context.User!.FindSessionKey()!, CancellationToken.None) is null)
        {
            context.Context.Abort(); // It ended before it was in the list.
        }
    }

    public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext context, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        // A thousand pages say so at once when a call comes. It does nothing that its person could not, and ends with the connection.
        if (context.HubMethodName == PictureShown && context.Hub is not CallHub)
        {
            return await next(context);
        }

        var session = await EnsureAsync(context.Context, context.Hub, isOpening: false);
        if (context.Hub is CallHub && !connections.RateOf(session.AgentId).TryTake(time, out var isFlood))
        {
            if (isFlood)
            {
                context.Context.Abort(); // each refusal is a line of the log
            }

            throw new HubException("Too many commands at once. Wait a moment.");
        }

        return await next(context);
    }

    public Task OnDisconnectedAsync(HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next)
    {
        connections.Remove(context.Context.ConnectionId);
        return next(context, exception);
    }

    private async Task<SignInSession> EnsureAsync(HubCallerContext caller, Hub hub, bool isOpening)
    {
        if (caller.User?.FindSessionKey() is { } key)
        {
            var found = isOpening
                ? await sessions.FindAsync(key, CancellationToken.None)
                : await sessions.FindOfOpenAsync(key, CancellationToken.None);
            if (found is { MustSetUpSecondFactor: false } session)
            {
                return session;
            }
        }

        caller.Abort();
        throw new HubException($"You have been signed out. ({hub.GetType().Name})");
    }

}

/// <summary>A person presses no twenty buttons a second; a program that does is slowed down. Sixty are allowed in a burst.</summary>
internal sealed class CommandRate
{
    private const double PerSecond = 20;
    private const double Burst = 60;

    /// <summary>Refusals in a row, after which it is no person's impatience.</summary>
    private const int Flood = 150;

    private readonly Lock _taking = new();
    private double _left = Burst;
    private long _at;
    private int _refused;

    /// <param name="isFlood">Whether the connection on which the command came deserves to be ended.</param>
    public bool TryTake(TimeProvider time, out bool isFlood)
    {
        isFlood = false;
        lock (_taking)
        {
            var now = time.GetTimestamp();
            _left = _at == 0 ? Burst : Math.Min(Burst, _left + (time.GetElapsedTime(_at, now).TotalSeconds * PerSecond));
            _at = now;
            if (_left < 1)
            {
                isFlood = ++_refused % Flood == 0;
                return false;
            }

            _refused = 0;
            _left--;
            return true;
        }
    }
}

/// <summary>Hears of sessions that end, here and on other nodes, and ends what they have open here.</summary>
internal sealed class SessionWatch(
    SignInSessions sessions, SignInThrottle throttle, JoinIntents intents, OpenConnections connections, TimeProvider time,
    ILogger<SessionWatch> logger)
    : BackgroundService
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ClocksDiffer = TimeSpan.FromSeconds(30);
    private const int BeatsToSeen = 30;
    private const int BeatsToSweep = 3600;

    private IDisposable? _subscription;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _subscription = sessions.Subscribe(connections.End);
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _subscription?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Beat, time);
        for (var beat = 1L; await timer.WaitForNextTickAsync(stoppingToken); beat++)
        {
            try
            {
                if (beat % BeatsToSeen == 0)
                {
                    await sessions.SeenAsync(connections.Sessions, stoppingToken);
                }

                if (beat % BeatsToSweep == 0)
                {
                    await throttle.SweepAsync(stoppingToken);
                    await intents.SweepAsync(stoppingToken);
                }

                await sessions.LookAsync(time.GetUtcNow() - ClocksDiffer, stoppingToken);
            }
            catch (Exception ex) when (ex is not OperationCanceledException)
            {
                logger.LogWarning(ex, "Sessions that ended could not be looked for; it is tried again in a second");
            }
        }
    }
}

/// <summary>What the cookie says of its session.</summary>
public static class SessionClaim
{
    public const string Type = "session";

    public static string? FindSessionKey(this ClaimsPrincipal person) => person.FindFirstValue(Type);
}
