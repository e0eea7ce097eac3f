using Bunit;
using UppalCrm.Tests.Desk;
using UppalCrm.Web.Desk;
using UppalCrm.Web.Layout;

namespace UppalCrm.Tests.Layout;

public sealed class WaitingStripTests
{
    [Fact]
    public async Task An_agent_in_a_call_sees_how_many_others_wait_and_a_free_one_does_not()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var strip = screen.Ui.Render<WaitingStrip>();
        var waiting = screen.Centre.Get<WaitingCallers>();
        var first = await screen.Centre.CallerArrivesAsync("+12025550155");
        Assert.Empty(strip.FindAll(".waiting")); // free: the offer says it
        Assert.Equal(0, waiting.Listeners);

        await screen.Centre.InCallAsync(screen.Dana, "+12025550111");
        strip.WaitForAssertion(() => Assert.Equal("1 caller waits", strip.Find("[role=status]").TextContent));
        Assert.Equal(CallLabels.Iso(first.CreatedAt), strip.Find("elapsed-time").GetAttribute("since"));

        await screen.Centre.CallerArrivesAsync("+12025550166");
        screen.Centre.Clock.Advance(TimeSpan.FromMilliseconds(300));
        strip.WaitForAssertion(() => Assert.Equal("2 callers wait", strip.Find("[role=status]").TextContent));

        await screen.Ui.DisposeComponentsAsync();
        Assert.Equal(0, waiting.Listeners);
    }
}
