namespace UppalCrm.Core.Contacts;

/// <summary>Two contacts that were made one, and what it takes to make them two again.</summary>
public sealed class MergeRecord
{
    public long Id { get; set; }
    public long KeptId { get; set; }

    /// <summary>The name of the one that is gone.</summary>
    public required string GoneName { get; set; }

    public int AgentId { get; set; }
    public DateTimeOffset At { get; set; }
    public DateTimeOffset? UndoneAt { get; set; }

    /// <summary>The contact that stays as it was before, as JSON of <see cref="ContactDraft"/>.</summary>
    public required string Kept { get; set; }

    /// <summary>The contact that is gone, likewise.</summary>
    public required string Gone { get; set; }

    /// <summary>The ids of the calls that were the other's, as a JSON list.</summary>
    public List<long> Calls { get; set; } = [];
}
