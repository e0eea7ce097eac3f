using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using UppalCrm.Core.Agents;
using UppalCrm.Core.Audit;
using UppalCrm.Core.Calls;
using UppalCrm.Core.Contacts;
using UppalCrm.Core.Data;
using UppalCrm.Core.Telephony;

namespace UppalCrm.Tests.Support;

/// <summary>The call centre without web or carrier: the real rules on a real SQLite file, a clock that moves when told.</summary>
public sealed class Floor : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("uppalcrm-floor-").FullName;
    private readonly ServiceProvider _services;
    private int _legs;

    private Floor(IReadOnlyDictionary<string, string?> settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddLogging();
        services.AddSingleton<TimeProvider>(Clock);
        services.AddSingleton<ITelephony>(Carrier);
        services.AddSingleton(_ => CallCentre.ReadNumberingPlan());
        services.AddCallCentre(configuration, _folder);
        _services = services.BuildServiceProvider();
        Desk.OurNumber = "+15005550006";
    }

    public ManualClock Clock { get; } = new();

    public FakeCarrier Carrier { get; } = new();

    public CallNews News => _services.GetRequiredService<CallNews>();

    public CallDesk Desk => _services.GetRequiredService<CallDesk>();

    public AgentRoster Roster => _services.GetRequiredService<AgentRoster>();

    public CallFeed Feed => _services.GetRequiredService<CallFeed>();

    public ContactBook Contacts => _services.GetRequiredService<ContactBook>();

    public AuditLog Audit => _services.GetRequiredService<AuditLog>();

    public OfferClock OfferClock => _services.GetRequiredService<OfferClock>();

    public Reconciler Reconciler => _services.GetRequiredService<Reconciler>();

    public IServiceProvider Services => _services;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<Floor> OpenAsync(params (string Key, string Value)[] settings)
    {
        var floor = new Floor(settings.ToDictionary(s => s.Key, s => (string?)s.Value));
        await floor._services.PrepareDatabaseAsync(Token);
        return floor;
    }

    public CrmDbContext Database() => _services.GetRequiredService<IDbContextFactory<CrmDbContext>>().CreateDbContext();

    /// <summary>An agent who is signed in, available and reachable.</summary>
    public async Task<int> AgentAsync(string name)
    {
        await using var db = Database();
        var agent = new Agent
        {
            UserName = name, DisplayName = name, Status = AgentStatus.Available, StatusSince = Clock.GetUtcNow(), LastSeenAt = Clock.GetUtcNow(), PhoneState = "ready",
        };
        db.Agents.Add(agent);
        await db.SaveChangesAsync(Token);
        return agent.Id;
    }

    public CallSid NewLeg() => FakeCarrier.Leg(Interlocked.Increment(ref _legs));

    public Task<Call> CallerArrivesAsync(string from = "+12025550111") =>
        News.CallerArrivedAsync(new CallerArrived(NewLeg(), from, "+15005550006", null, null), Token);

    public async Task<Call> CallAsync(long id) => await Desk.FindAsync(id, Token) ?? throw new InvalidOperationException($"No call {id}.");

    /// <summary>What the carrier is asked for after a change is done before this returns.</summary>
    public Task CarrierIsDoneAsync() => _services.GetRequiredService<Errands>().WhenIdleAsync(Token).WaitAsync(TimeSpan.FromSeconds(20), Token);

    public async Task SweepAsync()
    {
        await OfferClock.SweepAsync(Token);
        await CarrierIsDoneAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync(); // ends errands that still wait for the clock
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }
}
