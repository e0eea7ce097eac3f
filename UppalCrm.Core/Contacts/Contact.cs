namespace UppalCrm.Core.Contacts;

/// <summary>Somebody we know: a name, and the numbers they call from.</summary>
public sealed class Contact
{
    public long Id { get; set; }
    public required string Name { get; set; }
    public string? Company { get; set; }
    public string? Email { get; set; }
    public string? Notes { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    /// <summary>Since when what we know of them must be kept, e.g. for a court: nothing of theirs is erased. Null for most.</summary>
    public DateTimeOffset? LegalHoldSince { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }
    public long Version { get; set; }
    public List<ContactNumber> Numbers { get; set; } = [];
}

/// <summary>One number of a contact, in E.164. Several contacts may share a number: a family, a company.</summary>
public sealed class ContactNumber
{
    public long Id { get; set; }
    public long ContactId { get; set; }
    public Contact? Contact { get; set; }
    public required string Number { get; set; }
    public string? Label { get; set; }

    /// <summary>Digits to send once the call is answered, e.g. <c>102</c>.</summary>
    public string? Extension { get; set; }
}
