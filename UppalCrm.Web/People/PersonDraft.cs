using System.ComponentModel.DataAnnotations;

namespace UppalCrm.Web.People;

/// <summary>A person as an administrator has typed them so far.</summary>
public sealed class PersonDraft
{
    [Required(ErrorMessage = "Write a name.")]
    public string Name { get; set; } = "";

    [Required(ErrorMessage = "Write an e-mail address.")]
    [EmailAddress(ErrorMessage = "This is no e-mail address.")]
    public string Email { get; set; } = "";

    public string Role { get; set; } = Roles.Agent;
}
