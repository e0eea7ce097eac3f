using UppalCrm.Simulator.Sim;
using UppalCrm.Simulator.TwiML;
using UppalCrm.Simulator.Webhooks;

namespace UppalCrm.Simulator.Calls;

/// <summary>
/// The telephone exchange: it keeps every leg and changes its status. Its parts keep conferences, recordings, sound and documents.
/// Call it on the <see cref="EventLoop"/> only. It starts webhooks and does not wait for them in the middle of a change.
/// </summary>
internal sealed class Exchange : IDisposable
{
    private const int EndedLegsKept = 5_000;

    private readonly Func<FaultSettings> _faults;
    private readonly Dictionary<string, Leg> _legs = new(StringComparer.Ordinal);
    private readonly Queue<Leg> _ended = new();
    private int _legCount;
    private DateTimeOffset _nextDial = DateTimeOffset.MinValue;

    public Exchange(
        Account account,
        EventLoop loop,
        NetworkLog log,
        WebhookSender webhooks,
        MediaLibrary media,
        Func<FaultSettings> faults,
        string recordingsFolder)
    {
        _faults = faults;
        Account = account;
        Loop = loop;
        Log = log;
        Webhooks = webhooks;
        Media = media;
        Callbacks = new CallCallbacks(this);
        Documents = new LegDocuments(this);
        Playback = new Playback(this);
        Conferences = new Conferences(this);
        Recordings = new Recordings(this, recordingsFolder);
    }

    public Account Account { get; }

    public EventLoop Loop { get; }

    public NetworkLog Log { get; }

    public WebhookSender Webhooks { get; }

    public MediaLibrary Media { get; }

    public CallCallbacks Callbacks { get; }

    public LegDocuments Documents { get; }

    public Playback Playback { get; }

    public Conferences Conferences { get; }

    public Recordings Recordings { get; }

    public FaultSettings Faults => _faults();

    public DateTimeOffset Now => Loop.Now;

    /// <summary>Where the network listens. Set when it starts to listen.</summary>
    public Uri Address { get; set; } = new("http://localhost:5090");

    /// <summary>Finds the phone that answers at the address of a leg; null when there is none.</summary>
    public Func<Leg, IFarEnd?> FindFarEnd { get; set; } = _ => null;

    /// <summary>The sound of a leg, a conference or a recording may have changed.</summary>
    public event Action? MixChanged;

    /// <summary>A leg began, changed or ended.</summary>
    public event Action<Leg>? LegChanged;

    public IEnumerable<Leg> Legs => _legs.Values;

    public Leg? FindLeg(string sid) => _legs.GetValueOrDefault(sid);

    /// <summary>Raises <see cref="MixChanged"/>.</summary>
    public void Changed() => MixChanged?.Invoke();

    /// <summary>Raises <see cref="LegChanged"/>.</summary>
    public void Changed(Leg leg) => LegChanged?.Invoke(leg);

    /// <summary>Takes a finished call out of the lists.</summary>
    public bool Remove(Leg leg) => _legs.Remove(leg.Sid);

    // ---- calls that come in

    /// <summary>A phone calls one of our numbers, or a softphone calls our application.</summary>
    /// <param name="to">One of our numbers; for a softphone the address that it named, or empty.</param>
    /// <param name="parameters">The parameters that a softphone gave to <c>connect()</c>.</param>
    public Leg Receive(IFarEnd far, string from, string to, IReadOnlyList<KeyValuePair<string, string>>? parameters = null)
    {
        var isClient = Numbers.IsClient(from);
        var number = isClient ? null : Account.FindNumber(to);
        var (route, application) = isClient
            ? (Account.Applications[Account.Options.TwimlAppSid].Route, Account.Options.TwimlAppSid)
            : number is null ? (null, null) : Account.RouteOf(number);
        var leg = new Leg
        {
            Sid = Sids.New("CA"),
            Ordinal = ++_legCount,
            From = from,
            To = to,
            Direction = "inbound",
            ApplicationSid = application,
            Parameters = parameters ?? [],
            CreatedAt = Now,
            UpdatedAt = Now,
            Status = LegStatus.Ringing,
            Far = far,
            Callback = route?.StatusCallback is { Length: > 0 } url
                ? new ProgressCallback(url, route.StatusCallbackMethod, ProgressCallback.OnlyTheEnd)
                : null,
        };
        _legs[leg.Sid] = leg;
        Report(leg, "rings in");
        if (route is null)
        {
            Loop.Post(() => End(leg, LegStatus.Failed, 404, $"{Numbers.Masked(to)} is not a number of this account"));
        }
        else if (string.IsNullOrEmpty(route.VoiceUrl))
        {
            Loop.Post(() => End(leg, LegStatus.Failed, 404, "no voice address is set for it"));
        }
        else
        {
            Documents.Start(
                leg,
                cancellationToken =>
                    Documents.FetchAsync(leg, "voice", route.VoiceUrl, route.VoiceMethod, leg.Parameters, route, cancellationToken));
        }

        return leg;
    }

    /// <summary>The network takes an inbound call, unless it has taken it already.</summary>
    /// <returns>False when the call has ended.</returns>
    public async Task<bool> AcceptAsync(Leg leg)
    {
        if (leg.Status == LegStatus.InProgress)
        {
            return true;
        }

        if (leg.IsOver || !leg.IsInbound || !await leg.Far.ConnectAsync(leg) || leg.IsOver)
        {
            return false;
        }

        if (leg.Status != LegStatus.InProgress)
        {
            Connect(leg);
        }

        return true;
    }

    // ---- calls that go out

    public Leg Create(OutboundCall call)
    {
        var leg = new Leg
        {
            Sid = Sids.New("CA"),
            Ordinal = ++_legCount,
            ParentSid = call.ParentSid,
            From = call.From,
            To = call.To,
            Direction = call.Direction,
            Parameters = call.Parameters,
            CreatedAt = Now,
            UpdatedAt = Now,
            Callback = call.Callback,
            RingFor = call.RingFor,
            LongestCall = call.LongestCall,
            OnAnswer = call.OnAnswer,
            RecordFromAnswer = call.Record,
            Status = LegStatus.Queued,
        };
        _legs[leg.Sid] = leg;
        Report(leg, "created");
        if (Faults.CallsPerSecond > 0 && call.Direction == "outbound-api")
        {
            var at = _nextDial > Now ? _nextDial : Now;
            _nextDial = at + TimeSpan.FromSeconds(1 / Faults.CallsPerSecond);
            leg.QueuedFor = at - Now;
            Loop.After(leg.QueuedFor, () => Dial(leg));
        }
        else
        {
            Loop.Post(() => Dial(leg));
        }

        return leg;
    }

    public void Ringing(Leg leg)
    {
        if (leg.Status == LegStatus.Initiated)
        {
            leg.Status = LegStatus.Ringing;
            Report(leg, "rings");
            Callbacks.SendProgress(leg, "ringing");
        }
    }

    /// <summary>The called side has picked up.</summary>
    public void Answer(Leg leg)
    {
        Ringing(leg);
        if (leg.Status == LegStatus.Ringing && !leg.IsInbound)
        {
            Connect(leg);
            Callbacks.SendProgress(leg, "answered");
            if (leg.RecordFromAnswer is { } record)
            {
                Recordings.Start(record, leg.Sid, null, $"call {leg.Ordinal}", () => Recordings.TracksOf(leg));
            }

            if (leg.OnAnswer is { } go)
            {
                Loop.Begin(() => go(leg));
            }
        }
    }

    /// <summary>Ends a leg. Does nothing when it has ended already.</summary>
    /// <param name="sip">
    /// SipResponseCode: 404 unreachable, 486 busy, 487 not answered, 603 declined; null when it was a normal end.
    /// </param>
    /// <param name="reason">Why it ended, in words for a person.</param>
    public void End(Leg leg, LegStatus status, int? sip, string reason)
    {
        if (leg.IsOver)
        {
            return;
        }

        var wasQueued = leg.Status == LegStatus.Queued;
        leg.Status = status;
        leg.SipCode = sip;
        leg.Reason = reason;
        leg.EndedAt = Now;
        leg.SilentSince = null;
        leg.RingTimer?.Dispose();
        leg.LimitTimer?.Dispose();
        Report(leg, reason);
        if (leg.Participant is { } participant)
        {
            participant.Conference.Leave(participant, "participant_hung_up");
        }

        Playback.Disconnect(leg);
        Recordings.EndThoseOf(leg);
        leg.Sound = null;
        leg.Far.Ended(leg);
        if (leg.Run is { } run)
        {
            Loop.Post(() => LegDocuments.Cancel(run));
        }

        leg.Over.TrySetResult();
        if (!wasQueued)
        {
            Callbacks.SendProgress(leg, "completed"); // Twilio sends no callbacks for a call cancelled while queued.
        }

        _ended.Enqueue(leg);
        while (_ended.Count > EndedLegsKept)
        {
            _legs.Remove(_ended.Dequeue().Sid);
        }

        Changed();
    }

    /// <summary>The far end hung up.</summary>
    /// <param name="who">Names the far end in the log.</param>
    public void HangUp(Leg leg, string who)
    {
        if (leg.Status == LegStatus.InProgress)
        {
            End(leg, LegStatus.Completed, null, $"{who} hung up");
        }
        else if (leg.IsInbound)
        {
            End(leg, LegStatus.Canceled, 487, $"{who} hung up before it was answered");
        }
        else
        {
            End(leg, LegStatus.Busy, 603, $"{who} declined");
        }
    }

    /// <summary>Ends a leg by a command of REST or TwiML: an answered leg is completed, another one is canceled.</summary>
    public void EndByCommand(Leg leg, string reason)
    {
        if (leg.Status == LegStatus.InProgress)
        {
            End(leg, LegStatus.Completed, null, reason);
        }
        else
        {
            End(leg, LegStatus.Canceled, 487, reason);
        }
    }

    /// <summary>Ends the leg so long after its answer.</summary>
    public void LimitLength(Leg leg, TimeSpan longest)
    {
        leg.LongestCall = longest;
        if (leg.AnsweredAt is { } answered)
        {
            leg.LimitTimer?.Dispose();
            leg.LimitTimer = Loop.After(
                longest - (Now - answered),
                () => End(leg, LegStatus.Completed, null, "its time limit is over"));
        }
    }

    public void Dispose() => Recordings.Dispose();

    private void Dial(Leg leg)
    {
        if (leg.Status != LegStatus.Queued)
        {
            return;
        }

        leg.Status = LegStatus.Initiated;
        Report(leg, "is dialled");
        Callbacks.SendProgress(leg, "initiated");
        if (FindFarEnd(leg) is not { } far)
        {
            // FindFarEnd has logged the reason.
            End(leg, LegStatus.Failed, 404, "no phone answers there");
            return;
        }

        leg.Far = far;
        leg.RingTimer = Loop.After(leg.RingFor, () =>
        {
            if (!leg.IsOver && leg.Status != LegStatus.InProgress)
            {
                End(leg, LegStatus.NoAnswer, 487, "not answered in time");
            }
        });
        far.Ring(leg);
    }

    private void Connect(Leg leg)
    {
        leg.RingTimer?.Dispose();
        leg.Status = LegStatus.InProgress;
        leg.AnsweredAt = Now;
        LimitLength(leg, leg.LongestCall);
        Report(leg, "is answered");
        Playback.NoteSilence(leg);
        leg.Far.Connected(leg);
        Changed();
    }

    private void Report(Leg leg, string what)
    {
        leg.UpdatedAt = Now;
        Log.Write(
            "call",
            $"{Numbers.Masked(leg.FarAddress)} {leg.StatusWord}: {what}",
            ("callSid", leg.Sid),
            ("status", leg.StatusWord),
            ("direction", leg.Direction),
            ("from", Numbers.Masked(leg.From)),
            ("to", Numbers.Masked(leg.To)),
            ("reason", leg.IsOver ? leg.Reason : null));
        Changed(leg);
    }
}
