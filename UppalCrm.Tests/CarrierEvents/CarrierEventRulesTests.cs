using UppalCrm.Tests.Support;
using static UppalCrm.Tests.Support.CallBuilder;

namespace UppalCrm.Tests.CarrierEvents;

/// <summary>What single events do to a call; their order is <see cref="DisorderTests"/>' subject.</summary>
public sealed class CarrierEventRulesTests
{
    [Fact]
    public void A_call_is_answered_when_the_second_of_the_two_is_in()
    {
        var call = Inbound().ClaimedBy(Dana).With(DanasLeg, LegRole.Agent, Dana).Tell(ConferenceEventKind.Joined,
            DanasLeg).Tell(ConferenceEventKind.Joined, Customer);

        Assert.Equal((CallStatus.Connected, Noon.AddSeconds(2)), (call.Call.Status, call.Call.AnsweredAt));
    }

    [Fact]
    public void An_agent_who_comes_back_on_another_leg_before_the_first_is_gone_keeps_the_call()
    {
        var again = new CallSid("CA00000000000000000000000000000005");
        var call = InCall().With(again, LegRole.Agent, Dana).Tell(ConferenceEventKind.Joined, again).Tell(ConferenceEventKind.Left,
            DanasLeg);

        Assert.Equal((CallStatus.Connected, again), (call.Call.Status, call.Call.FindAgentLeg()!.CallSid));
        Assert.Equal(CallStatus.Ended, call.Tell(ConferenceEventKind.Left, again).Call.Status);
    }

    [Fact]
    public void A_leg_of_another_agent_or_of_a_supervisor_ends_nothing_when_it_leaves()
    {
        var call = InCall().With(LeesLeg, LegRole.Agent, Lee).With(SamsLeg, LegRole.Supervisor, Sam)
            .Tell(ConferenceEventKind.Joined, LeesLeg).Tell(ConferenceEventKind.Joined, SamsLeg)
            .Tell(ConferenceEventKind.Left, LeesLeg).Tell(ConferenceEventKind.Left, SamsLeg);

        Assert.Equal(CallStatus.Connected, call.Call.Status);
    }

    [Fact]
    public void An_older_event_does_not_undo_a_newer_fact()
    {
        var call = InCall().Tell(ConferenceEventKind.Held, Customer);
        var old = new ConferenceEvent(ConferenceEventKind.Unheld, "CF1", call.Call.ConferenceName, 0, Noon, Customer);

        Assert.False(CarrierEventRules.Apply(call.Call, old, Noon.AddMinutes(1)));
        Assert.True(call.Call.FindCustomerLeg()!.Held);
    }

    [Theory]
    [InlineData(LegState.Busy, CallOutcome.Busy)]
    [InlineData(LegState.NoAnswer, CallOutcome.NoAnswer)]
    [InlineData(LegState.Failed, CallOutcome.Failed)]
    [InlineData(LegState.Canceled, CallOutcome.Cancelled)]
    public void What_the_customers_phone_did_is_how_the_call_went(LegState state, CallOutcome outcome)
    {
        var call = Outbound().Tell(ConferenceEventKind.Joined, DanasLeg).Call;
        call.TryNameCustomerLeg(Customer, LegState.Queued);

        Assert.True(CarrierEventRules.Apply(call, new LegEvent(Customer, state, 2, Noon.AddSeconds(9), 0, null), Noon.AddSeconds(9)));

        Assert.Equal((CallStatus.Ended, outcome, CallEnder.Carrier), (call.Status, call.Outcome, call.EndedBy));
    }

    [Fact]
    public void A_carriers_clock_that_is_far_ahead_is_not_believed()
    {
        var call = Inbound().Call;

        CarrierEventRules.Apply(call,
            new ConferenceEvent(ConferenceEventKind.Joined, "CF1", call.ConferenceName, 1, Noon.AddHours(2), Customer), Noon);

        Assert.Equal(Noon, call.FindCustomerLeg()!.JoinedAt);
    }

    [Fact]
    public void The_event_as_it_is_kept_does_what_the_event_did()
    {
        var report = new ConferenceEvent(ConferenceEventKind.Held, "CF1", "incoming", 9, Noon.AddSeconds(9), Customer);
        var row = new CallEvent { Key = "CF1:9", Kind = report.Happening.ToKind(), ReceivedAt = Noon.AddSeconds(9),
            Detail = CallStore.ToDetail(report) };
        var (live, replayed) = (InCall().Call, InCall().Call);

        Assert.True(CarrierEventRules.Apply(live, report, Noon.AddSeconds(9)));
        Assert.True(CarrierEventRules.Apply(replayed, row));

        Assert.Equal((true, live.FindCustomerLeg()!.HeldSince), (replayed.FindCustomerLeg()!.Held, replayed.FindCustomerLeg()!.HeldSince));
    }
}
