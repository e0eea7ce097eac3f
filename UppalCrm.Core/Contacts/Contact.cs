namespace UppalCrm.Core.Contacts;

/// <summary>Somebody we know: a name, and the numbers they call from.</summary>
public sealed class Contact
{
    private string _name = "";

    public long Id { get; set; }

    public required string Name
    {
        get => _name;
        set => (_name, SortName) = (value, NameOrder.KeyOf(value));
    }

    /// <summary>The name as it is sorted and compared: without case and accents.</summary>
    public string SortName { get; private set; } = "";

    /// <summary>
    /// The company's name, as lists and searches read it. <see cref="CompanyBook"/> keeps it the same as the company's own.
    /// </summary>
    public string? Company { get; set; }

    /// <summary>The company's record. No foreign key: a company goes only when nobody belongs to it.</summary>
    public long? CompanyId { get; set; }

    public string? Email { get; set; }

    /// <summary>Further e-mail addresses.</summary>
    public List<string> MoreEmails { get; set; } = [];

    public List<string> Tags { get; set; } = [];

    /// <summary>The administrator's own fields (<see cref="ContactField"/>) by id; a date as <c>yyyy-MM-dd</c>.</summary>
    public Dictionary<long, string> Fields { get; set; } = [];

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

/// <summary>A company: its people belong to it, and a caller from its main number is shown as it.</summary>
public sealed class Company
{
    private string _name = "";

    public long Id { get; set; }

    public required string Name
    {
        get => _name;
        set => (_name, SortName) = (value, NameOrder.KeyOf(value));
    }

    /// <summary>Two companies may not have the same.</summary>
    public string SortName { get; private set; } = "";

    /// <summary>E.164.</summary>
    public string? MainNumber { get; set; }

    public string? Notes { get; set; }
    public long Version { get; set; }
}
