using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using UppalCrm.Simulator.Calls;

namespace UppalCrm.Simulator.Phones;

/// <summary>
/// The server's end of the phone-network page (docs/phone-protocol.md): one page is the network at a time. The server owns state and time;
/// the page owns sound and the person. Lives on the <see cref="EventLoop"/>.
/// </summary>
internal sealed class PhonePage
{
    private const int EntriesAtOnce = 200;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly Exchange _exchange;
    private readonly string _sessionId = Guid.NewGuid().ToString("N");
    private readonly Dictionary<string, TaskCompletionSource<string>> _awaitedSdp = new(StringComparer.Ordinal);
    private readonly List<LogEntry> _entries = [];
    private Socket? _page;
    private ITimer? _graceTimer;
    private int _mixVersion;
    private bool _mixDue;
    private bool _entriesDue;

    public PhonePage(Exchange exchange)
    {
        _exchange = exchange;
        exchange.MixChanged += SendMixSoon;
        exchange.LegChanged += leg =>
        {
            if (leg.Far is PagePhone)
            {
                Send(PageMessages.PhoneOf(leg));
            }
        };
        exchange.Log.Written += entry =>
        {
            if (IsOpen)
            {
                exchange.Loop.Post(() => SendEntrySoon(entry));
            }
        };
    }

    /// <summary>A page is open, started, and has sound.</summary>
    public bool IsReady { get; private set; }

    public bool HasMicrophone { get; private set; }

    public bool IsOpen => _page is not null;

    /// <summary>The page says how the media of a softphone's leg is: <c>connecting connected failed closed</c>.</summary>
    public event Action<Leg, string>? MediaChanged;

    public async Task ServeAsync(WebSocket webSocket, CancellationToken cancellationToken)
    {
        var socket = new Socket(webSocket);
        await _exchange.Loop.InvokeAsync(() => Open(socket));
        try
        {
            await socket.RunAsync(
                (message, isText) => _exchange.Loop.InvokeAsync(() => Receive(socket, message.Span, isText)), cancellationToken);
        }
        finally
        {
            await _exchange.Loop.InvokeAsync(() => Closed(socket));
        }
    }

    // ---- softphones' media

    /// <summary>Gives a softphone's offer to the page.</summary>
    /// <returns>The page's answer, or null when none comes in time.</returns>
    public Task<string?> OfferAsync(Leg leg, string identity, string sdp) =>
        AskForSdpAsync(leg, new { type = "leg-offer", leg = leg.Sid, identity, sdp });

    /// <summary>Asks the page for an offer, for a softphone that is called.</summary>
    /// <returns>The page's offer, or null when none comes in time.</returns>
    public Task<string?> InviteAsync(Leg leg, string identity) =>
        AskForSdpAsync(leg, new { type = "leg-invite", leg = leg.Sid, identity });

    /// <summary>The softphone has answered the page's offer.</summary>
    public void Accept(Leg leg, string sdp) => Send(new { type = "leg-accept", leg = leg.Sid, sdp });

    public void EndLeg(Leg leg) => Send(new { type = "leg-end", leg = leg.Sid });

    /// <summary>A person's phone at this number, on the page.</summary>
    public IFarEnd PhoneFor(Leg leg) => new PagePhone(_exchange, IsEngaged(leg.FarAddress));

    private bool IsEngaged(string number) =>
        _exchange.Legs.Any(leg => leg is { IsOver: false, Far: PagePhone } && leg.FarAddress == number);

    private async Task<string?> AskForSdpAsync(Leg leg, object message)
    {
        if (!IsReady)
        {
            return null;
        }

        var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _awaitedSdp[leg.Sid] = answer;
        Send(message);
        var first = await Task.WhenAny(answer.Task, leg.Over.Task, Task.Delay(TimeSpan.FromSeconds(5), _exchange.Loop.Time));
        if (_awaitedSdp.GetValueOrDefault(leg.Sid) == answer)
        {
            _awaitedSdp.Remove(leg.Sid);
        }

        return first == answer.Task ? await answer.Task : null;
    }

    // ---- the page

    private void Open(Socket socket)
    {
        if (_page is { } before)
        {
            before.Send(JsonSerializer.Serialize(new { type = "moved" }, Json));
            before.Close();
        }

        _page = socket;
        IsReady = false;
        _graceTimer?.Dispose();
        _exchange.Log.Write("network", "the phone-network page is open");
        var mix = PageMessages.MixOf(_exchange, ++_mixVersion, IsReady);
        Send(new
        {
            type = "hello",
            sessionId = _sessionId,
            businessNumbers = _exchange.Account.OwnNumbers.Values.Select(own => own.Number),
            mix,
            phones = _exchange.Legs.Where(leg => leg is { IsOver: false, Far: PagePhone }).Select(PageMessages.PhoneOf),
            clients = _exchange.Legs.Where(leg => leg is { IsOver: false, IsClient: true, Far.HasSound: true }).Select(
                leg => new { leg = leg.Sid, identity = leg.FarAddress["client:".Length..] }),
        });
    }

    private void Closed(Socket socket)
    {
        if (_page != socket)
        {
            return;
        }

        _page = null;
        IsReady = false;
        _exchange.Log.Write("network", "the phone-network page is closed");
        _graceTimer = _exchange.Loop.After(Grace, () =>
        {
            foreach (var leg in _exchange.Legs.Where(leg => leg is { IsOver: false, Far.HasSound: true }).ToArray())
            {
                _exchange.End(
                    leg,
                    leg.Status == LegStatus.InProgress ? LegStatus.Completed : LegStatus.Failed,
                    leg.Status == LegStatus.InProgress ? null : 480,
                    "the phone-network page was closed");
            }
        });
    }

    private void Receive(Socket socket, ReadOnlySpan<byte> message, bool isText)
    {
        if (_page != socket)
        {
            return; // Moved.
        }

        if (!isText)
        {
            ReceiveSound(message);
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(message.ToArray());
            var said = document.RootElement;
            var type = Text(said, "type");
            if (type is not "media")
            {
                _exchange.Log.Write("phone-in", type, ("type", type), ("callSid", Text(said, "leg")));
            }

            Receive(type, said);
        }
        catch (Exception ex) when (ex is JsonException or InvalidOperationException)
        {
            _exchange.Log.Write("phone-in", "a message that is not understood was passed over");
        }
    }

    private void Receive(string type, JsonElement said)
    {
        var leg = _exchange.FindLeg(Text(said, "leg"));
        switch (type)
        {
            case "ready":
                IsReady = true;
                HasMicrophone = said.TryGetProperty("mic", out var mic) && mic.ValueKind == JsonValueKind.True;
                _exchange.Log.Write(
                    "network", HasMicrophone ? "the phone network has started" : "the phone network has started, without a microphone");
                SendMixSoon();
                break;
            case "place-call":
                PlaceCall(Text(said, "own"), Text(said, "to"));
                break;
            case "answer" when leg?.Far is PagePhone:
                _exchange.Answer(leg);
                break;
            case "reject" when leg is { Far: PagePhone, IsInbound: false } && leg.Status < LegStatus.InProgress:
                if (Text(said, "reason") == "busy")
                {
                    _exchange.End(leg, LegStatus.Busy, 486, "is busy");
                }
                else
                {
                    _exchange.HangUp(leg, "the called");
                }

                break;
            case "hangup" when leg?.Far is PagePhone:
                _exchange.HangUp(leg, "the phone");
                break;
            case "digits" when leg?.Far is PagePhone:
                ScriptedEnd.Press(_exchange, leg, Text(said, "digits"), TimeSpan.Zero);
                break;
            case "leg-answer" or "leg-sdp" when leg is not null:
                if (Text(said, "sdp") is { Length: > 0 } sdp)
                {
                    _awaitedSdp.GetValueOrDefault(leg.Sid)?.TrySetResult(sdp);
                }

                break;
            case "media" when leg is not null:
                MediaChanged?.Invoke(leg, Text(said, "state"));
                break;
            case "recorded":
                _exchange.Recordings.Find(Text(said, "sid"))?.Flushed.TrySetResult();
                break;
            default:
                break; // About a leg that has ended meanwhile, or newer than we are.
        }
    }

    private void PlaceCall(string own, string to)
    {
        var problem = !Numbers.IsE164(own) ? "A caller's number is written like +12025550111."
            : !IsReady ? "Start the phone network first."
            : _exchange.Account.FindNumber(to) is null 
                ? $"{to} is not a number of this business: only its own numbers can be called from here."
            : IsEngaged(own) ? "This phone is in a call."
            : null;
        if (problem is not null)
        {
            Send(new { type = "problem", own, text = problem });
            return;
        }

        _exchange.Receive(new PagePhone(_exchange, isEngaged: false), own, to);
        SendMixSoon();
    }

    private void ReceiveSound(ReadOnlySpan<byte> message)
    {
        if (message.Length >= 34
            && _exchange.Recordings.Find(Encoding.ASCII.GetString(message[..34])) is { } recording
            && recording.Status is "in-progress" or "paused" or "processing"
            && !recording.Finished.Task.IsCompleted)
        {
            recording.Append(message[34..], _exchange.Now);
        }
    }

    private void SendMixSoon()
    {
        if (_page is not null && !_mixDue)
        {
            _mixDue = true;
            _exchange.Loop.Post(() =>
            {
                _mixDue = false;
                if (_page is not null)
                {
                    Send(PageMessages.MixOf(_exchange, ++_mixVersion, IsReady));
                }
            });
        }
    }

    private void SendEntrySoon(LogEntry entry)
    {
        if (_page is null)
        {
            return;
        }

        _entries.Add(entry);
        if (!_entriesDue)
        {
            _entriesDue = true;
            _exchange.Loop.After(TimeSpan.FromMilliseconds(100), () =>
            {
                _entriesDue = false;
                Send(new
                {
                    type = "state",
                    log = _entries.TakeLast(EntriesAtOnce)
                        .Select(entry => new { n = entry.N, at = entry.At, kind = entry.Kind, text = entry.Text }),
                });
                _entries.Clear();
            });
        }
    }

    private void Send(object message) => _page?.Send(JsonSerializer.Serialize(message, Json));

    private static string Text(JsonElement said, string name) =>
        said.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
