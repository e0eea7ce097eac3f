using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Live;

/// <summary>deploy/nginx.conf before a node that dies with a request in its hands: the connection is cut, and nobody answered.</summary>
public sealed class DyingNodeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/api/twilio/webhook/voice", HttpStatusCode.OK)]
    [InlineData("/api/twilio/webhook/conference-status", HttpStatusCode.OK)]
    [InlineData("/account", HttpStatusCode.BadGateway)]
    public async Task What_may_be_told_twice_is_sent_to_the_other_node_and_a_persons_form_is_not(string path, HttpStatusCode expected)
    {
        var ports = (Ports.Free(), Ports.Free());
        using var certificate = new TestCertificate(TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var asked = 0;
        var nodes = Task.WhenAll(AnswerAsync(ports.Item1), AnswerAsync(ports.Item2));
        await using (var nginx = await Nginx.InFrontOfAsync(ports, Ports.Free(), Ports.Free(), certificate))
        {
            using var carrier = certificate.OpenBrowser(nginx.Address);
            using var answer = await carrier.PostAsync(path, new StringContent("CallSid=CA1"), Token);
            Assert.Equal(expected, answer.StatusCode);
        }

        await stop.CancelAsync();
        await nodes;
        Assert.Equal(expected == HttpStatusCode.OK ? 2 : 1, asked);

        // Whichever is asked first dies of it.
        async Task AnswerAsync(int port)
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            try
            {
                while (true)
                {
                    using var connection = await listener.AcceptSocketAsync(stop.Token);
                    await connection.ReceiveAsync(new byte[4096], stop.Token);
                    if (Interlocked.Increment(ref asked) == 1)
                    {
                        connection.LingerState = new LingerOption(true, 0); // cut, without a farewell
                        continue;
                    }

                    await connection.SendAsync(
                        Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), stop.Token);
                }
            }
            catch (OperationCanceledException)
            {
                // The test is over.
            }
        }
    }

    [Theory]
    [InlineData("/api/twilio/webhook/voice")]
    [InlineData("/api/twilio/webhook/conference-status")]
    [InlineData("/_blazor/negotiate")]
    public async Task What_may_be_told_twice_finds_the_node_that_has_just_come_back_when_the_other_one_goes(string path)
    {
        var ports = new[] { Ports.Free(), Ports.Free() };
        using var certificate = new TestCertificate(TimeProvider.System);
        await using var nginx = await Nginx.InFrontOfAsync((ports[0], ports[1]), Ports.Free(), Ports.Free(), certificate);
        using var carrier = certificate.OpenBrowser(nginx.Address);
        await using (Answer.At(ports[0]))
        {
            // Nobody is at the second port: after two attempts it counts as gone.
            for (var i = 0; i < 12; i++)
            {
                Assert.Equal(HttpStatusCode.OK, await TellAsync());
            }
        }

        await using (Answer.At(ports[1]))
        {
            for (var i = 0; i < 4; i++)
            {
                Assert.Equal(HttpStatusCode.OK, await TellAsync());
            }
        }

        async Task<HttpStatusCode> TellAsync()
        {
            using var answer = await carrier.PostAsync(path, new StringContent("CallSid=CA1"), Token);
            return answer.StatusCode;
        }
    }

    /// <summary>Says 200 to whatever it is asked.</summary>
    private sealed class Answer : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _work;

        private Answer(TcpListener listener) => _work = WorkAsync(listener);

        public static Answer At(int port)
        {
            var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return new Answer(listener);
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _work;
            _stop.Dispose();
        }

        private async Task WorkAsync(TcpListener listener)
        {
            using (listener)
            {
                try
                {
                    while (true)
                    {
                        using var connection = await listener.AcceptSocketAsync(_stop.Token);
                        await connection.ReceiveAsync(new byte[4096], _stop.Token);
                        await connection.SendAsync(
                            Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), _stop.Token);
                    }
                }
                catch (OperationCanceledException)
                {
                    // The test is over.
                }
            }
        }
    }
}
