namespace UppalCrm.Core.Calls;

/// <summary>One thing that follows from a change of a call.</summary>
internal abstract record CallEffect
{
    private CallEffect()
    {
    }

    /// <summary>Dial the customer, once: by the change that made the call <see cref="CallStatus.Dialing"/>.</summary>
    public sealed record DialCustomer : CallEffect;

    /// <summary>Dial the outside number of a transfer, once: by the change that began it.</summary>
    public sealed record DialOutside(long TransferId) : CallEffect;

    /// <summary>End a leg that is in no conference: one that rings, or that came too late.</summary>
    public sealed record EndLeg(CallSid Leg) : CallEffect;

    public sealed record EndConference : CallEffect;

    /// <summary>Nobody answered: the caller is told, or may leave a message.</summary>
    public sealed record SayGoodbye(CallSid Customer) : CallEffect;

    /// <summary>Take a leg out of a conference where it has no business.</summary>
    public sealed record RemoveLeg(CallSid Leg) : CallEffect;

    /// <summary>The conference shall go on, or not, when this leg leaves it.</summary>
    /// <param name="AfterHold">The carrier ignores this for a leg on hold: it is taken off hold first.</param>
    public sealed record SetEndOnExit(CallSid Leg, bool Ends, bool AfterHold = false) : CallEffect;

    /// <summary>A party hears music, or the others again.</summary>
    /// <param name="Spoken">For a customer: they are told first that we come back to them.</param>
    public sealed record Hold(CallSid Leg, bool IsHeld, bool Spoken = false) : CallEffect;

    /// <summary>A party is heard again.</summary>
    public sealed record Unmute(CallSid Leg) : CallEffect;

    /// <summary>
    /// An agent who left and came back has another leg: a supervisor who whispered to the old one is heard by nobody until pointed to the
    /// new one.
    /// </summary>
    public sealed record PointWhisper(CallSid Supervisor) : CallEffect;

    /// <summary>
    /// The carrier's name of the conference, of the customer's leg or of an outside number's is known now: events that came before it can
    /// be applied.
    /// </summary>
    public sealed record ApplyUnmatchedEvents : CallEffect;

    /// <summary>The agent is out of a call, and has the one in hand again that was put aside for it.</summary>
    public sealed record TakeUpParked(long CallId) : CallEffect;

    public sealed record Audit(AuditAction Action, int? AgentId) : CallEffect;
}
