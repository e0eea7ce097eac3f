using System.Diagnostics;

namespace UppalCrm.Bench;

/// <summary>A program in a process of its own: the app, or the floor. It says READY when it listens.</summary>
internal sealed class Child : IAsyncDisposable
{
    private readonly Process _process;
    private readonly int _id;
    private readonly Run _run;

    private Child(Process process, Run run)
    {
        (_process, _id, _run) = (process, process.Id, run);
        run.Add(this);
    }

    public TimeSpan Cpu => UppalCrm.Bench.Cpu.Of(_id) ?? TimeSpan.Zero;

    /// <summary>Resident memory in bytes.</summary>
    public long Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>This program once more, in another part.</summary>
    public static Task<Child> StartAsync(Run run, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        StartAsync(run, environment, new ProcessStartInfo(Environment.ProcessPath!, arguments), line => line == "READY");

    /// <summary>The app as it is published, in the folder where bench.sh has put it.</summary>
    public static Task<Child> StartPublishedAsync(Run run, IReadOnlyDictionary<string, string> environment)
    {
        var folder = Path.GetFullPath(Path.Combine("bench", "bin", "published"));
        return File.Exists(Path.Combine(folder, "UppalCrm.Web.dll"))
            ? StartAsync(
                run, environment, new ProcessStartInfo("dotnet", ["UppalCrm.Web.dll"]) { WorkingDirectory = folder },
                line => line.StartsWith("UppalCRM is open", StringComparison.Ordinal))
            : throw new RowSkippedException($"The published app is not in {folder}. ./bench.sh publishes it.");
    }

    private static async Task<Child> StartAsync(
        Run run, IReadOnlyDictionary<string, string> environment, ProcessStartInfo start, Func<string, bool> isReady)
    {
        (start.UseShellExecute, start.RedirectStandardOutput, start.RedirectStandardInput) = (false, true, true);
        start.Environment["DOTNET_GCgen0size"] = "4000000"; // as it is installed (deploy/uppalcrm@.service); the floor, too
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var child = new Child(Process.Start(start)!, run);
        while (await child._process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (isReady(line))
            {
                _ = child._process.StandardOutput.ReadToEndAsync();
                return child;
            }
        }

        throw new InvalidOperationException($"'{start.FileName} {string.Join(' ', start.ArgumentList)}' ended before it listened.");
    }

    /// <summary>
    /// Waits until it does nothing any more, so that what follows is not charged with what came before. A second at most.
    /// </summary>
    public async Task QuietAsync()
    {
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(1))
        {
            var before = Cpu;
            await Task.Delay(10);
            if (Cpu - before < TimeSpan.FromMilliseconds(0.3))
            {
                return;
            }
        }
    }

    /// <summary>As a power cut would.</summary>
    public async Task KillAsync()
    {
        Kill();
        await _process.WaitForExitAsync();
    }

    public void Kill()
    {
        _run.Remove(this, Cpu);
        if (!_process.HasExited)
        {
            _process.Kill();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }
}
