using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace UppalCrm.Bench;

/// <summary>What was, and how much of it: H1 and H2. In this process, on files of 10,000 to 1,000,000 calls.</summary>
internal static class HistoryRows
{
    private const int PageSize = 50;

    /// <summary>
    /// H1: pages, filters, searches, the look-up at ring and the export. The floor is the newest page by raw SQL from the same file.
    /// </summary>
    public static async Task PagesAsync(Run run)
    {
        int[] sizes = run.Smoke ? [1_000, 10_000] : [10_000, 100_000, 1_000_000];
        foreach (var size in sizes)
        {
            await using var archive = await Archive.MakeAsync(run, size);
            if (!run.HasTime)
            {
                return;
            }

            if (size == sizes[0])
            {
                // the first size would pay for the just-in-time compiler, and make growth look small
                await PagesOfAsync(new Run("warming", run.Smoke), archive, size);
            }

            await PagesOfAsync(run, archive, size);
        }

        foreach (
            var what in (string[])["first_page", "page_1000", "one_agent", "missed", "name_search", "number_search", "look_up_at_ring"])
        {
            var growth = $"growth_{what}";
            run.Number(growth, run.Of($"{what}_of_{sizes[^1]}_p50_ms") / run.Of($"{what}_of_{sizes[0]}_p50_ms"));
        }

        run.AtMost("growth_first_page", 1.5, Judged.Always);
        run.AtMost("growth_page_1000", 1.5, Judged.Always);
        run.AtMost($"first_page_of_{sizes[^1]}_p99_ms", 2);
        run.AtMost($"page_1000_of_{sizes[^1]}_p99_ms", 2);
        run.AtMost($"one_agent_of_{sizes[^1]}_p99_ms", 3);
        run.AtMost($"missed_of_{sizes[^1]}_p99_ms", 3);
        run.AtMost($"name_search_of_{sizes[^1]}_p99_ms", 10);
        run.AtMost($"number_search_of_{sizes[^1]}_p99_ms", 10);
        run.AtMost($"look_up_at_ring_of_{sizes[^1]}_p99_ms", 0.5);
        run.AtLeast($"export_rows_per_second_of_{sizes[^1]}", 100_000);
    }

    /// <summary>H2: reports of a year and of three by the roll-up, beside counting the calls themselves; both must agree.</summary>
    public static async Task ReportsAsync(Run run)
    {
        var size = run.Smoke ? 10_000 : 1_000_000;
        await using var archive = await Archive.MakeAsync(run, size);
        var reports = archive.Services.GetRequiredService<CallReports>();
        var supervisor = await archive.SupervisorAsync();
        var (first, last) = (new DateOnly(2023, 1, 2), new DateOnly(2025, 12, 31));
        var counting = Stopwatch.GetTimestamp();
        await archive.Services.GetRequiredService<ReportCounter>().CountAsync(CancellationToken.None);
        run.Number("counting_everything_once_seconds", Stopwatch.GetElapsedTime(counting).TotalSeconds);
        foreach (var (name, from, to) in ((string, DateOnly, DateOnly)[])
                 [
                     ("month", new(2025, 6, 1), new(2025, 6, 30)), ("odd_weeks", new(2024, 2, 11), new(2024, 5, 17)),
                     ("year", new(2024, 1, 1), new(2024, 12, 31))
                 ])
        {
            // the months are counted from their days the first time
            var report = await reports.GetAsync(supervisor, from, to, CancellationToken.None);
            run.Times(
                "report_" + name,
                await TimesAsync(run.Smoke ? 5 : 50, () => reports.GetAsync(supervisor, from, to, CancellationToken.None)));
            run.AtMost($"report_{name}_p99_ms", 30);
            var scanning = Stopwatch.GetTimestamp();
            var scanned = archive.Ask($"""
                SELECT SUM(direction = 'Inbound'), SUM(direction = 'Outbound'), SUM(outcome = 'Answered'),
                       SUM(outcome IN ('Abandoned', 'Missed', 'Voicemail')),
                    SUM(CASE WHEN outcome = 'Answered' THEN duration_seconds ELSE 0 END)
                FROM phone_calls NOT INDEXED WHERE status = 'Ended' AND created_at >= {Start(from)} AND created_at < {Start(to.AddDays(1))}
                """);
            run.Number($"floor_scan_{name}_ms", Stopwatch.GetElapsedTime(scanning).TotalMilliseconds);
            var total = report.Total;
            run.Number(
                $"differs_{name}",
                scanned.SequenceEqual([total.Inbound, total.Outbound, total.Answered, total.Missed, total.TalkSeconds]) ? 0 : 1);
            run.AtMost($"differs_{name}", 0, Judged.Always);
        }

        run.Number("days", last.DayNumber - first.DayNumber + 1);

        // the archive's floor is in UTC
        static long Start(DateOnly day) => new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero).UtcTicks;
    }

    /// <summary>
    /// H3: a book of 1,000,000 contacts: who calls, searches, the list, and an import of 100,000 rows into it. The floor is a contact by
    /// its
    /// number by raw SQL from the same file.
    /// </summary>
    public static async Task ContactsAsync(Run run)
    {
        var (size, rows, rounds) = run.Smoke ? (20_000, 2_000, 20) : (1_000_000, 100_000, 300);
        await using var archive = await Archive.MakeAsync(run, 1_000, size);
        var contacts = archive.Services.GetRequiredService<ContactBook>();
        var callers = new Queue<string>(archive.Numbers(2 * rounds));
        run.Times("floor_raw_owner", archive.RawOwners([.. callers.Take(rounds)]));
        run.Times(
            "look_up_at_ring",
            await TimesAsync(2 * rounds - 20, () => contacts.MatchAsync(callers.Dequeue(), CancellationToken.None), warm: 20));
        await SearchAsync("first_page", null);
        await SearchAsync("name_search", "okafor");
        await SearchAsync("two_words_search", "oka may");
        await SearchAsync("rare_name_search", "featherston");
        await SearchAsync("number_search", archive.Numbers(1)[0][^7..]);
        await SearchAsync("company_search", "company 77");
        run.AtMost("look_up_at_ring_p99_ms", 0.5);
        run.AtMost("name_search_p99_ms", 10);
        run.AtMost("two_words_search_p99_ms", 10);
        run.AtMost("number_search_p99_ms", 10);

        var path = Path.Combine(archive.Folder, "people.csv");
        await File.WriteAllLinesAsync(path, Enumerable.Range(0, rows).Select(i =>
            $"Person {i},Firm {i / 5},+1202{200 + i / 10_000 % 800:000}{i % 10_000:0000},person{i}@x.example,\"vip, batch "
                + $"{i / 1000}\",Note {i}").Prepend("Name,Company,Phone,E-mail,Tags,Notes"));
        var import = new ContactImport(
            ContactFile.Open(path), archive.Services.GetRequiredService<NumberParser>(), archive.Services.GetRequiredService<OurLines>());
        GC.Collect();
        var (before, highest, started) = (Environment.WorkingSet, 0L, Stopwatch.GetTimestamp());
        var result = await archive.Services.GetRequiredService<ContactImports>().RunAsync(
            import.ReadAll(), "people.csv", WhenKnown.Add, 1, _ => highest = Math
                .Max(highest, Environment.WorkingSet), CancellationToken.None);
        run.Number("import_seconds", Stopwatch.GetElapsedTime(started).TotalSeconds);
        run.Number("import_rows_not_taken", rows - result.Counts.Created);
        run.Number("import_grows_mb", (highest - before) / 1024d / 1024);
        run.AtMost("import_seconds", 60);
        run.AtMost("import_rows_not_taken", 0, Judged.Always);
        run.AtMost("import_grows_mb", 200, Judged.Always);

        async Task SearchAsync(string name, string? typed) =>
            run.Times(name, await TimesAsync(rounds, () => contacts.GetAsync(typed, null, PageSize, CancellationToken.None)));
    }

    private static async Task PagesOfAsync(Run run, Archive archive, int size)
    {
        var rounds = run.Smoke ? 20 : 300;
        var history = archive.Services.GetRequiredService<CallHistory>();
        var contacts = archive.Services.GetRequiredService<ContactBook>();
        var reader = new HistoryReader(1, Supervises: true);
        var agent = (int)archive.Ask("SELECT MIN(id) + 7 FROM agents WHERE user_name LIKE 'archive%'")[0];
        var deep =
            archive.Ask($"SELECT created_at, id FROM phone_calls ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET "
                + $"{Math.Min(size / 2, 999 * PageSize)}");
        var place = new HistoryPlace(new DateTimeOffset(deep[0], TimeSpan.Zero), deep[1]);
        var number = archive.Numbers(1)[0];
        run.Times($"floor_raw_page_of_{size}", archive.RawPages(rounds, PageSize));
        await MeasureAsync("first_page", new HistoryFilter());
        run.Times(
            $"page_1000_of_{size}",
            await TimesAsync(rounds, () => history.GetOlderAsync(new HistoryFilter(), reader, place, PageSize, CancellationToken.None)));
        await MeasureAsync("one_agent", new HistoryFilter { AgentId = agent });
        await MeasureAsync("missed", new HistoryFilter { Missed = true });
        await MeasureAsync("recorded_outgoing", new HistoryFilter { WithRecording = true, Direction = CallDirection.Outbound });
        await MeasureAsync("without_a_match", new HistoryFilter { WithRecording = true, Outcome = CallOutcome.Abandoned });
        await MeasureAsync("name_search", new HistoryFilter { Search = "okafor" });
        await MeasureAsync("rare_name_search", new HistoryFilter { Search = "featherston" });
        await MeasureAsync("number_search", new HistoryFilter { Search = number[^7..] });
        var callers = new Queue<string>(archive.Numbers(rounds));
        run.Times(
            $"look_up_at_ring_of_{size}",
            await TimesAsync(rounds - 20, () => contacts.MatchAsync(callers.Dequeue(), CancellationToken.None), warm: 20));

        var (rows, started) = (0, Stopwatch.GetTimestamp());
        await foreach (var _ in history.ReadAllAsync(new HistoryFilter(), reader, 100_000, CancellationToken.None))
        {
            rows++;
        }

        run.Number($"export_rows_per_second_of_{size}", rows / Stopwatch.GetElapsedTime(started).TotalSeconds);

        async Task MeasureAsync(string name, HistoryFilter filter) =>
            run.Times(
                $"{name}_of_{size}",
                await TimesAsync(rounds, () => history.GetNewestAsync(filter, reader, PageSize, CancellationToken.None)));
    }

    private static async Task<List<TimeSpan>> TimesAsync<T>(int rounds, Func<Task<T>> ask, int warm = 10)
    {
        for (var i = 0; i < warm; i++)
        {
            await ask();
        }

        var times = new List<TimeSpan>();
        for (var i = 0; i < rounds; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await ask();
            times.Add(Stopwatch.GetElapsedTime(started));
        }

        return times;
    }

    /// <summary>A database of so many calls, and the rooms that read it.</summary>
    private sealed class Archive : IAsyncDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("uppalcrm-bench-").FullName;
        private readonly ServiceProvider _services;

        private Archive()
        {
            var settings = new ConfigurationBuilder().AddInMemoryCollection(
                [new("ConnectionStrings:UppalCrm", $"Data Source={Database}"), new("Floor:TimeZone", "UTC")]).Build();
            var services = new ServiceCollection().AddSingleton<IConfiguration>(settings)
                .AddLogging(l => l.SetMinimumLevel(LogLevel.Warning)).AddCallCentre(settings, _folder);
            _services = services.BuildServiceProvider();
        }

        public IServiceProvider Services => _services;

        public string Folder => _folder;

        private string Database => Path.Combine(_folder, "crm.db");

        public static async Task<Archive> MakeAsync(Run run, int calls, int? contacts = null)
        {
            var archive = new Archive();
            await using (var db = await archive._services.GetRequiredService<IDbContextFactory<CrmDbContext>>().CreateDbContextAsync())
            {
                await db.Database.MigrateAsync();
            }

            SqliteConnection.ClearAllPools();
            run.Number($"seconds_to_make_{calls}", CallArchive.Fill(archive.Database, calls, contacts).TotalSeconds);
            return archive;
        }

        public async Task<int> SupervisorAsync()
        {
            await using var db = await _services.GetRequiredService<IDbContextFactory<CrmDbContext>>().CreateDbContextAsync();
            var role =
                new Microsoft.AspNetCore.Identity.IdentityRole<int>(Roles.Supervisor)
                { NormalizedName = Roles.Supervisor.ToUpperInvariant() };
            var agent = new Agent { UserName = "supervisor", NormalizedUserName = "SUPERVISOR", DisplayName = "Supervisor" };
            db.AddRange(role, agent);
            await db.SaveChangesAsync();
            db.UserRoles.Add(new() { UserId = agent.Id, RoleId = role.Id });
            await db.SaveChangesAsync();
            return agent.Id;
        }

        /// <summary>The numbers of one row.</summary>
        public List<long> Ask(string sql)
        {
            using var reader = Open(sql, out var connection).ExecuteReader();
            using var _ = connection;
            reader.Read();
            return [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetInt64)];
        }

        /// <summary>Numbers of contacts, from all over the book.</summary>
        public List<string> Numbers(int count)
        {
            using var reader = Open(
                $"SELECT number FROM contact_numbers ORDER BY (id * 7919) % 10007 LIMIT {count}", out var connection).ExecuteReader();
            using var _ = connection;
            var numbers = new List<string>();
            while (reader.Read())
            {
                numbers.Add(reader.GetString(0));
            }

            while (numbers.Count < count)
            {
                numbers.Add(numbers[0]);
            }

            return numbers;
        }

        /// <summary>Who has each number, by one prepared statement: what the file itself costs.</summary>
        public List<TimeSpan> RawOwners(IReadOnlyList<string> numbers)
        {
            using var command = Open(
                "SELECT c.id, c.name, c.company FROM contact_numbers n JOIN contacts c ON c.id = n.contact_id WHERE n.number = $number",
                out var connection);
            using var _ = connection;
            var parameter = command.Parameters.AddWithValue("$number", "");
            command.Prepare();
            var times = new List<TimeSpan>();
            foreach (var number in numbers)
            {
                parameter.Value = number;
                var started = Stopwatch.GetTimestamp();
                using var reader = command.ExecuteReader();
                while (reader.Read())
                {
                    reader.GetString(1);
                }

                times.Add(Stopwatch.GetElapsedTime(started));
            }

            return times;
        }

        /// <summary>The newest page over and over, by one prepared statement: what the file itself costs.</summary>
        public List<TimeSpan> RawPages(int rounds, int size)
        {
            using var command = Open(
                $"SELECT id, direction, status, outcome, from_number, to_number, agent_id, contact_id, created_at, duration_seconds, "
                    + $"recording_sid FROM phone_calls ORDER BY created_at DESC, id DESC LIMIT {size}",
                out var connection);
            using var _ = connection;
            command.Prepare();
            var times = new List<TimeSpan>();
            for (var i = 0; i < rounds; i++)
            {
                var started = Stopwatch.GetTimestamp();
                using var reader = command.ExecuteReader();
                var row = new object[reader.FieldCount];
                while (reader.Read())
                {
                    reader.GetValues(row);
                }

                times.Add(Stopwatch.GetElapsedTime(started));
            }

            return times;
        }

        public async ValueTask DisposeAsync()
        {
            await _services.DisposeAsync();
            SqliteConnection.ClearAllPools();
            Directory.Delete(_folder, recursive: true);
        }

        private SqliteCommand Open(string sql, out SqliteConnection connection)
        {
            connection = new SqliteConnection($"Data Source={Database};Mode=ReadOnly;Pooling=False");
            connection.Open();
            var command = connection.CreateCommand();
            command.CommandText = sql;
            return command;
        }
    }
}
