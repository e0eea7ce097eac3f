using System.Net;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Board;

/// <summary>The doors of the supervisors' rooms, over HTTP and the hub. The circuit's methods are in CallSupervisionTests.</summary>
public sealed class BoardDoorTests(SharedHouse shared) : IClassFixture<SharedHouse>
{
    private House House => shared.House;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("dana@uppalcrm.test", "/board", HttpStatusCode.Forbidden)]
    [InlineData("dana@uppalcrm.test", "/board?wall", HttpStatusCode.Forbidden)]
    [InlineData("dana@uppalcrm.test", "/reports", HttpStatusCode.Forbidden)]
    [InlineData("dana@uppalcrm.test", "/audit", HttpStatusCode.Forbidden)]
    [InlineData("sam@uppalcrm.test", "/audit", HttpStatusCode.Forbidden)]
    [InlineData("sam@uppalcrm.test", "/board", HttpStatusCode.OK)]
    [InlineData("sam@uppalcrm.test", "/reports", HttpStatusCode.OK)]
    [InlineData("admin@uppalcrm.test", "/board", HttpStatusCode.OK)]
    [InlineData("admin@uppalcrm.test", "/audit", HttpStatusCode.OK)]
    public async Task A_page_opens_to_its_role_and_tells_others_nothing_of_the_floor(string who, string address, HttpStatusCode status)
    {
        using var browser = await House.SignInAsync(who);
        browser.DefaultRequestHeaders.Accept.ParseAdd("text/html");

        using var answer = await browser.GetAsync(address, Token);

        Assert.Equal(status, answer.StatusCode);
        if (status == HttpStatusCode.Forbidden)
        {
            var page = await answer.Content.ReadAsStringAsync(Token);
            Assert.Contains("This page is not open to you", page);
            Assert.DoesNotContain("In progress", page);
        }
    }

    [Theory]
    [InlineData("dana@uppalcrm.test", "/reports/export.csv?from=2026-06-01&to=2026-06-30&by=agent")]
    [InlineData("dana@uppalcrm.test", "/audit/export.csv")]
    [InlineData("sam@uppalcrm.test", "/audit/export.csv")]
    public async Task A_download_stays_closed_with_its_page(string who, string address)
    {
        using var browser = await House.SignInAsync(who);

        using var answer = await browser.GetAsync(address, Token);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.DoesNotContain("text/csv", answer.Content.Headers.ContentType?.ToString() ?? "");
    }

    [Fact]
    public async Task Over_the_hub_an_agent_touches_nobody_elses_call_and_joins_nobody_elses_room()
    {
        await using var dana = await AgentClient.SignInAsync(House, "dana@uppalcrm.test");
        await using var lee = await AgentClient.SignInAsync(House, "lee@uppalcrm.test");
        await House.Network.PlaceCallAsync("+12025550111", House.OurNumber);
        var offer = await dana.UntilOfferedAsync();
        var claim = await dana.AcceptAsync(offer.CallId);
        await dana.JoinAsync(claim.ConferenceName!);
        var call = await House.UntilCallAsync(c => c.Status == CallStatus.Connected, "Dana talks");

        await lee.HangUpAsync(call.Id);
        Assert.Equal("Only a call in progress can be held.", await lee.HoldAsync(call.Id, hold: true));
        await lee.ReleaseAsync(call.Id, "not mine");
        await lee.JoinAsync(call.ConferenceName, ("participant", "supervisor"), ("mode", "barge"));
        await Eventually.HoldsAsync(async () =>
        {
            await using var db = House.Database();
            return db.Audit.Any(a => a.Action == AuditAction.JoinRefused && a.AgentId == lee.AgentId);
        }, () => "the refusal is written down");

        var after = (await House.FindCallAsync(calls => calls))!;
        Assert.Equal((CallStatus.Connected, dana.AgentId), (after.Status, after.AgentId));
        Assert.DoesNotContain(after.Legs, leg => leg.AgentId == lee.AgentId);
        await dana.HangUpAsync(call.Id);
    }
}
