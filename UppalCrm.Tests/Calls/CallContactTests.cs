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
