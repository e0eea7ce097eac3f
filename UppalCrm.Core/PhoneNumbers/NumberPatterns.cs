using System.Text.RegularExpressions;

namespace UppalCrm.Core.PhoneNumbers;

/// <summary>What stands around the digits of a number as people, address books, spreadsheets and links write it.</summary>
internal static partial class NumberPatterns
{
    /// <summary>No text of <see cref="NumberText.Longest"/> takes milliseconds: so long only a machine without time for us does.</summary>
    internal const int MatchMilliseconds = 10_000;

    [GeneratedRegex("^(?:tel|callto|sips?|phone):(?://)?", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchMilliseconds)]
    public static partial Regex LinkScheme();

    /// <summary>A parameter of a link that is no extension: it ends the number.</summary>
    [GeneratedRegex(
        @";(?!ext(?:ension)?=|postd=)[a-z\-]+(?:=[^;]*)?", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchMilliseconds)]
    public static partial Regex LinkParameter();

    /// <summary>What programs make of a number that they take for an amount.</summary>
    [GeneratedRegex(@"(?<=^\+?\d{7,15})\.0{1,2}$", RegexOptions.CultureInvariant, MatchMilliseconds)]
    public static partial Regex FloatingPoint();

    /// <summary>00, or 011 in North America, is dialled instead of the plus: both together are the plus.</summary>
    [GeneratedRegex(@"^\+\s*0(?:0|11)(?=\s*[1-9])|^\+\+", RegexOptions.CultureInvariant, MatchMilliseconds)]
    public static partial Regex ZerosBehindPlus();

    /// <summary>A word or a sign before or behind a number that says of which kind it is.</summary>
    [GeneratedRegex(
        @"^(?:[\u260E\u260F\u2706\uFE0F\s]|\uD83D[\uDCDE\uDCDF\uDCF1\uDCF2\uDCE0])+|^(?:tel(?:e(?:phone|fon|foon))?|t[eé]l(?:[eé]phone)?|ph(?:one)?|mob(?:ile?)?|cell?|fax|home|work|office|main|direct|handy|m[oó]vil|celular|cellulare|portable|gsm|whatsapp|[tmphcfw])\s*(?:no|nr|number)?[.:\s]+(?=[+(\[\d])|\s*[(\[](?:tel|phone|mobile?|cell?|home|work|office|main|fax|direct|handy|m[oó]vil|celular|portable)[)\]]$|\s+(?:mobile?|cell?|home|work|office|main|fax|handy)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchMilliseconds)]
    public static partial Regex Kind();

    [GeneratedRegex("^sips?:(?://)?|^tel:|^whatsapp:", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchMilliseconds)]
    public static partial Regex SipScheme();

    /// <summary>Digits in threes, as a spreadsheet writes an amount; in India in twos before the last three.</summary>
    [GeneratedRegex(@"(?<=^\d{1,3}(?:[,'\u2019]\d{2,3})*)[,'\u2019](?=(?:\d{2,3}[,'\u2019])*\d{3}$)", RegexOptions.CultureInvariant, MatchMilliseconds)]
    public static partial Regex Thousands();

    /// <summary>A formula that gives a text, which keeps a spreadsheet from rounding it.</summary>
    [GeneratedRegex(
        @"^=(?:T\()?""?(?<text>[+\d(][^""=]*?)""?\)?$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    public static partial Regex Formula();

    /// <summary>The area of a number that is written without it (RFC 3966, section 5.1.5).</summary>
    [GeneratedRegex(
        @";phone-context=(?<area>\+[\d().\-]+)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    public static partial Regex PhoneContext();

    /// <summary>A number of a link that is written without its area or country, with it.</summary>
    public static string WithArea(string link) =>
        !link.StartsWith('+') && PhoneContext().Match(link) is { Success: true } context ? context.Groups["area"].Value + link : link;

    /// <summary>Brazil: a zero and whatever carrier one chooses, before the area code.</summary>
    [GeneratedRegex(@"0\s?(?:xx|\*\*)\s?(?=\d\d\D)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchMilliseconds)]
    public static partial Regex AnyCarrier();

    [GeneratedRegex(@"^[+-]?\d[\d.,]*E\+?0?\d{1,2}$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchMilliseconds)]
    public static partial Regex RoundedNumber();

    /// <summary>Words before an extension, in the languages of Europe and the large ones of Asia.</summary>
    private const string ExtensionWord =
        "postd|e?xt(?:n|ension|ention|ensao|ensão)?|ex|extensi[oó]n|xtn|local|desk|durchw(?:ahl)?|dw|n(?:b|eben)?st|nebenstelle|klappe|kl|app(?:arat)?"
        + "|poste?|ligne|an(?:e)?x(?:o)?|intern(?:[eo]|nr)?|int|interior|derivat[oi]|toestel|tst|doorkies(?:nummer|nr)?|ramal|rml"
        + "|доб(?:авочный)?|доп|вн(?:утр(?:енний)?)?|wewn?(?:ętrzny)?|lin[ki]a|klapka|dah(?:ili)?|lok(?:al)?(?:nr)?|linje|ankn(?:ytning|ytn|r)?"
        + "|alan(?:umero|ro)|mellék|εσωτ(?:ερικό)?|kućni|שלוחה|تحويلة|máy lẻ|nhánh|ต่อ|داخلي|內線|内線|分机|分機|转|轉|내선";

    /// <summary>
    /// An extension behind a number: a word or sign, then digits. <c>p</c>, <c>w</c>, commas and semicolons are pauses of a telephone.
    /// </summary>
    [GeneratedRegex(
        @"^(?<number>.*?\d[\d\s().\-/\[\]{}_·]*?|\+?1?[\s.(-]*8(?:00|33|44|55|66|77|88)[\s).-]*[A-Z][A-Z0-9 .-]*?(?=[\s,;]))[\s(\[\-]*(?:[;,]?\s*(?:" + ExtensionWord
            + @")\s*[.:=\-]{0,2}\s*(?:n(?:[oº°r]|[uú]m(?:ber|ero|mer)?)?\.?\s*)?\#?\s*(?<extension>\d{1,11})|\s*"
            + @"(?:[,;]{1,4}(?=\d)|(?:x|×|\*|\#|~|p{1,4}|w{1,4}|r)\s?\.?\s?|(?:pause|wait)\s+)(?<extension>\d{1,6}))\s*\#?\s*[)\]]?$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    public static partial Regex Extension();

    /// <summary>
    /// An extension behind a slash. Two digits, or four, are as often the end of the subscriber's next number.
    /// </summary>
    [GeneratedRegex(
        @"^(?<number>.*\d)\s?/\s?(?<extension>\d{3}|\d{5})$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    public static partial Regex SlashedExtension();

    [GeneratedRegex(@"^[\s(]*\+?[\s(]*\d[\d\s().\-/\[\]~'·]*$", RegexOptions.CultureInvariant, MatchMilliseconds)]
    public static partial Regex NumberOnly();

    [GeneratedRegex(
        @"^\+?1?[\s.(-]*(?<code>8(?:00|33|44|55|66|77|88))[\s).-]*(?<word>(?=.*[A-Z])[A-Z0-9][A-Z0-9 .-]*)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchMilliseconds)]
    public static partial Regex FreephoneWord();

    [GeneratedRegex(@"[-().~/\u2013 ]+", RegexOptions.CultureInvariant, MatchMilliseconds)]
    public static partial Regex Separators();
}
