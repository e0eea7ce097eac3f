using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Transfers;

/// <summary>Sender and colleague talk first, and the sender decides then: who hears whom, and whose the call is.</summary>
public sealed class ConsultationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_consults_talks_with_the_colleague_while_the_customer_hears_music_and_hands_the_call_over()
    {
        await using var floor = await TransferFloor.OpenAsync();
        await floor.ConsultAsync();

        var call = await floor.GetAsync();
        Assert.Equal(
            (CallStatus.Connected, floor.Dana, TransferState.Consulting), (call.Status, call.AgentId, call.Transfers.Single().State));
        Assert.Equal((floor.Call.Id, floor.Call.Id), (await floor.CallOfAsync(floor.Dana), await floor.CallOfAsync(floor.Lee)));
        Assert.Equal(call.Id, (await floor.Centre.Desk.FindActiveAsync(floor.Lee, Token))?.Id);
        Assert.False((await floor.Centre.Transfers.HandOverAsync(call.Id, floor.Lee, Token)).IsDone); // not Lee's to decide
        floor.Centre.Carrier.Asked.Clear();
        Assert.True((await floor.Centre.Transfers.HandOverAsync(call.Id, floor.Dana, Token)).IsDone);
        await floor.Centre.CarrierIsDoneAsync();

        call = await floor.GetAsync();
        Assert.Equal((CallStatus.Connected, floor.Lee, TransferState.Taken), (call.Status, call.AgentId, call.Transfers.Single().State));
        Assert.Equal(
            [
                $"end-on-exit {floor.DanasLeg} False", $"end-on-exit {floor.LeesLeg} True", $"hold {floor.Customer} False",
                $"remove {floor.DanasLeg}"
            ], floor.Asked());
        Assert.Equal((null, call.Id), (await floor.CallOfAsync(floor.Dana), await floor.CallOfAsync(floor.Lee)));
        Assert.Equal(floor.Call.AnsweredAt, call.AnsweredAt);
    }

    [Fact]
    public async Task In_a_consultation_the_sender_chooses_with_whom_to_talk()
    {
        await using var floor = await TransferFloor.OpenAsync();
        await floor.ConsultAsync();
        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Held, floor.Customer);

        Assert.Equal([$"hold {floor.Customer} False"], await floor.TalkAsync(TransferState.Together));
        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Unheld, floor.Customer);
        Assert.Equal([$"hold {floor.LeesLeg} True"], await floor.TalkAsync(TransferState.WithCustomer));
        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Held, floor.LeesLeg);
        Assert.Equal([$"hold {floor.Customer} True", $"hold {floor.LeesLeg} False"], await floor.TalkAsync(TransferState.Consulting));
        Assert.NotNull((await floor.Centre.Desk.SetHoldAsync(floor.Call.Id, floor.Dana, true, Token)).Reason);
    }

    [Fact]
    public async Task A_colleague_who_waits_on_hold_is_taken_off_before_their_leg_is_made_to_end_the_conference()
    {
        await using var floor = await TransferFloor.OpenAsync();
        await floor.ConsultAsync();
        await floor.TalkAsync(TransferState.WithCustomer);
        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Held, floor.LeesLeg);
        floor.Centre.Carrier.Asked.Clear();

        await floor.Centre.Transfers.HandOverAsync(floor.Call.Id, floor.Dana, Token);
        await floor.Centre.CarrierIsDoneAsync();

        var asked = floor.Centre.Carrier.Asked.ToList();
        // ignored while held
        Assert.InRange(asked.IndexOf($"hold {floor.LeesLeg} False"), 0, asked.IndexOf($"end-on-exit {floor.LeesLeg} True") - 1);
    }

    [Theory]
    [InlineData("the sender goes back")]
    [InlineData("the colleague leaves")]
    [InlineData("the colleague's phone is cut off")]
    public async Task A_consultation_that_comes_to_nothing_leaves_the_customer_with_the_sender(string how)
    {
        await using var floor = await TransferFloor.OpenAsync();
        await floor.ConsultAsync();
        floor.Centre.Carrier.Asked.Clear();

        if (how == "the colleague's phone is cut off")
        {
            await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Left, floor.LeesLeg);
        }
        else
        {
            Assert.True((how == "the sender goes back"
                ? await floor.Centre.Transfers.CancelAsync(floor.Call.Id, floor.Dana, Token)
                : await floor.Centre.Transfers.DeclineAsync(floor.Call.Id, floor.Lee, Token)).IsDone);
        }

        await floor.Centre.CarrierIsDoneAsync();
        var call = await floor.GetAsync();
        Assert.Equal((CallStatus.Connected, floor.Dana, null), (call.Status, call.AgentId, call.FindOpenTransfer()));
        Assert.Contains($"hold {floor.Customer} False", floor.Asked());
        Assert.Contains($"end-on-exit {floor.DanasLeg} True", floor.Asked());
        Assert.Null(await floor.CallOfAsync(floor.Lee));
    }

    [Fact]
    public async Task When_the_senders_phone_is_cut_off_in_a_consultation_the_colleague_has_the_call()
    {
        await using var floor = await TransferFloor.OpenAsync();
        await floor.ConsultAsync();
        floor.Centre.Carrier.Asked.Clear();

        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Left, floor.DanasLeg);
        await floor.Centre.CarrierIsDoneAsync();

        var call = await floor.GetAsync();
        Assert.Equal((CallStatus.Connected, floor.Lee), (call.Status, call.AgentId));
        Assert.Equal([$"end-on-exit {floor.LeesLeg} True", $"hold {floor.Customer} False"], floor.Asked());
        Assert.Null(await floor.CallOfAsync(floor.Dana));
    }
}
