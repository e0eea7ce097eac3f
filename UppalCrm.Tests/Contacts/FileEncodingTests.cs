using System.Text;

namespace UppalCrm.Tests.Contacts;

/// <summary>Files of before Unicode: what they look like, what a person can choose, and what stays as it was.</summary>
public sealed class FileEncodingTests : IDisposable
{
    private const string Japanese = "氏名,電話番号\r\n山田太郎,03-1234-5678\r\n佐藤花子,090-1234-5678\r\n鈴木一郎,090-1234-5679\r\n";
    private const string Russian = "Имя;Фамилия;Телефон\nИван;Петров;8 916 123-45-67\nОльга;Смирнова;8 916 123-45-68\n";

    private readonly ContactFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(1251, Russian, "Cyrillic (Windows-1251)")]
    [InlineData(20866, Russian, "Cyrillic (KOI8-R)")]
    [InlineData(1251, "Name;Phone\nИван Петров;8 916 123-45-67\n", "Cyrillic (Windows-1251)")]
    [InlineData(20866, "Name;Phone\nИван Петров;8 916 123-45-67\nОльга Смирнова;8 916 123-45-68\n", "Cyrillic (KOI8-R)")]
    [InlineData(1253, "Όνομα;Επώνυμο;Κινητό\nΓιώργος;Παππάς;6912345678\n", "Greek (Windows-1253)")]
    [InlineData(1253, "Name;Phone\nΓιώργος Παππάς;6912345678", "Greek (Windows-1253)")]
    [InlineData(1250, "Imię;Nazwisko;Telefon\nŁukasz;Wąsik;512 345 678\nMałgorzata;Żółć;512 345 679", "Central European (Windows-1250)")]
    [InlineData(1250, "Name;Phone\nŁukasz Wąsik;512 345 678\nMałgorzata Dąbrowska;512 345 679", "Central European (Windows-1250)")]
    [InlineData(28592, "Name;Phone\nŁukasz Wąsik;512 345 678\nMałgorzata Dąbrowska;512 345 679", "Central European (ISO 8859-2)")]
    [InlineData(10029, "Imię;Nazwisko;Telefon\nŁukasz;Wąsik;512 345 678\nMałgorzata;Żółć;512 345 679", "Central European (Mac)")]
    [InlineData(1250, "Jméno;Příjmení;Telefon\nJiří;Dvořák;602 345 678\nMirek;Růžička;602345679", "Central European (Windows-1250)")]
    [InlineData(1254, "Ad;Soyad;Telefon\nŞükrü;Yıldız;0532 123 45 67\nÇiğdem;Güneş;0532 123 45 68", "Turkish (Windows-1254)")]
    [InlineData(1255, "שם,טלפון\nדוד לוי,050-2345678\nרחל כהן,050-2345679", "Hebrew (Windows-1255)")]
    [InlineData(1256, "الاسم,الهاتف\nأحمد محمود,0501234567\nفاطمة علي,0501234568", "Arabic (Windows-1256)")]
    [InlineData(1257, "Vardas;Telefonas\nJonas Žukauskas;861234567\nRūta Šimkūnienė;861234568", "Baltic (Windows-1257)")]
    [InlineData(874, "ชื่อ,โทรศัพท์\nสมชาย ใจดี,0812345678", "Thai (Windows-874)")]
    [InlineData(949, "이름,회사,휴대전화\n김철수,공장,010-1234-5678", "Korean (EUC-KR)")]
    [InlineData(949, "Name,Phone\n김철수,010-1234-5678", "Korean (EUC-KR)")]
    [InlineData(54936, "姓名,公司,手机号码\n王伟,工厂,13812345678", "Simplified Chinese (GB18030)")]
    [InlineData(54936, "Name,Phone\r\n王伟,13812345678\r\n张丽,13812345679\r\n刘洋,13812345670", "Simplified Chinese (GB18030)")]
    [InlineData(950, "姓名,電話\n王小明,0912345678\n陳美麗,0912345679", "Traditional Chinese (Big5)")]
    [InlineData(950, "Name,Phone\n王小明,0912345678\n陳美麗,0912345679", "Traditional Chinese (Big5)")]
    [InlineData(51932, "氏名,電話番号\n山田太郎,03-1234-5678", "Japanese (EUC-JP)")]
    [InlineData(10000, "Vorname;Name;Telefon\nJörg;Müller;030 23125101\n", "Western European (Mac)")]
    [InlineData(850, "Name;Telefon\nRené Gonzàlez;030 23125101\nMañuel Ibéz;030 23125102\n", "Western European (DOS 850)")]
    public void What_a_file_looks_like_is_said_and_it_is_read_as_Windows_1252_until_somebody_agrees(int codePage, string text, string name)
    {
        var file = _files.Open(Bytes(codePage, text));

        Assert.Equal((FileEncoding.Western, name), (file.Reading.Assumed, file.Reading.Likelier?.Name));
        var chosen = file.Reread(file.Reading.Likelier!);
        Assert.Equal(text.Split('\n')[1].Trim().Split(',', ';')[0], chosen.Sample[1][0]);
        Assert.Equal((true, null), (chosen.Reading.IsChosen, chosen.Reading.Likelier));
        Assert.Equal($"The file is read as {name}.", chosen.Reading.Note);
    }

    [Theory]
    [InlineData("Vorname;Name;Telefon\nJörg;Müller;030 23125101\nBjörn;Weiß;030 23125102\n")]
    [InlineData("Name;Phone\nJörg Müller;030 23125101\n")]
    [InlineData("Prénom;Nom;Téléphone\nÉloïse;Lefèvre;06 39 98 00 12\nFrançois;Béranger;06 39 98 00 13\n")]
    [InlineData("Name,Phone\nJosé García,911231234\n")]
    [InlineData("Name,Phone\nJosé García,911231234\nBegoña Núñez,911231235\n")]
    [InlineData("Förnamn;Efternamn\nÅsa;Öberg\nBjörn;Sjöström\n")]
    [InlineData("Nome;Telefone\nJoão Conceição;912 345 678\n")]
    [InlineData("Name;Phone\nMüller & Söhne – Köln;030 23125101\nCafé “Zoë”;030 23125102\n")]
    [InlineData("Name;Notes\nAda Byron;don’t call\nBen;“quoted”\n")]
    [InlineData("Name;Phone\nÞórður Guðmundsson;5551234\nÁsdís Ýr;5551235\n")]
    [InlineData("Name;Rate\nAda;5 €\nBen;7 €\n")]
    [InlineData("Name;Phone\nÄÖÜ GmbH;030 23125101\n")]
    public void A_western_file_is_taken_for_no_other(string text)
    {
        var reading = _files.Open(Bytes(1252, text)).Reading;

        Assert.Equal((FileEncoding.Western, null), (reading.Assumed, reading.Likelier));
    }

    [Theory]
    [InlineData(932, Japanese, "Japanese (Shift-JIS)")]
    [InlineData(866, Russian, "Cyrillic (DOS 866)")]
    [InlineData(10007, Russian, "Cyrillic (Mac)")]
    [InlineData(10007, "Name;Phone\nИван Петров;8 916 123-45-67\nОльга Смирнова;8 916 123-45-68\n", "Cyrillic (Mac)")]
    [InlineData(850, "Vorname;Name;Telefon\nJörg;Müller;030 23125101\nBjörn;Weiß;030 23125102\n", "Western European (DOS 850)")]
    [InlineData(10000, "Prénom;Nom;Téléphone\nÉloïse;Lefèvre;06 39 98 00 12\nFrançois;Béranger;06 39 98 00 13\n", "Western European (Mac)")]
    public void Where_Windows_1252_cannot_be_right_the_one_that_surely_is_stands_in_its_place_and_the_page_says_so(
        int codePage, string text, string name)
    {
        var file = _files.Open(Bytes(codePage, text));

        Assert.Equal((name, false, null), (file.Reading.Assumed?.Name, file.Reading.IsChosen, file.Reading.Likelier));
        Assert.Equal(
            $"The file is written neither in UTF-8 nor in Windows-1252, so it was read as {name}. If letters are wrong, choose another "
                + "encoding.",
            file.Reading.Note);
        Assert.Equal(text.Split('\n')[1].Split(',', ';')[0], file.Sample[1][0]);
    }

    [Fact]
    public void A_file_in_UTF8_with_a_broken_character_looks_like_UTF8() => Assert.Equal(
        "UTF-8",
        _files.Open([.. Encoding.UTF8.GetBytes("Name;Phone\nJörg Müller;1\nÅsa Öberg;2\nZoë"), 0xC3, .. ";3\n"u8]).Reading.Likelier?.Name);

    [Fact]
    public void A_choice_that_does_not_fit_is_carried_out_and_said()
    {
        var file = _files.Open(Bytes(932, Japanese)).Reread(FileEncoding.Find(65001)!);

        Assert.Contains("not all of it can be", file.Reading.Note, StringComparison.Ordinal);
        Assert.Equal("Japanese (Shift-JIS)", file.Reading.Likelier?.Name);
    }

    [Fact]
    public void What_somebody_has_said_of_the_columns_is_kept_when_the_file_is_read_again()
    {
        var import = new ContactImport(
            _files.Open(Bytes(1251, "Printed on Monday\nИмя;Откуда;Где\nИван;Мир;8 916 123-45-67\n")), new NumberParser(() => "RU"),
            new OurLines());
        import.SetHeadings(2);
        import.SetMeaning(1, ColumnMeaning.Company);
        import.SetMeaning(2, ColumnMeaning.Number);

        var again = import.Reread(FileEncoding.Find(1251)!);

        Assert.Equal(2, again.HeadingLine);
        Assert.Equal("Иван | Мир |  | +79161234567 [Где]", ContactFiles.Describe(Assert.Single(again.ReadAll())));
    }

    [Fact]
    public void Headings_are_known_again_in_the_encoding_that_somebody_chose()
    {
        var import = new ContactImport(_files.Open(Bytes(1251, Russian)), new NumberParser(() => "RU"), new OurLines());

        var again = import.Reread(FileEncoding.Find(1251)!);

        Assert.Equal([ColumnMeaning.FirstName, ColumnMeaning.LastName, ColumnMeaning.Number], again.Meanings);
        Assert.Equal(
            ["Иван Петров |  |  | +79161234567", "Ольга Смирнова |  |  | +79161234568"],
            again.ReadAll().Select(ContactFiles.Describe).Select(row => row.Split(" [")[0]));
    }

    [Theory]
    [InlineData(932, "FN:山田太郎\nORG:東京工場\nNOTE:佐藤花子 表示", "Japanese (Shift-JIS)", "山田太郎 | 東京工場 |  |  | 佐藤花子 表示")]
    [InlineData(1251, "FN:Иван Петров\nORG:Завод", "Cyrillic (Windows-1251)", "Иван Петров | Завод")]
    public void Cards_are_read_in_the_encoding_that_somebody_chose(int codePage, string lines, string name, string row)
    {
        var file = _files.Open(Bytes(codePage, $"BEGIN:VCARD\nVERSION:2.1\n{lines}\nEND:VCARD\n"));
        Assert.Equal(name, (file.Reading.Likelier ?? file.Reading.Assumed)?.Name);

        var import = new ContactImport(file.Reread(FileEncoding.Find(codePage)!), new NumberParser(() => "US"), new OurLines());

        Assert.Equal([row], import.ReadAll().Select(ContactFiles.Describe));
    }

    [Fact]
    public void A_card_of_encoded_bytes_that_names_no_character_set_can_be_read_in_another()
    {
        var file = _files.Open("BEGIN:VCARD\nVERSION:2.1\nN;ENCODING=QUOTED-PRINTABLE:=CF=E5=F2=F0=EE=E2;=C8=E2=E0=ED\nEND:VCARD\n"u8
            .ToArray());
        Assert.Equal((FileEncoding.Western, "Cyrillic (Windows-1251)"), (file.Reading.Assumed, file.Reading.Likelier?.Name));

        var import = new ContactImport(file.Reread(file.Reading.Likelier!), new NumberParser(() => "US"), new OurLines());

        Assert.Equal(["Иван Петров"], import.ReadAll().Select(ContactFiles.Describe));
    }

    [Fact]
    public void The_character_set_that_a_property_names_wins_over_what_was_chosen()
    {
        byte[] bytes =
        [
            .. "BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET=SHIFT_JIS:"u8, .. Bytes(932, "山田太郎"),
            .. "\nORG;CHARSET=windows-1251;ENCODING=QUOTED-PRINTABLE:=C7=E0=E2=EE=E4\nNOTE:"u8, .. Bytes(1253, "Παππάς"),
            .. "\nEND:VCARD\n"u8,
        ];

        var import = new ContactImport(
            _files.Open(bytes).Reread(FileEncoding.Find(1253)!), new NumberParser(() => "US"), new OurLines());

        Assert.Equal(["山田太郎 | Завод |  |  | Παππάς"], import.ReadAll().Select(ContactFiles.Describe));
    }

    /// <summary>Lines are folded after so many bytes, wherever a character is.</summary>
    [Fact]
    public void A_line_that_is_folded_within_a_character_is_read()
    {
        byte[] bytes = [.. "\uFEFFBEGIN:VCARD\nVERSION:3.0\nFN:J"u8, 0xC3, .. "\r\n "u8, 0xB6, .. "rg\nEND:VCARD\n"u8];

        var file = _files.Open(bytes);

        Assert.Equal(
            ["Jörg"],
            new ContactImport(file.Reread(FileEncoding.Find(65001)!), new NumberParser(() => "US"), new OurLines()).ReadAll()
                .Select(ContactFiles.Describe));
    }

    [Theory]
    [InlineData(Japanese)]
    [InlineData("Name,Phone\nTanaka,1\n山田太郎,2\n")]
    public void A_file_of_seven_bits_with_Japanese_between_escapes_is_read_as_that(string text)
    {
        var file = _files.Open(Bytes(50220, text));

        Assert.Null(file.Reading.Note);
        Assert.Equal(text.Split('\n')[2].Split(',')[0], file.Sample[2][0]);
    }

    /// <summary>JIS of 1978 has an escape of its own.</summary>
    [Fact]
    public void The_older_escape_is_read_as_well()
    {
        var text = Encoding.Latin1.GetString(Bytes(50220, Japanese)).Replace("\e$B", "\e$@", StringComparison.Ordinal);

        Assert.Equal("佐藤花子", _files.Open(Encoding.Latin1.GetBytes(text)).Sample[2][0]);
    }

    /// <summary>The bytes of 山 are <c>;3</c>, those of 田 <c>ED</c>: what separates is looked for in the letters.</summary>
    [Fact]
    public void Cards_of_seven_bits_are_divided_between_letters()
    {
        var file = _files.Open(Bytes(50220, "BEGIN:VCARD\nVERSION:3.0\nN:山田;太郎\nORG:東京工場;山口\nEND:VCARD\n"));

        Assert.Equal(
            ["太郎 山田 | 東京工場"],
            new ContactImport(file, new NumberParser(() => "US"), new OurLines()).ReadAll().Select(ContactFiles.Describe));
    }

    [Fact]
    public void Nothing_is_to_choose_where_a_file_says_itself_how_it_is_written() => Assert.All(
        [Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode],
        encoding => Assert.Null(_files.Open(Japanese, encoding).Reading.Assumed));

    private static byte[] Bytes(int codePage, string text) => FileEncoding.Find(codePage)!.Encoding.GetBytes(text);
}
