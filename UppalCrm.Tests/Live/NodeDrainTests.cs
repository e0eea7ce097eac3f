using System.Net;
using System.Net.Http;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Health;

namespace UppalCrm.Tests.Live;

/// <summary>A node that makes way. What an agent sees of it is in <c>NodesJourney</c>.</summary>
public sealed class NodeDrainTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_node_that_makes_way_takes_nothing_new_on_tells_its_browsers_and_still_answers_the_carrier()
    {
        await using var house = await House.OpenAsync();
        await using var dana = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");
        var drain = house.Services.GetRequiredService<NodeDrain>();

        drain.Begin();

        await Eventually.HoldsAsync(() => dana.IsToldToLeave, "the browser is told");
        foreach (var path in new[] { "/", "/login", "/js/interop.js", "/health/ready" })
        {
            Assert.Equal((path, HttpStatusCode.ServiceUnavailable), (path, await GetAsync(dana.Http, path)));
        }

        using var negotiation = await dana.Http.PostAsync("/_blazor/negotiate?negotiateVersion=1", null, Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, negotiation.StatusCode);
        await Assert.ThrowsAnyAsync<Exception>(() => AgentClient.ConnectAsync(house, dana.AgentId, dana.Http, dana.Cookies, "laptop.1"));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(dana.Http, "/health/live"));
        await house.Network.PlaceCallAsync("+12025550111", house.OurNumber);
        await dana.UntilOfferedAsync(); // over the connection that it has

        drain.End();
        Assert.Equal(HttpStatusCode.OK, await GetAsync(dana.Http, "/health/ready"));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(dana.Http, "/login"));
    }

    [Fact]
    public async Task A_node_waits_for_its_last_page_and_no_longer_than_it_may()
    {
        await using var house = await House.OpenAsync(("Stopping:NoticeFor", "00:00:05"), ("Stopping:CallsMayLast", "00:10:00"));
        var dana = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");
        var drain = house.Services.GetRequiredService<NodeDrain>();

        var first = drain.DrainAsync();
        house.Clock.Advance(TimeSpan.FromSeconds(10));
        await Eventually.HoldsAsync(() => dana.IsToldToLeave, "the browser is told");
        Assert.False(first.IsCompleted);
        await dana.DisposeAsync();
        await first.WaitAsync(TimeSpan.FromSeconds(20), Token);

        await using var lee = await AgentClientOnAsync(house, drain);
        var second = drain.DrainAsync();
        await Eventually.HoldsAsync(() => lee.IsToldToLeave, "the browser is told");
        Assert.False(second.IsCompleted);
        house.Clock.Advance(TimeSpan.FromMinutes(11));
        await second.WaitAsync(TimeSpan.FromSeconds(20), Token);
    }

    private static async Task<AgentClient> AgentClientOnAsync(House house, NodeDrain drain)
    {
        drain.End();
        return await AgentClient.SignInAsync(house, "lee@uppalcrm.test");
    }

    private static async Task<HttpStatusCode> GetAsync(HttpClient http, string path)
    {
        using var answer = await http.GetAsync(path, Token);
        return answer.StatusCode is HttpStatusCode.Redirect ? HttpStatusCode.OK : answer.StatusCode;
    }
}
