using System.Text;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Contacts;

namespace UppalCrm.Tests.Forms;

/// <summary>Bad input of contacts, companies, their merge and their import.</summary>
public sealed class ContactFormTests
{
    private static readonly string[] Mails = ["a@", "@b", "a b@c.example", "Ada <ada@b.example>", "a@b@c", new string('m', 251) + "@b.c"];

    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    [BadInputOf("ContactEditor")]
    public async Task What_a_contact_cannot_have_is_said_at_its_field_everything_stays_and_nothing_is_saved()
    {
        await using var screen = await HistoryScreen.OpenAsync();
        await screen.Centre.Get<ContactFields>().AddAsync("Renewal", FieldKind.Date, [], screen.Me, Cancel);
        await screen.Centre.Get<ContactFields>().AddAsync("Plan", FieldKind.Choice, ["Gold", "Silver"], screen.Me, Cancel);
        var fields = await screen.Centre.Get<ContactFields>().GetAsync(Cancel);
        var editor = Open(screen, null);

        await IsRefusedAsync("#c-name", "", "needs a name");
        await IsRefusedAsync("#c-name", "\u200B\u3164", "needs a name");
        await IsRefusedAsync("#c-name", new string('x', 121), "120 characters");
        await editor.Find("#c-name").ChangeAsync("Ada Byron");
        await IsRefusedAsync("#c-company", new string('x', 121), "120 characters");
        await editor.Find("#c-company").ChangeAsync("");
        foreach (var mail in Mails)
        {
            await IsRefusedAsync("#c-mail", mail, "e-mail address");
        }

        await editor.Find("#c-mail").ChangeAsync("ada@example.com");
        await IsRefusedAsync("#c-tags", new string('t', 41), "40 characters");
        await IsRefusedAsync("#c-tags", string.Join(',', Enumerable.Range(0, 21)), "20 tags");
        await editor.Find("#c-tags").ChangeAsync("vip");
        await IsRefusedAsync("#c-notes", new string('n', 10_001), "10,000 characters");
        await editor.Find("#c-notes").ChangeAsync("");
        await IsRefusedAsync($"#c-field-{fields[0].Id}", "31st of nowhere", "Renewal is a date");
        await editor.Find($"#c-field-{fields[0].Id}").ChangeAsync("");
        await editor.Find($"#c-field-{fields[1].Id}").ChangeAsync("Lead");
        await editor.Find("form").SubmitAsync();
        Assert.Contains("Gold, Silver", editor.Find($"#c-field-{fields[1].Id}-error").TextContent, StringComparison.Ordinal);
        await editor.Find($"#c-field-{fields[1].Id}").ChangeAsync("");
        foreach (var number in Hostile.Drawable.Where(text => text.Trim().Length > 0).Concat(["12", CallCentre.OurLine, "+1 900"]))
        {
            await editor.Find(".number input[type=tel]").ChangeAsync(number);
            await editor.Find("form").SubmitAsync();
        }

        Assert.Empty(await screen.Centre.Get<ContactBook>().GetAsync(null, null, 5, Cancel));

        async Task IsRefusedAsync(string field, string text, string words)
        {
            await editor.Find(field).ChangeAsync(text);
            await editor.Find("form").SubmitAsync();
            Assert.Contains(words, editor.Find($"{field}-error").TextContent, StringComparison.OrdinalIgnoreCase);
            Assert.Equal("true", editor.Find(field).GetAttribute("aria-invalid"));
            Assert.Equal(Hostile.Drawn(text), editor.Find(field).GetAttribute("value") ?? editor.Find(field).TextContent);
        }
    }

    [Fact]
    [BadInputOf("ContactEditor")]
    public async Task Hostile_text_in_every_field_of_a_contact_is_kept_as_text_without_what_nobody_sees()
    {
        await using var screen = await HistoryScreen.OpenAsync();
        foreach (var text in Hostile.Drawable.Where(text => text.Length < 100))
        {
            var editor = Open(screen, null);
            await editor.Find("#c-name").ChangeAsync("A" + text);
            await editor.Find("#c-company").ChangeAsync(text);
            await editor.Find("#c-tags").ChangeAsync(text);
            await editor.Find("#c-notes").ChangeAsync(text);
            await editor.Find("form").SubmitAsync();
            Assert.Empty(editor.FindAll(".field-error").Select(error => error.TextContent));
            Assert.Empty(editor.FindAll("script, img"));
        }

        await using var db = screen.Centre.OpenDatabase();
        Assert.True(db.Contacts.Count() >= 10);
        Assert.All(db.Contacts, c => Assert.True(
            Hostile.IsClean(c.Name) && Hostile.IsClean(c.Company) && Hostile.IsClean(c.Notes) && c.Tags.TrueForAll(Hostile.IsClean),
            c.Name));
        foreach (var text in Hostile.Texts)
        {
            await screen.Centre.Get<ContactBook>().GetAsync(text, null, 5, Cancel);
        }
    }

    [Fact]
    [BadInputOf("ContactEditor")]
    public async Task A_contact_that_was_deleted_meanwhile_says_so_and_what_was_typed_stays()
    {
        await using var screen = await HistoryScreen.OpenAsync(Roles.Supervisor);
        await screen.Centre.PromoteAsync(screen.Me, Roles.Supervisor);
        var book = screen.Centre.Get<ContactBook>();
        var id = await screen.Centre.AddContactAsync("Ada Byron", "+12025550111");
        var editor = Open(screen, await book.FindAsync(id, Cancel));
        await book.DeleteAsync(id, screen.Me, Cancel);

        await editor.Find("#c-company").ChangeAsync("Looms");
        await editor.Find("form").SubmitAsync();

        Assert.Contains("deleted in the meantime", editor.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        Assert.Equal("Looms", editor.Find("#c-company").GetAttribute("value"));
    }

    [Fact]
    [BadInputOf("CompanyPage")]
    public async Task What_a_company_cannot_have_is_said_at_its_field_and_a_second_press_changes_nothing()
    {
        await using var screen = await HistoryScreen.OpenAsync();
        var book = screen.Centre.Get<ContactBook>();
        await book.CreateAsync(new ContactDraft("Ada", "Engines", null, null, []), Cancel);
        var companies = screen.Centre.Get<CompanyBook>();
        var id = (await companies.GetAsync(null, 1, Cancel))[0].Id;
        var page = screen.Ui.Render<CompanyPage>(p => p.Add(x => x.Id, id));
        page.WaitForElement("#company-name");

        await IsRefusedAsync("#company-name", "", "name");
        await IsRefusedAsync("#company-name", "\u200B", "name");
        await IsRefusedAsync("#company-name", "a\u0007b", "one line");
        await IsRefusedAsync("#company-name", new string('x', 121), "120");
        await page.Find("#company-name").ChangeAsync("Engines");
        foreach (var text in Hostile.Drawable.Where(text => text.Trim().Length > 0)
            .Concat(["12", "+12025550111 ext. 5", CallCentre.OurLine]))
        {
            await IsRefusedAsync("#company-number", text, "");
        }

        await page.Find("#company-number").ChangeAsync("");
        await IsRefusedAsync("#company-notes", new string('n', 10_001), "10,000");
        await page.Find("#company-notes").ChangeAsync("a\0b\u202Ec 4111 1111 1111 1111");
        await page.Find("form").SubmitAsync();
        await page.Find("form").SubmitAsync();
        Assert.Empty(page.FindAll("[role=alert], .field-error"));
        Assert.Equal("abc •••• •••• •••• 1111", (await companies.FindAsync(id, Cancel))!.Notes);

        await companies.SaveAsync(id, (await companies.FindAsync(id, Cancel))!.Version, "Engines", null, "theirs", screen.Me, Cancel);
        await page.Find("#company-notes").ChangeAsync("mine");
        await page.Find("form").SubmitAsync();
        Assert.Contains("Somebody else changed", page.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        Assert.Equal("mine", page.Find("#company-notes").GetAttribute("value"));

        async Task IsRefusedAsync(string field, string text, string words)
        {
            await page.Find(field).ChangeAsync(text);
            await page.Find("form").SubmitAsync();
            Assert.Contains(words, page.Find($"{field}-error").TextContent, StringComparison.OrdinalIgnoreCase);
            Assert.Equal(Hostile.Drawn(text), page.Find(field).GetAttribute("value") ?? "");
        }
    }

    [Fact]
    [BadInputOf("ContactMerge")]
    public async Task A_merge_finds_nobody_by_hostile_text_and_one_of_a_contact_that_is_gone_says_so()
    {
        await using var screen = await HistoryScreen.OpenAsync(Roles.Supervisor);
        await screen.Centre.PromoteAsync(screen.Me, Roles.Supervisor);
        var book = screen.Centre.Get<ContactBook>();
        var id = await screen.Centre.AddContactAsync("Ada Byron", "+12025550111");
        var other = await screen.Centre.AddContactAsync("Grace Moss", "+12025550122");
        var merge = screen.Ui.Render<ContactMerge>(p => p.Add(m => m.Contact, book.FindAsync(id, Cancel).Result!)
            .Add(m => m.Merged, EventCallback.Factory.Create<string>(screen, _ => Assert.Fail("It was merged.")))
            .Add(m => m.Cancelled, EventCallback.Factory.Create(screen, () => { })));
        foreach (var text in Hostile.Drawable)
        {
            await merge.Find("input").InputAsync(text);
            screen.Centre.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await merge.Find("input").InputAsync("Grace");
        screen.Centre.Clock.Advance(TimeSpan.FromSeconds(1));
        merge.WaitForAssertion(() => Assert.Contains("Grace", merge.Find(".pick").TextContent, StringComparison.Ordinal));
        await merge.Find(".pick").ClickAsync();
        await book.DeleteAsync(other, screen.Me, Cancel);
        await merge.FindAll("button").First(b => b.TextContent == "Merge").ClickAsync();

        Assert.NotEmpty(merge.Find("[role=alert]").TextContent);
        Assert.NotNull(await book.FindAsync(id, Cancel));
    }

    [Fact]
    [BadInputOf("DoNotCallNote")]
    public async Task A_reason_not_to_call_that_says_nothing_is_refused_beside_it_and_stays()
    {
        await using var screen = await HistoryScreen.OpenAsync();
        var note = screen.Ui.Render<DoNotCallNote>(p => p.Add(n => n.Number, "+12025550111").Add(n => n.CanChange, true));
        await note.WaitForElement("button").ClickAsync();
        foreach (var text in Hostile.Drawable.Where(text => text.Trim().Length is < 6 or > 200 || text.StartsWith('\u200B')))
        {
            await note.Find("input").InputAsync(text);
            await note.Find("form").SubmitAsync();
            Assert.Contains("Say why", note.Find("[role=alert]").TextContent, StringComparison.Ordinal);
            Assert.Equal(Hostile.Drawn(text), note.Find("input").GetAttribute("value") ?? "");
        }

        await note.Find("input").InputAsync("Asked us\0 to \u202Estop <b>now</b>");
        await note.Find("form").SubmitAsync();
        Assert.Equal(
            "Asked us to stop <b>now</b>", (await screen.Centre.Get<DoNotCallList>().FindAsync("+12025550111", Cancel))!.Reason);

        var stale = screen.Ui.Render<DoNotCallNote>(p => p.Add(n => n.Number, "+12025550122").Add(n => n.CanChange, true));
        await stale.WaitForElement("button").ClickAsync();
        await screen.Centre.Get<DoNotCallList>().AddAsync(PhoneNumber.Parse("+12025550122"), "Said so", screen.Me, Cancel);
        await stale.Find("input").InputAsync("Said so too");
        await stale.Find("form").SubmitAsync();
        Assert.Contains("already", stale.Find("[role=alert]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    [BadInputOf("ImportPage")]
    public async Task A_file_that_is_none_says_so_and_another_can_be_chosen_and_choices_that_are_not_offered_change_nothing()
    {
        await using var screen = await HistoryScreen.OpenAsync();
        var page = screen.Ui.Render<ImportPage>();
        foreach (var (file, words) in new (byte[] Bytes, string Words)[]
        {
            ([], "nothing in this file"), (new byte[10_000], ""), ([0x50, 0x4B, 3, 4, 0, 0], ""), (Encoding.UTF8.GetBytes(string.Concat(
                Enumerable.Repeat("a,", 200_000))), "columns"),
            (Encoding.UTF8.GetBytes($"Name,Phone\n\"{new string('x', 2_000_000)}"), ""),
        })
        {
            page.FindComponent<InputFile>().UploadFiles(InputFileContent.CreateFromBinary(file, "contacts.csv"));
            page.WaitForAssertion(() => Assert.Contains(words, page.Find("[role=alert]").TextContent, StringComparison.OrdinalIgnoreCase));
            Assert.NotEmpty(page.FindAll("input[type=file]"));
        }

        page.FindComponent<InputFile>().UploadFiles(InputFileContent.CreateFromText(
            "Name,Phone\n\"<script>alert(1)</script>\u202E\",202 555 0111\n\uFFFE,202 555 0112\nBen,nonsense\n",
            new string('f', 300) + ".csv"));
        page.WaitForElement("[aria-label='Line of the headings']");
        foreach (var text in Hostile.Drawable.Concat(["99999999999", "-1", "7", "Field:1", "Field", "Field:99999999999999999999"]))
        {
            await page.Find("[aria-label='Line of the headings']").ChangeAsync(text);
            await page.Find("table.preview select").ChangeAsync(text);
        }

        await page.FindAll("button").First(b => b.TextContent.Contains("Check", StringComparison.Ordinal)).ClickAsync();
        page.WaitForAssertion(() => Assert.Contains("ready", page.Find("#check-title").TextContent, StringComparison.Ordinal));
        Assert.Empty(page.FindAll("script, img"));
        await page.FindAll("button").First(b => b.TextContent.Contains("Import", StringComparison.Ordinal)).ClickAsync();
        page.WaitForAssertion(() =>
            Assert.Contains("Done", page.Find("section[aria-label=Result]").TextContent, StringComparison.Ordinal));
        await using var db = screen.Centre.OpenDatabase();
        Assert.All(db.Contacts, c => Assert.True(Hostile.IsClean(c.Name), c.Name));
    }

    private static IRenderedComponent<ContactEditor> Open(HistoryScreen screen, Contact? contact) =>
        screen.Ui.Render<ContactEditor>(p => p.Add(x => x.Contact, contact)
            .Add(x => x.Saved, EventCallback.Factory.Create<Contact>(screen, _ => { }))
            .Add(x => x.Cancelled, EventCallback.Factory.Create(screen, () => { })));
}
