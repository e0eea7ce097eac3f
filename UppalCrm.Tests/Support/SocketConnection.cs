using System.IO.Pipelines;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace UppalCrm.Tests.Support;

/// <summary>A WebSocket as SignalR's client wants its connection: two pipes.</summary>
internal sealed class SocketConnection : ConnectionContext, IConnectionInherentKeepAliveFeature
{
    private readonly ClientWebSocket _socket;
    private readonly Pipe _incoming = new();
    private readonly Pipe _outgoing = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly Task _pumps;

    public SocketConnection(ClientWebSocket socket)
    {
        _socket = socket;
        Transport = new Duplex(_incoming.Reader, _outgoing.Writer);
        Features.Set<IConnectionInherentKeepAliveFeature>(this);
        _pumps = Task.WhenAll(ReceiveAsync(), SendAsync());
    }

    public bool HasInherentKeepAlive => true;

    public override string ConnectionId { get; set; } = Guid.NewGuid().ToString("N");

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

    public override IDuplexPipe Transport { get; set; }

    public override async ValueTask DisposeAsync()
    {
        await _outgoing.Writer.CompleteAsync();
        await _closed.CancelAsync();
        _socket.Abort();
        await _pumps;
        _socket.Dispose();
        _closed.Dispose();
        await base.DisposeAsync();
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                var got = await _socket.ReceiveAsync(_incoming.Writer.GetMemory(4096), _closed.Token);
                if (got.MessageType == WebSocketMessageType.Close)
                {
                    break;
                }

                _incoming.Writer.Advance(got.Count);
                await _incoming.Writer.FlushAsync(_closed.Token);
            }

            await _incoming.Writer.CompleteAsync();
        }
        catch (Exception ex) when (ex is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            await _incoming.Writer.CompleteAsync(ex is WebSocketException ? ex : null);
        }
    }

    private async Task SendAsync()
    {
        try
        {
            while (true)
            {
                var read = await _outgoing.Reader.ReadAsync(_closed.Token);
                foreach (var part in read.Buffer)
                {
                    await _socket.SendAsync(part, WebSocketMessageType.Text, endOfMessage: true, _closed.Token);
                }

                _outgoing.Reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return;
                }
            }
        }
        catch (Exception ex) when (ex is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            await _outgoing.Reader.CompleteAsync();
        }
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input { get; } = input;

        public PipeWriter Output { get; } = output;
    }
}
