using System.Net;
using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Security;

/// <summary>What an agent says over the hub of calls that are not theirs, or that do not exist.</summary>
public sealed class HarmlessCommandTests(SharedHouse shared) : IClassFixture<SharedHouse>
{
    private House House => shared.House;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Commands_on_calls_that_are_not_mine_or_do_not_exist_write_nothing()
    {
        await using var dana = await AgentClient.SignInAsync(House, "dana@uppalcrm.test");
        await using var lee = await AgentClient.SignInAsync(House, "lee@uppalcrm.test");
        await House.Network.PlaceCallAsync("+12025550111", House.OurNumber);
        var offer = await dana.UntilOfferedAsync();
        var claim = await dana.AcceptAsync(offer.CallId);
        await dana.JoinAsync(claim.ConferenceName!);
        var call = await House.UntilCallAsync(c => c.Status == CallStatus.Connected, "Dana talks");
        var before = await CountAsync();

        foreach (var id in (long[])[call.Id, 0, -1, long.MaxValue, long.MinValue, 4711])
        {
            await lee.HangUpAsync(id);
            await lee.ReleaseAsync(id, "not mine");
            await lee.DeclineAsync(id);
            Assert.NotNull(await lee.HoldAsync(id, hold: true));
            Assert.NotNull(await lee.TransferAsync(id, dana.AgentId));
            Assert.NotNull(await lee.DeclineTransferAsync(id));
            Assert.False((await lee.AcceptAsync(id)).Won);
            Assert.False((await lee.AcceptTransferAsync(id)).Won);
        }

        Assert.Equal(before, await CountAsync());
        await dana.HangUpAsync(call.Id);
    }

    [Fact]
    public async Task The_rate_of_commands_is_a_persons_and_not_a_connections()
    {
        var cookies = new CookieContainer();
        using var browser = await House.SignInAsync("sam@uppalcrm.test", cookies);
        var id = await House.AgentIdAsync("sam@uppalcrm.test");
        var hubs = new List<AgentClient>();
        for (var i = 0; i < 4; i++)
        {
            hubs.Add(await AgentClient.ConnectAsync(House, id, House.OpenBrowser(cookies), cookies, $"test.{i}"));
        }

        var refused = await Task.WhenAll(
            hubs.SelectMany(hub => Enumerable.Range(0, 50).Select(_ => Record.ExceptionAsync(() => hub.DeclineAsync(4711)).AsTask())));

        Assert.Contains(refused, ex => ex?.Message.Contains("Too many commands", StringComparison.Ordinal) == true);
        foreach (var hub in hubs)
        {
            await hub.DisposeAsync();
        }
    }

    private async Task<(int Events, int Declines, int Legs, int Intents)> CountAsync()
    {
        await using var db = House.Database();
        return (
            await db.Events.CountAsync(row => row.Source == EventSource.Agent, Cancel), await db.Declines.CountAsync(Cancel),
            await db.Legs.CountAsync(Cancel), await db.JoinIntents.CountAsync(Cancel));
    }
}
