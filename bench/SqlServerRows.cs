namespace UppalCrm.Bench;

/// <summary>What is different on SQL Server: N2.</summary>
internal static class SqlServerRows
{
    /// <summary>
    /// N2: W1's inbound call and R1's thousand who accept at once, on the SQL Server that was given; beside them the same on SQLite. The
    /// CPU is the app's: the server's is not counted.
    /// </summary>
    public static async Task CallsAndRacesAsync(Run run)
    {
        var server = run.SqlServer
            ?? throw new RowSkippedException("no server was given: ./bench.sh N2 --sqlserver \"Server=...;User ID=...;Password=...\"");
        var (agents, phases, rounds) = run.Smoke ? (100, 3, 7) : (1000, 15, 60);
        await MeasureAsync("_on_sqlite", null);
        await MeasureAsync("", server);

        async Task MeasureAsync(string suffix, string? sqlServer)
        {
            await using (var stand = await Stand.OpenAsync(run, sqlServer: sqlServer))
            {
                await InboundRows.MeasureAsync(run, stand, phases, suffix);
                run.AtMost("failed" + suffix, 0, Judged.Always);
                run.AtMost("rows_missing" + suffix, 0, Judged.Always);
            }

            await using var many = await Stand.OpenAsync(run, agents, sqlServer: sqlServer);
            await RaceRows.AcceptOnceAsync(run, many, agents, rounds, suffix);
        }
    }
}
