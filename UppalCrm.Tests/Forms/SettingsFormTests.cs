using Bunit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Board;
using UppalCrm.Web.Settings;

namespace UppalCrm.Tests.Forms;

/// <summary>Bad input of the administrator's lists, and of what a supervisor sets for an agent.</summary>
public sealed class SettingsFormTests(SharedHouse shared) : IClassFixture<SharedHouse>
{
    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    private House House => shared.House;

    [Theory]
    [BadInputOf("SettingsPage")]
    [BadInputOf("SettingsList")]
    [InlineData("Statuses", 40, "Lunch")]
    [InlineData("Dispositions", 60, "Wants an invoice")]
    public async Task An_entry_that_is_none_is_said_at_its_field_and_stays_there(string list, int longest, string right)
    {
        await using var screen = await FormScreen.OpenAsync(House, "admin@uppalcrm.test", Roles.Agent, Roles.Admin);
        var page = screen.Ui.Render<SettingsPage>();
        var input = $"section[aria-label={list}] form input";
        page.WaitForElement(input);
        foreach (var text in Hostile.Drawable.Append(new string('y', longest + 1)))
        {
            var before = await NamesAsync();
            await AddAsync(text);
            if ((await NamesAsync()).Count == before.Count)
            {
                Assert.Equal(Hostile.Drawn(text), page.Find(input).GetAttribute("value") ?? "");
                Assert.Contains("name", page.Find($"section[aria-label={list}] form .mud-input-error").TextContent,
                    StringComparison.OrdinalIgnoreCase);
            }

            Assert.All(await NamesAsync(), name => Assert.True(Hostile.IsClean(name) && name.Length <= 60, name));
        }

        await AddAsync(right);
        await AddAsync(right.ToUpperInvariant());
        Assert.Contains("is on the list already", page.Find($"section[aria-label={list}] form").TextContent, StringComparison.Ordinal);
        Assert.Equal(right.ToUpperInvariant(), page.Find(input).GetAttribute("value"));
        await AddAsync($"{right} 2"); // words of the last try do not hold the next one up
        Assert.Contains($"{right} 2", await NamesAsync());

        async Task AddAsync(string text)
        {
            await page.Find(input).ChangeAsync(text);
            await page.Find($"section[aria-label={list}] form").SubmitAsync();
        }
    }

    [Fact]
    public async Task Every_number_of_ours_is_shown_the_caller_id_first()
    {
        var lines = House.Services.GetRequiredService<OurLines>();
        var before = lines.Numbers.ToList();
        lines.Numbers = [.. before, "+12025550188", "+12025550177"];
        try
        {
            await using var screen = await FormScreen.OpenAsync(House, "admin@uppalcrm.test", Roles.Agent, Roles.Admin);
            var rules = screen.Ui.Render<SettingsPage>().Find("section[aria-labelledby=rules]").TextContent;

            var places = new[] { House.Services.GetRequiredService<NumberFormat>().Show(before[0]), "(202) 555-0177", "(202) 555-0188" }
                .Select(number => rules.IndexOf(number, StringComparison.Ordinal)).ToList();
            Assert.DoesNotContain(-1, places);
            Assert.Equal(places.Order(), places);
        }
        finally
        {
            lines.Numbers = before;
        }
    }

    [Fact]
    [BadInputOf("SettingsPage")]
    public async Task A_page_that_was_open_longer_than_the_proof_lasts_says_so_and_keeps_what_was_typed()
    {
        await using var screen = await FormScreen.OpenAsync(House, "admin@uppalcrm.test", Roles.Agent, Roles.Admin);
        var page = screen.Ui.Render<SettingsPage>();
        page.WaitForElement("section[aria-label=Statuses] form input");
        House.Clock.Advance(SignInSessions.ProofLasts + TimeSpan.FromMinutes(1));

        await page.Find("section[aria-label=Statuses] form input").ChangeAsync("Workshop");
        await page.Find("section[aria-label=Statuses] form").SubmitAsync();

        Assert.NotEmpty(page.FindAll("[role=alert] a[href^='/prove']"));
        Assert.Equal("Workshop", page.Find("section[aria-label=Statuses] form input").GetAttribute("value"));
        Assert.DoesNotContain("Workshop", await NamesAsync());
    }

    [Fact]
    [BadInputOf("ContactFieldList")]
    public async Task A_field_of_contacts_that_is_none_is_said_where_it_was_typed()
    {
        await using var screen = await FormScreen.OpenAsync(House, "admin@uppalcrm.test", Roles.Agent, Roles.Admin);
        var page = screen.Ui.Render<SettingsPage>();
        page.WaitForElement("#field-name");
        foreach (var text in Hostile.Drawable.Concat(["E-mail", new string('y', 41)]))
        {
            await AddAsync(text);
            Assert.True(page.FindAll("#field-name-error").Count == 1 || page.Find("#field-name").GetAttribute("value") == "", text);
        }

        await page.Find("#field-kind").ChangeAsync(nameof(FieldKind.Choice));
        var many = string.Join(',', Enumerable.Range(0, 60));
        foreach (var words in (string[])["", "one", ",,,", many, new string('z', 61) + ",b", "\0,\u200B"])
        {
            await page.Find("#field-choices").ChangeAsync(words);
            await AddAsync("Plan");
            Assert.Contains("2 to 50 words", page.Find("#field-choices-error").TextContent, StringComparison.Ordinal);
            Assert.Equal("Plan", page.Find("#field-name").GetAttribute("value"));
        }

        await page.Find("#field-choices").ChangeAsync("Gold, <b>Silver</b>");
        await AddAsync("Plan");
        Assert.Empty(page.FindAll("#field-choices-error"));
        await page.Find("#field-kind").ChangeAsync(nameof(FieldKind.Text));
        await AddAsync("PLAN");
        Assert.Contains("is on the list already", page.Markup, StringComparison.Ordinal);
        Assert.All(
            await House.Services.GetRequiredService<ContactFields>().GetAsync(Cancel), field => Assert.True(Hostile.IsClean(field.Name)));

        Task AddAsync(string name)
        {
            page.Find("#field-name").Change(name);
            return page.Find("#field-name").Closest("form")!.SubmitAsync();
        }
    }

    [Fact]
    [BadInputOf("AgentDetail")]
    public async Task A_status_that_was_taken_off_the_list_meanwhile_is_refused_in_words_and_the_agent_keeps_the_one_before()
    {
        await using var screen = await FormScreen.OpenAsync(House, "sam@uppalcrm.test", Roles.Agent, Roles.Supervisor);
        var lee = await House.AgentIdAsync("lee@uppalcrm.test");
        await House.Services.GetRequiredService<AgentRoster>().SetStatusAsync(lee, AgentStatus.Available, Cancel);
        var page = screen.Ui.Render<BoardPage>();
        page.WaitForAssertion(() => Assert.Contains("Lee", page.Find("ul.agents").TextContent, StringComparison.Ordinal));
        await page.FindAll("ul.agents button").First(b => b.TextContent.Contains("Lee", StringComparison.Ordinal)).ClickAsync();

        await page.Find("#agent-status").ChangeAsync("A status that was removed");

        page.WaitForAssertion(() => Assert.Contains("status", page.Find("[role=alert]").TextContent, StringComparison.OrdinalIgnoreCase));
        await using var db = House.Database();
        Assert.Equal(AgentStatus.Available, await db.Agents.Where(a => a.Id == lee).Select(a => a.Status).SingleAsync(Cancel));
    }

    private async Task<List<string>> NamesAsync()
    {
        await using var db = House.Database();
        return [.. await db.Statuses.Select(s => s.Name).ToListAsync(Cancel),
            .. await db.Dispositions.Select(d => d.Name).ToListAsync(Cancel)];
    }
}
