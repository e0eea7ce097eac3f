using UppalCrm.Simulator.Calls;

namespace UppalCrm.Simulator.Phones;

/// <summary>The messages that the phone-network page receives about legs and their sound (docs/phone-protocol.md).</summary>
internal static class PageMessages
{
    /// <summary>A phone of the page, with the state of its call.</summary>
    public static PhoneState PhoneOf(Leg leg) => new()
    {
        Leg = leg.Sid,
        State = leg switch
        {
            { IsOver: true } => "ended",
            { Status: LegStatus.InProgress, Participant: not null } => "in-conference",
            { Status: LegStatus.InProgress } => "in-call",
            { IsInbound: true } => "calling",
            _ => "ringing",
        },
        Direction = leg.IsInbound ? "inbound" : "outbound",
        Own = leg.FarAddress,
        Other = leg.IsInbound ? leg.To : leg.From,
        Since = (leg.EndedAt ?? leg.AnsweredAt ?? leg.CreatedAt).ToUnixTimeMilliseconds(),
        Reason = leg.IsOver ? leg.Reason : null,
    };

    /// <summary>Who hears whom, what is played and what is recorded: all that the page needs to give sound to the network.</summary>
    /// <param name="isReady">The page can record sound.</param>
    public static object MixOf(Exchange exchange, int version, bool isReady)
    {
        var sounding = exchange.Legs.Where(leg => leg is { IsOver: false, Far.HasSound: true }).ToList();
        foreach (var recording in exchange.Recordings.Live)
        {
            var tracks = recording.Tracks();
            recording.HasSound |= isReady && tracks.Left.Concat(tracks.Right).Any(leg => leg.Far.HasSound);
        }

        return new
        {
            type = "mix",
            version = version,
            legs = sounding.Select(leg => new
            {
                leg = leg.Sid,
                kind = leg.IsClient ? "client" : "phone",
                label = leg.FarAddress,
                hears = HeardBy(leg).Where(other => other.Far.HasSound).Select(other => other.Sid),
                play = PlayOf(leg),
            }),
            recordings = exchange.Recordings.Live.Where(recording => recording.HasSound).Select(recording =>
            {
                var tracks = recording.Tracks();
                return new
                {
                    sid = recording.Sid,
                    conferenceSid = recording.ConferenceSid,
                    left = tracks.Left.Where(leg => leg.Far.HasSound).Select(leg => leg.Sid),
                    right = tracks.Right.Where(leg => leg.Far.HasSound).Select(leg => leg.Sid),
                    paused = recording.IsPaused,
                };
            }),
            conferences = exchange.Conferences.All.Where(conference => !conference.IsOver).Select(conference => new
            {
                sid = conference.Sid,
                name = conference.Name,
                state = conference.StartedAt is null ? "waiting" : "started",
                participants = conference.Participants.Select(one => new
                {
                    leg = one.Leg.Sid,
                    label = one.Label ?? one.Leg.FarAddress,
                    muted = one.Muted,
                    hold = one.Hold,
                    coaching = one.Coaching,
                    coachTarget = one.CoachTarget,
                }),
            }),
        };
    }

    private static IEnumerable<Leg> HeardBy(Leg leg) =>
        leg.Partner is { } partner ? [partner] : leg.Participant?.Heard.Select(one => one.Leg) ?? [];

    private static Played? PlayOf(Leg leg) => leg switch
    {
        { Sound: { } sound } => new Played(
            sound.Id, sound.Kind, sound.Url, sound.Text, sound.Loop, sound.StartedAt.ToUnixTimeMilliseconds()),
        { IsInbound: true, IsClient: false, Status: LegStatus.Ringing } => new Played(
            "r" + leg.Sid, "ringback", null, null, Loop: true, leg.CreatedAt.ToUnixTimeMilliseconds()),
        _ => null,
    };

    /// <summary>What a leg hears besides people, as the page receives it.</summary>
    private sealed record Played(string Id, string Kind, string? Url, string? Text, bool Loop, long StartedAt);

    /// <summary>A phone of the page, as the page receives it.</summary>
    internal sealed record PhoneState
    {
        public string Type => "phone";

        public required string Leg { get; init; }

        public required string State { get; init; }

        public required string Direction { get; init; }

        public required string Own { get; init; }

        public required string Other { get; init; }

        public required long Since { get; init; }

        public string? Reason { get; init; }
    }
}
