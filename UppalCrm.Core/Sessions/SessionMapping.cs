using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace UppalCrm.Core.Sessions;

internal sealed class SessionMapping : IEntityTypeConfiguration<SignInSession>
{
    public void Configure(EntityTypeBuilder<SignInSession> session)
    {
        session.ToTable("sign_in_sessions");
        session.Property(s => s.KeyHash).HasMaxLength(64);
        session.Property(s => s.Stamp).HasMaxLength(100);
        session.Property(s => s.Device).HasMaxLength(80);
        session.Property(s => s.Address).HasMaxLength(45);
        session.Property(s => s.EndReason).HasMaxLength(60);
        session.HasIndex(s => s.KeyHash).IsUnique();
        session.HasIndex(s => new { s.AgentId, s.EndedAt });
        session.HasIndex(s => s.EndedAt);
        session.HasOne<Agent>().WithMany().HasForeignKey(s => s.AgentId).OnDelete(DeleteBehavior.Cascade);
    }
}

internal sealed class SignInAttemptsMapping : IEntityTypeConfiguration<SignInAttempts>
{
    public void Configure(EntityTypeBuilder<SignInAttempts> attempts)
    {
        attempts.ToTable("sign_in_attempts");
        attempts.HasKey(a => new { a.Account, a.Device });
        attempts.Property(a => a.Account).HasMaxLength(64);
        attempts.Property(a => a.Device).HasMaxLength(64);
        attempts.HasIndex(a => a.LastAt);
    }
}

internal sealed class KnownDeviceMapping : IEntityTypeConfiguration<KnownDevice>
{
    public void Configure(EntityTypeBuilder<KnownDevice> device)
    {
        device.ToTable("known_devices");
        device.HasKey(d => new { d.AgentId, d.Device });
        device.Property(d => d.Device).HasMaxLength(64);
        device.HasOne<Agent>().WithMany().HasForeignKey(d => d.AgentId).OnDelete(DeleteBehavior.Cascade);
    }
}
