namespace UppalCrm.Bench;

/// <summary>The machine lacks what the row needs; the message says what. The other rows are measured.</summary>
internal sealed class RowSkippedException(string message) : Exception(message);

/// <summary>Runs the rows that were asked for, one after another.</summary>
internal static class Bench
{
    private static readonly (string Name, Func<Run, Task> Measure)[] All =
    [
        ("W1", InboundRows.AsFastAsPossibleAsync),
        ("W2", InboundRows.AtASteadyRateAsync),
        ("P1", OfferRows.ToTheLastBrowserAsync),
        ("R1", RaceRows.AcceptAsync),
        ("R2", RaceRows.LeaseToOfferAsync),
        ("C1", RestartRows.ColdStartAsync),
        ("C2", RestartRows.KilledUnderLoadAsync),
        ("M1", OfferRows.MemoryAsync),
        ("N1", NodeRows.ToTheOtherNodeAsync),
        ("N2", SqlServerRows.CallsAndRacesAsync),
        ("L1", BoardRows.OnManyScreensAsync),
        ("L2", BoardRows.AllComeBackAsync),
        ("H1", HistoryRows.PagesAsync),
        ("H2", HistoryRows.ReportsAsync),
        ("H3", HistoryRows.ContactsAsync),
        ("F1", FloodRows.BadSignaturesAsync),
        ("F2", FloodRows.LargeFormsAsync),
        ("F3", FloodRows.SocketsOfOnePersonAsync),
        ("G1", PageRows.WeightAndFirstClickAsync),
        ("G2", PageRows.KeystrokesAsync),
    ];

    public static async Task<int> RunAsync(string[] args)
    {
        var (smoke, sqlServer, wanted) = (false, (string?)null, new List<string>());
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--smoke": smoke = true; break;
                case "--sqlserver" when i + 1 < args.Length: sqlServer = args[++i]; break;
                default: wanted.Add(args[i]); break;
            }
        }

        if (wanted.Except(All.Select(r => r.Name), StringComparer.OrdinalIgnoreCase).ToList() is { Count: > 0 } unknown)
        {
            Console.Error.WriteLine($"No row is called {string.Join(", ", unknown)}. Rows: {string.Join(' ', All.Select(r => r.Name))}. "
                + "Options: --smoke, --sqlserver \"<connection string>\".");
            return 2;
        }

        if (AddressesOfOthers().ToList() is { Count: > 0 } others)
        {
            Console.Error.WriteLine($"The bench loads this machine only. Unset {string.Join(", ", others)}: each names another one.");
            return 2;
        }

        var commit = Environment.GetEnvironmentVariable("UPPALCRM_COMMIT") ?? "unknown";
        var now = TimeProvider.System.GetUtcNow();
        var folder = Directory.CreateDirectory(Path.Combine("bench", "results")).FullName;
        var file = Path.Combine(folder, $"{(smoke ? "smoke-" : "")}{now:yyyy-MM-dd}-{Environment.MachineName}-{commit}.jsonl");
        var failed = false;
        foreach (var (name, measure) in All.Where(r => wanted.Count == 0 || wanted.Contains(r.Name, StringComparer.OrdinalIgnoreCase)))
        {
            var run = new Run(name, smoke, sqlServer);
            try
            {
                await MeasureAsync(run, measure);
            }
            catch (RowSkippedException ex)
            {
                Console.Error.WriteLine($"{name} skipped: {ex.Message}");
                continue;
            }
            catch (Exception ex)
            {
                failed = true; // the other rows are still measured
                Console.Error.WriteLine($"{name} failed: {ex}");
                run.Stop();
                continue;
            }

            run.Finish();
            Console.WriteLine(run.ToLine());
            await File.AppendAllTextAsync(file, run.ToJson(now, commit) + Environment.NewLine);
        }

        return failed ? 1 : 0;
    }

    private static async Task MeasureAsync(Run run, Func<Run, Task> measure)
    {
        var measuring = measure(run);
        if (!run.Smoke || await Task.WhenAny(measuring, Task.Delay(Run.SmokeLimit)) == measuring)
        {
            await measuring;
            return;
        }

        run.Stop();
        try
        {
            await measuring.WaitAsync(TimeSpan.FromSeconds(5)); // it finds its programs gone, and tidies up
        }
        catch (Exception) when (run.Stopped)
        {
            // What it says of programs that are gone interests nobody.
        }
    }

    /// <summary>Settings that would send the app, or us, to another machine.</summary>
    private static IEnumerable<string> AddressesOfOthers() =>
        ((string[])["ASPNETCORE_URLS", "API_BASE_URL", "TWILIO_API_URL", "Redis__ConnectionString"]).Where(name =>
            Environment.GetEnvironmentVariable(name) is { Length: > 0 } value
            && value.Split(';').Any(address => !(Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.IsLoopback)));
}
