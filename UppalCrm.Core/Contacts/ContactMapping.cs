using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace UppalCrm.Core.Contacts;

internal sealed class ContactMapping : IEntityTypeConfiguration<Contact>
{
    public void Configure(EntityTypeBuilder<Contact> contact)
    {
        contact.ToTable("contacts");
        contact.Property(c => c.Name).HasMaxLength(120);
        contact.Property(c => c.SortName).HasMaxLength(NameOrder.Longest);
        contact.Property(c => c.Company).HasMaxLength(120);
        contact.Property(c => c.Fields).HasConversion<FieldsConverter, FieldsComparer>();
        contact.Property(c => c.Email).HasMaxLength(254);
        contact.Property(c => c.Notes).HasMaxLength(10_000);
        contact.Property(c => c.Version).IsConcurrencyToken();
        contact.HasIndex(c => new { c.SortName, c.Id });
        contact.HasIndex(c => new { c.CompanyId, c.SortName });
        contact.HasIndex(c => c.Email);
    }

    /// <summary>Fields of a contact as text, by their ids.</summary>
    internal static class FieldsText
    {
        private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

        public static string Write(Dictionary<long, string> fields) => JsonSerializer.Serialize(fields, Json);

        public static Dictionary<long, string> Read(string text) =>
            text.Length == 0 ? [] : JsonSerializer.Deserialize<Dictionary<long, string>>(text, Json)!;

        public static bool AreSame(Dictionary<long, string> a, Dictionary<long, string> b) =>
            a.Count == b.Count && a.All(pair => b.GetValueOrDefault(pair.Key) == pair.Value);

        public static int Hash(Dictionary<long, string> fields) =>
            fields.Aggregate(0, (hash, pair) => hash ^ HashCode.Combine(pair.Key, pair.Value));
    }

    internal sealed class FieldsConverter()
        : ValueConverter<Dictionary<long, string>, string>(fields => FieldsText.Write(fields), text => FieldsText.Read(text));

    internal sealed class FieldsComparer() : ValueComparer<Dictionary<long, string>>(
        (a, b) => FieldsText.AreSame(a!, b!), fields => FieldsText.Hash(fields), fields => new Dictionary<long, string>(fields));
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

internal sealed class CompanyMapping : IEntityTypeConfiguration<Company>
{
    public void Configure(EntityTypeBuilder<Company> company)
    {
        company.ToTable("companies");
        company.Property(c => c.Name).HasMaxLength(120);
        company.Property(c => c.SortName).HasMaxLength(NameOrder.Longest);
        company.Property(c => c.MainNumber).HasMaxLength(16);
        company.Property(c => c.Notes).HasMaxLength(10_000);
        company.Property(c => c.Version).IsConcurrencyToken();
        company.HasIndex(c => c.SortName).IsUnique();
        company.HasIndex(c => c.MainNumber);
    }
}

internal sealed class ContactFieldMapping : IEntityTypeConfiguration<ContactField>
{
    public void Configure(EntityTypeBuilder<ContactField> field)
    {
        field.ToTable("contact_fields");
        field.Property(f => f.Name).HasMaxLength(ContactField.LongestName);
        field.HasIndex(f => f.Name).IsUnique();
    }
}

internal sealed class MergeRecordMapping : IEntityTypeConfiguration<MergeRecord>
{
    public void Configure(EntityTypeBuilder<MergeRecord> merge)
    {
        merge.ToTable("contact_merges");
        merge.Property(m => m.GoneName).HasMaxLength(120);
        merge.HasIndex(m => m.KeptId);
    }
}

internal sealed class DoNotCallMapping : IEntityTypeConfiguration<DoNotCallNumber>
{
    public void Configure(EntityTypeBuilder<DoNotCallNumber> number)
    {
        number.ToTable("do_not_call");
        number.HasKey(n => n.Number);
        number.Property(n => n.Number).HasMaxLength(16);
        number.Property(n => n.Reason).HasMaxLength(DoNotCallList.LongestReason);
        number.HasIndex(n => n.ImportRunId);
    }
}
