using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Dialling;

public sealed class OutboundCallTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_customer_is_dialled_only_after_the_agents_leg_joined_and_only_once()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (agent, dialled, leg) = await PreparedAsync(centre);
        Assert.Empty(centre.Carrier.Asked);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => JoinedAsync(centre, dialled, leg))));
        await centre.CarrierIsDoneAsync();

        Assert.Equal(["dial +12025550123"], centre.Carrier.Asked);
        var call = await centre.GetAsync(dialled.CallId);
        Assert.Equal((CallStatus.Dialing, agent), (call.Status, call.AgentId));
        Assert.NotNull(call.CustomerLeg);
    }

    [Fact]
    public async Task An_answer_that_overtakes_the_carriers_reply_is_taken_once_and_only_for_the_dialled_number()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (_, dialled, leg) = await PreparedAsync(centre);
        centre.Carrier.OnDial = _ => new DialAttempt.Unknown("lost");
        await JoinedAsync(centre, dialled, leg);
        var customer = centre.NewLeg();

        Assert.IsType<JoinDecision.Refused>(await centre.News.CustomerAnsweredAsync(centre.NewLeg(), dialled.ConferenceName,
            "+12025559999", Token));
        Assert.IsType<JoinDecision.Allowed>(await centre.News.CustomerAnsweredAsync(customer, dialled.ConferenceName, "+12025550123",
            Token));
        Assert.IsType<JoinDecision.Refused>(await centre.News.CustomerAnsweredAsync(centre.NewLeg(), dialled.ConferenceName,
            "+12025550123", Token));
        Assert.IsType<JoinDecision.Allowed>(await centre.News.CustomerAnsweredAsync(customer, dialled.ConferenceName, "+12025550123",
            Token));

        Assert.Equal((CallStatus.Connected, customer),
            (((await centre.GetAsync(dialled.CallId)).Status), (await centre.GetAsync(dialled.CallId)).CustomerLeg));
    }

    [Theory]
    [InlineData(LegState.Busy, CallOutcome.Busy, "busy")]
    [InlineData(LegState.NoAnswer, CallOutcome.NoAnswer, "Nobody")]
    [InlineData(LegState.Failed, CallOutcome.Failed, "reached")]
    public async Task What_the_phone_did_is_told_in_words_and_the_agents_leg_is_ended(LegState state, CallOutcome outcome, string word)
    {
        await using var centre = await CallCentre.OpenAsync();
        var (agent, dialled, leg) = await PreparedAsync(centre);
        await JoinedAsync(centre, dialled, leg);
        await centre.CarrierIsDoneAsync();
        var customer = (await centre.GetAsync(dialled.CallId)).CustomerLeg!.Value;

        await centre.News.ReportAsync(new LegEvent(customer, state, 2, null, 0, 486), Token);
        await centre.News.ReportAsync(new LegEvent(customer, LegState.Ringing, 1, null, null, null), Token); // late
        await centre.CarrierIsDoneAsync();

        var call = await centre.GetAsync(dialled.CallId);
        Assert.Equal((CallStatus.Ended, outcome), (call.Status, call.Outcome));
        Assert.Contains(word, call.EndReason);
        Assert.Contains($"end-conference {dialled.ConferenceName}", centre.Carrier.Asked);
        Assert.Null((await centre.Roster.FindAsync(agent, Token))!.CallId);
    }

    [Fact]
    public async Task Callbacks_that_come_before_the_carriers_reply_are_not_lost()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (_, dialled, leg) = await PreparedAsync(centre);
        var customer = centre.NewLeg();
        centre.Carrier.OnDial = _ =>
        {
            centre.News.ReportAsync(new LegEvent(customer, LegState.Ringing, 1, null, null, null), Token).GetAwaiter().GetResult();
            return new DialAttempt.Accepted(customer);
        };

        await JoinedAsync(centre, dialled, leg);
        await centre.CarrierIsDoneAsync();

        Assert.Equal(LegState.Ringing, (await centre.GetAsync(dialled.CallId)).DialState);
    }

    [Fact]
    public async Task When_the_carrier_answers_neither_the_order_nor_the_question_the_agent_is_told()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (_, dialled, leg) = await PreparedAsync(centre);
        centre.Carrier.OnDial = _ => new DialAttempt.Unknown("lost");
        centre.Carrier.OnFindDialled = _ => throw new TelephonyException("The carrier does not answer.");
        await JoinedAsync(centre, dialled, leg);

        await Eventually.HoldsAsync(async () =>
        {
            centre.Clock.Advance(TimeSpan.FromSeconds(2));
            return !(await centre.GetAsync(dialled.CallId)).IsOpen;
        }, () => "the call is given up");

        Assert.Contains("did not answer", (await centre.GetAsync(dialled.CallId)).EndReason);
        Assert.Single(centre.Carrier.Asked, a => a.StartsWith("dial", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refused_dial_ends_the_call_with_the_carriers_words()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (_, dialled, leg) = await PreparedAsync(centre);
        centre.Carrier.OnDial = _ => new DialAttempt.Refused("This number does not exist.", 21211);

        await JoinedAsync(centre, dialled, leg);
        await centre.CarrierIsDoneAsync();

        var call = await centre.GetAsync(dialled.CallId);
        Assert.Equal((CallOutcome.Failed, "This number does not exist."), (call.Outcome, call.EndReason));
    }

    [Fact]
    public async Task An_agent_whose_leg_never_joins_is_told_and_nobody_is_dialled()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (agent, dialled, _) = await PreparedAsync(centre);

        centre.Clock.Advance(TimeSpan.FromSeconds(10));
        await centre.SweepAsync();

        var call = await centre.GetAsync(dialled.CallId);
        Assert.Equal((CallStatus.Ended, CallOutcome.Failed), (call.Status, call.Outcome));
        Assert.Contains("did not join", call.EndReason);
        Assert.DoesNotContain(centre.Carrier.Asked, a => a.StartsWith("dial", StringComparison.Ordinal));
        Assert.Null((await centre.Roster.FindAsync(agent, Token))!.CallId);
    }

    [Fact]
    public async Task Hanging_up_while_it_rings_cancels_the_customers_leg()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (agent, dialled, leg) = await PreparedAsync(centre);
        await JoinedAsync(centre, dialled, leg);
        await centre.CarrierIsDoneAsync();
        var customer = (await centre.GetAsync(dialled.CallId)).CustomerLeg;

        await centre.Desk.HangUpAsync(dialled.CallId, agent, Token);
        await centre.CarrierIsDoneAsync();

        Assert.Equal(CallOutcome.Cancelled, (await centre.GetAsync(dialled.CallId)).Outcome);
        Assert.Contains($"end-leg {customer}", centre.Carrier.Asked);
    }

    [Fact]
    public async Task Who_ended_it_is_the_agent_who_did_also_when_the_order_takes_the_customer_out_first()
    {
        await using var centre = await CallCentre.OpenAsync();
        var agent = await centre.HireAsync("Dana");
        var call = await centre.CallerArrivesAsync();
        var (leg, news) = await Story.ClaimAsync(centre, call, agent);
        await news[0](centre);
        await news[1](centre);
        await centre.Desk.HangUpAsync(call.Id, agent, Token);

        var sid = $"CF{call.Id:d32}";
        await centre.News.ReportAsync(new ConferenceEvent(ConferenceEventKind.Left, sid, call.ConferenceName, 8, null, call.CustomerLeg,
            Reason: "conference_ended_via_api"), Token);
        await centre.News.ReportAsync(new ConferenceEvent(ConferenceEventKind.Left, sid, call.ConferenceName, 9, null, leg,
            Reason: "conference_ended_via_api"), Token);
        await centre.News.ReportAsync(new ConferenceEvent(ConferenceEventKind.Ended, sid, call.ConferenceName, 10, null, null,
            Reason: "conference-ended-via-api"), Token);

        Assert.Equal((CallOutcome.Answered, CallEnder.Agent),
            ((await centre.GetAsync(call.Id)).Outcome, (await centre.GetAsync(call.Id)).EndedBy));
    }

    [Theory]
    [InlineData("12", "too short")]
    [InlineData("+8821234567890", "blocked")]
    [InlineData("+18765550123", "blocked")]
    [InlineData("+442079460958", "+44 are not allowed")]
    [InlineData("+120255501", "too short")]
    [InlineData("+99912345678", "no country")]
    [InlineData("sip:anyone@example.com", "not a phone number")]
    public async Task A_number_that_may_not_be_dialled_is_refused_in_words(string number, string word)
    {
        await using var centre = await CallCentre.OpenAsync();
        var agent = await centre.HireAsync("Dana");

        var answer = await centre.Outbound.PrepareAsync(agent, number, Token);

        Assert.False(answer.IsDone);
        Assert.Contains(word, answer.Reason);
    }

    [Fact]
    public async Task An_agent_dials_so_many_times_a_minute_and_no_more()
    {
        await using var centre = await CallCentre.OpenAsync(("Dialling:CallsPerAgentPerMinute", "2"));
        var agent = await centre.HireAsync("Dana");
        for (var i = 0; i < 2; i++)
        {
            var call = await centre.Outbound.PrepareAsync(agent, "+12025550123", Token);
            await centre.Desk.HangUpAsync(call.Value!.CallId, agent, Token);
        }

        Assert.Contains("many calls", (await centre.Outbound.PrepareAsync(agent, "+12025550123", Token)).Reason);
        centre.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null((await centre.Outbound.PrepareAsync(agent, "+12025550123", Token)).Reason);
    }

    private static async Task<(int Agent, PreparedCall Dialled, CallSid Leg)> PreparedAsync(CallCentre centre)
    {
        var agent = await centre.HireAsync("Dana");
        var dialled = (await centre.Outbound.PrepareAsync(agent, "+1 202 555 0123", Token)).Value!;
        var leg = centre.NewLeg();
        Assert.IsType<JoinDecision.Allowed>(await centre.News.AgentConnectingAsync(leg, agent, dialled.ConferenceName, Token));
        return (agent, dialled, leg);
    }

    private static Task JoinedAsync(CallCentre centre, PreparedCall dialled, CallSid leg) => centre.News.ReportAsync(
        new ConferenceEvent(ConferenceEventKind.Joined, "CF7", dialled.ConferenceName, 0, centre.Clock.GetUtcNow(), leg), Token);
}
