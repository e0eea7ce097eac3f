using System.Text.Json.Nodes;
using UppalCrm.Simulator.Calls;

namespace UppalCrm.Simulator.Rest;

/// <summary><c>/Recordings</c>, also below a call and below a conference.</summary>
internal sealed class RecordingRequests(Exchange exchange, CallRequests calls, ConferenceRequests conferences)
{
    public RestAnswer List(RestRequest request) => List(request, one =>
        (request["CallSid"] is not { Length: > 0 } call || one.CallSid == call)
        && (request["ConferenceSid"] is not { Length: > 0 } conference || one.ConferenceSid == conference)
        && (one.Status != "deleted" || request.Bool("IncludeSoftDeleted") == true));

    public RestAnswer ListOfCall(RestRequest request, string sid)
    {
        calls.Find(request, sid);
        return List(request, one => one.CallSid == sid && one.ConferenceSid is null && one.Status != "deleted");
    }

    public RestAnswer ListOfConference(RestRequest request, string sid)
    {
        conferences.Find(request, sid);
        return List(request, one => one.ConferenceSid == sid && one.Status != "deleted");
    }

    public RestAnswer Fetch(RestRequest request, string sid)
    {
        var recording = Find(request, sid);
        return recording.Status == "deleted" && request.Bool("IncludeSoftDeleted") != true
            ? throw RestException.NotFound(request.FullPath)
            : RestAnswer.Ok(Shape(recording));
    }

    public RestAnswer Delete(RestRequest request, string sid)
    {
        var recording = Find(request, sid);
        switch (recording.Status)
        {
            case "deleted":
                throw RestException.NotFound(request.FullPath);
            case "completed" or "absent":
                exchange.Recordings.Delete(recording);
                return RestAnswer.Deleted;
            default:
                throw new RestException(409, 20009, "Cannot delete this resource before it is complete");
        }
    }

    public RestAnswer StartOfCall(RestRequest request, string sid)
    {
        var leg = calls.Find(request, sid);
        if (leg.Status != LegStatus.InProgress)
        {
            throw new RestException(400, 21220, "Requested resource is not eligible for recording: the call is not in progress");
        }

        var recording = exchange.Recordings.Start(
            new RecordingRequest(
                "StartCallRecordingAPI", request["RecordingChannels"] == "dual" ? 2 : 1, CallRequests.RecordingCallbackOf(request)),
            sid,
            null,
            $"call {leg.Ordinal}",
            () => Recordings.TracksOf(leg));
        return RestAnswer.Created(Shape(recording));
    }

    /// <param name="ofConference">A conference's recording can be paused and resumed, not stopped.</param>
    public RestAnswer Control(RestRequest request, bool ofConference, string owner, string sid)
    {
        var recording = FindOf(request, ofConference, owner, sid);
        if (!recording.IsLive)
        {
            throw new RestException(400, 21220, "Requested resource is not eligible for recording: it has ended");
        }

        switch (request["Status"])
        {
            case "paused":
                exchange.Recordings.Pause(recording, skip: request["PauseBehavior"] == "skip");
                break;
            case "in-progress":
                exchange.Recordings.Resume(recording);
                break;
            case "stopped" when !ofConference:
                exchange.Recordings.End(recording);
                break;
            default:
                throw new RestException(
                    400, 20001, ofConference ? "Status must be in-progress or paused" : "Status must be in-progress, paused or stopped");
        }

        return RestAnswer.Ok(Shape(recording));
    }

    public RestAnswer FetchOf(RestRequest request, bool ofConference, string owner, string sid) =>
        RestAnswer.Ok(Shape(FindOf(request, ofConference, owner, sid)));

    public RestAnswer DeleteOf(RestRequest request, bool ofConference, string owner, string sid) =>
        Delete(request, FindOf(request, ofConference, owner, sid).Sid);

    private Recording FindOf(RestRequest request, bool ofConference, string owner, string sid)
    {
        bool Belongs(Recording one) => ofConference ? one.ConferenceSid == owner : one.CallSid == owner && one.ConferenceSid is null;
        if (sid != "Twilio.CURRENT")
        {
            return exchange.Recordings.Find(sid) is { } named && Belongs(named) ? named : throw RestException.NotFound(request.FullPath);
        }

        var live = exchange.Recordings.Live.Where(Belongs).Take(2).ToList();
        return live.Count switch
        {
            0 => throw RestException.NotFound(request.FullPath),
            1 => live[0],
            _ => throw new RestException(400, 16108, "Twilio.CURRENT is ambiguous: there are several recordings in progress"),
        };
    }

    private Recording Find(RestRequest request, string sid) =>
        exchange.Recordings.Find(sid) ?? throw RestException.NotFound(request.FullPath);

    private RestAnswer List(RestRequest request, Func<Recording, bool> fits) => request.Page(
        "recordings",
        [
            .. exchange.Recordings.All.Where(one => fits(one) && request.Fits("DateCreated", one.StartedAt))
                .OrderByDescending(one => one.StartedAt),
        ],
        one => one.Sid,
        Shape);

    private JsonObject Shape(Recording recording)
    {
        var uri = $"/2010-04-01/Accounts/{exchange.Account.Sid}/Recordings/{recording.Sid}";
        var shape = new JsonObject
        {
            ["account_sid"] = exchange.Account.Sid,
            ["api_version"] = "2010-04-01",
            ["call_sid"] = recording.CallSid,
            ["conference_sid"] = recording.ConferenceSid,
            ["date_created"] = recording.StartedAt.Rfc2822(),
            ["date_updated"] = recording.UpdatedAt.Rfc2822(),
            ["start_time"] = recording.StartedAt.Rfc2822(),
            ["duration"] = recording.Duration?.WholeSeconds().ToString(),
            ["sid"] = recording.Sid,
            ["price"] = null,
            ["price_unit"] = "USD",
            ["status"] = recording.Status,
            ["channels"] = recording.Request.Channels,
            ["source"] = recording.Request.Source,
            ["error_code"] = recording.Status == "absent" ? 16101 : null,
            ["uri"] = uri + ".json",
            ["encryption_details"] = null,
            ["subresource_uris"] = new JsonObject
            {
                ["add_on_results"] = uri + "/AddOnResults.json",
                ["transcriptions"] = uri + "/Transcriptions.json",
            },
            ["media_url"] = exchange.Recordings.UrlOf(recording),
        };
        if (recording.ConferenceSid is null)
        {
            shape["track"] = "both";
        }

        return shape;
    }
}
