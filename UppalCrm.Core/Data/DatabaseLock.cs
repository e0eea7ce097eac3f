using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace UppalCrm.Core.Data;

/// <summary>
/// A row that a transaction changes first when it must be the only one of its kind on all nodes: the database makes the others wait until
/// that transaction ends.
/// </summary>
public sealed class DatabaseLock
{
    /// <summary>Held while a row is added to the audit: each row's hash covers the row before.</summary>
    public const string Audit = "audit";

    /// <summary>Held while it is counted whether one more call may be dialled.</summary>
    public const string Dialling = "dialling";

    /// <summary>Held while the reports' roll-up is counted.</summary>
    public const string Reports = "reports";

    public required string Name { get; set; }

    /// <summary>How often it was taken.</summary>
    public long Taken { get; set; }

    /// <summary>Takes the lock for the rest of the transaction. It must be the first thing that the transaction does.</summary>
    internal static async Task TakeAsync(CrmDbContext db, string name, CancellationToken cancellationToken)
    {
        if (await db.Set<DatabaseLock>().Where(l => l.Name == name)
                .ExecuteUpdateAsync(set => set.SetProperty(l => l.Taken, l => l.Taken + 1), cancellationToken) != 1)
        {
            throw new InvalidOperationException($"The table database_locks has no row '{name}': the migrations put it there.");
        }
    }
}

internal sealed class DatabaseLockMapping : IEntityTypeConfiguration<DatabaseLock>
{
    public void Configure(EntityTypeBuilder<DatabaseLock> row)
    {
        row.ToTable("database_locks");
        row.HasKey(l => l.Name);
        row.Property(l => l.Name).HasMaxLength(20);
        row.HasData(
            new DatabaseLock { Name = DatabaseLock.Audit }, new DatabaseLock { Name = DatabaseLock.Reports },
            new DatabaseLock { Name = DatabaseLock.Dialling });
    }
}
