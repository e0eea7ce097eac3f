using System.Security.Cryptography;
using UppalCrm.Simulator.Calls;

namespace UppalCrm.Simulator.Signalling;

/// <summary>The softphone at the far end of one leg.</summary>
internal sealed class SoftphoneEnd(SignalServer server, string identity) : IFarEnd
{
    private static readonly TimeSpan HoldTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PatienceForMedia = TimeSpan.FromSeconds(5);

    private readonly HashSet<SignalConnection> _invited = [];
    private readonly HashSet<string> _tokens = new(StringComparer.Ordinal);
    private SignalConnection? _connection;
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

    private Exchange Exchange => server.Exchange;

    /// <summary>The call is answered on this connection.</summary>
    public bool IsOn(SignalConnection connection) => _connection == connection && !Leg.IsOver;

    /// <summary>The call is on this connection, or rings there.</summary>
    public bool Knows(SignalConnection connection) => _connection == connection || _invited.Contains(connection);

    public bool HasToken(string token) => _tokens.Contains(token) && !Leg.IsOver;

    public bool RingsFor(string identity) =>
        identity == Identity && !Leg.IsInbound && Leg.Status is LegStatus.Initiated or LegStatus.Ringing;

    // ---- the softphone calls

    public void Began(Leg leg, SignalConnection connection, string sdp)
    {
        Leg = leg;
        _connection = connection;
        _offer = sdp;
        server.Add(this);
        connection.Send("ringing", new { callsid = leg.Sid });
        _answer = server.Page.OfferAsync(leg, Identity, sdp);
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
            FailWithoutSound(
                "The phone-network page did not connect the sound of this call: reload it and start the phone network again.");
            return false;
        }

        _connection?.Send("answer", new { callsid = leg.Sid, sdp, reconnect = NewToken() });
        WatchMedia();
        return true;
    }

    // ---- the softphone is called

    public void Ring(Leg leg)
    {
        Leg = leg;
        server.Add(this);
        if (!server.Page.IsReady)
        {
            Exchange.Log.Error(31005, $"{Identity} was called: {server.NoPhoneNetwork}", leg.Sid);
            Exchange.End(leg, LegStatus.Failed, 480, "no phone network is running");
            return;
        }

        Exchange.Ringing(leg);
        Exchange.Loop.Begin(async () =>
        {
            _pageOffer = await server.Page.InviteAsync(leg, Identity);
            if (_pageOffer is null)
            {
                FailWithoutSound("The phone-network page did not offer sound for this call: reload it and start the phone network again.");
                return;
            }

            foreach (var connection in server.RegisteredOf(Identity))
            {
                InviteTo(connection);
            }
        });
    }

    public void InviteTo(SignalConnection connection)
    {
        // A device that is in another call would drop the invite and not answer it.
        if (_pageOffer is null || server.IsInAnotherCall(connection, this) || !_invited.Add(connection))
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
                ["Params"] = string.Join(
                    '&', Leg.Parameters.Select(one => $"{Uri.EscapeDataString(one.Key)}={Uri.EscapeDataString(one.Value)}")),
            },
            reconnect = NewToken(),
        });
    }

    public void AnsweredBy(SignalConnection connection, string sdp)
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
        server.Page.Accept(Leg, sdp);
        connection.Send("answer", new { callsid = Leg.Sid, reconnect = NewToken() });
        Exchange.Answer(Leg);
        WatchMedia();
    }

    // ---- during the call

    public void Connected(Leg leg)
    {
        // ConnectAsync has sent the answer, with the SDP.
    }

    public async Task RestartMediaAsync(string sdp)
    {
        _offer = sdp;
        _mediaConnected = false;
        var answer = await server.Page.OfferAsync(Leg, Identity, sdp);
        if (answer is not null && !Leg.IsOver)
        {
            _connection?.Send("answer", new { callsid = Leg.Sid, sdp = answer });
            WatchMedia();
        }
    }

    public async Task ReconnectAsync(SignalConnection connection, string sdp)
    {
        _holdTimer?.Dispose();
        _connection = connection;

        // The same media as before needs no new answer. A page that was loaded again (connectToken) has new media and needs one.
        if (sdp.Length == 0 || Fragment(sdp) == Fragment(_offer) || (_pageOffer is not null && _offer.Length == 0))
        {
            connection.Send("answer", new { callsid = Leg.Sid, reconnect = NewToken() });
            return;
        }

        _offer = sdp;
        _mediaConnected = false;
        var answer = await server.Page.OfferAsync(Leg, Identity, sdp);
        if (answer is not null && !Leg.IsOver)
        {
            connection.Send("answer", new { callsid = Leg.Sid, sdp = answer, reconnect = NewToken() });
            WatchMedia();
        }
    }

    public void HungUpBy(SignalConnection connection)
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

    public void Dropped(SignalConnection connection)
    {
        _invited.Remove(connection);
        if (_connection != connection || Leg.IsOver)
        {
            return;
        }

        _connection = null;
        if (Leg.Status != LegStatus.InProgress)
        {
            // The device has no reconnect token yet, so it cannot come back to this call.
            Exchange.End(Leg, LegStatus.Canceled, 487, $"the connection of {Identity} was lost while it rang");
            return;
        }

        Exchange.Log.Write(
            "call",
            $"the connection of {Identity} was lost; the call is held for {HoldTime.TotalSeconds:0} s",
            ("callSid", Leg.Sid),
            ("identity", Identity));
        _holdTimer = Exchange.Loop.After(
            HoldTime, () => Exchange.End(Leg, LegStatus.Completed, null, $"{Identity} did not come back"));
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
            ReportNoSound();
        }
    }

    public void Ended(Leg leg)
    {
        _holdTimer?.Dispose();
        server.Remove(this);
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

        server.Page.EndLeg(leg);
    }

    private void FailWithoutSound(string message)
    {
        if (Leg.IsOver)
        {
            return;
        }

        Exchange.Log.Error(53405, message, Leg.Sid);
        if (_connection is { } current)
        {
            server.SendError(current, 53405, message, Leg.Sid);
        }

        Exchange.End(Leg, LegStatus.Failed, 488, message);
    }

    private void WatchMedia() => Exchange.Loop.After(PatienceForMedia, () =>
    {
        if (!_mediaConnected && !Leg.IsOver)
        {
            ReportNoSound();
        }
    });

    private void ReportNoSound()
    {
        var message = $"The sound of this call is not connected: look at the phone network at {server.PageAddress} (it must stay open), "
            + "or reload it.";
        Exchange.Log.Error(53405, message, Leg.Sid);
        if (_connection is { } current)
        {
            server.SendError(current, 53405, message, Leg.Sid);
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
