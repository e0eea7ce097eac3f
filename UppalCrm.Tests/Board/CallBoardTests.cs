using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Board;

public sealed class CallBoardTests
{
    private static CancellationToken Token => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_agent_may_not_watch_the_board()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        await centre.PromoteAsync(dana, Roles.Agent);

        await Assert.ThrowsAsync<NotAllowedException>(() => centre.Get<CallBoard>().WatchAsync(dana, _ => { }, Token));

        Assert.Equal(0, centre.Get<CallBoard>().Watchers);
    }

    [Fact]
    public async Task A_supervisor_who_begins_to_watch_sees_the_floor_as_it_is()
    {
        await using var centre = await CallCentre.OpenAsync(("Floor:TimeZone", "UTC"));
        var (sam, dana) = (await centre.HireSupervisorAsync(), await centre.HireAsync("Dana"));
        await centre.AddContactAsync("Mary Poole", "+12025550133");
        var talking = await centre.InCallAsync(dana, "+12025550133");
        centre.Clock.Advance(TimeSpan.FromSeconds(3));
        var waiting = await centre.CallerArrivesAsync();

        using var watch = await centre.Get<CallBoard>().WatchAsync(sam, _ => { }, Token);

        var row = Assert.Single(watch.First.InProgress);
        Assert.Equal((talking.Id, "Mary Poole", "Dana", CallStatus.Connected), (row.Id, row.OtherName, row.AgentName, row.Status));
        Assert.Equal(2, row.Legs.Length);
        Assert.Equal(waiting.Id, Assert.Single(watch.First.Waiting).Id);
        Assert.Equal((1, 1), (watch.First.Figures.Waiting, watch.First.Figures.Tally.Answered));
        Assert.Equal(waiting.CreatedAt, watch.First.Figures.LongestWaitingSince);
        Assert.Equal(Presence.OnCall, watch.First.Agents.Single(a => a.Name == "Dana").Presence);
    }

    [Fact]
    public async Task What_browsers_say_of_an_offer_stands_on_the_board_although_nobody_announces_it()
    {
        await using var centre = await CallCentre.OpenAsync();
        var sam = await centre.HireSupervisorAsync();
        var call = await centre.CallerArrivesAsync();
        BoardSnapshot? latest = null;
        using var watch = await centre.Get<CallBoard>().WatchAsync(sam, snapshot => latest = snapshot, Token);
        Assert.Null(Assert.Single(watch.First.Waiting).Receipt);
        var (one, other) = (
            centre.Get<OfferReceipts>(), new OfferReceipts(centre.Get<CallStore>(), centre.Clock, NullLogger<OfferReceipts>.Instance));

        one.Note(call.Id, "a", OfferStage.Painted, TimeSpan.FromMilliseconds(300));
        one.Note(call.Id, "b", OfferStage.Painted, TimeSpan.FromMilliseconds(900));
        one.Note(call.Id, "b", OfferStage.Audible, TimeSpan.FromMilliseconds(950));
        centre.Clock.Advance(OfferReceipts.Gathering);
        await Eventually.HoldsAsync(async () =>
        {
            await using var db = centre.OpenDatabase();
            return await db.Events.AnyAsync(e => e.Kind == CallEventKind.OfferShown, Token);
        }, () => "the first node's receipt is kept");
        other.Note(call.Id, "c", OfferStage.Painted, TimeSpan.FromMilliseconds(200)); // on another node
        other.Note(call.Id, "c", OfferStage.Blocked, TimeSpan.FromMilliseconds(210));
        centre.Clock.Advance(OfferReceipts.Gathering);

        await Eventually.HoldsAsync(async () =>
        {
            centre.Clock.Advance(TimeSpan.FromSeconds(10));
            await centre.Get<CallBoard>().UpdateAsync(Token);
            return latest?.Waiting[0].Receipt == new OfferReceipt(3, 1, 1, 200, 900, 950);
        }, () => $"the board says what three screens of two nodes did; it says {latest?.Waiting[0].Receipt}");
    }

    [Fact]
    public async Task The_caller_who_has_waited_longest_stands_first()
    {
        await using var centre = await CallCentre.OpenAsync();
        var sam = await centre.HireSupervisorAsync();
        var arrived = new List<long>();
        foreach (var from in new[] { "+12025550111", "+12025550122", "+12025550133" })
        {
            arrived.Add((await centre.CallerArrivesAsync(from)).Id);
            centre.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        using var watch = await centre.Get<CallBoard>().WatchAsync(sam, _ => { }, Token);

        Assert.Equal(arrived, watch.First.Waiting.Select(call => call.Id));
    }

    [Fact]
    public async Task A_change_comes_to_every_screen_and_an_idle_floor_sends_nothing()
    {
        await using var centre = await CallCentre.OpenAsync();
        var board = centre.Get<CallBoard>();
        var sam = await centre.HireSupervisorAsync();
        var (first, second) = (new List<BoardSnapshot>(), new List<BoardSnapshot>());
        using var one = await board.WatchAsync(sam, first.Add, Token);
        using var two = await board.WatchAsync(sam, second.Add, Token);

        await board.UpdateAsync(Token);
        Assert.Empty(second);

        var call = await centre.CallerArrivesAsync();
        await board.UpdateAsync(Token);

        Assert.Same(first[^1], second[^1]); // one reading, many screens
        Assert.Equal(call.Id, Assert.Single(second[^1].Waiting).Id);
    }

    [Fact]
    public async Task An_ended_call_leaves_the_board_and_enters_the_figures()
    {
        await using var centre = await CallCentre.OpenAsync(("Floor:TimeZone", "UTC"));
        var board = centre.Get<CallBoard>();
        var (sam, dana) = (await centre.HireSupervisorAsync(), await centre.HireAsync("Dana"));
        var snapshots = new List<BoardSnapshot>();
        var call = await centre.InCallAsync(dana);
        using var watch = await board.WatchAsync(sam, snapshots.Add, Token);

        centre.Clock.Advance(TimeSpan.FromSeconds(30));
        await centre.EndAsync(call);
        await board.UpdateAsync(Token);

        Assert.Empty(snapshots[^1].InProgress);
        Assert.Equal(1, snapshots[^1].Figures.Tally.Handled);
        Assert.Equal(Presence.WrapUp, snapshots[^1].Agents.Single(a => a.Name == "Dana").Presence);
    }

    [Fact]
    public async Task At_the_floors_midnight_the_days_figures_begin_at_zero()
    {
        await using var centre = await CallCentre.OpenAsync(("Floor:TimeZone", "UTC"));
        var board = centre.Get<CallBoard>();
        var (sam, dana) = (await centre.HireSupervisorAsync(), await centre.HireAsync("Dana"));
        await centre.EndAsync(await centre.InCallAsync(dana));
        var snapshots = new List<BoardSnapshot>();
        using var watch = await board.WatchAsync(sam, snapshots.Add, Token);
        Assert.Equal(1, watch.First.Figures.Tally.Handled);

        centre.Clock.Advance(TimeSpan.FromHours(12));
        await board.UpdateAsync(Token);

        Assert.Equal(default, snapshots[^1].Figures.Tally);
        Assert.Equal(new DateOnly(2026, 6, 18), snapshots[^1].Figures.Today);
    }

    [Fact]
    public async Task A_change_that_was_never_announced_is_healed_within_30_seconds_and_counted()
    {
        await using var centre = await CallCentre.OpenAsync();
        var board = centre.Get<CallBoard>();
        var sam = await centre.HireSupervisorAsync();
        var call = await centre.CallerArrivesAsync();
        var snapshots = new List<BoardSnapshot>();
        using var watch = await board.WatchAsync(sam, snapshots.Add, Token);
        await using (var db = centre.OpenDatabase())
        {
            await db.Calls.Where(c => c.Id == call.Id).ExecuteUpdateAsync(
                set => set.SetProperty(c => c.CallerName, "PAT").SetProperty(c => c.Version, c => c.Version + 1), Token);
        }

        snapshots.Clear();
        await board.UpdateAsync(Token);
        Assert.Empty(snapshots);
        centre.Clock.Advance(CallBoard.HealEvery);
        await board.UpdateAsync(Token);
        Assert.Equal("PAT", snapshots[^1].Waiting[0].OtherName);
        centre.Clock.Advance(CallBoard.HealEvery);
        await board.UpdateAsync(Token);

        Assert.Equal(1, board.HealedGaps); // it waited one round: its announcement might only have been late
    }

    [Fact]
    public async Task An_announcement_that_is_only_late_is_no_gap()
    {
        await using var centre = await CallCentre.OpenAsync();
        var board = centre.Get<CallBoard>();
        var sam = await centre.HireSupervisorAsync();
        var call = await centre.CallerArrivesAsync();
        using var watch = await board.WatchAsync(sam, _ => { }, Token);
        await using (var db = centre.OpenDatabase())
        {
            await db.Calls.Where(c => c.Id == call.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(c => c.Version, c => c.Version + 1), Token);
        }

        centre.Clock.Advance(CallBoard.HealEvery);
        await board.UpdateAsync(Token);
        centre.Get<CallFeed>().Announce(new CallChanged(call.Id, call.Version + 1));
        centre.Clock.Advance(CallBoard.HealEvery);
        await board.UpdateAsync(Token);

        Assert.Equal(0, board.HealedGaps);
    }

    [Fact]
    public async Task What_changed_while_nobody_looked_is_no_gap()
    {
        await using var centre = await CallCentre.OpenAsync();
        var board = centre.Get<CallBoard>();
        var sam = await centre.HireSupervisorAsync();
        (await board.WatchAsync(sam, _ => { }, Token)).Dispose();
        await centre.CallerArrivesAsync();

        using var again = await board.WatchAsync(sam, _ => { }, Token);
        centre.Clock.Advance(CallBoard.HealEvery);
        await board.UpdateAsync(Token);

        Assert.Single(again.First.Waiting);
        Assert.Equal(0, board.HealedGaps);
    }

    [Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
    [Fact]
    public async Task A_database_that_cannot_be_read_leaves_the_last_picture_marked_stale_until_it_can()
    {
        await using var centre = await CallCentre.OpenAsync();
        var board = centre.Get<CallBoard>();
        var sam = await centre.HireSupervisorAsync();
        var call = await centre.CallerArrivesAsync();
        var snapshots = new List<BoardSnapshot>();
        using var watch = await board.WatchAsync(sam, snapshots.Add, Token);
        await using var db = centre.OpenDatabase();
        await db.Database.ExecuteSqlRawAsync("ALTER TABLE phone_calls RENAME TO elsewhere", Token);
        centre.Get<CallFeed>().Announce(new CallChanged(call.Id, 2));

        await board.UpdateAsync(Token);
        Assert.Equal(centre.Clock.GetUtcNow(), snapshots[^1].StaleSince);
        Assert.Equal(call.Id, Assert.Single(snapshots[^1].Waiting).Id);
        await db.Database.ExecuteSqlRawAsync("ALTER TABLE elsewhere RENAME TO phone_calls", Token);
        await board.UpdateAsync(Token);

        Assert.Null(snapshots[^1].StaleSince);
    }

    [Fact]
    public async Task A_screen_that_fails_does_not_keep_the_others_from_seeing()
    {
        await using var centre = await CallCentre.OpenAsync();
        var board = centre.Get<CallBoard>();
        var sam = await centre.HireSupervisorAsync();
        var seen = new List<BoardSnapshot>();
        using var broken = await board.WatchAsync(sam, _ => throw new InvalidOperationException("this screen is broken"), Token);
        using var sound = await board.WatchAsync(sam, seen.Add, Token);

        await centre.CallerArrivesAsync();
        await board.UpdateAsync(Token);

        Assert.Single(seen);
    }

    [Fact]
    public async Task Changes_come_at_once_and_then_four_times_a_second_at_most()
    {
        await using var centre = await CallCentre.OpenAsync();
        var board = centre.Get<CallBoard>();
        var sam = await centre.HireSupervisorAsync();
        var latest = ImmutableArray<BoardSnapshot>.Empty;
        using var watch = await board.WatchAsync(sam, s => ImmutableInterlocked.Update(ref latest, list => list.Add(s)), Token);
        await board.StartAsync(Token);
        await centre.CallerArrivesAsync();
        await Eventually.HoldsAsync(() => latest is [.., { Waiting.Length: 1 }], "the first caller is on the board");

        for (var i = 0; i < 20; i++)
        {
            await centre.CallerArrivesAsync($"+120255502{i:00}");
        }

        var before = latest.Length;
        await Eventually.HoldsAsync(() =>
        {
            centre.Clock.Advance(CallBoard.Beat); // the board sleeps by this clock
            return latest is [.., { Waiting.Length: 21 }];
        }, "all callers are on the board");
        await board.StopAsync(Token);

        Assert.InRange(latest.Length - before, 1, 2); // twenty changes, one picture (two if the beat fell between them)
    }
}
