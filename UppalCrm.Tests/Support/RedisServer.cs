using System.ComponentModel;
using System.Diagnostics;
using System.Net.Sockets;

namespace UppalCrm.Tests.Support;

/// <summary>
/// A Redis of the test's own (Debian's redis-server), on loopback and in memory, which can be stopped and started again.
/// </summary>
public sealed class RedisServer(int port) : IAsyncDisposable
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(20);

    private Process? _process;

    public string ConnectionString => $"127.0.0.1:{port},connectTimeout=2000,connectRetry=1";

    public async Task StartAsync()
    {
        try
        {
            _process = Process.Start(new ProcessStartInfo("redis-server")
            {
                ArgumentList = { "--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no" },
                UseShellExecute = false,
                RedirectStandardOutput = true,
            })!;
        }
        catch (Win32Exception ex)
        {
            throw new InvalidOperationException(
                "redis-server was not found: install it (sudo apt-get install redis-server), or let ./test.sh do it.", ex);
        }

        _process.BeginOutputReadLine();
        var asked = TimeProvider.System.GetTimestamp();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(25));
        while (!await AnswersAsync())
        {
            if (TimeProvider.System.GetElapsedTime(asked) > LongestStart)
            {
                throw new InvalidOperationException($"redis-server does not answer at port {port}.");
            }

            await tick.WaitForNextTickAsync();
        }
    }

    public async Task StopAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
            _process = null;
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
