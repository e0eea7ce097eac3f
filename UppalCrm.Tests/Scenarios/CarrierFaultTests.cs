using Microsoft.Extensions.DependencyInjection;
using UppalCrm.Simulator.Phones;
using UppalCrm.Simulator.Sim;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Scenarios;

/// <summary>Single faults of the carrier and the clock, each made on purpose and set right by asking.</summary>
public sealed class CarrierFaultTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dial_that_was_done_and_never_answered_is_found_by_asking_and_not_dialled_again()
    {
        await using var house = await House.OpenAsync();
        await using var dana = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");
        house.Network.Phones.Script("+12025550123", new PhoneScript { AnswerAfter = 30 });
        house.Network.Faults = FaultSettings.None with { Rest = [new RestRule { Operation = "POST /Calls.json", Silent = true }] };

        var dialled = await dana.DialAsync("+12025550123");
        await dana.JoinAsync(dialled.ConferenceName!);

        var call = await house.UntilCallAsync(c => c.CustomerLeg is not null, "the lost leg is found");
        var leg = Assert.Single((await house.Network.StateAsync()).Calls, c => c.To == "+12025550123");
        Assert.Equal(leg.Sid, call.CustomerLeg!.Value.Value);
        await dana.HangUpAsync(call.Id);
        await Eventually.HoldsAsync(
            async () => (await house.Network.StateAsync()).Calls.All(c => c.EndedAt is not null), () => "nobody is left ringing");
        Assert.Single((await house.Network.StateAsync()).Calls, c => c.To == "+12025550123");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_caller_whose_request_got_no_answer_waits_where_the_line_names_it_as_its_fallback(bool hasFallback)
    {
        await using var house = await House.OpenAsync();
        var voice = house.Address + "/api/twilio/webhook/voice";
        await house.Network.RouteToAsync(voice, hasFallback ? voice : null);
        house.Network.Faults = FaultSettings.None with
        {
            SpeechRate = 500, Webhooks = [new WebhookRule { Path = "webhook/voice", Nth = 1, Drop = true }],
        };

        var caller = await house.Network.PlaceCallAsync("+12025550111", house.OurNumber);

        CallState? leg = null;
        await Eventually.HoldsAsync(
            async () => (leg = (await house.Network.StateAsync()).Call(caller)) is { Conference: not null } or { EndedAt: not null },
            () => "the caller waits, or has been turned away");
        Assert.Equal(hasFallback ? $"incoming-{caller}" : null, leg!.Conference);
        if (hasFallback)
        {
            await house.UntilCallAsync(call => call.Status == CallStatus.Waiting, "the call is known");
        }
    }

    [Fact]
    public async Task A_room_whose_end_was_never_told_is_closed_at_the_next_round()
    {
        await using var house = await House.OpenAsync();
        await using var dana = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");
        var caller = await ConnectAsync(house, dana);
        house.Network.Faults = FaultSettings.None with { Webhooks = [new WebhookRule { Path = "-status", Drop = true }] };
        await house.Network.HangUpAsync(caller);

        await house.InSomeRoundAsync(
            async () => await house.FindCallAsync(calls => calls) is { Status: CallStatus.Ended }, () => "the call is over here too");
        Assert.Equal(CallOutcome.Answered, (await house.FindCallAsync(calls => calls))!.Outcome);
        await Eventually.HoldsAsync(async () => await house.Desk.FindActiveAsync(dana.AgentId, Token) is null, () => "the agent is free");
    }

    [Fact]
    public async Task A_caller_whose_goodbye_was_lost_is_told_at_the_next_round()
    {
        await using var house = await House.OpenAsync();
        house.Network.Faults = FaultSettings.None with
        {
            SpeechRate = 500, Rest = [new RestRule { Operation = "POST /Calls/*.json", Status = 500, Times = 1 }],
        };
        var caller = await house.Network.PlaceCallAsync("+12025550111", house.OurNumber);
        await Eventually.HoldsAsync(
            async () => (await house.Network.StateAsync()).Call(caller)?.Conference is not null, () => "the caller waits");
        await house.UntilCallAsync(c => c.Status == CallStatus.Waiting, "the call is known");

        house.Clock.Advance(TimeSpan.FromSeconds(61));
        await house.UntilCallAsync(c => c.Outcome == CallOutcome.Missed, "the minute is over");

        await house.InSomeRoundAsync(
            async () => (await house.Network.StateAsync()).Call(caller)!.EndedAt is not null, () => "the caller was told, and is gone");
    }

    [Fact]
    public async Task An_agent_who_goes_on_a_break_is_offered_nothing_any_more_and_the_others_still_are()
    {
        await using var house = await House.OpenAsync();
        await using var dana = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");
        await using var lee = await AgentClient.SignInAsync(house, "lee@uppalcrm.test");
        await house.Network.PlaceCallAsync("+12025550111", house.OurNumber);
        await dana.UntilOfferedAsync();
        await lee.UntilOfferedAsync();

        await house.Services.GetRequiredService<AgentRoster>().SetStatusAsync(dana.AgentId, "Break", Token);

        await Eventually.HoldsAsync(() => dana.Offers.IsEmpty, "Dana's pop-up goes");
        Assert.NotEmpty(lee.Offers);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(-10)]
    public async Task A_clock_ten_minutes_wrong_changes_no_duration(int minutes)
    {
        await using var house = await House.OpenAsync();
        house.Clock.Advance(TimeSpan.FromMinutes(minutes));
        await using var dana = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");
        var began = TimeProvider.System.GetTimestamp();
        var caller = await ConnectAsync(house, dana);
        await house.Network.HangUpAsync(caller);

        var ended = await house.UntilCallAsync(c => c is { Status: CallStatus.Ended, ConferenceEndedAt: not null }, "the call has ended");

        Assert.InRange(ended.DurationSeconds!.Value, 0, (int)TimeProvider.System.GetElapsedTime(began).TotalSeconds + 1);
        Assert.Equal((CallOutcome.Answered, CallEnder.Customer), (ended.Outcome, ended.EndedBy));
    }

    private static async Task<string> ConnectAsync(House house, AgentClient agent)
    {
        var caller = await house.Network.PlaceCallAsync("+12025550111", house.OurNumber);
        var offer = await agent.UntilOfferedAsync();
        await agent.JoinAsync((await agent.AcceptAsync(offer.CallId)).ConferenceName!);
        await house.UntilCallAsync(c => c.Status == CallStatus.Connected, "the call is connected");
        return caller;
    }
}
