using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using UppalCrm.Simulator.Calls;
using UppalCrm.Simulator.Phones;

namespace UppalCrm.Simulator.Signalling;

/// <summary>
/// What the Voice SDK speaks over <c>/signal</c>: text frames <c>{"payload":{…},"type":"…","version":"1.6"}</c> and heartbeats of
/// one line feed.
/// The server owns calls and busy states. It passes SDP on to the phone-network page, which owns the media.
/// Call it on the <see cref="EventLoop"/> only.
/// </summary>
internal sealed class SignalServer
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    private readonly List<SignalConnection> _connections = [];
    private readonly Dictionary<Leg, SoftphoneEnd> _ends = [];

    public SignalServer(Exchange exchange, PhonePage page)
    {
        Exchange = exchange;
        Page = page;
        page.MediaChanged += (leg, state) => _ends.GetValueOrDefault(leg)?.MediaIs(leg, state);
    }

    public Exchange Exchange { get; }

    public PhonePage Page { get; }

    /// <summary>The address of the phone-network page.</summary>
    public string PageAddress => Exchange.Address.GetLeftPart(UriPartial.Authority) + "/";

    /// <summary>Says to an agent that no page gives sound to calls, and how to mend it.</summary>
    public string NoPhoneNetwork =>
        $"No phone network is running, so this call would have no sound: open {PageAddress} in another tab "
        + "and press “Start the phone network”.";

    /// <summary>Identities that are registered now, once for each device.</summary>
    public IEnumerable<string> Registered => _connections.Where(one => one.IsRegistered).Select(one => one.Pass!.Identity);

    public async Task ServeAsync(WebSocket webSocket, CancellationToken cancellationToken)
    {
        var connection = new SignalConnection(new Socket(webSocket));
        await Exchange.Loop.InvokeAsync(() =>
        {
            _connections.Add(connection);
            BeatSoon(connection);
        });
        try
        {
            await connection.Socket.RunAsync(
                (message, isText) => isText && !message.Span.SequenceEqual("\n"u8)
                    ? Exchange.Loop.InvokeAsync(() => Receive(connection, message))
                    : Task.CompletedTask,
                cancellationToken);
        }
        finally
        {
            await Exchange.Loop.InvokeAsync(() => Dropped(connection));
        }
    }

    /// <summary>The softphones of an identity, for a call to it; null when none is registered.</summary>
    public IFarEnd? FindSoftphone(Leg leg)
    {
        var identity = leg.To["client:".Length..];
        return RegisteredOf(identity).Any(one => one.Pass!.MayReceive) ? new SoftphoneEnd(this, identity) : null;
    }

    /// <summary>The registered devices of an identity.</summary>
    public IReadOnlyList<SignalConnection> RegisteredOf(string identity) =>
        [.. _connections.Where(one => one.IsRegistered && one.Pass!.Identity == identity)];

    public bool IsInAnotherCall(SignalConnection connection, SoftphoneEnd than) =>
        _ends.Values.Any(end => end != than && end.IsOn(connection));

    public void Add(SoftphoneEnd end) => _ends[end.Leg] = end;

    public void Remove(SoftphoneEnd end) => _ends.Remove(end.Leg);

    /// <summary>Sends an error with Twilio's code to a device.</summary>
    public void SendError(SignalConnection connection, int code, string message, string? callSid = null)
    {
        connection.Send(
            "error", callSid is null ? new { error = new { code, message } } : new { error = new { code, message }, callsid = callSid });
        Exchange.Log.Write(
            "signal-out", $"error {code}: {message}", ("type", "error"), ("code", code.ToString()), ("callSid", callSid));
    }

    private void BeatSoon(SignalConnection connection) => connection.Beat = Exchange.Loop.After(Heartbeat, () =>
    {
        if (_connections.Contains(connection))
        {
            connection.Socket.Send("\n");
            BeatSoon(connection);
        }
    });

    private void Receive(SignalConnection connection, ReadOnlyMemory<byte> message)
    {
        try
        {
            using var document = JsonDocument.Parse(message);
            var type = Text(document.RootElement, "type") ?? "";
            var payload = document.RootElement.TryGetProperty("payload", out var given) ? given : default;
            var callSid = Text(payload, "callsid");
            Exchange.Log.Write(
                "signal-in",
                $"{type} from {connection.Pass?.Identity ?? "a softphone"}",
                ("type", type),
                ("identity", connection.Pass?.Identity),
                ("callSid", callSid));
            Receive(connection, type, payload, callSid);
        }
        catch (JsonException)
        {
            connection.Send("error", new { error = new { code = 31100, message = "Malformed message" } });
        }
    }

    private void Receive(SignalConnection connection, string type, JsonElement payload, string? callSid)
    {
        if (type == "listen")
        {
            Listen(connection, Text(payload, "token") ?? "");
            return;
        }

        if (connection.Pass is not { } pass)
        {
            SendError(connection, connection.Refusal.Code, connection.Refusal.Message);
            return;
        }

        var end = FindEnd(connection, callSid);
        var sdp = Text(payload, "sdp") ?? ""; // Read now: the message is disposed before a flow begins.
        switch (type)
        {
            case "register":
                Register(connection, pass, payload);
                break;
            case "invite" when Sids.Looks("CA", callSid) && Text(payload, "reconnect") is { } token:
                Exchange.Loop.Begin(() => ReconnectAsync(connection, pass, callSid!, token, sdp));
                break;
            case "invite":
                Invite(
                    connection,
                    pass,
                    callSid ?? "",
                    sdp,
                    payload.TryGetProperty("twilio", out var twilio) ? Text(twilio, "params") : null);
                break;
            case "answer":
                end?.AnsweredBy(connection, sdp);
                break;
            case "reinvite":
                if (end is not null)
                {
                    Exchange.Loop.Begin(() => end.RestartMediaAsync(sdp));
                }

                break;
            case "hangup" or "reject":
                end?.HungUpBy(connection);
                break;
            case "dtmf":
                if (end is not null)
                {
                    ScriptedEnd.Press(Exchange, end.Leg, Text(payload, "dtmf") ?? "", TimeSpan.Zero);
                }

                break;
            case "message":
                connection.Send("ack", new { acktype = "message", callsid = callSid, voiceeventsid = Text(payload, "voiceeventsid") });
                break;
            default:
                break; // A message of a newer SDK.
        }
    }

    private void Listen(SignalConnection connection, string token)
    {
        var (pass, code, message) = AccessTokens.Read(token, Exchange.Account.Options, Exchange.Now);
        if (pass is null)
        {
            connection.Refusal = (code, message);
            Exchange.Log.Error(code, $"a softphone's token was refused: {message}.");
            SendError(connection, code, message);
            return;
        }

        connection.Pass = pass;
        connection.Send("connected", new
        {
            region = "US_EAST_VIRGINIA",
            edge = "ashburn",
            home = "us1",
            gateway = "simulator",
            token = new { identity = pass.Identity, ttl = (int)(pass.ExpiresAt - Exchange.Now).TotalSeconds },
        });
    }

    private void Register(SignalConnection connection, Pass pass, JsonElement payload)
    {
        if (pass.ExpiresAt <= Exchange.Now)
        {
            connection.IsRegistered = false;
            SendError(connection, 31205, "JWT Token Expired");
            return;
        }

        var on = payload.TryGetProperty("media", out var media)
            && media.TryGetProperty("audio", out var audio)
            && audio.ValueKind == JsonValueKind.True;
        var before = connection.IsRegistered;
        connection.IsRegistered = on;
        connection.Send(on ? "ready" : "offline", new { });
        if (on && !before)
        {
            // Calls that rang while the socket was down ring again.
            foreach (var end in _ends.Values.Where(end => end.RingsFor(pass.Identity)).ToArray())
            {
                end.InviteTo(connection);
            }
        }
    }

    private void Invite(SignalConnection connection, Pass pass, string temporarySid, string sdp, string? parameters)
    {
        if (pass.ExpiresAt <= Exchange.Now)
        {
            Refuse(connection, temporarySid, 31205, "JWT Token Expired");
        }
        else if (pass.ApplicationSid != Exchange.Account.Options.TwimlAppSid)
        {
            Refuse(
                connection,
                temporarySid,
                31002,
                pass.ApplicationSid is null ? "The token does not allow outgoing calls" : "The token names another application");
        }
        else if (!Page.IsReady)
        {
            Refuse(connection, temporarySid, 31005, NoPhoneNetwork);
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
            var leg = Exchange.Receive(end, "client:" + pass.Identity, named.Find(one => one.Key == "To").Value ?? "", named);
            end.Began(leg, connection, sdp);
        }
    }

    private async Task ReconnectAsync(SignalConnection connection, Pass pass, string callSid, string token, string sdp)
    {
        var end = _ends.Values.FirstOrDefault(one => one.Leg.Sid == callSid);
        if (end is null || end.Identity != pass.Identity || !end.HasToken(token))
        {
            connection.Send("hangup", new { callsid = callSid, error = new { code = 31209, message = "Reconnect attempt failed" } });
            return;
        }

        await end.ReconnectAsync(connection, sdp);
    }

    private void Dropped(SignalConnection connection)
    {
        connection.Beat?.Dispose();
        _connections.Remove(connection);
        foreach (var end in _ends.Values.ToArray())
        {
            end.Dropped(connection);
        }
    }

    private SoftphoneEnd? FindEnd(SignalConnection connection, string? callSid) => callSid is null
        ? null
        : _ends.Values.FirstOrDefault(end => (end.Leg.Sid == callSid || end.TemporarySid == callSid) && end.Knows(connection));

    private void Refuse(SignalConnection connection, string callSid, int code, string message)
    {
        Exchange.Log.Error(code, $"a call of {connection.Pass?.Identity} was refused: {message}", callSid);
        SendError(connection, code, message);
        connection.Send("hangup", new { callsid = callSid, error = new { code, message } });
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
