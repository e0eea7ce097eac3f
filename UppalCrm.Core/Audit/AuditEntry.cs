namespace UppalCrm.Core.Audit;

/// <summary>Who did what that others may ask about later. Append-only; each row's hash covers the one before it.</summary>
public sealed class AuditEntry
{
    public long Id { get; set; }
    public DateTimeOffset At { get; set; }

    /// <summary>The person, when it was one who is signed in.</summary>
    public int? AgentId { get; set; }

    public required AuditAction Action { get; set; }

    public long? CallId { get; set; }
    public string? Detail { get; set; }

    /// <summary>SHA-256 in hexadecimal over the previous row's hash and this row's content.</summary>
    public required string Hash { get; set; }
}
