using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Transfers;

/// <summary>A call is handed to a colleague: what is saved, asked of the carrier, and refused.</summary>
public sealed class CallTransfersTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_call_is_the_colleagues_when_their_leg_has_joined_and_the_sender_is_out()
    {
        await using var floor = await TransferFloor.OpenAsync();
        Assert.True((await floor.StartAsync("An angry one.")).IsDone);
        await floor.Centre.CarrierIsDoneAsync();
        Assert.Equal([$"end-on-exit {floor.DanasLeg} False", $"hold {floor.Customer} True"], floor.Asked());

        var accepted = await floor.Centre.Transfers.AcceptAsync(floor.Call.Id, floor.Lee, Token);
        Assert.Equal(floor.Call.ConferenceName, accepted.Value?.ConferenceName);
        Assert.Equal(floor.Dana, (await floor.GetAsync()).AgentId); // a click is no handing over
        await floor.LeeJoinsAsync();

        var call = await floor.GetAsync();
        Assert.Equal((CallStatus.Connected, floor.Lee, TransferState.Taken), (call.Status, call.AgentId, call.Transfers.Single().State));
        Assert.Equal(floor.Call.AnsweredAt, call.AnsweredAt); // the customer was answered once, by the first
        Assert.Equal([$"end-on-exit {floor.DanasLeg} False", $"hold {floor.Customer} False", $"remove {floor.DanasLeg}"], floor.Asked());
        Assert.Equal((null, floor.Call.Id), (await floor.CallOfAsync(floor.Dana), await floor.CallOfAsync(floor.Lee)));

        await floor.Centre.TellAsync(call, ConferenceEventKind.Left, floor.DanasLeg);
        Assert.Equal(CallStatus.Connected, (await floor.GetAsync()).Status);
    }

    [Theory]
    [InlineData("declined", TransferState.Declined)]
    [InlineData("cancelled", TransferState.Cancelled)]
    [InlineData("not answered", TransferState.TimedOut)]
    public async Task A_transfer_that_comes_to_nothing_gives_the_call_back_to_the_sender(string how, TransferState state)
    {
        await using var floor = await TransferFloor.OpenAsync();
        await floor.StartAsync();
        await floor.Centre.CarrierIsDoneAsync();
        floor.Centre.Carrier.Asked.Clear();

        await floor.EndAsync(how);

        var call = await floor.GetAsync();
        Assert.Equal((CallStatus.Connected, floor.Dana, state), (call.Status, call.AgentId, call.Transfers.Single().State));
        Assert.Equal([$"end-on-exit {floor.DanasLeg} True", $"hold {floor.Customer} False"], floor.Asked());
        Assert.False((await floor.Centre.Transfers.AcceptAsync(call.Id, floor.Lee, Token)).IsDone); // too late
        Assert.Null(await floor.CallOfAsync(floor.Lee));
        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True((await floor.StartAsync()).IsDone); // and again
    }

    [Fact]
    public async Task A_colleague_who_accepts_in_the_last_second_has_time_to_join()
    {
        await using var floor = await TransferFloor.OpenAsync();
        await floor.StartAsync();
        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(19));
        await floor.Centre.Roster.SeenAsync([floor.Dana, floor.Lee], Token);
        Assert.True((await floor.Centre.Transfers.AcceptAsync(floor.Call.Id, floor.Lee, Token)).IsDone);

        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(9));
        await floor.Centre.SweepAsync();
        Assert.Equal(TransferState.Accepted, (await floor.GetAsync()).FindOpenTransfer()?.State);
        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(1));
        await floor.Centre.SweepAsync();

        Assert.Equal(TransferState.TimedOut, (await floor.GetAsync()).Transfers.Single().State);
        Assert.Equal(floor.Dana, (await floor.GetAsync()).AgentId);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_colleague_whose_first_leg_never_came_takes_the_call_with_the_next(bool consult)
    {
        await using var floor = await TransferFloor.OpenAsync();
        await floor.StartAsync(consult: consult);
        Assert.True((await floor.Centre.Transfers.AcceptAsync(floor.Call.Id, floor.Lee, Token)).IsDone);
        await floor.LeeConnectsAsync(); // the answer was lost on its way, and the softphone asks again

        await floor.LeeJoinsAsync();

        var call = await floor.GetAsync();
        Assert.Equal(consult ? (floor.Dana, TransferState.Consulting) : (floor.Lee, TransferState.Taken),
            (call.AgentId, call.Transfers.Single().State));
    }

    [Fact]
    public async Task A_leg_from_when_the_call_was_theirs_before_does_not_take_it_back_for_a_colleague()
    {
        await using var floor = await TransferFloor.OpenAsync();
        await floor.StartAsync();
        Assert.True((await floor.Centre.Transfers.AcceptAsync(floor.Call.Id, floor.Lee, Token)).IsDone);
        await floor.LeeJoinsAsync();
        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(10));
        await floor.Centre.Roster.SeenAsync([floor.Dana, floor.Lee], Token);
        var back = await floor.Centre.Transfers.StartAsync(floor.Call.Id, floor.Lee, floor.Dana, null, consult: false, Token);
        Assert.True(back.IsDone, back.Reason); // nothing was told yet of the leaving of Dana's first leg
        await floor.Centre.Transfers.AcceptAsync(floor.Call.Id, floor.Dana, Token);
        Assert.Equal(floor.Lee, (await floor.GetAsync()).AgentId);

        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(2));
        var next = floor.Centre.NewLeg();
        Assert.IsType<JoinDecision.Allowed>(
            await floor.Centre.News.AgentConnectingAsync(next, floor.Dana, floor.Call.ConferenceName, Token));
        Assert.Equal(floor.Lee, (await floor.GetAsync()).AgentId);
        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Joined, next);

        var call = await floor.GetAsync();
        Assert.Equal((CallStatus.Connected, floor.Dana, next), (call.Status, call.AgentId, call.FindAgentLeg()?.CallSid));
        await floor.Centre.TellAsync(call, ConferenceEventKind.Left, floor.DanasLeg); // late
        Assert.Equal(CallStatus.Connected, (await floor.GetAsync()).Status);
        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(20));
        await floor.Centre.EndAsync(call);
        await floor.Centre.TellAsync(call, ConferenceEventKind.Left, next);
        call = await floor.GetAsync();
        Assert.Equal((CallStatus.Ended, CallEnder.Customer, 37), (call.Status, call.EndedBy, call.DurationSeconds));
    }

    [Theory]
    [InlineData("declined")]
    [InlineData("not answered")]
    public async Task When_the_sender_has_gone_a_transfer_that_comes_to_nothing_is_offered_to_everybody(string how)
    {
        await using var floor = await TransferFloor.OpenAsync();
        await floor.StartAsync();
        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Left, floor.DanasLeg);
        Assert.Equal(CallStatus.Connected, (await floor.GetAsync()).Status); // Lee may still take it

        await floor.EndAsync(how);

        var call = await floor.GetAsync();
        Assert.Equal((CallStatus.Waiting, null, floor.Call.OfferedAt), (call.Status, call.AgentId, call.OfferedAt));
        Assert.Null(await floor.CallOfAsync(floor.Dana));
        var claim = await floor.Centre.Desk.AcceptAsync(call.Id, floor.Lee, Token);
        Assert.True(claim.IsDone, claim.Reason);
    }

    [Fact]
    public async Task The_colleague_takes_the_call_also_when_the_sender_has_gone_in_the_meantime()
    {
        await using var floor = await TransferFloor.OpenAsync();
        await floor.StartAsync();
        await floor.Centre.Transfers.AcceptAsync(floor.Call.Id, floor.Lee, Token);
        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Left, floor.DanasLeg);

        await floor.LeeJoinsAsync();

        Assert.Equal((CallStatus.Connected, floor.Lee), ((await floor.GetAsync()).Status, (await floor.GetAsync()).AgentId));
    }

    [Fact]
    public async Task A_customer_who_hangs_up_ends_the_transfer_with_the_call_and_everybody_is_free()
    {
        await using var floor = await TransferFloor.OpenAsync();
        await floor.StartAsync();
        await floor.Centre.Transfers.AcceptAsync(floor.Call.Id, floor.Lee, Token);

        await floor.Centre.EndAsync(floor.Call);
        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(20));
        await floor.Centre.SweepAsync();

        var call = await floor.GetAsync();
        Assert.Equal(
            (CallStatus.Ended, CallEnder.Customer, TransferState.Cancelled), (call.Status, call.EndedBy, call.Transfers.Single().State));
        Assert.Equal((null, null), (await floor.CallOfAsync(floor.Dana), await floor.CallOfAsync(floor.Lee)));
        Assert.IsType<JoinDecision.Refused>(
            await floor.Centre.News.AgentConnectingAsync(floor.Centre.NewLeg(), floor.Lee, call.ConferenceName, Token));
    }

    [Fact]
    public async Task Of_two_transfers_of_one_call_at_once_one_wins_and_the_other_is_told()
    {
        await using var floor = await TransferFloor.OpenAsync();
        var kim = await floor.Centre.HireAsync("Kim");

        var answers = await Task.WhenAll(
            Task.Run(() => floor.StartAsync(), Token), Task
                .Run(() => floor.Centre.Transfers.StartAsync(floor.Call.Id, floor.Dana, kim, null, consult: false, Token), Token));

        Assert.Single(answers, answer => answer.IsDone);
        Assert.Equal("This call is being transferred already.", answers.Single(answer => !answer.IsDone).Reason);
        Assert.Single((await floor.GetAsync()).Transfers);
    }

    [Fact]
    public async Task A_colleague_who_took_another_call_in_the_meantime_cannot_take_this_one_too()
    {
        await using var floor = await TransferFloor.OpenAsync();
        await floor.StartAsync();
        await floor.Centre.InCallAsync(floor.Lee, "+12025550122");

        var answer = await floor.Centre.Transfers.AcceptAsync(floor.Call.Id, floor.Lee, Token);

        Assert.Contains("call in hand", answer.Reason);
        Assert.Equal(TransferState.Ringing, (await floor.GetAsync()).Transfers.Single().State);
    }

    [Fact]
    public async Task Who_cannot_take_a_call_is_not_asked_and_the_refusal_says_why()
    {
        await using var floor = await TransferFloor.OpenAsync();
        var away = await floor.Centre.HireAsync("Ada", "Lunch");
        await floor.Centre.InCallAsync(floor.Lee, "+12025550122");

        Assert.Equal(
            "Ada takes no calls now.",
            (await floor.Centre.Transfers.StartAsync(floor.Call.Id, floor.Dana, away, null, consult: false, Token)).Reason);
        Assert.Equal("Lee is in a call.", (await floor.StartAsync()).Reason);
        Assert.Equal(
            "There is no such colleague.",
            (await floor.Centre.Transfers.StartAsync(floor.Call.Id, floor.Dana, floor.Dana, null, consult: false, Token)).Reason);
        var free = await floor.Centre.HireAsync("Kim");
        // another's call
        Assert.False((await floor.Centre.Transfers.StartAsync(floor.Call.Id, floor.Lee, free, null, consult: false, Token)).IsDone);
    }

    [Fact]
    public async Task The_sender_stays_in_the_conference_while_the_carrier_does_not_let_them_leave_it()
    {
        await using var floor = await TransferFloor.OpenAsync();
        await floor.StartAsync();
        await floor.Centre.Transfers.AcceptAsync(floor.Call.Id, floor.Lee, Token);
        await floor.Centre.CarrierIsDoneAsync();
        floor.Centre.Carrier.Refusal = "The carrier did not answer.";

        await floor.LeeJoinsAsync(untilDone: false);
        await Eventually.HoldsAsync(() => floor.Asked().Contains($"end-on-exit {floor.DanasLeg} False"), "the carrier is asked");

        Assert.DoesNotContain($"remove {floor.DanasLeg}", floor.Centre.Carrier.Asked); // leaving would end the conference for all
        floor.Centre.Carrier.Refusal = null;
        await Eventually.HoldsAsync(() =>
        {
            floor.Centre.Clock.Advance(TimeSpan.FromSeconds(1));
            return floor.Asked().Contains($"remove {floor.DanasLeg}");
        }, "the sender is taken out as soon as the carrier lets them go");
    }

    [Fact]
    public async Task The_colleague_reads_who_asks_and_what_was_written_down()
    {
        await using var floor = await TransferFloor.OpenAsync();
        await floor.Centre.WrapUp.SaveNotesAsync(floor.Call.Id, floor.Dana, "Wants a refund.", Token);
        await floor.StartAsync("  Be kind. ");

        var offered = await floor.Centre.Transfers.FindOfferedAsync(floor.Lee, Token);

        Assert.Equal(
            new OfferedTransfer(
                floor.Call.Id, "Dana", "Be kind.", "+12025550111", null, "Wants a refund.", floor.Centre.Clock.GetUtcNow().AddSeconds(20),
                false, null, IsInternal: false), offered);
        Assert.Null(await floor.Centre.Transfers.FindOfferedAsync(floor.Dana, Token));
    }

    [Fact]
    public async Task A_call_that_is_given_to_everybody_is_offered_in_its_old_place_and_its_sender_is_out()
    {
        await using var floor = await TransferFloor.OpenAsync();
        await floor.Centre.Desk.DeclineAsync(floor.Call.Id, floor.Lee, Token);

        Assert.True((await floor.Centre.Transfers.StartToEverybodyAsync(floor.Call.Id, floor.Dana, null, Token)).IsDone);
        await floor.Centre.CarrierIsDoneAsync();

        var call = await floor.GetAsync();
        Assert.Equal((CallStatus.Waiting, null, floor.Call.OfferedAt), (call.Status, call.AgentId, call.OfferedAt));
        Assert.Equal(
            [
                $"end-on-exit {floor.DanasLeg} False", $"end-on-exit {floor.DanasLeg} False", $"hold {floor.Customer} True",
                $"remove {floor.DanasLeg}"
            ], floor.Asked());
        Assert.Single(await floor.Centre.Desk.GetWaitingAsync(floor.Lee, Token)); // asked again
        Assert.Empty(await floor.Centre.Desk.GetWaitingAsync(floor.Dana, Token));
        Assert.Null(await floor.CallOfAsync(floor.Dana));
        Assert.False((await floor.Centre.Transfers.StartToEverybodyAsync(call.Id, floor.Dana, null, Token)).IsDone); // not hers any more
    }

    [Fact]
    public async Task A_call_stays_with_its_agent_when_the_carrier_does_not_let_the_agent_leave_it()
    {
        await using var floor = await TransferFloor.OpenAsync();
        floor.Centre.Carrier.Refusal = "The carrier did not answer.";

        var refused = await floor.Centre.Transfers.StartToEverybodyAsync(floor.Call.Id, floor.Dana, null, Token);

        Assert.Contains("could not be given away", refused.Reason);
        Assert.Equal((CallStatus.Connected, floor.Dana), ((await floor.GetAsync()).Status, (await floor.GetAsync()).AgentId));
    }
}
