using System.Text.RegularExpressions;

namespace UppalCrm.Tests.Conventions;

/// <summary>docs/faults.md names, for each fault, the tests that prove what happens. They must be there.</summary>
public sealed class FaultLedgerTests
{
    /// <summary>The rows that the call engine answers for.</summary>
    private static readonly int[] Owed =
    [
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 19, 20, 22, 23, 25, 28, 29, 33, 39, 40, 42, 43
    ];

    private static readonly IReadOnlyList<(int Number, string Text)> Rows =
        [
            .. Regex.Matches(
                File.ReadAllText(Path.Combine(Repository.Root, "docs", "faults.md")), @"^\| (?<number>\d+) \|(?<text>.*)$",
                RegexOptions.Multiline)
            .Select(row => (int.Parse(row.Groups["number"].Value), row.Groups["text"].Value))];

    [Fact]
    public void Every_fault_that_the_engine_answers_for_is_in_the_ledger_once() =>
        Assert.Equal(Owed, Rows.Select(row => row.Number).Intersect(Owed));

    [Fact]
    public void Every_row_names_a_test()
    {
        var bare = Rows.Where(row => !TestsOf(row.Text).Any() && !BrowserTestsOf(row.Text).Any()).Select(row => row.Number);

        Assert.Empty(bare);
    }

    [Fact]
    public void Every_test_that_the_ledger_names_exists()
    {
        var there = typeof(FaultLedgerTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods().Where(m =>
                m.GetCustomAttributes(typeof(FactAttribute), inherit: true).Length > 0).Select(m => $"{type.Name}.{m.Name}"))
            .ToHashSet(StringComparer.Ordinal);

        var missing = Rows.SelectMany(row => TestsOf(row.Text)).Except(there);

        Assert.Empty(missing);
    }

    [Fact]
    public void Every_browser_test_that_the_ledger_names_exists()
    {
        var missing = Rows.SelectMany(row => BrowserTestsOf(row.Text)).Where(test =>
        {
            var file = Path.Combine(Repository.Root, "wwwroot-interop", "test", test.File);
            return !File.Exists(file) || !File.ReadAllText(file).Contains(test.Name, StringComparison.Ordinal);
        });

        Assert.Empty(missing);
    }

    /// <summary><c>`ClassTests.A_claim`</c>.</summary>
    private static IEnumerable<string> TestsOf(string row) =>
        Regex.Matches(row, @"`(?<test>\w+\.\w+_\w+)`").Select(match => match.Groups["test"].Value);

    /// <summary><c>`softphone.test.ts: what it says`</c>.</summary>
    private static IEnumerable<(string File, string Name)> BrowserTestsOf(string row) =>
        Regex.Matches(row, @"`(?<file>[\w-]+\.test\.ts): (?<name>[^`]+)`")
            .Select(match => (match.Groups["file"].Value, match.Groups["name"].Value));
}
