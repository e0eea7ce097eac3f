using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using UppalCrm.Tests.Calls;
using UppalCrm.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace UppalCrm.Tests.Journeys;

/// <summary>A call of long ago is found, whatever is known of it.</summary>
[Collection(nameof(Stage))]
public sealed class HistoryJourney(Stage stage)
{
    private const int PageSize = 50;
    private const string CallOfLink = "links => links.map(a => new URL(a.href).searchParams.get('call'))";
    private const string Formula = "=HYPERLINK(\"http://x.example\")";

    /// <summary>On 5 January in London, on the 4th still in Los Angeles, where the browser is.</summary>
    private static readonly DateTimeOffset Eve = HistoryRows.Begin.AddMinutes(-30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_filter_each_search_and_each_page_shows_its_calls_and_the_file_has_the_same()
    {
        await using var house = await House.OpenAsync();
        var (me, lee) = (await house.AgentIdAsync("dana@uppalcrm.test"), await house.AgentIdAsync("lee@uppalcrm.test"));
        await using var db = house.Database();
        await HistoryRows.WriteAsync(db, [me, lee], 120);
        var stranger = new Contact
        {
            Name = Formula, CreatedAt = Eve, UpdatedAt = Eve, Numbers = [new ContactNumber { Number = "+13035550166" }],
        };
        db.Add(new Call
        {
            Direction = CallDirection.Inbound, FromNumber = "+13035550166", ToNumber = house.OurNumber, Contact = stranger,
            ConferenceName = "eve", CreatedAt = Eve,
            Status = CallStatus.Ended, Outcome = CallOutcome.Abandoned, EndedBy = CallEnder.Customer, EndedAt = Eve.AddSeconds(20),
        });
        await db.SaveChangesAsync(Token);
        await using var dana = await stage.SignInAsync(
            house, "sam@uppalcrm.test", more: context => context.TimezoneId = "America/Los_Angeles");
        var page = dana.Page;
        await dana.OpenAsync("/calls");

        // Page by page to the first call of all, and back.
        var all = await CallsAsync(_ => true);
        for (var from = 0; from < all.Count; from += PageSize)
        {
            await UntilShownAsync(all.Skip(from).Take(PageSize), $"the page from call {from} on");
            if (from + PageSize < all.Count)
            {
                await page.GetByRole(AriaRole.Link, new() { Name = "Older" }).ClickAsync();
            }
        }

        await page.GetByRole(AriaRole.Link, new() { Name = "Newer" }).ClickAsync();
        await UntilShownAsync(all.Skip(PageSize).Take(PageSize), "the page before the last");

        // One filter at a time.
        await page.GetByRole(AriaRole.Button, new() { Name = "Outgoing" }).ClickAsync();
        await ShowsAsync("outgoing", c => c.Direction == CallDirection.Outbound);
        await ChooseAsync("Outcome", "Busy");
        await ShowsAsync("outgoing and busy", c => c.Direction == CallDirection.Outbound && c.Outcome == CallOutcome.Busy);
        await page.GetByRole(AriaRole.Button, new() { Name = "Clear all" }).ClickAsync();
        await ChooseAsync("Outcome", "All missed");
        await ShowsAsync(
            "missed", c => c.Outcome == CallOutcome.Missed || c.Outcome == CallOutcome.Abandoned || c.Outcome == CallOutcome.Voicemail);
        await page.GetByRole(AriaRole.Button, new() { Name = "Clear all" }).ClickAsync();
        await ChooseAsync("Agent", "Lee Okafor");
        await ShowsAsync("Lee's", c => c.AgentId == lee);
        await page.GetByLabel("With recording").CheckAsync();
        await ShowsAsync("Lee's with a recording", c => c.AgentId == lee && c.RecordingSid != null);
        await page.GetByRole(AriaRole.Button, new() { Name = "Clear all" }).ClickAsync();

        // The days are those of the browser.
        var days = page.Locator(".mud-picker input");
        await days.Nth(0).FillAsync("2026-01-01");
        await days.Nth(1).FillAsync("2026-01-04");
        await days.Nth(1).PressAsync("Tab");
        await ShowsAsync("until the 4th in Los Angeles", c => c.CreatedAt == Eve);
        var file = await dana.DownloadAsync(page.GetByRole(AriaRole.Link, new() { Name = "Export CSV" }));
        Assert.Equal(2, file.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains(
            "2026-01-05T07:30:00Z,Incoming,\"'=HYPERLINK(\"\"http://x.example\"\")\",'+13035550166,", file, StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Button, new() { Name = "Clear all" }).ClickAsync();

        // By the beginning of a name, and by the end of a number.
        var search = page.GetByRole(AriaRole.Searchbox);
        await search.FillAsync("grace");
        await ShowsAsync("with Grace", c => c.Contact!.Name == "Grace Moss");
        var other = all.First(c => c.ContactId is null && c.Direction == CallDirection.Outbound).ToNumber;
        await search.FillAsync(other[^7..]);
        await ShowsAsync($"with {other}", c => c.ToNumber.EndsWith(other.Substring(5)) || c.FromNumber.EndsWith(other.Substring(5)));
        file = await dana.DownloadAsync(page.GetByRole(AriaRole.Link, new() { Name = "Export CSV" }));
        Assert.Contains(other, file, StringComparison.Ordinal);
        await search.FillAsync("nobody at all");
        await Expect(page.GetByText("No call matches")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Show all calls" }).ClickAsync();
        await Expect(search).ToHaveValueAsync("");
        await UntilShownAsync(all.Take(PageSize), "all calls again");

        async Task ChooseAsync(string filter, string choice)
        {
            await page.GetByLabel(filter, new() { Exact = true }).ClickAsync();
            await page.Locator(".mud-popover-open .mud-list-item").GetByText(choice, new() { Exact = true }).ClickAsync();
        }

        async Task<List<Call>> CallsAsync(Expression<Func<Call, bool>> which) =>
            await db.Calls.AsNoTracking().Where(which).OrderByDescending(c => c.CreatedAt).ThenByDescending(c => c.Id).ToListAsync(Token);

        async Task ShowsAsync(string what, Expression<Func<Call, bool>> which)
        {
            var calls = await CallsAsync(which);
            Assert.InRange(calls.Count, 1, all.Count - 1);
            await UntilShownAsync(calls.Take(PageSize), $"the calls {what}");
        }

        Task UntilShownAsync(IEnumerable<Call> calls, string what)
        {
            var ids = calls.Select(c => c.Id.ToString()).ToArray();
            string[] shown = [];
            return Eventually.HoldsAsync(
                async () => (shown = await page.Locator(".calls .opens").EvaluateAllAsync<string[]>(CallOfLink)).SequenceEqual(ids),
                () => $"{what}: {string.Join(' ', ids)}; shown are {string.Join(' ', shown)}");
        }
    }
}
