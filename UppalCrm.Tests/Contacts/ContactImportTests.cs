using System.Text;
using Bunit;
using Microsoft.AspNetCore.Components.Forms;
using UppalCrm.Tests.Calls;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Contacts;
using static UppalCrm.Web.Contacts.ColumnMeaning;

namespace UppalCrm.Tests.Contacts;

public sealed class ContactImportTests
{
    private static readonly NumberParser Parser = new(() => "US");

    private const string People =
        """
        First name;Last name;Company;E-mail;Mobile;Work phone;Notes
        Anna;Berg;"Berg; Sons";anna@berg.example;(202) 555-0171;+44 20 7946 0955;"Likes ""blue"" tea,
        in the morning"
        Ben;Cole;;ben.example;202 555 0172;;
        Cara;Dee;;cara@dee.example;12;;

        ;;;nobody@example.com;202-555-0173;;
        ;;Evil Ltd;;'+12025550174;;
        """;

    [Theory]
    [InlineData("Name,Phone\r\nAda,2025550111", ',')]
    [InlineData("Name;Phone\nAda;2025550111", ';')]
    [InlineData("Name\tPhone\rAda\t2025550111", '\t')]
    [InlineData("\uFEFFName,Phone\nAda,2025550111", ',')]
    [InlineData("\n\n\"Name; or, nick\tname\";Phone\nAda;2025550111\n\n", ';')]
    [InlineData("Name\nAda", ',')]
    public void A_file_is_read_whatever_separates_its_values(string text, char separator)
    {
        var file = ContactFile.Read(Encoding.UTF8.GetBytes(text));

        Assert.Equal(separator, file.Separator);
        Assert.Equal(2, file.Rows.Count);
        Assert.Equal("Ada", file.Rows[1].Cells[0]);
        Assert.True(file.SeemsToHaveHeadings);
    }

    [Fact]
    public void A_file_of_a_spreadsheets_unicode_text_is_read()
    {
        var file = ContactFile.Read([.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("Name\tPhone\r\nZoë\t2025550111\r\n")]);

        Assert.Equal(["Zoë", "2025550111"], file.Rows[1].Cells);
    }

    [Theory]
    [InlineData(new byte[] { }, "nothing in this file")]
    [InlineData(new byte[] { 0x0A, 0x20, 0x0D, 0x0A }, "nothing in this file")]
    [InlineData(new byte[] { 0x4E, 0x61, 0x6D, 0x65, 0x0A, 0x5A, 0x6F, 0xEB }, "not written in UTF-8")]
    [InlineData(new byte[] { 0x50, 0x4B, 0x03, 0x04, 0x00, 0x00 }, "not a text file")]
    public void What_is_no_such_file_is_refused_in_words(byte[] bytes, string words) =>
        Assert.Contains(words, Assert.Throws<ContactFileException>(() => ContactFile.Read(bytes)).Message, StringComparison.Ordinal);

    [Fact]
    public void Too_much_is_refused_in_words()
    {
        Assert.Contains("10 MB", Assert.Throws<ContactFileException>(() => ContactFile.Read(new byte[ContactFile.MostBytes + 1])).Message, StringComparison.Ordinal);
        var many = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("a,b\n", ContactFile.MostRows + 1)));
        Assert.Contains("50,000 rows", Assert.Throws<ContactFileException>(() => ContactFile.Read(many)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_quotation_mark_that_is_never_closed_is_said_and_nothing_is_taken_for_the_rest_of_the_file()
    {
        var text = "Name,Phone\nAda,2025550111\n\"Charles,2025550122\n" + string.Concat(Enumerable.Repeat("Somebody,2025550133\n", 2_000));

        Assert.Contains("quotation mark", Assert.Throws<ContactFileException>(() => ContactFile.Read(Encoding.UTF8.GetBytes(text))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Name,Phone,E-mail", new[] { Name, Number, Email })]
    [InlineData("Given Name,Family Name,Organization 1 - Name,Phone 1 - Type,Phone 1 - Value,E-mail 1 - Value,Notes", new[] { FirstName, LastName, Company, Ignore, Number, Email, Notes })]
    [InlineData("Vorname,Nachname,Firma,Telefon,Handy,Fax", new[] { FirstName, LastName, Company, Number, Number, Ignore })]
    [InlineData("Full Name,Display Name,Cell,Business Phone", new[] { Name, Ignore, Number, Number })]
    public void Columns_are_guessed_by_their_headings(string headings, ColumnMeaning[] meanings) =>
        Assert.Equal(meanings, new ContactImport(ContactFile.Read(Encoding.UTF8.GetBytes(headings + "\nx,y"))).Meanings);

    [Fact]
    public void Without_headings_columns_are_guessed_by_what_is_in_them()
    {
        var import = new ContactImport(ContactFile.Read("Ada Byron,+1 202 555 0111,ada@engines.example\nCharles Babbage,+1 202 555 0122,charles@engines.example"u8.ToArray()));

        Assert.False(import.HasHeadings);
        Assert.Equal([Name, Number, Email], import.Meanings);
        Assert.Equal(2, import.Rows.Count);
    }

    [Fact]
    public void Every_row_comes_out_as_a_contact_or_with_a_reason()
    {
        var import = new ContactImport(ContactFile.Read(Encoding.UTF8.GetBytes(People)));

        var (good, bad) = import.Check(Parser);

        Assert.Equal([2, 8], good.Select(r => r.Line));
        var anna = good[0].Draft;
        Assert.Equal(("Anna Berg", "Berg; Sons", "anna@berg.example", "Likes \"blue\" tea,\nin the morning"), (anna.Name, anna.Company, anna.Email, anna.Notes?.ReplaceLineEndings("\n")));
        Assert.Equal([new NumberDraft("+12025550171", "Mobile"), new NumberDraft("+442079460955", "Work phone")], anna.Numbers);
        Assert.Equal(("Evil Ltd", "+12025550174"), (good[1].Draft.Name, good[1].Draft.Numbers[0].Number));
        Assert.Equal(
            [(4, "The e-mail address is not one: it looks like name@example.com."), (5, "Mobile “12”: This number is too short."), (7, "A contact needs a name.")],
            bad.Select(b => (b.Row.Line, b.Why)));
    }

    [Fact]
    public void Rows_that_were_not_taken_can_be_mended_and_read_again()
    {
        var import = new ContactImport(ContactFile.Read(Encoding.UTF8.GetBytes(People)));
        var (_, bad) = import.Check(Parser);

        var again = new ContactImport(ContactFile.Read(import.ToFile(bad)));

        Assert.Equal([.. import.Meanings, Ignore], again.Meanings); // the column with the problem is none of a contact's
        Assert.Equal(bad.Select(b => b.Row.Cells), again.Rows.Select(r => (IReadOnlyList<string>)[.. r.Cells.Take(7)]));
        Assert.Contains("Line 5: Mobile “12”", again.Rows[1].Cells[7], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_exported_can_be_imported()
    {
        var contact = new Contact { Name = "=Ada", Company = "Engines, Ltd", Email = "ada@engines.example", Notes = "One\nTwo", Numbers = [.. Enumerable.Range(0, 7).Select(i => new ContactNumber { Id = i, Number = $"+1202555010{i}" })] };
        var text = string.Concat(await ContactExport.WriteAsync(new[] { contact }.ToAsyncEnumerable(), Xunit.TestContext.Current.CancellationToken).ToListAsync(Xunit.TestContext.Current.CancellationToken));

        var (good, bad) = new ContactImport(ContactFile.Read(Encoding.UTF8.GetBytes(text))).Check(Parser);

        Assert.Empty(bad);
        Assert.Equal((contact.Name, contact.Company, contact.Email, contact.Notes), (good[0].Draft.Name, good[0].Draft.Company, good[0].Draft.Email, good[0].Draft.Notes));
        Assert.Equal(contact.Numbers.Select(n => n.Number), good[0].Draft.Numbers.Select(n => n.Number));
    }

    [Fact]
    public async Task The_page_shows_what_would_be_before_it_is()
    {
        await using var screen = await HistoryScreen.OpenAsync();
        var page = screen.Ui.Render<ImportPage>();

        page.FindComponent<InputFile>().UploadFiles(InputFileContent.CreateFromText(People, "people.csv"));
        page.WaitForAssertion(() => Assert.Contains("people.csv: 5 rows", page.Markup, StringComparison.Ordinal));
        Assert.Equal(["FirstName", "LastName", "Company", "Email", "Number", "Number", "Notes"], page.FindAll("th select").Select(s => s.GetAttribute("value")));
        Press("Check");
        page.WaitForAssertion(() => Assert.Contains("2 rows are ready, 3 are not", page.Markup, StringComparison.Ordinal));
        Assert.Equal(["4", "5", "7"], page.FindAll(".why").Select(w => w.PreviousElementSibling!.TextContent));
        Assert.Empty(await screen.Centre.Get<ContactBook>().GetAsync(null, null, 10, Xunit.TestContext.Current.CancellationToken)); // nothing yet

        Press("Import 2 contacts");
        page.WaitForAssertion(() => Assert.Contains("3 rows were not taken", page.Markup, StringComparison.Ordinal));
        Assert.Equal(["Anna Berg", "Evil Ltd"], (await screen.Centre.Get<ContactBook>().GetAsync(null, null, 10, Xunit.TestContext.Current.CancellationToken)).Select(c => c.Name));

        void Press(string text) => page.FindAll("button").First(b => b.TextContent.Trim() == text).Click();
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_said_and_another_can_be_chosen()
    {
        await using var screen = await HistoryScreen.OpenAsync();
        var page = screen.Ui.Render<ImportPage>();

        page.FindComponent<InputFile>().UploadFiles(InputFileContent.CreateFromText("", "empty.csv"));

        page.WaitForAssertion(() => Assert.Contains("There is nothing in this file.", page.Find("[role=alert]").TextContent, StringComparison.Ordinal));
        Assert.Single(page.FindComponents<InputFile>());
    }
}
