using System.Globalization;
using Microsoft.EntityFrameworkCore;

namespace UppalCrm.Core.Contacts;

/// <summary>What a field of the administrator's holds.</summary>
public enum FieldKind
{
    Text,

    /// <summary>One of the administrator's words.</summary>
    Choice,

    Date,
}

/// <summary>A field that an administrator has added to contacts, e.g. "Customer number".</summary>
public sealed class ContactField
{
    internal const int LongestName = 40;
    internal const int LongestValue = 500;

    public long Id { get; set; }
    public required string Name { get; set; }
    public FieldKind Kind { get; set; }

    /// <summary>Of <see cref="FieldKind.Choice"/>.</summary>
    public List<string> Choices { get; set; } = [];

    public int Position { get; set; }

    /// <summary>Understands what a person wrote or a file holds.</summary>
    /// <param name="monthFirst">Whether 3/4 is the 4th of March, as in the United States.</param>
    /// <returns>The value as it is kept, or words why it is none.</returns>
    public Result<string> Read(string text, bool monthFirst)
    {
        text = text.Trim();
        if (text.Length > LongestValue)
        {
            return new Refusal($"{Name} may be {LongestValue} characters long at most.");
        }

        return Kind switch
        {
            FieldKind.Choice => Choices.Find(choice => NameOrder.KeyOf(choice) == NameOrder.KeyOf(text)) is { } choice ? choice
                : new Refusal($"{Name} is one of: {string.Join(", ", Choices)}."),
            FieldKind.Date => ReadDate(text, monthFirst) is { } day ? day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
                : new Refusal($"{Name} is a date, e.g. 2027-03-31."),
            _ => text,
        };
    }

    /// <summary>A kept value as people read it.</summary>
    public string Show(string value) =>
        Kind == FieldKind.Date
        && DateOnly.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? day.ToString("d MMM yyyy", CultureInfo.InvariantCulture) : value;

    /// <summary>With dots the day stands first everywhere; with slashes as at home; a year in front is ISO.</summary>
    private static DateOnly? ReadDate(string text, bool monthFirst)
    {
        string[] formats = ["yyyy-M-d", "yyyy/M/d", "yyyy.M.d", "d.M.yyyy", "d. M. yyyy", "d MMM yyyy", "d MMMM yyyy", "MMM d, yyyy",
            "MMMM d, yyyy", "yyyyMMdd", .. monthFirst ? (string[])["M/d/yyyy", "M-d-yyyy"] : ["d/M/yyyy", "d-M-yyyy"]];
        var first = text.Length > 10 && text[10] == 'T' ? text[..10] : text; // ISO 8601 with a time
        var bare = first.Split(' ') is [var day, var time, ..] && time.Contains(':', StringComparison.Ordinal) ? day : first;
        return DateOnly.TryParseExact(bare, formats, CultureInfo.InvariantCulture, DateTimeStyles.AllowWhiteSpaces, out var read)
            ? read : null;
    }
}

/// <summary>The fields that an administrator has added to contacts.</summary>
public sealed class ContactFields(IDbContextFactory<CrmDbContext> contexts, AuditLog audit)
{
    /// <summary>A contact is read with every ring: no more fields than a card can show.</summary>
    public const int Most = 30;

    /// <summary>In the administrator's order.</summary>
    public async Task<IReadOnlyList<ContactField>> GetAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await ReadAsync(db, cancellationToken);
    }

    internal static Task<List<ContactField>> ReadAsync(CrmDbContext db, CancellationToken cancellationToken) =>
        db.ContactFields.AsNoTracking().OrderBy(f => f.Position).ThenBy(f => f.Id).ToListAsync(cancellationToken);

    /// <summary>Adds a field at the end.</summary>
    /// <param name="choices">Of a choice: its words.</param>
    /// <param name="administrator">Who decided it; the caller has checked the role.</param>
    public async Task<Result> AddAsync(string name, FieldKind kind, IEnumerable<string> choices, int administrator,
        CancellationToken cancellationToken)
    {
        if (ListEntry.Check(ref name, ContactField.LongestName) is { } refusal)
        {
            return new Refusal(refusal) { Part = "name" };
        }

        if (new ColumnHeading(name).Meaning is not (null or ColumnMeaning.Ignore))
        {
            return new Refusal($"Contacts have “{name}” already.") { Part = "name" };
        }

        var words = choices.Select(KeptText.OneLine).Where(word => word.Length > 0).DistinctBy(NameOrder.KeyOf).ToList();
        if (kind == FieldKind.Choice && (words.Count is < 2 or > 50 || words.Exists(word => word.Length > 60)))
        {
            return new Refusal("A choice has 2 to 50 words, of 60 characters at most.") { Part = "choices" };
        }

        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var fields = await ReadAsync(db, cancellationToken);
        if (fields.Count >= Most)
        {
            return new Refusal($"There may be {Most} fields at most.");
        }

        if (fields.Exists(f => NameOrder.KeyOf(f.Name) == NameOrder.KeyOf(name)))
        {
            return new Refusal(ListEntry.Taken(name)) { Part = "name" };
        }

        db.ContactFields.Add(new ContactField
        {
            Name = name, Kind = kind, Choices = kind == FieldKind.Choice ? words : [],
            Position = fields.Count == 0 ? 1 : fields[^1].Position + 1,
        });
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException ex) when (DatabaseErrors.IsDuplicate(ex))
        {
            return new Refusal(ListEntry.Taken(name)) { Part = "name" }; // another administrator was faster
        }

        await audit.WriteAsync(AuditAction.SettingsChanged, administrator, null, $"contact field added: {name}", cancellationToken);
        return Result.Done;
    }

    /// <summary>Takes a field away. What contacts have in it is shown no more.</summary>
    public async Task RemoveAsync(long id, int administrator, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var name = await db.ContactFields.Where(f => f.Id == id).Select(f => f.Name).FirstOrDefaultAsync(cancellationToken);
        if (name is not null && await db.ContactFields.Where(f => f.Id == id).ExecuteDeleteAsync(cancellationToken) == 1)
        {
            await audit.WriteAsync(AuditAction.SettingsChanged, administrator, null, $"contact field removed: {name}", cancellationToken);
        }
    }
}
