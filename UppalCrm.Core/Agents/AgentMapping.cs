using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace UppalCrm.Core.Agents;

internal sealed class AgentMapping : IEntityTypeConfiguration<Agent>
{
    public void Configure(EntityTypeBuilder<Agent> agent)
    {
        agent.ToTable("agents");
        agent.Property(a => a.DisplayName).HasMaxLength(80);
        agent.Property(a => a.Status).HasMaxLength(40);
        agent.Property(a => a.PhoneState).HasMaxLength(40);
        agent.Property(a => a.PhoneBrowser).HasMaxLength(100);
        agent.Ignore(a => a.Identity);
    }
}

internal sealed class AgentStatusMapping : IEntityTypeConfiguration<AgentStatus>
{
    public void Configure(EntityTypeBuilder<AgentStatus> status)
    {
        status.ToTable("agent_statuses");
        status.Property(s => s.Name).HasMaxLength(40);
        status.HasIndex(s => s.Name).IsUnique();
        status.HasData(
            new AgentStatus { Id = 1, Name = AgentStatus.Available, TakesCalls = true, Position = 1 },
            new AgentStatus { Id = 2, Name = "Busy", Position = 2 },
            new AgentStatus { Id = 3, Name = "Break", Position = 3 },
            new AgentStatus { Id = 4, Name = "Lunch", Position = 4 },
            new AgentStatus { Id = 5, Name = "Training", Position = 5 },
            new AgentStatus { Id = 6, Name = AgentStatus.Offline, Position = 6 });
    }
}
