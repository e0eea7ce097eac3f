using System.Text;
using Microsoft.AspNetCore.Identity;

namespace UppalCrm.Web.SignIn;

/// <summary>Accounts are found by this form of an address. Identity's own throws on characters that no address has.</summary>
internal sealed class AccountNames : ILookupNormalizer
{
    public string? NormalizeName(string? name) =>
        name is null ? null : KeptText.Normalized(name, NormalizationForm.FormC).ToUpperInvariant();

    public string? NormalizeEmail(string? email) => NormalizeName(email);
}
