using System.Collections.Frozen;
using System.Text.Json;

namespace UppalCrm.Core.Contacts;

/// <summary>
/// Calling codes and possible lengths of national numbers, from libphonenumber-js's <c>metadata.min.json</c> (taken at build; Google's
/// libphonenumber data). Formats and national rules stay in the browser, where the library itself runs.
/// </summary>
public sealed class NumberingPlan
{
    private readonly FrozenDictionary<string, FrozenSet<int>> _lengthsByCode;
    private readonly FrozenDictionary<string, string> _codeByCountry;

    private NumberingPlan(Dictionary<string, HashSet<int>> lengths, Dictionary<string, string> codes)
    {
        _lengthsByCode = lengths.ToFrozenDictionary(pair => pair.Key, pair => pair.Value.ToFrozenSet());
        _codeByCountry = codes.ToFrozenDictionary();
    }

    /// <param name="metadata">The JSON: <c>countries: { US: [callingCode, iddPrefix, nationalPattern, possibleLengths, …] }, nonGeographic: { 800: [ … ] }</c>.</param>
    public static NumberingPlan Read(Stream metadata)
    {
        using var json = JsonDocument.Parse(metadata);
        var lengths = new Dictionary<string, HashSet<int>>();
        var codes = new Dictionary<string, string>();
        foreach (var country in json.RootElement.GetProperty("countries").EnumerateObject())
        {
            var code = country.Value[0].GetString()!;
            codes[country.Name] = code;
            AddLengths(code, country.Value[3]);
        }

        if (json.RootElement.TryGetProperty("nonGeographic", out var others))
        {
            foreach (var other in others.EnumerateObject())
            {
                AddLengths(other.Name, other.Value[3]);
            }
        }

        return new NumberingPlan(lengths, codes);

        void AddLengths(string code, JsonElement possible)
        {
            if (!lengths.TryGetValue(code, out var set))
            {
                lengths[code] = set = [];
            }

            if (possible.ValueKind == JsonValueKind.Array)
            {
                set.UnionWith(possible.EnumerateArray().Select(length => length.GetInt32()));
            }
        }
    }

    /// <summary>The calling code of a country, e.g. <c>44</c> for <c>GB</c>; null when there is no such country.</summary>
    public string? CallingCodeOf(string country) => _codeByCountry.GetValueOrDefault(country);

    /// <summary>The calling code with which a number begins; null when no country has it. Codes are prefix-free, of 1 to 3 digits.</summary>
    public string? CallingCodeOf(PhoneNumber number)
    {
        for (var digits = 1; digits <= 3 && digits < number.Value.Length; digits++)
        {
            var code = number.Value.Substring(1, digits);
            if (_lengthsByCode.ContainsKey(code))
            {
                return code;
            }
        }

        return null;
    }

    /// <summary>Whether a national number of this length exists in the number's country.</summary>
    public bool IsPossibleLength(PhoneNumber number) =>
        CallingCodeOf(number) is { } code && _lengthsByCode[code].Contains(number.Value.Length - 1 - code.Length);
}
