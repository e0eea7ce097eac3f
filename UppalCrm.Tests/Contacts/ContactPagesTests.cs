using Bunit;
using UppalCrm.Tests.Calls;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Contacts;

namespace UppalCrm.Tests.Contacts;

public sealed class ContactPagesTests
{
    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_long_list_has_its_first_names_before_the_browser_has_told_what_is_in_view()
    {
        await using var screen = await HistoryScreen.OpenAsync();
        await using (var db = screen.Centre.OpenDatabase())
        {
            db.Contacts.AddRange(Enumerable.Range(0, 120).Select(i =>
                new Contact
                {
                    Name = $"Name {i:000}", CreatedAt = HistoryRows.Begin, UpdatedAt = HistoryRows.Begin,
                    Numbers = [new ContactNumber { Number = $"+1202555{i:0000}" }],
                }));
            await db.SaveChangesAsync(Cancel);
        }

        var page = screen.Ui.Render<ContactsPage>();

        page.WaitForElement(".open");
        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"Name {i:000}"), page.FindAll(".open").Select(a => a.TextContent).Take(30));
        Assert.Equal("Call Name 000", page.Find(".c-do a").GetAttribute("aria-label"));
    }

    [Theory]
    [InlineData("Zed Zimmer", "/contacts/new?name=Zed%20Zimmer")]
    [InlineData("(202) 555-0187", "/contacts/new?number=%28202%29%20555-0187")]
    public async Task Whom_nobody_matches_can_be_added_with_what_was_typed(string typed, string address)
    {
        await using var screen = await HistoryScreen.OpenAsync();
        await screen.Centre.AddContactAsync("Ada Byron", "+12025550111");
        var page = screen.Ui.Render<ContactsPage>();

        page.WaitForElement(".open");
        await page.Find("input[type=search]").InputAsync(typed);
        screen.Centre.Clock.Advance(TimeSpan.FromSeconds(1));

        page.WaitForAssertion(() => Assert.Contains($"Nobody matches “{typed}”", page.Markup, StringComparison.Ordinal));
        Assert.Equal(address, page.Find(".empty a").GetAttribute("href"));
    }

    [Fact]
    public async Task A_merge_proposes_who_shares_a_number_names_both_and_says_when_the_other_is_gone()
    {
        await using var screen = await HistoryScreen.OpenAsync(Roles.Supervisor);
        await screen.Centre.PromoteAsync(screen.Me, Roles.Supervisor);
        var book = screen.Centre.Get<ContactBook>();
        var kept = await screen.Centre.AddContactAsync("Ada Byron", "+12025550111");
        var twin = await screen.Centre.AddContactAsync("A. Byron", "+12025550111");
        await screen.Centre.AddContactAsync("Grace Moss", "+12025550122");
        var page = screen.Ui.Render<ContactPage>(p => p.Add(x => x.Id, kept));
        page.WaitForElement("button");
        await page.FindAll("button").First(b => b.TextContent == "Merge").ClickAsync();
        page.WaitForAssertion(
            () => Assert.Contains("A. Byron", Assert.Single(page.FindAll(".pick")).TextContent, StringComparison.Ordinal));

        await page.Find(".pick").ClickAsync();
        Assert.Equal(
            "Take A. Byron (202) 555-0111 into Ada Byron? It can be undone on the contact’s page.",
            page.Find("section[aria-labelledby=merge-title] > p").TextContent);
        await book.DeleteAsync(twin, screen.Me, Cancel);
        await page.Find("section[aria-labelledby=merge-title] .btn-primary").ClickAsync();

        page.WaitForAssertion(() => Assert.NotEmpty(page.Find("[role=alert]").TextContent));
        Assert.Equal("Ada Byron", (await book.FindAsync(kept, Cancel))!.Name);
    }

    [Fact]
    public async Task A_contact_that_is_gone_says_so()
    {
        await using var screen = await HistoryScreen.OpenAsync();

        var page = screen.Ui.Render<ContactPage>(p => p.Add(x => x.Id, 4711));

        Assert.Contains("There is no such contact", page.WaitForElement(".empty").TextContent, StringComparison.Ordinal);
    }
}
