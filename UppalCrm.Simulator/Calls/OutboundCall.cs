namespace UppalCrm.Simulator.Calls;

/// <summary>A call that the network makes.</summary>
internal sealed record OutboundCall
{
    public required string From { get; init; }

    public required string To { get; init; }

    public string Direction { get; init; } = "outbound-api";

    public string? ParentSid { get; init; }

    public ProgressCallback? Callback { get; init; }

    public TimeSpan RingFor { get; init; } = TimeSpan.FromSeconds(65);

    public TimeSpan LongestCall { get; init; } = TimeSpan.FromHours(4);

    public RecordingRequest? Record { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Parameters { get; init; } = [];

    public required Func<Leg, Task> OnAnswer { get; init; }
}
