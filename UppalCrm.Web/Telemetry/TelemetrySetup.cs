using System.Reflection;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace UppalCrm.Web.Telemetry;

/// <summary>
/// Traces, metrics and logs by OTLP, where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names a collector. Without one nothing is collected. The
/// other <c>OTEL_*</c> settings have their usual meaning (opentelemetry.io/docs/specs/otel/configuration). docs/operate.md lists what
/// there is to see.
/// </summary>
public static class TelemetrySetup
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string Protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";
    private const string ServiceName = "OTEL_SERVICE_NAME";

    /// <summary>The framework's own: circuits of pages, connections of the hub, HTTP.</summary>
    private static readonly string[] Meters =
    [
        CallTelemetry.Name, "Microsoft.AspNetCore.Components.Server.Circuits", "Microsoft.AspNetCore.Http.Connections",
        "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http",
    ];

    /// <summary>They last as long as a page is open, or are asked for every few seconds: no trace of a call.</summary>
    private static readonly string[] Untraced = ["/_blazor", "/_framework", "/_content", "/hubs", "/health", "/js", "/media"];

    /// <summary>Their addresses hold the codes of one-time links.</summary>
    private static readonly string[] Secret = ["/setup", "/invitation", "/password"];

    public static WebApplicationBuilder AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.Logging.Configure(options =>
            options.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning); // it says each request's address
        if (builder.Configuration[Endpoint] is not { Length: > 0 } endpoint)
        {
            return builder;
        }

        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var collector) || collector.Scheme is not ("http" or "https"))
        {
            builder.Services.AddOptions<OtlpExporterOptions>()
                .Validate(
                    _ => false,
                    $"{Endpoint} must be an absolute http or https address, e.g. http://localhost:4318; leave it out to export nothing.")
                .ValidateOnStart();
            return builder;
        }

        var protocol = builder.Configuration[Protocol] == "grpc" ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        var version = typeof(TelemetrySetup).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(builder.Configuration[ServiceName] ?? "uppalcrm", serviceVersion: version))
            .WithMetrics(metrics => metrics.AddMeter(Meters).AddRuntimeInstrumentation())
            .WithTracing(tracing => tracing
                .AddAspNetCoreInstrumentation(options => options.Filter = IsTraced)
                .AddHttpClientInstrumentation()
                .AddSource("Microsoft.AspNetCore.SignalR.Server"))
            .WithLogging(logging => logging.AddProcessor(new CallIdOfTrace()), options => options.IncludeScopes = false)
            .UseOtlpExporter(protocol, collector);
        return builder;
    }

    private static bool IsTraced(HttpContext http) =>
        !Untraced.Concat(Secret).Any(path => http.Request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase));

    /// <summary>Names the call in each log line that is written while one is dealt with.</summary>
    private sealed class CallIdOfTrace : BaseProcessor<LogRecord>
    {
        public override void OnEnd(LogRecord data)
        {
            if (System.Diagnostics.Activity.Current?.GetTagItem(CallTelemetry.CallId) is { } callId)
            {
                data.Attributes = [.. data.Attributes ?? [], new(CallTelemetry.CallId, callId)];
            }
        }
    }
}
