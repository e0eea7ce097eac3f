using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Agents;

public sealed class StatusListTests
{
    private static CancellationToken Now => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_status_comes_before_Offline_and_can_be_chosen()
    {
        await using var centre = await CallCentre.OpenAsync();
        var admin = await centre.HireAsync("Alex");

        Assert.True((await centre.Get<StatusList>().AddAsync("Coaching", takesCalls: false, admin, Now)).IsDone);

        Assert.Equal(["Coaching", "Offline"], (await centre.Roster.GetStatusesAsync(Now)).Select(s => s.Name).TakeLast(2));
        Assert.True(await centre.Roster.SetStatusAsync(admin, "Coaching", Now));
    }

    [Theory]
    [InlineData("")]
    [InlineData("available")]
    [InlineData("On call")]
    [InlineData("Wrap-up")]
    public async Task A_status_that_would_mislead_is_refused(string name)
    {
        await using var centre = await CallCentre.OpenAsync();

        Assert.False((await centre.Get<StatusList>().AddAsync(name, takesCalls: true, await centre.HireAsync("Alex"), Now)).IsDone);
    }

    [Fact]
    public async Task Agents_on_a_removed_status_go_offline()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana", "Lunch");
        var lunch = (await centre.Roster.GetStatusesAsync(Now)).Single(s => s.Name == "Lunch");

        Assert.True((await centre.Get<StatusList>().RemoveAsync(lunch.Id, dana, Now)).IsDone);

        Assert.Equal(AgentStatus.Offline, (await centre.Roster.FindAsync(dana, Now))!.Status);
    }

    [Fact]
    public async Task Available_and_Offline_stay_as_they_are()
    {
        await using var centre = await CallCentre.OpenAsync();
        var admin = await centre.HireAsync("Alex");
        var available = (await centre.Roster.GetStatusesAsync(Now)).Single(s => s.Name == AgentStatus.Available);

        Assert.False((await centre.Get<StatusList>().RemoveAsync(available.Id, admin, Now)).IsDone);
        Assert.False((await centre.Get<StatusList>().SetTakesCallsAsync(available.Id, false, admin, Now)).IsDone);

        Assert.True((await centre.Roster.GetStatusesAsync(Now)).Single(s => s.Name == AgentStatus.Available).TakesCalls);
    }
}
