using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Missed;

public sealed class MissedCallsTests
{
    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task Three_tries_of_one_person_are_one_entry_with_the_newest_first()
    {
        await using var centre = await CallCentre.OpenAsync();
        await centre.AddContactAsync("Ada Byron", "+12025550111");
        var tries = new[] { await GiveUpAsync(centre), await GiveUpAsync(centre), await GiveUpAsync(centre) };
        await GiveUpAsync(centre, "+14155550199");

        var list = await centre.Get<MissedCalls>().GetAsync(Cancel);

        Assert.Equal(["+14155550199", "+12025550111"], list.Callers.Select(c => c.Number));
        var ada = list.Callers[1];
        Assert.Equal("Ada Byron", ada.Name);
        Assert.Equal(tries.Reverse().Select(c => c.Id), ada.Calls.Select(c => c.Id));
        Assert.All(ada.Calls, c => Assert.Equal((CallOutcome.Abandoned, 20), (c.Outcome, c.WaitSeconds)));
        Assert.False(list.Cut);
    }

    [Fact]
    public async Task Callers_who_withhold_their_number_are_not_taken_for_one_person()
    {
        await using var centre = await CallCentre.OpenAsync();
        await GiveUpAsync(centre, "anonymous");
        await GiveUpAsync(centre, "anonymous");

        var list = await centre.Get<MissedCalls>().GetAsync(Cancel);

        Assert.Equal(2, list.Callers.Count);
        Assert.All(list.Callers, c => Assert.False(c.CanCallBack));
    }

    [Fact]
    public async Task Of_many_who_take_a_caller_at_once_one_wins_and_the_others_learn_who()
    {
        await using var centre = await CallCentre.OpenAsync();
        var agents = new List<int>();
        for (var i = 0; i < 12; i++)
        {
            agents.Add(await centre.HireAsync($"Agent {i}"));
        }

        await GiveUpAsync(centre);
        var call = await GiveUpAsync(centre);
        var missed = centre.Get<MissedCalls>();
        using var barrier = new Barrier(agents.Count);

        var answers = await Task.WhenAll(agents.Select(agent => Task.Factory.StartNew(
            () =>
            {
                barrier.SignalAndWait(Cancel);
                return missed.TakeAsync(call.Id, agent, Cancel);
            },
            Cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()));

        var winner = agents[Array.FindIndex(answers, a => a.IsDone)];
        Assert.Single(answers, a => a.IsDone);
        var name = $"Agent {agents.IndexOf(winner)}";
        Assert.All(answers.Where(a => !a.IsDone), a => Assert.Equal($"{name} has taken this caller.", a.Reason));
        await using var db = centre.OpenDatabase();
        Assert.All(await db.Calls.ToListAsync(Cancel), c => Assert.Equal(winner, c.FollowUpAgentId)); // all tries, not one of them
    }

    [Fact]
    public async Task A_new_try_of_a_taken_caller_stays_in_the_same_hands()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (dana, lee) = (await centre.HireAsync("Dana"), await centre.HireAsync("Lee"));
        var first = await GiveUpAsync(centre);
        await centre.Get<MissedCalls>().TakeAsync(first.Id, dana, Cancel);

        var second = await GiveUpAsync(centre);

        var caller = Assert.Single((await centre.Get<MissedCalls>().GetAsync(Cancel)).Callers);
        Assert.Equal((dana, "Dana", 2), (caller.TakenBy, caller.TakenByName, caller.Calls.Count));
        Assert.False((await centre.Get<MissedCalls>().TakeAsync(second.Id, lee, Cancel)).IsDone);
        Assert.True((await centre.Get<MissedCalls>().TakeAsync(second.Id, dana, Cancel)).IsDone);
    }

    [Fact]
    public async Task Done_takes_all_tries_off_the_list_and_can_be_taken_back()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        await GiveUpAsync(centre);
        var call = await GiveUpAsync(centre);
        var missed = centre.Get<MissedCalls>();
        var heard = new List<long>();
        using var listening = centre.Get<CallFeed>().Subscribe(news => heard.Add(news.CallId));

        var done = await missed.FinishAsync(call.Id, dana, supervises: false, Cancel);

        Assert.True(done.IsDone);
        Assert.Empty((await missed.GetAsync(Cancel)).Callers);
        Assert.Equal(done.Value!.Order(), heard.Order()); // saved, then announced

        await missed.ReopenAsync(done.Value, dana, supervises: false, Cancel);

        Assert.Equal(2, Assert.Single((await missed.GetAsync(Cancel)).Callers).Calls.Count);
    }

    [Fact]
    public async Task What_another_agent_took_is_theirs_except_to_a_supervisor()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (dana, lee, sam) = (await centre.HireAsync("Dana"), await centre.HireAsync("Lee"), await centre.HireAsync("Sam"));
        var call = await GiveUpAsync(centre);
        var missed = centre.Get<MissedCalls>();
        await missed.TakeAsync(call.Id, dana, Cancel);

        Assert.False((await missed.FinishAsync(call.Id, lee, supervises: false, Cancel)).IsDone);
        Assert.False((await missed.GiveBackAsync(call.Id, lee, supervises: false, Cancel)).IsDone);
        Assert.True((await missed.GiveBackAsync(call.Id, sam, supervises: true, Cancel)).IsDone);
        Assert.Equal(new MissedCount(Callers: 1, Untaken: 1), await missed.CountAsync(Cancel));
        Assert.True((await missed.TakeAsync(call.Id, lee, Cancel)).IsDone);
    }

    [Fact]
    public async Task An_answered_call_is_never_on_the_list_and_cannot_be_taken()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var call = await centre.InCallAsync(dana);
        await centre.EndAsync(call);

        Assert.Empty((await centre.Get<MissedCalls>().GetAsync(Cancel)).Callers);
        Assert.False((await centre.Get<MissedCalls>().TakeAsync(call.Id, dana, Cancel)).IsDone);
        Assert.False((await centre.Get<MissedCalls>().FinishAsync(4711, dana, supervises: true, Cancel)).IsDone);
    }

    [Fact]
    public async Task A_caller_who_was_served_later_is_on_the_list_no_more_and_one_who_gives_up_again_is()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        await GiveUpAsync(centre, "+12025550111");
        await GiveUpAsync(centre, "anonymous"); // may be anybody: not served with the next who withholds the number
        centre.Clock.Advance(TimeSpan.FromMinutes(1));
        await centre.EndAsync(await centre.InCallAsync(dana, "+12025550111"));
        var missed = centre.Get<MissedCalls>();
        Assert.Equal(["anonymous"], (await missed.GetAsync(Cancel)).Callers.Select(c => c.Number));

        centre.Clock.Advance(TimeSpan.FromMinutes(1));
        await GiveUpAsync(centre, "+12025550111");

        var again = (await missed.GetAsync(Cancel)).Callers[0];
        Assert.Equal("+12025550111", again.Number);
        Assert.Single(again.Calls); // the try from before the talk is not owed any more
        Assert.Equal(new MissedCount(Callers: 2, Untaken: 2), await missed.CountAsync(Cancel));
    }

    [Fact]
    public async Task The_entry_says_who_has_called_back_since()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        await GiveUpAsync(centre);
        centre.Clock.Advance(TimeSpan.FromMinutes(5));

        var dialled = await centre.Outbound.PrepareAsync(dana, "+12025550111", Cancel);

        var caller = Assert.Single((await centre.Get<MissedCalls>().GetAsync(Cancel)).Callers);
        Assert.Equal(((long?)dialled.Value!.CallId, "Dana"), (caller.LastCallBack?.CallId, caller.LastCallBack?.AgentName));
    }

    [Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
    [Fact]
    public async Task The_list_is_read_by_its_index()
    {
        await using var centre = await CallCentre.OpenAsync();
        await using var db = centre.OpenDatabase();

        var plan = await QueryPlan.ExplainAsync(db, db.Calls.Where(c => c.FollowedUpAt == null).Where(MissedCalls.IsMissed)
            .OrderByDescending(c => c.CreatedAt).ThenByDescending(c => c.Id).Take(500).Select(c => c.Id));

        Assert.Contains(plan, step => step.Contains("ix_phone_calls_missed_followed_up_at_created_at_id", StringComparison.Ordinal));
        Assert.DoesNotContain(plan, step => step.Contains("TEMP B-TREE", StringComparison.Ordinal));
    }

    private static async Task<Call> GiveUpAsync(CallCentre centre, string from = "+12025550111")
    {
        var call = await centre.CallerArrivesAsync(from);
        await centre.TellAsync(call, ConferenceEventKind.Joined, call.CustomerLeg!.Value);
        centre.Clock.Advance(TimeSpan.FromSeconds(20));
        await centre.EndAsync(call);
        return await centre.GetAsync(call.Id);
    }
}
