using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Scaffolding;
using Microsoft.Extensions.DependencyInjection;

namespace UppalCrm.Tests.Conventions;

/// <summary>The rules of the house that a machine can check.</summary>
public sealed class HouseRuleTests
{
    private static readonly string[] NoRooms = ["Services", "Helpers", "Managers", "Models", "Utils", "Common", "Shared", "Extensions"];

    [Theory]
    [InlineData("UppalCrm.Core")]
    [InlineData("UppalCrm.Simulator")]
    [InlineData("UppalCrm.Web", "UppalCrm.Core", "UppalCrm.Simulator")]
    public void A_project_refers_to_no_other_than_it_may(string project, params string[] allowed)
    {
        var file = XDocument.Load(Path.Combine(Repository.Root, project, project + ".csproj"));

        var referred = file.Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(((string)r.Attribute("Include")!).Replace('\\', '/')));

        Assert.Empty(referred.Except(allowed, StringComparer.Ordinal));
    }

    [Fact]
    public void The_app_names_the_simulator_in_one_file()
    {
        var naming = Repository.Sources("UppalCrm.Web").Where(file => Regex.IsMatch(Repository.CodeOf(file), @"\bUppalCrm\.Simulator\b"));

        Assert.Equal(["UppalCrm.Web/Program.cs"], naming.Select(Repository.NameOf));
    }

    [Fact]
    public void No_room_is_named_for_what_code_is_instead_of_what_it_is_about()
    {
        var folders = Directory.EnumerateDirectories(Repository.Root, "*", SearchOption.AllDirectories)
            .Where(folder => !Repository.IsMade(folder)).Select(folder => Path.GetFileName(folder));

        Assert.Empty(folders.Intersect(NoRooms, StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public void Twilio_is_said_only_in_its_room_and_where_the_house_is_put_together()
    {
        string[] composing = ["UppalCrm.Web/Program.cs", "UppalCrm.Web/Startup/StartupCheck.cs"];

        var saying = Repository.Sources("UppalCrm.Core").Concat(Repository.Sources("UppalCrm.Web"))
            .Where(file => !Repository.NameOf(file).StartsWith("UppalCrm.Web/Twilio/", StringComparison.Ordinal)
            && !file.Contains("/Migrations/", StringComparison.Ordinal))
            .Where(file => Repository.CodeOf(file).Contains("Twilio", StringComparison.Ordinal))
            .Select(Repository.NameOf);

        Assert.Empty(saying.Except(composing, StringComparer.Ordinal));
    }

    [Fact]
    public void The_time_is_asked_of_the_TimeProvider()
    {
        var asking = new[] { "UppalCrm.Core", "UppalCrm.Web", "UppalCrm.Simulator", "UppalCrm.Tests" }.SelectMany(Repository.Sources)
            .Where(file => Regex.IsMatch(Repository.CodeOf(file), @"\bDateTime(Offset)?\.(Utc)?Now\b")).Select(Repository.NameOf);

        Assert.Empty(asking);
    }

    [Fact]
    public void A_test_waits_for_a_condition_and_never_sleeps()
    {
        var sleeping = Repository.Sources("UppalCrm.Tests")
            .Where(file => Regex.IsMatch(Repository.CodeOf(file), @"\bThread\.Sleep\b|\bTask\.Delay\((?!Timeout\.Infinite)"))
            .Select(Repository.NameOf);

        Assert.Empty(sleeping);
    }

    [Fact]
    public void No_test_is_skipped()
    {
        var skipped = TestMethods().Where(method => method.GetCustomAttributes().Any(a => a is FactAttribute { Skip: not null }))
            .Select(method => method.Name);

        Assert.Empty(skipped);
    }

    [Fact]
    public void A_tests_name_is_a_claim()
    {
        var terse = TestMethods().Where(method => method.Name.Count(c => c == '_') < 2
            || method.Name.EndsWith("Async", StringComparison.Ordinal))
            .Select(method => $"{method.DeclaringType!.Name}.{method.Name}");

        Assert.Empty(terse);
    }

    [Fact]
    public void The_migrations_for_SQLite_are_the_model()
    {
        using var db = new SqliteDesignTimeFactory().CreateDbContext([]);

        Assert.False(
            db.Database.HasPendingModelChanges(), "dotnet ef migrations add NAME --context SqliteCrmDbContext -o Data/Migrations/Sqlite");
    }

    [Fact]
    public void The_migrations_for_SQL_Server_are_the_model()
    {
        using var db = new SqlServerDesignTimeFactory().CreateDbContext([]);

        Assert.False(
            db.Database.HasPendingModelChanges(),
            "dotnet ef migrations add NAME --context SqlServerCrmDbContext -o Data/Migrations/SqlServer");
    }

    [Theory]
    [InlineData("Sqlite")]
    [InlineData("SqlServer")]
    public void The_compiled_model_is_the_model(string database)
    {
        using CrmDbContext db = database == "Sqlite"
            ? new SqliteDesignTimeFactory().CreateDbContext([])
            : new SqlServerDesignTimeFactory().CreateDbContext([]);
        var options = new CompiledModelCodeGenerationOptions
        {
            ContextType = db.GetType(), ModelNamespace = $"UppalCrm.Core.Data.CompiledModels.{database}", Language = "C#",
        };
        var services = new ServiceCollection();
        var provider = Assembly.Load(db.Database.ProviderName!);
        var ofProvider = provider.GetCustomAttribute<DesignTimeProviderServicesAttribute>()!.TypeName;
        ((IDesignTimeServices)Activator.CreateInstance(provider.GetType(ofProvider)!)!).ConfigureDesignTimeServices(services);
        using var tool = services.AddEntityFrameworkDesignTimeServices().AddDbContextDesignTimeServices(db).BuildServiceProvider();

        var files = tool.GetRequiredService<ICompiledModelCodeGeneratorSelector>().Select(options)
            .GenerateModel(db.GetService<IDesignTimeModel>().Model, options);

        var folder = Path.Combine(Repository.Root, "UppalCrm.Core", "Data", "CompiledModels", database);
        Assert.Equal(Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order(), files.Select(file => file.Path).Order());
        var stale = files.Where(file => WithoutId(file.Code) != WithoutId(File.ReadAllText(Path.Combine(folder, file.Path))))
            .Select(file => file.Path);
        Assert.True(!stale.Any(), $"Run build/compile-models.sh: {string.Join(", ", stale)}");

        // Each making of the model gives it another.
        static string WithoutId(string code) => Regex.Replace(code.TrimStart('\uFEFF'), "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "");
    }

    [Fact]
    public void A_transaction_is_begun_inside_a_unit_of_work_that_can_be_done_again()
    {
        // CallStore and the batcher begin theirs inside an execution strategy of their own.
        string[] inside =
        [
            "UppalCrm.Core/Data/UnitOfWork.cs", "UppalCrm.Core/Calls/CallStore.cs", "UppalCrm.Core/Offers/InboundCallBatcher.cs"
        ];

        var beginning = Repository.Sources("UppalCrm.Core").Concat(Repository.Sources("UppalCrm.Web"))
            .Where(file => Repository.CodeOf(file).Contains("BeginTransaction", StringComparison.Ordinal)).Select(Repository.NameOf);

        Assert.Empty(beginning.Except(inside, StringComparer.Ordinal));
    }

    private static IEnumerable<MethodInfo> TestMethods() =>
        typeof(HouseRuleTests).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttributes<FactAttribute>(inherit: true).Any());
}

/// <summary>The sources that these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>C# and Razor files of a project, without what the build makes.</summary>
    public static IEnumerable<string> Sources(string project) =>
        Directory.EnumerateFiles(Path.Combine(Root, project), "*.*", SearchOption.AllDirectories)
            .Where(file => (file.EndsWith(".cs", StringComparison.Ordinal) || file.EndsWith(".razor", StringComparison.Ordinal))
            && !IsMade(file));

    /// <summary>From the root, with forward slashes.</summary>
    public static string NameOf(string file) => Path.GetRelativePath(Root, file).Replace('\\', '/');

    /// <summary>Without comments and text in quotes: what is said to a reader is free.</summary>
    public static string CodeOf(string file) =>
        Regex.Replace(
            Regex.Replace(File.ReadAllText(file), @"//[^\n]*|/\*.*?\*/|@\*.*?\*@", "", RegexOptions.Singleline),
            "\"(?:[^\"\\\\\\n]|\\\\.)*\"", "\"\"");

    public static bool IsMade(string path) =>
        Regex.IsMatch(path.Replace('\\', '/'), "/(bin|obj|node_modules|\\.git|wwwroot|App_Data|CompiledModels)(/|$)");

    private static string Find([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
