using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Dialling;

/// <summary>
/// Whether an agent may dial a number: the countries allowed, the dear prefixes refused, so many calls a minute. A stolen session must
/// not become a telephone bill.
/// </summary>
public sealed class DialPolicy(IOptionsMonitor<DialOptions> options, NumberingPlan plan, TimeProvider time)
{
    /// <summary>
    /// Premium (+1 900, +1 976, +979), satellite (+870, +881, +882, +883), and the +1 area codes of islands that bill as
    /// international: the ranges that toll fraud uses.
    /// </summary>
    private static readonly string[] AlwaysBlocked =
    [
        "+870", "+881", "+882", "+883", "+979", "+1900", "+1976",
        "+1268", "+1284", "+1473", "+1649", "+1767", "+1784", "+1809", "+1829", "+1849", "+1868", "+1876",
    ];

    private readonly ConcurrentDictionary<int, Queue<DateTimeOffset>> _byAgent = new();
    private readonly Queue<DateTimeOffset> _all = new();

    /// <returns>The number, or words for the agent why it may not be dialled.</returns>
    public (PhoneNumber? Number, string? Refusal) Check(string typed)
    {
        if (!PhoneNumber.TryParse(typed, out var number))
        {
            return (null, "This is not a complete telephone number. Type it with its country code, for example +1 202 555 0123.");
        }

        if (AlwaysBlocked.Concat(options.CurrentValue.BlockedPrefixes).Any(prefix => number.Value.StartsWith(prefix, StringComparison.Ordinal)))
        {
            return (null, "Numbers of this kind are blocked by your administrator.");
        }

        var country = plan.CallingCodeOf(number);
        var allowed = options.CurrentValue.AllowedCountryCodes;
        var permitted = allowed.Count == 0 ? [plan.CallingCodeOf(options.CurrentValue.HomeCountry) ?? "1"] : allowed;
        if (country is null || !permitted.Contains(country))
        {
            return (null, country is null
                ? "There is no country with this code."
                : $"Calls to +{country} are not allowed here. An administrator can allow this country in the settings (Dialling:AllowedCountryCodes).");
        }

        return plan.IsPossibleLength(number)
            ? (number, null)
            : (null, "This number is too short or too long for its country.");
    }

    /// <summary>Counts one more call of this agent; words when it is one too many in this minute.</summary>
    public string? Count(int agentId)
    {
        var now = time.GetUtcNow();
        if (!Admit(_byAgent.GetOrAdd(agentId, _ => new Queue<DateTimeOffset>()), now, options.CurrentValue.CallsPerAgentPerMinute))
        {
            return "You have made many calls in the last minute. Please wait a moment.";
        }

        return Admit(_all, now, options.CurrentValue.CallsPerAccountPerMinute)
            ? null
            : "Too many calls are being made at this moment. Please try again in a minute.";
    }

    private static bool Admit(Queue<DateTimeOffset> recent, DateTimeOffset now, int perMinute)
    {
        lock (recent)
        {
            while (recent.TryPeek(out var oldest) && now - oldest >= TimeSpan.FromMinutes(1))
            {
                recent.Dequeue();
            }

            if (recent.Count >= perMinute)
            {
                return false;
            }

            recent.Enqueue(now);
            return true;
        }
    }
}
