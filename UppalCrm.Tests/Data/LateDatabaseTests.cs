using Bunit;
using Microsoft.AspNetCore.Components;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Contacts;
using UppalCrm.Web.Reports;

namespace UppalCrm.Tests.Data;

/// <summary>Pages whose database answers late, as SQL Server does.</summary>
public sealed class LateDatabaseTests
{
    [Fact]
    public async Task What_is_typed_in_a_contacts_form_before_its_fields_are_known_stays()
    {
        var database = new LateDatabase();
        await using var screen = await HistoryScreen.OpenAsync(Roles.Agent, database.Use);
        var held = database.Hold();
        var editor = screen.Ui.Render<ContactEditor>(p => p.Add(x => x.FirstName, "Ada")
            .Add(x => x.Saved, EventCallback.Factory.Create<Contact>(screen, _ => { }))
            .Add(x => x.Cancelled, EventCallback.Factory.Create(screen, () => { })));
        Assert.Equal("Ada", editor.Find("#c-name").GetAttribute("value"));

        await editor.Find("#c-name").ChangeAsync("Ada Byron");
        database.Resume();
        held.SetResult();
        await editor.Find("form").SubmitAsync();

        editor.WaitForAssertion(() => Assert.Equal("Ada Byron", editor.Find("#c-name").GetAttribute("value")));
    }

    [Fact]
    public async Task A_report_that_comes_after_that_of_a_later_choice_is_not_shown()
    {
        var database = new LateDatabase();
        await using var screen = await HistoryScreen.OpenAsync(Roles.Supervisor, database.Use);
        await screen.Centre.PromoteAsync(screen.Me, Roles.Supervisor);
        await screen.Centre.EndAsync(await screen.Centre.InCallAsync(screen.Me));
        screen.Centre.Clock.Advance(TimeSpan.FromDays(1));
        var page = screen.Ui.Render<ReportsPage>();
        page.WaitForElement(".card.empty"); // nothing today

        var held = database.Hold();
        var first = page.FindAll(".segments button").Single(b => b.TextContent.Trim() == "7 days").ClickAsync();
        database.Resume();
        await page.FindAll(".segments button").Single(b => b.TextContent.Trim() == "Today").ClickAsync();
        held.SetResult();
        await first;

        Assert.NotEmpty(page.FindAll(".card.empty"));
    }
}
