using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using UppalCrm.Simulator;

namespace UppalCrm.Bench;

/// <summary>
/// What a row needs around it: a telephone network for the app's REST, a folder with a database, and the app as a process.
/// </summary>
internal sealed class Stand : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("uppalcrm-bench-").FullName;
    private readonly StandDatabase _database;
    private readonly Run _run;
    private readonly int _agents;
    private readonly string _role;
    private readonly Dictionary<string, string> _environment;

    private Stand(
        Run run, int agents, PhoneNetwork network, string lease, string role, IReadOnlyDictionary<string, string>? more, string? sqlServer)
    {
        (_run, _agents, _role, Network) = (run, agents, role, network);
        _database = sqlServer is null ? new StandDatabase.OfSqlite(Database) : new StandDatabase.OfSqlServer(sqlServer);
        Port = FreePort();
        _environment = new Dictionary<string, string>(network.Settings)
        {
            ["API_BASE_URL"] = Address,
            ["Database__Provider"] = _database.Provider,
            ["ConnectionStrings__UppalCrm"] = _database.ConnectionString,
            ["Calls__ClaimLease"] = lease,
            ["Calls__WrapUp"] = "00:00:00",
            ["Calls__OfferTimeout"] = "00:30:00",
            // our callers are no legs of the network that answers REST here: it would have them ended
            ["Calls__ReconcileEvery"] = "01:00:00",
            ["Logging__LogLevel__Default"] = "Warning",
        };
        foreach (var (name, value) in more ?? new Dictionary<string, string>())
        {
            _environment[name] = value;
        }

        Carrier = new Carrier(Address);
    }

    public PhoneNetwork Network { get; }

    public Child App { get; private set; } = null!;

    public Carrier Carrier { get; }

    public int Port { get; }

    public string Address => $"http://localhost:{Port}";

    /// <summary>The SQLite file.</summary>
    public string Database => Path.Combine(_folder, "crm.db");

    private string CookieFile => Path.Combine(_folder, "cookies");

    /// <param name="more">Further settings of the app, as environment variables.</param>
    /// <param name="sqlServer">The server that gets a database for this stand; null for a SQLite file.</param>
    public static async Task<Stand> OpenAsync(
        Run run, int agents = 0, string lease = "00:00:10", string role = "Agent", IReadOnlyDictionary<string, string>? more = null,
        string? sqlServer = null)
    {
        var network = await PhoneNetwork.StartAsync(new SimulatorOptions { Urls = "http://localhost:0" });
        var stand = new Stand(run, agents, network, lease, role, more, sqlServer);
        await stand.StartAsync();
        return stand;
    }

    public async Task StartAsync() =>
        App = await Child.StartAsync(_run, _environment, "serve", Port.ToString(), _agents.ToString(), CookieFile, _role);

    /// <summary>Another node on the same database, which knows the same sessions.</summary>
    public async Task<(Child Node, string Address)> StartOtherAsync()
    {
        var port = FreePort();
        return (await Child.StartAsync(_run, _environment, "serve", port.ToString(), _agents.ToString(), CookieFile + "-other", _role),
            $"http://localhost:{port}");
    }

    /// <summary>
    /// The app as it is published, in place of the one within this program: only it has its files compressed as browsers are sent them.
    /// The
    /// same database, so the sign-ins hold. Its browsers say that TLS ended before it, because in Production its cookies are for TLS only.
    /// </summary>
    public async Task StartPublishedAsync()
    {
        await App.DisposeAsync();
        App = await Child.StartPublishedAsync(_run, new Dictionary<string, string>(_environment)
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["ASPNETCORE_URLS"] = Address,
            ["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true",
        });
    }

    /// <summary>Every agent's browser, connected and told where it stands.</summary>
    /// <param name="at">The node to connect to; null for the first.</param>
    public async Task<IReadOnlyList<HubSocket>> ConnectAsync(int count, string? at = null)
    {
        var hubs = new List<HubSocket>();
        foreach (var batch in (await File.ReadAllLinesAsync(CookieFile)).Take(count).Chunk(32))
        {
            hubs.AddRange(await Task.WhenAll(batch.Select(line =>
                HubSocket.OpenAsync(at ?? Address, $"/hubs/calls?device=bench{line.Split(' ')[0]}.1", line))));
        }

        await Task.WhenAll(hubs.Select(hub => hub.Greeted)); // an offer that comes before is part of the greeting
        return hubs;
    }

    /// <summary>The sign-in of each of so many agents.</summary>
    public async Task<IReadOnlyList<string?>> CookiesAsync(int count) => [.. (await File.ReadAllLinesAsync(CookieFile)).Take(count)];

    public long Count(string sql)
    {
        using var connection = _database.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar());
    }

    public long CallIdOf(string leg) => Count($"SELECT id FROM phone_calls WHERE twilio_call_sid = '{leg}'");

    /// <summary>The call, once it is written: a caller whom a slow database kept waiting is answered before that.</summary>
    /// <exception cref="TimeoutException">It was not written within a quarter of a minute.</exception>
    public async Task<long> WrittenCallIdOfAsync(string leg)
    {
        for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(15); await Task.Delay(20))
        {
            if (CallIdOf(leg) is > 0 and var id)
            {
                return id;
            }
        }

        throw new TimeoutException($"The call of {leg} was not written.");
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await Network.DisposeAsync();
        Carrier.Dispose();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>The floor program, on a port of its own.</summary>
internal sealed class Floor : IAsyncDisposable
{
    private Floor(Child child, string address) => (Child, Address, Carrier) = (child, address, new Carrier(address));

    public Child Child { get; }

    public string Address { get; }

    public Carrier Carrier { get; }

    public static async Task<Floor> OpenAsync(Run run)
    {
        var port = Stand.FreePort();
        return new Floor(
            await Child.StartAsync(run, new Dictionary<string, string>(), "floor", port.ToString()), $"http://localhost:{port}");
    }

    public async ValueTask DisposeAsync()
    {
        await Child.DisposeAsync();
        Carrier.Dispose();
    }
}
