namespace UppalCrm.Web.SignIn;

/// <summary>Where to go after signing in: only ever to a page of ours.</summary>
public static class ReturnUrl
{
    /// <returns>The address when it is a path of this site, else <c>/</c>.</returns>
    /// <remarks>
    /// Browsers read <c>//host</c> and <c>/\host</c> as another site, drop tabs and line ends inside an address, and a proxy may decode
    /// <c>%2F%2F</c> once more. Two slashes further on are refused too: <c>/.//host</c> is <c>//host</c> once its dots are followed. The
    /// sign-in pages themselves are no place to return to either.
    /// </remarks>
    public static string Sanitize(string? address)
    {
        if (address is not { Length: > 0 and <= 2000 } || address[0] != '/' || address.Any(c => char.IsControl(c) || c == '\\'))
        {
            return "/";
        }

        var path = address.Split('?', '#')[0];
        for (var round = 0; round < 3; round++)
        {
            if (path.Contains("//", StringComparison.Ordinal) || path.Any(c => char.IsControl(c) || c == '\\'))
            {
                return "/";
            }

            path = Uri.UnescapeDataString(path);
        }

        return path is "/login" or "/logout" or "/not-found" ? "/" : Encode(address);
    }

    // A header carries ASCII only.
    private static string Encode(string address) =>
        string.Concat(
            address.EnumerateRunes().Select(letter => letter.IsAscii ? letter.ToString() : Uri.EscapeDataString(letter.ToString())));
}
