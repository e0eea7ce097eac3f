namespace UppalCrm.Simulator.Calls;

/// <summary>
/// A room where legs hear one another. It starts when two are in it of whom one may start it; until then, and whenever somebody is alone,
/// they hear their wait document. The first participant fixes callbacks and recording. It ends with the last participant, with one whose
/// leaving ends it, or by REST.
/// </summary>
internal sealed class Conference(Exchange exchange, string sid, int ordinal, string name, DateTimeOffset createdAt)
{
    private readonly List<Participant> _participants = [];

    public string Sid { get; } = sid;

    /// <summary>Counts from 1: a name that is the same in every run.</summary>
    public int Ordinal { get; } = ordinal;

    public string Name { get; } = name;

    public DateTimeOffset CreatedAt { get; } = createdAt;

    public DateTimeOffset UpdatedAt { get; private set; } = createdAt;

    public DateTimeOffset? StartedAt { get; private set; }

    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>Twilio's ReasonConferenceEnded, when it has ended.</summary>
    public string? EndReason { get; private set; }

    public string? CallSidEnding { get; private set; }

    public ConferenceTerms? Terms { get; private set; }

    public IReadOnlyList<Participant> Participants => _participants;

    /// <summary>Legs that REST has called into this room and that have not answered yet, with what they will enter as.</summary>
    public Dictionary<Leg, Entry> Expected { get; } = [];

    public int Sequence { get; private set; }

    public Recording? Recording { get; private set; }

    public bool IsOver => EndedAt is not null;

    /// <summary>Twilio says in-progress as soon as somebody is in the room, also while all wait.</summary>
    public string StatusWord => IsOver ? "completed" : _participants.Count == 0 ? "init" : "in-progress";

    public Participant? Find(string callSidOrLabel) =>
        _participants.Find(one => one.Leg.Sid == callSidOrLabel) ?? _participants.Find(one => one.Label == callSidOrLabel);

    /// <summary>Lets a leg in.</summary>
    /// <returns>Its place, or Twilio's code for why not: 16020 full, 16023 or 16025 label, 13240 nobody to coach.</returns>
    public (Participant? Seat, int Code) Join(Leg leg, Entry entry)
    {
        if (_participants.Count >= (Terms ?? entry.Terms).MostParticipants)
        {
            return (null, 16020);
        }

        if (entry.Label is { } label)
        {
            if (label.Length is 0 or > 128 || Sids.Looks("CA", label) || label.Contains('/', StringComparison.Ordinal))
            {
                return (null, 16023);
            }

            if (_participants.Exists(one => one.Label == label))
            {
                return (null, 16025);
            }
        }

        if (entry.CoachTarget is { } target && (Find(target) is not { Hold: false } coached || coached.Leg.Sid != target))
        {
            return (null, 13240);
        }

        Terms ??= entry.Terms;
        var seat = new Participant(leg, this, entry, exchange.Now);
        _participants.Add(seat);
        leg.Seat = seat;
        Fire("participant-join", "join", seat);
        Refresh();
        if (seat.Beep is "true" or "onEnter")
        {
            BeepToOthers(seat);
        }

        return (seat, 0);
    }

    /// <param name="reason">Twilio's ReasonParticipantLeft.</param>
    /// <param name="kicked">By REST, so that a conference that ends with it says so.</param>
    public void Leave(Participant seat, string reason, bool kicked = false)
    {
        if (!Remove(seat, reason))
        {
            return;
        }

        if (seat.EndsConference)
        {
            End(kicked ? "participant-with-end-conference-on-exit-kicked" : "participant-with-end-conference-on-exit-left", seat.Leg.Sid, seat.Label);
        }
        else if (_participants.Count == 0)
        {
            End(kicked ? "last-participant-kicked" : "last-participant-left", seat.Leg.Sid, seat.Label);
        }
        else
        {
            Refresh();
            if (seat.Beep is "true" or "onExit")
            {
                BeepToOthers(seat);
            }
        }
    }

    /// <param name="reason">Twilio's ReasonConferenceEnded.</param>
    public void End(string reason, string? callSid = null, string? label = null)
    {
        if (IsOver)
        {
            return;
        }

        EndedAt = UpdatedAt = exchange.Now;
        EndReason = reason;
        CallSidEnding = callSid;
        foreach (var seat in _participants.ToArray())
        {
            Remove(seat, reason == "conference-ended-via-api" ? "conference_ended_via_api" : "moderator_ended_conference");
        }

        foreach (var leg in Expected.Keys.ToArray())
        {
            exchange.End(leg, LegStatus.Canceled, 487, "the conference it was called into has ended");
        }

        if (Recording is { } recording)
        {
            exchange.EndRecording(recording);
        }

        exchange.Forget(this);
        Fire("conference-end", "end", null, ("ReasonConferenceEnded", reason), ("CallSidEndingConference", callSid), ("ParticipantLabelEndingConference", label), ("Reason", reason));
    }

    public void SetMuted(Participant seat, bool muted)
    {
        if (seat.Muted != muted)
        {
            seat.Muted = muted;
            seat.UpdatedAt = exchange.Now;
            Fire(muted ? "participant-mute" : "participant-unmute", "mute", seat);
            Refresh();
        }
    }

    public void SetHold(Participant seat, bool hold, string? url, string method)
    {
        var changed = seat.Hold != hold;
        var anew = hold && (url != seat.HoldUrl || changed);
        seat.Hold = hold;
        seat.HoldUrl = hold ? url : null;
        seat.HoldMethod = method;
        seat.UpdatedAt = exchange.Now;
        if (changed)
        {
            Fire(hold ? "participant-hold" : "participant-unhold", "hold", seat);
        }

        if (anew)
        {
            seat.Hearing = Hearing.Nothing; // Begin the document again.
        }

        Refresh();
    }

    /// <summary>Coaching, beep, ending on exit or the wait document have changed.</summary>
    public void Modified(Participant seat)
    {
        seat.UpdatedAt = exchange.Now;
        Fire("participant-modify", "modify", seat);
        Refresh();
    }

    /// <summary>The wait document of a participant has been replaced.</summary>
    public void RestartWaiting(Participant seat)
    {
        if (seat.Hearing == Hearing.Waiting)
        {
            seat.Hearing = Hearing.Nothing;
        }

        Modified(seat);
    }

    public void AnnouncementEnded(Participant? seat, string url, string? failure)
    {
        if (!IsOver && seat?.IsIn != false)
        {
            Fire(failure is null ? "announcement-end" : "announcement-fail", "announcement", seat, ("AnnounceUrl", url), ("ReasonAnnouncementFailed", failure));
        }
    }

    private bool Remove(Participant seat, string reason)
    {
        if (!_participants.Remove(seat))
        {
            return false;
        }

        exchange.StopDocument(seat);
        seat.Leg.Seat = null;
        if (seat.Leg.Sound is not null)
        {
            exchange.Hear(seat.Leg, null);
        }

        Fire("participant-leave", "leave", seat, ("ParticipantCallStatus", seat.Leg.IsOver ? seat.Leg.StatusWord : reason == "participant_updated_via_api" ? "in-progress" : "completed"), ("ReasonParticipantLeft", reason));
        seat.Left.TrySetResult(reason);
        exchange.HearingChanged(seat.Leg);
        return true;
    }

    private void BeepToOthers(Participant who)
    {
        foreach (var other in _participants.Where(other => other != who && other.Hearing == Hearing.People))
        {
            exchange.Beep(other.Leg);
        }
    }

    /// <summary>Decides anew who hears what.</summary>
    private void Refresh()
    {
        UpdatedAt = exchange.Now;
        if (StartedAt is null && _participants.Count >= 2 && _participants.Exists(one => one.StartsConference))
        {
            StartedAt = exchange.Now;
            Fire("conference-start", "start", null);
            if (Terms!.Record)
            {
                Recording = exchange.Record(
                    new RecordingRequest("Conference", 2, Terms.RecordingCallback),
                    _participants[0].Leg.Sid,
                    Sid,
                    $"conference {Ordinal}",
                    () => Tracks.Of(_participants.Where(one => one.Speaks && !one.Coaching).Select(one => one.Leg)));
            }
        }

        foreach (var seat in _participants.ToArray())
        {
            var hearing = seat.Hold ? Hearing.Held : StartedAt is null || _participants.Count < 2 ? Hearing.Waiting : Hearing.People;
            if (seat.Hearing != hearing)
            {
                seat.Hearing = hearing;
                exchange.StopDocument(seat);
                exchange.Hear(seat.Leg, null);
                if (hearing == Hearing.Held)
                {
                    exchange.PlayDocument(seat, "hold", seat.HoldUrl, seat.HoldMethod);
                }
                else if (hearing == Hearing.Waiting)
                {
                    exchange.PlayDocument(seat, "wait", seat.WaitUrl, seat.WaitMethod);
                }
            }

            exchange.HearingChanged(seat.Leg);
        }
    }

    /// <param name="subscription">The word of statusCallbackEvent that asks for it.</param>
    private void Fire(string happened, string subscription, Participant? seat, params ReadOnlySpan<(string Name, string? Value)> more)
    {
        Sequence++;
        exchange.Log.Write(
            "conference",
            seat is null ? $"{happened} {Name}" : $"{happened} {Name}: {(seat.Label is { } who ? who + " " : "")}{Numbers.Masked(seat.Leg.FarAddress)}",
            ("event", happened),
            ("conferenceSid", Sid),
            ("name", Name),
            ("callSid", seat?.Leg.Sid),
            ("who", seat is null ? null : Numbers.Masked(seat.Leg.FarAddress)),
            ("label", seat?.Label),
            ("reason", more.Length > 0 ? more[^1].Value : null));
        exchange.Changed();
        if (Terms?.StatusCallback is not { Length: > 0 } url || !Terms.StatusCallbackEvents.Contains(subscription))
        {
            return;
        }

        var fields = new List<KeyValuePair<string, string>>
        {
            new("ConferenceSid", Sid),
            new("FriendlyName", Name),
            new("AccountSid", exchange.Account.Sid),
            new("SequenceNumber", Sequence.ToString()),
            new("Timestamp", exchange.Now.Rfc2822()),
            new("StatusCallbackEvent", happened),
        };
        if (seat is not null)
        {
            fields.Add(new("CallSid", seat.Leg.Sid));
            if (seat.Label is { } label)
            {
                fields.Add(new("ParticipantLabel", label));
            }

            fields.Add(new("Muted", seat.Muted.Word()));
            fields.Add(new("Hold", seat.Hold.Word()));
            fields.Add(new("Coaching", seat.Coaching.Word()));
            fields.Add(new("EndConferenceOnExit", seat.EndsConference.Word()));
            fields.Add(new("StartConferenceOnEnter", seat.StartsConference.Word()));
        }

        foreach (var (fieldName, value) in more)
        {
            if (value is not null)
            {
                fields.Add(new(fieldName, value));
            }
        }

        exchange.Webhooks.Tell(new Webhooks.WebhookRequest
        {
            Purpose = "conference",
            Url = url,
            Method = Terms.StatusCallbackMethod,
            Fields = fields,
            CallSid = seat?.Leg.Sid,
            ConferenceSid = Sid,
            Event = happened,
            Source = seat is null ? $"conference {Ordinal}" : $"conference {Ordinal}, call {seat.Leg.Ordinal}",
        });
    }
}
