using System.Text;

namespace UppalCrm.Web.Export;

/// <summary>
/// Writes comma-separated values (RFC 4180: quotes where needed, lines end in CR LF) that a spreadsheet shows and never runs: a cell that
/// would begin a formula gets an apostrophe in front (OWASP ASVS 1.2.10, "CSV injection"). Callers choose their own names.
/// </summary>
public static class CsvLines
{
    private static readonly System.Buffers.SearchValues<char> Quoted = System.Buffers.SearchValues.Create("\",;\t\r\n");

    /// <summary>So that a spreadsheet takes the file for UTF-8, which it is.</summary>
    public const char ByteOrderMark = '\uFEFF';

    /// <summary>Adds one line.</summary>
    public static void Append(StringBuilder to, params ReadOnlySpan<string?> cells)
    {
        for (var i = 0; i < cells.Length; i++)
        {
            if (i > 0)
            {
                to.Append(',');
            }

            AppendCell(to, cells[i]);
        }

        to.Append("\r\n");
    }

    /// <summary>What <see cref="Append"/> put before a cell to keep it from being run, taken away again.</summary>
    public static string Unguard(string cell) => cell.Length > 1 && cell[0] == '\'' && BeginsFormula(cell[1]) ? cell[1..] : cell;

    private static void AppendCell(StringBuilder to, string? cell)
    {
        if (string.IsNullOrEmpty(cell))
        {
            return;
        }

        var guard = BeginsFormula(cell[0]);
        if (!guard && cell.AsSpan().IndexOfAny(Quoted) < 0)
        {
            to.Append(cell);
            return;
        }

        to.Append('"');
        if (guard)
        {
            to.Append('\'');
        }

        to.Append(cell.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
    }

    // The wide forms too: a spreadsheet in an East Asian language takes them for the narrow ones.
    private static bool BeginsFormula(char first) => first is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '＝' or '＋' or '－' or '＠';
}
