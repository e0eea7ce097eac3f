using System.Diagnostics.CodeAnalysis;

namespace UppalCrm.Core.PhoneNumbers;

/// <summary>A telephone number in E.164: a plus, a country code that does not begin with 0, at most 15 digits.</summary>
public readonly record struct PhoneNumber
{
    private PhoneNumber(string value) => Value = value;

    public string Value { get; }

    /// <summary>For logs: nobody needs the whole number to follow a call.</summary>
    public string Masked => Mask(Value);

    public override string ToString() => Value;

    /// <summary>
    /// Understands E.164 with the usual separators (spaces, dots, dashes, brackets). National forms are the browser's work.
    /// </summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out PhoneNumber number)
    {
        number = default;
        if (text is null || text.Length > 40)
        {
            return false;
        }

        Span<char> digits = stackalloc char[40];
        var length = 0;
        foreach (var c in text.AsSpan().Trim())
        {
            if (char.IsAsciiDigit(c) || (c == '+' && length == 0))
            {
                digits[length++] = c;
            }
            else if (c is not (' ' or '.' or '-' or '(' or ')' or '/' or '\u00A0'))
            {
                return false;
            }
        }

        // E.164: plus, first digit 1 to 9, 15 digits at most (ITU-T E.164); fewer than 7 is no international number.
        if (length is < 8 or > 16 || digits[0] != '+' || digits[1] == '0')
        {
            return false;
        }

        number = new PhoneNumber(new string(digits[..length]));
        return true;
    }

    /// <exception cref="FormatException">The text is no E.164 number.</exception>
    public static PhoneNumber Parse(string text) =>
        TryParse(text, out var number) ? number : throw new FormatException("Not an E.164 number: it must look like +12025550123.");

    public static string Mask(string? number) =>
        number is { Length: > 4 } ? "…" + number[^4..] : "…";
}
