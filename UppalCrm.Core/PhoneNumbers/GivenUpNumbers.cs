using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Library = PhoneNumbers.PhoneNumberUtil;
using LibraryNumber = PhoneNumbers.PhoneNumber;

namespace UppalCrm.Core.PhoneNumbers;

/// <summary>Numbers that stand in address books in a way that their country has given up.</summary>
internal static partial class GivenUpNumbers
{
    private const int MatchMilliseconds = NumberPatterns.MatchMilliseconds;

    /// <summary>Vietnam's mobile prefixes of three digits, and what became of each.</summary>
    private static readonly FrozenDictionary<string, string> Vietnam = new Dictionary<string, string>
    {
        ["162"] = "32", ["163"] = "33", ["164"] = "34", ["165"] = "35", ["166"] = "36", ["167"] = "37", ["168"] = "38", ["169"] = "39",
        ["120"] = "70", ["121"] = "79", ["122"] = "77", ["126"] = "76", ["128"] = "78", ["123"] = "83", ["124"] = "84", ["125"] = "85",
        ["127"] = "81", ["129"] = "82", ["186"] = "56", ["188"] = "58", ["199"] = "59",
    }.ToFrozenDictionary();

    /// <summary>Cities of the United Kingdom until 2000, and what became of each.</summary>
    private static readonly FrozenDictionary<string, string> Britain = new Dictionary<string, string>
    {
        ["1203"] = "2476", ["1222"] = "2920", ["1232"] = "2890", ["1703"] = "2380", ["1705"] = "2392",
    }.ToFrozenDictionary();

    /// <summary>Egypt's prefixes of mobiles until 2011, and what became of each.</summary>
    private static readonly FrozenDictionary<string, string> Egypt = new Dictionary<string, string>
    {
        ["10"] = "100", ["11"] = "111", ["12"] = "122", ["14"] = "114", ["16"] = "106", ["17"] = "127", ["18"] = "128", ["19"] = "109",
    }.ToFrozenDictionary();

    /// <summary>
    /// Ways to write a number that its country has given up and the library does not know (ITU-T, "National Numbering Plans", of each
    /// country). Each is tried only on a number that is invalid as it stands, and taken only when a valid one comes of it.
    /// </summary>
    private static readonly (int Country, Regex Old, MatchEvaluator New)[] Ways =
    [
        (52, MexicanMobile(), m => m.Groups["rest"].Value), // 2019: mobiles, from abroad and at home
        (55, BrazilianMobile(), m => $"{m.Groups["area"].Value}9{m.Groups["rest"].Value}"), // 2012 to 2016: a ninth digit for mobiles
        (229, EightDigits(), m => "01" + m.Value), // 2024
        (57, ColombianLine(), m => "60" + m.Value), // 2021: fixed lines
        (39, ItalianMobile(), m => m.Groups["rest"].Value), // 2001: mobiles lost their zero
        (54, ArgentineMobile(), m => $"9{m.Groups["area"].Value}{m.Groups["rest"].Value}"), // 9 and 15 both say "mobile": one is enough
        (84, VietnameseMobile(), m => Vietnam[m.Groups["area"].Value] + m.Groups["rest"].Value), // 2018
        (84, HanoiLine(), m => "2" + m.Value), // 2017
        // 2021: the second digit said whose mobile it was.
        (225, IvorianMobile(), m => (m.Groups["network"].Value[0] switch { < '4' => "01", < '7' => "05", _ => "07" }) + m.Value),
        (237, EightDigits(), m => (m.Value[0] < '4' ? "2" : "6") + m.Value), // 2014
        (212, EightDigits(), m => (m.Value[0] is '2' or '3' ? "5" : "6") + m.Value), // 2009
        (20, EgyptianMobile(), m => Egypt[m.Groups["area"].Value] + m.Groups["rest"].Value), // 2011
        (593, EightDigits(), m => "9" + m.Value), // 2012: mobiles
        (56, SantiagoLine(), m => "2" + m.Value), // 2013
        (66, EightDigits(), m => "8" + m.Value), // 2006: mobiles
        (995, EightDigits(), m => "5" + m.Value), // 2011: mobiles
        (506, SevenDigits(), m => (m.Value[0] == '2' ? "2" : "8") + m.Value), // 2008
        (505, SevenDigits(), m => (m.Value[0] == '2' ? "2" : "8") + m.Value), // 2009
        (507, SevenDigits(), m => "6" + m.Value), // 2005: mobiles
        (974, SevenDigits(), m => m.Value[..1] + m.Value), // 2010
        (230, SevenDigits(), m => "5" + m.Value), // 2013: mobiles
        (371, SevenDigits(), m => "6" + m.Value), // 2008: fixed lines
        (65, SevenDigits(), m => (m.Value[0] == '9' ? "9" : "6") + m.Value), // 2002
        (41, ZurichLine(), m => "44" + m.Groups["rest"].Value), // 2007
        (7, MoscowLine(), m => "49" + m.Groups["rest"].Value), // 2005
        (7, KazakhLine(), m => "7" + m.Groups["rest"].Value), // 2007
        (34, SpanishLine(), m => "9" + m.Value), // 1998: fixed lines
        (351, LisbonLine(), m => "2" + m.Value), // 1999
        (44, LondonLine(), m => $"20{m.Groups["part"].Value}{m.Groups["rest"].Value}"), // 1995, then 2000
        (44, BritishCity(), m => Britain[m.Groups["area"].Value] + m.Groups["rest"].Value),
    ];

    /// <summary>Where 8, or 8 and 0, was dialled before a number at home, as in the Soviet Union.</summary>
    private static readonly FrozenSet<int> DialledEight =
        new[] { 7, 370, 371, 372, 373, 374, 375, 380, 992, 993, 994, 995, 996, 998 }.ToFrozenSet();

    /// <summary>
    /// One subscriber has one number: what was written in a way that the country has given up, or with the digits that are dialled before
    /// a number at home, is written as it is today.
    /// </summary>
    /// <param name="isInternational">It was written with its country's code. At home nothing before it is too much.</param>
    public static LibraryNumber Modern(Library plans, LibraryNumber number, bool isInternational)
    {
        if (plans.IsValidNumber(number))
        {
            return number;
        }

        var country = number.CountryCode;
        var national = plans.GetNationalSignificantNumber(number);
        return Spellings().Select(spelling => Find(spelling)).FirstOrDefault(found => found is not null)
            ?? Spellings().SelectMany(spelling => Ways.Where(way => way.Country == country && way.Old.IsMatch(spelling))
                .Select(way => Find(way.Old.Replace(spelling, way.New)))).FirstOrDefault(found => found is not null)
            ?? number;

        IEnumerable<string> Spellings()
        {
            yield return national;
            if (isInternational && national.Length > 6 && national[0] == '0')
            {
                yield return national[1..];
            }

            if (isInternational && country == 39 && national[0] is not ('0' or '3'))
            {
                yield return "0" + national; // Italy, 1998: fixed lines, also from abroad; a mobile begins with 3
            }

            if (national.Length > 8 && national[0] == '8' && DialledEight.Contains(country))
            {
                yield return national[1] == '0' ? national[2..] : national[1..];
            }
        }

        LibraryNumber? Find(string spelling)
        {
            try
            {
                return plans.Parse($"+{country}{spelling}", null) is var found && found.CountryCode == country
                    && plans.IsValidNumber(found) ? found : null;
            }
            catch (global::PhoneNumbers.NumberParseException)
            {
                return null; // too long after all
            }
        }
    }

    [GeneratedRegex(@"^(1|01|04[45])(?<rest>\d{10})$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex MexicanMobile();

    [GeneratedRegex(
        @"^0?(?<area>\d\d)(?<rest>[6-9]\d{7})$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex BrazilianMobile();

    [GeneratedRegex(@"^\d{7}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex SevenDigits();

    [GeneratedRegex(@"^\d{8}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex EightDigits();

    [GeneratedRegex(@"^4\d{8}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex HanoiLine();

    [GeneratedRegex(@"^[04-9](?<network>\d)\d{6}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex IvorianMobile();

    [GeneratedRegex(@"^(?<area>1[01246-9])(?<rest>\d{7})$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex EgyptianMobile();

    [GeneratedRegex(@"^2\d{7}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex SantiagoLine();

    [GeneratedRegex(@"^1?(?<part>[78])1(?<rest>\d{7})$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex LondonLine();

    [GeneratedRegex(@"^(?<area>1232|1222|1203|170[35])(?<rest>\d{6})$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex BritishCity();

    [GeneratedRegex(@"^[1-8]\d{7}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex ColombianLine();

    [GeneratedRegex(@"^1(?<rest>\d{7})$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex ZurichLine();

    [GeneratedRegex(@"^09(?<rest>[56]\d{7})$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex MoscowLine();

    [GeneratedRegex(@"^3(?<rest>[12]\d{8})$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex KazakhLine();

    /// <summary>A number of today that lacks a digit begins with a higher one.</summary>
    [GeneratedRegex(@"^[1-5]\d{7}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex SpanishLine();

    [GeneratedRegex(@"^1\d{7}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex LisbonLine();

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
