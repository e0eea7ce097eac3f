using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Audit;
using UppalCrm.Web.Board;
using UppalCrm.Web.Contacts;
using UppalCrm.Web.History;
using UppalCrm.Web.Reports;

namespace UppalCrm.Tests.Forms;

/// <summary>Bad input of what narrows a list: it finds nobody, says so, and what was typed stays.</summary>
public sealed class FilterFormTests(SharedHouse shared) : IClassFixture<SharedHouse>
{
    private static readonly string[] Days =
        ["", "yesterday", "2026-02-31", "99999-01-01", "0001-01-01", "9999-12-31", "<script>alert(1)</script>", "\uD800", "2026-13-01"];

    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    private House House => shared.House;

    [Fact]
    [BadInputOf("HistoryFilters")]
    [BadInputOf("DayRange")]
    public async Task Calls_are_searched_by_any_text_and_a_day_that_is_none_is_said_at_its_field()
    {
        await using var screen = await HistoryScreen.OpenAsync();
        await screen.Centre.CallerArrivesAsync();
        screen.Navigation.NavigateTo("/calls");
        var page = screen.Ui.Render<HistoryPage>();
        foreach (var text in Hostile.Drawable)
        {
            await page.Find("form[role=search] input[type=search]").InputAsync(text);
            await page.Find("form[role=search]").SubmitAsync();
            Assert.Empty(page.FindAll("script, img"));
        }

        var filters = screen.Ui.Render<HistoryFilters>(p => p.Add(f => f.Query, new HistoryQuery()).Add(f => f.Agents, [])
            .Add(f => f.Changed, EventCallback.Factory.Create<HistoryQuery>(screen, _ => { })));
        await TryDaysAsync(filters);
    }

    [Fact]
    [BadInputOf("ContactsPage")]
    [BadInputOf("CompaniesPage")]
    public async Task Contacts_and_companies_are_searched_by_any_text()
    {
        await using var screen = await HistoryScreen.OpenAsync();
        await screen.Centre.AddContactAsync("Ada Byron", "+12025550111");
        var contacts = screen.Ui.Render<ContactsPage>();
        var companies = screen.Ui.Render<CompaniesPage>();
        foreach (var text in Hostile.Drawable)
        {
            await contacts.Find("input[type=search]").InputAsync(text);
            await contacts.Find("form").SubmitAsync();
            await companies.Find("input").InputAsync(text);
            screen.Centre.Clock.Advance(TimeSpan.FromSeconds(1));
            Assert.Empty(contacts.FindAll("script, img"));
            Assert.NotNull(await screen.Centre.Get<CompanyBook>().GetAsync(text, 5, Cancel));
        }
    }

    [Fact]
    [BadInputOf("AuditPage")]
    public async Task A_day_that_is_none_is_said_at_its_field_in_audit_and_reports()
    {
        await using var screen = await FormScreen.OpenAsync(House, "admin@uppalcrm.test", Roles.Agent, Roles.Supervisor, Roles.Admin);
        await TryDaysAsync(screen.Ui.Render<AuditPage>());
        await TryDaysAsync(screen.Ui.Render<ReportsPage>());
    }

    [Fact]
    [BadInputOf("BoardPage")]
    public async Task The_board_is_searched_by_any_text_and_says_when_nobody_matches()
    {
        await using var screen = await FormScreen.OpenAsync(House, "sam@uppalcrm.test", Roles.Agent, Roles.Supervisor);
        var page = screen.Ui.Render<BoardPage>();
        page.WaitForElement("input[type=search]");
        foreach (var text in Hostile.Drawable)
        {
            await page.Find("input[type=search]").InputAsync(text);
            Assert.Empty(page.FindAll("script, img[src=x]"));
        }

        Assert.Contains("No agent matches.", page.Markup, StringComparison.Ordinal);
        await page.Find("select.order").ChangeAsync("no such order");
    }

    private static async Task TryDaysAsync<T>(IRenderedComponent<T> page)
        where T : IComponent
    {
        var silent = new List<string>();
        foreach (var day in Days)
        {
            foreach (var end in (string[])["Start date", "End date"])
            {
                // Where the page is drawn: what it loads meanwhile cannot draw it anew between finding the field and writing in it.
                await page.InvokeAsync(() => page.Find($"[aria-label='{end}']").InputAsync(day));
                await page.InvokeAsync(() => page.Find($"[aria-label='{end}']").ChangeAsync(day));
                await page.Find(".days").TriggerEventAsync("onfocusout", new FocusEventArgs());
            }

            if (day.Length > 0 && !page.Find(".days").TextContent.Contains("Write a day", StringComparison.Ordinal))
            {
                silent.Add(day);
            }

            Assert.Empty(page.FindAll("script"));
        }

        Assert.Empty(silent);
    }
}
