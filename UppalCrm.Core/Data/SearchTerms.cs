using System.Text;

namespace UppalCrm.Core.Data;

/// <summary>What somebody typed into a search field: digits of a number, or beginnings of words.</summary>
public sealed class SearchTerms
{
    private const int MostWords = 8;

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

        return words.Count == 0 ? null : new SearchTerms(null, words.Take(MostWords).ToList());
    }

    /// <summary>As a query of SQLite's FTS5 over the columns <c>names</c> and <c>numbers</c>. Every word must begin a word there.</summary>
    internal string ToMatch() => Digits is { } digits
        ? digits[0] == '0' && digits.TrimStart('0') is { Length: > 5 } significant
            ? $"numbers : (\"{digits}\"* OR \"{significant}\"*)" // the 0 that many countries dial before a national number is not part of it
            : $"numbers : \"{digits}\"*"
        : string.Join(" AND ", Words.Select(word => $"names : \"{word}\"*"));
}
