using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace UppalCrm.Bench;

/// <summary>An agent's browser as far as the hub sees it: SignalR's JSON protocol over a WebSocket, nothing more.</summary>
internal sealed class HubSocket : IAsyncDisposable
{
    private const byte End = 0x1e;

    private readonly ClientWebSocket _socket = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonElement>> _asked = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly TaskCompletionSource _greeted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _questions;

    public long AgentId { get; private init; }

    /// <summary>The app has said where the agent stands: from now on the agent counts as there, and is offered calls.</summary>
    public Task Greeted => _greeted.Task.WaitAsync(TimeSpan.FromSeconds(30));

    /// <summary>How many calls it was offered when it was greeted.</summary>
    public int OffersAtGreeting { get; private set; }

    /// <summary>Told on the receiving thread: name, arguments, and when it came.</summary>
    public event Action<HubSocket, string, JsonElement, long>? Heard;

    /// <param name="cookies">A line of the file that <see cref="AppServer"/> wrote; null without a session.</param>
    public static async Task<HubSocket> OpenAsync(string address, string path, string? cookies)
    {
        var hub = new HubSocket { AgentId = cookies is null ? 0 : long.Parse(cookies.Split(' ')[0]) };
        if (cookies is not null)
        {
            hub._socket.Options.Cookies = JarOf(address, cookies);
        }

        hub._socket.Options.SetRequestHeader("Origin", address);
        await hub._socket.ConnectAsync(new Uri(address.Replace("http:", "ws:", StringComparison.Ordinal) + path), CancellationToken.None);
        await hub.SendAsync("""{"protocol":"json","version":1}""");
        _ = hub.ReceiveAsync();
        return hub;
    }

    /// <param name="cookies">A line of the file that <see cref="AppServer"/> wrote. Taken without their "only over TLS", which we stand
    /// behind.</param>
    public static CookieContainer JarOf(string address, string cookies)
    {
        var jar = new CookieContainer();
        foreach (var cookie in cookies[(cookies.IndexOf(' ') + 1)..].Split("; "))
        {
            var name = cookie[..cookie.IndexOf('=')];
            jar.Add(new Cookie(name, cookie[(name.Length + 1)..], "/", new Uri(address).Host));
        }

        return jar;
    }

    public async Task<JsonElement> AskAsync(string method, params object[] arguments)
    {
        var id = Interlocked.Increment(ref _questions).ToString();
        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[id] = answer;
        await SendAsync(JsonSerializer.Serialize(new { type = 1, invocationId = id, target = method, arguments }));
        return await answer.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        _socket.Dispose();
        _sending.Dispose();
        await Task.CompletedTask;
    }

    private async Task SendAsync(string text)
    {
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(
                (byte[])[.. Encoding.UTF8.GetBytes(text), End], WebSocketMessageType.Text, true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[16 * 1024];
        var kept = new MemoryStream();
        try
        {
            while (_socket.State == WebSocketState.Open)
            {
                var part = await _socket.ReceiveAsync((Memory<byte>)buffer, CancellationToken.None);
                var now = Stopwatch.GetTimestamp();
                foreach (var b in buffer.AsSpan(0, part.Count).ToArray())
                {
                    if (b != End)
                    {
                        kept.WriteByte(b);
                        continue;
                    }

                    Take(kept.ToArray(), now);
                    kept.SetLength(0);
                }
            }
        }
        catch (Exception ex) when (ex is WebSocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Closed, by us or by a server that was killed.
        }
    }

    private void Take(byte[] message, long at)
    {
        var root = JsonDocument.Parse(message).RootElement;
        if (!root.TryGetProperty("type", out var type))
        {
            return; // the answer to the handshake
        }

        if (type.GetInt32() == 1)
        {
            if (root.GetProperty("target").GetString() == "Snapshot" && !_greeted.Task.IsCompleted)
            {
                // Not the heartbeat that everybody hears: that may come before the greeting.
                OffersAtGreeting = root.GetProperty("arguments")[0].GetProperty("offers").GetArrayLength();
                _greeted.SetResult();
            }

            Heard?.Invoke(this, root.GetProperty("target").GetString()!, root.GetProperty("arguments"), at);
        }
        else if (type.GetInt32() == 3 && _asked.TryRemove(root.GetProperty("invocationId").GetString()!, out var asked))
        {
            if (root.TryGetProperty("error", out var error))
            {
                asked.SetException(new InvalidOperationException(error.GetString()));
            }
            else
            {
                asked.SetResult(root.TryGetProperty("result", out var result) ? result : default);
            }
        }
    }
}
