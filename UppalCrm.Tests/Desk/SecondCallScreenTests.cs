using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Desk;

namespace UppalCrm.Tests.Desk;

/// <summary>Two calls of one agent as they see them.</summary>
public sealed class SecondCallScreenTests
{
    private const string Kim = "+12025550112";

    private static CancellationToken Now => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_one_put_aside_stands_in_the_panel_of_the_one_in_hand()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var (first, second) = await DialAsync(screen);
        var panel = screen.Ui.Render<CallPanel>(p => p.Add(c => c.Call, second).Add(c => c.AgentId, screen.Dana));

        Assert.Contains("put aside, hears music", panel.Find("section.parked").TextContent, StringComparison.Ordinal);
        Assert.Equal(
            [$"switchCalls {second.Id} True", $"joinCalls {second.Id} True", $"hangUp {first.Id} False"],
            ButtonsOf(panel)); // it rings still

        await screen.Centre.News.CustomerAnsweredAsync(second.CustomerLeg!.Value, second.ConferenceName, Kim, Now);
        await screen.Active.ReadAsync();
        panel.Render(p => p.Add(c => c.Call, screen.Active.Call!));
        Assert.Equal(
            [$"switchCalls {second.Id} False", $"joinCalls {second.Id} False", $"hangUp {first.Id} False"], ButtonsOf(panel));
    }

    [Fact]
    public async Task On_another_page_the_bar_names_both()
    {
        await using var screen = await DeskScreen.OpenAsync();
        await DialAsync(screen);
        screen.Ui.Services.GetRequiredService<NavigationManager>().NavigateTo("contacts");
        var bar = screen.Ui.Render<CallBar>();

        bar.WaitForAssertion(() => Assert.Contains("(202) 555-0111 put aside", bar.Markup, StringComparison.Ordinal));
        Assert.Contains("(202) 555-0112", bar.Find(".who").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_the_second_came_to_nothing_is_told_although_the_first_is_in_hand_again()
    {
        await using var screen = await DeskScreen.OpenAsync();
        var (first, second) = await DialAsync(screen);
        await screen.Centre.News.ReportAsync(
            new LegEvent(second.CustomerLeg!.Value, LegState.Busy, 3, screen.Centre.Clock.GetUtcNow(), null, null), Now);
        await screen.Centre.CarrierIsDoneAsync();
        await screen.Active.ReadAsync();

        Assert.Equal(first.Id, screen.Active.Call?.Id);
        Assert.Null(screen.Active.Parked);
        Assert.Equal(new CallProblem("The number is busy.", Kim), screen.Active.SecondProblem);
        screen.Active.Dismiss();
        Assert.Null(screen.Active.SecondProblem);

        // And it is not told again, of the first, when that is over.
        await screen.Centre.EndAsync(await screen.Centre.GetAsync(first.Id));
        await screen.Active.ReadAsync();
        Assert.Null(screen.Active.Call);
        Assert.Null(screen.Active.Problem);
    }

    private static IEnumerable<string> ButtonsOf(IRenderedComponent<CallPanel> panel) => panel.FindAll(".parked button").Select(b =>
        $"{b.GetAttribute("data-call-action")} {b.GetAttribute("data-call")} {b.HasAttribute("disabled")}");

    /// <summary>Dana talks with one customer and dials a second, whose phone rings.</summary>
    private static async Task<(Call First, Call Second)> DialAsync(DeskScreen screen)
    {
        var centre = screen.Centre;
        var first = await centre.InCallAsync(screen.Dana);
        await screen.Active.OpenAsync();
        var dialled = (await centre.Get<SecondCalls>().DialAsync(screen.Dana, Kim, Now)).Value!;
        await centre.AgentJoinsAsync(await centre.GetAsync(dialled.CallId), screen.Dana);
        await centre.CarrierIsDoneAsync();
        await screen.Active.ReadAsync();
        return (first, await centre.GetAsync(dialled.CallId));
    }
}
