using System.Text.RegularExpressions;

namespace UppalCrm.Tests.Conventions;

/// <summary>What a reader of the sources meets: lines that fit a screen, and no style that nothing wears.</summary>
public sealed class StyleTests
{
    private static readonly string[] Folders =
        ["UppalCrm.Core", "UppalCrm.Web", "UppalCrm.Simulator", "UppalCrm.Tests", "bench", "build", "wwwroot-interop"];

    [Fact]
    public void A_line_ends_before_column_140_unless_it_is_a_text_in_quotes()
    {
        var tooLong = Folders.SelectMany(folder => Files(folder, "cs", "razor", "ts", "mjs", "js", "css"))
            .Where(file => !file.Contains("/Migrations/", StringComparison.Ordinal))
            .SelectMany(file => LongLinesOf(file).Select(line => $"{Repository.NameOf(file)}:{line}"));

        Assert.Empty(tooLong);
    }

    [Fact]
    public void A_class_that_a_style_sheet_names_is_used_by_a_page_or_a_script()
    {
        var users = string.Join('\n', Files("UppalCrm.Web", "razor", "cs", "js", "ts").Concat(Files("wwwroot-interop/src", "ts"))
            .Select(File.ReadAllText));
        var words = Regex.Matches(users, @"[A-Za-z_][\w-]*").Select(match => match.Value).ToHashSet(StringComparer.Ordinal);

        // A tone or a kind is put behind its stem: chip-@tone.
        var dead = Files("UppalCrm.Web", "css").SelectMany(file => ClassesIn(File.ReadAllText(file))
            .Where(name => !name.StartsWith("mud-", StringComparison.Ordinal) && !words.Contains(name) && !words.Contains(Stem(name)))
            .Select(name => $"{Repository.NameOf(file)}: .{name}"));

        Assert.Empty(dead);

        static string Stem(string name) => name[..(name.LastIndexOf('-') + 1)];
    }

    /// <summary>Their numbers. A text of several lines, and what a line holds in quotes, is data: to break it would change it.</summary>
    private static IEnumerable<int> LongLinesOf(string file)
    {
        var isInText = false;
        var number = 0;
        foreach (var line in File.ReadLines(file))
        {
            number++;
            var (wasInText, marks) = (isInText, Regex.Count(line, "\"{3,}"));
            isInText ^= marks % 2 == 1;
            if (line.Length >= 140 && marks < 2 && !(wasInText && isInText)
                && Regex.Replace(line, "\"(?:[^\"\\\\]|\\\\.)*\"", "\"\"").Length >= 110)
            {
                yield return number;
            }
        }
    }

    private static IEnumerable<string> Files(string folder, params string[] kinds) =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.*", SearchOption.AllDirectories)
            .Select(file => file.Replace('\\', '/'))
            .Where(file => kinds.Contains(Path.GetExtension(file).TrimStart('.'), StringComparer.Ordinal) && !IsMade(file));

    // Of wwwroot, the style sheets and the scripts beside them are written by hand; js/ is built.
    private static bool IsMade(string file) =>
        Repository.IsMade(file.Replace("/wwwroot/", "/", StringComparison.Ordinal))
            || file.Contains("/wwwroot/js/", StringComparison.Ordinal);

    private static IEnumerable<string> ClassesIn(string css) =>
        Regex.Matches(Regex.Replace(css, @"/\*.*?\*/", "", RegexOptions.Singleline), @"([^{};]+)\{")
            .Select(rule => rule.Groups[1].Value)
            .Where(selector => !selector.TrimStart().StartsWith('@'))
            .SelectMany(selector => Regex.Matches(selector, @"\.([A-Za-z_][\w-]*)").Select(match => match.Groups[1].Value))
            .Distinct(StringComparer.Ordinal);
}
