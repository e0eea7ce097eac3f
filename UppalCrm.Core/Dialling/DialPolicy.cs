using System.Collections.Frozen;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Dialling;

/// <summary>
/// Whether a number may be dialled: the countries allowed, what costs more than a call refused. A stolen session must not become a
/// telephone bill; how many calls it may make is counted by <see cref="DialLimits"/>.
/// </summary>
public sealed class DialPolicy(IOptionsMonitor<DialOptions> options, NumberParser numbers, OurLines lines)
{
    /// <summary>
    /// The area codes of +1 outside the United States, Canada and their territories: calls to them bill as international.
    /// </summary>
    private static readonly FrozenDictionary<string, (string Region, string Name)> Islands = new Dictionary<string, (string, string)>
    {
        ["242"] = ("BS", "the Bahamas"), ["246"] = ("BB", "Barbados"), ["264"] = ("AI", "Anguilla"),
            ["268"] = ("AG", "Antigua and Barbuda"),
        ["284"] = ("VG", "the British Virgin Islands"), ["345"] = ("KY", "the Cayman Islands"), ["441"] = ("BM", "Bermuda"),
            ["473"] = ("GD", "Grenada"),
        ["649"] = ("TC", "the Turks and Caicos Islands"), ["658"] = ("JM", "Jamaica"), ["664"] = ("MS", "Montserrat"),
            ["721"] = ("SX", "Sint Maarten"),
        ["758"] = ("LC", "Saint Lucia"), ["767"] = ("DM", "Dominica"), ["784"] = ("VC", "Saint Vincent and the Grenadines"),
        ["809"] = ("DO", "the Dominican Republic"), ["829"] = ("DO", "the Dominican Republic"), ["849"] = ("DO", "the Dominican Republic"),
        ["868"] = ("TT", "Trinidad and Tobago"), ["869"] = ("KN", "Saint Kitts and Nevis"), ["876"] = ("JM", "Jamaica"),
    }.ToFrozenDictionary();

    /// <summary>
    /// Networks of no country, and ranges of countries that the library takes for mobiles or companies (numbering plans of Indonesia,
    /// Australia, Russia, China, Portugal, Norway, Hungary, South Africa, Japan and the United Arab Emirates; ITU-T).
    /// </summary>
    private static readonly (string Prefix, string What)[] Networks =
    [
        ("+870", "Satellite telephones"), ("+881", "Satellite telephones"), ("+882", "Satellite telephones and networks of no country"),
        ("+883", "Satellite telephones and networks of no country"), ("+878", "Personal numbers"), ("+979", "Premium-rate numbers"),
            ("+808", "Shared-cost numbers"),
        ("+62868", "Satellite telephones"), ("+61147", "Satellite telephones"), ("+7954", "Satellite telephones"),
            ("+861349", "Satellite telephones"), ("+861740", "Satellite telephones"),
        ("+351707", "Shared-cost numbers"), ("+351708", "Shared-cost numbers"), ("+47810", "Shared-cost numbers"),
            ("+47815", "Shared-cost numbers"), ("+3640", "Shared-cost numbers"), ("+2786", "Shared-cost numbers"),
            ("+81570", "Shared-cost numbers"), ("+971600", "Shared-cost numbers"), ("+601300", "Shared-cost numbers"),
    ];

    /// <summary>
    /// Codes of +1 that are no place (nanpa.com): 900 premium, 700 and the 500 group personal numbers, 600 and 622 Canada's satellite and
    /// data services.
    /// </summary>
    private static readonly (string[] Codes, string What)[] Services =
    [
        (["900"], "Premium-rate numbers"),
        (["700", "500", "521", "522", "523", "524", "525", "526", "527", "528", "529", "533", "544", "566", "577", "588"],
            "Personal numbers"),
        (["600", "622", "633", "644", "655", "677", "688"], "Satellite telephones"),
    ];

    /// <param name="typed">As a person writes it.</param>
    /// <returns>The number, if it may be dialled.</returns>
    public Result<PhoneNumber> Check(string typed)
    {
        var reading = numbers.Read(typed);
        if ((reading.Number ?? reading.Possible) is not { } number)
        {
            return new Refusal(reading.Words!);
        }

        if (lines.Contains(number.Value))
        {
            return new Refusal("This is one of our own lines. It cannot be called from here.");
        }

        if (WhyBlocked(number) is { } blocked)
        {
            return new Refusal(blocked);
        }

        var country = numbers.CallingCodeOf(number);
        var allowed = options.CurrentValue.AllowedCountryCodes;
        var permitted = allowed.Count == 0 ? [numbers.CallingCodeOf(options.CurrentValue.HomeCountry) ?? "1"] : allowed;
        if (country is not null && !permitted.Contains(country))
        {
            return new Refusal($"Calls to +{country} are not allowed here. "
                + "An administrator can allow this country in the settings (Dialling:AllowedCountryCodes).");
        }

        if (reading is { Number: not null, Extension: { } extension })
        {
            return new Refusal($"Call the number without its extension, and press {extension} on the keypad when the call is answered.");
        }

        return reading.Number is { } complete ? complete : new Refusal(reading.Words!);
    }

    private string? WhyBlocked(PhoneNumber number)
    {
        if (options.CurrentValue.BlockedPrefixes.Any(prefix => number.Value.StartsWith(prefix, StringComparison.Ordinal)))
        {
            return "Numbers of this kind are blocked by your administrator.";
        }

        if (WhatCostsMore(number) is not { } what
            || options.CurrentValue.AllowedPrefixes.Any(prefix => number.Value.StartsWith(prefix, StringComparison.Ordinal)))
        {
            return null;
        }

        return $"{what} are blocked, because they cost more than a call. An administrator can allow them, one by one, in the settings "
            + "(Dialling:AllowedPrefixes).";
    }

    /// <summary>What makes the number cost more than a call, in words; null when nothing does.</summary>
    private string? WhatCostsMore(PhoneNumber number)
    {
        if (number.Value.StartsWith("+1", StringComparison.Ordinal) && number.Value.Length >= 5)
        {
            var code = number.Value.Substring(2, 3);
            if (Islands.TryGetValue(code, out var island) && island.Region != options.CurrentValue.HomeCountry)
            {
                return $"Calls to {island.Name} (+1 {code})";
            }

            if (Array.Find(Services, service => service.Codes.Contains(code)) is { What: { } service })
            {
                return service;
            }

            if (number.Value.Length == 12 && number.Value.EndsWith("5551212", StringComparison.Ordinal))
            {
                return "Directory enquiries"; // of every area code (nanpa.com)
            }

            if (number.Value.Length >= 8 && number.Value.AsSpan(5, 3) is "976")
            {
                return "Premium-rate numbers";
            }
        }

        return Array.Find(Networks, network =>
            number.Value.StartsWith(network.Prefix, StringComparison.Ordinal)).What ?? numbers.TypeOf(number) switch
        {
            NumberType.Premium => "Premium-rate numbers",
            NumberType.SharedCost => "Shared-cost numbers",
            NumberType.Personal => "Personal numbers",
            _ => null,
        };
    }
}
