using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Contacts;

public sealed class ContactFieldTests : IDisposable
{
    private readonly ContactFiles _files = new();

    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("2027-03-04", true, "2027-03-04")]
    [InlineData("3/4/2027", true, "2027-03-04")]
    [InlineData("3/4/2027", false, "2027-04-03")]
    [InlineData("3.4.2027", true, "2027-04-03")]
    [InlineData("4 Mar 2027", true, "2027-03-04")]
    [InlineData("March 4, 2027", false, "2027-03-04")]
    [InlineData("OCT 4, 2027", true, "2027-10-04")]
    [InlineData("2027-03-04T10:00:00Z", false, "2027-03-04")]
    [InlineData("2027-03-04 10:00", false, "2027-03-04")]
    [InlineData("31/31/2027", false, null)]
    [InlineData("soon", false, null)]
    public void A_date_is_read_as_people_write_it_at_home(string text, bool monthFirst, string? kept) =>
        Assert.Equal(kept, new ContactField { Name = "Since", Kind = FieldKind.Date }.Read(text, monthFirst).Value);

    [Fact]
    public void A_choice_is_one_of_its_words_in_any_case()
    {
        var field = new ContactField { Name = "Plan", Kind = FieldKind.Choice, Choices = ["Gold", "Café"] };

        Assert.Equal("Café", field.Read(" CAFE ", true).Value);
        Assert.Equal("Plan is one of: Gold, Café.", field.Read("Iron", true).Refusal?.Reason);
    }

    [Theory]
    [InlineData("", "Type a name first.")]
    [InlineData("Phone", "Contacts have “Phone” already.")]
    [InlineData("E-Mail 3", "Contacts have “E-Mail 3” already.")]
    [InlineData("regiön", "“regiön” is on the list already.")]
    public async Task A_field_that_would_be_taken_for_another_is_refused(string name, string words)
    {
        await using var centre = await CallCentre.OpenAsync();
        await centre.Get<ContactFields>().AddAsync("Region", FieldKind.Text, [], 1, Cancel);

        Assert.Equal(words, (await centre.Get<ContactFields>().AddAsync(name, FieldKind.Text, [], 1, Cancel)).Reason);
        Assert.NotNull((await centre.Get<ContactFields>().AddAsync("Plan", FieldKind.Choice, ["One"], 1, Cancel)).Reason);
    }

    [Fact]
    public async Task A_column_of_its_name_is_imported_into_it_found_and_gone_with_it()
    {
        await using var centre = await CallCentre.OpenAsync();
        var own = centre.Get<ContactFields>();
        await own.AddAsync("Region", FieldKind.Text, [], 1, Cancel);
        await own.AddAsync("Plan", FieldKind.Choice, ["Gold", "Silver"], 1, Cancel);
        await own.AddAsync("Since", FieldKind.Date, [], 1, Cancel);
        var fields = await own.GetAsync(Cancel);
        var import = _files.Import("Name,REGION,Plan,Since,Phone\nAda,Nordwest,gold,3/4/2027,2025550111\nBen,,Iron,,\n", fields: fields);

        var rows = import.ReadAll().ToList();
        Assert.Equal(["Nordwest", "Gold", "2027-03-04"], fields.Select(f => rows[0].Draft!.Fields[f.Id]));
        Assert.Equal("Plan “Iron” is left out: Plan is one of: Gold, Silver.", Assert.Single(rows[1].Warnings));

        await centre.Get<ContactImports>().RunAsync(rows, "people.csv", WhenKnown.Add, 1, null, Cancel);
        Assert.Equal(["Ada"], (await centre.Get<ContactBook>().GetAsync("nordw", null, 5, Cancel)).Select(c => c.Name));

        await own.RemoveAsync(fields[0].Id, 1, Cancel);
        Assert.Equal(["Plan", "Since"], (await own.GetAsync(Cancel)).Select(f => f.Name));
    }
}
