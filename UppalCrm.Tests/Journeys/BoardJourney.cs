using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using UppalCrm.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace UppalCrm.Tests.Journeys;

/// <summary>The floor on a supervisor's screen: it moves by itself, tells how fresh it is, and things are set right on it.</summary>
[Collection(nameof(Stage))]
public sealed class BoardJourney(Stage stage, ITestOutputHelper output)
{
    private const string Maya = "+12025550111";
    private const string Other = "+13035550199";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_board_moves_by_itself_and_what_is_wrong_on_the_floor_is_set_right_and_written_down()
    {
        await using var house = await House.OpenAsync(("Calls:WrapUp", "01:00:00"));
        await using var dana = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");
        await using var lee = await AgentClient.SignInAsync(house, "lee@uppalcrm.test");
        await TalkAsync(house, dana, Maya);
        await TalkAsync(house, lee, Other);
        house.Clock.Advance(TimeSpan.FromMinutes(3));
        await using var alex = await stage.SignInAsync(house, "admin@uppalcrm.test");
        await alex.OpenAsync("/board");
        var board = alex.Page;
        await Expect(board.Locator("table.progress .time [data-age=warn]")).ToHaveCountAsync(2);
        house.Clock.Advance(TimeSpan.FromMinutes(2));
        await alex.OpenAsync("/board"); // a browser takes the server's clock with the page
        await Expect(board.Locator("table.progress .time [data-age=alarm]")).ToHaveCountAsync(2);
        var calls = board.Locator("table.progress tbody tr:has(td.who)");
        ILocator Row(string agent) => board.Locator("table.progress tbody tr", new() { HasText = agent });
        ILocator Button(string name) => board.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });
        await board.EvaluateAsync("() => { window.sameDocument = true; }");

        // Each tile says what it counts.
        var faces = board.Locator(".tiles .face");
        await Expect(faces).ToHaveCountAsync(7);
        for (var i = 0; i < 7; i++)
        {
            await faces.Nth(i).FocusAsync();
            await Expect(board.Locator(".tiles .definition").Nth(i)).ToBeVisibleAsync();
        }

        // Found and put in order.
        await board.GetByLabel("Find by agent, caller or number").FillAsync("303 555");
        await Expect(calls).ToHaveCountAsync(1);
        await Expect(calls).ToContainTextAsync("Lee Okafor");
        await board.GetByLabel("Find by agent, caller or number").FillAsync("");
        await Expect(calls.First).ToContainTextAsync("Dana Whitfield");
        await board.GetByLabel("Order").SelectOptionAsync("Newest");
        await Expect(calls.First).ToContainTextAsync("Lee Okafor");
        await board.GetByRole(AriaRole.Group, new() { Name = "Which calls" })
            .GetByRole(AriaRole.Button, new() { NameRegex = new("^Outbound") }).ClickAsync();
        await Expect(board.GetByText("No call matches.")).ToBeVisibleAsync();
        await Button("Show all").ClickAsync();
        await Expect(calls).ToHaveCountAsync(2);

        // The recording stands still at a click, and the row says so once the carrier has.
        await Expect(Row("Lee Okafor").GetByText("Being recorded")).ToBeAttachedAsync();
        await Row("Lee Okafor").Locator(".open").ClickAsync();
        await Button("Pause recording").ClickAsync();
        await Expect(Row("Lee Okafor").GetByText("Recording paused")).ToBeAttachedAsync();
        await alex.ShotAsync("board-call-detail");
        await Button("Resume recording").ClickAsync();
        await Expect(Row("Lee Okafor").GetByText("Being recorded")).ToBeAttachedAsync();

        // A call that hangs is ended for all; the row goes, and the agent wraps up and forgets to finish.
        await Button("Hang up for all").ClickAsync();
        await Button("Hang up").ClickAsync();
        await Expect(Row("Lee Okafor")).ToHaveCountAsync(0);
        await board.Locator(".agents li", new() { HasText = "Lee Okafor" }).Locator(".agent").ClickAsync();
        await Button("Close wrap-up").ClickAsync();
        var leesRow = board.Locator(".agents li", new() { HasText = "Lee Okafor" });
        await Expect(leesRow).ToContainTextAsync("Available");
        await board.GetByLabel("Put on status").SelectOptionAsync("Lunch");
        await Expect(leesRow).ToContainTextAsync("Lunch");
        await board.GetByLabel("Put on status").SelectOptionAsync("Available");
        await Expect(leesRow).ToContainTextAsync("Available");

        // A caller whom the only free agent has declined is offered to them again.
        await house.Network.PlaceCallAsync(Other, house.OurNumber);
        var waiting = board.Locator("table.waiting tbody tr:has(td.who)");
        await Expect(waiting).ToHaveCountAsync(1);
        var offer = await lee.UntilOfferedAsync();
        await lee.DeclineAsync(offer.CallId);
        lee.Offers.Clear();
        await waiting.Locator(".open").ClickAsync();
        await Button("Offer again").ClickAsync();
        await lee.UntilOfferedAsync(again => again.CallId == offer.CallId);
        await lee.JoinAsync((await lee.AcceptAsync(offer.CallId)).ConferenceName!);
        await Expect(Row("Lee Okafor")).ToContainTextAsync("Talking");
        await Expect(waiting).ToHaveCountAsync(0);
        await Expect(board.Locator(".tile", new() { HasText = "Handled" }).Locator(".value")).ToHaveTextAsync("1");
        Assert.True(await board.EvaluateAsync<bool>("() => window.sameDocument === true"), "nothing was loaded again");

        await using (var db = house.Database())
        {
            var written = await db.Audit.Where(a => a.AgentId != dana.AgentId && a.AgentId != lee.AgentId).Select(a => a.Action)
                .ToListAsync(Token);
            Assert.Subset(written.ToHashSet(), new HashSet<AuditAction>
            {
                AuditAction.RecordingPaused, AuditAction.RecordingResumed, AuditAction.CallEnded, AuditAction.WrapUpClosed,
                AuditAction.AgentStatusSet, AuditAction.OfferedAgain,
            });
        }

        // The reports count what has ended, and are taken away as a file.
        await alex.OpenAsync("/reports");
        await Expect(board.GetByRole(AriaRole.Row, new() { NameRegex = new("^Lee Okafor 1 ") })).ToBeVisibleAsync();
        await Expect(board.Locator(".chart svg").First).ToBeVisibleAsync();
        Assert.Contains(
            "Lee Okafor,1,1,0,1,0,", await alex.DownloadAsync(board.GetByRole(AriaRole.Link, new() { Name = "CSV By agent" })),
            StringComparison.Ordinal);

        // What was done is in the audit, found by its action, and its chain holds.
        await alex.OpenAsync("/audit");
        await Button("Check the chain").ClickAsync();
        await Expect(board.GetByText("Every row is as it was written.")).ToBeVisibleAsync();
        await board.GetByLabel("Action").ClickAsync();
        await board.GetByRole(AriaRole.Option, new() { Name = "Agent's status set" }).ClickAsync();
        var rows = board.GetByRole(AriaRole.Region, new() { Name = "Audit rows, newest first" }).Locator("tbody tr");
        await Expect(rows).ToHaveCountAsync(2);
        await Expect(rows.First).ToContainTextAsync($"agent {lee.AgentId} (Lee Okafor): Lunch to Available");
        var file = await alex.DownloadAsync(board.GetByRole(AriaRole.Link, new() { Name = "CSV", Exact = true }));
        Assert.Equal(3, file.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("Alex Admin,agent-status-set", file, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_loses_the_server_sees_at_once_that_the_picture_is_stale_and_then_a_fresh_one()
    {
        await using var house = await House.OpenWithProcessAsync();
        var caller = await house.Network.PlaceCallAsync(Maya, house.OurNumber);
        await house.UntilCallAsync(c => c.Status == CallStatus.Waiting, "Maya waits");
        await using var sam = await stage.SignInAsync(house, "sam@uppalcrm.test");
        await sam.OpenAsync("/board");
        await Expect(sam.Page.Locator("table.waiting")).ToContainTextAsync("Maya Chen");
        var (live, stale) = (sam.Page.GetByText("Live · last change"), sam.Page.GetByText("Stale: connection lost"));
        await Expect(live).ToBeVisibleAsync();
        await Expect(stale).ToBeHiddenAsync();
        await sam.Page.EvaluateAsync("""
            () => {
              window.shown = new Promise(done => new MutationObserver(() =>
                document.documentElement.dataset.circuit !== 'up' && done(Date.now()))
                .observe(document.documentElement, { attributes: true }));
            }
            """);

        var killed = TimeProvider.System.GetUtcNow();
        await house.KillProcessAsync();
        await Expect(stale).ToBeVisibleAsync();
        await Expect(live).ToBeHiddenAsync();
        var shown = DateTimeOffset.FromUnixTimeMilliseconds((long)await sam.Page.EvaluateAsync<double>("() => window.shown"));
        output.WriteLine($"The mark came {(shown - killed).TotalMilliseconds:f0} ms after the server was killed.");
        await sam.ShotAsync("board-stale");

        // Maya gives up while nobody is there to be told.
        await house.Network.HangUpAsync(caller);
        await house.StartProcessAsync();

        await Expect(sam.Page.GetByText("Nobody waits.")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await Expect(live).ToBeVisibleAsync();
        await Expect(stale).ToBeHiddenAsync();
    }

    private static async Task TalkAsync(House house, AgentClient agent, string number)
    {
        await house.Network.PlaceCallAsync(number, house.OurNumber);
        var offer = await agent.UntilOfferedAsync();
        await agent.JoinAsync((await agent.AcceptAsync(offer.CallId)).ConferenceName!);
        await house.UntilCallAsync(c => c.Id == offer.CallId && c.Status == CallStatus.Connected, $"{number} talks");
    }
}
