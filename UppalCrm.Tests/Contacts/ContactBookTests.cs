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

        Assert.Equal(["Ada", "ada", "bob", "Bob", "Bob", "carla", "Émile", "Zoë"], read.Select(c => c.Name));
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
    [InlineData("Tel. 202-555-0111")]
    [InlineData("\u260E 202-555-0111")]
    [InlineData("202-555-0111 (work)")]
    [InlineData("(202) 555\u20220111")]
    [InlineData("202\u30FC555\u30FC0111")]
    [InlineData("\u2018+1 202 555 0111\u2019")]
    [InlineData("=\"2025550111\"")]
    [InlineData("202 555 0111 Durchwahl 12")]
    public async Task Somebody_is_found_by_name_company_address_and_number(string text)
    {
        await using var centre = await CallCentre.OpenAsync();
        var ada = await AddAsync(
            centre, new ContactDraft("Ada Lovelace", "Analytical Engines", "ada@engines.example", null, [new("+12025550111", "Work")]));
        await AddAsync(
            centre, new ContactDraft("Charles Babbage", "Difference Ltd", "charles@difference.example", null, [new("+14155550199")]));

        var found = await centre.Get<ContactBook>().GetAsync(text, null, 10, Cancel);

        Assert.Equal([ada.Id], found.Select(c => c.Id));
    }

    [Fact]
    public async Task A_number_that_was_removed_finds_nobody_any_more()
    {
        await using var centre = await CallCentre.OpenAsync();
        var ada = await AddAsync(centre, new ContactDraft("Ada", null, null, null, [new("+12025550111"), new("+12025550122")]));

        await centre.Get<ContactBook>()
            .SaveAsync(ada.Id, ada.Version, new ContactDraft("Ada", null, null, null, [new("+12025550122", "Home")]), Cancel);

        Assert.Empty(await centre.Get<ContactBook>().GetAsync("2025550111", null, 10, Cancel));
        Assert.Single(await centre.Get<ContactBook>().GetAsync("2025550122", null, 10, Cancel));
        Assert.Null((await centre.Get<ContactBook>().MatchAsync("+12025550111", Cancel)).Contact);
    }

    /// <summary>Many of one name, of one rank (<see cref="NameRank"/>) and of others, added, renamed and deleted in any order.</summary>
    [Theory]
    [InlineData("ma")]
    [InlineData("maria")]
    [InlineData("gar mari")]
    [InlineData("zoe")]
    [InlineData("engines")]
    public async Task A_search_goes_on_where_it_stopped_in_the_order_of_the_list_and_leaves_nobody_out(string typed)
    {
        var random = new Random(11);
        await using var centre = await CallCentre.OpenAsync();
        string[] first = ["Maria", "maría", "Mari-Carmen", "Ma", "Zoë", "Émile", "d'Arc", "名前", "5th", "Max"];
        string[] last = ["García", "Garcia Lopez", "Gardner", "O'Neil", "", "Maria", "Ørsted", "von und zu Berg"];
        var book = centre.Get<ContactBook>();
        await using (var db = centre.OpenDatabase())
        {
            db.Contacts.AddRange(Enumerable.Range(0, 300).Select(i => new Contact
            {
                Name = $"{first[random.Next(first.Length)]} {last[random.Next(last.Length)]}".Trim(),
                Company = i % 3 == 0 ? "Engines" : null,
                Version = 1,
            }));
            await db.SaveChangesAsync(Cancel);
            foreach (var contact in await db.Contacts.Where(c => c.Id % 5 == 0).ToListAsync(Cancel))
            {
                contact.Name = $"{first[random.Next(first.Length)]} {last[random.Next(last.Length)]}".Trim();
            }

            await db.SaveChangesAsync(Cancel);
            await db.Contacts.Where(c => c.Id % 7 == 0).ExecuteDeleteAsync(Cancel);
        }

        var all = await book.GetAsync(null, null, 1_000, Cancel);
        var words = typed.Split(' ').Select(NameOrder.KeyOf).ToList();
        var wanted = all.Where(c => words.TrueForAll(word => $"{NameOrder.KeyOf(c.Name)} {c.Company}".Split(' ', '-', '\'')
            .Any(part => part.StartsWith(word, StringComparison.OrdinalIgnoreCase)))).Select(c => c.Id).ToList();
        Assert.NotEmpty(wanted);
        foreach (var size in (int[])[1, 7, 50, 400])
        {
            var read = new List<ContactRow>();
            IReadOnlyList<ContactRow> piece;
            do
            {
                piece = await book.GetAsync(typed, read.LastOrDefault()?.Place, size, Cancel);
                read.AddRange(piece);
            }
            while (piece.Count == size);

            Assert.Equal(wanted, read.Select(c => c.Id));
        }
    }

    [Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
    [Fact]
    public async Task The_search_index_counts_names_as_this_program_does_and_in_the_order_of_the_list()
    {
        var random = new Random(7);
        await using var centre = await CallCentre.OpenAsync();
        var letters = "aabbz zy'-.,0Aéß名😀{~\u007f".EnumerateRunes().ToArray();
        var keys = Enumerable.Range(0, 400).Select(_ => string.Concat(Enumerable.Range(0, random.Next(10)).Select(_ =>
            letters[random.Next(letters.Length)].ToString()))).Order(StringComparer.Ordinal).ToList();
        await using var db = centre.OpenDatabase();
        var sql = $"SELECT {NameRank.InSqlite("key")} AS Value FROM (SELECT {{0}} AS key)";

        var ranks = new List<long>();
        foreach (var key in keys)
        {
            ranks.Add((await db.Database.SqlQueryRaw<long>(sql, key).ToListAsync(Cancel)).Single());
        }

        Assert.Equal(keys.Select(NameRank.Of), ranks);
        Assert.Equal(ranks.Order(), ranks);
        Assert.All(ranks, rank => Assert.Equal(0, rank & NameRank.Ids));
    }

    [Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
    [Fact]
    public async Task A_number_is_looked_up_in_the_search_index_and_a_contact_by_its_key()
    {
        await using var centre = await CallCentre.OpenAsync();
        await using var db = centre.OpenDatabase();

        var plan = await QueryPlan.ExplainAsync(db, ContactFinder.Page(db, "0111", null, 50));

        Assert.Contains(plan, step => step.Contains("USING INTEGER PRIMARY KEY (rowid=?)", StringComparison.Ordinal));
        Assert.DoesNotContain(plan, step => step.Contains("ix_contacts_sort_name_id", StringComparison.Ordinal));
    }

    [Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
    [Fact]
    public async Task The_search_index_gives_the_hits_of_words_in_its_own_order_and_sorts_nothing()
    {
        await using var centre = await CallCentre.OpenAsync();
        await using var db = (SqliteCrmDbContext)centre.OpenDatabase();

        var plan = await QueryPlan.ExplainAsync(db, ContactFinder.Hits(db, SearchTerms.Read("ada lo")!, new ContactPlace("M", 5)));

        Assert.EndsWith(">", Assert.Single(plan), StringComparison.Ordinal); // begins at the rank of the last one shown
    }

    [Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
    [Fact]
    public async Task Pages_of_the_list_are_read_by_an_index()
    {
        await using var centre = await CallCentre.OpenAsync();
        await using var db = centre.OpenDatabase();

        var plan = await QueryPlan.ExplainAsync(db, ContactFinder.Page(db, null, new ContactPlace("M", 5), 50));

        Assert.Contains(plan, step => step.Contains("ix_contacts_sort_name_id", StringComparison.Ordinal));
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
    public async Task Of_many_who_name_a_new_company_at_once_one_makes_it_and_all_are_of_it()
    {
        await using var centre = await CallCentre.OpenAsync();

        var added = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(
            () => AddAsync(centre, new ContactDraft($"Ada {i}", i % 2 == 0 ? "Acme" : "ACME", null, null, [])), Cancel)));

        Assert.Single(added.Select(contact => contact.CompanyId).Distinct());
        await using var db = centre.OpenDatabase();
        Assert.Equal(1, await db.Companies.CountAsync(Cancel));
    }

    [Theory]
    [InlineData("second@")]
    [InlineData("press")]
    [InlineData("invoice")]
    public async Task Somebody_is_found_by_a_further_address_a_tag_and_a_word_of_the_notes(string typed)
    {
        await using var centre = await CallCentre.OpenAsync();
        await AddAsync(
            centre,
            new ContactDraft(
                "Ada", null, "ada@x.example", "Asked for the invoice again.", []) { MoreEmails = ["second@y.example"], Tags = ["Press"] });

        Assert.Single(await centre.Get<ContactBook>().GetAsync(typed, null, 10, Cancel));
    }

    [Fact]
    public async Task Calls_outlive_the_contact_who_is_deleted()
    {
        await using var centre = await CallCentre.OpenAsync();
        var sam = await centre.HireSupervisorAsync();
        var ada = await AddAsync(centre, new ContactDraft("Ada Lovelace", null, null, null, [new("+12025550111")]));
        var call = await centre.CallerArrivesAsync("+12025550111");

        Assert.True(await centre.Get<ContactBook>().DeleteAsync(ada.Id, sam, Cancel));

        Assert.Null((await centre.GetAsync(call.Id)).ContactId);
        Assert.Empty((await centre.Get<CallHistory>().GetNewestAsync(new HistoryFilter { Search = "lovelace" },
            new HistoryReader(sam, false), 5, Cancel)).Rows);
        Assert.False(await centre.Get<ContactBook>().DeleteAsync(ada.Id, sam, Cancel));
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
    [InlineData("Ada", null, "+1202555011", "too short")]
    public async Task What_cannot_be_saved_is_refused_in_words(string name, string? email, string? number, string? words)
    {
        await using var centre = await CallCentre.OpenAsync();

        var answer = await centre.Get<ContactBook>()
            .CreateAsync(new ContactDraft(name, null, email, null, number is null ? [] : [new(number)]), Cancel);

        Assert.Equal(words is null, answer.Saved);
        Assert.Contains(words ?? "", answer.Refusal ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_several_who_share_a_number_nobody_is_certain_no_matter_who_was_changed_last()
    {
        await using var centre = await CallCentre.OpenAsync();
        foreach (var name in (string[])["Cara Dee", "Ada Byron", "Ben Cole"])
        {
            await AddAsync(centre, new ContactDraft(name, name == "Ada Byron" ? "Engines" : "Looms", null, null, [new("+12025550111")]));
        }

        var match = await centre.Get<ContactBook>().MatchAsync("+12025550111", Cancel);

        Assert.Equal((null, "One of 3: Ada Byron, Ben Cole, Cara Dee"), (match.Contact?.Name, match.Name));
    }

    [Fact]
    public async Task Of_several_of_one_company_the_company_is_shown()
    {
        await using var centre = await CallCentre.OpenAsync();
        await AddAsync(
            centre,
            new ContactDraft(
                "Ada", "Engines", null, null,
                [new("+12025550111", null) { Extension = "101" }, new("+12025550111", null) { Extension = "102" }]));
        // twice hers is still hers
        Assert.Equal("Ada", (await centre.Get<ContactBook>().MatchAsync("+12025550111", Cancel)).Contact?.Name);
        await AddAsync(centre, new ContactDraft("Ben", "engines", null, null, [new("+12025550111", null) { Extension = "103" }]));

        var match = await centre.Get<ContactBook>().MatchAsync("+12025550111", Cancel);

        Assert.Equal((null, "Engines"), (match.Contact?.Name, match.Name));
        Assert.Equal(
            ["101", "102"],
            (await centre.Get<ContactBook>().FindAsync((await centre.Get<ContactBook>().GetAsync("ada", null, 1, Cancel))[0].Id, Cancel))!
                .Numbers.Select(n => n.Extension));
    }

    [Theory]
    [InlineData("+12025550100", "(202) 555-0100 is one of our own lines: no contact can have it.")]
    [InlineData("+266696687", "This number stands for one that was withheld: nobody can be known by it.")]
    [InlineData("+10123456789", "There is no such number in the plan of United States (+1). Check its digits.")]
    public async Task A_number_that_is_nobodys_is_no_contacts(string number, string words)
    {
        await using var centre = await CallCentre.OpenAsync();

        var answer = await centre.Get<ContactBook>().CreateAsync(new ContactDraft("Ada", null, null, null, [new(number)]), Cancel);

        Assert.Contains(words, answer.Refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("+44 (0)20 7946 0958")]
    [InlineData("+44 20 7946 0958")]
    [InlineData("0044 20 7946 0958")]
    [InlineData("011 44 20 7946 0958")]
    [InlineData("020 7946 0958")]
    [InlineData("2079460958")]
    [InlineData("7946 0958")]
    [InlineData("794609")]
    [InlineData("+44\u201120\u20117946\u20110958")]
    [InlineData("\u202D+442079460958\u202C")]
    [InlineData("＋４４２０７９４６０９５８")]
    [InlineData("tel:+442079460958")]
    [InlineData("+44 20 7946 0958 x12")]
    public async Task A_number_is_found_however_it_is_written(string typed)
    {
        await using var centre = await CallCentre.OpenAsync();
        var ada = await AddAsync(centre, new ContactDraft("Ada", null, null, null, [new("+442079460958")]));
        await AddAsync(centre, new ContactDraft("Ben", null, null, null, [new("+12025550111")]));

        Assert.Equal([ada.Id], (await centre.Get<ContactBook>().GetAsync(typed, null, 10, Cancel)).Select(c => c.Id));
    }

    [Theory]
    [InlineData("jose garcia")]
    [InlineData("GARCÍA José")]
    [InlineData("Garci\u0301a")]
    public async Task A_name_is_found_without_accents_and_in_any_order(string typed)
    {
        await using var centre = await CallCentre.OpenAsync();
        await AddAsync(centre, new ContactDraft("José García López", null, null, null, []));

        Assert.Single(await centre.Get<ContactBook>().GetAsync(typed, null, 10, Cancel));
    }

    private static async Task<Contact> AddAsync(CallCentre centre, ContactDraft draft)
    {
        var answer = await centre.Get<ContactBook>().CreateAsync(draft, Cancel);
        Assert.True(answer.Saved, answer.Refusal);
        return answer.Contact!;
    }
}
