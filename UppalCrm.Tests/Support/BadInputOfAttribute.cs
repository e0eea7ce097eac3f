namespace UppalCrm.Tests.Support;

/// <summary>
/// This test gives a form what it must not take: nothing, too much, the wrong shape, hostile text, what is out of date, two presses.
/// Conventions/FormTests finds the forms by itself and looks for this on some test of each.
/// </summary>
/// <param name="component">The name of the Razor file, without its ending.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class BadInputOfAttribute(string component) : Attribute
{
    public string Component { get; } = component;
}

/// <summary>Text that nobody means well with, or that a person pastes without seeing what is in it.</summary>
internal static class Hostile
{
    public static readonly IReadOnlyList<string> Texts =
    [
        "", " \t\r\n ", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "Ann\0Byron", "\u0007\u001B[31m", "\u202Egnp.exe",
        "\uD800", "half \uDC00 pair", "\uFFFE", "\uFFFF\uFDD0", "\u200B\u2060\uFEFF", "\u3164", "' OR 1=1; --", "=cmd|' /C calc'!A0",
        "{{7*7}} %s%n ${x}", "../../etc/passwd", "e" + new string('\u0301', 2000), "Zoë 😀 שלום", new string('x', 70_000),
    ];

    /// <summary>For pages: the tests' reader of HTML takes U+FFFF for the end.</summary>
    public static readonly IReadOnlyList<string> Drawable = [.. Texts.Where(text => !text.Contains('\uFFFF', StringComparison.Ordinal))];

    /// <summary>The text as a reader of HTML finds it in an attribute.</summary>
    public static string Drawn(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\0', '\uFFFD');

    /// <summary>Of what is kept, nothing is a control character, turns text around, or is half of a pair.</summary>
    public static bool IsClean(string? kept) => kept is null
        || !kept.Any(c => (char.IsControl(c) && c is not ('\n' or '\r' or '\t'))
            || c is (>= '\u202A' and <= '\u202E') or '\uFFFE' or '\uFFFF'
            || (c is >= '\u2066' and <= '\u2069')) && kept.EnumerateRunes().All(rune => rune.Value != 0xFFFD);
}
