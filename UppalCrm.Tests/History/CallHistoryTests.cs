using System.Data;
using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;
using static UppalCrm.Tests.Support.HistoryRows;

namespace UppalCrm.Tests.History;

/// <summary>Ten thousand calls, written once: none of these tests changes them.</summary>
public sealed class TenThousandCalls : IAsyncLifetime
{
    private CallCentre? _centre;

    public CallCentre Centre => _centre!;

    public int[] Agents { get; private set; } = [];

    public IReadOnlyList<Call> All { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        _centre = await CallCentre.OpenAsync();
        Agents = await WriteAsync(_centre, 10_000);
        await using var db = _centre.OpenDatabase();
        All = await db.Calls.AsNoTracking().Include(c => c.Contact).OrderByDescending(c => c.CreatedAt).ThenByDescending(c => c.Id)
            .ToListAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_centre is not null)
        {
            await _centre.DisposeAsync();
        }
    }
}

public sealed class CallHistoryTests(TenThousandCalls past) : IClassFixture<TenThousandCalls>
{
    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    private CallHistory History => past.Centre.Get<CallHistory>();

    private HistoryReader Supervisor => new(past.Agents[2], Supervises: true);

    public static TheoryData<string> Filters => [.. FilterByName.Keys];

    private static readonly Dictionary<string, (Func<int[], HistoryFilter> Filter, Func<Call, int[], bool> Holds)> FilterByName = new()
    {
        ["everything"] = (_ => new HistoryFilter(), (_, _) => true),
        ["inbound"] = (_ => new HistoryFilter { Direction = CallDirection.Inbound }, (c, _) => c.Direction == CallDirection.Inbound),
        ["outbound"] = (_ => new HistoryFilter { Direction = CallDirection.Outbound }, (c, _) => c.Direction == CallDirection.Outbound),
        ["busy"] = (_ => new HistoryFilter { Outcome = CallOutcome.Busy }, (c, _) => c.Outcome == CallOutcome.Busy),
        ["outgoing that failed"] = (
            _ => new HistoryFilter { Direction = CallDirection.Outbound, Outcome = CallOutcome.Failed },
            (c, _) => c.Direction == CallDirection.Outbound && c.Outcome == CallOutcome.Failed),
        ["an agent's"] = (a => new HistoryFilter { AgentId = a[1] }, (c, a) => c.AgentId == a[1]),
        ["an agent's that failed"] = (
            a => new HistoryFilter { AgentId = a[1], Outcome = CallOutcome.Failed },
            (c, a) => c.AgentId == a[1] && c.Outcome == CallOutcome.Failed),
        ["missed"] = (
            _ => new HistoryFilter { Missed = true },
            (c, _) => c.Outcome is CallOutcome.Abandoned or CallOutcome.Missed or CallOutcome.Voicemail),
        ["with recording"] = (_ => new HistoryFilter { WithRecording = true }, (c, _) => c.RecordingSid is not null),
        ["a contact's"] = (_ => new HistoryFilter { ContactId = 3 }, (c, _) => c.ContactId == 3),
        ["two days"] = (
            _ => new HistoryFilter { From = Begin.AddDays(1), Until = Begin.AddDays(3) },
            (c, _) => c.CreatedAt >= Begin.AddDays(1) && c.CreatedAt < Begin.AddDays(3)),
        ["a name's beginning"] = (_ => new HistoryFilter { Search = "gra" }, (c, _) => c.Contact?.Name == "Grace Moss"),
        ["beginnings of both names"] = (_ => new HistoryFilter { Search = "mo gr" }, (c, _) => c.Contact?.Name == "Grace Moss"),
        ["a name without its accents"] = (_ => new HistoryFilter { Search = "zoe lar" }, (c, _) => c.Contact?.Name == "Zoë Larsen"),
        ["a name with an apostrophe"] = (_ => new HistoryFilter { Search = "o'neil" }, (c, _) => c.Contact?.Name == "Janet O'Neil"),
        ["a company"] = (_ => new HistoryFilter { Search = "northw" }, (c, _) => c.Contact?.Company == "Northwind"),
        ["a name that came with the call"] = (_ => new HistoryFilter { Search = "walter a" }, (c, _) => c.CallerName == "Walter Abbot"),
        ["a whole number"] = (_ => new HistoryFilter { Search = "+1 (202) 555-0102" }, (c, _) => c.OtherNumber == "+12025550102"),
        ["a number as at home"] = (
            _ => new HistoryFilter { Search = "202 555 01" }, (c, _) => c.OtherNumber.StartsWith("+120255501", StringComparison.Ordinal)),
        ["a number's last four"] = (
            _ => new HistoryFilter { Search = "0102" }, (c, _) => c.OtherNumber.EndsWith("0102", StringComparison.Ordinal)),
        ["a number's last seven"] = (
            _ => new HistoryFilter { Search = "555-0102" }, (c, _) => c.OtherNumber.EndsWith("5550102", StringComparison.Ordinal)),
        ["search and filters"] = (_ => new HistoryFilter { Search = "priya", Direction = CallDirection.Inbound, WithRecording = true },
            (c, _) => c.Contact?.Name == "Priya Nair" && c.Direction == CallDirection.Inbound && c.RecordingSid is not null),
        ["nobody"] = (_ => new HistoryFilter { Search = "nobody of this name" }, (_, _) => false),
    };

    [Theory]
    [MemberData(nameof(Filters))]
    public async Task A_filter_lists_its_calls_newest_first_and_all_of_them_both_ways(string name)
    {
        var (filter, holds) = (FilterByName[name].Filter(past.Agents), FilterByName[name].Holds);
        var expected = past.All.Where(c => holds(c, past.Agents)).Select(c => c.Id).ToList();

        var down = await ReadDownAsync(filter, 97);
        var up = await ReadUpAsync(filter, 97, down.Count == 0 ? null : new HistoryPlace(past.All[^1].CreatedAt.AddDays(-1), 0));

        Assert.Equal(expected, down);
        Assert.Equal(expected, up);
    }

    [Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
    [Theory]
    [MemberData(nameof(Filters))]
    public async Task Every_filter_is_answered_by_an_index_in_order(string name)
    {
        var filter = FilterByName[name].Filter(past.Agents);
        foreach (var newer in new[] { false, true })
        {
            foreach (var place in new HistoryPlace?[] { null, past.All[5_000] is var c ? new HistoryPlace(c.CreatedAt, c.Id) : null })
            {
                await using var db = past.Centre.OpenDatabase();

                var plan = await ExplainAsync(db, History.PageQuery(db, filter, Supervisor, place, newer, 51));

                // A plan that read the table, or sorted what it found, would grow with the history.
                Assert.DoesNotContain(
                    plan,
                    step => step.StartsWith("SCAN c", StringComparison.Ordinal) && !step.Contains("INDEX", StringComparison.Ordinal));
                Assert.DoesNotContain(plan, step => step.Contains("TEMP B-TREE", StringComparison.Ordinal));
                Assert.DoesNotContain(
                    "OFFSET", History.PageQuery(db, filter, Supervisor, place, newer, 51).ToQueryString(),
                    StringComparison.OrdinalIgnoreCase);
            }
        }
    }

    [Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
    [Theory]
    [InlineData("missed", "ix_phone_calls_missed_created_at_id")]
    [InlineData("with recording", "ix_phone_calls_recorded")]
    [InlineData("busy", "ix_phone_calls_outcome_created_at_id")]
    [InlineData("outgoing that failed", "ix_phone_calls_direction_outcome_created_at_id")]
    [InlineData("an agent's", "ix_phone_calls_agent_id_created_at_id")]
    [InlineData("an agent's that failed", "ix_phone_calls_agent_id_outcome_created_at_id")]
    [InlineData("a contact's", "ix_phone_calls_contact_id_created_at_id")]
    [InlineData("a whole number", "VIRTUAL TABLE INDEX")]
    public async Task The_index_made_for_a_filter_is_the_one_used(string name, string index)
    {
        await using var db = past.Centre.OpenDatabase();

        var plan = await ExplainAsync(
            db, History.PageQuery(db, FilterByName[name].Filter(past.Agents), Supervisor, null, newer: false, 51));

        Assert.Contains(plan, step => step.Contains(index, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_first_page_has_no_newer_and_the_last_no_older_calls()
    {
        var first = await History.GetNewestAsync(new HistoryFilter(), Supervisor, 50, Cancel);
        var last = await History.GetOlderAsync(
            new HistoryFilter(), Supervisor, new HistoryPlace(past.All[^11].CreatedAt, past.All[^11].Id), 50, Cancel);

        Assert.Equal((50, false, true), (first.Rows.Count, first.Newer, first.Older));
        Assert.Equal((10, true, false), (last.Rows.Count, last.Newer, last.Older));
    }

    [Fact]
    public async Task Newer_than_a_place_near_the_top_is_the_whole_first_page()
    {
        var third = past.All[3];

        var page = await History.GetNewerAsync(new HistoryFilter(), Supervisor, new HistoryPlace(third.CreatedAt, third.Id), 50, Cancel);

        Assert.Equal(past.All.Take(50).Select(c => c.Id), page.Rows.Select(r => r.Id));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public async Task The_list_says_of_each_recording_what_the_guard_of_recordings_says(int who, bool supervises)
    {
        var reader = new HistoryReader(past.Agents[who], supervises);

        var page = await History.GetNewestAsync(new HistoryFilter(), reader, 500, Cancel);

        Assert.All(page.Rows, row =>
        {
            var call = past.All.First(c => c.Id == row.Id);
            Assert.Equal(call.RecordingSid is not null && RecordingAccess.MayHear(call, reader.AgentId, supervises), row.MayHear);
        });
        Assert.Contains(page.Rows, row => row.HasRecording && row.MayHear);
    }

    [Fact]
    public async Task Reading_all_reads_each_call_once_and_no_more_than_asked()
    {
        var rows = await History.ReadAllAsync(new HistoryFilter(), Supervisor, 7_500, Cancel).Select(r => r.Id).ToListAsync(Cancel);

        Assert.Equal(past.All.Take(7_500).Select(c => c.Id), rows);
    }

    [Theory]
    [InlineData("")]
    [InlineData("12")]
    [InlineData("-5-1")]
    [InlineData("1-2-3")]
    [InlineData("99999999999999999999-1")]
    [InlineData("9223372036854775807-1")]
    [InlineData("1;DROP TABLE phone_calls-1")]
    public void An_address_that_somebody_edited_is_no_place(string text) => Assert.Null(HistoryPlace.Parse(text));

    [Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
    [Theory]
    [InlineData("\"")]
    [InlineData("*")]
    [InlineData("names : x OR numbers : y")]
    [InlineData("NEAR(a b)")]
    [InlineData("'; DROP TABLE phone_calls; --")]
    [InlineData("ÄÖ 𝒳 漢字 é́")]
    [InlineData("((((")]
    [InlineData("- -")]
    public async Task Nothing_that_is_typed_breaks_the_search(string typed)
    {
        var page = await History.GetNewestAsync(new HistoryFilter { Search = typed }, Supervisor, 10, Cancel);

        Assert.True(page.Rows.Count <= 10);
    }

    private async Task<List<long>> ReadDownAsync(HistoryFilter filter, int size)
    {
        var page = await History.GetNewestAsync(filter, Supervisor, size, Cancel);
        var ids = page.Rows.Select(r => r.Id).ToList();
        while (page.Older)
        {
            page = await History.GetOlderAsync(filter, Supervisor, page.Rows[^1].Place, size, Cancel);
            ids.AddRange(page.Rows.Select(r => r.Id));
        }

        return ids;
    }

    private async Task<List<long>> ReadUpAsync(HistoryFilter filter, int size, HistoryPlace? from)
    {
        var pages = new List<long[]>();
        var seen = new HashSet<long>();
        while (from is { } place)
        {
            var page = await History.GetNewerAsync(filter, Supervisor, place, size, Cancel);
            // Near the top the whole first page comes: what was read before is not counted twice.
            pages.Add([.. page.Rows.Select(r => r.Id).Where(seen.Add)]);
            from = page.Newer ? page.Rows[0].Place : null;
        }

        pages.Reverse();
        return [.. pages.SelectMany(p => p)];
    }

    private static Task<List<string>> ExplainAsync(CrmDbContext db, IQueryable<object> query) => QueryPlan.ExplainAsync(db, query);
}

public sealed class CallHistoryWhileCallsComeTests
{
    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_call_is_lost_or_doubled_while_new_ones_come()
    {
        await using var centre = await CallCentre.OpenAsync();
        var agents = await WriteAsync(centre, 600);
        var history = centre.Get<CallHistory>();
        var reader = new HistoryReader(agents[0], false);
        await using var db = centre.OpenDatabase();
        var before = await db.Calls.Select(c => c.Id).ToListAsync(Cancel);

        var page = await history.GetNewestAsync(new HistoryFilter(), reader, 50, Cancel);
        var read = page.Rows.Select(r => r.Id).ToList();
        while (page.Older)
        {
            await centre.CallerArrivesAsync($"+1202555{read.Count:0000}");
            page = await history.GetOlderAsync(new HistoryFilter(), reader, page.Rows[^1].Place, 50, Cancel);
            read.AddRange(page.Rows.Select(r => r.Id));
        }

        Assert.Equal(before.Order(), read.Order());
        Assert.Equal(before.Count + 11, await db.Calls.CountAsync(Cancel)); // they did come
    }

    [Fact]
    public async Task A_call_is_found_by_its_contacts_name_from_the_moment_it_comes_and_by_the_new_name_when_it_changes()
    {
        await using var centre = await CallCentre.OpenAsync();
        var agent = await centre.HireAsync("Dana");
        var id = await centre.AddContactAsync("Ada Byron", "+12025550111");
        var call = await centre.CallerArrivesAsync("+12025550111");
        Assert.Equal([call.Id], await SearchAsync(centre, agent, "byron"));

        var contact = await centre.Get<UppalCrm.Core.Contacts.ContactBook>().FindAsync(id, Cancel);
        await centre.Get<UppalCrm.Core.Contacts.ContactBook>()
            .SaveAsync(id, contact!.Version, new("Ada Lovelace", null, null, null, [new("+12025550111")]), Cancel);

        Assert.Empty(await SearchAsync(centre, agent, "byron"));
        Assert.Equal([call.Id], await SearchAsync(centre, agent, "lovel"));
        Assert.Equal([call.Id], await SearchAsync(centre, agent, "0111"));
    }

    [Fact]
    public async Task The_details_tell_what_happened_in_order_and_who_did_it()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var call = await centre.InCallAsync(dana);
        centre.Clock.Advance(TimeSpan.FromSeconds(75));
        await centre.EndAsync(call);

        var details = await centre.Get<CallHistory>().FindAsync(call.Id, new HistoryReader(dana, false), Cancel);

        Assert.NotNull(details);
        Assert.Equal("Dana", details.Row.AgentName);
        Assert.Equal(75, details.Row.DurationSeconds);
        Assert.Equal(CallEnder.Customer, details.Row.EndedBy);
        Assert.Equal(CallCentre.OurLine, details.Line);
        Assert.True(details.MayWrite);
        Assert.Equal([LegRole.Customer, LegRole.Agent], details.Legs.Select(l => l.Role));
        Assert.Equal(
            [CallEventKind.Arrived, CallEventKind.ConferenceJoined, CallEventKind.Claimed], details.Events.Take(3).Select(e => e.Kind));
        Assert.Contains(details.Events, e => e is { Kind: CallEventKind.Claimed, Who: "Dana" });
    }

    [Fact]
    public async Task The_details_begin_with_the_beginning_although_the_carrier_tells_whole_seconds()
    {
        await using var centre = await CallCentre.OpenAsync();
        centre.Clock.Advance(TimeSpan.FromMilliseconds(600));
        var call = await centre.CallerArrivesAsync();
        centre.Clock.AdjustTime(ManualClock.Noon);
        await centre.TellAsync(call, ConferenceEventKind.Joined, call.CustomerLeg!.Value);

        var details = await centre.Get<CallHistory>().FindAsync(call.Id, new HistoryReader(1, true), Cancel);

        Assert.NotNull(details);
        Assert.Equal([CallEventKind.Arrived, CallEventKind.ConferenceJoined], details.Events.Take(2).Select(e => e.Kind));
    }

    [Fact]
    public async Task Calls_that_changed_are_read_again_as_they_are_now()
    {
        await using var centre = await CallCentre.OpenAsync();
        var dana = await centre.HireAsync("Dana");
        var (first, second) = (await centre.CallerArrivesAsync(), await centre.InCallAsync(dana));

        var rows = await centre.Get<CallHistory>().GetRowsAsync([first.Id, second.Id, 4711], new HistoryReader(dana, false), Cancel);

        Assert.Equal(
            [(first.Id, CallStatus.Waiting), (second.Id, CallStatus.Connected)], rows.OrderBy(r => r.Id).Select(r => (r.Id, r.Status)));
    }

    [Fact]
    public async Task There_is_nothing_to_tell_of_a_call_that_never_was()
    {
        await using var centre = await CallCentre.OpenAsync();

        Assert.Null(await centre.Get<CallHistory>().FindAsync(4711, new HistoryReader(1, true), Cancel));
    }

    private static async Task<IEnumerable<long>> SearchAsync(CallCentre centre, int agent, string text) =>
        (await centre.Get<CallHistory>().GetNewestAsync(new HistoryFilter { Search = text }, new HistoryReader(agent, false), 10, Cancel))
            .Rows.Select(r => r.Id);
}
