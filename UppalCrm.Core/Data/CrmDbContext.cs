using System.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace UppalCrm.Core.Data;

/// <summary>The database. A context comes from the factory and lives for one method; a browser tab lives far too long for one.</summary>
public abstract class CrmDbContext(DbContextOptions options) : IdentityDbContext<Agent, IdentityRole<int>, int>(options)
{
    public DbSet<Call> Calls => Set<Call>();
    public DbSet<CallLeg> Legs => Set<CallLeg>();
    public DbSet<CallEvent> Events => Set<CallEvent>();
    public DbSet<CallDecline> Declines => Set<CallDecline>();
    public DbSet<Agent> Agents => Set<Agent>();
    public DbSet<AgentStatus> Statuses => Set<AgentStatus>();
    public DbSet<Disposition> Dispositions => Set<Disposition>();
    public DbSet<FloorSettings> FloorSettings => Set<FloorSettings>();
    public DbSet<Contact> Contacts => Set<Contact>();
    public DbSet<ContactNumber> ContactNumbers => Set<ContactNumber>();
    public DbSet<AuditEntry> Audit => Set<AuditEntry>();
    public DbSet<AgentDay> ReportAgentDays => Set<AgentDay>();
    public DbSet<HourOfDay> ReportHours => Set<HourOfDay>();
    public DbSet<ReportMark> ReportMarks => Set<ReportMark>();
    public DbSet<ReportZone> ReportZones => Set<ReportZone>();
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

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

        builder.Entity<Call>(MapCall);
        builder.Entity<CallLeg>(leg =>
        {
            leg.ToTable("call_legs");
            leg.HasIndex(l => l.CallSid).IsUnique();
            leg.HasIndex(l => l.CallId);
        });
        builder.Entity<CallEvent>(e =>
        {
            e.ToTable("call_events");
            e.Property(x => x.Key).HasMaxLength(120);
            e.Property(x => x.Kind).HasMaxLength(40);
            e.Property(x => x.LegSid).HasMaxLength(34);
            e.Property(x => x.ConferenceSid).HasMaxLength(34);
            e.Property(x => x.ConferenceName).HasMaxLength(128);
            e.Property(x => x.Detail).HasMaxLength(4000);
            e.HasIndex(x => x.Key).IsUnique();
            e.HasIndex(x => x.CallId);
            e.HasIndex(x => x.LegSid);
            e.HasIndex(x => x.ReceivedAt);
        });
        builder.Entity<CallDecline>(d =>
        {
            d.ToTable("call_declines");
            d.HasKey(x => new { x.CallId, x.AgentId });
        });
        builder.Entity<Agent>(a =>
        {
            a.ToTable("agents");
            a.Property(x => x.DisplayName).HasMaxLength(80);
            a.Property(x => x.Status).HasMaxLength(40);
            a.Property(x => x.PhoneState).HasMaxLength(40);
            a.Ignore(x => x.Identity);
        });
        builder.Entity<AgentStatus>(s =>
        {
            s.ToTable("agent_statuses");
            s.Property(x => x.Name).HasMaxLength(40);
            s.HasIndex(x => x.Name).IsUnique();
            s.HasData(
                new AgentStatus { Id = 1, Name = AgentStatus.Available, TakesCalls = true, Position = 1 },
                new AgentStatus { Id = 2, Name = "Busy", Position = 2 },
                new AgentStatus { Id = 3, Name = "Break", Position = 3 },
                new AgentStatus { Id = 4, Name = "Lunch", Position = 4 },
                new AgentStatus { Id = 5, Name = "Training", Position = 5 },
                new AgentStatus { Id = 6, Name = AgentStatus.Offline, Position = 6 });
        });
        builder.Entity<Disposition>(d =>
        {
            d.ToTable("call_dispositions");
            d.Property(x => x.Name).HasMaxLength(60);
            d.HasIndex(x => x.Name).IsUnique();
            d.HasData(
                new Disposition { Id = 1, Name = "Resolved", Position = 1 },
                new Disposition { Id = 2, Name = "Follow-up", Position = 2 },
                new Disposition { Id = 3, Name = "Sale", Position = 3 },
                new Disposition { Id = 4, Name = "Wrong number", Position = 4 },
                new Disposition { Id = 5, Name = "Spam", Position = 5 });
        });
        builder.Entity<FloorSettings>(f =>
        {
            f.ToTable("floor_settings");
            f.Property(x => x.Id).ValueGeneratedNever();
            f.HasData(new FloorSettings());
        });
        builder.Entity<Contact>(c =>
        {
            c.ToTable("contacts");
            c.Property(x => x.Name).HasMaxLength(120);
            c.Property(x => x.Company).HasMaxLength(120);
            c.Property(x => x.Email).HasMaxLength(254);
            c.Property(x => x.Notes).HasMaxLength(10_000);
            c.Property(x => x.Version).IsConcurrencyToken();
            c.HasIndex(x => new { x.Name, x.Id });
            c.HasIndex(x => x.Company);
            c.HasIndex(x => x.Email);
        });
        builder.Entity<ContactNumber>(n =>
        {
            n.ToTable("contact_numbers");
            n.Property(x => x.Number).HasMaxLength(16);
            n.Property(x => x.Label).HasMaxLength(40);
            n.HasIndex(x => x.Number);
            n.HasIndex(x => new { x.ContactId, x.Number }).IsUnique();
        });
        builder.Entity<AuditEntry>(a =>
        {
            a.ToTable("audit_entries");
            a.Property(x => x.Action).HasMaxLength(40);
            a.Property(x => x.Detail).HasMaxLength(2000);
            a.Property(x => x.Hash).HasMaxLength(64);
            a.HasIndex(x => x.At);
            a.HasIndex(x => x.CallId);
            a.HasIndex(x => new { x.Action, x.Id });
            a.HasIndex(x => new { x.AgentId, x.Id });
        });
        builder.Entity<AgentDay>(day =>
        {
            day.ToTable("report_agent_days");
            day.HasKey(x => new { x.Day, x.AgentId });
        });
        builder.Entity<HourOfDay>(hour =>
        {
            hour.ToTable("report_hours");
            hour.HasKey(x => new { x.Day, x.Hour });
        });
        builder.Entity<ReportMark>(mark =>
        {
            mark.ToTable("report_marks");
            mark.HasKey(x => x.Hour);
            mark.Property(x => x.Hour).ValueGeneratedNever();
        });
        builder.Entity<ReportZone>(zone =>
        {
            zone.ToTable("report_zones");
            zone.Property(x => x.Zone).HasMaxLength(100);
            zone.HasKey(x => x.Zone);
        });
        builder.Entity<DataProtectionKey>(k =>
        {
            k.ToTable("data_protection_keys");
            k.Property(x => x.Name).HasMaxLength(200);
        });
        builder.Entity<IdentityRole<int>>().ToTable("roles");
        builder.Entity<IdentityUserRole<int>>().ToTable("agent_roles");
        builder.Entity<IdentityUserClaim<int>>().ToTable("agent_claims");
        builder.Entity<IdentityUserLogin<int>>().ToTable("agent_logins");
        builder.Entity<IdentityUserToken<int>>().ToTable("agent_tokens");
        builder.Entity<IdentityRoleClaim<int>>().ToTable("role_claims");

        NameColumnsInSnakeCase(builder);
    }

    private static void MapCall(EntityTypeBuilder<Call> call)
    {
        call.ToTable("phone_calls");
        call.Property(c => c.FromNumber).HasMaxLength(128);
        call.Property(c => c.ToNumber).HasMaxLength(128);
        call.Property(c => c.CallerName).HasMaxLength(120);
        call.Property(c => c.ConferenceName).HasMaxLength(128);
        call.Property(c => c.ConferenceSid).HasMaxLength(34);
        call.Property(c => c.EndReason).HasMaxLength(300);
        call.Property(c => c.RecordingSid).HasMaxLength(34);
        call.Property(c => c.RecordingUrl).HasMaxLength(500);
        call.Property(c => c.Notes).HasMaxLength(10_000);
        call.Property(c => c.Disposition).HasMaxLength(60);
        call.Property(c => c.Version).IsConcurrencyToken();
        call.Ignore(c => c.IsOpen).Ignore(c => c.OtherNumber).Ignore(c => c.OtherName);
        call.HasIndex(c => c.ConferenceName).IsUnique();
        call.Property(c => c.CustomerLeg).HasColumnName("twilio_call_sid");
        call.HasIndex(c => c.CustomerLeg).IsUnique();
        call.HasIndex(c => c.ConferenceSid);
        call.HasIndex(c => c.Status).HasFilter("status <> 'Ended'"); // the open calls: few among millions
        call.HasIndex(c => new { c.CreatedAt, c.Id });
        call.HasIndex(c => new { c.AgentId, c.CreatedAt, c.Id });
        call.HasIndex(c => new { c.ContactId, c.CreatedAt, c.Id });
        call.HasIndex(c => new { c.FromNumber, c.CreatedAt, c.Id });
        call.HasIndex(c => new { c.ToNumber, c.CreatedAt, c.Id });
        call.HasIndex(c => new { c.Outcome, c.CreatedAt, c.Id });
        call.HasIndex(c => new { c.Direction, c.CreatedAt, c.Id });
        call.HasIndex(c => new { c.Direction, c.Outcome, c.CreatedAt, c.Id });
        call.HasIndex(c => new { c.AgentId, c.Outcome, c.CreatedAt, c.Id });
        // Few among millions, or nearly all: an index of their own answers either case.
        call.HasIndex(c => new { c.CreatedAt, c.Id }, "IX_phone_calls_recorded").HasFilter("recording_sid IS NOT NULL");
        // Three outcomes in one column: "outcome IN (…)" could not be read in the order of time from an index. Never written, never read back.
        var missed = call.Property<int>(MissedCalls.MissedColumn)
            .HasComputedColumnSql("CASE WHEN outcome IN ('Abandoned', 'Missed', 'Voicemail') THEN 1 ELSE 0 END", stored: false).ValueGeneratedNever();
        missed.Metadata.SetBeforeSaveBehavior(PropertySaveBehavior.Ignore);
        missed.Metadata.SetAfterSaveBehavior(PropertySaveBehavior.Ignore);
        call.HasIndex(MissedCalls.MissedColumn, nameof(Call.CreatedAt), nameof(Call.Id));
        call.HasIndex(MissedCalls.MissedColumn, nameof(Call.FollowedUpAt), nameof(Call.CreatedAt), nameof(Call.Id));
        call.HasMany(c => c.Legs).WithOne().HasForeignKey(l => l.CallId);
        call.HasOne(c => c.Contact).WithMany().HasForeignKey(c => c.ContactId).OnDelete(DeleteBehavior.SetNull);
        call.HasOne(c => c.Agent).WithMany().HasForeignKey(c => c.AgentId).OnDelete(DeleteBehavior.Restrict);
    }

    private static void NameColumnsInSnakeCase(ModelBuilder builder)
    {
        foreach (var property in builder.Model.GetEntityTypes().SelectMany(entity => entity.GetProperties()))
        {
            if (property.FindAnnotation(RelationalAnnotationNames.ColumnName) is null)
            {
                property.SetColumnName(Snake(property.Name));
            }
        }
    }

    private static string Snake(string name)
    {
        var snake = new StringBuilder(name.Length + 8);
        for (var i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsUpper(name[i]) && !char.IsUpper(name[i - 1]))
            {
                snake.Append('_');
            }

            snake.Append(char.ToLowerInvariant(name[i]));
        }

        return snake.ToString();
    }

    private sealed class CallSidConverter() : ValueConverter<CallSid, string>(sid => sid.Value, text => new CallSid(text));
}

/// <summary>A key ring entry: sign-ins made on one node are good on the others and after a restart.</summary>
public sealed class DataProtectionKey
{
    public int Id { get; set; }
    public required string Name { get; set; }
    public required string Xml { get; set; }
}
