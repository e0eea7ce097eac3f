using Microsoft.Data.Sqlite;
using UppalCrm.Simulator.Sim;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Scenarios;

/// <content>What fails, in the order that the seed draws.</content>
internal sealed partial class BadMinutes
{
    private SqliteConnection? _outsider;

    private async Task FailAsync()
    {
        var random = new Random(_plan.Seed);
        using var tick = new PeriodicTimer(_plan.FaultEvery);
        (string What, Func<Task> BeginAsync, Func<Task> EndAsync)[] all =
        [
            ("node 0 killed", () => _house.Nodes.KillAsync(0), () => Task.CompletedTask),
            ("node 1 killed", () => _house.Nodes.KillAsync(1), () => Task.CompletedTask),
            ("Redis stopped", _house.Nodes.Redis.StopAsync, _house.Nodes.Redis.StartAsync),
            ("database locked", LockAsync, UnlockAsync),
            ("a fifth of the news lost, doubled or late", () => Misbehave(News()), () => Misbehave(FaultSettings.None)),
            ("REST slow, silent or refusing", () => Misbehave(Rest()), () => Misbehave(FaultSettings.None)),
        ];
        var drawn = new Queue<int>();
        while (await tick.WaitForNextTickAsync(Token) && Now - _begun + _plan.FaultLasts < _plan.Length)
        {
            if (drawn.Count == 0)
            {
                drawn = new Queue<int>(Enumerable.Range(0, all.Length).OrderBy(_ => random.Next())); // each before any comes again
            }

            var (what, beginAsync, endAsync) = all[drawn.Dequeue()];
            if (TestDatabase.OnSqlServer && what == "database locked")
            {
                continue;
            }

            var from = Now;
            _say($"{Since(from)} s: {what}");
            await beginAsync();
            if (what.StartsWith("node", StringComparison.Ordinal))
            {
                await UntilAsync(from + _plan.FaultLasts / 2);
                await _house.Nodes.StartAsync(what[5] - '0');
            }

            await UntilAsync(from + _plan.FaultLasts);
            await endAsync();
            _faults.Enqueue((from, Now, what));
        }

        FaultSettings News() => FaultSettings.None with
        {
            Seed = random.Next(),
            Webhooks =
            [
                new WebhookRule { Path = "-status", Drop = true, Probability = 0.07 },
                new WebhookRule { Path = "recording", Drop = true, Probability = 0.07 },
                new WebhookRule { Copies = 1, CopyDelay = 0.3, Probability = 0.07 },
                new WebhookRule { Path = "-status", DelayUpTo = 3, Probability = 0.07 },
            ],
        };
        FaultSettings Rest() => FaultSettings.None with
        {
            Seed = random.Next(),
            Rest =
            [
                new RestRule { Status = 429, Probability = 0.2 },
                new RestRule { Status = 500, Probability = 0.2 },
                new RestRule { Silent = true, Probability = 0.1 },
                new RestRule { Delay = 0.7, Probability = 0.5 },
            ],
        };
    }

    private async Task LockAsync()
    {
        _outsider = new SqliteConnection($"Data Source={_house.DatabaseFile};Pooling=False");
        await _outsider.OpenAsync(Token);
        await ExecuteAsync("PRAGMA busy_timeout=10000; BEGIN EXCLUSIVE");
    }

    private async Task UnlockAsync()
    {
        await ExecuteAsync("ROLLBACK");
        await _outsider!.DisposeAsync();
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _outsider!.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Token);
    }

    private Task Misbehave(FaultSettings faults)
    {
        _house.Network.Faults = faults;
        return Task.CompletedTask;
    }

    private static Task UntilAsync(DateTimeOffset at) =>
        Eventually.HoldsAsync(() => Now >= at, "the time has come", TimeSpan.FromMinutes(2));
}
