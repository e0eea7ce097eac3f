using System.ComponentModel.DataAnnotations;

namespace UppalCrm.Web.People;

/// <summary>A person as an administrator has typed them so far.</summary>
public sealed class PersonDraft : IValidatableObject
{
    [Required(ErrorMessage = "Write a name.")]
    public string Name { get; set; } = "";

    [Required(ErrorMessage = "Write an e-mail address.")]
    [EmailAddress(ErrorMessage = "This is no e-mail address.")]
    public string Email { get; set; } = "";

    public string Role { get; set; } = Roles.Agent;

    /// <summary>What the directory would refuse, said at its field.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (PersonName.Of(Name) is null)
        {
            yield return new ValidationResult(PersonName.Words, [nameof(Name)]);
        }

        if (!PeopleDirectory.IsAddress(Email))
        {
            yield return new ValidationResult(PeopleDirectory.AddressWords, [nameof(Email)]);
        }
    }
}
