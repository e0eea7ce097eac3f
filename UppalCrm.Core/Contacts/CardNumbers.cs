using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace UppalCrm.Core.Contacts;

/// <summary>Numbers of payment cards do not belong into notes: PCI DSS would count the whole house as a card's keeper.</summary>
public static partial class CardNumbers
{
    /// <returns>The text with all but the last four digits of each card number struck out.</returns>
    public static string? Mask(string? text) => text is null ? null : Candidates().Replace(text, match =>
    {
        var digits = string.Concat(match.Value.Where(char.IsDigit).Select(d => (char)('0' + CharUnicodeInfo.GetDecimalDigitValue(d))));
        return IsCard(digits) ? Strike(match.Value, digits.Length - 4) : match.Value;
    });

    /// <summary>13 to 19 digits of a scheme whose check digit is right (ISO/IEC 7812-1).</summary>
    private static bool IsCard(string digits)
    {
        if (digits.Length is < 13 or > 19 || digits[0] is < '2' or > '6')
        {
            return false;
        }

        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[^(i + 1)] - '0';
            digit = i % 2 == 0 ? digit : digit * 2;
            sum += digit > 9 ? digit - 9 : digit;
        }

        return sum % 10 == 0;
    }

    private static string Strike(string text, int count)
    {
        var masked = new StringBuilder(text);
        for (var i = 0; i < masked.Length && count > 0; i++)
        {
            if (char.IsDigit(masked[i]))
            {
                masked[i] = '•';
                count--;
            }
        }

        return masked.ToString();
    }

    // In groups as people write them. After a plus or another digit it is a telephone number, or longer than any card.
    [GeneratedRegex(@"(?<![\d+])\d(?:[ \u00A0\u202F.\-\u2010-\u2013/_]{0,2}\d){12,18}(?!\d)", RegexOptions.CultureInvariant)]
    private static partial Regex Candidates();
}
