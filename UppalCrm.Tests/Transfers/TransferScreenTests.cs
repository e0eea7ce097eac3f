using Bunit;
using UppalCrm.Tests.Desk;
using UppalCrm.Web.Layout;
using UppalCrm.Web.Softphone;
using UppalCrm.Web.Transfers;

namespace UppalCrm.Tests.Transfers;

/// <summary>A cold transfer as both agents see it: whom Dana can ask, how it goes, and the card of whom is asked.</summary>
public sealed class TransferScreenTests
{
    private static CancellationToken Now => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_is_free_comes_first_and_who_is_not_says_why_and_cannot_be_asked()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var busy = await screen.Centre.HireAsync("Ann");
        await screen.Centre.HireAsync("Ben", "Lunch");
        var lee = await screen.Centre.HireAsync("Lee");
        await screen.Centre.HireAsync("Zoe", AgentStatus.Offline);
        await screen.Centre.InCallAsync(busy, "+12025550112");
        var call = await screen.Centre.InCallAsync(screen.Dana);

        var picker = Pick(screen, call);

        Assert.Equal(["Lee free", "Ann in a call", "Ben Lunch"], picker.FindAll("[data-call-action=transfer]").Select(Words));
        Assert.Equal([false, true, true], picker.FindAll("[data-call-action=transfer]").Select(b => b.HasAttribute("disabled")));
        var ask = picker.Find("li button");
        Assert.Equal(
            ("transfer", $"{call.Id}", $"{lee}"),
            (ask.GetAttribute("data-call-action"), ask.GetAttribute("data-call"), ask.GetAttribute("data-agent")));
    }

    [Fact]
    public async Task A_colleague_who_becomes_free_can_be_asked_without_opening_the_list_again()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var lee = await screen.Centre.HireAsync("Lee", "Lunch");
        var call = await screen.Centre.InCallAsync(screen.Dana);
        var picker = Pick(screen, call);
        Assert.True(picker.Find("li button").HasAttribute("disabled"));
        var drawn = picker.FindComponent<IconButton>().Instance;

        await screen.Centre.Roster.SetStatusAsync(lee, AgentStatus.Available, Now);
        screen.Centre.Clock.Advance(TimeSpan.FromSeconds(1));

        picker.WaitForAssertion(() => Assert.False(picker.Find("li button").HasAttribute("disabled")));
        Assert.Same(drawn, picker.FindComponent<IconButton>().Instance); // who had the focus in this row has it still
    }

    [Fact]
    public async Task The_list_is_searched_by_name_and_everybody_is_at_its_end()
    {
        await using var screen = await DeskScreen.OpenAsync();
        await screen.Centre.HireAsync("Ann");
        await screen.Centre.HireAsync("Lee");
        var call = await screen.Centre.InCallAsync(screen.Dana);
        var picker = Pick(screen, call);
        Assert.Equal("Everybody 2 are free", Words(picker.FindAll("li button")[^1]));

        await picker.Find("input[type=search]").InputAsync(new() { Value = " le" });

        Assert.Equal(["Lee free"], picker.FindAll("[data-call-action=transfer]").Select(Words));
    }

    [Fact]
    public async Task Contacts_who_share_a_number_are_listed_each()
    {
        await using var screen = await DeskScreen.OpenAsync();
        await screen.Centre.HireAsync("Ann");
        await screen.Centre.AddContactAsync("Bank of Annapolis", "+12025550177");
        await screen.Centre.AddContactAsync("Bank of Annapolis, claims", "+12025550177");
        var picker = Pick(screen, await screen.Centre.InCallAsync(screen.Dana));

        await picker.Find("input[type=search]").InputAsync(new() { Value = "bank" });
        screen.Centre.Clock.Advance(TimeSpan.FromSeconds(1));

        picker.WaitForAssertion(() => Assert.Equal(2, picker.FindAll("[data-call-action=transferOutside]").Count));
    }

    [Fact]
    public async Task A_number_that_is_typed_and_contacts_that_are_found_by_name_can_be_called_and_who_must_not_be_called_cannot()
    {
        await using var screen = await DeskScreen.OpenAsync();
        await screen.Centre.HireAsync("Ann");
        await screen.Centre.AddContactAsync("Avery Quinn", "+12025550111"); // the customer
        await screen.Centre.AddContactAsync("Bank of Annapolis", "+12025550177", "+12025550178");
        await screen.Centre.Get<DoNotCallList>().AddAsync(PhoneNumber.Parse("+12025550178"), "asked not to be called", screen.Dana, Now);
        var call = await screen.Centre.InCallAsync(screen.Dana);
        var picker = Pick(screen, call);

        await picker.Find("input[type=search]").InputAsync(new() { Value = "202 555 0199" });
        Assert.Equal(["(202) 555-0199"], picker.FindAll("[data-call-action=transferOutside]").Select(Words));
        var first = picker.Find("[data-call-action=consultOutside]");
        Assert.Equal(("+12025550199", $"{call.Id}"), (first.GetAttribute("data-number"), first.GetAttribute("data-call")));
        Assert.Equal("Talk with (202) 555-0199 first", first.GetAttribute("aria-label"));

        await picker.Find("input[type=search]").InputAsync(new() { Value = "ann" });
        screen.Centre.Clock.Advance(TimeSpan.FromSeconds(1));
        picker.WaitForAssertion(() => Assert.Equal(
            ["Bank of Annapolis (202) 555-0177", "Bank of Annapolis (202) 555-0178 · do not call"],
            picker.FindAll("[data-call-action=transferOutside]").Select(Words)));
        Assert.Equal([false, true], picker.FindAll("[data-call-action=transferOutside]").Select(b => b.HasAttribute("disabled")));
        Assert.Equal(["Ann free"], picker.FindAll("[data-call-action=transfer]").Select(Words)); // colleagues come first

        await picker.Find("input[type=search]").InputAsync(new() { Value = "555-0188" });
        Assert.Contains("area code", picker.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Favourites_come_first_those_who_are_free_and_numbers_and_are_each_agents_own()
    {
        await using var screen = await DeskScreen.OpenAsync();
        await screen.Centre.HireAsync("Ann");
        await screen.Centre.HireAsync("Ben", "Lunch");
        var lee = await screen.Centre.HireAsync("Lee");
        var bank = await screen.Centre.AddContactAsync("Bank of Annapolis", "+12025550177");
        var call = await screen.Centre.InCallAsync(screen.Dana);
        var picker = Pick(screen, call);
        Assert.Equal(["Ann free", "Lee free", "Ben Lunch"], Rows());

        await picker.InvokeAsync(() => StarOf("Lee").ClickAsync(new()));
        await picker.InvokeAsync(() => StarOf("Ben").ClickAsync(new()));
        await picker.Find("input[type=search]").InputAsync(new() { Value = "202 555 0177" });
        picker.WaitForAssertion(() => StarOf("(202) 555-0177"));
        await picker.InvokeAsync(() => StarOf("(202) 555-0177").ClickAsync(new()));
        await picker.Find("input[type=search]").InputAsync(new() { Value = "" });
        screen.Centre.Clock.Advance(TimeSpan.FromSeconds(1));

        picker.WaitForAssertion(() => Assert.Equal(
            ["Lee free", "Bank of Annapolis (202) 555-0177", "Ann free", "Ben Lunch"], Rows()));
        Assert.Equal(("true", "false"), (StarOf("Lee").GetAttribute("aria-pressed"), StarOf("Ann").GetAttribute("aria-pressed")));
        Assert.Equal(Favourites.None, await screen.Centre.Get<FavouriteBook>().GetAsync(lee, Now));

        await picker.InvokeAsync(() => StarOf("Bank of Annapolis").ClickAsync(new()));
        await picker.InvokeAsync(() => StarOf("Lee").ClickAsync(new()));
        picker.WaitForAssertion(() => Assert.Equal(["Ann free", "Lee free", "Ben Lunch"], Rows()));

        IEnumerable<string> Rows() =>
            picker.FindAll("[data-call-action=transfer], [data-call-action=transferOutside]").Select(Words);
        AngleSharp.Dom.IElement StarOf(string whom) => picker.Find($"button[aria-label='Favourite: {whom}']");
    }

    [Fact]
    public async Task More_favourites_than_can_be_looked_through_are_refused_with_what_to_do()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var book = screen.Centre.Get<FavouriteBook>();
        foreach (var i in Enumerable.Range(10, FavouriteBook.Most))
        {
            Assert.True((await book.AddNumberAsync(screen.Dana, PhoneNumber.Parse($"+120255501{i}"), Now)).IsDone);
        }

        await screen.Centre.HireAsync("Ann");
        var call = await screen.Centre.InCallAsync(screen.Dana);
        var picker = Pick(screen, call);
        await picker.Find("button[aria-label='Favourite: Ann']").ClickAsync(new());

        Assert.Equal(
            "You have 30 favourites, which is the most. Take one off the list first.", Words(picker.WaitForElement("[role=alert]")));
        Assert.True((await book.AddNumberAsync(screen.Dana, PhoneNumber.Parse("+12025550110"), Now)).IsDone); // there already
    }

    [Fact]
    public async Task The_sender_sees_that_a_number_is_called_and_reads_why_it_was_not_reached_and_talks_with_it()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var call = await screen.Centre.InCallAsync(screen.Dana);
        var outside = screen.Centre.Get<OutsideTransfers>();
        screen.Centre.Carrier.OnDial = _ => new DialAttempt.Refused("The number is not in service.", 21211);
        await outside.StartAsync(call.Id, screen.Dana, "+12025550177", null, consult: false, Now);
        await screen.Centre.CarrierIsDoneAsync();
        var current = await screen.Centre.GetAsync(call.Id);
        var notice = screen.Ui.Render<TransferNotice>(p => p.Add(t => t.Call, current));
        Assert.Equal(
            "(202) 555-0177: The number is not in service. You are with the customer again.", Words(notice.Find(".mud-alert-message")));

        screen.Centre.Clock.Advance(TimeSpan.FromSeconds(1));
        screen.Centre.Carrier.OnDial = null;
        await outside.StartAsync(call.Id, screen.Dana, "+12025550177", null, consult: true, Now);
        await screen.Centre.CarrierIsDoneAsync();
        current = await screen.Centre.GetAsync(call.Id);
        notice.Render(p => p.Add(t => t.Call, current));
        Assert.StartsWith(
            "(202) 555-0177 is being called. The customer hears music.", Words(notice.Find(".mud-alert-message")),
            StringComparison.Ordinal);

        var transfer = current.FindOpenTransfer()!;
        await screen.Centre.News.OutsideAnsweredAsync(
            transfer.OutsideLeg!.Value, call.ConferenceName, transfer.Id, transfer.ToNumber!, Now);
        await screen.Centre.TellAsync(current, ConferenceEventKind.Joined, transfer.OutsideLeg);
        current = await screen.Centre.GetAsync(call.Id);
        var panel = screen.Ui.Render<ConsultPanel>(p => p.Add(c => c.Call, current).Add(c => c.AgentId, screen.Dana));
        Assert.Equal(["(202) 555-0111 in", "You have the call", "(202) 555-0177 in"], panel.FindAll("li").Select(Words));
        Assert.Equal(["Number", "Customer", "Both"], panel.FindAll("[data-call-action=talk]").Select(Words));
        Assert.Contains("The number hears you; the customer hears music.", panel.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_in_a_call_of_four_stands_in_rows_with_what_its_agent_may_do_with_each()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var (lee, kim) = (await screen.Centre.HireAsync("Lee"), await screen.Centre.HireAsync("Kim"));
        var call = await screen.Centre.InCallAsync(screen.Dana);
        foreach (var colleague in (int[])[lee, kim])
        {
            screen.Centre.Clock.Advance(TimeSpan.FromSeconds(1));
            await screen.Centre.Transfers.StartAsync(call.Id, screen.Dana, colleague, null, consult: true, Now);
            await screen.Centre.Transfers.AcceptAsync(call.Id, colleague, Now);
            await screen.Centre.AgentJoinsAsync(call, colleague);
            await screen.Centre.Transfers.TalkAsync(call.Id, screen.Dana, TransferState.Together, Now);
        }

        var current = await screen.Centre.GetAsync(call.Id);
        var mine = screen.Ui.Render<ConsultPanel>(p => p.Add(c => c.Call, current).Add(c => c.AgentId, screen.Dana));
        var lees = screen.Ui.Render<ConsultPanel>(p => p.Add(c => c.Call, current).Add(c => c.AgentId, lee));

        mine.WaitForAssertion(
            () => Assert.Equal(["(202) 555-0111 in", "You have the call", "Lee in", "Kim in"], mine.FindAll("li").Select(Words)));
        Assert.Equal(
            ["Hold: Lee", "Mute: Lee", "Give the call to Lee and leave", "Take Lee out of the call"],
            mine.FindAll("li button").Select(button => button.GetAttribute("aria-label")));
        Assert.Equal(["Colleague", "Customer", "All"], mine.FindAll("[data-call-action=talk]").Select(Words));
        Assert.Empty(lees.FindAll("button"));
        lees.WaitForAssertion(() => Assert.Contains("Dana has brought you into this call.", lees.Markup, StringComparison.Ordinal));

        await screen.Centre.Transfers.CancelAsync(call.Id, screen.Dana, Now);
        current = await screen.Centre.GetAsync(call.Id);
        mine.Render(p => p.Add(c => c.Call, current));
        Assert.Contains("Lee has the call then.", mine.Markup, StringComparison.Ordinal);
        Assert.Equal("Leave", Words(mine.Find("[data-call-action=leave]")));
    }

    [Fact]
    public async Task Alone_on_the_floor_the_list_says_so()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var call = await screen.Centre.InCallAsync(screen.Dana);

        var picker = Pick(screen, call);

        Assert.Equal("There is nobody else on the floor.", picker.Find("li").TextContent);
    }

    [Fact]
    public async Task The_sender_sees_who_is_asked_can_take_it_back_and_reads_that_it_was_declined()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var lee = await screen.Centre.HireAsync("Lee");
        var call = await screen.Centre.InCallAsync(screen.Dana);
        await screen.Centre.Transfers.StartAsync(call.Id, screen.Dana, lee, null, consult: false, Now);

        var notice = screen.Ui.Render<TransferNotice>(await NowAsync());

        notice.WaitForAssertion(() => Assert.StartsWith(
            "Lee is asked to take the call. The customer hears music.", Words(notice.Find(".mud-alert-message")),
            StringComparison.Ordinal));
        Assert.Equal("cancelTransfer", notice.Find("button").GetAttribute("data-call-action"));
        await screen.Centre.Transfers.AcceptAsync(call.Id, lee, Now);
        notice.Render(await NowAsync());
        Assert.StartsWith("Lee is joining.", Words(notice.Find(".mud-alert-message")), StringComparison.Ordinal);
        await screen.Centre.Transfers.DeclineAsync(call.Id, lee, Now);
        notice.Render(await NowAsync());
        Assert.Equal("Lee did not take the call. You are with the customer again.", Words(notice.Find(".mud-alert-message")));

        await notice.Find("button").ClickAsync(new());
        Assert.Empty(notice.FindAll(".mud-alert"));

        async Task<Action<ComponentParameterCollectionBuilder<TransferNotice>>> NowAsync()
        {
            var current = await screen.Centre.GetAsync(call.Id);
            return p => p.Add(t => t.Call, current);
        }
    }

    [Fact]
    public async Task A_colleague_who_is_asked_reads_who_asks_whom_it_is_about_and_why_and_the_card_goes_when_it_is_taken_back()
    {
        await using var screen = await DeskScreen.OpenAsync();
        await screen.Centre.AddContactAsync("Avery Quinn", "+12025550111");
        var lee = await screen.Centre.HireAsync("Lee");
        var call = await screen.Centre.InCallAsync(lee);
        await screen.Centre.WrapUp.SaveNotesAsync(call.Id, lee, "Wants a refund", Now);
        var card = screen.Ui.Render<TransferCard>();
        Assert.Empty(card.FindAll(".transfer"));

        await screen.Centre.Transfers.StartAsync(call.Id, lee, screen.Dana, "An angry one", consult: false, Now);

        card.WaitForElement(".transfer");
        Assert.Equal("Lee asks you to take a call", card.Find("[role=alert]").TextContent);
        foreach (var words in new[] { "Avery Quinn", "(202) 555-0111", "An angry one", "Wants a refund" })
        {
            Assert.Contains(words, card.Markup, StringComparison.Ordinal);
        }

        Assert.Equal(
            [$"acceptTransfer {call.Id}", $"declineTransfer {call.Id}"],
            card.FindAll("button").Select(b => $"{b.GetAttribute("data-call-action")} {b.GetAttribute("data-call")}"));
        Assert.Empty(screen.Ui.JSInterop.Invocations["Blazor._internal.domWrapper.focus"]);

        screen.PhoneIsAsked(CallAction.AcceptTransfer, call.Id);
        card.WaitForAssertion(() => Assert.Contains("Joining…", card.Find(".btn-ok").TextContent, StringComparison.Ordinal));
        screen.PhoneRefuses(CallAction.AcceptTransfer, call.Id, "No microphone was found.", ofPhone: true);
        card.WaitForAssertion(() => Assert.Contains("No microphone was found.", card.Markup, StringComparison.Ordinal));

        await screen.Centre.Transfers.CancelAsync(call.Id, lee, Now);
        card.WaitForAssertion(() => Assert.Empty(card.FindAll(".transfer")));
    }

    [Fact]
    public async Task Who_took_a_call_over_can_read_what_was_said_about_it_for_as_long_as_the_call_lasts()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var lee = await screen.Centre.HireAsync("Lee");
        var call = await screen.Centre.InCallAsync(lee);
        await screen.Centre.Transfers.StartAsync(call.Id, lee, screen.Dana, "Read her the invoice of May", consult: false, Now);
        Assert.Empty((await NoteForAsync(screen.Dana)).FindAll(".mud-alert")); // the card that asks shows it

        await screen.Centre.Transfers.AcceptAsync(call.Id, screen.Dana, Now);

        var note = await NoteForAsync(screen.Dana);
        note.WaitForAssertion(() => Assert.Equal("Lee: “Read her the invoice of May”", Words(note.Find(".mud-alert-message"))));
        Assert.Empty((await NoteForAsync(lee)).FindAll(".mud-alert"));

        await screen.Centre.Transfers.DeclineAsync(call.Id, screen.Dana, Now);
        Assert.Empty((await NoteForAsync(screen.Dana)).FindAll(".mud-alert"));

        async Task<IRenderedComponent<HandoverNote>> NoteForAsync(int agentId)
        {
            var current = await screen.Centre.GetAsync(call.Id);
            return screen.Ui.Render<HandoverNote>(p => p.Add(n => n.Call, current).Add(n => n.AgentId, agentId));
        }
    }

    [Fact]
    public async Task Who_took_a_call_that_was_given_to_everybody_reads_what_was_said_about_it_and_nobody_after_them()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var lee = await screen.Centre.HireAsync("Lee");
        var kim = await screen.Centre.HireAsync("Kim");
        var call = await screen.Centre.InCallAsync(lee);
        await screen.Centre.Transfers.StartToEverybodyAsync(call.Id, lee, "Speaks only Spanish", Now);
        Assert.Empty((await NoteForAsync(screen.Dana)).FindAll(".mud-alert"));

        Assert.True((await screen.Centre.Desk.AcceptAsync(call.Id, screen.Dana, Now)).IsDone);
        await screen.Centre.AgentJoinsAsync(call, screen.Dana);

        var note = await NoteForAsync(screen.Dana);
        note.WaitForAssertion(() => Assert.Equal("Lee: “Speaks only Spanish”", Words(note.Find(".mud-alert-message"))));
        screen.Centre.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True((await screen.Centre.Transfers.StartAsync(call.Id, screen.Dana, kim, null, consult: false, Now)).IsDone);
        await screen.Centre.Transfers.AcceptAsync(call.Id, kim, Now);
        await screen.Centre.AgentJoinsAsync(call, kim);
        Assert.Equal(kim, (await screen.Centre.GetAsync(call.Id)).AgentId);
        Assert.Empty((await NoteForAsync(kim)).FindAll(".mud-alert"));

        async Task<IRenderedComponent<HandoverNote>> NoteForAsync(int agentId)
        {
            var current = await screen.Centre.GetAsync(call.Id);
            return screen.Ui.Render<HandoverNote>(p => p.Add(n => n.Call, current).Add(n => n.AgentId, agentId));
        }
    }

    /// <summary>Dana's picker, once the floor is read.</summary>
    private static IRenderedComponent<TransferPicker> Pick(DeskScreen screen, Call call)
    {
        var picker = screen.Ui.Render<TransferPicker>(p => p.Add(t => t.Call, call).Add(t => t.AgentId, screen.Dana));
        picker.WaitForElement("#transfer-to li");
        return picker;
    }

    private static string Words(AngleSharp.Dom.IElement element) =>
        string.Join(' ', element.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
