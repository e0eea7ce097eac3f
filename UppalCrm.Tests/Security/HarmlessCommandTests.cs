using System.Net;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Live;

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

        // Every command of the hub that names a call, found by itself. What a screen says of an offer is one row for all screens.
        var commands = typeof(CallHub).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(method => method.GetParameters() is [{ Name: "callId" }, ..] && method.Name != nameof(CallHub.ReportOffer)).ToList();
        Assert.InRange(commands.Count, 20, 100);
        foreach (var id in (long[])[call.Id, 0, -1, long.MaxValue, long.MinValue, 4711])
        {
            foreach (var command in commands)
            {
                await lee.InvokeAsync(command.Name, [id, .. command.GetParameters().Skip(1).Select(ArgumentFor)]);
            }

            Assert.False((await lee.AcceptAsync(id)).Won);
            Assert.False((await lee.TakeOverAsync(id)).Won);
            Assert.NotNull(await lee.GiveToAsync(id, dana.AgentId));
            Assert.NotNull(await lee.HoldAsync(id, hold: true));
            House.Clock.Advance(TimeSpan.FromSeconds(4)); // twenty commands a second
        }

        Assert.Equal(before, await CountAsync());
        var after = await House.UntilCallAsync(c => c.Id == call.Id, "the call is there");
        Assert.Equal((call.Status, call.Version), (after.Status, after.Version));

        object? ArgumentFor(ParameterInfo parameter) => parameter switch
        {
            { Name: "toAgentId" } => dana.AgentId,
            { Name: "number" } => "+12025550122",
            { Name: "with" } => "both",
            { ParameterType: var type } when type == typeof(string) => "not mine",
            { ParameterType: var type } => Activator.CreateInstance(type),
        };
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
