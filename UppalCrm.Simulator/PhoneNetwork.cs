using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using UppalCrm.Simulator.Calls;
using UppalCrm.Simulator.Phones;
using UppalCrm.Simulator.Rest;
using UppalCrm.Simulator.Signalling;
using UppalCrm.Simulator.Sim;
using UppalCrm.Simulator.Webhooks;

namespace UppalCrm.Simulator;

/// <summary>
/// A telephone network of its own: what Twilio is to the CRM, on this machine and without an account. It is met over HTTP and
/// WebSocket only;
/// the members here are for tests and for the program that starts it.
/// </summary>
public sealed class PhoneNetwork : IAsyncDisposable
{
    private static readonly TimeSpan TimeToClose = TimeSpan.FromSeconds(2);

    private readonly SimulatorOptions _options;
    private readonly EventLoop _loop;
    private readonly WebhookSender _webhooks;
    private readonly MediaLibrary _media;
    private readonly Exchange _exchange;
    private readonly PhonePage _page;
    private readonly SignalServer _signals;
    private readonly CancellationTokenSource _closing = new();
    private readonly string _recordingsFolder;
    private readonly bool _ownsRecordings;
    private WebApplication? _app;
    private volatile FaultSettings _faults = FaultSettings.None;

    private PhoneNetwork(SimulatorOptions options, TimeProvider time)
    {
        _options = options;
        Log = new NetworkLog(time);
        _loop = new EventLoop(time, ex => Log.Error(12400, $"the simulator failed: {ex}"));
        _ownsRecordings = options.RecordingsFolder is null;
        _recordingsFolder = options.RecordingsFolder is { } folder
            ? Directory.CreateDirectory(folder).FullName
            : Directory.CreateTempSubdirectory("uppalcrm-recordings-").FullName;
        _webhooks = new WebhookSender(options.AccountSid, options.AuthToken, time, Log, () => _faults);
        _media = new MediaLibrary(time);
        _exchange = new Exchange(
            new Account(options, time.GetUtcNow()),
            _loop,
            Log,
            _webhooks,
            _media,
            () => _faults,
            _recordingsFolder)
        {
            FindFarEnd = FindFarEnd,
        };
        _page = new PhonePage(_exchange);
        _signals = new SignalServer(_exchange, _page);
    }

    /// <summary>Where it listens, e.g. <c>http://localhost:5090/</c>; the phone-network page is at its root.</summary>
    public Uri Address => _exchange.Address;

    /// <summary>What happened, in order.</summary>
    public NetworkLog Log { get; }

    /// <summary>How the network misbehaves. Setting it counts every rule's cases from the beginning.</summary>
    public FaultSettings Faults
    {
        get => _faults;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            value.Rewind();
            _faults = value;
        }
    }

    /// <summary>The scripted phones.</summary>
    public PhoneBook Phones { get; } = new();

    /// <summary>The environment of a program that uses this network instead of Twilio.</summary>
    public IReadOnlyDictionary<string, string> Settings => _options.ToSettings(Address);

    /// <summary>Starts a network and listens.</summary>
    /// <param name="time">Its clock: ringing, talking and music follow it. Time-outs of HTTP do not.</param>
    /// <exception cref="SimulatorSettingException">
    /// An option is not valid, or the address is not a loopback address. The message says which, and how to correct it.
    /// </exception>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<PhoneNetwork> StartAsync(
        SimulatorOptions options, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var (address, port) = options.Listen();
        var network = new PhoneNetwork(options, time ?? TimeProvider.System);
        try
        {
            await network.ListenAsync(address, port, cancellationToken);
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    // ---- for tests

    /// <summary>Somebody calls a number of the business, from a phone without sound.</summary>
    /// <param name="hangUpAfter">Hangs up so long after it was answered; null: not by itself.</param>
    /// <param name="digits">Keys pressed after it was answered; <c>w</c> waits half a second.</param>
    /// <returns>The CallSid.</returns>
    public Task<string> PlaceCallAsync(string from, string to, TimeSpan? hangUpAfter = null, string? digits = null)
    {
        if (!Numbers.IsE164(from))
        {
            throw new ArgumentException("The caller's number is not in E.164 form, like +12025550111.", nameof(from));
        }

        return _loop.InvokeAsync(
            () => _exchange.Receive(
                new ScriptedEnd(_exchange, new PhoneScript { Talk = hangUpAfter?.TotalSeconds, Digits = digits }), from, to).Sid);
    }

    /// <summary>A softphone without sound connects, as the Voice SDK's <c>connect({ params })</c> does.</summary>
    /// <returns>The CallSid.</returns>
    public Task<string> ConnectSoftphoneAsync(
        string identity, IReadOnlyDictionary<string, string>? parameters = null, TimeSpan? hangUpAfter = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(identity);
        return _loop.InvokeAsync(() => _exchange.Receive(
            new ScriptedEnd(_exchange, new PhoneScript { Talk = hangUpAfter?.TotalSeconds }),
            "client:" + identity,
            parameters?.GetValueOrDefault("To") ?? "",
            [.. parameters ?? new Dictionary<string, string>(StringComparer.Ordinal)]).Sid);
    }

    /// <summary>The far end of a leg hangs up.</summary>
    /// <returns>False when there is no such live call.</returns>
    public Task<bool> HangUpAsync(string callSid) => _loop.InvokeAsync(() =>
    {
        if (_exchange.FindLeg(callSid) is not { IsOver: false } leg)
        {
            return false;
        }

        _exchange.HangUp(leg, "the far end");
        return true;
    });

    /// <summary>The far end of a leg presses keys.</summary>
    /// <returns>False when there is no such live call.</returns>
    public Task<bool> PressAsync(string callSid, string digits) => _loop.InvokeAsync(() =>
    {
        if (_exchange.FindLeg(callSid) is not { IsOver: false } leg)
        {
            return false;
        }

        ScriptedEnd.Press(_exchange, leg, digits, TimeSpan.Zero);
        return true;
    });

    /// <summary>Sends the voice requests of all our numbers and of the application somewhere else.</summary>
    /// <param name="fallbackUrl">Asked when the first one fails; null: nobody is.</param>
    public Task RouteToAsync(string voiceUrl, string? fallbackUrl = null) => _loop.InvokeAsync(() =>
    {
        var account = _exchange.Account;
        foreach (var number in account.OwnNumbers.Values.ToArray())
        {
            account.OwnNumbers[number.Sid] = number with { Route = number.Route with { VoiceUrl = voiceUrl, FallbackUrl = fallbackUrl } };
        }

        foreach (var one in account.Applications.Values.ToArray())
        {
            account.Applications[one.Sid] = one with { Route = one.Route with { VoiceUrl = voiceUrl, FallbackUrl = fallbackUrl } };
        }
    });

    /// <summary>What it knows now.</summary>
    public Task<NetworkState> StateAsync() => _loop.InvokeAsync(() => new NetworkState
    {
        At = _loop.Now,
        Calls = [.. LiveAndLast(_exchange.Legs.OrderBy(leg => leg.Ordinal), leg => leg.IsOver).Select(StateOf)],
        Conferences = [.. LiveAndLast(_exchange.Conferences.All.OrderBy(one => one.Ordinal), one => one.IsOver).Select(StateOf)],
        ScriptedPhones = [.. Phones.Addresses.Order(StringComparer.Ordinal)],
        PhonePage = _page.IsReady ? "ready" : _page.IsOpen ? "open" : "absent",
        Softphones = [.. _signals.Registered.Order(StringComparer.Ordinal)],
        Recordings = [.. _exchange.Recordings.All.TakeLast(500).Select(StateOf)],
        WebhooksOutstanding = _webhooks.Outstanding,
        Problems = [.. LegProblems.Find(_exchange.Legs, _exchange.Now)],
    });

    /// <summary>Ends every call and stops listening.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested)
        {
            return;
        }

        await _closing.CancelAsync();
        _webhooks.Dispose();
        if (_app is not null)
        {
            using var limit = new CancellationTokenSource(TimeToClose);
            await _app.StopAsync(limit.Token);
            await _app.DisposeAsync();
        }

        await _loop.InvokeAsync(() =>
        {
            foreach (var leg in _exchange.Legs.Where(leg => !leg.IsOver).ToArray())
            {
                leg.RingTimer?.Dispose();
                leg.LimitTimer?.Dispose();
                leg.Run?.Cancel();
            }

            _exchange.Dispose();
        });
        _media.Dispose();
        _closing.Dispose();
        if (_ownsRecordings)
        {
            Directory.Delete(_recordingsFolder, recursive: true);
        }
    }

    private async Task ListenAsync(IPAddress? address, int port, CancellationToken cancellationToken)
    {
        // Empty: the settings of the program that starts us in process (its urls, its logging) are not ours.
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ApplicationName = typeof(PhoneNetwork).Assembly.GetName().Name });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            if (address is null)
            {
                kestrel.ListenLocalhost(port);
            }
            else
            {
                kestrel.Listen(address, port);
            }
        });
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeToClose);
        var app = builder.Build();
        _app = app;
        app.Use(LocalGuard.CheckAsync);
        app.UseWebSockets();
        app.UseRouting();
        MapSockets(app);
        var rest = new RestApi(_exchange, () => _faults);
        app.Map(RestApi.Root + "{**path}", rest.ServeAsync);
        SimApi.Map(app, this);
        PageFiles.Map(app, _media);
        await app.StartAsync(cancellationToken);
        var bound = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        _exchange.Address = address is null ? new Uri($"http://localhost:{port}/") : bound;
        Log.Write("network", $"listening at {Address}");
    }

    private void MapSockets(WebApplication app)
    {
        app.Map("/signal", context => ServeAsync(context, _signals.ServeAsync));
        app.Map("/phone", context => ServeAsync(context, _page.ServeAsync));
    }

    private async Task ServeAsync(HttpContext context, Func<System.Net.WebSockets.WebSocket, CancellationToken, Task> serve)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            await context.Response.WriteAsync("This address speaks WebSocket.", context.RequestAborted);
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        await serve(socket, _closing.Token);
    }

    private IFarEnd? FindFarEnd(Leg leg)
    {
        if (Phones.Find(leg.To) is { } script)
        {
            return new ScriptedEnd(_exchange, script);
        }

        if (leg.IsClient)
        {
            if (_signals.FindSoftphone(leg) is { } softphone)
            {
                return softphone;
            }

            Log.Error(13225, $"{leg.To} is not registered: no softphone of that name is connected.", leg.Sid);
            return null;
        }

        if (_exchange.Account.FindNumber(leg.To) is not null)
        {
            Log.Error(13225, "one of our own numbers was dialled; the simulator does not call itself.", leg.Sid);
            return null;
        }

        if (_page.IsReady)
        {
            return _page.PhoneFor(leg);
        }

        Log.Error(
            13225,
            $"no phone answers at {Numbers.Masked(leg.To)}: open {Address} and start the phone network, "
            + "or give the number a script (POST /sim/phones/{number}).",
            leg.Sid);
        return null;
    }

    private static IEnumerable<T> LiveAndLast<T>(IEnumerable<T> all, Func<T, bool> isOver)
    {
        var list = all.ToList();
        var ended = list.Count(isOver);
        foreach (var one in list)
        {
            if (!isOver(one) || ended-- <= 500)
            {
                yield return one;
            }
        }
    }

    private static CallState StateOf(Leg leg) => new(
        leg.Sid,
        leg.ParentSid,
        leg.From,
        leg.To,
        leg.Direction,
        leg.StatusWord,
        leg.CreatedAt,
        leg.AnsweredAt,
        leg.EndedAt,
        leg.IsOver ? leg.Reason : null,
        leg.Participant?.Conference.Name,
        leg switch
        {
            { IsOver: true } => "nothing",
            { Sound: { Url: "/phone/media/" + MediaLibrary.MusicId } } => "music",
            { Sound: { } sound } => sound.Kind,
            { Partner: not null } or { Participant.Hearing: Hearing.People } => "people",
            _ => "nothing",
        });

    private static RecordingState StateOf(Recording recording) => new(
        recording.Sid,
        recording.ConferenceSid,
        recording.CallSid,
        recording.Status,
        recording.Request.Source,
        recording.Request.Channels,
        recording.StartedAt,
        recording.Duration,
        recording.File.Path);

    private static ConferenceState StateOf(Conference conference) => new(
        conference.Sid,
        conference.Name,
        conference.StatusWord,
        conference.CreatedAt,
        conference.StartedAt,
        conference.EndedAt,
        conference.EndReason,
        conference.Recording?.Sid,
        [.. conference.Participants.Select(one => new ParticipantState(
            one.Leg.Sid,
            one.Leg.FarAddress,
            one.Label,
            one.Muted,
            one.Hold,
            one.Coaching,
            one.CoachTarget,
            one.StartsConference,
            one.EndsConference,
            [.. conference.Participants.Where(one.Hears).Select(other => other.Leg.Sid)]))]);
}
