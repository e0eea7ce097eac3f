using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace UppalCrm.Web.Health;

/// <summary>
/// Wires the room. <c>/health/live</c>: the process answers. <c>/health/ready</c>: it may be sent people; 503 while a part it cannot
/// do without is missing, and while it stops. Other rooms add their own checks by <c>AddHealthChecks()</c>.
/// </summary>
public static class HealthSetup
{
    public static WebApplicationBuilder AddHealth(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<StoppingOptions>().BindConfiguration(StoppingOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<NodeDrain>();
        services.AddHostedService(s => s.GetRequiredService<NodeDrain>());
        services.AddSingleton<IHostLifetime, DrainingLifetime>();
        services.AddSingleton<DatabaseAnswers>();
        services.AddHealthChecks().AddCheck<DatabaseAnswers>("database").AddCheck<NodeDrain>("running");
        // Webhooks in hand are finished and pages told before the process goes.
        services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(45));
        return builder;
    }

    /// <summary>A node that is going takes nothing new on: the proxy asks another one.</summary>
    public static WebApplication UseDrain(this WebApplication app)
    {
        var drain = app.Services.GetRequiredService<NodeDrain>();
        app.Use((context, next) => drain.IsDraining && BeginsSomething(context.Request) ? drain.RefuseAsync(context) : next(context));
        return app;
    }

    public static WebApplication MapHealth(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync })
            .AllowAnonymous();
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = WriteAsync }).AllowAnonymous();
        return app;
    }

    // Pages, files, live connections and what makes one. What is sent here to be done (webhooks, forms) is done: a proxy does
    // not send it twice.
    private static bool BeginsSomething(HttpRequest request) => request.Path.StartsWithSegments("/health") is false
        && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsConnect(request.Method)
            || request.Path.Value?.EndsWith("/negotiate", StringComparison.Ordinal) == true);

    // The descriptions are ours; an exception's text is for the log only.
    private static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(
        new
        {
            status = report.Status.ToString(),
            checks = report.Entries.ToDictionary(
                e => e.Key, e => new { status = e.Value.Status.ToString(), e.Value.Description }, StringComparer.Ordinal),
        },
        context.RequestAborted);
}

/// <summary>Writes a row that must be there: a full disk lets one read, and a deleted file lets one write into nothing.</summary>
internal sealed class DatabaseAnswers(IDbContextFactory<CrmDbContext> contexts, TimeProvider time) : IHealthCheck, IDisposable
{
    // Anybody may ask, and each answer costs a write.
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private HealthCheckResult _last;
    private long? _at;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            if (_at is not { } at || time.GetElapsedTime(at) > Remembered)
            {
                _last = await AskAsync(cancellationToken);
                _at = time.GetTimestamp();
            }

            return _last;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public void Dispose() => _oneAtATime.Dispose();

    private async Task<HealthCheckResult> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var db = await contexts.CreateDbContextAsync(cancellationToken);
            if (db is SqliteCrmDbContext
                && new SqliteConnectionStringBuilder(db.Database.GetConnectionString()).DataSource is { Length: > 0 } file
                && file[0] != ':' && !File.Exists(file))
            {
                return HealthCheckResult.Unhealthy(
                    "The database's file is gone. What is written now is lost: stop UppalCRM and restore the file from a backup.");
            }

            // To what it is already: the row is written all the same, and must be there for it.
            var written = await db.FloorSettings.ExecuteUpdateAsync(
                set => set.SetProperty(f => f.DispositionRequired, f => f.DispositionRequired), cancellationToken);
            return written > 0
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy("The database answers, but its settings are gone. Restore it from a backup.");
        }
        catch (Exception ex) when (ex is not OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy(
                "The database cannot be written to: look at the disk's free space and at the rights of its folder, or whether the server "
                    + "runs.",
                ex);
        }
    }
}
