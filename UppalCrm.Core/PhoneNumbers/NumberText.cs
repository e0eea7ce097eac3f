using System.Globalization;
using System.Text;

namespace UppalCrm.Core.PhoneNumbers;

/// <summary>Text as people paste and print it, made plain before a number or a search is read.</summary>
public static class NumberText
{
    /// <summary>A longer text is no number: E.164 has 15 digits, and people add spaces, brackets and an extension.</summary>
    public const int Longest = 200;

    /// <summary>
    /// Invisible and direction characters go, every space becomes a blank, every dash a hyphen, every digit and sign (full-width, Arabic,
    /// Devanagari, …) the ASCII one, and combining letters are composed.
    /// </summary>
    public static string Plain(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        if (text.All(c => c is >= ' ' and < '\u007F'))
        {
            return text.Trim(); // nearly always
        }

        var plain = new StringBuilder(text.Length);
        foreach (var rune in KeptText.Normalized(text, NormalizationForm.FormKC).EnumerateRunes())
        {
            switch (Rune.GetUnicodeCategory(rune))
            {
                case UnicodeCategory.Format or UnicodeCategory.EnclosingMark:
                case UnicodeCategory.NonSpacingMark when rune.Value is >= 0xFE00 and <= 0xFE0F: // how an emoji digit is drawn
                    break;
                case UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                    or UnicodeCategory.Control:
                    plain.Append(' ');
                    break;
                case UnicodeCategory.DashPunctuation:
                case UnicodeCategory.MathSymbol when rune.Value == 0x2212: // minus
                    plain.Append('-');
                    break;
                case UnicodeCategory.DecimalDigitNumber:
                    plain.Append((char)('0' + (int)Rune.GetNumericValue(rune)));
                    break;
                default:
                    plain.Append(rune.ToString());
                    break;
            }
        }

        return plain.ToString().Trim();
    }
}
