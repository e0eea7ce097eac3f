namespace UppalCrm.Core.Telephony;

/// <summary>The carrier's name for one leg: <c>CA</c> and 32 hexadecimal digits. Held as text; compared ordinally.</summary>
public readonly record struct CallSid(string Value)
{
    public override string ToString() => Value;

    /// <returns><see langword="false"/> for anything that cannot be the carrier's, such as an empty or overlong text.</returns>
    public static bool TryParse(string? text, out CallSid sid)
    {
        var looksRight = text is { Length: 34 } && text.StartsWith("CA", StringComparison.Ordinal) && text.All(char.IsAsciiLetterOrDigit);
        sid = looksRight ? new CallSid(text!) : default;
        return looksRight;
    }
}
