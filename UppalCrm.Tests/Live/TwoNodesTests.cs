using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Live;

namespace UppalCrm.Tests.Live;

/// <summary>Two nodes behind one address: the carrier talks to the first, an agent works on the second.</summary>
public sealed class TwoNodesTests(ITestOutputHelper output)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_one_node_is_told_the_agents_of_the_other_see_also_while_Redis_is_down()
    {
        await using var redis = new RedisServer(Ports.Free());
        await redis.StartAsync();
        await using var house = await House.OpenAsync(("Redis:ConnectionString", redis.ConnectionString));
        var (second, node) = house.OpenNode();
        await using var running = node;
        await using var dana = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");
        await using var lee = await AgentClient.SignInAsync(house, "lee@uppalcrm.test", at: second);
        await UntilAsync(house.Address, "Healthy");
        await UntilAsync(second, "Healthy");

        // Told by Redis: offered on both, taken on the second, withdrawn on the first.
        var started = TimeProvider.System.GetTimestamp();
        await house.Network.PlaceCallAsync("+12025550111", house.OurNumber);
        var offer = await lee.UntilOfferedAsync();
        output.WriteLine($"An agent on the other node was offered the call "
            + $"{TimeProvider.System.GetElapsedTime(started).TotalMilliseconds:f0} ms after the caller dialled.");
        await dana.UntilOfferedAsync();
        var claim = await lee.AcceptAsync(offer.CallId);
        Assert.True(claim.Won);
        await Eventually.HoldsAsync(
            () => dana.Withdrawn.TryGetValue(offer.CallId, out var why) && why.Reason == OfferEnd.Answered, "Dana's pop-up goes");
        await lee.JoinAsync(claim.ConferenceName!);
        await house.UntilCallAsync(c => c.Status == CallStatus.Connected, "Lee talks");

        // Found in the database.
        await redis.StopAsync();
        await UntilAsync(second, "Degraded");
        await lee.HangUpAsync(offer.CallId);
        await house.UntilCallAsync(c => c.Status == CallStatus.Ended, "Lee is free");
        await FinishWrapUpAsync(house, lee.AgentId);
        started = TimeProvider.System.GetTimestamp();
        await house.Network.PlaceCallAsync("+12025550122", house.OurNumber);
        var found = await lee.UntilOfferedAsync(o => o.CallId != offer.CallId);
        output.WriteLine($"Without Redis it was offered {TimeProvider.System.GetElapsedTime(started).TotalMilliseconds:f0} ms after.");
        Assert.True((await dana.AcceptAsync(found.CallId)).Won);
        await Eventually.HoldsAsync(
            () => lee.Withdrawn.TryGetValue(found.CallId, out var why) && why.Reason == OfferEnd.Answered, "Lee's pop-up goes");

        // Healed.
        await redis.StartAsync();
        await UntilAsync(house.Address, "Healthy");
        await UntilAsync(second, "Healthy");
    }

    [Fact]
    public async Task Nodes_that_start_before_Redis_serve_their_agents_and_hear_each_other_when_it_comes()
    {
        await using var redis = new RedisServer(Ports.Free());
        await using var house = await House.OpenAsync(("Redis:ConnectionString", redis.ConnectionString));
        var (second, node) = house.OpenNode();
        await using var running = node;
        await UntilAsync(house.Address, "Degraded");
        await UntilAsync(second, "Degraded");
        await using var lee = await AgentClient.SignInAsync(house, "lee@uppalcrm.test", at: second);
        var caller = await house.Network.PlaceCallAsync("+12025550111", house.OurNumber);
        var first = await lee.UntilOfferedAsync();

        await redis.StartAsync();
        await UntilAsync(house.Address, "Healthy");
        await UntilAsync(second, "Healthy");

        await house.Network.HangUpAsync(caller);
        await Eventually.HoldsAsync(() => lee.Withdrawn.ContainsKey(first.CallId), "Lee's pop-up goes");
    }

    [Fact]
    public async Task A_browser_on_another_node_is_the_phone_and_the_older_one_is_told_also_while_Redis_is_down()
    {
        await using var redis = new RedisServer(Ports.Free());
        await redis.StartAsync();
        await using var house = await House.OpenAsync(("Redis:ConnectionString", redis.ConnectionString));
        var (second, node) = house.OpenNode();
        await using var running = node;
        await using var desk = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");
        await UntilAsync(house.Address, "Healthy");
        await UntilAsync(second, "Healthy");

        await using var laptop = await AgentClient.ConnectAsync(house, desk.AgentId, desk.Http, desk.Cookies, "laptop.1", at: second);
        await Eventually.HoldsAsync(() => desk.PhoneElsewhere == "laptop", "the older browser is told over Redis");

        await redis.StopAsync();
        await UntilAsync(second, "Degraded");
        await using var tablet = await AgentClient.ConnectAsync(house, desk.AgentId, desk.Http, desk.Cookies, "tablet.1");
        await Eventually.HoldsAsync(() => laptop.PhoneElsewhere == "tablet", "the older browser is told by the database");
        Assert.Null(tablet.PhoneElsewhere);
    }

    [Theory]
    [InlineData("b call 7 3", 7L, 3L)]
    [InlineData("b call 7", null, null)]
    [InlineData("b call seven 3", null, null)]
    [InlineData("b call -7 3", null, null)]
    [InlineData("b call 99999999999999999999 3", null, null)]
    [InlineData("a call 7 3", null, null)]
    [InlineData("", null, null)]
    [InlineData(null, null, null)]
    public void Only_well_formed_news_of_another_node_is_heard(string? message, long? call, long? version) =>
        Assert.Equal(call is null ? null : new CallChanged(call.Value, version!.Value), RedisBackplane.Parse(message, "a"));

    [Fact]
    public void News_of_an_agent_is_heard() => Assert.Equal(new AgentChanged(4), RedisBackplane.Parse("b agent 4", "a"));

    private static async Task FinishWrapUpAsync(House house, int agentId) =>
        await house.Services.GetRequiredService<Core.Agents.AgentRoster>().FinishWrapUpAsync(agentId, Token);

    /// <summary>Until the node says so of itself. It goes on serving people either way.</summary>
    private static async Task UntilAsync(string address, string status)
    {
        using var http = new HttpClient { BaseAddress = new Uri(address) };
        var said = "";
        await Eventually.HoldsAsync(async () =>
        {
            using var answer = await http.GetAsync("/health/ready", Token);
            said = await answer.Content.ReadAsStringAsync(Token);
            return answer.IsSuccessStatusCode && JsonDocument.Parse(said).RootElement.GetProperty("status").GetString() == status;
        }, () => $"{address} is {status}; it says {said}", TimeSpan.FromSeconds(30));
    }
}
