using System.Collections.Concurrent;

namespace UppalCrm.Web.Security;

/// <summary>
/// Logs what strangers are refused: the first of a reason at once, then one line a minute with a count. Strangers choose how often
/// they come, and must not choose how long our log is.
/// </summary>
public sealed class RefusalLog(TimeProvider time, ILogger<RefusalLog> logger)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Line> _lines = new(StringComparer.Ordinal);

    /// <param name="reason">A fixed word: each has its own line a minute.</param>
    /// <param name="words">What was refused and the cure. Text of strangers in it goes through <see cref="Printable"/>.</param>
    public void Note(string reason, string words)
    {
        var line = _lines.GetOrAdd(reason, _ => new Line());
        long since;
        lock (line)
        {
            line.Count++;
            if (line.LoggedAt is { } at && time.GetElapsedTime(at) < Quiet)
            {
                return;
            }

            since = line.Count;
            line.Count = 0;
            line.LoggedAt = time.GetTimestamp();
        }

        logger.LogWarning("Refused ({Reason}, {Count} since the last line): {Words}", reason, since, words);
    }

    /// <returns>At most 100 letters, none of which can begin a new line of the log.</returns>
    public static string Printable(string? text) =>
        text is null or "" ? "(none)" : string.Concat(text.Take(100).Select(c => c is >= ' ' and <= '~' ? c : '?'));

    private sealed class Line
    {
        public long Count { get; set; }
        public long? LoggedAt { get; set; }
    }
}
