using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace UppalCrm.Core.Data;

/// <summary>What somebody typed into a search field: digits of a number, or beginnings of words.</summary>
public sealed partial class SearchTerms
{
    /// <summary>The longest word that is kept in <see cref="SearchTermTables"/>, with the letter before it; a longer one is cut.</summary>
    internal const int LongestTerm = 60;

    private const int MostWords = 8;

    // What a word is of: the letter before it.
    private const char Name = 'n';
    private const char Email = 'e';
    private const char Number = 'd';

    private SearchTerms(IReadOnlyList<string> spellings, IReadOnlyList<string> words) => (Spellings, Words) = (spellings, words);

    /// <summary>
    /// The digits, when nothing but a number was typed: as they are, and as a number keeps them (three at most). Else none.
    /// </summary>
    public IReadOnlyList<string> Spellings { get; }

    /// <summary>The digits as typed, when nothing but a number was.</summary>
    public string? Digits => Spellings.Count == 0 ? null : Spellings[0];

    /// <summary>Else the words, each of letters and digits only, in the order typed; eight at most.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <returns>Null when there is nothing to search for.</returns>
    public static SearchTerms? Read(string? typed)
    {
        var text = NumberText.Plain(typed is { Length: > 200 } ? typed[..200] : typed);
        if (text.Length == 0)
        {
            return null;
        }

        if (NumberOf(text) is { } number)
        {
            var spellings = SpellingsOf(number);
            return spellings.Count == 0 ? null : new SearchTerms(spellings, []);
        }

        var words = Split(text).Take(MostWords).ToList();
        return words.Count == 0 ? null : new SearchTerms([], words);
    }

    /// <summary>
    /// How the digits typed begin in <see cref="SearchTermTables"/>, in each spelling; always three, the last one again if there are
    /// fewer.
    /// </summary>
    internal (string First, string Second, string Third) DigitPrefixes =>
        (Number + Spellings[0], Number + Spellings[Math.Min(1, Spellings.Count - 1)], Number + Spellings[^1]);

    internal IEnumerable<string> NamePrefixes => Words.Select(word => Fold(Name, word));

    internal IEnumerable<string> EmailPrefixes => Words.Select(word => Fold(Email, word));

    internal static IEnumerable<string> OfName(string? text) => Split(text ?? "").Select(word => Fold(Name, word));

    internal static IEnumerable<string> OfEmail(string? text) => Split(text ?? "").Select(word => Fold(Email, word));

    /// <summary>
    /// A number is found by any beginning of: itself, itself without its calling code (of 1 to 3 digits), its last eight, seven, six and
    /// four.
    /// What is no number, such as a SIP address, is found by its words.
    /// </summary>
    internal static IEnumerable<string> OfNumber(string number)
    {
        if (number is not ['+', .. var digits])
        {
            return Split(number).Select(word => Fold(Number, word));
        }

        var beginnings = new[]
        {
            digits, From(1), From(2), From(3), From(digits.Length - 8), From(digits.Length - 7), From(digits.Length - 6),
            From(digits.Length - 4),
        };
        return beginnings.Where(text => text.Length > 0).Select(text => Fold(Number, text));

        string From(int start) => digits[Math.Clamp(start, 0, digits.Length)..];
    }

    /// <summary>
    /// The text where it is a number, without its extension; null for words. What people put around a number, e.g. <c>Tel.</c>, is no word
    /// where six digits or more follow: fewer may belong to a name.
    /// </summary>
    private static string? NumberOf(string text)
    {
        var number = AroundNumber().Replace(text, "");
        if (number.All(c => char.IsAsciiDigit(c) || char.IsWhiteSpace(c) || c is '+' or '(' or ')' or '-' or '.' or '/' or '[' or ']'))
        {
            return number;
        }

        number = NumberPatterns.Kind().Replace(number, "").Replace('\u30FC', '-');
        number = NumberPatterns.Extension().Match(number) is { Success: true } match ? match.Groups["number"].Value : number;
        return number.Count(char.IsAsciiDigit) >= 6 && !number.Any(c => char.IsLetter(c) || c == '@') ? number : null;
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
        foreach (var rune in KeptText.Normalized(word, NormalizationForm.FormD).EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark))
            {
                folded.Append(Rune.ToLowerInvariant(rune).ToString());
            }
        }

        return folded.Length > LongestTerm ? folded.ToString(0, LongestTerm) : folded.ToString();
    }

    /// <summary>
    /// As a query of SQLite's FTS5 over the columns <c>names</c> and <c>numbers</c>. Every word must begin a word there.
    /// </summary>
    internal string ToMatch() => Spellings.Count > 0
        ? $"numbers : ({string.Join(" OR ", Spellings.Select(digits => $"\"{digits}\"*"))})"
        : string.Join(" AND ", Words.Select(word => $"names : \"{word}\"*"));

    /// <summary>
    /// 00 is how many countries dial what is written as a plus. Neither the 0 before a national number nor the one in brackets behind a
    /// country code is part of the number, except in Italy: both are looked for.
    /// </summary>
    private static List<string> SpellingsOf(string number)
    {
        var spellings = new List<string>(3);
        foreach (var digits in new[] { number, number.Replace("(0)", "", StringComparison.Ordinal) }.Select(text =>
            string.Concat(text.Where(char.IsAsciiDigit))))
        {
            var abroad = digits.StartsWith("00", StringComparison.Ordinal) && digits.Length > 4 ? digits[2..]
                : digits.StartsWith("011", StringComparison.Ordinal) && digits.Length > 10 ? digits[3..] // how North America dials it
                : digits;
            Add(abroad);
            if (abroad.TrimStart('0') is { Length: > 5 } significant)
            {
                Add(significant);
            }
        }

        return spellings;

        void Add(string digits)
        {
            if (digits.Length > 0 && spellings.Count < 3 && !spellings.Contains(digits))
            {
                spellings.Add(digits);
            }
        }
    }

    /// <summary>The scheme of a link, and an extension.</summary>
    [GeneratedRegex(
        @"^(?:tel|callto|sips?):|(?<=\d[\d\s().\-/]{5,})\s*(?:;ext=|,+|x|ext\.?|\#)\s*\d{1,8}\#?$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex AroundNumber();
}
