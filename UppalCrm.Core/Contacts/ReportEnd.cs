using System.Text.RegularExpressions;

namespace UppalCrm.Core.Contacts;

/// <summary>What reports write below a table: how many rows there are, who made it, whose it is.</summary>
internal static partial class ReportEnd
{
    /// <summary>
    /// A lone cell without a number or an address. In a row as wide as the table it may be somebody of whom only the name is known.
    /// </summary>
    public static bool Is(FileRow row, int columns, NumberParser parser) =>
        row.Filled == 1 && row.Cells.First(cell => cell.Length > 0) is var cell && !cell.Contains('@', StringComparison.Ordinal)
            && parser.Read(cell).Number is null && !(row.Cells.Count >= columns && IsLikeName(cell));

    /// <summary>A few words of letters, none of which stands at the end of a report.</summary>
    private static bool IsLikeName(string cell) => NameAlone().IsMatch(cell) && !ReportWord().IsMatch(cell);

    [GeneratedRegex(@"^[\p{L}\p{M}'’.-]+(?:,? [\p{L}\p{M}'’.-]+){0,4}$", RegexOptions.CultureInvariant, ContactImport.MatchMilliseconds)]
    private static partial Regex NameAlone();

    [GeneratedRegex(
        @"(?<![\p{L}'’])(?:and|of|by|the|end|totals?|sum|count|reports?|summary|page|copyright|confidential|generated|exported"
            + @"|printed|created|records?|rows?|contacts?|accounts?|results?|filtered|as|und|gesamt|summe|anzahl|ende|bericht|seite|stand"
            + @"|erstellt|vertraulich|kontakte|fin|rapport|nombre|fine|totale|rapporto|informe|einde|totaal|fim)(?![\p{L}'’])",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, ContactImport.MatchMilliseconds)]
    private static partial Regex ReportWord();
}
