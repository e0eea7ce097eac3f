using System.Text;
using System.Text.RegularExpressions;

namespace UppalCrm.Core.Contacts;

/// <summary>The file cannot be read; the message says why, for the person who chose it.</summary>
public class ContactFileException(string message) : Exception(message);

/// <summary>There is nothing in the file.</summary>
public sealed class EmptyFileException() : ContactFileException("There is nothing in this file.");

/// <summary>
/// A file of contacts on the disk, as spreadsheets, address books and telephones write them: values separated by commas, semicolons, tabs
/// or bars, or vCards; in UTF-8, UTF-16 or Windows-1252. Read from the beginning as often as is needed, a row at a time.
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
    private readonly Encoding _encoding;

    private ContactFile(string path, Encoding encoding) => (_path, _encoding) = (path, encoding);

    /// <summary>Whether the file holds vCards.</summary>
    public bool IsVCard { get; private init; }

    /// <summary>What separates the values of a row.</summary>
    public char Separator { get; private init; } = ',';

    /// <summary>What the person should know of how the file was read; null when there is nothing.</summary>
    public string? Note { get; private init; }

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

        var (encoding, note) = FindEncoding(path);
        using (var text = new StreamReader(path, encoding))
        {
            if (VCardReader.Begins(text))
            {
                return new ContactFile(path, encoding) { IsVCard = true, Note = note };
            }
        }

        RefuseOtherKinds(path, encoding);

        var separator = FindSeparator(path, encoding);
        var sample = Read(path, encoding, separator).Take(SampleRows).ToList();
        if (sample.Count == 0)
        {
            throw new EmptyFileException();
        }

        return new ContactFile(path, encoding) { Separator = separator, Note = note, Sample = sample,
            Columns = sample.Max(row => row.Cells.Count) };
    }

    /// <summary>Every row that is not blank, the headings among them. Throws while it is read where a row cannot be.</summary>
    /// <exception cref="ContactFileException">A row cannot be read, or there are too many.</exception>
    public IEnumerable<FileRow> ReadRows()
    {
        var count = 0;
        foreach (var row in Read(_path, _encoding, Separator))
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
        using var text = new StreamReader(_path, _encoding);
        var count = 0;
        foreach (var card in VCardReader.Read(text))
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

    private static (Encoding Encoding, string? Note) FindEncoding(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> head = stackalloc byte[512];
        head = head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        if (head is [0x50, 0x4B, 0x03, 0x04, ..])
        {
            throw new ContactFileException(
                "This is not a text file but a spreadsheet. Open it, choose “Save as”, then “CSV UTF-8”, and import that file.");
        }

        Encoding? wide = head switch
        {
            [0xFF, 0xFE, 0, 0, ..] => Encoding.UTF32,
            [0xFF, 0xFE, ..] => Encoding.Unicode,
            [0xFE, 0xFF, ..] => Encoding.BigEndianUnicode,
            _ => FindWide(head), // without its mark
        };
        if (wide is not null)
        {
            return (wide, null);
        }

        if (head.Contains((byte)0))
        {
            throw new ContactFileException("This is not a text file. In the spreadsheet choose “Save as”, then “CSV UTF-8”.");
        }

        file.Position = 0;
        return IsUtf8(file) ? (new UTF8Encoding(false), null)
            : (CodePagesEncodingProvider.Instance.GetEncoding(1252)!,
                "The file is not written in UTF-8, so it was read as Windows-1252. Look at the letters with accents: if they are wrong, "
                    + "save the file as “CSV UTF-8” and choose it again.");
    }

    /// <summary>
    /// Two bytes a character: separators, digits and line ends have a zero, always the first of both or always the second. What is no text
    /// has them anywhere.
    /// </summary>
    private static Encoding? FindWide(ReadOnlySpan<byte> head)
    {
        var zeros = (Even: 0, Odd: 0);
        for (var i = 0; i + 1 < head.Length; i += 2)
        {
            zeros = (zeros.Even + (head[i] == 0 ? 1 : 0), zeros.Odd + (head[i + 1] == 0 ? 1 : 0));
        }

        return zeros switch
        {
            (0, > 1) => Encoding.Unicode,
            ( > 1, 0) => Encoding.BigEndianUnicode,
            _ => null,
        };
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

    private static bool IsUtf8(Stream file)
    {
        var decoder = new UTF8Encoding(false, throwOnInvalidBytes: true).GetDecoder();
        var bytes = new byte[64 * 1024];
        var characters = new char[bytes.Length + 4];
        try
        {
            for (int read; (read = file.Read(bytes)) > 0;)
            {
                decoder.GetChars(bytes, 0, read, characters, 0, flush: false);
            }

            decoder.GetChars([], 0, 0, characters, 0, flush: true);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
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
