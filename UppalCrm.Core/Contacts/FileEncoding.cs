using System.Text;

namespace UppalCrm.Core.Contacts;

/// <summary>How a file may be written that is not in Unicode. A person chooses among these by their names.</summary>
public sealed class FileEncoding
{
    /// <summary>Of seven bits, as mail was: letters lie between an escape and another.</summary>
    private const int JapaneseEscapes = 50220;

    private FileEncoding(string name, int codePage) => (Name, CodePage, Encoding) = (name, codePage, Get(codePage));

    /// <summary>Every one that can be chosen. Of two that read a text alike, the first is likelier.</summary>
    public static IReadOnlyList<FileEncoding> All { get; } =
    [
        new("Western European (Windows-1252)", 1252),
        new("Western European (Mac)", 10000),
        new("Western European (DOS 850)", 850),
        new("Central European (Windows-1250)", 1250),
        new("Central European (ISO 8859-2)", 28592),
        new("Central European (Mac)", 10029),
        new("Central European (DOS 852)", 852),
        new("Cyrillic (Windows-1251)", 1251),
        new("Cyrillic (KOI8-R)", 20866),
        new("Cyrillic (DOS 866)", 866),
        new("Cyrillic (Mac)", 10007),
        new("Greek (Windows-1253)", 1253),
        new("Turkish (Windows-1254)", 1254),
        new("Hebrew (Windows-1255)", 1255),
        new("Arabic (Windows-1256)", 1256),
        new("Baltic (Windows-1257)", 1257),
        new("Thai (Windows-874)", 874),
        new("Japanese (Shift-JIS)", 932),
        new("Japanese (EUC-JP)", 51932),
        new("Japanese (ISO-2022-JP)", JapaneseEscapes),
        new("Korean (EUC-KR)", 949),
        new("Simplified Chinese (GB18030)", 54936),
        new("Traditional Chinese (Big5)", 950),
        new("UTF-8", 65001),
    ];

    /// <summary>The one whose escapes no other text has.</summary>
    public static FileEncoding OfJapaneseMail => Find(JapaneseEscapes)!;

    /// <summary>What is assumed of a file that does not say how it is written.</summary>
    public static FileEncoding Western => All[0];

    public string Name { get; }

    /// <summary>Its number in Windows.</summary>
    public int CodePage { get; }

    internal Encoding Encoding { get; }

    /// <summary>Null when there is none of this number.</summary>
    public static FileEncoding? Find(int codePage) => All.FirstOrDefault(encoding => encoding.CodePage == codePage);

    /// <summary>
    /// Whether a character stands for bytes that mean nothing: the code pages of Windows put controls or private ones there.
    /// </summary>
    internal static bool IsUnreadable(char c) => c is '\uFFFD' or (>= '\u0080' and < '\u00A0') or (>= '\uE000' and <= '\uF8FF');

    private static Encoding Get(int codePage) => codePage == 65001 ? new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)
        : CodePagesEncodingProvider.Instance.GetEncoding(codePage) ?? Encoding.GetEncoding(codePage);
}
