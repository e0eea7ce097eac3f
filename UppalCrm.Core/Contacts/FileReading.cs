using System.Text;

namespace UppalCrm.Core.Contacts;

/// <summary>How the bytes of a file become text: as the file says itself, else as somebody chose, else as Windows-1252.</summary>
public sealed class FileReading
{
    /// <summary>So many cards are looked at for bytes of which nothing says how they are written.</summary>
    private const int SampleCards = 2_000;

    private FileReading(Encoding encoding, bool isVCard) => (Encoding, IsVCard) = (encoding, isVCard);

    /// <summary>What was assumed or chosen for bytes that do not say it; null when there are none, and nothing is to choose.</summary>
    public FileEncoding? Assumed { get; private init; }

    /// <summary>What those bytes are more likely written in; null when nothing speaks against what was assumed.</summary>
    public FileEncoding? Likelier { get; private init; }

    /// <summary>Somebody has said how the file is written.</summary>
    public bool IsChosen { get; private init; }

    /// <summary>What the person should know of how the file was read; null when there is nothing.</summary>
    public string? Note => Assumed is not { } encoding ? null
        : IsChosen ? HasGaps
            ? $"The file is read as {encoding.Name}, but not all of it can be: signs like � or gaps stand where it cannot."
            : $"The file is read as {encoding.Name}."
        : encoding == FileEncoding.Western
            ? "The file is not written in UTF-8, so it was read as Windows-1252. Look at the letters with accents: if they are wrong, choose "
                + "another encoding."
        : $"The file is written neither in UTF-8 nor in Windows-1252, so it was read as {encoding.Name}. If letters are wrong, choose "
            + "another encoding.";

    internal Encoding Encoding { get; }

    internal bool IsVCard { get; }

    private bool HasGaps { get; init; }

    /// <exception cref="ContactFileException">It is no text.</exception>
    internal static FileReading Of(string path, FileEncoding? chosen)
    {
        var told = Told(path);
        var isVCard = IsVCards(path, told ?? FileEncoding.Western.Encoding);
        var reading = new FileReading(told ?? FileEncoding.Western.Encoding, isVCard);
        var (sample, canBeWestern) = told is null ? EncodingGuess.Sample(path) : isVCard ? EncodingGuess.Sample(reading.Undeclared(path))
            : ([], true);
        if (sample.Length == 0)
        {
            return reading;
        }

        var guess = EncodingGuess.Of(sample, isTable: !isVCard);
        var assumed = chosen ?? (guess is { IsSure: true } && !canBeWestern ? guess.Encoding : FileEncoding.Western);
        return new FileReading(told ?? assumed.Encoding, isVCard)
        {
            Assumed = assumed,
            Likelier = guess?.Encoding == assumed ? null : guess?.Encoding,
            IsChosen = chosen is not null,
            HasGaps = assumed.Encoding.GetString(sample).Any(FileEncoding.IsUnreadable),
        };
    }

    internal IEnumerable<VCard> ReadCards(string path) => ReadCards(path, new VCardText(Raw, (Assumed ?? FileEncoding.Western).Encoding));

    private IEnumerable<VCard> ReadCards(string path, VCardText meaning)
    {
        // Of Latin-1 each byte is a character: what it means is for the property to say.
        using var text = new StreamReader(path, Raw is null ? Encoding : Encoding.Latin1, detectEncodingFromByteOrderMarks: Raw is null);
        foreach (var card in VCardReader.Read(text, meaning))
        {
            yield return card;
        }
    }

    /// <summary>
    /// Null where a character takes two bytes always, or does between escapes, where any byte may look like a separator: that is said of
    /// the whole file, and no property says otherwise.
    /// </summary>
    private Encoding? Raw =>
        Encoding is UnicodeEncoding or UTF32Encoding || Encoding.CodePage == FileEncoding.OfJapaneseMail.CodePage ? null : Encoding;

    private byte[] Undeclared(string path)
    {
        var meaning = new VCardText(Raw, FileEncoding.Western.Encoding);
        foreach (var _ in ReadCards(path, meaning).Take(SampleCards))
        {
            // only for what it comes across
        }

        return meaning.Undeclared;
    }

    private static bool IsVCards(string path, Encoding encoding)
    {
        using var text = new StreamReader(path, encoding);
        return VCardReader.Begins(text);
    }

    /// <summary>What the file's bytes say; null when they are a text and nothing says in what.</summary>
    private static Encoding? Told(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> head = stackalloc byte[512];
        head = head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        if (head is [0x50, 0x4B, 0x03, 0x04, ..])
        {
            throw new ContactFileException(
                "This is not a text file but a spreadsheet. Open it, choose “Save as”, then “CSV UTF-8”, and import that file.");
        }

        Encoding? wide = head switch
        {
            [0xFF, 0xFE, 0, 0, ..] => Encoding.UTF32,
            [0xFF, 0xFE, ..] => Encoding.Unicode,
            [0xFE, 0xFF, ..] => Encoding.BigEndianUnicode,
            _ => FindWide(head), // without its mark
        };
        if (wide is not null)
        {
            return wide;
        }

        if (head.Contains((byte)0))
        {
            throw new ContactFileException("This is not a text file. In the spreadsheet choose “Save as”, then “CSV UTF-8”.");
        }

        file.Position = 0;
        if (HasJapaneseEscapes(file))
        {
            return FileEncoding.OfJapaneseMail.Encoding;
        }

        file.Position = 0;
        return IsUtf8(file) ? new UTF8Encoding(false) : null;
    }

    /// <summary>
    /// ISO-2022-JP: all of its bytes are those of ASCII, and an escape says that what follows is Japanese (RFC 1468). Names stand near the
    /// beginning: of the file so much is looked at.
    /// </summary>
    private static bool HasJapaneseEscapes(Stream file)
    {
        var bytes = new byte[64 * 1024];
        var head = bytes.AsSpan(0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
        return (head.IndexOf("\e$B"u8) >= 0 || head.IndexOf("\e$@"u8) >= 0) && !head.ContainsAnyInRange((byte)0x80, (byte)0xFF);
    }

    /// <summary>
    /// Two bytes a character: separators, digits and line ends have a zero, always the first of both or always the second. What is no text
    /// has them anywhere.
    /// </summary>
    private static Encoding? FindWide(ReadOnlySpan<byte> head)
    {
        var zeros = (Even: 0, Odd: 0);
        for (var i = 0; i + 1 < head.Length; i += 2)
        {
            zeros = (zeros.Even + (head[i] == 0 ? 1 : 0), zeros.Odd + (head[i + 1] == 0 ? 1 : 0));
        }

        return zeros switch
        {
            (0, > 1) => Encoding.Unicode,
            ( > 1, 0) => Encoding.BigEndianUnicode,
            _ => null,
        };
    }

    private static bool IsUtf8(Stream file)
    {
        var decoder = new UTF8Encoding(false, throwOnInvalidBytes: true).GetDecoder();
        var bytes = new byte[64 * 1024];
        var characters = new char[bytes.Length + 4];
        try
        {
            for (int read; (read = file.Read(bytes)) > 0;)
            {
                decoder.GetChars(bytes, 0, read, characters, 0, flush: false);
            }

            decoder.GetChars([], 0, 0, characters, 0, flush: true);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
