using System.Globalization;
using System.Text;

namespace UppalCrm.Core.Contacts;

/// <summary>
/// Names as people look for them: <c>Émile</c> stands beside <c>Emil</c>, and <c>JOSÉ</c> is <c>Jose</c>. The key is computed here and
/// stored, so that both databases sort alike, whatever rules they were set up with.
/// </summary>
internal static class NameOrder
{
    /// <summary>The longest key: a letter becomes two at most (<c>ß</c>), of a name of 120.</summary>
    public const int Longest = 240;

    public static string KeyOf(string name)
    {
        var key = new StringBuilder(name.Length);
        foreach (var rune in KeptText.Normalized(NumberText.Plain(name), NormalizationForm.FormD).EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark)
            {
                continue;
            }

            key.Append(rune.Value switch
            {
                'ß' or 'ẞ' => "ss",
                'ø' or 'Ø' => "o",
                'æ' or 'Æ' => "ae",
                'œ' or 'Œ' => "oe",
                'ł' or 'Ł' => "l",
                'đ' or 'Đ' or 'ð' or 'Ð' => "d",
                'þ' or 'Þ' => "th",
                'ı' or 'İ' => "i",
                '\u2019' or '\u2018' => "'",
                _ => Rune.ToLowerInvariant(rune).ToString(),
            });
        }

        return key.Length > Longest ? key.ToString(0, Longest) : key.ToString();
    }
}
