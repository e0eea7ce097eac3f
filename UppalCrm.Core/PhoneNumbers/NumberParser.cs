using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using BitFaster.Caching.Lru;
using Microsoft.Extensions.Options;
using static UppalCrm.Core.PhoneNumbers.NumberPatterns;
using static UppalCrm.Core.PhoneNumbers.NumberPlans;
using Library = PhoneNumbers.PhoneNumberUtil;
using LibraryFormat = PhoneNumbers.PhoneNumberFormat;
using LibraryType = PhoneNumbers.PhoneNumberType;
using Possibility = PhoneNumbers.PhoneNumberUtil.ValidationResult;

namespace UppalCrm.Core.PhoneNumbers;

/// <summary>
/// Understands every number that reaches us, typed, pasted, imported or arriving, and writes numbers as people do. The plans of the
/// countries are libphonenumber's.
/// </summary>
/// <param name="home">ISO 3166 country whose national numbers may be written without a country code. Asked each time: it is a
/// setting.</param>
public sealed class NumberParser(Func<string> home)
{
    /// <summary>What a number without extension and words is made of: nearly every number.</summary>
    private static readonly SearchValues<char> NumberSigns = SearchValues.Create("+0123456789 ()-./");

    private readonly ServiceNumbers _services = new(home);
    private readonly CallerReader _caller = new(home);

    // What was asked last, and where home was then: our lines come with every call, and every page that shows a call asks for the same.
    private readonly ConcurrentLru<(string Home, string Address), CallerIdentity> _callers = new(capacity: 4_096);
    private readonly ConcurrentLru<(string Home, PhoneNumber Number), string> _shown = new(capacity: 4_096);

    public NumberParser(IOptionsMonitor<DialOptions> options)
        : this(() => options.CurrentValue.HomeCountry)
    {
    }

    /// <summary>ISO 3166, two letters.</summary>
    public string HomeCountry => home();

    /// <summary>Understands what a person wrote: typed, pasted, printed or in a file. Never throws for a bad number.</summary>
    public NumberReading Read(string? text)
    {
        if (text is { Length: > NumberText.Longest })
        {
            return No(NumberProblem.TooLong, "This is too long for a telephone number.");
        }

        var plain = Bare(NumberText.Plain(text));
        if (plain.Length == 0)
        {
            return No(NumberProblem.Empty, "Type a number first.");
        }

        if (RoundedNumber().IsMatch(plain))
        {
            return No(NumberProblem.Rounded,
                $"A spreadsheet has rounded this number to {plain}, so its last digits are lost. Format the column as text there, and "
                    + "enter the number again.");
        }

        plain = plain.Length is > 1 and < 8 && plain[0] != '*' ? plain.TrimEnd('#') : plain; // some keypads send it behind the digits
        if (plain.Length is > 0 and <= 3 && plain.All(char.IsAsciiDigit) && _services.Find(plain) is { } brief)
        {
            return brief; // 000 is for emergencies, 0 is the operator: neither is a number that was withheld
        }

        if (CallerIdentity.IsWithheld(plain))
        {
            return plain.Any(char.IsAsciiLetterOrDigit)
                ? No(NumberProblem.Withheld,
                    "This stands for a number that was withheld. If it is a number all the same, write it with its country code.")
                : No(NumberProblem.NotANumber, "This is not a phone number.");
        }

        if (plain[0] == '#' && plain.AsSpan(1).ContainsAnyInRange('A', 'Z')) // #N/A, #REF!, #VALUE!
        {
            return No(NumberProblem.NotANumber, "A spreadsheet shows an error here and no number. Mend the cell there.");
        }

        if (plain[0] is '*' or '#')
        {
            return No(NumberProblem.Service, "Codes that begin with * or # are the telephone company's: they cannot be used from here.");
        }

        string? extension = null;
        if (plain.AsSpan().ContainsAnyExcept(NumberSigns))
        {
            plain = Kind().Replace(plain, "");
            if (Extension().Match(plain) is { Success: true } match)
            {
                (plain, extension) = (match.Groups["number"].Value.TrimEnd(), match.Groups["extension"].Value);
            }
        }

        if (plain.AsSpan().ContainsAnyExcept(NumberSigns))
        {
            plain = Dressed(plain);
        }

        plain = plain.Any(char.IsAsciiLetter) ? Spelled(plain) : plain;
        var digits = string.Concat(plain.Where(char.IsAsciiDigit));
        var isNumber = NumberOnly().IsMatch(plain);
        if (!isNumber || (digits.Length > 15 && plain.Contains('/', StringComparison.Ordinal)))
        {
            return No(
                NumberProblem.NotANumber, digits.Length > 15 ? "These are several numbers. Write one." : "This is not a phone number.");
        }

        // A short number has none, nor has one of a service behind the 1 that is dialled before long distances.
        var hasCountry = plain.TrimStart('(', ' ').StartsWith('+') && digits.Length > 3
            && digits is not ['1', >= '2' and <= '8', '1', '1'];
        var service = hasCountry ? null : _services.Find(digits) ?? _services.FindHiding(digits, IsNumberAtHome);
        return service ?? Full(plain, digits, extension) switch
        {
            { Number: null } when _services.IsEmergencyBehindPrefix(digits, hasCountry) => ServiceNumbers.Emergency,
            { Number: null } when SlashedExtension().Match(plain) is { Success: true } match && extension is null
                && Read(match.Groups["number"].Value) is { Number: not null, Extension: null } whole
                => whole with { Extension = match.Groups["extension"].Value },
            var read => read,
        };
    }

    private bool IsNumberAtHome(string digits) => Understand(digits, home()) is { } number && IsGivenOut(number);

    /// <summary>Understands who is calling, or which line was called: E.164, digits without a plus, a SIP address, a word.</summary>
    public CallerIdentity ReadCaller(string? address) =>
        address is { Length: > 0 and <= CallerIdentity.LongestKept } brief
            ? _callers.GetOrAdd((home(), brief), static (asked, parser) => parser._caller.Read(asked.Address), this)
            : _caller.Read(address);

    /// <summary>The calling code of a country, e.g. <c>44</c> for <c>GB</c>; null when there is no such country.</summary>
    [SuppressMessage("Performance", "CA1822", Justification = "Asked of the parser, as everything about numbers is.")]
    public string? CallingCodeOf(string country) =>
        Plans.GetCountryCodeForRegion(country) is > 0 and var code ? code.ToString(CultureInfo.InvariantCulture) : null;

    /// <summary>What a number is for; unknown when its country has not given it out.</summary>
    public NumberType TypeOf(PhoneNumber number) => Understand(number.Value) is not { } known ? NumberType.Unknown
        : Plans.GetNumberType(known) switch
    {
        LibraryType.FIXED_LINE => NumberType.FixedLine,
        LibraryType.MOBILE => NumberType.Mobile,
        LibraryType.FIXED_LINE_OR_MOBILE => NumberType.FixedLineOrMobile,
        LibraryType.TOLL_FREE => NumberType.TollFree,
        LibraryType.PREMIUM_RATE => NumberType.Premium,
        LibraryType.SHARED_COST => NumberType.SharedCost,
        LibraryType.PERSONAL_NUMBER => NumberType.Personal,
        LibraryType.VOIP => NumberType.Voip,
        LibraryType.PAGER => NumberType.Pager,
        LibraryType.UAN => NumberType.Company,
        LibraryType.VOICEMAIL => NumberType.Voicemail,
        _ => NumberType.Unknown,
    };

    /// <summary>The calling code with which a number begins; null when no country has it.</summary>
    [SuppressMessage("Performance", "CA1822", Justification = "Asked of the parser, as everything about numbers is.")]
    public string? CallingCodeOf(PhoneNumber number) => CodesOf(number.Value[1..]).FirstOrDefault();

    /// <summary>
    /// The number as people write it: national at home, e.g. <c>(202) 555-0111</c>, international from elsewhere, e.g. <c>+44 20 7946
    /// 0958</c>.
    /// </summary>
    public string Format(PhoneNumber number) =>
        _shown.GetOrAdd((home(), number), static (asked, parser) => parser.LayOut(asked.Number), this);

    private string LayOut(PhoneNumber number) => Understand(number.Value) is not { } known ? number.Value
        : known.CountryCode == Plans.GetCountryCodeForRegion(home()) ? Plans.Format(known, LibraryFormat.NATIONAL)
        : Separators().Replace(Plans.Format(known, LibraryFormat.INTERNATIONAL), " "); // E.123 puts blanks between the groups

    /// <summary>The text laid out as its country writes it, while it is typed. Names and service codes are left as they are.</summary>
    public string FormatAsTyped(string text)
    {
        var plain = NumberText.Plain(text);
        if (!plain.Any(char.IsAsciiDigit) || plain.Any(c => !char.IsAsciiDigit(c)
            && c is not ('+' or '-' or '.' or '(' or ')' or ' ' or '/')))
        {
            return text;
        }

        var formatter = Plans.GetAsYouTypeFormatter(home());
        var laidOut = "";
        foreach (var c in plain.Where(c => char.IsAsciiDigit(c) || c == '+'))
        {
            laidOut = formatter.InputDigit(c);
        }

        return laidOut.Trim();
    }

    /// <summary>Whether a country has given the number out, or set it aside for fiction.</summary>
    public bool IsValid(PhoneNumber number) => Understand(number.Value) is { } known && IsGivenOut(known);

    private static NumberReading No(NumberProblem problem, string words) => new(null, null, problem, words);

    /// <summary>Without what spreadsheets put around digits so that they stay text, and without the scheme of a link.</summary>
    private static string Bare(string plain)
    {
        if (plain.StartsWith('=') && Formula().Match(plain) is { Success: true } formula)
        {
            plain = formula.Groups["text"].Value;
        }

        plain = plain.TrimStart('\'', '\u2018', '\u2019', '`').TrimEnd('\'', '\u2019', '`', ',', ';', ' ').Trim();
        if (LinkScheme().IsMatch(plain))
        {
            plain = LinkParameter().Replace(WithArea(LinkScheme().Replace(plain, "")), ""); // all but the extension (RFC 3966)
        }

        plain = Thousands().Replace(plain, "");
        return ZerosBehindPlus().Replace(FloatingPoint().Replace(plain, ""), "+");
    }

    /// <summary>
    /// Without what people and address books put around and into a number: brackets, quotation marks, dots in the middle of the line, the
    /// long vowel that Japanese keyboards give for a hyphen.
    /// </summary>
    private static string Dressed(string plain)
    {
        plain = AnyCarrier().Replace(plain, "");
        return string.Concat(plain.Select(c => c switch
        {
            '[' or '{' => '(',
            ']' or '}' => ')',
            '\u30FC' or '\u02D7' or '\u2043' => '-',
            '_' or '\u30FB' or '\u00B7' or '\u2022' or '\u2219' or '\u2027' or '\u22C5' or '\u2E31' => ' ',
            _ => c,
        })).Trim(' ', '"', '<', '>', '\u201C', '\u201D', '\u201E', '\u00AB', '\u00BB');
    }

    /// <summary>
    /// A North American freephone number that spells a word, e.g. <c>1-800-FLOWERS</c>, in digits. Letters elsewhere are no digits.
    /// </summary>
    private static string Spelled(string plain) =>
        FreephoneWord().Match(plain) is { Success: true } match && match.Groups["word"].Value.Count(char.IsAsciiLetterOrDigit) == 7
            ? $"+1{match.Groups["code"].Value}{Library.ConvertAlphaCharactersInNumber(match.Groups["word"].Value)}"
            : plain;

    private NumberReading Full(string plain, string digits, string? extension)
    {
        var country = home();
        var isInternational = plain.TrimStart('(', ' ').StartsWith('+');
        var number = Understand(plain, country);
        if (isInternational && (number is null || !IsGivenOut(number)) && plain.Contains("(0)", StringComparison.Ordinal)
            && Understand(plain.Replace("(0)", "", StringComparison.Ordinal)) is { } bare && IsGivenOut(bare))
        {
            number = bare; // where the country has no zero to leave out, the library keeps it
        }

        if (!isInternational && (number is null || !IsGivenOut(number)) && digits.StartsWith("00", StringComparison.Ordinal)
            && Understand("+" + digits[2..]) is { } abroad && IsGivenOut(abroad))
        {
            number = abroad; // 00 is how most countries dial what is written as a plus; no number begins with it
        }

        if (!isInternational && digits.Length > 10 && digits[0] != '0' && CallingCodeOf(country) is { } own
            && digits.StartsWith(own, StringComparison.Ordinal) && Understand("+" + digits) is { } plus && IsGivenOut(plus))
        {
            number = plus; // as a caller's: where numbers have any length, the library takes 49171… for one of an area 49171
        }

        if (number is not null && IsGivenOut(number))
        {
            // Some countries have numbers of a few digits, which nobody can dial from another one.
            return PhoneNumber.TryParse(Write(number), out var whole)
                ? new NumberReading(whole, extension, NumberProblem.None, null)
                : No(NumberProblem.TooShort, "This number is too short to be called from here.");
        }

        if (!isInternational)
        {
            if (digits[0] == '0' && Plans.GetNddPrefixForRegion(country, true) != "0" && digits.Length > 3)
            {
                return No(NumberProblem.NotAtHome, "No number here begins with 0: write it with its country code.");
            }

            if (Plans.GetCountryCodeForRegion(country) == 1 && NorthAmericanProblem(digits) is { } words)
            {
                return No(NumberProblem.NotAtHome, words);
            }
        }

        if (number is null)
        {
            return isInternational && digits.Length > 6
                ? No(NumberProblem.NoCountry, "There is no country with this code.")
                : No(NumberProblem.TooShort, "This number is too short.");
        }

        var possible = PhoneNumber.TryParse(Write(number), out var written) ? written : (PhoneNumber?)null;
        return (Plans.IsPossibleNumberWithReason(number) switch
        {
            Possibility.IS_POSSIBLE_LOCAL_ONLY => No(NumberProblem.AreaCodeMissing, "The area code is missing."),
            Possibility.TOO_SHORT => No(NumberProblem.TooShort, "This number is too short."),
            Possibility.TOO_LONG => No(NumberProblem.TooLong, isInternational ? "This number is too long."
                : "This number is too long to be one here: write a number of another country with its country code."),
            Possibility.INVALID_COUNTRY_CODE => No(NumberProblem.NoCountry, "There is no country with this code."),
            Possibility.INVALID_LENGTH => No(NumberProblem.TooShort, "No number of this country has this length."),
            _ => No(NumberProblem.NotGivenOut, isInternational
                ? $"There is no such number{InCountry(number.CountryCode)}. Check its digits."
                : $"There is no such number{InCountry(number.CountryCode)}. Check its digits, or write it with its country code."),
        }) with { Possible = possible };
    }

    /// <summary>A North American number is NXX NXX XXXX: N is 2 to 9.</summary>
    private static string? NorthAmericanProblem(string digits)
    {
        var national = digits.Length == 11 && digits[0] == '1' ? digits[1..] : digits;
        return national.Length != 10 ? null
            : national[0] is '0' or '1'
                ? $"No area code here begins with {national[0]}: check it, or write the number with its country code."
            : national[3] is '0' or '1'
                ? $"No number here has {national[3]} behind its area code: check it, or write the number with its country code."
            : null;
    }

    private static string InCountry(int code)
    {
        var region = Plans.GetRegionCodeForCountryCode(code);
        return region is { Length: 2 } && region != "ZZ" ? $" in the plan of {NameOf(region)} (+{code})" : "";
    }

    /// <summary>.NET knows no culture for some of the library's regions, e.g. Ascension Island.</summary>
    private static string NameOf(string region)
    {
        try
        {
            return new RegionInfo(region).EnglishName;
        }
        catch (ArgumentException)
        {
            return region;
        }
    }
}
