namespace UppalCrm.Simulator.Calls;

/// <summary>
/// A conference, in which legs hear one another. It starts when two participants are in it and one of them may start it. Until then, and
/// while a participant is alone, it hears its wait document. The first participant fixes callbacks and recording. The conference ends
/// with its last participant, with a participant that has EndConferenceOnExit, or by REST.
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

    /// <summary>Legs that REST has called into this conference and that have not answered yet, each with how it will enter.</summary>
    public Dictionary<Leg, Entry> Expected { get; } = [];

    public int Sequence { get; private set; }

    public Recording? Recording { get; private set; }

    public bool IsOver => EndedAt is not null;

    /// <summary>Twilio says in-progress as soon as the conference has a participant, also while all wait.</summary>
    public string StatusWord => IsOver ? "completed" : _participants.Count == 0 ? "init" : "in-progress";

    public Participant? Find(string callSidOrLabel) =>
        _participants.Find(one => one.Leg.Sid == callSidOrLabel) ?? _participants.Find(one => one.Label == callSidOrLabel);

    /// <summary>Lets a leg in.</summary>
    /// <returns>
    /// Its place, or Twilio's code for why not: 16020 full, 16023 or 16025 label, 13240 the coached participant is missing or held.
    /// </returns>
    public (Participant? Participant, int Code) Join(Leg leg, Entry entry)
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
        var participant = new Participant(leg, this, entry, exchange.Now);
        _participants.Add(participant);
        leg.Participant = participant;
        Fire("participant-join", "join", participant);
        Refresh();
        if (participant.Beep is "true" or "onEnter")
        {
            BeepToOthers(participant);
        }

        return (participant, 0);
    }

    /// <param name="reason">Twilio's ReasonParticipantLeft.</param>
    /// <param name="kicked">By REST, so that a conference that ends with it says so.</param>
    public void Leave(Participant participant, string reason, bool kicked = false)
    {
        if (!Remove(participant, reason))
        {
            return;
        }

        if (participant.EndsConference)
        {
            End(
                kicked ? "participant-with-end-conference-on-exit-kicked" : "participant-with-end-conference-on-exit-left",
                participant.Leg.Sid,
                participant.Label);
        }
        else if (_participants.Count == 0)
        {
            End(kicked ? "last-participant-kicked" : "last-participant-left", participant.Leg.Sid, participant.Label);
        }
        else
        {
            Refresh();
            if (participant.Beep is "true" or "onExit")
            {
                BeepToOthers(participant);
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
        foreach (var participant in _participants.ToArray())
        {
            Remove(participant, reason == "conference-ended-via-api" ? "conference_ended_via_api" : "moderator_ended_conference");
        }

        foreach (var leg in Expected.Keys.ToArray())
        {
            exchange.End(leg, LegStatus.Canceled, 487, "the conference it was called into has ended");
        }

        if (Recording is { } recording)
        {
            exchange.Recordings.End(recording);
        }

        exchange.Conferences.Ended(this);
        Fire(
            "conference-end",
            "end",
            null,
            ("ReasonConferenceEnded", reason),
            ("CallSidEndingConference", callSid),
            ("ParticipantLabelEndingConference", label),
            ("Reason", reason));
    }

    public void SetMuted(Participant participant, bool muted)
    {
        if (participant.Muted != muted)
        {
            participant.Muted = muted;
            participant.UpdatedAt = exchange.Now;
            Fire(muted ? "participant-mute" : "participant-unmute", "mute", participant);
            Refresh();
        }
    }

    public void SetHold(Participant participant, bool hold, string? url, string method)
    {
        var changed = participant.Hold != hold;
        var restart = hold && (url != participant.HoldUrl || changed);
        participant.Hold = hold;
        participant.HoldUrl = hold ? url : null;
        participant.HoldMethod = method;
        participant.UpdatedAt = exchange.Now;
        if (changed)
        {
            Fire(hold ? "participant-hold" : "participant-unhold", "hold", participant);
        }

        if (restart)
        {
            participant.Hearing = Hearing.Nothing; // Begin the document again.
        }

        Refresh();
    }

    /// <summary>Coaching, beep, ending on exit or the wait document have changed.</summary>
    public void Modified(Participant participant)
    {
        participant.UpdatedAt = exchange.Now;
        Fire("participant-modify", "modify", participant);
        Refresh();
    }

    /// <summary>The wait document of a participant has been replaced.</summary>
    public void RestartWaiting(Participant participant)
    {
        if (participant.Hearing == Hearing.Waiting)
        {
            participant.Hearing = Hearing.Nothing;
        }

        Modified(participant);
    }

    public void AnnouncementEnded(Participant? participant, string url, string? failure)
    {
        if (!IsOver && participant?.IsIn != false)
        {
            Fire(
                failure is null ? "announcement-end" : "announcement-fail",
                "announcement",
                participant,
                ("AnnounceUrl", url),
                ("ReasonAnnouncementFailed", failure));
        }
    }

    /// <summary>
    /// While a leg with early media rings, plays its ringing to those to whom nothing else is played. Call it when such a leg has changed.
    /// </summary>
    public void PlayRingback()
    {
        var rings = Expected.Any(one => one.Key.Status == LegStatus.Ringing && one.Value.EarlyMedia);
        foreach (var participant in _participants)
        {
            if (rings && participant.Hearing != Hearing.Held && participant.Leg.Sound is null)
            {
                participant.Ringback = exchange.Playback.NewSound("ringback", null, null, loop: true);
                exchange.Playback.Play(participant.Leg, participant.Ringback);
            }
            else if (!rings && participant.Ringback is { } ringback)
            {
                participant.Ringback = null;
                if (participant.Leg.Sound == ringback)
                {
                    exchange.Playback.Play(participant.Leg, null);
                }
            }
        }
    }

    private bool Remove(Participant participant, string reason)
    {
        if (!_participants.Remove(participant))
        {
            return false;
        }

        exchange.Documents.Stop(participant);
        participant.Leg.Participant = null;
        if (participant.Leg.Sound is not null)
        {
            exchange.Playback.Play(participant.Leg, null);
        }

        var callStatus = participant.Leg.IsOver ? participant.Leg.StatusWord
            : reason == "participant_updated_via_api" ? "in-progress"
            : "completed";
        Fire(
            "participant-leave",
            "leave",
            participant,
            ("ParticipantCallStatus", callStatus),
            ("ReasonParticipantLeft", reason));
        participant.Left.TrySetResult(reason);
        exchange.Playback.NoteSilence(participant.Leg);
        return true;
    }

    private void BeepToOthers(Participant who)
    {
        foreach (var other in _participants.Where(other => other != who && other.Hearing == Hearing.People))
        {
            exchange.Playback.Beep(other.Leg);
        }
    }

    /// <summary>Decides again who hears what.</summary>
    private void Refresh()
    {
        UpdatedAt = exchange.Now;
        if (StartedAt is null && _participants.Count >= 2 && _participants.Exists(one => one.StartsConference))
        {
            StartedAt = exchange.Now;
            Fire("conference-start", "start", null);
            if (Terms!.Record)
            {
                Recording = exchange.Recordings.Start(
                    new RecordingRequest("Conference", 2, Terms.RecordingCallback),
                    _participants[0].Leg.Sid,
                    Sid,
                    $"conference {Ordinal}",
                    () => Tracks.Of(_participants.Where(one => one.Speaks && !one.Coaching).Select(one => one.Leg)));
            }
        }

        foreach (var participant in _participants.ToArray())
        {
            var hearing = participant.Hold ? Hearing.Held
                : StartedAt is null || _participants.Count < 2 ? Hearing.Waiting
                : Hearing.People;
            if (participant.Hearing != hearing)
            {
                participant.Hearing = hearing;
                exchange.Documents.Stop(participant);
                exchange.Playback.Play(participant.Leg, null);
                if (hearing == Hearing.Held)
                {
                    exchange.Documents.Play(participant, "hold", participant.HoldUrl, participant.HoldMethod);
                }
                else if (hearing == Hearing.Waiting)
                {
                    exchange.Documents.Play(participant, "wait", participant.WaitUrl, participant.WaitMethod);
                }
            }

            exchange.Playback.NoteSilence(participant.Leg);
        }

        PlayRingback();
    }

    /// <param name="subscription">The word of statusCallbackEvent that asks for it.</param>
    private void Fire(
        string happened, string subscription, Participant? participant, params ReadOnlySpan<(string Name, string? Value)> more)
    {
        Sequence++;
        exchange.Log.Write(
            "conference",
            participant is null
                ? $"{happened} {Name}"
                : $"{happened} {Name}: {(participant.Label is { } who ? who + " " : "")}{Numbers.Masked(participant.Leg.FarAddress)}",
            ("event", happened),
            ("conferenceSid", Sid),
            ("name", Name),
            ("callSid", participant?.Leg.Sid),
            ("who", participant is null ? null : Numbers.Masked(participant.Leg.FarAddress)),
            ("label", participant?.Label),
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
        if (participant is not null)
        {
            fields.Add(new("CallSid", participant.Leg.Sid));
            if (participant.Label is { } label)
            {
                fields.Add(new("ParticipantLabel", label));
            }

            fields.Add(new("Muted", participant.Muted.Word()));
            fields.Add(new("Hold", participant.Hold.Word()));
            fields.Add(new("Coaching", participant.Coaching.Word()));
            fields.Add(new("EndConferenceOnExit", participant.EndsConference.Word()));
            fields.Add(new("StartConferenceOnEnter", participant.StartsConference.Word()));
        }

        foreach (var (fieldName, value) in more)
        {
            if (value is not null)
            {
                fields.Add(new(fieldName, value));
            }
        }

        exchange.Webhooks.Send(new Webhooks.WebhookRequest
        {
            Purpose = "conference",
            Url = url,
            Method = Terms.StatusCallbackMethod,
            Fields = fields,
            CallSid = participant?.Leg.Sid,
            ConferenceSid = Sid,
            Event = happened,
            Source = participant is null ? $"conference {Ordinal}" : $"conference {Ordinal}, call {participant.Leg.Ordinal}",
        });
    }
}
