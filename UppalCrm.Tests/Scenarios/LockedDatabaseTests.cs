using Microsoft.Data.Sqlite;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Scenarios;

/// <summary>Somebody else holds the database file: a backup, a VACUUM, a support query left open.</summary>
public sealed class LockedDatabaseTests
{
    private const int Callers = 12;
    private static readonly TimeSpan LockedFor = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
    [Fact]
    public async Task While_it_is_locked_every_caller_gets_a_room_in_two_seconds_and_is_offered_when_the_lock_goes()
    {
        await using var house = await House.OpenAsync();
        await using var dana = await AgentClient.SignInAsync(house, "dana@uppalcrm.test");
        await using var outsider = new SqliteConnection($"Data Source={house.DatabaseFile};Pooling=False");
        await outsider.OpenAsync(Token);
        await ExecuteAsync(outsider, "BEGIN EXCLUSIVE");
        var lockedAt = TimeProvider.System.GetTimestamp();

        var legs = new List<string>();
        for (var i = 0; i < Callers; i++)
        {
            legs.Add(await house.Network.PlaceCallAsync($"+120255501{i + 20}", house.OurNumber));
        }

        var waitingSince = new Dictionary<string, TimeSpan>();
        await Eventually.HoldsAsync(async () =>
        {
            var state = await house.Network.StateAsync();
            foreach (var leg in legs.Where(leg => state.Call(leg)?.Conference == $"incoming-{leg}"))
            {
                waitingSince.TryAdd(leg, TimeProvider.System.GetElapsedTime(lockedAt));
            }

            return waitingSince.Count == Callers;
        }, () => $"all callers wait in their rooms; {waitingSince.Count} of {Callers} do");
        // 2 s for the answer, and the network's own way
        Assert.All(waitingSince.Values, after => Assert.InRange(after, TimeSpan.Zero, TimeSpan.FromSeconds(4)));

        var left = legs[^1];
        await house.Network.HangUpAsync(left);
        Assert.Empty(dana.Offers); // not written yet, so nobody can be promised the call
        await Eventually.HoldsAsync(() => TimeProvider.System.GetElapsedTime(lockedAt) > LockedFor, "the lock has lasted", 2 * LockedFor);
        await ExecuteAsync(outsider, "ROLLBACK");

        await Eventually.HoldsAsync(() => dana.Offers.Count == Callers - 1, "all who still wait are offered", TimeSpan.FromSeconds(30));
        await Eventually.HoldsAsync(
            async () => (await house.FindCallAsync(calls => calls.Where(c =>
                c.CustomerLeg == new Core.Telephony.CallSid(left)))) is { Status: CallStatus.Ended, Outcome: CallOutcome.Abandoned },
            () => "who left meanwhile is a missed call", TimeSpan.FromSeconds(30));
    }

    [Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
    [Fact]
    public async Task A_caller_who_can_never_be_written_down_is_told_and_let_go_after_the_time_of_an_offer()
    {
        await using var house = await House.OpenAsync();
        await using var outsider = new SqliteConnection($"Data Source={house.DatabaseFile};Pooling=False");
        await outsider.OpenAsync(Token);
        await ExecuteAsync(outsider, "DROP TABLE call_legs"); // broken, not only busy
        var leg = await house.Network.PlaceCallAsync("+12025550120", house.OurNumber);
        await Eventually.HoldsAsync(
            async () => (await house.Network.StateAsync()).Call(leg) is { Conference: not null, Hears: not "nothing" },
            () => "the caller waits and hears something");

        house.Clock.Advance(TimeSpan.FromSeconds(60));

        await Eventually.HoldsAsync(
            async () => (await house.Network.StateAsync()).Call(leg)!.EndedAt is not null, () => "the caller is let go",
            TimeSpan.FromSeconds(30));
        Assert.Contains(
            house.Network.Log.After(0),
            line => line.Data.Values.Any(v => v == leg) && line.Text.Contains("say", StringComparison.OrdinalIgnoreCase));
    }

    private static async Task ExecuteAsync(SqliteConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Token);
    }
}
