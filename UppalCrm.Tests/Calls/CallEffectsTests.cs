using UppalCrm.Tests.Support;
using static UppalCrm.Tests.Support.CallBuilder;

namespace UppalCrm.Tests.Calls;

/// <summary>What follows from a change, decided from the call before and after it.</summary>
public sealed class CallEffectsTests
{
    [Fact]
    public void The_customer_is_dialled_by_the_event_that_the_agent_joined_and_by_no_other()
    {
        var call = Outbound();

        Assert.Contains(new CallEffect.DialCustomer(), CallEffects.Of(call.ChangeBy(ConferenceEventKind.Joined, DanasLeg)));
        Assert.DoesNotContain(new CallEffect.DialCustomer(), CallEffects.Of(call.ChangeBy(ConferenceEventKind.Muted, DanasLeg)));
    }

    [Fact]
    public void A_change_that_was_made_by_somebody_else_has_no_effect()
    {
        var change = Outbound().ChangeBy(ConferenceEventKind.Joined, DanasLeg);

        Assert.Empty(CallEffects.Of(change with { IsChange = false }));
        Assert.Empty(CallEffects.Of(change with { Before = null }));
    }

    [Fact]
    public void The_conference_is_ended_when_a_party_leaves_it_and_not_when_the_carrier_ended_it()
    {
        Assert.Equal([new CallEffect.EndConference()], CallEffects.Of(InCall().ChangeBy(ConferenceEventKind.Left, Customer)));
        Assert.Empty(CallEffects.Of(InCall().ChangeBy(ConferenceEventKind.Ended, null)));
    }

    [Theory]
    [InlineData(LegState.Queued, true)]
    [InlineData(LegState.Ringing, true)]
    [InlineData(LegState.InProgress, false)]
    [InlineData(LegState.Busy, false)]
    public void A_customer_whose_phone_still_rings_is_cancelled_with_the_call(LegState dial, bool isCancelled)
    {
        var call = Outbound().Tell(ConferenceEventKind.Joined, DanasLeg);
        call.Call.TryNameCustomerLeg(Customer, dial);

        var effects = CallEffects.Of(call.Change(c => c.TryEnd(CallTrigger.AgentLeft, Noon, CallOutcome.Cancelled, CallEnder.Agent)));

        Assert.Equal(isCancelled, effects.Contains(new CallEffect.EndLeg(Customer)));
        Assert.Contains(new CallEffect.EndConference(), effects);
    }

    [Fact]
    public void A_customer_who_is_named_after_the_agent_gave_up_is_ended()
    {
        var call = Outbound();
        call.Call.TryEnd(CallTrigger.AgentLeft, Noon, CallOutcome.Cancelled, CallEnder.Agent);

        var effects = CallEffects.Of(call.Change(c => c.TryNameCustomerLeg(Customer, LegState.Queued)));

        Assert.Contains(new CallEffect.EndLeg(Customer), effects);
    }

    [Fact]
    public void A_caller_whom_nobody_answered_is_told_and_one_whom_a_supervisor_ended_is_not()
    {
        var expired = Inbound().Change(c =>
            c.TryEnd(CallTrigger.OfferExpired, Noon, CallOutcome.Missed, CallEnder.System, "Nobody answered."));
        var ended = Inbound().Change(c => c.TryEnd(CallTrigger.ConferenceEnded, Noon, CallOutcome.Missed, CallEnder.Supervisor));

        Assert.Equal([new CallEffect.SayGoodbye(Customer)], CallEffects.Of(expired));
        Assert.Equal([new CallEffect.EndConference()], CallEffects.Of(ended));
    }

    [Fact]
    public void A_leg_of_an_agent_who_lost_the_call_is_removed_once()
    {
        var call = InCall().With(LeesLeg, LegRole.Agent, Lee);

        Assert.Equal([new CallEffect.RemoveLeg(LeesLeg)], CallEffects.Of(call.ChangeBy(ConferenceEventKind.Joined, LeesLeg)));
        Assert.Empty(CallEffects.Of(call.ChangeBy(ConferenceEventKind.Held, Customer)));
    }

    [Fact]
    public void A_whisper_follows_the_agent_to_another_leg_also_after_a_hold()
    {
        var again = new CallSid("CA00000000000000000000000000000005");
        var call = InCall().With(SamsLeg, LegRole.Supervisor, Sam).Tell(ConferenceEventKind.Joined, SamsLeg)
            .With(again, LegRole.Agent, Dana).Tell(ConferenceEventKind.Joined, again);
        call.Call.FindLeg(SamsLeg)!.TakePart(SupervisorMode.Whisper, DanasLeg);

        Assert.Equal([new CallEffect.PointWhisper(SamsLeg)], CallEffects.Of(call.ChangeBy(ConferenceEventKind.Left, DanasLeg)));
        Assert.Empty(CallEffects.Of(call.ChangeBy(ConferenceEventKind.Held, again)));
        Assert.Equal([new CallEffect.PointWhisper(SamsLeg)], CallEffects.Of(call.ChangeBy(ConferenceEventKind.Unheld, again)));
    }

    [Fact]
    public void A_supervisor_who_comes_and_goes_is_on_record_also_when_the_conference_ends_under_them()
    {
        var call = InCall();
        var joining = call.Change(c =>
        {
            c.GetOrAddLeg(SamsLeg, LegRole.Supervisor, Sam).TakePart(SupervisorMode.Barge, null);
            return true;
        });
        Assert.Equal([new CallEffect.Audit(AuditAction.BargeStarted, Sam)], CallEffects.Of(joining));

        call.Tell(ConferenceEventKind.Joined, SamsLeg);

        Assert.Contains(new CallEffect.Audit(AuditAction.ListenEnded, Sam),
            CallEffects.Of(call.ChangeBy(ConferenceEventKind.Ended, null)));
    }

    [Fact]
    public void What_a_person_did_is_on_record_by_the_event_that_was_kept()
    {
        var row = CallEvent.Of(CallEventKind.EndedBySupervisor, EventSource.Supervisor, 1, Sam, Noon);

        var effects = CallEffects.Of(InCall().Change(c =>
            c.TryEnd(CallTrigger.ConferenceEnded, Noon, CallOutcome.Answered, CallEnder.Supervisor), row));

        Assert.Contains(new CallEffect.Audit(AuditAction.CallEnded, Sam), effects);
    }

    [Fact]
    public void Kept_events_are_applied_when_the_conference_and_when_the_customers_leg_become_known()
    {
        var call = Outbound();

        Assert.Contains(new CallEffect.ApplyUnmatchedEvents(), CallEffects.Of(call.ChangeBy(ConferenceEventKind.Joined, DanasLeg)));
        Assert.Equal([new CallEffect.ApplyUnmatchedEvents()],
            CallEffects.Of(call.Change(c => c.TryNameCustomerLeg(Customer, LegState.Queued))));
    }
}
