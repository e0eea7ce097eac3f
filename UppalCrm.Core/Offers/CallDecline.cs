namespace UppalCrm.Core.Offers;

/// <summary>An agent does not want this call; the others still do.</summary>
public sealed class CallDecline
{
    public long CallId { get; set; }
    public int AgentId { get; set; }

    /// <summary>A caller whom everybody declined is offered again a while after the last of them.</summary>
    public DateTimeOffset DeclinedAt { get; set; }
}
