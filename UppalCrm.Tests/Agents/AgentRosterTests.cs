using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Agents;

public sealed class AgentRosterTests
{
    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_agent_whose_phone_has_no_microphone_is_not_available_until_it_has_one()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        Assert.Equal([dana], await centre.Roster.GetAvailableAsync(Cancel));

        await centre.Roster.SetPhoneStateAsync(dana, "NoMicrophone", Cancel);
        Assert.Empty(await centre.Roster.GetAvailableAsync(Cancel));
        Assert.Equal(Presence.PhoneOff, (await centre.Roster.FindAsync(dana, Cancel))!.Presence);

        await centre.Roster.SetPhoneStateAsync(dana, "Ready", Cancel);
        Assert.Equal([dana], await centre.Roster.GetAvailableAsync(Cancel));
        Assert.Equal(Presence.Available, (await centre.Roster.FindAsync(dana, Cancel))!.Presence);
    }
}
