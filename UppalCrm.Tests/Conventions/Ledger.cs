using System.Text.RegularExpressions;

namespace UppalCrm.Tests.Conventions;

/// <summary>Tests that a page of docs names.</summary>
internal static class Ledger
{
    private static readonly HashSet<string> There = typeof(Ledger).Assembly.GetTypes()
        .SelectMany(type => type.GetMethods().Where(m =>
            m.GetCustomAttributes(typeof(FactAttribute), inherit: true).Length > 0).Select(m => $"{type.Name}.{m.Name}"))
        .ToHashSet(StringComparer.Ordinal);

    /// <summary><c>`ClassTests.A_claim`</c>.</summary>
    public static IEnumerable<string> TestsOf(string row) =>
        Regex.Matches(row, @"`(?<test>\w+\.\w+_\w+)`").Select(match => match.Groups["test"].Value);

    /// <summary><c>`softphone.test.ts: what it says`</c>.</summary>
    public static IEnumerable<(string File, string Name)> BrowserTestsOf(string row) =>
        Regex.Matches(row, @"`(?<file>[\w-]+\.test\.ts): (?<name>[^`]+)`")
            .Select(match => (match.Groups["file"].Value, match.Groups["name"].Value));

    /// <summary>Those that are named and do not exist.</summary>
    public static IEnumerable<string> MissingOf(IEnumerable<string> rows)
    {
        var all = rows.ToList();
        return all.SelectMany(TestsOf).Except(There).Concat(all.SelectMany(BrowserTestsOf).Where(test =>
        {
            var file = Path.Combine(Repository.Root, "wwwroot-interop", "test", test.File);
            return !File.Exists(file) || !File.ReadAllText(file).Contains(test.Name, StringComparison.Ordinal);
        }).Select(test => $"{test.File}: {test.Name}"));
    }
}
