namespace UppalCrm.Simulator.Calls;

/// <summary>The conferences: those that are live, by name, and those that have ended, by SID.</summary>
internal sealed class Conferences
{
    private const int EndedKept = 5_000;

    private readonly Exchange _exchange;
    private readonly Dictionary<Leg, Conference> _invited = [];
    private readonly Dictionary<string, Conference> _bySid = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Conference> _liveByName = new(StringComparer.Ordinal);
    private readonly Queue<Conference> _ended = new();
    private int _count;

    public Conferences(Exchange exchange)
    {
        _exchange = exchange;
        exchange.LegChanged += leg => _invited.GetValueOrDefault(leg)?.PlayRingback();
    }

    public IEnumerable<Conference> All => _bySid.Values;

    public Conference? Find(string sid) => _bySid.GetValueOrDefault(sid);

    /// <summary>The live conference of this name; a new one when there is none.</summary>
    public Conference Open(string name)
    {
        if (_liveByName.TryGetValue(name, out var live))
        {
            return live;
        }

        var conference = new Conference(_exchange, Sids.New("CF"), ++_count, name, _exchange.Now);
        _bySid[conference.Sid] = conference;
        _liveByName[name] = conference;
        return conference;
    }

    /// <summary>The conference has ended: its name is free again.</summary>
    public void Ended(Conference conference)
    {
        _liveByName.Remove(conference.Name);
        _ended.Enqueue(conference);
        while (_ended.Count > EndedKept)
        {
            _bySid.Remove(_ended.Dequeue().Sid);
        }
    }

    /// <summary>Calls an address and lets it into the conference when it answers.</summary>
    public Leg Invite(Conference conference, Entry entry, OutboundCall call)
    {
        var leg = _exchange.Create(call with { OnAnswer = leg => EnterAsync(conference, entry, leg) });
        conference.Expected[leg] = entry;
        _invited[leg] = conference;
        _ = leg.Over.Task.ContinueWith(
            _ => _exchange.Loop.Post(() => Forget(conference, leg)),
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
        return leg;
    }

    private async Task EnterAsync(Conference conference, Entry entry, Leg leg)
    {
        conference.Expected.Remove(leg);
        var (participant, code) = conference.IsOver ? (null, 16022) : conference.Join(leg, entry);
        if (participant is null)
        {
            _exchange.Log.Error(
                code, $"{Numbers.Masked(leg.FarAddress)} could not join {conference.Name}.", leg.Sid, conference.Sid);
            _exchange.End(leg, LegStatus.Completed, null, "could not join the conference");
            return;
        }

        _exchange.Changed(leg);
        await participant.Left.Task;

        // New TwiML goes on with the leg. Without it the leg has nothing left to do.
        if (leg.Run is null)
        {
            _exchange.End(leg, LegStatus.Completed, null, "left the conference");
        }
    }

    private void Forget(Conference conference, Leg leg)
    {
        _invited.Remove(leg);
        if (conference.Expected.Remove(leg) && conference is { IsOver: false, Participants.Count: 0, Expected.Count: 0 })
        {
            conference.End("last-participant-left", leg.Sid); // Nobody has joined, so no events are subscribed.
        }
    }
}
