using System.Net.Mail;
using System.Text.RegularExpressions;

namespace UppalCrm.Core.Contacts;

/// <summary>What the columns of a file hold, as far as its headings and its first rows say it.</summary>
internal sealed partial class ColumnGuess
{
    /// <summary>What Outlook calls the name beside an address in German, French, Italian, Spanish, Dutch and Portuguese.</summary>
    private static readonly string[] OutlookAbroad =
    [
        "E-Mail: Angezeigter Name", "Nom complet de l'adresse de messagerie", "Nome visualizzato posta elettronica",
        "Nombre de pantalla de correo electrónico", "E-mail, weergegeven naam", "Nome a apresentar do correio electrónico",
    ];

    private readonly NumberParser _parser;

    /// <param name="headingLine">The line that names the columns; null when none does.</param>
    /// <param name="sample">Rows that decide what a column holds whose heading does not say so.</param>
    /// <param name="fields">The administrator's own.</param>
    public ColumnGuess(
        ContactFile file, int? headingLine, List<FileRow> sample, NumberParser parser, IReadOnlyList<ContactField> fields)
    {
        _parser = parser;
        var columns = file.Columns;
        Fields = new ContactField?[columns];
        var headings = file.Sample.FirstOrDefault(row => row.Line == headingLine);
        Names = [.. Enumerable.Range(0, columns).Select(i => headings?[i] is { Length: > 0 } heading ? heading : $"Column {i + 1}")];
        Labels =
        [
            .. Names.Select(name =>
                headings is null || name.Length > ContactImport.LongestLabel || GenericHeading().IsMatch(name) ? null : name)
        ];
        Headings = [.. Enumerable.Range(0, columns).Select(i => new ColumnHeading(headings is null ? "" : headings[i]))];
        var meanings = new ColumnMeaning[columns];
        for (var i = 0; i < columns; i++)
        {
            Fields[i] = headings is null ? null : fields.FirstOrDefault(f => NameOrder.KeyOf(f.Name) == NameOrder.KeyOf(Names[i]));
            meanings[i] = Fields[i] is not null ? ColumnMeaning.Field
                : Headings[i].Meaning ?? (Headings[i].IsVague ? ByContent(i) : ColumnMeaning.Ignore);
            if (meanings[i] == ColumnMeaning.Ignore && Headings[i].MayBeName && sample.Exists(row => row[i].Any(char.IsLetter)))
            {
                meanings[i] = ColumnMeaning.Name;
            }
        }

        var isInParts = PutPartsRight(meanings, sample);
        PutNamesRight(meanings);
        for (var i = 0; i < columns; i++)
        {
            if (Headings[i].IsBareLabel && (IsNumber(i - 1) || IsNumber(i + 1)))
            {
                meanings[i] = ColumnMeaning.NumberLabel;
            }
            else if (meanings[i] is ColumnMeaning.Name or ColumnMeaning.Company or ColumnMeaning.FirstName or ColumnMeaning.LastName
                && Array.IndexOf(meanings, meanings[i]) < i && !Headings[i].IsSecondSurname
                && !(isInParts && Headings[i].NamePart > 1))
            {
                // The first of two wins. "Business" beside "Company" is where a telephone stands.
                meanings[i] = Headings[i].IsVague ? ByContent(i) : ColumnMeaning.Ignore;
            }
        }

        if (meanings.Contains(ColumnMeaning.Number))
        {
            // "Home" beside "Mobile" is one, too, where its first rows are empty.
            foreach (var i in Enumerable.Range(0, columns).Where(i => meanings[i] == ColumnMeaning.Ignore && Headings[i].IsPlace
                && !Headings[i].MayBeName && sample.TrueForAll(row => row[i].Length == 0)))
            {
                meanings[i] = ColumnMeaning.Number;
            }
        }

        if (headingLine is null)
        {
            GuessNames(meanings, sample);
        }

        Meanings = meanings;
        Source = FindSource(headings);

        ColumnMeaning ByContent(int column) => MeaningOf(sample.Select(row => row[column]));

        bool IsNumber(int column) => column >= 0 && column < columns && meanings[column] == ColumnMeaning.Number;
    }

    public ColumnHeading[] Headings { get; }

    /// <summary>What to call each column.</summary>
    public string[] Names { get; }

    /// <summary>What a heading says of its numbers where nothing stands beside them; null where it says only "phone".</summary>
    public string?[] Labels { get; }

    public ColumnMeaning[] Meanings { get; }

    /// <summary>The administrator's field that each column is named for.</summary>
    public ContactField?[] Fields { get; }

    /// <summary>Where the file comes from, by its headings; null when they are nobody's.</summary>
    public string? Source { get; }

    /// <summary>
    /// The line of the sample in which most cells name a column, where a report puts other lines first; else the first, if it holds no
    /// values.
    /// </summary>
    public static int? FindHeadings(ContactFile file)
    {
        var rows = file.Sample.Take(25).ToList();
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

    /// <summary>
    /// <c>Name 1</c> and <c>Name 2</c> side by side, as SAP and others write them: of companies the name in two lines, of people the
    /// surname and the first name; of both, or where nothing says it, all of the name.
    /// </summary>
    private bool PutPartsRight(ColumnMeaning[] meanings, List<FileRow> sample)
    {
        var first = Array.FindIndex(Headings, heading => heading.NamePart == 1);
        if (first < 0 || first + 1 == meanings.Length || Headings[first + 1].NamePart != 2)
        {
            return false;
        }

        var rows = sample.FindAll(row => row[first].Length > 0);
        var companies = rows.Count(row => LegalForm().IsMatch(row[first]));
        var hasPeople = meanings.Contains(ColumnMeaning.FirstName) || meanings.Contains(ColumnMeaning.LastName);
        var areCompanies = (hasPeople || companies * 2 > rows.Count) && !meanings.Contains(ColumnMeaning.Company);
        var arePeople = !hasPeople && companies == 0 && rows.Count(row => row[first + 1].Length > 0) * 2 > rows.Count;
        foreach (var i in Enumerable.Range(0, meanings.Length).Where(i => Headings[i].NamePart > 0))
        {
            meanings[i] = areCompanies ? ColumnMeaning.Company
                : arePeople && Headings[i].NamePart < 3 ? i == first ? ColumnMeaning.LastName : ColumnMeaning.FirstName
                : ColumnMeaning.Name;
        }

        return true;
    }

    /// <summary>"Name" beside a first name is the surname; "Nombre" beside a surname is the first name.</summary>
    private void PutNamesRight(ColumnMeaning[] meanings)
    {
        for (var i = 0; i < meanings.Length; i++)
        {
            if (meanings[i] == ColumnMeaning.Name && Headings[i].MayBeLastName && meanings.Contains(ColumnMeaning.FirstName)
                && !meanings.Contains(ColumnMeaning.LastName))
            {
                meanings[i] = ColumnMeaning.LastName;
            }
            else if (meanings[i] == ColumnMeaning.Name && Headings[i].MayBeFirstName && meanings.Contains(ColumnMeaning.LastName)
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

    /// <param name="row">The line that names the columns.</param>
    private static string? FindSource(FileRow? row)
    {
        var headings = row?.Cells.ToHashSet(StringComparer.OrdinalIgnoreCase) ?? [];
        return Has("Phonetic First Name", "File As") || Has("Given Name", "Phone 1 - Value") || Has("Group Membership", "Phone 1 - Value")
            ? "Google Contacts"
            : Has("Contact Owner Id") || Has("Lead Owner Id") || Has("Record Id", "Account Name") || Has("Record Id", "Lead Owner")
            || Has("Contact Owner", "Contact Name") ? "Zoho"
            : Has("Record ID", "Contact owner") || Has("Record ID", "Lead Status") || Has("Record ID", "Associated Company") ? "HubSpot"
            : Has("Default Address Company") || Has("Total Spent", "Total Orders") || Has("Billing Phone", "Shipping Phone") ? "Shopify"
            : Has("Account Name", "Mailing Street") || Has("Contact ID", "Account Name") || Has("Company / Account", "Lead Status")
            || Has("Salutation", "Account Name") || Has("LASTNAME", "ACCOUNTID") ? "Salesforce"
            : Has("First Name", "Last Name", "Connected On") || Has("Instant Message Handles", "Bookmarked At") ? "LinkedIn"
            : Has("Mobile", "Mobile2", "Business2") || Has("display_name", "office_number") || Has("Callback Phone", "Business Fax", "Email 2")
            || Has("Phone Number 1", "Phone Label 1") || Has("AccountIndex", "Cell") ? "a telephone system"
            : Has("E-mail Display Name") || Has("Business Phone", "Home Phone", "Mobile Phone") || OutlookAbroad.Any(heading => Has(heading))
            ? "Outlook"
            : null;

        bool Has(params string[] wanted) => wanted.All(headings.Contains);
    }

    /// <summary>What stands behind the name of a company.</summary>
    [GeneratedRegex(
        @"\b(?:g?mbh|ag|kg|ohg|ug|gbr|e\.?\s?[vk]|se|ltd|limited|inc|llc|corp|plc|co|company|s\.?a\.?|sarl|sas|s\.?p\.?a|s\.?r\.?l|bv|b\.v|nv"
            + @"|ab|oy|aps|a/s|sp\.\s?z\s?o\.\s?o|kft|s\.?r\.?o|stiftung|verein|gemeinde)(?!\w)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, ContactImport.MatchMilliseconds)]
    private static partial Regex LegalForm();

    [GeneratedRegex(
        @"^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}\b|^\d{1,2}:\d\d|^\D{0,2}[\d.' ]+,\d\d$|^\D{0,2}[\d,' ]+\.\d\d$|^[€$£¥]",
        RegexOptions.CultureInvariant, ContactImport.MatchMilliseconds)]
    private static partial Regex DateOrAmount();

    [GeneratedRegex(
        @"^(?:(?:phones?|telephones?|tel|telefon|telefono|teléfono|téléphone|telefoon|telefone|rufnummer|number|numbers|no|nr|nummer|value)[\s.:#_\-]*|\d[\s.:#_\-]*)+$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, ContactImport.MatchMilliseconds)]
    private static partial Regex GenericHeading();
}
