using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace UppalCrm.Web.Contacts;

/// <summary>A row of a file: its cells, and the line on which it begins, from 1.</summary>
/// <param name="Problem">What is wrong with the row itself, in words.</param>
public sealed record FileRow(int Line, IReadOnlyList<string> Cells, string? Problem);

/// <summary>The file cannot be read; the message says why, for the person who chose it.</summary>
public sealed class ContactFileException(string message) : Exception(message);

/// <summary>
/// A file of contacts as spreadsheets and address books write them: values separated by commas, semicolons or tabs, quoted where needed
/// (RFC 4180), UTF-8 with or without its mark, UTF-16 with it.
/// </summary>
public sealed class ContactFile
{
    public const int MostBytes = 10 * 1024 * 1024;
    public const int MostRows = 50_000;
    private const int LongestCell = 20_000;

    private ContactFile(char separator, IReadOnlyList<FileRow> rows) => (Separator, Rows) = (separator, rows);

    public char Separator { get; }

    /// <summary>Every row that is not blank, the headings among them when the file has some.</summary>
    public IReadOnlyList<FileRow> Rows { get; }

    public int Columns => Rows.Count == 0 ? 0 : Rows.Max(r => r.Cells.Count);

    /// <summary>Whether the first row names the columns: no cell of it is a number or an address.</summary>
    public bool SeemsToHaveHeadings => Rows.Count > 0 && !Rows[0].Cells.Any(cell => cell.Contains('@', StringComparison.Ordinal) || cell.Count(char.IsDigit) >= 6);

    /// <exception cref="ContactFileException">It is not such a file, or too large.</exception>
    public static ContactFile Read(byte[] bytes)
    {
        if (bytes.Length > MostBytes)
        {
            throw new ContactFileException("The file is larger than 10 MB. Split it, and import the parts one after the other.");
        }

        var text = Decode(bytes);
        var separator = FindSeparator(text);
        var rows = new List<FileRow>();
        string? problem = null;
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = separator.ToString(),
            HasHeaderRecord = false,
            IgnoreBlankLines = true,
            MaxFieldSize = LongestCell,
            BadDataFound = _ => problem = "A quotation mark stands where none may be.",
        };
        using var parser = new CsvParser(new StringReader(text), configuration);
        try
        {
            while (parser.Read())
            {
                var cells = parser.Record!.Select(cell => CsvRow.Unguard(cell.Trim())).ToArray();
                if (cells.Any(cell => cell.Length > 0))
                {
                    // The parser counts lines to the record's end; a quoted cell may have some within.
                    rows.Add(new FileRow(parser.RawRow - LineBreaks(parser.RawRecord.Trim('\r', '\n')), cells, problem));
                }

                problem = null;
                if (rows.Count > MostRows)
                {
                    throw new ContactFileException($"The file has more than {MostRows:N0} rows. Split it, and import the parts one after the other.");
                }
            }
        }
        catch (CsvHelperException ex)
        {
            throw new ContactFileException($"The file cannot be read from line {(ex.Context?.Parser?.RawRow ?? 0)} on: a quotation mark is opened there and never closed, or a cell is longer than {LongestCell:N0} characters.");
        }

        return rows.Count == 0 ? throw new ContactFileException("There is nothing in this file.") : new ContactFile(separator, rows);
    }

    private static int LineBreaks(string text) => text.ReplaceLineEndings("\n").Count(c => c == '\n');

    private static string Decode(byte[] bytes)
    {
        Encoding encoding = bytes switch
        {
            [0xFF, 0xFE, ..] => new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true),
            [0xFE, 0xFF, ..] => new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true),
            _ => new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true),
        };
        try
        {
            var text = encoding.GetString(bytes).TrimStart(CsvRow.ByteOrderMark);
            return text.Contains('\0', StringComparison.Ordinal)
                ? throw new ContactFileException("This is not a text file. In the spreadsheet choose “Save as”, then “CSV UTF-8”.")
                : text;
        }
        catch (DecoderFallbackException)
        {
            throw new ContactFileException("The file is not written in UTF-8, so letters with accents would be lost. In the spreadsheet choose “Save as”, then “CSV UTF-8”.");
        }
    }

    /// <summary>Whichever of the three stands most often in the first line, outside quotes.</summary>
    private static char FindSeparator(string text)
    {
        var counts = new Dictionary<char, int> { [','] = 0, [';'] = 0, ['\t'] = 0 };
        var quoted = false;
        foreach (var c in text)
        {
            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (!quoted && c is '\r' or '\n')
            {
                if (counts.Values.Any(n => n > 0))
                {
                    break; // blank lines before the first do not count
                }
            }
            else if (!quoted && counts.TryGetValue(c, out var n))
            {
                counts[c] = n + 1;
            }
        }

        return counts.MaxBy(pair => pair.Value).Key;
    }
}
