namespace UppalCrm.Simulator;

/// <summary>One thing that the network saw or did.</summary>
/// <param name="N">Counts from 1, without gaps: the order of things.</param>
/// <param name="At">When, by the network's clock.</param>
/// <param name="Kind">
/// <c>rest</c> (a request in), <c>webhook</c> (a request out, with its answer), <c>signal-in</c>, <c>signal-out</c>, <c>phone-in</c>,
/// <c>call</c>, <c>conference</c>, <c>recording</c>, <c>error</c> (with Twilio's code), <c>network</c>.
/// </param>
/// <param name="Text">A sentence for a person.</param>
/// <param name="Data">The same for a program. Phone numbers are cut to their last four digits.</param>
public sealed record LogEntry(long N, DateTimeOffset At, string Kind, string Text, IReadOnlyDictionary<string, string?> Data)
{
    /// <summary>One value of <see cref="Data"/>, or null.</summary>
    public string? this[string name] => Data.GetValueOrDefault(name);
}

/// <summary>What happened, in order. Keeps the last <see cref="Capacity"/> entries.</summary>
public sealed class NetworkLog(TimeProvider time)
{
    /// <summary>How many entries are kept.</summary>
    public const int Capacity = 50_000;

    private static readonly IReadOnlyDictionary<string, string?> Nothing = new Dictionary<string, string?>(StringComparer.Ordinal);

    private readonly Lock _lock = new();
    private readonly Queue<LogEntry> _entries = new();
    private long _last;

    /// <summary>Raised for every entry, outside the log's lock, on the thread that wrote it.</summary>
    internal event Action<LogEntry>? Written;

    /// <summary>The entries after the given one, oldest first.</summary>
    public IReadOnlyList<LogEntry> After(long n = 0)
    {
        lock (_lock)
        {
            return n >= _last ? [] : [.. _entries.Where(entry => entry.N > n)];
        }
    }

    internal LogEntry Write(string kind, string text, params ReadOnlySpan<(string Name, string? Value)> data)
    {
        var values = Nothing;
        if (data.Length > 0)
        {
            var named = new Dictionary<string, string?>(data.Length, StringComparer.Ordinal);
            foreach (var (name, value) in data)
            {
                named[name] = value;
            }

            values = named;
        }

        LogEntry entry;
        lock (_lock)
        {
            entry = new LogEntry(++_last, time.GetUtcNow(), kind, text, values);
            _entries.Enqueue(entry);
            if (_entries.Count > Capacity)
            {
                _entries.Dequeue();
            }
        }

        Written?.Invoke(entry);
        return entry;
    }

    /// <summary>An error with Twilio's number, as its debugger would show it.</summary>
    internal void Error(int code, string text, string? callSid = null, string? conferenceSid = null) =>
        Write("error", $"{code}: {text}", ("code", code.ToString()), ("callSid", callSid), ("conferenceSid", conferenceSid));
}
