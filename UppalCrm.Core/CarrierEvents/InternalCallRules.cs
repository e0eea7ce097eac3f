namespace UppalCrm.Core.CarrierEvents;

/// <content>What the carrier's events do to a call between two agents: who leaves first ends it for both.</content>
internal static partial class CarrierEventRules
{
    private static bool ApplyInternal(Call call, ConferenceEvent report, DateTimeOffset at)
    {
        var changed = false;
        if (report.Happening == ConferenceEventKind.Ended)
        {
            if (call.ConferenceEndedAt is null)
            {
                (call.ConferenceEndedAt, call.EndingLeg) = (at, report.Leg);
                changed = true;
            }
        }
        else if (report.Leg is { } sid && call.FindLeg(sid) is { } leg)
        {
            if (report.Happening == ConferenceEventKind.Joined && leg.JoinedAt is null)
            {
                leg.JoinedAt = at;
                changed = true;
            }
            else if (report.Happening == ConferenceEventKind.Left && leg.LeftSequence is null)
            {
                leg.Leave(at);
                leg.LeftSequence = report.Sequence;
                changed = true;
            }

            changed |= ApplyFacts(leg, report, at);
        }

        return changed | call.SettleInternal();
    }
}
