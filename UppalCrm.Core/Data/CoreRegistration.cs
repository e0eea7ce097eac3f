using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace UppalCrm.Core.Data;

/// <summary>Puts the call centre together. The carrier (<see cref="ITelephony"/>) comes from outside.</summary>
public static class CoreRegistration
{
    /// <param name="dataFolder">Where the SQLite file lives unless the connection string says otherwise.</param>
    public static IServiceCollection AddCallCentre(this IServiceCollection services, IConfiguration configuration, string dataFolder)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<CallOptions>().BindConfiguration(CallOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<DialOptions>().BindConfiguration(DialOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<FloorOptions>().BindConfiguration(FloorOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<SupervisionOptions>().BindConfiguration(SupervisionOptions.Section);
        AddDatabase(services, configuration, dataFolder);
        services.AddSingleton(new SqliteWriteLock(oneAtATime: (configuration["Database:Provider"] ?? "Sqlite") == "Sqlite"));

        services.AddSingleton<CallFeed>();
        services.AddSingleton<DeadlineTimer>();
        services.AddSingleton<BackgroundTasks>();
        services.AddHostedService(s => s.GetRequiredService<BackgroundTasks>());
        services.AddSingleton<ContactBook>();
        services.AddSingleton<ContactImports>();
        services.AddSingleton<CallHistory>();
        services.AddSingleton<MissedCalls>();
        services.AddSingleton<WaitingCallers>();
        services.AddSingleton<AgentRoster>();
        services.AddSingleton<StatusList>();
        services.AddSingleton<DispositionList>();
        services.AddSingleton<RecentCalls>();
        services.AddSingleton<OurLines>();
        services.AddSingleton<NumberParser>();
        services.AddSingleton<NumberFormat>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<AuditTrail>();
        services.AddSingleton<FloorRights>();
        services.AddSingleton<SignInSessions>();
        services.AddSingleton<SignInThrottle>();
        services.AddSingleton<OneTimeLinks>();
        services.AddSingleton<SecondFactors>();
        services.AddSingleton<PeopleDirectory>();
        services.AddSingleton<CallReports>();
        services.AddSingleton<CallBoard>();
        services.AddHostedService(s => s.GetRequiredService<CallBoard>());
        services.AddSingleton<RecordingAccess>();
        services.AddSingleton<DialPolicy>();
        services.AddSingleton<CallStore>();
        services.AddSingleton<CallEffects>();
        services.AddSingleton(s => new Lazy<CallEffects>(s.GetRequiredService<CallEffects>)); // store and effects need one another
        services.AddSingleton<UnmatchedEvents>();
        services.AddSingleton<JoinDecisions>();
        services.AddSingleton<CarrierEventHandler>();
        services.AddSingleton<InboundCalls>();
        services.AddSingleton<OutboundCalls>();
        services.AddSingleton<CustomerDialler>();
        services.AddSingleton<CallCommands>();
        services.AddSingleton<CallWrapUp>();
        services.AddSingleton<CallTransfers>();
        services.AddSingleton<CallSupervision>();
        services.AddSingleton<RecordingPause>();
        services.AddSingleton<DeadlineSweeper>();
        services.AddHostedService(s => s.GetRequiredService<DeadlineSweeper>());
        services.AddSingleton<Reconciler>();
        services.AddHostedService(s => s.GetRequiredService<Reconciler>());
        return services;
    }

    /// <summary>Brings the database up to date; makes it when there is none.</summary>
    public static async Task PrepareDatabaseAsync(this IServiceProvider services, CancellationToken cancellationToken = default)
    {
        await using var db = await Contexts(services).CreateDbContextAsync(cancellationToken);
        if (db is SqliteCrmDbContext)
        {
            var file = new Microsoft.Data.Sqlite.SqliteConnectionStringBuilder(db.Database.GetConnectionString()).DataSource;
            if (Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder && !file.StartsWith(':'))
            {
                Directory.CreateDirectory(folder);
            }
        }

        await RefuseAnotherVersionAsync(db, cancellationToken);
        await db.Database.MigrateAsync(cancellationToken);
        if (db is SqliteCrmDbContext)
        {
            await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL;", cancellationToken);
        }

        await services.GetRequiredService<CarrierEventHandler>().WarmUpAsync(cancellationToken);
    }

    // Nothing has been released yet, so the migrations of development were put together into one, with a history table of another name:
    // a database of before cannot be brought up to date.
    private static async Task RefuseAnotherVersionAsync(CrmDbContext db, CancellationToken cancellationToken)
    {
        if (!await db.GetService<IRelationalDatabaseCreator>().ExistsAsync(cancellationToken))
        {
            return;
        }

        var tables = db is SqliteCrmDbContext ? "SELECT name AS Value FROM sqlite_master" : "SELECT name AS Value FROM sys.tables";
        var isOfBefore = await db.Database.SqlQueryRaw<string>(tables).AnyAsync(name => name == "__EFMigrationsHistory", cancellationToken);
        var known = db.Database.GetMigrations().ToHashSet(StringComparer.Ordinal);
        var unknown = (await db.Database.GetAppliedMigrationsAsync(cancellationToken)).FirstOrDefault(applied => !known.Contains(applied));
        if (!isOfBefore && unknown is null)
        {
            return;
        }

        var connection = db.Database.GetDbConnection();
        var cure = db is SqliteCrmDbContext
            ? $"delete {Path.GetFullPath(connection.DataSource)} and the files {Path.GetFileName(connection.DataSource)}-wal and -shm beside it, if they are there"
            : $"drop the database {connection.Database}, or name another one in ConnectionStrings__UppalCrm";
        var maker = unknown is null ? "from before the first release" : $"that is not this one (it has the migration '{unknown}')";
        throw new UnusableDatabaseException($"The database was made by a version of UppalCRM {maker}. "
            + $"If it holds nothing that you need, {cure}, and start again: a new one is made. Otherwise start the version that made it.");
    }

    private static void AddDatabase(IServiceCollection services, IConfiguration configuration, string dataFolder)
    {
        var connection = configuration.GetConnectionString("UppalCrm");
        var provider = configuration["Database:Provider"] ?? "Sqlite";
        switch (provider)
        {
            case "Sqlite":
                connection ??= $"Data Source={Path.Combine(dataFolder, "uppalcrm.db")}";
                services.AddSingleton(s => new InboundCallBatcher(
                    Contexts(s), s.GetRequiredService<SqliteWriteLock>(), s.GetRequiredService<CallFeed>(), s.GetRequiredService<DeadlineTimer>(), TimeProvider.System));
                services.AddPooledDbContextFactory<SqliteCrmDbContext>(o => SqliteCrmDbContext.Configure(o.Quieten(), connection));
                services.AddSingleton<IDbContextFactory<CrmDbContext>, FactoryOf<SqliteCrmDbContext>>();
                services.AddScoped<CrmDbContext>(s => s.GetRequiredService<IDbContextFactory<SqliteCrmDbContext>>().CreateDbContext());
                break;
            case "SqlServer" when connection is null:
                AddNoDatabase(services, "Database__Provider is SqlServer: set ConnectionStrings__UppalCrm to its connection string.");
                break;
            case "SqlServer":
                services.AddPooledDbContextFactory<SqlServerCrmDbContext>(o => SqlServerCrmDbContext.Configure(o.Quieten(), connection));
                services.AddSingleton<IDbContextFactory<CrmDbContext>, FactoryOf<SqlServerCrmDbContext>>();
                services.AddScoped<CrmDbContext>(s => s.GetRequiredService<IDbContextFactory<SqlServerCrmDbContext>>().CreateDbContext());
                break;
            default:
                AddNoDatabase(services, $"Database__Provider is '{provider}': it must be Sqlite or SqlServer.");
                break;
        }
    }

    // Said when the database is prepared, so that a bad start can list it beside everything else that is wrong.
    private static void AddNoDatabase(IServiceCollection services, string reason)
    {
        services.AddSingleton<IDbContextFactory<CrmDbContext>>(new NoDatabase(reason));
        services.AddScoped<CrmDbContext>(_ => throw new UnusableDatabaseException(reason));
    }

    // A lost race is normal here and answered in code; it is no error in the log.
    private static DbContextOptionsBuilder Quieten(this DbContextOptionsBuilder options) => options.ConfigureWarnings(w => w.Ignore(
        CoreEventId.SaveChangesFailed, RelationalEventId.CommandError, CoreEventId.OptimisticConcurrencyException));

    private static IDbContextFactory<CrmDbContext> Contexts(IServiceProvider services) => services.GetRequiredService<IDbContextFactory<CrmDbContext>>();

    private static TimeProvider Time(IServiceProvider services) => services.GetRequiredService<TimeProvider>();

    private sealed class NoDatabase(string reason) : IDbContextFactory<CrmDbContext>
    {
        public CrmDbContext CreateDbContext() => throw new UnusableDatabaseException(reason);
    }

    private sealed class FactoryOf<T>(IDbContextFactory<T> inner) : IDbContextFactory<CrmDbContext>
        where T : CrmDbContext
    {
        public CrmDbContext CreateDbContext() => inner.CreateDbContext();

        public async Task<CrmDbContext> CreateDbContextAsync(CancellationToken cancellationToken = default) => await inner.CreateDbContextAsync(cancellationToken);
    }
}

/// <summary>The database that the settings name cannot be used; the message says why, and what to do.</summary>
public sealed class UnusableDatabaseException(string message) : Exception(message);
