using System.Globalization;
using System.Text;

namespace UppalCrm.Core.Contacts;

/// <summary>The words of a heading, whatever a program puts between them.</summary>
internal static class HeadingText
{
    public static string WithoutAccents(string text) =>
        string.Concat(KeptText.Normalized(NumberText.Plain(text).Replace("ß", "ss", StringComparison.Ordinal), NormalizationForm.FormD)
            .Where(c => CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark));

    /// <summary>
    /// Small letters without accents; split at everything else, at digits, and where a capital begins a word within one.
    /// </summary>
    public static List<string> WordsOf(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var before = ' ';
        foreach (var c in WithoutAccents(text.Length > 200 ? text[..200] : text))
        {
            if (!char.IsLetterOrDigit(c) || (char.IsUpper(c) && char.IsLower(before))
                || (word.Length > 0 && char.IsDigit(c) != char.IsDigit(before)))
            {
                End();
            }

            if (char.IsLetterOrDigit(c))
            {
                word.Append(char.ToLowerInvariant(c));
            }

            before = c;
        }

        End();
        return words;

        void End()
        {
            if (word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }
    }
}
