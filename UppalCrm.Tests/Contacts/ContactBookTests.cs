using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Contacts;

public sealed class ContactBookTests
{
    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_list_goes_on_where_it_stopped_from_A_to_Z_whatever_the_case()
    {
        await using var centre = await CallCentre.OpenAsync();
        string[] names = ["bob", "Ada", "ada", "Zoë", "Émile", "Bob", "carla", "Bob"];
        foreach (var name in names)
        {
            await centre.AddContactAsync(name);
        }

        var read = new List<ContactRow>();
        IReadOnlyList<ContactRow> piece;
        do
        {
            piece = await centre.Get<ContactBook>().GetAsync(null, read.LastOrDefault()?.Place, 3, Cancel);
            read.AddRange(piece);
        }
        while (piece.Count == 3);

        Assert.Equal(["Ada", "ada", "bob", "Bob", "Bob", "carla", "Zoë", "Émile"], read.Select(c => c.Name));
        Assert.Equal(names.Length, read.DistinctBy(c => c.Id).Count());
    }

    [Theory]
    [InlineData("lov")]
    [InlineData("ada LOVE")]
    [InlineData("analyt")]
    [InlineData("ada@")]
    [InlineData("202 555 0111")]
    [InlineData("+12025550111")]
    [InlineData("0111")]
    public async Task Somebody_is_found_by_name_company_address_and_number(string text)
    {
        await using var centre = await CallCentre.OpenAsync();
        var ada = await AddAsync(centre, new ContactDraft("Ada Lovelace", "Analytical Engines", "ada@engines.example", null, [new("+12025550111", "Work")]));
        await AddAsync(centre, new ContactDraft("Charles Babbage", "Difference Ltd", "charles@difference.example", null, [new("+14155550199")]));

        var found = await centre.Get<ContactBook>().GetAsync(text, null, 10, Cancel);

        Assert.Equal([ada.Id], found.Select(c => c.Id));
    }

    [Fact]
    public async Task A_number_that_was_removed_finds_nobody_any_more()
    {
        await using var centre = await CallCentre.OpenAsync();
        var ada = await AddAsync(centre, new ContactDraft("Ada", null, null, null, [new("+12025550111"), new("+12025550122")]));

        await centre.Get<ContactBook>().SaveAsync(ada.Id, ada.Version, new ContactDraft("Ada", null, null, null, [new("+12025550122", "Home")]), Cancel);

        Assert.Empty(await centre.Get<ContactBook>().GetAsync("2025550111", null, 10, Cancel));
        Assert.Single(await centre.Get<ContactBook>().GetAsync("2025550122", null, 10, Cancel));
        Assert.Null(await centre.Get<ContactBook>().MatchAsync("+12025550111", Cancel));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("ada")]
    public async Task Pages_of_the_list_are_read_by_an_index(string? search)
    {
        await using var centre = await CallCentre.OpenAsync();
        await using var db = centre.OpenDatabase();

        var plan = await QueryPlan.ExplainAsync(db, ContactBook.Page(db, search, new ContactPlace("M", 5), 50));

        var index = search is null ? "ix_contacts_name_any_case" : "VIRTUAL TABLE INDEX";
        Assert.Contains(plan, step => step.Contains(index, StringComparison.Ordinal));
        Assert.DoesNotContain(plan, step => step is "SCAN c" or "SCAN contacts");
    }

    [Fact]
    public async Task Who_saves_on_an_old_version_is_told_and_shown_the_new_one()
    {
        await using var centre = await CallCentre.OpenAsync();
        var book = centre.Get<ContactBook>();
        var ada = await AddAsync(centre, new ContactDraft("Ada", null, null, null, []));
        await book.SaveAsync(ada.Id, ada.Version, new ContactDraft("Ada", "Engines", null, null, []), Cancel);

        var late = await book.SaveAsync(ada.Id, 1, new ContactDraft("Ada", "Looms", null, null, []), Cancel);

        Assert.True(late is { Saved: false, Conflict: true });
        Assert.Equal("Engines", late.Contact!.Company);
        Assert.Equal("Engines", (await book.FindAsync(ada.Id, Cancel))!.Company);
    }

    [Fact]
    public async Task Of_two_who_save_at_once_one_wins_and_one_is_told()
    {
        await using var centre = await CallCentre.OpenAsync();
        var book = centre.Get<ContactBook>();
        var ada = await AddAsync(centre, new ContactDraft("Ada", null, null, null, []));

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(
            () => book.SaveAsync(ada.Id, ada.Version, new ContactDraft("Ada", $"Company {i}", null, null, []), Cancel), Cancel)));

        var winner = Assert.Single(answers, a => a.Saved);
        Assert.All(answers.Where(a => !a.Saved), a => Assert.True(a.Conflict));
        Assert.Equal(winner.Contact!.Company, (await book.FindAsync(ada.Id, Cancel))!.Company);
    }

    [Fact]
    public async Task A_merge_keeps_numbers_notes_and_calls_of_both_and_is_audited()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var kept = await AddAsync(centre, new ContactDraft("Ada Lovelace", null, null, "Likes looms.", [new("+12025550111", "Work")]));
        var gone = await AddAsync(centre, new ContactDraft("A. Lovelace", "Engines", "ada@engines.example", "Prefers mornings.", [new("+12025550111"), new("+12025550122", "Home")]));
        var call = await centre.CallerArrivesAsync("+12025550122");
        Assert.Equal(gone.Id, (await centre.GetAsync(call.Id)).ContactId);

        var answer = await centre.Get<ContactBook>().MergeAsync(kept.Id, gone.Id, dana, Cancel);

        Assert.True(answer.Saved, answer.Refusal);
        Assert.Equal(("Ada Lovelace", "Engines", "ada@engines.example", "Likes looms.\n\nPrefers mornings."),
            (answer.Contact!.Name, answer.Contact.Company, answer.Contact.Email, answer.Contact.Notes));
        Assert.Equal([("+12025550111", "Work"), ("+12025550122", "Home")], answer.Contact.Numbers.Select(n => (n.Number, n.Label)));
        Assert.Equal(kept.Id, (await centre.GetAsync(call.Id)).ContactId);
        Assert.Null(await centre.Get<ContactBook>().FindAsync(gone.Id, Cancel));
        Assert.Single(await centre.Get<ContactBook>().GetAsync("lovelace", null, 10, Cancel));
        await using var db = centre.OpenDatabase();
        Assert.Contains(await db.Audit.ToListAsync(Cancel), a => a.Action == AuditAction.ContactsMerged && a.AgentId == dana);
    }

    [Fact]
    public async Task Nobody_is_merged_with_themselves_or_with_nobody()
    {
        await using var centre = await CallCentre.OpenAsync();
        var ada = await AddAsync(centre, new ContactDraft("Ada", null, null, null, []));

        Assert.False((await centre.Get<ContactBook>().MergeAsync(ada.Id, ada.Id, 1, Cancel)).Saved);
        Assert.False((await centre.Get<ContactBook>().MergeAsync(ada.Id, 4711, 1, Cancel)).Saved);
        Assert.NotNull(await centre.Get<ContactBook>().FindAsync(ada.Id, Cancel));
    }

    [Fact]
    public async Task Calls_outlive_the_contact_who_is_deleted()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var ada = await AddAsync(centre, new ContactDraft("Ada Lovelace", null, null, null, [new("+12025550111")]));
        var call = await centre.CallerArrivesAsync("+12025550111");

        Assert.True(await centre.Get<ContactBook>().DeleteAsync(ada.Id, dana, Cancel));

        Assert.Null((await centre.GetAsync(call.Id)).ContactId);
        Assert.Empty((await centre.Get<CallHistory>().GetNewestAsync(new HistoryFilter { Search = "lovelace" }, new HistoryReader(dana, false), 5, Cancel)).Rows);
        Assert.False(await centre.Get<ContactBook>().DeleteAsync(ada.Id, dana, Cancel));
    }

    [Fact]
    public async Task A_new_contact_takes_on_the_earlier_calls_of_their_number_and_the_one_in_progress_hears_of_it()
    {
        await using var centre = await CallCentre.OpenAsync();
        var call = await centre.CallerArrivesAsync("+12025550111");
        var heard = new List<CallChanged>();
        using var listening = centre.Get<CallFeed>().Subscribe(heard.Add);

        var ada = await AddAsync(centre, new ContactDraft("Ada", null, null, null, [new("+12025550111")]));

        Assert.Equal(ada.Id, (await centre.GetAsync(call.Id)).ContactId);
        Assert.Equal([call.Id], heard.Select(h => h.CallId));
    }

    [Theory]
    [InlineData("", null, null, "A contact needs a name.")]
    [InlineData("Ada", "not an address", null, "The e-mail address")]
    [InlineData("Ada", null, "12", "is no phone number")]
    [InlineData("Ada", null, "+1202555011", null)]
    public async Task What_cannot_be_saved_is_refused_in_words(string name, string? email, string? number, string? words)
    {
        await using var centre = await CallCentre.OpenAsync();

        var answer = await centre.Get<ContactBook>().CreateAsync(new ContactDraft(name, null, email, null, number is null ? [] : [new(number)]), Cancel);

        Assert.Equal(words is null, answer.Saved);
        Assert.Contains(words ?? "", answer.Refusal ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_import_takes_the_good_rows_merges_by_number_and_says_why_of_the_bad()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var known = await AddAsync(centre, new ContactDraft("Ada Lovelace", null, "ada@engines.example", null, [new("+12025550111")]));
        ImportRow[] rows =
        [
            new(2, new ContactDraft("A. Lovelace", "Engines", "other@engines.example", null, [new("+12025550111"), new("+12025550122", "Home")])),
            new(3, new ContactDraft("Charles Babbage", null, null, null, [new("+14155550199")])),
            new(4, new ContactDraft("", null, null, null, [new("+14155550100")])),
            new(5, new ContactDraft("Charles B.", "Difference Ltd", null, null, [new("+14155550199")])),
            new(6, new ContactDraft("Charles Babbage", null, null, null, [new("+14155550199")])),
            new(7, new ContactDraft("Mary", null, "mary", null, [])),
            new(8, new ContactDraft("Mary Somerville", null, "mary@sky.example", null, [])),
            new(9, new ContactDraft("Mary Somerville", null, "mary@sky.example", null, [])),
        ];

        var outcome = await centre.Get<ContactBook>().ImportAsync(rows, dana, null, Cancel);

        Assert.Equal((2, 2, 2), (outcome.Created, outcome.Merged, outcome.Unchanged));
        Assert.Equal([4, 7], outcome.Problems.Select(p => p.Line));
        var ada = await centre.Get<ContactBook>().FindAsync(known.Id, Cancel);
        Assert.Equal(("Ada Lovelace", "Engines", "ada@engines.example", 2), (ada!.Name, ada.Company, ada.Email, ada.Numbers.Count)); // added to, not overwritten
        var all = await centre.Get<ContactBook>().GetAsync(null, null, 10, Cancel);
        Assert.Equal(["Ada Lovelace", "Charles Babbage", "Mary Somerville"], all.Select(c => c.Name));
        Assert.Equal("Difference Ltd", all[1].Company);
    }

    [Fact]
    public async Task A_thousand_rows_report_how_far_they_are()
    {
        await using var centre = await CallCentre.OpenAsync();
        var rows = Enumerable.Range(0, 1_000).Select(i => new ImportRow(i + 2, new ContactDraft($"Person {i}", null, null, null, [new($"+1202555{i:0000}")]))).ToList();
        var told = new List<int>();

        var outcome = await centre.Get<ContactBook>().ImportAsync(rows, 1, told.Add, Cancel);

        Assert.Equal(1_000, outcome.Created);
        Assert.Equal([200, 400, 600, 800, 1_000], told);
        Assert.Null(await centre.Get<AuditLog>().FindTamperedAsync(Cancel));
    }

    private static async Task<Contact> AddAsync(CallCentre centre, ContactDraft draft)
    {
        var answer = await centre.Get<ContactBook>().CreateAsync(draft, Cancel);
        Assert.True(answer.Saved, answer.Refusal);
        return answer.Contact!;
    }
}
