using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using Bunit;
using Microsoft.AspNetCore.Components.Forms;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Contacts;

namespace UppalCrm.Tests.Contacts;

/// <summary>The page on which a file is chosen, looked at and read again.</summary>
public sealed class ImportPageTests
{
    private const string Encodings = "select[aria-label='Encoding of the file']";

    [Fact]
    public async Task A_file_is_read_again_in_the_encoding_that_it_looks_like_and_keeps_what_was_said_of_its_columns()
    {
        await using var screen = await HistoryScreen.OpenAsync();
        var page = Choose(screen, 1251, "Name;Где;Город\nИван Петров;+7 916 123-45-67;Москва\n");
        Assert.Equal("1252", Chosen(page));
        Assert.Contains("It looks like Cyrillic (Windows-1251).", page.Find(".encoding").TextContent, StringComparison.Ordinal);
        await page.FindAll("table.preview select")[1].ChangeAsync("Number");
        await Button(page, "Check").ClickAsync();
        page.WaitForElement("#check-title");

        await Button(page, "Cyrillic").ClickAsync();

        page.WaitForAssertion(() => Assert.Equal("1251", Chosen(page)));
        Assert.Equal(["Name", "Где", "Город"], page.FindAll("table.preview .heading").Select(heading => heading.TextContent));
        Assert.Equal("Number", ((IHtmlSelectElement)page.FindAll("table.preview select")[1]).Value);
        Assert.Equal("The file is read as Cyrillic (Windows-1251).", page.Find(".encoding [role=status]").TextContent);
        Assert.Empty(page.FindAll("#check-title")); // what was checked is no longer what stands there
        await Button(page, "Check").ClickAsync();
        page.WaitForAssertion(() => Assert.Contains("Иван Петров", page.Find("table.contacts").TextContent, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_encoding_can_be_chosen_and_a_choice_that_is_not_offered_changes_nothing()
    {
        await using var screen = await HistoryScreen.OpenAsync();
        var page = Choose(screen, 932, "氏名,電話番号\n山田太郎,202 555 0111\n佐藤花子,202 555 0112\n");
        Assert.Equal("932", Chosen(page)); // it cannot be Windows-1252
        Assert.Contains("neither in UTF-8 nor in Windows-1252", page.Find(".encoding").TextContent, StringComparison.Ordinal);

        foreach (var option in page.FindAll($"{Encodings} option").Select(option => option.GetAttribute("value")!).ToList())
        {
            await page.Find(Encodings).ChangeAsync(option);
            page.WaitForAssertion(() => Assert.Equal(option, Chosen(page)));
        }

        foreach (var other in new[] { "1200", "-1", "99999999999", "", "Cyrillic" })
        {
            await page.Find(Encodings).ChangeAsync(other);
            Assert.Equal("65001", Chosen(page));
        }
    }

    [Fact]
    public async Task A_file_in_UTF8_has_nothing_to_choose()
    {
        await using var screen = await HistoryScreen.OpenAsync();

        var page = Choose(screen, 65001, "Name,Phone\nZoë,202 555 0111\n");

        Assert.Empty(page.FindAll(Encodings));
    }

    private static IRenderedComponent<ImportPage> Choose(HistoryScreen screen, int codePage, string text)
    {
        var page = screen.Ui.Render<ImportPage>();
        page.FindComponent<InputFile>().UploadFiles(
            InputFileContent.CreateFromBinary(FileEncoding.Find(codePage)!.Encoding.GetBytes(text), "contacts.csv"));
        page.WaitForElement("table.preview");
        return page;
    }

    private static string? Chosen(IRenderedComponent<ImportPage> page) => ((IHtmlSelectElement)page.Find(Encodings)).Value;

    private static IElement Button(IRenderedComponent<ImportPage> page, string words) =>
        page.FindAll("button").First(button => button.TextContent.Contains(words, StringComparison.Ordinal));
}
