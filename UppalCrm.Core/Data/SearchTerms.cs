using System.Text;
using System.Text.RegularExpressions;

namespace UppalCrm.Core.Data;

/// <summary>What somebody typed into a search field: digits of a number, or beginnings of words.</summary>
public sealed partial class SearchTerms
{
    private const int MostWords = 8;

    private SearchTerms(IReadOnlyList<string> spellings, IReadOnlyList<string> words) => (Spellings, Words) = (spellings, words);

    /// <summary>The digits, when nothing but a number was typed: as they are, and as a number keeps them (three at most). Else none.</summary>
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

        var number = AroundNumber().Replace(text, "");
        if (number.All(c => char.IsAsciiDigit(c) || char.IsWhiteSpace(c) || c is '+' or '(' or ')' or '-' or '.' or '/' or '[' or ']'))
        {
            var spellings = SpellingsOf(number);
            return spellings.Count == 0 ? null : new SearchTerms(spellings, []);
        }

        var words = new List<string>();
        var word = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || Rune.IsNumber(rune))
            {
                word.Append(rune.ToString());
            }
            else if (word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }

        if (word.Length > 0)
        {
            words.Add(word.ToString());
        }

        return words.Count == 0 ? null : new SearchTerms([], words.Take(MostWords).ToList());
    }

    /// <summary>As a query of SQLite's FTS5 over the columns <c>names</c> and <c>numbers</c>. Every word must begin a word there.</summary>
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
        foreach (var digits in new[] { number, number.Replace("(0)", "", StringComparison.Ordinal) }.Select(text => string.Concat(text.Where(char.IsAsciiDigit))))
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
    [GeneratedRegex(@"^(?:tel|callto|sips?):|(?<=\d[\d\s().\-/]{5,})\s*(?:;ext=|,+|x|ext\.?|\#)\s*\d{1,8}\#?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 100)]
    private static partial Regex AroundNumber();
}
