using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace UppalCrm.Tests.Support;

/// <summary>
/// Ports for servers that tests start. They lie below those that the system gives to outgoing connections (Linux: 32768 and up): a
/// browser's own connection cannot take one between the moment it is chosen and the moment a server listens there.
/// </summary>
public static class Ports
{
    private const int First = 20_000;
    private const int Last = 31_999;

    private static readonly ConcurrentDictionary<int, bool> Given = new();

    /// <summary>A port of this machine on which nobody listens, and which this process gives to nobody else.</summary>
    public static int Free()
    {
        while (true)
        {
            // Drawn, as another run of the tests on this machine draws too.
            var port = Random.Shared.Next(First, Last + 1);
            if (Given.TryAdd(port, true) && IsFree(port))
            {
                return port;
            }
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
