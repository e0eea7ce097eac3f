using Bunit;
using Microsoft.AspNetCore.Components.Web;
using UppalCrm.Tests.Desk;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Desk;
using UppalCrm.Web.Softphone;
using UppalCrm.Web.Transfers;

namespace UppalCrm.Tests.Forms;

/// <summary>Bad input of what an agent writes and chooses in a call.</summary>
public sealed class CallFormTests
{
    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    [BadInputOf("CallNotes")]
    public async Task Notes_that_are_too_long_or_of_a_call_that_is_anothers_by_now_say_so_and_stay()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var lee = await screen.Centre.HireAsync("Lee");
        var call = await screen.Centre.InCallAsync(screen.Dana);
        var notes = screen.Ui.Render<CallNotes>(p => p.Add(n => n.Call, call).Add(n => n.AgentId, screen.Dana));
        foreach (var text in Hostile.Drawable.Where(text => text.Length < 10_000))
        {
            await TypeAsync(text);
            notes.WaitForAssertion(() => Assert.Empty(notes.FindAll(".failed, .field-error")));
            Assert.True(Hostile.IsClean((await screen.Centre.GetAsync(call.Id)).Notes), text);
        }

        await TypeAsync("kept");
        await Eventually.HoldsAsync(
            async () => (await screen.Centre.GetAsync(call.Id)).Notes == "kept", () => "the notes are saved");
        var tooLong = new string('n', 10_001);
        await TypeAsync(tooLong);
        notes.WaitForAssertion(() =>
            Assert.Contains("10,000 characters", notes.Find(".field-error").TextContent, StringComparison.Ordinal));
        Assert.Equal(tooLong, notes.Find("textarea").GetAttribute("value"));
        Assert.Equal("kept", (await screen.Centre.GetAsync(call.Id)).Notes);

        var theirs = screen.Ui.Render<CallNotes>(p => p.Add(n => n.Call, call).Add(n => n.AgentId, lee));
        await theirs.Find("textarea").InputAsync("not mine to write");
        screen.Centre.Clock.Advance(CallNotes.Longest);
        theirs.WaitForAssertion(() =>
            Assert.Equal("This call is not yours.", theirs.Find(".field-error").TextContent));
        Assert.Equal("not mine to write", theirs.Find("textarea").GetAttribute("value"));
        Assert.Equal("kept", (await screen.Centre.GetAsync(call.Id)).Notes);

        async Task TypeAsync(string text)
        {
            await notes.InvokeAsync(() => notes.Find("textarea").InputAsync(text)); // no drawing in between
            screen.Centre.Clock.Advance(CallNotes.Longest);
        }
    }

    [Fact]
    [BadInputOf("DispositionChoice")]
    public async Task A_disposition_that_was_taken_off_the_list_meanwhile_is_refused_beside_the_choice()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var list = screen.Centre.Get<DispositionList>();
        await list.AddAsync("Wants a call back", screen.Dana, Cancel);
        var call = await screen.Centre.InCallAsync(screen.Dana);
        var choice = screen.Ui.Render<DispositionChoice>(p => p.Add(d => d.Call, call).Add(d => d.AgentId, screen.Dana));
        await list.RemoveAsync((await list.GetAsync(Cancel)).Single(d => d.Name == "Wants a call back").Id, screen.Dana, Cancel);

        await screen.ChooseAsync(choice, "Wants a call back");

        Assert.Contains("not on the list any more. Choose another.", choice.Markup, StringComparison.Ordinal);
        Assert.Null((await screen.Centre.GetAsync(call.Id)).Disposition);
    }

    [Fact]
    [BadInputOf("CallerCard")]
    public async Task A_name_of_a_caller_that_is_none_is_refused_beside_it_and_two_presses_make_one_contact()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var call = await screen.Centre.InCallAsync(screen.Dana);
        var card = screen.Ui.Render<CallerCard>(p => p.Add(c => c.Call, call).Add(c => c.AgentId, screen.Dana));
        foreach (var text in (string[])["", "  ", "\u200B\u3164", new string('x', 121), "\uD800", "\u202E\u0007"])
        {
            await card.Find("#new-contact").InputAsync(text);
            await card.Find("form").SubmitAsync();
            Assert.Contains("needs a name", card.Find("[role=alert]").TextContent, StringComparison.Ordinal);
            Assert.Equal(text, card.Find("#new-contact").GetAttribute("value") ?? "");
        }

        Assert.Empty(await screen.Centre.Get<ContactBook>().GetAsync(null, null, 5, Cancel));
        await card.Find("#new-contact").InputAsync("Ann\0 <b>Byron</b>\u202E");
        await card.Find("form").SubmitAsync();
        await screen.Centre.WrapUp.CreateContactAsync(call.Id, screen.Dana, "Ann <b>Byron</b>", Cancel);

        Assert.Equal("Ann <b>Byron</b>", Assert.Single(await screen.Centre.Get<ContactBook>().GetAsync(null, null, 5, Cancel)).Name);
    }

    [Fact]
    [BadInputOf("Dialpad")]
    public async Task Whatever_is_typed_to_dial_is_refused_in_words_by_the_server_and_stays()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var pad = screen.Ui.Render<Dialpad>();
        foreach (var text in Hostile.Drawable.Concat(["12", "+", "112", "+1 900 555 0100", "tel:+12", CallCentre.OurLine]))
        {
            await pad.Find("input").InputAsync(text);
            await pad.Find("form").SubmitAsync();
            Assert.Equal(Hostile.Drawn(text), pad.Find("input").GetAttribute("value") ?? "");
            var answer = await screen.Centre.Outbound.PrepareAsync(screen.Dana, text, Cancel);
            Assert.False(answer.IsDone, text);
            Assert.NotEmpty(answer.Reason!);
            screen.PhoneRefuses(CallAction.Dial, null, answer.Reason!, text);
            pad.WaitForAssertion(() => Assert.NotEmpty(pad.Find("#dial-refusal").TextContent.Trim()));
        }
    }

    [Fact]
    [BadInputOf("TransferPicker")]
    public async Task Nobody_is_found_by_hostile_text_and_a_transfer_to_whom_nobody_offers_is_refused()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var lee = await screen.Centre.HireAsync("Lee", AgentStatus.Offline);
        await screen.Centre.HireAsync("Mia");
        var call = await screen.Centre.InCallAsync(screen.Dana);
        var picker = screen.Ui.Render<TransferPicker>(p => p.Add(t => t.Call, call).Add(t => t.AgentId, screen.Dana));
        picker.WaitForElement("#transfer-to li");
        foreach (var text in Hostile.Drawable.Where(text => text.Trim().Length > 3))
        {
            await picker.Find("input").InputAsync(text);
            Assert.Empty(picker.FindAll("button[data-agent], button[data-number]"));
            Assert.NotEmpty(picker.Find("#transfer-to .muted").TextContent.Trim());
        }

        foreach (var to in (int[])[screen.Dana, lee, 0, -1, int.MaxValue])
        {
            Assert.NotNull((await screen.Centre.Transfers.StartAsync(call.Id, screen.Dana, to, null, consult: false, Cancel)).Reason);
        }

        // A note is kept as text, and no more of it than the field takes.
        var mia = (await screen.Centre.Roster.GetFloorAsync(Cancel)).Single(agent => agent.Name == "Mia").Id;
        Assert.Null((await screen.Centre.Transfers.StartAsync(
            call.Id, screen.Dana, mia, string.Concat(Hostile.Texts) + new string('x', 600), consult: false, Cancel)).Reason);
        Assert.InRange((await screen.Centre.Transfers.FindOfferedAsync(mia, Cancel))!.Note!.Length, 1, 500);
    }

    [Fact]
    [BadInputOf("ShortcutSheet")]
    [BadInputOf("PhoneDeviceChoice")]
    public void Keys_of_any_keyboard_have_a_name()
    {
        foreach (var text in Hostile.Texts)
        {
            Assert.NotNull(ShortcutSheet.KeysOf(new KeyboardEventArgs { Key = text, Code = text, CtrlKey = true }));
            Assert.NotNull(ShortcutSheet.KeysOf(new KeyboardEventArgs { Key = text, Code = "Key" + text }));
        }
    }
}
