using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Contacts;

public sealed class CompanyBookTests
{
    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task People_who_name_a_company_in_any_spelling_belong_to_one()
    {
        await using var centre = await CallCentre.OpenAsync();
        await AddAsync(centre, "Ada", "Café Engines");
        await AddAsync(centre, "Ben", "CAFE ENGINES");
        await AddAsync(centre, "Cara", "Looms");

        var companies = await centre.Get<CompanyBook>().GetAsync(null, 10, Cancel);

        Assert.Equal([("Café Engines", 2), ("Looms", 1)], companies.Select(c => (c.Name, c.People)));
        Assert.Equal(["Ada", "Ben"], (await centre.Get<CompanyBook>().GetPeopleAsync(companies[0].Id, 10, Cancel)).Select(p => p.Name));
        Assert.Equal("Café Engines", (await centre.Get<ContactBook>().GetAsync("ben", null, 1, Cancel))[0].Company);
        Assert.Equal(["Café Engines"], await centre.Get<CompanyBook>().ProposeAsync("café e", Cancel));
    }

    [Fact]
    public async Task A_caller_from_the_main_number_is_shown_as_the_company_no_matter_who_else_has_the_number()
    {
        await using var centre = await CallCentre.OpenAsync();
        await AddAsync(centre, "Ada", "Engines", "+12025550111");
        var company = Assert.Single(await centre.Get<CompanyBook>().GetAsync(null, 10, Cancel));

        await centre.Get<CompanyBook>().SaveAsync(
            company.Id, 1, "Engines", "(202) 555-0111", null, await centre.HireAsync("Dana"), Cancel);

        var match = await centre.Get<ContactBook>().MatchAsync("+12025550111", Cancel);
        Assert.Equal((null, "Engines"), (match.Contact, match.Name));
        var call = await centre.CallerArrivesAsync("+12025550111");
        Assert.Equal(("Engines", null), ((await centre.GetAsync(call.Id)).CallerName, (await centre.GetAsync(call.Id)).ContactId));
    }

    [Fact]
    public async Task A_new_name_is_its_peoples_and_is_found_and_another_companys_name_joins_the_two()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (book, sam, rows) = await TwoCompaniesAsync(centre);

        var renamed = await book.SaveAsync(rows[0].Id, 1, "Analytical Engines", null, "Since 1833", sam, Cancel);
        Assert.Equal(rows[0].Id, renamed.Value);
        Assert.Equal(["Ada"], (await centre.Get<ContactBook>().GetAsync("analyt", null, 5, Cancel)).Select(c => c.Name));

        var joined = await book.SaveAsync(rows[0].Id, 2, "looms", "+12025550111", null, sam, Cancel);
        Assert.Equal(rows[1].Id, joined.Value);
        Assert.Equal(new CompanyRow(rows[1].Id, "Looms", "+12025550111", 2), Assert.Single(await book.GetAsync(null, 10, Cancel)));
        Assert.Equal(["Ada", "Ben"], (await centre.Get<ContactBook>().GetAsync("looms", null, 5, Cancel)).Select(c => c.Name));
    }

    [Fact]
    public async Task Two_companies_that_become_one_lose_neither_notes_nor_number()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (book, sam, rows) = await TwoCompaniesAsync(centre);
        await book.SaveAsync(rows[1].Id, 1, "Looms", "+12025550112", "Asks for Ben", sam, Cancel);

        var tooLong = await book.SaveAsync(rows[0].Id, 1, "Looms", "+12025550111", new string('n', 9_990), sam, Cancel);
        Assert.Equal("notes", tooLong.Refusal?.Part);
        await book.SaveAsync(rows[0].Id, 1, "Looms", "+12025550111", "Since 1833", sam, Cancel);

        await using var db = centre.OpenDatabase();
        var one = await db.Companies.SingleAsync(Cancel);
        Assert.Equal(("+12025550111", "Asks for Ben\nSince 1833\nAlso +12025550112"), (one.MainNumber, one.Notes));
    }

    [Fact]
    public async Task An_agent_changes_a_company_and_makes_no_one_of_two_and_each_is_on_record()
    {
        await using var centre = await CallCentre.OpenAsync();
        var (book, sam, rows) = await TwoCompaniesAsync(centre);
        var dana = await centre.HireAsync("Dana");

        var refused = await book.SaveAsync(rows[0].Id, 1, "LOOMS", null, "mine", dana, Cancel);

        Assert.Equal("Another company has this name. A supervisor can make one company of the two.", refused.Refusal?.Reason);
        Assert.Equal(rows, await book.GetAsync(null, 10, Cancel));
        Assert.True((await book.SaveAsync(rows[0].Id, 1, "Steam Engines", null, null, dana, Cancel)).IsDone);
        Assert.True((await book.SaveAsync(rows[0].Id, 2, "Looms", null, null, sam, Cancel)).IsDone);
        await using var db = centre.OpenDatabase();
        Assert.Equal(
            [(AuditAction.CompanyChanged, dana, $"company {rows[0].Id}"),
                (AuditAction.CompaniesJoined, sam, $"company {rows[0].Id} into {rows[1].Id}")],
            (await db.Audit.Where(a => a.Action == AuditAction.CompanyChanged || a.Action == AuditAction.CompaniesJoined)
                .OrderBy(a => a.Id).ToListAsync(Cancel)).Select(a => (a.Action, a.AgentId!.Value, a.Detail!)));
    }

    [Theory]
    [InlineData("", null, "Type a name first.")]
    [InlineData("Engines", "0123456789", "No number here begins with 0: write it with its country code.")]
    [InlineData("Engines", "+12025550100", "This is one of our own lines: no company can have it.")]
    [InlineData("Engines", "2025550111 x5", "A main number has no extension: write it with the person who has it.")]
    public async Task What_cannot_be_saved_is_refused_in_words(string name, string? number, string words)
    {
        await using var centre = await CallCentre.OpenAsync();
        await AddAsync(centre, "Ada", "Engines");
        var (book, dana) = (centre.Get<CompanyBook>(), await centre.HireAsync("Dana"));
        var company = Assert.Single(await book.GetAsync(null, 10, Cancel));

        Assert.Equal(words, (await book.SaveAsync(company.Id, 1, name, number, null, dana, Cancel)).Refusal?.Reason);
        // seen an old one
        Assert.NotNull((await book.SaveAsync(company.Id, 7, "Engines", null, null, dana, Cancel)).Refusal);
    }

    /// <summary>Ada's, Engines, and Ben's, Looms; and Sam, a supervisor.</summary>
    private static async Task<(CompanyBook Book, int Sam, IReadOnlyList<CompanyRow> Rows)> TwoCompaniesAsync(CallCentre centre)
    {
        var book = centre.Get<CompanyBook>();
        var sam = await centre.HireAsync("Sam");
        await centre.PromoteAsync(sam, Roles.Supervisor);
        await AddAsync(centre, "Ada", "Engines");
        await AddAsync(centre, "Ben", "Looms");
        return (book, sam, await book.GetAsync(null, 10, Cancel));
    }

    private static async Task AddAsync(CallCentre centre, string name, string? company, params string[] numbers)
    {
        var answer = await centre.Get<ContactBook>()
            .CreateAsync(new ContactDraft(name, company, null, null, [.. numbers.Select(n => new NumberDraft(n))]), Cancel);
        Assert.True(answer.Saved, answer.Refusal);
    }
}
