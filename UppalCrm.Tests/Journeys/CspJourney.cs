using Microsoft.Playwright;
using UppalCrm.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace UppalCrm.Tests.Journeys;

/// <summary>Every page keeps to its own content policy, and what strangers call themselves stays text.</summary>
[Collection(nameof(Stage))]
public sealed class CspJourney(Stage stage)
{
    private const string Caller = "+12025550177";
    private const string Name = "<img src=x onerror=\"window.owned=1\">";
    private const string Notes = "\"><script>window.owned=1</script>";

    [Fact]
    public async Task No_page_breaks_the_policy_and_hostile_names_are_shown_as_text()
    {
        await using var house = await House.OpenAsync();
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var admin = await stage.SignInAsync(house, "admin@uppalcrm.test");
        await admin.Context.AddInitScriptAsync("document.addEventListener('securitypolicyviolation', e => console.error(`policy broken: "
            + "${e.violatedDirective} ${e.blockedURI} in ${e.sourceFile}:${e.lineNumber}`));");
        await admin.OpenAsync("/contacts/new");
        await admin.Page.GetByLabel("Name", new() { Exact = true }).FillAsync(Name);
        await admin.Page.GetByLabel("Number", new() { Exact = true }).FillAsync(Caller);
        await admin.Page.GetByLabel("Notes").FillAsync(Notes);
        await admin.Page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await ShownAsTextAsync(admin, "the contact's card", Notes);

        await admin.OpenAsync("/");
        await admin.StartShiftAsync();
        await house.Network.PlaceCallAsync(Caller, house.OurNumber);
        await Expect(admin.Offer).ToContainTextAsync(Name);
        await ShownAsTextAsync(admin, "the offer", Name);
        await admin.AcceptAsync();
        await Expect(admin.CallPanel).ToContainTextAsync("In call");
        await ShownAsTextAsync(admin, "the desk", Name, Notes);
        await admin.Page.GetByLabel("Notes").FillAsync(Notes);
        foreach (var (link, what) in new[] { ("Board", "the board"), ("Contacts", "the contacts") })
        {
            await admin.Page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = link }).ClickAsync();
            await Expect(admin.Page.GetByRole(AriaRole.Heading, new() { Name = link, Exact = true })).ToBeVisibleAsync();
            await ShownAsTextAsync(admin, what, Name);
        }

        await admin.CallPanel.GetByRole(AriaRole.Button, new() { Name = "End", Exact = true }).ClickAsync();
        await Expect(admin.CallPanel).ToHaveCountAsync(0);
        await house.UntilCallAsync(c => c.Notes == Notes && !c.IsOpen, "the call is over and its notes are kept");
        await admin.OpenAsync("/calls");
        await ShownAsTextAsync(admin, "the history", Name);
        string[] others = ["/calls/missed", "/contacts/import", "/contacts/1", "/board", "/board?wall", "/reports",
            "/audit", "/people", "/account", "/settings"];
        foreach (var address in others)
        {
            await admin.OpenAsync(address);
        }

        Assert.DoesNotContain(
            admin.Said,
            said => said.Contains("policy", StringComparison.OrdinalIgnoreCase) || said.StartsWith("error", StringComparison.Ordinal));
    }

    private static async Task ShownAsTextAsync(DeskBrowser desk, string where, params string[] texts)
    {
        foreach (var text in texts)
        {
            await Expect(desk.Page.Locator("main, .offers").GetByText(text).First).ToBeVisibleAsync();
        }

        Assert.False(
            await desk.Page.EvaluateAsync<bool>("() => 'owned' in window || document.querySelector('img[src=x]') !== null"),
            $"{where} takes a name for HTML");
    }
}
