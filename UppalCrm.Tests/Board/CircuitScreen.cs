using System.Buffers.Binary;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace UppalCrm.Tests.Board;

/// <summary>
/// One screen of the board without a browser: a circuit over a WebSocket, opened as the Blazor script opens it (SignalR's
/// <c>blazorpack</c>, a MessagePack; the root components from the markers in the page). It asks for as many rows as a screen shows,
/// confirms each picture, and counts what it is sent.
/// </summary>
internal sealed partial class CircuitScreen : IAsyncDisposable
{
    /// <summary>What a table of the board shows at once on a screen 900 pixels high.</summary>
    private const int TableHeight = 558;

    private readonly ClientWebSocket _socket = new();
    private readonly CountedConnection _wire;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closing = new();
    private Task _receiving = Task.CompletedTask;
    private long _bytes;
    private int _pictures;
    private int _tables;

    private CircuitScreen(CookieContainer cookies) => _wire = new CountedConnection(cookies);

    /// <summary>Bytes received so far, of messages as the script reads them: uncompressed.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Bytes received so far on the wire: as the app compressed them, if it did, with what frames them.</summary>
    public long WireBytes => _wire.Received;

    /// <summary>Pictures (render batches) received so far.</summary>
    public int Pictures => Volatile.Read(ref _pictures);

    /// <summary>Virtualised lists that have asked how much of them is seen.</summary>
    public int Tables => Volatile.Read(ref _tables);

    /// <summary>What went wrong in the circuit; null while nothing has.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Told of each picture on the receiving thread, as bytes in which its texts can be found, before it is confirmed.</summary>
    public event Action<ReadOnlyMemory<byte>>? Drawn;

    /// <param name="browser">Fetches the page, signed in as <paramref name="cookies"/> say.</param>
    public static async Task<CircuitScreen> OpenAsync(
        string address, string path, HttpClient browser, CookieContainer cookies, CancellationToken cancellationToken)
    {
        var html = await browser.GetStringAsync(path, cancellationToken);
        var markers = ComponentMarker().Matches(html).Select(match => match.Groups[1].Value)
            .Where(json => json.Contains("\"descriptor\"", StringComparison.Ordinal)).ToList();
        var state = ComponentState().Match(html) is { Success: true } found ? found.Groups[1].Value : "";
        var screen = new CircuitScreen(cookies);
        screen._socket.Options.DangerousDeflateOptions = new WebSocketDeflateOptions(); // offered, as every browser does
        screen._socket.Options.SetRequestHeader("Origin", address);
        await screen._socket.ConnectAsync(
            new Uri(address.Replace("http:", "ws:", StringComparison.Ordinal) + "/_blazor"), screen._wire.Invoker, cancellationToken);
        await screen._socket.SendAsync(
            Encoding.UTF8.GetBytes("{\"protocol\":\"blazorpack\",\"version\":1}\u001e"), WebSocketMessageType.Text, endOfMessage: true,
            cancellationToken);
        screen._receiving = screen.ReceiveAsync();
        await screen.SendAsync("0", "StartCircuit", address + "/", address + path, "[]", state);
        await screen._started.Task.WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
        var operations = markers.Select((marker, i) => $$"""{"type":"add","ssrComponentId":{{i + 1}},"marker":{{marker}}}""");
        await screen.SendAsync(null, "UpdateRootComponents", $$"""{"batchId":1,"operations":[{{string.Join(',', operations)}}]}""", state);
        return screen;
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _receiving;
        _socket.Dispose();
        _wire.Dispose();
        _sending.Dispose();
        _closing.Dispose();
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[256 * 1024];
        var isGreeted = false;
        using var message = new MemoryStream();
        try
        {
            while (true)
            {
                var part = await _socket.ReceiveAsync(buffer.AsMemory(), _closing.Token);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                Interlocked.Add(ref _bytes, part.Count);
                message.Write(buffer, 0, part.Count);
                if (!part.EndOfMessage)
                {
                    continue;
                }

                var bytes = message.ToArray();
                message.SetLength(0);
                var from = 0;
                if (!isGreeted)
                {
                    from = Array.IndexOf(bytes, (byte)0x1e) + 1; // the handshake's answer is text
                    isGreeted = from > 0;
                }

                while (from < bytes.Length)
                {
                    var (length, header) = ReadLength(bytes.AsSpan(from));
                    await TakeAsync(bytes.AsMemory(from + header, length));
                    from += header + length;
                }
            }
        }
        catch (Exception ex) when (ex is OperationCanceledException or WebSocketException && _closing.IsCancellationRequested)
        {
            // The screen was switched off.
        }
        catch (Exception ex)
        {
            Trouble = ex.ToString();
            _started.TrySetException(ex);
        }
    }

    private async Task TakeAsync(ReadOnlyMemory<byte> message)
    {
        var fields = (object?[])new Pack(message).Read()!;
        switch (fields)
        {
            case [3L, _, "0", ..]:
                _started.TrySetResult();
                break;
            case [1L, _, _, "JS.RenderBatch", object?[] arguments, ..]:
                Interlocked.Increment(ref _pictures);
                if (arguments is [_, ReadOnlyMemory<byte> picture, ..])
                {
                    Drawn?.Invoke(picture);
                }

                await SendAsync(null, "OnRenderCompleted", (long)arguments[0]!, null);
                break;
            case [1L, _, _, "JS.BeginInvokeJS", object?[] arguments, ..] when arguments is [
                long handle, "Blazor._internal.Virtualize.init", string json, ..
            ]:
                var list = JsonDocument.Parse(json).RootElement[0].GetProperty("__dotNetObject").GetInt64();
                Interlocked.Increment(ref _tables);
                await SendAsync(null, "EndInvokeJSFromDotNet", handle, true, $"[{handle},true,null]");
                await SendAsync(
                    null, "BeginInvokeDotNetFromJS", $"{list}", null, "OnSpacerAfterVisible", list, $"[1000000,0,{TableHeight}]");
                break;
            case [1L, _, _, "JS.Error", object?[] arguments, ..]:
                Trouble = $"{arguments[0]}";
                break;
            default:
                break; // The phone of this screen is asked for things, and is not there.
        }
    }

    /// <summary>A call of a hub method: <c>[1, headers, id, method, arguments, streams]</c>.</summary>
    private async Task SendAsync(string? id, string method, params object?[] arguments)
    {
        var pack = new List<byte> { 0x96, 1, 0x80 };
        Write(pack, id);
        Write(pack, method);
        pack.Add((byte)(0x90 | arguments.Length));
        foreach (var argument in arguments)
        {
            Write(pack, argument);
        }

        pack.Add(0x90);
        var length = pack.Count;
        var framed = new List<byte>(length + 4);
        do
        {
            framed.Add((byte)((length & 0x7f) | (length > 0x7f ? 0x80 : 0)));
            length >>= 7;
        }
        while (length > 0);
        framed.AddRange(pack);
        await _sending.WaitAsync(_closing.Token);
        try
        {
            await _socket.SendAsync(framed.ToArray(), WebSocketMessageType.Binary, endOfMessage: true, _closing.Token);
        }
        finally
        {
            _sending.Release();
        }
    }

    private static void Write(List<byte> pack, object? value)
    {
        var room = new byte[9];
        switch (value)
        {
            case null:
                pack.Add(0xc0);
                break;
            case bool flag:
                pack.Add(flag ? (byte)0xc3 : (byte)0xc2);
                break;
            case long number:
                room[0] = 0xd3;
                BinaryPrimitives.WriteInt64BigEndian(room.AsSpan(1), number);
                pack.AddRange(room);
                break;
            case string text:
                var bytes = Encoding.UTF8.GetBytes(text);
                room[0] = 0xdb;
                BinaryPrimitives.WriteInt32BigEndian(room.AsSpan(1), bytes.Length);
                pack.AddRange(room.AsSpan(0, 5));
                pack.AddRange(bytes);
                break;
            default:
                throw new NotSupportedException($"{value.GetType()} is not among what a circuit is sent.");
        }
    }

    private static (int Length, int Header) ReadLength(ReadOnlySpan<byte> bytes)
    {
        var (length, header) = (0, 0);
        do
        {
            length |= (bytes[header] & 0x7f) << (7 * header);
        }
        while ((bytes[header++] & 0x80) != 0);
        return (length, header);
    }

    [GeneratedRegex("<!--Blazor:(\\{.*?\\})-->")]
    private static partial Regex ComponentMarker();

    [GeneratedRegex("<!--Blazor-Server-Component-State:(.*?)-->")]
    private static partial Regex ComponentState();

    /// <summary>Reads MessagePack (msgpack.org): numbers as long, arrays as <c>object?[]</c>, binary as memory.</summary>
    private sealed class Pack(ReadOnlyMemory<byte> bytes)
    {
        private int _at;

        public object? Read()
        {
            var kind = bytes.Span[_at++];
            return kind switch
            {
                < 0x80 => (long)kind,
                < 0x90 => ReadMap(kind & 0x0f),
                < 0xa0 => ReadArray(kind & 0x0f),
                < 0xc0 => ReadText(kind & 0x1f),
                0xc0 => null,
                0xc2 => false,
                0xc3 => true,
                0xc4 => Take((int)ReadNumber(1)),
                0xc5 => Take((int)ReadNumber(2)),
                0xc6 => Take((int)ReadNumber(4)),
                0xca => (double)BinaryPrimitives.ReadSingleBigEndian(Take(4).Span),
                0xcb => BinaryPrimitives.ReadDoubleBigEndian(Take(8).Span),
                >= 0xcc and <= 0xcf => ReadNumber(1 << (kind - 0xcc)),
                0xd0 => (long)(sbyte)ReadNumber(1),
                0xd1 => (long)(short)ReadNumber(2),
                0xd2 => (long)(int)ReadNumber(4),
                0xd3 => ReadNumber(8),
                0xd9 => ReadText((int)ReadNumber(1)),
                0xda => ReadText((int)ReadNumber(2)),
                0xdb => ReadText((int)ReadNumber(4)),
                0xdc => ReadArray((int)ReadNumber(2)),
                0xdd => ReadArray((int)ReadNumber(4)),
                >= 0xe0 => (long)(sbyte)kind,
                _ => throw new InvalidDataException($"MessagePack kind {kind:x2} is not known here."),
            };
        }

        private ReadOnlyMemory<byte> Take(int count)
        {
            _at += count;
            return bytes.Slice(_at - count, count);
        }

        private long ReadNumber(int size)
        {
            var number = 0L;
            foreach (var part in Take(size).Span)
            {
                number = (number << 8) | part;
            }

            return number;
        }

        private string ReadText(int length) => Encoding.UTF8.GetString(Take(length).Span);

        private object?[] ReadArray(int count)
        {
            var items = new object?[count];
            for (var i = 0; i < count; i++)
            {
                items[i] = Read();
            }

            return items;
        }

        private object? ReadMap(int count)
        {
            for (var i = 0; i < 2 * count; i++)
            {
                Read(); // headers mean nothing to us
            }

            return null;
        }
    }
}
