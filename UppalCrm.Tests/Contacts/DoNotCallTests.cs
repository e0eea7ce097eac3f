using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Contacts;

public sealed class DoNotCallTests : IDisposable
{
    private static readonly PhoneNumber Number = PhoneNumber.Parse("+12025550111");
    private readonly ContactFiles _files = new();

    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("(202) 555-0111")]
    [InlineData("+1 202 555 0111")]
    public async Task A_listed_number_is_not_dialled_in_any_spelling_and_the_refusal_is_on_record(string typed)
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        await centre.Get<DoNotCallList>().AddAsync(Number, "Asked us by letter", dana, Cancel);

        var refused = await centre.Get<OutboundCalls>().PrepareAsync(dana, typed, Cancel);

        Assert.Equal(
            "This number must not be called: Asked us by letter. A supervisor can lift this on the contact's page.",
            refused.Refusal?.Reason);
        await using var db = centre.OpenDatabase();
        Assert.Empty(await db.Calls.ToListAsync(Cancel));
        var rows = await db.Audit.ToListAsync(Cancel);
        Assert.Contains(rows, a => a.Action == AuditAction.DoNotCallSet && a.AgentId == dana
            && a.Detail == "number ending in 0111");
        var row = Assert.Single(rows, a => a.Action == AuditAction.DialRefused);
        Assert.Equal((dana, "do not call: number ending in 0111"), (row.AgentId, row.Detail));
    }

    [Fact]
    public async Task A_card_number_is_struck_out_of_a_reason_however_it_came()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        await centre.Get<DoNotCallList>().AddAsync(Number, "Paid with 4111 1111 1111 1111", dana, Cancel);
        await centre.Get<ContactImports>().RunAsync(
            _files.Import("Name,Phone,Do not call\nAda,2025550112,Paid with 4111 1111 1111 1111\n").ReadAll(), "people.csv",
            WhenKnown.Add, dana, null, Cancel);

        await using var db = centre.OpenDatabase();
        Assert.Equal(
            ["Paid with •••• •••• •••• 1111", "Paid with •••• •••• •••• 1111"],
            await db.DoNotCall.Select(n => n.Reason).ToListAsync(Cancel));
    }

    [Fact]
    public async Task A_number_that_was_lifted_is_dialled_again_and_both_are_on_record()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var list = centre.Get<DoNotCallList>();
        await list.AddAsync(Number, "Asked us by letter", dana, Cancel);
        Assert.Equal("This number is not called already.", (await list.AddAsync(Number, "Asked us twice", dana, Cancel)).Reason);

        await list.LiftAsync(Number, dana, Cancel);

        Assert.Null((await centre.Get<OutboundCalls>().PrepareAsync(dana, "2025550111", Cancel)).Refusal);
        await using var db = centre.OpenDatabase();
        Assert.Contains(await db.Audit.ToListAsync(Cancel), a => a.Action == AuditAction.DoNotCallLifted);
    }

    [Fact]
    public async Task A_reason_is_needed()
    {
        await using var centre = await CallCentre.OpenAsync();

        Assert.NotNull((await centre.Get<DoNotCallList>().AddAsync(Number, " ", 1, Cancel)).Reason);
        Assert.Null(await centre.Get<DoNotCallList>().FindAsync(Number.Value, Cancel));
    }

    [Theory]
    [InlineData("Name,Phone,Do Not Call\nAda,2025550111,1\nBen,2025550122,0\n")]
    [InlineData("First Name,Last Name,Phone,DoNotCall\nAda,Byron,2025550111,TRUE\nBen,Cole,2025550122,FALSE\n")]
    [InlineData("Name;Telefon;Nicht anrufen\nAda;202 555 0111;ja\nBen;202 555 0122;nein\n")]
    [InlineData("Name,Phone 1,Phone 1 - Do not call,Phone 2,Phone 2 - Do not call\nAda,2025550111,yes,2025550122,\n")]
    public async Task A_file_brings_its_numbers_that_must_not_be_called_and_its_undo_lifts_them(string text)
    {
        await using var centre = await CallCentre.OpenAsync();
        string[] both = ["+12025550111", "+12025550122"];

        var result = await centre.Get<ContactImports>()
            .RunAsync(_files.Import(text).ReadAll(), "people.csv", WhenKnown.Add, 1, null, Cancel);

        Assert.Equal([Number.Value], (await centre.Get<DoNotCallList>().FindAsync(both, Cancel)).Keys);
        await centre.Get<ContactImports>().UndoAsync(result.ImportId, 1, false, Cancel);
        Assert.Empty(await centre.Get<DoNotCallList>().FindAsync(both, Cancel));
    }
}
