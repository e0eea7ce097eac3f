using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace UppalCrm.Bench;

/// <summary>Whether a busy machine spoils a number.</summary>
internal enum Judged
{
    /// <summary>CPU spent, bytes, counts: the same however busy the machine is with other things (within a quarter).</summary>
    Always,

    /// <summary>Times and rates: only when at most 15 % of the machine was busy with others.</summary>
    WhenQuiet,
}

/// <summary>What a number should be.</summary>
internal sealed record Target(string Number, double Limit, bool AtLeast, Judged Judged)
{
    public bool Met(double value) => AtLeast ? value >= Limit : value <= Limit;
}

/// <summary>What one row measured, and what it started.</summary>
/// <param name="sqlServer">The connection string of the server that was given.</param>
internal sealed class Run(string row, bool smoke, string? sqlServer = null)
{
    /// <summary>A row of the smoke form is stopped after this.</summary>
    public static readonly TimeSpan SmokeLimit = TimeSpan.FromSeconds(10);

    private readonly ConcurrentQueue<(string Name, double Value)> _numbers = new();
    private readonly ConcurrentQueue<Target> _targets = new();
    private readonly ConcurrentDictionary<Child, byte> _children = new();
    private readonly Stopwatch _age = Stopwatch.StartNew();
    private readonly Cpu.Machine _machine = Cpu.Machine.Now();
    private readonly TimeSpan _cpuAtStart = Cpu.OfThisProcess();
    private long _childTicks;

    public bool Smoke { get; } = smoke;

    /// <summary>The connection string of a SQL Server; null when none was given.</summary>
    public string? SqlServer { get; } = sqlServer;

    /// <summary>Loops of the smoke form leave when this says no, so that the row still has its numbers.</summary>
    public bool HasTime => !Smoke || _age.Elapsed < SmokeLimit - TimeSpan.FromSeconds(2);

    /// <summary>Stopped by the limit of the smoke form: some numbers are missing.</summary>
    public bool Stopped { get; private set; }

    /// <summary>What comes after the stop was measured on programs that are gone.</summary>
    public void Number(string name, double value)
    {
        if (!Stopped || name is "seconds" or "foreign_cpu")
        {
            _numbers.Enqueue((name, value));
        }
    }

    /// <summary>p50, p99 and the largest, in milliseconds.</summary>
    public void Times(string name, IEnumerable<TimeSpan> times)
    {
        var sorted = times.Select(t => t.TotalMilliseconds).Order().ToArray();
        Number(name + "_p50_ms", At(sorted, 0.5));
        Number(name + "_p99_ms", At(sorted, 0.99));
        Number(name + "_max_ms", sorted.Length == 0 ? double.NaN : sorted[^1]);
    }

    public static double Median(IEnumerable<double> values) => At([.. values.Order()], 0.5);

    public double Of(string name) => _numbers.Last(n => n.Name == name).Value;

    public void AtMost(string number, double limit, Judged judged = Judged.WhenQuiet) =>
        _targets.Enqueue(new Target(number, limit, AtLeast: false, judged));

    public void AtLeast(string number, double limit, Judged judged = Judged.WhenQuiet) =>
        _targets.Enqueue(new Target(number, limit, AtLeast: true, judged));

    /// <summary>The smoke form's time is over.</summary>
    public void Stop()
    {
        Stopped = true;
        foreach (var child in _children.Keys)
        {
            child.Kill();
        }
    }

    /// <summary>A program of ours began: its CPU is ours, and it ends with the row.</summary>
    public void Add(Child child) => _children[child] = 0;

    public void Remove(Child child, TimeSpan cpu)
    {
        if (_children.TryRemove(child, out _))
        {
            Interlocked.Add(ref _childTicks, cpu.Ticks);
        }
    }

    /// <summary>CPU of what the row started and what is no <see cref="Child"/>.</summary>
    public void Spent(TimeSpan cpu) => Interlocked.Add(ref _childTicks, cpu.Ticks);

    /// <summary>Call it when everything that was started has ended.</summary>
    public void Finish()
    {
        Number("seconds", _age.Elapsed.TotalSeconds);
        Number("foreign_cpu", _machine.ShareOfOthers(Cpu.OfThisProcess() - _cpuAtStart + TimeSpan.FromTicks(_childTicks)));
    }

    public string ToLine()
    {
        var numbers = Numbers();
        var line = string.Join(
            ", ", numbers.Select(n => $"{n.Key} {n.Value.ToString("0.###", CultureInfo.InvariantCulture)}{Judgement(n.Key, n.Value)}"));
        var disturbed = IsDisturbed(numbers) ? "  (the machine was busy with other things: times are not judged)" : "";
        return $"{row}: {line}{(Stopped ? "  (stopped: over the smoke form's time)" : "")}{disturbed}";

        string Judgement(string name, double value) =>
            string.Concat(_targets.Where(t => t.Number == name).Select(t =>
                $" [{(t.AtLeast ? "at least" : "at most")} {t.Limit.ToString("0.###", CultureInfo.InvariantCulture)}: "
                    + $"{(Verdict(t, value, numbers) switch { true => "met", false => "missed", null => "not judged" })}]"));
    }

    public string ToJson(DateTimeOffset at, string commit)
    {
        var numbers = Numbers();
        return JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["row"] = row,
            ["at"] = at.ToString("O", CultureInfo.InvariantCulture),
            ["machine"] = Environment.MachineName,
            ["cores"] = Environment.ProcessorCount,
            ["commit"] = commit,
            ["smoke"] = Smoke,
            ["stopped"] = Stopped,
            ["times_judged"] = !IsDisturbed(numbers),
            ["numbers"] = numbers.ToDictionary(n => n.Key, n => Math.Round(n.Value, 4)),
            ["targets"] = _targets.Where(t => numbers.ContainsKey(t.Number)).Select(t => new Dictionary<string, object?>
            {
                ["number"] = t.Number,
                [t.AtLeast ? "at_least" : "at_most"] = t.Limit,
                ["met"] = Verdict(t, numbers[t.Number], numbers),
            }).ToList(),
        });
    }

    /// <summary>Null when the machine was too busy to judge it.</summary>
    private static bool? Verdict(Target target, double value, Dictionary<string, double> numbers) =>
        target.Judged == Judged.WhenQuiet && IsDisturbed(numbers) ? null : target.Met(value);

    private static bool IsDisturbed(Dictionary<string, double> numbers) => numbers.GetValueOrDefault("foreign_cpu") > 0.15;

    private Dictionary<string, double> Numbers()
    {
        var numbers = new Dictionary<string, double>();
        foreach (var (name, value) in _numbers.Where(n => double.IsFinite(n.Value)))
        {
            numbers[name] = value;
        }

        return numbers;
    }

    private static double At(double[] sorted, double share) =>
        sorted.Length == 0 ? double.NaN : sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
}
