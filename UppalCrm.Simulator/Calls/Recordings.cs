using UppalCrm.Simulator.Webhooks;

namespace UppalCrm.Simulator.Calls;

/// <summary>The recordings: starts, pauses and ends them, finishes their files and sends their callbacks.</summary>
internal sealed class Recordings(Exchange exchange, string folder) : IDisposable
{
    private static readonly TimeSpan PatienceForSound = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, Recording> _bySid = new(StringComparer.Ordinal);
    private readonly HashSet<Recording> _live = [];

    public IEnumerable<Recording> All => _bySid.Values;

    public IEnumerable<Recording> Live => _live;

    public Recording? Find(string sid) => _bySid.GetValueOrDefault(sid);

    /// <summary>The address of a recording, without an extension, as Twilio gives it.</summary>
    public string UrlOf(Recording recording) =>
        $"{exchange.Address.GetLeftPart(UriPartial.Authority)}/2010-04-01/Accounts/{exchange.Account.Sid}/Recordings/{recording.Sid}";

    /// <summary>The tracks of one leg's recording: the leg, and what it hears.</summary>
    public static Tracks TracksOf(Leg leg)
    {
        var heard = leg.Partner is { } partner ? [partner] : leg.Participant?.Heard.Select(one => one.Leg) ?? [];
        return leg.IsClient ? new Tracks([leg], [.. heard]) : new Tracks([.. heard], [leg]);
    }

    public Recording Start(RecordingRequest request, string callSid, string? conferenceSid, string sourceName, Func<Tracks> tracks)
    {
        var sid = Sids.New("RE");
        var recording = new Recording
        {
            Sid = sid,
            ConferenceSid = conferenceSid,
            CallSid = callSid,
            Request = request,
            StartedAt = exchange.Now,
            UpdatedAt = exchange.Now,
            File = new RecordingFile(Path.Combine(folder, sid + ".wav"), request.Channels),
            Tracks = tracks,
            SourceName = sourceName,
        };
        _bySid[sid] = recording;
        _live.Add(recording);
        Log(recording, $"begins: {request.Source}");
        Send(recording, "in-progress");
        exchange.Changed();
        return recording;
    }

    public void End(Recording recording)
    {
        if (_live.Remove(recording))
        {
            recording.End(exchange.Now);
            recording.UpdatedAt = exchange.Now;
            exchange.Changed();
            exchange.Loop.Begin(() => FinishAsync(recording));
        }
    }

    /// <summary>Ends the recordings of a leg, not those of its conference.</summary>
    public void EndThoseOf(Leg leg)
    {
        foreach (var recording in _live.Where(one => one.ConferenceSid is null && one.CallSid == leg.Sid).ToArray())
        {
            End(recording);
        }
    }

    public void Pause(Recording recording, bool skip)
    {
        if (recording.Status == "in-progress")
        {
            recording.Pause(exchange.Now, skip);
            recording.UpdatedAt = exchange.Now;
            Log(recording, "paused");
            exchange.Changed();
        }
    }

    public void Resume(Recording recording)
    {
        if (recording.IsPaused)
        {
            recording.Resume(exchange.Now);
            recording.UpdatedAt = exchange.Now;
            Log(recording, "goes on");
            exchange.Changed();
        }
    }

    public void Delete(Recording recording)
    {
        recording.Status = "deleted";
        recording.UpdatedAt = exchange.Now;
        recording.File.Dispose();
        File.Delete(recording.File.Path);
    }

    public void Dispose()
    {
        foreach (var recording in _bySid.Values)
        {
            recording.File.Dispose();
        }
    }

    private async Task FinishAsync(Recording recording)
    {
        if (recording.HasSound)
        {
            await Task.WhenAny(recording.Flushed.Task, Task.Delay(PatienceForSound, exchange.Loop.Time));
        }

        if (recording.Status != "processing")
        {
            return; // It was deleted in the meantime.
        }

        var duration = recording.Duration!.Value;
        await Task.Run(() => recording.File.Finish(duration));
        var absent = exchange.Faults.RecordingsAbsent || duration < TimeSpan.FromMilliseconds(100);
        recording.Status = absent ? "absent" : "completed";
        recording.UpdatedAt = exchange.Now;
        Log(recording, $"{recording.Status}, {duration.TotalSeconds:0.0} s");
        recording.Finished.TrySetResult();
        Send(recording, recording.Status);
    }

    private void Log(Recording recording, string what) => exchange.Log.Write(
        "recording",
        what,
        ("recordingSid", recording.Sid),
        ("callSid", recording.CallSid),
        ("conferenceSid", recording.ConferenceSid),
        ("status", recording.Status));

    private void Send(Recording recording, string status)
    {
        if (recording.Request.Callback is not { } callback || !callback.Events.Contains(status))
        {
            return;
        }

        var fields = new List<KeyValuePair<string, string>>
        {
            new("AccountSid", exchange.Account.Sid),
            new("RecordingSid", recording.Sid),
            new("RecordingUrl", UrlOf(recording)),
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

        if (recording.ConferenceSid is null || exchange.Faults.RecordingCallSid)
        {
            fields.Add(new("CallSid", recording.CallSid));
        }

        exchange.Webhooks.Send(new WebhookRequest
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
}
