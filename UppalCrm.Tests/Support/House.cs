using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using UppalCrm.Simulator;

namespace UppalCrm.Tests.Support;

/// <summary>
/// The whole house in this process, met over real sockets: the telephone network, and the web app exactly as <c>Program.cs</c> composes
/// it, on Kestrel with a database of its own. The clock runs with real time and can be moved on.
/// </summary>
public sealed class House : IAsyncDisposable
{
    private readonly TestDatabase _database = new();
    private readonly int _port = Ports.Free();
    private readonly IReadOnlyDictionary<string, string> _settings;
    private App? _app;
    private AppProcess? _process;
    private Nodes? _nodes;

    private House(PhoneNetwork network, IReadOnlyDictionary<string, string> settings) => (Network, _settings) = (network, settings);

    public PhoneNetwork Network { get; private set; }

    /// <summary>Where the app listens, e.g. <c>http://localhost:43210</c>.</summary>
    public string Address => $"http://localhost:{_port}";

    public FlowingClock Clock { get; } = new(TimeProvider.System.GetUtcNow());

    public IServiceProvider Services => _app!.Services;

    /// <summary>Where the app is more than one process.</summary>
    public Nodes Nodes => _nodes!;

    public CallCommands Desk => Services.GetRequiredService<CallCommands>();

    public string OurNumber => new SimulatorOptions().PhoneNumbers[0];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static Task<House> OpenAsync(params (string Key, string Value)[] settings) => OpenAsync(house =>
    {
        house.StartApp();
        return Task.CompletedTask;
    }, settings);

    /// <summary>The same with the app as a process of its own, which can be killed at any moment. Its clock is the machine's.</summary>
    public static Task<House> OpenWithProcessAsync(params (string Key, string Value)[] settings) =>
        OpenAsync(house => house.StartProcessAsync(), settings);

    /// <summary>
    /// The same as two nodes, each a process of its own, with Redis between them and nginx in front. <see cref="Address"/> is then where
    /// the carrier reaches them through nginx.
    /// </summary>
    public static Task<House> OpenWithNodesAsync(params (string Key, string Value)[] settings) =>
        OpenAsync(async house => house._nodes = await Nodes.StartAsync(house._port, house.AppSettings()), settings);

    private static async Task<House> OpenAsync(Func<House, Task> start, (string Key, string Value)[] settings)
    {
        var network = await PhoneNetwork.StartAsync(new SimulatorOptions { Urls = "http://localhost:0" });
        var house = new House(network, settings.ToDictionary(s => s.Key, s => s.Value));
        try
        {
            await network.RouteToAsync(house.Address + "/api/twilio/webhook/voice");
            await start(house);
            return house;
        }
        catch
        {
            await house.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the app as an operator would. The network goes on, and so do the calls in it.</summary>
    public async Task StopAppAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
            _app = null;
        }
    }

    /// <summary>Starts the app again on the same address and database.</summary>
    public void StartApp()
    {
        _app = new App(this);
        _app.UseKestrel(_port);
        _app.StartServer();
    }

    /// <summary>Another node of the same house: same database, network and settings, an address of its own.</summary>
    /// <returns>Ends the node when disposed of.</returns>
    public (string Address, IAsyncDisposable Node) OpenNode()
    {
        var port = Ports.Free();
        var node = new App(this);
        node.UseKestrel(port);
        node.StartServer();
        return ($"http://localhost:{port}", node);
    }

    /// <summary>Does something with the services of a node that is there for that alone.</summary>
    public async Task WithServicesAsync(Func<IServiceProvider, Task> work)
    {
        await using var node = new App(this);
        node.UseKestrel(Ports.Free());
        node.StartServer();
        await work(node.Services);
    }

    /// <summary>Starts the app's process, and waits until it says that it is ready.</summary>
    public async Task StartProcessAsync() => _process = await AppProcess.StartAsync(Address, AppSettings());

    /// <summary>As a power cut would: no handler runs, nothing is finished.</summary>
    public async Task KillProcessAsync()
    {
        if (_process is not null)
        {
            await _process.KillAsync();
            _process = null;
        }
    }

    public CrmDbContext Database() => _app is not null
        ? Services.GetRequiredService<IDbContextFactory<CrmDbContext>>().CreateDbContext()
        : _database.CreateDbContext();

    /// <summary>The database file that the app writes.</summary>
    public string DatabaseFile => _database.File;

    private Dictionary<string, string> AppSettings() => new(Network.Settings.Concat(_settings).Concat(_database.Settings))
    {
        ["API_BASE_URL"] = Address,
    };

    /// <summary>A demo user's id.</summary>
    public async Task<int> AgentIdAsync(string email)
    {
        await using var db = Database();
        return await db.Agents.Where(a => a.Email == email).Select(a => a.Id).SingleAsync(Token);
    }

    public async Task<Call?> FindCallAsync(Func<IQueryable<Call>, IQueryable<Call>> which)
    {
        await using var db = Database();
        return await which(
            db.Calls.AsNoTracking().Include(c => c.Legs).Include(c => c.Agent).OrderByDescending(c => c.Id)).FirstOrDefaultAsync(Token);
    }

    /// <summary>Waits until the newest call is as the test wants it, and gives it.</summary>
    public async Task<Call> UntilCallAsync(Func<Call, bool> holds, string what, TimeSpan? within = null)
    {
        Call? call = null;
        await Eventually.HoldsAsync(async () => (call = await FindCallAsync(calls => calls)) is not null && holds(call),
            () => $"{what}; the call is {Describe(call)}", within);
        return call!;
    }

    public async ValueTask DisposeAsync()
    {
        await KillProcessAsync();
        await StopAppAsync();
        if (_nodes is not null)
        {
            await _nodes.DisposeAsync();
        }

        await Network.DisposeAsync();
        await _database.DisposeAsync();
    }

    /// <summary>
    /// Moves the clock from round to round of the reconciler until this holds: the first may have been under way before there was
    /// anything to find.
    /// </summary>
    public Task InSomeRoundAsync(Func<Task<bool>> condition, Func<string> what)
    {
        var moved = TimeProvider.System.GetTimestamp();
        Clock.Advance(TimeSpan.FromSeconds(31));
        return Eventually.HoldsAsync(async () =>
        {
            if (TimeProvider.System.GetElapsedTime(moved) > TimeSpan.FromSeconds(2))
            {
                moved = TimeProvider.System.GetTimestamp();
                Clock.Advance(TimeSpan.FromSeconds(31));
            }

            return await condition();
        }, what);
    }

    private static string Describe(Call? call) => call is null
        ? "nowhere"
        : $"{call.Direction} {call.Status} {call.Outcome} by {call.EndedBy} ({call.EndReason}), legs "
        + $"{string.Join(", ", call.Legs.Select(l => $"{l.Role} in={l.IsIn}"))}";

    private sealed class App(House house) : WebApplicationFactory<global::Program>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            builder.UseEnvironment("Development");
            builder.UseSetting("urls", house.Address);
            foreach (var (name, value) in house.AppSettings())
            {
                builder.UseSetting(name, value);
            }

            builder.ConfigureLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
            builder.ConfigureTestServices(services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(house.Clock)));
        }
    }
}

/// <summary>Waits for a condition, not for a time.</summary>
public static class Eventually
{
    public static async Task HoldsAsync(Func<Task<bool>> condition, Func<string> what, TimeSpan? within = null)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < (within ?? TimeSpan.FromSeconds(20)), $"In vain: {what()}");
            await Task.Yield();
            using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(25));
            await tick.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    public static Task HoldsAsync(Func<bool> condition, string what, TimeSpan? within = null) =>
        HoldsAsync(() => Task.FromResult(condition()), () => what, within);
}
