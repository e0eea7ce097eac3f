using System.Text;

namespace UppalCrm.Core.Contacts;

/// <summary>One card of a file of vCards, as far as a contact keeps it.</summary>
/// <param name="Line">Where it begins, from 1.</param>
/// <param name="Numbers">What each <c>TEL</c> says, with its label.</param>
internal sealed record VCard(int Line, string? Name, string? Company, IReadOnlyList<string> Emails,
    IReadOnlyList<(string Text, string? Label)> Numbers, string? Notes, IReadOnlyList<string> Categories)
{
    /// <summary>The card is a list of other cards and nobody's own.</summary>
    public bool IsGroup { get; init; }
}

/// <summary>Reads vCards 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350): what telephones and address books export.</summary>
internal static class VCardReader
{
    /// <summary>In bytes where a property says how they are written: notes are cut elsewhere.</summary>
    private const int LongestValue = 60_000;

    /// <summary>Whether the text begins as a vCard does.</summary>
    public static bool Begins(TextReader text)
    {
        for (var i = 0; i < 20 && text.ReadLine() is { } line; i++)
        {
            if (line.Trim(' ', '\t', '\uFEFF') is { Length: > 0 } words)
            {
                return words.StartsWith("BEGIN:VCARD", StringComparison.OrdinalIgnoreCase);
            }
        }

        return false;
    }

    /// <param name="meaning">Makes text of what stands in the lines.</param>
    public static IEnumerable<VCard> Read(TextReader text, VCardText meaning)
    {
        Draft? card = null;
        var depth = 0; // a card of 2.1 may hold another one: its assistant's
        var before = "";
        foreach (var (line, property) in ReadProperties(text, meaning))
        {
            if (property.Name == "BEGIN" && property.Text.Trim().Equals("VCARD", StringComparison.OrdinalIgnoreCase))
            {
                if (depth > 0 && before != "AGENT" && card is not null)
                {
                    yield return card.ToCard(); // its end is missing
                    depth = 0;
                }

                if (depth++ == 0)
                {
                    card = new Draft(line);
                }
            }
            else if (property.Name == "END" && depth > 0)
            {
                if (--depth == 0 && card is not null)
                {
                    yield return card.ToCard();
                    card = null;
                }
            }
            else if (depth == 1)
            {
                card?.Take(property);
            }

            before = property.Name;
        }

        if (card is not null)
        {
            yield return card.ToCard(); // cut off: what is there is kept
        }
    }

    /// <summary>Lines that are folded are one property; so are those of a quoted-printable value, which end with an equals sign.</summary>
    private static IEnumerable<(int Line, Property Property)> ReadProperties(TextReader text, VCardText meaning)
    {
        var (line, at) = (0, 0);
        var folded = new StringBuilder();
        while (text.ReadLine() is { } next)
        {
            line++;
            var isQuotedPrintable = folded.Length > 0 && folded[^1] == '=' && !BeginsProperty(next) && IsQuotedPrintable(folded);
            if (isQuotedPrintable || (next.Length > 0 && next[0] is ' ' or '\t'))
            {
                if (isQuotedPrintable)
                {
                    folded.Length--;
                }

                if (folded.Length < LongestValue)
                {
                    folded.Append(isQuotedPrintable ? next : next[1..]);
                }

                continue;
            }

            if (Property.Read(folded, meaning) is { } property)
            {
                yield return (at, property);
            }

            folded.Clear().Append(next.Length > LongestValue ? next[..LongestValue] : next);
            at = line;
        }

        if (Property.Read(folded, meaning) is { } last)
        {
            yield return (at, last);
        }
    }

    /// <summary>Some programs write an equals sign behind the last line, too.</summary>
    private static bool BeginsProperty(string line) => Array.Exists(
        ["END:", "TEL;", "TEL:", "EMAIL;", "EMAIL:", "N:", "N;", "FN:", "FN;", "ORG:", "ORG;", "NOTE:", "NOTE;"],
        name => line.StartsWith(name, StringComparison.OrdinalIgnoreCase));

    private static bool IsQuotedPrintable(StringBuilder folded)
    {
        var text = folded.ToString();
        return text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && text.AsSpan(0, colon)
            .Contains("QUOTED-PRINTABLE", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>One property: <c>item1.TEL;TYPE=CELL:+1202…</c>.</summary>
    private sealed record Property(string? Group, string Name, IReadOnlyList<string> Parameters, string Value,
        string? OwnType)
    {
        /// <summary>The value without escapes.</summary>
        public string Text => Unescape(Value);

        public static Property? Read(StringBuilder folded, VCardText meaning)
        {
            var line = folded.ToString();
            if (FindColon(line) is not (> 0 and var colon))
            {
                return null;
            }

            var head = meaning.Read(line[..colon]).TrimStart('\uFEFF').Split(';', StringSplitOptions.TrimEntries);
            var name = head[0];
            var dot = name.IndexOf('.', StringComparison.Ordinal);
            var value = line[(colon + 1)..];
            var charset = head.FirstOrDefault(p => p.StartsWith("CHARSET=", StringComparison.OrdinalIgnoreCase))?[8..].Trim('"');
            name = name[(dot + 1)..].ToUpperInvariant();
            var text = head.Any(p => p.EndsWith("QUOTED-PRINTABLE", StringComparison.OrdinalIgnoreCase))
                ? meaning.FromQuotedPrintable(value.EndsWith('=') ? value[..^1] : value, charset)
                : IsText(name) && head.Any(p => p.ToUpperInvariant() is "ENCODING=B" or "ENCODING=BASE64" or "BASE64")
                    ? meaning.FromBase64(value, charset) : null;
            return new Property(
                dot < 0 ? null : head[0][..dot], name, head[1..], text ?? meaning.Read(value, charset), OwnTypeOf(head, meaning));
        }

        /// <summary>The types of the property: <c>TYPE=WORK,FAX</c>, <c>TYPE="work,fax"</c>, or in 2.1 <c>WORK;FAX</c>.</summary>
        public IEnumerable<string> Types => Parameters
            .Where(p => !p.Contains('=', StringComparison.Ordinal) || p.StartsWith("TYPE=", StringComparison.OrdinalIgnoreCase))
            .SelectMany(p => (p.Contains('=', StringComparison.Ordinal) ? p[5..] : p).Trim('"').Split(','))
                .Select(type => type.Trim().ToUpperInvariant());

        /// <summary>The parts of a value such as a name. A separator with a backslash before it separates nothing.</summary>
        public List<string> Parts
        {
            get
            {
                var parts = new List<string>();
                var start = 0;
                for (var i = 0; i <= Value.Length; i++)
                {
                    if (i == Value.Length || (Value[i] == ';' && (i == 0 || Value[i - 1] != '\\')))
                    {
                        parts.Add(Unescape(Value[start..i]).Trim());
                        start = i + 1;
                    }
                }

                return parts;
            }
        }

        /// <summary>
        /// A type in somebody's own words: <c>X-Work Direct</c>, on Android
        /// <c>X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=42=C3=BC)</c>.
        /// </summary>
        private static string? OwnTypeOf(string[] head, VCardText meaning) => head.Skip(1).FirstOrDefault(p =>
            p.StartsWith("X-", StringComparison.OrdinalIgnoreCase) && (!p.Contains('=', StringComparison.Ordinal) || p.EndsWith(')')))
            is not { } own ? null
            : own.StartsWith("X-CUSTOM(", StringComparison.OrdinalIgnoreCase)
            ? meaning.FromQuotedPrintable(own.TrimEnd(')')[(own.LastIndexOf(',') + 1)..], null) : own[2..];

        /// <summary>The colon before the value; one between quotation marks is part of a parameter.</summary>
        private static int FindColon(string line)
        {
            var quoted = false;
            for (var i = 0; i < line.Length; i++)
            {
                quoted ^= line[i] == '"';
                if (line[i] == ':' && !quoted)
                {
                    return i;
                }
            }

            return -1;
        }

        private static string Unescape(string value)
        {
            if (!value.Contains('\\', StringComparison.Ordinal))
            {
                return value;
            }

            var text = new StringBuilder(value.Length);
            for (var i = 0; i < value.Length; i++)
            {
                text.Append(value[i] != '\\' || i + 1 == value.Length ? value[i] : value[++i] is 'n' or 'N' ? '\n' : value[i]);
            }

            return text.ToString();
        }

        /// <summary>A property that a contact keeps; of pictures and sounds only the first letters are looked at.</summary>
        private static bool IsText(string name) => name is "N" or "FN" or "ORG" or "NOTE" or "TEL" or "EMAIL" or "NICKNAME" or "CATEGORIES";
    }

    private sealed class Draft(int line)
    {
        private readonly List<string> _emails = [];
        private readonly List<(string? Group, string Text, string? Label)> _numbers = [];
        private readonly Dictionary<string, string> _labels = new(StringComparer.OrdinalIgnoreCase);
        private readonly List<string> _notes = [];
        private readonly List<string> _categories = [];
        private string? _fullName;
        private string? _name;
        private string? _nickname;
        private string? _company;
        private bool _isGroup;

        public void Take(Property property)
        {
            switch (property.Name)
            {
                case "FN":
                    _fullName ??= TextOrNull(property.Text);
                    break;
                case "N" when property.Parts is [var family, .. var rest]:
                    // Family, given, additional, prefix, suffix.
                    _name ??= TextOrNull(string.Join(' ', new[] { Part(2), Part(0), Part(1), family, Part(3) }.Where(part =>
                        part.Length > 0)).Replace(",", ", ", StringComparison.Ordinal).Replace(",  ", ", ", StringComparison.Ordinal));
                    string Part(int index) => index < rest.Count ? rest[index] : "";
                    break;
                case "KIND" or "X-ADDRESSBOOKSERVER-KIND": // of vCard 4.0, and what Apple writes into 3.0
                    _isGroup = property.Text.Trim().Equals("group", StringComparison.OrdinalIgnoreCase);
                    break;
                case "NICKNAME":
                    _nickname ??= TextOrNull(property.Text);
                    break;
                case "ORG":
                    _company ??= TextOrNull(property.Parts[0]);
                    break;
                case "EMAIL" when TextOrNull(property.Text) is { } email:
                    _emails.Add(email);
                    break;
                case "TEL" or "X-MS-TEL" when TextOrNull(property.Text) is { } number:
                    _numbers.Add((property.Group, number, LabelOf(property)));
                    break;
                case "CATEGORIES" when TextOrNull(property.Text) is { } categories:
                    _categories.Add(categories);
                    break;
                case "NOTE" when TextOrNull(property.Text) is { } note:
                    _notes.Add(note);
                    break;
                case "X-ABLABEL" when property.Group is { } group:
                    _labels[group] = property.Text.Replace("_$!<", "", StringComparison.Ordinal)
                        .Replace(">!$_", "", StringComparison.Ordinal).Trim();
                    break;
            }
        }

        public VCard ToCard() => new(
            line, FindName(), _company, _emails,
            [.. _numbers.Select(n => (n.Text, n.Group is { } group && _labels.TryGetValue(group, out var label) ? label : n.Label))],
            _notes.Count == 0 ? null : string.Join("\n", _notes), _categories) { IsGroup = _isGroup };

        /// <summary>
        /// What the card shows; where that is the company, or the parts of the name say more, e.g. a middle name, those. Else the company
        /// or a nickname.
        /// </summary>
        private string? FindName()
        {
            if (_fullName is null)
            {
                return _name ?? (_company is null ? _nickname : null);
            }

            var isCompany = _company is not null && NameOrder.KeyOf(_company) == NameOrder.KeyOf(_fullName);
            return _name is not null && (isCompany || Words(_fullName).IsProperSubsetOf(Words(_name))) ? _name : _fullName;
        }

        private static HashSet<string> Words(string name) =>
            [.. name.Split([' ', ',', '.'], StringSplitOptions.RemoveEmptyEntries).Select(NameOrder.KeyOf)];

        private static string? LabelOf(Property property)
        {
            var types = property.Types.ToHashSet();
            var place = types.Contains("WORK") ? "Work" : types.Contains("HOME") ? "Home" : null;
            var kind = types.Contains("CELL") || types.Contains("IPHONE") ? "Mobile" : types.Contains("FAX") ? "Fax"
                : types.Contains("MAIN") ? "Main" : types.Contains("PAGER") ? "Pager" : null;
            return (place, kind) switch
            {
                (_, "Mobile") => "Mobile",
                ({ } p, { } k) => $"{p} {k.ToLowerInvariant()}",
                _ => place ?? kind ?? property.OwnType,
            };
        }

        private static string? TextOrNull(string text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
    }
}
