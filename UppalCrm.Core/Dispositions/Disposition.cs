namespace UppalCrm.Core.Dispositions;

/// <summary>A word for what came of a call, such as "Follow-up". The list is the administrator's; a call keeps the word itself.</summary>
public sealed class Disposition
{
    public int Id { get; set; }
    public required string Name { get; set; }
    public int Position { get; set; }
}

/// <summary>What an administrator decides for the whole floor from within the application. One row, of id 1.</summary>
public sealed class FloorSettings
{
    public const int TheOnlyRow = 1;

    public int Id { get; set; } = TheOnlyRow;

    /// <summary>Wrap-up does not end before the agent has chosen a disposition (while the browser is there to choose one).</summary>
    public bool DispositionRequired { get; set; }

    /// <summary>Since when nobody may dial; null while dialling is allowed.</summary>
    public DateTimeOffset? DiallingStoppedAt { get; set; }
}
