using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Library = PhoneNumbers.PhoneNumberUtil;
using LibraryNumber = PhoneNumbers.PhoneNumber;

namespace UppalCrm.Core.PhoneNumbers;

/// <summary>Numbers that stand in address books in a way that their country has given up.</summary>
internal static partial class GivenUpNumbers
{
    private const int MatchMilliseconds = NumberParser.MatchMilliseconds;

    /// <summary>Vietnam's mobile prefixes of three digits, and what became of each.</summary>
    private static readonly FrozenDictionary<string, string> Vietnam = new Dictionary<string, string>
    {
        ["162"] = "32", ["163"] = "33", ["164"] = "34", ["165"] = "35", ["166"] = "36", ["167"] = "37", ["168"] = "38", ["169"] = "39",
        ["120"] = "70", ["121"] = "79", ["122"] = "77", ["126"] = "76", ["128"] = "78", ["123"] = "83", ["124"] = "84", ["125"] = "85",
        ["127"] = "81", ["129"] = "82", ["186"] = "56", ["188"] = "58", ["199"] = "59",
    }.ToFrozenDictionary();

    /// <summary>
    /// Ways to write a number that its country has given up and the library does not know. Each is tried only on a number that is invalid
    /// as it stands, and taken only when a valid one comes of it.
    /// </summary>
    private static readonly (int Country, Regex Old, MatchEvaluator New)[] Ways =
    [
        (52, MexicanMobile(), m => m.Groups["rest"].Value), // 2019: mobiles, from abroad and at home
        (55, BrazilianMobile(), m => $"{m.Groups["area"].Value}9{m.Groups["rest"].Value}"), // 2012 to 2016: a ninth digit for mobiles
        (229, BeninNumber(), m => "01" + m.Value), // 2024
        (57, ColombianLine(), m => "60" + m.Value), // 2021: fixed lines
        (39, ItalianMobile(), m => m.Groups["rest"].Value), // 2001: mobiles lost their zero
        (54, ArgentineMobile(), m => $"9{m.Groups["area"].Value}{m.Groups["rest"].Value}"), // 9 and 15 both say "mobile": one is enough
        (84, VietnameseMobile(), m => Vietnam[m.Groups["area"].Value] + m.Groups["rest"].Value), // 2018
    ];

    /// <summary>
    /// One subscriber has one number: what was written in a way that the country has given up is written as it is today.
    /// </summary>
    public static LibraryNumber Modern(Library plans, LibraryNumber number)
    {
        if (Array.Exists(Ways, way => way.Country == number.CountryCode) && !plans.IsValidNumber(number))
        {
            var national = plans.GetNationalSignificantNumber(number);
            foreach (var (_, old, modern) in Ways.Where(way => way.Country == number.CountryCode && way.Old.IsMatch(national)))
            {
                try
                {
                    if (plans.Parse($"+{number.CountryCode}{old.Replace(national, modern)}", null) is var found
                        && plans.IsValidNumber(found))
                    {
                        return found;
                    }
                }
                catch (global::PhoneNumbers.NumberParseException)
                {
                    // Too long after all: the number stays as it was written.
                }
            }
        }

        return number;
    }

    [GeneratedRegex(@"^(1|01|04[45])(?<rest>\d{10})$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex MexicanMobile();

    [GeneratedRegex(
        @"^0?(?<area>\d\d)(?<rest>[6-9]\d{7})$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex BrazilianMobile();

    [GeneratedRegex(@"^\d{8}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex BeninNumber();

    [GeneratedRegex(@"^[1-8]\d{7}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex ColombianLine();

    [GeneratedRegex(@"^0(?<rest>3\d{8,9})$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex ItalianMobile();

    [GeneratedRegex(
        @"^9(?<area>\d{2,4})15(?<rest>\d{6,8})$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex ArgentineMobile();

    [GeneratedRegex(
        @"^0?(?<area>12\d|16[2-9]|18[68]|199)(?<rest>\d{7})$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex VietnameseMobile();
}
