using System.ComponentModel.DataAnnotations;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using UppalCrm.Web.Live;

namespace UppalCrm.Web.Health;

/// <summary>How the process takes its leave.</summary>
public sealed class StoppingOptions
{
    public const string Section = "Stopping";

    /// <summary>
    /// How long <c>/health/ready</c> says 503 before connections are closed: a load balancer looks away, and pages without a call move to
    /// another node. Zero for one node.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00", ErrorMessage = "Stopping:NoticeFor must lie between 00:00:00 and 00:05:00.")]
    public TimeSpan NoticeFor { get; set; }

    /// <summary>
    /// How long pages that hold a call may stay after the notice. A call that lasts longer goes on: its page is drawn again by another
    /// node.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "04:00:00", ErrorMessage = "Stopping:CallsMayLast must lie between 00:00:00 and 04:00:00.")]
    public TimeSpan CallsMayLast { get; set; }
}

/// <summary>
/// A node makes way for an upgrade: it says 503 when asked whether it is ready, takes on nothing new, and tells its pages to load again
/// from another node, each once its call is over. Webhooks that reach it are answered to the end.
/// </summary>
internal sealed class NodeDrain(
    LiveConnections connections, IHubContext<CallHub, ICallClient> hub, IOptions<StoppingOptions> options, TimeProvider time,
    ILogger<NodeDrain> logger)
    : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    /// <summary>Pages load again within this, each at a moment of its own.</summary>
    private static readonly TimeSpan Wave = TimeSpan.FromSeconds(4);

    private volatile bool _draining;

    public bool IsDraining => _draining;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_draining ? HealthCheckResult.Unhealthy("This node is stopping.") : HealthCheckResult.Healthy());

    /// <summary>Begins to make way, and goes on answering.</summary>
    public void Begin()
    {
        if (!_draining)
        {
            _draining = true;
            logger.LogWarning("This node makes way: its pages move to another one");
        }
    }

    /// <summary>The node stays after all.</summary>
    public void End()
    {
        if (_draining)
        {
            _draining = false;
            logger.LogWarning("This node stays and takes new pages again");
        }
    }

    /// <summary>
    /// Makes way, and waits until the process may go: the notice has been given, and no page holds a call here or its time is up.
    /// </summary>
    public async Task DrainAsync()
    {
        Begin();
        var started = time.GetTimestamp();
        var (notice, longest) = (options.Value.NoticeFor, options.Value.NoticeFor + options.Value.CallsMayLast);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100), time);
        while (time.GetElapsedTime(started) is var waited && waited < longest && (waited < notice || !connections.IsEmpty))
        {
            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>
    /// What a browser is answered that comes here all the same; a proxy asks another node instead (<c>proxy_next_upstream http_503</c>).
    /// </summary>
    public Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.RetryAfter = "1";
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync("UppalCRM is being restarted here. Load the page again in a moment.", context.RequestAborted);
    }

    /// <summary>Says so again and again: a page may connect while the others are told.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Beat, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (_draining)
            {
                await hub.Clients.All.NodeLeaving((int)Wave.TotalMilliseconds);
            }
        }
    }
}

/// <summary>
/// What the process does when the system tells it to go. SIGTERM: it makes way first, because the host closes every live connection as
/// soon
/// as it begins to stop; a second one does not wait. SIGUSR1: it makes way and stays; SIGUSR2: it takes new pages again. Ctrl+C: at once.
/// </summary>
internal sealed class DrainingLifetime(IHostApplicationLifetime application, NodeDrain drain) : IHostLifetime, IDisposable
{
    // Numbers of Linux (signal(7)); .NET takes them as they are.
    private const PosixSignal Usr1 = (PosixSignal)10;
    private const PosixSignal Usr2 = (PosixSignal)12;

    private readonly List<PosixSignalRegistration> _signals = [];
    private int _asked;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        On(PosixSignal.SIGINT, application.StopApplication);
        On(PosixSignal.SIGQUIT, application.StopApplication);
        On(PosixSignal.SIGTERM, MakeWayAndStop);
        if (OperatingSystem.IsLinux())
        {
            On(Usr1, drain.Begin);
            On(Usr2, drain.End);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _signals.ForEach(signal => signal.Dispose());

    private void MakeWayAndStop()
    {
        if (Interlocked.Increment(ref _asked) > 1)
        {
            application.StopApplication();
            return;
        }

        _ = Task.Run(async () =>
        {
            try
            {
                await drain.DrainAsync();
            }
            finally
            {
                application.StopApplication();
            }
        });
    }

    private void On(PosixSignal signal, Action act) => _signals.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        act();
    }));
}
