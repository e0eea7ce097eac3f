using System.ComponentModel.DataAnnotations;

namespace UppalCrm.Core.Calls;

public enum WhenUnanswered
{
    /// <summary>A short apology, then hang up.</summary>
    HangUp,

    /// <summary>A greeting, then a message is recorded.</summary>
    Voicemail,
}

public enum WhenAgentIsLost
{
    /// <summary>The agent's leg ends the conference by leaving it, however it came to leave.</summary>
    EndCall,

    /// <summary>The customer stays, with music, until the agent is back or another one takes the call.</summary>
    KeepCustomer,
}

/// <summary>The rules of the floor. Section <c>Calls</c> of the configuration.</summary>
public sealed class CallOptions
{
    public const string Section = "Calls";

    /// <summary>How long an inbound call is offered before it ends unanswered.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "01:00:00", ErrorMessage = "Calls:OfferTimeout must lie between 5 seconds and 1 hour.")]
    public TimeSpan OfferTimeout { get; set; } = TimeSpan.FromSeconds(60);

    public WhenUnanswered WhenUnanswered { get; set; } = WhenUnanswered.HangUp;

    /// <summary>
    /// What becomes of a call whose agent's leg goes without the agent having ended the call: a reload, a crash, a lost network.
    /// </summary>
    public WhenAgentIsLost WhenAgentIsLost { get; set; } = WhenAgentIsLost.EndCall;

    /// <summary>How long an agent who accepted has for the leg to join the conference.</summary>
    [Range(typeof(TimeSpan), "00:00:02", "00:02:00", ErrorMessage = "Calls:ClaimLease must lie between 2 seconds and 2 minutes.")]
    public TimeSpan ClaimLease { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an agent who took a call and gave it back is not offered it, and cannot take it.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00", ErrorMessage = "Calls:RestAfterGivingBack must lie between 0 and 5 minutes.")]
    public TimeSpan RestAfterGivingBack { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a colleague has to take a call that is handed to them.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "00:05:00", ErrorMessage = "Calls:TransferTimeout must lie between 5 seconds and 5 minutes.")]
    public TimeSpan TransferTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long an outside number rings to which a call is transferred.</summary>
    [Range(
        typeof(TimeSpan), "00:00:05", "00:05:00", ErrorMessage = "Calls:OutsideRingTimeout must lie between 5 seconds and 5 minutes.")]
    public TimeSpan OutsideRingTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Outbound: how long the agent's own leg has to join before the call fails.</summary>
    [Range(typeof(TimeSpan), "00:00:02", "00:02:00", ErrorMessage = "Calls:AgentJoinTimeout must lie between 2 seconds and 2 minutes.")]
    public TimeSpan AgentJoinTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Outbound: how long the customer's phone rings.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "00:10:00", ErrorMessage = "Calls:RingTimeout must lie between 5 seconds and 10 minutes.")]
    public TimeSpan RingTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>After a call: time for notes before the next offer. Zero for none.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00", ErrorMessage = "Calls:WrapUp must lie between 0 and 1 hour.")]
    public TimeSpan WrapUp { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>An agent not heard of for this long is unreachable and is offered nothing.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "00:10:00", ErrorMessage = "Calls:UnreachableAfter must lie between 10 seconds and 10 minutes.")]
    public TimeSpan UnreachableAfter { get; set; } = TimeSpan.FromSeconds(35);

    /// <summary>How often open calls are compared with the carrier's.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "01:00:00", ErrorMessage = "Calls:ReconcileEvery must lie between 5 seconds and 1 hour.")]
    public TimeSpan ReconcileEvery { get; set; } = TimeSpan.FromSeconds(30);
}
