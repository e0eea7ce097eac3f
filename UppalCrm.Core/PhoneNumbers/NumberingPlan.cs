using System.Collections.Frozen;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace UppalCrm.Core.PhoneNumbers;

/// <summary>
/// Calling codes, possible lengths and formats of national numbers, from libphonenumber-js's <c>metadata.min.json</c> (taken at build;
/// Google's libphonenumber data). Reading what people type stays in the browser, where the library itself runs.
/// </summary>
public sealed class NumberingPlan
{
    private readonly FrozenDictionary<string, FrozenSet<int>> _lengthsByCode;
    private readonly FrozenDictionary<string, string> _codeByCountry;
    private readonly FrozenDictionary<string, Layout[]> _layoutsByCode;

    private NumberingPlan(Dictionary<string, HashSet<int>> lengths, Dictionary<string, string> codes, Dictionary<string, Layout[]> layouts)
    {
        _layoutsByCode = layouts.ToFrozenDictionary();
        _lengthsByCode = lengths.ToFrozenDictionary(pair => pair.Key, pair => pair.Value.ToFrozenSet());
        _codeByCountry = codes.ToFrozenDictionary();
    }

    /// <param name="metadata">The JSON: <c>countries: { US: [callingCode, iddPrefix, nationalPattern, possibleLengths, …] }, nonGeographic: { 800: [ … ] }</c>.</param>
    public static NumberingPlan Read(Stream metadata)
    {
        using var json = JsonDocument.Parse(metadata);
        var lengths = new Dictionary<string, HashSet<int>>();
        var codes = new Dictionary<string, string>();
        var layouts = new Dictionary<string, Layout[]>();
        foreach (var country in json.RootElement.GetProperty("countries").EnumerateObject())
        {
            var code = country.Value[0].GetString()!;
            codes[country.Name] = code;
            AddLengths(code, country.Value[3]);
        }

        // Countries that share a calling code write their numbers as the first of them does.
        if (json.RootElement.TryGetProperty("country_calling_codes", out var sharing))
        {
            foreach (var code in sharing.EnumerateObject())
            {
                layouts[code.Name] = Layout.Read(json.RootElement.GetProperty("countries").GetProperty(code.Value[0].GetString()!));
            }
        }

        if (json.RootElement.TryGetProperty("nonGeographic", out var others))
        {
            foreach (var other in others.EnumerateObject())
            {
                AddLengths(other.Name, other.Value[3]);
                layouts[other.Name] = Layout.Read(other.Value);
            }
        }

        return new NumberingPlan(lengths, codes, layouts);

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

    /// <summary>The number as people write it: national at home, e.g. <c>(202) 555-0111</c>, international from elsewhere, e.g. <c>+44 20 7946 0958</c>.</summary>
    /// <param name="home">ISO 3166 two letters.</param>
    public string Format(PhoneNumber number, string home)
    {
        if (CallingCodeOf(number) is not { } code)
        {
            return number.Value;
        }

        var national = number.Value[(1 + code.Length)..];
        var layout = Array.Find(_layoutsByCode.GetValueOrDefault(code, []), l => l.Fits(national));
        return CallingCodeOf(home) == code
            ? layout?.National(national) ?? national
            : $"+{code} {layout?.International(national) ?? national}";
    }

    /// <summary>One way of grouping a national number. The rules are libphonenumber's.</summary>
    private sealed class Layout(string pattern, string format, string? leading, string? prefixRule, string? international)
    {
        private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(100);
        private static readonly Regex FirstGroup = new(@"\$\d", RegexOptions.None, Limit);
        private static readonly Regex Separators = new(@"[-().~/ \u2013]+", RegexOptions.None, Limit);

        private readonly Lazy<Regex> _whole = new(() => new Regex($"^(?:{pattern})$", RegexOptions.None, Limit));
        private readonly Lazy<Regex?> _leading = new(() => leading is null ? null : new Regex($"^(?:{leading})", RegexOptions.None, Limit));

        /// <param name="country">A country of the metadata: formats are its fifth field, the rule for the national prefix its seventh.</param>
        public static Layout[] Read(JsonElement country) => country.GetArrayLength() > 4 && country[4].ValueKind == JsonValueKind.Array
            ? [.. country[4].EnumerateArray().Select(f => new Layout(
                f[0].GetString()!, f[1].GetString()!, Field(f, 2) is { ValueKind: JsonValueKind.Array } l && l.GetArrayLength() > 0 ? l[l.GetArrayLength() - 1].GetString() : null,
                Text(f, 3) ?? Text(country, 6), Text(f, 5)))]
            : [];

        public bool Fits(string national) => _leading.Value?.IsMatch(national) != false && _whole.Value.IsMatch(national);

        public string National(string national) =>
            _whole.Value.Replace(national, prefixRule is null ? format : FirstGroup.Replace(format, first => prefixRule.Replace("$1", first.Value, StringComparison.Ordinal), 1));

        public string International(string national) =>
            Separators.Replace(_whole.Value.Replace(national, international ?? format), " ").Trim();

        private static JsonElement? Field(JsonElement array, int index) => index < array.GetArrayLength() ? array[index] : null;

        private static string? Text(JsonElement array, int index) =>
            Field(array, index) is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 0 } words ? words : null;
    }
}
