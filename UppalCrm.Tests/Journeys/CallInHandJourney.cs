using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using UppalCrm.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace UppalCrm.Tests.Journeys;

/// <summary>What an agent does with a call in hand and after it, and what happens to it when the page goes in the middle.</summary>
[Collection(nameof(Stage))]
public sealed class CallInHandJourney(Stage stage)
{
    private const string Maya = "+12025550111";
    private const string Omar = "+12025550123";

    [Fact]
    public async Task Notes_outlive_a_reload_wrap_up_asks_for_a_disposition_keys_work_and_End_counts_although_the_page_is_changing()
    {
        await using var house = await House.OpenAsync(("Calls:WrapUp", "00:02:00"));
        await house.Services.GetRequiredService<DispositionList>()
            .SetRequiredAsync(true, await house.AgentIdAsync("admin@uppalcrm.test"), TestContext.Current.CancellationToken);
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        var page = dana.Page;
        await dana.StartShiftAsync();
        await TalkAsync(dana, phones, Maya);

        // A status chosen during the call is for afterwards.
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Your status:") }).ClickAsync();
        await page.Locator("#presence-menu").GetByRole(AriaRole.Button, new() { Name = "Break", Exact = true }).ClickAsync();
        var notes = page.GetByLabel("Notes");
        await notes.FillAsync("Wants a refund");
        await Expect(dana.CallPanel.Locator(".mark")).ToContainTextAsync("Saved");

        // The sound lives in the page: a page that is loaded again has left the call. What was typed in it has not gone.
        await page.ReloadAsync();
        var wrapUp = page.GetByRole(AriaRole.Region, new() { Name = "Wrap-up" });
        await Expect(wrapUp).ToBeVisibleAsync();
        await Expect(notes).ToHaveValueAsync("Wants a refund");
        await phones.UntilAsync(Maya, s => s == "idle", "Maya's call is over, too");
        await Expect(wrapUp).ToContainTextAsync("Then back to Break.");
        await dana.UntilPhoneIsReadyAsync();

        var left = await SecondsLeftAsync(wrapUp);
        await wrapUp.GetByRole(AriaRole.Button, new() { Name = "30 s more" }).ClickAsync();
        await Eventually.HoldsAsync(async () => await SecondsLeftAsync(wrapUp) > left, () => "the wrap-up is longer");
        await page.ReloadAsync();
        await Expect(notes).ToHaveValueAsync("Wants a refund");
        Assert.InRange(await SecondsLeftAsync(wrapUp), left - 30, 150); // counted on by the server
        await dana.UntilPhoneIsReadyAsync();

        await Eventually.HoldsAsync(async () =>
        {
            // which lets a double press pass
            await wrapUp.GetByRole(AriaRole.Button, new() { Name = "Finish", Exact = true }).ClickAsync();
            return await wrapUp.GetByRole(AriaRole.Alert).CountAsync() > 0;
        }, () => "a disposition is asked for");
        await Expect(wrapUp.GetByRole(AriaRole.Alert)).ToContainTextAsync("disposition");
        await dana.ShotAsync("desk-wrap-up-disposition-asked");
        await dana.ChooseDispositionAsync();
        await dana.FinishWrapUpAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Your status: Break") })).ToBeVisibleAsync();
        var first = (await house.FindCallAsync(calls => calls))!;
        Assert.Equal(("Wants a refund", CallOutcome.Answered), (first.Notes, first.Outcome));
        Assert.NotNull(first.Disposition);

        // By key: the list, a combination of one's own, silence while typing, and a double press that is one.
        await page.Keyboard.PressAsync("?");
        var sheet = page.GetByRole(AriaRole.Dialog);
        await Expect(sheet.Locator("tbody tr")).ToHaveCountAsync(8);
        await sheet.GetByRole(AriaRole.Button, new() { NameRegex = new("^Change: Mute") }).ClickAsync();
        await sheet.GetByLabel("New keys for: Mute or open the microphone").PressAsync("Control+Shift+K");
        await Expect(sheet.Locator("tr").Filter(new() { HasText = "Mute" })).ToContainTextAsync("K");
        await page.Keyboard.PressAsync("Escape");
        await Expect(sheet).ToHaveCountAsync(0);
        await TalkAsync(dana, phones, Omar);
        await notes.FillAsync("By key");
        await notes.PressAsync("Control+Shift+K");
        await page.GetByRole(AriaRole.Heading, new() { Name = "Earlier calls" }).ClickAsync(); // away from the field
        await Expect(dana.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Mute", Exact = true }))
            .ToHaveAttributeAsync("aria-pressed", "false");
        await page.Keyboard.PressAsync("Control+Shift+K");
        await Expect(dana.CallPanel.GetByRole(AriaRole.Button, new() { NameRegex = new("^Unmute") })).ToBeVisibleAsync();
        await Expect(dana.CallPanel).ToContainTextAsync("Press Ctrl+Shift+K to be heard");
        await page.EvaluateAsync("""
            () => {
              for (const _ of [1, 2]) document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'E', code: 'KeyE', ctrlKey: true, shiftKey: true, bubbles: true }));
            }
            """);
        await Expect(wrapUp).ToContainTextAsync("Then back to Break.");
        await dana.ChooseDispositionAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Earlier calls" }).ClickAsync();
        var second = await house.UntilCallAsync(
            c => c is { Disposition: not null, ConferenceEndedAt: not null } && c.Id != first.Id, "the disposition is kept");
        Assert.Equal((CallStatus.Ended, CallEnder.Agent), (second.Status, second.EndedBy));
        await Eventually.HoldsAsync(async () =>
        {
            await page.Keyboard.PressAsync("Control+Shift+E"); // within a second of the last it is the same press
            return await page.GetByLabel("Number to dial").IsVisibleAsync();
        }, () => "the same keys finish the wrap-up");

        // Pressed in the moment in which another page takes the place of this one and its buttons.
        await TalkAsync(dana, phones, Omar);
        await page.EvaluateAsync("""
            () => {
              document.querySelector('a[href="/contacts"], a[href="contacts"]').click();
              document.querySelector('section[aria-label="Call in hand"] .end').click();
            }
            """);
        var call = await house.UntilCallAsync(
            c => c.Id > second.Id && c is { Status: CallStatus.Ended, ConferenceEndedAt: not null }, "the call ends");
        Assert.Equal(CallEnder.Agent, call.EndedBy);
        await phones.UntilAsync(Omar, s => s == "idle", "Omar's phone is free");
        await Expect(page).ToHaveURLAsync(new Regex("/contacts$"));
        await Expect(dana.CallPanel).ToHaveCountAsync(0);
    }

    private static async Task TalkAsync(DeskBrowser desk, PhonesBrowser phones, string number)
    {
        await desk.DialAsync(number);
        await phones.UntilAsync(number, s => s == "ringing", "the phone rings");
        await phones.AnswerAsync(number);
        await Expect(desk.CallPanel).ToContainTextAsync("In call");
    }

    private static async Task<int> SecondsLeftAsync(ILocator wrapUp)
    {
        var text = await wrapUp.GetByRole(AriaRole.Timer).First.InnerTextAsync();
        var parts = text.Split(':');
        return int.Parse(parts[^2]) * 60 + int.Parse(parts[^1]);
    }
}
