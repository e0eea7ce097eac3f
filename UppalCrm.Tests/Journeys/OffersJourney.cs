using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using UppalCrm.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace UppalCrm.Tests.Journeys;

/// <summary>Who is offered a call, where it shows, and that it goes from everywhere when somebody has it.</summary>
[Collection(nameof(Stage))]
public sealed class OffersJourney(Stage stage, ITestOutputHelper output)
{
    private const string Maya = "+12025550111";

    /// <summary>Lets the page be sent to the back, and adds up what moves in it.</summary>
    private const string Watch = """
        (() => {
          let hidden = false;
          Object.defineProperty(document, 'hidden', { get: () => hidden });
          window.watch = {
            shifted: 0, moved: [], titles: new Set(),
            hide(value) { hidden = value; document.dispatchEvent(new Event('visibilitychange')); },
            async notices() {
              const [worker] = await navigator.serviceWorker.getRegistrations();
              return (await worker.getNotifications()).map(n => `${n.title}: ${n.actions.map(a => a.title).join(', ')}`);
            },
          };
          setInterval(() => watch.titles.add(document.title), 50);
          new PerformanceObserver(list => list.getEntries().forEach(entry => {
            watch.shifted += entry.value;
            watch.moved.push(...entry.sources.map(s =>
              `${s.node?.nodeName}.${s.node?.className} from ${Math.round(s.previousRect.y)} to ${Math.round(s.currentRect.y)}`));
          })).observe({ type: 'layout-shift', buffered: true });
        })();
        """;

    [Fact]
    public async Task A_call_pops_up_where_the_agent_looks_rings_at_a_hidden_page_and_goes_from_all_that_cannot_take_it()
    {
        await using var house = await House.OpenAsync(("Calls:WrapUp", "00:00:01"));
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        await using var lee = await stage.SignInAsync(house, "lee@uppalcrm.test");
        var page = dana.Page;
        await dana.Context.AddInitScriptAsync(Watch);
        await dana.OpenAsync("/");
        await dana.StartShiftAsync();

        // Two tabs: the card opens in the one in front, and the other stays where it is.
        await page.GetByRole(AriaRole.Link, new() { Name = "Calls", Exact = true }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/calls$"));
        var front = await dana.Context.NewPageAsync();
        await front.GotoAsync("/contacts");
        await LookAtAsync(dana.Context, front, not: page);
        await house.Network.PlaceCallAsync(Maya, house.OurNumber);
        await front.GetByRole(AriaRole.Button, new() { Name = "Accept", Exact = true }).ClickAsync();
        await Expect(front).ToHaveURLAsync(new Regex("/$"));
        await Expect(front.GetByRole(AriaRole.Region, new() { Name = "Caller" })).ToContainTextAsync("Maya Chen");
        await Expect(page.Locator("section.bar")).ToContainTextAsync("In call");
        await Expect(page).ToHaveURLAsync(new Regex("/calls$"));
        await page.Locator("section.bar").GetByRole(AriaRole.Button, new() { Name = "End" }).ClickAsync();
        await house.UntilCallAsync(c => c is { Status: CallStatus.Ended, EndedBy: CallEnder.Agent }, "ended from the other tab");
        await front.CloseAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Desk", Exact = true }).ClickAsync();
        await Expect(page.GetByLabel("Number to dial")).ToBeVisibleAsync();

        // Hidden: a notification with Accept, and a title that flashes; both go when another agent is first.
        await lee.StartShiftAsync();
        await page.EvaluateAsync("() => watch.hide(true)");
        await house.Network.PlaceCallAsync(Maya, house.OurNumber);
        await Expect(dana.Offer).ToContainTextAsync("Maya Chen");
        await Eventually.HoldsAsync(
            async () => (await NoticesAsync(page)).Contains("Maya Chen: Accept, Decline"),
            () => "a notification with its buttons is shown");
        await Eventually.HoldsAsync(
            () => page.EvaluateAsync<bool>("() => watch.titles.has('☎ Maya Chen is calling') && watch.titles.has('Desk – UppalCRM')"),
            () => "the title flashes");
        await lee.AcceptAsync();
        await Expect(lee.CallPanel).ToContainTextAsync("In call");
        await Expect(dana.Offer).ToContainTextAsync("Lee Okafor answered");
        await Eventually.HoldsAsync(async () => (await NoticesAsync(page)).Length == 0, () => "the notification is withdrawn");
        await Expect(page).ToHaveTitleAsync("Desk – UppalCRM");
        await Expect(dana.Offer).ToHaveCountAsync(0);

        // In front: six at once are five and a number, nothing of the page moves, and a notification's Accept takes its own call.
        await page.EvaluateAsync("() => { watch.hide(false); watch.shifted = 0; watch.moved = []; }");
        for (var caller = 0; caller < 6; caller++)
        {
            await house.Network.PlaceCallAsync($"+1202555013{caller}", house.OurNumber);
            await Expect(dana.Offer).ToHaveCountAsync(Math.Min(caller + 1, 5));
        }

        await Expect(page.Locator("section.offers .more")).ToHaveTextAsync("1–5 of 6 calls waiting");
        await Expect(dana.Offer).ToHaveCountAsync(5);
        await Expect(lee.Offer).ToHaveCountAsync(0);
        var shifted = await page.EvaluateAsync<double>("() => watch.shifted");
        output.WriteLine($"Layout shift while six offers arrived: {shifted:f4}.");
        Assert.True(
            shifted < 0.01,
            $"the page moved by {shifted:f4}: {string.Join("; ", await page.EvaluateAsync<string[]>("() => watch.moved"))}");
        await dana.ShotAsync("desk-six-offers");
        await page.EvaluateAsync("() => watch.hide(true)");
        await Eventually.HoldsAsync(async () => (await NoticesAsync(page)).Length == 6, () => "all six are notified");
        await PressInNoticeAsync(page, "0132", "accept");
        await Expect(dana.CallPanel).ToContainTextAsync("In call");
        await Expect(dana.CallPanel).ToContainTextAsync("555-0132");
        await Eventually.HoldsAsync(
            async () => (await NoticesAsync(page)).Length == 0, () => "an agent in a call is notified of no other");
        var taken = (await house.FindCallAsync(calls => calls.Where(c => c.FromNumber == "+12025550132")))!;
        Assert.Equal((await house.AgentIdAsync("dana@uppalcrm.test"), CallStatus.Connected), (taken.AgentId ?? 0, taken.Status));

        // A break is offered no calls, and five wait. A browser that is gone is known to be within 35 seconds.
        await page.EvaluateAsync("() => watch.hide(false)");
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Your status:") }).ClickAsync();
        await page.Locator("#presence-menu").GetByRole(AriaRole.Button, new() { Name = "Break", Exact = true }).ClickAsync();
        await dana.HangUpAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Your status: Break") })).ToBeVisibleAsync();
        await Expect(dana.Offer).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Your status:") }).ClickAsync();
        await page.Locator("#presence-menu").GetByRole(AriaRole.Button, new() { Name = "Available", Exact = true }).ClickAsync();
        await Expect(dana.Offer).ToHaveCountAsync(5);
        var roster = house.Services.GetRequiredService<AgentRoster>();
        var (id, gone) = (await house.AgentIdAsync("dana@uppalcrm.test"), Stopwatch.StartNew());
        await dana.Context.CloseAsync();
        await Eventually.HoldsAsync(
            async () => (await roster.FindAsync(id, TestContext.Current.CancellationToken))!.Presence == Presence.Unreachable,
            () => "Dana is unreachable", TimeSpan.FromSeconds(35));
        output.WriteLine($"The browser closed, the agent was unreachable after {gone.Elapsed.TotalSeconds:f1} s.");
    }

    /// <summary>Presses a button of a notification, as the desktop would: the event goes to the service worker.</summary>
    /// <param name="title">How the notification's title ends.</param>
    private static async Task PressInNoticeAsync(IPage page, string title, string action)
    {
        // a worker that has nothing to do is stopped
        await page.EvaluateAsync("async () => (await navigator.serviceWorker.getRegistrations())[0].active.postMessage('wake')");
        var browser = await page.Context.Browser!.NewBrowserCDPSessionAsync();
        string? worker = null;
        await Eventually.HoldsAsync(async () =>
        {
            var targets = (await browser.SendAsync("Target.getTargets"))!.Value.GetProperty("targetInfos").EnumerateArray();
            worker = targets.Where(t => t.GetProperty("type").GetString() == "service_worker"
                && t.GetProperty("url").GetString()!
                .StartsWith(new Uri(page.Url).GetLeftPart(UriPartial.Authority), StringComparison.Ordinal))
                .Select(t => t.GetProperty("targetId").GetString()).FirstOrDefault();
            return worker is not null;
        }, () => "the service worker runs");
        var session =
            (await browser.SendAsync("Target.attachToTarget", new() { ["targetId"] = worker!, ["flatten"] = false }))!.Value
                .GetProperty("sessionId").GetString()!;
        var press = $$"""
            registration.getNotifications().then(all => dispatchEvent(new NotificationEvent('notificationclick',
              { notification: all.find(notice => notice.title.endsWith('{{title}}')), action: '{{action}}' })))
            """;
        await browser.SendAsync("Target.sendMessageToTarget", new()
        {
            ["sessionId"] = session,
            ["message"] = JsonSerializer.Serialize(new { id = 1, method = "Runtime.evaluate", @params = new { expression = press } }),
        });
    }

    private static Task<string[]> NoticesAsync(IPage page) => page.EvaluateAsync<string[]>("() => watch.notices()");

    /// <summary>The browser under test lets every page believe that it is looked at; here only one is.</summary>
    private static async Task LookAtAsync(IBrowserContext context, IPage page, IPage not)
    {
        foreach (var (each, looked) in new[] { (not, false), (page, true) })
        {
            var session = await context.NewCDPSessionAsync(each);
            await session.SendAsync("Emulation.setFocusEmulationEnabled", new() { ["enabled"] = looked });
        }

        await page.BringToFrontAsync();
        await Eventually.HoldsAsync(
            async () => await page.EvaluateAsync<bool>("() => document.hasFocus()")
                && !await not.EvaluateAsync<bool>("() => document.hasFocus()"),
            () => "one page is looked at");
    }
}
