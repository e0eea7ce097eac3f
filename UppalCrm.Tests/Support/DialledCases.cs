namespace UppalCrm.Tests.Support;

/// <summary>What people type and must not reach anybody by it, with words that the answer holds: for every door that dials.</summary>
internal static class DialledCases
{
    private const string Extension = "Call the number without its extension, and press";

    /// <param name="ours">One of our own lines.</param>
    public static IEnumerable<(string Typed, string Words)> Refused(string ours) =>
    [
        .. OwnLines(ours), .. NoNumbers, .. WithExtension, .. Dear, .. Emergency,
    ];

    /// <summary>A4, and two more spellings.</summary>
    public static IEnumerable<(string Typed, string Words)> OwnLines(string ours) =>
        new[] { ours, $"tel:{ours}", $"{ours[2..5]}-{ours[5..8]}-{ours[8..]}" }.Select(typed => (typed, "This is one of our own lines"));

    /// <summary>B1: no number at home.</summary>
    public static IEnumerable<(string Typed, string Words)> NoNumbers =>
    [
        ("0123456789", "No number here begins with 0: write it with its country code."),
        ("06 39 98 00 12", "No number here begins with 0: write it with its country code."),
        ("030 23125101", "No number here begins with 0: write it with its country code."),
        ("(123) 456-7890", "No area code here begins with 1"),
        ("202 055 0123", "No number here has 0 behind its area code"),
        ("(202) 155-0123", "No number here has 1 behind its area code"),
    ];

    /// <summary>B2: a number and what must never be dialled as a part of it.</summary>
    public static IEnumerable<(string Typed, string Words)> WithExtension =>
    [
        ("+1 202 555 0123 x101", $"{Extension} 101"), ("202 555 0123 ext. 102", $"{Extension} 102"),
        ("2025550123,,103#", $"{Extension} 103"),
        ("tel:+12025550123;ext=204", $"{Extension} 204"), ("202 555 0123 #205", $"{Extension} 205"),
        ("+1 202 555 0123 Durchwahl 12", $"{Extension} 12"),
    ];

    /// <summary>B4: islands of +1, and what costs more than a call.</summary>
    public static IEnumerable<(string Typed, string Words)> Dear =>
    [
        .. "242 246 264 268 284 345 441 473 649 658 664 721 758 767 784 809 829 849 868 869 876".Split(' ')
            .Select(code => ($"({code}) 555-0123", "blocked")),
        .. ((string[])["+1 900 555 0123", "+1 212 976 1234", "+1 700 555 0123", "+1 500 555 0123", "+44 845 123 4567", "+44 70 1234 5678",
            "+49 180 5 123456", "+870 773 111 632"]).Select(typed => (typed, "blocked, because they cost more than a call")),
    ];

    /// <summary>B5.</summary>
    public static IEnumerable<(string Typed, string Words)> Emergency =>
    [
        .. ((string[])["911", "112", "999", "110", "9-1-1"]).Select(typed =>
            (typed, "Emergency calls cannot be made from here. Use another telephone.")),
        ("411", "cannot be"), ("611", "cannot be"),
        ("*67 202 555 0123", "Codes that begin with * or # are the telephone company's: they cannot be used from here."),
    ];
}
