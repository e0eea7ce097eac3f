using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Transfers;

/// <summary>A call is handed to an outside number: what is saved, asked of the carrier, and refused.</summary>
public sealed class OutsideTransfersTests
{
    private const string Bank = OutsideFloor.Bank;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_sender_is_out_when_the_number_has_answered_and_the_call_goes_on_until_one_of_the_two_hangs_up()
    {
        await using var floor = await OutsideFloor.OpenAsync();
        Assert.True((await floor.StartAsync("(202) 555-0177")).IsDone); // as people write it
        await floor.Centre.CarrierIsDoneAsync();
        Assert.Equal([$"dial {Bank}", $"end-on-exit {floor.DanasLeg} False", $"hold {floor.Customer} True"], floor.Asked());

        await floor.AnswersAsync();
        Assert.Equal((CallStatus.Connected, TransferState.Accepted), await floor.StandsAsync()); // an answer is no handing over
        floor.Centre.Carrier.Asked.Clear();
        await floor.JoinsAsync();

        var call = await floor.GetAsync();
        Assert.Equal((CallStatus.TransferredOut, TransferState.Taken), await floor.StandsAsync());
        Assert.Equal((floor.Dana, floor.Call.AnsweredAt), (call.AgentId, call.AnsweredAt)); // in the history it stays hers
        Assert.Equal([$"end-on-exit {floor.DanasLeg} False", $"hold {floor.Customer} False", $"remove {floor.DanasLeg}"], floor.Asked());
        Assert.Equal(Presence.WrapUp, (await floor.Centre.Roster.FindAsync(floor.Dana, Token))!.Presence);
        Assert.Null(await floor.Centre.Desk.FindActiveAsync(floor.Dana, Token));

        await floor.Centre.TellAsync(call, ConferenceEventKind.Left, floor.DanasLeg);
        Assert.Equal(CallStatus.TransferredOut, (await floor.GetAsync()).Status);
        floor.Centre.Clock.Advance(TimeSpan.FromMinutes(2));
        await floor.Centre.TellAsync(call, ConferenceEventKind.Left, floor.Outside);
        call = await floor.GetAsync();
        Assert.Equal(
            (CallStatus.Ended, CallOutcome.Answered, CallEnder.OutsideParty, floor.Dana),
            (call.Status, call.Outcome, call.EndedBy, call.AgentId));
        Assert.Equal(125, call.DurationSeconds);
        await floor.Centre.CarrierIsDoneAsync();
        Assert.Contains($"end-conference {call.ConferenceName}", floor.Centre.Carrier.Asked); // nobody is left alone in it
    }

    [Fact]
    public async Task A_customer_who_hangs_up_on_the_outside_number_ends_the_call()
    {
        await using var floor = await OutsideFloor.OpenAsync();
        await floor.TakenAsync();

        await floor.Centre.EndAsync(floor.Call);

        var call = await floor.GetAsync();
        Assert.Equal((CallStatus.Ended, CallEnder.Customer), (call.Status, call.EndedBy));
    }

    [Theory]
    [InlineData("busy", TransferState.Declined, "The number is busy.")]
    [InlineData("failed", TransferState.Declined, "The number could not be reached.")]
    [InlineData("no answer", TransferState.TimedOut, "Nobody answered.")]
    [InlineData("rings on", TransferState.TimedOut, null)]
    [InlineData("taken back", TransferState.Cancelled, null)]
    public async Task A_number_that_is_not_reached_gives_the_call_back_to_the_sender(string how, TransferState state, string? reason)
    {
        await using var floor = await OutsideFloor.OpenAsync();
        await floor.StartAsync();
        await floor.Centre.CarrierIsDoneAsync();
        floor.Centre.Carrier.Asked.Clear();

        await floor.EndAsync(how);

        var call = await floor.GetAsync();
        var transfer = call.Transfers.Single();
        Assert.Equal((CallStatus.Connected, floor.Dana), (call.Status, call.AgentId));
        Assert.Equal((state, reason), (transfer.State, transfer.EndReason));
        string[] back = [$"end-on-exit {floor.DanasLeg} True", $"hold {floor.Customer} False"];
        // A phone that still rings is let go.
        Assert.Equal(how is "rings on" or "taken back" ? [.. back, $"end-leg {floor.Outside}"] : back, floor.Asked().OrderBy(asked =>
            asked.StartsWith("end-leg", StringComparison.Ordinal)));
        Assert.IsType<JoinDecision.Refused>(await floor.AnswersAsync(check: false)); // too late
        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True((await floor.StartAsync()).IsDone); // and again
    }

    [Fact]
    public async Task A_number_that_answers_and_hangs_up_before_it_is_in_gives_the_call_back_unless_it_is_told_late_that_it_was()
    {
        await using var floor = await OutsideFloor.OpenAsync();
        await floor.StartAsync();
        await floor.AnswersAsync();

        await floor.EndAsync("hung up");
        Assert.Equal((CallStatus.Connected, TransferState.Accepted), await floor.StandsAsync());
        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(3));
        await floor.Centre.SweepAsync();

        Assert.Equal((CallStatus.Connected, TransferState.TimedOut), await floor.StandsAsync());
    }

    [Fact]
    public async Task A_number_that_the_carrier_does_not_dial_gives_the_call_back_with_the_carriers_words()
    {
        await using var floor = await OutsideFloor.OpenAsync();
        floor.Centre.Carrier.OnDial = _ => new DialAttempt.Refused("Calls to this country are not allowed.", 21215);

        await floor.StartAsync();
        await floor.Centre.CarrierIsDoneAsync();

        Assert.Equal((CallStatus.Connected, TransferState.Declined), await floor.StandsAsync());
        Assert.Equal("Calls to this country are not allowed.", (await floor.GetAsync()).Transfers.Single().EndReason);
    }

    [Theory]
    [InlineData("busy")]
    [InlineData("rings on")]
    public async Task When_the_sender_has_gone_and_the_number_is_not_reached_the_call_is_offered_to_everybody(string how)
    {
        await using var floor = await OutsideFloor.OpenAsync();
        await floor.StartAsync();
        await floor.Centre.CarrierIsDoneAsync();
        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Left, floor.DanasLeg);
        Assert.Equal((CallStatus.Connected, TransferState.Ringing), await floor.StandsAsync()); // they may still answer

        await floor.EndAsync(how);
        await floor.Centre.SweepAsync();

        var call = await floor.GetAsync();
        Assert.Equal((CallStatus.Waiting, null, floor.Call.OfferedAt), (call.Status, call.AgentId, call.OfferedAt));
        Assert.True((await floor.Centre.Desk.AcceptAsync(call.Id, floor.Lee, Token)).IsDone);
    }

    [Fact]
    public async Task A_number_that_answers_after_the_sender_has_gone_has_the_call_all_the_same()
    {
        await using var floor = await OutsideFloor.OpenAsync();
        await floor.StartAsync();
        await floor.Centre.CarrierIsDoneAsync();
        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Left, floor.DanasLeg);

        await floor.AnswersAsync();
        await floor.JoinsAsync();

        Assert.Equal((CallStatus.TransferredOut, TransferState.Taken), await floor.StandsAsync());
    }

    [Fact]
    public async Task A_customer_who_hangs_up_in_mid_transfer_stops_the_ringing_and_a_late_answer_is_hung_up()
    {
        await using var floor = await OutsideFloor.OpenAsync();
        await floor.StartAsync();
        await floor.Centre.CarrierIsDoneAsync();

        await floor.Centre.EndAsync(floor.Call);
        await floor.Centre.CarrierIsDoneAsync();

        Assert.Contains($"end-leg {floor.Outside}", floor.Centre.Carrier.Asked);
        Assert.Equal((CallStatus.Ended, TransferState.Cancelled), await floor.StandsAsync());
        Assert.IsType<JoinDecision.Refused>(await floor.AnswersAsync(check: false));
    }

    [Fact]
    public async Task A_leg_that_the_carrier_names_when_nobody_waits_for_it_any_more_is_ended()
    {
        await using var floor = await OutsideFloor.OpenAsync();
        floor.Centre.Carrier.BeforeReply = _ => floor.Centre.Transfers.CancelAsync(floor.Call.Id, floor.Dana, Token);

        await floor.StartAsync();
        await floor.Centre.CarrierIsDoneAsync();

        Assert.Contains($"end-leg {floor.Outside}", floor.Centre.Carrier.Asked);
    }

    [Fact]
    public async Task An_answer_and_a_busy_signal_that_overtake_the_carriers_reply_count()
    {
        await using var floor = await OutsideFloor.OpenAsync();
        floor.Centre.Carrier.BeforeReply = leg => floor.Centre.News.ReportAsync(
            new LegEvent(leg, LegState.Busy, 2, floor.Centre.Clock.GetUtcNow(), 0, 486), Token);
        await floor.StartAsync();
        await floor.Centre.CarrierIsDoneAsync();
        Assert.Equal((CallStatus.Connected, TransferState.Declined), await floor.StandsAsync());

        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(1));
        floor.Centre.Carrier.BeforeReply = async leg =>
        {
            await floor.AnswersAsync();
            await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Joined, leg);
        };
        await floor.StartAsync();
        await floor.Centre.CarrierIsDoneAsync();
        Assert.Equal((CallStatus.TransferredOut, TransferState.Taken), await floor.StandsAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task When_the_carriers_reply_is_lost_it_is_asked_and_nothing_is_dialled_twice(bool rings)
    {
        await using var floor = await OutsideFloor.OpenAsync();
        floor.Centre.Carrier.OnDial = _ => new DialAttempt.Unknown("No answer.");
        floor.Centre.Carrier.OnFindDialled = order => rings
            ? new LegReport(floor.Centre.NewLeg(), LegState.Ringing, CallCentre.OurLine, order.To.Value, null, null)
            : null;

        await floor.StartAsync();
        await Eventually.HoldsAsync(async () =>
        {
            floor.Centre.Clock.Advance(TimeSpan.FromMilliseconds(100));
            var transfer = (await floor.GetAsync()).Transfers.Single();
            return rings ? transfer.OutsideLeg is not null : transfer.State == TransferState.Declined;
        }, () => "what became of the dial is known");

        Assert.Single(floor.Centre.Carrier.Asked, asked => asked.StartsWith("dial", StringComparison.Ordinal));
        Assert.Equal(rings ? null : "The telephone network did not answer. The number was not reached.",
            (await floor.GetAsync()).Transfers.Single().EndReason);
    }

    [Fact]
    public async Task What_may_not_be_dialled_may_not_be_transferred_to_and_it_is_on_record()
    {
        await using var floor = await OutsideFloor.OpenAsync();
        var number = PhoneNumber.Parse(Bank);
        await floor.Centre.Get<DoNotCallList>().AddAsync(number, "asked not to be called", floor.Dana, Token);

        Assert.Contains("must not be called", (await floor.StartAsync()).Reason);
        Assert.Contains("blocked", (await floor.StartAsync("+18765550123")).Reason); // Jamaica bills as international
        Assert.Contains("one of our own lines", (await floor.StartAsync(CallCentre.OurLine)).Reason);
        Assert.Contains("number of the customer", (await floor.StartAsync("+12025550111")).Reason);
        Assert.Contains("too short", (await floor.StartAsync("12")).Reason);
        Assert.False((await floor.OutsideTransfers.StartAsync(floor.Call.Id, floor.Lee, "+12025550178", null, false, Token)).IsDone);

        Assert.Empty((await floor.GetAsync()).Transfers);
        await using var db = floor.Centre.OpenDatabase();
        Assert.Equal(4, await db.Audit.CountAsync(a => a.Action == AuditAction.DialRefused && a.AgentId == floor.Dana, Token));
        Assert.DoesNotContain(floor.Centre.Carrier.Asked, asked => asked.StartsWith("dial", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_transfer_counts_as_a_call_that_is_dialled()
    {
        await using var floor = await OutsideFloor.OpenAsync(("Dialling:CallsPerAgentPerMinute", "2"));
        for (var i = 0; i < 2; i++)
        {
            Assert.True((await floor.StartAsync()).IsDone);
            await floor.Centre.Transfers.CancelAsync(floor.Call.Id, floor.Dana, Token);
            floor.Centre.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Contains("many calls", (await floor.StartAsync()).Reason);
        await floor.Centre.EndAsync(floor.Call);
        Assert.Contains("many calls", (await floor.Centre.Outbound.PrepareAsync(floor.Dana, Bank, Token)).Reason);
        floor.Centre.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True((await floor.Centre.Outbound.PrepareAsync(floor.Dana, Bank, Token)).IsDone);
    }

    [Fact]
    public async Task Of_a_transfer_to_a_colleague_and_one_to_a_number_at_once_one_wins_and_the_other_is_told()
    {
        await using var floor = await OutsideFloor.OpenAsync();

        var answers = await Task.WhenAll(
            Task.Run(() => floor.StartAsync(), Token),
            Task.Run(() => floor.Centre.Transfers.StartAsync(floor.Call.Id, floor.Dana, floor.Lee, null, consult: false, Token), Token));

        Assert.Single(answers, answer => answer.IsDone);
        Assert.Equal("This call is being transferred already.", answers.Single(answer => !answer.IsDone).Reason);
    }

    [Fact]
    public async Task A_supervisor_can_listen_to_a_call_that_was_transferred_out_and_has_nobody_to_whisper_to()
    {
        await using var floor = await OutsideFloor.OpenAsync();
        await floor.TakenAsync();
        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Left, floor.DanasLeg);
        await floor.Centre.PromoteAsync(floor.Dana, Roles.Supervisor); // it is not her call any more
        var supervision = floor.Centre.Get<CallSupervision>();

        Assert.True((await supervision.PrepareAsync(floor.Call.Id, floor.Dana, SupervisorMode.Listen, Token)).IsDone);
        Assert.Contains("no agent", (await supervision.PrepareAsync(floor.Call.Id, floor.Dana, SupervisorMode.Whisper, Token)).Reason);
        Assert.IsType<JoinDecision.Allowed>(await floor.Centre.News.SupervisorConnectingAsync(
            floor.Centre.NewLeg(), floor.Dana, floor.Call.ConferenceName, SupervisorMode.Listen, Token));
        Assert.IsType<JoinDecision.Refused>(await floor.Centre.News.AgentConnectingAsync(
            floor.Centre.NewLeg(), floor.Dana, floor.Call.ConferenceName, Token));
        Assert.True((await floor.Centre.Get<RecordingPause>().SetAsync(floor.Call.Id, floor.Dana, paused: true, Token)).IsDone);
        Assert.True((await supervision.HangUpAsync(floor.Call.Id, floor.Dana, Token)).IsDone);
    }

    [Fact]
    public async Task The_board_shows_a_call_that_was_transferred_out_with_the_number_and_that_it_is_recorded()
    {
        await using var floor = await OutsideFloor.OpenAsync();
        await floor.TakenAsync();
        await floor.Centre.PromoteAsync(floor.Lee, Roles.Supervisor);

        using var watch = await floor.Centre.Get<CallBoard>().WatchAsync(floor.Lee, _ => { }, Token);

        var call = Assert.Single(watch.First.InProgress);
        Assert.Equal((CallStatus.TransferredOut, true, "Dana"), (call.Status, call.IsRecorded, call.AgentName));
        Assert.Equal(Bank, call.Legs.Single(leg => leg.Role == LegRole.OutsideParty).Number);
    }

    [Fact]
    public async Task Who_transferred_a_call_out_may_not_pause_its_recording_any_more()
    {
        await using var floor = await OutsideFloor.OpenAsync();
        await floor.TakenAsync();

        await Assert.ThrowsAsync<NotAllowedException>(
            () => floor.Centre.Get<RecordingPause>().SetAsync(floor.Call.Id, floor.Dana, paused: true, Token));
    }

    [Fact]
    public async Task The_history_tells_the_number_and_its_events_hide_it_and_an_erasure_takes_it()
    {
        await using var floor = await OutsideFloor.OpenAsync();
        await floor.TakenAsync();
        await floor.Centre.EndAsync(floor.Call);

        var details = await floor.Centre.Get<CallHistory>().FindAsync(floor.Call.Id, new HistoryReader(floor.Dana, false), Token);
        Assert.Equal(Bank, details!.Legs.Single(leg => leg.Role == LegRole.OutsideParty).Number);
        await using var db = floor.Centre.OpenDatabase();
        Assert.DoesNotContain(
            await db.Events.Where(e => e.Kind == CallEventKind.TransferAsked).Select(e => e.Detail!).ToListAsync(Token),
            detail => detail.Contains(Bank, StringComparison.Ordinal));

        var bank = await floor.Centre.AddContactAsync("The bank", Bank);
        await floor.Centre.PromoteAsync(floor.Lee, Roles.Admin);
        Assert.True((await floor.Centre.Get<CustomerErasure>().EraseAsync(bank, floor.Lee, Token)).IsDone);
        Assert.DoesNotContain(await db.Transfers.AsNoTracking().Select(t => t.ToNumber).ToListAsync(Token), number => number == Bank);
    }
}
