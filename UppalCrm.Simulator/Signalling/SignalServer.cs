using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using UppalCrm.Simulator.Calls;
using UppalCrm.Simulator.Phones;

namespace UppalCrm.Simulator.Signalling;

/// <summary>
/// What the Voice SDK speaks over <c>/signal</c>: text frames <c>{"payload":{…},"type":"…","version":"1.6"}</c> and heartbeats of one line feed.
/// The server owns calls and busy states; SDP is passed on to the phone-network page, which owns the media. Lives on the <see cref="EventLoop"/>.
/// </summary>
internal sealed class SignalServer
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HoldTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PatienceForMedia = TimeSpan.FromSeconds(5);

    private readonly Exchange _exchange;
    private readonly PhonePage _page;
    private readonly List<Connection> _connections = [];
    private readonly Dictionary<Leg, SoftphoneEnd> _ends = [];

    public SignalServer(Exchange exchange, PhonePage page)
    {
        _exchange = exchange;
        _page = page;
        page.MediaChanged += (leg, state) => _ends.GetValueOrDefault(leg)?.MediaIs(leg, state);
    }

    /// <summary>Identities that are registered now, each as often as it has devices.</summary>
    public IEnumerable<string> Registered => _connections.Where(one => one.IsRegistered).Select(one => one.Pass!.Identity);

    public async Task ServeAsync(WebSocket webSocket, CancellationToken cancellationToken)
    {
        var connection = new Connection(new Socket(webSocket));
        await _exchange.Loop.InvokeAsync(() =>
        {
            _connections.Add(connection);
            BeatSoon(connection);
        });
        try
        {
            await connection.Socket.RunAsync(
                (message, isText) => isText && !message.Span.SequenceEqual("\n"u8) ? _exchange.Loop.InvokeAsync(() => Receive(connection, message)) : Task.CompletedTask,
                cancellationToken);
        }
        finally
        {
            await _exchange.Loop.InvokeAsync(() => Dropped(connection));
        }
    }

    /// <summary>The softphones of an identity, for a call to it; null when none is registered.</summary>
    public IFarEnd? FindSoftphone(Leg leg)
    {
        var identity = leg.To["client:".Length..];
        return _connections.Exists(one => one.IsRegistered && one.Pass!.Identity == identity && one.Pass.MayReceive) ? new SoftphoneEnd(this, identity) : null;
    }

    private void BeatSoon(Connection connection) => connection.Beat = _exchange.Loop.After(Heartbeat, () =>
    {
        if (_connections.Contains(connection))
        {
            connection.Socket.Send("\n");
            BeatSoon(connection);
        }
    });

    private void Receive(Connection connection, ReadOnlyMemory<byte> message)
    {
        try
        {
            using var document = JsonDocument.Parse(message);
            var type = Text(document.RootElement, "type") ?? "";
            var payload = document.RootElement.TryGetProperty("payload", out var given) ? given : default;
            var callSid = Text(payload, "callsid");
            _exchange.Log.Write("signal-in", $"{type} from {connection.Pass?.Identity ?? "a softphone"}", ("type", type), ("identity", connection.Pass?.Identity), ("callSid", callSid));
            Receive(connection, type, payload, callSid);
        }
        catch (JsonException)
        {
            connection.Send("error", new { error = new { code = 31100, message = "Malformed message" } });
        }
    }

    private void Receive(Connection connection, string type, JsonElement payload, string? callSid)
    {
        if (type == "listen")
        {
            Listen(connection, Text(payload, "token") ?? "");
            return;
        }

        if (connection.Pass is not { } pass)
        {
            Error(connection, connection.Refusal.Code, connection.Refusal.Message);
            return;
        }

        var end = FindEnd(connection, callSid);
        var sdp = Text(payload, "sdp") ?? ""; // Read now: the message is gone by the time a flow begins.
        switch (type)
        {
            case "register":
                Register(connection, pass, payload);
                break;
            case "invite" when Sids.Looks("CA", callSid) && Text(payload, "reconnect") is { } token:
                _exchange.Loop.Begin(() => ReconnectAsync(connection, pass, callSid!, token, sdp));
                break;
            case "invite":
                Invite(connection, pass, callSid ?? "", sdp, payload.TryGetProperty("twilio", out var twilio) ? Text(twilio, "params") : null);
                break;
            case "answer":
                end?.AnsweredBy(connection, sdp);
                break;
            case "reinvite":
                if (end is not null)
                {
                    _exchange.Loop.Begin(() => end.RestartMediaAsync(sdp));
                }

                break;
            case "hangup" or "reject":
                end?.HungUpBy(connection);
                break;
            case "dtmf":
                if (end is not null)
                {
                    ScriptedEnd.Press(_exchange, end.Leg, Text(payload, "dtmf") ?? "", TimeSpan.Zero);
                }

                break;
            case "message":
                connection.Send("ack", new { acktype = "message", callsid = callSid, voiceeventsid = Text(payload, "voiceeventsid") });
                break;
            default:
                break; // Newer than we are.
        }
    }

    private void Listen(Connection connection, string token)
    {
        var (pass, code, message) = AccessTokens.Read(token, _exchange.Account.Options, _exchange.Now);
        if (pass is null)
        {
            connection.Refusal = (code, message);
            _exchange.Log.Error(code, $"a softphone's token was refused: {message}.");
            Error(connection, code, message);
            return;
        }

        connection.Pass = pass;
        connection.Send("connected", new
        {
            region = "US_EAST_VIRGINIA",
            edge = "ashburn",
            home = "us1",
            gateway = "simulator",
            token = new { identity = pass.Identity, ttl = (int)(pass.ExpiresAt - _exchange.Now).TotalSeconds },
        });
    }

    private void Register(Connection connection, Pass pass, JsonElement payload)
    {
        if (pass.ExpiresAt <= _exchange.Now)
        {
            connection.IsRegistered = false;
            Error(connection, 31205, "JWT Token Expired");
            return;
        }

        var on = payload.TryGetProperty("media", out var media) && media.TryGetProperty("audio", out var audio) && audio.ValueKind == JsonValueKind.True;
        var before = connection.IsRegistered;
        connection.IsRegistered = on;
        connection.Send(on ? "ready" : "offline", new { });
        if (on && !before)
        {
            // What rang while the socket was down rings again.
            foreach (var end in _ends.Values.Where(end => end.RingsFor(pass.Identity)).ToArray())
            {
                end.InviteTo(connection);
            }
        }
    }

    private void Invite(Connection connection, Pass pass, string temporarySid, string sdp, string? parameters)
    {
        if (pass.ExpiresAt <= _exchange.Now)
        {
            Refuse(connection, temporarySid, 31205, "JWT Token Expired");
        }
        else if (pass.ApplicationSid != _exchange.Account.Options.TwimlAppSid)
        {
            Refuse(connection, temporarySid, 31002, pass.ApplicationSid is null ? "The token does not allow outgoing calls" : "The token names another application");
        }
        else if (!_page.IsReady)
        {
            Refuse(connection, temporarySid, 31005, PageMissing);
        }
        else if (sdp.Length == 0)
        {
            Refuse(connection, temporarySid, 31400, "The offer has no SDP");
        }
        else
        {
            List<KeyValuePair<string, string>> named = [.. pass.ApplicationParameters];
            foreach (var part in (parameters ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries))
            {
                var pair = part.Split('=', 2);
                var name = Uri.UnescapeDataString(pair[0]);
                named.RemoveAll(one => one.Key == name);
                named.Add(new(name, pair.Length == 2 ? Uri.UnescapeDataString(pair[1]) : ""));
            }

            var end = new SoftphoneEnd(this, pass.Identity) { TemporarySid = temporarySid };
            var leg = _exchange.Receive(end, "client:" + pass.Identity, named.Find(one => one.Key == "To").Value ?? "", named);
            end.Began(leg, connection, sdp);
        }
    }

    private string PageMissing =>
        $"No phone network is running, so this call would have no sound: open {_exchange.Address.GetLeftPart(UriPartial.Authority)}/ in another tab and press “Start the phone network”.";

    private async Task ReconnectAsync(Connection connection, Pass pass, string callSid, string token, string sdp)
    {
        var end = _ends.Values.FirstOrDefault(one => one.Leg.Sid == callSid);
        if (end is null || end.Identity != pass.Identity || !end.HasToken(token))
        {
            connection.Send("hangup", new { callsid = callSid, error = new { code = 31209, message = "Reconnect attempt failed" } });
            return;
        }

        await end.ReconnectAsync(connection, sdp);
    }

    private void Dropped(Connection connection)
    {
        connection.Beat?.Dispose();
        _connections.Remove(connection);
        foreach (var end in _ends.Values.ToArray())
        {
            end.Dropped(connection);
        }
    }

    private SoftphoneEnd? FindEnd(Connection connection, string? callSid) => callSid is null
        ? null
        : _ends.Values.FirstOrDefault(end => (end.Leg.Sid == callSid || end.TemporarySid == callSid) && end.Knows(connection));

    private void Error(Connection connection, int code, string message, string? callSid = null)
    {
        connection.Send("error", callSid is null ? new { error = new { code, message } } : new { error = new { code, message }, callsid = callSid });
        _exchange.Log.Write("signal-out", $"error {code}: {message}", ("type", "error"), ("code", code.ToString()), ("callSid", callSid));
    }

    private void Refuse(Connection connection, string callSid, int code, string message)
    {
        _exchange.Log.Error(code, $"a call of {connection.Pass?.Identity} was refused: {message}", callSid);
        Error(connection, code, message);
        connection.Send("hangup", new { callsid = callSid, error = new { code, message } });
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>One socket of one device.</summary>
    private sealed class Connection(Socket socket)
    {
        private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

        public Socket Socket { get; } = socket;

        public Pass? Pass { get; set; }

        public bool IsRegistered { get; set; }

        public ITimer? Beat { get; set; }

        /// <summary>Why there is no pass.</summary>
        public (int Code, string Message) Refusal { get; set; } = (31201, "Authentication failed: no token was given");

        public void Send(string type, object payload) => Socket.Send(JsonSerializer.Serialize(new { payload, type, version = "1.6" }, Json));
    }

    /// <summary>The softphone at the far end of one leg.</summary>
    private sealed class SoftphoneEnd(SignalServer server, string identity) : IFarEnd
    {
        private readonly HashSet<Connection> _invited = [];
        private readonly HashSet<string> _tokens = new(StringComparer.Ordinal);
        private Connection? _connection;
        private Task<string?>? _answer;
        private string _offer = "";
        private string? _pageOffer;
        private ITimer? _holdTimer;
        private bool _mediaConnected;
        private bool _hungUpItself;

        public string Identity { get; } = identity;

        /// <summary>The name the SDK gave the call before it knew its SID.</summary>
        public string? TemporarySid { get; init; }

        public Leg Leg { get; private set; } = null!;

        public bool HasSound => true;

        private Exchange Exchange => server._exchange;

        public bool Knows(Connection connection) => _connection == connection || _invited.Contains(connection);

        public bool HasToken(string token) => _tokens.Contains(token) && !Leg.IsOver;

        public bool RingsFor(string who) => who == Identity && !Leg.IsInbound && Leg.Status is LegStatus.Initiated or LegStatus.Ringing;

        // ---- it calls

        public void Began(Leg leg, Connection connection, string sdp)
        {
            Leg = leg;
            _connection = connection;
            _offer = sdp;
            server._ends[leg] = this;
            connection.Send("ringing", new { callsid = leg.Sid });
            _answer = server._page.OfferAsync(leg, Identity, sdp);
        }

        public async Task<bool> ConnectAsync(Leg leg)
        {
            var sdp = _answer is null ? null : await _answer;
            if (leg.IsOver)
            {
                return false;
            }

            if (sdp is null)
            {
                FailForWantOfSound("The phone-network page did not connect the sound of this call: reload it and start the phone network again.");
                return false;
            }

            _connection?.Send("answer", new { callsid = leg.Sid, sdp, reconnect = NewToken() });
            WatchMedia();
            return true;
        }

        // ---- it is called

        public void Ring(Leg leg)
        {
            Leg = leg;
            server._ends[leg] = this;
            if (!server._page.IsReady)
            {
                Exchange.Log.Error(31005, $"{Identity} was called: {server.PageMissing}", leg.Sid);
                Exchange.End(leg, LegStatus.Failed, 480, "no phone network is running");
                return;
            }

            Exchange.Ringing(leg);
            Exchange.Loop.Begin(async () =>
            {
                _pageOffer = await server._page.InviteAsync(leg, Identity);
                if (_pageOffer is null)
                {
                    FailForWantOfSound("The phone-network page did not offer sound for this call: reload it and start the phone network again.");
                    return;
                }

                foreach (var connection in server._connections.Where(one => one.IsRegistered && one.Pass!.Identity == Identity).ToArray())
                {
                    InviteTo(connection);
                }
            });
        }

        public void InviteTo(Connection connection)
        {
            // A device whose call is not over would drop the invite without a word.
            var busy = server._ends.Values.Any(end => end != this && end._connection == connection && !end.Leg.IsOver);
            if (_pageOffer is null || busy || !_invited.Add(connection))
            {
                return;
            }

            connection.Send("invite", new
            {
                callsid = Leg.Sid,
                sdp = _pageOffer,
                parameters = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["AccountSid"] = Exchange.Account.Sid,
                    ["ApiVersion"] = "2010-04-01",
                    ["CallSid"] = Leg.Sid,
                    ["From"] = Leg.From,
                    ["To"] = Leg.To,
                    ["Params"] = string.Join('&', Leg.Parameters.Select(one => $"{Uri.EscapeDataString(one.Key)}={Uri.EscapeDataString(one.Value)}")),
                },
                reconnect = NewToken(),
            });
        }

        public void AnsweredBy(Connection connection, string sdp)
        {
            if (Leg.IsInbound || Leg.Status != LegStatus.Ringing || sdp.Length == 0)
            {
                return;
            }

            _connection = connection;
            foreach (var other in _invited.Where(other => other != connection))
            {
                other.Send("cancel", new { callsid = Leg.Sid });
            }

            _invited.Clear();
            server._page.Accept(Leg, sdp);
            connection.Send("answer", new { callsid = Leg.Sid, reconnect = NewToken() });
            Exchange.Answer(Leg);
            WatchMedia();
        }

        // ---- while it lasts

        public void Connected(Leg leg)
        {
            // Said in ConnectAsync, with the SDP.
        }

        public async Task RestartMediaAsync(string sdp)
        {
            _offer = sdp;
            _mediaConnected = false;
            var answer = await server._page.OfferAsync(Leg, Identity, sdp);
            if (answer is not null && !Leg.IsOver)
            {
                _connection?.Send("answer", new { callsid = Leg.Sid, sdp = answer });
                WatchMedia();
            }
        }

        public async Task ReconnectAsync(Connection connection, string sdp)
        {
            _holdTimer?.Dispose();
            _connection = connection;

            // The same media as before needs no new answer; another page load (connectToken) does.
            if (sdp.Length == 0 || Fragment(sdp) == Fragment(_offer) || (_pageOffer is not null && _offer.Length == 0))
            {
                connection.Send("answer", new { callsid = Leg.Sid, reconnect = NewToken() });
                return;
            }

            _offer = sdp;
            _mediaConnected = false;
            var answer = await server._page.OfferAsync(Leg, Identity, sdp);
            if (answer is not null && !Leg.IsOver)
            {
                connection.Send("answer", new { callsid = Leg.Sid, sdp = answer, reconnect = NewToken() });
                WatchMedia();
            }
        }

        public void HungUpBy(Connection connection)
        {
            if (!Leg.IsInbound && Leg.Status == LegStatus.Ringing)
            {
                _invited.Remove(connection);
                if (_invited.Count == 0)
                {
                    Exchange.HangUp(Leg, Identity);
                }

                return;
            }

            _hungUpItself = true;
            Exchange.HangUp(Leg, Identity);
        }

        public void Dropped(Connection connection)
        {
            _invited.Remove(connection);
            if (_connection != connection || Leg.IsOver)
            {
                return;
            }

            _connection = null;
            if (Leg.Status != LegStatus.InProgress)
            {
                // It has no reconnect token yet, so it cannot come back to this call.
                Exchange.End(Leg, LegStatus.Canceled, 487, $"the connection of {Identity} was lost while it rang");
                return;
            }

            Exchange.Log.Write("call", $"the connection of {Identity} was lost; the call is held for {HoldTime.TotalSeconds:0} s", ("callSid", Leg.Sid), ("identity", Identity));
            _holdTimer = Exchange.Loop.After(HoldTime, () => Exchange.End(Leg, LegStatus.Completed, null, $"{Identity} did not come back"));
        }

        public void MediaIs(Leg leg, string state)
        {
            if (state == "connected")
            {
                _mediaConnected = true;
                Exchange.Log.Write("call", $"{Identity} has sound", ("callSid", leg.Sid), ("identity", Identity), ("media", state));
            }
            else if (state == "failed" && !leg.IsOver)
            {
                SayNoSound();
            }
        }

        public void Ended(Leg leg)
        {
            _holdTimer?.Dispose();
            server._ends.Remove(leg);
            foreach (var connection in _invited)
            {
                connection.Send("cancel", new { callsid = leg.Sid });
            }

            if (_connection is { } current && !_hungUpItself)
            {
                if (leg.Status is LegStatus.Failed)
                {
                    current.Send("hangup", new { callsid = leg.Sid, error = new { code = 31005, message = leg.Reason } });
                }
                else
                {
                    current.Send("hangup", new { callsid = leg.Sid });
                }
            }

            server._page.EndLeg(leg);
        }

        private void FailForWantOfSound(string words)
        {
            if (Leg.IsOver)
            {
                return;
            }

            Exchange.Log.Error(53405, words, Leg.Sid);
            if (_connection is { } current)
            {
                server.Error(current, 53405, words, Leg.Sid);
            }

            Exchange.End(Leg, LegStatus.Failed, 488, words);
        }

        private void WatchMedia() => Exchange.Loop.After(PatienceForMedia, () =>
        {
            if (!_mediaConnected && !Leg.IsOver)
            {
                SayNoSound();
            }
        });

        private void SayNoSound()
        {
            var words = $"The sound of this call is not connected: look at the phone network at {Exchange.Address.GetLeftPart(UriPartial.Authority)}/ (it must stay open), or reload it.";
            Exchange.Log.Error(53405, words, Leg.Sid);
            if (_connection is { } current)
            {
                server.Error(current, 53405, words, Leg.Sid);
            }
        }

        private string NewToken()
        {
            var token = "RT" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
            _tokens.Add(token);
            return token;
        }

        private static string Fragment(string sdp)
        {
            var start = sdp.IndexOf("a=ice-ufrag:", StringComparison.Ordinal);
            return start < 0 ? "" : sdp[start..].Split('\r', '\n')[0];
        }
    }
}
