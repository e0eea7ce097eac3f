namespace UppalCrm.Web.Audit;

/// <summary>The audit's actions as people say them. An action without words here is shown with its dashes taken out.</summary>
internal static class AuditLabels
{
    public static string Of(string action) => action switch
    {
        "listen-started" => "Listening started",
        "whisper-started" => "Whisper started",
        "barge-started" => "Barged in",
        "listen-ended" => "Left the call",
        "join-refused" => "Join refused",
        "call-ended" => "Call ended by supervisor",
        "offered-again" => "Offered again",
        "agent-status-set" => "Agent's status set",
        "wrap-up-closed" => "Wrap-up closed",
        "recording-played" => "Recording played",
        _ when action.Length > 0 => char.ToUpperInvariant(action[0]) + action[1..].Replace('-', ' '),
        _ => action,
    };

    public static string ToneOf(string action) =>
        action.EndsWith("-refused", StringComparison.Ordinal) || action.EndsWith("-failed", StringComparison.Ordinal) ? "chip-danger"
        : action.EndsWith("-exported", StringComparison.Ordinal) || action.EndsWith("-played", StringComparison.Ordinal) ? "chip-warn"
        : action.EndsWith("-started", StringComparison.Ordinal) ? "chip-accent"
        : "";
}
