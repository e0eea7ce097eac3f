using System.Collections.Frozen;
using System.Text;
using BitFaster.Caching.Lru;

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
    /// <summary>So many characters of an address are kept at most.</summary>
    public const int LongestKept = 128;

    /// <summary>What a call keeps instead of a number that was withheld.</summary>
    public const string Nobody = "anonymous";

    /// <summary>English words that networks send, and spell on a keypad.</summary>
    private static readonly string[] Words = ["anonymous", "restricted", "blocked", "unknown", "unavailable", "private", "withheld"];

    /// <summary>
    /// Words that say that there is no number, as networks and telephone systems write them. Without accents; of European languages with
    /// the endings that they have beside a noun.
    /// </summary>
    private static readonly FrozenSet<string> Hiding = Set(
        string.Join(' ', Words)
        + " hidden suppressed concealed masked secret unlisted undisclosed unidentified confidential payphone coinline"
        + " outofarea none null undefined nocallerid noid nonumber noname notavailable notprovided notdisclosed interactionwithotherservice"
        + " anonym anonymer unbekannt unbekannte unbekannter unterdruckt unterdruckte unterdrueckt verborgen geheim privat privatnummer"
        + " anonyme anonymes inconnu inconnue masque masquee cache cachee prive privee confidentiel indisponible noncommunique nonidentifie"
        + " anonimo anonima desconocido desconocida oculto oculta privado privada restringido restringida bloqueado nodisponible"
        + " sinidentificar noidentificado confidencial sconosciuto sconosciuta privato privata nascosto nascosta riservato nondisponibile"
        + " onbekend onbekende anoniem anonieme privenummer afgeschermd afgeschermde geheime desconhecido desconhecida restrito indisponivel"
        + " naoidentificado okand okant skyddat skyddad dold dolt hemligt ukendt ukjent skjult hemmelig hemmeligt anonyymi tuntematon"
        + " salainen nieznany zastrzezony prywatny ukryty anonimowy neznamy nezname skryte skryty soukrome soukromy utajene ismeretlen"
        + " rejtett titkos necunoscut ascuns anonim gizli bilinmeyen неизвестныи неизвестен неизвестно скрыт скрытыи анонимныи аноним"
        + " приватныи 非通知 通知不可能 公衆電話 表示圏外 匿名 未知 私人 隐藏 隱藏 保密 无号码 익명 발신번호표시제한 발신자표시제한");

    /// <summary>Words beside one of those: of a telephone, a call, a person.</summary>
    private static readonly FrozenSet<string> Beside = Set(
        "number numbers caller callers call calls calling id callerid name line phone party user subscriber identity the by of is sip "
        + "nummer rufnummer telefonnummer anrufer anruf teilnehmer numero appel appelant correspondant llamada llamante chiamata chiamante "
        + "beller oproep chamada cislo numer polaczenie номер абонент вызов звонок numara arayan szam numar 番号 号码 號碼 来电 번호");

    private static readonly int LongestWord = Hiding.Concat(Beside).Max(word => word.Length);

    /// <summary>
    /// The digits that spell a word on a keypad: what some networks send, e.g. <c>266696687</c> for ANONYMOUS, also behind the 1 or the 00
    /// of a country code where no number is so long.
    /// </summary>
    private static readonly FrozenSet<string> Spelled = Words
        .SelectMany(word => (string[])[word, word + "number", word + "caller"]).Select(Keys)
        .SelectMany(keys => keys.Length == 10 ? (string[])[keys] : [keys, "1" + keys, "00" + keys]).ToFrozenSet();

    /// <summary>What was read of the addresses asked for last: a thousand pages that show a call ask for the same two.</summary>
    private static readonly ConcurrentLru<string, CallerIdentity> LastRead = new(capacity: 4_096);

    /// <summary>Whether calls of this caller belong together: missed, taken, counted, found, adopted as one.</summary>
    public bool IsIdentified => Kind != CallerKind.Withheld;

    /// <summary>The number; null when there is none.</summary>
    public PhoneNumber? Number =>
        Kind is CallerKind.Number or CallerKind.OurLine && PhoneNumber.TryParse(Address, out var number) ? number : null;

    /// <summary>What a person reads of a user who has no number, e.g. <c>alice</c>.</summary>
    public string User => Address.StartsWith("sip:", StringComparison.Ordinal) ? Address[4..].Split('@')[0] : Address;

    /// <summary>Reads what a call has kept. Our own lines are for <see cref="NumberFormat"/> to know.</summary>
    public static CallerIdentity Of(string? kept) =>
        kept is { Length: > 0 and <= LongestKept } ? LastRead.GetOrAdd(kept, Read) : Read(kept);

    private static CallerIdentity Read(string? kept) =>
        IsWithheld(kept) || IsWord(kept!) ? new CallerIdentity(CallerKind.Withheld, Nobody)
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

        if (text.Length > LongestKept)
        {
            return false;
        }

        var plain = NumberText.Plain(text);
        foreach (var scheme in (ReadOnlySpan<string>)["sips:", "sip:", "tel:", "client:"])
        {
            if (plain.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            {
                plain = plain[scheme.Length..];
                break;
            }
        }

        var at = plain.LastIndexOf('@');
        var host = plain[(at + 1)..].Split(';', '?', ':')[0];
        if (host.EndsWith(".invalid", StringComparison.OrdinalIgnoreCase)) // RFC 3323, section 4.1.1.3; nobody's by RFC 2606
        {
            return true;
        }

        plain = plain.Split('@', ';')[0];
        var digits = string.Concat(plain.Where(char.IsAsciiDigit));
        var letters = Fold(plain);
        return (digits.Length, letters.Length) switch
        {
            (0, 0) => true,
            (0, _) => IsHiding(letters),
            (_, 0) => Spelled.Contains(digits) || digits.TrimStart('0').Length == 0
                || (digits.Length == 11 && digits.AsSpan(1).TrimStart('0').Length == 0), // a country's code and nothing
            _ => false,
        };
    }

    /// <summary>
    /// Whether the text is no address at all, in whatever language a network says that it has none. A user of another telephone system
    /// comes with a scheme or a host, an extension in digits.
    /// </summary>
    internal static bool IsWord(string text) => !text.Any(char.IsDigit) && text.AsSpan().IndexOfAny(':', '@') < 0;

    /// <summary>Whether the letters are words of <see cref="Hiding"/> and <see cref="Beside"/>, one of the former at least.</summary>
    private static bool IsHiding(string letters)
    {
        // Per place in the text: not reached, reached, reached with a word that hides.
        Span<int> reached = stackalloc int[letters.Length + 1];
        reached.Clear();
        reached[0] = 1;
        for (var start = 0; start < letters.Length; start++)
        {
            for (var length = 1; reached[start] > 0 && length <= Math.Min(LongestWord, letters.Length - start); length++)
            {
                var word = letters.Substring(start, length);
                var hides = Hiding.Contains(word);
                if (hides || Beside.Contains(word))
                {
                    reached[start + length] = Math.Max(reached[start + length], hides ? 2 : reached[start]);
                }
            }
        }

        return reached[^1] == 2;
    }

    private static FrozenSet<string> Set(string words) => words.Split(' ').Select(Fold).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The letters without case and accents.</summary>
    private static string Fold(string text) =>
        string.Concat(KeptText.Normalized(text, NormalizationForm.FormD).Where(char.IsLetter)).ToLowerInvariant();

    /// <summary>ITU-T E.161: the letters on the keys 2 to 9.</summary>
    private static string Keys(string word) => string.Concat(word.Select(c => "22233344455566677778889999"[c - 'a']));
}
