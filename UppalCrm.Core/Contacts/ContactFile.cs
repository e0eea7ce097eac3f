using System.Text;
using System.Text.RegularExpressions;

namespace UppalCrm.Core.Contacts;

/// <summary>The file cannot be read; the message says why, for the person who chose it.</summary>
public class ContactFileException(string message) : Exception(message);

/// <summary>There is nothing in the file.</summary>
public sealed class EmptyFileException() : ContactFileException("There is nothing in this file.");

/// <summary>
/// A file of contacts on the disk, as spreadsheets, address books and telephones write them: values separated by commas, semicolons, tabs
/// or bars, or vCards; in UTF-8, UTF-16 or an encoding of before, by default Windows-1252. Read from the beginning as often as is
/// needed, a row at a time.
/// </summary>
public sealed partial class ContactFile
{
    public const int MostBytes = 100 * 1024 * 1024;
    public const int MostRows = 250_000;
    public const int MostColumns = 300;
    internal const int LongestCell = 20_000;

    private const int SampleRows = 40;
    private static readonly char[] Separators = [',', ';', '\t', '|'];

    private readonly string _path;

    private ContactFile(string path, FileReading reading) => (_path, Reading) = (path, reading);

    /// <summary>Whether the file holds vCards.</summary>
    public bool IsVCard => Reading.IsVCard;

    /// <summary>What separates the values of a row.</summary>
    public char Separator { get; private init; } = ',';

    /// <summary>How the file's bytes are read.</summary>
    public FileReading Reading { get; }

    /// <summary>The first rows, headings among them; of vCards none.</summary>
    public IReadOnlyList<FileRow> Sample { get; private init; } = [];

    public int Columns { get; private init; }

    /// <summary>Looks at a file: what it is, how it is written, whether it can be read.</summary>
    /// <exception cref="ContactFileException">It is no file of contacts, or too large.</exception>
    public static ContactFile Open(string path)
    {
        if (new FileInfo(path).Length > MostBytes)
        {
            throw new ContactFileException(
                $"The file is larger than {MostBytes / 1024 / 1024} MB. Split it, and import the parts one after the other.");
        }

        return Open(path, chosen: null);
    }

    /// <summary>The same file from its beginning, written as somebody says.</summary>
    /// <exception cref="ContactFileException">It is no file of contacts then.</exception>
    public ContactFile Reread(FileEncoding encoding) => Open(_path, encoding);

    private static ContactFile Open(string path, FileEncoding? chosen)
    {
        var reading = FileReading.Of(path, chosen);
        if (reading.IsVCard)
        {
            return new ContactFile(path, reading);
        }

        RefuseOtherKinds(path, reading.Encoding);

        var separator = FindSeparator(path, reading.Encoding);
        var sample = Read(path, reading.Encoding, separator).Take(SampleRows).ToList();
        if (sample.Count == 0)
        {
            throw new EmptyFileException();
        }

        return new ContactFile(path, reading) { Separator = separator, Sample = sample, Columns = sample.Max(row => row.Cells.Count) };
    }

    /// <summary>Every row that is not blank, the headings among them. Throws while it is read where a row cannot be.</summary>
    /// <exception cref="ContactFileException">A row cannot be read, or there are too many.</exception>
    public IEnumerable<FileRow> ReadRows()
    {
        var count = 0;
        foreach (var row in Read(_path, Reading.Encoding, Separator))
        {
            if (++count > MostRows + 1)
            {
                throw TooManyRows();
            }

            yield return row;
        }
    }

    /// <summary>Every card of a file of vCards.</summary>
    /// <exception cref="ContactFileException">There are too many.</exception>
    internal IEnumerable<VCard> ReadCards()
    {
        var count = 0;
        foreach (var card in Reading.ReadCards(_path))
        {
            if (++count > MostRows)
            {
                throw TooManyRows();
            }

            yield return card;
        }
    }

    private static ContactFileException TooManyRows() =>
        new($"The file has more than {MostRows:N0} contacts. Split it, and import the parts one after the other.");

    private static IEnumerable<FileRow> Read(string path, Encoding encoding, char separator)
    {
        using var text = new StreamReader(path, encoding);
        var reader = new DelimitedReader(text, separator);
        var isFirst = true;
        while (reader.Read() is { } row)
        {
            // "sep=;" is for Excel, and no row.
            if (!isFirst || !HintCell().IsMatch(row.Cells[0]))
            {
                yield return row;
            }

            isFirst = false;
        }
    }

    /// <summary>Text that holds no table: what programs write for others, not for people.</summary>
    private static void RefuseOtherKinds(string path, Encoding encoding)
    {
        using var text = new StreamReader(path, encoding);
        var head = new char[256];
        var begin = new string(head, 0, text.ReadBlock(head, 0, head.Length)).TrimStart();
        var kind = begin switch
        {
            ['<', ..] => "a web page or XML",
            _ when begin.StartsWith("{\\rtf", StringComparison.Ordinal) => "a text document",
            _ when begin.StartsWith("dn:", StringComparison.Ordinal) || Ldif().IsMatch(begin) => "LDIF",
            _ when begin.StartsWith("ID;P", StringComparison.Ordinal) && begin.Contains("\nC;", StringComparison.Ordinal) => "a SYLK file",
            ['{', ..] or ['[', '{' or '\r' or '\n' or ' ', ..] => "JSON",
            _ when begin.StartsWith("%PDF", StringComparison.Ordinal) => "a PDF document",
            _ when begin.StartsWith("BEGIN:VCALENDAR", StringComparison.OrdinalIgnoreCase) => "a calendar",
            _ => null,
        };
        if (kind is not null)
        {
            throw new ContactFileException(
                $"This is {kind} and not a table. Where the file comes from, choose “CSV” or “vCard” for the export, and import that file.");
        }
    }

    /// <summary>
    /// The separator with which a row names columns; else with which all of the first rows have as many; else with which most have the
    /// most. Excel's hint decides where it separates anything.
    /// </summary>
    private static char FindSeparator(string path, Encoding encoding)
    {
        char? hinted = null;
        using (var text = new StreamReader(path, encoding))
        {
            if (text.ReadLine() is { Length: >= 5 and <= 300 } line && SeparatorHint().Match(line) is { Success: true } hint)
            {
                hinted = hint.Groups["sign"].Value[0];
            }
        }

        ContactFileException? refused = null;
        var found = new List<(char Separator, int Named, bool All, int Score)>();
        foreach (var separator in hinted is { } sign ? Separators.Prepend(sign).Distinct() : Separators)
        {
            try
            {
                var rows = Read(path, encoding, separator).Take(SampleRows).ToList();
                if (rows.Count == 0)
                {
                    throw new EmptyFileException(); // nothing but separators
                }

                var widths = rows.ConvertAll(row => row.Cells.Count);
                var score = widths.CountBy(width => width).Max(pair => (pair.Key - 1) * pair.Value);
                if (separator == hinted && score > 0)
                {
                    return separator;
                }

                var named = rows.Take(25).Max(row => row.Cells.Count(cell =>
                    new ColumnHeading(cell).Meaning is not null && (separator != ',' || !cell.Contains(';', StringComparison.Ordinal))));
                found.Add((separator, named > 1 ? named : 0, score > 0 && widths.TrueForAll(width => width == widths[0]), score));
            }
            catch (ContactFileException ex) when (ex is not EmptyFileException)
            {
                refused ??= ex;
            }
        }

        var best = found.OrderByDescending(f => f.Named).ThenByDescending(f => f.All).ThenByDescending(f => f.Score)
            .FirstOrDefault((Separator: ',', Named: 0, All: false, Score: 0));
        return best.Score > 0 || refused is null ? best.Separator : throw refused;
    }

    [GeneratedRegex(@"^version:\s*1\s+(?:\#.*\s+)?dn:", RegexOptions.CultureInvariant, ContactImport.MatchMilliseconds)]
    private static partial Regex Ldif();

    [GeneratedRegex(@"^sep\s?=", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, ContactImport.MatchMilliseconds)]
    private static partial Regex HintCell();

    /// <summary>The first line of a file for Excel, e.g. <c>sep=;</c>; a spreadsheet may have put separators behind it.</summary>
    [GeneratedRegex(
        @"^""?sep\s?=\s?(?<sign>[^\p{L}\p{N}""])[;,\t|""]*\s*$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, ContactImport.MatchMilliseconds)]
    private static partial Regex SeparatorHint();
}
