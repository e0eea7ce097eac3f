using static UppalCrm.Core.Contacts.ColumnMeaning;

namespace UppalCrm.Tests.Contacts;

/// <summary>What a file becomes, without anybody touching the meaning of its columns.</summary>
public sealed class ContactImportTests : IDisposable
{
    private readonly ContactFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("Name,Phone,E-mail", new[] { Name, Number, Email })]
    [InlineData("Given Name,Family Name,Organization 1 - Name,Phone 1 - Type,Phone 1 - Value,E-mail 1 - Value,Notes", new[] { FirstName, LastName, ColumnMeaning.Company, NumberLabel, Number, Email, Notes })]
    [InlineData("Vorname,Nachname,Firma,Telefon,Handy,Fax", new[] { FirstName, LastName, ColumnMeaning.Company, Number, Number, Number })]
    [InlineData("Full Name,Display Name,Cell,Business Phone", new[] { Name, Ignore, Number, Number })]
    [InlineData("Name,Phonetic Name,Cancelled,Street Number,Telex,Cellar,Telemetry,Mobile App,Phone Verified", new[] { Name, Ignore, Ignore, Ignore, Ignore, Ignore, Ignore, Ignore, Ignore })]
    [InlineData("Name,Telegram,Mobility,Faxed On,Number of Calls,Telework,Phone Bill", new[] { Name, Ignore, Ignore, Ignore, Ignore, Ignore, Ignore })]
    [InlineData("Name,Number of Phones,Account Number,Last Phone Call,Email Opt Out,Mailing Street,E-mail Display Name", new[] { Name, Ignore, Ignore, Ignore, Ignore, Ignore, Ignore })]
    [InlineData("Name,Vorname,Rufnummer (privat),Mobiltelefon,Telefon-Nr.,E-Mail-Adresse", new[] { LastName, FirstName, Number, Number, Number, Email })]
    [InlineData("Nom,Prénom,Téléphone portable,N° de téléphone,Courriel,Société", new[] { LastName, FirstName, Number, Number, Email, ColumnMeaning.Company })]
    [InlineData("NOM,PRENOM,TELEPHONE,SOCIETE", new[] { LastName, FirstName, Number, ColumnMeaning.Company })]
    [InlineData("Nome,Cognome,Cellulare,Numero di telefono,Posta elettronica,Azienda", new[] { FirstName, LastName, Number, Number, Email, ColumnMeaning.Company })]
    [InlineData("Nombre,Apellidos,Teléfono móvil,Correo electrónico,Empresa", new[] { FirstName, LastName, Number, Email, ColumnMeaning.Company })]
    [InlineData("Nome,Sobrenome,Telemóvel,Telefone,Endereço de email", new[] { FirstName, LastName, Number, Number, Email })]
    [InlineData("Voornaam,Tussenvoegsel,Naam,Telefoonnummer,Mobiel,E-mailadres,Bedrijf",
        new[] { FirstName, NameParticle, LastName, Number, Number, Email, ColumnMeaning.Company })]
    [InlineData("Nombre,Teléfono", new[] { Name, Number })]
    [InlineData("firstName,last_name,mobileNumber,workPhone,emailAddress", new[] { FirstName, LastName, Number, Number, Email })]
    public void A_column_is_known_by_the_whole_words_of_its_heading(string headings, ColumnMeaning[] meanings) =>
        Assert.Equal(
            meanings, _files.Import(headings + "\n" + string.Join(',', Enumerable.Repeat("2025550111", meanings.Length))).Meanings);

    [Fact]
    public void Without_headings_a_column_is_known_by_what_is_in_it_and_dates_codes_and_amounts_are_no_numbers()
    {
        var import =
            _files.Import("Ada Byron,+1 202 555 0111,ada@engines.example,2024-01-15,20001,\"1.234.567,00\"\nCharles Babbage,+1 202 555 "
                + "0122,charles@engines.example,2024-01-16,20002,\"2.234.567,00\"");

        Assert.Null(import.HeadingLine);
        Assert.Equal([Name, Number, Email, Ignore, Ignore, Ignore], import.Meanings);
        Assert.Equal(2, import.Count());
    }

    [Fact]
    public void HubSpot_is_read_with_one_number_each_and_no_id_is_a_number()
    {
        const string file =
            """
            Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Lead Status,Create Date,Associated Company IDs,Associated Company,Number of Employees
            2025550188,Ada,Byron,ada@engines.example,(202) 555-0111,Dana,NEW,2024-01-15 10:22,4155550100,Engines Ltd,2025550199
            2025550189,Charles,Babbage,,202-555-0122,Dana,OPEN,2024-01-15 10:22,4155550100,Engines Ltd,12
            """;

        Assert.Equal(
            ["Ada Byron | Engines Ltd | ada@engines.example | +12025550111", "Charles Babbage | Engines Ltd |  | +12025550122"],
            _files.Read(file));
        Assert.Equal("HubSpot", _files.Import(file).Source);
    }

    [Fact]
    public void Google_is_read_with_all_names_and_two_numbers_of_one_cell()
    {
        const string file =
            """
            First Name,Middle Name,Last Name,Phonetic First Name,Phonetic Middle Name,Phonetic Last Name,Name Prefix,Name Suffix,Nickname,File As,Organization Name,Organization Title,Birthday,Notes,Photo,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value
            Maria,Luisa,de la Cruz,2025550109,,,Dr.,Jr.,Mar,,Acme,CEO,1980-02-03,hi,,* myContacts,* Home,maria@acme.example,Mobile,(202) 555-0101 ::: (202) 555-0102,Work,+44 20 7946 0958
            """;

        Assert.Equal(
            ["Dr. Maria Luisa de la Cruz Jr. | Acme | maria@acme.example | +12025550101 [Mobile], +12025550102 [Mobile], +442079460958 "
                + "[Work] | hi"],
            _files.Read(file));
        Assert.Equal("Google Contacts", _files.Import(file).Source);
    }

    [Fact]
    public void Googles_old_headings_are_read_too() => Assert.Equal(
        ["Ann B. Cee | Cee Corp | ann@cee.example | +12025550103 [Mobile]"],
        _files.Read(
            """
            Name,Given Name,Additional Name,Family Name,Yomi Name,Group Membership,E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Type,Phone 1 - Value,Organization 1 - Type,Organization 1 - Name,Organization 1 - Title
            Ann B. Cee,Ann,B.,Cee,,* myContacts,* Home,ann@cee.example,* Mobile,202 555 0103,,Cee Corp,Boss
            """));

    [Fact]
    public void Outlook_Salesforce_Shopify_Zoho_LinkedIn_and_telephone_systems_are_read()
    {
        Check(
            "Outlook", "John Q Public Sr. | Public Inc | john@public.example | +12025550104 x12 [Business Phone], +12025550105 [Mobile "
                + "Phone]",
            "\"First Name\",\"Middle Name\",\"Last Name\",\"Title\",\"Suffix\",\"E-mail Address\",\"E-mail Display Name\",\"Business "
                + "Phone\",\"Home Phone\",\"Mobile Phone\",\"Telex\",\"Company\",\"Business Street\"\n"
            + "\"John\",\"Q\",\"Public\",\"Mr.\",\"Sr.\",\"john@public.example\",\"John Q\",\"202-555-0104 "
            + "x12\",\"\",\"202-555-0105\",\"2025550199\",\"Public Inc\",\"Street 5\"");
        Check("Salesforce", "Rose Gonzalez | Edge | rose@edge.example | +15127576000, +15127579340 [Mobile]",
            "Salutation,First Name,Last Name,Account Name,Mailing Street,Mailing Zip/Postal Code,Phone,Mobile,Email,Contact "
                + "ID\nMs.,Rose,Gonzalez,Edge,313 Constitution Place,78767,(512) 757-6000,(512) "
                + "757-9340,rose@edge.example,003A000001\n\nContacts and accounts\nCopyright (c) 2000-2024 example inc.\nGenerated By:  "
                + "Dana  1/1/2024",
            "! This looks like the end of a report and not like a contact.",
            "! This looks like the end of a report and not like a contact.",
            "! This looks like the end of a report and not like a contact.");
        Check("Shopify", "Bob Norman | Norman Co | bob@norman.example | +12025550106 [Default Address Phone], +12025550107 | VIP",
            "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Zip,Default Address "
                + "Phone,Phone,Accepts SMS Marketing,Total Spent,Total "
                + "Orders,Note,Tags\n'7777777777777,Bob,Norman,bob@norman.example,yes,Norman "
                + "Co,20001,'+12025550106,'+12025550107,no,12.50,3,VIP,a");
        Check("Zoho", "Kai Lee | Lee & Co | kai@lee.example | +12025550108, +12025550109 [Fax]",
            "Record Id,Contact Owner,Contact Owner Id,First Name,Last Name,Account Name,Email,Phone,Mobile,Fax,Skype ID,Email Opt "
                + "Out,Created Time\nzcrm_5550100,Dana,zcrm_1,Kai,Lee,Lee & "
                + "Co,kai@lee.example,202-555-0108,,202-555-0109,2025550100,false,2024-01-01 10:00");
        Check("LinkedIn", "Jane Roe | Roe LLC | jane@roe.example",
            "Notes:\n\"When exporting your connection data, you may notice that some of the email addresses are missing.\"\n\nFirst "
                + "Name,Last Name,URL,Email Address,Company,Position,Connected "
                + "On\nJane,Roe,https://www.linkedin.example/in/janeroe,jane@roe.example,Roe LLC,CTO,12 Jan 2024");
        Check(
            "a telephone system",
            "Jay Dee | Co | j@d.example | +12025550101 [Mobile], +12025550102 [Home], +12025550103 [Business], +12025550104 [Other], "
                + "+12025550105 [BusinessFax]",
            "FirstName,LastName,Company,Mobile,Mobile2,Home,Home2,Business,Business2,Email,Other,BusinessFax,HomeFax\nJay,Dee,Co,2025550101,,2025550102,,2025550103,,j@d.example,2025550104,2025550105,");

        void Check(string source, string row, string file, params string[] others)
        {
            Assert.Equal([row, .. others], _files.Read(file));
            Assert.Equal(source, _files.Import(file).Source);
        }
    }

    [Theory]
    [InlineData("DE", "Vorname;Name;Telefon geschäftlich\nJörg;von der Müller-Lüdenscheidt;030 23125101", "Jörg von der Müller-Lüdenscheidt |  |  | +493023125101 [Telefon geschäftlich]")]
    [InlineData("FR", "Nom;Prénom;Téléphone portable\nDupont;Éloïse;06 39 98 00 12", "Éloïse Dupont |  |  | +33639980012 [Téléphone portable]")]
    [InlineData("IT", "Nome,Cognome,Cellulare\nGiò,Rossi,06 9999 0124", "Giò Rossi |  |  | +390699990124 [Cellulare]")]
    [InlineData("NL", "Voornaam,Tussenvoegsel,Achternaam,Telefoon\nJan,van der,Berg,020 369 7777", "Jan van der Berg |  |  | +31203697777")]
    [InlineData("ES", "Nombre,Apellidos,Teléfono\nJosé,García López,911 231 234", "José García López |  |  | +34911231234")]
    public void A_name_keeps_all_its_parts_and_a_number_is_read_as_at_home(string home, string file, string contact) =>
        Assert.Equal([contact], _files.Read(file, home));

    [Theory]
    [InlineData("\"202 555 0111; 202 555 0112\"", "+12025550111, +12025550112")]
    [InlineData("\"202 555 0111, 202 555 0112\"", "+12025550111, +12025550112")]
    [InlineData("202-555-0111 / 202-555-0112", "+12025550111, +12025550112")]
    [InlineData("202-555-0111/202-555-0112", "+12025550111, +12025550112")]
    [InlineData("202 555 0111 or 202 555 0112", "+12025550111, +12025550112")]
    [InlineData("202 555 0111 ::: 202 555 0112", "+12025550111, +12025550112")]
    [InlineData("\"202 555 0111\n202 555 0112\"", "+12025550111, +12025550112")]
    [InlineData("\"2025550111,,103#\"", "+12025550111 x103")]
    [InlineData("tel:+12025550111;ext=204", "+12025550111 x204")]
    [InlineData("+49 30 23125101 x12", "+493023125101 x12")]
    [InlineData("Mobile: 202 555 0111", "+12025550111")]
    [InlineData("202 555 0111 (mobile)", "+12025550111")]
    [InlineData("=\"2025550111\"", "+12025550111")]
    [InlineData("\"=\"\"2025550111\"\"\"", "+12025550111")]
    [InlineData("'2025550111", "+12025550111")]
    [InlineData("144", " | Phone: 144")]
    [InlineData("*611", " | Phone: *611")]
    [InlineData("\"202 555 0111; 144\"", "+12025550111 | Phone: 144")]
    [InlineData("202-555-0111 + 202-555-0112", "+12025550111, +12025550112")]
    [InlineData("202-555-0111 202-555-0112", "+12025550111, +12025550112")]
    [InlineData("202-555-0111 bzw. 202-555-0112", "+12025550111, +12025550112")]
    [InlineData("202-555-0111 (home) 202-555-0112 (work)", "+12025550111, +12025550112")]
    [InlineData("H: 2025550111 W: 2025550112", "+12025550111, +12025550112")]
    [InlineData("Phone: (202) 555-0111 Mobile: (202) 555-0112", "+12025550111, +12025550112")]
    [InlineData("2025550111<br>2025550112", "+12025550111, +12025550112")]
    [InlineData("+12025550111+12025550112", "+12025550111, +12025550112")]
    [InlineData("2025550111、2025550112", "+12025550111, +12025550112")]
    [InlineData("2025550111；2025550112", "+12025550111, +12025550112")]
    [InlineData("\"[\"\"2025550111\"\",\"\"2025550112\"\"]\"", "+12025550111, +12025550112")]
    public void A_cell_gives_all_its_numbers(string cell, string numbers) =>
        Assert.Equal([$"Ada |  |  | {numbers}".TrimEnd()], _files.Read($"Name,Phone\nAda,{cell}"));

    [Theory]
    [InlineData("\"4,42079E+11\"", "Phone “4,42079E+11” is left out: A spreadsheet has rounded this number to 4,42079E+11, so its last digits are lost. Format the column as text there, and enter the number again.")]
    [InlineData("12", "Phone “12” is left out: This number is too short.")]
    [InlineData("0123456789", "Phone “0123456789” is left out: No number here begins with 0: write it with its country code.")]
    [InlineData("anonymous", "Phone “anonymous” is left out: This stands for a number that was withheld. If it is a number all the same, write it with its country code.")]
    [InlineData("(202) 555-0100", "Phone “(202) 555-0100” is left out: it is one of our own lines.")]
    public void A_value_of_a_guessed_column_never_refuses_a_row_that_has_a_name(string cell, string warning)
    {
        var row = Assert.Single(_files.Import($"Name,Phone\nAda,{cell}").ReadAll());

        Assert.Equal(("Ada", 0), (row.Draft?.Name, row.Draft?.Numbers.Count));
        Assert.Equal([warning], row.Warnings);
    }

    [Fact]
    public void A_value_of_a_column_that_somebody_chose_refuses_its_row()
    {
        var import = _files.Import("Name,Reached at\nAda,12");
        import.SetMeaning(1, Number);

        Assert.Equal("Reached at “12”: This number is too short.", Assert.Single(import.ReadAll()).Refusal);
    }

    [Fact]
    public void An_address_that_is_none_is_left_out_and_a_second_one_is_kept_beside_the_first()
    {
        var rows = _files.Import("Name,E-mail\nAda,nonsense\nBen,a@x.example; b@x.example").ReadAll().ToList();

        Assert.Equal(["Ada", "Ben |  | a@x.example"], rows.Select(ContactFiles.Describe));
        Assert.Equal(["b@x.example"], rows[1].Draft!.MoreEmails);
        Assert.Equal(["E-mail “nonsense” is left out: it is no e-mail address."], rows[0].Warnings);
    }

    [Theory]
    [InlineData("Name,Phone,Ext\nAda,2025550111,ext. 13", "+12025550111 x13")]
    [InlineData("Name,Phone,Extension\nAda,2025550111,x14", "+12025550111 x14")]
    [InlineData("Name,Phone,Mobile,Ext\nAda,2025550111,2025550112,13", "+12025550111 x13, +12025550112 [Mobile]")]
    [InlineData("Name,Phone,Other Phone,Ext\nAda,2025550111,,13", "+12025550111 x13")]
    [InlineData("Name,Country Code,Phone Number\nAda,44,2079460958", "+442079460958")]
    [InlineData("Name,Phone Country Code,Phone\nAda,+49,030 23125101", "+493023125101")]
    [InlineData("Name,Country Code,Phone\nAda,GB,2025550111", "+12025550111")]
    [InlineData("Name,Country Code,Phone\nAda,44,+1 202 555 0111", "+12025550111")]
    public void What_stands_beside_a_number_is_read_with_it(string text, string number) =>
        Assert.Equal($"Ada |  |  | {number}", Assert.Single(_files.Read(text)));

    [Theory]
    [InlineData("Person - Name,Person - Phone - Work,Person - Email - Work,Person - Organization\nAda,2025550111,a@x.example,Engines", "US", "Ada | Engines | a@x.example | +12025550111 [Person - Phone - Work]")]
    [InlineData("Nombre;Primer apellido;Segundo apellido;Teléfono\nJosé;García;López;91 123 45 67", "ES", "José García López |  |  | +34911234567")]
    [InlineData("Förnamn;Efternamn;Företag;Mobilnummer;E-post\nÅsa;Öberg;Bageri;070-123 45 67;a@x.example", "SE", "Åsa Öberg | Bageri | a@x.example | +46701234567 [Mobilnummer]")]
    [InlineData("Imię;Nazwisko;Firma;Telefon komórkowy\nŁukasz;Kowalski;Piekarnia;512 345 678", "PL", "Łukasz Kowalski | Piekarnia |  | +48512345678 [Telefon komórkowy]")]
    [InlineData("Имя;Фамилия;Компания;Мобильный телефон\nИван;Петров;Завод;8 916 123-45-67", "RU", "Иван Петров | Завод |  | +79161234567 [Мобильный телефон]")]
    [InlineData("氏名,会社名,電話番号\n山田太郎,工場,03-1234-5678", "JP", "山田太郎 | 工場 |  | +81312345678 [電話番号]")]
    public void Headings_of_other_tools_and_languages_are_known(string text, string home, string row) =>
        Assert.Equal(row, Assert.Single(_files.Read(text, home)));

    [Fact]
    public void A_column_that_says_where_a_telephone_stands_is_read_though_its_first_rows_are_empty()
    {
        var text = "Name,Mobile,Home,Notes\n"
            + string.Concat(Enumerable.Range(0, 60).Select(i => $"Person {i},2025550{i + 100},{(i == 59 ? "2025550199" : "")},\n"));

        Assert.Equal("Person 59 |  |  | +12025550159 [Mobile], +12025550199 [Home]", _files.Read(text)[59]);
    }

    [Fact]
    public void Lines_before_the_headings_are_passed_over_and_another_line_can_be_chosen()
    {
        var import = _files.Import(
            "Telephones of the office\nPrinted on Monday\n\nName,Phone,Label,Extension\nAda,202 555 0111,Mobile,12\n");

        Assert.Equal(4, import.HeadingLine);
        Assert.Equal(["Ada |  |  | +12025550111 x12 [Mobile]"], import.ReadAll().Select(ContactFiles.Describe));
        import.SetHeadings(null);
        Assert.Equal(4, import.Count());
    }

    [Fact]
    public void Rows_that_were_not_taken_can_be_mended_and_read_again()
    {
        var import = _files.Import("Name,Company,Phone\nAda,,2025550111\n,,202 555 0173\n=Evil,,\n");
        var bad = import.ReadAll().Where(row => row.Refusal is not null).ToList();

        var text = CsvRow.Of([.. import.RefusedHeadings])
            + string.Concat(bad.Select(row => CsvRow.Of([.. import.RefusedRow(row.Row, row.Refusal!)])));

        Assert.Equal("Name,Company,Phone,Problem\r\n,,202 555 0173,Line 3: A contact needs a name.\r\n", text);
        Assert.Equal([.. import.Meanings, Ignore], _files.Import(text).Meanings);
    }

    [Theory]
    [InlineData("Ben,", "Ben")]
    [InlineData("ben,", "ben")]
    [InlineData("Ludwig van der Rohe,", "Ludwig van der Rohe")]
    [InlineData("\"O'Neil, Ana-María\",", "O'Neil, Ana-María")]
    [InlineData("Dr. Andersen,", "Dr. Andersen")]
    [InlineData("Ben", "! This looks like the end of a report and not like a contact.")]
    [InlineData("Grand Total,", "! This looks like the end of a report and not like a contact.")]
    [InlineData("End of report,", "! This looks like the end of a report and not like a contact.")]
    [InlineData("Copyright (c) 2024 example inc.,", "! This looks like the end of a report and not like a contact.")]
    [InlineData("Stand: 12.03.2024,", "! This looks like the end of a report and not like a contact.")]
    [InlineData("3 Kontakte,", "! This looks like the end of a report and not like a contact.")]
    public void A_lone_name_in_a_row_of_the_table_is_a_contact_and_a_reports_last_words_are_none(string last, string row) =>
        Assert.Equal(["Ada |  |  | +12025550111", row], _files.Read($"Name,Phone\nAda,2025550111\n\n{last}\n"));
}
