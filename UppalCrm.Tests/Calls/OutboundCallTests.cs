using UppalCrm.Core.Calls;
using UppalCrm.Core.Telephony;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Calls;

public sealed class OutboundCallTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_customer_is_dialled_only_after_the_agents_leg_joined_and_only_once()
    {
        await using var floor = await Floor.OpenAsync();
        var (agent, dialled, leg) = await PreparedAsync(floor);
        Assert.Empty(floor.Carrier.Asked);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => JoinedAsync(floor, dialled, leg))));
        await floor.CarrierIsDoneAsync();

        Assert.Equal(["dial +12025550123"], floor.Carrier.Asked);
        var call = await floor.CallAsync(dialled.CallId!.Value);
        Assert.Equal((CallStatus.Dialing, agent), (call.Status, call.AgentId));
        Assert.NotNull(call.TwilioCallSid);
    }

    [Fact]
    public async Task An_answer_that_overtakes_the_carriers_reply_is_taken_once_and_only_for_the_dialled_number()
    {
        await using var floor = await Floor.OpenAsync();
        var (_, dialled, leg) = await PreparedAsync(floor);
        floor.Carrier.OnDial = _ => new DialAttempt.Unknown("lost");
        await JoinedAsync(floor, dialled, leg);
        var customer = floor.NewLeg();

        Assert.IsType<JoinDecision.Refused>(await floor.News.CustomerAnsweredAsync(floor.NewLeg(), dialled.ConferenceName!, "+12025559999", Token));
        Assert.IsType<JoinDecision.Allowed>(await floor.News.CustomerAnsweredAsync(customer, dialled.ConferenceName!, "+12025550123", Token));
        Assert.IsType<JoinDecision.Refused>(await floor.News.CustomerAnsweredAsync(floor.NewLeg(), dialled.ConferenceName!, "+12025550123", Token));
        Assert.IsType<JoinDecision.Allowed>(await floor.News.CustomerAnsweredAsync(customer, dialled.ConferenceName!, "+12025550123", Token));

        Assert.Equal((CallStatus.Connected, customer), (((await floor.CallAsync(dialled.CallId!.Value)).Status), (await floor.CallAsync(dialled.CallId!.Value)).TwilioCallSid));
    }

    [Theory]
    [InlineData(LegState.Busy, CallOutcome.Busy, "busy")]
    [InlineData(LegState.NoAnswer, CallOutcome.NoAnswer, "Nobody")]
    [InlineData(LegState.Failed, CallOutcome.Failed, "reached")]
    public async Task What_the_phone_did_is_told_in_words_and_the_agents_leg_is_ended(LegState state, CallOutcome outcome, string word)
    {
        await using var floor = await Floor.OpenAsync();
        var (agent, dialled, leg) = await PreparedAsync(floor);
        await JoinedAsync(floor, dialled, leg);
        await floor.CarrierIsDoneAsync();
        var customer = (await floor.CallAsync(dialled.CallId!.Value)).TwilioCallSid!.Value;

        await floor.News.ReportAsync(new LegNews(customer, state, 2, null, 0, 486), Token);
        await floor.News.ReportAsync(new LegNews(customer, LegState.Ringing, 1, null, null, null), Token); // late
        await floor.CarrierIsDoneAsync();

        var call = await floor.CallAsync(dialled.CallId!.Value);
        Assert.Equal((CallStatus.Ended, outcome), (call.Status, call.Outcome));
        Assert.Contains(word, call.EndReason);
        Assert.Contains($"end conference {dialled.ConferenceName}", floor.Carrier.Asked);
        Assert.Null((await floor.Roster.FindAsync(agent, Token))!.CallId);
    }

    [Fact]
    public async Task Callbacks_that_come_before_the_carriers_reply_are_not_lost()
    {
        await using var floor = await Floor.OpenAsync();
        var (_, dialled, leg) = await PreparedAsync(floor);
        var customer = FakeCarrier.Leg(777);
        floor.Carrier.OnDial = _ =>
        {
            floor.News.ReportAsync(new LegNews(customer, LegState.Ringing, 1, null, null, null), Token).GetAwaiter().GetResult();
            return new DialAttempt.Accepted(customer);
        };

        await JoinedAsync(floor, dialled, leg);
        await floor.CarrierIsDoneAsync();

        Assert.Equal(LegState.Ringing, (await floor.CallAsync(dialled.CallId!.Value)).DialState);
    }

    [Fact]
    public async Task When_the_carrier_answers_neither_the_order_nor_the_question_the_agent_is_told()
    {
        await using var floor = await Floor.OpenAsync();
        var (_, dialled, leg) = await PreparedAsync(floor);
        floor.Carrier.OnDial = _ => new DialAttempt.Unknown("lost");
        floor.Carrier.OnFindDialled = _ => throw new TelephonyException("The carrier does not answer.");
        await JoinedAsync(floor, dialled, leg);

        await Eventually.HoldsAsync(async () =>
        {
            floor.Clock.Advance(TimeSpan.FromSeconds(2));
            return !(await floor.CallAsync(dialled.CallId!.Value)).IsOpen;
        }, () => "the call is given up");

        Assert.Contains("did not answer", (await floor.CallAsync(dialled.CallId!.Value)).EndReason);
        Assert.Single(floor.Carrier.Asked, a => a.StartsWith("dial", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refused_dial_ends_the_call_with_the_carriers_words()
    {
        await using var floor = await Floor.OpenAsync();
        var (_, dialled, leg) = await PreparedAsync(floor);
        floor.Carrier.OnDial = _ => new DialAttempt.Refused("This number does not exist.", 21211);

        await JoinedAsync(floor, dialled, leg);
        await floor.CarrierIsDoneAsync();

        var call = await floor.CallAsync(dialled.CallId!.Value);
        Assert.Equal((CallOutcome.Failed, "This number does not exist."), (call.Outcome, call.EndReason));
    }

    [Fact]
    public async Task An_agent_whose_leg_never_joins_is_told_and_nobody_is_dialled()
    {
        await using var floor = await Floor.OpenAsync();
        var (agent, dialled, _) = await PreparedAsync(floor);

        floor.Clock.Advance(TimeSpan.FromSeconds(10));
        await floor.SweepAsync();

        var call = await floor.CallAsync(dialled.CallId!.Value);
        Assert.Equal((CallStatus.Ended, CallOutcome.Failed), (call.Status, call.Outcome));
        Assert.Contains("did not join", call.EndReason);
        Assert.DoesNotContain(floor.Carrier.Asked, a => a.StartsWith("dial", StringComparison.Ordinal));
        Assert.Null((await floor.Roster.FindAsync(agent, Token))!.CallId);
    }

    [Fact]
    public async Task Hanging_up_while_it_rings_cancels_the_customers_leg()
    {
        await using var floor = await Floor.OpenAsync();
        var (agent, dialled, leg) = await PreparedAsync(floor);
        await JoinedAsync(floor, dialled, leg);
        await floor.CarrierIsDoneAsync();
        var customer = (await floor.CallAsync(dialled.CallId!.Value)).TwilioCallSid;

        await floor.Desk.HangUpAsync(dialled.CallId!.Value, agent, Token);
        await floor.CarrierIsDoneAsync();

        Assert.Equal(CallOutcome.Cancelled, (await floor.CallAsync(dialled.CallId!.Value)).Outcome);
        Assert.Contains($"end leg {customer}", floor.Carrier.Asked);
    }

    [Fact]
    public async Task Who_ended_it_is_the_agent_who_did_also_when_the_order_takes_the_customer_out_first()
    {
        await using var floor = await Floor.OpenAsync();
        var agent = await floor.AgentAsync("Dana");
        var call = await floor.CallerArrivesAsync();
        var (leg, news) = await Story.ClaimAsync(floor, call, agent);
        await news[0](floor);
        await news[1](floor);
        await floor.Desk.HangUpAsync(call.Id, agent, Token);

        var sid = $"CF{call.Id:d32}";
        await floor.News.ReportAsync(new ConferenceNews(ConferenceHappening.Left, sid, call.ConferenceName, 8, null, call.TwilioCallSid, Reason: "conference_ended_via_api"), Token);
        await floor.News.ReportAsync(new ConferenceNews(ConferenceHappening.Left, sid, call.ConferenceName, 9, null, leg, Reason: "conference_ended_via_api"), Token);
        await floor.News.ReportAsync(new ConferenceNews(ConferenceHappening.Ended, sid, call.ConferenceName, 10, null, null, Reason: "conference-ended-via-api"), Token);

        Assert.Equal((CallOutcome.Answered, CallEnder.Agent), ((await floor.CallAsync(call.Id)).Outcome, (await floor.CallAsync(call.Id)).EndedBy));
    }

    [Theory]
    [InlineData("12", "complete telephone number")]
    [InlineData("+8821234567890", "blocked")]
    [InlineData("+18765550123", "blocked")]
    [InlineData("+442079460958", "+44 are not allowed")]
    [InlineData("+120255501", "too short or too long")]
    [InlineData("+99912345678", "no country")]
    [InlineData("sip:anyone@example.com", "complete telephone number")]
    public async Task A_number_that_may_not_be_dialled_is_refused_in_words(string number, string word)
    {
        await using var floor = await Floor.OpenAsync();
        var agent = await floor.AgentAsync("Dana");

        var answer = await floor.Desk.DialAsync(agent, number, Token);

        Assert.Null(answer.CallId);
        Assert.Contains(word, answer.Error);
    }

    [Fact]
    public async Task An_agent_dials_so_many_times_a_minute_and_no_more()
    {
        await using var floor = await Floor.OpenAsync(("Dialling:CallsPerAgentPerMinute", "2"));
        var agent = await floor.AgentAsync("Dana");
        for (var i = 0; i < 2; i++)
        {
            var call = await floor.Desk.DialAsync(agent, "+12025550123", Token);
            await floor.Desk.HangUpAsync(call.CallId!.Value, agent, Token);
        }

        Assert.Contains("many calls", (await floor.Desk.DialAsync(agent, "+12025550123", Token)).Error);
        floor.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null((await floor.Desk.DialAsync(agent, "+12025550123", Token)).Error);
    }

    private static async Task<(int Agent, DialAnswer Dialled, CallSid Leg)> PreparedAsync(Floor floor)
    {
        var agent = await floor.AgentAsync("Dana");
        var dialled = await floor.Desk.DialAsync(agent, "+1 202 555 0123", Token);
        Assert.Null(dialled.Error);
        var leg = floor.NewLeg();
        Assert.IsType<JoinDecision.Allowed>(await floor.News.AgentConnectingAsync(leg, agent, dialled.ConferenceName!, Token));
        return (agent, dialled, leg);
    }

    private static Task JoinedAsync(Floor floor, DialAnswer dialled, CallSid leg) => floor.News.ReportAsync(
        new ConferenceNews(ConferenceHappening.Joined, "CF7", dialled.ConferenceName!, 0, floor.Clock.GetUtcNow(), leg), Token);
}
