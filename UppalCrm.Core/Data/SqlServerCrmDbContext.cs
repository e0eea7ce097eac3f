using Microsoft.Data.SqlClient;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace UppalCrm.Core.Data;

/// <summary>The database on SQL Server, for several nodes.</summary>
public sealed class SqlServerCrmDbContext(DbContextOptions<SqlServerCrmDbContext> options) : CrmDbContext(options)
{
    // Keys and numbers are the same only if every character is: the database's own rules may take 'a' for 'A', or 'ss' for 'ß'.
    private const string Exact = "Latin1_General_100_BIN2";

    // The client's own error for a command that took too long. EF does not count it as passing; our units of work can be done again.
    private const int CommandTimedOut = -2;

    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(3);

    private static readonly (Type Entity, string[] Properties)[] ExactText =
    [
        (
            typeof(Call),
            [
                nameof(Call.FromNumber), nameof(Call.ToNumber), nameof(Call.ConferenceName), nameof(Call.ConferenceSid),
                nameof(Call.RecordingSid)
            ]),
        (
            typeof(CallEvent),
            [nameof(CallEvent.Key), nameof(CallEvent.LegSid), nameof(CallEvent.ConferenceSid), nameof(CallEvent.ConferenceName)]),
        (typeof(Contact), [nameof(Contact.SortName)]),
        (typeof(Company), [nameof(Company.SortName), nameof(Company.MainNumber)]),
        (typeof(ContactNumber), [nameof(ContactNumber.Number)]),
        (typeof(DoNotCallNumber), [nameof(DoNotCallNumber.Number)]),
        (typeof(Favourite), [nameof(Favourite.Number)]),
        (typeof(AuditEntry), [nameof(AuditEntry.Hash)]),
        (typeof(ReportZone), [nameof(ReportZone.Zone)]),
        (typeof(DatabaseLock), [nameof(DatabaseLock.Name)]),
        (typeof(CallTerm), [nameof(CallTerm.Term)]),
        (typeof(ContactTerm), [nameof(ContactTerm.Term)]),
        (typeof(ContactNumberTerm), [nameof(ContactNumberTerm.Term)]),
    ];

    internal override (string BeforeValues, string AtTheEnd) ReturningId => ("OUTPUT inserted.id", "");

    internal override string ExactCollation => Exact;

    internal override bool HasSearchTerms => true;

    /// <summary>Options that open this database, as the app, the tests and the tools use them.</summary>
    /// <exception cref="ArgumentException">The connection string cannot be read.</exception>
    public static void Configure(DbContextOptionsBuilder options, string connection)
    {
        var settings = new SqlConnectionStringBuilder(connection);
        if (!settings.ShouldSerialize("Pool Blocking Period"))
        {
            // After an outage the pool would refuse to try for up to a minute, while callers wait.
            settings.PoolBlockingPeriod = PoolBlockingPeriod.NeverBlock;
        }

        options.UseSqlServer(settings.ConnectionString, o => o.MigrationsHistoryTable(MigrationsHistory)
                .EnableRetryOnFailure(maxRetryCount: 6, LongestDelay, [CommandTimedOut]))
            .UseSnakeCaseNamingConvention();
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        configurationBuilder.Properties<CallSid>().UseCollation(Exact);
        configurationBuilder.Properties<Enum>().UseCollation(Exact);
    }

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        foreach (var (entity, properties) in ExactText)
        {
            foreach (var property in properties)
            {
                builder.Entity(entity).Property(property).UseCollation(Exact);
            }
        }
    }
}

/// <summary>For <c>dotnet ef migrations add NAME --context SqlServerCrmDbContext -o Data/Migrations/SqlServer</c>.</summary>
public sealed class SqlServerDesignTimeFactory : IDesignTimeDbContextFactory<SqlServerCrmDbContext>
{
    public SqlServerCrmDbContext CreateDbContext(string[] args)
    {
        var options = new DbContextOptionsBuilder<SqlServerCrmDbContext>();
        SqlServerCrmDbContext.Configure(options, "Server=design-time;Database=UppalCrm");
        return new SqlServerCrmDbContext(options.Options);
    }
}
