using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace UppalCrm.Tests.Support;

/// <summary>As much of a mail server as one mail needs (RFC 5321): it takes whatever comes and keeps it.</summary>
public sealed class SmtpListener : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private Task _serving = Task.CompletedTask;

    /// <summary>Each mail as it was sent, headers and all.</summary>
    public ConcurrentQueue<string> Mails { get; } = new();

    /// <summary>Who is not known here: nothing is taken for them.</summary>
    public string? Unknown { get; set; }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What the app must be told to send its mail here.</summary>
    public (string Key, string Value)[] Settings =>
        [("Smtp:Host", "127.0.0.1"), ("Smtp:Port", $"{Port}"), ("Smtp:From", "UppalCRM <crm@example.com>")];

    public static SmtpListener Start()
    {
        var server = new SmtpListener();
        server._listener.Start();
        server._serving = server.ServeAsync();
        return server;
    }

    public async Task<string> UntilMailAsync(string to)
    {
        string? mail = null;
        await Eventually.HoldsAsync(
            () => (mail = Mails.FirstOrDefault(m => m.Contains($"To: {to}", StringComparison.OrdinalIgnoreCase))) is not null,
            $"a mail to {to} comes");
        return mail!;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _serving; // first: one that was stopped in between says that it does not listen
        _listener.Dispose();
        _ending.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_ending.Token);
                await TalkAsync(client.GetStream());
            }
        }
        catch (Exception ex) when (ex is OperationCanceledException or IOException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task TalkAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        await using var writer = new StreamWriter(stream, new UTF8Encoding(false)) { AutoFlush = true, NewLine = "\r\n" };
        await writer.WriteLineAsync("220 test");
        while (await reader.ReadLineAsync(_ending.Token) is { } line)
        {
            if (line.StartsWith("DATA", StringComparison.OrdinalIgnoreCase))
            {
                await writer.WriteLineAsync("354 go on");
                var mail = new StringBuilder();
                while (await reader.ReadLineAsync(_ending.Token) is { } text && text != ".")
                {
                    mail.AppendLine(text);
                }

                Mails.Enqueue(mail.ToString());
            }

            var isUnknown = Unknown is not null && line.StartsWith("RCPT", StringComparison.OrdinalIgnoreCase)
                && line.Contains(Unknown, StringComparison.OrdinalIgnoreCase);
            await writer.WriteLineAsync(
                isUnknown ? $"550 no such mailbox: {Unknown}"
                : line.StartsWith("QUIT", StringComparison.OrdinalIgnoreCase) ? "221 bye" : "250 ok");
        }
    }
}
