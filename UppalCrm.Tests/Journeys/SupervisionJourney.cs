using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using UppalCrm.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace UppalCrm.Tests.Journeys;

/// <summary>
/// A supervisor takes part in a call. Three tones tell who hears whom: the agent 440 Hz, the customer 1 kHz, the supervisor 620 Hz.
/// </summary>
[Collection(nameof(Stage))]
public sealed class SupervisionJourney(Stage stage, ITestOutputHelper output)
{
    private const string Maya = "+12025550111";
    private const double Agent = 440;
    private const double Customer = 1000;
    private const double Supervisor = 620;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_supervisor_listens_unheard_whispers_to_the_agent_barges_in_and_leaves_the_call_going()
    {
        await using var house = await House.OpenAsync();
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        await dana.StartShiftAsync();
        await dana.DialAsync(Maya);
        await phones.UntilAsync(Maya, s => s == "ringing", "Maya's phone rings");
        await phones.AnswerAsync(Maya);
        await dana.UntilHearsAsync(Customer, silence: -100);
        await phones.UntilHearsAsync(Maya, Agent, silence: -100);

        await using var sam = await stage.SignInAsync(house, "sam@uppalcrm.test", browser: await stage.SupervisorsAsync());
        await sam.Page.GotoAsync("/board");
        var row = sam.Page.Locator("table.progress tbody tr", new() { HasText = "Dana Whitfield" });
        await Expect(row).ToContainTextAsync("Maya Chen");

        await PressAsync(row, "Listen");
        var heardBySam = (
            Agent: await sam.UntilHearsAsync(Agent, silence: -100), Customer: await sam.UntilHearsAsync(Customer, silence: -100));
        await UntilPressedAsync(row, "Listen");
        await Expect(dana.Page.Locator("main")).ToContainTextAsync("Sam");
        var listening = (
            Dana: await LoudestAsync(() => dana.HearsAsync(Supervisor)),
            Maya: await LoudestAsync(() => phones.HearsAsync(Maya, Supervisor)));

        await PressAsync(row, "Whisper");
        var whispered = await dana.UntilHearsAsync(Supervisor, listening.Dana);
        await UntilPressedAsync(row, "Whisper");
        var whispering = await LoudestAsync(() => phones.HearsAsync(Maya, Supervisor));
        await row.Locator(".open").ClickAsync();
        var grid = sam.Page.Locator("table.hearing");
        await Expect(grid).ToContainTextAsync("Dana Whitfield hears Sam Torres.");
        await Expect(grid).ToContainTextAsync("Maya Chen does not hear Sam Torres, who whispers to somebody else.");
        await sam.ShotAsync("board-whisper");

        await PressAsync(row, "Barge");
        var barged = (
            Dana: await dana.UntilHearsAsync(Supervisor, listening.Dana),
            Maya: await phones.UntilHearsAsync(Maya, Supervisor, Math.Max(listening.Maya, whispering)));
        await UntilPressedAsync(row, "Barge");
        output.WriteLine($"The supervisor hears 440 Hz at {heardBySam.Agent:f0} and 1 kHz at {heardBySam.Customer:f0} dB. 620 Hz at "
            + $"agent/customer: listening {listening.Dana:f0}/{listening.Maya:f0}, whispering {whispered:f0}/{whispering:f0}, barged in "
            + $"{barged.Dana:f0}/{barged.Maya:f0} dB.");
        Assert.True(barged.Dana - listening.Dana >= 20, "the agent does not hear a supervisor who listens");
        Assert.True(barged.Maya - listening.Maya >= 20, "the customer does not hear a supervisor who listens");
        Assert.True(barged.Maya - whispering >= 20, "the customer does not hear a supervisor who whispers");

        await PressAsync(row, "Listen");
        await UntilPressedAsync(row, "Listen");
        await phones.UntilLosesAsync(Maya, Supervisor, barged.Maya);
        await dana.UntilLosesAsync(Supervisor, barged.Dana);

        // The agent's own buttons work as ever, and the supervisor sees it.
        var spoken = await phones.UntilHearsAsync(Maya, Agent, silence: -100);
        await dana.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Hold", Exact = true }).ClickAsync();
        await Expect(row).ToContainTextAsync("On hold");
        await phones.UntilLosesAsync(Maya, Agent, spoken);
        await dana.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Resume", Exact = true }).ClickAsync();
        await Expect(row).ToContainTextAsync("Talking");
        await phones.UntilHearsAsync(Maya, Agent, silence: -100);
        await dana.CallPanel.GetByRole(AriaRole.Button, new() { Name = "Mute", Exact = true }).ClickAsync();
        await phones.UntilLosesAsync(Maya, Agent, spoken);
        await dana.CallPanel.GetByRole(AriaRole.Button, new() { NameRegex = new("^Unmute") }).ClickAsync();

        await row.GetByRole(AriaRole.Button, new() { NameRegex = new("^Leave") }).ClickAsync();
        await Expect(row.GetByRole(AriaRole.Button, new() { NameRegex = new("^Leave") })).ToHaveCountAsync(0);
        await house.UntilCallAsync(c => c.Legs.All(l => l.Role != LegRole.Supervisor || !l.IsIn), "the supervisor is out");
        await dana.UntilHearsAsync(Customer, silence: -100);
        await phones.UntilHearsAsync(Maya, Agent, silence: -100);
        var call = await house.UntilCallAsync(c => c.Status == CallStatus.Connected, "the call goes on");

        await Eventually.HoldsAsync(
            async () => (await ActionsAsync(house, call.Id)).Contains(AuditAction.ListenEnded), () => "the leaving is in the audit");
        var actions = await ActionsAsync(house, call.Id);
        output.WriteLine($"Audit: {string.Join(", ", actions)}");
        Assert.Subset(
            actions.ToHashSet(),
            new HashSet<AuditAction> { AuditAction.ListenStarted, AuditAction.WhisperStarted, AuditAction.BargeStarted });

        await dana.HangUpAsync();
        await phones.UntilAsync(Maya, s => s == "idle", "the agent ends the call as ever");
    }

    [Fact]
    public async Task A_supervisor_who_listens_takes_the_call_over_and_gives_it_to_another_agent()
    {
        await using var house = await House.OpenAsync();
        await using var phones = await stage.OpenPhonesAsync(house);
        await using var dana = await stage.SignInAsync(house, "dana@uppalcrm.test");
        await dana.StartShiftAsync();
        await dana.DialAsync(Maya);
        await phones.UntilAsync(Maya, s => s == "ringing", "Maya's phone rings");
        await phones.AnswerAsync(Maya);
        var spoken = await phones.UntilHearsAsync(Maya, Agent, silence: -100);
        await using var sam = await stage.SignInAsync(house, "sam@uppalcrm.test", browser: await stage.SupervisorsAsync());
        await sam.Page.GotoAsync("/board");
        var row = sam.Page.Locator("table.progress tbody tr", new() { HasText = "Dana Whitfield" });
        await PressAsync(row, "Listen");
        await UntilPressedAsync(row, "Listen");
        var unheard = await phones.HearsAsync(Maya, Supervisor);

        await row.Locator(".open").ClickAsync();
        await sam.ShotAsync("board-call");
        await sam.Page.GetByRole(AriaRole.Button, new() { Name = "Take over", Exact = true }).ClickAsync();
        var heard = (
            Maya: await phones.UntilHearsAsync(Maya, Supervisor, unheard), Sam: await sam.UntilHearsAsync(Customer, silence: -100));
        await phones.UntilLosesAsync(Maya, Agent, spoken);
        await Expect(dana.CallPanel).ToHaveCountAsync(0);
        var call = await house.UntilCallAsync(c => c.Legs.Count(l => l.IsIn) == 2, "Dana is out, and so is the leg that listened");
        Assert.Equal(await house.AgentIdAsync("sam@uppalcrm.test"), call.AgentId);
        output.WriteLine($"Taken over: the customer heard 440 Hz at {spoken:f0} and 620 Hz at {unheard:f0} dB, then 620 Hz at "
            + $"{heard.Maya:f0} dB; the supervisor hears the customer at {heard.Sam:f0} dB.");

        // Dana is free again, and a second supervisor gives the call back to her.
        await dana.FinishWrapUpAsync();
        await using var admin = await stage.SignInAsync(house, "admin@uppalcrm.test");
        await admin.Page.GotoAsync("/board");
        await admin.Page.Locator("table.progress tbody tr .open").ClickAsync();
        await admin.Page.GetByRole(AriaRole.Button, new() { Name = "Give to…" }).ClickAsync();
        await admin.Page.Locator("#give-to").GetByRole(AriaRole.Button, new() { Name = "Dana Whitfield" }).ClickAsync();
        var asked = dana.Page.GetByRole(AriaRole.Region, new() { Name = "Transfer to you" });
        await Expect(asked).ToContainTextAsync("asks you to take a call of Sam Torres");
        await dana.ShotAsync("given-by-supervisor");
        await dana.Page.GetByRole(AriaRole.Button, new() { Name = "Take the call" }).ClickAsync();
        await phones.UntilHearsAsync(Maya, Agent, silence: -100);
        await phones.UntilLosesAsync(Maya, Supervisor, heard.Maya);
        await Eventually.HoldsAsync(
            async () => (await ActionsAsync(house, call.Id)) is var actions && actions.Contains(AuditAction.CallTakenOver)
                && actions.Contains(AuditAction.CallHandedToAnother), () => "both are in the audit");
        await dana.HangUpAsync();
        await phones.UntilAsync(Maya, s => s == "idle", "who has the call ends it");
    }

    private static Task PressAsync(ILocator row, string mode) =>
        row.GetByRole(AriaRole.Button, new() { NameRegex = new($"^{mode}") }).ClickAsync();

    /// <summary>The board shows the mode once the carrier has confirmed it.</summary>
    private static Task UntilPressedAsync(ILocator row, string mode) =>
        Expect(row.GetByRole(AriaRole.Button, new() { NameRegex = new($"^{mode}"), Pressed = true })).ToBeVisibleAsync();

    /// <summary>The loudest of several measurements over more than a second: what is not heard must stay unheard.</summary>
    private static async Task<double> LoudestAsync(Func<Task<double>> measure)
    {
        var (loudest, taken, started) = (-200.0, 0, TimeProvider.System.GetTimestamp());
        await Eventually.HoldsAsync(async () =>
        {
            loudest = Math.Max(loudest, await measure());
            return ++taken >= 8 && TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(1);
        }, () => "eight measurements are taken");
        return loudest;
    }

    private static async Task<List<AuditAction>> ActionsAsync(House house, long callId)
    {
        await using var db = house.Database();
        return await db.Audit.Where(a => a.CallId == callId).OrderBy(a => a.Id).Select(a => a.Action).ToListAsync(Token);
    }
}
