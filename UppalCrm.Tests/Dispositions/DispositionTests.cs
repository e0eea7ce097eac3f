using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Dispositions;

public sealed class DispositionTests
{
    private static CancellationToken Now => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_disposition_must_be_on_the_administrators_list()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var call = await centre.InCallAsync(dana);

        Assert.True((await centre.WrapUp.SetDispositionAsync(call.Id, dana, "Sale", Now)).IsDone);
        Assert.False((await centre.WrapUp.SetDispositionAsync(call.Id, dana, "Nonsense", Now)).IsDone);

        Assert.Equal("Sale", (await centre.GetAsync(call.Id)).Disposition);
    }

    [Fact]
    public async Task Nobody_else_writes_in_an_agents_call()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var lee = await centre.HireAsync("Lee");
        var contact = await centre.AddContactAsync("Avery", "+12025550111");
        var call = await centre.InCallAsync(dana);

        Assert.Equal("This call is not yours.", (await centre.WrapUp.SetDispositionAsync(call.Id, lee, "Sale", Now)).Reason);
        Assert.Equal("This call is not yours.", (await centre.WrapUp.SetContactAsync(call.Id, lee, null, Now)).Reason);
        Assert.Equal("This call is not yours.", (await centre.WrapUp.CreateContactAsync(call.Id, lee, "Mine", Now)).Reason);

        var untouched = await centre.GetAsync(call.Id);
        Assert.Null(untouched.Disposition);
        Assert.Equal(contact, untouched.ContactId);
    }

    [Fact]
    public async Task Wrap_up_is_not_finished_without_a_disposition_where_one_is_required()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        await centre.Get<DispositionList>().SetRequiredAsync(true, dana, Now);
        var call = await centre.InCallAsync(dana);
        await centre.EndAsync(call);

        Assert.False((await centre.Roster.FinishWrapUpAsync(dana, Now)).IsDone);
        Assert.Equal(Presence.WrapUp, (await centre.Roster.FindAsync(dana, Now))!.Presence);

        await centre.WrapUp.SetDispositionAsync(call.Id, dana, "Resolved", Now);
        Assert.True((await centre.Roster.FinishWrapUpAsync(dana, Now)).IsDone);
        Assert.Equal(Presence.Available, (await centre.Roster.FindAsync(dana, Now))!.Presence);
    }

    [Fact]
    public async Task A_required_disposition_prolongs_the_wrap_up_while_the_agent_is_there()
    {
        await using var centre = await CallCentre.OpenAsync(("Calls:WrapUp", "00:00:30"));
        var dana = await centre.HireAsync("Dana");
        await centre.Get<DispositionList>().SetRequiredAsync(true, dana, Now);
        await centre.EndAsync(await centre.InCallAsync(dana));

        centre.Clock.Advance(TimeSpan.FromSeconds(31));
        await centre.Roster.SeenAsync([dana], Now);
        await centre.Get<DeadlineSweeper>().SweepAsync(Now);
        Assert.Equal(Presence.WrapUp, (await centre.Roster.FindAsync(dana, Now))!.Presence);

        centre.Clock.Advance(TimeSpan.FromMinutes(2)); // the browser has not been heard of since
        await centre.Get<DeadlineSweeper>().SweepAsync(Now);
        Assert.Null((await centre.Roster.FindAsync(dana, Now))!.WrapUpCallId);
    }

    [Fact]
    public async Task Wrap_up_ends_by_the_clock_where_no_disposition_is_required()
    {
        await using var centre = await CallCentre.OpenAsync(("Calls:WrapUp", "00:00:30"));
        var dana = await centre.HireAsync("Dana");
        await centre.EndAsync(await centre.InCallAsync(dana));

        centre.Clock.Advance(TimeSpan.FromSeconds(31));
        await centre.Roster.SeenAsync([dana], Now);
        await centre.Get<DeadlineSweeper>().SweepAsync(Now);

        var after = await centre.Roster.FindAsync(dana, Now);
        Assert.Equal(Presence.Available, after!.Presence);
        Assert.Null(after.WrapUpCallId);
    }

    [Fact]
    public async Task A_call_keeps_its_disposition_when_the_list_loses_it()
    {
        await using var centre = await CallCentre.OpenAsync();
        var admin = await centre.HireAsync("Alex");
        var call = await centre.InCallAsync(admin);
        var list = centre.Get<DispositionList>();
        await centre.WrapUp.SetDispositionAsync(call.Id, admin, "Sale", Now);

        await list.RemoveAsync((await list.GetAsync(Now)).Single(d => d.Name == "Sale").Id, admin, Now);

        Assert.Equal("Sale", (await centre.GetAsync(call.Id)).Disposition);
        Assert.DoesNotContain(await list.GetAsync(Now), d => d.Name == "Sale");
    }

    [Fact]
    public async Task The_list_keeps_its_order_refuses_doubles_and_is_audited()
    {
        await using var centre = await CallCentre.OpenAsync();
        var admin = await centre.HireAsync("Alex");
        var list = centre.Get<DispositionList>();

        Assert.True((await list.AddAsync("  Callback  ", admin, Now)).IsDone);
        Assert.False((await list.AddAsync("callback", admin, Now)).IsDone);
        Assert.False((await list.AddAsync("   ", admin, Now)).IsDone);
        var added = (await list.GetAsync(Now))[^1];
        await list.MoveAsync(added.Id, up: true, admin, Now);

        Assert.Equal(
            ["Resolved", "Follow-up", "Sale", "Wrong number", "Callback", "Spam"], (await list.GetAsync(Now)).Select(d => d.Name));
        await using var db = centre.OpenDatabase();
        Assert.Equal(2, await db.Audit.CountAsync(a => a.Action == AuditAction.SettingsChanged && a.AgentId == admin, Now));
    }

    [Fact]
    public async Task Earlier_calls_are_found_by_number_and_by_contact_newest_first()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        await centre.AddContactAsync("Avery", "+12025550111", "+12025550122");
        var older = await EndedAsync("+12025550111");
        var other = await EndedAsync("+12025550133");
        var newer = await EndedAsync("+12025550122");
        var now = await centre.InCallAsync(dana, "+12025550111");

        var earlier = await centre.Get<RecentCalls>().GetEarlierAsync(now, 5, Now);
        var mine = await centre.Get<RecentCalls>().GetOfAgentAsync(dana, 2, Now);

        Assert.Equal([newer.Id, older.Id], earlier.Select(c => c.Id));
        Assert.Equal([newer.Id, other.Id], mine.Select(c => c.Id));

        async Task<Call> EndedAsync(string from)
        {
            var call = await centre.InCallAsync(dana, from);
            centre.Clock.Advance(TimeSpan.FromMinutes(1));
            await centre.EndAsync(call);
            return call;
        }
    }
}
