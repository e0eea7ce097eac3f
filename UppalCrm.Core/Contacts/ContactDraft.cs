using System.Net.Mail;
using System.Text.Json.Serialization;

namespace UppalCrm.Core.Contacts;

/// <summary>A number of a contact as somebody entered it.</summary>
/// <param name="Number">E.164.</param>
/// <param name="Label">E.g. <c>Mobile</c>.</param>
public sealed record NumberDraft(string Number, string? Label = null)
{
    /// <summary>Digits to send once the call is answered; null for none.</summary>
    public string? Extension { get; init; }

    /// <summary>Why the number must not be called, as a file says; null when it says nothing. A contact does not keep this.</summary>
    public string? DoNotCall { get; init; }
}

/// <summary>A contact as somebody entered it.</summary>
public sealed record ContactDraft(string Name, string? Company, string? Email, string? Notes, IReadOnlyList<NumberDraft> Numbers)
{
    internal const int MostAddresses = 10;
    internal const int MostTags = 20;
    internal const int LongestTag = 40;

    /// <summary>Google separates by colons, Outlook by semicolons, others by commas: none of them can stand in a tag.</summary>
    internal static readonly string[] BetweenTags = [":::", ";", ",", "\r", "\n"];

    /// <summary>Further e-mail addresses.</summary>
    public IReadOnlyList<string> MoreEmails { get; init; } = [];

    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Values of <see cref="ContactField"/>s by id, as they are kept.</summary>
    public IReadOnlyDictionary<long, string> Fields { get; init; } = new Dictionary<long, string>();

    /// <summary>A contact as it is.</summary>
    internal static ContactDraft Of(Contact contact) =>
        new(contact.Name, contact.Company, contact.Email, contact.Notes,
            [.. contact.Numbers.OrderBy(n => n.Id).Select(n => new NumberDraft(n.Number, n.Label) { Extension = n.Extension })])
        {
            MoreEmails = [.. contact.MoreEmails],
            Tags = [.. contact.Tags],
            Fields = new Dictionary<long, string>(contact.Fields),
        };

    /// <summary>What is wrong with it, and of which part; null when it can be saved.</summary>
    [JsonIgnore]
    public Refusal? Problem => this switch
    {
        _ when KeptText.OneLine(Name).Length == 0 => Wrong("name", "A contact needs a name."),
        { Name.Length: > 120 } => Wrong("name", "The name may be 120 characters long at most."),
        { Company.Length: > 120 } => Wrong("company", "The company may be 120 characters long at most."),
        { Email.Length: > 254 } => Wrong("email", "The e-mail address may be 254 characters long at most."),
        { Email: { } email } when email.Trim().Length > 0 && !IsAddress(email) =>
            Wrong("email", "The e-mail address is not one: it looks like name@example.com."),
        _ when MoreEmails.FirstOrDefault(mail => mail.Length > 254 || !IsAddress(mail)) is { } bad =>
            Wrong("email", $"“{Short(bad)}” is no e-mail address: it looks like name@example.com."),
        { MoreEmails.Count: >= MostAddresses } => Wrong("email", $"A contact may have {MostAddresses} e-mail addresses at most."),
        { Tags.Count: > MostTags } => Wrong("tags", $"A contact may have {MostTags} tags at most."),
        _ when Tags.Any(tag => tag.Trim().Length > LongestTag) => Wrong("tags", $"A tag may be {LongestTag} characters long at most."),
        _ when Fields.FirstOrDefault(pair => pair.Value.Length > ContactField.LongestValue) is { Value: not null } bad =>
            Wrong($"field-{bad.Key}", $"A field may be {ContactField.LongestValue} characters long at most."),
        { Notes.Length: > 10_000 } => Wrong("notes", "The notes may be 10,000 characters long at most."),
        { Numbers.Count: > 20 } => Wrong("numbers", "A contact may have 20 numbers at most."),
        _ when Numbers.FirstOrDefault(n => !PhoneNumber.TryParse(n.Number, out _)) is { } bad =>
            Wrong("numbers", $"“{Short(bad.Number)}” is no phone number."),
        _ when Numbers.Any(n => CallerIdentity.IsWithheld(n.Number)) =>
            Wrong("numbers", "This number stands for one that was withheld: nobody can be known by it."),
        _ when Numbers.Any(n => n.Extension is { Length: > 12 } || n.Extension?.All(char.IsAsciiDigit) == false) =>
            Wrong("numbers", "An extension is made of digits, 12 at most."),
        _ when Numbers.Any(n => n.Label is { Length: > 40 }) =>
            Wrong("numbers", "The label of a number may be 40 characters long at most."),
        _ => null,
    };

    private static Refusal Wrong(string part, string words) => new(words) { Part = part };

    private static string Short(string text) => text.Length > 40 ? text[..40] : text;

    /// <summary>Trimmed, empty fields as null, each number, address and tag once.</summary>
    internal ContactDraft Tidy()
    {
        var addresses = MoreEmails.Prepend(Email).Select(TextOrNull).OfType<string>().DistinctBy(mail => mail.ToUpperInvariant()).ToList();
        return new(KeptText.OneLine(Name), TextOrNull(Company), addresses.FirstOrDefault(), CardNumbers.Mask(KeptText.LinesOrNull(Notes)),
            [.. Numbers.Select(n => n with
                {
                    Number = PhoneNumber.Parse(n.Number).Value, Label = TextOrNull(n.Label), Extension = TextOrNull(n.Extension),
                }).DistinctBy(n => (n.Number, n.Extension))])
        {
            MoreEmails = [.. addresses.Skip(1)],
            Tags = [.. Tags.SelectMany(tag => tag.Split(BetweenTags, StringSplitOptions.TrimEntries))
                .Select(tag => TagOf(KeptText.OneLine(tag)))
                .Where(tag => tag.Length > 0).DistinctBy(NameOrder.KeyOf)],
            Fields = Fields.Select(pair => (pair.Key, Value: CardNumbers.Mask(KeptText.OneLine(pair.Value))!))
                .Where(pair => pair.Value.Length > 0)
                .ToDictionary(pair => pair.Key, pair => pair.Value),
        };
    }

    /// <summary>A new contact, as the draft says.</summary>
    internal Contact ToContact(DateTimeOffset now) => new()
    {
        Name = Name,
        Company = Company,
        Email = Email,
        MoreEmails = [.. MoreEmails],
        Tags = [.. Tags],
        Fields = new Dictionary<long, string>(Fields),
        Notes = Notes,
        CreatedAt = now,
        UpdatedAt = now,
        Version = 1,
        Numbers = [.. Numbers.Select(n => new ContactNumber { Number = n.Number, Label = n.Label, Extension = n.Extension })],
    };

    /// <summary>Makes the contact what this draft says. Its company is for <see cref="CompanyBook.Join"/>.</summary>
    internal void ApplyTo(Contact contact, DateTimeOffset now)
    {
        (contact.Name, contact.Company, contact.Email, contact.Notes) = (Name, Company, Email, Notes);
        (contact.MoreEmails, contact.Tags) = ([.. MoreEmails], [.. Tags]);
        contact.Fields = new Dictionary<long, string>(Fields);
        contact.Numbers.RemoveAll(n => Numbers.All(d => !IsSame(n, d)));
        AddNumbersTo(contact);
        foreach (var number in contact.Numbers)
        {
            number.Label = Numbers.First(d => IsSame(number, d)).Label;
        }

        Touch(contact, now);
    }

    /// <summary>Two people behind one switchboard have the same number and different extensions.</summary>
    private static bool IsSame(ContactNumber number, NumberDraft draft) => number.Number == draft.Number
        && number.Extension == draft.Extension;

    private void AddNumbersTo(Contact contact)
    {
        foreach (var number in Numbers.Where(d => contact.Numbers.All(n => !IsSame(n, d))).ToList())
        {
            contact.Numbers.Add(new ContactNumber { Number = number.Number, Label = number.Label, Extension = number.Extension });
        }
    }

    private static void Touch(Contact contact, DateTimeOffset now) => (contact.UpdatedAt, contact.Version) = (now, contact.Version + 1);

    private static (string?, int, int, int, int, int) CountsOf(Contact contact) => (contact.Company,
        contact.MoreEmails.Count + (contact.Email is null ? 0 : 1), contact.Tags.Count, contact.Fields.Count, contact.Notes?.Length ?? 0,
        contact.Numbers.Count);

    /// <summary>Adds to the contact what it lacks. What it has already stays as it is.</summary>
    /// <returns>Whether the draft brought anything new.</returns>
    internal bool TryAddTo(Contact contact, DateTimeOffset now)
    {
        var before = CountsOf(contact);
        contact.Company ??= Company;
        var addresses = contact.MoreEmails.Prepend(contact.Email).Concat(MoreEmails.Prepend(Email)).OfType<string>()
            .DistinctBy(mail => mail.ToUpperInvariant()).Take(MostAddresses).ToList();
        (contact.Email, contact.MoreEmails) = (addresses.FirstOrDefault(), [.. addresses.Skip(1)]);
        contact.Tags = [.. contact.Tags.Concat(Tags).DistinctBy(NameOrder.KeyOf).Take(MostTags)];
        contact.Fields = contact.Fields.Concat(Fields.Where(pair => !contact.Fields.ContainsKey(pair.Key))).ToDictionary();
        if (Notes is { } notes && contact.Notes?.Contains(notes, StringComparison.Ordinal) != true
            && (contact.Notes?.Length ?? 0) + notes.Length < 9_990)
        {
            contact.Notes = contact.Notes is null ? notes : contact.Notes + "\n\n" + notes;
        }

        AddNumbersTo(contact);
        if (before == CountsOf(contact))
        {
            return false;
        }

        Touch(contact, now);
        return true;
    }

    /// <summary>Without what files put around a word.</summary>
    internal static string TagOf(string text) => text.Trim('*', '"', ' ');

    private static string? TextOrNull(string? text) => KeptText.OneLine(text) is { Length: > 0 } kept ? kept : null;

    /// <summary>An address alone: “Ada &lt;ada@example.com&gt;” is a name and an address.</summary>
    private static bool IsAddress(string text) =>
        MailAddress.TryCreate(KeptText.OneLine(text), out var mail) && mail.Address == KeptText.OneLine(text);
}
