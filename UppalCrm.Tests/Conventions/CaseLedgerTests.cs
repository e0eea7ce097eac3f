using System.Text.RegularExpressions;

namespace UppalCrm.Tests.Conventions;

/// <summary>
/// docs/cases.md names, for each kind of caller, number and file, the tests at the doors where it was found. They must be there.
/// </summary>
public sealed class CaseLedgerTests
{
    private static readonly string[] Owed =
    [
        "A1", "A2", "A3", "A4", "A5", "B1", "B2", "B3", "B4", "B5", "C1", "C2", "C3", "C4", "C5", "C6", "D1", "D2", "D3", "D4", "D5", "D6"
    ];

    private static readonly IReadOnlyList<(string Kind, string Text)> Rows =
        [
            .. Regex.Matches(
                File.ReadAllText(Path.Combine(Repository.Root, "docs", "cases.md")), @"^\| (?<kind>[A-D]\d) \|(?<text>.*)$",
                RegexOptions.Multiline)
            .Select(row => (row.Groups["kind"].Value, row.Groups["text"].Value))];

    [Fact]
    public void Every_kind_is_in_the_ledger() => Assert.Equal(Owed, Rows.Select(row => row.Kind).Distinct());

    [Fact]
    public void Every_row_names_a_test_and_every_test_that_is_named_exists()
    {
        Assert.Empty(Rows.Where(row => !Ledger.TestsOf(row.Text).Any() && !Ledger.BrowserTestsOf(row.Text).Any()).Select(row => row.Text));
        Assert.Empty(Ledger.MissingOf(Rows.Select(row => row.Text)));
    }
}
