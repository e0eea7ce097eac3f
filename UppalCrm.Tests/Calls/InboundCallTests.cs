using UppalCrm.Core.Calls;
using UppalCrm.Core.Telephony;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Calls;

public sealed class InboundCallTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_caller_who_arrives_twice_is_one_call()
    {
        await using var floor = await Floor.OpenAsync();
        var arrival = new CallerArrived(floor.NewLeg(), "+12025550111", "+15005550006", null, "token-1");

        var first = await floor.News.CallerArrivedAsync(arrival, Token);
        var second = await floor.News.CallerArrivedAsync(arrival, Token);

        Assert.Equal(first.Id, second.Id);
        Assert.Equal(CallStatus.Waiting, second.Status);
        Assert.Single(await floor.Desk.GetWaitingAsync(null, Token));
    }

    [Fact]
    public async Task Of_many_agents_who_accept_at_once_one_wins_and_the_others_learn_the_winners_name()
    {
        await using var floor = await Floor.OpenAsync();
        var agents = new List<int>();
        for (var i = 0; i < 8; i++)
        {
            agents.Add(await floor.AgentAsync($"Agent {i}"));
        }

        for (var round = 0; round < 25; round++)
        {
            var call = await floor.CallerArrivesAsync();

            var answers = await Task.WhenAll(agents.Select(agent => Task.Run(() => floor.Desk.AcceptAsync(call.Id, agent, Token))));

            var winner = Assert.Single(answers, a => a.Won);
            Assert.Equal(call.ConferenceName, winner.ConferenceName);
            var owner = (await floor.CallAsync(call.Id)).Agent!;
            Assert.All(answers.Where(a => !a.Won), a => Assert.Equal(owner.DisplayName, a.By));
            await floor.Desk.HangUpAsync(call.Id, owner.Id, Token); // gives it back, and the agent is free again
        }
    }

    [Fact]
    public async Task A_claim_that_nobody_joins_goes_back_to_all_with_its_place_and_waiting_time()
    {
        await using var floor = await Floor.OpenAsync();
        var dana = await floor.AgentAsync("Dana");
        var lee = await floor.AgentAsync("Lee");
        var first = await floor.CallerArrivesAsync();
        floor.Clock.Advance(TimeSpan.FromSeconds(5));
        var second = await floor.CallerArrivesAsync("+12025550112");
        await floor.Desk.AcceptAsync(first.Id, dana, Token);

        floor.Clock.Advance(TimeSpan.FromSeconds(10));
        await floor.SweepAsync();

        var back = await floor.CallAsync(first.Id);
        Assert.Equal((CallStatus.Waiting, null, first.OfferedAt, first.ExpiresAt), (back.Status, back.AgentId, back.OfferedAt, back.ExpiresAt));
        Assert.Equal([first.Id, second.Id], (await floor.Desk.GetWaitingAsync(lee, Token)).Select(c => c.Id));
        Assert.True((await floor.Desk.AcceptAsync(first.Id, lee, Token)).Won);
        Assert.True((await floor.Desk.AcceptAsync(second.Id, dana, Token)).Won); // free again
    }

    [Fact]
    public async Task An_agent_with_a_call_in_hand_cannot_take_another()
    {
        await using var floor = await Floor.OpenAsync();
        var dana = await floor.AgentAsync("Dana");
        var first = await floor.CallerArrivesAsync();
        var second = await floor.CallerArrivesAsync();
        await floor.Desk.AcceptAsync(first.Id, dana, Token);

        var answer = await floor.Desk.AcceptAsync(second.Id, dana, Token);

        Assert.False(answer.Won);
        Assert.Contains("call in hand", answer.Message);
        Assert.Equal(CallStatus.Waiting, (await floor.CallAsync(second.Id)).Status);
    }

    [Fact]
    public async Task An_agent_without_a_microphone_gives_the_call_back_at_once()
    {
        await using var floor = await Floor.OpenAsync();
        var dana = await floor.AgentAsync("Dana");
        var call = await floor.CallerArrivesAsync();
        await floor.Desk.AcceptAsync(call.Id, dana, Token);

        await floor.Desk.ReleaseAsync(call.Id, dana, "No microphone.", Token);

        Assert.Equal(CallStatus.Waiting, (await floor.CallAsync(call.Id)).Status);
    }

    [Fact]
    public async Task A_decline_silences_only_the_one_who_declined()
    {
        await using var floor = await Floor.OpenAsync();
        var dana = await floor.AgentAsync("Dana");
        var lee = await floor.AgentAsync("Lee");
        var call = await floor.CallerArrivesAsync();

        await floor.Desk.DeclineAsync(call.Id, dana, Token);
        await floor.Desk.DeclineAsync(call.Id, dana, Token);

        Assert.Empty(await floor.Desk.GetWaitingAsync(dana, Token));
        Assert.Single(await floor.Desk.GetWaitingAsync(lee, Token));
    }

    [Fact]
    public async Task A_call_nobody_takes_ends_after_a_minute_with_an_apology()
    {
        await using var floor = await Floor.OpenAsync();
        var call = await floor.CallerArrivesAsync();

        floor.Clock.Advance(TimeSpan.FromSeconds(59));
        await floor.SweepAsync();
        Assert.Equal(CallStatus.Waiting, (await floor.CallAsync(call.Id)).Status);
        floor.Clock.Advance(TimeSpan.FromSeconds(1));
        await floor.SweepAsync();
        await floor.SweepAsync();

        var ended = await floor.CallAsync(call.Id);
        Assert.Equal((CallStatus.Ended, CallOutcome.Missed, CallEnder.System), (ended.Status, ended.Outcome, ended.EndedBy));
        Assert.Equal([$"apologise {call.TwilioCallSid}"], floor.Carrier.Asked);
    }

    [Fact]
    public async Task A_missed_caller_may_leave_a_message_where_the_settings_say_so()
    {
        await using var floor = await Floor.OpenAsync(("Calls:WhenUnanswered", "Voicemail"));
        var call = await floor.CallerArrivesAsync();
        floor.Clock.Advance(TimeSpan.FromSeconds(60));
        await floor.SweepAsync();
        Assert.Equal([$"take message {call.TwilioCallSid}"], floor.Carrier.Asked);

        await floor.News.ReportAsync(new RecordingNews("RE1", "https://carrier.test/RE1", 7, null, call.TwilioCallSid, false, IsMessage: true, null), Token);

        var ended = await floor.CallAsync(call.Id);
        Assert.Equal((CallOutcome.Voicemail, "RE1", 7), (ended.Outcome, ended.RecordingSid, ended.RecordingDurationSeconds));
    }

    [Fact]
    public async Task Only_the_winner_may_join_and_a_forged_room_leaves_an_audit_row()
    {
        await using var floor = await Floor.OpenAsync();
        var dana = await floor.AgentAsync("Dana");
        var lee = await floor.AgentAsync("Lee");
        var call = await floor.CallerArrivesAsync();
        await floor.Desk.AcceptAsync(call.Id, dana, Token);

        Assert.IsType<JoinDecision.Refused>(await floor.News.AgentConnectingAsync(floor.NewLeg(), lee, call.ConferenceName, Token));
        Assert.IsType<JoinDecision.Refused>(await floor.News.AgentConnectingAsync(floor.NewLeg(), lee, "incoming-nobody", Token));
        Assert.IsType<JoinDecision.Allowed>(await floor.News.AgentConnectingAsync(floor.NewLeg(), dana, call.ConferenceName, Token));

        await using var db = floor.Database();
        Assert.Equal(2, db.Audit.Count(a => a.Action == "join-refused" && a.AgentId == lee));
        Assert.Null(await floor.Audit.FindTamperedAsync(Token));
    }

    [Fact]
    public async Task A_late_leg_of_a_lost_lease_is_taken_out_when_somebody_else_has_the_call()
    {
        await using var floor = await Floor.OpenAsync();
        var dana = await floor.AgentAsync("Dana");
        var lee = await floor.AgentAsync("Lee");
        var call = await floor.CallerArrivesAsync();
        await floor.Desk.AcceptAsync(call.Id, dana, Token);
        var danasLeg = floor.NewLeg();
        await floor.News.AgentConnectingAsync(danasLeg, dana, call.ConferenceName, Token);
        floor.Clock.Advance(TimeSpan.FromSeconds(10));
        await floor.SweepAsync();
        await floor.Desk.AcceptAsync(call.Id, lee, Token);

        await floor.News.ReportAsync(new ConferenceNews(ConferenceHappening.Joined, "CF1", call.ConferenceName, 3, null, danasLeg), Token);
        await floor.CarrierIsDoneAsync();

        Assert.Contains($"remove {danasLeg}", floor.Carrier.Asked);
        var now = await floor.CallAsync(call.Id);
        Assert.Equal((CallStatus.Claimed, lee), (now.Status, now.AgentId));
    }

    [Fact]
    public async Task A_recording_that_names_only_the_conference_finds_its_call()
    {
        await using var floor = await Floor.OpenAsync();
        var agent = await floor.AgentAsync("Dana");
        var waiting = await floor.CallerArrivesAsync();
        var (_, news) = await Story.ClaimAsync(floor, waiting, agent);
        await news[0](floor);

        await floor.News.ReportAsync(new RecordingNews("RE9", "https://carrier.test/RE9", 12, $"CF{waiting.Id:d32}", Leg: null, false, false, null), Token);

        var call = await floor.CallAsync(waiting.Id);
        Assert.Equal(("RE9", "https://carrier.test/RE9", 12), (call.RecordingSid, call.RecordingUrl, call.RecordingDurationSeconds));
    }

    [Fact]
    public async Task An_answered_call_frees_its_agent_into_wrap_up_which_ends_by_the_clock()
    {
        await using var floor = await Floor.OpenAsync();
        var story = await Story.InboundAnsweredAsync(floor);

        var after = (await floor.Roster.FindAsync(story.Agent, Token))!;
        Assert.Equal((Core.Agents.Presence.WrapUp, story.Call.Id), (after.Presence, after.WrapUpCallId));
        floor.Clock.Advance(TimeSpan.FromSeconds(30));
        await floor.Roster.SeenAsync([story.Agent], Token);
        await floor.SweepAsync();

        Assert.Equal(Core.Agents.Presence.Available, (await floor.Roster.FindAsync(story.Agent, Token))!.Presence);
    }
}
