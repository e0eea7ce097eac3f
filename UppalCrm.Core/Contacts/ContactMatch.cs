namespace UppalCrm.Core.Contacts;

/// <summary>Who a number is.</summary>
/// <param name="Contact">The contact; null when nobody has the number, or several have.</param>
/// <param name="Name">What to show instead of a name when several have it; null otherwise.</param>
public readonly record struct ContactMatch(Contact? Contact, string? Name)
{
    private const int LongestName = 120;

    /// <summary>How many contacts are named. More than these are counted no further.</summary>
    internal const int MostNamed = 20;

    /// <summary>
    /// Nobody is certain before an agent has chosen: of several it says the company that all share, else how many and who.
    /// </summary>
    internal static ContactMatch Of(IReadOnlyList<Contact> owners)
    {
        if (owners.Count < 2)
        {
            return new ContactMatch(owners.Count == 0 ? null : owners[0], null);
        }

        var name = owners[0].Company is { } company && owners.All(owner =>
            string.Equals(owner.Company, company, StringComparison.OrdinalIgnoreCase))
            ? company
            : $"One of {(owners.Count > MostNamed ? "many" : owners.Count)}: "
                + string.Join(", ", owners.OrderBy(owner => owner.SortName, StringComparer.Ordinal).Select(owner => owner.Name));
        return new ContactMatch(null, name.Length > LongestName ? name[..(LongestName - 1)] + "…" : name);
    }
}
