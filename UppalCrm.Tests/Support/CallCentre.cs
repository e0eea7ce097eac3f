using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace UppalCrm.Tests.Support;

/// <summary>
/// The whole of Core over a real SQLite file, with a clock that moves only when told and a carrier that does as it is asked. Of the
/// background only errands run: a test sweeps the offer clock itself.
/// </summary>
public sealed class CallCentre : IAsyncDisposable
{
    public const string OurLine = "+12025550100";

    private readonly ServiceProvider _services;
    private readonly TestDatabase _database;
    private int _sequence;
    private int _leg;

    private CallCentre(TestDatabase database, ServiceProvider services) => (_database, _services) = (database, services);

    public ManualClock Clock => (ManualClock)Get<TimeProvider>();

    public StubCarrier Carrier => (StubCarrier)Get<ITelephony>();

    public CallCommands Desk => Get<CallCommands>();

    public OutboundCalls Outbound => Get<OutboundCalls>();

    public CallWrapUp WrapUp => Get<CallWrapUp>();

    public CallTransfers Transfers => Get<CallTransfers>();

    public CarrierEventHandler News => Get<CarrierEventHandler>();

    public AgentRoster Roster => Get<AgentRoster>();

    /// <summary>For components: the same services as the pages get.</summary>
    public IServiceProvider Services => _services;

    /// <param name="settings">As in a configuration file, e.g. <c>Calls:WrapUp</c>.</param>
    public static Task<CallCentre> OpenAsync(params (string Key, string Value)[] settings) => OpenAsync(_ => { }, settings);

    /// <param name="change">What is to differ from the app.</param>
    /// <param name="settings">As in a configuration file.</param>
    public static async Task<CallCentre> OpenAsync(Action<IServiceCollection> change, params (string Key, string Value)[] settings)
    {
        var database = await TestDatabase.CreateAsync();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
            settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value))
                .Concat(database.Settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)))).Build();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddSingleton<TimeProvider>(new ManualClock());
        services.AddSingleton<ITelephony, StubCarrier>();
        services.AddCallCentre(configuration, Path.GetTempPath());
        change(services);
        var centre = new CallCentre(database, services.BuildServiceProvider());
        centre.Get<OurLines>().Numbers = [OurLine];
        return centre;
    }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public CrmDbContext OpenDatabase() => _database.CreateDbContext();

    /// <summary>An agent whose browser is there.</summary>
    public async Task<int> HireAsync(string name, string status = AgentStatus.Available)
    {
        await using var db = OpenDatabase();
        var agent = new Agent
        {
            DisplayName = name, UserName = $"{name}@uppalcrm.test", Status = status, StatusSince = Clock.GetUtcNow(),
            LastSeenAt = Clock.GetUtcNow(),
        };
        db.Agents.Add(agent);
        await db.SaveChangesAsync();
        return agent.Id;
    }

    public async Task<long> AddContactAsync(string name, params string[] numbers)
    {
        await using var db = OpenDatabase();
        var contact = new Contact
        {
            Name = name, CreatedAt = Clock.GetUtcNow(), UpdatedAt = Clock.GetUtcNow(),
            Numbers = [.. numbers.Select(n => new ContactNumber { Number = n })],
        };
        db.Contacts.Add(contact);
        await db.SaveChangesAsync();
        return contact.Id;
    }

    public CallSid NewLeg() => new($"CA{Interlocked.Increment(ref _leg):x32}");

    public Task<Call> CallerArrivesAsync(string from = "+12025550111") =>
        Get<CarrierEventHandler>().CallerArrivedAsync(new CallerArrived(NewLeg(), from, OurLine, null, null), CancellationToken.None);

    /// <summary>An inbound call that this agent has accepted and joined.</summary>
    public async Task<Call> InCallAsync(int agentId, string from = "+12025550111")
    {
        var call = await CallerArrivesAsync(from);
        await TellAsync(call, ConferenceEventKind.Joined, call.CustomerLeg!.Value);
        var claim = await Desk.AcceptAsync(call.Id, agentId, CancellationToken.None);
        if (!claim.IsDone)
        {
            throw new InvalidOperationException(claim.Reason);
        }

        await AgentJoinsAsync(call, agentId);
        return await GetAsync(call.Id);
    }

    /// <summary>The agent's softphone joins the call, which is theirs or is being handed to them.</summary>
    public async Task<CallSid> AgentJoinsAsync(Call call, int agentId)
    {
        var leg = NewLeg();
        await Get<CarrierEventHandler>().AgentConnectingAsync(leg, agentId, call.ConferenceName, CancellationToken.None);
        await TellAsync(call, ConferenceEventKind.Joined, leg);
        return leg;
    }

    /// <summary>A session of this person in another browser.</summary>
    public async Task<SignInSession> SignInAsync(int agentId, string device = "Chrome on Windows")
    {
        await using (var db = OpenDatabase())
        {
            await db.Agents.Where(a => a.Id == agentId && a.SecurityStamp == null)
                .ExecuteUpdateAsync(set => set.SetProperty(a => a.SecurityStamp, "stamp"));
        }

        var sessions = Get<SignInSessions>();
        var key = await sessions.StartAsync(agentId, "stamp", device, "203.0.113.7", false, CancellationToken.None);
        return (await sessions.FindAsync(key, CancellationToken.None))!;
    }

    /// <summary>The softphone of this session is told to join the call, and does so with this leg.</summary>
    public async Task TellToJoinAsync(Call call, int agentId, LegRole role, SignInSession session, CallSid leg)
    {
        var intents = Get<JoinIntents>();
        await intents.IssueAsync(call.Id, agentId, role, session.KeyHash, needsSecret: false, CancellationToken.None);
        if (await intents.TakeAsync(leg, call.Id, agentId, role, secret: null, CancellationToken.None) is { } refusal)
        {
            throw new InvalidOperationException(refusal);
        }
    }

    /// <summary>The carrier says that something happened in the call's conference.</summary>
    public Task TellAsync(Call call, ConferenceEventKind happening, CallSid? leg, string? reason = null) =>
        Get<CarrierEventHandler>().ReportAsync(
        new ConferenceEvent(
            happening, ConferenceSidOf(call), call.ConferenceName, Interlocked.Increment(ref _sequence), Clock.GetUtcNow(), leg,
            Reason: reason), CancellationToken.None);

    /// <summary>The carrier says that the call is over.</summary>
    public async Task EndAsync(Call call)
    {
        await TellAsync(call, ConferenceEventKind.Left, call.CustomerLeg);
        await TellAsync(call, ConferenceEventKind.Ended, null);
    }

    /// <summary>What the carrier is asked for after a change is done before this returns.</summary>
    public Task CarrierIsDoneAsync() => Get<BackgroundTasks>().WhenIdleAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));

    /// <summary>The offer clock looks at what has run out.</summary>
    public async Task SweepAsync()
    {
        await Get<DeadlineSweeper>().SweepAsync(CancellationToken.None);
        await CarrierIsDoneAsync();
    }

    public async Task<Call> GetAsync(long callId) =>
        await Desk.FindAsync(callId, CancellationToken.None) ?? throw new InvalidOperationException($"There is no call {callId}.");

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _database.DisposeAsync();
    }

    private static string ConferenceSidOf(Call call) => call.ConferenceSid ?? $"CF{call.Id:x32}";
}

/// <summary>A carrier that does as it is asked, remembers it, and refuses when told to.</summary>
public sealed class StubCarrier : ITelephony
{
    public string CallerId => CallCentre.OurLine;

    /// <summary>What was asked of it, in order, e.g. <c>hold CA… True</c>.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>Words with which it refuses everything; null when it does as it is asked.</summary>
    public string? Refusal { get; set; }

    /// <summary>What happens after it took an order to dial and before its reply arrives.</summary>
    public Func<CallSid, Task>? BeforeReply { get; set; }

    /// <summary>Its reply to an order to dial; null when it takes the order.</summary>
    public Func<DialOrder, DialAttempt>? OnDial { get; set; }

    /// <summary>What it finds of an order whose reply was lost; null for nothing.</summary>
    public Func<DialOrder, LegReport?>? OnFindDialled { get; set; }

    /// <summary>What it knows of a leg; null when it has never heard of it.</summary>
    public Func<CallSid, LegReport?>? OnFindLeg { get; set; }

    /// <summary>The live conference of this name; null when none is live.</summary>
    public Func<string, ConferenceReport?>? OnFindConference { get; set; }

    /// <summary>What happens while the carrier's answer about a conference is on its way.</summary>
    public Func<Task>? WhileFindingConference { get; set; }

    public async Task<DialAttempt> DialAsync(DialOrder order, CancellationToken cancellationToken)
    {
        Asked.Enqueue($"dial {order.To}");
        if (Refusal is not null)
        {
            return new DialAttempt.Refused(Refusal, null);
        }

        if (OnDial is { } reply)
        {
            return reply(order);
        }

        var leg = new CallSid(order.TransferId is { } transfer ? $"CAe{transfer:x31}" : $"CAd{order.CallId:x31}");
        if (BeforeReply is { } happen)
        {
            await happen(leg);
        }

        return new DialAttempt.Accepted(leg);
    }

    public Task<LegReport?> FindDialledLegAsync(DialOrder order, DateTimeOffset since, CancellationToken cancellationToken) =>
        Task.FromResult(OnFindDialled?.Invoke(order));

    public Task<LegReport?> FindLegAsync(CallSid leg, CancellationToken cancellationToken) => Task.FromResult(OnFindLeg?.Invoke(leg));

    public async Task<ConferenceReport?> FindConferenceAsync(string conferenceName, CancellationToken cancellationToken)
    {
        var report = OnFindConference?.Invoke(conferenceName);
        await (WhileFindingConference?.Invoke() ?? Task.CompletedTask);
        return report;
    }

    public Task EndLegAsync(CallSid leg, CancellationToken cancellationToken) => Do($"end-leg {leg}");

    public Task EndConferenceAsync(string conferenceName, CancellationToken cancellationToken) => Do($"end-conference {conferenceName}");

    public Task ApologiseAsync(CallSid customer, CancellationToken cancellationToken) => Do($"apologise {customer}");

    public Task TakeMessageAsync(CallSid customer, long callId, CancellationToken cancellationToken) => Do($"take-message {customer}");

    public Task SetHoldAsync(string conferenceSid, CallSid leg, bool hold, CancellationToken cancellationToken) =>
        Do($"hold {leg} {hold}");

    public Task HoldForReturnAsync(string conferenceSid, CallSid leg, CancellationToken cancellationToken) => Do($"hold {leg} for return");

    public Task RestartWaitAsync(string conferenceSid, CallSid leg, bool ringing, CancellationToken cancellationToken) =>
        Do($"restart-wait {leg} {ringing}");

    public Task SetMutedAsync(string conferenceSid, CallSid leg, bool muted, CancellationToken cancellationToken) =>
        Do($"mute {leg} {muted}");

    public Task SetCoachingAsync(
        string conferenceSid, CallSid supervisor, SupervisorMode mode, CallSid? coached, CancellationToken cancellationToken) =>
        Do($"coach {supervisor} {mode}");

    public Task SetRecordingPausedAsync(string conferenceSid, bool paused, CancellationToken cancellationToken) =>
        Do($"recording {conferenceSid} {(paused ? "paused" : "on")}");

    public Task SetEndOnExitAsync(string conferenceSid, CallSid leg, bool ends, CancellationToken cancellationToken) =>
        Do($"end-on-exit {leg} {ends}");

    public Task MoveAsync(CallSid leg, string conferenceName, CancellationToken cancellationToken) =>
        Do($"move {leg} to {conferenceName}");

    public Task RemoveParticipantAsync(string conferenceSid, CallSid leg, CancellationToken cancellationToken) => Do($"remove {leg}");

    public Task DeleteRecordingAsync(string recordingSid, CancellationToken cancellationToken) => Do($"delete-recording {recordingSid}");

    public Task<RecordedSound?> OpenRecordingAsync(string recordingSid, string? range, CancellationToken cancellationToken) =>
        Task.FromResult<RecordedSound?>(null);

    private Task Do(string what)
    {
        Asked.Enqueue(what);
        return Refusal is null ? Task.CompletedTask : Task.FromException(new TelephonyException(Refusal));
    }
}
