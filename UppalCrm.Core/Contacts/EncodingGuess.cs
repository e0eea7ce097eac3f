using System.Buffers;
using System.Text;
using UtfUnknown;

namespace UppalCrm.Core.Contacts;

/// <summary>
/// How a file is probably written that is not in UTF-8: by the headings that it has then, by the characters that a language uses most, and
/// by what UTF.Unknown says of it. A few names are little to go by: the guess is offered to a person.
/// </summary>
/// <param name="IsSure">The text reads so well in it that nobody need be asked where Windows-1252 cannot be right.</param>
internal sealed record EncodingGuess(FileEncoding Encoding, bool IsSure)
{
    private const int MostBytes = 64 * 1024;
    private const int HeadingLines = 25;

    /// <summary>Bytes that Windows-1252 has no character for.</summary>
    private static readonly SearchValues<byte> NotWestern = SearchValues.Create([0x81, 0x8D, 0x8F, 0x90, 0x9D]);

    private static readonly char[] BetweenCells = [',', ';', '\t', '|'];

    /// <summary>What UTF.Unknown calls them. Some of ISO 8859 are told from those of Windows by nothing but quotation marks.</summary>
    private static readonly Dictionary<string, int[]> CodePages = new(StringComparer.OrdinalIgnoreCase)
    {
        ["windows-1250"] = [1250, 28592], ["iso-8859-2"] = [1250, 28592], ["ibm852"] = [852],
        ["windows-1251"] = [1251], ["koi8-r"] = [20866], ["ibm866"] = [866], ["x-mac-cyrillic"] = [10007],
        ["x-mac-ce"] = [10029],
        ["windows-1253"] = [1253], ["iso-8859-7"] = [1253],
        ["windows-1254"] = [1254], ["iso-8859-9"] = [1254],
        ["windows-1255"] = [1255], ["iso-8859-8"] = [1255],
        ["windows-1256"] = [1256], ["windows-1257"] = [1257], ["iso-8859-13"] = [1257], ["tis-620"] = [874], ["windows-874"] = [874],
        ["shift-jis"] = [932], ["euc-jp"] = [51932], ["euc-kr"] = [949], ["ks_c_5601-1987"] = [949],
        ["gb18030"] = [54936], ["big5"] = [950],
    };

    /// <summary>The letters of the single-byte ones that are not Latin.</summary>
    private static readonly Dictionary<int, (char First, char Last)> Alphabets = new()
    {
        [1251] = ('\u0400', '\u04FF'), [20866] = ('\u0400', '\u04FF'), [866] = ('\u0400', '\u04FF'),
        [10007] = ('\u0400', '\u04FF'), [1253] = ('\u0370', '\u03FF'), [1255] = ('\u0590', '\u05FF'), [1256] = ('\u0600', '\u06FF'),
        [874] = ('\u0E00', '\u0E7F'),
    };

    /// <summary>
    /// The first bytes of the characters that names are written with nearly always. Hangul's are among the common ones of Chinese too, so
    /// the narrowest comes first.
    /// </summary>
    private static readonly (int CodePage, Func<byte, bool> IsCommon)[] TwoBytes =
    [
        (949, lead => lead is >= 0xB0 and <= 0xC8),
        (54936, lead => lead is >= 0xB0 and <= 0xD7),
        (932, lead => lead is >= 0x81 and <= 0x83 or >= 0x88 and <= 0x98),
        (950, lead => lead is >= 0xA4 and <= 0xC6),
        (51932, lead => lead is 0xA4 or 0xA5 or >= 0xB0 and <= 0xCF),
    ];

    /// <summary>Null when nothing reads better than Windows-1252.</summary>
    /// <param name="text">Of the file, as much as <see cref="Sample"/> gives.</param>
    public static EncodingGuess? Of(byte[] text, bool isTable) => text.Length == 0 ? null
        : BrokenUtf8(text) ?? (isTable ? ByHeadings(text) : null) ?? ByCommonPairs(text) ?? ByWesternLetters(text) ?? ByDetector(text);

    /// <summary>
    /// The lines of a file that have bytes beyond ASCII, as far as a guess needs them; and whether Windows-1252 can be right.
    /// </summary>
    public static (byte[] Lines, bool CanBeWestern) Sample(string path)
    {
        using var file = File.OpenRead(path);
        return Sample(file);
    }

    public static (byte[] Lines, bool CanBeWestern) Sample(byte[] text)
    {
        using var whole = new MemoryStream(text);
        return Sample(whole);
    }

    private static (byte[] Lines, bool CanBeWestern) Sample(Stream file)
    {
        var (lines, line) = (new MemoryStream(), new MemoryStream());
        var (canBeWestern, isAscii) = (true, true);
        var bytes = new byte[64 * 1024];
        for (int read; (read = file.Read(bytes)) > 0 && (canBeWestern || lines.Length < MostBytes);)
        {
            var part = bytes.AsSpan(0, read);
            canBeWestern &= !part.ContainsAny(NotWestern);
            while (lines.Length < MostBytes && part.Length > 0)
            {
                var end = part.IndexOfAny((byte)'\n', (byte)'\r');
                var piece = end < 0 ? part : part[..(end + 1)];
                isAscii &= !piece.ContainsAnyInRange((byte)0x80, (byte)0xFF);
                line.Write(piece);
                part = part[piece.Length..];
                if (end >= 0 || line.Length >= MostBytes)
                {
                    End();
                }
            }
        }

        End();
        return (lines.ToArray(), canBeWestern);

        void End()
        {
            if (!isAscii)
            {
                line.WriteTo(lines);
            }

            line.SetLength(0);
            isAscii = true;
        }
    }

    /// <summary>UTF-8 in which a few bytes are broken: a program has cut a character in two, or somebody has joined two files.</summary>
    private static EncodingGuess? BrokenUtf8(byte[] text)
    {
        var read = System.Text.Encoding.UTF8.GetString(text);
        var (broken, whole) = (read.Count(c => c == '\uFFFD'), read.Count(c => c is >= '\u0080' and not '\uFFFD'));
        return whole >= 2 && whole >= broken * 4 ? Guess(65001, isSure: whole >= broken * 10) : null;
    }

    /// <summary>The one in which most columns have a heading that we know. Two headings in one language are no accident.</summary>
    private static EncodingGuess? ByHeadings(byte[] text)
    {
        var western = KnownHeadings(FileEncoding.Western);
        var (known, encoding) = FileEncoding.All.Select(encoding => (Known: KnownHeadings(encoding), encoding)).MaxBy(pair => pair.Known);
        return known > western ? new EncodingGuess(encoding, IsSure: known > 1) : null;

        int KnownHeadings(FileEncoding encoding) => encoding.Encoding.GetString(text.AsSpan(0, Math.Min(text.Length, 4_096)))
            .Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries).Take(HeadingLines)
            .Max(line => line.Split(BetweenCells).Count(cell => cell.Any(c => c > '\u007F' && char.IsLetter(c))
                && !cell.Any(FileEncoding.IsUnreadable) && new ColumnHeading(cell.Trim('"', ' ')).Meaning is not null));
    }

    /// <summary>Two bytes a character, nearly all of them common ones, and apart from Latin words as names are.</summary>
    private static EncodingGuess? ByCommonPairs(byte[] text)
    {
        foreach (var (codePage, isCommon) in TwoBytes)
        {
            var (pairs, common) = (0, 0);
            for (var i = 0; i < text.Length; i++)
            {
                if (text[i] >= 0x80 && i + 1 < text.Length)
                {
                    (pairs, common) = (pairs + 1, common + (isCommon(text[i]) ? 1 : 0));
                    i++;
                }
            }

            var read = pairs > 1 && common * 20 >= pairs * 19 ? FileEncoding.Find(codePage)!.Encoding.GetString(text) : "";
            if (read.Length > 0 && !read.Any(FileEncoding.IsUnreadable) && StandsApart(read, char.IsLetter))
            {
                return Guess(codePage, isSure: pairs >= 8);
            }
        }

        return null;
    }

    /// <summary>
    /// Of a Mac or of DOS, where the letters that Western names have make signs in Windows-1252: <c>J”rg</c>, <c>MŸller</c>.
    /// </summary>
    private static EncodingGuess? ByWesternLetters(byte[] text)
    {
        var best = new[] { 10000, 850 }.Select(codePage => (CodePage: codePage, Found: Western(codePage))).MaxBy(pair => pair.Found.Share);
        return best.Found is { Share: > 0.95, Count: > 1 } && Western(1252).Share < 0.5
            ? Guess(best.CodePage, isSure: best.Found.Count > 2) : null;

        (double Share, int Count) Western(int codePage)
        {
            var read = FileEncoding.Find(codePage)!.Encoding.GetString(text);
            var (count, good, all) = (0, 0, 0);
            for (var i = 0; i < read.Length; i++)
            {
                if (read[i] <= '\u007F')
                {
                    continue;
                }

                all++;
                var (before, after) = (i > 0 ? read[i - 1] : ' ', i + 1 < read.Length ? read[i + 1] : ' ');
                if (char.IsAsciiLetter(before) || char.IsAsciiLetter(after))
                {
                    (count, good) = (count + 1, good + (IsUsual(before, read[i], after) ? 1 : 0));
                }
            }

            return (count * 2 < all ? 0 : good / (double)Math.Max(1, count), count);
        }

        static bool IsUsual(char before, char c, char after) => c == '\u2019'
            || ("\u2018\u201C\u201D\u201E«»–…€".Contains(c, StringComparison.Ordinal) && !(char.IsLetter(before) && char.IsLetter(after)))
            || ("äöüßéèêëàâáîïíìôóòûùúçñãõåøæœ".Contains(char.ToLowerInvariant(c), StringComparison.Ordinal)
                && !(char.IsUpper(c) && char.IsAsciiLetterLower(before)));
    }

    private static EncodingGuess? ByDetector(byte[] text)
    {
        if (CharsetDetector.DetectFromBytes(text).Detected is not { EncodingName: { } name, Confidence: var confidence }
            || !CodePages.TryGetValue(name, out var codePages))
        {
            return null;
        }

        var (read, codePage) = codePages.Select(page => (Read: FileEncoding.Find(page)!.Encoding.GetString(text), page))
            .MinBy(pair => SignsInWords(pair.Read));
        if (read.Any(FileEncoding.IsUnreadable))
        {
            return null;
        }

        return Alphabets.TryGetValue(codePage, out var letters)
            ? confidence > 0.45f && StandsApart(read, c => c >= letters.First && c <= letters.Last) ? Guess(codePage, isSure: true) : null
            : confidence > 0.6f && SignsInWords(read) == 0 ? Guess(codePage, isSure: confidence > 0.75f)
            : null;
    }

    private static EncodingGuess Guess(int codePage, bool isSure) => new(FileEncoding.Find(codePage)!, isSure);

    /// <summary>
    /// Whether nearly all letters beyond ASCII are of one script, and hardly a word mixes them with Latin ones, as <c>JцrgMьller</c> does.
    /// </summary>
    private static bool StandsApart(string text, Func<char, bool> isOfScript)
    {
        var (letters, own, words, mixed) = (0, 0, 0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] <= '\u007F' || !char.IsLetter(text[i]))
            {
                continue;
            }

            (letters, own) = (letters + 1, own + (isOfScript(text[i]) ? 1 : 0));
            var (isFirst, isLast) = (i == 0 || !IsForeign(text[i - 1]), i + 1 == text.Length || !IsForeign(text[i + 1]));
            words += isFirst ? 1 : 0;
            mixed += (isFirst && i > 0 && char.IsAsciiLetter(text[i - 1]))
                || (isLast && i + 1 < text.Length && char.IsAsciiLetter(text[i + 1])) ? 1 : 0;
        }

        return letters > 1 && own * 20 >= letters * 19 && mixed * 5 <= words;

        static bool IsForeign(char c) => c > '\u007F' && char.IsLetter(c);
    }

    /// <summary>Signs between two letters, e.g. of <c>W±sik</c>; an apostrophe and a dash may stand there.</summary>
    private static int SignsInWords(string text) => Enumerable.Range(1, Math.Max(0, text.Length - 2)).Count(i =>
        text[i] is > '\u007F' and not ('\u2018' or '\u2019' or '\u2013' or '\u2014' or '\u00AD' or '\u00A0' or '\u00B7')
        && !char.IsLetter(text[i]) && char.IsLetter(text[i - 1]) && char.IsLetter(text[i + 1]));
}
