using Microsoft.Playwright;
using UppalCrm.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace UppalCrm.Tests.Journeys;

/// <summary>
/// An agent talks with a colleague about a call, then decides. Three tones tell who hears whom: Dana 440 Hz, the customer 1 kHz, Sam 620
/// Hz.
/// </summary>
[Collection(nameof(Stage))]
public sealed class ConsultJourney(Stage stage, ITestOutputHelper output)
{
    private const string Maya = "+12025550111";
    private const double Dana = 440;
    private const double Customer = 1000;
    private const double Sam = 620;
    private const double Lee = 820;

    [Fact]
    public async Task The_two_talk_while_the_customer_hears_music_then_all_three_and_the_call_is_handed_over()
    {
        await using var house = await House.OpenAsync();
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        await dana.StartShiftAsync();
        await using var sam = await stage.SignInAsync(house, "sam@uppalcrm.test", browser: await stage.SupervisorsAsync());
        await sam.StartShiftAsync();
        await dana.DialAsync(Maya);
        await phones.UntilAsync(Maya, s => s == "ringing", "Maya's phone rings");
        await phones.AnswerAsync(Maya);
        await dana.UntilHearsAsync(Customer, silence: -100);
        await phones.UntilHearsAsync(Maya, Dana, silence: -100);

        await dana.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Transfer", Exact = true }).ClickAsync();
        await dana.Page.GetByLabel("Name or number").FillAsync("sam");
        await dana.ShotAsync("consult-picker");
        await dana.Page.GetByRole(AriaRole.Button, new() { Name = "Talk with Sam Torres first" }).ClickAsync();
        await Expect(sam.Page.GetByRole(AriaRole.Region, new() { Name = "Transfer to you" })).ToContainTextAsync("wants to talk with you");
        await sam.Page.GetByRole(AriaRole.Button, new() { Name = "Talk", Exact = true }).ClickAsync();
        var private1 = (Dana: await dana.UntilHearsAsync(Sam, silence: -100), Sam: await sam.UntilHearsAsync(Dana, silence: -100));
        var closed = (
            Sam: await phones.HearsAsync(Maya, Sam), Dana: await phones.HearsAsync(Maya, Dana), Customer: await sam.HearsAsync(Customer));
        await Expect(
            dana.CallPanel.GetByRole(AriaRole.Region, new() { Name = "Consultation" })).ToContainTextAsync("the customer hears music");
        await Expect(sam.CallPanel).ToContainTextAsync("asks you about this call");
        await dana.ShotAsync("consult-private");
        await sam.ShotAsync("consult-colleague");
        Assert.True(await dana.IsOneLineAsync("Talk with"), "Whom to talk with stands in one line.");
        await dana.Page.SetViewportSizeAsync(390, 844);
        Assert.True(await dana.IsOneLineAsync("Talk with"), "Whom to talk with stands in one line on a telephone.");
        await dana.ShotAsync("consult-private-390");
        await dana.Page.SetViewportSizeAsync(1440, 900);

        await dana.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Both", Exact = true }).ClickAsync();
        var together = (
            Sam: await phones.UntilHearsAsync(Maya, Sam, closed.Sam), Dana: await phones.UntilHearsAsync(Maya, Dana, closed.Dana),
            Customer: await sam.UntilHearsAsync(Customer, closed.Customer));
        await dana.ShotAsync("consult-together");
        await dana.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Customer", Exact = true }).ClickAsync();
        await phones.UntilLosesAsync(Maya, Sam, together.Sam);
        await dana.UntilHearsAsync(Customer, silence: -100);

        await dana.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Hand over and leave" }).ClickAsync();
        await phones.UntilHearsAsync(Maya, Sam, closed.Sam);
        await sam.UntilHearsAsync(Customer, silence: -100);
        await Expect(dana.CallPanel).ToHaveCountAsync(0);
        var call = await house.UntilCallAsync(c => c.Status == CallStatus.Connected && c.Legs.Count(l => l.IsIn) == 2, "Dana is out");
        Assert.Equal(await house.AgentIdAsync("sam@uppalcrm.test"), call.AgentId);
        output.WriteLine($"Consulting: Dana hears Sam at {private1.Dana:f0}, Sam hears Dana at {private1.Sam:f0}, the customer hears Sam "
            + $"at {closed.Sam:f0} and Dana at {closed.Dana:f0}, Sam hears the customer at {closed.Customer:f0} dB. Together: "
            + $"{together.Sam:f0}, {together.Dana:f0}, {together.Customer:f0} dB.");
        await sam.HangUpAsync();
        await phones.UntilAsync(Maya, s => s == "idle", "who has the call ends it");
        await house.UntilCallAsync(c => c is { Status: CallStatus.Ended, EndedBy: CallEnder.Agent }, "the call is over");
    }

    [Fact]
    public async Task Two_are_brought_in_one_is_held_and_taken_out_and_the_agent_leaves_the_call_to_the_other()
    {
        await using var house = await House.OpenAsync();
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        await dana.StartShiftAsync();
        await using var sam = await stage.SignInAsync(house, "sam@uppalcrm.test", browser: await stage.SupervisorsAsync());
        await sam.StartShiftAsync();
        await using var lee = await stage.SignInAsync(house, "lee@uppalcrm.test", browser: await stage.ThirdAsync());
        await lee.StartShiftAsync();
        await dana.DialAsync(Maya);
        await phones.UntilAsync(Maya, s => s == "ringing", "Maya's phone rings");
        await phones.AnswerAsync(Maya);
        var spoken = await phones.UntilHearsAsync(Maya, Dana, silence: -100);

        await BringInAsync(dana, sam, "Sam Torres", "Both");
        var two = await phones.UntilHearsAsync(Maya, Sam, silence: -100);
        await BringInAsync(dana, lee, "Lee Okafor", "All");
        var three = (
            Sam: await phones.UntilHearsAsync(Maya, Sam, silence: -100), Lee: await phones.UntilHearsAsync(Maya, Lee, silence: -100),
            SamHearsLee: await sam.UntilHearsAsync(Lee, silence: -100), Customer: await lee.UntilHearsAsync(Customer, silence: -100));
        var parties = dana.CallPanel.Locator(".parties");
        await Expect(parties.Locator("li.row")).ToHaveCountAsync(4); // with their class, also those that were drawn elsewhere before
        await dana.ShotAsync("parties");
        await sam.ShotAsync("parties-brought-in");

        await parties.GetByRole(AriaRole.Button, new() { Name = "Hold: Sam Torres", Exact = true }).ClickAsync();
        await phones.UntilLosesAsync(Maya, Sam, three.Sam);
        await sam.UntilLosesAsync(Customer, await lee.HearsAsync(Customer));
        await parties.GetByRole(AriaRole.Button, new() { Name = "Take off hold: Sam Torres" }).ClickAsync();
        await phones.UntilHearsAsync(Maya, Sam, silence: -100);
        await parties.GetByRole(AriaRole.Button, new() { Name = "Mute: Sam Torres", Exact = true }).ClickAsync();
        await phones.UntilLosesAsync(Maya, Sam, three.Sam);
        await sam.UntilHearsAsync(Customer, silence: -100); // who is muted hears the others
        await parties.GetByRole(AriaRole.Button, new() { Name = "Unmute: Sam Torres" }).ClickAsync();
        await phones.UntilHearsAsync(Maya, Sam, silence: -100);
        await parties.GetByRole(AriaRole.Button, new() { Name = "Take Sam Torres out of the call" }).ClickAsync();
        await phones.UntilLosesAsync(Maya, Sam, three.Sam);
        await Expect(sam.CallPanel).ToHaveCountAsync(0);

        await dana.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Hand over and leave" }).ClickAsync();
        await Expect(dana.CallPanel).ToHaveCountAsync(0);
        await phones.UntilLosesAsync(Maya, Dana, spoken);
        await phones.UntilHearsAsync(Maya, Lee, silence: -100);
        output.WriteLine($"The customer heard the first at {two:f0}, then both at {three.Sam:f0} and {three.Lee:f0} dB; the one brought in "
            + $"first heard the second at {three.SamHearsLee:f0}, who heard the customer at {three.Customer:f0} dB.");
        await lee.HangUpAsync();
        await phones.UntilAsync(Maya, s => s == "idle", "who has the call ends it");
    }

    private static async Task BringInAsync(DeskBrowser agent, DeskBrowser colleague, string name, string all)
    {
        await agent.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Transfer", Exact = true }).ClickAsync();
        await agent.Page.GetByRole(AriaRole.Button, new() { Name = $"Talk with {name} first" }).ClickAsync();
        await colleague.Page.GetByRole(AriaRole.Button, new() { Name = "Talk", Exact = true }).ClickAsync();
        await agent.CallPanel.GetByRole(AriaRole.Button, new() { Name = all, Exact = true }).ClickAsync();
        await Expect(agent.CallPanel.GetByRole(AriaRole.Button, new() { Name = all, Exact = true, Pressed = true })).ToBeVisibleAsync();
    }
}
