using System.Text;
using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Contacts;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Erasure;

/// <summary>A customer asks to be forgotten, or a date has come.</summary>
public sealed class CustomerErasureTests
{
    private const string Name = "Xanthippe Quux";
    private const string Number = "+12025550147";
    private const string Notes = "Allergic to zwieback";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
    public async Task Nothing_of_the_customer_is_left_in_tables_index_file_and_at_the_carrier()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (alex, contact, call) = await KnownAsync(centre);
        Assert.Contains(Name, await BytesAsync(centre), StringComparison.Ordinal);

        var erased = await centre.Get<CustomerErasure>().EraseAsync(contact, alex, Token);

        Assert.Equal(new ErasedRecords(2, 1), erased.Value);
        Assert.Contains("delete-recording RE00000000000000000000000000000001", centre.Carrier.Asked);
        var bytes = await BytesAsync(centre);
        foreach (var trace in (string[])[Name, "Xanthippe", "xanthippe", "xanthip", "Quux", "quux@example.com", Number, "2025550147", "zwieback"])
        {
            Assert.DoesNotContain(trace, bytes, StringComparison.Ordinal);
        }

        await using var db = centre.OpenDatabase();
        var kept = await db.Calls.SingleAsync(c => c.Id == call, Token);
        Assert.Equal((CallStatus.Ended, "anonymous", null, null), (kept.Status, kept.FromNumber, kept.Notes, kept.ContactId));
        Assert.NotNull(kept.ErasedAt);
        Assert.Empty(await centre.Get<ContactBook>().GetAsync("Xanthippe", null, 10, Token));
        Assert.Contains(db.Audit, row => row.Action == AuditAction.ContactErased && row.AgentId == alex);
    }

    [Fact]
    public async Task Under_legal_hold_nothing_is_erased_nor_deleted()
    {
        await using var centre = await CallCentre.OpenAsync(("Retention:CallDays", "1"));
        var (alex, contact, call) = await KnownAsync(centre);
        var erasure = centre.Get<CustomerErasure>();
        Assert.True((await erasure.SetHoldAsync(contact, true, alex, Token)).IsDone);

        Assert.Contains("legal hold", (await erasure.EraseAsync(contact, alex, Token)).Reason);
        Assert.False(await centre.Get<ContactBook>().DeleteAsync(contact, alex, Token));
        centre.Clock.Advance(TimeSpan.FromDays(2));
        await erasure.ApplyAsync(new RetentionOptions { CallDays = 1, RecordingDays = 1 }, Token);
        Assert.Equal(Notes, (await centre.GetAsync(call)).Notes);

        await erasure.SetHoldAsync(contact, false, alex, Token);
        Assert.True((await erasure.EraseAsync(contact, alex, Token)).IsDone);
    }

    [Fact]
    public async Task A_call_that_may_be_of_a_contact_under_legal_hold_outlives_its_time()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (alex, _, known) = await KnownAsync(centre);
        var (held, _) = (await centre.AddContactAsync("Parent", "+12025550111"), await centre.AddContactAsync("Child", "+12025550111"));
        var call = await centre.CallerArrivesAsync("+12025550111"); // nobody has said which of the two it was
        await centre.EndAsync(call);
        await centre.Get<CustomerErasure>().SetHoldAsync(held, true, alex, Token);

        centre.Clock.Advance(TimeSpan.FromDays(2));
        await centre.Get<CustomerErasure>().ApplyAsync(new RetentionOptions { CallDays = 1, RecordingDays = 1 }, Token);

        Assert.Equal((null, "+12025550111"), ((await centre.GetAsync(call.Id)).ErasedAt, (await centre.GetAsync(call.Id)).FromNumber));
        Assert.NotNull((await centre.GetAsync(known)).ErasedAt);
    }

    [Fact]
    public async Task An_agent_takes_no_call_from_a_contact_under_legal_hold()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (alex, contact, call) = await KnownAsync(centre);
        var dana = (await centre.GetAsync(call)).AgentId!.Value;
        var other = await centre.AddContactAsync("Ada", "+12025550111");
        await centre.Get<CustomerErasure>().SetHoldAsync(contact, true, alex, Token);

        foreach (var refused in (Refusal?[])[
            (await centre.WrapUp.SetContactAsync(call, dana, other, Token)).Refusal,
            (await centre.WrapUp.SetContactAsync(call, dana, null, Token)).Refusal,
            (await centre.WrapUp.CreateContactAsync(call, dana, "Somebody else", Token)).Refusal])
        {
            Assert.Contains("legal hold", refused?.Reason, StringComparison.Ordinal);
        }

        Assert.Equal(contact, (await centre.GetAsync(call)).ContactId);
        Assert.Empty(await centre.Get<ContactBook>().GetAsync("Somebody", null, 10, Token));
        Assert.True((await centre.WrapUp.SetContactAsync(call, dana, contact, Token)).IsDone);
        await centre.Get<CustomerErasure>().SetHoldAsync(contact, false, alex, Token);
        Assert.True((await centre.WrapUp.SetContactAsync(call, dana, other, Token)).IsDone);
    }

    [Fact]
    public async Task A_contact_under_legal_hold_outlives_the_undo_of_its_import_and_of_its_merge()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (alex, contact, call) = await KnownAsync(centre);
        var (erasure, merges) = (centre.Get<CustomerErasure>(), centre.Get<ContactMerges>());
        using var files = new ContactFiles();
        var import = await centre.Get<ContactImports>().RunAsync(
            files.Import("Name,Phone\nHypatia,2025550199\n").ReadAll(), "people.csv", WhenKnown.Add, alex, null, Token);
        var imported = Assert.Single(await centre.Get<ContactBook>().GetAsync("Hypatia", null, 10, Token)).Id;
        await erasure.SetHoldAsync(contact, true, alex, Token);
        await erasure.SetHoldAsync(imported, true, alex, Token);

        await centre.Get<ContactImports>().UndoAsync(import.ImportId, alex, supervises: false, Token);
        await merges.MergeAsync(imported, contact, alex, Token);
        var back = await merges.SeparateAsync(Assert.Single(await merges.GetMergesAsync(imported, Token)).Id, alex, Token);

        Assert.NotNull(await centre.Get<ContactBook>().FindAsync(imported, Token));
        Assert.Equal(back.Contact!.Id, (await centre.GetAsync(call)).ContactId);
        Assert.Contains("legal hold", (await erasure.EraseAsync(back.Contact.Id, alex, Token)).Reason);
    }

    [Theory]
    [Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
    [InlineData("erased with the contact that it was merged into by way of another")]
    [InlineData("erased after the merge was undone")]
    [InlineData("deleted, and nobody erases it")]
    public async Task What_a_merge_keeps_to_be_undone_goes_with_the_contact(string how)
    {
        await using var centre = await CallCentre.OpenAsync();
        var (alex, contact, _) = await KnownAsync(centre);
        var (erasure, merges, book) = (centre.Get<CustomerErasure>(), centre.Get<ContactMerges>(), centre.Get<ContactBook>());
        var (second, third) = (await AddAsync("Ada"), await AddAsync("Ben"));
        await merges.MergeAsync(second, contact, alex, Token);

        if (how.StartsWith("erased with", StringComparison.Ordinal))
        {
            await merges.MergeAsync(third, second, alex, Token);
            Assert.True((await erasure.EraseAsync(third, alex, Token)).IsDone);
        }
        else if (how.StartsWith("erased after", StringComparison.Ordinal))
        {
            var back = await merges.SeparateAsync(Assert.Single(await merges.GetMergesAsync(second, Token)).Id, alex, Token);
            Assert.True((await erasure.EraseAsync(back.Contact!.Id, alex, Token)).IsDone);
        }
        else
        {
            Assert.True(await book.DeleteAsync(second, alex, Token));
        }

        await using var db = centre.OpenDatabase();
        Assert.DoesNotContain(
            await db.ContactMerges.Select(m => m.GoneName + m.Kept + m.Gone).ToListAsync(Token),
            kept => kept.Contains(Name, StringComparison.Ordinal));

        async Task<long> AddAsync(string name) =>
            (await book.CreateAsync(new ContactDraft(name, null, null, null, []), alex, Token)).Contact!.Id;
    }

    [Fact]
    public async Task What_the_carrier_does_not_delete_stays_known_here()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (alex, contact, call) = await KnownAsync(centre);
        centre.Carrier.Refusal = "The carrier is away.";

        Assert.Contains("away", (await centre.Get<CustomerErasure>().EraseAsync(contact, alex, Token)).Reason);
        Assert.NotNull((await centre.GetAsync(call)).RecordingSid);
    }

    [Fact]
    public async Task Recordings_go_after_their_time_and_calls_after_theirs()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (_, contact, call) = await KnownAsync(centre);
        var erasure = centre.Get<CustomerErasure>();
        var retention = new RetentionOptions { RecordingDays = 30, CallDays = 365 };

        centre.Clock.Advance(TimeSpan.FromDays(29));
        Assert.Equal(new ErasedRecords(0, 0), await erasure.ApplyAsync(retention, Token));
        centre.Clock.Advance(TimeSpan.FromDays(2));
        Assert.Equal(new ErasedRecords(0, 1), await erasure.ApplyAsync(retention, Token));
        Assert.Equal((null, Notes), ((await centre.GetAsync(call)).RecordingSid, (await centre.GetAsync(call)).Notes));
        centre.Clock.Advance(TimeSpan.FromDays(335));
        Assert.Equal(2, (await erasure.ApplyAsync(retention, Token)).Calls);
        Assert.Null((await centre.GetAsync(call)).Notes);
        Assert.NotNull(await centre.Get<ContactBook>().FindAsync(contact, Token)); // a contact is kept until somebody asks
    }

    [Fact]
    public async Task Only_administrators_erase()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (_, contact, _) = await KnownAsync(centre);
        var sam = await centre.HireAsync("Sam");
        await centre.PromoteAsync(sam, Roles.Supervisor);

        await Assert.ThrowsAsync<NotAllowedException>(() => centre.Get<CustomerErasure>().EraseAsync(contact, sam, Token));
        await Assert.ThrowsAsync<NotAllowedException>(() => centre.Get<CustomerErasure>().SetHoldAsync(contact, true, sam, Token));
    }

    /// <summary>A contact with a call that has notes and a recording, and one that was given up.</summary>
    private static async Task<(int Alex, long Contact, long Call)> KnownAsync(CallCentre centre)
    {
        var (dana, alex) = (await centre.HireAsync("Dana"), await centre.HireAsync("Alex"));
        await centre.PromoteAsync(alex, Roles.Admin);
        var contact = (await centre.Get<ContactBook>().CreateAsync(
            new ContactDraft(Name, "Northwind Ltd", "quux@example.com", Notes, [new NumberDraft(Number)]), alex, Token)).Contact!.Id;
        var call = await centre.InCallAsync(dana, Number);
        await centre.WrapUp.SaveNotesAsync(call.Id, dana, Notes, Token);
        await centre.EndAsync(call);
        await centre.News.ReportAsync(new RecordingEvent(
            "RE00000000000000000000000000000001", null, 7, (await centre.GetAsync(call.Id)).ConferenceSid, null, IsAbsent: false, false,
            centre.Clock.GetUtcNow(), null), Token);
        var other = await centre.CallerArrivesAsync(Number);
        await centre.TellAsync(other, ConferenceEventKind.Joined, other.CustomerLeg!.Value);
        await centre.EndAsync(other);
        Assert.NotNull((await centre.GetAsync(call.Id)).RecordingSid);
        Assert.True((await centre.Get<FavouriteBook>().AddNumberAsync(dana, PhoneNumber.Parse(Number), Token)).IsDone);
        return (alex, contact, call.Id);
    }

    private static async Task<string> BytesAsync(CallCentre centre)
    {
        await using var db = centre.OpenDatabase();
        var file = new Microsoft.Data.Sqlite.SqliteConnectionStringBuilder(db.Database.GetConnectionString()).DataSource;
        var all = new StringBuilder();
        foreach (var part in (string[])[file, file + "-wal"])
        {
            await using var stream = new FileStream(part, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            all.Append(await reader.ReadToEndAsync(Token));
        }

        return all.ToString();
    }
}
