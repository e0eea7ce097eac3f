using System.Collections.Frozen;
using System.Text;

namespace UppalCrm.Core.PhoneNumbers;

/// <summary>What is known of who is calling.</summary>
public enum CallerKind
{
    /// <summary>A telephone number.</summary>
    Number,

    /// <summary>A user of another telephone system, e.g. <c>sip:alice@example.com</c>. There is no number to call back.</summary>
    SipUser,

    /// <summary>One of our own lines.</summary>
    OurLine,

    /// <summary>Nobody: the number was withheld, or is unknown.</summary>
    Withheld,
}

/// <summary>Who is calling. Whether a caller is identified is decided here and nowhere else.</summary>
/// <param name="Address">As the call keeps it: E.164, <c>sip:user@host</c>, or <see cref="Nobody"/>.</param>
public readonly record struct CallerIdentity(CallerKind Kind, string Address)
{
    /// <summary>What a call keeps instead of a number that was withheld.</summary>
    public const string Nobody = "anonymous";

    private static readonly string[] Words = ["anonymous", "restricted", "blocked", "unknown", "unavailable", "private", "withheld"];

    /// <summary>What networks and telephone systems of other countries write, without accents.</summary>
    private static readonly string[] Abroad =
    [
        "anonym", "unbekannt", "unterdruckt", "nummerunterdruckt", "rufnummerunterdruckt", "privat", "anonyme", "inconnu", "masque",
        "nummasque", "numeromasque", "numeroinconnu", "prive", "numeroprive", "anonimo", "desconocido", "numerodesconocido", "oculto",
        "numerooculto", "privado", "numeroprivado", "restringido", "sconosciuto", "numerosconosciuto", "privato", "numeroprivato",
        "nascosto", "onbekend", "anoniem", "privenummer", "afgeschermd", "desconhecido", "anonyymi", "okand", "skyddat",
        "dold", "ukendt", "ukjent", "skjult", "nieznany", "zastrzezony", "neznamy", "soukromy", "неизвестныи", "скрыт", "скрытыиномер",
    ];

    private static readonly FrozenSet<string> Phrases =
        ((IEnumerable<string>)[.. Words, "nocallerid", "calleridblocked", "callerrestricted", "numberwithheld", "notavailable",
            "outofarea", "none", "null", "undefined", .. Abroad,
            .. Words.SelectMany(
                word => (IEnumerable<string>)[word + "number", word + "caller", word + "call", word + "callerid"])]).ToFrozenSet();

    /// <summary>The digits that spell a word on a keypad: what some networks send, e.g. <c>266696687</c> for ANONYMOUS.</summary>
    private static readonly FrozenSet<string> Spelled = Words.Select(Keys).ToFrozenSet();

    /// <summary>Whether calls of this caller belong together: missed, taken, counted, found, adopted as one.</summary>
    public bool IsIdentified => Kind != CallerKind.Withheld;

    /// <summary>The number; null when there is none.</summary>
    public PhoneNumber? Number =>
        Kind is CallerKind.Number or CallerKind.OurLine && PhoneNumber.TryParse(Address, out var number) ? number : null;

    /// <summary>What a person reads of a user who has no number, e.g. <c>alice</c>.</summary>
    public string User => Address.StartsWith("sip:", StringComparison.Ordinal) ? Address[4..].Split('@')[0] : Address;

    /// <summary>Reads what a call has kept. Our own lines are for <see cref="NumberFormat"/> to know.</summary>
    public static CallerIdentity Of(string? kept) =>
        IsWithheld(kept) ? new CallerIdentity(CallerKind.Withheld, Nobody)
        : PhoneNumber.TryParse(kept, out var number) ? new CallerIdentity(CallerKind.Number, number.Value)
        : new CallerIdentity(CallerKind.SipUser, kept!);

    /// <summary>
    /// Whether the text stands for nobody: empty, a word such as <c>restricted</c>, or the digits that spell one, with or without a plus
    /// (Twilio's documentation of caller ID names ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE).
    /// </summary>
    public static bool IsWithheld(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return true;
        }

        if (text.Length > 128)
        {
            return false;
        }

        var plain = NumberText.Plain(text);
        foreach (var scheme in (ReadOnlySpan<string>)["sips:", "sip:", "tel:"])
        {
            if (plain.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            {
                plain = plain[scheme.Length..];
                break;
            }
        }

        if (plain.EndsWith("@anonymous.invalid", StringComparison.OrdinalIgnoreCase)) // RFC 3323, section 4.1.1.3
        {
            return true;
        }

        plain = plain.Split('@', ';')[0];
        var digits = string.Concat(plain.Where(char.IsAsciiDigit));
        var letters = string.Concat(KeptText.Normalized(plain, NormalizationForm.FormD).Where(char.IsLetter)).ToLowerInvariant();
        return (digits.Length, letters.Length) switch
        {
            (0, 0) => true,
            (0, _) => Phrases.Contains(letters),
            (_, 0) => Spelled.Contains(digits) || digits.All(c => c == '0'),
            _ => false,
        };
    }

    /// <summary>ITU-T E.161: the letters on the keys 2 to 9.</summary>
    private static string Keys(string word) => string.Concat(word.Select(c => "22233344455566677778889999"[c - 'a']));
}
