using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Calls;

public sealed class CallStoreTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_change_gives_the_call_before_and_after_it()
    {
        await using var centre = await CallCentre.OpenAsync();
        var call = await centre.CallerArrivesAsync();

        var change = await centre.Get<CallStore>().ChangeAsync(call.Id, c =>
            c.TryApply(CallTrigger.CustomerLeft, centre.Clock.GetUtcNow()), Token);

        Assert.Equal((true, CallStatus.Waiting, CallStatus.Ended), (change.IsChange, change.Before!.Status, change.After!.Status));
        Assert.Equal(change.Before.Version + 1, change.After.Version);
    }

    [Fact]
    [Trait("Database", "Sqlite")]
    public async Task The_call_of_a_leg_is_found_by_two_indexes()
    {
        await using var centre = await CallCentre.OpenAsync();
        await using var db = centre.OpenDatabase();
        var (context, call, leg) = (CallQueries.OfLeg.Parameters[0], CallQueries.OfLeg.Parameters[1], CallQueries.OfLeg.Parameters[2]);
        var condition = ReplacingExpressionVisitor.Replace(
            [context, leg], [Expression.Constant(db), Expression.Constant(centre.NewLeg())], CallQueries.OfLeg.Body);

        var plan = await QueryPlan.ExplainAsync(db, db.Calls.Where(Expression.Lambda<Func<Call, bool>>(condition, call)));

        Assert.NotEmpty(plan);
        Assert.DoesNotContain(plan, step => step.StartsWith("SCAN", StringComparison.Ordinal));
    }

    /// <summary>SQL Server lets another write in between; SQLite has one writer, and the other waits for this one.</summary>
    [Fact]
    public async Task Of_two_who_write_at_once_the_second_decides_on_what_the_first_wrote()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var call = await centre.InCallAsync(dana);
        var seen = new List<string?>();
        Task? other = null;

        var change = await centre.Get<CallStore>().ChangeAsync(call.Id, c =>
        {
            seen.Add(c.Notes);
            if (other is null)
            {
                other = Task.Run(WriteOtherAsync, Token);
                Task.WaitAny([other], TestDatabase.OnSqlServer ? 30_000 : 50, Token);
            }

            c.Notes += "this ";
            return true;
        }, Token);
        await other!;

        Assert.Equal(TestDatabase.OnSqlServer ? [null, "other "] : [null], seen);
        Assert.Equal(TestDatabase.OnSqlServer ? "other " : null, change.Before!.Notes);
        Assert.Equal(TestDatabase.OnSqlServer ? "other this " : "this other ", (await centre.GetAsync(call.Id)).Notes);

        async Task WriteOtherAsync()
        {
            await using var db = centre.OpenDatabase();
            await db.Calls.Where(o => o.Id == call.Id).ExecuteUpdateAsync(
                set => set.SetProperty(o => o.Notes, o => (o.Notes ?? "") + "other ").SetProperty(o => o.Version, o => o.Version + 1),
                Token);
        }
    }

    [Fact]
    public async Task An_event_that_is_known_changes_nothing_and_is_announced_to_nobody()
    {
        await using var centre = await CallCentre.OpenAsync();
        var call = await centre.CallerArrivesAsync();
        var at = centre.Clock.GetUtcNow();
        Task<CallChange> ChangeAsync(string notes) => centre.Get<CallStore>().ChangeAsync(call.Id, c =>
        {
            c.Notes = notes;
            return Decision.Changed(CallEvent.Of(CallEventKind.Released, EventSource.Agent, c.Id, 1, at));
        }, Token);
        Assert.True((await ChangeAsync("once")).IsChange);
        var announced = 0;
        using var listening = centre.Get<CallFeed>().Subscribe(_ => announced++);

        var again = await ChangeAsync("twice");

        Assert.Equal((false, true, "once"), (again.IsChange, again.WasKnown, (await centre.GetAsync(call.Id)).Notes));
        Assert.Equal(0, announced);
    }

    [Fact]
    public async Task A_call_is_found_by_its_id_its_conference_and_any_of_its_legs()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var call = await centre.InCallAsync(dana);
        CallKey[] keys =
        [
            call.Id, new CallKey.ConferenceName(call.ConferenceName), new CallKey.ConferenceSid(call.ConferenceSid!),
            new CallKey.Leg(call.CustomerLeg!.Value), new CallKey.Leg(call.FindAgentLeg()!.CallSid),
        ];

        foreach (var key in keys)
        {
            Assert.Equal(call.Id, (await centre.Get<CallStore>().FindAsync(key, Token))?.Id);
        }

        Assert.Null(await centre.Get<CallStore>().FindAsync(new CallKey.Leg(centre.NewLeg()), Token));
        Assert.Null((await centre.Get<CallStore>().ChangeAsync(4711, _ => true, Token)).After);
    }
}
