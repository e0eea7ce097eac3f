using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Supervision;

/// <summary>Listening, whispering and barging, and setting things right: who may, when, and what is written down.</summary>
public sealed class CallSupervisionTests
{
    private static CancellationToken Token => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_agent_may_do_nothing_of_what_supervisors_do()
    {
        await using var floor = await SupervisionFloor.OpenAsync();
        var supervision = floor.Supervision;
        var dana = floor.Dana;

        await Assert.ThrowsAsync<NotAllowedException>(() => supervision.PrepareAsync(floor.Call.Id, dana, SupervisorMode.Listen, Token));
        await Assert.ThrowsAsync<NotAllowedException>(() => supervision.ChangeModeAsync(floor.Call.Id, dana, SupervisorMode.Barge, Token));
        await Assert.ThrowsAsync<NotAllowedException>(() => supervision.LeaveAsync(floor.Call.Id, dana, Token));
        await Assert.ThrowsAsync<NotAllowedException>(() => supervision.HangUpAsync(floor.Call.Id, dana, Token));
        await Assert.ThrowsAsync<NotAllowedException>(() => supervision.OfferAgainAsync(floor.Call.Id, dana, Token));
        await Assert.ThrowsAsync<NotAllowedException>(() => supervision.TakeOverAsync(floor.Call.Id, dana, Token));
        await Assert.ThrowsAsync<NotAllowedException>(() => supervision.GiveToAsync(floor.Call.Id, dana, dana, Token));
        await Assert.ThrowsAsync<NotAllowedException>(() => supervision.SetStatusAsync(dana, "Lunch", dana, Token));
        await Assert.ThrowsAsync<NotAllowedException>(() => supervision.FinishWrapUpAsync(dana, dana, Token));

        Assert.Empty(await floor.AuditAsync());
        Assert.True((await floor.Centre.GetAsync(floor.Call.Id)).IsOpen);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // with a page that has not heard of it yet
    public async Task A_role_that_was_taken_away_is_gone_at_once_and_that_of_one_who_was_put_out(bool putOut)
    {
        await using var floor = await SupervisionFloor.OpenAsync();
        await using (var db = floor.Centre.OpenDatabase())
        {
            if (putOut)
            {
                var now = floor.Centre.Clock.GetUtcNow();
                await db.Agents.Where(a => a.Id == floor.Sam)
                    .ExecuteUpdateAsync(set => set.SetProperty(a => a.DeactivatedAt, now), Token);
            }
            else
            {
                await db.UserRoles.Where(r => r.UserId == floor.Sam).ExecuteDeleteAsync(Token);
            }
        }

        await Assert.ThrowsAsync<NotAllowedException>(() => floor.Supervision.HangUpAsync(floor.Call.Id, floor.Sam, Token));
    }

    [Theory]
    [InlineData(SupervisorMode.Listen)]
    [InlineData(SupervisorMode.Whisper)]
    [InlineData(SupervisorMode.Barge)]
    public async Task A_supervisor_is_given_the_room_of_a_call_in_progress(SupervisorMode mode)
    {
        await using var floor = await SupervisionFloor.OpenAsync();

        var answer = await floor.Supervision.PrepareAsync(floor.Call.Id, floor.Sam, mode, Token);

        Assert.Equal(floor.Call.ConferenceName, answer.Value);
    }

    [Fact]
    public async Task A_call_that_waits_or_is_over_has_nothing_to_listen_to()
    {
        await using var floor = await SupervisionFloor.OpenAsync();
        var waiting = await floor.Centre.CallerArrivesAsync("+12025550122");
        await floor.Centre.EndAsync(floor.Call);

        Assert.Equal(
            "Nobody is talking in this call yet.",
            (await floor.Supervision.PrepareAsync(waiting.Id, floor.Sam, SupervisorMode.Listen, Token)).Reason);
        Assert.Equal(
            "This call is over.", (await floor.Supervision.PrepareAsync(floor.Call.Id, floor.Sam, SupervisorMode.Listen, Token)).Reason);
        Assert.Equal(
            "This call does not exist.", (await floor.Supervision.PrepareAsync(99_999, floor.Sam, SupervisorMode.Listen, Token)).Reason);
    }

    [Fact]
    public async Task A_supervisor_who_takes_calls_does_not_supervise_their_own()
    {
        await using var floor = await SupervisionFloor.OpenAsync();
        await floor.Centre.PromoteAsync(floor.Dana, Roles.Supervisor);

        Assert.Equal(
            "This is your own call.",
            (await floor.Supervision.PrepareAsync(floor.Call.Id, floor.Dana, SupervisorMode.Barge, Token)).Reason);
    }

    [Fact]
    public async Task A_whisper_is_refused_while_the_agent_is_on_hold_by_page_and_carrier_alike()
    {
        await using var floor = await SupervisionFloor.OpenAsync();
        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Held, floor.DanasLeg);

        var page = await floor.Supervision.PrepareAsync(floor.Call.Id, floor.Sam, SupervisorMode.Whisper, Token);
        var carrier = await floor.Centre.Get<CarrierEventHandler>().SupervisorConnectingAsync(
            floor.Centre.NewLeg(), floor.Sam, floor.Call.ConferenceName, SupervisorMode.Whisper, Token);

        Assert.Equal("The agent is on hold and would not hear you. Whisper when they are back.", page.Reason);
        Assert.IsType<JoinDecision.Refused>(carrier);
        Assert.Null((await floor.Supervision.PrepareAsync(floor.Call.Id, floor.Sam, SupervisorMode.Listen, Token)).Reason);
    }

    [Fact]
    public async Task Listening_grows_to_a_whisper_to_a_barge_and_back_and_each_step_is_written_down()
    {
        await using var floor = await SupervisionFloor.OpenAsync();
        var leg = await floor.SamJoinsAsync(SupervisorMode.Listen);

        foreach (var mode in new[] { SupervisorMode.Whisper, SupervisorMode.Barge, SupervisorMode.Listen })
        {
            Assert.True((await floor.Supervision.ChangeModeAsync(floor.Call.Id, floor.Sam, mode, Token)).IsDone);
            var mine = (await floor.Centre.GetAsync(floor.Call.Id)).FindLeg(leg)!;
            Assert.Equal((mode == SupervisorMode.Listen, mode == SupervisorMode.Whisper), (mine.Muted, mine.Coaching));
            Assert.Equal(mode == SupervisorMode.Whisper ? floor.DanasLeg : null, mine.CoachedLeg);
        }

        Assert.Equal(
            [$"coach {leg} Whisper", $"coach {leg} Barge", $"coach {leg} Listen"],
            floor.Centre.Carrier.Asked.Where(a => a.StartsWith("coach")));
        Assert.Equal(
            [
                (AuditAction.ListenStarted, (string?)null), (AuditAction.WhisperStarted, "from listen"),
                (AuditAction.BargeStarted, "from whisper"), (AuditAction.ListenStarted, "from barge")
            ],
            await floor.AuditAsync());
    }

    [Fact]
    public async Task An_agent_who_comes_back_on_another_leg_is_whispered_to_again()
    {
        await using var floor = await SupervisionFloor.OpenAsync();
        var sams = await floor.SamJoinsAsync(SupervisorMode.Whisper);
        var again = floor.Centre.NewLeg();
        await floor.DanaComesBackAsync(again);

        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Left, floor.DanasLeg);
        await floor.Centre.Get<BackgroundTasks>().WhenIdleAsync(Token);

        var call = await floor.Centre.GetAsync(floor.Call.Id);
        Assert.Equal((CallStatus.Connected, again), (call.Status, call.FindLeg(sams)!.CoachedLeg));
        Assert.Single(floor.Centre.Carrier.Asked, $"coach {sams} Whisper");
    }

    [Fact]
    public async Task A_supervisor_who_only_listens_when_the_agent_comes_back_goes_on_listening()
    {
        await using var floor = await SupervisionFloor.OpenAsync();
        var sams = await floor.SamJoinsAsync(SupervisorMode.Whisper);
        Assert.True((await floor.Supervision.ChangeModeAsync(floor.Call.Id, floor.Sam, SupervisorMode.Listen, Token)).IsDone);
        await floor.DanaComesBackAsync(floor.Centre.NewLeg());

        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Left, floor.DanasLeg);
        await floor.Centre.Get<BackgroundTasks>().WhenIdleAsync(Token);

        Assert.DoesNotContain($"coach {sams} Whisper", floor.Centre.Carrier.Asked);
    }

    [Fact]
    public async Task The_same_mode_again_asks_the_carrier_nothing()
    {
        await using var floor = await SupervisionFloor.OpenAsync();
        await floor.SamJoinsAsync(SupervisorMode.Listen);

        Assert.True((await floor.Supervision.ChangeModeAsync(floor.Call.Id, floor.Sam, SupervisorMode.Listen, Token)).IsDone);

        Assert.DoesNotContain(floor.Centre.Carrier.Asked, asked => asked.StartsWith("coach"));
    }

    [Fact]
    public async Task What_the_carrier_refuses_is_said_in_words_and_changes_nothing()
    {
        await using var floor = await SupervisionFloor.OpenAsync();
        var leg = await floor.SamJoinsAsync(SupervisorMode.Listen);
        floor.Centre.Carrier.Refusal = "The agent's leg is gone.";

        var answer = await floor.Supervision.ChangeModeAsync(floor.Call.Id, floor.Sam, SupervisorMode.Barge, Token);

        Assert.Equal("That could not be changed: The agent's leg is gone.", answer.Reason);
        Assert.True((await floor.Centre.GetAsync(floor.Call.Id)).FindLeg(leg)!.Muted);
        Assert.Equal([(AuditAction.ListenStarted, (string?)null)], await floor.AuditAsync());
    }

    [Fact]
    public async Task A_supervisor_who_is_not_in_the_call_cannot_change_their_part_in_it()
    {
        await using var floor = await SupervisionFloor.OpenAsync();

        Assert.Equal(
            "You are not in this call.",
            (await floor.Supervision.ChangeModeAsync(floor.Call.Id, floor.Sam, SupervisorMode.Barge, Token)).Reason);
    }

    [Fact]
    public async Task A_supervisor_who_leaves_ends_nothing_and_the_leaving_is_written_down()
    {
        await using var floor = await SupervisionFloor.OpenAsync();
        var leg = await floor.SamJoinsAsync(SupervisorMode.Barge);

        Assert.True((await floor.Supervision.LeaveAsync(floor.Call.Id, floor.Sam, Token)).IsDone);
        Assert.Contains($"remove {leg}", floor.Centre.Carrier.Asked);
        await floor.Centre.TellAsync(floor.Call, ConferenceEventKind.Left, leg);

        Assert.Equal(CallStatus.Connected, (await floor.Centre.GetAsync(floor.Call.Id)).Status);
        Assert.Equal([(AuditAction.BargeStarted, (string?)null), (AuditAction.ListenEnded, (string?)null)], await floor.AuditAsync());
    }

    [Theory]
    [InlineData(false, SupervisorMode.Listen, true)]
    [InlineData(true, SupervisorMode.Listen, false)]
    [InlineData(true, SupervisorMode.Whisper, true)]
    [InlineData(true, SupervisorMode.Barge, true)]
    public async Task The_agent_sees_who_is_on_unless_a_listener_is_private(bool isPrivate, SupervisorMode mode, bool isSeen)
    {
        await using var floor = await SupervisionFloor.OpenAsync(("Supervision:Private", isPrivate.ToString()));
        await floor.SamJoinsAsync(mode);

        var seen = await floor.Supervision.GetVisibleToAgentAsync(floor.Call.Id, Token);

        Assert.Equal(isSeen ? [new SupervisorOnCall("Sam", mode)] : [], seen);
    }

    [Fact]
    public async Task A_stuck_call_is_hung_up_once_for_everybody_in_it()
    {
        await using var floor = await SupervisionFloor.OpenAsync();

        Assert.True((await floor.Supervision.HangUpAsync(floor.Call.Id, floor.Sam, Token)).IsDone);
        Assert.Equal("This call is over already.", (await floor.Supervision.HangUpAsync(floor.Call.Id, floor.Sam, Token)).Reason);
        await floor.Centre.Get<BackgroundTasks>().WhenIdleAsync(Token);

        var call = await floor.Centre.GetAsync(floor.Call.Id);
        Assert.Equal((CallStatus.Ended, CallOutcome.Answered, CallEnder.Supervisor), (call.Status, call.Outcome, call.EndedBy));
        Assert.Single(floor.Centre.Carrier.Asked, $"end-conference {call.ConferenceName}");
        Assert.Equal([(AuditAction.CallEnded, (string?)null)], await floor.AuditAsync());
    }

    [Fact]
    public async Task A_waiting_call_is_offered_again_to_those_who_declined_it_with_a_new_time_out_and_its_old_place()
    {
        await using var floor = await SupervisionFloor.OpenAsync();
        var lee = await floor.Centre.HireAsync("Lee");
        var waiting = await floor.Centre.CallerArrivesAsync("+12025550122");
        await floor.Centre.Desk.DeclineAsync(waiting.Id, lee, Token);
        floor.Centre.Clock.Advance(TimeSpan.FromSeconds(50));

        Assert.True((await floor.Supervision.OfferAgainAsync(waiting.Id, floor.Sam, Token)).IsDone);

        var offered = await floor.Centre.GetAsync(waiting.Id);
        Assert.Contains(await floor.Centre.Desk.GetWaitingAsync(exceptDeclinedBy: lee, Token), call => call.Id == waiting.Id);
        Assert.Equal((waiting.OfferedAt, floor.Centre.Clock.GetUtcNow().AddSeconds(60)), (offered.OfferedAt, offered.ExpiresAt));
        Assert.Equal([(AuditAction.OfferedAgain, (string?)null)], await floor.AuditAsync());
    }

    [Fact]
    public async Task An_agents_status_is_set_and_written_down_with_what_it_was()
    {
        await using var floor = await SupervisionFloor.OpenAsync();

        Assert.True((await floor.Supervision.SetStatusAsync(floor.Dana, "Lunch", floor.Sam, Token)).IsDone);
        Assert.Equal(
            "There is no status 'Siesta'.", (await floor.Supervision.SetStatusAsync(floor.Dana, "Siesta", floor.Sam, Token)).Reason);

        Assert.Equal("Lunch", (await floor.Centre.Roster.FindAsync(floor.Dana, Token))!.Status);
        Assert.Equal([(AuditAction.AgentStatusSet, $"agent {floor.Dana}: Available to Lunch")], await floor.AuditAsync());
    }

    [Fact]
    public async Task A_forgotten_wrap_up_is_closed()
    {
        await using var floor = await SupervisionFloor.OpenAsync(("Calls:WrapUp", "00:30:00"));
        Assert.Equal("This agent is not wrapping up.", (await floor.Supervision.FinishWrapUpAsync(floor.Dana, floor.Sam, Token)).Reason);
        await floor.Centre.EndAsync(floor.Call);
        await floor.Centre.Roster.SeenAsync([floor.Dana], Token);

        Assert.True((await floor.Supervision.FinishWrapUpAsync(floor.Dana, floor.Sam, Token)).IsDone);

        Assert.Equal(Presence.Available, (await floor.Centre.Roster.FindAsync(floor.Dana, Token))!.Presence);
        Assert.Equal([(AuditAction.WrapUpClosed, $"agent {floor.Dana}")], await floor.AuditAsync());
    }
}
