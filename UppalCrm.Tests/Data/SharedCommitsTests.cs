using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Data;

/// <summary>Writes of many on one commit: it must not show.</summary>
public sealed class SharedCommitsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_that_fails_and_one_that_is_not_kept_spoil_it_for_no_other()
    {
        await using var centre = await CallCentre.OpenAsync();
        var commits = centre.Get<SharedCommits>();

        var running = Enumerable.Range(0, 40).Select(i => Task.Run(
            () => commits.RunAsync(
                async (db, token) =>
                {
                    await WriteAsync(db, i, token);
                    return i == 7 ? throw new InvalidOperationException("the seventh") : new WorkResult<int>(i, IsKept: i != 11);
                },
                Token),
            Token)).ToList();

        var failed = await Assert.ThrowsAsync<InvalidOperationException>(() => running[7]);
        Assert.Equal("the seventh", failed.Message);
        Assert.Equal(
            Enumerable.Range(0, 40).Where(i => i != 7), await Task.WhenAll(running.Where(one => one != running[7])));
        await using var db = centre.OpenDatabase();
        Assert.Equal(
            Enumerable.Range(0, 40).Where(i => i is not (7 or 11)).Select(KeyOf).Order(StringComparer.Ordinal),
            (await db.Events.Select(e => e.Key).ToListAsync(Token)).Order(StringComparer.Ordinal));
    }

    [Fact]
    [Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
    public async Task What_waits_for_the_one_writer_is_written_in_one_transaction_and_who_has_given_up_is_not_written()
    {
        await using var centre = await CallCentre.OpenAsync();
        var commits = centre.Get<SharedCommits>();
        var transactions = new List<Guid>();
        using var givenUp = new CancellationTokenSource();
        var running = new List<Task<int>>();
        using (await centre.Get<SqliteWriteLock>().EnterAsync(Token))
        {
            for (var i = 0; i < 12; i++)
            {
                var number = i;
                running.Add(commits.RunAsync(
                    async (db, token) =>
                    {
                        transactions.Add(db.Database.CurrentTransaction!.TransactionId);
                        await WriteAsync(db, number, token);
                        return new WorkResult<int>(number, IsKept: true);
                    },
                    number == 3 ? givenUp.Token : Token));
            }

            await givenUp.CancelAsync();
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running[3]);
        await Task.WhenAll(running.Where(one => one != running[3]));
        Assert.Equal(11, transactions.Count);
        Assert.Single(transactions.Distinct());
        await using var db = centre.OpenDatabase();
        Assert.Equal(11, await db.Events.CountAsync(Token));
        Assert.False(await db.Events.AnyAsync(e => e.Key == KeyOf(3), Token));
    }

    [Fact]
    [Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
    public async Task Who_gives_up_while_it_is_being_written_is_told_what_was_written()
    {
        await using var centre = await CallCentre.OpenAsync();
        using var givenUp = new CancellationTokenSource();

        var written = await centre.Get<SharedCommits>().RunAsync<int>(
            async (db, token) =>
            {
                await givenUp.CancelAsync();
                await WriteAsync(db, 1, token);
                return new(1, IsKept: true);
            },
            givenUp.Token);

        Assert.Equal(1, written);
        await using var db = centre.OpenDatabase();
        Assert.True(await db.Events.AnyAsync(e => e.Key == KeyOf(1), Token));
    }

    private static string KeyOf(int i) => $"unit:{i}";

    private static async Task WriteAsync(CrmDbContext db, int i, CancellationToken cancellationToken)
    {
        db.Events.Add(new CallEvent { Key = KeyOf(i), Kind = CallEventKind.Arrived });
        await db.SaveChangesAsync(cancellationToken);
    }
}
