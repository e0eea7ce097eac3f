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
        number.HasIndex(n => n.Number);
        number.HasIndex(n => new { n.ContactId, n.Number }).IsUnique();
    }
}
