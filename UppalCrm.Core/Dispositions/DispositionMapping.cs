using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace UppalCrm.Core.Dispositions;

internal sealed class DispositionMapping : IEntityTypeConfiguration<Disposition>
{
    public void Configure(EntityTypeBuilder<Disposition> disposition)
    {
        disposition.ToTable("call_dispositions");
        disposition.Property(d => d.Name).HasMaxLength(60);
        disposition.HasIndex(d => d.Name).IsUnique();
        disposition.HasData(
            new Disposition { Id = 1, Name = "Resolved", Position = 1 },
            new Disposition { Id = 2, Name = "Follow-up", Position = 2 },
            new Disposition { Id = 3, Name = "Sale", Position = 3 },
            new Disposition { Id = 4, Name = "Wrong number", Position = 4 },
            new Disposition { Id = 5, Name = "Spam", Position = 5 });
    }
}

internal sealed class FloorSettingsMapping : IEntityTypeConfiguration<FloorSettings>
{
    public void Configure(EntityTypeBuilder<FloorSettings> settings)
    {
        settings.ToTable("floor_settings");
        settings.Property(s => s.Id).ValueGeneratedNever();
        settings.HasData(new FloorSettings());
    }
}
