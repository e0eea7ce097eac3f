using System.Text;

namespace UppalCrm.Tests.Contacts;

public sealed class ContactFileTests : IDisposable
{
    private readonly ContactFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("Name,Phone\r\nAda,2025550111", ',')]
    [InlineData("Name;Phone\nAda;2025550111", ';')]
    [InlineData("Name\tPhone\rAda\t2025550111", '\t')]
    [InlineData("Name|Phone\nAda|2025550111", '|')]
    [InlineData("sep=;\r\nName;Phone\r\nAda;2025550111", ';')]
    [InlineData("\"sep=|\"\nName|Phone\nAda|2025550111", '|')]
    [InlineData("\"sep=\"\nName,Phone\nAda,2025550111", ',')]
    [InlineData("\n\n\"Name; or, nick\tname\";Phone\nAda;2025550111\n\n", ';')]
    [InlineData("Name\nAda", ',')]
    public void A_file_is_read_whatever_separates_its_values(string text, char separator)
    {
        var file = _files.Open(text);

        Assert.Equal(separator, file.Separator);
        Assert.Equal(2, file.Sample.Count);
        Assert.Equal("Ada", file.Sample[1][0]);
    }

    public static TheoryData<string> Encodings => ["utf-8", "utf-8 without mark", "utf-16", "utf-16BE", "utf-16 without mark"];

    [Theory]
    [MemberData(nameof(Encodings))]
    public void A_file_is_read_in_every_encoding_that_programs_write(string name)
    {
        Encoding encoding = name switch
        {
            "utf-8" => new UTF8Encoding(true),
            "utf-16" => new UnicodeEncoding(false, true),
            "utf-16BE" => new UnicodeEncoding(true, true),
            "utf-16 without mark" => new UnicodeEncoding(false, false),
            _ => new UTF8Encoding(false),
        };

        var file = _files.Open("Name\tPhone\r\nZoë\t2025550111\r\n", encoding);

        Assert.Equal(["Zoë", "2025550111"], file.Sample[1].Cells);
        Assert.Null(file.Reading.Note);
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_are_read_as_Windows_1252_and_the_page_says_so()
    {
        var file = _files.Open([.. "Name;Telefon\nJ"u8, 0xF6, .. "rg M"u8, 0xFC, .. "ller "u8, 0x80, .. ";2025550111\n"u8]);

        Assert.Equal("Jörg Müller €", file.Sample[1][0]);
        Assert.Contains("Windows-1252", file.Reading.Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Name,Pipe\nAda,5\" pipe\nBen,2\"", "5\" pipe", "2\"")]
    [InlineData("Name,Pipe\nAda,\"5\"\" pipe\"\nBen,\"a\nb\"", "5\" pipe", "a\nb")]
    [InlineData("Name,Pipe\nAda, \"x, y\"\nBen,\"5\" pipe, 2\"", "x, y", "5\" pipe, 2")]
    public void A_stray_quotation_mark_is_a_letter(string text, string first, string second) =>
        Assert.Equal([first, second], _files.Open(text).ReadRows().Skip(1).Select(row => row[1]));

    [Theory]
    [InlineData("", "nothing in this file")]
    [InlineData("\n \r\n;;;\n", "nothing in this file")]
    [InlineData("PK\u0003\u0004 and so on", "spreadsheet")]
    [InlineData("Name,Phone\0\0", "not a text file")]
    public void What_is_no_such_file_is_refused_in_words(string text, string words) =>
        Assert.Contains(
            words, Assert.ThrowsAny<ContactFileException>(() => _files.Open(text, new UTF8Encoding(false))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Too_many_columns_are_refused_in_words()
    {
        var wide = Assert.Throws<ContactFileException>(
            () => _files.Open(string.Join(',', Enumerable.Range(0, 200_000).Select(i => $"h{i}")) + "\n1,2\n"));

        Assert.Contains("more than 300 columns", wide.Message, StringComparison.Ordinal);
        Assert.Equal(300, _files.Open("Name,Phone" + new string(',', 5_000) + "\nAda,2025550111").Columns); // empty ones are nobody's
    }

    [Fact]
    public void A_quotation_mark_that_is_never_closed_is_said_and_nothing_is_taken_for_the_rest_of_the_file()
    {
        var text = "Name,Phone\nAda,2025550111\n\"Charles,2025550122\n" + string.Concat(Enumerable.Repeat("Somebody,2025550133\n", 2_000));

        Assert.Contains(
            "line 3 on: a quotation mark", Assert.Throws<ContactFileException>(() => _files.Open(text)).Message, StringComparison.Ordinal);
    }
}
