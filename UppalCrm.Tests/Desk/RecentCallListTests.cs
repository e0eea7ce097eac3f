using Bunit;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Desk;

namespace UppalCrm.Tests.Desk;

public sealed class RecentCallListTests
{
    private static CancellationToken Now => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_that_was_handed_on_is_listed_at_once_and_shows_its_end_when_it_ends()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var lee = await screen.Centre.HireAsync("Lee");
        var call = await screen.Centre.InCallAsync(screen.Dana);
        var page = screen.Ui.Render<DeskPage>();
        page.WaitForElement(".empty");

        Assert.True((await screen.Centre.Transfers.StartAsync(call.Id, screen.Dana, lee, null, consult: false, Now)).IsDone);
        await screen.Centre.Transfers.AcceptAsync(call.Id, lee, Now);
        await screen.Centre.AgentJoinsAsync(call, lee);

        page.WaitForAssertion(() => Assert.Equal("In call", Outcome()));
        await screen.Centre.EndAsync(call);
        page.WaitForAssertion(() => Assert.Equal("0:00", Outcome()));

        string Outcome() => page.Find("section[aria-labelledby=recent-calls] li p.muted").TextContent.Trim();
    }
}
