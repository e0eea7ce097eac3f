using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using UppalCrm.Web.SignIn;
using UppalCrm.Tests.Support;

namespace UppalCrm.Tests.Startup;

/// <summary>The program itself, started as an administrator starts it.</summary>
public sealed class StartupCheckTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("uppalcrm-start-").FullName;

    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_half_set_environment_is_told_everything_that_is_wrong_at_once()
    {
        var (exit, words) = await StartAsync(
            ("ASPNETCORE_ENVIRONMENT", "Production"),
            ("TWILIO_ACCOUNT_SID", "AC" + new string('1', 32)),
            ("TWILIO_AUTH_TOKEN", "canary-of-the-token"),
            ("Calls__OfferTimeout", "-00:00:01"),
            ("Database__Provider", "Oracle"));

        Assert.Equal(1, exit);
        Assert.Contains("TWILIO_API_KEY", words, StringComparison.Ordinal);
        Assert.Contains("TWILIO_API_SECRET", words, StringComparison.Ordinal);
        Assert.Contains("TWILIO_TWIML_APP_SID", words, StringComparison.Ordinal);
        Assert.Contains("TWILIO_PHONE_NUMBER", words, StringComparison.Ordinal);
        Assert.Contains("API_BASE_URL", words, StringComparison.Ordinal);
        Assert.Contains("Database__Provider is 'Oracle'", words, StringComparison.Ordinal);
        Assert.DoesNotContain("canary-of-the-token", words, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", words, StringComparison.Ordinal); // words, no stack trace
    }

    [Fact]
    public async Task A_word_that_a_setting_does_not_know_is_told_like_anything_else_that_is_wrong()
    {
        var (exit, words) = await StartAsync(
            [
                .. Account, ("ASPNETCORE_ENVIRONMENT", "Production"), ("Calls__WhenUnanswered", "Voicmail"),
            ]);

        Assert.Equal(1, exit);
        Assert.Contains("'Voicmail' at 'Calls:WhenUnanswered'", words, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", words, StringComparison.Ordinal); // words, no stack trace
    }

    [Fact]
    public async Task Production_without_an_account_does_not_start()
    {
        var (exit, words) = await StartAsync(("ASPNETCORE_ENVIRONMENT", "Production"));

        Assert.Equal(1, exit);
        Assert.Contains("No Twilio account is configured", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_is_taken_is_named()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}";

        var (exit, words) = await StartAsync([.. Account, ("ASPNETCORE_ENVIRONMENT", "Production"), ("ASPNETCORE_URLS", address)]);

        Assert.Equal(1, exit);
        Assert.Contains($"The address {address} is taken", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_cannot_be_opened_is_told_with_the_setting_to_look_at()
    {
        var (exit, words) =
            await StartAsync([.. Account, ("ASPNETCORE_ENVIRONMENT", "Production"),
                ("ConnectionStrings__UppalCrm", "Data Source=/proc/nowhere/uppalcrm.db")]);

        Assert.Equal(1, exit);
        Assert.Contains("The database could not be opened", words, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings__UppalCrm", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_told_in_words_also_where_the_machine_speaks_German()
    {
        var (exit, words) = await StartAsync(
        [
            .. Account, ("ASPNETCORE_ENVIRONMENT", "Production"), ("LANG", "de_DE.UTF-8"), ("Database__Provider", "SqlServer"),
            (
                "ConnectionStrings__UppalCrm",
                "Server=127.0.0.1,1;Database=UppalCrm;User ID=crm;Password=canary-of-the-password;Connect Timeout=1"),
        ]);

        Assert.Equal(1, exit);
        Assert.Contains("The server cannot be reached, or does not answer", words, StringComparison.Ordinal);
        Assert.DoesNotContain("canary-of-the-password", words, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Server=x;Database=y;Nonsense=1", "cannot be read")]
    [InlineData("Server=x;User ID=crm", "names no database")]
    public async Task A_connection_string_that_cannot_be_used_is_told(string connection, string named)
    {
        var (exit, words) = await StartAsync(
            [
                .. Account, ("ASPNETCORE_ENVIRONMENT", "Production"), ("Database__Provider", "SqlServer"),
                ("ConnectionStrings__UppalCrm", connection)
            ]);

        Assert.Equal(1, exit);
        Assert.Contains(named, words, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", words, StringComparison.Ordinal);
    }

    [Trait(TestDatabase.Trait, TestDatabase.Sqlite)]
    [Theory]
    [InlineData("__EFMigrationsHistory", "MigrationId", "ProductVersion", "from before the first release")]
    [InlineData("migrations_history", "migration_id", "product_version", "20261125014408_Initial")]
    public async Task A_database_of_another_version_is_answered_with_what_to_do(string history, string id, string version, string named)
    {
        var file = Path.Combine(_folder, "before.db");
        await using (var connection = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            await connection.OpenAsync(Cancel);
            await using var command = connection.CreateCommand();
            command.CommandText = $"""
                CREATE TABLE "{history}" ("{id}" TEXT NOT NULL PRIMARY KEY, "{version}" TEXT NOT NULL);
                INSERT INTO "{history}" VALUES ('20261125014408_Initial', '9.0.0');
                CREATE TABLE phone_calls (id INTEGER PRIMARY KEY);
                """;
            await command.ExecuteNonQueryAsync(Cancel);
        }

        var (exit, words) = await StartAsync(
            [.. Account, ("ASPNETCORE_ENVIRONMENT", "Production"), ("ConnectionStrings__UppalCrm", $"Data Source={file}")]);

        Assert.Equal(1, exit);
        Assert.Contains(named, words, StringComparison.Ordinal);
        Assert.Contains($"delete {file}", words, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", words, StringComparison.Ordinal); // words, no stack trace
    }

    [Fact]
    public async Task A_first_administrator_with_too_short_a_password_is_refused_in_words()
    {
        var (exit, words) = await StartAsync(
            [.. Account, ("ASPNETCORE_ENVIRONMENT", "Production"), ("Admin__Email", "boss@example.test"), ("Admin__Password", "short")]);

        Assert.Equal(1, exit);
        Assert.Contains("at least 12 characters", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_house_in_production_says_how_to_make_the_first_administrator()
    {
        var (exit, words) = await StartAsync([.. Account, ("ASPNETCORE_ENVIRONMENT", "Production")], stopAfter: FirstAdministrator.Cure);

        Assert.Equal(0, exit);
        Assert.Contains("UppalCRM is open at", words, StringComparison.Ordinal);
        Assert.Contains("Others reach it at https://crm.example.test", words, StringComparison.Ordinal);
        Assert.DoesNotContain(DemoUsers.Password, words, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static (string, string)[] Account =>
    [
        ("TWILIO_ACCOUNT_SID", "AC" + new string('1', 32)),
        ("TWILIO_AUTH_TOKEN", new string('2', 32)),
        ("TWILIO_API_KEY", "SK" + new string('3', 32)),
        ("TWILIO_API_SECRET", new string('4', 32)),
        ("TWILIO_TWIML_APP_SID", "AP" + new string('5', 32)),
        ("TWILIO_PHONE_NUMBER", "+12025550100"),
        ("TWILIO_API_URL", "http://127.0.0.1:1"),
        ("API_BASE_URL", "https://crm.example.test"),
    ];

    private Task<(int Exit, string Words)> StartAsync(params (string Name, string Value)[] environment) =>
        StartAsync(environment, stopAfter: null);

    /// <param name="stopAfter">Asks the program to stop, as a service manager does, once it has said this.</param>
    private async Task<(int Exit, string Words)> StartAsync((string Name, string Value)[] environment, string? stopAfter)
    {
        // The program's own folder, beside ours: UppalCrm.Web/bin/… instead of UppalCrm.Tests/bin/….
        var program = Path.Combine(
            AppContext.BaseDirectory.Replace("UppalCrm.Tests", "UppalCrm.Web", StringComparison.Ordinal), "UppalCrm.Web.dll");
        var start = new ProcessStartInfo("dotnet", [program])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder,
        };
        foreach (var inherited in start.Environment.Keys.Where(k =>
            k.StartsWith("TWILIO_", StringComparison.Ordinal) || k is "API_BASE_URL" or "ASPNETCORE_ENVIRONMENT").ToList())
        {
            start.Environment.Remove(inherited);
        }

        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        start.Environment["ConnectionStrings__UppalCrm"] = $"Data Source={Path.Combine(_folder, "start.db")}";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        try
        {
            var errors = process.StandardError.ReadToEndAsync(deadline.Token);
            var words = new System.Text.StringBuilder();
            while (await process.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
            {
                words.AppendLine(line);
                if (stopAfter is not null && line.Contains(stopAfter, StringComparison.Ordinal))
                {
                    using var kill = Process.Start(
                        "kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
                    await kill.WaitForExitAsync(deadline.Token);
                }
            }

            await process.WaitForExitAsync(deadline.Token);
            return (process.ExitCode, words + await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
