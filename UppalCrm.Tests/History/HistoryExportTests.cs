using System.Net;
using System.Text;
using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;
using UppalCrm.Web.History;

namespace UppalCrm.Tests.History;

public sealed class HistoryExportTests(SharedHouse shared) : IClassFixture<SharedHouse>
{
    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_file_is_what_a_spreadsheet_reads_and_never_runs()
    {
        var at = new DateTimeOffset(2026, 3, 1, 9, 30, 5, TimeSpan.FromHours(1));
        HistoryRow[] rows =
        [
            ARow(1, "+12025550111", "Ada \"Countess\" Byron, Lady", at) with
            {
                AgentName = "Dana", DurationSeconds = 65, WaitSeconds = 4, EndedBy = CallEnder.Agent, HasRecording = true,
                Disposition = "Follow-up",
            },
            ARow(2, "anonymous", "=HYPERLINK(\"http://evil.example\")", at) with
            {
                Outcome = CallOutcome.Missed, EndedBy = CallEnder.System, WaitSeconds = 60,
            },
            ARow(3, "+442079460018", "@SUM(A1);\nx", at) with
            {
                Direction = CallDirection.Outbound, Outcome = CallOutcome.Busy, EndedBy = CallEnder.Carrier, AgentName = "-Lee",
            },
            ARow(4, "+12025550122", null, at) with { Status = CallStatus.Waiting, Outcome = null },
        ];

        var text = string.Concat(await HistoryExport.WriteAsync(rows.ToAsyncEnumerable(), Cancel).ToListAsync(Cancel));

        Assert.Equal(
            """
            Call,Started (UTC),Direction,Name,Number,Agent,Outcome,Ended by,Waited (s),Duration (s),Recording,Disposition
            1,2026-03-01T08:30:05Z,Incoming,"Ada ""Countess"" Byron, Lady",'+12025550111,Dana,Answered,Dana,4,65,yes,Follow-up
            2,2026-03-01T08:30:05Z,Incoming,"'=HYPERLINK(""http://evil.example"")",anonymous,,Missed,Timed out,60,,no,
            3,2026-03-01T08:30:05Z,Outgoing,"'@SUM(A1);
            x",'+442079460018,'-Lee,Busy,Network,,,no,
            4,2026-03-01T08:30:05Z,Incoming,,'+12025550122,,Waiting,,,,no,

            """.ReplaceLineEndings("\r\n").Replace(";\r\nx", ";\nx", StringComparison.Ordinal),
            text);
    }

    [Theory]
    [InlineData("=1+1")]
    [InlineData("+1")]
    [InlineData("-1")]
    [InlineData("@x")]
    [InlineData("\t=1")]
    [InlineData("\r=1")]
    [InlineData("＝1")]
    public void A_cell_that_would_be_run_gets_an_apostrophe_and_loses_it_when_read_again(string cell)
    {
        var written = CsvRow.Of(cell).TrimEnd('\n').TrimEnd('\r').Trim('"');

        Assert.Equal("'" + cell, written);
        Assert.Equal(cell, CsvRow.Unguard(written));
        Assert.Equal("'tis", CsvRow.Unguard("'tis")); // an apostrophe of one's own stays
    }

    [Fact]
    public async Task An_export_needs_sign_in_is_filtered_streamed_as_a_file_and_audited()
    {
        var house = shared.House;
        await using (var db = house.Database())
        {
            db.Calls.AddRange(Enumerable.Range(0, 12).Select(i => new Call
            {
                Direction = i % 2 == 0 ? CallDirection.Inbound : CallDirection.Outbound, FromNumber = "+12025550111",
                ToNumber = $"+141555501{i:00}", ConferenceName = $"export-{i}",
                Status = CallStatus.Ended, Outcome = CallOutcome.Answered, CreatedAt = HistoryRows.Begin.AddMinutes(i),
            }));
            await db.SaveChangesAsync(Cancel);
        }

        using var stranger = house.OpenBrowser();
        using var refused = await stranger.GetAsync("/calls/export.csv", Cancel);
        Assert.Equal(HttpStatusCode.Redirect, refused.StatusCode);

        using var sam = await house.SignInAsync("sam@uppalcrm.test");
        using var answer = await sam.GetAsync(
            $"/calls/export.csv?direction=outbound&after={HistoryRows.Begin.AddMinutes(2).UtcDateTime:O}"
                + $"&before={HistoryRows.Begin.AddMinutes(9).UtcDateTime:O}",
            Cancel);
        var bytes = await answer.Content.ReadAsByteArrayAsync(Cancel);

        Assert.Equal(
            ("text/csv", "attachment"),
            (answer.Content.Headers.ContentType?.MediaType, answer.Content.Headers.ContentDisposition?.DispositionType));
        Assert.Equal(Encoding.UTF8.GetPreamble(), bytes[..3]);
        var lines = Encoding.UTF8.GetString(bytes).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, lines.Length); // the headings, and minutes 7, 5 and 3
        Assert.Contains("'+14155550107", lines[1], StringComparison.Ordinal);
        Assert.Contains("'+14155550103", lines[3], StringComparison.Ordinal);
        await using var audit = house.Database();
        var row = await audit.Audit.SingleAsync(a => a.Action == AuditAction.CallsExported, Cancel);
        Assert.Equal(await house.AgentIdAsync("sam@uppalcrm.test"), row.AgentId);
        Assert.StartsWith("Outbound, from 2026-01-05T08:02:00", row.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Contacts_are_exported_as_a_file_that_is_audited()
    {
        using var sam = await shared.House.SignInAsync("sam@uppalcrm.test");

        var text = await sam.GetStringAsync("/contacts/export.csv", Cancel);

        // How many addresses and numbers there is room for is said by the contacts that other tests of this house have made.
        var rows = text.Split("\r\n");
        Assert.Contains("Name,Company,E-mail,", rows[0], StringComparison.Ordinal);
        Assert.Contains(",Phone 1,Phone 1 - Label,Phone 1 - Extension,Phone 1 - Do not call,", rows[0], StringComparison.Ordinal);
        var maya = rows.Single(row => row.StartsWith("Maya Chen,", StringComparison.Ordinal));
        Assert.StartsWith("Maya Chen,Northwind Dental,maya.chen@northwind.example,", maya, StringComparison.Ordinal);
        Assert.Contains(",'+12025550111,", maya, StringComparison.Ordinal);
        await using var db = shared.House.Database();
        Assert.Contains(await db.Audit.ToListAsync(Cancel), a => a.Action == AuditAction.ContactsExported);
    }

    private static HistoryRow ARow(long id, string number, string? name, DateTimeOffset at) => new(
        id, 1, CallDirection.Inbound, CallStatus.Ended, CallOutcome.Answered, number, name, null, null, null, null, null, at, null, null,
        null, null, false, null, false, null, false);
}
