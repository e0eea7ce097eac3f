using System.Net.Mail;
using System.Text;
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
    private const int MostNumbers = 20;
    private const int LongestLabel = 40;
    /// <summary>A cell is short: only a machine without time for us takes so long.</summary>
    private const int MatchMilliseconds = 10_000;

    private readonly NumberParser _parser;
    private readonly OurLines _lines;
    private readonly IReadOnlyList<ContactField> _fields;
    private ContactField?[] _fieldOf = [];
    private ColumnHeading[] _headings = [];
    private string[] _names = [];

    /// <summary>What a heading says of its numbers where nothing stands beside them; null where it says only "phone".</summary>
    private string?[] _labels = [];
    private bool[] _chosen = [];
    private int _countryCode = -1;

    /// <param name="fields">The administrator's own.</param>
    public ContactImport(ContactFile file, NumberParser parser, OurLines lines, IReadOnlyList<ContactField>? fields = null)
    {
        (File, _parser, _lines, _fields) = (file, parser, lines, fields ?? []);
        HeadingLine = file.IsVCard ? null : FindHeadings();
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
            _countryCode = value.ToList().IndexOf(ColumnMeaning.CountryCode);
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

    public string HeadingOf(int column) => _names[column];

    /// <param name="line">A line of the sample; null when no line names the columns.</param>
    public void SetHeadings(int? line)
    {
        HeadingLine = line;
        Guess();
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
            isFooter = File.Columns >= 2 && (row.AfterBlank || isFooter) && IsLonely(row);
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

    /// <summary>A lone cell without a number or an address.</summary>
    private bool IsLonely(FileRow row) =>
        row.Filled == 1 && row.Cells.First(cell => cell.Length > 0) is var cell && !cell.Contains('@', StringComparison.Ordinal)
            && _parser.Read(cell).Number is null;

    /// <summary>
    /// The line of the sample in which most cells name a column, where a report puts other lines first; else the first, if it holds no
    /// values.
    /// </summary>
    private int? FindHeadings()
    {
        var rows = File.Sample.Take(25).ToList();
        var best = rows.Where(row => !HoldsValues(row)).Select(row =>
            (row.Line, Score: row.Cells.Count(cell => new ColumnHeading(cell).Meaning is not null), row.Filled))
            .OrderByDescending(r => r.Score).ThenBy(r => r.Line).FirstOrDefault();
        if (best.Score >= 2 || (best.Score == 1 && best.Line == rows[0].Line))
        {
            return best.Line;
        }

        return HoldsValues(rows[0]) || rows.Count == 1 ? null : LooksUnlike(rows[0], rows[1..]) ? rows[0].Line : null;
    }

    /// <summary>Headings in words we do not know: cells of letters above cells with digits or addresses.</summary>
    private static bool LooksUnlike(FileRow first, List<FileRow> others) =>
        Enumerable.Range(0, first.Cells.Count).Any(i => first[i].Length > 0 && !first[i].Any(char.IsDigit)
            && others.Count(row => row[i].Any(char.IsDigit) || row[i].Contains('@', StringComparison.Ordinal)) * 2 > others.Count);

    private static bool HoldsValues(FileRow row) => row.Cells.Any(cell => cell.Contains('@', StringComparison.Ordinal)
        || cell.Count(char.IsDigit) >= 6);

    private void Guess()
    {
        var columns = File.Columns;
        _chosen = new bool[columns];
        _fieldOf = new ContactField?[columns];
        var headings = File.Sample.FirstOrDefault(row => row.Line == HeadingLine);
        _names = [.. Enumerable.Range(0, columns).Select(i => headings?[i] is { Length: > 0 } heading ? heading : $"Column {i + 1}")];
        _labels =
        [
            .. _names.Select(name => headings is null || name.Length > LongestLabel || GenericHeading().IsMatch(name) ? null : name)
        ];
        _headings = [.. Enumerable.Range(0, columns).Select(i => new ColumnHeading(headings is null ? "" : headings[i]))];
        var meanings = new ColumnMeaning[columns];
        var sample = Sample.Take(SampleSize).ToList();
        for (var i = 0; i < columns; i++)
        {
            _fieldOf[i] = headings is null ? null : _fields.FirstOrDefault(f => NameOrder.KeyOf(f.Name) == NameOrder.KeyOf(_names[i]));
            meanings[i] = _fieldOf[i] is not null ? ColumnMeaning.Field
                : _headings[i].Meaning ?? (_headings[i].IsVague ? ByContent(i) : ColumnMeaning.Ignore);
            if (meanings[i] == ColumnMeaning.Ignore && _headings[i].MayBeName && sample.Exists(row => row[i].Any(char.IsLetter)))
            {
                meanings[i] = ColumnMeaning.Name;
            }
        }

        if (meanings.Contains(ColumnMeaning.Number))
        {
            // "Home" beside "Mobile" is one, too, where its first rows are empty.
            foreach (var i in Enumerable.Range(0, columns).Where(i => meanings[i] == ColumnMeaning.Ignore && _headings[i].IsPlace
                && !_headings[i].MayBeName && sample.TrueForAll(row => row[i].Length == 0)))
            {
                meanings[i] = ColumnMeaning.Number;
            }
        }

        PutNamesRight(meanings);
        for (var i = 0; i < columns; i++)
        {
            if (_headings[i].IsBareLabel && (IsNumber(i - 1) || IsNumber(i + 1)))
            {
                meanings[i] = ColumnMeaning.NumberLabel;
            }
            else if (meanings[i] is ColumnMeaning.Name or ColumnMeaning.Company or ColumnMeaning.FirstName or ColumnMeaning.LastName
                && Array.IndexOf(meanings, meanings[i]) < i && !_headings[i].IsSecondSurname)
            {
                // The first of two wins. "Business" beside "Company" is where a telephone stands.
                meanings[i] = _headings[i].IsVague ? ByContent(i) : ColumnMeaning.Ignore;
            }
        }

        if (HeadingLine is null)
        {
            GuessNames(meanings, sample);
        }

        Meanings = meanings;
        Source = FindSource();

        ColumnMeaning ByContent(int column) => MeaningOf(sample.Select(row => row[column]));

        bool IsNumber(int column) => column >= 0 && column < columns && meanings[column] == ColumnMeaning.Number;
    }

    /// <summary>"Name" beside a first name is the surname; "Nombre" beside a surname is the first name.</summary>
    private void PutNamesRight(ColumnMeaning[] meanings)
    {
        for (var i = 0; i < meanings.Length; i++)
        {
            if (meanings[i] == ColumnMeaning.Name && _headings[i].MayBeLastName && meanings.Contains(ColumnMeaning.FirstName)
                && !meanings.Contains(ColumnMeaning.LastName))
            {
                meanings[i] = ColumnMeaning.LastName;
            }
            else if (meanings[i] == ColumnMeaning.Name && _headings[i].MayBeFirstName && meanings.Contains(ColumnMeaning.LastName)
                && !meanings.Contains(ColumnMeaning.FirstName))
            {
                meanings[i] = ColumnMeaning.FirstName;
            }
        }
    }

    /// <summary>Without headings: the first column of words is the name; two of single words are first and last name.</summary>
    private static void GuessNames(ColumnMeaning[] meanings, List<FileRow> sample)
    {
        var words = Enumerable.Range(0, meanings.Length)
            .Where(i => meanings[i] == ColumnMeaning.Ignore && sample.Count(row => row[i].Any(char.IsLetter)) * 2 > sample.Count).Take(2)
                .ToList();
        if (words is [var first, var second] && second == first + 1 && IsSingle(first) && IsSingle(second))
        {
            (meanings[first], meanings[second]) = (ColumnMeaning.FirstName, ColumnMeaning.LastName);
        }
        else if (words.Count > 0)
        {
            meanings[words[0]] = ColumnMeaning.Name;
        }

        bool IsSingle(int column) => sample.All(row => !row[column].Contains(' ', StringComparison.Ordinal) && !row[column]
            .Any(char.IsDigit));
    }

    private ColumnMeaning MeaningOf(IEnumerable<string> cells)
    {
        var filled = cells.Where(cell => cell.Length > 0).ToList();
        return filled.Count == 0 ? ColumnMeaning.Ignore
            : filled.Count(cell => MailAddress.TryCreate(cell, out _)) * 2 > filled.Count ? ColumnMeaning.Email
            : filled.Count(IsPlainNumber) * 2 > filled.Count ? ColumnMeaning.Number
            : ColumnMeaning.Ignore;
    }

    /// <summary>A number at home, and no date, time or amount that happens to have its digits.</summary>
    private bool IsPlainNumber(string cell) => !cell.Any(char.IsLetter) && !DateOrAmount().IsMatch(cell)
        && _parser.Read(cell).Number is not null;

    private string? FindSource()
    {
        var headings = File.Sample.FirstOrDefault(row => row.Line == HeadingLine)?.Cells.ToHashSet(StringComparer.OrdinalIgnoreCase) ?? [];
        return Has("Phonetic First Name", "File As") || Has("Given Name", "Phone 1 - Value") || Has("Group Membership", "Phone 1 - Value")
            ? "Google Contacts"
            : Has("Contact Owner Id") || Has("Record Id", "Account Name") || Has("Contact Owner", "Contact Name") ? "Zoho"
            : Has("Record ID", "Contact owner") || Has("Record ID", "Lead Status") || Has("Record ID", "Associated Company") ? "HubSpot"
            : Has("Default Address Company") || Has("Total Spent", "Total Orders") ? "Shopify"
            : Has("Account Name", "Mailing Street") || Has("Contact ID", "Account Name")
            || Has("Salutation", "Account Name") ? "Salesforce"
            : Has("First Name", "Last Name", "Connected On") ? "LinkedIn"
            : Has("E-mail Display Name") || Has("Business Phone", "Home Phone", "Mobile Phone") ? "Outlook"
            : Has("Mobile", "Mobile2", "Business2") || Has("display_name", "office_number") ? "a telephone system"
            : null;

        bool Has(params string[] wanted) => wanted.All(headings.Contains);
    }

    private CheckedRow Check(FileRow row)
    {
        var collected = new Collected(_parser, _lines);
        foreach (var column in Enumerable.Range(0, Math.Min(Meanings.Count, row.Cells.Count)).Where(i => row.Cells[i].Length > 0))
        {
            switch (Meanings[column])
            {
                case ColumnMeaning.Number:
                    collected.AddNumbers(
                        WithCountryCode(row.Cells[column], row), LabelOf(column, row), ExtensionOf(column, row, collected),
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
        var parts = new[] { ColumnMeaning.NamePrefix, ColumnMeaning.FirstName, ColumnMeaning.MiddleName, ColumnMeaning.NameParticle,
            ColumnMeaning.LastName, ColumnMeaning.NameSuffix };
        var composed = Text(ColumnMeaning.FirstName) is null && Text(ColumnMeaning.LastName) is null
            ? null
            : Join(" ", parts.Select(Text));
        return collected.ToRow(row, composed ?? Text(ColumnMeaning.Name) ?? Join(" ", parts.Select(Text)), company);

        string? Text(ColumnMeaning meaning) => Join(" ", Enumerable.Range(0, Math.Min(Meanings.Count, row.Cells.Count))
            .Where(i => Meanings[i] == meaning).Select(i => row.Cells[i]));
    }

    private CheckedRow Check(VCard card)
    {
        var row = new FileRow(card.Line, [card.Name ?? "", card.Company ?? "", string.Join("; ", card.Emails),
            string.Join("; ", card.Numbers.Select(n => n.Text)), card.Notes ?? ""]);
        var collected = new Collected(_parser, _lines);
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
        return Beside(column, ColumnMeaning.NumberLabel) is not { } beside ? _labels[column]
            : row[beside].TrimStart('*', ' ') is { Length: > 0 and <= LongestLabel } label ? label
            : null;
    }

    /// <summary>Why the number must not be called: by the column of its own, or one for the whole row.</summary>
    private string? DoNotCallOf(int column, FileRow row)
    {
        var beside = Beside(column, ColumnMeaning.DoNotCall)
            ?? Enumerable.Range(0, Meanings.Count).Where(i => Meanings[i] == ColumnMeaning.DoNotCall && !_headings[i].IsOfTelephone)
                .Select(i => (int?)i).FirstOrDefault();
        return beside is not { } there || row[there] is not { Length: > 0 } cell || No().IsMatch(cell) ? null
            : Yes().IsMatch(cell) ? "as the imported file says"
            : cell.Length > DoNotCallList.LongestReason ? cell[..DoNotCallList.LongestReason] : cell;
    }

    private string? ExtensionOf(int column, FileRow row, Collected collected)
    {
        if (_headings[column].HasNoExtension && _headings[column].Index.Length == 0)
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

    private string? ReadExtension(int column, FileRow row, Collected collected)
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

    /// <summary>A number as the row's calling code makes it, where it is written without one.</summary>
    private string WithCountryCode(string cell, FileRow row)
    {
        if (_countryCode < 0 || CallingCodeCell().Match(row[_countryCode]) is not { Success: true } match
            || !cell.All(c => char.IsAsciiDigit(c) || c is ' ' or '-' or '.' or '(' or ')' or '/')
            || cell.TrimStart('(').StartsWith("00", StringComparison.Ordinal))
        {
            return cell;
        }

        var whole = $"+{match.Groups["code"].Value} {cell}";
        return _parser.Read(whole).Number is not null ? whole : cell;
    }

    /// <summary>The column that belongs to a number: of the same count ("Phone 2 - Type"), else one that stands beside it.</summary>
    private int? Beside(int column, ColumnMeaning meaning)
    {
        var index = _headings[column].Index;
        var counted = Enumerable.Range(0, Meanings.Count).Where(i => Meanings[i] == meaning && index.Length > 0
            && _headings[i].Index == index && _headings[i].IsOfTelephone).ToList();
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
            if (Meanings[i] == meaning && (_headings[i].Index.Length == 0 || _headings[i].Index == index))
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

    [GeneratedRegex(
        @"^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}\b|^\d{1,2}:\d\d|^\D{0,2}[\d.' ]+,\d\d$|^\D{0,2}[\d,' ]+\.\d\d$|^[€$£¥]",
        RegexOptions.CultureInvariant, MatchMilliseconds)]
    private static partial Regex DateOrAmount();

    [GeneratedRegex(
        @"^(?:(?:phones?|telephones?|tel|telefon|telefono|teléfono|téléphone|telefoon|telefone|rufnummer|number|numbers|no|nr|nummer|value)[\s.:#_\-]*|\d[\s.:#_\-]*)+$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchMilliseconds)]
    private static partial Regex GenericHeading();

    /// <summary>What a row gives: numbers, addresses, notes, and what had to be said about them.</summary>
    private sealed partial class Collected(NumberParser parser, OurLines lines)
    {
        private readonly List<NumberDraft> _numbers = [];
        private readonly List<string> _notes = [];
        private readonly List<string> _warnings = [];
        private readonly List<string> _tags = [];
        private readonly Dictionary<long, string> _values = [];
        private readonly List<string> _moreEmails = [];
        private string? _email;
        private string? _refusal;
        private int _fromFile;

        public void AddNumbers(string cell, string? label, string? extension, string heading, bool chosen,
            string? doNotCall)
        {
            foreach (var (text, reading) in Split(cell))
            {
                if (reading.Number is { } number)
                {
                    var found = new NumberDraft(number.Value, label) { Extension = reading.Extension ?? extension, DoNotCall = doNotCall };
                    if (lines.Contains(found.Number))
                    {
                        _warnings.Add($"{heading} “{Short(text)}” is left out: it is one of our own lines.");
                        continue;
                    }

                    if (_numbers.Exists(n => n.Number == found.Number && n.Extension == found.Extension))
                    {
                        continue;
                    }

                    if (_numbers.Count == MostNumbers)
                    {
                        _notes.Add($"{heading}: {text}");
                        _warnings.Add($"{heading} “{Short(text)}” is in the notes: a contact may have {MostNumbers} numbers at most.");
                        continue;
                    }

                    _numbers.Add(found);
                }
                else if (reading.Problem is NumberProblem.Service or NumberProblem.Emergency)
                {
                    _notes.Add($"{heading}: {text}");
                    _warnings.Add($"{heading} “{Short(text)}” is a short number of a service: it is in the notes.");
                }
                else if (chosen)
                {
                    _refusal ??= $"{heading} “{Short(text)}”: {reading.Words}";
                }
                else
                {
                    _warnings.Add($"{heading} “{Short(text)}” is left out: {reading.Words}");
                }
            }
        }

        public void AddEmails(string cell, string heading, bool chosen)
        {
            foreach (var text in cell.Split([";", ",", " ::: ", "|", "\n", " / "],
                StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                var address = text.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase) ? text[7..] : text;
                if (address.Length > 254 || !MailAddress.TryCreate(address, out var mail))
                {
                    if (chosen)
                    {
                        _refusal ??= $"{heading} “{Short(text)}” is no e-mail address: it looks like name@example.com.";
                    }
                    else
                    {
                        _warnings.Add($"{heading} “{Short(text)}” is left out: it is no e-mail address.");
                    }
                }
                else if (_email is null)
                {
                    _email = mail.Address;
                }
                else if (!_moreEmails.Append(_email).Contains(mail.Address, StringComparer.OrdinalIgnoreCase))
                {
                    if (_moreEmails.Count < ContactDraft.MostAddresses - 1)
                    {
                        _moreEmails.Add(mail.Address);
                        continue;
                    }

                    _notes.Add($"E-mail: {mail.Address}");
                    _warnings.Add(
                        $"{heading} “{Short(text)}” is in the notes: a contact has {ContactDraft.MostAddresses} e-mail addresses at "
                            + "most.");
                }
            }
        }

        /// <summary>Google marks the groups of its own with a star: nobody needs them here.</summary>
        public void AddTags(string cell)
        {
            const StringSplitOptions bare = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
            foreach (var text in cell.Split(ContactDraft.BetweenTags, bare)
                .Where(text => !text.StartsWith("* ", StringComparison.Ordinal)).Select(ContactDraft.TagOf).Where(text => text.Length > 0))
            {
                if (text.Length > ContactDraft.LongestTag || _tags.Count == ContactDraft.MostTags)
                {
                    _warnings.Add(
                        $"Tag “{Short(text)}” is left out: {ContactDraft.MostTags} of {ContactDraft.LongestTag} characters are the most.");
                }
                else if (!_tags.Contains(text, StringComparer.OrdinalIgnoreCase))
                {
                    _tags.Add(text);
                }
            }
        }

        public void AddField(ContactField field, string cell, bool chosen)
        {
            var read = field.Read(cell, parser.HomeCountry is "US" or "PH");
            if (read.Refusal is not { } refusal)
            {
                _values[field.Id] = read.Value!;
            }
            else if (chosen)
            {
                _refusal ??= $"“{Short(cell)}”: {refusal.Reason}";
            }
            else
            {
                _warnings.Add($"{field.Name} “{Short(cell)}” is left out: {refusal.Reason}");
            }
        }

        /// <summary>The columns of extensions that a number has taken.</summary>
        public HashSet<int> Used { get; } = [];

        /// <summary>An extension whose own column has no number belongs to the first number without one.</summary>
        public void AddExtension(string? digits, string heading)
        {
            if (digits is null)
            {
                return; // said already
            }

            var at = _numbers.FindIndex(n => n.Extension is null);
            if (at < 0)
            {
                _warnings.Add($"{heading} “{digits}” is left out: there is no number for it.");
            }
            else
            {
                _numbers[at] = _numbers[at] with { Extension = digits };
            }
        }

        public void Warn(string words) => _warnings.Add(words);

        /// <summary>What the file calls notes stands before what we put there.</summary>
        public void AddNote(string text) => _notes.Insert(_fromFile++, text);

        public CheckedRow ToRow(FileRow row, string? name, string? company)
        {
            var draft = new ContactDraft(name ?? company ?? "", company, _email, _notes.Count == 0 ? null : string.Join("\n", _notes),
                _numbers) { MoreEmails = _moreEmails, Tags = _tags, Fields = _values };
            var refusal = _refusal ?? draft.Problem;
            return new CheckedRow(row, refusal is null ? draft : null, refusal, refusal is null ? _warnings : []);
        }

        /// <summary>The numbers of a cell. A whole cell that is a number is one, whatever stands between its digits.</summary>
        private List<(string Text, NumberReading Reading)> Split(string cell)
        {
            var whole = parser.Read(cell);
            if (whole.Number is not null || whole.Problem == NumberProblem.Rounded)
            {
                return [(cell, whole)];
            }

            var pieces = new List<(string Text, NumberReading Reading)>();
            foreach (var piece in Between().Split(cell).Select(piece => piece.Trim()).Where(piece => piece.Length > 0))
            {
                var text = piece.Length > NumberText.Longest ? piece : Word().Replace(piece, "");
                var reading = parser.Read(text);
                if (reading.Number is null && text.Contains('/', StringComparison.Ordinal)
                    && text.Split('/', StringSplitOptions.TrimEntries) is var halves
                    && Array.ConvertAll(halves, half => (Text: half, Reading: parser.Read(half))) is var read
                        && Array.TrueForAll(read, half => half.Reading.Number is not null))
                {
                    pieces.AddRange(read); // 030/231… is one number, two whole ones are two
                }
                else
                {
                    pieces.Add((text.Length == 0 ? piece : text, reading));
                }
            }

            return pieces.Count == 0 ? [(cell, whole)] : pieces;
        }

        private static string Short(string text) => (text.Length > 40 ? text[..40] + "…" : text).ReplaceLineEndings(" ");

        [GeneratedRegex(
            @"\s*(?:;(?!\s*ext)|,(?!,)(?=\s*[+(\d*#A-Za-z])|:::|\||\r\n|\r|\n|\s/\s|\b(?:or|and|oder|und|ou|et|y|e|o|of|en)\b|&)\s*",
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchMilliseconds)]
        private static partial Regex Between();

        /// <summary>A word before or behind the number that says of which kind it is.</summary>
        [GeneratedRegex(
            @"^[\p{L} .\-]{1,20}:\s*|^(?!ext|x|p|w)[\p{L}]{1,12}\.?\s+(?=[+(\d])|\s*\((?![^)]*\d)[^)]*\)$|\s+(?!ext|x)\p{L}{2,12}$",
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchMilliseconds)]
        private static partial Regex Word();
    }
}
