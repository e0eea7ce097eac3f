using Bunit;
using UppalCrm.Tests.Board;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Board;
using UppalCrm.Web.History;
using UppalCrm.Web.Missed;

namespace UppalCrm.Tests.Missed;

/// <summary>How many callers are owed a call stands on three pages: board, tab and list.</summary>
public sealed class MissedFigureTests
{
    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task Board_tab_and_list_of_missed_calls_show_one_figure()
    {
        await using var screen = await HistoryScreen.OpenAsync(Roles.Supervisor);
        var centre = screen.Centre;
        await centre.PromoteAsync(screen.Me, Roles.Supervisor);
        await GiveUpAsync(centre, "+12025550101");
        centre.Clock.Advance(TimeSpan.FromDays(1)); // who was missed yesterday is owed a call still
        await GiveUpAsync(centre, "+12025550102");
        await GiveUpAsync(centre, "+12025550102"); // two tries are one caller
        var taken = await GiveUpAsync(centre, "+12025550103");
        await centre.Get<MissedCalls>().TakeAsync(taken.Id, screen.Me, Cancel); // taken, not yet called back
        var done = await GiveUpAsync(centre, "+12025550104");
        await centre.Get<MissedCalls>().FinishAsync(done.Id, screen.Me, supervises: true, Cancel);
        await GiveUpAsync(centre, "+12025550105");
        centre.Clock.Advance(TimeSpan.FromMinutes(1));
        var dana = await centre.HireAsync("Dana");
        await centre.EndAsync(await centre.InCallAsync(dana, "+12025550105")); // served since
        await using var boardUi = BoardPageTests.PageFor(screen.Me, Roles.Supervisor, centre.Services);

        var board = boardUi.Render<BoardPage>();
        screen.Navigation.NavigateTo("/calls");
        var history = screen.Ui.Render<HistoryPage>();
        var list = screen.Ui.Render<MissedPage>();

        list.WaitForAssertion(() => Assert.Equal(3, list.FindAll("ul.callers > li").Count));
        Assert.Equal("3", list.Find(".tabs .chip").TextContent);
        history.WaitForAssertion(() => Assert.Equal("3", history.Find(".tabs .chip").TextContent));
        board.WaitForAssertion(() =>
            Assert.Equal(
                "3",
                board.FindAll(".tile").Single(t => t.TextContent.Contains("To call back", StringComparison.Ordinal))
                    .QuerySelector(".value")!.TextContent.Trim()));

        await centre.Get<MissedCalls>().FinishAsync(taken.Id, screen.Me, supervises: true, Cancel);
        await centre.Get<CallBoard>().UpdateAsync(Cancel);
        centre.Clock.Advance(TimeSpan.FromSeconds(1));

        list.WaitForAssertion(() => Assert.Equal(2, list.FindAll("ul.callers > li").Count));
        history.WaitForAssertion(() => Assert.Equal("2", history.Find(".tabs .chip").TextContent));
        board.WaitForAssertion(() =>
            Assert.Equal(
                "2",
                board.FindAll(".tile").Single(t => t.TextContent.Contains("To call back", StringComparison.Ordinal))
                    .QuerySelector(".value")!.TextContent.Trim()));
    }

    private static async Task<Call> GiveUpAsync(CallCentre centre, string number)
    {
        var call = await centre.CallerArrivesAsync(number);
        centre.Clock.Advance(TimeSpan.FromSeconds(25));
        await centre.EndAsync(call);
        return call;
    }
}
