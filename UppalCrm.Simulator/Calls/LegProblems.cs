namespace UppalCrm.Simulator.Calls;

/// <summary>What is wrong with live legs, in words for a person.</summary>
internal static class LegProblems
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Legs without a document or conference, and legs that have heard nothing for more than 5 s.</summary>
    public static IEnumerable<string> Find(IEnumerable<Leg> legs, DateTimeOffset now)
    {
        foreach (var leg in legs)
        {
            if (leg.Status != LegStatus.InProgress)
            {
                continue;
            }

            if (leg is { Run: null, Participant: null, Partner: null } && leg.ParentSid is null && now - leg.UpdatedAt > Patience)
            {
                yield return $"orphan: {leg.Sid} of {Numbers.Masked(leg.FarAddress)} is alive but in no document";
            }

            if (leg.SilentSince is { } since && now - since > Patience)
            {
                var seconds = (now - since).TotalSeconds;
                yield return $"silent: {leg.Sid} of {Numbers.Masked(leg.FarAddress)} has heard nothing for {seconds:0} s";
            }
        }
    }
}
