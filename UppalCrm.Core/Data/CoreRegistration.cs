using Microsoft.Data.SqlClient;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

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
        services.AddOptions<RetentionOptions>().BindConfiguration(RetentionOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<FloorOptions>().BindConfiguration(FloorOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<SupervisionOptions>().BindConfiguration(SupervisionOptions.Section);
        AddDatabase(services, configuration, dataFolder);
        services.AddSingleton(new SqliteWriteLock(oneAtATime: (configuration["Database:Provider"] ?? "Sqlite") == "Sqlite"));

        services.AddSingleton<SharedCommits>();
        services.AddSingleton<CallFeed>();
        services.AddSingleton<BackgroundTasks>();
        services.AddSingleton<DeadlineTimer>();
        services.AddSingleton<CallStore>();
        services.AddSingleton<CallEffects>();
        services.AddSingleton(s => new Lazy<CallEffects>(s.GetRequiredService<CallEffects>)); // store and effects need one another
        services.AddSingleton<CallWrapUp>();
        services.AddSingleton<CallCommands>();
        services.AddSingleton<CarrierEventHandler>();
        services.AddSingleton<UnmatchedEvents>();
        services.AddSingleton<JoinDecisions>();
        services.AddSingleton<JoinIntents>();
        services.AddSingleton<Reconciler>();
        services.AddSingleton<InboundCalls>();
        services.AddSingleton<InboundCallBatcher>();
        services.AddSingleton<WaitingCallers>();
        services.AddSingleton<DeadlineSweeper>();
        services.AddSingleton<OfferReceipts>();
        services.AddSingleton<OutboundCalls>();
        services.AddSingleton<ColleagueCalls>();
        services.AddSingleton<SecondCalls>();
        services.AddSingleton<CustomerDialler>();
        services.AddSingleton<LostDials>();
        services.AddSingleton<DialGate>();
        services.AddSingleton<DialPolicy>();
        services.AddSingleton<DialLimits>();
        services.AddSingleton<DialSwitch>();
        services.AddSingleton<DialAlarm>();
        services.AddSingleton<OurLines>();
        services.AddSingleton<NumberParser>();
        services.AddSingleton<NumberFormat>();
        services.AddSingleton<CallTransfers>();
        services.AddSingleton<OutsideTransfers>();
        services.AddSingleton<CallJoins>();
        services.AddSingleton<OutsideDialler>();
        services.AddSingleton<CallInHand>();
        services.AddSingleton<CallSupervision>();
        services.AddSingleton<FloorRights>();
        services.AddSingleton<SupervisorLegs>();
        services.AddSingleton<CallBoard>();
        services.AddSingleton<CallHistory>();
        services.AddSingleton<RecentCalls>();
        services.AddSingleton<MissedCalls>();
        services.AddSingleton<CallReports>();
        services.AddSingleton<ReportCounter>();
        services.AddSingleton<AgentRoster>();
        services.AddSingleton<StatusList>();
        services.AddSingleton<DispositionList>();
        services.AddSingleton<ContactBook>();
        services.AddSingleton<ContactMerges>();
        services.AddSingleton<CompanyBook>();
        services.AddSingleton<ContactFields>();
        services.AddSingleton<DoNotCallList>();
        services.AddSingleton<FavouriteBook>();
        services.AddSingleton<ContactImports>();
        services.AddSingleton<CustomerErasure>();
        services.AddSingleton<RetentionSweeper>();
        services.AddSingleton<SignInSessions>();
        services.AddSingleton<SignInThrottle>();
        services.AddSingleton<OneTimeLinks>();
        services.AddSingleton<SecondFactors>();
        services.AddSingleton<SignOuts>();
        services.AddSingleton<PeopleDirectory>();
        services.AddSingleton<RecordingAccess>();
        services.AddSingleton<RecordingPause>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<AuditTrail>();
        services.AddSingleton<AuditCheck>();

        RunInBackground<BackgroundTasks>(services);
        services.AddHostedService<WarmUp>();
        RunInBackground<CallBoard>(services);
        RunInBackground<DeadlineSweeper>(services);
        RunInBackground<Reconciler>(services);
        RunInBackground<ReportCounter>(services);
        RunInBackground<AuditCheck>(services);
        RunInBackground<RetentionSweeper>(services);
        return services;
    }

    private static void AddDatabase(IServiceCollection services, IConfiguration configuration, string dataFolder)
    {
        var connection = configuration.GetConnectionString("UppalCrm");
        var provider = configuration["Database:Provider"] ?? "Sqlite";
        switch (provider)
        {
            case "Sqlite":
                connection ??= $"Data Source={Path.Combine(dataFolder, "uppalcrm.db")}";
                services.AddPooledDbContextFactory<SqliteCrmDbContext>(o => SqliteCrmDbContext.Configure(o.Quieten(), connection));
                services.AddSingleton<IDbContextFactory<CrmDbContext>, FactoryOf<SqliteCrmDbContext>>();
                services.AddScoped<CrmDbContext>(s => s.GetRequiredService<IDbContextFactory<SqliteCrmDbContext>>().CreateDbContext());
                break;
            case "SqlServer" when connection is null:
                AddNoDatabase(services, "Database__Provider is SqlServer: set ConnectionStrings__UppalCrm to its connection string.");
                break;
            case "SqlServer" when WhyUnreadable(connection) is { } reason:
                AddNoDatabase(services, $"ConnectionStrings__UppalCrm cannot be read: {reason}");
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

    private static string? WhyUnreadable(string connection)
    {
        try
        {
            return string.IsNullOrEmpty(new SqlConnectionStringBuilder(connection).InitialCatalog)
                ? "it names no database (Database=...)."
                : null;
        }
        catch (Exception ex) when (ex is ArgumentException or FormatException)
        {
            return ex.Message;
        }
    }

    // A lost race is normal here and answered in code; it is no error in the log.
    private static DbContextOptionsBuilder Quieten(this DbContextOptionsBuilder options) => options.ConfigureWarnings(w => w.Ignore(
        CoreEventId.SaveChangesFailed, RelationalEventId.CommandError, CoreEventId.OptimisticConcurrencyException));

    private static IDbContextFactory<CrmDbContext> Contexts(IServiceProvider services) =>
        services.GetRequiredService<IDbContextFactory<CrmDbContext>>();

    private static void RunInBackground<T>(IServiceCollection services)
        where T : class, IHostedService => services.AddHostedService(s => s.GetRequiredService<T>());

    private sealed class NoDatabase(string reason) : IDbContextFactory<CrmDbContext>
    {
        public CrmDbContext CreateDbContext() => throw new UnusableDatabaseException(reason);
    }

    private sealed class FactoryOf<T>(IDbContextFactory<T> inner) : IDbContextFactory<CrmDbContext>
        where T : CrmDbContext
    {
        public CrmDbContext CreateDbContext() => inner.CreateDbContext();

        public async Task<CrmDbContext> CreateDbContextAsync(CancellationToken cancellationToken = default) =>
            await inner.CreateDbContextAsync(cancellationToken);
    }
}
