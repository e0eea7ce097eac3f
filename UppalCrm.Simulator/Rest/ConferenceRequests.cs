using System.Text.Json.Nodes;
using UppalCrm.Simulator.Calls;

namespace UppalCrm.Simulator.Rest;

/// <summary><c>/Conferences</c> and their <c>/Participants</c>.</summary>
internal sealed class ConferenceRequests(Exchange exchange, CallRequests calls)
{
    private static readonly IReadOnlySet<string> StartAndEnd = new HashSet<string>(StringComparer.Ordinal) { "start", "end" };

    public RestAnswer List(RestRequest request)
    {
        var conferences = exchange.Conferences.All.Where(one =>
            (request["FriendlyName"] is not { Length: > 0 } name || one.Name == name)
            && (request["Status"] is not { Length: > 0 } status || one.StatusWord == status)
            && request.Fits("DateCreated", one.CreatedAt)
            && request.Fits("DateUpdated", one.UpdatedAt)).OrderByDescending(one => one.Ordinal).ToList();
        return request.Page("conferences", conferences, one => one.Sid, Shape);
    }

    public RestAnswer Fetch(RestRequest request, string sid) => RestAnswer.Ok(Shape(Find(request, sid)));

    public RestAnswer Update(RestRequest request, string sid)
    {
        var conference = FindLive(request, sid);
        if (request["Status"] is { Length: > 0 } status)
        {
            if (status != "completed")
            {
                throw new RestException(400, 20001, "Status of a conference can only be set to completed");
            }

            var legs = conference.Participants.Select(one => one.Leg).ToArray();
            conference.End("conference-ended-via-api");
            EndIdle(legs);
        }

        if (request.Url("AnnounceUrl") is { } url)
        {
            var method = request.HttpMethod("AnnounceMethod");
            foreach (var participant in conference.Participants.ToArray())
            {
                exchange.Loop.Begin(
                    () => exchange.Documents.AnnounceAsync(participant, url, method, report: participant == conference.Participants[0]));
            }
        }

        return RestAnswer.Ok(Shape(conference));
    }

    public RestAnswer ListParticipants(RestRequest request, string sid)
    {
        var conference = Find(request, sid);
        var participants = conference.Participants.Where(one =>
            (request.Bool("Muted") is not { } muted || one.Muted == muted)
            && (request.Bool("Hold") is not { } hold || one.Hold == hold)
            && (request.Bool("Coaching") is not { } coaching || one.Coaching == coaching))
            .Reverse()
            .Select(one => (one.Leg.Sid, Shape: Shape(one)));
        var expected = request.Has("Muted") || request.Has("Hold") || request.Has("Coaching")
            ? []
            : conference.Expected.Select(one => (one.Key.Sid, Shape: Shape(conference, one.Key, one.Value)));
        return request.Page("participants", [.. expected, .. participants], one => one.Sid, one => one.Shape);
    }

    public RestAnswer AddParticipant(RestRequest request, string sidOrName)
    {
        var (from, to, parameters) = calls.Ends(request);
        if (Sids.Looks("CF", sidOrName))
        {
            var found = exchange.Conferences.Find(sidOrName) ?? throw RestException.NotFound(request.FullPath);
            if (found.IsOver)
            {
                throw new RestException(400, 16022, "The conference is completed");
            }

            sidOrName = found.Name;
        }

        var label = request["Label"];
        if (label is not null && (label.Length is 0 or > 128 || Sids.Looks("CA", label) || label.Contains('/', StringComparison.Ordinal)))
        {
            throw new RestException(400, 16024, "Label is not valid");
        }

        var conference = exchange.Conferences.Open(sidOrName);
        if (label is not null && conference.Find(label) is not null)
        {
            throw new RestException(409, 16026, "Label is in use in this conference");
        }

        var target = request["CallSidToCoach"];
        if (target is { Length: > 0 })
        {
            CheckCoached(conference, target);
        }

        var events = request.Words("ConferenceStatusCallbackEvent");
        var entry = new Entry
        {
            Label = label,
            Muted = request.Bool("Muted") ?? false,
            EarlyMedia = request.Bool("EarlyMedia") ?? true,
            Beep = request["Beep"] ?? "true",
            StartsConference = request.Bool("StartConferenceOnEnter") ?? true,
            EndsConference = request.Bool("EndConferenceOnExit") ?? false,
            WaitUrl = request.Url("WaitUrl", mayBeEmpty: true),
            WaitMethod = request.HttpMethod("WaitMethod"),
            Coaching = request.Bool("Coaching") ?? target is { Length: > 0 },
            CoachTarget = target is { Length: > 0 } ? target : null,
            Terms = new ConferenceTerms
            {
                StatusCallback = request.Url("ConferenceStatusCallback"),
                StatusCallbackMethod = request.HttpMethod("ConferenceStatusCallbackMethod"),
                StatusCallbackEvents = events.Count > 0 ? events : StartAndEnd,
                Record = request["ConferenceRecord"] is "true" or "record-from-start",
                RecordingCallback = CallRequests.RecordingCallbackOf(request, "Conference"),
                MostParticipants = request.Number("MaxParticipants", 2, 250) ?? 250,
                Region = request["Region"],
            },
        };
        var leg = exchange.Conferences.Invite(conference, entry, new OutboundCall
        {
            From = from,
            To = to,
            Parameters = parameters,
            Callback = calls.CallbackOf(request),
            RingFor = TimeSpan.FromSeconds((request.Number("Timeout", 5, 600, 21208) ?? 60) + 5),
            LongestCall = TimeSpan.FromSeconds(request.Number("TimeLimit", 1, 86400) ?? 14400),
            Record = request.Bool("Record") == true
                ? new RecordingRequest(
                    "OutboundAPI", request["RecordingChannels"] == "mono" ? 1 : 2, CallRequests.RecordingCallbackOf(request))
                : null,
            OnAnswer = _ => Task.CompletedTask,
        });
        return RestAnswer.Created(Shape(conference, leg, entry));
    }

    public RestAnswer FetchParticipant(RestRequest request, string sid, string who)
    {
        var conference = FindLive(request, sid);
        if (conference.Find(who) is { } participant)
        {
            return RestAnswer.Ok(Shape(participant));
        }

        var expected = conference.Expected.FirstOrDefault(one => one.Key.Sid == who || one.Value.Label == who);
        return expected.Key is { } leg
            ? RestAnswer.Ok(Shape(conference, leg, expected.Value))
            : throw RestException.NotFound(request.FullPath);
    }

    public RestAnswer UpdateParticipant(RestRequest request, string sid, string who)
    {
        var participant = FindParticipant(request, sid, who);
        var conference = participant.Conference;
        var target = request["CallSidToCoach"];
        if (target is { Length: > 0 } && target != participant.CoachTarget)
        {
            CheckCoached(conference, target);
        }

        var coaching = request.Bool("Coaching");
        if (coaching == true && target is not { Length: > 0 } && participant.CoachTarget is null)
        {
            throw new RestException(400, 16028, "CallSidToCoach is needed to coach");
        }

        var muted = request.Bool("Muted");
        var hold = request.Bool("Hold");
        var holdUrl = request.Url("HoldUrl", mayBeEmpty: true);
        var holdMethod = request.HttpMethod("HoldMethod", "GET");
        var ends = request.Bool("EndConferenceOnExit");
        var modified = false;

        // Twilio answers 200 and changes nothing while the participant is held (seen by users).
        if (ends is { } end && !participant.Hold && end != participant.EndsConference)
        {
            participant.EndsConference = end;
            modified = true;
        }

        if (request["BeepOnExit"] is { } beep)
        {
            participant.Beep = beep == "true" ? "onExit" : "false";
            modified = true;
        }

        if (coaching is not null || target is { Length: > 0 })
        {
            participant.Coaching = coaching ?? true;
            participant.CoachTarget = participant.Coaching ? target is { Length: > 0 } ? target : participant.CoachTarget : null;
            modified = true;
        }

        if (muted is { } mute)
        {
            conference.SetMuted(participant, mute);
        }

        if (hold is { } held)
        {
            conference.SetHold(participant, held, holdUrl ?? (held ? participant.HoldUrl : null), holdMethod);
        }

        if (request.Url("WaitUrl", mayBeEmpty: true) is { } waitUrl)
        {
            participant.WaitUrl = waitUrl;
            participant.WaitMethod = request.HttpMethod("WaitMethod");
            conference.RestartWaiting(participant);
        }
        else if (modified)
        {
            conference.Modified(participant);
        }

        if (request.Url("AnnounceUrl") is { } announce)
        {
            var method = request.HttpMethod("AnnounceMethod");
            exchange.Loop.Begin(() => exchange.Documents.AnnounceAsync(participant, announce, method, report: true));
        }

        return RestAnswer.Ok(Shape(participant));
    }

    public RestAnswer RemoveParticipant(RestRequest request, string sid, string who)
    {
        var conference = FindLive(request, sid);
        if (conference.Find(who) is { } participant)
        {
            conference.Leave(participant, "participant_updated_via_api", kicked: true);
            EndIdle([participant.Leg]);
            return RestAnswer.Deleted;
        }

        var expected = conference.Expected.FirstOrDefault(one => one.Key.Sid == who || one.Value.Label == who).Key
            ?? throw RestException.NotFound(request.FullPath);
        exchange.End(expected, LegStatus.Canceled, 487, "removed by REST");
        return RestAnswer.Deleted;
    }

    public Conference Find(RestRequest request, string sid) =>
        exchange.Conferences.Find(sid) ?? throw RestException.NotFound(request.FullPath);

    public Participant FindParticipant(RestRequest request, string sid, string who) =>
        FindLive(request, sid).Find(who) ?? throw RestException.NotFound(request.FullPath);

    private Conference FindLive(RestRequest request, string sid) =>
        Find(request, sid) is { IsOver: false } live ? live : throw RestException.NotFound(request.FullPath);

    private static void CheckCoached(Conference conference, string target)
    {
        var coached = conference.Participants.FirstOrDefault(one => one.Leg.Sid == target)
            ?? throw new RestException(400, 16028, "The participant to coach is not in the conference");
        if (coached.Hold)
        {
            throw new RestException(400, 16027, "The participant to coach is on hold");
        }
    }

    /// <summary>A leg that was called into the room by REST has nothing to go on with.</summary>
    private void EndIdle(IReadOnlyList<Leg> legs)
    {
        foreach (var leg in legs.Where(leg => leg.Run is null))
        {
            exchange.End(leg, LegStatus.Completed, null, "removed by REST");
        }
    }

    private JsonObject Shape(Conference conference)
    {
        var uri = $"/2010-04-01/Accounts/{exchange.Account.Sid}/Conferences/{conference.Sid}";
        return new JsonObject
        {
            ["account_sid"] = exchange.Account.Sid,
            ["date_created"] = conference.CreatedAt.Rfc2822(),
            ["date_updated"] = conference.UpdatedAt.Rfc2822(),
            ["api_version"] = "2010-04-01",
            ["friendly_name"] = conference.Name,
            ["region"] = conference.Terms?.Region ?? "us1",
            ["sid"] = conference.Sid,
            ["status"] = conference.StatusWord,
            ["uri"] = uri + ".json",
            ["subresource_uris"] = new JsonObject
            {
                ["participants"] = uri + "/Participants.json",
                ["recordings"] = uri + "/Recordings.json",
            },
            ["reason_conference_ended"] = conference.EndReason,
            ["call_sid_ending_conference"] = conference.CallSidEnding,
        };
    }

    private JsonObject Shape(Participant participant)
    {
        var shape = Shape(participant.Conference, participant.Leg, "connected", participant.JoinedAt, participant.UpdatedAt);
        shape["label"] = participant.Label;
        shape["call_sid_to_coach"] = participant.CoachTarget;
        shape["coaching"] = participant.Coaching;
        shape["end_conference_on_exit"] = participant.EndsConference;
        shape["muted"] = participant.Muted;
        shape["hold"] = participant.Hold;
        shape["start_conference_on_enter"] = participant.StartsConference;
        return shape;
    }

    /// <summary>A participant that REST has called and that has not answered yet.</summary>
    private JsonObject Shape(Conference conference, Leg leg, Entry entry)
    {
        var status = leg.Status switch
        {
            LegStatus.Queued => "queued",
            LegStatus.Initiated => "connecting",
            LegStatus.Ringing => "ringing",
            LegStatus.InProgress => "connected",
            LegStatus.Completed => "complete",
            _ => "failed",
        };
        var shape = Shape(conference, leg, status, leg.CreatedAt, leg.UpdatedAt);
        shape["label"] = entry.Label;
        shape["call_sid_to_coach"] = entry.CoachTarget;
        shape["coaching"] = entry.Coaching;
        shape["end_conference_on_exit"] = entry.EndsConference;
        shape["muted"] = entry.Muted;
        shape["hold"] = false;
        shape["start_conference_on_enter"] = entry.StartsConference;
        return shape;
    }

    private JsonObject Shape(Conference conference, Leg leg, string status, DateTimeOffset createdAt, DateTimeOffset updatedAt) => new()
    {
        ["account_sid"] = exchange.Account.Sid,
        ["call_sid"] = leg.Sid,
        ["conference_sid"] = conference.Sid,
        ["date_created"] = createdAt.Rfc2822(),
        ["date_updated"] = updatedAt.Rfc2822(),
        ["status"] = status,
        ["queue_time"] = ((long)leg.QueuedFor.TotalMilliseconds).ToString(),
        ["uri"] = $"/2010-04-01/Accounts/{exchange.Account.Sid}/Conferences/{conference.Sid}/Participants/{leg.Sid}.json",
    };
}
