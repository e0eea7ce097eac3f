using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace UppalCrm.Core.Audit;

internal sealed class AuditMapping : IEntityTypeConfiguration<AuditEntry>
{
    public void Configure(EntityTypeBuilder<AuditEntry> entry)
    {
        entry.ToTable("audit_entries");
        entry.Property(e => e.Action).HasConversion<ActionConverter>().HasMaxLength(40);
        entry.Property(e => e.Detail).HasMaxLength(2000);
        entry.Property(e => e.Hash).HasMaxLength(64);
        entry.HasIndex(e => e.At);
        entry.HasIndex(e => e.CallId);
        entry.HasIndex(e => new { e.Action, e.Id });
        entry.HasIndex(e => new { e.AgentId, e.Id });
    }

    internal sealed class ActionConverter()
        : ValueConverter<AuditAction, string>(action => action.ToWord(), word => AuditActions.Parse(word));
}

internal sealed class AuditHeadMapping : IEntityTypeConfiguration<AuditHead>
{
    public void Configure(EntityTypeBuilder<AuditHead> head)
    {
        head.ToTable("audit_head");
        head.Property(h => h.Id).ValueGeneratedNever();
        head.Property(h => h.Hash).HasMaxLength(64);
        head.Property(h => h.Seal).HasMaxLength(64);
        head.Property(h => h.ProtectedKey).HasMaxLength(2000);
    }
}
