using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Calls;

public sealed class CallContactTests
{
    private static CancellationToken Now => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_unknown_caller_becomes_a_contact_once_however_often_it_is_pressed()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var call = await centre.InCallAsync(dana);

        var first = await centre.WrapUp.CreateContactAsync(call.Id, dana, " Robin Vale ", Now);
        var second = await centre.WrapUp.CreateContactAsync(call.Id, dana, "Robin Vale", Now);

        Assert.Equal(first, second);
        Assert.Equal("Robin Vale", (await centre.GetAsync(call.Id)).OtherName);
        await using var db = centre.OpenDatabase();
        Assert.Equal("+12025550111", (await db.ContactNumbers.SingleAsync(Now)).Number);
    }

    [Fact]
    public async Task The_agent_chooses_among_several_contacts_of_one_number()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var parent = await centre.AddContactAsync("Parent", "+12025550111");
        await centre.AddContactAsync("Child", "+12025550111");
        var call = await centre.InCallAsync(dana);
        Assert.Equal("One of 2: Child, Parent", call.OtherName);

        Assert.True((await centre.WrapUp.SetContactAsync(call.Id, dana, parent, Now)).IsDone);

        Assert.Equal("Parent", (await centre.GetAsync(call.Id)).OtherName);
    }

    [Fact]
    public async Task Each_choice_of_a_calls_contact_is_on_record_once_with_what_it_was_before()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (dana, lee) = (await centre.HireAsync("Dana"), await centre.HireAsync("Lee"));
        var parent = await centre.AddContactAsync("Parent", "+12025550111");
        var child = await centre.AddContactAsync("Child", "+12025550111");
        var call = await centre.InCallAsync(dana);

        foreach (var chosen in (long?[])[parent, parent, child, null])
        {
            Assert.True((await centre.WrapUp.SetContactAsync(call.Id, dana, chosen, Now)).IsDone);
        }

        Assert.False((await centre.WrapUp.SetContactAsync(call.Id, lee, parent, Now)).IsDone); // not Lee's call
        await using var db = centre.OpenDatabase();
        var rows = await db.Audit.Where(a => a.Action == AuditAction.CallContactChosen).OrderBy(a => a.Id).ToListAsync(Now);
        Assert.Equal(
            [$"none → contact {parent}", $"contact {parent} → contact {child}", $"contact {child} → none"], rows.Select(a => a.Detail));
        Assert.All(rows, row => Assert.Equal((dana, call.Id), (row.AgentId, row.CallId)));
    }

    [Fact]
    public async Task A_withheld_number_makes_no_contact_and_says_why()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var call = await centre.InCallAsync(dana, "anonymous");

        var refused = await centre.WrapUp.CreateContactAsync(call.Id, dana, "Nobody", Now);

        Assert.False(refused.IsDone);
        Assert.Contains("withheld", refused.Reason, StringComparison.Ordinal);
    }
}
