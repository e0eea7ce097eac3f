using System.Net;
using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Simulator.Sim;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Security;

/// <summary>Who joins a conference, where the carrier believes whatever a softphone says of itself.</summary>
public sealed class JoinIntentTests
{
    private const string Dana = "dana@uppalcrm.test";
    private const string Lee = "lee@uppalcrm.test";
    private const string Sam = "sam@uppalcrm.test";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("supervisor", "listen")]
    [InlineData("supervisor", "barge")]
    [InlineData("agent", "")]
    public async Task A_softphone_that_names_itself_a_supervisor_is_not_let_in(string participant, string mode)
    {
        await using var floor = await Floor.OpenAsync();
        var sam = await floor.House.AgentIdAsync(Sam);

        var leg = await floor.Lee.JoinAsync(
            floor.Call.ConferenceName, ("participant", participant), ("mode", mode), ("From", $"client:agent_{sam}"));

        await floor.IsTurnedAwayAsync(leg);
    }

    [Fact]
    public async Task A_softphone_that_names_itself_the_owner_is_not_let_in_while_the_owner_is_on_the_way()
    {
        await using var floor = await Floor.OpenAsync(join: false);

        var forged = await floor.Lee.JoinAsync(floor.Call.ConferenceName, ("From", $"client:agent_{floor.Dana.AgentId}"));
        await floor.IsTurnedAwayAsync(forged);

        await floor.Dana.JoinAsync(floor.Call.ConferenceName, ("intent", floor.Claim.Intent!));
        await floor.House.UntilCallAsync(c => c.Status == CallStatus.Connected, "Dana is in, with what her session was told");
    }

    [Fact]
    public async Task What_a_session_was_told_lets_one_leg_in()
    {
        await using var floor = await Floor.OpenAsync(join: false);
        await floor.Dana.JoinAsync(floor.Call.ConferenceName, ("intent", floor.Claim.Intent!));
        await floor.House.UntilCallAsync(c => c.Status == CallStatus.Connected, "Dana is in");

        await floor.IsTurnedAwayAsync(await floor.Dana.JoinAsync(floor.Call.ConferenceName, ("intent", floor.Claim.Intent!)));
        await floor.IsTurnedAwayAsync(
            await floor.Lee.JoinAsync(floor.Call.ConferenceName, ("intent", floor.Claim.Intent!), ("From", $"client:agent_{floor.Dana.AgentId}")));
    }

    [Fact]
    public async Task A_softphone_of_a_session_that_has_ended_joins_nothing()
    {
        await using var floor = await Floor.OpenAsync(join: false);
        await floor.House.Services.GetRequiredService<SignInSessions>().EndAllAsync(floor.Dana.AgentId, "a test", except: null, Cancel);

        await floor.IsTurnedAwayAsync(await floor.Dana.JoinAsync(floor.Call.ConferenceName, ("intent", floor.Claim.Intent!)));
    }

    [Fact]
    public async Task A_supervisor_who_clicked_is_let_in_once_and_as_a_supervisor_only()
    {
        await using var floor = await Floor.OpenAsync();
        await using var sam = await AgentClient.SignInAsync(floor.House, Sam);
        await using var db = floor.House.Database();
        var session = db.SignInSessions.Where(s => s.AgentId == sam.AgentId).Select(s => s.KeyHash).Single();
        var intent = await floor.House.Services.GetRequiredService<JoinIntents>()
            .IssueAsync(floor.Call.Id, sam.AgentId, LegRole.Supervisor, session, needsSecret: true, Cancel);

        await floor.IsTurnedAwayAsync(await sam.JoinAsync(floor.Call.ConferenceName, ("participant", "supervisor"), ("mode", "listen")));
        await floor.IsTurnedAwayAsync(await sam.JoinAsync(floor.Call.ConferenceName, ("intent", intent)));
        await sam.JoinAsync(floor.Call.ConferenceName, ("participant", "supervisor"), ("mode", "listen"), ("intent", intent));

        await floor.House.UntilCallAsync(c => c.Legs.Exists(leg => leg is { Role: LegRole.Supervisor, IsIn: true }), "Sam listens");
    }

    /// <summary>A caller whom Dana has accepted, and Lee, who should not be there; the carrier lets parameters win.</summary>
    private sealed class Floor : IAsyncDisposable
    {
        public required House House { get; init; }

        public required AgentClient Dana { get; init; }

        public required AgentClient Lee { get; init; }

        public required Call Call { get; init; }

        public required UppalCrm.Web.Live.ClaimAnswer Claim { get; init; }

        public static async Task<Floor> OpenAsync(bool join = true)
        {
            var house = await House.OpenAsync();
            house.Network.Faults = FaultSettings.None with { ConnectParametersWin = true };
            var lee = await AgentClient.SignInAsync(house, JoinIntentTests.Lee);
            var cookies = new CookieContainer();
            var http = await AgentClient.SignedInAsync(house, JoinIntentTests.Dana, cookies);
            var id = await house.AgentIdAsync(JoinIntentTests.Dana);
            // As our own page connects: its softphone will show what the session is told.
            var dana = await AgentClient.ConnectAsync(house, id, http, cookies, "test.1&intents=1");
            await house.Services.GetRequiredService<AgentRoster>().SetStatusAsync(id, AgentStatus.Available, Cancel);
            await house.Network.PlaceCallAsync("+12025550111", house.OurNumber);
            var offer = await dana.UntilOfferedAsync();
            var claim = await dana.AcceptAsync(offer.CallId);
            if (join)
            {
                await dana.JoinAsync(claim.ConferenceName!, ("intent", claim.Intent!));
            }

            var call = await house.UntilCallAsync(
                c => c.Status == (join ? CallStatus.Connected : CallStatus.Claimed), "Dana has the call");
            return new Floor { House = house, Dana = dana, Lee = lee, Call = call, Claim = claim };
        }

        public async Task IsTurnedAwayAsync(string leg)
        {
            await Eventually.HoldsAsync(
                async () => (await House.Network.StateAsync()).Call(leg)?.EndedAt is not null, () => "the leg is turned away");
            Assert.Null((await House.Network.StateAsync()).Call(leg)!.Conference);
            Assert.DoesNotContain((await House.FindCallAsync(calls => calls))!.Legs, l => l.CallSid.Value == leg);
        }

        public async ValueTask DisposeAsync()
        {
            await Dana.DisposeAsync();
            await Lee.DisposeAsync();
            await House.DisposeAsync();
        }
    }
}
