using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace UppalCrm.Core.Contacts;

internal sealed class ContactMapping : IEntityTypeConfiguration<Contact>
{
    public void Configure(EntityTypeBuilder<Contact> contact)
    {
        contact.ToTable("contacts");
        contact.Property(c => c.Name).HasMaxLength(120);
        contact.Property(c => c.Company).HasMaxLength(120);
        contact.Property(c => c.Email).HasMaxLength(254);
        contact.Property(c => c.Notes).HasMaxLength(10_000);
        contact.Property(c => c.Version).IsConcurrencyToken();
        contact.HasIndex(c => new { c.Name, c.Id });
        contact.HasIndex(c => c.Company);
        contact.HasIndex(c => c.Email);
    }
}

internal sealed class ContactNumberMapping : IEntityTypeConfiguration<ContactNumber>
{
    public void Configure(EntityTypeBuilder<ContactNumber> number)
    {
        number.ToTable("contact_numbers");
        number.Property(n => n.Number).HasMaxLength(16);
        number.Property(n => n.Label).HasMaxLength(40);
        number.Property(n => n.Extension).HasMaxLength(12);
        number.HasIndex(n => n.Number);
        number.HasIndex(n => new { n.ContactId, n.Number, n.Extension }).IsUnique();
    }
}

internal sealed class ImportRunMapping : IEntityTypeConfiguration<ImportRun>
{
    public void Configure(EntityTypeBuilder<ImportRun> run)
    {
        run.ToTable("contact_imports");
        run.Property(r => r.FileName).HasMaxLength(200);
    }
}

internal sealed class ImportedContactMapping : IEntityTypeConfiguration<ImportedContact>
{
    public void Configure(EntityTypeBuilder<ImportedContact> imported)
    {
        imported.ToTable("imported_contacts");
        // No foreign key to the contact: one that is gone by now is simply not there when the import is undone.
        imported.HasKey(i => new { i.ImportRunId, i.ContactId });
        imported.HasOne<ImportRun>().WithMany().HasForeignKey(i => i.ImportRunId).OnDelete(DeleteBehavior.Cascade);
    }
}
