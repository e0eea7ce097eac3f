using System.Globalization;
using System.Security.Claims;

namespace UppalCrm.Web.Layout;

/// <summary>What a signed-in person's claims say.</summary>
public static class SignedIn
{
    /// <summary>The claim that carries the name colleagues see.</summary>
    public const string DisplayNameClaim = "display_name";

    /// <summary>The agent who is signed in. Throws for anybody else: only pages and hubs behind sign-in ask.</summary>
    public static int AgentId(this ClaimsPrincipal person) =>
        person.FindAgentId() ?? throw new UnauthorizedAccessException("Nobody is signed in.");

    /// <returns>Null when nobody is signed in.</returns>
    public static int? FindAgentId(this ClaimsPrincipal person) =>
        person.Identity?.IsAuthenticated == true
        && int.TryParse(person.FindFirstValue(ClaimTypes.NameIdentifier), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : null;

    public static string DisplayName(this ClaimsPrincipal person) =>
        person.FindFirstValue(DisplayNameClaim) ?? person.Identity?.Name ?? "";

    /// <summary>May watch the floor: supervisors and administrators.</summary>
    public static bool Supervises(this ClaimsPrincipal person) => FloorRights.Supervises(person);

    public static bool Administers(this ClaimsPrincipal person) => person.IsInRole(Roles.Admin);

    /// <summary>Up to two letters for the round picture of a person: "Dana Whitfield" is DW.</summary>
    public static string Initials(string name)
    {
        var words = name.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length switch
        {
            0 => "?",
            1 => First(words[0]),
            _ => First(words[0]) + First(words[^1]),
        };

        // A letter may be several chars: an emoji, a letter with its accent.
        static string First(string word) => StringInfo.GetNextTextElement(word).ToUpperInvariant();
    }
}
