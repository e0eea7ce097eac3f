using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace UppalCrm.Core.Transfers;

internal sealed class TransferMapping : IEntityTypeConfiguration<CallTransfer>
{
    public void Configure(EntityTypeBuilder<CallTransfer> transfer)
    {
        transfer.ToTable("call_transfers");
        transfer.Property(t => t.Note).HasMaxLength(CallTransfers.LongestNote);
        transfer.Property(t => t.ToNumber).HasMaxLength(128);
        transfer.Property(t => t.EndReason).HasMaxLength(300);
        transfer.HasIndex(t => t.CallId);
        transfer.HasIndex(t => t.ExpiresAt).HasFilter("state IN ('Ringing', 'Accepted')"); // the open ones: few among all
        transfer.HasIndex(t => t.ToAgentId).HasFilter("ended_at IS NULL"); // who is asked, or consulted
        // Whose a call was before: few among all, and none while it is only asked for.
        transfer.HasIndex(t => new { t.FromAgentId, t.CallId }).HasFilter("state = 'Taken'");
        transfer.HasIndex(t => new { t.ToAgentId, t.CallId }).HasFilter("state = 'Taken'");
        transfer.HasIndex(t => t.AskedAt).HasFilter("to_number IS NOT NULL"); // counted by the limits of dialling
        transfer.Ignore(t => t.IsOpen).Ignore(t => t.IsTalking).Ignore(t => t.IsOutside).Ignore(t => t.IsToEverybody)
            .Ignore(t => t.IsJoined);
        transfer.HasOne<Call>().WithMany(c => c.Transfers).HasForeignKey(t => t.CallId);
    }
}

internal sealed class FavouriteMapping : IEntityTypeConfiguration<Favourite>
{
    public void Configure(EntityTypeBuilder<Favourite> favourite)
    {
        favourite.ToTable("favourites");
        favourite.Property(f => f.Number).HasMaxLength(16);
        favourite.HasIndex(f => new { f.AgentId, f.ToAgentId }).IsUnique().HasFilter("to_agent_id IS NOT NULL");
        favourite.HasIndex(f => new { f.AgentId, f.Number }).IsUnique().HasFilter("number IS NOT NULL");
        favourite.HasIndex(f => f.Number).HasFilter("number IS NOT NULL"); // for one that is erased
        favourite.HasOne<Agent>().WithMany().HasForeignKey(f => f.AgentId).OnDelete(DeleteBehavior.Cascade);
        favourite.HasOne<Agent>().WithMany().HasForeignKey(f => f.ToAgentId).OnDelete(DeleteBehavior.Restrict);
    }
}
