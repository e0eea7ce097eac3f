using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Transfers;

/// <summary>Sender and outside number talk first, and the sender decides then: who hears whom, and whose the call is.</summary>
public sealed class OutsideConsultationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_talks_with_the_number_first_chooses_with_whom_to_talk_and_hands_the_call_over()
    {
        await using var floor = await OutsideFloor.OpenAsync();
        await floor.ConsultAsync();
        Assert.Equal((CallStatus.Connected, TransferState.Consulting), await floor.StandsAsync());
        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Held, floor.Customer);

        Assert.Equal([$"hold {floor.Customer} False"], await floor.TalkAsync(TransferState.Together));
        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Unheld, floor.Customer);
        Assert.Equal([$"hold {floor.Outside} True"], await floor.TalkAsync(TransferState.WithCustomer));
        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Held, floor.Outside);
        floor.Centre.Carrier.Asked.Clear();
        Assert.True((await floor.Centre.Transfers.HandOverAsync(floor.Call.Id, floor.Dana, Token)).IsDone);
        await floor.Centre.CarrierIsDoneAsync();

        Assert.Equal((CallStatus.TransferredOut, TransferState.Taken), await floor.StandsAsync());
        var asked = floor.Centre.Carrier.Asked.ToList();
        // Ignored while held: off hold first.
        Assert.InRange(
            asked.IndexOf($"hold {floor.Outside} False"), 0, asked.IndexOf($"end-on-exit {floor.Outside} True") - 1);
        Assert.Contains($"remove {floor.DanasLeg}", asked);
    }

    [Theory]
    [InlineData("the sender goes back")]
    [InlineData("they hang up")]
    public async Task A_talk_with_a_number_that_comes_to_nothing_leaves_the_customer_with_the_sender(string how)
    {
        await using var floor = await OutsideFloor.OpenAsync();
        await floor.ConsultAsync();
        floor.Centre.Carrier.Asked.Clear();

        await (how == "they hang up"
            ? floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Left, floor.Outside)
            : floor.Centre.Transfers.CancelAsync(floor.Call.Id, floor.Dana, Token));

        await floor.Centre.CarrierIsDoneAsync();
        Assert.Equal((CallStatus.Connected, TransferState.Cancelled), await floor.StandsAsync());
        Assert.Contains($"hold {floor.Customer} False", floor.Asked());
        Assert.Contains($"end-on-exit {floor.DanasLeg} True", floor.Asked());
        Assert.Equal(how == "they hang up", !floor.Asked().Contains($"remove {floor.Outside}"));
    }

    [Theory]
    [InlineData(TransferState.Consulting)]
    [InlineData(TransferState.WithCustomer)]
    public async Task A_customer_who_does_not_talk_with_the_number_is_everybodys_when_the_sender_is_cut_off(TransferState state)
    {
        await using var floor = await OutsideFloor.OpenAsync();
        await floor.ConsultAsync();
        await floor.Centre.Transfers.TalkAsync(floor.Call.Id, floor.Dana, state, Token);

        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Left, floor.DanasLeg);
        await floor.Centre.SweepAsync();

        Assert.Equal((CallStatus.Waiting, TransferState.Cancelled), await floor.StandsAsync());
        Assert.Contains($"remove {floor.Outside}", floor.Centre.Carrier.Asked);
        Assert.Contains($"hold {floor.Customer} True", floor.Centre.Carrier.Asked);
    }

    [Fact]
    public async Task Customer_and_number_who_talk_with_one_another_go_on_when_the_sender_is_cut_off()
    {
        await using var floor = await OutsideFloor.OpenAsync();
        await floor.ConsultAsync();
        await floor.Centre.Transfers.TalkAsync(floor.Call.Id, floor.Dana, TransferState.Together, Token);

        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Left, floor.DanasLeg);
        await floor.Centre.CarrierIsDoneAsync();

        Assert.Equal((CallStatus.TransferredOut, TransferState.Taken), await floor.StandsAsync());
        Assert.Contains($"end-on-exit {floor.Outside} True", floor.Centre.Carrier.Asked);
    }
}
