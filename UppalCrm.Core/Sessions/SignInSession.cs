namespace UppalCrm.Core.Sessions;

/// <summary>
/// One sign-in of a person in one browser. Cookie, circuit, hub connection and phone ask this row whether they may go on.
/// </summary>
public sealed class SignInSession
{
    public long Id { get; set; }

    public int AgentId { get; set; }

    /// <summary>What the cookie carries, hashed: a reader of the table cannot make a cookie of it.</summary>
    public required string KeyHash { get; set; }

    /// <summary>
    /// The person's security stamp at sign-in. Another one since then (password, second factor, roles) ends the session.
    /// </summary>
    public required string Stamp { get; set; }

    /// <summary>Browser and system in words, e.g. "Firefox on Windows".</summary>
    public required string Device { get; set; }

    /// <summary>The network address it began from.</summary>
    public required string Address { get; set; }

    public DateTimeOffset StartedAt { get; set; }

    /// <summary>To the minute.</summary>
    public DateTimeOffset LastSeenAt { get; set; }

    /// <summary>When the person last proved who they are, by password or second factor.</summary>
    public DateTimeOffset ProvenAt { get; set; }

    /// <summary>The role demands a second factor, and the person has none yet: until it is set up, no other page opens.</summary>
    public bool MustSetUpSecondFactor { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>Why, in a few words; null while it goes on.</summary>
    public string? EndReason { get; set; }
}
