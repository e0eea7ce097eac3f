using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using UppalCrm.Tests.Conventions;

namespace UppalCrm.Tests.Telemetry;

/// <summary>deploy/grafana-dashboard.json shows what there is.</summary>
public sealed partial class DashboardTests
{
    /// <summary>What the framework measures (learn.microsoft.com, built-in metrics), as Prometheus names it.</summary>
    private static readonly string[] OfTheFramework =
    [
        "aspnetcore_components_circuit_active", "aspnetcore_components_circuit_connected", "signalr_server_active_connections",
        "dotnet_process_memory_working_set_bytes", "dotnet_gc_last_collection_heap_size_bytes", "dotnet_process_cpu_time_seconds_total",
        "http_server_request_duration_seconds",
    ];

    [Fact]
    public void The_dashboard_names_only_metrics_that_exist_and_every_one_of_ours()
    {
        var ours = Ours();
        var shown = Expressions().SelectMany(
            expression => Metric().Matches(Labels().Replace(expression, "")).Select(match => Plain(match.Value))).ToHashSet();

        Assert.Empty(shown.Except([.. ours, .. OfTheFramework]));
        Assert.Empty(ours.Except(shown));
    }

    [Fact]
    public void The_operators_page_lists_every_metric_of_ours()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operate.md"));

        Assert.All(Instruments(), instrument => Assert.Contains($"`{instrument.Name}`", page, StringComparison.Ordinal));
    }

    private static List<string> Expressions()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "deploy", "grafana-dashboard.json")));
        var found = new List<string>();
        foreach (var panel in dashboard.RootElement.GetProperty("panels").EnumerateArray())
        {
            if (panel.TryGetProperty("targets", out var targets))
            {
                found.AddRange(targets.EnumerateArray().Select(target => target.GetProperty("expr").GetString()!));
            }
        }

        return found;
    }

    private static List<Instrument> Instruments()
    {
        var found = new List<Instrument>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == CallTelemetry.Name)
                {
                    found.Add(instrument);
                }
            },
        };
        RuntimeHelpers.RunClassConstructor(typeof(CallTelemetry).TypeHandle); // its meter is there from the first use on
        listener.Start();
        Assert.NotEmpty(found);
        return found;
    }

    /// <summary>As OTLP's metrics are named in Prometheus: dots are underscores, seconds are said, counters end in total.</summary>
    private static HashSet<string> Ours() =>
    [
        .. Instruments().Select(instrument => instrument.Name.Replace('.', '_')
            + (instrument.Unit == "s" ? "_seconds" : "")
            + (instrument is Counter<int> ? "_total" : "")),
    ];

    private static string Plain(string metric) => Suffix().Replace(metric, "");

    [GeneratedRegex(@"\b(?:uppalcrm|aspnetcore|signalr|dotnet|http|kestrel)_[a-z_]+(?=[\[\){])", RegexOptions.None, 1000)]
    private static partial Regex Metric();

    [GeneratedRegex(@"by \([^)]*\)", RegexOptions.None, 1000)]
    private static partial Regex Labels();

    [GeneratedRegex("_(?:bucket|count|sum)$", RegexOptions.None, 1000)]
    private static partial Regex Suffix();
}
