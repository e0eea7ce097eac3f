using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Offers;

/// <summary>Callers are written down by prepared statements, many in one commit: it must not show.</summary>
public sealed class InboundCallBatcherTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_many_who_arrive_at_once_and_each_twice_every_one_is_one_call_and_announced_once()
    {
        await using var centre = await CallCentre.OpenAsync();
        var heard = new ConcurrentBag<long>();
        using var feed = centre.Get<CallFeed>().Subscribe(news => heard.Add(news.CallId));
        var callers = Enumerable.Range(0, 300).Select(i =>
            new CallerArrived(centre.NewLeg(), $"+1202555{i:0000}", CallCentre.OurLine, null, null)).ToList();

        var calls = await Task.WhenAll(callers.Concat(callers).Select(caller =>
            Task.Run(() => centre.News.CallerArrivedAsync(caller, Token), Token)));

        await using var db = centre.OpenDatabase();
        Assert.Equal(callers.Count, await db.Calls.CountAsync(Token));
        Assert.Equal(callers.Count, await db.Legs.CountAsync(Token));
        Assert.Equal(callers.Count, await db.Events.CountAsync(e => e.Kind == CallEventKind.Arrived && e.CallId != null, Token));
        Assert.Equal(calls.Select(call => call.Id).Distinct().Order(), heard.Order());
        Assert.All(callers.Zip(calls), pair => Assert.Equal(pair.First.Leg, pair.Second.CustomerLeg));
    }

    [Fact]
    public async Task Prepared_statements_write_the_rows_that_EF_writes()
    {
        var rows = new List<string>();
        foreach (var byStatements in new[] { true, false })
        {
            await using var centre = await CallCentre.OpenAsync();
            var contactId = await centre.AddContactAsync("Maya Chen", "+12025550111");
            var call = New(centre, "incoming-both-ways");
            FillEveryProperty(call);
            FillEveryProperty(call.Legs[0]);
            var row = EventOf(call);
            FillEveryProperty(row);
            if (byStatements)
            {
                Assert.True((await centre.Get<InboundCallBatcher>().WriteAsync(call, row, "+12025550111", Token)).IsNew);
            }
            else
            {
                await using var writing = centre.OpenDatabase();
                call.ContactId = contactId;
                writing.Calls.Add(call);
                await writing.SaveChangesAsync(Token);
                row.CallId = call.Id;
                writing.Events.Add(row);
                await writing.SaveChangesAsync(Token);
            }

            await using var db = centre.OpenDatabase();
            rows.Add(await RowsOfAsync(db, "phone_calls") + await RowsOfAsync(db, "call_legs") + await RowsOfAsync(db, "call_events"));
        }

        Assert.Equal(
            ["agent_id", "follow_up_agent_id", "parked_call_id", "joined_to_id", "agent_id", "agent_id"],
            Regex.Matches(rows[0], @"(\w+)=NULL").Select(m => m.Groups[1].Value));
        Assert.Equal(rows[1], rows[0]);
    }

    [Fact]
    public async Task And_so_they_write_what_became_of_a_call()
    {
        var rows = new List<string>();
        foreach (var byStatements in new[] { true, false })
        {
            await using var centre = await CallCentre.OpenAsync();
            var call = New(centre, "incoming-both-ways");
            await centre.Get<InboundCallBatcher>().WriteAsync(call, EventOf(call), null, Token);
            var added = new CallLeg { CallSid = new CallSid("CAadded"), Role = LegRole.Agent };
            var asked = new CallTransfer { ToNumber = "+1" };
            FillEveryProperty(added);
            FillEveryProperty(asked);
            bool Change(Call changed)
            {
                FillEveryProperty(changed);
                changed.Legs.ForEach(FillEveryProperty);
                changed.Legs.Add(added);
                changed.Transfers.Add(asked);
                return true;
            }

            if (byStatements)
            {
                Assert.True((await centre.Get<CallStore>().ChangeAsync(call.Id, c => Change(c), Token)).IsChange);
            }
            else
            {
                await using var writing = centre.OpenDatabase();
                var read = await writing.Calls.Include(c => c.Legs).Include(c => c.Transfers).SingleAsync(Token);
                Change(read);
                read.Version++;
                await writing.SaveChangesAsync(Token);
            }

            await using var db = centre.OpenDatabase();
            rows.Add(await RowsOfAsync(db, "phone_calls") + await RowsOfAsync(db, "call_legs") + await RowsOfAsync(db, "call_transfers"));
        }

        Assert.Equal(rows[1], rows[0]);
        Assert.Contains("notes=x", rows[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_several_contacts_with_the_number_none_is_the_caller_before_an_agent_chooses()
    {
        await using var centre = await CallCentre.OpenAsync();
        await centre.AddContactAsync("Maya of old", "+12025550111");
        centre.Clock.Advance(TimeSpan.FromMinutes(1));
        await centre.AddContactAsync("Maya Chen", "+12025550111");
        var caller = new CallerArrived(centre.NewLeg(), "+12025550111", CallCentre.OurLine, "CHEN M", "token-1");

        var first = await centre.News.CallerArrivedAsync(caller, Token);
        var again = await centre.News.CallerArrivedAsync(caller, Token);

        Assert.All([first, again], call => Assert.Equal((null, "One of 2: Maya Chen, Maya of old"), (call.ContactId, call.OtherName)));
        Assert.Equal(first.Id, again.Id);
    }

    [Fact]
    public async Task The_call_that_comes_with_its_news_is_the_call_that_anybody_would_read()
    {
        await using var centre = await CallCentre.OpenAsync();
        await centre.AddContactAsync("Maya Chen", "+12025550111");
        var news = new List<CallChanged>();
        using var feed = centre.Get<CallFeed>().Subscribe(news.Add);

        var call = await centre.News.CallerArrivedAsync(new CallerArrived(centre.NewLeg(), "+12025550111", CallCentre.OurLine, "CHEN M",
            null), Token);

        var told = Assert.Single(news);
        Assert.Equal("Maya Chen", told.AsWritten!.OtherName);
        Assert.Equal(JsonSerializer.Serialize(await centre.Desk.FindAsync(call.Id, Token)), JsonSerializer.Serialize(told.AsWritten));
    }

    [Fact]
    public async Task So_is_the_call_that_comes_with_the_news_of_a_change()
    {
        await using var centre = await CallCentre.OpenAsync();
        await centre.AddContactAsync("Maya Chen", "+12025550111");
        var agent = await centre.HireAsync("Ada");
        var news = new List<CallChanged>();
        using var feed = centre.Get<CallFeed>().Subscribe(news.Add);
        var call = await centre.CallerArrivesAsync();
        await centre.Desk.AcceptAsync(call.Id, agent, Token);
        var leg = await centre.AgentJoinsAsync(call, agent);
        await CompareAsync();
        await centre.TellAsync(call, ConferenceEventKind.Held, call.CustomerLeg);
        await CompareAsync();
        await centre.TellAsync(call, ConferenceEventKind.Left, leg);
        await CompareAsync();
        await centre.EndAsync(call);
        await CompareAsync();

        Assert.True(news.Count(one => one.AsWritten is not null) > 4, "nearly all come with their news");

        async Task CompareAsync()
        {
            var read = await centre.Desk.FindAsync(call.Id, Token);
            var told = news[^1].AsWritten;
            Assert.Equal((read!.Agent?.DisplayName, read.Version), (told!.Agent?.DisplayName, told.Version));
            Assert.Equal(WithoutAgent(read), WithoutAgent(told));
        }

        // Whether they are busy was written beside the call; nobody who is told of a call looks for it there.
        static string WithoutAgent(Call call)
        {
            var json = JsonSerializer.SerializeToNode(call)!;
            json["Agent"] = null;
            return json.ToJsonString();
        }
    }

    [Fact]
    public async Task News_that_came_before_its_caller_is_taken_up()
    {
        await using var centre = await CallCentre.OpenAsync();
        var leg = centre.NewLeg();
        await centre.News.ReportAsync(new LegEvent(leg, LegState.Completed, null, null, null, null), Token);

        var call = await centre.News.CallerArrivedAsync(new CallerArrived(leg, "+12025550111", CallCentre.OurLine, null, null), Token);

        Assert.Equal((CallStatus.Ended, CallOutcome.Abandoned), (call.Status, call.Outcome));
    }

    [Fact]
    public async Task A_caller_who_cannot_be_written_spoils_it_for_no_other()
    {
        await using var centre = await CallCentre.OpenAsync();
        var journal = centre.Get<InboundCallBatcher>();
        var taken = await centre.CallerArrivesAsync();
        var (refused, good) = (New(centre, taken.ConferenceName), New(centre, "incoming-good"));

        // A room is one call's alone: the first of these two is refused by the database.
        var writing = new[] { refused, good }.Select(call => journal.WriteAsync(call, EventOf(call), null, Token)).ToList();

        await Assert.ThrowsAnyAsync<DbException>(() => writing[0]);
        Assert.True((await writing[1]).IsNew);
        Assert.Equal(2, (await centre.Desk.GetWaitingAsync(null, Token)).Count);
    }

    private static Call New(CallCentre centre, string room)
    {
        var leg = centre.NewLeg();
        return new Call
        {
            Direction = CallDirection.Inbound, FromNumber = "+12025550111", ToNumber = CallCentre.OurLine, ConferenceName = room,
                CustomerLeg = leg,
            Status = CallStatus.Waiting, CreatedAt = centre.Clock.GetUtcNow(), Version = 1,
                Legs = [new CallLeg { CallSid = leg, Role = LegRole.Customer }],
        };
    }

    private static CallEvent EventOf(Call call) => new()
    {
        Key = $"arrived:{call.CustomerLeg}", Kind = CallEventKind.Arrived, Source = EventSource.Carrier, At = call.CreatedAt,
            ReceivedAt = call.CreatedAt,
    };

    /// <summary>Gives every property that is null and no key of another row a value, so that a column that is forgotten shows.</summary>
    private static void FillEveryProperty(object row)
    {
        foreach (var property in row.GetType().GetProperties()
                     .Where(p => p.CanWrite && p.GetValue(row) is null && !p.Name.EndsWith("Id", StringComparison.Ordinal)))
        {
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            object? value = type switch
            {
                _ when type == typeof(string) => "x",
                _ when type == typeof(DateTimeOffset) => ManualClock.Noon.AddTicks(1_234_567),
                _ when type == typeof(CallSid) => new CallSid("CAx"),
                { IsEnum: true } => Enum.GetValues(type).GetValue(1),
                { IsValueType: true } => Convert.ChangeType(7, type, CultureInfo.InvariantCulture),
                _ => null, // another row
            };
            if (value is not null)
            {
                property.SetValue(row, value);
            }
        }
    }

    /// <summary>Every column as the database has it.</summary>
    private static async Task<string> RowsOfAsync(DbContext db, string table)
    {
        await db.Database.OpenConnectionAsync(Token);
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.CommandText = $"SELECT * FROM {table} ORDER BY id";
        await using var reader = await command.ExecuteReaderAsync(Token);
        var rows = new List<object>();
        while (await reader.ReadAsync(Token))
        {
            rows.Add(Enumerable.Range(0, reader.FieldCount)
                .Select(i => $"{reader.GetName(i)}={(reader.IsDBNull(i) ? "NULL" : reader.GetValue(i))} "
                + $"{reader.GetDataTypeName(i)}").ToList());
        }

        return JsonSerializer.Serialize(rows);
    }
}
