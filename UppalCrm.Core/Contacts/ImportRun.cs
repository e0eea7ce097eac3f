namespace UppalCrm.Core.Contacts;

/// <summary>One import of a file: who took it in, what came of it, whether it was undone.</summary>
public sealed class ImportRun
{
    public long Id { get; set; }
    public required string FileName { get; set; }
    public int AgentId { get; set; }
    public DateTimeOffset StartedAt { get; set; }

    /// <summary>Null while it runs, or when the process ended before it did.</summary>
    public DateTimeOffset? FinishedAt { get; set; }

    public DateTimeOffset? UndoneAt { get; set; }
    public int Created { get; set; }
    public int Added { get; set; }
    public int Known { get; set; }
    public int Refused { get; set; }
}

/// <summary>A contact that an import made or changed, and what it was before, so that the import can be undone.</summary>
public sealed class ImportedContact
{
    public long ImportRunId { get; set; }
    public long ContactId { get; set; }

    /// <summary>The version that the import left. A contact that somebody changed since is not touched by an undo.</summary>
    public long Version { get; set; }

    /// <summary>The contact before the import, as JSON; null when the import made it.</summary>
    public string? Before { get; set; }
}
