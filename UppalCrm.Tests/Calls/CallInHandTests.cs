using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Calls;

/// <summary>Somebody is put out with a call in hand: the customer is nobody's fault.</summary>
public sealed class CallInHandTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_customer_in_conversation_hears_music_and_is_offered_to_the_others_at_the_front(bool deactivated)
    {
        await using var centre = await OpenAsync();
        var (dana, lee, alex) = await HireAsync(centre);
        var call = await centre.InCallAsync(dana);
        var leg = call.FindAgentLeg()!.CallSid;
        centre.Clock.Advance(TimeSpan.FromMinutes(1));
        var later = await centre.CallerArrivesAsync("+12025550112");

        var people = centre.Get<PeopleDirectory>();
        await (deactivated ? people.DeactivateAsync(alex, dana, Token) : people.EndSessionsAsync(alex, dana, Token));

        await centre.CarrierIsDoneAsync();
        var after = await centre.GetAsync(call.Id);
        Assert.Equal((CallStatus.Waiting, null), (after.Status, after.AgentId));
        // The conference must not end with the leg: that is asked before anything else.
        Assert.Equal($"end-on-exit {leg} False", centre.Carrier.Asked.First());
        Assert.Contains($"hold {call.CustomerLeg} True", centre.Carrier.Asked);
        Assert.Contains($"remove {leg}", centre.Carrier.Asked);
        Assert.Equal([call.Id, later.Id], (await centre.Desk.GetWaitingAsync(exceptDeclinedBy: lee, Token)).Select(c => c.Id));

        Assert.True((await centre.Desk.AcceptAsync(call.Id, lee, Token)).IsDone);
        await using var db = centre.OpenDatabase();
        Assert.Contains(db.Audit, row => row.Action == AuditAction.CallTakenAway && row.CallId == call.Id && row.AgentId == alex);
    }

    [Fact]
    public async Task A_call_that_was_taken_and_not_joined_waits_again()
    {
        await using var centre = await OpenAsync();
        var (dana, lee, alex) = await HireAsync(centre);
        var call = await centre.CallerArrivesAsync();
        await centre.Desk.AcceptAsync(call.Id, dana, Token);

        await centre.Get<PeopleDirectory>().DeactivateAsync(alex, dana, Token);

        Assert.True((await centre.Desk.AcceptAsync(call.Id, lee, Token)).IsDone);
    }

    [Fact]
    public async Task A_call_that_is_being_dialled_is_given_up()
    {
        await using var centre = await OpenAsync();
        var (dana, _, alex) = await HireAsync(centre);
        var dialled = (await centre.Outbound.PrepareAsync(dana, "+12025550123", Token)).Value!;

        await centre.Get<PeopleDirectory>().DeactivateAsync(alex, dana, Token);

        var after = await centre.GetAsync(dialled.CallId);
        Assert.Equal((CallStatus.Ended, CallOutcome.Cancelled, CallEnder.System), (after.Status, after.Outcome, after.EndedBy));
        Assert.Null((await centre.Roster.FindAsync(dana, Token))!.CallId);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_may_not_supervise_any_more_is_taken_out_of_the_calls_that_they_hear(bool deactivated)
    {
        await using var centre = await OpenAsync();
        var (dana, _, alex) = await HireAsync(centre);
        var sam = await centre.HireSupervisorAsync();
        var call = await centre.InCallAsync(dana);
        var leg = centre.NewLeg();
        await centre.Get<CarrierEventHandler>().SupervisorConnectingAsync(leg, sam, call.ConferenceName, SupervisorMode.Listen, Token);
        await centre.TellAsync(call, ConferenceEventKind.Joined, leg);

        var people = centre.Get<PeopleDirectory>();
        Assert.Null(deactivated ? await people.DeactivateAsync(alex, sam, Token)
            : await people.ChangeAsync(alex, sam, "Sam", "sam.torres@example.test", Roles.Agent, Token));

        await centre.CarrierIsDoneAsync();
        Assert.Contains($"remove {leg}", centre.Carrier.Asked);
        Assert.Equal((CallStatus.Connected, dana), ((await centre.GetAsync(call.Id)).Status, (await centre.GetAsync(call.Id)).AgentId));
    }

    [Fact]
    public async Task A_supervisors_removal_that_the_carrier_does_not_answer_is_asked_for_again()
    {
        await using var centre = await OpenAsync();
        var (dana, _, alex) = await HireAsync(centre);
        var sam = await centre.HireSupervisorAsync();
        var call = await centre.InCallAsync(dana);
        await centre.CarrierIsDoneAsync();
        var leg = centre.NewLeg();
        await centre.News.SupervisorConnectingAsync(leg, sam, call.ConferenceName, SupervisorMode.Listen, Token);
        await centre.TellAsync(call, ConferenceEventKind.Joined, leg);
        centre.Carrier.Refusal = "The carrier did not answer.";

        Assert.Null(await centre.Get<PeopleDirectory>().DeactivateAsync(alex, sam, Token));
        await Eventually.HoldsAsync(() => Removals() == 1, "the carrier is asked");
        centre.Carrier.Refusal = null;

        await Eventually.HoldsAsync(() =>
        {
            centre.Clock.Advance(TimeSpan.FromSeconds(1));
            return Removals() == 2;
        }, "the carrier is asked again");
        await centre.CarrierIsDoneAsync();
        Assert.Equal(2, Removals());

        int Removals() => centre.Carrier.Asked.Count(asked => asked == $"remove {leg}");
    }

    private static Task<CallCentre> OpenAsync() =>
        CallCentre.OpenAsync(services =>
            Microsoft.Extensions.DependencyInjection.ServiceCollectionServiceExtensions
                .AddSingleton<ISecretProtector, OpenSecrets>(services));

    private static async Task<(int Dana, int Lee, int Alex)> HireAsync(CallCentre centre)
    {
        var (dana, lee, alex) = (await centre.HireAsync("Dana"), await centre.HireAsync("Lee"), await centre.HireAsync("Alex"));
        await centre.PromoteAsync(alex, Roles.Admin);
        return (dana, lee, alex);
    }

    private sealed class OpenSecrets : ISecretProtector
    {
        public string Protect(byte[] secret) => Convert.ToBase64String(secret);

        public byte[] Unprotect(string text) => Convert.FromBase64String(text);
    }
}
