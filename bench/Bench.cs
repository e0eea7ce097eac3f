using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace UppalCrm.Bench;

/// <summary>Runs the rows that were asked for, one after another.</summary>
internal static class Bench
{
    private static readonly (string Name, Func<Run, Task> Measure)[] All =
    [
        ("W1", Rows.InboundAsFastAsPossibleAsync),
        ("W2", Rows.InboundAtASteadyRateAsync),
        ("P1", Rows.OfferToTheLastBrowserAsync),
        ("R1", Rows.AcceptRaceAsync),
        ("R2", Rows.LeaseToOfferAsync),
        ("C1", Rows.ColdStartAsync),
        ("C2", Rows.KilledUnderLoadAsync),
        ("M1", Rows.MemoryOfABrowserAsync),
    ];

    public static async Task<int> RunAsync(string[] args)
    {
        var smoke = args.Contains("--smoke", StringComparer.Ordinal);
        var wanted = args.Where(a => !a.StartsWith('-')).ToList();
        if (wanted.Except(All.Select(r => r.Name), StringComparer.OrdinalIgnoreCase).ToList() is { Count: > 0 } unknown)
        {
            Console.Error.WriteLine($"No row is called {string.Join(", ", unknown)}. Rows: {string.Join(' ', All.Select(r => r.Name))}.");
            return 2;
        }

        var folder = Directory.CreateDirectory(Path.Combine("bench", "results")).FullName;
        var commit = Environment.GetEnvironmentVariable("UPPALCRM_COMMIT") ?? "unknown";
        var now = TimeProvider.System.GetUtcNow();
        var file = Path.Combine(folder, $"{now:yyyy-MM-dd}-{Environment.MachineName}-{commit}.jsonl");
        foreach (var (name, measure) in All.Where(r => wanted.Count == 0 || wanted.Contains(r.Name, StringComparer.OrdinalIgnoreCase)))
        {
            var run = new Run(name, smoke);
            var before = Cpu.Machine();
            var started = Stopwatch.GetTimestamp();
            await measure(run);
            run.Number("seconds", Stopwatch.GetElapsedTime(started).TotalSeconds);
            run.Number("foreign_cpu", Cpu.ForeignShare(before, run.OwnCpu + Process.GetCurrentProcess().TotalProcessorTime - run.CpuAtStart));
            Console.WriteLine(run.ToLine());
            await File.AppendAllTextAsync(file, run.ToJson(now, commit) + Environment.NewLine);
        }

        return 0;
    }
}

/// <summary>What one row measured.</summary>
internal sealed class Run(string row, bool smoke)
{
    private readonly List<(string Name, double Value)> _numbers = [];

    /// <summary>Ten seconds at most.</summary>
    public bool Smoke { get; } = smoke;

    /// <summary>CPU time of the programs that it started; ours is not in it.</summary>
    public TimeSpan OwnCpu { get; set; }

    public TimeSpan CpuAtStart { get; } = Process.GetCurrentProcess().TotalProcessorTime;

    public void Number(string name, double value) => _numbers.Add((name, value));

    /// <summary>p50, p99 and the largest, in milliseconds.</summary>
    public void Times(string name, IEnumerable<TimeSpan> times)
    {
        var sorted = times.Select(t => t.TotalMilliseconds).Order().ToArray();
        Number(name + "_p50_ms", At(0.5));
        Number(name + "_p99_ms", At(0.99));
        Number(name + "_max_ms", sorted.Length == 0 ? double.NaN : sorted[^1]);

        double At(double share) => sorted.Length == 0 ? double.NaN : sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
    }

    public double Of(string name) => _numbers.First(n => n.Name == name).Value;

    /// <summary>More than 15 % of the machine was busy with others: latencies are not to be judged, only CPU and counts.</summary>
    private bool IsDisturbed => _numbers.Any(n => n is { Name: "foreign_cpu", Value: > 0.15 });

    public string ToLine() => $"{row}: {string.Join(", ", _numbers.Select(n => $"{n.Name} {n.Value.ToString("0.###", CultureInfo.InvariantCulture)}"))}"
        + (IsDisturbed ? "  (the machine was busy with other things: latencies are not judged)" : "");

    public string ToJson(DateTimeOffset at, string commit) => JsonSerializer.Serialize(new Dictionary<string, object>
    {
        ["row"] = row,
        ["at"] = at.ToString("O", CultureInfo.InvariantCulture),
        ["machine"] = Environment.MachineName,
        ["cores"] = Environment.ProcessorCount,
        ["commit"] = commit,
        ["smoke"] = Smoke,
        ["judged"] = !IsDisturbed,
        ["numbers"] = _numbers.Where(n => !double.IsNaN(n.Value)).ToDictionary(n => n.Name, n => Math.Round(n.Value, 4)),
    });
}

/// <summary>CPU time by Linux's own counts.</summary>
internal static class Cpu
{
    /// <summary>Ticks of a hundredth of a second: busy, and all.</summary>
    public static (long Busy, long All) Machine()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..9].Select(long.Parse).ToArray();
        return (fields.Sum() - fields[3] - fields[4], fields.Sum()); // all but idle and waiting for the disk
    }

    /// <returns>The share of the whole machine that was busy with anything but us.</returns>
    public static double ForeignShare((long Busy, long All) before, TimeSpan ours)
    {
        var (busy, all) = Machine();
        return Math.Max(0, busy - before.Busy - (ours.TotalSeconds * 100)) / Math.Max(1, all - before.All);
    }
}
