using System.Globalization;
using System.Text.Json.Nodes;

namespace UppalCrm.Simulator.Rest;

/// <summary>A refusal, with Twilio's code.</summary>
internal sealed class RestException(int status, int code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public int Code { get; } = code;

    public static RestException NotFound(string path) => new(404, 20404, $"The requested resource {path} was not found");
}

/// <param name="Body">Null: no body (204).</param>
internal sealed record RestAnswer(int Status, JsonNode? Body)
{
    public static readonly RestAnswer Deleted = new(204, null);

    public static RestAnswer Ok(JsonNode body) => new(200, body);

    public static RestAnswer Created(JsonNode body) => new(201, body);
}

/// <summary>A request to the REST API, below the account.</summary>
/// <param name="Path">E.g. <c>["Calls", "CA…"]</c>, without <c>.json</c>.</param>
/// <param name="FullPath">As asked for, for messages and paging.</param>
internal sealed record RestRequest(string Method, string[] Path, string FullPath, IReadOnlyList<KeyValuePair<string, string>> Fields)
{
    /// <summary>The last value given, or null.</summary>
    public string? this[string name] => Fields.LastOrDefault(field => field.Key == name).Value;

    public bool Has(string name) => Fields.Any(field => field.Key == name);

    public IEnumerable<string> All(string name) => Fields.Where(field => field.Key == name).Select(field => field.Value);

    /// <summary>Events: the name repeated, or one value with spaces.</summary>
    public IReadOnlySet<string> Words(string name) =>
        All(name).SelectMany(value => value.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToHashSet(StringComparer.Ordinal);

    public bool? Bool(string name) => this[name] switch
    {
        null => null,
        var text when string.Equals(text, "true", StringComparison.OrdinalIgnoreCase) => true,
        var text when string.Equals(text, "false", StringComparison.OrdinalIgnoreCase) => false,
        _ => throw new RestException(400, 20001, $"{name} must be true or false"),
    };

    public int? Number(string name, int least, int most, int code = 20001) => this[name] switch
    {
        null => null,
        var text when int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number)
            && number >= least
            && number <= most => number,
        _ => throw new RestException(400, code, $"{name} must be a number from {least} to {most}"),
    };

    public string HttpMethod(string name, string otherwise = "POST") => this[name] switch
    {
        null or "" => otherwise,
        "GET" or "get" => "GET",
        "POST" or "post" => "POST",
        _ => throw new RestException(400, 20001, $"{name} must be GET or POST"),
    };

    /// <summary>An address of the customer's server.</summary>
    /// <param name="code">What Twilio says when it is none.</param>
    public string? Url(string name, int code = 21205, bool mayBeEmpty = false)
    {
        var text = this[name];
        return text is null
            || (mayBeEmpty && text.Length == 0)
            || (
                Uri.TryCreate(text, UriKind.Absolute, out var url)
                    && url.Scheme is "http" or "https"
                    && !url.Host.Contains('_', StringComparison.Ordinal))
            ? text
            : text.Length == 0 ? null : throw new RestException(400, code, $"{name} is not a valid URL");
    }

    /// <summary>Whether a moment fits <c>name</c> (that day), <c>name&lt;</c> and <c>name&gt;</c>; dates and date-times, UTC.</summary>
    public bool Fits(string name, DateTimeOffset? moment)
    {
        foreach (var (suffix, fits) in new (string, Func<DateTimeOffset, DateTimeOffset, bool>)[]
        {
            ("", (at, limit) => at.UtcDateTime.Date == limit.UtcDateTime.Date),
            ("<", (at, limit) => at <= (limit.TimeOfDay == TimeSpan.Zero ? limit.AddDays(1) : limit)),
            (">", (at, limit) => at >= limit),
        })
        {
            if (this[name + suffix] is { } text)
            {
                if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var limit))
                {
                    throw new RestException(400, 20001, $"{name} is not a date");
                }

                if (moment is null || !fits(moment.Value, limit))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>One page of a list, newest first, in Twilio's envelope.</summary>
    public RestAnswer Page<T>(string listKey, IReadOnlyList<T> items, Func<T, string> sidOf, Func<T, JsonNode> shape)
    {
        var size = Number("PageSize", 1, int.MaxValue) is { } asked ? Math.Min(asked, 1000) : 50;
        var page = Number("Page", 0, int.MaxValue) ?? 0;
        var start = page * size;
        if (this["PageToken"] is { Length: > 2 } token)
        {
            // What came in meanwhile stands in front and must not shift the page.
            var after = -1;
            for (var i = 0; i < items.Count && after < 0; i++)
            {
                after = sidOf(items[i]) == token[2..] ? i : -1;
            }

            start = after + 1;
        }

        var shown = items.Skip(start).Take(size).ToList();
        var filters = string.Concat(
            Fields.Where(field => field.Key is not ("Page" or "PageSize" or "PageToken")).Select(
                field => $"{Uri.EscapeDataString(field.Key)}={Uri.EscapeDataString(field.Value)}&"));
        var more = start + shown.Count < items.Count && shown.Count > 0;
        return RestAnswer.Ok(new JsonObject
        {
            ["first_page_uri"] = $"{FullPath}?{filters}PageSize={size}&Page=0",
            ["end"] = Math.Max(0, (page * size) + shown.Count - 1),
            ["previous_page_uri"] = page > 0 ? $"{FullPath}?{filters}PageSize={size}&Page={page - 1}" : null,
            [listKey] = new JsonArray([.. shown.Select(shape)]),
            ["uri"] = $"{FullPath}?{filters}PageSize={size}&Page={page}",
            ["page_size"] = size,
            ["start"] = page * size,
            ["next_page_uri"] = more ? $"{FullPath}?{filters}PageSize={size}&Page={page + 1}&PageToken=PA{sidOf(shown[^1])}" : null,
            ["page"] = page,
        });
    }
}
