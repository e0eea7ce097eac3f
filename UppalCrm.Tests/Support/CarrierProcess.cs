using System.Diagnostics;
using System.Net.Http;
using UppalCrm.Simulator;

namespace UppalCrm.Tests.Support;

/// <summary>The telephone network as a process of its own, as a carrier is: met over HTTP only.</summary>
public sealed class CarrierProcess : IAsyncDisposable
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(60);

    private readonly string _recordings = Directory.CreateTempSubdirectory("uppalcrm-carrier-").FullName;
    private readonly SimulatorOptions _options = new();
    private readonly Process _process;

    private CarrierProcess(Uri address, string voiceUrl, string trusted)
    {
        Address = address;
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "UppalCrm.Simulator.dll")])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        start.Environment["SIMULATOR_URLS"] = address.ToString();
        start.Environment["SIMULATOR_VOICE_URL"] = voiceUrl;
        start.Environment["SIMULATOR_RECORDINGS_FOLDER"] = _recordings;
        start.Environment["SSL_CERT_FILE"] = trusted;
        _process = Process.Start(start)!;
        _process.BeginOutputReadLine();
    }

    /// <summary>Of its REST interface and of the page with the customers' phones.</summary>
    public Uri Address { get; }

    /// <summary>The number that customers call.</summary>
    public string OurNumber => _options.PhoneNumbers[0];

    /// <summary>The account, as the company copies it from the carrier's console.</summary>
    public IReadOnlyDictionary<string, string> Settings => _options.ToSettings(Address);

    /// <param name="voiceUrl">What the company has written into the carrier's console: where a call to its number is asked about.</param>
    /// <param name="trusted">The file with the certificate that the carrier trusts.</param>
    public static async Task<CarrierProcess> StartAsync(string voiceUrl, string trusted)
    {
        var carrier = new CarrierProcess(new Uri($"http://localhost:{Ports.Free()}/"), voiceUrl, trusted);
        try
        {
            using var http = new HttpClient { BaseAddress = carrier.Address, Timeout = TimeSpan.FromSeconds(5) };
            await Eventually.HoldsAsync(() => carrier.AnswersAsync(http), () => "the carrier answers", LongestStart);
            return carrier;
        }
        catch
        {
            await carrier.DisposeAsync();
            throw;
        }
    }

    /// <summary>What happened there so far.</summary>
    public async Task<string> LogAsync()
    {
        using var http = new HttpClient { BaseAddress = Address };
        return await http.GetStringAsync("/sim/log", TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_recordings, recursive: true);
    }

    private async Task<bool> AnswersAsync(HttpClient http)
    {
        Assert.False(_process.HasExited, "The carrier ended while starting.");
        try
        {
            using var answer = await http.GetAsync("/sim/state", TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception ex) when (ex is HttpRequestException or TaskCanceledException)
        {
            return false; // it does not listen yet, or is busy starting
        }
    }
}
