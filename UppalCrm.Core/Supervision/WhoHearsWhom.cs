namespace UppalCrm.Core.Supervision;

/// <summary>One party of a call, as far as hearing goes.</summary>
/// <param name="Coached">For a party who coaches: the one leg that hears them.</param>
public sealed record HearingParty(CallSid Leg, LegRole Role, string Name, bool Muted, bool Held, bool Coaching, CallSid? Coached);

/// <summary>Whether one party hears another, and if not, why not.</summary>
public enum Hearing
{
    Hears,

    /// <summary>A party and themselves.</summary>
    Self,

    /// <summary>The speaker's leg is muted.</summary>
    SpeakerMuted,

    /// <summary>The speaker is on hold and heard by nobody.</summary>
    SpeakerHeld,

    /// <summary>The listener is on hold and hears music.</summary>
    ListenerHeld,

    /// <summary>The speaker whispers to somebody else.</summary>
    Whispered,
}

/// <summary>
/// Who hears whom in a conference, worked out from what the carrier said of each leg. The carrier's rules: a held party hears only
/// music and is heard by nobody; a muted party hears all; a coaching party hears all and is heard by the coached leg alone.
/// </summary>
/// <remarks>Twilio documentation, "Participant resource": <c>Muted</c>, <c>Hold</c>, <c>Coaching</c>, <c>CallSidToCoach</c>.</remarks>
public static class WhoHearsWhom
{
    public static Hearing Between(HearingParty listener, HearingParty speaker) => (listener, speaker) switch
    {
        _ when listener.Leg == speaker.Leg => Hearing.Self,
        _ when listener.Held => Hearing.ListenerHeld,
        _ when speaker.Held => Hearing.SpeakerHeld,
        _ when speaker.Muted => Hearing.SpeakerMuted,
        _ when speaker.Coaching && speaker.Coached != listener.Leg => Hearing.Whispered,
        _ => Hearing.Hears,
    };

    /// <summary>One cell in words, for the grid and for those who cannot see it.</summary>
    public static string InWords(Hearing hearing, string listener, string speaker) => hearing switch
    {
        Hearing.Hears => $"{listener} hears {speaker}.",
        Hearing.Self => "",
        Hearing.SpeakerMuted => $"{listener} does not hear {speaker}: {speaker} is muted.",
        Hearing.SpeakerHeld => $"{listener} does not hear {speaker}: {speaker} is on hold.",
        Hearing.ListenerHeld => $"{listener} is on hold and hears music, not {speaker}.",
        Hearing.Whispered => $"{listener} does not hear {speaker}, who whispers to somebody else.",
        _ => throw new ArgumentOutOfRangeException(nameof(hearing), hearing, "There is no such answer."),
    };
}
