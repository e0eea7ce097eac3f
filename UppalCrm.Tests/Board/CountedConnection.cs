using System.Net;
using System.Net.Sockets;

namespace UppalCrm.Tests.Board;

/// <summary>A connection that counts what it receives, below TLS-less HTTP and its WebSocket: what the network carries.</summary>
internal sealed class CountedConnection : IDisposable
{
    private long _received;

    public CountedConnection(CookieContainer cookies) =>
        Invoker = new HttpMessageInvoker(new SocketsHttpHandler { CookieContainer = cookies, ConnectCallback = ConnectAsync });

    /// <summary>Opens connections that are counted.</summary>
    public HttpMessageInvoker Invoker { get; }

    /// <summary>Bytes received so far.</summary>
    public long Received => Interlocked.Read(ref _received);

    public void Dispose() => Invoker.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new CountedStream(this, socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private sealed class CountedStream(CountedConnection connection, Socket socket) : NetworkStream(socket, ownsSocket: true)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await base.ReadAsync(buffer, cancellationToken);
            Interlocked.Add(ref connection._received, count);
            return count;
        }
    }
}
