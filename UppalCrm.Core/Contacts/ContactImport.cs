using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace UppalCrm.Core.Contacts;

/// <summary>A row of a file as it would become a contact.</summary>
/// <param name="Row">As it stands in the file.</param>
/// <param name="Draft">The contact; null when the row is refused.</param>
/// <param name="Refusal">Why the row is refused, in words.</param>
/// <param name="Warnings">What of the row is left out or kept elsewhere, in words.</param>
public sealed record CheckedRow(FileRow Row, ContactDraft? Draft, string? Refusal, IReadOnlyList<string> Warnings);

/// <summary>A file with what its columns mean, and what that makes of its rows.</summary>
public sealed partial class ContactImport
{
    /// <summary>How many rows decide what a column holds whose heading does not say so.</summary>
    private const int SampleSize = 20;
    internal const int LongestLabel = 40;

    /// <summary>A cell is short: only a machine without time for us takes so long.</summary>
    internal const int MatchMilliseconds = 10_000;

    private readonly NumberParser _parser;
    private readonly OurLines _lines;
    private readonly IReadOnlyList<ContactField> _fields;
    private ColumnGuess _columns;
    private ContactField?[] _fieldOf;
    private bool[] _chosen;
    private bool _headingsChosen;
    private int[] _countries = [];

    /// <param name="fields">The administrator's own.</param>
    public ContactImport(ContactFile file, NumberParser parser, OurLines lines, IReadOnlyList<ContactField>? fields = null)
    {
        (File, _parser, _lines, _fields) = (file, parser, lines, fields ?? []);
        HeadingLine = file.IsVCard ? null : ColumnGuess.FindHeadings(file);
        Guess();
    }

    public ContactFile File { get; }

    /// <summary>The line of the file that names the columns; null when none does.</summary>
    public int? HeadingLine { get; private set; }

    /// <summary>What each column holds.</summary>
    public IReadOnlyList<ColumnMeaning> Meanings
    {
        get;
        private set
        {
            field = value;
            _countries = [.. Enumerable.Range(0, value.Count).Where(i => value[i] == ColumnMeaning.CountryCode)];
        }
    } = [];

    /// <summary>Where the file comes from, by its headings, e.g. <c>Google Contacts</c>; null when they are nobody's.</summary>
    public string? Source { get; private set; }

    /// <summary>The rows of the sample that hold contacts.</summary>
    public IEnumerable<FileRow> Sample => File.Sample.Where(IsContact);

    /// <summary>Why these meanings cannot make contacts; null when they can.</summary>
    public string? Problem =>
        File.IsVCard ? null
        : !Sample.Any() ? "There are only headings in this file."
        : !Meanings.Any(m => m is ColumnMeaning.Name or ColumnMeaning.FirstName or ColumnMeaning.LastName or ColumnMeaning.Company)
            ? "Say which column holds the name."
        : null;

    /// <summary>The administrator's field that a column holds; null when it holds something else.</summary>
    public ContactField? FieldOf(int column) => Meanings[column] == ColumnMeaning.Field ? _fieldOf[column] : null;

    public string HeadingOf(int column) => _columns.Names[column];

    /// <param name="line">A line of the sample; null when no line names the columns.</param>
    public void SetHeadings(int? line)
    {
        (HeadingLine, _headingsChosen) = (line, true);
        Guess();
    }

    /// <summary>The same file read in another encoding, with all that somebody has said of it and that is still there.</summary>
    /// <exception cref="ContactFileException">It is no file of contacts in this encoding.</exception>
    public ContactImport Reread(FileEncoding encoding)
    {
        var import = new ContactImport(File.Reread(encoding), _parser, _lines, _fields);
        if (_headingsChosen && (HeadingLine is not { } line || import.File.Sample.Any(row => row.Line == line)))
        {
            import.SetHeadings(HeadingLine);
        }

        if (import.File.Separator == File.Separator && import.HeadingLine == HeadingLine)
        {
            foreach (var column in Enumerable.Range(0, Math.Min(_chosen.Length, import._chosen.Length)).Where(i => _chosen[i]))
            {
                import.SetMeaning(column, Meanings[column]);
                import._fieldOf[column] = _fieldOf[column];
            }
        }

        return import;
    }

    /// <summary>Somebody says what a column holds. Values that do not fit are then no longer left out but refuse their row.</summary>
    public void SetMeaning(int column, ColumnMeaning meaning)
    {
        Meanings = [.. Meanings.Select((old, i) => i == column ? meaning : old)];
        _chosen[column] = true;
    }

    /// <summary>Somebody says that a column holds one of the administrator's fields.</summary>
    public void SetField(int column, ContactField field)
    {
        SetMeaning(column, ColumnMeaning.Field);
        _fieldOf[column] = field;
    }

    /// <summary>How many rows or cards the file holds.</summary>
    /// <exception cref="ContactFileException">The file cannot be read from a row on.</exception>
    public int Count() => File.IsVCard ? File.ReadCards().Count() : File.ReadRows().Count(IsContact);

    /// <summary>
    /// Makes contacts of the rows, one after the other. Every row of the file comes out, with its contact or with the reason why not.
    /// </summary>
    /// <exception cref="ContactFileException">The file cannot be read from a row on.</exception>
    public IEnumerable<CheckedRow> ReadAll()
    {
        if (File.IsVCard)
        {
            foreach (var card in File.ReadCards())
            {
                yield return Check(card);
            }

            yield break;
        }

        var isFooter = false;
        foreach (var row in File.ReadRows().Where(IsContact))
        {
            isFooter = File.Columns >= 2 && (row.AfterBlank || isFooter) && ReportEnd.Is(row, File.Columns, _parser);
            yield return isFooter
                ? new CheckedRow(row, null, "This looks like the end of a report and not like a contact.", [])
                : Check(row);
        }
    }

    /// <summary>The headings of a file of rows that were refused.</summary>
    public IReadOnlyList<string> RefusedHeadings =>
        File.IsVCard ? ["Name", "Company", "E-mail", "Phone", "Notes", "Problem"]
            : [.. Enumerable.Range(0, File.Columns).Select(HeadingOf), "Problem"];

    /// <summary>A row that was refused, for a file that can be mended and imported again: as it came, with what is wrong.</summary>
    public IReadOnlyList<string> RefusedRow(FileRow row, string refusal) =>
        [.. Enumerable.Range(0, RefusedHeadings.Count - 1).Select(i => row[i]), $"Line {row.Line}: {refusal}"];

    private bool IsContact(FileRow row) => HeadingLine is not { } line || row.Line > line;

    [MemberNotNull(nameof(_columns), nameof(_fieldOf), nameof(_chosen))]
    private void Guess()
    {
        _columns = new ColumnGuess(File, HeadingLine, [.. Sample.Take(SampleSize)], _parser, _fields);
        (_fieldOf, _chosen) = (_columns.Fields, new bool[File.Columns]);
        (Meanings, Source) = (_columns.Meanings, _columns.Source);
    }

    private CheckedRow Check(FileRow row)
    {
        var collected = new CollectedRow(_parser, _lines);
        foreach (var column in Enumerable.Range(0, Math.Min(Meanings.Count, row.Cells.Count)).Where(i => row.Cells[i].Length > 0))
        {
            switch (Meanings[column])
            {
                case ColumnMeaning.Number:
                    collected.AddNumbers(
                        WithCountryCode(WithAreaCode(column, row), row), LabelOf(column, row), ExtensionOf(column, row, collected),
                        HeadingOf(column), _chosen[column], DoNotCallOf(column, row));
                    break;
                case ColumnMeaning.Email:
                    collected.AddEmails(row.Cells[column], HeadingOf(column), _chosen[column]);
                    break;
                case ColumnMeaning.Notes:
                    collected.AddNote(row.Cells[column]);
                    break;
                case ColumnMeaning.Tags:
                    collected.AddTags(row.Cells[column]);
                    break;
                case ColumnMeaning.Field when _fieldOf[column] is { } field:
                    collected.AddField(field, row.Cells[column], _chosen[column]);
                    break;
            }
        }

        foreach (var column in Enumerable.Range(0, Math.Min(Meanings.Count, row.Cells.Count))
            .Where(i => Meanings[i] == ColumnMeaning.Extension && row.Cells[i].Length > 0 && !collected.Used.Contains(i)))
        {
            collected.AddExtension(ReadExtension(column, row, collected), HeadingOf(column));
        }

        if (row.Cells.Skip(Meanings.Count).Any(cell => cell.Length > 0))
        {
            collected.Warn("What stands behind the last column is left out.");
        }

        var company = Text(ColumnMeaning.Company);
        return collected.ToRow(row, NameOf(Text), company);

        string? Text(ColumnMeaning meaning) => Join(" ", Enumerable.Range(0, Math.Min(Meanings.Count, row.Cells.Count))
            .Where(i => Meanings[i] == meaning).Select(i => row.Cells[i]));
    }

    /// <summary>
    /// The parts of a name. Where the first or the last name is missing, a column with the whole name has it: alone, or beside the other.
    /// </summary>
    private static string? NameOf(Func<ColumnMeaning, string?> text)
    {
        var (first, last, whole) = (text(ColumnMeaning.FirstName), text(ColumnMeaning.LastName), text(ColumnMeaning.Name));
        if (whole is not null && (first is null || last is null))
        {
            var other = first ?? last;
            if (other is null || NameOrder.KeyOf(whole).Contains(NameOrder.KeyOf(other), StringComparison.Ordinal))
            {
                return whole;
            }

            (first, last) = (first ?? whole, last ?? whole);
        }

        return Join(" ", [text(ColumnMeaning.NamePrefix), first, text(ColumnMeaning.MiddleName), text(ColumnMeaning.NameParticle), last,
            text(ColumnMeaning.NameSuffix)]);
    }

    private CheckedRow Check(VCard card)
    {
        var row = new FileRow(card.Line, [card.Name ?? "", card.Company ?? "", string.Join("; ", card.Emails),
            string.Join("; ", card.Numbers.Select(n => n.Text)), card.Notes ?? ""]);
        if (card.IsGroup)
        {
            return new CheckedRow(row, null, "This card is a group of other cards and not a contact.", []);
        }

        var collected = new CollectedRow(_parser, _lines);
        foreach (var (text, label) in card.Numbers)
        {
            collected.AddNumbers(text, label, null, label ?? "Number", chosen: false, doNotCall: null);
        }

        collected.AddTags(string.Join(";", card.Categories));

        foreach (var email in card.Emails)
        {
            collected.AddEmails(email, "E-mail", chosen: false);
        }

        if (card.Notes is { } notes)
        {
            collected.AddNote(notes);
        }

        return collected.ToRow(row, card.Name, card.Company);
    }

    /// <summary>What stands in the number's label column, else its heading where that says more than "phone".</summary>
    private string? LabelOf(int column, FileRow row)
    {
        // Google marks the label that a person prefers with a star.
        return Beside(column, ColumnMeaning.NumberLabel) is not { } beside ? _columns.Labels[column]
            : row[beside].TrimStart('*', ' ') is { Length: > 0 and <= LongestLabel } label ? label
            : null;
    }

    /// <summary>Why the number must not be called: by the column of its own, or one for the whole row.</summary>
    private string? DoNotCallOf(int column, FileRow row)
    {
        var beside = Beside(column, ColumnMeaning.DoNotCall)
            ?? Enumerable.Range(0, Meanings.Count)
                .Where(i => Meanings[i] == ColumnMeaning.DoNotCall && !_columns.Headings[i].IsOfTelephone)
                .Select(i => (int?)i).FirstOrDefault();
        return beside is not { } there || row[there] is not { Length: > 0 } cell || No().IsMatch(cell) ? null
            : Yes().IsMatch(cell) ? "as the imported file says"
            : cell.Length > DoNotCallList.LongestReason ? cell[..DoNotCallList.LongestReason] : cell;
    }

    private string? ExtensionOf(int column, FileRow row, CollectedRow collected)
    {
        if (_columns.Headings[column].HasNoExtension && _columns.Headings[column].Index.Length == 0)
        {
            return null;
        }

        if (Beside(column, ColumnMeaning.Extension) is not { } beside || row[beside].Length == 0)
        {
            return null;
        }

        collected.Used.Add(beside);
        return ReadExtension(beside, row, collected);
    }

    private string? ReadExtension(int column, FileRow row, CollectedRow collected)
    {
        var text = row[column];
        if (ExtensionCell().Match(text) is { Success: true } match)
        {
            return match.Groups["digits"].Value;
        }

        var shown = text.Length > 40 ? text[..40] + "…" : text;
        collected.Warn($"{HeadingOf(column)} “{shown}” is left out: an extension is made of digits, 12 at most.");
        return null;
    }

    /// <summary>A number behind a column with its area code, where it is written without one.</summary>
    private string WithAreaCode(int column, FileRow row)
    {
        var cell = row.Cells[column];
        if (column == 0 || !_columns.Headings[column - 1].IsAreaCode || cell[0] is '0' or '+'
            || row[column - 1].Trim('(', ')') is not { Length: > 0 and <= 6 } area || !area.All(char.IsAsciiDigit)
            || (cell.StartsWith(area, StringComparison.Ordinal) && _parser.Read(cell).Number is not null)) // has it already
        {
            return cell;
        }

        var whole = $"{area} {cell}";
        return _parser.Read(whole).Number is not null ? whole : cell;
    }

    /// <summary>The calling code of a row: itself, or of the country that it names. Of several columns the first that says one.</summary>
    private string? CallingCodeOf(FileRow row) => _countries.Select(column =>
        CallingCodeCell().Match(row[column]) is { Success: true } match ? match.Groups["code"].Value
        : CountryNames.CodeOf(row[column]) is { } country ? _parser.CallingCodeOf(country)
        : null).FirstOrDefault(code => code is not null);

    /// <summary>A number as the row's calling code makes it, where it is written without one.</summary>
    private string WithCountryCode(string cell, FileRow row)
    {
        if (CallingCodeOf(row) is not { } code
            || !cell.All(c => char.IsAsciiDigit(c) || c is ' ' or '-' or '.' or '(' or ')' or '/')
            || cell.TrimStart('(').StartsWith("00", StringComparison.Ordinal))
        {
            return cell;
        }

        var whole = $"+{code} {cell}";
        return _parser.Read(whole).Number is not null ? whole : cell;
    }

    /// <summary>The column that belongs to a number: of the same count ("Phone 2 - Type"), else one that stands beside it.</summary>
    private int? Beside(int column, ColumnMeaning meaning)
    {
        var index = _columns.Headings[column].Index;
        var counted = Enumerable.Range(0, Meanings.Count).Where(i => Meanings[i] == meaning && index.Length > 0
            && _columns.Headings[i].Index == index && _columns.Headings[i].IsOfTelephone).ToList();
        if (counted.Count > 0)
        {
            return counted[0];
        }

        // Where the file begins with one, each stands before its number; else behind it.
        var step = Meanings.FirstOrDefault(m =>
            m is ColumnMeaning.Number or ColumnMeaning.NumberLabel or ColumnMeaning.Extension) == ColumnMeaning.Number ? 1 : -1;
        for (var i = column + step; i >= 0 && i < Meanings.Count
            && Meanings[i] is (ColumnMeaning.NumberLabel or ColumnMeaning.Extension or ColumnMeaning.DoNotCall); i += step)
        {
            if (Meanings[i] == meaning && (_columns.Headings[i].Index.Length == 0 || _columns.Headings[i].Index == index))
            {
                return i;
            }
        }

        return null;
    }

    private static string? Join(string between, IEnumerable<string?> parts) =>
        string.Join(between, parts.Where(part => !string.IsNullOrWhiteSpace(part))) is { Length: > 0 } text ? text : null;

    [GeneratedRegex(
        @"^(?:\p{L}{1,12}\.?|\#)?[\s:.]*(?<digits>\d{1,12})\#?$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex ExtensionCell();

    [GeneratedRegex(@"^(?:\+|00)?(?<code>[1-9]\d{0,2})$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex CallingCodeCell();

    [GeneratedRegex(
        "^(?:0|no|n|false|nein|non|falsch|faux|nee|n[aã]o|-)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchMilliseconds)]
    private static partial Regex No();

    [GeneratedRegex(
        "^(?:1|yes|y|true|x|ja|oui|s[ií]|sim|wahr|vrai|✓|✔)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchMilliseconds)]
    private static partial Regex Yes();
}
