using System.Text;

namespace UppalCrm.Core.Contacts;

/// <summary>A row of a file: its cells, and the line on which it begins, from 1.</summary>
/// <param name="AfterBlank">Blank lines stand before it.</param>
public sealed record FileRow(int Line, IReadOnlyList<string> Cells, bool AfterBlank = false)
{
    public string this[int column] => column < Cells.Count ? Cells[column] : "";

    /// <summary>How many cells hold anything.</summary>
    internal int Filled => Cells.Count(cell => cell.Length > 0);
}

/// <summary>
/// Reads separated values a row at a time (RFC 4180), as spreadsheets and people write them: a quotation mark inside a bare cell is a
/// letter. The width of a row and of a cell is limited while it is read, so that no file can fill the memory.
/// </summary>
/// <param name="column">Where a separator splits.</param>
internal sealed class DelimitedReader(TextReader text, char column)
{
    private const int End = -1;

    /// <summary>The end of a file as DOS marked it, and characters without width.</summary>
    private static readonly char[] Unseen = ['\u001A', '\0', '\uFEFF', '\u200B', '\u200E', '\u200F'];

    private readonly char[] _buffer = new char[16 * 1024];
    private readonly StringBuilder _cell = new();
    private readonly StringBuilder _quoted = new();
    private string _again = "";
    private int _againAt;
    private int _read;
    private int _at;
    private int _line = 1;

    /// <summary>The next row that is not blank; null at the end.</summary>
    /// <exception cref="ContactFileException">A quotation mark is never closed, or a row is too wide.</exception>
    public FileRow? Read()
    {
        var afterBlank = false;
        while (Peek() != End)
        {
            var line = _line;
            var cells = ReadRow();
            if (cells.Exists(cell => cell.AsSpan().Trim("-=+_ ").Length > 0)) // databases rule off the headings
            {
                return new FileRow(line, cells, afterBlank);
            }

            afterBlank = true;
        }

        return null;
    }

    private List<string> ReadRow()
    {
        var cells = new List<string>();
        while (true)
        {
            cells.Add(ReadCell());
            if (cells.Count > ContactFile.MostColumns && cells[^1].Length > 0)
            {
                throw new ContactFileException($"Line {_line} has more than {ContactFile.MostColumns} columns. Remove the columns that "
                    + "you do not need, then import the file.");
            }

            if (cells.Count > ContactFile.MostColumns)
            {
                cells.RemoveAt(cells.Count - 1); // nothing but separators: a spreadsheet's empty columns
            }

            switch (Next())
            {
                case var c when c == column:
                    continue;
                case '\r':
                    if (Peek() == '\n')
                    {
                        Next();
                    }

                    break;
            }

            _line++;
            return cells;
        }
    }

    /// <summary>One cell, trimmed. What ends it is not read.</summary>
    private string ReadCell()
    {
        _cell.Clear();
        while (Peek() is ' ' || (Peek() is '\t' && column != '\t'))
        {
            Next();
        }

        if (Peek() == '"')
        {
            Next();
            if (!TryReadQuoted())
            {
                Append('"'); // the quotation mark is a letter
            }
        }

        while (Peek() is var c && c != End && c != column && c is not ('\r' or '\n'))
        {
            Append((char)Next());
        }

        return CsvRow.Unguard(_cell.ToString().Trim().Trim(Unseen));
    }

    /// <summary>What stands between quotation marks, to the one that closes the cell.</summary>
    /// <returns>
    /// False when they stand around a word of the cell, e.g. <c>"Cy" Young</c>: nothing is read then.
    /// </returns>
    private bool TryReadQuoted()
    {
        var (opened, strays) = (_line, 0);
        _quoted.Clear();
        while (true)
        {
            if (strays == 1 && Peek() is '\r' or '\n' && _againAt >= _again.Length)
            {
                (_again, _againAt) = (_quoted.ToString(), 0);
                _cell.Clear();
                return false;
            }

            switch (NextQuoted())
            {
                case End:
                    throw NeverClosed(opened);
                case '"' when Peek() == '"':
                    NextQuoted();
                    Append('"', opened);
                    break;
                case '"' when ClosesHere(opened):
                    return true;
                case '"':
                    strays++;
                    break;
                case '\r':
                    if (Peek() == '\n')
                    {
                        NextQuoted();
                    }

                    _line++;
                    Append('\n', opened);
                    break;
                case '\n':
                    _line++;
                    Append('\n', opened);
                    break;
                case var c:
                    Append((char)c, opened);
                    break;
            }
        }
    }

    /// <summary>Whether the cell ends behind the quotation mark just read, or behind blanks that follow it.</summary>
    private bool ClosesHere(int opened)
    {
        var blanks = 0;
        for (; Peek() == ' '; blanks++)
        {
            NextQuoted();
        }

        var next = Peek();
        if (next == End || next == column || next is '\r' or '\n')
        {
            return true;
        }

        Append('"', opened); // it closes nothing: somebody forgot to double it
        _cell.Append(' ', blanks);
        return false;
    }

    private void Append(char c, int? quoteOpened = null)
    {
        if (_cell.Length >= ContactFile.LongestCell)
        {
            throw quoteOpened is { } opened ? NeverClosed(opened)
                : new ContactFileException($"A cell in line {_line} is longer than {ContactFile.LongestCell:N0} characters.");
        }

        _cell.Append(c);
    }

    private static ContactFileException NeverClosed(int line) =>
        new($"The file cannot be read from line {line} on: a quotation mark is opened there and never closed, or a cell is longer than "
            + $"{ContactFile.LongestCell:N0} characters.");

    private int NextQuoted()
    {
        var c = Next();
        if (c != End)
        {
            _quoted.Append((char)c);
        }

        return c;
    }

    private int Peek()
    {
        if (_againAt < _again.Length)
        {
            return _again[_againAt];
        }

        if (_at == _read)
        {
            (_read, _at) = (text.Read(_buffer, 0, _buffer.Length), 0);
        }

        return _read == 0 ? End : _buffer[_at];
    }

    private int Next()
    {
        var c = Peek();
        if (_againAt < _again.Length)
        {
            _againAt++;
        }
        else if (c != End)
        {
            _at++;
        }

        return c;
    }
}
