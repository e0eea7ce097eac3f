using System.Text.Json;
using Microsoft.Playwright;
using UppalCrm.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace UppalCrm.Tests.Journeys;

/// <summary>axe finds nothing serious on any page, in its main states, light and dark.</summary>
[Collection(nameof(Stage))]
public sealed class AccessibilityJourney(Stage stage, ITestOutputHelper output)
{
    private const string Maya = "+12025550111";

    private readonly List<string> _found = [];
    private int _looks;

    [Fact]
    public async Task Axe_finds_nothing_serious_on_any_page_in_any_state()
    {
        var axe = await File.ReadAllTextAsync(AxeFile(), TestContext.Current.CancellationToken);
        await using var house = await House.OpenAsync(("Calls:WrapUp", "00:10:00"));
        // The page's own policy would not let axe in, rightly: this journey alone looks past it.
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var admin = await stage.SignInAsync(house, "admin@uppalcrm.test", more: context => context.BypassCSP = true);
        await admin.Context.AddInitScriptAsync(axe);

        await admin.OpenAsync("/");
        await LookAsync(admin, "desk before the shift");
        await admin.StartShiftAsync();
        await LookAsync(admin, "desk");
        await admin.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Phone:") }).ClickAsync();
        await Expect(admin.Page.GetByLabel("Ringer")).ToBeVisibleAsync();
        await LookAsync(admin, "the phone's panel");
        await admin.Page.Keyboard.PressAsync("Escape");
        await admin.Page.Keyboard.PressAsync("?");
        await Expect(admin.Page.GetByRole(AriaRole.Dialog).Locator("tbody tr").First).ToBeVisibleAsync();
        await LookAsync(admin, "shortcuts");
        await admin.Page.Keyboard.PressAsync("Escape");
        await house.Network.PlaceCallAsync(Maya, house.OurNumber);
        await Expect(admin.Offer).ToContainTextAsync("Maya Chen");
        await LookAsync(admin, "offer");
        await admin.AcceptAsync();
        await Expect(admin.CallPanel).ToContainTextAsync("In call");
        await admin.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Keypad", Exact = true }).ClickAsync();
        await LookAsync(admin, "call with keypad");
        await admin.Page.Keyboard.PressAsync("Control+Shift+M");
        await Expect(admin.CallPanel).ToContainTextAsync("You are muted");
        await LookAsync(admin, "speaking while muted");
        await admin.Page.Keyboard.PressAsync("Control+Shift+L");
        await Expect(admin.CallPanel.Locator(".state")).ToContainTextAsync("On hold");
        await LookAsync(admin, "on hold");
        await admin.Page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link, new() { Name = "Board" }).ClickAsync();
        await admin.Page.Locator("table.progress .open").ClickAsync();
        await Expect(admin.Page.Locator("table.hearing")).ToBeVisibleAsync();
        await LookAsync(admin, "board with a call");
        await admin.CallPanel.GetByRole(AriaRole.Button, new() { Name = "End" }).ClickAsync();
        await house.UntilCallAsync(c => !c.IsOpen, "the call is over");
        await admin.OpenAsync("/");
        await Expect(admin.Page.GetByRole(AriaRole.Region, new() { Name = "Wrap-up" })).ToBeVisibleAsync();
        await LookAsync(admin, "wrap-up");
        string[] others =
        [
            "/calls", "/calls/missed", "/contacts", "/contacts/1", "/contacts/new", "/contacts/import", "/board?wall", "/reports",
            "/audit",
            "/people", "/account", "/settings", "/nowhere",
        ];
        foreach (var address in others)
        {
            await admin.OpenAsync(address);
            await LookAsync(admin, address);
        }

        await admin.Context.ClearCookiesAsync();
        await admin.Page.GotoAsync("/login");
        await LookAsync(admin, "/login");

        output.WriteLine($"axe looked {_looks} times.");
        Assert.True(_found.Count == 0, string.Join("\n\n", _found));
    }

    private async Task LookAsync(DeskBrowser desk, string state)
    {
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await desk.Page.EmulateMediaAsync(new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
            // Colours on their way from light to dark are nobody's to judge: they change at once.
            var violations = await desk.Page.EvaluateAsync<JsonElement>("""
                async () => {
                  if (!window.still) {
                    document.adoptedStyleSheets.push(window.still = new CSSStyleSheet());
                    await window.still.replace('*, *::before, *::after { transition: none !important; animation: none !important; }');
                  }
                  await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)));
                  return (await axe.run(document, { resultTypes: ['violations'] })).violations
                  .filter(v => v.impact === 'serious' || v.impact === 'critical')
                  .map(v => ({ id: v.id, help: v.help,
                    nodes: v.nodes.slice(0, 4).map(n => n.html.slice(0, 200) + ' -- ' + (n.any[0] ?? n.all[0] ?? n.none[0])?.message) }));
                }
                """);
            _looks++;
            foreach (var violation in violations.EnumerateArray())
            {
                _found.Add($"{state}, {scheme}: {violation.GetProperty("id")} ({violation.GetProperty("help")})\n  "
                    + $"{string.Join("\n  ", violation.GetProperty("nodes").EnumerateArray().Select(n => n.GetString()))}");
            }
        }
    }

    private static string AxeFile()
    {
        const string file = "wwwroot-interop/node_modules/axe-core/axe.min.js";
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Path.Combine(folder.FullName, file) is var path && File.Exists(path))
            {
                return path;
            }
        }

        throw new FileNotFoundException($"{file} is not above {AppContext.BaseDirectory}: the build of UppalCrm.Web installs it.");
    }
}
