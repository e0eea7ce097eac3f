using System.Collections.Concurrent;
using System.Globalization;
using Library = PhoneNumbers.PhoneNumberUtil;

namespace UppalCrm.Core.PhoneNumbers;

/// <summary>Numbers for emergencies, short numbers of services, and codes of the telephone company: none is dialled from here.</summary>
/// <param name="home">ISO 3166 country, asked each time.</param>
internal sealed class ServiceNumbers(Func<string> home)
{
    private static readonly Library Plans = Library.GetInstance();
    private static readonly global::PhoneNumbers.ShortNumberInfo ShortNumbers = global::PhoneNumbers.ShortNumberInfo.GetInstance();

    /// <summary>Whether three to five digits are an emergency number anywhere.</summary>
    private static readonly ConcurrentDictionary<string, bool> EmergencySomewhere = new(StringComparer.Ordinal);

    /// <summary>What is dialled before a number to hide or show one's own (national numbering plans, ITU-T).</summary>
    private static readonly (string Country, string[] Codes)[] HidingCodes =
    [
        ("US", ["1167", "1182"]), ("GB", ["141", "1470"]), ("IE", ["141", "142"]), ("FR", ["3651"]), ("AU", ["1831", "1832"]),
        ("JP", ["184", "186"]), ("HK", ["133"]),
    ];

    public static NumberReading Emergency { get; } = new(
        null, null, NumberProblem.Emergency, "Emergency calls cannot be made from here. Use another telephone.");

    private bool IsNorthAmerican => Plans.GetCountryCodeForRegion(home()) == 1;

    /// <summary>Null for what is no number of a service.</summary>
    public NumberReading? Find(string digits)
    {
        var country = home();
        if (digits.Length > 6)
        {
            return null;
        }

        if (ShortNumbers.IsEmergencyNumber(digits, country)
            || (digits[0] is '0' or '9' && digits.Length <= 5 && IsEmergencyBehindPrefix(digits, hasCountry: false))
            || (digits.Length is >= 3 and <= 5 && !(IsNorthAmerican && digits is [>= '2' and <= '8', '1', '1'])
            && EmergencySomewhere.GetOrAdd(digits, d => Plans.GetSupportedRegions()
                .Any(region => ShortNumbers.IsEmergencyNumber(d, region)))))
        {
            return Emergency;
        }

        return digits is [_, '1', '1'] or ['1', >= '2' and <= '8', '1', '1'] or "0" or "00" || IsShort(digits, country)
            ? No($"{digits} is a service number: it cannot be called from here.")
            : null;
    }

    /// <summary>A number behind a code that hides or shows one's own.</summary>
    /// <param name="isNumber">Whether digits are a number at home.</param>
    public NumberReading? FindHiding(string digits, Func<string, bool> isNumber)
    {
        var country = IsNorthAmerican ? "US" : home();
        return Array.Find(HidingCodes, hiding => hiding.Country == country).Codes?.Any(code => digits.Length >= code.Length + 8
            && digits.StartsWith(code, StringComparison.Ordinal) && isNumber(digits[code.Length..])) == true
            ? No("Codes that hide or show the number are the telephone company's: they cannot be used from here.")
            : null;
    }

    /// <summary>
    /// Whether digits are an emergency number behind what is dialled for an outside line or for a country, e.g. <c>9911</c>,
    /// <c>+49 112</c>.
    /// </summary>
    public bool IsEmergencyBehindPrefix(string digits, bool hasCountry)
    {
        if (digits.Length is < 3 or > 7)
        {
            return false;
        }

        return hasCountry
            ? NumberPlans.CodesOf(digits).Any(code => ShortNumbers.IsEmergencyNumber(
                digits[code.Length..], Plans.GetRegionCodeForCountryCode(int.Parse(code, CultureInfo.InvariantCulture))))
            : digits[0] is '0' or '1' or '9' && (ShortNumbers.IsEmergencyNumber(digits[1..], home())
                || ShortNumbers.IsEmergencyNumber(digits.TrimStart(digits[0]), home()));
    }

    private static NumberReading No(string words) => new(null, null, NumberProblem.Service, words);

    private static bool IsShort(string digits, string country)
    {
        try
        {
            // Where no zero is dialled before a number, one that begins a short number is part of it.
            return digits.Length > 2 && (digits[0] != '0' || Plans.GetNddPrefixForRegion(country, true) != "0")
                && ShortNumbers.IsValidShortNumberForRegion(Plans.Parse(digits, country), country);
        }
        catch (global::PhoneNumbers.NumberParseException)
        {
            return false;
        }
    }
}
