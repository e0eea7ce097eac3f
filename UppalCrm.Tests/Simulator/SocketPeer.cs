using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace UppalCrm.Tests.Simulator;

/// <summary>The other end of one of the network's WebSockets: a softphone or a phone-network page, by hand.</summary>
internal sealed class SocketPeer : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly Channel<string> _received = Channel.CreateUnbounded<string>();
    private Task _reading = Task.CompletedTask;

    /// <summary>Heartbeats seen.</summary>
    public int Beats { get; private set; }

    public static async Task<SocketPeer> OpenAsync(Uri network, string path, string? origin = null)
    {
        var peer = new SocketPeer();
        if (origin is not null)
        {
            peer._socket.Options.SetRequestHeader("Origin", origin);
        }

        await peer._socket.ConnectAsync(new UriBuilder(network) { Scheme = "ws", Path = path }.Uri, TestContext.Current.CancellationToken);
        peer._reading = peer.ReadAsync();
        return peer;
    }

    public Task SendAsync(object message) => SendAsync(JsonSerializer.Serialize(message));

    public Task SendAsync(string text) =>
        _socket.SendAsync(
            Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, TestContext.Current.CancellationToken);

    public Task SendAsync(byte[] bytes) =>
        _socket.SendAsync(bytes, WebSocketMessageType.Binary, endOfMessage: true, TestContext.Current.CancellationToken);

    /// <summary>As the Voice SDK writes it.</summary>
    public Task SignalAsync(string type, object payload) => SendAsync(new { payload, type, version = "1.6" });

    /// <summary>Passes over messages until one of this type comes; fails after 10 s.</summary>
    public async Task<JsonElement> NextAsync(string type)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        var seen = new List<string>();
        try
        {
            while (true)
            {
                var text = await _received.Reader.ReadAsync(limit.Token);
                var message = JsonDocument.Parse(text).RootElement;
                if (message.GetProperty("type").GetString() == type)
                {
                    return message.TryGetProperty("payload", out var payload) ? payload : message;
                }

                seen.Add(text);
            }
        }
        catch (Exception ex) when (ex is OperationCanceledException or ChannelClosedException)
        {
            Assert.Fail($"No '{type}' came, but: {string.Join(Environment.NewLine, seen)}");
            throw;
        }
    }

    /// <summary>Ends without a word, as a lost network does.</summary>
    public void Drop() => _socket.Abort();

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await _reading;
        _socket.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[256 * 1024];
        try
        {
            while (_socket.State == WebSocketState.Open)
            {
                using var message = new MemoryStream();
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                    message.Write(buffer, 0, part.Count);
                }
                while (!part.EndOfMessage);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    break;
                }

                var text = Encoding.UTF8.GetString(message.ToArray());
                if (text == "\n")
                {
                    Beats++;
                }
                else
                {
                    await _received.Writer.WriteAsync(text);
                }
            }
        }
        catch (Exception ex) when (ex is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Gone.
        }
        finally
        {
            _received.Writer.TryComplete();
        }
    }
}
