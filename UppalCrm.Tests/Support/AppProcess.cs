using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http;

namespace UppalCrm.Tests.Support;

/// <summary>The web app as a process of its own, as it was built, to be killed without a word.</summary>
public sealed class AppProcess : IAsyncDisposable
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string?> _said;

    private AppProcess(Process process, ConcurrentQueue<string?> said) => (_process, _said) = (process, said);

    /// <summary>What it wrote to the console so far.</summary>
    public string Said => string.Join(Environment.NewLine, _said);

    /// <summary>Starts it, and waits until it says that it is ready.</summary>
    /// <param name="settings">By configuration key, with colons.</param>
    public static Task<AppProcess> StartAsync(string address, IReadOnlyDictionary<string, string> settings)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "UppalCrm.Web.dll") },
            WorkingDirectory = AppContext.BaseDirectory,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        return StartAsync(start, address, settings);
    }

    /// <param name="start">Which program, in which folder, by which user, with which environment besides the settings.</param>
    /// <inheritdoc cref="StartAsync(string, IReadOnlyDictionary{string, string})"/>
    public static async Task<AppProcess> StartAsync(
        ProcessStartInfo start, string address, IReadOnlyDictionary<string, string> settings)
    {
        (start.UseShellExecute, start.RedirectStandardOutput, start.RedirectStandardError) = (false, true, true);
        start.Environment["ASPNETCORE_URLS"] = address;
        foreach (var (key, value) in settings)
        {
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        var said = new ConcurrentQueue<string?>();
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => said.Enqueue(line.Data);
        process.ErrorDataReceived += (_, line) => said.Enqueue(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var app = new AppProcess(process, said);
        try
        {
            using var anyCertificate = new SocketsHttpHandler();
            anyCertificate.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                certificate?.Subject == "CN=localhost"; // made by the test a moment ago
            using var http = new HttpClient(anyCertificate) { BaseAddress = new Uri(address), Timeout = TimeSpan.FromSeconds(5) };
            await Eventually.HoldsAsync(
                () => IsReadyAsync(http, process), () => "the app starts; it said: " + string.Join(Environment.NewLine, said),
                LongestStart);
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether it has ended by itself.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Sends a signal, as an operator or systemd does.</summary>
    /// <param name="signal">Its name without SIG, e.g. <c>TERM</c>.</param>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, kill.ExitCode);
    }

    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(); // SIGKILL to this one process
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    private static async Task<bool> IsReadyAsync(HttpClient http, Process process)
    {
        Assert.False(process.HasExited, "The app ended while starting.");
        try
        {
            using var answer = await http.GetAsync("/health/ready", TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception ex) when (ex is HttpRequestException or TaskCanceledException)
        {
            return false; // it does not listen yet, or is busy starting
        }
    }
}
