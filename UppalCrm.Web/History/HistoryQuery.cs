using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;

namespace UppalCrm.Web.History;

/// <summary>
/// What the history shows, as its address says it: a page can be reloaded, sent to a colleague, and left with the browser's back button.
/// </summary>
public sealed record HistoryQuery
{
    public CallDirection? Direction { get; init; }
    public CallOutcome? Outcome { get; init; }
    public int? AgentId { get; init; }
    public long? ContactId { get; init; }
    public bool Missed { get; init; }
    public bool WithRecording { get; init; }

    /// <summary>Days as the reader's browser counts them, both included.</summary>
    public DateOnly? From { get; init; }

    public DateOnly? Until { get; init; }
    public string? Search { get; init; }

    /// <summary>The page goes on from here: older calls, or newer ones. Neither: the newest.</summary>
    public HistoryPlace? Older { get; init; }

    public HistoryPlace? Newer { get; init; }

    /// <summary>The call whose details are open.</summary>
    public long? CallId { get; init; }

    /// <summary>Whether anything narrows the list.</summary>
    public bool IsNarrowed => AtTop() with { CallId = null } != new HistoryQuery();

    /// <summary>The same calls from the newest on.</summary>
    public HistoryQuery AtTop() => this with { Older = null, Newer = null };

    /// <param name="from">When the first day begins, where the reader is.</param>
    /// <param name="until">When the last day ends.</param>
    public HistoryFilter ToFilter(DateTimeOffset? from, DateTimeOffset? until) => new()
    {
        Direction = Direction,
        Outcome = Outcome,
        AgentId = AgentId,
        ContactId = ContactId,
        Missed = Missed,
        WithRecording = WithRecording,
        Search = Search,
        From = from,
        Until = until,
    };

    public string ToAddress(string path = "/calls") => QueryHelpers.AddQueryString(path, new Dictionary<string, string?>
    {
        ["direction"] = Direction?.ToString().ToLowerInvariant(),
        ["outcome"] = Outcome?.ToString().ToLowerInvariant(),
        ["agent"] = AgentId?.ToString(CultureInfo.InvariantCulture),
        ["contact"] = ContactId?.ToString(CultureInfo.InvariantCulture),
        ["missed"] = Missed ? "true" : null,
        ["recording"] = WithRecording ? "true" : null,
        ["from"] = From?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        ["until"] = Until?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        ["search"] = string.IsNullOrWhiteSpace(Search) ? null : Search.Trim(),
        ["older"] = Older?.ToString(),
        ["newer"] = Newer?.ToString(),
        ["call"] = CallId?.ToString(CultureInfo.InvariantCulture),
    }.Where(pair => pair.Value is not null));

    /// <summary>
    /// The address of the file with these calls. It carries moments, not days: the server does not know the reader's time zone.
    /// </summary>
    public string ToExportAddress(DateTimeOffset? from, DateTimeOffset? until)
    {
        var address = (AtTop() with { From = null, Until = null, CallId = null }).ToAddress("/calls/export.csv");
        if (from is { } first)
        {
            address = QueryHelpers.AddQueryString(address, "after", first.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        }

        return until is { } last
            ? QueryHelpers.AddQueryString(address, "before", last.UtcDateTime.ToString("O", CultureInfo.InvariantCulture))
            : address;
    }

    /// <summary>
    /// Reads an address. What it does not understand asks for nothing: people edit addresses, and old ones outlive changes.
    /// </summary>
    public static HistoryQuery Read(string address)
    {
        var mark = address.IndexOf('?', StringComparison.Ordinal);
        var values = mark < 0 ? [] : QueryHelpers.ParseQuery(address[mark..].Split('#')[0]);
        string? Text(string name) => values.TryGetValue(name, out var value) ? value.ToString() : null;

        return new HistoryQuery
        {
            Direction = Word<CallDirection>(Text("direction")),
            Outcome = Word<CallOutcome>(Text("outcome")),
            AgentId = int.TryParse(Text("agent"), NumberStyles.None, CultureInfo.InvariantCulture, out var agent) ? agent : null,
            ContactId = long.TryParse(Text("contact"), NumberStyles.None, CultureInfo.InvariantCulture, out var contact) ? contact : null,
            Missed = Text("missed") == "true",
            WithRecording = Text("recording") == "true",
            From = Day(Text("from")),
            Until = Day(Text("until")),
            Search = Text("search") is { Length: > 0 } search ? search[..Math.Min(search.Length, 200)] : null,
            Older = HistoryPlace.Parse(Text("older")),
            Newer = HistoryPlace.Parse(Text("newer")),
            CallId = long.TryParse(Text("call"), NumberStyles.None, CultureInfo.InvariantCulture, out var call) ? call : null,
        };
    }

    private static T? Word<T>(string? text)
        where T : struct,
        Enum => Enum.GetNames<T>().FirstOrDefault(name => name.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } name
            ? Enum.Parse<T>(name)
            : null;

    // Years that calls can have: the days before and after the calendar's ends cannot be computed.
    private static DateOnly? Day(string? text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            && day.Year is >= 2000 and < 2100
            ? day
            : null;
}
