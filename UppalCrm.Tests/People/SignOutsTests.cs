using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.People;

/// <summary>Sign-ins end with the calls in them, and a call in the browser that goes on stays.</summary>
public sealed class SignOutsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Signed_out_everywhere_else_the_call_in_this_browser_stays()
    {
        await using var floor = await Floor.OpenAsync(inHandOf: "here");

        await floor.SignOuts.EverywhereAsync(floor.Dana, floor.Dana, "ended by the person", except: floor.Here, Token);

        await floor.Centre.CarrierIsDoneAsync();
        Assert.Equal((CallStatus.Connected, floor.Dana), await floor.StateAsync());
        Assert.DoesNotContain($"remove {floor.Leg}", floor.Centre.Carrier.Asked);
        Assert.Equal([floor.Here.Id], await floor.OpenAsync());
    }

    [Theory]
    [InlineData("everywhere else")]
    [InlineData("there")]
    public async Task A_call_in_a_browser_that_is_signed_out_is_offered_to_the_others(string signedOut)
    {
        await using var floor = await Floor.OpenAsync(inHandOf: "there");

        await (signedOut == "there"
            ? floor.SignOuts.OtherAsync(floor.Here, floor.There.Id, "ended by the person", Token)
            : floor.SignOuts.EverywhereAsync(floor.Dana, floor.Dana, "ended by the person", except: floor.Here, Token));

        await floor.Centre.CarrierIsDoneAsync();
        Assert.Equal((CallStatus.Waiting, null), await floor.StateAsync());
        // The conference must not end with the leg: that is asked before anything else.
        Assert.Equal($"end-on-exit {floor.Leg} False", floor.Centre.Carrier.Asked.First());
        Assert.Contains($"remove {floor.Leg}", floor.Centre.Carrier.Asked);
        Assert.Equal([floor.Here.Id], await floor.OpenAsync());
        await using var db = floor.Centre.OpenDatabase();
        Assert.Contains(db.Audit, row => row.Action == AuditAction.CallTakenAway && row.AgentId == floor.Dana);
    }

    [Fact]
    public async Task Another_browser_that_is_signed_out_takes_no_call_of_this_one_with_it()
    {
        await using var floor = await Floor.OpenAsync(inHandOf: "here");

        await floor.SignOuts.OtherAsync(floor.Here, floor.There.Id, "ended by the person", Token);

        Assert.Equal((CallStatus.Connected, floor.Dana), await floor.StateAsync());
    }

    [Fact]
    public async Task A_call_that_this_browser_has_taken_and_not_joined_yet_stays_and_one_of_another_is_offered_again()
    {
        await using var floor = await Floor.OpenAsync(inHandOf: null);
        var call = await floor.Centre.CallerArrivesAsync("+12025550112");
        await floor.Centre.Desk.AcceptAsync(call.Id, floor.Dana, Token);
        await floor.Centre.Get<JoinIntents>().IssueAsync(call.Id, floor.Dana, LegRole.Agent, floor.Here.KeyHash, true, Token);

        await floor.SignOuts.OtherAsync(floor.Here, floor.There.Id, "ended by the person", Token);
        Assert.Equal(CallStatus.Claimed, (await floor.Centre.GetAsync(call.Id)).Status);

        await floor.SignOuts.EverywhereAsync(floor.Dana, floor.Dana, "ended by the person", except: floor.There, Token);
        Assert.Equal(CallStatus.Waiting, (await floor.Centre.GetAsync(call.Id)).Status);
    }

    [Fact]
    public async Task Who_supervises_in_a_browser_that_is_signed_out_is_out_of_the_call_and_not_who_does_so_here()
    {
        await using var floor = await Floor.OpenAsync(inHandOf: null);
        var sam = await floor.Centre.HireSupervisorAsync();
        var (here, there) = (await floor.Centre.SignInAsync(sam), await floor.Centre.SignInAsync(sam));
        var call = await floor.Centre.InCallAsync(floor.Dana);
        var (heard, overheard) = (floor.Centre.NewLeg(), floor.Centre.NewLeg());
        foreach (var (session, leg) in new[] { (here, heard), (there, overheard) })
        {
            await floor.Centre.TellToJoinAsync(call, sam, LegRole.Supervisor, session, leg);
            await floor.Centre.News.SupervisorConnectingAsync(leg, sam, call.ConferenceName, SupervisorMode.Listen, Token);
            await floor.Centre.TellAsync(call, ConferenceEventKind.Joined, leg);
        }

        await floor.SignOuts.EverywhereAsync(sam, sam, "ended by the person", except: here, Token);

        await floor.Centre.CarrierIsDoneAsync();
        Assert.Contains($"remove {overheard}", floor.Centre.Carrier.Asked);
        Assert.DoesNotContain($"remove {heard}", floor.Centre.Carrier.Asked);
    }

    [Fact]
    public async Task An_account_that_is_changed_lets_its_person_talk_on_with_their_customer()
    {
        await using var floor = await Floor.OpenAsync(inHandOf: "here");

        await floor.SignOuts.AfterChangeAsync(floor.Dana, "the account was changed", Token);

        Assert.Equal((CallStatus.Connected, floor.Dana), await floor.StateAsync());
        Assert.Empty(await floor.OpenAsync());
    }

    /// <summary>Dana is signed in in two browsers and talks with a customer in one of them, or in none.</summary>
    private sealed record Floor(CallCentre Centre, int Dana, SignInSession Here, SignInSession There, Call? Call, CallSid Leg)
        : IAsyncDisposable
    {
        public SignOuts SignOuts => Centre.Get<SignOuts>();

        public static async Task<Floor> OpenAsync(string? inHandOf)
        {
            var centre = await CallCentre.OpenAsync();
            var dana = await centre.HireAsync("Dana");
            var (here, there) = (await centre.SignInAsync(dana), await centre.SignInAsync(dana, "Firefox on Linux"));
            if (inHandOf is null)
            {
                return new Floor(centre, dana, here, there, null, default);
            }

            var (call, leg) = (await centre.CallerArrivesAsync(), centre.NewLeg());
            await centre.TellAsync(call, ConferenceEventKind.Joined, call.CustomerLeg!.Value);
            await centre.Desk.AcceptAsync(call.Id, dana, Token);
            await centre.TellToJoinAsync(call, dana, LegRole.Agent, inHandOf == "here" ? here : there, leg);
            await centre.News.AgentConnectingAsync(leg, dana, call.ConferenceName, Token);
            await centre.TellAsync(call, ConferenceEventKind.Joined, leg);
            await centre.CarrierIsDoneAsync();
            centre.Carrier.Asked.Clear();
            return new Floor(centre, dana, here, there, call, leg);
        }

        public async Task<(CallStatus Status, int? AgentId)> StateAsync()
        {
            var call = await Centre.GetAsync(Call!.Id);
            return (call.Status, call.AgentId);
        }

        public async Task<IReadOnlyList<long>> OpenAsync() =>
            [.. (await Centre.Get<SignInSessions>().GetOpenAsync(Dana, Token)).Select(session => session.Id)];

        public ValueTask DisposeAsync() => Centre.DisposeAsync();
    }
}
