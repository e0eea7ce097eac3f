using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Contacts;

public sealed class ContactMergesTests
{
    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_merge_keeps_numbers_notes_and_calls_of_both_and_is_audited()
    {
        await using var centre = await CallCentre.OpenAsync();
        var sam = await centre.HireSupervisorAsync();
        var kept = await AddAsync(centre, new ContactDraft("Ada Lovelace", null, null, "Likes looms.", [new("+12025550111", "Work")]));
        var gone = await AddAsync(
            centre,
            new ContactDraft(
                "A. Lovelace", "Engines", "ada@engines.example", "Prefers mornings.", [new("+12025550111"), new("+12025550122", "Home")]));
        var call = await centre.CallerArrivesAsync("+12025550122");
        Assert.Equal(gone.Id, (await centre.GetAsync(call.Id)).ContactId);

        var answer = await centre.Get<ContactMerges>().MergeAsync(kept.Id, gone.Id, sam, Cancel);

        Assert.True(answer.Saved, answer.Refusal);
        Assert.Equal(("Ada Lovelace", "Engines", "ada@engines.example", "Likes looms.\n\nPrefers mornings."),
            (answer.Contact!.Name, answer.Contact.Company, answer.Contact.Email, answer.Contact.Notes));
        Assert.Equal([("+12025550111", "Work"), ("+12025550122", "Home")], answer.Contact.Numbers.Select(n => (n.Number, n.Label)));
        Assert.Equal(kept.Id, (await centre.GetAsync(call.Id)).ContactId);
        Assert.Null(await centre.Get<ContactBook>().FindAsync(gone.Id, Cancel));
        Assert.Single(await centre.Get<ContactBook>().GetAsync("lovelace", null, 10, Cancel));
        await using var db = centre.OpenDatabase();
        Assert.Contains(await db.Audit.ToListAsync(Cancel), a => a.Action == AuditAction.ContactsMerged && a.AgentId == sam);
    }

    [Fact]
    public async Task A_merge_is_undone_the_calls_go_back_and_what_was_changed_since_stays()
    {
        await using var centre = await CallCentre.OpenAsync();
        var sam = await centre.HireSupervisorAsync();
        var (book, merges) = (centre.Get<ContactBook>(), centre.Get<ContactMerges>());
        var kept = await AddAsync(
            centre, new ContactDraft("Ada Lovelace", null, null, "Likes looms.", [new("+12025550111", "Work")]) { Tags = ["vip"] });
        var gone = await AddAsync(
            centre, new ContactDraft(
                "A. Lovelace", "Engines", "ada@engines.example", "Prefers mornings.", [new("+12025550111"), new("+12025550122", "Home")])
        {
            MoreEmails = ["al@engines.example"], Tags = ["press"],
        });
        var call = await centre.CallerArrivesAsync("+12025550122");
        await merges.MergeAsync(kept.Id, gone.Id, sam, Cancel);
        var merged = (await book.FindAsync(kept.Id, Cancel))!;
        Assert.Equal("al@engines.example | vip, press", $"{string.Join(", ", merged.MoreEmails)} | {string.Join(", ", merged.Tags)}");
        await book.SaveAsync(kept.Id, merged.Version, ContactDraft.Of(merged) with { Name = "Ada King" }, Cancel);
        var merge = Assert.Single(await merges.GetMergesAsync(kept.Id, Cancel));

        var dana = await centre.HireAsync("Dana");
        await Assert.ThrowsAsync<NotAllowedException>(() => merges.SeparateAsync(merge.Id, dana, Cancel));

        var answer = await merges.SeparateAsync(merge.Id, sam, Cancel);

        var back = (await book.FindAsync(answer.Contact!.Id, Cancel))!;
        Assert.Equal(
            ("A. Lovelace", "Engines", "ada@engines.example", "Prefers mornings."), (back.Name, back.Company, back.Email, back.Notes));
        Assert.Equal(["+12025550111", "+12025550122"], back.Numbers.Select(n => n.Number));
        var left = (await book.FindAsync(kept.Id, Cancel))!;
        Assert.Equal(("Ada King", null, null, "Likes looms."), (left.Name, left.Company, left.Email, left.Notes));
        Assert.Equal(
            "+12025550111 |  | vip",
            $"{string.Join(", ", left.Numbers.Select(n => n.Number))} | {string.Join(", ", left.MoreEmails)} | "
                + $"{string.Join(", ", left.Tags)}");
        Assert.Equal(back.Id, (await centre.GetAsync(call.Id)).ContactId);
        Assert.False((await merges.SeparateAsync(merge.Id, sam, Cancel)).Saved); // once
        Assert.Empty(await merges.GetMergesAsync(kept.Id, Cancel));
    }

    [Fact]
    public async Task Nobody_is_merged_with_themselves_or_with_nobody()
    {
        await using var centre = await CallCentre.OpenAsync();
        var sam = await centre.HireSupervisorAsync();
        var ada = await AddAsync(centre, new ContactDraft("Ada", null, null, null, []));

        Assert.False((await centre.Get<ContactMerges>().MergeAsync(ada.Id, ada.Id, sam, Cancel)).Saved);
        Assert.False((await centre.Get<ContactMerges>().MergeAsync(ada.Id, 4711, sam, Cancel)).Saved);
        Assert.NotNull(await centre.Get<ContactBook>().FindAsync(ada.Id, Cancel));
    }

    private static async Task<Contact> AddAsync(CallCentre centre, ContactDraft draft) =>
        (await centre.Get<ContactBook>().CreateAsync(draft, Cancel)).Contact!;
}
