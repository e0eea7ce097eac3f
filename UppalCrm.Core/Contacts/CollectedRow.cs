using System.Net.Mail;
using System.Text.RegularExpressions;

namespace UppalCrm.Core.Contacts;

/// <summary>What a row gives: numbers, addresses, notes, and what had to be said about them.</summary>
internal sealed partial class CollectedRow(NumberParser parser, OurLines lines)
{
    private const int MostNumbers = 20;

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
        foreach (var text in SplitEmails(cell))
        {
            var address = text.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase) ? text[7..].Split('?')[0] : text.Trim('\'', '.');
            // Of two addresses with a word between them .NET takes the last for the address and the first for a name.
            if (address.Length > 254 || address.Count(c => c == '@') > 1 || !MailAddress.TryCreate(address, out var mail))
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
        var refusal = _refusal ?? draft.Problem?.Reason;
        return new CheckedRow(row, refusal is null ? draft : null, refusal, refusal is null ? _warnings : []);
    }

    /// <summary>The addresses of a cell. A name before one, e.g. <c>"Byron, Ada" &lt;ada@x.example&gt;</c>, may hold a comma.</summary>
    private static IEnumerable<string> SplitEmails(string cell) =>
        cell.Length <= 254 && cell.Count(c => c == '@') == 1 && MailAddress.TryCreate(cell, out _) ? [cell]
            : BetweenEmails().Split(cell).Select(text => text.Trim()).Where(text => text.Length > 0);

    /// <summary>The numbers of a cell. A whole cell that is a number is one, whatever stands between its digits.</summary>
    private List<(string Text, NumberReading Reading)> Split(string cell)
    {
        var whole = parser.Read(cell);
        if (whole.Number is not null || whole.Problem == NumberProblem.Rounded)
        {
            return [(cell, whole)];
        }

        var pieces = new List<(string Text, NumberReading Reading)>();
        foreach (var piece in Between().Split(cell.Trim('[', ']')).SelectMany(SplitAtSlashes).Select(piece => piece.Trim())
            .Where(piece => piece.Length > 0))
        {
            var text = piece.Length > NumberText.Longest ? piece : Word().Replace(piece, "");
            var reading = parser.Read(text);
            if (reading.Number is null && Halves(text) is { } halves)
            {
                pieces.AddRange(halves); // 030/231… is one number, two whole ones are two
            }
            else
            {
                pieces.Add((text.Length == 0 ? piece : text, reading));
            }
        }

        if (pieces.Count > 1 && pieces.TrueForAll(piece => piece.Reading.Number is null && piece.Text.All(c => char.IsAsciiDigit(c))))
        {
            return [(cell, whole)]; // an amount, or what was one number: said once
        }

        return pieces.Count == 0 ? [(cell, whole)] : pieces;
    }

    /// <summary>A slash between blanks separates two numbers, or an area code and the rest of one number.</summary>
    private string[] SplitAtSlashes(string piece) =>
        !Slashes().IsMatch(piece) || parser.Read(Word().Replace(piece, "")).Number is not null ? [piece] : Slashes().Split(piece);

    /// <summary>
    /// Two whole numbers that a slash, a backslash, a plus, a hyphen or a blank separates; the last three where both are equally long.
    /// </summary>
    private (string Text, NumberReading Reading)[]? Halves(string text)
    {
        for (var i = 7; i < text.Length - 7 && text.Length <= NumberText.Longest; i++)
        {
            if (text[i] is ('/' or '\\' or '+' or '-' or ' ') and var sign
                && (text[..i].Trim(), text[(i + 1)..].Trim()) is var (left, right)
                && (sign is '/' or '\\' || left.Count(char.IsAsciiDigit) == right.Count(char.IsAsciiDigit))
                && (Text: left, Reading: parser.Read(left)) is { Reading.Number: not null } first
                && (Text: right, Reading: parser.Read(right)) is { Reading.Number: not null } second)
            {
                return [first, second];
            }
        }

        return null;
    }

    private static string Short(string text) => (text.Length > 40 ? text[..40] + "…" : text).ReplaceLineEndings(" ");

    /// <summary>
    /// What stands between numbers: a sign, a word, a line's end, the label of the next one, or the next one's plus.
    /// </summary>
    [GeneratedRegex(
        @"\s*(?:[;；](?!\s*ext)|,(?!,)(?=\s*[+(\d*#A-Za-z""])|[，、•・\u2028\u2029]|:::|\||\r\n|\r|\n|<br\s*/?>"
            + @"|\b(?:and/or|or|and|oder|und|ou|et|y|e|o|of|en|alt|lub|или|i|eller|och|og)\b|\b(?:bzw|resp|altern|u)\.|または|&"
            + @"|(?<=\d\)?)\s+(?=\p{L}[\p{L} ]{0,19}\.?:\s*[+(\d])|(?<=\d\s?\([\p{L} ]{1,20}\))\s+(?=[+(\d])|(?<=\d{6}\s*)(?=\+\d{6}))\s*",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, ContactImport.MatchMilliseconds)]
    private static partial Regex Between();

    [GeneratedRegex(@"\s/\s|//", RegexOptions.CultureInvariant, ContactImport.MatchMilliseconds)]
    private static partial Regex Slashes();

    /// <summary>What stands between e-mail addresses: a sign, or blanks or a word behind one and before the next.</summary>
    [GeneratedRegex(
        @"[;；,，、|\n&]|\s:::\s|\s/\s|/(?=\S{1,254}@)|(?<=@\S{1,254})\s+(?:(?:or|and|oder|und|ou|et|y|e|o|of|en)\s+)?(?=\S{1,254}@)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, ContactImport.MatchMilliseconds)]
    private static partial Regex BetweenEmails();

    /// <summary>A word before or behind the number that says of which kind it is.</summary>
    [GeneratedRegex(
        @"^[\p{L} .\-]{1,20}:\s*|^(?!ext|x|p|w)[\p{L}]{1,12}\.?\s+(?=[+(\d])|^\(\p{L}{1,12}\)\s*(?=[+(\d])"
            + @"|\s*[(（](?![^)）]*\d)[^)）]*[)）]$|\s+(?!ext|x)\p{L}{1,12}$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, ContactImport.MatchMilliseconds)]
    private static partial Regex Word();
}
