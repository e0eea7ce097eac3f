using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;
using UppalCrm.Web.Contacts;

namespace UppalCrm.Tests.Contacts;

/// <summary>What an import writes, and how it is taken back.</summary>
public sealed class ContactImportsTests : IDisposable
{
    private readonly ContactFiles _files = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_shared_number_does_not_make_one_person()
    {
        await using var centre = await CallCentre.OpenAsync();

        var result = await RunAsync(
            centre,
            "Name,Company,Phone\nAda,Engines,2025550111\nBen,Engines,2025550111\nCara,Engines,2025550111\nDon,Looms,2025550112\nEve,Looms,2025550112\n");

        Assert.Equal(new ImportCounts(5, 0, 0, 0), result.Counts);
        Assert.Equal(["Ada", "Ben", "Cara", "Don", "Eve"], (await AllAsync(centre)).Select(c => c.Name));
        Assert.Equal("Engines", (await centre.Get<ContactBook>().MatchAsync("+12025550111", Cancel)).Name);
    }

    /// <summary>A family with one address, and people behind one switchboard: nothing that is shared makes one of them.</summary>
    [Theory]
    [InlineData("Name,E-mail\nAda Byron,family@x.example\nBen Byron,family@x.example\nada byron,other@x.example\n", 3)]
    [InlineData("Name,Phone\nAda,2025550111 x1\nBen,2025550111 x2\nCara,2025550111\n", 3)]
    [InlineData("Name,Phone,E-mail\nAda,2025550111,info@x.example\nBen,2025550111,info@x.example\nAda,2025550111,\n", 2)]
    public async Task Neither_an_address_nor_an_extension_that_people_share_makes_them_one(string file, int people)
    {
        await using var centre = await CallCentre.OpenAsync();

        await RunAsync(centre, file);

        Assert.Equal(people, (await AllAsync(centre)).Count);
    }

    [Fact]
    public async Task A_row_is_somebody_known_by_name_and_number_or_by_name_and_address_and_adds_what_is_lacking()
    {
        await using var centre = await CallCentre.OpenAsync();
        await CreateAsync(centre, new ContactDraft("Ada Byron", null, "ada@x.example", null, [new("+12025550111")]));
        await CreateAsync(centre, new ContactDraft("Mary", null, "mary@x.example", null, []));

        var result = await RunAsync(
            centre,
            "Name,Company,Phone,E-mail\nada byron,Engines,2025550111,other@x.example\nA. "
                + "Byron,,2025550111,\nMary,,2025550122,mary@x.example\nMary,,2025550133,\nMary,,2025550122,mary@x.example\n,,2025550144,\n");

        Assert.Equal(new ImportCounts(2, 2, 1, 1), result.Counts);
        var all = await AllAsync(centre);
        Assert.Equal(["A. Byron", "Ada Byron", "Mary", "Mary"], all.Select(c => c.Name));
        Assert.Equal(("Engines", "ada@x.example"), (all[1].Company, all[1].Email)); // added to, not overwritten
    }

    [Theory]
    [InlineData(WhenKnown.Add, 1, 2)]
    [InlineData(WhenKnown.KeepBoth, 2, 1)]
    [InlineData(WhenKnown.Skip, 1, 1)]
    public async Task What_becomes_of_a_contact_that_is_known_is_a_persons_choice(WhenKnown whenKnown, int contacts, int numbers)
    {
        await using var centre = await CallCentre.OpenAsync();
        await CreateAsync(centre, new ContactDraft("Ada", null, null, null, [new("+12025550111")]));

        await RunAsync(centre, "Name,Phone,Mobile\nAda,2025550111,2025550122\n", whenKnown);

        var all = await AllAsync(centre);
        Assert.Equal((contacts, numbers), (all.Count, all[0].Numbers.Count));
    }

    [Fact]
    public async Task An_import_is_taken_back_whole_and_what_somebody_changed_since_stays()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var call = await centre.CallerArrivesAsync("+12025550177");
        await CreateAsync(centre, new ContactDraft("Ada", null, null, "Old", [new("+12025550111")]));
        var result = await RunAsync(
            centre,
            "Name,Company,Phone,Mobile,Notes\nAda,Engines,2025550111,2025550122,New\nBen,,2025550133,,\nCara,,2025550144,,\nDon,,2025550177,,\n",
            agentId: dana);
        var before = await AllAsync(centre);
        Assert.Equal(["Ada", "Ben", "Cara", "Don"], before.Select(c => c.Name));
        Assert.Equal(before[3].Id, (await centre.GetAsync(call.Id)).ContactId);
        await centre.Get<ContactBook>()
            .SaveAsync(before[2].Id, before[2].Version, new ContactDraft("Cara Dee", null, null, null, []), Cancel);

        Assert.Null(await centre.Get<ContactImports>().UndoAsync(result.ImportId, dana + 1, supervises: false, Cancel));
        var undone = await centre.Get<ContactImports>().UndoAsync(result.ImportId, dana, supervises: false, Cancel);

        Assert.Equal(new UndoResult(2, 1, 1), undone);
        var after = await AllAsync(centre);
        Assert.Equal(["Ada", "Cara Dee"], after.Select(c => c.Name));
        Assert.Equal((null, "Old", "+12025550111"), (after[0].Company, after[0].Notes, Assert.Single(after[0].Numbers).Number));
        Assert.Null((await centre.GetAsync(call.Id)).ContactId);
        Assert.Null(await centre.Get<ContactImports>().UndoAsync(result.ImportId, dana, supervises: true, Cancel)); // once
        Assert.Null(await centre.Get<AuditLog>().FindTamperedAsync(Cancel));
    }

    [Fact]
    public async Task A_long_import_says_how_far_it_is_and_stops_when_it_is_told_to()
    {
        await using var centre = await CallCentre.OpenAsync();
        using var stop = new CancellationTokenSource();
        var told = new List<int>();
        var text = "Name,Phone\n" + string.Concat(Enumerable.Range(0, 1_000).Select(i => $"Person {i},202555{i:0000}\n"));

        var result = await centre.Get<ContactImports>().RunAsync(_files.Import(text).ReadAll(), "people.csv", WhenKnown.Add, 1, counts =>
        {
            told.Add(counts.Rows);
            if (told.Count == 2)
            {
                stop.Cancel();
            }
        }, stop.Token);

        Assert.Equal([250, 500], told);
        Assert.Equal((true, 500), (result.Stopped, result.Counts.Created));
        Assert.Equal(500, (await centre.Get<ContactImports>().UndoAsync(result.ImportId, 1, false, Cancel))!.Removed);
    }

    /// <summary>2,000 rows; <c>IMPORT_ROWS=100000</c> takes in as many as that, and says how long it took.</summary>
    [Fact]
    public async Task A_long_file_is_taken_in_whole_in_flat_memory_at_a_hundred_thousand_rows_a_minute()
    {
        var rows = int.Parse(Environment.GetEnvironmentVariable("IMPORT_ROWS") ?? "2000", CultureInfo.InvariantCulture);
        await using var centre = await CallCentre.OpenAsync();
        var text = "Name,Company,Phone,E-mail,Tags,Notes\n" + string.Concat(Enumerable.Range(0, rows).Select(i =>
            $"Person {i},Firm {i / 5},+1202{200 + i / 10_000:000}{i % 10_000:0000},p{i}@x.example,\"vip, batch {i / 1000}\",Note {i}\n"));
        var file = _files.Import(text);
        var (before, highest, clock) = (GC.GetTotalMemory(forceFullCollection: true), 0L, Stopwatch.StartNew());

        var result = await centre.Get<ContactImports>().RunAsync(file.ReadAll(), "people.csv", WhenKnown.Add, 1, counts =>
        {
            if (counts.Rows % 10_000 == 0)
            {
                highest = Math.Max(highest, GC.GetTotalMemory(forceFullCollection: true));
            }
        }, Cancel);

        TestContext.Current.TestOutputHelper?.WriteLine($"{rows} rows in {clock.Elapsed}, {(highest - before) / 1024 / 1024} MB more");
        Assert.Equal(new ImportCounts(rows, 0, 0, 0), result.Counts);
        Assert.True(highest - before < 50 * 1024 * 1024, $"{(highest - before) / 1024 / 1024} MB");
        Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), $"{clock.Elapsed}");
    }

    [Fact]
    public async Task A_caller_known_by_several_after_an_import_stays_nobodys_until_an_agent_chooses()
    {
        await using var centre = await CallCentre.OpenAsync();
        var call = await centre.CallerArrivesAsync("+12025550111");

        await RunAsync(centre, "Name,Phone\nAda,2025550111\nBen,2025550111\n");

        Assert.Null((await centre.GetAsync(call.Id)).ContactId);
    }

    /// <summary>What our export writes, our import reads back as the same contacts, whatever they are.</summary>
    [Fact]
    public async Task What_is_exported_is_imported_as_the_same_contacts()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {seed}");
        var random = new Random(seed);
        await using var here = await CallCentre.OpenAsync();
        await using var there = await CallCentre.OpenAsync();
        foreach (var centre in (CallCentre[])[here, there])
        {
            await centre.Get<ContactFields>().AddAsync("Region", FieldKind.Text, [], 1, Cancel);
            await centre.Get<ContactFields>().AddAsync("Plan", FieldKind.Choice, ["Gold", "Silver"], 1, Cancel);
            await centre.Get<ContactFields>().AddAsync("Since", FieldKind.Date, [], 1, Cancel);
        }

        var fields = await here.Get<ContactFields>().GetAsync(Cancel);
        for (var i = 0; i < 120; i++)
        {
            await CreateAsync(here, new ContactDraft(PersonName(i), Maybe(), random.Next(2) == 0 ? $"p{i}@x.example" : null, Maybe(),
                [.. Enumerable.Range(0, random.Next(6)).Select(n =>
                new NumberDraft(
                    random.Next(3) switch
                    {
                        0 => $"+1202555{random.Next(101, 200):0000}",
                        1 => $"+4420794600{random.Next(10, 99)}",
                        _ => $"+4930231251{random.Next(10, 99)}",
                    },
                    Label()) { Extension = random.Next(3) == 0 ? $"{random.Next(100, 999)}" : null })
                .DistinctBy(n => (n.Number, n.Extension))])
            {
                MoreEmails = [.. Enumerable.Range(0, random.Next(5)).Select(n =>
                    $"more{n}.{i}@{(n % 2 == 0 ? "x" : "office-2.y")}.example")],
                Tags = [.. Enumerable.Range(0, random.Next(3)).Select(_ => Text(1))],
                Fields = fields.Where(_ => random.Next(2) == 0).ToDictionary(f => f.Id, f => f.Kind switch
                {
                    FieldKind.Choice => f.Choices[random.Next(2)],
                    FieldKind.Date => $"20{random.Next(10, 28)}-0{random.Next(1, 10)}-{random.Next(10, 29)}",
                    _ => Text(1),
                }),
            });
        }

        foreach (var number in (string[])["+12025550101", "+12025550111", "+442079460011"])
        {
            await here.Get<DoNotCallList>().AddAsync(PhoneNumber.Parse(number), "Asked us, twice; by letter", 1, Cancel);
        }

        var book = here.Get<ContactBook>();
        var text = string.Concat(await ContactExport.WriteAsync(
            book.ReadAllAsync(1_000, Cancel), await book.FindWidestAsync(Cancel), fields, here.Get<DoNotCallList>().FindAsync,
            Cancel).ToListAsync(Cancel));
        var result = await RunAsync(there, text, fields: await there.Get<ContactFields>().GetAsync(Cancel));

        Assert.Equal(120, result.Counts.Created);
        Assert.Equal(
            (await AllAsync(here)).Select(Describe).Order(StringComparer.Ordinal),
            (await AllAsync(there)).Select(Describe).Order(StringComparer.Ordinal));
        var numbers = (await AllAsync(here)).SelectMany(c => c.Numbers).Select(n => n.Number).Distinct().ToList();
        Assert.Equal(
            Listed(await here.Get<DoNotCallList>().FindAsync(numbers, Cancel)),
            Listed(await there.Get<DoNotCallList>().FindAsync(numbers, Cancel)));

        string? Maybe() => random.Next(2) == 0 ? null : Text(1) + (random.Next(4) == 0 ? "\nsecond line, \"quoted\"" : "");
        string? Label() => random.Next(4) switch
        {
            0 => null,
            1 => Pick(Labels),
            2 => $"{Pick(Labels)} {random.Next(2, 4)}",
            _ => Text(1),
        };
        string Pick(string[] of) => of[random.Next(of.Length)];
        string PersonName(int i) => random.Next(3) switch
        {
            0 => $"{Text(1)} {i}",
            1 => $"{Pick(["", "Dr. ", "Prof. Dr. ", "Ms. "])}{Pick(FirstNames)} {Pick(Particles)} {Pick(LastNames)} {i}{Pick(Suffixes)}",
            _ => $"{Pick(Particles)} {Pick(LastNames)}{Pick(Suffixes)}, {Pick(FirstNames)} {i}",
        };
        string Text(int least) =>
            string.Concat(Enumerable.Range(0, random.Next(least, 4)).Select(_ => Words[random.Next(Words.Length)]))
                .Trim() is { Length: > 0 } words
                ? words
                : "Ada";
        static IEnumerable<string> Listed(IReadOnlyDictionary<string, DoNotCallNumber> list) =>
            list.Values.Select(n => $"{n.Number}: {n.Reason}").Order();
        static string Describe(Contact c) =>
            $"{c.Name}|{c.Company}|{c.Email}|{string.Join(',', c.MoreEmails)}|{string.Join(',', c.Tags)}|{string.Join(',', c.Fields.OrderBy(f => f.Key))}|{c.Notes}|{string.Join(',', c.Numbers.OrderBy(n => n.Id).Select(n => $"{n.Number};{n.Extension};{n.Label}"))}";
    }

    private static readonly string[] FirstNames = ["Jan", "María José", "Jean-Luc", "Nguyễn", "D’Arcy", "J. R.", "Zoë"];
    private static readonly string[] LastNames =
        ["Berg", "Müller-Lüdenscheidt", "Cruz", "O'Neil", "McDonald", "Saint-Exupéry", "Nº 5", "Ng"];
    private static readonly string[] Particles =
        ["", "van", "van der", "Van den", "de la", "de", "von", "von und zu", "zu", "d'", "del", "dos", "al-", "bin", "ter", "’t",
            "y", "e"];
    private static readonly string[] Suffixes =
        ["", "", " Jr.", ", Sr.", " III", ", PhD", ", M.D., Ph.D.", " (Ret.)", " jun.", " & Söhne"];
    private static readonly string[] Labels =
        ["Mobile", "Work", "Home", "Fax", "Work fax", "Other", "Main", "Pager", "Phone", "Direct; ask for Ada", "Büro (2. Stock)", "+1"];
    private static readonly string[] Words =
    [
        "=A", "'B", "+1", "-", "@", "Zoë", "García", "O'Neil", " ", ";", ",", "\"", "名", "x12", "Ltd", "; ", "and", "''=x", "😀"
    ];

    private async Task<ImportResult> RunAsync(
        CallCentre centre, string text, WhenKnown whenKnown = WhenKnown.Add, int agentId = 1,
        IReadOnlyList<ContactField>? fields = null) =>
        await centre.Get<ContactImports>()
            .RunAsync(_files.Import(text, fields: fields).ReadAll(), "people.csv", whenKnown, agentId, null, Cancel);

    private static async Task CreateAsync(CallCentre centre, ContactDraft draft)
    {
        var answer = await centre.Get<ContactBook>().CreateAsync(draft, Cancel);
        Assert.True(answer.Saved, answer.Refusal);
    }

    private static async Task<List<Contact>> AllAsync(CallCentre centre)
    {
        await using var db = centre.OpenDatabase();
        return await db.Contacts.AsNoTracking().Include(c => c.Numbers).OrderBy(c => c.Name).ThenBy(c => c.Id).ToListAsync(Cancel);
    }
}
