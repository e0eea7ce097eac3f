namespace UppalCrm.Core.Calls;

/// <summary>Whose leg it is.</summary>
public enum LegRole
{
    Customer,
    Agent,
    Supervisor,
    OutsideParty,
}

/// <summary>One party's connection to a call. Muted and held follow the carrier's events, not the click.</summary>
public sealed class CallLeg
{
    public long Id { get; internal set; }
    public long CallId { get; internal set; }
    public LegRole Role { get; internal set; }
    public CallSid CallSid { get; internal set; }
    public int? AgentId { get; internal set; }

    /// <summary>An agent's: when it leaves, the conference goes on and the customer stays (<see cref="WhenAgentIsLost"/>).</summary>
    public bool KeepsCustomer { get; internal set; }

    /// <summary>When an agent's softphone asked to join, by our clock; null for every other leg.</summary>
    public DateTimeOffset? AskedAt { get; internal set; }

    public DateTimeOffset? JoinedAt { get; internal set; }
    public DateTimeOffset? LeftAt { get; internal set; }

    /// <summary>The carrier's order key of the leaving: its clock counts whole seconds, too coarse to tell who left first.</summary>
    public int? LeftSequence { get; internal set; }

    public bool Muted { get; internal set; }
    public bool Held { get; internal set; }
    public DateTimeOffset? HeldSince { get; internal set; }

    /// <summary>Heard by one agent only (<see cref="CoachedLeg"/>).</summary>
    public bool Coaching { get; internal set; }

    public CallSid? CoachedLeg { get; internal set; }

    /// <summary>SequenceNumber of the last conference event that set the facts above: an older one changes nothing.</summary>
    public int LastSequence { get; internal set; } = -1;

    /// <summary>
    /// Orders the legs of one agent, the newest last: by our clock, when each was asked for. Of when they joined, one may be known from
    /// the carrier's clock and another from ours, when its news was lost.
    /// </summary>
    internal (DateTimeOffset?, DateTimeOffset?, long) Order => (AskedAt, JoinedAt, Id);

    public bool IsIn => JoinedAt is not null && LeftAt is null;

    /// <summary>How a supervisor takes part with this leg.</summary>
    public SupervisorMode Mode => Coaching ? SupervisorMode.Whisper : Muted ? SupervisorMode.Listen : SupervisorMode.Barge;

    /// <summary>The supervisor takes part in this way; one who whispers has a leg to whisper to.</summary>
    internal void TakePart(SupervisorMode mode, CallSid? coached) =>
        (Muted, Coaching, CoachedLeg) = (mode == SupervisorMode.Listen, mode == SupervisorMode.Whisper, coached);

    /// <summary>The leg is out of the conference, and on hold no more.</summary>
    internal void Leave(DateTimeOffset? at) => (LeftAt, Held, HeldSince) = (at, false, null);

    internal CallLeg Copy() => (CallLeg)MemberwiseClone();
}
