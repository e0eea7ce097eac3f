using Bunit;
using Microsoft.AspNetCore.Components;
using UppalCrm.Tests.Calls;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Contacts;

namespace UppalCrm.Tests.Contacts;

public sealed class ContactEditorTests
{
    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_number_in_any_usual_form_is_kept_in_E164()
    {
        await using var screen = await HistoryScreen.OpenAsync();
        Contact? saved = null;
        var editor = Open(screen, null, contact => saved = contact);

        await ChangeAsync(editor, "#c-name", "Ada Byron");
        await ChangeAsync(editor, "input[type=tel]", "202.555.0199");
        await editor.Find("form").SubmitAsync();

        editor.WaitForAssertion(() => Assert.NotNull(saved));
        Assert.Equal("+12025550199", Assert.Single((await screen.Centre.Get<ContactBook>().FindAsync(saved!.Id, Cancel))!.Numbers).Number);
    }

    [Fact]
    public async Task An_impossible_number_and_a_missing_name_are_said_beside_their_fields_and_nothing_is_saved()
    {
        await using var screen = await HistoryScreen.OpenAsync();
        var editor = Open(screen, null, _ => Assert.Fail("It was saved."));

        await ChangeAsync(editor, "input[type=tel]", "12");
        await editor.Find("form").SubmitAsync();

        editor.WaitForAssertion(() => Assert.Contains("A contact needs a name.", editor.Markup, StringComparison.Ordinal));
        Assert.Equal("This number is too short.", editor.Find(".number .field-error").TextContent);
        Assert.Equal("true", editor.Find("input[type=tel]").GetAttribute("aria-invalid"));
        Assert.Empty(await screen.Centre.Get<ContactBook>().GetAsync(null, null, 5, Cancel));
    }

    [Fact]
    public async Task A_contact_who_has_the_number_already_is_pointed_out()
    {
        await using var screen = await HistoryScreen.OpenAsync();
        await screen.Centre.AddContactAsync("Grace Moss", "+12025550199");
        var editor = Open(screen, null, _ => { });

        await ChangeAsync(editor, "input[type=tel]", "202 555 0199");

        editor.WaitForAssertion(() => Assert.Equal("Grace Moss", editor.Find(".twin").TextContent));
    }

    [Fact]
    public async Task Who_saved_in_between_is_not_overwritten_unasked()
    {
        await using var screen = await HistoryScreen.OpenAsync();
        var book = screen.Centre.Get<ContactBook>();
        var id = (await book.CreateAsync(new ContactDraft("Ada", null, null, null, []), Cancel)).Contact!.Id;
        var editor = Open(screen, await book.FindAsync(id, Cancel), _ => { });
        await book.SaveAsync(id, 1, new ContactDraft("Ada", "Engines", null, null, []), Cancel);

        await ChangeAsync(editor, "#c-company", "Looms");
        await editor.Find("form").SubmitAsync();

        editor.WaitForAssertion(() =>
            Assert.Contains(
                "Company: theirs “Engines”, yours “Looms”", editor.Find(".differences").TextContent, StringComparison.Ordinal));
        Assert.Equal("Engines", (await book.FindAsync(id, Cancel))!.Company);

        await editor.FindAll("button").First(b => b.TextContent == "Save mine").ClickAsync();

        editor.WaitForAssertion(() => Assert.Empty(editor.FindAll(".differences")));
        Assert.Equal("Looms", (await book.FindAsync(id, Cancel))!.Company);
    }

    [Fact]
    public async Task Deleting_asks_first()
    {
        await using var screen = await HistoryScreen.OpenAsync(Roles.Supervisor);
        await screen.Centre.PromoteAsync(screen.Me, Roles.Supervisor);
        var id = await screen.Centre.AddContactAsync("Ada Byron", "+12025550111");
        var page = screen.Ui.Render<ContactPage>(p => p.Add(x => x.Id, id));

        page.WaitForElement("button");
        page.FindAll("button").First(b => b.TextContent == "Delete").Click();
        Assert.Contains(
            "Delete Ada Byron for everybody?", page.WaitForElement("[role=alertdialog]").TextContent, StringComparison.Ordinal);
        Assert.NotNull(await screen.Centre.Get<ContactBook>().FindAsync(id, Cancel));
        page.Find("[role=alertdialog] .btn-danger").Click();

        page.WaitForAssertion(() => Assert.EndsWith("/contacts", screen.Navigation.Uri, StringComparison.Ordinal));
        Assert.Null(await screen.Centre.Get<ContactBook>().FindAsync(id, Cancel));
    }

    /// <summary>Where the form is drawn: what it loads meanwhile cannot draw it anew between finding the field and changing it.</summary>
    private static Task ChangeAsync(IRenderedComponent<ContactEditor> editor, string field, string text) =>
        editor.InvokeAsync(() => editor.Find(field).ChangeAsync(text));

    private static IRenderedComponent<ContactEditor> Open(HistoryScreen screen, Contact? contact, Action<Contact> saved) =>
        screen.Ui.Render<ContactEditor>(p => p
        .Add(x => x.Contact, contact).Add(x => x.Saved, EventCallback.Factory.Create(screen, saved))
        .Add(x => x.Cancelled, EventCallback.Factory.Create(screen, () => { })));
}
