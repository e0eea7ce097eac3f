using System.Net.WebSockets;
using System.Text;
using System.Threading.Channels;

namespace UppalCrm.Simulator;

/// <summary>
/// A WebSocket that several may write to, none of whom waits. What cannot be sent because the other side has gone is dropped.
/// </summary>
internal sealed class Socket(WebSocket socket)
{
    private const int LargestMessage = 1024 * 1024;

    private readonly Channel<string?> _out = Channel.CreateUnbounded<string?>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Sends a text frame, in turn.</summary>
    public void Send(string text) => _out.Writer.TryWrite(text);

    /// <summary>Closes after everything sent before.</summary>
    public void Close() => _out.Writer.TryWrite(null);

    /// <summary>Reads until the other side has gone or the token says so.</summary>
    /// <param name="receive">
    /// Called for each message with its bytes and whether it is text. Awaited before the next message is read.
    /// </param>
    public async Task RunAsync(Func<ReadOnlyMemory<byte>, bool, Task> receive, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var writing = WriteAsync(ending.Token);
        try
        {
            await ReadAsync(receive, ending.Token).ConfigureAwait(false);
        }
        catch (Exception ex) when (ex is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // Gone.
        }
        finally
        {
            _out.Writer.TryComplete();
            await ending.CancelAsync().ConfigureAwait(false);
            await writing.ConfigureAwait(false);
        }
    }

    private async Task ReadAsync(Func<ReadOnlyMemory<byte>, bool, Task> receive, CancellationToken cancellationToken)
    {
        var buffer = new byte[32 * 1024];
        using var message = new MemoryStream();
        while (socket.State == WebSocketState.Open)
        {
            message.SetLength(0);
            ValueWebSocketReceiveResult part;
            do
            {
                part = await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken).ConfigureAwait(false);
                message.Write(buffer, 0, part.Count);
                if (message.Length > LargestMessage)
                {
                    await socket.CloseOutputAsync(
                        WebSocketCloseStatus.MessageTooBig, "more than 1 MB", cancellationToken).ConfigureAwait(false);
                    return;
                }
            }
            while (!part.EndOfMessage);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                if (socket.State == WebSocketState.CloseReceived)
                {
                    await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken).ConfigureAwait(false);
                }

                return;
            }

            await receive(
                message.GetBuffer().AsMemory(0, (int)message.Length), part.MessageType == WebSocketMessageType.Text).ConfigureAwait(false);
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var text in _out.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                if (text is null)
                {
                    await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken).ConfigureAwait(false);
                    return;
                }

                await socket.SendAsync(
                    Encoding.UTF8.GetBytes(text).AsMemory(),
                    WebSocketMessageType.Text,
                    endOfMessage: true,
                    cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception ex) when (
            ex is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Gone; the reader finds out too.
        }
    }
}
