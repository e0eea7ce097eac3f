using System.Diagnostics;

namespace UppalCrm.Bench;

/// <summary>This program once more, as a process of its own: the app or the floor. It says READY when it listens.</summary>
internal sealed class Child : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Run _run;

    private Child(Process process, Run run) => (_process, _run) = (process, run);

    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Resident memory in bytes.</summary>
    public long Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    public static async Task<Child> StartAsync(Run run, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardInput = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line == "READY")
            {
                _ = process.StandardOutput.ReadToEndAsync();
                return new Child(process, run);
            }
        }

        throw new InvalidOperationException($"'{string.Join(' ', arguments)}' ended before it listened.");
    }

    /// <summary>As a power cut would.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _run.OwnCpu += Cpu;
            _process.Kill();
        }

        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }
}
