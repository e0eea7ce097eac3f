using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Calls;

/// <summary>What a node that heard nothing finds in the database.</summary>
public sealed class ChangeFinderTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_change_is_found_once()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var before = await centre.CallerArrivesAsync();
        var finder = new ChangeFinder(centre.Get<IDbContextFactory<CrmDbContext>>(), centre.Clock);
        Assert.Equal([before.Id], Calls(await finder.LookAsync(Token)));
        Assert.Empty(await finder.LookAsync(Token));

        var call = await centre.CallerArrivesAsync();
        Assert.Equal(new CallChanged(call.Id, 1), Assert.Single(await finder.LookAsync(Token)));

        await centre.Desk.AcceptAsync(call.Id, dana, Token);
        var taken = await finder.LookAsync(Token);
        Assert.Equal([call.Id], Calls(taken));
        Assert.Contains(new AgentChanged(dana), taken);

        await centre.Roster.SetStatusAsync(dana, AgentStatus.Offline, Token);
        Assert.Equal(new AgentChanged(dana), Assert.Single(await finder.LookAsync(Token)));
        Assert.Empty(await finder.LookAsync(Token));
    }

    [Fact]
    public async Task What_ended_is_found_also_when_it_ended_just_before_the_first_look()
    {
        await using var centre = await CallCentre.OpenAsync();
        var first = await centre.CallerArrivesAsync();
        await centre.News.ReportAsync(new LegEvent(first.CustomerLeg!.Value, LegState.Completed, null, null, null, null), Token);
        var second = await centre.CallerArrivesAsync();
        var finder = new ChangeFinder(centre.Get<IDbContextFactory<CrmDbContext>>(), centre.Clock);
        Assert.Equal([first.Id, second.Id], Calls(await finder.LookAsync(Token)));

        await centre.News.ReportAsync(new LegEvent(second.CustomerLeg!.Value, LegState.Completed, null, null, null, null), Token);
        Assert.Equal([second.Id], Calls(await finder.LookAsync(Token)));
        Assert.Empty(await finder.LookAsync(Token));
    }

    private static IEnumerable<long> Calls(IReadOnlyList<object> found) => found.OfType<CallChanged>().Select(call => call.CallId).Order();
}
