using System.Text;
using UppalCrm.Simulator.Sim;
using UppalCrm.Simulator.TwiML;
using UppalCrm.Simulator.Webhooks;

namespace UppalCrm.Simulator.Calls;

/// <summary>A call that the network makes.</summary>
internal sealed record OutboundCall
{
    public required string From { get; init; }

    public required string To { get; init; }

    public string Direction { get; init; } = "outbound-api";

    public string? ParentSid { get; init; }

    public ProgressCallback? Callback { get; init; }

    public TimeSpan RingFor { get; init; } = TimeSpan.FromSeconds(65);

    public TimeSpan LongestCall { get; init; } = TimeSpan.FromHours(4);

    public RecordingRequest? Record { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Parameters { get; init; } = [];

    public required Func<Leg, Task> OnAnswer { get; init; }
}

/// <summary>
/// The telephone exchange: every leg, conference and recording, and the only place that changes one. Lives on the <see cref="EventLoop"/>;
/// call it there only. Webhooks are started here and never waited for in the middle of a change.
/// </summary>
internal sealed class Exchange(Account account, EventLoop loop, NetworkLog log, WebhookSender webhooks, MediaLibrary media, Func<FaultSettings> faults, string recordingsFolder) : IDisposable
{
    private const int EndedLegsKept = 5_000;
    private const int EndedConferencesKept = 5_000;
    private static readonly TimeSpan PatienceForSound = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, Leg> _legs = new(StringComparer.Ordinal);
    private readonly Queue<Leg> _ended = new();
    private readonly Dictionary<string, Conference> _conferences = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Conference> _liveByName = new(StringComparer.Ordinal);
    private readonly Queue<Conference> _endedConferences = new();
    private readonly Dictionary<string, Recording> _recordings = new(StringComparer.Ordinal);
    private readonly HashSet<Recording> _liveRecordings = [];
    private int _legCount;
    private int _conferenceCount;
    private int _soundCount;
    private DateTimeOffset _nextDial = DateTimeOffset.MinValue;

    public Account Account { get; } = account;

    public EventLoop Loop { get; } = loop;

    public NetworkLog Log { get; } = log;

    public WebhookSender Webhooks { get; } = webhooks;

    public MediaLibrary Media { get; } = media;

    public FaultSettings Faults => faults();

    public DateTimeOffset Now => Loop.Now;

    /// <summary>Who answers at an address that the network calls; null when nobody does.</summary>
    public Func<Leg, IFarEnd?> FindFarEnd { get; set; } = _ => null;

    /// <summary>Somebody may hear something else than before.</summary>
    public event Action? MixChanged;

    /// <summary>A leg began, went on or ended.</summary>
    public event Action<Leg>? LegChanged;

    public IEnumerable<Leg> Legs => _legs.Values;

    public IEnumerable<Conference> Conferences => _conferences.Values;

    public IEnumerable<Recording> Recordings => _recordings.Values;

    public IEnumerable<Recording> LiveRecordings => _liveRecordings;

    public Leg? FindLeg(string sid) => _legs.GetValueOrDefault(sid);

    public Conference? FindConference(string sid) => _conferences.GetValueOrDefault(sid);

    public Conference? FindLiveConference(string name) => _liveByName.GetValueOrDefault(name);

    public Recording? FindRecording(string sid) => _recordings.GetValueOrDefault(sid);

    public void Changed() => MixChanged?.Invoke();

    /// <summary>Takes a finished call out of the lists.</summary>
    public bool Remove(Leg leg) => _legs.Remove(leg.Sid);

    // ---- calls that come in

    /// <summary>Somebody calls: a phone one of our numbers, or a softphone our application.</summary>
    /// <param name="to">One of our numbers; for a softphone what it named, or empty.</param>
    /// <param name="parameters">What a softphone gave to <c>connect()</c>.</param>
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
            Callback = route?.StatusCallback is { Length: > 0 } url ? new ProgressCallback(url, route.StatusCallbackMethod, ProgressCallback.OnlyTheEnd) : null,
        };
        _legs[leg.Sid] = leg;
        Tell(leg, "rings in");
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
            Start(leg, cancellationToken => FetchAsync(leg, "voice", route.VoiceUrl, route.VoiceMethod, leg.Parameters, route, cancellationToken));
        }

        return leg;
    }

    /// <summary>The network takes an inbound call, if it has not yet.</summary>
    public async Task<bool> TakeAsync(Leg leg)
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
        Tell(leg, "created");
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
            Tell(leg, "rings");
            Progress(leg, "ringing");
        }
    }

    /// <summary>The called side has picked up.</summary>
    public void Answer(Leg leg)
    {
        Ringing(leg);
        if (leg.Status == LegStatus.Ringing && !leg.IsInbound)
        {
            Connect(leg);
            Progress(leg, "answered");
            if (leg.RecordFromAnswer is { } record)
            {
                Record(record, leg.Sid, null, $"call {leg.Ordinal}", () => LegTracks(leg));
            }

            if (leg.OnAnswer is { } go)
            {
                Loop.Begin(() => go(leg));
            }
        }
    }

    /// <summary>A leg is over. Does nothing when it was.</summary>
    /// <param name="sip">SipResponseCode: 404 unreachable, 486 busy, 487 not answered, 603 declined; null when it was a normal end.</param>
    /// <param name="reason">Why, for a person.</param>
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
        Tell(leg, reason);
        if (leg.Seat is { } seat)
        {
            seat.Conference.Leave(seat, "participant_hung_up");
        }

        if (leg.Partner is { } partner)
        {
            leg.Partner = null;
            partner.Partner = null;
            HearingChanged(partner);
        }

        foreach (var recording in _liveRecordings.Where(one => one.ConferenceSid is null && one.CallSid == leg.Sid).ToArray())
        {
            EndRecording(recording);
        }

        leg.Sound = null;
        leg.Far.Ended(leg);
        if (leg.Run is { } run)
        {
            Loop.Post(() => Cancel(run));
        }

        leg.Over.TrySetResult();
        if (!wasQueued)
        {
            Progress(leg, "completed"); // A call cancelled while queued has no callbacks.
        }

        _ended.Enqueue(leg);
        while (_ended.Count > EndedLegsKept)
        {
            _legs.Remove(_ended.Dequeue().Sid);
        }

        Changed();
    }

    /// <summary>Somebody hung up at the far end.</summary>
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

    // ---- documents

    /// <summary>New TwiML for a live leg: takes it out of what it is in.</summary>
    public void Redirect(Leg leg, Func<CancellationToken, Task<TwimlDocument?>> document)
    {
        if (leg.Seat is { } seat)
        {
            seat.Conference.Leave(seat, "participant_updated_via_api");
        }

        // The interrupted Dial's action is asked for as well, and its answer ignored (measured on Twilio).
        if (leg.DialAction is { } action)
        {
            leg.DialAction = null;
            List<KeyValuePair<string, string>> fields = [.. VoiceFields(leg), new("DialCallStatus", "completed")];
            Webhooks.Tell(new WebhookRequest { Purpose = "action", Url = action.Url, Method = action.Method, Fields = fields, CallSid = leg.Sid, Event = "completed", Source = $"call {leg.Ordinal}" });
        }

        Start(leg, document);
    }

    /// <summary>Carries out a document on a leg; the leg ends with it.</summary>
    public void Start(Leg leg, Func<CancellationToken, Task<TwimlDocument?>> document)
    {
        var before = leg.Run;
        var run = new CancellationTokenSource();
        leg.Run = run;
        leg.Sound = null;
        Loop.Begin(() => RunAsync(leg, run, document));
        if (before is not null)
        {
            Loop.Post(() => Cancel(before));
        }
    }

    /// <summary>Plays a wait, hold or announcement document to a participant.</summary>
    /// <param name="url">Null: the network's own music; empty: silence.</param>
    public void PlayDocument(Participant seat, string purpose, string? url, string method)
    {
        var leg = seat.Leg;
        if (url is null)
        {
            Hear(leg, NewSound("media", "/phone/media/" + MediaLibrary.MusicId, null, loop: true));
            return;
        }

        if (url.Length == 0)
        {
            return;
        }

        var document = new CancellationTokenSource();
        seat.Document = document;
        Loop.Begin(async () =>
        {
            try
            {
                List<KeyValuePair<string, string>> more = [new("ConferenceSid", seat.Conference.Sid), new("FriendlyName", seat.Conference.Name)];
                if (await FetchAsync(leg, purpose, url, method, more, null, document.Token) is { } first)
                {
                    await new TwimlRun(this, leg, RunMode.Room, document.Token) { Purpose = purpose, MoreFields = more }.PerformAsync(first);
                }
            }
            finally
            {
                if (seat.Document == document)
                {
                    seat.Document = null;
                }

                document.Dispose();
            }
        });
    }

    public void StopDocument(Participant seat)
    {
        if (seat.Document is { } document)
        {
            seat.Document = null;
            Loop.Post(() => Cancel(document));
        }
    }

    /// <summary>Plays an announcement to one participant, over what it hears otherwise.</summary>
    public async Task AnnounceAsync(Participant seat, string url, string method, bool tell)
    {
        List<KeyValuePair<string, string>> more = [new("ConferenceSid", seat.Conference.Sid), new("FriendlyName", seat.Conference.Name)];
        using var over = new CancellationTokenSource();
        _ = seat.Left.Task.ContinueWith(_ => Loop.Post(() => Cancel(over)), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        var document = await FetchAsync(seat.Leg, "announce", url, method, more, null, over.Token);
        if (document is not null)
        {
            await new TwimlRun(this, seat.Leg, RunMode.Room, over.Token) { Purpose = "announce", MoreFields = more }.PerformAsync(document);
        }

        if (tell)
        {
            seat.Conference.AnnouncementEnded(seat, url, document is null ? "the document could not be had" : null);
        }
    }

    /// <summary>Asks the customer's server for TwiML.</summary>
    /// <param name="fallback">Its FallbackUrl is asked when the first address fails.</param>
    /// <returns>
    /// Null when there is none: an error is in the log. For a call itself (no wait document) the failure is a document too: the caller hears that the application failed.
    /// </returns>
    public async Task<TwimlDocument?> FetchAsync(Leg leg, string purpose, string url, string method, IReadOnlyList<KeyValuePair<string, string>> more, VoiceRoute? fallback, CancellationToken cancellationToken)
    {
        var inRoom = purpose is "wait" or "hold" or "announce";
        var (document, failure) = await AskAsync(leg, purpose, url, method, more, cancellationToken);
        if (failure is null)
        {
            return document;
        }

        Log.Error(failure.Code, $"{purpose} of {Numbers.Masked(leg.FarAddress)}: {failure.Text}.", leg.Sid);
        if (inRoom)
        {
            return null;
        }

        if (fallback?.FallbackUrl is { Length: > 0 } second)
        {
            List<KeyValuePair<string, string>> told = [.. more, new("ErrorCode", failure.Code.ToString()), new("ErrorUrl", url)];
            (document, failure) = await AskAsync(leg, "fallback", second, fallback.FallbackMethod, told, cancellationToken);
            if (failure is null)
            {
                return document;
            }

            Log.Error(failure.Code, $"fallback of {Numbers.Masked(leg.FarAddress)}: {failure.Text}.", leg.Sid);
        }

        return ApplicationError;
    }

    /// <summary>What every request about a call says (Twilio, "TwiML for Programmable Voice", request parameters).</summary>
    public List<KeyValuePair<string, string>> VoiceFields(Leg leg)
    {
        var fields = new List<KeyValuePair<string, string>>(24)
        {
            new("AccountSid", Account.Sid),
            new("ApiVersion", "2010-04-01"),
            new("CallSid", leg.Sid),
            new("CallStatus", leg.StatusWord),
            new("Direction", leg.Direction),
            new("From", leg.From),
            new("To", leg.To),
            new("Caller", leg.From),
            new("Called", leg is { IsInbound: true, IsClient: true } ? "" : leg.To),
        };
        if (leg.ApplicationSid is { } application)
        {
            fields.Add(new("ApplicationSid", application));
        }

        if (leg.ParentSid is { } parent)
        {
            fields.Add(new("ParentCallSid", parent));
        }

        if (!leg.IsClient)
        {
            AddPlace("From", leg.From);
            AddPlace("To", leg.To);
            AddPlace("Caller", leg.From);
            AddPlace("Called", leg.To);
        }

        return fields;

        void AddPlace(string who, string number)
        {
            fields.Add(new(who + "City", ""));
            fields.Add(new(who + "State", ""));
            fields.Add(new(who + "Zip", ""));
            fields.Add(new(who + "Country", Numbers.Country(number)));
        }
    }

    // ---- what is heard

    public Sound NewSound(string kind, string? url, string? text, bool loop) => new($"s{++_soundCount}", kind, url, text, loop, Now);

    public void Hear(Leg leg, Sound? sound)
    {
        leg.Sound = sound;
        HearingChanged(leg);
        Changed();
    }

    /// <summary>A short sound over what the leg hears, unless something is being played to it.</summary>
    public void Beep(Leg leg)
    {
        if (leg.Sound is null)
        {
            var beep = NewSound("say", null, "(beep)", loop: false);
            Hear(leg, beep);
            Loop.After(TimeSpan.FromMilliseconds(500), () =>
            {
                if (leg.Sound == beep)
                {
                    Hear(leg, null);
                }
            });
        }
    }

    /// <summary>Keeps the time since when a leg has heard nothing.</summary>
    public void HearingChanged(Leg leg)
    {
        var hears = leg.Sound is not null || leg.Partner is not null || leg.Seat?.Hearing == Hearing.People;
        leg.SilentSince = hears || leg.Status != LegStatus.InProgress ? null : leg.SilentSince ?? Now;
    }

    public void Bridge(Leg one, Leg other)
    {
        one.Partner = other;
        other.Partner = one;
        one.Sound = other.Sound = null;
        HearingChanged(one);
        HearingChanged(other);
        LegChanged?.Invoke(one);
        LegChanged?.Invoke(other);
        Changed();
    }

    // ---- conferences

    public Conference OpenConference(string name)
    {
        if (_liveByName.TryGetValue(name, out var live))
        {
            return live;
        }

        var conference = new Conference(this, Sids.New("CF"), ++_conferenceCount, name, Now);
        _conferences[conference.Sid] = conference;
        _liveByName[name] = conference;
        return conference;
    }

    public void Forget(Conference conference)
    {
        _liveByName.Remove(conference.Name);
        _endedConferences.Enqueue(conference);
        while (_endedConferences.Count > EndedConferencesKept)
        {
            _conferences.Remove(_endedConferences.Dequeue().Sid);
        }
    }

    /// <summary>Calls somebody into a conference.</summary>
    public Leg Invite(Conference conference, Entry entry, OutboundCall call)
    {
        var leg = Create(call with
        {
            OnAnswer = async leg =>
            {
                conference.Expected.Remove(leg);
                var (seat, code) = conference.IsOver ? (null, 16022) : conference.Join(leg, entry);
                if (seat is null)
                {
                    Log.Error(code, $"{Numbers.Masked(leg.FarAddress)} could not join {conference.Name}.", leg.Sid, conference.Sid);
                    End(leg, LegStatus.Completed, null, "could not join the conference");
                    return;
                }

                LegChanged?.Invoke(leg);
                await seat.Left.Task;

                // Taken out by new TwiML, it goes on; else there is nothing more for it to do.
                if (leg.Run is null)
                {
                    End(leg, LegStatus.Completed, null, "left the conference");
                }
            },
        });
        conference.Expected[leg] = entry;
        _ = leg.Over.Task.ContinueWith(
            _ => Loop.Post(() =>
            {
                if (conference.Expected.Remove(leg) && conference is { IsOver: false, Participants.Count: 0, Expected.Count: 0 })
                {
                    conference.End("last-participant-left", leg.Sid); // Nobody ever came: no events are subscribed.
                }
            }),
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
        return leg;
    }

    /// <summary>A leg has gone from ringing to talking, or into a room: for those who draw it.</summary>
    public void Redraw(Leg leg) => LegChanged?.Invoke(leg);

    // ---- recordings

    public Recording Record(RecordingRequest request, string callSid, string? conferenceSid, string sourceName, Func<Tracks> tracks)
    {
        var sid = Sids.New("RE");
        var recording = new Recording
        {
            Sid = sid,
            ConferenceSid = conferenceSid,
            CallSid = callSid,
            Request = request,
            StartedAt = Now,
            UpdatedAt = Now,
            File = new RecordingFile(Path.Combine(recordingsFolder, sid + ".wav"), request.Channels),
            Tracks = tracks,
            SourceName = sourceName,
        };
        _recordings[sid] = recording;
        _liveRecordings.Add(recording);
        Log.Write("recording", $"begins: {request.Source}", ("recordingSid", sid), ("callSid", callSid), ("conferenceSid", conferenceSid), ("status", "in-progress"));
        Tell(recording, "in-progress");
        Changed();
        return recording;
    }

    public void EndRecording(Recording recording)
    {
        if (_liveRecordings.Remove(recording))
        {
            recording.End(Now);
            recording.UpdatedAt = Now;
            Changed();
            Loop.Begin(() => FinishAsync(recording));
        }
    }

    public void PauseRecording(Recording recording, bool skip)
    {
        if (recording.Status == "in-progress")
        {
            recording.Pause(Now, skip);
            recording.UpdatedAt = Now;
            Log.Write("recording", "paused", ("recordingSid", recording.Sid), ("conferenceSid", recording.ConferenceSid), ("status", "paused"));
            Changed();
        }
    }

    public void ResumeRecording(Recording recording)
    {
        if (recording.IsPaused)
        {
            recording.Resume(Now);
            recording.UpdatedAt = Now;
            Log.Write("recording", "goes on", ("recordingSid", recording.Sid), ("conferenceSid", recording.ConferenceSid), ("status", "in-progress"));
            Changed();
        }
    }

    public void DeleteRecording(Recording recording)
    {
        recording.Status = "deleted";
        recording.UpdatedAt = Now;
        recording.File.Dispose();
        File.Delete(recording.File.Path);
    }

    /// <summary>What is recorded of one leg: itself, and what it hears.</summary>
    public static Tracks LegTracks(Leg leg)
    {
        var heard = leg.Partner is { } partner ? [partner] : leg.Seat is { } seat ? seat.Conference.Participants.Where(seat.Hears).Select(one => one.Leg) : [];
        return leg.IsClient ? new Tracks([leg], [.. heard]) : new Tracks([.. heard], [leg]);
    }

    // ---- what should never be

    /// <summary>Legs that live in no document and no room, and legs that have heard nothing for more than 5 s; in words.</summary>
    public IEnumerable<string> Problems()
    {
        var patience = TimeSpan.FromSeconds(5);
        foreach (var leg in _legs.Values)
        {
            if (leg.Status != LegStatus.InProgress)
            {
                continue;
            }

            if (leg is { Run: null, Seat: null, Partner: null } && leg.ParentSid is null && Now - leg.UpdatedAt > patience)
            {
                yield return $"orphan: {leg.Sid} of {Numbers.Masked(leg.FarAddress)} is alive but in no document";
            }

            if (leg.SilentSince is { } since && Now - since > patience)
            {
                yield return $"silent: {leg.Sid} of {Numbers.Masked(leg.FarAddress)} has heard nothing for {(Now - since).TotalSeconds:0} s";
            }
        }
    }

    public void Dispose()
    {
        foreach (var recording in _recordings.Values)
        {
            recording.File.Dispose();
        }
    }

    private static TwimlDocument ApplicationError { get; } = TwimlDocument.Parse(
        "<Response><Say>We are sorry, an application error has occurred. Goodbye.</Say><Hangup/></Response>").Document!;

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It had ended by itself.
        }
    }

    private void Dial(Leg leg)
    {
        if (leg.Status != LegStatus.Queued)
        {
            return;
        }

        leg.Status = LegStatus.Initiated;
        Tell(leg, "is dialled");
        Progress(leg, "initiated");
        if (FindFarEnd(leg) is not { } far)
        {
            // Said by whoever looked for it.
            End(leg, LegStatus.Failed, 404, "nobody is there");
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
        leg.LimitTimer = Loop.After(leg.LongestCall, () => End(leg, LegStatus.Completed, null, "its time limit is over"));
        Tell(leg, "is answered");
        HearingChanged(leg);
        leg.Far.Connected(leg);
        Changed();
    }

    private async Task RunAsync(Leg leg, CancellationTokenSource run, Func<CancellationToken, Task<TwimlDocument?>> first)
    {
        try
        {
            if (await first(run.Token) is { } document)
            {
                await new TwimlRun(this, leg, RunMode.Call, run.Token).PerformAsync(document);
            }

            if (leg.Run == run)
            {
                End(leg, leg.Status == LegStatus.InProgress || leg.IsInbound ? LegStatus.Completed : LegStatus.Canceled, null, "its document has ended");
            }
        }
        catch (OperationCanceledException) when (run.IsCancellationRequested || leg.IsOver || leg.Run != run)
        {
            // Hung up, or given another document.
        }
        catch (Exception ex)
        {
            Log.Error(12400, $"the simulator failed on this document: {ex}", leg.Sid);
            End(leg, LegStatus.Failed, null, "an error of the simulator");
        }
        finally
        {
            if (leg.Run == run)
            {
                leg.Run = null;
            }

            run.Dispose();
        }
    }

    private async Task<(TwimlDocument? Document, TwimlIssue? Failure)> AskAsync(Leg leg, string purpose, string url, string method, IReadOnlyList<KeyValuePair<string, string>> more, CancellationToken cancellationToken)
    {
        var answer = await Webhooks.AskAsync(
            new WebhookRequest
            {
                Purpose = purpose,
                Url = url,
                Method = method,
                Fields = [.. VoiceFields(leg).Where(field => !more.Any(other => other.Key == field.Key)), .. more],
                CallSid = leg.Sid,
                Event = leg.StatusWord,
                Source = $"call {leg.Ordinal}",
            },
            cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (answer.Error != 0)
        {
            return (null, new TwimlIssue(answer.Error, answer.Problem));
        }

        var (document, failure) = TwimlDocument.Read(answer.Body, answer.ContentType, answer.Url);
        foreach (var issue in document?.Issues ?? [])
        {
            Log.Error(issue.Code, $"{purpose}: {issue.Text}.", leg.Sid);
        }

        if (document is not null)
        {
            Log.Write("call", $"TwiML for {Numbers.Masked(leg.FarAddress)}: {string.Join(' ', document.Verbs.Select(verb => verb.Name))}", ("callSid", leg.Sid), ("purpose", purpose), ("verbs", string.Join(' ', document.Verbs.Select(verb => verb.Name))));
        }

        return (document, failure);
    }

    private void Tell(Leg leg, string what)
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
        LegChanged?.Invoke(leg);
    }

    private void Progress(Leg leg, string happened)
    {
        if (leg.Callback is not { } callback || !callback.Events.Contains(happened))
        {
            return;
        }

        var fields = VoiceFields(leg);
        fields.Add(new("CallbackSource", "call-progress-events"));
        fields.Add(new("SequenceNumber", leg.Sequence++.ToString()));
        fields.Add(new("Timestamp", Now.Rfc2822()));
        if (leg.IsOver)
        {
            fields.Add(new("CallDuration", leg.Duration.WholeSeconds().ToString()));
            fields.Add(new("Duration", ((leg.Duration.WholeSeconds() + 59) / 60).ToString())); // Billed minutes.
            if (leg.SipCode is { } sip || leg.AnsweredAt is not null)
            {
                fields.Add(new("SipResponseCode", (leg.SipCode ?? 200).ToString()));
            }

            if (leg.RecordFromAnswer is not null && _recordings.Values.LastOrDefault(one => one.CallSid == leg.Sid && one.Request == leg.RecordFromAnswer) is { } recording)
            {
                fields.Add(new("RecordingUrl", RecordingUrl(recording)));
                fields.Add(new("RecordingSid", recording.Sid));
                fields.Add(new("RecordingDuration", (recording.Duration ?? TimeSpan.Zero).WholeSeconds().ToString()));
            }
        }

        Webhooks.Tell(new WebhookRequest { Purpose = "call-status", Url = callback.Url, Method = callback.Method, Fields = fields, CallSid = leg.Sid, Event = leg.StatusWord, Source = $"call {leg.Ordinal}" });
    }

    private async Task FinishAsync(Recording recording)
    {
        if (recording.HasSound)
        {
            await Task.WhenAny(recording.Flushed.Task, Task.Delay(PatienceForSound, Loop.Time));
        }

        if (recording.Status != "processing")
        {
            return; // Deleted meanwhile.
        }

        var duration = recording.Duration!.Value;
        await Task.Run(() => recording.File.Finish(duration));
        var absent = Faults.RecordingsAbsent || duration < TimeSpan.FromMilliseconds(100);
        recording.Status = absent ? "absent" : "completed";
        recording.UpdatedAt = Now;
        Log.Write("recording", $"{recording.Status}, {duration.TotalSeconds:0.0} s", ("recordingSid", recording.Sid), ("callSid", recording.CallSid), ("conferenceSid", recording.ConferenceSid), ("status", recording.Status));
        recording.Finished.TrySetResult();
        Tell(recording, recording.Status);
    }

    private void Tell(Recording recording, string status)
    {
        if (recording.Request.Callback is not { } callback || !callback.Events.Contains(status))
        {
            return;
        }

        var fields = new List<KeyValuePair<string, string>>
        {
            new("AccountSid", Account.Sid),
            new("RecordingSid", recording.Sid),
            new("RecordingUrl", RecordingUrl(recording)),
            new("RecordingStatus", status),
            new("RecordingChannels", recording.Request.Channels.ToString()),
            new("RecordingStartTime", recording.StartedAt.Rfc2822()),
            new("RecordingSource", recording.Request.Source),
        };
        if (status == "completed")
        {
            fields.Add(new("RecordingDuration", recording.Duration!.Value.WholeSeconds().ToString()));
        }

        if (recording.ConferenceSid is { } conference)
        {
            fields.Add(new("ConferenceSid", conference));
        }
        else
        {
            fields.Add(new("RecordingTrack", "both"));
        }

        if (recording.ConferenceSid is null || Faults.RecordingCallSid)
        {
            fields.Add(new("CallSid", recording.CallSid));
        }

        Webhooks.Tell(new WebhookRequest
        {
            Purpose = "recording",
            Url = callback.Url,
            Method = callback.Method,
            Fields = fields,
            CallSid = recording.CallSid,
            ConferenceSid = recording.ConferenceSid,
            Event = status,
            Source = recording.SourceName,
        });
    }

    /// <summary>Without an extension, as Twilio gives it.</summary>
    public string RecordingUrl(Recording recording) => $"{Address.GetLeftPart(UriPartial.Authority)}/2010-04-01/Accounts/{Account.Sid}/Recordings/{recording.Sid}";

    /// <summary>Where the network listens; known once it does.</summary>
    public Uri Address { get; set; } = new("http://localhost:5090");
}
