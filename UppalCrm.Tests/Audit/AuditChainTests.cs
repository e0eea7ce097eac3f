using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Audit;

/// <summary>A person who can write to the database still cannot rewrite the audit.</summary>
public sealed class AuditChainTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("the last row is cut off", 5)]
    [InlineData("two rows are cut off", 5)]
    [InlineData("the first row is cut off", 2)]
    [InlineData("one in the middle is cut out", 4)]
    [InlineData("all are cut off", 5)]
    [InlineData("the head is cut off", 1)]
    [InlineData("the tail is cut off and the head counts one less", 5)]
    [InlineData("a row is changed and hashed again", 3)]
    [InlineData("a row is put behind the last", 6)]
    public async Task What_was_done_to_the_rows_is_found(string what, long found)
    {
        await using var centre = await CallCentre.OpenAsync();
        var log = centre.Get<AuditLog>();
        for (var i = 0; i < 5; i++)
        {
            await log.WriteAsync(AuditAction.SignedIn, i, null, $"row {i}", Token);
        }

        Assert.Null(await log.FindTamperedAsync(Token));
        await using var db = centre.OpenDatabase();
        await TamperAsync(db, what);

        Assert.Equal(found, await log.FindTamperedAsync(Token));
        // A node that was started afterwards finds it as well: it remembers nothing.
        using var fresh = new AuditLog(
            centre.Get<IDbContextFactory<CrmDbContext>>(), centre.Clock,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<AuditLog>.Instance);
        Assert.Equal(found, await fresh.FindTamperedAsync(Token));
    }

    [Fact]
    public async Task The_daily_check_reports_what_it_found_and_leaves_a_row()
    {
        await using var centre = await CallCentre.OpenAsync();
        for (var i = 0; i < 3; i++)
        {
            await centre.Get<AuditLog>().WriteAsync(AuditAction.SignedIn, i, null, null, Token);
        }

        var check = centre.Get<AuditCheck>();
        await check.RunAsync(Token);
        Assert.Null(check.Damaged);
        await using var db = centre.OpenDatabase();
        await db.Audit.Where(a => a.Id == 3).ExecuteDeleteAsync(Token);

        await check.RunAsync(Token);

        Assert.Equal(3, check.Damaged);
        Assert.True(await db.Audit.AnyAsync(a => a.Action == AuditAction.AuditDamaged, Token));
    }

    private static async Task TamperAsync(CrmDbContext db, string what)
    {
        switch (what)
        {
            case "the last row is cut off":
                await db.Audit.Where(a => a.Id == 5).ExecuteDeleteAsync(Token);
                break;
            case "two rows are cut off":
                await db.Audit.Where(a => a.Id >= 4).ExecuteDeleteAsync(Token);
                break;
            case "the first row is cut off":
                await db.Audit.Where(a => a.Id == 1).ExecuteDeleteAsync(Token);
                break;
            case "one in the middle is cut out":
                await db.Audit.Where(a => a.Id == 3).ExecuteDeleteAsync(Token);
                break;
            case "all are cut off":
                await db.Audit.ExecuteDeleteAsync(Token);
                break;
            case "the head is cut off":
                await db.AuditHeads.ExecuteDeleteAsync(Token);
                break;
            case "the tail is cut off and the head counts one less":
                var hash = await db.Audit.Where(a => a.Id == 4).Select(a => a.Hash).SingleAsync(Token);
                await db.Audit.Where(a => a.Id == 5).ExecuteDeleteAsync(Token);
                await db.AuditHeads.ExecuteUpdateAsync(
                    set => set.SetProperty(h => h.LastId, 4).SetProperty(h => h.Count, 4).SetProperty(h => h.Hash, hash), Token);
                break;
            case "a row is changed and hashed again":
                // As the chain without a key was made.
                var row = await db.Audit.SingleAsync(a => a.Id == 3, Token);
                var previous = await db.Audit.Where(a => a.Id == 2).Select(a => a.Hash).SingleAsync(Token);
                row.Detail = "nothing happened";
                row.Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
                    $"{previous}|{row.At.UtcTicks}|{row.AgentId}|{row.Action.ToWord()}|{row.CallId}|{row.Detail}")));
                await db.SaveChangesAsync(Token);
                break;
            default:
                db.Audit.Add(new AuditEntry { Action = AuditAction.SignedIn, Hash = "made up", At = DateTimeOffset.UnixEpoch });
                await db.SaveChangesAsync(Token);
                break;
        }
    }
}
