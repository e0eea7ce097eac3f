using System.Text;

namespace UppalCrm.Web.Contacts;

/// <summary>What a column of a file holds.</summary>
public enum ColumnMeaning
{
    Ignore,
    Name,
    FirstName,
    LastName,
    Company,
    Email,
    Number,
    Notes,
}

/// <summary>A row that cannot be imported as it is, and why.</summary>
public sealed record BadRow(FileRow Row, string Why);

/// <summary>A file with what its columns mean, and what that makes of its rows.</summary>
public sealed class ContactImport
{
    private static readonly Dictionary<ColumnMeaning, string[]> Headings = new()
    {
        [ColumnMeaning.FirstName] = ["firstname", "givenname", "vorname", "prenom", "nombre"],
        [ColumnMeaning.LastName] = ["lastname", "surname", "familyname", "nachname", "apellido", "apellidos"],
        [ColumnMeaning.Email] = ["email", "mail", "emailaddress", "emailvalue"],
        [ColumnMeaning.Company] = ["company", "organization", "organisation", "organizationname", "organizationtitle", "employer", "firma", "account", "accountname", "business"],
        [ColumnMeaning.Notes] = ["notes", "note", "comment", "comments", "remarks", "description", "notizen"],
        [ColumnMeaning.Name] = ["name", "fullname", "displayname", "contact", "contactname", "customer", "customername"],
    };

    private static readonly string[] NumberWords = ["phone", "tel", "mobile", "cell", "number", "telefon", "handy"];

    public ContactImport(ContactFile file)
    {
        File = file;
        HasHeadings = file.SeemsToHaveHeadings;
        Guess();
    }

    public ContactFile File { get; }

    /// <summary>Whether the first row names the columns and is no contact.</summary>
    public bool HasHeadings { get; private set; }

    /// <summary>What each column holds.</summary>
    public ColumnMeaning[] Meanings { get; private set; } = [];

    public IReadOnlyList<FileRow> Rows => HasHeadings ? [.. File.Rows.Skip(1)] : File.Rows;

    /// <summary>Why these meanings cannot make contacts; null when they can.</summary>
    public string? Problem =>
        Rows.Count == 0 ? "There are only headings in this file."
        : !Meanings.Any(m => m is ColumnMeaning.Name or ColumnMeaning.FirstName or ColumnMeaning.LastName or ColumnMeaning.Company) ? "Say which column holds the name."
        : null;

    public string HeadingOf(int column) =>
        HasHeadings && column < File.Rows[0].Cells.Count && File.Rows[0].Cells[column].Length > 0 ? File.Rows[0].Cells[column] : $"Column {column + 1}";

    public void SetHeadings(bool has)
    {
        HasHeadings = has;
        Guess();
    }

    /// <summary>Makes contacts of the rows. Every row of the file comes out on one side or the other.</summary>
    public (IReadOnlyList<ImportRow> Good, IReadOnlyList<BadRow> Bad) Check(NumberParser parser)
    {
        var good = new List<ImportRow>();
        var bad = new List<BadRow>();
        foreach (var row in Rows)
        {
            var problem = row.Problem;
            var numbers = new List<NumberDraft>();
            foreach (var (text, label) in NumbersOf(row))
            {
                var reading = parser.Read(text);
                if (reading.Number is { } number)
                {
                    numbers.Add(new NumberDraft(number.Value, label));
                }
                else
                {
                    problem ??= $"{label ?? "Number"} “{Short(text)}”: {reading.Words}";
                }
            }

            var company = Text(row, ColumnMeaning.Company);
            var name = Text(row, ColumnMeaning.Name) ?? Join(" ", Text(row, ColumnMeaning.FirstName), Text(row, ColumnMeaning.LastName)) ?? company;
            var draft = new ContactDraft(name ?? "", company, Text(row, ColumnMeaning.Email), Text(row, ColumnMeaning.Notes, "\n"), numbers);
            problem ??= draft.Problem;
            if (problem is null)
            {
                good.Add(new ImportRow(row.Line, draft));
            }
            else
            {
                bad.Add(new BadRow(row, problem));
            }
        }

        return (good, bad);
    }

    /// <summary>Rows that were not taken, as a file that can be mended and imported again: as they came, with what is wrong.</summary>
    public byte[] ToFile(IEnumerable<BadRow> rows)
    {
        var text = new StringBuilder().Append(CsvRow.ByteOrderMark);
        var columns = File.Columns;
        text.Append(CsvRow.Of([.. Enumerable.Range(0, columns).Select(HeadingOf), "Problem"]));
        foreach (var bad in rows)
        {
            text.Append(CsvRow.Of([.. Enumerable.Range(0, columns).Select(i => bad.Row.Cells.ElementAtOrDefault(i)), $"Line {bad.Row.Line}: {bad.Why}"]));
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private void Guess()
    {
        var meanings = new ColumnMeaning[File.Columns];
        var sample = Rows.Take(20).ToList();
        for (var i = 0; i < meanings.Length; i++)
        {
            meanings[i] = (HasHeadings ? ByHeading(HeadingOf(i)) : null) ?? ByContent(sample.Select(r => i < r.Cells.Count ? r.Cells[i] : ""));
            if (meanings[i] is not (ColumnMeaning.Number or ColumnMeaning.Notes or ColumnMeaning.Ignore) && Array.IndexOf(meanings, meanings[i]) < i)
            {
                meanings[i] = ColumnMeaning.Ignore; // the first of two wins
            }
        }

        if (!HasHeadings && !meanings.Contains(ColumnMeaning.Name) && Array.IndexOf(meanings, ColumnMeaning.Ignore) is >= 0 and var first)
        {
            meanings[first] = ColumnMeaning.Name;
        }

        Meanings = meanings;
    }

    private static ColumnMeaning? ByHeading(string heading)
    {
        var word = string.Concat(heading.Normalize(NormalizationForm.FormD).Where(char.IsAsciiLetter)).ToLowerInvariant();
        if (Headings.FirstOrDefault(pair => pair.Value.Contains(word)) is { Value: not null } known)
        {
            return known.Key;
        }

        // Google: "Phone 1 - Value" is the number, "Phone 1 - Type" its label.
        return word.EndsWith("type", StringComparison.Ordinal) || word.EndsWith("label", StringComparison.Ordinal) || word == "problem" ? ColumnMeaning.Ignore
            : NumberWords.Any(w => word.Contains(w, StringComparison.Ordinal)) ? ColumnMeaning.Number
            : word.Contains("email", StringComparison.Ordinal) ? ColumnMeaning.Email
            : null;
    }

    private static ColumnMeaning ByContent(IEnumerable<string> cells)
    {
        var filled = cells.Where(c => c.Length > 0).ToList();
        return filled.Count == 0 ? ColumnMeaning.Ignore
            : filled.Count(c => c.Contains('@', StringComparison.Ordinal)) * 2 > filled.Count ? ColumnMeaning.Email
            : filled.Count(c => c.Count(char.IsDigit) is >= 6 and <= 20 && !c.Any(char.IsLetter)) * 2 > filled.Count ? ColumnMeaning.Number
            : ColumnMeaning.Ignore;
    }

    private IEnumerable<(string Text, string? Label)> NumbersOf(FileRow row)
    {
        for (var i = 0; i < Meanings.Length && i < row.Cells.Count; i++)
        {
            if (Meanings[i] == ColumnMeaning.Number)
            {
                // Address books put several numbers into one cell.
                foreach (var text in row.Cells[i].Split([";", ":::", "|", "\n"], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                {
                    yield return (text, LabelOf(i));
                }
            }
        }
    }

    private string? LabelOf(int column) => HasHeadings && HeadingOf(column) is { Length: <= 40 } heading ? heading : null;

    private string? Text(FileRow row, ColumnMeaning meaning, string between = " ") =>
        Join(between, [.. Enumerable.Range(0, Math.Min(Meanings.Length, row.Cells.Count)).Where(i => Meanings[i] == meaning).Select(i => row.Cells[i])]);

    private static string? Join(string between, params IEnumerable<string?> parts) =>
        string.Join(between, parts.Where(p => !string.IsNullOrWhiteSpace(p))) is { Length: > 0 } text ? text : null;

    private static string Short(string text) => text.Length > 30 ? text[..30] + "…" : text;
}
