using System.Net;
using System.Net.Http;

namespace UppalCrm.Tests.Support;

/// <summary>
/// Two nodes of the app, each a process of its own, with a Redis between them and nginx with TLS in front, as deploy/ sets them up.
/// </summary>
public sealed class Nodes : IAsyncDisposable
{
    private readonly TestCertificate _certificate = new(TimeProvider.System);
    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly int[] _ports = [Ports.Free(), Ports.Free()];
    private readonly AppProcess?[] _processes = new AppProcess?[2];
    private Nginx? _nginx;

    private Nodes(IReadOnlyDictionary<string, string> settings)
    {
        Redis = new RedisServer(Ports.Free());
        _settings = new Dictionary<string, string>(settings) { ["Redis:ConnectionString"] = Redis.ConnectionString };
    }

    public RedisServer Redis { get; }

    /// <summary>Where people's browsers reach them.</summary>
    public string Address => _nginx!.Address;

    /// <summary>What the nodes wrote to their consoles so far.</summary>
    public string Said => string.Join("\n-- the other node:\n", _processes.Select(process => process?.Said));

    /// <summary>Where this node itself listens, for who is not sent through nginx.</summary>
    public string AddressOf(int node) => $"http://127.0.0.1:{_ports[node]}";

    /// <param name="carrier">The port at which nginx listens for the carrier.</param>
    /// <param name="settings">Of both nodes, by configuration key.</param>
    public static async Task<Nodes> StartAsync(int carrier, IReadOnlyDictionary<string, string> settings)
    {
        var nodes = new Nodes(settings);
        try
        {
            await nodes.Redis.StartAsync();
            await Task.WhenAll(nodes.StartAsync(0), nodes.StartAsync(1)); // on a new database, at once
            nodes._nginx = await Nginx.InFrontOfAsync((nodes._ports[0], nodes._ports[1]), Ports.Free(), carrier, nodes._certificate);
            return nodes;
        }
        catch
        {
            await nodes.DisposeAsync();
            throw;
        }
    }

    /// <remarks>The second node's machine speaks German: what nodes write for each other and for machines may not.</remarks>
    public async Task StartAsync(int node) => _processes[node] = await AppProcess.StartAsync(
        AddressOf(node),
        node == 0 ? _settings : new Dictionary<string, string>(_settings) { ["LC_ALL"] = "de_DE.UTF-8", ["LANG"] = "de_DE.UTF-8" });

    public async Task KillAsync(int node)
    {
        await _processes[node]!.KillAsync();
        _processes[node] = null;
    }

    /// <inheritdoc cref="AppProcess.SignalAsync"/>
    public Task SignalAsync(int node, string signal) => _processes[node]!.SignalAsync(signal);

    public bool HasExited(int node) => _processes[node]!.HasExited;

    /// <summary>What the node itself says of being ready.</summary>
    public async Task<HttpStatusCode> ReadyAsync(int node)
    {
        using var http = new HttpClient { BaseAddress = new Uri(AddressOf(node)) };
        using var answer = await http.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    /// <summary>The node (0 or 1) that answers a browser which has this cookie of nginx's.</summary>
    public async Task<int> NodeOfAsync(string cookie)
    {
        using var browser = _certificate.OpenBrowser(Address);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/login");
        request.Headers.Add("Cookie", $"uppalcrm_node={cookie}");
        using var answer = await browser.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var by = answer.Headers.GetValues("X-Node").Single().Split(", ")[^1];
        return Array.FindIndex(_ports, port => by.EndsWith($":{port}", StringComparison.Ordinal));
    }

    /// <summary>A cookie with which nginx sends a browser to this node.</summary>
    public async Task<string> CookieOfAsync(int node)
    {
        for (var i = 0; ; i++)
        {
            if (await NodeOfAsync($"browser{i}") == node)
            {
                return $"browser{i}";
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_nginx is not null)
        {
            await _nginx.DisposeAsync();
        }

        foreach (var process in _processes)
        {
            if (process is not null)
            {
                await process.DisposeAsync();
            }
        }

        await Redis.DisposeAsync();
        _certificate.Dispose();
    }
}
