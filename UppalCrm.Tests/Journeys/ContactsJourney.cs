using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using UppalCrm.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace UppalCrm.Tests.Journeys;

/// <summary>Contacts come from a file, from a caller and by hand.</summary>
[Collection(nameof(Stage))]
public sealed class ContactsJourney(Stage stage)
{
    private const string Stranger = "+12025550187";

    private const string File = """
        Name,Company,Phone,E-mail
        Ada Byron,Analytical Engines,(202) 555-0142,ada@engines.example
        Too Short,Nowhere,12,
        Grace Hopper,"Compilers, Inc.",+1 202 555 0163,grace@compilers.example
        Not A Number,Nowhere,call me,
        ,,202 555 0199,
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_is_imported_with_a_preview_and_an_error_for_each_bad_row_and_nothing_is_lost()
    {
        await using var house = await House.OpenAsync();
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        await dana.OpenAsync("/contacts/import");
        await dana.Page.Locator("input[type=file]")
            .SetInputFilesAsync(new FilePayload { Name = "people.csv", MimeType = "text/csv", Buffer = Encoding.UTF8.GetBytes(File) });

        await Expect(dana.Page.GetByRole(AriaRole.Heading, new() { Name = "people.csv: 5 rows" })).ToBeVisibleAsync();
        await Expect(
            dana.Page.GetByRole(AriaRole.Region, new() { Name = "The first rows of the file" })).ToContainTextAsync("Compilers, Inc.");
        await dana.Page.GetByRole(AriaRole.Button, new() { Name = "Check", Exact = true }).ClickAsync();
        await Expect(dana.Page.GetByRole(AriaRole.Heading, new() { Name = "4 rows are ready, 1 is not" })).ToBeVisibleAsync();
        var warned = dana.Page.GetByRole(AriaRole.Region, new() { Name = "What is left out" }).Locator("tbody tr");
        await Expect(warned).ToHaveCountAsync(2);
        await Expect(warned.Nth(0)).ToContainTextAsync("too short");
        await Expect(warned.Nth(1)).ToContainTextAsync("not a phone number");
        await Expect(dana.Page.GetByRole(AriaRole.Region, new() { Name = "Rows that cannot be imported" }).Locator("tbody tr"))
            .ToContainTextAsync(["A contact needs a name."]);
        var kept = await dana.DownloadAsync(dana.Page.GetByRole(AriaRole.Button, new() { Name = "Download these rows" }));
        Assert.Contains(",,202 555 0199,,Line 6: A contact needs a name.", kept, StringComparison.Ordinal);

        await dana.Page.GetByRole(AriaRole.Button, new() { Name = "Import 4 contacts" }).ClickAsync();
        await Expect(dana.Page.GetByRole(AriaRole.Region, new() { Name = "Result" })).ToContainTextAsync("4 new");
        await dana.OpenAsync("/contacts");
        await SearchAsync(dana, "hopper");
        await Expect(dana.Page.GetByRole(AriaRole.Listitem)).ToContainTextAsync(["Grace Hopper"]);
        await SearchAsync(dana, "(202) 555-0142");
        await Expect(dana.Page.GetByRole(AriaRole.Listitem)).ToContainTextAsync(["Ada Byron"]);
    }

    [Fact]
    public async Task An_unknown_caller_becomes_a_contact_during_the_call_and_an_impossible_number_is_refused_in_words()
    {
        await using var house = await House.OpenAsync();
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        await dana.StartShiftAsync();
        await house.Network.PlaceCallAsync(Stranger, house.OurNumber);
        await Expect(dana.Offer).ToContainTextAsync("Not in your contacts");
        await dana.AcceptAsync();
        await Expect(dana.CallPanel).ToContainTextAsync("In call");

        await dana.Page.GetByLabel("Name of the caller").FillAsync("Nora Quist");
        await dana.Page.GetByRole(AriaRole.Button, new() { Name = "Create contact" }).ClickAsync();
        await Expect(dana.CallPanel.GetByRole(AriaRole.Heading)).ToContainTextAsync("Nora Quist");

        // The call goes along to the other pages.
        await dana.Page.GetByRole(AriaRole.Link, new() { Name = "Contacts" }).ClickAsync();
        await SearchAsync(dana, "nora");
        await Expect(dana.Page.GetByRole(AriaRole.Listitem)).ToContainTextAsync(["Nora Quist"]);
        await Expect(dana.CallPanel).ToContainTextAsync("In call");

        await dana.Page.GetByRole(AriaRole.Link, new() { Name = "New contact" }).ClickAsync();
        await dana.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("Nobody");
        await dana.Page.GetByLabel("Number", new() { Exact = true }).FillAsync("12");
        await dana.Page.GetByLabel("Number", new() { Exact = true }).BlurAsync();
        await Expect(dana.Page.GetByRole(AriaRole.Alert).Filter(new() { HasText = "too short" })).ToBeVisibleAsync();
        await dana.Page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await Expect(dana.Page.GetByRole(AriaRole.Form, new() { Name = "New contact" })).ToBeVisibleAsync();
        await dana.Page.GetByLabel("Number", new() { Exact = true }).FillAsync("202 555 0155");
        await dana.Page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await Expect(dana.Page.GetByRole(AriaRole.Heading, new() { Name = "Nobody" }).First).ToBeVisibleAsync();
        await Expect(dana.Page.Locator("main")).ToContainTextAsync("(202) 555-0155");
    }

    [Fact]
    public async Task Of_several_contacts_with_one_number_the_agent_chooses_merges_them_and_takes_all_away_as_a_file()
    {
        await using var house = await House.OpenAsync();
        var book = house.Services.GetRequiredService<ContactBook>();
        (string, string?)[] people =
            [("Nora Quist", "Prefers mornings"), ("N. Quist", "Owes a reply"), ("=HYPERLINK(\"http://x.example\")", null)];
        foreach (var (name, notes) in people)
        {
            await book.CreateAsync(new ContactDraft(name, null, null, notes, [new NumberDraft(Stranger)]), Token);
        }

        await using var phones = await stage.OpenPhonesAsync(house);
        await using var sam = await stage.SignInAsync(house, "sam@uppalcrm.test"); // agents merge nobody
        await sam.StartShiftAsync();
        await house.Network.PlaceCallAsync(Stranger, house.OurNumber);
        await sam.AcceptAsync();
        var caller = sam.Page.GetByRole(AriaRole.Region, new() { Name = "Caller" });
        await Expect(caller).ToContainTextAsync("Who of these is it?"); // nobody is certain before the agent has chosen
        await Expect(sam.CallPanel.GetByRole(AriaRole.Heading)).ToContainTextAsync("One of 3");
        await caller.GetByRole(AriaRole.Button, new() { Name = "Nora Quist", Exact = true }).ClickAsync();
        await Expect(sam.CallPanel.GetByRole(AriaRole.Heading)).ToContainTextAsync("Nora Quist");
        await Expect(caller.GetByRole(AriaRole.Button)).ToContainTextAsync(["=HYPERLINK", "N. Quist"]);

        // Both are one person: one contact, with the notes and the calls of both.
        await caller.GetByRole(AriaRole.Link, new() { Name = "Open" }).ClickAsync();
        await sam.Page.GetByRole(AriaRole.Button, new() { Name = "Merge", Exact = true }).ClickAsync();
        var merge = sam.Page.GetByRole(AriaRole.Region, new() { Name = "Merge with another contact" });
        await merge.GetByRole(AriaRole.Button, new() { NameRegex = new("N\\. Quist") }).ClickAsync();
        await Expect(merge).ToContainTextAsync("It can be undone on the contact’s page.");
        await merge.GetByRole(AriaRole.Button, new() { Name = "Merge", Exact = true }).ClickAsync();
        await Expect(sam.Page.GetByRole(AriaRole.Status).Filter(new() { HasText = "Merged with N. Quist" })).ToBeVisibleAsync();
        var details = sam.Page.GetByRole(AriaRole.Region, new() { Name = "Details" });
        await Expect(details).ToContainTextAsync("Prefers mornings");
        await Expect(details).ToContainTextAsync("Owes a reply");
        await Expect(sam.Page.GetByRole(AriaRole.Region, new() { Name = "Calls", Exact = true }).GetByRole(AriaRole.Listitem))
            .ToContainTextAsync(["In call"]);

        await sam.Page.GetByRole(AriaRole.Link, new() { Name = "To all contacts" }).ClickAsync();
        await Expect(sam.Page.GetByRole(AriaRole.Heading, new() { Name = "Contacts" })).ToBeVisibleAsync();
        var file = await sam.DownloadAsync(sam.Page.GetByRole(AriaRole.Link, new() { Name = "Export CSV" }));
        await using var lee = await stage.SignInAsync(house, "lee@uppalcrm.test");
        await lee.OpenAsync("/contacts");
        await Expect(lee.Page.GetByRole(AriaRole.Link, new() { Name = "Export CSV" })).ToHaveCountAsync(0); // an agent takes no list away
        Assert.Matches("Nora Quist,,,'\\+12025550187,,,,,\"?(Prefers mornings\\s+Owes a reply|Owes a reply\\s+Prefers mornings)", file);
        Assert.DoesNotContain("N. Quist", file, StringComparison.Ordinal);
        Assert.Contains("\n\"'=HYPERLINK(\"\"http://x.example\"\")\"", file, StringComparison.Ordinal);
        await Expect(sam.CallPanel).ToContainTextAsync("In call");
    }

    [Fact]
    public async Task A_number_that_must_not_be_called_is_refused_in_words_until_a_supervisor_lifts_it()
    {
        await using var house = await House.OpenAsync();
        var book = house.Services.GetRequiredService<ContactBook>();
        var nora = (
            await book.CreateAsync(new ContactDraft("Nora Quist", "Engines", null, null, [new NumberDraft(Stranger)]), Token)).Contact!;
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        await dana.StartShiftAsync();
        await dana.OpenAsync($"/contacts/{nora.Id}");

        await dana.Page.GetByRole(AriaRole.Button, new() { Name = "Do not call (202) 555-0187" }).ClickAsync();
        await dana.Page.GetByLabel("Reason").FillAsync("Asked us by letter");
        await dana.Page.GetByRole(AriaRole.Button, new() { Name = "Do not call", Exact = true }).ClickAsync();
        await Expect(dana.Page.GetByText("Asked us by letter")).ToBeVisibleAsync();
        // not for an agent
        await Expect(dana.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("Let .* be called again") })).ToHaveCountAsync(0);

        await Expect(dana.Page.GetByRole(AriaRole.Link, new() { Name = "Call (202) 555-0187" })).ToHaveCountAsync(0);

        await dana.OpenAsync($"/?dial={Uri.EscapeDataString(Stranger)}"); // a link somewhere else, or the number typed
        var dialpad = dana.Page.GetByRole(AriaRole.Form, new() { Name = "Dialpad" });
        await Expect(dialpad).ToContainTextAsync("Do not call: Asked us by letter");
        await dialpad.GetByRole(AriaRole.Button, new() { Name = "Call", Exact = true }).ClickAsync();
        await Expect(dialpad).ToContainTextAsync("This number must not be called: Asked us by letter.");

        await using var sam = await stage.SignInAsync(house, "sam@uppalcrm.test");
        await sam.OpenAsync($"/contacts/{nora.Id}");
        await sam.Page.GetByRole(AriaRole.Button, new() { Name = "Let (202) 555-0187 be called again" }).ClickAsync();
        await Expect(sam.Page.GetByText("Asked us by letter")).ToHaveCountAsync(0);
    }

    private static async Task SearchAsync(DeskBrowser desk, string words) =>
        await desk.Page.GetByRole(AriaRole.Searchbox, new() { NameRegex = new("^Search") }).FillAsync(words);
}
