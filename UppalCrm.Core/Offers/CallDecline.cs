namespace UppalCrm.Core.Offers;

/// <summary>An agent does not want this call; the others still do.</summary>
public sealed class CallDecline
{
    public long CallId { get; set; }
    public int AgentId { get; set; }

    /// <summary>A caller whom everybody declined is offered again a while after the last of them.</summary>
    public DateTimeOffset DeclinedAt { get; set; }

    /// <summary>
    /// The agent took the call and gave it back, and is not offered it until then: nobody keeps a caller from the others by taking the
    /// call
    /// again and again. Null when the agent declined.
    /// </summary>
    public DateTimeOffset? Until { get; set; }

    /// <summary>Those that hold at this moment.</summary>
    internal static System.Linq.Expressions.Expression<Func<CallDecline, bool>> Holds(DateTimeOffset now) =>
        d => d.Until == null || d.Until > now;
}
