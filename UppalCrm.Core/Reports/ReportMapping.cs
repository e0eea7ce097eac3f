using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace UppalCrm.Core.Reports;

internal sealed class AgentDayMapping : IEntityTypeConfiguration<AgentDay>
{
    public void Configure(EntityTypeBuilder<AgentDay> day)
    {
        day.ToTable("report_agent_days");
        day.HasKey(d => new { d.Day, d.AgentId });
    }
}

internal sealed class HourOfDayMapping : IEntityTypeConfiguration<HourOfDay>
{
    public void Configure(EntityTypeBuilder<HourOfDay> hour)
    {
        hour.ToTable("report_hours");
        hour.HasKey(h => new { h.Day, h.Hour });
    }
}

internal sealed class ReportMarkMapping : IEntityTypeConfiguration<ReportMark>
{
    public void Configure(EntityTypeBuilder<ReportMark> mark)
    {
        mark.ToTable("report_marks");
        mark.HasKey(m => m.Hour);
        mark.Property(m => m.Hour).ValueGeneratedNever();
    }
}

internal sealed class ReportZoneMapping : IEntityTypeConfiguration<ReportZone>
{
    public void Configure(EntityTypeBuilder<ReportZone> zone)
    {
        zone.ToTable("report_zones");
        zone.Property(z => z.Zone).HasMaxLength(100);
        zone.HasKey(z => z.Zone);
    }
}
