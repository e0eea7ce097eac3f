using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Audit;

public sealed class AuditTrailTests
{
    private static CancellationToken Token => Xunit.TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Roles.Agent)]
    [InlineData(Roles.Supervisor)]
    public async Task Only_administrators_read_the_audit(string role)
    {
        await using var centre = await CallCentre.OpenAsync();
        var person = await centre.HireAsync("Sam");
        await centre.PromoteAsync(person, role);
        var trail = centre.Get<AuditTrail>();

        await Assert.ThrowsAsync<NotAllowedException>(() => trail.GetAsync(person, new AuditFilter(), null, 10, Token));
        await Assert.ThrowsAsync<NotAllowedException>(() => trail.GetActionsAsync(person, Token));
        await Assert.ThrowsAsync<NotAllowedException>(() => trail.FindTamperedAsync(person, Token));
        await Assert.ThrowsAsync<NotAllowedException>(
            async () => await trail.ExportAsync(person, new AuditFilter(), Token).FirstAsync(Token));
    }

    [Fact]
    public async Task The_newest_rows_come_first_and_older_ones_follow_without_a_gap()
    {
        await using var centre = await CallCentre.OpenAsync();
        var alex = await HireAdminAsync(centre);
        await WriteAsync(centre, alex, 25);
        var trail = centre.Get<AuditTrail>();

        var first = await trail.GetAsync(alex, new AuditFilter(), null, 10, Token);
        var second = await trail.GetAsync(alex, new AuditFilter(), first[^1].Id, 10, Token);
        var third = await trail.GetAsync(alex, new AuditFilter(), second[^1].Id, 10, Token);

        Assert.Equal(Enumerable.Range(1, 25).Reverse().Select(i => (long)i), first.Concat(second).Concat(third).Select(row => row.Id));
        Assert.All(first, row => Assert.Equal("Alex", row.Person));
    }

    [Fact]
    public async Task Rows_are_filtered_by_action_person_and_time()
    {
        await using var centre = await CallCentre.OpenAsync();
        var alex = await HireAdminAsync(centre);
        var start = centre.Clock.GetUtcNow();
        await WriteAsync(centre, alex, 4); // a minute apart; the even ones are "signed-out"
        await centre.Get<AuditLog>().WriteAsync(AuditAction.JoinRefused, null, 7, "no such conference", Token);
        var trail = centre.Get<AuditTrail>();

        Assert.Equal(
            [4L, 2L], (await trail.GetAsync(alex, new AuditFilter(Action: AuditAction.SignedOut), null, 10, Token)).Select(r => r.Id));
        Assert.Equal([4L, 3L, 2L, 1L], (await trail.GetAsync(alex, new AuditFilter(AgentId: alex), null, 10, Token)).Select(r => r.Id));
        Assert.Equal(
            [3L, 2L],
            (await trail.GetAsync(alex, new AuditFilter(From: start.AddMinutes(1), Until: start.AddMinutes(3)), null, 10, Token))
                .Select(r => r.Id));
        Assert.Equal([AuditAction.JoinRefused, AuditAction.SignedIn, AuditAction.SignedOut], await trail.GetActionsAsync(alex, Token));
    }

    [Fact]
    public async Task An_export_runs_no_formula_and_leaves_a_row_of_its_own()
    {
        await using var centre = await CallCentre.OpenAsync();
        var alex = await HireAdminAsync(centre);
        await centre.Get<AuditLog>().WriteAsync(AuditAction.ContactsMerged, alex, 12, "=HYPERLINK(\"http://x\"), \"two\"", Token);

        var lines = await centre.Get<AuditTrail>().ExportAsync(alex, new AuditFilter(Action: AuditAction.ContactsMerged), Token)
            .ToListAsync(Token);

        Assert.Equal("Number,Time (UTC),Person,Action,Call,Detail\r\n", lines[0]);
        Assert.Equal("1,2026-06-17T12:00:00Z,Alex,contacts-merged,12,\"'=HYPERLINK(\"\"http://x\"\"), \"\"two\"\"\"\r\n", lines[1]);
        Assert.Equal(
            AuditAction.AuditExported, (await centre.Get<AuditTrail>().GetAsync(alex, new AuditFilter(), null, 1, Token))[0].Action);
    }

    [Fact]
    public async Task A_row_that_was_changed_afterwards_is_found()
    {
        await using var centre = await CallCentre.OpenAsync();
        var alex = await HireAdminAsync(centre);
        await WriteAsync(centre, alex, 5);
        Assert.Null(await centre.Get<AuditTrail>().FindTamperedAsync(alex, Token));
        await using var db = centre.OpenDatabase();
        await db.Audit.Where(row => row.Id == 3).ExecuteUpdateAsync(set => set.SetProperty(row => row.AgentId, 999), Token);

        Assert.Equal(3, await centre.Get<AuditTrail>().FindTamperedAsync(alex, Token));
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"hi\"", "\"say \"\"hi\"\"\"")]
    [InlineData("+12025550111", "'+12025550111")]
    [InlineData("-1", "'-1")]
    [InlineData("@cmd", "'@cmd")]
    [InlineData("\tx", "\"'\tx\"")]
    [InlineData("two\r\nlines", "\"two\r\nlines\"")]
    public void A_cell_is_quoted_where_it_must_be_and_harmless(string text, string cell)
    {
        Assert.Equal(cell + "\r\n", CsvRow.Of(text));
    }

    private static async Task<int> HireAdminAsync(CallCentre centre)
    {
        var alex = await centre.HireAsync("Alex");
        await centre.PromoteAsync(alex, Roles.Admin);
        return alex;
    }

    private static async Task WriteAsync(CallCentre centre, int person, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await centre.Get<AuditLog>().WriteAsync(i % 2 == 0 ? AuditAction.SignedIn : AuditAction.SignedOut, person, null, null, Token);
            centre.Clock.Advance(TimeSpan.FromMinutes(1));
        }
    }
}
