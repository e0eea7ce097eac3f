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

    [Fact]
    public async Task An_agent_who_is_not_heard_of_is_unreachable_from_then_on_and_half_an_hour_later_offline()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var lost = centre.Clock.GetUtcNow() + new CallOptions().UnreachableAfter;

        centre.Clock.Advance(new CallOptions().UnreachableAfter + TimeSpan.FromSeconds(1));
        var seen = (await centre.Roster.FindAsync(dana, Cancel))!;
        Assert.Equal((Presence.Unreachable, lost), (seen.Presence, seen.Since));
        Assert.Empty(await centre.Roster.GetAvailableAsync(Cancel));

        centre.Clock.Advance(AgentRoster.OfflineAfter);
        seen = (await centre.Roster.FindAsync(dana, Cancel))!;
        Assert.Equal((Presence.Offline, lost + AgentRoster.OfflineAfter), (seen.Presence, seen.Since));
    }
}
