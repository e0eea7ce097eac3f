using System.Text;

namespace UppalCrm.Core.Contacts;

/// <summary>One card of a file of vCards, as far as a contact keeps it.</summary>
/// <param name="Line">Where it begins, from 1.</param>
/// <param name="Numbers">What each <c>TEL</c> says, with its label.</param>
internal sealed record VCard(int Line, string? Name, string? Company, IReadOnlyList<string> Emails,
    IReadOnlyList<(string Text, string? Label)> Numbers, string? Notes, IReadOnlyList<string> Categories);

/// <summary>Reads vCards 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350): what telephones and address books export.</summary>
internal static class VCardReader
{
    private const int LongestValue = 20_000;

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

    public static IEnumerable<VCard> Read(TextReader text)
    {
        Draft? card = null;
        var depth = 0; // a card of 2.1 may hold another one: its assistant's
        foreach (var (line, property) in ReadProperties(text))
        {
            if (property.Name == "BEGIN" && property.Text.Trim().Equals("VCARD", StringComparison.OrdinalIgnoreCase))
            {
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
        }

        if (card is not null)
        {
            yield return card.ToCard(); // cut off: what is there is kept
        }
    }

    /// <summary>Lines that are folded are one property; so are those of a quoted-printable value, which end with an equals sign.</summary>
    private static IEnumerable<(int Line, Property Property)> ReadProperties(TextReader text)
    {
        var (line, at) = (0, 0);
        var folded = new StringBuilder();
        while (text.ReadLine() is { } next)
        {
            line++;
            var isQuotedPrintable = folded.Length > 0 && folded[^1] == '=' && IsQuotedPrintable(folded);
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

            if (Property.Read(folded) is { } property)
            {
                yield return (at, property);
            }

            folded.Clear().Append(next.Length > LongestValue ? next[..LongestValue] : next);
            at = line;
        }

        if (Property.Read(folded) is { } last)
        {
            yield return (at, last);
        }
    }

    private static bool IsQuotedPrintable(StringBuilder folded)
    {
        var text = folded.ToString();
        return text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && text.AsSpan(0, colon)
            .Contains("QUOTED-PRINTABLE", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>One property: <c>item1.TEL;TYPE=CELL:+1202…</c>.</summary>
    private sealed record Property(string? Group, string Name, IReadOnlyList<string> Parameters, string Value)
    {
        /// <summary>The value without escapes.</summary>
        public string Text => Unescape(Value);

        public static Property? Read(StringBuilder folded)
        {
            var line = folded.ToString();
            if (FindColon(line) is not (> 0 and var colon))
            {
                return null;
            }

            var head = line[..colon].Split(';', StringSplitOptions.TrimEntries);
            var name = head[0].TrimStart('\uFEFF');
            var dot = name.IndexOf('.', StringComparison.Ordinal);
            var value = line[(colon + 1)..];
            if (head.Any(p => p.Contains("QUOTED-PRINTABLE", StringComparison.OrdinalIgnoreCase)))
            {
                value = DecodeQuotedPrintable(value, head.FirstOrDefault(p =>
                    p.StartsWith("CHARSET=", StringComparison.OrdinalIgnoreCase))?[8..]);
            }

            return new Property(dot < 0 ? null : name[..dot], name[(dot + 1)..].ToUpperInvariant(), head[1..], value);
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

        private static string DecodeQuotedPrintable(string value, string? charset)
        {
            var bytes = new List<byte>(value.Length);
            for (var i = 0; i < value.Length; i++)
            {
                if (value[i] == '=' && i + 2 < value.Length && char.IsAsciiHexDigit(value[i + 1]) && char.IsAsciiHexDigit(value[i + 2]))
                {
                    bytes.Add(Convert.ToByte(value.Substring(i + 1, 2), 16));
                    i += 2;
                }
                else
                {
                    bytes.AddRange(Encoding.UTF8.GetBytes([value[i]]));
                }
            }

            var latin = charset is not null && !charset.Contains("UTF", StringComparison.OrdinalIgnoreCase);
            return (latin ? CodePagesEncodingProvider.Instance.GetEncoding(1252)! : Encoding.UTF8).GetString([.. bytes]);
        }
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
        private string? _company;

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
                        part.Length > 0)));
                    string Part(int index) => index < rest.Count ? rest[index] : "";
                    break;
                case "ORG":
                    _company ??= TextOrNull(property.Parts[0]);
                    break;
                case "EMAIL" when TextOrNull(property.Text) is { } email:
                    _emails.Add(email);
                    break;
                case "TEL" when TextOrNull(property.Text) is { } number:
                    _numbers.Add((property.Group, number, LabelOf(property.Types.ToHashSet())));
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
            line, _fullName ?? _name, _company, _emails,
            [.. _numbers.Select(n => (n.Text, n.Group is { } group && _labels.TryGetValue(group, out var label) ? label : n.Label))],
            _notes.Count == 0 ? null : string.Join("\n", _notes), _categories);

        private static string? LabelOf(HashSet<string> types)
        {
            var place = types.Contains("WORK") ? "Work" : types.Contains("HOME") ? "Home" : null;
            var kind = types.Contains("CELL") || types.Contains("IPHONE") ? "Mobile" : types.Contains("FAX") ? "Fax"
                : types.Contains("MAIN") ? "Main" : types.Contains("PAGER") ? "Pager" : null;
            return (place, kind) switch
            {
                (_, "Mobile") => "Mobile",
                ({ } p, { } k) => $"{p} {k.ToLowerInvariant()}",
                _ => place ?? kind,
            };
        }

        private static string? TextOrNull(string text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
    }
}
