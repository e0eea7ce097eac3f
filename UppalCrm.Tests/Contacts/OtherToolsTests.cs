using System.Text;

namespace UppalCrm.Tests.Contacts;

/// <summary>Files of other tools and countries, each with its own headings, shape and bytes.</summary>
public sealed class OtherToolsTests : IDisposable
{
    private readonly ContactFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("FR", "Outlook", "Prénom;Deuxième prénom;Nom;Société;Téléphone (bureau);Tél. mobile;Adresse de messagerie;Nom complet de l'adresse de messagerie\nÉloïse;Marie;Dupont;Moteurs;01 99 00 12 34;06 39 98 00 12;e@x.example;Éloïse", "Éloïse Marie Dupont | Moteurs | e@x.example | +33199001234 [Téléphone (bureau)], +33639980012 [Tél. mobile]")]
    [InlineData("IT", "Outlook", "Nome,Secondo nome,Cognome,Società,Telefono (uff.),Indirizzo posta elettronica,Nome visualizzato posta elettronica\nAda,Maria,De Rossi,Motori,06 9999 0124,a@x.example,Ada", "Ada Maria De Rossi | Motori | a@x.example | +390699990124 [Telefono (uff.)]")]
    [InlineData("ES", "Outlook", "Nombre,Apellidos,Organización,Particular,Dirección de correo electrónico,Nombre de pantalla de correo electrónico\nAda,García López,Motores,911 231 236,a@x.example,Ada", "Ada García López | Motores | a@x.example | +34911231236 [Particular]")]
    [InlineData("NL", "Outlook", "Voornaam,Middelste naam,Achternaam,Bedrijf,Telefoon op werk,E-mailadres,\"E-mail, weergegeven naam\"\nAda,Maria,van den Berg,Motoren,020 369 7777,a@x.example,Ada", "Ada Maria van den Berg | Motoren | a@x.example | +31203697777 [Telefoon op werk]")]
    [InlineData("PT", "Outlook", "Nome,Segundo Nome,Apelido,Empresa,Telemóvel,Endereço de correio electrónico,Nome a apresentar do correio electrónico\nAda,Maria,da Silva,Motores,912 345 678,a@x.example,Ada", "Ada Maria da Silva | Motores | a@x.example | +351912345678 [Telemóvel]")]
    [InlineData("US", "Salesforce", "Lead ID,First Name,Last Name,Company / Account,Phone,Lead Status\n00Q5500000,Ada,Byron,Engines,202-555-0111,Open", "Ada Byron | Engines |  | +12025550111")]
    [InlineData("US", "Zoho", "Record Id,Lead Owner,Company,First Name,Last Name,Phone\nzcrm_5550100,Dana,Engines,Ada,Byron,202-555-0111", "Ada Byron | Engines |  | +12025550111")]
    [InlineData("US", "a telephone system", "First Name,Last Name,Company Name,Phone Number 1,Phone Label 1,Phone Number 2,Phone Label 2\nAda,Byron,Engines,+12025550111,Work,+12025550112,Mobile", "Ada Byron | Engines |  | +12025550111 [Work], +12025550112 [Mobile]")]
    [InlineData("US", "a telephone system", "First Name,Last Name,Email 2,Business Phone,Business Fax,Callback Phone\nAda,Byron,,+12025550111*12,,", "Ada Byron |  |  | +12025550111 x12 [Business Phone]")]
    [InlineData("DE", null, "Vorname;Nachname;Handy;Arbeit;Privat\nAda;Byron;0171 3920012;030 23125101;", "Ada Byron |  |  | +491713920012 [Handy], +493023125101 [Arbeit]")]
    [InlineData("DE", null, "Datensatz-ID;Vorname;Nachname;Primäres Unternehmen;Telefonnummer\n2025550100;Ada;Byron;Engines;030 23125101", "Ada Byron | Engines |  | +493023125101")]
    public void Headings_of_an_export_are_known(string home, string? source, string text, string row)
    {
        Assert.Equal([row], _files.Read(text, home));
        Assert.Equal(source, _files.Import(text, home).Source);
    }

    [Theory]
    [InlineData("KR", "이름,회사,휴대전화,이메일\n김철수,공장,010-1234-5678,k@x.example", "김철수 | 공장 | k@x.example | +821012345678 [휴대전화]")]
    [InlineData("JP", "姓,名,携帯電話番号,メールアドレス\n山田,太郎,090-1234-5678,y@x.example", "太郎 山田 |  | y@x.example | +819012345678 [携帯電話番号]")]
    [InlineData("CN", "姓名,公司,手机号码,座机\n王伟,工厂,13812345678,010-65529988", "王伟 | 工厂 |  | +8613812345678 [手机号码], +861065529988 [座机]")]
    [InlineData("GR", "Όνομα;Επώνυμο;Κινητό\nΓιώργος;Παππάς;6912345678", "Γιώργος Παππάς |  |  | +306912345678 [Κινητό]")]
    [InlineData("SA", "الاسم,الشركة,رقم الجوال\nأحمد,مصنع,0501234567", "أحمد | مصنع |  | +966501234567 [رقم الجوال]")]
    [InlineData("IL", "שם,חברה,נייד\nדוד לוי,מפעל,050-2345678", "דוד לוי | מפעל |  | +972502345678 [נייד]")]
    [InlineData("HU", "Vezetéknév;Keresztnév;Telefonszám\nNagy;Éva;30 123 4567", "Éva Nagy |  |  | +36301234567 [Telefonszám]")]
    [InlineData("RO", "Nume;Prenume;Mobil\nPopescu;Ion;0721 234 567", "Ion Popescu |  |  | +40721234567 [Mobil]")]
    [InlineData("UA", "Ім'я;Прізвище;Мобільний\nІван;Шевченко;067 123 4567", "Іван Шевченко |  |  | +380671234567 [Мобільний]")]
    [InlineData("FR", "Raison sociale;Contact;Ligne directe\nFour;Éloïse;01 99 00 12 34", "Éloïse | Four |  | +33199001234 [Ligne directe]")]
    [InlineData("IT", "Ragione sociale;Referente;Cell.\nForno;Ada Rossi;347 1234567", "Ada Rossi | Forno |  | +393471234567 [Cell.]")]
    [InlineData("NL", "Roepnaam;Tussenv.;Achternaam;Vast nummer\nJan;van den;Berg;020 369 7777", "Jan van den Berg |  |  | +31203697777 [Vast nummer]")]
    [InlineData("ES", "Nombre;1er Apellido;2º Apellido;Tfno.\nJosé;García;López;911231234", "José García López |  |  | +34911231234 [Tfno.]")]
    [InlineData("US", "Name,WhatsApp,Phone (with country code)\nAda,2025550111,+12025550112", "Ada |  |  | +12025550111 [WhatsApp], +12025550112 [Phone (with country code)]")]
    [InlineData("DE", "Name;c/o;Telefon\nAda;Ben;030 23125101", "Ada |  |  | +493023125101")]
    [InlineData("US", "ad_name,full_name,phone_number,Phone Notes\nSpring,Ada Byron,p:+12025550111,2025550112", "Ada Byron |  |  | +12025550111")]
    public void A_heading_is_known_in_the_language_of_the_program(string home, string text, string row) =>
        Assert.Equal([row], _files.Read(text, home));

    [Theory]
    [InlineData("Name,Surname,Phone\nAda,Byron,2025550111")]
    [InlineData("Name,Last Name,Phone\nAda Byron,Byron,2025550111")]
    [InlineData("Last Name,First Name,Full Name,Phone\nByron,,Ada Byron,2025550111")]
    [InlineData("First Name,Last Name,Full Name,Phone\nAda,Byron,A. Byron,2025550111")]
    [InlineData("Name Surname,Phone\nAda Byron,2025550111")]
    [InlineData("Prénom et nom;Phone\nAda Byron;2025550111")]
    [InlineData("Nome e cognome;Phone\nAda Byron;2025550111")]
    public void No_part_of_a_name_is_lost(string text) => Assert.Equal("Ada Byron |  |  | +12025550111", _files.Read(text)[0]);

    [Theory]
    [InlineData("\"Last Name, First Name\",Phone\n\"Byron, Ada\",2025550111")]
    [InlineData("Nachname, Vorname;Phone\nByron, Ada;2025550111")]
    [InlineData("Name, Vorname;Phone\n\"Byron, Ada\";2025550111")]
    public void Both_names_may_stand_in_one_column(string text) =>
        Assert.Equal(["Byron, Ada |  |  | +12025550111"], _files.Read(text));

    [Theory]
    [InlineData("SEP = ;\nName;Phone\nAda;2025550111\n")]
    [InlineData("sep=,\nName;Phone\nAda;2025550111\n")]
    [InlineData("sep=;;;\nName;Phone\nAda;2025550111\n")]
    [InlineData("sep=^\nName^Phone\nAda^2025550111\n")]
    [InlineData("Name,Phone\r\nAda,2025550111\r\n\u001A")]
    [InlineData("Name,Phone\n----,-----\nAda,2025550111\n")]
    [InlineData("Name|Phone\n-----+------\nAda|2025550111\n")]
    [InlineData("| Name | Phone |\n|------|-------|\n| Ada  | 2025550111 |\n")]
    [InlineData("Name\u200B,Phone\u200B\rAda,2025550111\r")]
    public void A_table_of_an_odd_shape_is_read(string text) => Assert.Equal(["Ada |  |  | +12025550111"], _files.Read(text));

    [Fact]
    public void A_separator_that_stands_in_every_value_does_not_separate() =>
        Assert.Equal(["Byron, Ada", "Babbage, C"], _files.Read("Name;Address\nByron, Ada;1 Main, DC, US\nBabbage, C;2 Main, DC, US\n"));

    [Fact]
    public void Quotation_marks_around_the_first_word_of_a_cell_are_letters() => Assert.Equal(
        ["\"Cy\" Young |  |  | +12025550113 | x", "Ada |  |  | +12025550111 | a\nb"],
        _files.Read("Name,Phone,Notes\n\"Cy\" Young,2025550113,x\nAda,2025550111,\"a\nb\"\n"));

    [Theory]
    [InlineData("utf-16LE")]
    [InlineData("utf-16BE")]
    public void Two_bytes_a_character_are_known_without_their_mark_in_any_script(string encoding) => Assert.Equal(
        "山田太郎", _files.Open(Encoding.GetEncoding(encoding).GetBytes("氏名,電話番号\r\n山田太郎,2025550111\r\n")).Sample[1][0]);

    [Theory]
    [InlineData("<html><table></table></html>", "a web page or XML")]
    [InlineData("[{\"name\":\"Ada\"}]", "JSON")]
    [InlineData("BEGIN:VCALENDAR\nEND:VCALENDAR", "a calendar")]
    [InlineData("%PDF-1.4\n", "a PDF document")]
    [InlineData("{\\rtf1\\ansi Name, Phone}", "a text document")]
    [InlineData("dn: cn=Ada\ncn: Ada\ntelephoneNumber: 2025550111\n", "LDIF")]
    [InlineData("version: 1\n\ndn: cn=Ada\ncn: Ada\n", "LDIF")]
    [InlineData("ID;PWXL;N;E\nC;Y1;X1;K\"Name\"\nE\n", "a SYLK file")]
    public void What_is_no_table_is_refused_by_its_name(string text, string kind) =>
        Assert.StartsWith($"This is {kind}", Assert.Throws<ContactFileException>(() => _files.Open(text, new UTF8Encoding(false))).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("DE", "030 / 23125101 oder 0171 / 3920012", "+493023125101, +491713920012")]
    [InlineData("DE", "030 23125101 u. 0171 3920012", "+493023125101, +491713920012")]
    [InlineData("US", "2025550111 / 2025550112 / 2025550113", "+12025550111, +12025550112, +12025550113")]
    [InlineData("US", "202-555-0111 and/or 202-555-0112", "+12025550111, +12025550112")]
    [InlineData("US", "(c) 202-555-0111 (h) 202-555-0112", "+12025550111, +12025550112")]
    [InlineData("US", "202-555-0111 h; 202-555-0112 w", "+12025550111, +12025550112")]
    [InlineData("JP", "03-1234-5678・090-1234-5678", "+81312345678, +819012345678")]
    [InlineData("JP", "03-1234-5678（代）", "+81312345678")]
    public void Several_numbers_of_a_cell_are_those_that_stand_there(string home, string cell, string numbers)
    {
        var row = Assert.Single(_files.Import($"Name;Phone\nAda;\"{cell}\"\n", home).ReadAll());

        Assert.Equal($"Ada |  |  | {numbers}", ContactFiles.Describe(row));
        Assert.Empty(row.Warnings);
    }

    [Theory]
    [InlineData("US", "Name,Area Code,Phone\nAda,(202),555-0111", "+12025550111")]
    [InlineData("US", "Name,Area Code,Phone\nAda,202,202-555-0111", "+12025550111")]
    [InlineData("US", "Name,Area Code,Phone\nAda,415,415-2671", "+14154152671")]
    [InlineData("BR", "Nome;DDD;Celular\nAda;11;11987654321", "+5511987654321 [Celular]")]
    [InlineData("DE", "Name;Vorwahl;Rufnummer\nAda;030;23125101", "+493023125101")]
    [InlineData("DE", "Name;Vorwahl;Rufnummer\nAda;030;030 23125101", "+493023125101")]
    [InlineData("BR", "Nome;DDD;Celular\nAda;11;98765-4321", "+5511987654321 [Celular]")]
    [InlineData("US", "Name,Country Code,Phone\nAda,GB,020 7946 0958", "+442079460958")]
    [InlineData("US", "Name,Office,Office Ext,Cell\nAda,2025550111,x12,2025550112", "+12025550111 x12 [Office], +12025550112 [Cell]")]
    [InlineData("US", "Name,Switchboard,Direct Dial In\nAda,2025550111,2025550112", "+12025550111 [Switchboard], +12025550112 [Direct Dial In]")]
    public void A_number_that_stands_in_several_columns_is_one(string home, string text, string numbers) =>
        Assert.Equal([$"Ada |  |  | {numbers}"], _files.Read(text, home));

    [Theory]
    [InlineData("US", "Name,Country,Phone\nAda,United Kingdom,020 7946 0958", "+442079460958")]
    [InlineData("US", "Name,Country,Phone\nAda,UK,020 7946 0958", "+442079460958")]
    [InlineData("US", "Name,Business Country/Region,Phone\nAda,Germany,030 23125101", "+493023125101")]
    [InlineData("US", "Name,Mailing Country,Phone\nAda,DEU,(030) 231-25101", "+493023125101")]
    [InlineData("DE", "Name;Land;Telefon\nAda;Österreich;0664 1234567", "+436641234567")]
    [InlineData("DE", "Name;Land;Telefon\nAda;Schweiz;044 668 18 00", "+41446681800")]
    [InlineData("FR", "Nom;Pays;Téléphone\nAda;Allemagne;030 23125101", "+493023125101")]
    [InlineData("ES", "Nombre;País;Teléfono\nAda;Italia;06 9999 0124", "+390699990124")]
    [InlineData("US", "Name,Country,Phone\nAda,日本,03-1234-5678", "+81312345678")]
    [InlineData("US", "Name,Country,Phone\nAda,Россия,8 916 123-45-67", "+79161234567")]
    [InlineData("US", "Name,Country,Phone\nAda,Atlantis,202 555 0111", "+12025550111")]
    [InlineData("US", "Name,Country,Phone\nAda,,202 555 0111", "+12025550111")]
    [InlineData("US", "Name,Country,Phone\nAda,France,+1 202 555 0111", "+12025550111")]
    [InlineData("US", "Name,Home Country,Business Country,Phone\nAda,,GB,020 7946 0958", "+442079460958")]
    [InlineData("US", "Name,Country,Country Code,Phone\nAda,Atlantis,44,020 7946 0958", "+442079460958")]
    public void A_number_is_read_as_in_the_country_of_its_row(string home, string text, string number) =>
        Assert.Equal([$"Ada |  |  | {number}"], _files.Read(text, home));

    [Theory]
    [InlineData("Name 1;Name 2;Telefon\nBackhaus GmbH;Werk Nord;030 23125101\nMühle AG;;030 23125102", "Backhaus GmbH Werk Nord | Backhaus GmbH Werk Nord |  | +493023125101")]
    [InlineData("Name1;Name2;Telefon\nByron;Ada;030 23125101\nBabbage;Charles;030 23125102", "Ada Byron |  |  | +493023125101")]
    [InlineData("Name 1;Name 2;Telefon\nByron;Ada;030 23125101\nMühle AG;Werk Nord;030 23125102", "Byron Ada |  |  | +493023125101")]
    [InlineData("Name 1;Name 2;Vorname;Nachname;Telefon\nBackhaus;Werk Nord;Ada;Byron;030 23125101", "Ada Byron | Backhaus Werk Nord |  | +493023125101")]
    [InlineData("Firma;Name 1;Name 2;Telefon\nBackhaus;Byron;Ada;030 23125101", "Ada Byron | Backhaus |  | +493023125101")]
    [InlineData("Name 1;Telefon 1;Name 2\nByron;030 23125101;Ben", "Byron |  |  | +493023125101 [Telefon 1]")]
    public void A_name_in_two_columns_is_a_companys_or_a_surname_and_a_first_name(string text, string row) =>
        Assert.Equal(row.Replace(" [Telefon 1]", ""), _files.Read(text, "DE")[0].Replace(" [Telefon 1]", ""));

    [Theory]
    [InlineData("a@x.example b@x.example", "a@x.example b@x.example")]
    [InlineData("a@x.example or b@x.example", "a@x.example b@x.example")]
    [InlineData("a@x.example/b@x.example & c@x.example", "a@x.example b@x.example c@x.example")]
    [InlineData("a@x.example、b@x.example", "a@x.example b@x.example")]
    [InlineData("\"\"Byron, Ada\"\" <a@x.example>", "a@x.example")]
    [InlineData("mailto:a@x.example?subject=Hello", "a@x.example")]
    [InlineData("'a@x.example'", "a@x.example")]
    [InlineData("Ada <a@x.example> Ben <b@x.example>; c@x.example", "c@x.example")] // said, not taken for one address
    public void A_cell_gives_all_its_addresses(string cell, string addresses)
    {
        var row = Assert.Single(_files.Import($"Name;E-mail\nAda;\"{cell}\"\n").ReadAll());

        Assert.Equal(addresses, string.Join(' ', row.Draft!.MoreEmails.Prepend(row.Draft.Email)));
        Assert.Equal(cell.Contains("Ben", StringComparison.Ordinal) ? 1 : 0, row.Warnings.Count);
    }

    [Theory]
    [InlineData("VERSION:2.1\nN;ENCODING=QUOTED-PRINTABLE:M=FCller;J=F6rg", "Jörg Müller")]
    [InlineData("VERSION:2.1\nN;CHARSET=windows-1251;ENCODING=QUOTED-PRINTABLE:=CF=E5=F2=F0=EE=E2;=C8=E2=E0=ED", "Иван Петров")]
    [InlineData("VERSION:2.1\nFN;CHARSET=UTF-8;ENCODING=B:SsO2cmcgTcO8bGxlcg==", "Jörg Müller")]
    [InlineData("VERSION:3.0\nN:Byron;Ada;King;;\nFN:Ada Byron", "Ada King Byron")]
    [InlineData("VERSION:3.0\nN:;;;;\nNICKNAME:Nick", "Nick")]
    [InlineData("VERSION:3.0\nFN:Ada\nitem1.TEL:2025550111\nitem1.X-ABLabel:Beach house", "Ada |  |  | +12025550111 [Beach house]")]
    [InlineData("VERSION:2.1\nFN:Ada\nTEL;X-Work Direct:2025550111", "Ada |  |  | +12025550111 [Work Direct]")]
    [InlineData("VERSION:2.1\nFN;ENCODING=QUOTED-PRINTABLE:Ada=\nTEL:2025550111", "Ada |  |  | +12025550111")]
    [InlineData("VERSION:3.0\nFN:Engines Ltd\nN:Byron;Ada;;;\nORG:Engines Ltd", "Ada Byron | Engines Ltd")]
    [InlineData("VERSION:3.0\nFN:Engines Ltd\nN:;;;;\nORG:Engines Ltd", "Engines Ltd | Engines Ltd")]
    public void A_vCard_is_read_as_telephones_write_it(string lines, string row) =>
        Assert.Equal([row], _files.Read($"BEGIN:VCARD\n{lines}\nEND:VCARD\n"));

    [Fact]
    public void A_card_whose_end_is_missing_ends_where_the_next_begins() => Assert.Equal(
        ["Ada |  |  | +12025550111", "Ben |  |  | +12025550112", "Cy |  |  | +12025550113"],
        _files.Read("BEGIN:VCARD\nFN:Ada\nTEL:2025550111\nBEGIN:VCARD\nFN:Ben\nAGENT:\nBEGIN:VCARD\nFN:Dee\nTEL:2025550199\nEND:VCARD\n"
            + "TEL:2025550112\nEND:VCARD\nBEGIN:VCARD\nFN:Cy\nTEL:2025550113\nEND:VCARD\n"));
}
