using System.Net;
using Microsoft.Playwright;
using UppalCrm.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace UppalCrm.Tests.Journeys;

/// <summary>Two nodes behind nginx with TLS and Redis: what an agent sees when one of them goes.</summary>
[Collection(nameof(Stage))]
public sealed class NodesJourney(Stage stage, ITestOutputHelper output)
{
    private const string Maya = "+12025550111";

    [Fact]
    public async Task A_node_that_is_killed_in_mid_call_leaves_the_call_in_hand_on_the_other_one_and_nobody_misses_Redis()
    {
        await using var house = await House.OpenWithNodesAsync(("Calls:OfferTimeout", "00:02:00"));
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await SignInAsync(house, "dana@uppalcrm.test", node: 0);
        await TalkAsync(house, phones, dana);
        await dana.Page.EvaluateAsync("() => { window.sameDocument = true; window.heardCustomer = []; setInterval(async () => "
            + "window.heardCustomer.push(await window.toneLevel(1000)), 250); }");

        await house.Nodes.KillAsync(0);

        var killed = TimeProvider.System.GetTimestamp();
        var fresh = dana.Page.FrameLocator("iframe.lifeboat-page");
        await Expect(fresh.GetByRole(AriaRole.Region, new() { Name = "Call in hand" })).ToContainTextAsync("In call");
        var took = TimeProvider.System.GetElapsedTime(killed);
        output.WriteLine($"The call in hand stood on the other node {took.TotalMilliseconds:f0} ms after its node was killed.");
        Assert.True(took < TimeSpan.FromSeconds(5), $"the page is there in under 5 s; it took {took.TotalSeconds:f1} s");
        await Expect(fresh.GetByRole(AriaRole.Button, new() { Name = "Mute", Exact = true })).ToBeEnabledAsync();
        var heard = await dana.Page.EvaluateAsync<double[]>("() => window.heardCustomer");
        Assert.True(
            heard.Count(level => level > -60) > heard.Length * 0.9,
            $"the customer is heard throughout: {string.Join(' ', heard.Select(l => l.ToString("f0")))}");
        Assert.True(
            await dana.Page.EvaluateAsync<bool>("() => window.sameDocument === true"), "nothing was loaded again while the call was up");

        // Redis goes, too. The call is steered and ended on the node that is left.
        await house.Nodes.Redis.StopAsync();
        await fresh.GetByRole(AriaRole.Button, new() { Name = "Hold", Exact = true }).ClickAsync();
        await Expect(fresh.GetByRole(AriaRole.Region, new() { Name = "Call in hand" })).ToContainTextAsync("On hold");
        await fresh.GetByRole(AriaRole.Button, new() { Name = "End", Exact = true }).ClickAsync();
        await phones.UntilAsync(Maya, s => s == "idle", "the phone's call ends when the agent hangs up");
        await Expect(dana.Page.Locator("iframe.lifeboat-page")).ToHaveCountAsync(0, new() { Timeout = 30_000 });
        await Expect(dana.Page.GetByRole(AriaRole.Region, new() { Name = "Wrap-up" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_node_that_is_upgraded_moves_its_pages_between_calls_and_ends_when_the_last_has_gone()
    {
        await using var house = await House.OpenWithNodesAsync(
            ("Calls:OfferTimeout", "00:02:00"), ("Stopping:NoticeFor", "00:00:02"), ("Stopping:CallsMayLast", "00:05:00"));
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await SignInAsync(house, "dana@uppalcrm.test", node: 0);
        await using var lee = await SignInAsync(house, "lee@uppalcrm.test", node: 0);
        await TalkAsync(house, phones, dana);
        await lee.Page.EvaluateAsync("() => { window.sameDocument = true; }");
        await dana.Page.EvaluateAsync("() => { window.sameDocument = true; }");

        await house.Nodes.SignalAsync(0, "TERM");

        // It takes nobody new on, and who has no call moves.
        await Eventually.HoldsAsync(
            async () => await house.Nodes.ReadyAsync(0) == HttpStatusCode.ServiceUnavailable, () => "the node says that it is not ready");
        Assert.Equal(1, await house.Nodes.NodeOfAsync(await NginxCookieAsync(lee)));
        await lee.Page.WaitForFunctionAsync("() => window.sameDocument === undefined");
        await lee.UntilPhoneIsReadyAsync();

        // Who has one stays, and loses nothing of it.
        await Expect(dana.CallPanel).ToContainTextAsync("In call");
        Assert.True(await dana.Page.EvaluateAsync<bool>("() => window.sameDocument === true"), "the page with the call stays");
        await dana.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Hold", Exact = true }).ClickAsync();
        await Expect(dana.CallPanel).ToContainTextAsync("On hold");
        Assert.False(house.Nodes.HasExited(0), "the node waits for the call");
        await dana.HangUpAsync();

        await dana.Page.WaitForFunctionAsync("() => window.sameDocument === undefined");
        await Expect(dana.Page.GetByRole(AriaRole.Region, new() { Name = "Wrap-up" })).ToBeVisibleAsync();
        await Eventually.HoldsAsync(() => house.Nodes.HasExited(0), "the node ends when its last page has moved");
        var call = await house.UntilCallAsync(c => c.Status == CallStatus.Ended, "the call is over");
        Assert.Equal((CallOutcome.Answered, CallEnder.Agent), (call.Outcome, call.EndedBy));
    }

    /// <summary>Maya calls, the agent accepts, and each hears the other.</summary>
    private async Task TalkAsync(House house, PhonesBrowser phones, DeskBrowser agent)
    {
        await phones.PlaceAsync(Maya, house.OurNumber);
        try
        {
            // A node that has just started may need longer than the two seconds that a webhook has, where the machine is busy: the leg is
            // turned away, the claim runs out, the call is offered again, and the agent accepts again.
            await Eventually.HoldsAsync(async () =>
            {
                var call = await house.FindCallAsync(calls => calls);
                if (call is { Status: CallStatus.Waiting } && await agent.Offer.CountAsync() > 0)
                {
                    await agent.AcceptAtOnceAsync();
                }

                return call is { Status: CallStatus.Connected };
            }, () => "the call is connected", TimeSpan.FromSeconds(55));
        }
        catch
        {
            await agent.ShotAsync("nodes-not-connected");
            output.WriteLine($"The nodes said: {house.Nodes.Said}\nThe page said: {string.Join('\n', agent.Said)}");
            throw;
        }

        await agent.UntilHearsAsync(1000, silence: -100);
        await phones.UntilHearsAsync(Maya, 440, silence: -100);
        await Expect(agent.CallPanel).ToContainTextAsync("In call");
    }

    private async Task<DeskBrowser> SignInAsync(House house, string email, int node)
    {
        var cookie = await house.Nodes.CookieOfAsync(node);
        var desk = await stage.SignInAsync(house, email, more: options =>
        {
            options.BaseURL = house.Nodes.Address;
            options.IgnoreHTTPSErrors = true; // the test's own certificate
            options.StorageState = $$"""
                {
                  "cookies": [{
                    "name": "uppalcrm_node", "value": "{{cookie}}", "domain": "localhost", "path": "/", "expires": -1,
                    "httpOnly": true, "secure": true, "sameSite": "Lax"
                  }],
                  "origins": []
                }
                """;
        });
        await desk.StartShiftAsync();
        return desk;
    }

    private static async Task<string> NginxCookieAsync(DeskBrowser desk) =>
        (await desk.Context.CookiesAsync()).Single(cookie => cookie.Name == "uppalcrm_node").Value;
}
