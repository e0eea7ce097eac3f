namespace UppalCrm.Simulator.Calls;

/// <summary>Decides what a leg hears outside a conference: music, a document's sound, or the leg that Dial connected it to.</summary>
internal sealed class Playback(Exchange exchange)
{
    private int _soundCount;

    public Sound NewSound(string kind, string? url, string? text, bool loop) =>
        new($"s{++_soundCount}", kind, url, text, loop, exchange.Now);

    /// <summary>Plays a sound to a leg in place of the one before; null stops it.</summary>
    public void Play(Leg leg, Sound? sound)
    {
        leg.Sound = sound;
        NoteSilence(leg);
        exchange.Changed();
    }

    /// <summary>Plays a short sound over what the leg hears, unless another sound is being played to it.</summary>
    public void Beep(Leg leg)
    {
        if (leg.Sound is null)
        {
            var beep = NewSound("say", null, "(beep)", loop: false);
            Play(leg, beep);
            exchange.Loop.After(TimeSpan.FromMilliseconds(500), () =>
            {
                if (leg.Sound == beep)
                {
                    Play(leg, null);
                }
            });
        }
    }

    /// <summary>Keeps the moment since when a leg has heard nothing.</summary>
    public void NoteSilence(Leg leg)
    {
        var hears = leg.Sound is not null || leg.Partner is not null || leg.Participant?.Hearing == Hearing.People;
        leg.SilentSince = hears || leg.Status != LegStatus.InProgress ? null : leg.SilentSince ?? exchange.Now;
    }

    /// <summary>Connects two legs, as Dial does: each hears the other.</summary>
    public void Connect(Leg one, Leg other)
    {
        one.Partner = other;
        other.Partner = one;
        one.Sound = other.Sound = null;
        NoteSilence(one);
        NoteSilence(other);
        exchange.Changed(one);
        exchange.Changed(other);
        exchange.Changed();
    }

    /// <summary>Takes a leg from the one that Dial connected it to, if there is one.</summary>
    public void Disconnect(Leg leg)
    {
        if (leg.Partner is { } partner)
        {
            leg.Partner = null;
            partner.Partner = null;
            NoteSilence(partner);
        }
    }
}
