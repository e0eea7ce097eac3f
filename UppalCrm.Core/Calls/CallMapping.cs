using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace UppalCrm.Core.Calls;

internal sealed class CallMapping : IEntityTypeConfiguration<Call>
{
    public void Configure(EntityTypeBuilder<Call> call)
    {
        call.ToTable("phone_calls");
        call.Property(c => c.CustomerLeg).HasColumnName("twilio_call_sid");
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
        // Three outcomes in one column: "outcome IN (…)" could not be read in the order of time from an index. Never written, never read
        // back.
        var missed = call.Property<int>(MissedCalls.MissedColumn)
            .HasComputedColumnSql(
                "CASE WHEN outcome IN ('Abandoned', 'Missed', 'Voicemail') THEN 1 ELSE 0 END", stored: false).ValueGeneratedNever();
        missed.Metadata.SetBeforeSaveBehavior(PropertySaveBehavior.Ignore);
        missed.Metadata.SetAfterSaveBehavior(PropertySaveBehavior.Ignore);

        call.HasMany(c => c.Legs).WithOne().HasForeignKey(l => l.CallId);
        call.HasOne(c => c.Contact).WithMany().HasForeignKey(c => c.ContactId).OnDelete(DeleteBehavior.SetNull);
        call.HasOne(c => c.Agent).WithMany().HasForeignKey(c => c.AgentId).OnDelete(DeleteBehavior.Restrict);

        call.HasIndex(c => c.ConferenceName).IsUnique();
        call.HasIndex(c => c.CustomerLeg).IsUnique();
        call.HasIndex(c => c.Status).HasFilter("status <> 'Ended'"); // the open calls: few among millions
        call.HasIndex(c => new { c.CreatedAt, c.Id });
        call.HasIndex(c => new { c.FromNumber, c.CreatedAt, c.Id });
        call.HasIndex(c => new { c.ToNumber, c.CreatedAt, c.Id });
        call.HasIndex(c => new { c.Direction, c.CreatedAt, c.Id });
        // What is not known when a call arrives is not in its indexes: each is a page more that the caller's answer waits for.
        call.HasIndex(c => c.ConferenceSid).HasFilter("conference_sid IS NOT NULL");
        call.HasIndex(c => new { c.AgentId, c.CreatedAt, c.Id }).HasFilter("agent_id IS NOT NULL");
        call.HasIndex(c => new { c.ContactId, c.CreatedAt, c.Id }).HasFilter("contact_id IS NOT NULL");
        call.HasIndex(c => new { c.Outcome, c.CreatedAt, c.Id }).HasFilter("outcome IS NOT NULL");
        call.HasIndex(c => new { c.Direction, c.Outcome, c.CreatedAt, c.Id }).HasFilter("outcome IS NOT NULL");
        call.HasIndex(c => new { c.AgentId, c.Outcome, c.CreatedAt, c.Id }).HasFilter("agent_id IS NOT NULL AND outcome IS NOT NULL");
        call.HasIndex(MissedCalls.MissedColumn, nameof(Call.CreatedAt), nameof(Call.Id)).HasFilter("outcome IS NOT NULL");
        call.HasIndex(MissedCalls.MissedColumn, nameof(Call.FollowedUpAt), nameof(Call.CreatedAt), nameof(Call.Id))
            .HasFilter("outcome IS NOT NULL");
        // Few among millions, or nearly all: an index of their own answers either case.
        call.HasIndex(c => new { c.CreatedAt, c.Id }, "Recorded").HasFilter("recording_sid IS NOT NULL")
            .HasDatabaseName("ix_phone_calls_recorded");
    }
}

internal sealed class CallLegMapping : IEntityTypeConfiguration<CallLeg>
{
    public void Configure(EntityTypeBuilder<CallLeg> leg)
    {
        leg.ToTable("call_legs");
        // A customer who is brought into another call has their leg in both, the newer row being the one that counts.
        leg.HasIndex(l => l.CallSid);
        leg.HasIndex(l => new { l.CallId, l.CallSid }).IsUnique();
    }
}

internal sealed class CallEventMapping : IEntityTypeConfiguration<CallEvent>
{
    public void Configure(EntityTypeBuilder<CallEvent> row)
    {
        row.ToTable("call_events");
        row.Property(e => e.Key).HasMaxLength(120);
        row.Property(e => e.Kind).HasConversion<KindConverter>().HasMaxLength(40);
        row.Property(e => e.LegSid).HasMaxLength(34);
        row.Property(e => e.ConferenceSid).HasMaxLength(34);
        row.Property(e => e.ConferenceName).HasMaxLength(128);
        row.Property(e => e.Detail).HasMaxLength(4000);
        row.HasIndex(e => e.Key).IsUnique();
        row.HasIndex(e => e.CallId);
        // Looked for only among those whose call is not known: nearly always none.
        row.HasIndex(e => e.LegSid).HasFilter("call_id IS NULL");
        row.HasIndex(e => e.ReceivedAt).HasFilter("call_id IS NULL");
    }

    internal sealed class KindConverter()
        : ValueConverter<CallEventKind, string>(kind => kind.ToWord(), word => CallEventKinds.Parse(word));
}

internal sealed class CallDeclineMapping : IEntityTypeConfiguration<CallDecline>
{
    public void Configure(EntityTypeBuilder<CallDecline> decline)
    {
        decline.ToTable("call_declines");
        decline.HasKey(d => new { d.CallId, d.AgentId });
        decline.HasIndex(d => d.Until).HasFilter("until IS NOT NULL");
    }
}
