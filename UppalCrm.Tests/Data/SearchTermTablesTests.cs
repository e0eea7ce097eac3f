using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Data;

/// <summary>Search as it goes on SQL Server, here on SQLite: the same calls and contacts are found as by FTS5.</summary>
public sealed class SearchTermTablesTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("uppalcrm-terms-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Contexts Terms => new($"Data Source={Path.Combine(_folder, "terms.db")}");

    public async ValueTask InitializeAsync()
    {
        await using var db = Terms.CreateDbContext();
        await db.Database.EnsureCreatedAsync(Token);
    }

    [Theory]
    [InlineData("gra")]
    [InlineData("mo gr")]
    [InlineData("zoe lar")]
    [InlineData("ZOË")]
    [InlineData("tomas")]
    [InlineData("o'neil")]
    [InlineData("northw")]
    [InlineData("north rey")]
    [InlineData("walter a")]
    [InlineData("+1 (202) 555-0102")]
    [InlineData("202 555 01")]
    [InlineData("0102")]
    [InlineData("555-0102")]
    [InlineData("0202 555 01")]
    [InlineData("202555")]
    [InlineData("nobody of this name")]
    public async Task The_same_is_found_as_by_full_text_search(string typed)
    {
        await using var centre = await CallCentre.OpenAsync();
        await using var terms = Terms.CreateDbContext();
        await HistoryRows.WriteAsync(centre, 300);
        var hired = new[] { "Dana", "Lee", "Sam" }.Select(
            name => new Agent { DisplayName = name, UserName = name, Status = AgentStatus.Available }).ToArray();
        terms.Agents.AddRange(hired);
        await terms.SaveChangesAsync(Token);
        await HistoryRows.WriteAsync(terms, [.. hired.Select(agent => agent.Id)], 300);
        await using var fullText = centre.OpenDatabase();

        Assert.Equal(await FindCallsAsync(centre, fullText, typed), await FindCallsAsync(centre, terms, typed));
        Assert.Equal(await FindContactsAsync(fullText, typed), await FindContactsAsync(terms, typed));
    }

    [Fact]
    public async Task A_contact_is_found_by_what_it_is_now_and_so_are_its_calls()
    {
        await using var centre = await CallCentre.OpenAsync();
        var book = BookOf(centre);
        var ada = (await book.CreateAsync(
            new ContactDraft(
                "Ada Byron", "Engines", "ada@engines.example", null, [new("+12025550111"), new("+12025560111")]), Token)).Contact!;
        await WriteCallAsync(centre, book, "+12025550111");

        var saved = await book.SaveAsync(
            ada.Id, ada.Version, new ContactDraft("Ada Lovelace", null, "ada@looms.example", null, [new("+12025560111", "Home")]), Token);

        Assert.True(saved.Saved);
        await using var db = Terms.CreateDbContext();
        Assert.Empty(await FindContactsAsync(db, "byron"));
        Assert.Empty(await FindContactsAsync(db, "engines"));
        Assert.Empty(await FindContactsAsync(db, "5550111"));
        Assert.Equal([ada.Id], await FindContactsAsync(db, "looms"));
        Assert.Equal([ada.Id], await FindContactsAsync(db, "0111")); // the last four of both numbers: one is left
        Assert.Single(await FindCallsAsync(centre, db, "lovel"));
        Assert.Empty(await FindCallsAsync(centre, db, "looms")); // an address finds the person, not the calls
    }

    [Fact]
    public async Task An_inbound_call_that_the_batcher_wrote_is_found_and_a_deleted_contact_is_not()
    {
        await using var centre = await CallCentre.OpenAsync();
        var book = BookOf(centre);
        var maya = (await book.CreateAsync(new ContactDraft("Maya Chen", null, null, null, [new("+12025550111")]), Token)).Contact!;
        await WriteCallAsync(centre, book, "+12025550111");
        await using var db = Terms.CreateDbContext();
        Assert.Single(await FindCallsAsync(centre, db, "chen"));

        var sam = await centre.HireAsync("Sam");
        await centre.PromoteAsync(sam, Roles.Supervisor);
        await book.DeleteAsync(maya.Id, sam, Token);

        Assert.Empty(await FindContactsAsync(db, "maya"));
        Assert.Empty(await FindCallsAsync(centre, db, "maya"));
        Assert.Single(await FindCallsAsync(centre, db, "2025550111"));
        Assert.Empty(await db.Set<ContactTerm>().ToListAsync(Token));
    }

    [Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
    [Theory]
    [InlineData("gra")]
    [InlineData("5550102")]
    public async Task A_search_on_SQL_Server_asks_for_words_by_their_beginning(string typed)
    {
        await using var centre = await CallCentre.OpenAsync();
        await using var db = new SqlServerDesignTimeFactory().CreateDbContext([]);

        var filter = new HistoryFilter { Search = typed };
        var asked = centre.Get<CallHistory>().PageQuery(db, filter, new HistoryReader(1, Supervises: true), null, newer: false, 51)
            .ToQueryString();

        // a word's beginning is sought in the key, which begins with the word
        Assert.Contains("[term] LIKE @", asked, StringComparison.Ordinal);
        Assert.DoesNotContain("'%", asked, StringComparison.Ordinal); // "somewhere within" would read every row
        Assert.DoesNotContain("CHARINDEX", asked, StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static async Task<List<long>> FindCallsAsync(CallCentre centre, CrmDbContext db, string typed)
    {
        var rows = await centre.Get<CallHistory>()
            .PageQuery(
                db, new HistoryFilter { Search = typed }, new HistoryReader(1, Supervises: true), null, newer: false,
                1_000).ToListAsync(Token);
        return [.. rows.Cast<HistoryRow>().Select(row => row.Id)];
    }

    private static async Task<List<long>> FindContactsAsync(CrmDbContext db, string typed) =>
        [.. (await ContactFinder.GetPageAsync(db, typed, null, 100, Token)).Select(contact => contact.Id).Order()];

    private ContactBook BookOf(CallCentre centre) =>
        new(
            Terms, centre.Get<CallFeed>(), centre.Get<FloorRights>(), new AuditLog(Terms, centre.Clock, NullLogger<AuditLog>.Instance),
            centre.Get<NumberParser>(), centre.Get<OurLines>(), centre.Clock);

    private async Task WriteCallAsync(CallCentre centre, ContactBook book, string from)
    {
        using var writeLock = new SqliteWriteLock(oneAtATime: true);
        await using var batcher = new InboundCallBatcher(
            Terms, book, writeLock, new CallFeed(NullLogger<CallFeed>.Instance), new DeadlineTimer(), TimeProvider.System);
        var leg = centre.NewLeg();
        var call = new Call
        {
            Direction = CallDirection.Inbound, FromNumber = from, ToNumber = CallCentre.OurLine, ConferenceName = $"incoming-{leg}",
            CustomerLeg = leg,
            Status = CallStatus.Waiting, CreatedAt = centre.Clock.GetUtcNow(), Version = 1,
            Legs = [new CallLeg { CallSid = leg, Role = LegRole.Customer }],
        };
        var row = new CallEvent
        {
            Key = $"arrived:{leg}", Kind = CallEventKind.Arrived, Source = EventSource.Carrier, At = call.CreatedAt,
            ReceivedAt = call.CreatedAt,
        };
        Assert.True((await batcher.WriteAsync(call, row, from, Token)).IsNew);
    }

    private async Task<Agent> AnAgentAsync()
    {
        await using var db = Terms.CreateDbContext();
        var agent = new Agent { DisplayName = "Dana", UserName = "dana", Status = AgentStatus.Available };
        db.Agents.Add(agent);
        await db.SaveChangesAsync(Token);
        return agent;
    }

    private sealed class Contexts(string connection) : IDbContextFactory<CrmDbContext>
    {
        public CrmDbContext CreateDbContext()
        {
            var options = new DbContextOptionsBuilder<TermsOnSqlite>();
            SqliteCrmDbContext.Configure(options, connection);
            return new TermsOnSqlite(options.Options);
        }
    }

    private sealed class TermsOnSqlite(DbContextOptions<TermsOnSqlite> options) : CrmDbContext(options)
    {
        internal override bool HasSearchTerms => true;

        internal override (string BeforeValues, string AtTheEnd) ReturningId => ("", "RETURNING id");

        protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
        {
            base.ConfigureConventions(configurationBuilder);
            configurationBuilder.Properties<DateTimeOffset>().HaveConversion<SqliteCrmDbContext.UtcTicksConverter>();
        }
    }
}
