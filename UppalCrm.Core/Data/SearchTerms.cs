using System.Globalization;
using System.Text;

namespace UppalCrm.Core.Data;

/// <summary>What somebody typed into a search field: digits of a number, or beginnings of words.</summary>
public sealed class SearchTerms
{
    /// <summary>The longest word that is kept in <see cref="SearchTermTables"/>, with the letter before it; a longer one is cut.</summary>
    internal const int LongestTerm = 60;

    private const int MostWords = 8;

    // What a word is of: the letter before it.
    private const char Name = 'n';
    private const char Email = 'e';
    private const char Number = 'd';

    private SearchTerms(string? digits, IReadOnlyList<string> words) => (Digits, Words) = (digits, words);

    /// <summary>The digits, when nothing but a number was typed.</summary>
    public string? Digits { get; }

    /// <summary>Else the words, each of letters and digits only, in the order typed; eight at most.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <returns>Null when there is nothing to search for.</returns>
    public static SearchTerms? Read(string? typed)
    {
        if (string.IsNullOrWhiteSpace(typed))
        {
            return null;
        }

        var text = (typed.Length > 200 ? typed[..200] : typed).Normalize(NormalizationForm.FormC);
        if (text.All(c => char.IsAsciiDigit(c) || char.IsWhiteSpace(c) || c is '+' or '(' or ')' or '-' or '.' or '/'))
        {
            var digits = string.Concat(text.Where(char.IsAsciiDigit));
            // 00 is how many countries dial what is written as +.
            return digits.Length == 0 ? null : new SearchTerms(digits.StartsWith("00", StringComparison.Ordinal) && digits.Length > 4 ? digits[2..] : digits, []);
        }

        var words = Split(text).Take(MostWords).ToList();
        return words.Count == 0 ? null : new SearchTerms(null, words);
    }

    /// <summary>How the digits typed begin in <see cref="SearchTermTables"/>: twice the same unless there is a second way to read them.</summary>
    internal (string Digits, string OrDigits) DigitPrefixes => (Number + Digits, Number + (SignificantDigits ?? Digits));

    internal IEnumerable<string> NamePrefixes => Words.Select(word => Fold(Name, word));

    internal IEnumerable<string> EmailPrefixes => Words.Select(word => Fold(Email, word));

    /// <summary>Without the 0 that many countries dial before a national number, which is not part of it.</summary>
    private string? SignificantDigits => Digits is ['0', ..] digits && digits.TrimStart('0') is { Length: > 5 } significant ? significant : null;

    internal static IEnumerable<string> OfName(string? text) => Split(text ?? "").Select(word => Fold(Name, word));

    internal static IEnumerable<string> OfEmail(string? text) => Split(text ?? "").Select(word => Fold(Email, word));

    /// <summary>
    /// A number is found by any beginning of: itself, itself without its calling code (of 1 to 3 digits), its last seven, its last four.
    /// What is no number, such as a SIP address, is found by its words.
    /// </summary>
    internal static IEnumerable<string> OfNumber(string number)
    {
        if (number is not ['+', .. var digits])
        {
            return Split(number).Select(word => Fold(Number, word));
        }

        var beginnings = new[] { digits, From(1), From(2), From(3), From(digits.Length - 7), From(digits.Length - 4) };
        return beginnings.Where(text => text.Length > 0).Select(text => Fold(Number, text));

        string From(int start) => digits[Math.Clamp(start, 0, digits.Length)..];
    }

    private static IEnumerable<string> Split(string text)
    {
        var word = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || Rune.IsNumber(rune))
            {
                word.Append(rune.ToString());
            }
            else if (word.Length > 0)
            {
                yield return word.ToString();
                word.Clear();
            }
        }

        if (word.Length > 0)
        {
            yield return word.ToString();
        }
    }

    /// <summary>Without case and accents, as FTS5's tokenizer <c>unicode61 remove_diacritics 2</c> reads a word.</summary>
    private static string Fold(char of, string word)
    {
        var folded = new StringBuilder(word.Length + 1).Append(of);
        foreach (var rune in word.Normalize(NormalizationForm.FormD).EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark))
            {
                folded.Append(Rune.ToLowerInvariant(rune).ToString());
            }
        }

        return folded.Length > LongestTerm ? folded.ToString(0, LongestTerm) : folded.ToString();
    }

    /// <summary>As a query of SQLite's FTS5 over the columns <c>names</c> and <c>numbers</c>. Every word must begin a word there.</summary>
    internal string ToMatch() => Digits is null
        ? string.Join(" AND ", Words.Select(word => $"names : \"{word}\"*"))
        : SignificantDigits is { } significant
            ? $"numbers : (\"{Digits}\"* OR \"{significant}\"*)"
            : $"numbers : \"{Digits}\"*";
}
