using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Offers;

public sealed class InboundCallTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_caller_who_arrives_twice_is_one_call()
    {
        await using var centre = await CallCentre.OpenAsync();
        var arrival = new CallerArrived(centre.NewLeg(), "+12025550111", CallCentre.OurLine, null, "token-1");

        var first = await centre.News.CallerArrivedAsync(arrival, Token);
        var second = await centre.News.CallerArrivedAsync(arrival, Token);

        Assert.Equal(first.Id, second.Id);
        Assert.Equal(CallStatus.Waiting, second.Status);
        Assert.Single(await centre.Desk.GetWaitingAsync(null, Token));
    }

    [Fact]
    public async Task Of_many_agents_who_accept_at_once_one_wins_and_the_others_learn_the_winners_name()
    {
        await using var centre = await CallCentre.OpenAsync();
        var agents = new List<int>();
        for (var i = 0; i < 8; i++)
        {
            agents.Add(await centre.HireAsync($"Agent {i}"));
        }

        for (var round = 0; round < 25; round++)
        {
            var call = await centre.CallerArrivesAsync();

            var answers = await Task.WhenAll(agents.Select(agent => Task.Run(() => centre.Desk.AcceptAsync(call.Id, agent, Token))));

            var winner = Assert.Single(answers, a => a.IsDone);
            Assert.Equal(call.ConferenceName, winner.Value!.ConferenceName);
            var owner = (await centre.GetAsync(call.Id)).Agent!;
            Assert.All(answers.Where(a => !a.IsDone), a => Assert.Equal(new TakenByAnother(owner.DisplayName), a.Refusal));
            await centre.Desk.HangUpAsync(call.Id, owner.Id, Token); // gives it back, and the agent is free again
        }
    }

    [Fact]
    public async Task A_claim_that_nobody_joins_goes_back_to_all_with_its_place_and_waiting_time()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var lee = await centre.HireAsync("Lee");
        var first = await centre.CallerArrivesAsync();
        centre.Clock.Advance(TimeSpan.FromSeconds(5));
        var second = await centre.CallerArrivesAsync("+12025550112");
        await centre.Desk.AcceptAsync(first.Id, dana, Token);

        centre.Clock.Advance(TimeSpan.FromSeconds(10));
        await centre.SweepAsync();

        var back = await centre.GetAsync(first.Id);
        Assert.Equal((CallStatus.Waiting, null, first.OfferedAt, first.ExpiresAt),
            (back.Status, back.AgentId, back.OfferedAt, back.ExpiresAt));
        Assert.Equal([first.Id, second.Id], (await centre.Desk.GetWaitingAsync(lee, Token)).Select(c => c.Id));
        Assert.True((await centre.Desk.AcceptAsync(first.Id, lee, Token)).IsDone);
        Assert.True((await centre.Desk.AcceptAsync(second.Id, dana, Token)).IsDone); // free again
    }

    [Fact]
    public async Task An_agent_with_a_call_in_hand_cannot_take_another()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var first = await centre.CallerArrivesAsync();
        var second = await centre.CallerArrivesAsync();
        await centre.Desk.AcceptAsync(first.Id, dana, Token);

        var answer = await centre.Desk.AcceptAsync(second.Id, dana, Token);

        Assert.False(answer.IsDone);
        Assert.Contains("call in hand", answer.Reason);
        Assert.Equal(CallStatus.Waiting, (await centre.GetAsync(second.Id)).Status);
    }

    [Fact]
    public async Task An_agent_without_a_microphone_gives_the_call_back_at_once()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var call = await centre.CallerArrivesAsync();
        await centre.Desk.AcceptAsync(call.Id, dana, Token);

        await centre.Desk.ReleaseAsync(call.Id, dana, "No microphone.", Token);

        Assert.Equal(CallStatus.Waiting, (await centre.GetAsync(call.Id)).Status);
    }

    [Fact]
    public async Task What_a_browser_gives_as_its_reason_is_kept_as_one_line_without_what_nobody_sees()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var dialled = (await centre.Get<OutboundCalls>().PrepareAsync(dana, "2025550111", Token)).Value!;

        await centre.Desk.ReleaseAsync(dialled.CallId, dana, "No\u202E micro\r\nphone 4111 1111 1111 1111", Token);

        Assert.Equal("No micro  phone •••• •••• •••• 1111", (await centre.GetAsync(dialled.CallId)).EndReason);
    }

    [Fact]
    public async Task A_decline_silences_only_the_one_who_declined()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var lee = await centre.HireAsync("Lee");
        var call = await centre.CallerArrivesAsync();

        await centre.Desk.DeclineAsync(call.Id, dana, Token);
        await centre.Desk.DeclineAsync(call.Id, dana, Token);

        Assert.Empty(await centre.Desk.GetWaitingAsync(dana, Token));
        Assert.Single(await centre.Desk.GetWaitingAsync(lee, Token));
    }

    [Fact]
    public async Task A_call_nobody_takes_ends_after_a_minute_with_an_apology()
    {
        await using var centre = await CallCentre.OpenAsync();
        var call = await centre.CallerArrivesAsync();

        centre.Clock.Advance(TimeSpan.FromSeconds(59));
        await centre.SweepAsync();
        Assert.Equal(CallStatus.Waiting, (await centre.GetAsync(call.Id)).Status);
        centre.Clock.Advance(TimeSpan.FromSeconds(1));
        await centre.SweepAsync();
        await centre.SweepAsync();

        var ended = await centre.GetAsync(call.Id);
        Assert.Equal((CallStatus.Ended, CallOutcome.Missed, CallEnder.System), (ended.Status, ended.Outcome, ended.EndedBy));
        Assert.Equal([$"apologise {call.CustomerLeg}"], centre.Carrier.Asked);
    }

    [Fact]
    public async Task A_missed_caller_may_leave_a_message_where_the_settings_say_so()
    {
        await using var centre = await CallCentre.OpenAsync(("Calls:WhenUnanswered", "Voicemail"));
        var call = await centre.CallerArrivesAsync();
        centre.Clock.Advance(TimeSpan.FromSeconds(60));
        await centre.SweepAsync();
        Assert.Equal([$"take-message {call.CustomerLeg}"], centre.Carrier.Asked);

        await centre.News.ReportAsync(new RecordingEvent("RE1", "https://carrier.test/RE1", 7, null, call.CustomerLeg, false,
            IsMessage: true, null), Token);

        var ended = await centre.GetAsync(call.Id);
        Assert.Equal((CallOutcome.Voicemail, "RE1", 7), (ended.Outcome, ended.RecordingSid, ended.RecordingDurationSeconds));
    }

    [Fact]
    public async Task Only_the_winner_may_join_and_a_forged_room_leaves_an_audit_row()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var lee = await centre.HireAsync("Lee");
        var call = await centre.CallerArrivesAsync();
        await centre.Desk.AcceptAsync(call.Id, dana, Token);

        Assert.IsType<JoinDecision.Refused>(await centre.News.AgentConnectingAsync(centre.NewLeg(), lee, call.ConferenceName, Token));
        Assert.IsType<JoinDecision.Refused>(await centre.News.AgentConnectingAsync(centre.NewLeg(), lee, "incoming-nobody", Token));
        Assert.IsType<JoinDecision.Allowed>(await centre.News.AgentConnectingAsync(centre.NewLeg(), dana, call.ConferenceName, Token));

        await using var db = centre.OpenDatabase();
        Assert.Equal(2, db.Audit.Count(a => a.Action == AuditAction.JoinRefused && a.AgentId == lee));
        Assert.Null(await centre.Get<AuditLog>().FindTamperedAsync(Token));
    }

    [Fact]
    public async Task A_late_leg_of_a_lost_lease_is_taken_out_when_somebody_else_has_the_call()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var lee = await centre.HireAsync("Lee");
        var call = await centre.CallerArrivesAsync();
        await centre.Desk.AcceptAsync(call.Id, dana, Token);
        var danasLeg = centre.NewLeg();
        await centre.News.AgentConnectingAsync(danasLeg, dana, call.ConferenceName, Token);
        centre.Clock.Advance(TimeSpan.FromSeconds(10));
        await centre.SweepAsync();
        await centre.Desk.AcceptAsync(call.Id, lee, Token);

        await centre.News.ReportAsync(new ConferenceEvent(ConferenceEventKind.Joined, "CF1", call.ConferenceName, 3, null, danasLeg),
            Token);
        await centre.CarrierIsDoneAsync();

        Assert.Contains($"remove {danasLeg}", centre.Carrier.Asked);
        var now = await centre.GetAsync(call.Id);
        Assert.Equal((CallStatus.Claimed, lee), (now.Status, now.AgentId));
    }

    [Fact]
    public async Task A_recording_that_names_only_the_conference_finds_its_call()
    {
        await using var centre = await CallCentre.OpenAsync();
        var agent = await centre.HireAsync("Dana");
        var waiting = await centre.CallerArrivesAsync();
        var (_, news) = await Story.ClaimAsync(centre, waiting, agent);
        await news[0](centre);

        await centre.News.ReportAsync(new RecordingEvent("RE9", "https://carrier.test/RE9", 12, $"CF{waiting.Id:d32}", Leg: null, false,
            false, null), Token);

        var call = await centre.GetAsync(waiting.Id);
        Assert.Equal(("RE9", "https://carrier.test/RE9", 12), (call.RecordingSid, call.RecordingUrl, call.RecordingDurationSeconds));
    }

    [Fact]
    public async Task An_answered_call_frees_its_agent_into_wrap_up_which_ends_by_the_clock()
    {
        await using var centre = await CallCentre.OpenAsync();
        var story = await Story.InboundAnsweredAsync(centre);

        var after = (await centre.Roster.FindAsync(story.Agent, Token))!;
        Assert.Equal((Core.Agents.Presence.WrapUp, story.Call.Id), (after.Presence, after.WrapUpCallId));
        centre.Clock.Advance(TimeSpan.FromSeconds(30));
        await centre.Roster.SeenAsync([story.Agent], Token);
        await centre.SweepAsync();

        Assert.Equal(Core.Agents.Presence.Available, (await centre.Roster.FindAsync(story.Agent, Token))!.Presence);
    }
}
