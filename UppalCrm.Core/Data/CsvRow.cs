using System.Buffers;
using System.Globalization;
using System.Text;

namespace UppalCrm.Core.Data;

/// <summary>Writes rows of CSV (RFC 4180) that a spreadsheet opens without running anything in them.</summary>
public static class CsvRow
{
    private static readonly SearchValues<char> Special = SearchValues.Create("\",;\t\r\n");

    /// <summary>At the beginning of a file: a spreadsheet takes it for UTF-8, which it is.</summary>
    public const char ByteOrderMark = '\uFEFF';

    /// <summary>The row with its line end. Times are written in ISO 8601, numbers without grouping.</summary>
    public static string Of(params ReadOnlySpan<object?> cells)
    {
        var row = new StringBuilder();
        for (var i = 0; i < cells.Length; i++)
        {
            row.Append(i == 0 ? "" : ",").Append(Cell(cells[i]));
        }

        return row.Append("\r\n").ToString();
    }

    private static string Cell(object? value) => value switch
    {
        null => "",
        string text => Quote(Harmless(text)),
        DateTimeOffset at => at.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        IFormattable number => Quote(number.ToString(null, CultureInfo.InvariantCulture)),
        _ => Quote(Harmless(value.ToString() ?? "")),
    };

    /// <summary>Takes away again the apostrophe that kept a cell from being run.</summary>
    public static string Unguard(string cell) => cell.StartsWith('\'') && NeedsGuard(cell) ? cell[1..] : cell;

    // Spreadsheets run a cell that begins with one of these as a formula (OWASP, "CSV injection"); an apostrophe makes it text.
    private static string Harmless(string text) => NeedsGuard(text) ? "'" + text : text;

    // What has apostrophes of its own before such a sign gets one more, so that taking one away gives what it was.
    private static bool NeedsGuard(string text) => text.TrimStart('\'') is { Length: > 0 } rest && BeginsFormula(rest[0]);

    // The wide forms too: a spreadsheet in an East Asian language takes them for the narrow ones.
    private static bool BeginsFormula(char first) => first is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '＝' or '＋' or '－' or '＠';

    // Semicolon and tab too: some spreadsheets split at them whatever the file says.
    private static string Quote(string text) =>
        text.AsSpan().ContainsAny(Special) ? $"\"{text.Replace("\"", "\"\"")}\"" : text;
}
