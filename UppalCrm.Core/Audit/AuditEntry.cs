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

    /// <summary>HMAC-SHA-256 in hexadecimal over the previous row's hash and this row's content.</summary>
    public required string Hash { get; set; }
}

/// <summary>Where the audit ends: one row.</summary>
public sealed class AuditHead
{
    public const int TheOnlyRow = 1;

    public int Id { get; set; } = TheOnlyRow;

    /// <summary>The newest row's.</summary>
    public long LastId { get; set; }

    public string Hash { get; set; } = "";

    /// <summary>How many rows there are.</summary>
    public long Count { get; set; }

    /// <summary>HMAC over the above.</summary>
    public string Seal { get; set; } = "";

    /// <summary>The key of the chain, encrypted.</summary>
    public string ProtectedKey { get; set; } = "";
}
