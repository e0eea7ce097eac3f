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
        var bare = Rows.Where(row => !Ledger.TestsOf(row.Text).Any() && !Ledger.BrowserTestsOf(row.Text).Any()).Select(row => row.Number);

        Assert.Empty(bare);
    }

    [Fact]
    public void Every_test_that_the_ledger_names_exists() => Assert.Empty(Ledger.MissingOf(Rows.Select(row => row.Text)));
}
