using System.Buffers;
using System.Globalization;
using System.Text;

namespace UppalCrm.Core;

/// <summary>
/// Text of a person, a file or the carrier, as it is kept: what nobody sees, and what turns other text around, is not in it.
/// </summary>
public static class KeptText
{
    /// <summary>Overrides and embeddings of direction, blanks without width, marks of byte order and of annotations.</summary>
    private const string Invisible =
        "\u00AD\u180E\u200B\u202A\u202B\u202C\u202D\u202E\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069"
        + "\u206A\u206B\u206C\u206D\u206E\u206F\uFEFF\uFFF9\uFFFA\uFFFB";

    /// <summary>Letters and signs by their category, of which nothing is drawn.</summary>
    private const string Blank = "\u115F\u1160\u2800\u3164\uFFA0";

    /// <summary>One line: a break or a tab is a space. Empty when nothing of it can be seen.</summary>
    public static string OneLine(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        if (IsPlain(text))
        {
            return text.Trim(); // nearly always
        }

        var kept = Clean(text, breaks: false).Trim();
        return kept.EnumerateRunes().Any(IsSeen) ? kept : "";
    }

    /// <summary>Several lines, with the blanks at both ends: notes are saved while they are typed.</summary>
    public static string? Lines(string? text) => text is null || IsPlain(text) ? text : Clean(text, breaks: true);

    /// <summary>Several lines without the blanks at both ends. Null when nothing is left.</summary>
    public static string? LinesOrNull(string? text) => Lines(text)?.Trim() is { Length: > 0 } kept ? kept : null;

    /// <summary>As <see cref="string.Normalize(NormalizationForm)"/>, which throws on half a surrogate pair and on U+FFFE.</summary>
    public static string Normalized(string text, NormalizationForm form)
    {
        if (IsPlain(text))
        {
            return text;
        }

        var whole = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            whole.Append(IsNoCharacter(rune) ? "\uFFFD" : rune.ToString());
        }

        return whole.ToString().Normalize(form);
    }

    private static bool IsPlain(string text) => !text.AsSpan().ContainsAnyExceptInRange(' ', '~');

    private static string Clean(string text, bool breaks)
    {
        var kept = new StringBuilder(text.Length);
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            var isWhole = Rune.DecodeFromUtf16(rest, out var rune, out var length) == OperationStatus.Done;
            rest = rest[length..];
            if (!isWhole || IsNoCharacter(rune) || (rune.IsBmp && Invisible.Contains((char)rune.Value, StringComparison.Ordinal)))
            {
                continue;
            }

            if (breaks && rune.Value is '\n' or '\r' or '\t')
            {
                kept.Append((char)rune.Value);
            }
            else if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                kept.Append(!Rune.IsWhiteSpace(rune) ? "" : breaks ? "\n" : " ");
            }
            else
            {
                kept.Append(rune.ToString());
            }
        }

        return kept.ToString();
    }

    private static bool IsNoCharacter(Rune rune) => (rune.Value & 0xFFFE) == 0xFFFE || rune.Value is >= 0xFDD0 and <= 0xFDEF;

    private static bool IsSeen(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Format or UnicodeCategory.Control or UnicodeCategory.SpaceSeparator
            or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.OtherNotAssigned)
        && !(rune.IsBmp && Blank.Contains((char)rune.Value, StringComparison.Ordinal));
}
