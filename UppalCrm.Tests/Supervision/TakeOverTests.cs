using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Supervision;

/// <summary>A supervisor takes an agent's call over, or has another agent asked to.</summary>
public sealed class TakeOverTests
{
    private static CancellationToken Token => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_that_is_taken_over_is_the_supervisors_once_they_are_in_and_the_agent_cannot_take_it_back()
    {
        await using var floor = await SupervisionFloor.OpenAsync();
        var agentLeg = (await floor.Centre.GetAsync(floor.Call.Id)).FindAgentLeg()!.CallSid;

        var answer = await floor.Supervision.TakeOverAsync(floor.Call.Id, floor.Sam, Token);
        var refused = await floor.Centre.Transfers.CancelAsync(floor.Call.Id, floor.Dana, Token);

        Assert.Equal(floor.Call.ConferenceName, answer.Value?.ConferenceName);
        Assert.False(refused.IsDone);
        var asked = await floor.Centre.GetAsync(floor.Call.Id);
        Assert.Equal((CallStatus.Connected, floor.Dana), (asked.Status, asked.AgentId));

        var leg = await floor.Centre.AgentJoinsAsync(asked, floor.Sam);
        await floor.Centre.CarrierIsDoneAsync();

        var call = await floor.Centre.GetAsync(floor.Call.Id);
        Assert.Equal((CallStatus.Connected, floor.Sam, leg), (call.Status, call.AgentId, call.FindAgentLeg()?.CallSid));
        Assert.Contains($"remove {agentLeg}", floor.Centre.Carrier.Asked);
        Assert.Equal([(AuditAction.CallTakenOver, (string?)null)], await floor.AuditAsync());
    }

    [Fact]
    public async Task One_who_listens_and_takes_the_call_over_listens_no_more()
    {
        await using var floor = await SupervisionFloor.OpenAsync();
        var listening = await floor.SamJoinsAsync(SupervisorMode.Listen);
        await floor.Supervision.TakeOverAsync(floor.Call.Id, floor.Sam, Token);

        await floor.Centre.AgentJoinsAsync(floor.Call, floor.Sam);
        await floor.Centre.CarrierIsDoneAsync();

        Assert.Contains($"remove {listening}", floor.Centre.Carrier.Asked);
    }

    [Fact]
    public async Task A_supervisor_who_was_brought_in_and_takes_the_call_over_has_it_with_the_leg_they_come_back_with()
    {
        await using var floor = await SupervisionFloor.OpenAsync();
        Assert.True(await floor.Centre.Roster.SetStatusAsync(floor.Sam, AgentStatus.Available, Token));
        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(1));
        var consult = await floor.Centre.Transfers.StartAsync(floor.Call.Id, floor.Dana, floor.Sam, null, consult: true, Token);
        Assert.True(consult.IsDone, consult.Reason);
        await floor.Centre.Transfers.AcceptAsync(floor.Call.Id, floor.Sam, Token);
        var first = await floor.Centre.AgentJoinsAsync(floor.Call, floor.Sam);
        await floor.Centre.Transfers.TalkAsync(floor.Call.Id, floor.Dana, TransferState.Together, Token);
        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.True((await floor.Supervision.TakeOverAsync(floor.Call.Id, floor.Sam, Token)).IsDone);
        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Left, first); // as the softphone does, before it joins anew
        Assert.Equal(floor.Dana, (await floor.Centre.GetAsync(floor.Call.Id)).AgentId);
        var leg = await floor.Centre.AgentJoinsAsync(floor.Call, floor.Sam);

        var call = await floor.Centre.GetAsync(floor.Call.Id);
        Assert.Equal((CallStatus.Connected, floor.Sam, leg), (call.Status, call.AgentId, call.FindAgentLeg()?.CallSid));
        Assert.Equal([TransferState.Left, TransferState.Taken], call.Transfers.OrderBy(t => t.Id).Select(t => t.State));
    }

    [Fact]
    public async Task A_call_can_be_given_to_a_free_agent_who_reads_whose_it_is_and_who_asks()
    {
        await using var floor = await SupervisionFloor.OpenAsync();
        var lee = await floor.Centre.HireAsync("Lee");

        Assert.Equal(
            "This agent has the call.", (await floor.Supervision.GiveToAsync(floor.Call.Id, floor.Dana, floor.Sam, Token)).Reason);
        Assert.Equal("There is no such agent.", (await floor.Supervision.GiveToAsync(floor.Call.Id, 99_999, floor.Sam, Token)).Reason);
        Assert.True((await floor.Supervision.GiveToAsync(floor.Call.Id, lee, floor.Sam, Token)).IsDone);
        Assert.Equal(
            "This call is being transferred already.",
            (await floor.Supervision.GiveToAsync(floor.Call.Id, lee, floor.Sam, Token)).Reason);

        var offered = await floor.Centre.Transfers.FindOfferedAsync(lee, Token);
        Assert.Equal(("Dana", "Sam"), (offered?.From, offered?.OrderedBy));
        Assert.Equal([(AuditAction.CallHandedToAnother, (string?)null)], await floor.AuditAsync());
    }

    [Fact]
    public async Task Only_a_call_in_progress_of_another_can_be_taken_over_and_only_with_free_hands()
    {
        await using var floor = await SupervisionFloor.OpenAsync();
        var waiting = await floor.Centre.CallerArrivesAsync("+12025550122");

        Assert.Equal(
            "Only a call in progress can be given to somebody else.",
            (await floor.Supervision.TakeOverAsync(waiting.Id, floor.Sam, Token)).Reason);
        Assert.True(await floor.Centre.Roster.SetStatusAsync(floor.Sam, AgentStatus.Available, Token));
        var own = await floor.Centre.InCallAsync(floor.Sam, "+12025550133");
        Assert.Equal(CallStore.Busy.Reason, (await floor.Supervision.TakeOverAsync(floor.Call.Id, floor.Sam, Token)).Reason);
        Assert.Equal("This is your own call.", (await floor.Supervision.TakeOverAsync(own.Id, floor.Sam, Token)).Reason);
    }

    [Fact]
    public async Task A_call_that_was_taken_and_never_joined_goes_back_to_all()
    {
        await using var floor = await SupervisionFloor.OpenAsync();
        var lee = await floor.Centre.HireAsync("Lee");
        var waiting = await floor.Centre.CallerArrivesAsync("+12025550122");
        await floor.Centre.Desk.AcceptAsync(waiting.Id, lee, Token);

        Assert.True((await floor.Supervision.OfferAgainAsync(waiting.Id, floor.Sam, Token)).IsDone);

        var offered = await floor.Centre.GetAsync(waiting.Id);
        Assert.Equal((CallStatus.Waiting, (int?)null), (offered.Status, offered.AgentId));
        Assert.Null((await floor.Centre.Roster.FindAsync(lee, Token))!.CallId);
        Assert.Equal(
            "Only a call that waits can be offered again.",
            (await floor.Supervision.OfferAgainAsync(floor.Call.Id, floor.Sam, Token)).Reason);
    }
}
