using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace UppalCrm.Core.Data;

/// <summary>The database. A context comes from the factory and lives for one method; a browser tab lives far too long for one.</summary>
public abstract class CrmDbContext(DbContextOptions options)
    : IdentityDbContext<Agent, IdentityRole<int>, int>(options), IDataProtectionKeyContext
{
    /// <summary>The table that says which migrations were applied.</summary>
    protected const string MigrationsHistory = "migrations_history";

    public DbSet<Call> Calls => Set<Call>();
    public DbSet<CallLeg> Legs => Set<CallLeg>();
    public DbSet<CallEvent> Events => Set<CallEvent>();
    public DbSet<CallDecline> Declines => Set<CallDecline>();
    public DbSet<CallTransfer> Transfers => Set<CallTransfer>();
    public DbSet<Favourite> Favourites => Set<Favourite>();
    public DbSet<Agent> Agents => Set<Agent>();
    public DbSet<AgentStatus> Statuses => Set<AgentStatus>();
    public DbSet<Disposition> Dispositions => Set<Disposition>();
    public DbSet<FloorSettings> FloorSettings => Set<FloorSettings>();
    public DbSet<Contact> Contacts => Set<Contact>();
    public DbSet<ContactNumber> ContactNumbers => Set<ContactNumber>();
    public DbSet<Company> Companies => Set<Company>();
    public DbSet<ContactField> ContactFields => Set<ContactField>();
    public DbSet<MergeRecord> ContactMerges => Set<MergeRecord>();
    public DbSet<DoNotCallNumber> DoNotCall => Set<DoNotCallNumber>();
    public DbSet<ImportRun> ImportRuns => Set<ImportRun>();
    public DbSet<ImportedContact> ImportedContacts => Set<ImportedContact>();
    public DbSet<AuditEntry> Audit => Set<AuditEntry>();
    public DbSet<AuditHead> AuditHeads => Set<AuditHead>();
    public DbSet<AgentDay> ReportAgentDays => Set<AgentDay>();
    public DbSet<HourOfDay> ReportHours => Set<HourOfDay>();
    public DbSet<ReportMark> ReportMarks => Set<ReportMark>();
    public DbSet<ReportZone> ReportZones => Set<ReportZone>();
    public DbSet<SignInSession> SignInSessions => Set<SignInSession>();
    public DbSet<SignInAttempts> SignInAttempts => Set<SignInAttempts>();
    public DbSet<KnownDevice> KnownDevices => Set<KnownDevice>();
    public DbSet<JoinIntent> JoinIntents => Set<JoinIntent>();
    public DbSet<OneTimeLink> OneTimeLinks => Set<OneTimeLink>();
    public DbSet<SecondFactor> SecondFactors => Set<SecondFactor>();
    public DbSet<RecoveryCode> RecoveryCodes => Set<RecoveryCode>();
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    /// <summary>How an INSERT gives back the new row's id: what stands before the values, and what stands at the end.</summary>
    internal abstract (string BeforeValues, string AtTheEnd) ReturningId { get; }

    /// <summary>
    /// The collation of keys and numbers, for a list of them that goes to the database as one parameter: a list has the database's own,
    /// and SQL Server refuses to compare text of two collations.
    /// </summary>
    internal virtual string ExactCollation => "BINARY";

    /// <summary>
    /// Whether search goes by <see cref="SearchTermTables"/>, which this program keeps; else the database finds by itself.
    /// </summary>
    internal virtual bool HasSearchTerms => false;

    public override int SaveChanges(bool acceptAllChangesOnSuccess)
    {
        if (!HasSearchTerms)
        {
            return base.SaveChanges(acceptAllChangesOnSuccess);
        }

        SearchTermTables.BeforeSave(this);
        var written = base.SaveChanges(acceptAllChangesOnSuccess);
        SearchTermTables.AfterSave(this);
        return written;
    }

    public override async Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        if (!HasSearchTerms)
        {
            return await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
        }

        SearchTermTables.BeforeSave(this);
        var written = await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
        SearchTermTables.AfterSave(this);
        return written;
    }

    /// <summary>Writes the words by which new calls are found, where that is this program's work.</summary>
    /// <param name="calls">Calls that were written without EF, in this context's transaction.</param>
    internal async Task WriteSearchTermsAsync(IEnumerable<Call> calls, CancellationToken cancellationToken)
    {
        if (HasSearchTerms)
        {
            Set<CallTerm>().AddRange(calls.SelectMany(SearchTermTables.Of));
            await SaveChangesAsync(cancellationToken);
        }
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        configurationBuilder.Properties<CallSid>().HaveConversion<CallSidConverter>().HaveMaxLength(34);
        // Text, so that a report or a support query can be read without this source at hand.
        configurationBuilder.Properties<Enum>().HaveConversion<string>().HaveMaxLength(20);
    }

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);

        // Each room maps its own entities: XxxMapping, beside the entity.
        builder.ApplyConfigurationsFromAssembly(typeof(CrmDbContext).Assembly);
        if (HasSearchTerms)
        {
            SearchTermTables.Map(builder);
        }

        builder.Entity<DataProtectionKey>().ToTable("data_protection_keys").Property(k => k.FriendlyName).HasMaxLength(200);
        builder.Entity<IdentityRole<int>>().ToTable("roles");
        builder.Entity<IdentityUserRole<int>>().ToTable("agent_roles");
        builder.Entity<IdentityUserClaim<int>>().ToTable("agent_claims");
        builder.Entity<IdentityUserLogin<int>>().ToTable("agent_logins");
        builder.Entity<IdentityUserToken<int>>().ToTable("agent_tokens");
        builder.Entity<IdentityRoleClaim<int>>().ToTable("role_claims");
    }

    internal sealed class CallSidConverter() : ValueConverter<CallSid, string>(sid => sid.Value ?? "", text => new CallSid(text));
}
