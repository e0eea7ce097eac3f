namespace UppalCrm.Core.Reports;

/// <summary>One agent's ended calls of one day of the floor, or of one month that is over.</summary>
public sealed class AgentDay
{
    /// <summary>Stands for calls that nobody had in hand.</summary>
    public const int Nobody = 0;

    /// <summary>20260617 for 17 June 2026; 20260600 for the whole of June.</summary>
    public int Day { get; set; }

    public int AgentId { get; set; }
    public long Inbound { get; set; }
    public long Outbound { get; set; }
    public long Answered { get; set; }
    public long Missed { get; set; }
    public long TalkSeconds { get; set; }
}

/// <summary>The ended calls of one hour of one day of the floor, or of that hour over one month that is over.</summary>
public sealed class HourOfDay
{
    /// <summary>20260617 for 17 June 2026; 20260600 for the whole of June.</summary>
    public int Day { get; set; }

    /// <summary>0 to 23, by the floor's clock.</summary>
    public int Hour { get; set; }

    public long Inbound { get; set; }
    public long Outbound { get; set; }
    public long Answered { get; set; }
    public long Missed { get; set; }
    public long TalkSeconds { get; set; }
}

/// <summary>An hour in which ended calls were changed since it was counted.</summary>
public sealed class ReportMark
{
    /// <summary>Hours of UTC since year 1.</summary>
    public int Hour { get; set; }

    public long Changes { get; set; }
}

/// <summary>The time zone by whose days the roll-up was counted.</summary>
public sealed class ReportZone
{
    public required string Zone { get; set; }
}
