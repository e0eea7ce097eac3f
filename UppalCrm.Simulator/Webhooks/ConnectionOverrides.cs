namespace UppalCrm.Simulator.Webhooks;

/// <summary>What the fragment of an address asks for (Twilio, "Webhooks connection overrides").</summary>
internal sealed record ConnectionOverrides(TimeSpan Read, TimeSpan Total, int Retries, HashSet<string> Policy)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(15);
    private static readonly HashSet<string> OnConnectFailure = new(StringComparer.Ordinal) { "ct" };
    private static readonly ConnectionOverrides Usual = new(LongestWait, LongestWait, 1, OnConnectFailure);

    public static ConnectionOverrides Of(string url)
    {
        var start = url.IndexOf('#', StringComparison.Ordinal);
        if (start < 0)
        {
            return Usual;
        }

        var result = Usual;
        foreach (var part in url[(start + 1)..].Split('&'))
        {
            var (name, value) = part.Split('=', 2) is [var n, var v] ? (n, v) : (part, "");
            var number = int.TryParse(value, out var parsed) ? parsed : -1;
            result = name switch
            {
                "rt" when number is >= 100 and <= 15000 => result with { Read = TimeSpan.FromMilliseconds(number) },
                "tt" when number is >= 100 and <= 15000 => result with { Total = TimeSpan.FromMilliseconds(number) },
                "rc" when number is >= 0 and <= 5 => result with { Retries = number },
                "rp" => result with { Policy = value.Split(',').ToHashSet(StringComparer.Ordinal) },
                _ => result,
            };
        }

        return result;
    }

    public bool RetriesAfter(WebhookAnswer answer) => answer switch
    {
        { Status: >= 200 and < 400 } => false,
        { Status: >= 500 } => Policy.Contains("5xx") || Policy.Contains("all"),
        { Status: >= 400 } => Policy.Contains("4xx") || Policy.Contains("all"),
        { Problem: "no answer in time" } => Policy.Contains("rt") || Policy.Contains("all"),
        _ => Policy.Contains("ct") || Policy.Contains("all"),
    };
}
